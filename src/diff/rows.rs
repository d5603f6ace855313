//! The one list of rows of a diff: layout, cursor, search, mouse and evidence all speak of these.
//!
//! A row names what it shows by index and holds no text, so that a change of a quarter of a
//! million lines costs a few megabytes, and files can be appended while they are still being read.
//! Finding a file, a hunk or a note among them takes a few steps, however many rows there are.

mod fill;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::FileDiff;
use super::context::Context;
use fill::FileRows;

/// A line with more bytes than this takes a row for each so many of them.
pub const PART: usize = 2_048;

/// One row. Indexes are those of the change's files, the file's hunks and the hunk's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The file it belongs to.
    pub file: u32,
    /// What it shows.
    pub kind: RowKind,
}

/// What a row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// The file's header.
    File,
    /// A sentence instead of lines: binary, submodule, too large, only the mode, folded.
    Sentence,
    /// The header of a hunk.
    Hunk(u32),
    /// A line, unified.
    Line {
        /// The hunk.
        hunk: u32,
        /// The line in it.
        line: u32,
    },
    /// Old and new line side by side; context has the same index twice.
    Pair {
        /// The hunk.
        hunk: u32,
        /// The line on the left.
        old: Option<u32>,
        /// The line on the right.
        new: Option<u32>,
    },
    /// What a long line shows beyond its first part; both are the same line but side by side.
    More {
        /// The hunk.
        hunk: u32,
        /// The line on the left.
        old: Option<u32>,
        /// The line on the right.
        new: Option<u32>,
        /// Which part, from 1.
        part: u32,
    },
    /// Two lines that differ in white space alone, shown as if nothing had changed.
    Blank {
        /// The hunk.
        hunk: u32,
        /// The removed line.
        old: u32,
        /// The added line.
        new: u32,
    },
    /// The lines of a hunk of which nothing but white space changed: they are hidden.
    Hidden(u32),
    /// The lines of a gap that are not shown; gap 0 stands before the first hunk.
    Gap(u32),
    /// A line that no hunk holds.
    Around {
        /// Its gap.
        gap: u32,
        /// Its number on the new side, from 1.
        new: u32,
    },
    /// A finding or a remark: an index into the notes the rows were built with.
    Note(u32),
}

/// How lines are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// Removed above added.
    #[default]
    Unified,
    /// Removed left of added.
    Split,
}

/// The old or the new side of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OnSide {
    /// Before the change.
    Old,
    /// After it.
    New,
}

/// Where a finding or a remark belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: usize,
    /// The side `line` counts on.
    pub side: OnSide,
    /// The line it stands under; none is under the file's header.
    pub line: Option<u32>,
}

/// What is folded away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folds {
    /// Files of which only the header is shown.
    pub files: BTreeSet<usize>,
    /// Hunks (file, hunk) of which only the header is shown.
    pub hunks: BTreeSet<(usize, usize)>,
    /// What is shown around the hunks.
    pub context: Context,
    /// Whether changes of white space alone are hidden.
    pub blanks: bool,
    /// Files of which, once folded, the header says all.
    pub bare: BTreeSet<usize>,
}

/// The rows of a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    rows: Vec<Row>,
    /// Where each file starts.
    files: Vec<usize>,
    /// Lines of each file that are hidden because only their white space changed.
    blank: Vec<usize>,
    /// Where the hunks start, in order.
    hunks: Vec<usize>,
    /// Notes and where they stand, in order.
    notes: Vec<(u32, usize)>,
}

/// What rows are made from beside the files.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// Where findings and remarks belong.
    pub notes: &'a [Place],
    /// How lines are laid out.
    pub layout: Layout,
    /// What is folded and what is shown around the hunks.
    pub folds: &'a Folds,
}

impl Rows {
    /// The rows of these files with the notes at their places.
    pub fn build(files: &[FileDiff], notes: &[Place], layout: Layout, folds: &Folds) -> Self {
        let mut rows = Self::default();
        rows.append(files, 0, notes, layout, folds);
        rows
    }

