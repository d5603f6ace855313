//! The diff pane: header, the rows that fit, the strip on the right, the verdict bar.

use std::collections::BTreeMap;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::code::{self, Fit, Piece};
use super::theme::Role;
use super::{HitMap, note, rows};
use crate::app::reading::{Inside, Open, Reading, Stage, Visit, Window, is_message};
use crate::app::{Lines, Pane, State, Target};
use crate::diff::rows::{Layout, OnSide, Row, RowKind, part};
use crate::diff::{FileDiff, FileStatus, LineKind, Mode, Shown};

/// What painting the rows of a change needs to know.
pub(super) struct Pages<'a> {
    pub(super) state: &'a State,
    pub(super) open: &'a Open,
    pub(super) visit: &'a Visit,
    /// First column and after the last one.
    pub(super) x: u16,
    pub(super) end: u16,
    /// The gravest finding of each line that has one.
    pub(super) marks: BTreeMap<(usize, OnSide, u32), note::Gravity>,
}

/// The pane with whatever is in it.
pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, area: Rect, hits: &mut HitMap) {
    hits.panes.push((area, Pane::Diff));
    let Some(reading) = &state.reading else {
        return super::card::draw(canvas, state, area);
    };
    let header = match area.height {
        0..5 => 0,
        5..12 => 1,
        _ => 2,
    };
    let bar = u16::from(area.height >= 4);
    let body = Rect {
        y: area.y + header,
        height: area.height.saturating_sub(header + bar),
        ..area
    };
    match &reading.stage {
        Stage::Loading => {
            let name = format!("reading {} …", reading.name);
            canvas.text(area.x + 1, area.y, area.right(), &name, Role::Dim);
        }
        Stage::Failed(error) => {
            let lines = vec![error.clone()];
            super::card::paint(canvas, area, "It could not be read", &lines);
        }
        Stage::Open(whole) => {
            let open = reading.shown().unwrap_or(whole);
            super::header::draw(
                canvas,
                state,
                open,
                Rect {
                    height: header,
                    ..area
                },
            );
            pages(canvas, state, reading, open, body, hits);
            if bar > 0 {
                let bar = Rect::new(area.x, area.bottom() - 1, area.width, 1);
                super::verdict_bar::draw(canvas, state, open, bar, hits);
            }
        }
    }
}

fn pages(
    canvas: &mut Canvas<'_>,
    state: &State,
    reading: &Reading,
    open: &Open,
    area: Rect,
    hits: &mut HitMap,
) {
    let nothing = Visit::default();
    let pages = Pages {
        state,
        open,
        visit: state.visit().unwrap_or(&nothing),
        x: area.x,
        end: area.right().saturating_sub(1),
        marks: marks(open),
    };
    if area.height == 0 || open.rows.is_empty() {
        return;
    }
    let with_sticky = usize::from(area.height).saturating_sub(1).max(1);
    let (top, skip) = pages.top(with_sticky);
    let starts_with_file = open
        .rows
        .get(top)
        .is_some_and(|row| row.kind == RowKind::File);
    let mut y = area.y;
    if !starts_with_file && area.height > 1 {
        let file = open.rows.get(top).map_or(0, |row| row.file as usize);
        rows::file(canvas, &pages, file, y, false);
        y += 1;
    }
    let mut window = Window {
        rows: top..top,
        height: with_sticky,
        cut: false,
        partial: Vec::new(),
        bytes: usize::MAX,
        parts: Vec::new(),
        inside: None,
    };
    fill(
        canvas,
        &pages,
        (&mut window, skip),
        Rect {
            y,
            height: area.bottom() - y,
            ..area
        },
        hits,
    );
    super::strip::draw(canvas, &pages, &window, area);
    hits.drawn.diff = Some((reading.pane(), window));
}

/// Paints the rows that fit from the window's start on.
fn fill(
    canvas: &mut Canvas<'_>,
    pages: &Pages<'_>,
    (window, mut skip): (&mut Window, usize),
    area: Rect,
    hits: &mut HitMap,
) {
    let mut y = area.y;
    let mut at = window.rows.start;
    while y < area.bottom() && at < pages.open.rows.len() {
        let room = usize::from(area.bottom() - y);
        let height = pages.height(at).saturating_sub(skip);
        let (cut, parts) = rows::draw(canvas, pages, at, (y, skip, room));
        window.cut |= cut;
        if cut {
            window.partial.push(at);
        }
        let shown = height.min(room);
        if skip > 0 || (height > room && at == window.rows.start) {
            window.inside = Some(Inside {
                row: at,
                shown: skip..skip + shown,
                total: skip + height,
            });
        }
        if skip > 0 || height > room {
            window.parts.extend(parts);
        }
        let lines = u16::try_from(shown).unwrap_or(1);
        let rect = Rect::new(area.x, y, area.width.saturating_sub(1), lines);
        if pages
            .open
            .selection()
            .is_some_and(|rows| rows.contains(&at))
        {
            canvas.tint(rect, Role::Select);
        }
        hits.spots.push((rect, Target::Row(at)));
        at += 1;
        y += lines;
        if height <= room && skip == 0 {
            window.rows.end = at;
        }
        skip = 0;
    }
}

/// The gravest finding of each line.
fn marks(open: &Open) -> BTreeMap<(usize, OnSide, u32), note::Gravity> {
    let mut marks = BTreeMap::new();
    for (note, row) in open.rows.notes() {
        let (Some(note), Some(row)) = (open.notes.get(note), open.rows.get(row)) else {
            continue;
        };
        let Some(line) = note.line else { continue };
        let grave = note::gravity(note);
        let entry = marks
            .entry((row.file as usize, note.side, line))
            .or_insert(grave);
        *entry = grave.max(*entry);
    }
    marks
}

