//! Getting about in the diff: lines, pages, hunks, files, findings, matches, reading on.

use super::reading::{Open, Visit};
use super::search::Search;
use crate::diff::FileDiff;
use crate::diff::rows::{Row, RowKind, part};

/// A move of the cursor in the diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// By this many rows; down is positive.
    Rows(i64),
    /// By this many half pages.
    Halves(i64),
    /// By this many pages.
    Pages(i64),
    /// To the first row.
    Top,
    /// To the last row.
    Bottom,
    /// To the next (or previous) hunk.
    Hunk(bool),
    /// To the next (or previous) file.
    File(bool),
}

/// How reading on ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOn {
    /// Somewhere further on.
    Moved,
    /// Everything has been on the screen.
    AllSeen,
    /// At the end, with something unseen that cannot be reached by reading: folded away.
    End,
}

impl Open {
    /// Moves the cursor.
    pub fn go(&mut self, to: Move) {
        let page = self.window.height.max(2);
        match to {
            Move::Rows(by) => self.step(by),
            Move::Halves(by) => self.page(by, page / 2),
            Move::Pages(by) => self.page(by, page - 1),
            Move::Top => self.put(0, 0),
            Move::Bottom => self.cursor = self.rows.len().saturating_sub(1),
            Move::Hunk(forward) => self.jump(self.rows.next_hunk(self.cursor, forward)),
            Move::File(forward) => self.jump(self.rows.next_file(self.cursor, forward)),
        }
    }

    fn step(&mut self, by: i64) {
        if self.scroll_inside(by) {
            return;
        }
        let last = self.rows.len().saturating_sub(1);
        let to = self.cursor.saturating_add_signed(isize_of(by));
        self.cursor = to.min(last);
        self.top = self.top.min(self.cursor);
        // A row that is taller than the pane is entered at its near end.
        self.pan.lines = if by < 0 { usize::MAX } else { 0 };
    }

    /// Moves within a row that is taller than the pane; false where there is none, or it ends there.
    fn scroll_inside(&mut self, by: i64) -> bool {
        let Some(inside) = &self.window.inside else {
            return false;
        };
        let room = inside.total.saturating_sub(inside.shown.len());
        let now = self.pan.lines.min(room);
        let can = if by < 0 { now > 0 } else { now < room };
        if !can || inside.row != self.cursor {
            return false;
        }
        self.pan.lines = now.saturating_add_signed(isize_of(by)).min(room);
        true
    }

    fn page(&mut self, by: i64, rows: usize) {
        let lines = i64::try_from(rows).unwrap_or(1);
        if self.scroll_inside(by * lines) {
            return;
        }
        // Of wrapped rows fewer fit: none of them is passed over.
        let shown = self.window.rows.len().saturating_sub(1).max(1);
        let rows = if by > 0 { rows.min(shown) } else { rows };
        let rows = isize_of(by) * isize::try_from(rows).unwrap_or(1);
        let last = self.rows.len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(rows).min(last);
        self.top = self.top.saturating_add_signed(rows).min(last);
        self.pan.lines = if by < 0 { usize::MAX } else { 0 };
    }

    /// Moves the pane under the cursor, which stays on the screen.
    pub fn scroll(&mut self, lines: i64) {
        if self.scroll_inside(lines) {
            return;
        }
        let last = self.rows.len().saturating_sub(1);
        let by = isize_of(lines);
        self.top = self.top.saturating_add_signed(by).min(last);
        let end = self.window.rows.end.saturating_add_signed(by);
        self.cursor = self
            .cursor
            .clamp(self.top, end.max(self.top + 1) - 1)
            .min(last);
    }

    /// Puts the cursor on a row and that row near the top of the pane.
    pub fn put(&mut self, row: usize, above: usize) {
        self.cursor = row.min(self.rows.len().saturating_sub(1));
        self.top = self.cursor.saturating_sub(above);
        self.pan.lines = 0;
    }

    /// Puts the cursor on a row; the pane moves only where too little of what follows is seen.
    pub fn show(&mut self, row: usize) {
        let window = self.window.rows.clone();
        let room = self.window.height / 3;
        if window.contains(&row) && row + room < window.end {
            self.cursor = row;
        } else {
            self.put(row, self.window.height / 6);
        }
    }

    fn jump(&mut self, found: Option<usize>) {
        if let Some(row) = found {
            self.show(row);
        }
    }

    /// The next (or previous) match of the search, else finding or open remark; round the end.
    pub fn next_point(&mut self, forward: bool, visit: &Visit) -> bool {
        let found = match self.search.clone() {
            Some(search) => self.turn(forward, |open, row| open.matches(row, &search)),
            None => self
                .next_note(forward, visit, true)
                .or_else(|| self.next_note(forward, visit, false)),
        };
        if let Some(row) = found {
            self.show(row);
        }
        found.is_some()
    }

