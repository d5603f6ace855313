//! A file's change as a unified patch for people: everything foreign made visible, so that no byte
//! of it can steer the terminal. Not for `git apply`.

use std::fmt::Write as _;

use crate::diff::{Body, FileDiff, FileSide, FileStatus, Hunk, LineKind, visible};

/// The patch of one file.
pub(super) fn patch(file: &FileDiff) -> Vec<u8> {
    let mut out = String::new();
    let name = |side: Option<&FileSide>| {
        side.map_or_else(
            || "/dev/null".to_owned(),
            |side| visible::text(side.path.as_bytes()).into_owned(),
        )
    };
    let (old, new) = (name(file.old.as_ref()), name(file.new.as_ref()));
    let _ = writeln!(out, "--- {old}\n+++ {new}");
    if let FileStatus::Renamed { similarity } = file.status {
        let _ = writeln!(out, "renamed, {similarity}% the same");
    }
    if let (Some(old), Some(new)) = (&file.old, &file.new)
        && old.mode != new.mode
    {
        let _ = writeln!(out, "mode {} -> {}", old.mode.as_str(), new.mode.as_str());
    }
    unreadable(&mut out, file);
    for part in file.hunks() {
        hunk(&mut out, part);
    }
    out.into_bytes()
}

/// The lines that change in a file of this name.
pub(super) fn lines(path: &str, body: &Body) -> String {
    let mut out = format!("--- a/{path}\n+++ b/{path}\n");
    if let Body::Text(hunks) = body {
        for part in hunks {
            hunk(&mut out, part);
        }
    }
    out
}

/// Says in place of lines what a file is that has none to show.
fn unreadable(out: &mut String, file: &FileDiff) {
    match &file.body {
        Body::Text(_) => {}
        Body::Binary => out.push_str("binary; its content cannot be shown\n"),
        Body::LfsPointer(_) => {
            out.push_str("a Git LFS pointer; the content itself is not in the repository\n")
        }
        Body::Submodule => {
            let id = |side: Option<&FileSide>| {
                side.map_or_else(|| "none".to_owned(), |side| side.id.to_string())
            };
            let _ = writeln!(
                out,
                "submodule {} -> {}",
                id(file.old.as_ref()),
                id(file.new.as_ref())
            );
        }
        Body::TooLarge { bytes } => {
            let _ = writeln!(out, "{bytes} bytes, too large to be shown");
        }
        Body::Missing => out.push_str("its content is not in this clone\n"),
    }
}

fn hunk(out: &mut String, hunk: &Hunk) {
    let scope = visible::text(hunk.scope.as_bytes());
    let _ = writeln!(
        out,
        "@@ -{},{} +{},{} @@ {scope}",
        hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines
    );
    for line in &hunk.lines {
        let sign = match line.kind {
            LineKind::Context => ' ',
            LineKind::Added => '+',
            LineKind::Removed => '-',
        };
        out.push(sign);
        for cell in visible::cells(&line.bytes, 8) {
            out.push_str(&cell.text);
        }
        out.push('\n');
        if line.no_newline {
            out.push_str("\\ no line break at the end of the file\n");
        }
    }
}
