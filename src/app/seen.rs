//! What has been on the screen: the evidence that goes into an approval.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::diff::FileDiff;
use crate::diff::rows::Row;

/// Which lines of which hunks were shown. A hunk is seen when each of its lines was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    hunks: BTreeMap<(usize, usize), Shown>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Shown {
    /// These lines, as ranges that neither touch nor overlap.
    Part(Vec<Range<usize>>),
    Whole,
}

/// How much of something was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// Seen.
    pub seen: usize,
    /// Of how many.
    pub total: usize,
}

impl Share {
    /// Whether all of it was. Nothing to see is all.
    pub const fn is_all(self) -> bool {
        self.seen >= self.total
    }

    /// Whether as many percent were. Nothing to see is a hundred.
    pub const fn reaches(self, percent: usize) -> bool {
        self.seen * 100 >= percent * self.total
    }
}

impl Seen {
    /// Records rows that were painted, each line up to `bytes`: a longer one was not shown whole,
    /// so it was not seen. Returns whether that made a hunk seen.
    pub fn show(&mut self, rows: &[Row], files: &[FileDiff], bytes: usize) -> bool {
        let mut news = false;
        for row in rows {
            let (file, Some(hunk)) = (row.file as usize, row.hunk()) else {
                continue;
            };
            let lines = files.get(file).and_then(|f| f.hunks().get(hunk));
            let lines = lines.map_or(&[][..], |hunk| hunk.lines.as_slice());
            for line in row.lines() {
                if lines.get(line).is_some_and(|l| l.bytes.len() <= bytes) {
                    news |= self.line(file, hunk, line, lines.len());
                }
            }
        }
        news
    }

    fn line(&mut self, file: usize, hunk: usize, line: usize, total: usize) -> bool {
        let shown = self.hunks.entry((file, hunk));
        let shown = shown.or_insert_with(|| Shown::Part(Vec::new()));
        let Shown::Part(ranges) = shown else {
            return false;
        };
        add(ranges, line);
        let whole = matches!(ranges.as_slice(), [one] if one.start == 0 && one.end >= total);
        if whole {
            *shown = Shown::Whole;
        }
        whole
    }

    /// Marks a whole hunk as seen, or forgets it.
    pub fn set(&mut self, file: usize, hunk: usize, seen: bool) {
        if seen {
            self.hunks.insert((file, hunk), Shown::Whole);
        } else {
            self.hunks.remove(&(file, hunk));
        }
    }

    /// Whether a hunk was seen.
    pub fn hunk(&self, file: usize, hunk: usize) -> bool {
        self.hunks.get(&(file, hunk)) == Some(&Shown::Whole)
    }

    /// How many of a file's hunks were seen.
    pub fn file(&self, index: usize, file: &FileDiff) -> Share {
        let total = file.hunks().len();
        let seen = (0..total).filter(|hunk| self.hunk(index, *hunk)).count();
        Share { seen, total }
    }

    /// How many hunks of these files were seen; `from` is the index of the first of them.
    pub fn total(&self, files: &[FileDiff], from: usize) -> Share {
        let total = files.iter().map(|file| file.hunks().len()).sum();
        let seen = self.hunks.range((from, 0)..);
        let seen = seen.filter(|(_, shown)| **shown == Shown::Whole).count();
        Share { seen, total }
    }

    /// The hunks that were seen.
    pub fn hunks(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let whole = self.hunks.iter();
        whole
            .filter(|(_, shown)| **shown == Shown::Whole)
            .map(|(at, _)| *at)
    }
}

/// Adds a line to ranges that are sorted, joining those it touches.
fn add(ranges: &mut Vec<Range<usize>>, line: usize) {
    let at = ranges.partition_point(|range| range.end < line);
    match ranges.get_mut(at) {
        Some(range) if range.contains(&line) => return,
        Some(range) if range.end == line => range.end += 1,
        Some(range) if range.start == line + 1 => range.start = line,
        _ => ranges.insert(at, line..line + 1),
    }
    if at + 1 < ranges.len() && ranges[at].end == ranges[at + 1].start {
        ranges[at].end = ranges[at + 1].end;
        ranges.remove(at + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::rows::{Folds, Layout, Rows};

    fn file(lines: usize) -> FileDiff {
        super::super::change::message_file("x\n".repeat(lines).as_bytes())
    }

    #[test]
    fn a_hunk_is_seen_when_its_last_line_was_shown_in_any_order() {
        let files = [file(6)];
        let rows = Rows::build(&files, &[], Layout::Unified, &Folds::default());
        let rows = rows.as_slice();
        let mut seen = Seen::default();
        assert!(!seen.show(&rows[0..4], &files, 99), "header and two lines");
        assert!(!seen.show(&rows[6..], &files, 99), "the last two");
        assert!(!seen.hunk(0, 0));
        assert!(!seen.show(&rows[3..5], &files, 99));
        assert!(seen.show(&rows[5..6], &files, 99), "the gap is closed");
        assert!(seen.hunk(0, 0));
        assert!(seen.total(&files, 0).is_all());
    }

    #[test]
    fn a_line_that_was_cut_was_not_seen() {
        let files = [file(1)];
        let rows = Rows::build(&files, &[], Layout::Unified, &Folds::default());
        let mut seen = Seen::default();
        assert!(!seen.show(rows.as_slice(), &files, 0));
        assert!(seen.show(rows.as_slice(), &files, 1));
    }

    #[test]
    fn shares_count_hunks_and_nothing_to_see_is_all() {
        let files = [file(1), file(1), file(1)];
        let mut seen = Seen::default();
        seen.set(0, 0, true);
        seen.set(2, 0, true);
        assert_eq!(seen.total(&files[1..], 1), Share { seen: 1, total: 2 });
        assert!(seen.total(&files[1..], 1).reaches(50));
        assert!(!seen.total(&files[1..], 1).reaches(51));
        assert!(Share::default().reaches(100) && Share::default().is_all());
        seen.set(2, 0, false);
        assert_eq!(seen.file(2, &files[2]), Share { seen: 0, total: 1 });
    }
}
