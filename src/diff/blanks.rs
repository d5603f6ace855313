//! Lines that differ in white space alone: which removed line of a hunk is, without its blanks, which
//! added one. For reading only; what a change is, and what of it counts as seen, never follows this.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::{Hunk, LineKind};

/// In a run with more lines than this, the n-th removed line is compared with the n-th added one
/// only, so that the cost stays that of reading the lines once.
const RUN: usize = 500;

/// Removed lines with the added lines after them, in a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The removed lines.
    pub removed: Range<usize>,
    /// The added ones; they begin where the removed ones end.
    pub added: Range<usize>,
}

/// The runs of changed lines of a hunk, in order.
pub fn runs(hunk: &Hunk) -> impl Iterator<Item = Run> + '_ {
    let lines = &hunk.lines;
    let mut at = 0;
    let end_of = move |from: usize, kind: LineKind| {
        let rest = lines.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|line| line.kind == kind).count()
    };
    std::iter::from_fn(move || {
        at = end_of(at, LineKind::Context);
        if at >= lines.len() {
            return None;
        }
        let middle = end_of(at, LineKind::Removed);
        let end = end_of(middle, LineKind::Added);
        let run = Run {
            removed: at..middle,
            added: middle..end,
        };
        at = end;
        Some(run)
    })
}

/// The pairs of a run that are the same but for white space, in order.
pub fn pairs(hunk: &Hunk, run: &Run) -> Vec<(usize, usize)> {
    let hashes = |range: &Range<usize>| -> Vec<u64> {
        let lines = hunk.lines.get(range.clone()).unwrap_or_default();
        lines.iter().map(|line| bare(&line.bytes)).collect()
    };
    let (old, new) = (hashes(&run.removed), hashes(&run.added));
    let same = |(nth, (a, b)): (usize, (&u64, &u64))| {
        (a == b).then_some((run.removed.start + nth, run.added.start + nth))
    };
    if old == new || old.len() > RUN || new.len() > RUN {
        return old.iter().zip(&new).enumerate().filter_map(same).collect();
    }
    let mut out = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        if let DiffOp::Equal {
            old_index,
            new_index,
            len,
        } = op
        {
            let (from, to) = (run.removed.start + old_index, run.added.start + new_index);
            out.extend((0..len).map(|nth| (from + nth, to + nth)));
        }
    }
    out
}

/// A line without its white space, as a hash.
fn bare(bytes: &[u8]) -> u64 {
    let mut hash = DefaultHasher::new();
    for word in bytes
        .split(u8::is_ascii_whitespace)
        .filter(|w| !w.is_empty())
    {
        hash.write(word);
    }
    0xff_u8.hash(&mut hash);
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::super::Line;
    use super::*;

    fn hunk(lines: &[&str]) -> Hunk {
        let line = |text: &&str| Line {
            kind: match text.as_bytes().first() {
                Some(b'-') => LineKind::Removed,
                Some(b'+') => LineKind::Added,
                _ => LineKind::Context,
            },
            old: None,
            new: None,
            bytes: text.as_bytes()[1..].to_vec(),
            no_newline: false,
        };
        Hunk {
            old_start: 1,
            old_lines: 1,
            new_start: 1,
            new_lines: 1,
            scope: String::new(),
            lines: lines.iter().map(line).collect(),
        }
    }

    fn found(lines: &[&str]) -> Vec<(usize, usize)> {
        let hunk = hunk(lines);
        runs(&hunk).flat_map(|run| pairs(&hunk, &run)).collect()
    }

    #[test]
    fn lines_that_differ_in_blanks_alone_are_paired_and_no_others() {
        let lines = [
            " head", "-a = 1", "-b", "-gone\r", "+if x {", "+    a=1", "+\tb  ", "+gone", " tail",
            "-x y", "+x z",
        ];
        assert_eq!(found(&lines), [(1, 5), (2, 6), (3, 7)]);
        assert!(found(&["-ab", "+a", "+b"]).is_empty());
        assert_eq!(found(&["-a b", "+ab"]), [(0, 1)]);
    }

    #[test]
    fn a_long_run_is_compared_line_by_line() {
        let mut lines = vec!["-a"; RUN + 1];
        lines.extend(vec!["+ a"; RUN]);
        lines.push("+b");
        let found = found(&lines);
        assert_eq!((found.len(), found[0]), (RUN, (0, RUN + 1)));
    }
}
