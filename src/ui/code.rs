//! Lines of code: gutter, sign, ground, changed words, syntax, matches, wrapped or cut.

use std::ops::Range;

use ratatui::style::Style;

use super::canvas::Canvas;
use super::theme::Role;
use crate::app::reading::Syntax;
use crate::diff::visible::{self, Cell};
use crate::diff::{Line, LineKind};

/// Columns between tab stops.
const TAB: usize = 4;
/// More of a line than this is not shown; what is left out is counted in its place, and such a line
/// is never evidence of having been read.
pub(super) const LINE_BYTES: usize = 16_384;

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
pub(super) fn height(line: &Line, fit: Fit) -> usize {
    let columns = fit.columns();
    if fit.pan.is_some() || line.bytes.len() * TAB <= columns {
        return 1;
    }
    let plain = line.bytes.iter().all(|b| (b' '..=b'~').contains(b));
    if plain && line.bytes.len() <= columns && !line.no_newline {
        return 1;
    }
    break_lines(&cells(line), columns).len()
}

/// The cells of a line, with what is left out of a very long one, and a missing line break, named.
fn cells(line: &Line) -> Vec<Cell<'_>> {
    let bytes = line.bytes.get(..LINE_BYTES).unwrap_or(&line.bytes);
    let mut cells = visible::cells(bytes, TAB);
    let end = bytes.len();
    let mut say = |text: String| {
        cells.push(Cell {
            raw: end..end,
            width: text.chars().count(),
            text: text.into(),
            escaped: true,
        });
    };
    if line.bytes.len() > LINE_BYTES {
        say(format!("‹{} bytes more›", line.bytes.len() - LINE_BYTES));
    }
    if line.no_newline {
        say("‹no line break at the end›".to_owned());
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

/// Paints the code of a line from row `y` on, `skip` of its rows left out, at most `rows`. Returns
/// whether anything was cut off.
pub(super) fn paint(
    canvas: &mut Canvas<'_>,
    line: &Line,
    look: &LineLook<'_>,
    fit: Fit,
    (y, rows): (u16, usize),
) -> bool {
    let cells = cells(line);
    let columns = fit.columns();
    let Some(pan) = fit.pan else {
        let broken = break_lines(&cells, columns);
        for (nth, range) in broken.into_iter().take(rows).enumerate() {
            let y = y + u16::try_from(nth).unwrap_or(u16::MAX);
            row(canvas, line, look, fit, y, &cells[range]);
        }
        // What is spelt out may be wider than the pane.
        return cells.iter().any(|cell| cell.width > columns);
    };
    let total: usize = cells.iter().map(|cell| cell.width).sum();
    let mut left = pan;
    let first = cells.iter().position(|cell| {
        let skip = left >= cell.width;
        left = left.saturating_sub(cell.width);
        !skip
    });
    row(
        canvas,
        line,
        look,
        fit,
        y,
        &cells[first.unwrap_or(cells.len())..],
    );
    let cut = total > pan + columns;
    let mark = canvas.style(Role::Faint);
    if cut {
        canvas.put(fit.end.saturating_sub(1), y, "…", mark);
    }
    if pan > 0 && total > 0 {
        canvas.put(fit.x, y, "…", mark);
    }
    cut || pan > 0
}

fn row(
    canvas: &mut Canvas<'_>,
    line: &Line,
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
        let style = style(canvas, line.kind, look, cell);
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

fn style(canvas: &Canvas<'_>, kind: LineKind, look: &LineLook<'_>, cell: &Cell<'_>) -> Style {
    let at = cell.raw.start;
    let within = |ranges: &[Range<usize>]| ranges.iter().any(|range| range.contains(&at));
    let mut style = Style::new();
    if let Some((_, syntax)) = look.syntax.iter().find(|(range, _)| range.contains(&at)) {
        style = style.patch(canvas.style(syntax_role(*syntax)));
    }
    if within(&look.words) {
        style = style.patch(canvas.style(match kind {
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
