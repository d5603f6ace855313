//! The one list of rows of a diff: layout, cursor, search, mouse and evidence all speak of these.
//!
//! A row names what it shows by index and holds no text, so that a change of a quarter of a
//! million lines costs a few megabytes, and files can be appended while they are still being read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{FileDiff, Hunk, LineKind};

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
}

/// The rows of a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    rows: Vec<Row>,
    files: Vec<usize>,
    notes: Vec<(u32, usize)>,
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
        for (index, file) in files.iter().enumerate().skip(from) {
            let here = by_file.get(&index).map_or(&[][..], Vec::as_slice);
            let mut part = FileRows {
                rows: &mut self.rows,
                file: index,
                layout,
                notes: Pending::new(notes, here, file),
            };
            self.files.push(part.rows.len());
            part.push_file(file, folds);
            let start = self.files[index];
            let new = self.rows[start..].iter().zip(start..);
            self.notes
                .extend(new.filter_map(|(row, at)| match row.kind {
                    RowKind::Note(note) => Some((note, at)),
                    _ => None,
                }));
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

    /// The rows of a file, its header first.
    pub fn of_file(&self, file: usize) -> Range<usize> {
        let start = self.files.get(file).copied().unwrap_or(self.rows.len());
        let end = self.files.get(file + 1).copied();
        start..end.unwrap_or(self.rows.len())
    }

    /// Whether a hunk starts at a row: with its header, or with its first line where it has none.
    pub fn starts_hunk(&self, at: usize) -> bool {
        let Some(row) = self.get(at) else {
            return false;
        };
        let before = at.checked_sub(1).and_then(|at| self.get(at));
        let headed = before.is_some_and(|row| matches!(row.kind, RowKind::Hunk(_)));
        matches!(row.kind, RowKind::Hunk(_)) || (!headed && row.lines().next() == Some(0))
    }

    /// The row with which a hunk starts.
    pub fn of_hunk(&self, file: usize, hunk: usize) -> Option<usize> {
        let range = self.of_file(file);
        let rows = self.rows.get(range.clone())?;
        let at = rows.iter().position(|row| row.hunk() == Some(hunk))?;
        Some(range.start + at)
    }

    /// The row of a note.
    pub fn of_note(&self, note: usize) -> Option<usize> {
        let mut notes = self.notes.iter();
        notes.find(|(n, _)| *n as usize == note).map(|(_, at)| *at)
    }

    /// The notes that have a row, with it, from the top down.
    pub fn notes(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.notes.iter().map(|(note, at)| (*note as usize, *at))
    }
}

impl Row {
    /// The hunk the row belongs to, where it belongs to one.
    pub fn hunk(&self) -> Option<usize> {
        match self.kind {
            RowKind::Hunk(hunk) | RowKind::Line { hunk, .. } | RowKind::Pair { hunk, .. } => {
                Some(hunk as usize)
            }
            RowKind::File | RowKind::Sentence | RowKind::Note(_) => None,
        }
    }

    /// The lines (indexes in the hunk) the row shows.
    pub fn lines(&self) -> impl Iterator<Item = usize> + use<> {
        let (first, second) = match self.kind {
            RowKind::Line { line, .. } => (Some(line), None),
            RowKind::Pair { old, new, .. } if old == new => (old, None),
            RowKind::Pair { old, new, .. } => (old, new),
            _ => (None, None),
        };
        first.into_iter().chain(second).map(|line| line as usize)
    }
}

/// Indexes are kept in 32 bits; a diff with more lines is refused long before.
fn small(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// The notes of one file that have no row yet, by the line they stand under.
struct Pending {
    loose: Vec<usize>,
    at: BTreeMap<(OnSide, u32), Vec<usize>>,
}

impl Pending {
    fn new(notes: &[Place], here: &[usize], file: &FileDiff) -> Self {
        let mut out = Self {
            loose: Vec::new(),
            at: BTreeMap::new(),
        };
        for &index in here {
            let place = notes[index];
            match place.line {
                Some(line) if shows(file, place.side, line) => {
                    out.at.entry((place.side, line)).or_default().push(index);
                }
                _ => out.loose.push(index),
            }
        }
        out
    }
}

fn shows(file: &FileDiff, side: OnSide, line: u32) -> bool {
    file.hunks().iter().any(|hunk| {
        let (start, count) = match side {
            OnSide::Old => (hunk.old_start, hunk.old_lines),
            OnSide::New => (hunk.new_start, hunk.new_lines),
        };
        (start..start.saturating_add(count)).contains(&line)
    })
}

struct FileRows<'a> {
    rows: &'a mut Vec<Row>,
    file: usize,
    layout: Layout,
    notes: Pending,
}

