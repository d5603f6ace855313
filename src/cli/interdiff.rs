//! `show --interdiff M..N`: what changed between two revisions, the rebase taken out.

use serde_json::{Value, json};

use super::args::ShowArgs;
use super::context::failure;
use super::patch::patch;
use super::row::path;
use super::show::{letter, status};
use super::{Context, Failure};
use crate::change::QueueRef;
use crate::diff::FileDiff;
use crate::diff::interdiff::Interdiff;
use crate::diff::visible;
use crate::review::Desk;

/// Prints the difference between the revisions that `range` names. A side left out is the revision
/// asked for on the right, and the one before it on the left.
pub(super) fn run(
    context: &mut Context,
    desk: &Desk<'_>,
    name: &QueueRef,
    range: &str,
    args: &ShowArgs,
) -> Result<(), Failure> {
    let (from, to) = revisions(range, name)?;
    let found = desk
        .interdiff(&name.id, from, to)
        .map_err(|error| failure(&error))?;
    if args.json {
        return context
            .output
            .json(&document(name, (from, to), &found, args.patch));
    }
    let headline = headline(name, (from, to), &found);
    context.output.line(&headline)?;
    for (file, doubtful) in found.shown() {
        let line = format!(
            "{} {}  +{} -{}{}",
            letter(file),
            file.path(),
            file.added,
            file.removed,
            if doubtful { DOUBTFUL } else { "" }
        );
        context.output.line(&visible::text(line.as_bytes()))?;
    }
    for (file, _) in found.shown() {
        context.output.data(&patch(file))?;
    }
    Ok(())
}

/// What is said of a file from which the rebase cannot be taken out.
const DOUBTFUL: &str = "  the rebase cannot be told apart here: all that differs is shown";

/// `M..N`, either side optional.
fn revisions(range: &str, name: &QueueRef) -> Result<(u32, u32), Failure> {
    let wrong = || {
        Failure::usage(format!("{range:?}: two revisions as M..N are needed"))
            .hint("--interdiff 1..2 shows what revision 2 did to revision 1")
    };
    let (from, to) = range.split_once("..").ok_or_else(wrong)?;
    let number = |text: &str, instead: Option<u32>| match text {
        "" => instead.ok_or_else(wrong),
        text => text.parse::<u32>().map_err(|_| wrong()),
    };
    let to = number(to, Some(name.number))?;
    let from = number(from, to.checked_sub(1).filter(|before| *before > 0))?;
    Ok((from, to))
}

fn headline(name: &QueueRef, (from, to): (u32, u32), found: &Interdiff) -> String {
    let count = |number: usize, what: &str| match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    };
    let left_out = match (found.rebased_files(), found.rebased_hunks()) {
        (0, 0) => String::new(),
        (files, 0) => format!("; left out: {} only rebased", count(files, "file")),
        (0, hunks) => format!("; left out: {} only rebased", count(hunks, "hunk")),
        (files, hunks) => format!(
            "; left out: {} and {} only rebased",
            count(files, "file"),
            count(hunks, "hunk")
        ),
    };
    let differ = match found.shown().count() {
        0 => "no difference".to_owned(),
        files => count(files, "file"),
    };
    format!("{}@{from}..@{to}  {differ}{left_out}", name.id)
}

fn document(name: &QueueRef, (from, to): (u32, u32), found: &Interdiff, with_patch: bool) -> Value {
    let file = |(file, doubtful): (&FileDiff, bool)| {
        json!({
            "path": path(file.path()),
            "status": status(file),
            "added": file.added,
            "removed": file.removed,
            "doubtful": doubtful,
        })
    };
    let mut document = json!({
        "schema": "countersign/interdiff/1",
        "id": name.id,
        "from": from,
        "to": to,
        "files": found.shown().map(file).collect::<Value>(),
        "rebased": {"files": found.rebased_files(), "hunks": found.rebased_hunks()},
    });
    if with_patch {
        let patches: Vec<u8> = found.shown().flat_map(|(file, _)| patch(file)).collect();
        document["patch"] = json!(String::from_utf8_lossy(&patches));
    }
    document
}
