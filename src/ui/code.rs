//! Lines of code: gutter, sign, ground, changed words, syntax, matches, wrapped or cut.

use std::ops::Range;

use ratatui::style::Style;

use super::canvas::Canvas;
use super::theme::Role;
use crate::app::reading::Syntax;
use crate::diff::LineKind;
use crate::diff::visible::{self, Cell};

/// Columns between tab stops.
const TAB: usize = 4;

/// A line, or the part of a long one that a row shows.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    /// Context, added or removed.
    pub(super) kind: LineKind,
    /// The bytes of the part.
    pub(super) bytes: &'a [u8],
    /// Where they start in the line.
    pub(super) from: usize,
    /// Whether the file ends after them without a line break, and that is worth a word.
    pub(super) no_newline: bool,
}

/// What was painted of a line.
#[derive(Default)]
pub(super) struct Painted {
    /// Whether anything was cut off at the sides.
    pub(super) cut: bool,
    /// The bytes of the line that are on the screen.
    pub(super) bytes: Range<usize>,
}

/// How one line looks.
#[derive(Default)]
pub(super) struct LineLook<'a> {
    /// The words that changed.
    pub(super) words: Vec<Range<usize>>,
    /// What its parts are to the language.
    pub(super) syntax: &'a [(Range<usize>, Syntax)],
    /// What a search has found.
    pub(super) matches: Vec<Range<usize>>,
    /// Whether blanks and tabs are shown by signs.
    pub(super) blanks: bool,
}

/// Where the code of a line goes: columns, and how it is fitted in.
#[derive(Clone, Copy)]
pub(super) struct Fit {
    /// First column.
    pub(super) x: u16,
    /// After the last column.
    pub(super) end: u16,
    /// Columns cut off on the left; none wraps.
    pub(super) pan: Option<usize>,
}

impl Fit {
    fn columns(self) -> usize {
        usize::from(self.end.saturating_sub(self.x)).max(1)
    }
}

/// The look of the ground of a line.
pub(super) fn ground(kind: LineKind) -> Option<Role> {
    match kind {
        LineKind::Context => None,
        LineKind::Added => Some(Role::Added),
        LineKind::Removed => Some(Role::Removed),
    }
}

/// The sign of a line and its look.
pub(super) fn sign(kind: LineKind) -> (&'static str, Role) {
    match kind {
        LineKind::Context => (" ", Role::Dim),
        LineKind::Added => ("+", Role::AddedSign),
        LineKind::Removed => ("-", Role::RemovedSign),
    }
}

/// Lines of the pane that a line of code takes.
pub(super) fn height(line: Piece<'_>, fit: Fit) -> usize {
    let columns = fit.columns();
    if fit.pan.is_some() || line.bytes.len() * TAB <= columns {
        return 1;
    }
    let plain = line.bytes.iter().all(|b| (b' '..=b'~').contains(b));
    if plain && line.bytes.len() <= columns && !line.no_newline {
        return 1;
    }
    break_lines(&cells(&line), columns).len()
}

/// The cells of a piece, with a missing line break named.
fn cells<'a>(line: &Piece<'a>) -> Vec<Cell<'a>> {
    let mut cells = visible::cells(line.bytes, TAB);
    if line.no_newline {
        let text = "‹no line break at the end›";
        cells.push(Cell {
            raw: line.bytes.len()..line.bytes.len(),
            width: text.chars().count(),
            text: text.into(),
            escaped: true,
        });
    }
    cells
}

/// Cuts cells into rows of at most so many columns, after a blank where there is one in the last
/// third. A cell wider than a row has one of its own.
fn break_lines(cells: &[Cell<'_>], columns: usize) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (index, cell) in cells.iter().enumerate() {
        if used + cell.width > columns && index > start {
            let least = start + (index - start) * 2 / 3;
            let blank = cells[least..index].iter().rposition(|c| c.text == " ");
            let end = blank.map_or(index, |at| least + at + 1);
            rows.push(start..end);
            used = cells[end..index].iter().map(|cell| cell.width).sum();
            start = end;
        }
        used += cell.width;
    }
    rows.push(start..cells.len());
    rows
}

/// Paints the code of a line from row `y` on, `skip` of its rows left out, at most `rows`.
pub(super) fn paint(
    canvas: &mut Canvas<'_>,
    line: Piece<'_>,
    look: &LineLook<'_>,
    fit: Fit,
    (y, skip, rows): (u16, usize, usize),
) -> Painted {
    match fit.pan {
        Some(pan) => cut(canvas, line, look, (fit, pan), y),
        None => wrapped(canvas, line, look, fit, (y, skip, rows)),
    }
}