impl FileRows<'_> {
    fn push_file(&mut self, file: &FileDiff, folds: &Folds) {
        self.push(RowKind::File);
        let folded = folds.files.contains(&self.file);
        if folded || file.hunks().is_empty() {
            self.push(RowKind::Sentence);
        }
        for note in std::mem::take(&mut self.notes.loose) {
            self.push(RowKind::Note(small(note)));
        }
        if folded {
            // A finding is never folded away with its lines.
            for hunk in file.hunks() {
                self.notes_of(hunk);
            }
            return;
        }
        // Of a file that is new as a whole the one hunk needs no header.
        let whole = file.old.is_none() && file.hunks().len() == 1;
        for (index, hunk) in file.hunks().iter().enumerate() {
            if !whole || folds.hunks.contains(&(self.file, index)) {
                self.push(RowKind::Hunk(small(index)));
            }
            if folds.hunks.contains(&(self.file, index)) {
                self.notes_of(hunk);
                continue;
            }
            match self.layout {
                Layout::Unified => self.unified(small(index), hunk),
                Layout::Split => self.split(small(index), hunk),
            }
        }
    }

    fn push(&mut self, kind: RowKind) {
        let file = small(self.file);
        self.rows.push(Row { file, kind });
    }

    fn unified(&mut self, hunk: u32, of: &Hunk) {
        for (index, line) in of.lines.iter().enumerate() {
            let line_index = small(index);
            self.push(RowKind::Line {
                hunk,
                line: line_index,
            });
            self.notes_under(line.kind, line.old, line.new);
        }
    }

    fn split(&mut self, hunk: u32, of: &Hunk) {
        let is = |at: usize, kind| of.lines.get(at).is_some_and(|l| l.kind == kind);
        let mut at = 0;
        while at < of.lines.len() {
            if is(at, LineKind::Context) {
                self.pair(hunk, of, Some(at), Some(at));
                at += 1;
                continue;
            }
            let removed = (at..).take_while(|i| is(*i, LineKind::Removed)).count();
            let first_added = at + removed;
            let added = (first_added..)
                .take_while(|i| is(*i, LineKind::Added))
                .count();
            for nth in 0..removed.max(added) {
                let old = (nth < removed).then_some(at + nth);
                let new = (nth < added).then_some(first_added + nth);
                self.pair(hunk, of, old, new);
            }
            at = first_added + added;
        }
    }

    fn pair(&mut self, hunk: u32, of: &Hunk, old: Option<usize>, new: Option<usize>) {
        self.push(RowKind::Pair {
            hunk,
            old: old.map(small),
            new: new.map(small),
        });
        if let Some(line) = old.and_then(|i| of.lines.get(i)) {
            self.notes_under(line.kind, line.old, line.new);
        }
        if let Some(line) = new.filter(|_| new != old).and_then(|i| of.lines.get(i)) {
            self.notes_under(line.kind, line.old, line.new);
        }
    }

    /// The notes of a hunk whose lines are folded away.
    fn notes_of(&mut self, hunk: &Hunk) {
        if self.notes.at.is_empty() {
            return;
        }
        for line in &hunk.lines {
            self.notes_under(line.kind, line.old, line.new);
        }
    }

    fn notes_under(&mut self, kind: LineKind, old: Option<u32>, new: Option<u32>) {
        if self.notes.at.is_empty() {
            return;
        }
        let keys = [
            old.filter(|_| kind != LineKind::Added)
                .map(|n| (OnSide::Old, n)),
            new.filter(|_| kind != LineKind::Removed)
                .map(|n| (OnSide::New, n)),
        ];
        for key in keys.into_iter().flatten() {
            for note in self.notes.at.remove(&key).unwrap_or_default() {
                self.push(RowKind::Note(small(note)));
            }
        }
    }
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
