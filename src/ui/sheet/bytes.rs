//! The bytes that are signed, in the sheet's place: one line of JSON, broken here to be read.

use ratatui::layout::Rect;

use super::lines::Pieces;
use crate::app::payload::payload;
use crate::app::reading::{Open, Visit};
use crate::app::sheet::Sheet;
use crate::app::{Page, State};
use crate::diff::visible;
use crate::ui::HitMap;
use crate::ui::canvas::{Canvas, wrap};
use crate::ui::theme::Role;

/// Columns by which each level is set in.
const STEP: usize = 2;

/// Paints the page over the area.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    state: &State,
    (sheet, page): (&Sheet, &Page),
    (open, visit): (&Open, &Visit),
    area: Rect,
    hits: &mut HitMap,
) {
    let made = payload(&sheet.draft(open, visit), state.clock.wall);
    let columns = usize::from(area.width.saturating_sub(2)).max(8);
    let mut lines: Vec<Pieces> = Vec::new();
    let told = |text: &str, role| {
        let told = wrap(text, columns).into_iter();
        told.map(move |line| vec![(line, role)])
    };
    match &made {
        Ok(bytes) => {
            lines.extend(told(
                "One line without blanks; broken and set in here. The time, and the evidence in \"log\", \
                 are those of the moment in which it is signed.",
                Role::Dim,
            ));
            lines.extend(told("", Role::Dim));
            for line in broken(&String::from_utf8_lossy(bytes)) {
                lines.extend(set_in(&line, columns).map(|line| vec![(line, Role::Text)]));
            }
        }
        Err(why) => lines.extend(told(why, Role::Ask)),
    }
    let right = made.map_or(String::new(), |bytes| format!("{} bytes", bytes.len()));
    let head = Rect { height: 1, ..area };
    canvas.heading(head, "the exact bytes", &[(right, Role::Dim)]);
    let room = usize::from(area.height.saturating_sub(1)).max(1);
    let top = page.top.min(lines.len().saturating_sub(room));
    for (y, line) in (area.y + 1..area.bottom()).zip(lines.iter().skip(top)) {
        canvas.pieces(area.x + 1, y, area.right(), line);
    }
    let below = lines.len().saturating_sub(top + room);
    if below > 0 {
        let text = format!(" ▾ {below} more ");
        let last = area.bottom().saturating_sub(1);
        canvas.right(area.x, last, area.right(), &[(text, Role::Ask)]);
    }
    hits.drawn.page = Some((room, lines.len()));
}

/// A line as it is shown: every part of it set in as its beginning, and nothing in it that a terminal
/// would take for more than a letter.
fn set_in(line: &str, columns: usize) -> impl Iterator<Item = String> {
    let text = line.trim_start();
    let indent = (line.len() - text.len()).min(columns / 2);
    let text = visible::text(text.as_bytes());
    let parts = wrap(&text, columns - indent).into_iter();
    parts.map(move |part| format!("{:indent$}{part}", ""))
}

/// Canonical JSON, a line a member. Nothing but line breaks and blanks in front is added.
fn broken(json: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let (mut depth, mut inside, mut escaped) = (0_usize, false, false);
    let mut all = json.chars().peekable();
    let start = |lines: &mut Vec<String>, depth: usize| lines.push(" ".repeat(depth * STEP));
    while let Some(c) = all.next() {
        if !inside && matches!(c, '}' | ']') {
            depth = depth.saturating_sub(1);
            let empty = lines.last().is_some_and(|line| line.ends_with(['{', '[']));
            if !empty {
                start(&mut lines, depth);
            }
        }
        if let Some(line) = lines.last_mut() {
            line.push(c);
        }
        match c {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            '{' | '[' if !inside => {
                depth += 1;
                if !matches!(all.peek(), Some('}' | ']')) {
                    start(&mut lines, depth);
                }
            }
            ',' if !inside => start(&mut lines, depth),
            _ => {}
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaking_adds_nothing_but_breaks_and_blanks_in_front() {
        let json = r#"{"a":[1,{"b":"x, {\"y\"} ]"}],"c":{},"d":[]}"#;
        let lines = broken(json);
        let whole: String = lines.iter().map(|line| line.trim_start()).collect();
        assert_eq!(whole, json);
        assert_eq!(lines[1], r#"  "a":["#);
        assert!(lines.contains(&r#"  "c":{},"#.to_owned()), "{lines:?}");
        assert!(
            lines.contains(&r#"      "b":"x, {\"y\"} ]""#.to_owned()),
            "{lines:?}"
        );
    }
}
