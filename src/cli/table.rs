//! A plain table for people: columns as wide as their content, the last one cut where a terminal
//! is too narrow. Everything foreign is made visible first.

use unicode_width::UnicodeWidthStr as _;

use crate::diff::visible;

/// A table in the making.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Vec<Cell>>,
}

/// A cell: text that is fit for a terminal, and how to paint it where there is colour.
#[derive(Debug)]
struct Cell {
    text: String,
    paint: Option<Paint>,
}

/// What a cell's colour says. The words say it as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    /// Needs somebody now.
    Alarm,
    /// Wants an answer.
    Warn,
    /// Settled.
    Good,
    /// Of less interest.
    Dim,
}

impl Paint {
    /// The SGR sequence of the sixteen-colour palette.
    const fn sgr(self) -> &'static str {
        match self {
            Self::Alarm => "\u{1b}[1;31m",
            Self::Warn => "\u{1b}[33m",
            Self::Good => "\u{1b}[32m",
            Self::Dim => "\u{1b}[2m",
        }
    }
}

impl Table {
    /// Adds a row of foreign or own text.
    pub(super) fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.painted(cells.into_iter().map(|cell| (cell, None)));
    }

    /// The same with colours for some cells.
    pub(super) fn painted<S: AsRef<str>>(
        &mut self,
        cells: impl IntoIterator<Item = (S, Option<Paint>)>,
    ) {
        let cells = cells.into_iter().map(|(text, paint)| Cell {
            text: visible::text(text.as_ref().as_bytes()).into_owned(),
            paint,
        });
        self.rows.push(cells.collect());
    }

    /// The lines of the table; with a width no line is wider, with colour they are painted.
    pub(super) fn lines(&self, width: Option<usize>, colour: bool) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| cell.text.width()).max().unwrap_or(0)
            })
            .collect();
        let rows = self.rows.iter();
        rows.map(|row| line(row, &widths, width.unwrap_or(usize::MAX), colour))
            .collect()
    }
}

fn line(row: &[Cell], widths: &[usize], limit: usize, colour: bool) -> String {
    let mut line = String::new();
    let mut used = 0;
    for (at, cell) in row.iter().enumerate() {
        let room = limit.saturating_sub(used);
        let text = if cell.text.width() > room {
            cut(&cell.text, room)
        } else {
            cell.text.clone()
        };
        match cell.paint.filter(|_| colour) {
            Some(paint) => line.push_str(&format!("{}{text}\u{1b}[0m", paint.sgr())),
            None => line.push_str(&text),
        }
        if at + 1 < row.len() {
            let fill = widths[at].saturating_sub(cell.text.width()) + 2;
            let fill = fill.min(limit.saturating_sub(used + text.width()));
            line.extend(std::iter::repeat_n(' ', fill));
            used += text.width() + fill;
        }
    }
    line.trim_end().to_owned()
}

/// The first `width` columns of a text, with an ellipsis where something is missing.
pub(super) fn cut(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for cell in visible::cells(text.as_bytes(), 1) {
        if used + cell.width + 1 > width {
            out.push('…');
            return out;
        }
        used += cell.width;
        out.push_str(&cell.text);
    }
    out
}

/// How long ago, for people: `40s`, `12m`, `5h`, `3d`, `8w`.
pub(super) fn age(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{}s", seconds.max(0)),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        86_400..1_209_600 => format!("{}d", seconds / 86_400),
        _ => format!("{}w", seconds / 604_800),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_the_last_is_cut() {
        let mut table = Table::default();
        table.row(["fix-lb", "2", "Raise edge timeouts"]);
        table.row(["x1", "10", "日本語 title\u{1b}[2J"]);
        assert_eq!(
            table.lines(None, false),
            [
                "fix-lb  2   Raise edge timeouts",
                "x1      10  日本語 title‹1B›[2J"
            ]
        );
        assert_eq!(
            table.lines(Some(20), false),
            ["fix-lb  2   Raise e…", "x1      10  日本語 …"]
        );
    }

    #[test]
    fn paint_goes_around_the_text_and_moves_nothing() {
        let mut table = Table::default();
        table.painted([("high", Some(Paint::Alarm)), ("x", None)]);
        table.row(["critical", "y"]);
        assert_eq!(
            table.lines(None, true),
            ["\u{1b}[1;31mhigh\u{1b}[0m      x", "critical  y"]
        );
        assert_eq!(table.lines(None, false), ["high      x", "critical  y"]);
    }

    #[test]
    fn ages_are_short() {
        assert_eq!(age(-5), "0s");
        assert_eq!(age(59), "59s");
        assert_eq!(age(7200), "2h");
        assert_eq!(age(86_400 * 3), "3d");
    }
}
