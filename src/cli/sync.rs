//! `countersign sync`: fetch the queue and the verdicts, push what waits here.

use serde_json::json;

use super::args::SyncArgs;
use super::context::{failure, git_failure, journal};
use super::{Context, ExitCode, Failure};
use crate::review::{Session, Synced, sync};

/// Commits of history that are read for the risk at most, where they were not read before.
const HISTORY: usize = 200_000;

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &SyncArgs) -> Result<ExitCode, Failure> {
    let session = context.session()?;
    if args.status {
        return status(context, &session, args.json);
    }
    let synced = once(context, &session)?;
    session.count_ahead(HISTORY);
    let pushed: Vec<String> = synced
        .published
        .pushed
        .iter()
        .map(ToString::to_string)
        .collect();
    if args.json {
        let document = json!({
            "schema": "countersign/sync/1",
            "pushed": pushed,
            "waiting": synced.published.waiting,
            "revisions": synced.pushed_refs,
        });
        context.output.json(&document)?;
    } else {
        for digest in &pushed {
            context.output.line(&format!("pushed {digest}"))?;
        }
        for name in &synced.pushed_refs {
            context.output.line(&format!("pushed {name}"))?;
        }
        let remote = session.remote.as_deref().unwrap_or_default();
        context.output.remark(&format!("synced with {remote}"));
    }
    Ok(ExitCode::Done)
}

/// One sync; what waits afterwards is a failure that says why, and nothing is lost.
pub(super) fn once(context: &mut Context, session: &Session) -> Result<Synced, Failure> {
    let progress = context
        .output
        .teller
        .begin("fetching, and pushing what waits");
    let synced = sync(session, context.now);
    drop(progress);
    let synced = synced.map_err(|error| failure(&error))?;
    for warning in synced.warnings.iter().chain(&synced.published.warnings) {
        context.output.warn(&format!("WARN {warning}"));
    }
    if let Some(error) = &synced.notes_error {
        return Err(git_failure(error));
    }
    if let Some(error) = &synced.published.failure {
        let mut failed = git_failure(error);
        failed.message = format!(
            "{} verdicts wait here: {}",
            synced.published.waiting.len(),
            failed.message
        );
        return Err(failed);
    }
    if let Some((name, words)) = synced.refused_refs.first() {
        return Err(
            Failure::new(ExitCode::Unavailable, format!("the remote refused {name}"))
                .hint(words.clone()),
        );
    }
    Ok(synced)
}

/// What waits here, and what is known of the remote. Changes nothing.
fn status(context: &mut Context, session: &Session, as_json: bool) -> Result<ExitCode, Failure> {
    let broken = |error| journal(&error);
    let (outbox, odd) = session.journal.outbox().read().map_err(broken)?;
    for error in odd {
        context.output.warn(&format!("WARN W-OUTBOX {error}"));
    }
    let made = session.journal.made_refs().waiting().map_err(broken)?;
    let record = match &session.remote {
        Some(remote) => session
            .store
            .fetch_record(remote)
            .map_err(|error| git_failure(&error))?,
        None => None,
    };
    if as_json {
        let document = json!({
            "schema": "countersign/sync-status/1",
            "remote": session.remote,
            "fetched": record,
            "verdicts": outbox.iter().map(|entry| entry.digest.to_string()).collect::<Vec<_>>(),
            "revisions": made.iter().map(|made| made.name.clone()).collect::<Vec<_>>(),
        });
        context.output.json(&document)?;
        return Ok(ExitCode::Done);
    }
    let remote = session.remote.as_deref().unwrap_or("none");
    let fetched = record.map_or_else(|| "never".to_owned(), |record| record.at.to_string());
    context
        .output
        .line(&format!("remote {remote}, fetched {fetched}"))?;
    for entry in &outbox {
        context
            .output
            .line(&format!("verdict {} waits for push", entry.digest))?;
    }
    for made in &made {
        context
            .output
            .line(&format!("revision {} waits for push", made.name))?;
    }
    if outbox.is_empty() && made.is_empty() {
        context.output.line("nothing waits here")?;
    }
    Ok(ExitCode::Done)
}
