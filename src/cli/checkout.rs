//! `countersign checkout`: a throw-away worktree of a revision; its path is all that goes to stdout,
//! so that `cd "$(countersign checkout ID)"` works.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::args::CheckoutArgs;
use super::change::{Prefix, find};
use super::context::{failure, state_dir};
use super::row::text_or_bytes;
use super::{Context, ExitCode, Failure};
use crate::change::ChangeId;
use crate::evidence::QueueRefs;
use crate::review::{CheckedOut, Checkouts, PutAway, Session, Which};

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &CheckoutArgs) -> Result<ExitCode, Failure> {
    let session = context.session()?;
    let home = worktrees_dir().ok_or_else(|| {
        Failure::new(ExitCode::Unavailable, "there is no folder for worktrees")
            .hint("set XDG_STATE_HOME to one")
    })?;
    let checkouts = Checkouts::new(&session, &home);
    match (&args.change, args.prune, args.remove) {
        (None, true, _) => put_away(context, &checkouts, &Which::All, args),
        (Some(change), false, true) => {
            let which = which(&session, change)?;
            put_away(context, &checkouts, &which, args)
        }
        (Some(change), false, false) => {
            let name = find(&refs(&session)?, change, Prefix::AtTerminal)?;
            let done = checkouts.check_out(&name, None);
            made(context, &done.map_err(|error| failure(&error))?, args)
        }
        _ => Err(Failure::usage("checkout: which change?")
            .hint("countersign checkout ID, or --prune for all worktrees of this clone")),
    }
}

/// The folder below which worktrees are made.
pub(super) fn worktrees_dir() -> Option<PathBuf> {
    Some(state_dir()?.join("worktrees"))
}

fn refs(session: &Session) -> Result<QueueRefs, Failure> {
    let refs = QueueRefs::read(&session.store, &session.roots());
    refs.map_err(|error| failure(&error.into()))
}

fn made(
    context: &mut Context,
    done: &CheckedOut,
    args: &CheckoutArgs,
) -> Result<ExitCode, Failure> {
    if let Some(why) = &done.kept {
        context.output.warn(&format!(
            "WARN this worktree is not {} as it was proposed any more: {why}",
            done.name
        ));
    }
    if args.json {
        context.output.json(&json!({
            "schema": "countersign/checkout/1",
            "id": done.name.id.to_string(),
            "revision": done.name.number,
            "commit": done.commit.to_string(),
            "path": file(&done.path),
            "made": done.made,
            "changed": done.kept,
        }))?;
    } else {
        context
            .output
            .data(done.path.as_os_str().as_encoded_bytes())?;
        context.output.data(b"\n")?;
    }
    Ok(ExitCode::Done)
}

/// `ID` names all worktrees of a change, `ID@N` those of one revision; a change that is here no more
/// may still have some.
fn which(session: &Session, text: &str) -> Result<Which, Failure> {
    let (id, number) = match text.split_once('@') {
        Some((id, number)) => (id, Some(number)),
        None => (text, None),
    };
    if let Ok(id) = id.parse::<ChangeId>()
        && number.is_none_or(|number| number.parse::<u32>().is_ok())
    {
        return Ok(Which::Of(id, number.and_then(|number| number.parse().ok())));
    }
    let name = find(&refs(session)?, text, Prefix::AtTerminal)?;
    Ok(Which::Of(name.id, number.map(|_| name.number)))
}

fn put_away(
    context: &mut Context,
    checkouts: &Checkouts<'_>,
    which: &Which,
    args: &CheckoutArgs,
) -> Result<ExitCode, Failure> {
    let PutAway { removed, kept } = checkouts.put_away(which).map_err(|error| failure(&error))?;
    if args.json {
        let kept = kept.iter();
        let kept: Vec<Value> = kept
            .map(|(path, why)| json!({"path": file(path), "why": why}))
            .collect();
        context.output.json(&json!({
            "schema": "countersign/checkout/1",
            "removed": removed.iter().map(|path| file(path)).collect::<Vec<_>>(),
            "kept": kept,
        }))?;
    } else {
        for path in &removed {
            context.output.data(b"removed ")?;
            context.output.data(path.as_os_str().as_encoded_bytes())?;
            context.output.data(b"\n")?;
        }
    }
    for (path, why) in &kept {
        let text = format!("WARN kept {}: {why}", path.display());
        context.output.warn(&text);
    }
    if removed.is_empty() && kept.is_empty() {
        context.output.remark("there is no such worktree");
    }
    match kept.first() {
        // All were asked for: that some are in use is no failure.
        Some((path, _)) if *which != Which::All => Err(Failure::new(
            ExitCode::Denied,
            format!("{} holds something of yours and stays", path.display()),
        )
        .hint(format!(
            "git worktree remove --force '{}' takes it away all the same",
            path.display()
        ))),
        _ => Ok(ExitCode::Done),
    }
}

fn file(path: &Path) -> Value {
    text_or_bytes(path.as_os_str().as_encoded_bytes())
}
