//! Where a file's merge conflicts: which of the changes between two revisions are the new base's,
//! line for line. An edit right beside one of the base's conflicts without being mixed up with it.

use std::collections::HashMap;

use super::diff::body;
use super::{DiffOptions, Result};
use crate::diff::carry::{Carry, carry};
use crate::diff::{Body, Hunk, Line, LineKind};

/// An older revision's file with those changes of the new base that are certain.
pub(super) struct Explained {
    /// Its content.
    pub(super) bytes: Vec<u8>,
    /// Whether that is every change the new base made.
    pub(super) is_all: bool,
}

/// A change as it stands in both revisions: its first removed and its first added line.
type Place = (Option<u32>, Option<u32>);

/// The file of the older revision (`head`, on `base`) with each change of the new base (`onto`) that
/// the newer revision (`own`) has exactly so: what `base` had there stands unchanged in `head`, and
/// what `onto` has there stands unchanged in `own`. None where the contents cannot be compared line
/// by line.
pub(super) fn explain(
    base: &[u8],
    head: &[u8],
    onto: &[u8],
    own: &[u8],
) -> Result<Option<Explained>> {
    let runs = |old: &[u8], new: &[u8]| {
        let options = DiffOptions {
            context_lines: 0,
            ignore_whitespace: false,
        };
        Ok::<_, super::GitError>(match body(old, new, &options)? {
            Body::Text(hunks) => Some(hunks),
            _ => None,
        })
    };
    let (Some(main), Some(between)) = (runs(base, onto)?, runs(head, own)?) else {
        return Ok(None);
    };
    let (Some(before), Some(after)) = (runs(base, head)?, runs(onto, own)?) else {
        return Ok(None);
    };
    let mut known: HashMap<Place, &Hunk> = HashMap::new();
    for run in &main {
        if let Some(place) = place(run, &before, &after) {
            known.insert(place, run);
        }
    }
    let mut taken: Vec<&Hunk> = Vec::new();
    for run in &between {
        let first = |kind| run.lines.iter().find(|line| line.kind == kind);
        let removed = first(LineKind::Removed).and_then(|line| line.old);
        let added = first(LineKind::Added).and_then(|line| line.new);
        let found = known.get(&(removed, added));
        if found.is_some_and(|found| is_same(found, run)) {
            taken.push(run);
        }
    }
    Ok(Some(Explained {
        is_all: taken.len() == main.len(),
        bytes: applied(head, &taken),
    }))
}

/// Where a change of the base stands in the revisions; none where a line of it does not stand there
/// unchanged, in one piece.
fn place(run: &Hunk, before: &[Hunk], after: &[Hunk]) -> Option<Place> {
    let side = |kind, hunks: &[Hunk]| {
        let lines = run.lines.iter().filter(|line| line.kind == kind);
        let mut carried = lines.map(|line| {
            let number = match kind {
                LineKind::Removed => line.old?,
                _ => line.new?,
            };
            carry(hunks, number, Carry::Forward)
        });
        let Some(first) = carried.next() else {
            return Some(None);
        };
        let first = first?;
        let in_one_piece = carried
            .zip(first + 1..)
            .all(|(line, next)| line == Some(next));
        in_one_piece.then_some(Some(first))
    };
    Some((
        side(LineKind::Removed, before)?,
        side(LineKind::Added, after)?,
    ))
}

/// Whether two changes take away and put in the same lines.
fn is_same(one: &Hunk, other: &Hunk) -> bool {
    let line = |line: &Line| (line.kind, line.bytes.clone(), line.no_newline);
    one.lines.iter().map(line).eq(other.lines.iter().map(line))
}

/// A content with some of the changes that were found in it.
fn applied(content: &[u8], changes: &[&Hunk]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    let mut lines = content.split_inclusive(|byte| *byte == b'\n');
    let mut at = 1;
    for change in changes {
        // Git names the line before, where nothing is taken away.
        let start = change.old_start + u32::from(change.old_lines == 0);
        while at < start {
            out.extend_from_slice(lines.next().unwrap_or_default());
            at += 1;
        }
        for _ in 0..change.old_lines {
            lines.next();
            at += 1;
        }
        for line in change.lines.iter().filter(|l| l.kind == LineKind::Added) {
            out.extend_from_slice(&line.bytes);
            if !line.no_newline {
                out.push(b'\n');
            }
        }
    }
    lines.for_each(|line| out.extend_from_slice(line));
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::explain;

    fn explained(base: &str, head: &str, onto: &str, own: &str) -> (String, bool) {
        let [base, head, onto, own] = [base, head, onto, own].map(str::as_bytes);
        let found = explain(base, head, onto, own).unwrap().unwrap();
        (String::from_utf8(found.bytes).unwrap(), found.is_all)
    }

    #[test]
    fn an_edit_beside_one_of_the_base_is_told_apart() {
        let (base, head) = ("image 1\nprobe\nport\n", "image 1\nno probe\nport\n");
        let (onto, own) = ("image 2\nprobe\nport\n", "image 2\nno probe\nport 2\n");
        let (rebased, is_all) = explained(base, head, onto, own);
        assert_eq!(rebased, "image 2\nno probe\nport\n");
        assert!(is_all);
    }

    #[test]
    fn what_the_newer_revision_made_otherwise_is_no_change_of_the_base() {
        let base = "a\nb\nc\n";
        let (rebased, is_all) = explained(base, "a\nours\nc\n", "a\ntheirs\nc\n", "a\nboth\nc\n");
        assert_eq!(rebased, "a\nours\nc\n");
        assert!(!is_all);
        // The base's edit was thrown away.
        let (rebased, is_all) = explained(base, "A\nb\nc\n", "a\nB\nc\n", "A\nb\nc\n");
        assert_eq!(rebased, "A\nb\nc\n");
        assert!(!is_all);
        // The same words elsewhere are somebody else's.
        let (_, is_all) = explained("1\n2\n", "1\n2\n9\n2\n", "1\nX\n", "1\n2\n9\nX\n");
        assert!(!is_all);
    }

    #[test]
    fn lines_that_come_and_go_at_the_ends_are_followed() {
        let (base, onto) = ("a\nb\nc\n", "new\na\nb\n");
        let (rebased, is_all) = explained(base, "a\nB\nc\n", onto, "new\na\nB\nmore\n");
        assert_eq!(rebased, "new\na\nB\nc\n", "the end is mixed with an edit");
        assert!(!is_all);
        let (rebased, is_all) = explained("a\nb", "A\nb", "a\nc", "A\nc");
        assert_eq!((rebased.as_str(), is_all), ("A\nc", true));
        let (rebased, is_all) = explained("a\n", "b\n", "a\n\n", "b\n\n");
        assert_eq!((rebased.as_str(), is_all), ("b\n\n", true));
    }
}