    /// The first row from the cursor on, round the end, for which `wanted` holds.
    pub(super) fn turn(&self, forward: bool, wanted: impl Fn(&Self, Row) -> bool) -> Option<usize> {
        let total = self.rows.len();
        let nth = |step: usize| {
            if forward {
                (self.cursor + step) % total
            } else {
                (self.cursor + total - step) % total
            }
        };
        (1..=total)
            .map(nth)
            .find(|at| self.rows.get(*at).is_some_and(|row| wanted(self, row)))
    }

    /// The row of the next finding or open remark from the cursor on, round the end.
    fn next_note(&self, forward: bool, visit: &Visit, unanswered: bool) -> Option<usize> {
        let is_wanted = |(note, _): &(usize, usize)| {
            let answered = |id| visit.answers.contains_key(id);
            let note = self.notes.get(*note);
            note.is_some_and(|note| {
                note.is_point() && !(unanswered && note.finding().is_some_and(answered))
            })
        };
        let wanted = || self.rows.notes().filter(is_wanted).map(|(_, row)| row);
        if forward {
            wanted()
                .find(|row| *row > self.cursor)
                .or_else(|| wanted().next())
        } else {
            let before = wanted().rev().find(|row| *row < self.cursor);
            before.or_else(|| wanted().next_back())
        }
    }

    /// Whether a row shows what is searched for.
    pub fn matches(&self, row: Row, search: &Search) -> bool {
        let index = row.file as usize;
        match row.kind {
            RowKind::File => self
                .files()
                .get(index)
                .is_some_and(|file| search.is_in(file.path().as_bytes())),
            RowKind::Note(note) => self
                .notes
                .get(note as usize)
                .is_some_and(|note| search.is_in(note.text.as_bytes())),
            _ => self.lines_of(row).into_iter().flatten().any(|line| {
                // A match may begin in this part of a long line and end in the next.
                let part = part(line.bytes, row.part());
                let more = search.words.len();
                let end = part.end.saturating_add(more).min(line.bytes.len());
                search.is_in(&line.bytes[part.start..end])
            }),
        }
    }

    /// Reads on: a page, past files that were seen, to the next unseen one.
    pub fn read_on(&mut self, visit: &Visit) -> ReadOn {
        let window = self.window.rows.clone();
        let page = i64::try_from(self.window.height.max(2) - 1).unwrap_or(1);
        if self.scroll_inside(page) {
            return ReadOn::Moved;
        }
        let next = if window.len() > 1 {
            window.end
        } else {
            window.start + 1
        };
        if window.end < self.rows.len() && next < self.rows.len() {
            let row = self.skip_seen(next, visit);
            // One row of what was read stays above, to go by; not at the head of a file.
            let is_head = self.rows.get(row).is_some_and(|r| r.kind == RowKind::File);
            self.put(row, usize::from(!is_head && row == next));
            return ReadOn::Moved;
        }
        self.cursor = self.rows.len().saturating_sub(1);
        if self.share(visit).is_all() {
            return ReadOn::AllSeen;
        }
        match (1..self.files().len()).find(|file| self.is_unseen(*file, visit)) {
            Some(file) => {
                self.put(self.first_unseen(file, visit), 1);
                ReadOn::Moved
            }
            None => ReadOn::End,
        }
    }

    /// From a row on, the first that is in a file with something unseen; the row itself where no
    /// such file follows or its own file was begun just now.
    fn skip_seen(&self, row: usize, visit: &Visit) -> usize {
        let file = self.rows.get(row).map_or(0, |r| r.file as usize);
        if file == 0 || self.is_unseen(file, visit) {
            return row;
        }
        let next = (file + 1..self.files().len()).find(|file| self.is_unseen(*file, visit));
        next.map_or(row, |file| self.rows.of_file(file).start)
    }

    fn is_unseen(&self, file: usize, visit: &Visit) -> bool {
        let diff = self.files().get(file);
        let left =
            |diff: &FileDiff| (0..diff.hunks().len()).any(|hunk| !visit.seen.is_done(file, hunk));
        diff.is_some_and(left) && !self.folds.files.contains(&file)
    }

    fn first_unseen(&self, file: usize, visit: &Visit) -> usize {
        let hunks = self.files().get(file).map_or(0, |f| f.hunks().len());
        let hunk = (0..hunks).find(|hunk| !visit.seen.is_done(file, *hunk));
        hunk.and_then(|hunk| self.rows.of_hunk(file, hunk))
            .unwrap_or(self.rows.of_file(file).start)
    }

    /// The first file after the cursor's, round the end, that has something unseen.
    pub fn next_unseen_file(&self, visit: &Visit) -> Option<usize> {
        let total = self.files().len();
        let here = self.current_file();
        (1..total)
            .map(|step| (here + step) % total)
            .find(|file| *file > 0 && self.is_unseen(*file, visit))
    }
}

fn isize_of(by: i64) -> isize {
    isize::try_from(by).unwrap_or(0)
}
