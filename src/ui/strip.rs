//! The strip at the right edge of the diff: where one is in the whole, what was seen, where the
//! findings are.

use std::collections::BTreeMap;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::diff::Pages;
use super::note::{self, Gravity};
use super::theme::Role;
use crate::app::reading::Window;

/// Rows that one cell of the strip looks at.
const SAMPLES: usize = 6;

/// Paints the strip.
pub(super) fn draw(canvas: &mut Canvas<'_>, pages: &Pages<'_>, window: &Window, area: Rect) {
    let (total, height) = (pages.open.rows.len(), usize::from(area.height));
    if area.width < 20 || height == 0 || total == 0 {
        return;
    }
    let x = area.right() - 1;
    let cell_of = |row: usize| row * height / total.max(height);
    for nth in 0..height {
        let rows = nth * total.max(height) / height..(nth + 1) * total.max(height) / height;
        if rows.start >= total {
            break;
        }
        let here = rows.start < window.rows.end && window.rows.start < rows.end;
        let (symbol, role) = match (is_seen(pages, rows), here) {
            (true, true) => ("┃", Role::You),
            (true, false) => ("┃", Role::Faint),
            (false, true) => ("┃", Role::Dim),
            (false, false) => ("░", Role::Faint),
        };
        let style = canvas.style(role);
        canvas.put(x, y_of(area, nth), symbol, style);
    }
    // The gravest of a cell is what it shows, one without an answer before one that has it.
    let mut gravest: BTreeMap<usize, (bool, Gravity)> = BTreeMap::new();
    for (index, row) in pages.open.rows.notes() {
        let Some(of) = pages.open.notes.get(index) else {
            continue;
        };
        let answered = |id| pages.visit.answers.contains_key(id);
        let open = !of.finding().is_some_and(answered);
        let here = (open, note::gravity(of));
        let cell = gravest.entry(cell_of(row).min(height - 1)).or_insert(here);
        *cell = here.max(*cell);
    }
    for (cell, (open, gravity)) in gravest {
        if let Some((symbol, role)) = note::sign(gravity) {
            let style = canvas.style(if open { role } else { Role::Faint });
            canvas.put(x, y_of(area, cell), symbol, style);
        }
    }
}

fn y_of(area: Rect, nth: usize) -> u16 {
    area.y + u16::try_from(nth).unwrap_or(0)
}

/// Whether the hunks at these rows were seen, by a few samples.
fn is_seen(pages: &Pages<'_>, rows: std::ops::Range<usize>) -> bool {
    let step = (rows.len() / SAMPLES).max(1);
    let mut found = false;
    let mut message = false;
    for at in rows.step_by(step) {
        let Some(row) = pages.open.rows.get(at) else {
            continue;
        };
        message |= row.file == 0;
        // The message is no hunk of the change.
        if let Some(hunk) = row.hunk().filter(|_| row.file > 0) {
            found = true;
            if !pages.open.seen(pages.visit).hunk(row.file as usize, hunk) {
                return false;
            }
        }
    }
    found || message
}
