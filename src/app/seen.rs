//! What has been on the screen: the evidence that goes into an approval.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::diff::FileDiff;
use crate::diff::rows::{self, Row, RowKind};

use super::reading::{Stretch, Window};

/// Which lines of which hunks were shown. A hunk is seen when each of its lines was; a file without
/// lines (a binary, a mode) when the sentence that stands for them was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    hunks: BTreeMap<(usize, usize), Shown>,
    sentences: BTreeSet<usize>,
    /// Hunks that the reader is done with unread: reading on passes them, and nothing counts them.
    aside: BTreeSet<(usize, usize)>,
    /// Hunks whose mark was taken away: what is on the screen then does not mark them again.
    forgotten: BTreeSet<(usize, usize)>,
    /// Bytes of lines that were shown in parts: (file, hunk, line).
    parts: BTreeMap<(usize, usize, usize), Vec<Range<usize>>>,
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
    /// Records the rows that a window showed as a whole. A line of which something was cut off, or
    /// of more bytes than are ever shown, was not seen; one that takes several rows is seen when each
    /// of them was. Returns whether that made a hunk seen.
    pub fn show(&mut self, rows: &[Row], files: &[FileDiff], window: &Window) -> bool {
        let parts = window.parts.iter().map(|part| (part.file, part.hunk));
        let here: BTreeSet<(usize, usize)> = rows
            .iter()
            .filter_map(|row| Some((row.file as usize, row.hunk()?)))
            .chain(parts)
            .collect();
        self.forgotten.retain(|hunk| here.contains(hunk));
        let mut news = false;
        for (at, row) in (window.rows.start..).zip(rows) {
            let file = row.file as usize;
            let Some(diff) = files.get(file) else {
                continue;
            };
            if row.kind == RowKind::Sentence && diff.hunks().is_empty() {
                self.sentences.insert(file);
            }
            let Some(hunk) = row.hunk() else {
                continue;
            };
            if window.partial.binary_search(&at).is_ok() || self.forgotten.contains(&(file, hunk)) {
                continue;
            }
            let lines = diff.hunks().get(hunk);
            let lines = lines.map_or(&[][..], |hunk| hunk.lines.as_slice());
            for line in row.lines() {
                let Some(text) = lines.get(line).map(|line| line.bytes.as_slice()) else {
                    continue;
                };
                let part = rows::part(text, row.part());
                if part.len() > window.bytes {
                    continue;
                }
                news |= if part.len() == text.len() {
                    self.line(file, hunk, line, lines.len())
                } else {
                    self.part((file, hunk, line), part, text.len(), lines.len())
                };
            }
        }
        news
    }

    /// Records what was painted of rows that were not on the screen as a whole. Returns whether
    /// that made a hunk seen.
    pub fn show_parts(&mut self, parts: &[Stretch], files: &[FileDiff]) -> bool {
        let mut news = false;
        for part in parts {
            let (file, hunk) = (part.file, part.hunk);
            let lines = files.get(file).and_then(|f| f.hunks().get(hunk));
            let lines = lines.map_or(&[][..], |hunk| hunk.lines.as_slice());
            if let Some(line) = lines.get(part.line)
                && !self.forgotten.contains(&(file, hunk))
            {
                let at = (file, hunk, part.line);
                news |= self.part(at, part.bytes.clone(), line.bytes.len(), lines.len());
            }
        }
        news
    }

    /// A stretch of a line was shown; with the last one missing the line is seen.
    fn part(
        &mut self,
        at: (usize, usize, usize),
        bytes: Range<usize>,
        length: usize,
        total: usize,
    ) -> bool {
        if self.hunk(at.0, at.1) {
            return false;
        }
        let shown = self.parts.entry(at).or_default();
        join(shown, bytes);
        let whole = matches!(shown.as_slice(), [one] if one.start == 0 && one.end >= length);
        if whole {
            self.parts.remove(&at);
        }
        whole && self.line(at.0, at.1, at.2, total)
    }

    fn line(&mut self, file: usize, hunk: usize, line: usize, total: usize) -> bool {
        let shown = self.hunks.entry((file, hunk));
        let shown = shown.or_insert_with(|| Shown::Part(Vec::new()));
        let Shown::Part(ranges) = shown else {
            return false;
        };
        join(ranges, line..line + 1);
        let whole = matches!(ranges.as_slice(), [one] if one.start == 0 && one.end >= total);
        if whole {
            *shown = Shown::Whole;
        }
        whole
    }

    /// Records what a window showed, rows and parts of rows; the hunks in it that are seen now, where
    /// that made one so.
    pub fn learn(
        &mut self,
        rows: &[Row],
        files: &[FileDiff],
        window: &Window,
    ) -> Option<Vec<(usize, usize)>> {
        let mut news = self.show(rows, files, window);
        news |= self.show_parts(&window.parts, files);
        if !news {
            return None;
        }
        let parts = window.parts.iter().map(|part| (part.file, part.hunk));
        let mut seen: Vec<(usize, usize)> = rows
            .iter()
            .filter_map(|row| Some((row.file as usize, row.hunk()?)))
            .chain(parts)
            .filter(|(file, hunk)| self.hunk(*file, *hunk))
            .collect();
        seen.dedup();
        Some(seen)
    }

    /// Takes up the mark of a hunk that was seen before.
    pub fn set(&mut self, file: usize, hunk: usize) {
        self.hunks.insert((file, hunk), Shown::Whole);
    }

    /// Takes the mark of a hunk away. It comes back when the hunk has left the screen and is read
    /// again.
    pub fn forget(&mut self, file: usize, hunk: usize) {
        self.hunks.remove(&(file, hunk));
        let parts = (file, hunk, 0)..=(file, hunk, usize::MAX);
        let known: Vec<_> = self.parts.range(parts).map(|(at, _)| *at).collect();
        for at in known {
            self.parts.remove(&at);
        }
        self.forgotten.insert((file, hunk));
    }

    /// Puts a hunk aside unread, or takes it back.
    pub fn put_aside(&mut self, file: usize, hunk: usize, aside: bool) {
        if aside {
            self.aside.insert((file, hunk));
        } else {
            self.aside.remove(&(file, hunk));
        }
    }

    /// Whether the reader is done with a hunk: it was seen, or put aside.
    pub fn is_done(&self, file: usize, hunk: usize) -> bool {
        self.hunk(file, hunk) || self.aside.contains(&(file, hunk))
    }

    /// Hunks of a file that were put aside and not seen since.
    pub fn aside(&self, file: usize) -> usize {
        let all = self.aside.range((file, 0)..(file + 1, 0));
        all.filter(|(file, hunk)| !self.hunk(*file, *hunk)).count()
    }

    /// Whether all of a file was on the screen.
    pub fn is_whole(&self, index: usize, file: &FileDiff) -> bool {
        match file.hunks().len() {
            0 => self.sentences.contains(&index),
            _ => self.file(index, file).is_all(),
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

/// Adds a range to ranges that are sorted, joining those it touches.
fn join(ranges: &mut Vec<Range<usize>>, mut new: Range<usize>) {
    let from = ranges.partition_point(|range| range.end < new.start);
    let to = ranges.partition_point(|range| range.start <= new.end);
    if let Some(first) = ranges.get(from).filter(|_| from < to) {
        new.start = new.start.min(first.start);
        new.end = new.end.max(ranges[to - 1].end);
    }
    ranges.splice(from..to.max(from), [new]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::rows::{Folds, Layout, Rows};

    fn file(lines: usize) -> FileDiff {
        super::super::change::message_file("x\n".repeat(lines).as_bytes())
    }

    fn window(rows: Range<usize>, partial: Vec<usize>, bytes: usize) -> Window {
        Window {
            rows,
            partial,
            bytes,
            ..Window::default()
        }
    }

    fn show(seen: &mut Seen, rows: &Rows, files: &[FileDiff], range: Range<usize>) -> bool {
        let shown = &rows.as_slice()[range.clone()];
        seen.show(shown, files, &window(range, Vec::new(), 99))
    }

    #[test]
    fn a_hunk_is_seen_when_its_last_line_was_shown_in_any_order() {
        let files = [file(6)];
        let rows = Rows::build(&files, &[], Layout::Unified, &Folds::default());
        let mut seen = Seen::default();
        let mut show = |range| show(&mut seen, &rows, &files, range);
        assert!(!show(0..4), "header and two lines");
        assert!(!show(6..rows.len()), "the last two");
        assert!(!show(3..5));
        assert!(show(5..6), "the gap is closed");
        assert!(seen.hunk(0, 0));
        assert!(seen.total(&files, 0).is_all());
    }

    #[test]
    fn a_line_that_was_cut_or_is_too_long_was_not_seen() {
        let files = [file(1)];
        let rows = Rows::build(&files, &[], Layout::Unified, &Folds::default());
        let (all, rows) = (0..rows.len(), rows.as_slice());
        let mut seen = Seen::default();
        let last = all.end - 1;
        assert!(!seen.show(rows, &files, &window(all.clone(), vec![last], 99)));
        assert!(!seen.show(rows, &files, &window(all.clone(), Vec::new(), 0)));
        assert!(seen.show(rows, &files, &window(all, Vec::new(), 1)));
    }

    #[test]
    fn a_mark_that_was_taken_away_comes_back_when_the_hunk_comes_back() {
        let files = [file(1), file(1)];
        let rows = Rows::build(&files, &[], Layout::Unified, &Folds::default());
        let mut seen = Seen::default();
        let all = 0..rows.len();
        assert!(show(&mut seen, &rows, &files, all.clone()));
        seen.forget(0, 0);
        assert!(!show(&mut seen, &rows, &files, all.clone()), "still there");
        assert!(!show(&mut seen, &rows, &files, rows.of_file(1)), "it left");
        assert!(show(&mut seen, &rows, &files, all), "and is read again");
    }

    #[test]
    fn what_is_put_aside_is_done_with_and_not_seen() {
        let files = [file(1)];
        let mut seen = Seen::default();
        seen.put_aside(0, 0, true);
        assert!(seen.is_done(0, 0) && !seen.hunk(0, 0) && !seen.is_whole(0, &files[0]));
        assert_eq!((seen.aside(0), seen.total(&files, 0).seen), (1, 0));
        seen.set(0, 0);
        assert_eq!((seen.aside(0), seen.total(&files, 0).seen), (0, 1));
    }

    #[test]
    fn shares_count_hunks_and_nothing_to_see_is_all() {
        let files = [file(1), file(1), file(1)];
        let mut seen = Seen::default();
        seen.set(0, 0);
        seen.set(2, 0);
        assert_eq!(seen.total(&files[1..], 1), Share { seen: 1, total: 2 });
        assert!(seen.total(&files[1..], 1).reaches(50));
        assert!(!seen.total(&files[1..], 1).reaches(51));
        assert!(Share::default().reaches(100) && Share::default().is_all());
        seen.forget(2, 0);
        assert_eq!(seen.file(2, &files[2]), Share { seen: 0, total: 1 });
    }
}
