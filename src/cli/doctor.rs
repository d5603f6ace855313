//! `countersign doctor`: one line a check, OK, WARN or FAIL, and the command that mends it.

mod surroundings;

use std::time::Duration;

use serde_json::json;

use super::args::DoctorArgs;
use super::context::{cache_dir, failure, state_dir};
use super::{Context, ExitCode, Failure};
use crate::change::escape_ascii;
use crate::review::Session;
use crate::review::doctor::{Check, Health, examine, git_program};

/// How long the remote may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &DoctorArgs) -> Result<ExitCode, Failure> {
    let mut checks = vec![git_program()];
    let colour = match session(context) {
        Ok(session) => {
            checks.extend(examine(&session, context.now, args.offline));
            session.store.config_string("color.ui").ok().flatten()
        }
        Err(check) => {
            checks.push(check);
            None
        }
    };
    context.output.colour_as_configured(colour.as_deref());
    checks.extend(surroundings::own_files());
    checks.push(surroundings::folder("cache", "XDG_CACHE_HOME", cache_dir()));
    checks.push(surroundings::folder("state", "XDG_STATE_HOME", state_dir()));
    checks.extend(surroundings::terminal());
    let fails = checks.iter().any(|check| check.health == Health::Fail);
    if args.json {
        context.output.json(&json!({
            "schema": "countersign/doctor/1",
            "ok": !fails,
            "checks": checks.iter().map(|check| json!({
                "id": check.id,
                "health": check.health.word(),
                "text": check.text,
                "fix": check.fix,
            })).collect::<Vec<_>>(),
        }))?;
    } else {
        for check in &checks {
            said(context, check)?;
        }
    }
    Ok(if fails {
        ExitCode::Denied
    } else {
        ExitCode::Done
    })
}

/// The clone; where it cannot be opened the other checks go on without it.
fn session(context: &Context) -> Result<Session, Check> {
    let opened = Session::open(&context.dir(), context.global.remote.as_deref());
    opened
        .map(|mut session| {
            session.store.set_network_deadline(PATIENCE);
            session
        })
        .map_err(|error| {
            let failure = failure(&error);
            Check::fail("repository", failure.message, failure.hint)
        })
}

fn said(context: &mut Context, check: &Check) -> Result<(), Failure> {
    let colour = match check.health {
        Health::Ok => "32",
        Health::Warn => "33",
        Health::Fail => "1;31",
    };
    let word = format!("{:<4}", check.health.word());
    let word = if context.output.colour() {
        format!("\u{1b}[{colour}m{word}\u{1b}[0m")
    } else {
        word
    };
    let text = escape_ascii(&check.text);
    context
        .output
        .line(&format!("{word}  {:<10}  {text}", check.id))?;
    for line in check.fix.iter().flat_map(|fix| fix.lines()) {
        let line = format!("{:18}fix: {}", "", escape_ascii(line));
        context.output.line(&line)?;
    }
    Ok(())
}
