//! The diff pane: header, the rows that fit, the strip on the right, the verdict bar.

use std::collections::BTreeMap;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::code::{self, Fit};
use super::theme::Role;
use super::{HitMap, note, rows};
use crate::app::reading::{Open, Reading, Stage, Visit, Window};
use crate::app::{Lines, Pane, State, Target};
use crate::diff::rows::{OnSide, Row, RowKind};

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
        Stage::Open(open) => {
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
    let top = pages.top(with_sticky);
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
        bytes: code::LINE_BYTES,
    };
    fill(
        canvas,
        &pages,
        &mut window,
        Rect {
            y,
            height: area.bottom() - y,
            ..area
        },
        hits,
    );
    super::strip::draw(canvas, &pages, &window, area);
    hits.drawn.diff = Some((reading.generation, window));
}

/// Paints the rows that fit from the window's start on.
fn fill(
    canvas: &mut Canvas<'_>,
    pages: &Pages<'_>,
    window: &mut Window,
    area: Rect,
    hits: &mut HitMap,
) {
    let mut y = area.y;
    let mut at = window.rows.start;
    while y < area.bottom() && at < pages.open.rows.len() {
        let room = usize::from(area.bottom() - y);
        let height = pages.height(at);
        let cut = rows::draw(canvas, pages, at, y, room);
        window.cut |= cut;
        if cut {
            window.partial.push(at);
        }
        let shown = u16::try_from(height.min(room)).unwrap_or(1);
        let rect = Rect::new(area.x, y, area.width.saturating_sub(1), shown);
        if pages
            .open
            .selection()
            .is_some_and(|rows| rows.contains(&at))
        {
            canvas.tint(rect, Role::Select);
        }
        hits.spots.push((rect, Target::Row(at)));
        at += 1;
        y += shown;
        if height <= room {
            window.rows.end = at;
        }
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
    /// Columns from the start of a line's part to its code: mark, number, blank, sign, blank.
    pub(super) fn gutter(&self) -> u16 {
        match self.state.look.numbers {
            crate::app::Numbers::Shown => 1 + self.digits() + 3,
            crate::app::Numbers::Hidden => 3,
        }
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
            pan: cut.then_some(self.open.pan),
        }
    }

    /// Lines of the pane that a row takes.
    pub(super) fn height(&self, at: usize) -> usize {
        let Some(row) = self.open.rows.get(at) else {
            return 1;
        };
        let line = |line: u32, side| {
            let found = self.line(row, line);
            found.map_or(1, |line| code::height(line, self.fits(side)))
        };
        match row.kind {
            RowKind::Line { line: l, .. } => line(l, LineSide::Only),
            RowKind::Pair { old, new, .. } => {
                let left = old.map_or(1, |l| line(l, LineSide::Left));
                let right = new.map_or(1, |l| line(l, LineSide::Right));
                left.max(right)
            }
            RowKind::Note(index) => note::height(self, index as usize),
            RowKind::File | RowKind::Sentence | RowKind::Hunk(_) => 1,
        }
    }

    /// A line of a row's hunk.
    pub(super) fn line(&self, row: Row, line: u32) -> Option<&crate::diff::Line> {
        let file = self.open.files().get(row.file as usize)?;
        file.hunks().get(row.hunk()?)?.lines.get(line as usize)
    }

    /// The first row to show so that the cursor's row is wholly on the screen.
    fn top(&self, height: usize) -> usize {
        let last = self.open.rows.len().saturating_sub(1);
        let cursor = self.open.cursor.min(last);
        let top = self.open.top.min(cursor);
        let mut room = height.saturating_sub(self.height(cursor));
        let mut lowest = cursor;
        while lowest > top {
            let above = self.height(lowest - 1);
            if above > room {
                break;
            }
            room -= above;
            lowest -= 1;
        }
        lowest
    }
}
