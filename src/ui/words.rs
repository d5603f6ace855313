//! Boxes of words at the foot of a pane.

use ratatui::layout::Rect;

use super::canvas::{Canvas, width};
use super::theme::Role;
use super::{HitMap, offers};
use crate::app::State;
use crate::app::words::{Purpose, Words, weight};
use crate::diff::visible;
use crate::verdict::VerdictKind;

/// Paints the box over the foot of the area.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    state: &State,
    words: &Words,
    area: Rect,
    hits: &mut HitMap,
) {
    if words.is_line() {
        return line(canvas, words, area, hits);
    }
    let text_lines = words.text.as_str().split('\n').count();
    let wanted = u16::try_from(text_lines + 3).unwrap_or(u16::MAX).max(6);
    let height = wanted.min(area.height);
    let own = Rect {
        y: area.bottom() - height,
        height,
        ..area
    };
    canvas.fill(own, Role::Text);
    let (title, right) = heading(state, words);
    canvas.heading(Rect { height: 1, ..own }, &title, &[(right, Role::Dim)]);
    let body = Rect {
        y: own.y + 1,
        height: own.height.saturating_sub(1),
        ..own
    };
    text(canvas, words, body, hits);
    if let Some(complaint) = &words.complaint {
        let y = own.bottom().saturating_sub(1);
        canvas.text(own.x + 2, y, own.right(), complaint, Role::Ask);
    }
}

fn heading(state: &State, words: &Words) -> (String, String) {
    let name = state
        .reading
        .as_ref()
        .map_or(String::new(), |r| r.name.to_string());
    match &words.purpose {
        Purpose::Reason => (
            format!("why {name} is rejected"),
            "its author, or its agent, reads this".to_owned(),
        ),
        Purpose::Remark(remark) => {
            let path = remark.path.as_ref();
            let path = path.map_or("the change".to_owned(), |path| {
                visible::text(path.as_bytes()).into_owned()
            });
            let mut place = remark
                .line
                .map_or(path.clone(), |line| format!("{path}:{line}"));
            if let Some(end) = remark.end_line {
                place.push_str(&format!("-{end}"));
            }
            let weight = weight(remark.severity);
            (
                format!("remark on {place}"),
                format!("weight: {weight} · Tab changes it"),
            )
        }
        Purpose::Note(VerdictKind::Reject) => (
            format!("why {name} is rejected"),
            "its author, or its agent, reads this".to_owned(),
        ),
        Purpose::Note(_) => ("a word that goes with it".to_owned(), String::new()),
        _ => (String::new(), String::new()),
    }
}

/// The text with its cursor; the cursor's line stays in sight.
fn text(canvas: &mut Canvas<'_>, words: &Words, area: Rect, hits: &mut HitMap) {
    let (line, column) = words.text.cursor();
    let room = usize::from(area.height.saturating_sub(1)).max(1);
    let first = (line + 1).saturating_sub(room);
    let (x, end) = (area.x + 3, area.right());
    for (nth, text) in words
        .text
        .as_str()
        .split('\n')
        .skip(first)
        .take(room)
        .enumerate()
    {
        let y = area.y + u16::try_from(nth).unwrap_or(0);
        let mut at = x;
        if first + nth == line {
            let before = text.get(..column).unwrap_or(text);
            // Long lines show their end while one writes there.
            let start = shown_from(before, usize::from(end.saturating_sub(x + 2)));
            at = canvas.text(at, y, end, &before[start..], Role::Strong);
            hits.cursor = Some((at.min(end.saturating_sub(1)), y));
            canvas.text(at, y, end, text.get(column..).unwrap_or(""), Role::Strong);
        } else {
            canvas.text(at, y, end, text, Role::Strong);
        }
    }
}

/// The first byte of a text whose tail fits into so many columns.
fn shown_from(text: &str, columns: usize) -> usize {
    let mut start = 0;
    while width(&text[start..]) > columns {
        let next = text[start..].chars().next().map_or(1, char::len_utf8);
        start += next;
    }
    start
}

/// A box of one line: search, filter.
fn line(canvas: &mut Canvas<'_>, words: &Words, area: Rect, hits: &mut HitMap) {
    let y = area.bottom().saturating_sub(1);
    let own = Rect {
        y,
        height: 1,
        ..area
    };
    offers::draw(canvas, words, area);
    canvas.fill(own, Role::Bar);
    let label = match words.purpose {
        Purpose::Filter => " filter / ",
        Purpose::Remark(_) => " answer › ",
        _ => " search / ",
    };
    let x = canvas.text(own.x, y, own.right(), label, Role::BarKey);
    let typed = words.text.as_str();
    let before = &typed[..words.text.cursor().1.min(typed.len())];
    let at = canvas.text(x, y, own.right(), before, Role::Bar);
    hits.cursor = Some((at.min(own.right().saturating_sub(1)), y));
    let at = canvas.text(at, y, own.right(), &typed[before.len()..], Role::Bar);
    let hint = match (&words.complaint, &words.purpose) {
        (Some(complaint), _) => (format!("{complaint} "), Role::Ask),
        (None, Purpose::Filter) => ("words and key:value terms ".to_owned(), Role::BarDim),
        (None, Purpose::Remark(_)) => (
            "a sentence that is signed with the answer; it may be empty ".to_owned(),
            Role::BarDim,
        ),
        (None, _) => (
            "a capital letter makes case count ".to_owned(),
            Role::BarDim,
        ),
    };
    canvas.right(at + 2, y, own.right(), &[hint]);
}
