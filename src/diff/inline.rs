//! Changed words: which bytes differ between a removed line and the added line beside it.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};
use unicode_segmentation::UnicodeSegmentation as _;

use super::{Hunk, LineKind};

/// Lines with more words than this are not compared word by word: nobody reads a minified file by
/// its words, and the bound keeps the worst pair well under a millisecond without a clock.
const WORDS: usize = 200;
/// Longer lines are not even cut into words.
const BYTES: usize = 8_192;
/// In a run of removed or added lines longer than this no line has a partner.
const RUN: usize = 1_000;

/// More marks than this in a line of which a good part is new are noise.
const SCATTERED: usize = 3;

/// The byte ranges that differ, on the old and on the new line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Ranges of the removed line.
    pub old: Vec<Range<usize>>,
    /// Ranges of the added line.
    pub new: Vec<Range<usize>>,
}

/// The words that differ between two lines; nothing where the lines have too little in common
/// for the marks to say anything, or too many words.
pub fn changed(old: &[u8], new: &[u8]) -> Changed {
    if old.len() > BYTES || new.len() > BYTES {
        return Changed::default();
    }
    let (Ok(old), Ok(new)) = (std::str::from_utf8(old), std::str::from_utf8(new)) else {
        return Changed::default();
    };
    let (a, b) = (words(old), words(new));
    if a.len() > WORDS || b.len() > WORDS {
        return Changed::default();
    }
    let ops = capture_diff_slices(Algorithm::Myers, &a, &b);
    let mut out = Changed::default();
    let mut equal = 0;
    for op in &ops {
        if let DiffOp::Equal { old_index, len, .. } = *op {
            let same = &a[old_index..old_index + len];
            equal += same.iter().map(|w| letters(w)).sum::<usize>();
            continue;
        }
        push(&mut out.old, bytes_of(old, &a, op.old_range()));
        push(&mut out.new, bytes_of(new, &b, op.new_range()));
    }
    // Signs are alike in any two lines of code; only what is spelt with letters says that a line is
    // still the same one. Where most of it is new, marks here and there would hide that.
    let shorter = letters(old).min(letters(new));
    let scattered = out.old.len().max(out.new.len()) > SCATTERED;
    if equal * 2 < shorter || (scattered && equal * 4 < shorter * 3) {
        return Changed::default();
    }
    out
}

/// For each line of a hunk the line it is compared with: the n-th removed line of a run with the
/// n-th added line that follows it.
pub fn partner(hunk: &Hunk, line: usize) -> Option<usize> {
    let kind = hunk.lines.get(line)?.kind;
    let other = match kind {
        LineKind::Context => return None,
        LineKind::Removed => LineKind::Added,
        LineKind::Added => LineKind::Removed,
    };
    let is = |at: usize, kind: LineKind| hunk.lines.get(at).is_some_and(|l| l.kind == kind);
    let mut start = line;
    while start > 0 && is(start - 1, kind) {
        start -= 1;
        if line - start > RUN {
            return None;
        }
    }
    let mut end = line + 1;
    while kind == LineKind::Removed && is(end, kind) {
        end += 1;
        if end - line > RUN {
            return None;
        }
    }
    let nth = line - start;
    let found = match kind {
        LineKind::Removed => end + nth,
        _ => {
            let mut first = start;
            while first > 0 && is(first - 1, LineKind::Removed) {
                first -= 1;
                if start - first > RUN {
                    return None;
                }
            }
            first + nth
        }
    };
    let in_run = match kind {
        LineKind::Removed => (end..=found).all(|at| is(at, other)),
        _ => found < start && is(found, other),
    };
    in_run.then_some(found)
}

/// Words, single spaces and single signs: a change of one sign marks that sign only.
fn words(text: &str) -> Vec<&str> {
    text.split_word_bounds().collect()
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

fn bytes_of(text: &str, words: &[&str], range: Range<usize>) -> Range<usize> {
    let at = |i: usize| {
        words.get(i).map_or(text.len(), |word| {
            // Words are slices of `text`, in order.
            word.as_ptr() as usize - text.as_ptr() as usize
        })
    };
    at(range.start)..at(range.end)
}

/// Joins ranges that touch.
fn push(ranges: &mut Vec<Range<usize>>, range: Range<usize>) {
    if range.is_empty() {
        return;
    }
    match ranges.last_mut() {
        Some(last) if last.end == range.start => last.end = range.end,
        _ => ranges.push(range),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Line;
    use super::*;

    fn marked<'a>(text: &'a str, ranges: &[Range<usize>]) -> Vec<&'a str> {
        ranges.iter().map(|r| &text[r.clone()]).collect()
    }

    #[test]
    fn only_the_words_that_differ_are_marked() {
        let (old, new) = (
            "  - {port: 443, targetPort: 8443}",
            "  - {port: 443, targetPort: https}",
        );
        let found = changed(old.as_bytes(), new.as_bytes());
        assert_eq!(marked(old, &found.old), ["8443"]);
        assert_eq!(marked(new, &found.new), ["https"]);
    }

    #[test]
    fn an_insertion_marks_one_side_only() {
        let (old, new) = ("let x = f(a);", "let x = f(a, b);");
        let found = changed(old.as_bytes(), new.as_bytes());
        assert!(found.old.is_empty());
        assert_eq!(marked(new, &found.new), [", b"]);
    }

    #[test]
    fn lines_with_little_in_common_are_not_marked() {
        assert_eq!(
            changed(b"return None", b"while queue.len() > limit {"),
            Changed::default()
        );
        assert_eq!(changed(b"a\xff", b"a"), Changed::default());
        // Alike in nothing but signs and a short word.
        let old = b"        self.lock.lock().unwrap().push(conn);";
        let new = b"        self.queue.try_push(item).map_err(drop);";
        assert_eq!(changed(old, new), Changed::default());
    }

    #[test]
    fn a_rewritten_line_has_no_marks_here_and_there() {
        let old = b"limit = config.get(name, 10) if user.is_admin else None";
        let new = b"bound = settings.get(key, 20) if user.may_write else 0";
        assert_eq!(changed(old, new), Changed::default());
        let old = b"for (id, name, age, town) in rows {";
        let new = b"for (id, title, age, place) in lines {";
        let found = changed(old, new);
        assert_eq!(found.old.len(), 0, "{found:?}");
    }

    #[test]
    fn the_nth_removed_line_is_compared_with_the_nth_added_one() {
        let kinds = "  --+++ +-";
        let lines = kinds.chars().map(|c| Line {
            kind: match c {
                '-' => LineKind::Removed,
                '+' => LineKind::Added,
                _ => LineKind::Context,
            },
            old: None,
            new: None,
            bytes: Vec::new(),
            no_newline: false,
        });
        let hunk = Hunk {
            old_start: 1,
            old_lines: 1,
            new_start: 1,
            new_lines: 1,
            scope: String::new(),
            lines: lines.collect(),
        };
        let partners: Vec<Option<usize>> = (0..10).map(|i| partner(&hunk, i)).collect();
        let expected = [
            None,
            None,
            Some(4),
            Some(5),
            Some(2),
            Some(3),
            None,
            None,
            None,
            None,
        ];
        assert_eq!(partners, expected);
    }
}
