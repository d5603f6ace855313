//! `countersign log`: every verdict with its signature's standing.

use serde_json::json;

use super::args::LogArgs;
use super::change::{Prefix, find};
use super::context::{failure, unresolved};
use super::{Context, ExitCode, Failure, said};
use crate::change::{ChangeId, Oid};
use crate::review::{Desk, Said};

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &LogArgs) -> Result<ExitCode, Failure> {
    let session = context.session()?;
    let desk = Desk::new(&session, context.now).map_err(|error| failure(&error))?;
    let wanted = match args.what.as_deref() {
        None => Wanted::Everything,
        Some(text) => match find(desk.refs(), text, Prefix::Fine) {
            Ok(name) => Wanted::Change(name.id),
            Err(_) => Wanted::Commit(
                session
                    .store
                    .resolve_commit(text)
                    .map_err(|error| unresolved(&session.store, &error))?,
            ),
        },
    };
    let mut all = Vec::new();
    for one in desk.log() {
        if !wanted.includes(&one.said, one.head) {
            continue;
        }
        if args.jsonl || args.json {
            let mut value = said::value(&one.said);
            value["head"] = json!(one.head);
            if args.jsonl {
                context.output.json(&value)?;
            } else {
                all.push(value);
            }
        } else {
            context.output.line(&said::line(&one.said))?;
        }
    }
    if args.json {
        let document = json!({"schema": "countersign/log/1", "verdicts": all});
        context.output.json(&document)?;
    }
    for ignored in &desk.statements().ignored {
        context.output.remark(&format!(
            "ignored {}: {} {}",
            ignored.place, ignored.why, ignored.line
        ));
    }
    Ok(ExitCode::Done)
}

enum Wanted {
    Everything,
    Change(ChangeId),
    Commit(Oid),
}

impl Wanted {
    fn includes(&self, said: &Said, head: Oid) -> bool {
        match self {
            Self::Everything => true,
            Self::Change(id) => said.name.id == *id,
            Self::Commit(oid) => head == *oid,
        }
    }
}