/// Which part of the pane a line of code has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LineSide {
    /// All of it.
    Only,
    /// The left half.
    Left,
    /// The right half.
    Right,
}

impl Pages<'_> {
    /// Columns from the start of a line's part to its code: mark, number or numbers, blank, sign,
    /// blank.
    pub(super) fn gutter(&self) -> u16 {
        match self.state.look.numbers {
            crate::app::Numbers::Shown if self.numbers_both() => 2 + 2 * self.digits() + 3,
            crate::app::Numbers::Shown => 1 + self.digits() + 3,
            crate::app::Numbers::Hidden => 3,
        }
    }

    /// Whether the old and the new number of a line have a column each. Side by side each part
    /// counts one side, and a narrow screen needs its columns for code.
    pub(super) fn numbers_both(&self) -> bool {
        self.open.layout == Layout::Unified && self.state.two_panes()
    }

    /// Columns of a line number.
    pub(super) fn digits(&self) -> u16 {
        4
    }

    /// Where a line's part starts and ends.
    pub(super) fn part(&self, side: LineSide) -> (u16, u16) {
        let middle = self.x + self.end.saturating_sub(self.x) / 2;
        match side {
            LineSide::Only => (self.x, self.end),
            LineSide::Left => (self.x, middle),
            LineSide::Right => (middle + 1, self.end),
        }
    }

    /// Where the code of a part goes.
    pub(super) fn fits(&self, side: LineSide) -> Fit {
        let (x, end) = self.part(side);
        let cut = self.state.look.lines == Lines::Cut;
        Fit {
            x: (x + self.gutter()).min(end),
            end,
            pan: cut.then_some(self.open.pan.columns),
        }
    }

    /// Lines of the pane that a row takes.
    pub(super) fn height(&self, at: usize) -> usize {
        let Some(row) = self.open.rows.get(at) else {
            return 1;
        };
        if let RowKind::Note(index) = row.kind {
            return note::height(self, index as usize);
        }
        if row.kind == RowKind::Sentence {
            return rows::sentence_height(self, row.file as usize);
        }
        let height = |side: &LineSide| {
            let piece = self.piece(row, *side);
            piece.map_or(1, |(_, piece)| code::height(piece, self.fits(*side)))
        };
        self.sides(row).iter().map(height).max().unwrap_or(1)
    }

    /// The parts of the pane that a row's line of code has. What is on one side only, the message and
    /// a file that came or went, has nothing to stand beside.
    pub(super) fn sides(&self, row: Row) -> &'static [LineSide] {
        let file = self.open.files().get(row.file as usize);
        let one_sided = |file: &FileDiff| {
            is_message(file) || matches!(file.status, FileStatus::Added | FileStatus::Deleted)
        };
        match self.open.layout {
            Layout::Split if !file.is_some_and(one_sided) => &[LineSide::Left, LineSide::Right],
            Layout::Split | Layout::Unified => &[LineSide::Only],
        }
    }

    /// What a row shows in a part of the pane: the line it belongs to, and as much of it.
    pub(super) fn piece(&self, row: Row, side: LineSide) -> Option<(Shown<'_>, Piece<'_>)> {
        let [first, second] = self.open.lines_of(row);
        let mut line = match (row.kind, side) {
            (RowKind::Around { .. }, _) => first?,
            (RowKind::Blank { .. }, LineSide::Left) => first?,
            (RowKind::Blank { .. }, _) => second?,
            (RowKind::Pair { old, new, .. } | RowKind::More { old, new, .. }, _) => match side {
                LineSide::Only => first?,
                LineSide::Left => old.and(first)?,
                LineSide::Right if old.is_none() || old == new => new.and(first)?,
                LineSide::Right => second?,
            },
            _ => first?,
        };
        if matches!(row.kind, RowKind::Blank { .. }) {
            line.kind = LineKind::Context;
        }
        let part = part(line.bytes, row.part());
        let is_link = self.is_link(row, line.kind);
        let piece = Piece {
            kind: line.kind,
            bytes: &line.bytes[part.clone()],
            from: part.start,
            no_newline: line.no_newline && part.end == line.bytes.len() && !is_link,
        };
        Some((line, piece))
    }

    /// Whether a line is the target of a symbolic link, which never ends with a line break.
    fn is_link(&self, row: Row, kind: LineKind) -> bool {
        let file = self.open.files().get(row.file as usize);
        let side = file.and_then(|file| match kind {
            LineKind::Removed => file.old.as_ref(),
            _ => file.new.as_ref(),
        });
        side.is_some_and(|side| side.mode == Mode::Symlink)
    }

    /// The first row to show so that the cursor's row is wholly on the screen; where that is taller
    /// than the pane, the row itself, and how many of its lines are above the pane.
    fn top(&self, height: usize) -> (usize, usize) {
        let last = self.open.rows.len().saturating_sub(1);
        let cursor = self.open.cursor.min(last);
        let top = self.open.top.min(cursor);
        let own = self.height(cursor);
        if own > height {
            return (cursor, self.open.pan.lines.min(own - height));
        }
        let mut room = height - own;
        let mut lowest = cursor;
        while lowest > top {
            let above = self.height(lowest - 1);
            if above > room {
                break;
            }
            room -= above;
            lowest -= 1;
        }
        (lowest, 0)
    }
}
