//! What the cursor is on: a line, lines that are selected, the place of a remark.

use std::ops::Range;

use super::reading::Open;
use crate::change::RepoPath;
use crate::diff::Shown;
use crate::diff::rows::{OnSide, Row, RowKind};
use crate::verdict::Side;

impl Open {
    /// The line that a row shows; of two side by side the new one.
    pub fn line_of(&self, row: Row) -> Option<Shown<'_>> {
        self.lines_of(row).into_iter().flatten().last()
    }

    /// The lines that a row shows: what it shows on the left and what on the right; a line that is
    /// the same on both sides stands on the left alone.
    pub fn lines_of(&self, row: Row) -> [Option<Shown<'_>>; 2] {
        let index = row.file as usize;
        let Some(file) = self.files().get(index) else {
            return [None, None];
        };
        let line = |line: usize| {
            let hunk = file.hunks().get(row.hunk()?)?;
            hunk.lines.get(line).map(crate::diff::Line::shown)
        };
        match row.kind {
            RowKind::Blank { old, new, .. } => [line(old as usize), line(new as usize)],
            RowKind::Around { gap, new } => {
                let context = &self.folds.context;
                [context.line(index, file, gap as usize, new), None]
            }
            _ => {
                let mut lines = row.lines();
                [lines.next().and_then(line), lines.next().and_then(line)]
            }
        }
    }

    /// The file and the hunk that the cursor is in, or last was in on its way down.
    pub fn hunk_here(&self) -> Option<(usize, usize)> {
        let here = self.rows.get(self.cursor)?;
        let start = match self.rows.starts_hunk(self.cursor) {
            true => Some(self.cursor),
            false => self.rows.next_hunk(self.cursor, false),
        };
        let row = start.and_then(|at| self.rows.get(at))?;
        let hunk = row.hunk().filter(|_| row.file == here.file)?;
        Some((row.file as usize, hunk))
    }

    /// The rows that are selected.
    pub fn selection(&self) -> Option<Range<usize>> {
        let anchor = self.anchor?;
        Some(anchor.min(self.cursor)..anchor.max(self.cursor) + 1)
    }

    /// First and last line number of the selected rows on a side, in the cursor's file.
    pub fn selected(&self, side: Option<Side>) -> Option<(u64, u64)> {
        let file = self.rows.get(self.cursor)?.file;
        let rows = self.rows.as_slice().get(self.selection()?)?;
        let rows = rows.iter().filter(|row| row.file == file);
        let lines = rows.filter_map(|row| {
            let line = self.line_of(*row)?;
            match side? {
                Side::Old => line.old,
                Side::New => line.new,
            }
        });
        let lines: Vec<u64> = lines.map(u64::from).collect();
        Some((*lines.iter().min()?, *lines.iter().max()?))
    }

    /// What a remark on the cursor's row is about: path, side, line. None of them on the change.
    pub fn target(&self) -> (Option<RepoPath>, Option<Side>, Option<u64>, Option<String>) {
        let Some(row) = self.rows.get(self.cursor) else {
            return (None, None, None, None);
        };
        let Some(file) = self.files().get(row.file as usize) else {
            return (None, None, None, None);
        };
        let path = Some(file.path().clone());
        if let Some(note) = self.note_at(self.cursor) {
            let side = note.line.map(|_| match note.side {
                OnSide::Old => Side::Old,
                OnSide::New => Side::New,
            });
            let finding = note.finding().map(str::to_owned);
            return (path, side, note.line.map(u64::from), finding);
        }
        let line = self.line_of(row);
        match line.map(|line| (line.new, line.old)) {
            Some((Some(new), _)) => (path, Some(Side::New), Some(new.into()), None),
            Some((None, Some(old))) => (path, Some(Side::Old), Some(old.into()), None),
            _ => (path, None, None, None),
        }
    }
}