    /// Appends the rows of `files[from..]`, read later than those before them.
    pub fn append(
        &mut self,
        files: &[FileDiff],
        from: usize,
        notes: &[Place],
        layout: Layout,
        folds: &Folds,
    ) {
        let mut by_file: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, place) in notes.iter().enumerate() {
            by_file.entry(place.file).or_default().push(index);
        }
        let plan = Plan {
            notes,
            layout,
            folds,
        };
        for (index, file) in files.iter().enumerate().skip(from) {
            let here = by_file.get(&index).map_or(&[][..], Vec::as_slice);
            self.push(FileRows::new(plan, index, file, here));
        }
    }

    fn push(&mut self, file: FileRows<'_>) {
        let start = self.rows.len();
        let (rows, blank) = file.finish();
        self.files.push(start);
        self.blank.push(blank);
        self.rows.extend(rows);
        self.index(start..self.rows.len());
    }

    /// Notes where hunks and notes stand among rows that come after all others.
    fn index(&mut self, range: Range<usize>) {
        for at in range {
            match self.rows[at].kind {
                RowKind::Note(note) => self.notes.push((note, at)),
                _ if self.begins(at) => self.hunks.push(at),
                _ => {}
            }
        }
    }

    /// Whether the first row of a hunk is here, by what stands before it.
    fn begins(&self, at: usize) -> bool {
        let row = self.rows[at];
        let before = at.checked_sub(1).and_then(|at| self.get(at));
        let same = |other: Row| other.file == row.file && other.hunk() == row.hunk();
        match row.kind {
            RowKind::Hunk(_) => true,
            // Of a hunk without a header the first line starts it.
            RowKind::Line { line: 0, .. } | RowKind::Pair { .. } => {
                row.lines().next() == Some(0) && !before.is_some_and(same) && !self.headed(at)
            }
            _ => false,
        }
    }

    /// Whether the header of a row's hunk stands above it, with lines around the hunk or notes
    /// between them.
    fn headed(&self, at: usize) -> bool {
        let (file, hunk) = (self.rows[at].file, self.rows[at].hunk());
        let header = self.hunks.last().and_then(|at| self.get(*at));
        header.is_some_and(|row| row.file == file && row.hunk() == hunk)
    }

    /// Makes the rows of one file anew; the others stay, in their places.
    pub fn refill(&mut self, files: &[FileDiff], index: usize, plan: Plan<'_>) {
        let Some(file) = files.get(index).filter(|_| index < self.files.len()) else {
            return;
        };
        let here = plan.notes.iter().enumerate();
        let here: Vec<usize> = here
            .filter(|(_, place)| place.file == index)
            .map(|(note, _)| note)
            .collect();
        let old = self.of_file(index);
        let (new, blank) = FileRows::new(plan, index, file, &here).finish();
        let (before, after) = (old.len(), new.len());
        let moved = |at: usize| at + after - before;
        let later = self.notes.partition_point(|(_, at)| *at < old.end);
        let notes: Vec<(u32, usize)> = self.notes.drain(later..).collect();
        self.notes.retain(|(_, at)| *at < old.start);
        let later = self.hunks.partition_point(|at| *at < old.end);
        let hunks: Vec<usize> = self.hunks.drain(later..).collect();
        self.hunks.retain(|at| *at < old.start);
        self.rows.splice(old.clone(), new);
        self.index(old.start..old.start + after);
        self.notes
            .extend(notes.into_iter().map(|(note, at)| (note, moved(at))));
        self.hunks.extend(hunks.into_iter().map(moved));
        self.blank[index] = blank;
        for start in &mut self.files[index + 1..] {
            *start = moved(*start);
        }
    }

    /// The row at an index.
    pub fn get(&self, at: usize) -> Option<Row> {
        self.rows.get(at).copied()
    }

    /// All rows.
    pub fn as_slice(&self) -> &[Row] {
        &self.rows
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Lines that are hidden because only their white space changed.
    pub fn hidden(&self) -> usize {
        self.blank.iter().sum()
    }

    /// The rows of a file, its header first.
    pub fn of_file(&self, file: usize) -> Range<usize> {
        let start = self.files.get(file).copied().unwrap_or(self.rows.len());
        let end = self.files.get(file + 1).copied();
        start..end.unwrap_or(self.rows.len())
    }

    /// Whether a hunk starts at a row: with its header, or with its first line where it has none.
    pub fn starts_hunk(&self, at: usize) -> bool {
        self.hunks.binary_search(&at).is_ok()
    }

    /// The nearest row after another, or before it, with which a hunk starts.
    pub fn next_hunk(&self, at: usize, forward: bool) -> Option<usize> {
        neighbour(&self.hunks, at, forward)
    }

    /// The nearest row after another, or before it, with which a file starts.
    pub fn next_file(&self, at: usize, forward: bool) -> Option<usize> {
        neighbour(&self.files, at, forward)
    }

    /// The row with which a hunk starts.
    pub fn of_hunk(&self, file: usize, hunk: usize) -> Option<usize> {
        let range = self.of_file(file);
        let first = self.hunks.partition_point(|at| *at < range.start);
        let end = self.hunks.partition_point(|at| *at < range.end);
        let hunks = &self.hunks[first..end];
        let of = |at: &usize| self.rows[*at].hunk();
        let found = hunks.binary_search_by(|at| of(at).cmp(&Some(hunk)));
        found.ok().map(|nth| hunks[nth])
    }

    /// The row of a note.
    pub fn of_note(&self, note: usize) -> Option<usize> {
        let mut notes = self.notes.iter();
        notes.find(|(n, _)| *n as usize == note).map(|(_, at)| *at)
    }

    /// The notes that have a row, with it, from the top down.
    pub fn notes(&self) -> impl DoubleEndedIterator<Item = (usize, usize)> + '_ {
        self.notes.iter().map(|(note, at)| (*note as usize, *at))
    }

    /// The row of a file that shows what another row showed before the file's rows were made anew,
    /// or what stands nearest to it.
    pub fn nearest(&self, wanted: Row) -> usize {
        let range = self.of_file(wanted.file as usize);
        let rows = self.rows.get(range.clone()).unwrap_or_default();
        let line = wanted.lines().next();
        let fits = |row: &Row| match (wanted.kind, row.kind) {
            (RowKind::Around { new, .. }, RowKind::Around { new: other, .. }) => other >= new,
            (RowKind::Around { gap, .. }, RowKind::Gap(other)) => other >= gap,
            (RowKind::Gap(gap), RowKind::Around { gap: other, .. }) => other == gap,
            _ => {
                line.is_some()
                    && row.hunk() == wanted.hunk()
                    && row.lines().any(|l| Some(l) == line)
            }
        };
        let same = |row: &Row| row.kind == wanted.kind;
        let near = |row: &Row| wanted.hunk().is_some() && row.hunk() == wanted.hunk();
        let found = rows.iter().position(same);
        let found = found.or_else(|| rows.iter().position(fits));
        let found = found.or_else(|| rows.iter().position(near));
        range.start + found.unwrap_or(0)
    }
}

