//! `countersign close`: the submitter takes a change back.

use serde_json::json;

use super::args::CloseArgs;
use super::claim::asked;
use super::context::failure;
use super::{Context, ExitCode, Failure};
use crate::review::{Closing, close, closing};
use crate::verdict::whole_seconds;

/// Runs the command. A change that is closed already is a success that changes nothing.
pub(super) fn run(context: &mut Context, args: &CloseArgs) -> Result<ExitCode, Failure> {
    if args.message.trim().is_empty() {
        return Err(Failure::usage("close: the message is empty")
            .hint("say in a few words why, for whoever looks for the change: -m TEXT"));
    }
    let (session, id, by) = asked(context, &args.change)?;
    let said = Closing {
        by,
        at: whole_seconds(context.now),
        message: args.message.clone(),
    };
    let moved = {
        let _progress = context.output.teller.begin("pushing");
        close(&session, &id, &said).map_err(|error| failure(&error))?
    };
    let revisions: Vec<u32> = moved.iter().map(|name| name.number).collect();
    // What is said of a change that was closed before is what was said then.
    let said = match revisions.as_slice() {
        [] => closing(&session, &id).map_err(|error| failure(&error))?,
        _ => Some(said),
    };
    if args.json {
        context.output.json(&json!({
            "schema": "countersign/close/1",
            "id": id,
            "revisions": revisions,
            "closed": said,
        }))?;
        return Ok(ExitCode::Done);
    }
    let line = match (revisions.as_slice(), &said) {
        ([], Some(said)) => format!("{id} was closed by {} at {}", said.by, said.at),
        ([], None) => format!("{id} is not in the queue any more"),
        ([_], _) => format!("closed {id}: 1 revision is in the archive"),
        (all, _) => format!("closed {id}: {} revisions are in the archive", all.len()),
    };
    context
        .output
        .line(&crate::diff::visible::text(line.as_bytes()))?;
    Ok(ExitCode::Done)
}
