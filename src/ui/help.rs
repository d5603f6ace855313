//! The help: every action with its keys, under its heading, in two halves where there is room.

use super::canvas::{width, wrap};
use super::theme::Role;
use crate::app::action::Section;
use crate::app::{State, TWO_PANES};

type Pieces = Vec<(String, Role)>;

/// Columns that the keys take.
const KEYS: usize = 16;
/// Columns between the two halves: a blank, the line, a blank.
const BETWEEN: usize = 3;

/// Columns of one of two halves, where there is room for two.
pub(super) fn half(columns: usize) -> Option<usize> {
    (columns + 4 >= usize::from(TWO_PANES)).then(|| (columns - BETWEEN) / 2)
}

/// The lines of the help.
pub(super) fn lines(state: &State, columns: usize) -> Vec<Pieces> {
    let column = half(columns).unwrap_or(columns);
    let mut lines = sections(state, column);
    let said = "/ finds a command by name · any key is changed by a keymap.toml in the configuration \
                directory";
    lines.push(Vec::new());
    for line in wrap(said, column) {
        lines.push(vec![(line, Role::Dim)]);
    }
    match half(columns) {
        Some(column) => beside(&lines, column + BETWEEN),
        None => lines,
    }
}

/// All of it in one column, a blank line before each heading but the first.
fn sections(state: &State, columns: usize) -> Vec<Pieces> {
    let all = state.keymap.help_everywhere();
    let mut lines: Vec<Pieces> = Vec::new();
    for section in Section::ALL {
        let own: Vec<_> = all.iter().filter(|(s, ..)| *s == section).collect();
        if own.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(Vec::new());
        }
        lines.push(vec![(section.title().to_owned(), Role::Heading)]);
        for (_, keys, action) in own {
            let pad = (KEYS - 2).saturating_sub(width(keys)).max(1);
            let mut keys = format!("  {keys}{}", " ".repeat(pad));
            for part in wrap(action.says(), columns.saturating_sub(KEYS + 1)) {
                lines.push(vec![(keys, Role::Strong), (part, Role::Text)]);
                keys = " ".repeat(KEYS);
            }
        }
    }
    lines
}

/// The lines in two halves, each read from top to bottom; no heading stands at the end of the first.
fn beside(lines: &[Pieces], column: usize) -> Vec<Pieces> {
    let is_heading = |line: &Pieces| line.iter().any(|(_, role)| *role == Role::Heading);
    let mut end = lines.len().div_ceil(2);
    while end > 1 && lines.get(end - 1).is_some_and(is_heading) {
        end -= 1;
    }
    let (left, mut right) = lines.split_at(end);
    while right.first().is_some_and(Vec::is_empty) {
        right = &right[1..];
    }
    let rows = left.len().max(right.len());
    let row = |nth: usize| {
        let mut pieces = left.get(nth).cloned().unwrap_or_default();
        let used: usize = pieces.iter().map(|(text, _)| width(text)).sum();
        pieces.push((" ".repeat(column.saturating_sub(used)), Role::Text));
        pieces.extend(right.get(nth).cloned().unwrap_or_default());
        pieces
    };
    (0..rows).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: &[Pieces]) -> Vec<String> {
        let line = |pieces: &Pieces| pieces.iter().map(|(text, _)| text.as_str()).collect();
        let lines = lines.iter().map(line);
        lines
            .map(|line: String| line.trim_end().to_owned())
            .collect()
    }

    #[test]
    fn halves_are_read_from_top_to_bottom_and_no_heading_is_left_alone() {
        let head = |text: &str| vec![(text.to_owned(), Role::Heading)];
        let line = |text: &str| vec![(text.to_owned(), Role::Text)];
        let all = [
            head("one"),
            line("a"),
            line("b"),
            Vec::new(),
            head("two"),
            line("c"),
            line("d"),
            line("e"),
        ];
        let two = beside(&all, 5);
        assert_eq!(text(&two), ["one  two", "a    c", "b    d", "     e"]);
        assert_eq!(text(&beside(&all[..6], 5)), ["one  two", "a    c", "b"]);
    }
}
