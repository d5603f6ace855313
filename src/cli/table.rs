//! A plain table for people: columns as wide as their content, the last one cut where a terminal
//! is too narrow. Everything foreign is made visible first.

use unicode_width::UnicodeWidthStr as _;

use crate::diff::visible;

/// A table in the making.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Adds a row of foreign or own text.
    pub(super) fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let cells = cells
            .into_iter()
            .map(|cell| visible::text(cell.as_ref().as_bytes()).into_owned())
            .collect();
        self.rows.push(cells);
    }

    /// Whether there is no row.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines of the table; with a width no line is wider.
    pub(super) fn lines(&self, width: Option<usize>) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| cell.width()).max().unwrap_or(0)
            })
            .collect();
        self.rows
            .iter()
            .map(|row| line(row, &widths, width))
            .collect()
    }
}

fn line(row: &[String], widths: &[usize], limit: Option<usize>) -> String {
    let mut line = String::new();
    for (at, cell) in row.iter().enumerate() {
        line.push_str(cell);
        if at + 1 < row.len() {
            let fill = widths[at].saturating_sub(cell.width()) + 2;
            line.extend(std::iter::repeat_n(' ', fill));
        }
    }
    match limit {
        Some(limit) if line.width() > limit => cut(&line, limit),
        _ => line.trim_end().to_owned(),
    }
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
            table.lines(None),
            [
                "fix-lb  2   Raise edge timeouts",
                "x1      10  日本語 title‹1B›[2J"
            ]
        );
        assert_eq!(
            table.lines(Some(20)),
            ["fix-lb  2   Raise e…", "x1      10  日本語 …"]
        );
    }

    #[test]
    fn ages_are_short() {
        assert_eq!(age(-5), "0s");
        assert_eq!(age(59), "59s");
        assert_eq!(age(7200), "2h");
        assert_eq!(age(86_400 * 3), "3d");
    }
}
