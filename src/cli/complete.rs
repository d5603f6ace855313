//! Completion in a shell: the script that makes it ask, and the answers while a line is typed.
//!
//! The script calls the program with `COUNTERSIGN_COMPLETE` set and `--` as its first word. Both are
//! needed: a variable alone, set by accident in a pipeline, must never turn a gate into an exit 0.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::env::{CompleteEnv, Shells};
use clap_complete::{ArgValueCompleter, CompletionCandidate};

use super::args::Cli;
use super::{ExitCode, Failure};
use crate::change::QueueRef;
use crate::git::Store;

/// The variable that names the shell that asks.
const ASKS: &str = "COUNTERSIGN_COMPLETE";

/// Queues with more changes than this are completed up to it.
const MOST: usize = 2_000;

/// Answers a shell that asks; nothing when this is a call like any other.
pub(super) fn answer(arguments: &[OsString]) -> Option<ExitCode> {
    let asked = arguments.get(1).is_some_and(|word| word == "--");
    if !asked || std::env::var_os(ASKS).is_none() {
        return None;
    }
    let here = std::env::current_dir().ok();
    let shell = CompleteEnv::with_factory(Cli::command).var(ASKS);
    let answered = shell.try_complete(arguments, here.as_deref());
    // A shell shows nothing of it; the line is typed on without help.
    Some(if matches!(answered, Ok(true)) {
        ExitCode::Done
    } else {
        ExitCode::Usage
    })
}

/// The script that a shell reads once.
pub(super) fn script(shell: clap_complete::Shell) -> Result<Vec<u8>, Failure> {
    let shells = Shells::builtins();
    let completer = shells.completer(&shell.to_string());
    let completer = completer.ok_or_else(|| {
        Failure::usage(format!("nothing is known of {shell}"))
            .hint("bash, zsh, fish, powershell, elvish")
    })?;
    let mut script = Vec::new();
    let name = "countersign";
    let written = completer.write_registration(ASKS, name, name, name, &mut script);
    written.map_err(|error| {
        Failure::new(ExitCode::Unavailable, "cannot make the script")
            .caused_by(&error)
            .report_it()
    })?;
    Ok(script)
}

/// Completes the ids of the changes in the queue that are known in the clone around the working directory.
pub(super) fn changes() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| known(Path::new("."), typed))
}

/// Changes whose id begins like this, and revisions where it goes up to the `@`.
fn known(dir: &Path, typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else {
        return Vec::new();
    };
    // Own refs and those that follow a remote's both begin like this.
    let refs = Store::discover(dir).and_then(|store| store.refs("refs/countersign"));
    let refs = refs.unwrap_or_default();
    let queued = refs.iter().filter_map(|entry| {
        let name = std::str::from_utf8(&entry.name).ok()?;
        let (_, rest) = name.split_once("/queue/")?;
        QueueRef::parse(rest.as_bytes()).ok()
    });
    let mut names: Vec<String> = queued
        .map(|name| match typed.contains('@') {
            true => name.to_string(),
            false => name.id.to_string(),
        })
        .filter(|name| name.starts_with(typed))
        .collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(MOST);
    names.into_iter().map(CompletionCandidate::new).collect()
}
