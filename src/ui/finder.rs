//! The list that narrows down while one types: commands, files, themes; what is typed is below it.

use ratatui::layout::Rect;

use super::HitMap;
use super::canvas::{Canvas, width};
use super::theme::Role;
use crate::app::finder::{Finder, Kind, Line};

/// The list takes at most so many lines of the pane.
const TALLEST: u16 = 18;
/// The list of themes leaves more of the screen to be looked at.
const THEMES: u16 = 12;

/// Paints the finder over the foot of the area.
pub(super) fn draw(canvas: &mut Canvas<'_>, found: &Finder, area: Rect, hits: &mut HitMap) {
    let lines = u16::try_from(found.fitting.len() + 2).unwrap_or(u16::MAX);
    let most = match found.kind {
        Kind::Theme => THEMES,
        Kind::Command | Kind::File | Kind::Snooze | Kind::Compare(_) => TALLEST,
    };
    let height = lines.clamp(3, most).min(area.height);
    let own = Rect {
        y: area.bottom() - height,
        height,
        ..area
    };
    canvas.fill(own, Role::Text);
    let title = match found.kind {
        Kind::Command => "command".to_owned(),
        Kind::File => "go to file".to_owned(),
        Kind::Theme => "theme".to_owned(),
        Kind::Snooze => "snooze".to_owned(),
        Kind::Compare(None) => "compare: from".to_owned(),
        Kind::Compare(Some(left)) => {
            let left = found.lines.get(left).map_or("", |line| &line.text);
            format!("compare {left} with")
        }
    };
    let count = format!("{} of {}", found.fitting.len(), found.lines.len());
    canvas.heading(Rect { height: 1, ..own }, &title, &[(count, Role::Dim)]);
    let room = usize::from(own.height.saturating_sub(2));
    let first = (found.chosen + 1).saturating_sub(room);
    let shown = found.fitting.iter().enumerate().skip(first).take(room);
    for (row, (nth, line)) in shown.enumerate() {
        let Some(line) = found.lines.get(*line) else {
            continue;
        };
        let y = own.y + 1 + u16::try_from(row).unwrap_or(0);
        let at = Rect::new(own.x, y, own.width, 1);
        self::line(canvas, found.kind, line, at, nth == found.chosen);
    }
    typed(canvas, found, own, hits);
}

fn line(canvas: &mut Canvas<'_>, kind: Kind, line: &Line, area: Rect, chosen: bool) {
    let (x, y, end) = (area.x, area.y, area.right());
    if chosen {
        canvas.tint(area, Role::Select);
        let style = canvas.style(Role::Focus);
        canvas.put(x, y, "▌", style);
    }
    if kind == Kind::Theme {
        let at = canvas.text(x + 2, y, end, &line.text, Role::Text);
        let about = at.max(x + 24) + 1;
        canvas.text(about, y, end.saturating_sub(1), &line.hint, Role::Dim);
        return;
    }
    // Keys are what one looks for there; what else is told of a line is beside the point.
    let role = match kind {
        Kind::Command | Kind::Snooze => Role::Strong,
        Kind::File | Kind::Theme | Kind::Compare(_) => Role::Dim,
    };
    let mut right = vec![(format!("{} ", line.hint), role)];
    if area.width >= 70 && !line.section.is_empty() {
        let pad = 14_usize.saturating_sub(width(&line.hint));
        let section = format!("{:<10}{}", line.section, " ".repeat(pad));
        right.insert(0, (section, Role::Dim));
    }
    let limit = canvas.right(x + 20, y, end, &right);
    canvas.text(x + 2, y, limit.saturating_sub(1), &line.text, Role::Text);
}

/// The line one types on, at the foot.
fn typed(canvas: &mut Canvas<'_>, found: &Finder, area: Rect, hits: &mut HitMap) {
    let (y, end) = (area.bottom().saturating_sub(1), area.right());
    let prompt = match found.kind {
        Kind::Command => " : ",
        Kind::File | Kind::Theme | Kind::Snooze | Kind::Compare(_) => " › ",
    };
    let x = canvas.text(area.x, y, end, prompt, Role::Focus);
    let text = found.text.as_str();
    let (before, after) = text.split_at(found.text.cursor().1.min(text.len()));
    let at = canvas.text(x, y, end, before, Role::Strong);
    hits.cursor = Some((at.min(end.saturating_sub(1)), y));
    let at = canvas.text(at, y, end, after, Role::Strong);
    if let Some(complaint) = &found.complaint {
        canvas.text(at + 2, y, end, complaint, Role::Ask);
    }
}