fn wrapped(
    canvas: &mut Canvas<'_>,
    line: Piece<'_>,
    look: &LineLook<'_>,
    fit: Fit,
    (y, skip, rows): (u16, usize, usize),
) -> Painted {
    let cells = cells(&line);
    let columns = fit.columns();
    let broken = break_lines(&cells, columns);
    let last = broken.len();
    let mut bytes: Option<Range<usize>> = None;
    for (nth, range) in broken.into_iter().enumerate().skip(skip).take(rows) {
        let y = y + u16::try_from(nth - skip).unwrap_or(u16::MAX);
        let shown = &cells[range];
        row(canvas, line, look, fit, y, shown);
        let start = shown.first().map_or(0, |cell| cell.raw.start);
        // What stands for no byte, a missing line break, is part of what comes before it.
        let end = match shown.last() {
            Some(cell) if nth + 1 < last => cell.raw.end,
            _ => line.bytes.len(),
        };
        bytes = Some(bytes.map_or(start, |bytes| bytes.start)..end);
    }
    let bytes = bytes.unwrap_or_default();
    Painted {
        // What is spelt out may be wider than the pane.
        cut: cells.iter().any(|cell| cell.width > columns),
        bytes: line.from + bytes.start..line.from + bytes.end,
    }
}

fn cut(
    canvas: &mut Canvas<'_>,
    line: Piece<'_>,
    look: &LineLook<'_>,
    (fit, pan): (Fit, usize),
    y: u16,
) -> Painted {
    let cells = cells(&line);
    let total: usize = cells.iter().map(|cell| cell.width).sum();
    let mut left = pan;
    let first = cells.iter().position(|cell| {
        let skip = left >= cell.width;
        left = left.saturating_sub(cell.width);
        !skip
    });
    let shown = &cells[first.unwrap_or(cells.len())..];
    row(canvas, line, look, fit, y, shown);
    let cut = total > pan + fit.columns();
    let mark = canvas.style(Role::Faint);
    if cut {
        canvas.put(fit.end.saturating_sub(1), y, "…", mark);
    }
    if pan > 0 && total > 0 {
        canvas.put(fit.x, y, "…", mark);
    }
    Painted {
        cut: cut || pan > 0,
        bytes: 0..0,
    }
}

fn row(
    canvas: &mut Canvas<'_>,
    line: Piece<'_>,
    look: &LineLook<'_>,
    fit: Fit,
    y: u16,
    cells: &[Cell<'_>],
) {
    let mut x = fit.x;
    for cell in cells {
        if x >= fit.end {
            break;
        }
        let style = style(canvas, line, look, cell);
        let text = match (look.blanks, cell.text.as_ref()) {
            (true, " ") => "·",
            (true, text) if text.starts_with("  ") => "→",
            (_, text) => text,
        };
        if text == "→" || text == "·" {
            let faint = style.patch(canvas.style(Role::Faint));
            canvas.put(x, y, text, faint);
            let width = u16::try_from(cell.width).unwrap_or(1);
            x = x.saturating_add(width).min(fit.end);
        } else {
            x = canvas.cell(x, y, fit.end, text, cell.width, style);
        }
    }
}

fn style(canvas: &Canvas<'_>, line: Piece<'_>, look: &LineLook<'_>, cell: &Cell<'_>) -> Style {
    let at = line.from + cell.raw.start;
    let within = |ranges: &[Range<usize>]| ranges.iter().any(|range| range.contains(&at));
    let mut style = Style::new();
    if let Some((_, syntax)) = look.syntax.iter().find(|(range, _)| range.contains(&at)) {
        style = style.patch(canvas.style(syntax_role(*syntax)));
    }
    if within(&look.words) {
        style = style.patch(canvas.style(match line.kind {
            LineKind::Removed => Role::RemovedWord,
            _ => Role::AddedWord,
        }));
    }
    if within(&look.matches) {
        style = style.patch(canvas.style(Role::Match));
    }
    if cell.escaped {
        style = style.patch(canvas.style(Role::Escape));
    }
    style
}

fn syntax_role(syntax: Syntax) -> Role {
    match syntax {
        Syntax::Comment => Role::Comment,
        Syntax::Keyword => Role::Keyword,
        Syntax::Text => Role::String,
        Syntax::Value => Role::Value,
        Syntax::Type => Role::Type,
        Syntax::Function => Role::Function,
        Syntax::Name => Role::Name,
        Syntax::Sign => Role::Sign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_break_after_a_blank_and_leave_nothing_out() {
        let rows = |text: &str, columns| {
            let cells = visible::cells(text.as_bytes(), TAB);
            let rows = break_lines(&cells, columns);
            let texts = rows.into_iter().map(|row| {
                cells[row]
                    .iter()
                    .map(|cell| cell.text.as_ref())
                    .collect::<String>()
            });
            texts.collect::<Vec<String>>()
        };
        assert_eq!(rows("one two three", 8), ["one two ", "three"]);
        assert_eq!(rows("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(rows("a\u{202e}b", 4), ["a", "‹U+202E›", "b"]);
        assert_eq!(rows("", 4), [""]);
    }
}
