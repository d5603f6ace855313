//! `countersign hook pre-receive`: the gate where a push arrives. One line for each ref that is
//! refused, which git shows to whoever pushed.

use std::io::Read as _;

use super::args::{Hook, HookArgs};
use super::context::git_failure;
use super::gate::written_root;
use super::{Context, ExitCode, Failure};
use crate::change::{Oid, escape_ascii, readable};
use crate::gate::{Push, RefUpdate, Refusal, receive};
use crate::git::Store;
use crate::policy::Decision;
use crate::signing::SshVerifier;

/// A push of more refs than these many bytes name is refused.
const INPUT: u64 = 64 << 20;
/// Reasons that are named in a line; the rest is counted.
const REASONS: usize = 3;

/// Runs the hook.
pub(super) fn run(context: &mut Context, args: &HookArgs) -> Result<ExitCode, Failure> {
    let Hook::PreReceive {
        policy_root,
        report_only,
    } = &args.hook;
    let updates = updates()?;
    let store = Store::open_from_env().map_err(|error| git_failure(&error))?;
    let root = policy_root.as_deref();
    let root = root.map(|text| written_root(&context.dir(), text));
    let push = Push {
        store: &store,
        updates: &updates,
        root: root.transpose()?,
        now: context.now,
    };
    let mut code = ExitCode::Done;
    let mut worst = Decision::Allow;
    let received = receive(&push, &SshVerifier);
    for reason in &received.broken {
        context
            .output
            .warn(&format!("countersign: ALLOW_BREAK_GLASS {reason}"));
    }
    for refusal in received.refusals {
        let spared = *report_only && refusal.judged && refusal.decision != Decision::Error;
        let only = if spared { "REPORT ONLY " } else { "" };
        context.output.warn(&format!("{only}{}", line(&refusal)));
        if !spared && refusal.decision > worst {
            worst = refusal.decision;
            code = match worst {
                Decision::Allow => ExitCode::Done,
                Decision::Pending => ExitCode::Pending,
                Decision::Deny => ExitCode::Denied,
                Decision::Error => ExitCode::Undecided,
            };
        }
    }
    Ok(code)
}

/// `<old> <new> <ref>` a line, as git writes them; an id of zeros is none.
fn updates() -> Result<Vec<RefUpdate>, Failure> {
    let mut input = Vec::new();
    let read = std::io::stdin().lock().take(INPUT).read_to_end(&mut input);
    let undecided = |text: &str| Failure::new(ExitCode::Undecided, text);
    if read.map_err(|error| {
        undecided(&format!("stdin: {error}")).hint("git runs this with the updates on stdin")
    })? as u64
        == INPUT
    {
        return Err(undecided("the push names too many refs").hint("push them in several parts"));
    }
    let lines = input.split(|byte| *byte == b'\n');
    lines
        .filter(|line| !line.is_empty())
        .map(|line| update(line).ok_or_else(|| unreadable(line)))
        .collect()
}

fn update(line: &[u8]) -> Option<RefUpdate> {
    let mut words = line.splitn(3, |byte| *byte == b' ');
    let mut id = || {
        let text = std::str::from_utf8(words.next()?).ok()?;
        let oid: Oid = text.parse().ok()?;
        Some(Some(oid).filter(|oid| *oid != Oid::from_bytes([0; 20])))
    };
    let (old, new) = (id()?, id()?);
    let name = words.next()?.to_vec();
    Some(RefUpdate { name, old, new })
}

fn unreadable(line: &[u8]) -> Failure {
    let line = escape_ascii(&readable(line)).into_owned();
    Failure::usage(format!("not a line of a pre-receive hook: {line:?}")).hint(
        "git runs this: put `exec countersign hook pre-receive --policy-root FILE` into hooks/pre-receive of the server's repository",
    )
}

/// All about one refused ref, in one line of ASCII.
fn line(refusal: &Refusal) -> String {
    let word = match refusal.decision {
        Decision::Pending => "waits for approval",
        _ => "refused",
    };
    let mut reasons: Vec<String> = refusal
        .reasons
        .iter()
        .take(REASONS)
        .map(ToString::to_string)
        .collect();
    if refusal.reasons.len() > REASONS {
        reasons.push(format!("{} more", refusal.reasons.len() - REASONS));
    }
    let text = format!(
        "countersign: {} {word}: {}. {}",
        readable(&refusal.name),
        reasons.join("; "),
        refusal.fix
    );
    escape_ascii(&text).into_owned()
}
