//! Lines of the sheet: rows of label and text, broken where they do not fit. Nothing of what is
//! signed is ever cut off.

use crate::ui::canvas::{Canvas, flow, width};
use crate::ui::theme::Role;
use ratatui::layout::Rect;

pub(super) type Pieces = Vec<(String, Role)>;

/// Columns from the left edge to the text of a row.
const TEXT: u16 = 16;
/// Narrower sheets have no column for labels.
const NARROW: usize = 60;

/// A line of the sheet.
pub(super) enum Line {
    Blank,
    Heading(&'static str, String),
    Row(Row),
}

/// Label and text.
#[derive(Default)]
pub(super) struct Row {
    pub(super) label: String,
    pub(super) pieces: Pieces,
    pub(super) right: Pieces,
    /// Whether the cursor is on it.
    pub(super) here: bool,
    /// Whether it may be cut off where it is too long: it is not signed.
    pub(super) may_be_cut: bool,
}

impl Line {
    pub(super) const fn is_here(&self) -> bool {
        matches!(self, Self::Row(Row { here: true, .. }))
    }

    /// A row of label, text, and what stands on the right.
    pub(super) fn row(label: impl Into<String>, pieces: Pieces, right: Pieces) -> Self {
        Self::Row(Row {
            label: label.into(),
            pieces,
            right,
            ..Row::default()
        })
    }
}

/// How much air a sheet has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Density {
    /// Blank lines between the parts.
    Airy,
    /// None.
    Tight,
    /// And one row for all that is neither asked nor answered.
    Merged,
    /// And no headings.
    Bare,
}

impl Density {
    pub(super) const ALL: [Self; 4] = [Self::Airy, Self::Tight, Self::Merged, Self::Bare];
}

/// The lines as they fit into so many columns.
pub(super) fn fit(lines: Vec<Line>, columns: usize, density: Density) -> Vec<Line> {
    let mut out = Vec::new();
    for line in lines {
        match line {
            Line::Blank if density > Density::Airy => {}
            Line::Heading(..) if density == Density::Bare => {}
            Line::Row(row) => break_row(row, columns, &mut out),
            other => out.push(other),
        }
    }
    out
}

fn total(pieces: &Pieces) -> usize {
    pieces.iter().map(|(text, _)| width(text)).sum()
}

fn break_row(mut row: Row, columns: usize, out: &mut Vec<Line>) {
    if columns < NARROW && !row.label.is_empty() {
        let label = std::mem::take(&mut row.label);
        row.pieces.insert(0, (format!("{label}  "), Role::Dim));
    }
    let start = if columns < NARROW {
        3
    } else {
        usize::from(TEXT)
    };
    let room = columns.saturating_sub(start + 1).max(1);
    let (text, right) = (total(&row.pieces), total(&row.right));
    let both = if right == 0 { text } else { text + 2 + right };
    if both <= room || (row.may_be_cut && columns >= NARROW) {
        out.push(Line::Row(row));
        return;
    }
    let Row {
        label,
        pieces,
        right: beside,
        here,
        ..
    } = row;
    let mut rows = flow(pieces, room);
    let last = rows.last().map_or(room, total);
    let mut under = Pieces::new();
    let mut right_of_last = Pieces::new();
    if last + 2 + right <= room {
        right_of_last = beside;
    } else {
        under = beside;
    }
    if !under.is_empty() {
        rows.extend(flow(under, room));
    }
    let count = rows.len();
    for (nth, pieces) in rows.into_iter().enumerate() {
        out.push(Line::Row(Row {
            label: if nth == 0 {
                label.clone()
            } else {
                String::new()
            },
            pieces,
            right: if nth + 1 == count {
                std::mem::take(&mut right_of_last)
            } else {
                Pieces::new()
            },
            here,
            may_be_cut: false,
        }));
    }
}

/// Paints a line.
pub(super) fn paint(canvas: &mut Canvas<'_>, line: &Line, area: Rect) {
    match line {
        Line::Blank => {}
        Line::Heading(title, right) => {
            let inner = Rect::new(area.x + 1, area.y, area.width.saturating_sub(2), 1);
            let right: Pieces = match right.as_str() {
                "" => Pieces::new(),
                text => vec![(text.to_owned(), Role::Dim)],
            };
            canvas.heading(inner, title, &right);
        }
        Line::Row(row) => {
            if row.here {
                canvas.tint(area, Role::Select);
                let style = canvas.style(Role::Focus);
                canvas.put(area.x, area.y, "▌", style);
            }
            let narrow = usize::from(area.width) < NARROW;
            let start = area.x + if narrow { 3 } else { TEXT };
            if !narrow {
                canvas.text(area.x + 2, area.y, start, &row.label, Role::Dim);
            }
            let end = area.right().saturating_sub(1);
            let limit = canvas.right(start, area.y, end, &row.right);
            let end = if row.right.is_empty() {
                end
            } else {
                limit.saturating_sub(1)
            };
            canvas.pieces(start, area.y, end, &row.pieces);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: &[Line]) -> Vec<String> {
        let of = |line: &Line| match line {
            Line::Row(row) => {
                let all = row.pieces.iter().chain(&row.right);
                all.map(|(text, _)| text.as_str()).collect()
            }
            _ => String::new(),
        };
        lines.iter().map(of).collect()
    }

    #[test]
    fn what_does_not_fit_goes_on_below_and_nothing_is_left_out() {
        let piece = |text: &str| vec![(text.to_owned(), Role::Text)];
        let id = "0123456789".repeat(6);
        for columns in [4, 9, 20, 59, 60, 70, 90, 200] {
            let row = Line::row("commit", piece(&format!("{id} two words")), piece("right"));
            let lines = fit(vec![row], columns, Density::Airy);
            let all: String = text(&lines).concat().replace(' ', "");
            let expected = format!(
                "{}{id}twowordsright",
                if columns < 60 { "commit" } else { "" }
            );
            assert_eq!(all, expected, "{columns}");
            let start = if columns < NARROW {
                3
            } else {
                usize::from(TEXT)
            };
            for line in text(&lines) {
                let room = columns.saturating_sub(start + 1).max(1);
                assert!(width(line.trim_end()) <= room, "{columns}: {line:?}");
            }
        }
    }
}