/// The first of some sorted places after another, or the last before it.
fn neighbour(places: &[usize], at: usize, forward: bool) -> Option<usize> {
    if forward {
        let next = places.partition_point(|place| *place <= at);
        return places.get(next).copied();
    }
    let before = places.partition_point(|place| *place < at);
    before
        .checked_sub(1)
        .and_then(|nth| places.get(nth))
        .copied()
}

/// How far before its edge a part may end, to end with a word.
const EDGE: usize = 64;

/// The bytes of a part of a line, cut after a blank where there is one near, else between characters.
pub fn part(bytes: &[u8], part: usize) -> Range<usize> {
    let edge = |nth: usize| {
        let at = nth.saturating_mul(PART);
        let Some(before) = bytes
            .get(at.saturating_sub(EDGE)..at)
            .filter(|_| at < bytes.len())
        else {
            return at.min(bytes.len());
        };
        let blank = before.iter().rposition(|byte| *byte == b' ');
        if let Some(blank) = blank {
            return at + blank + 1 - before.len();
        }
        let inside = |back: &usize| bytes.get(at - back).is_some_and(|byte| byte & 0xc0 == 0x80);
        at - (0..before.len().min(4))
            .find(|back| !inside(back))
            .unwrap_or(0)
    };
    edge(part)..edge(part + 1)
}

/// How many parts a line of so many bytes has.
pub const fn parts(bytes: usize) -> usize {
    if bytes == 0 { 1 } else { bytes.div_ceil(PART) }
}

impl Row {
    /// The hunk the row belongs to, where it belongs to one.
    pub fn hunk(&self) -> Option<usize> {
        match self.kind {
            RowKind::Hunk(hunk)
            | RowKind::Hidden(hunk)
            | RowKind::Line { hunk, .. }
            | RowKind::Pair { hunk, .. }
            | RowKind::More { hunk, .. }
            | RowKind::Blank { hunk, .. } => Some(hunk as usize),
            RowKind::File
            | RowKind::Sentence
            | RowKind::Gap(_)
            | RowKind::Around { .. }
            | RowKind::Note(_) => None,
        }
    }

    /// The lines (indexes in the hunk) the row shows, as far as its part goes. Lines of which only
    /// the white space changed are not shown as changed, so they are none of these.
    pub fn lines(&self) -> impl Iterator<Item = usize> + use<> {
        let (first, second) = match self.kind {
            RowKind::Line { line, .. } => (Some(line), None),
            RowKind::Pair { old, new, .. } | RowKind::More { old, new, .. } if old == new => {
                (old, None)
            }
            RowKind::Pair { old, new, .. } | RowKind::More { old, new, .. } => (old, new),
            _ => (None, None),
        };
        first.into_iter().chain(second).map(|line| line as usize)
    }

    /// Which part of its lines the row shows, from 0.
    pub const fn part(&self) -> usize {
        match self.kind {
            RowKind::More { part, .. } => part as usize,
            _ => 0,
        }
    }

    /// The gap the row belongs to, where it belongs to one.
    pub const fn gap(&self) -> Option<usize> {
        match self.kind {
            RowKind::Gap(gap) | RowKind::Around { gap, .. } => Some(gap as usize),
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "rows_tests.rs"]
pub(super) mod tests;
