//! How a filter can go on, over the line in which it is typed.

use ratatui::layout::Rect;

use super::canvas::{Canvas, width};
use super::theme::Role;
use crate::app::words::Words;

/// Rows that are shown at once.
const ROWS: usize = 8;

/// Paints what is offered over the last line of the area; nothing where nothing is.
pub(super) fn draw(canvas: &mut Canvas<'_>, words: &Words, area: Rect) {
    let all = &words.offers.all;
    let rows = all.len().min(ROWS);
    let height = u16::try_from(rows + 1).unwrap_or(u16::MAX);
    if rows == 0 || area.height < height + 2 {
        return;
    }
    let own = Rect {
        y: area.bottom() - 1 - height,
        height,
        ..area
    };
    canvas.fill(own, Role::Text);
    let count = format!("{} of {}", words.chosen + 1, all.len());
    let heading = Rect { height: 1, ..own };
    canvas.heading(heading, "it can go on with", &[(count, Role::Dim)]);
    let first = (words.chosen + 1).saturating_sub(ROWS);
    let shown = all.iter().skip(first).take(rows);
    let column = shown.clone().map(|offer| width(&offer.text)).max();
    let column = u16::try_from(column.unwrap_or(0)).unwrap_or(u16::MAX);
    for (nth, offer) in shown.enumerate() {
        let y = own.y + 1 + u16::try_from(nth).unwrap_or(0);
        if first + nth == words.chosen {
            canvas.tint(Rect::new(own.x, y, own.width, 1), Role::Select);
            let style = canvas.style(Role::Focus);
            canvas.put(own.x, y, "▌", style);
        }
        canvas.text(own.x + 2, y, own.right(), &offer.text, Role::Text);
        let hint = own
            .x
            .saturating_add(column)
            .saturating_add(5)
            .min(own.right());
        canvas.text(hint, y, own.right(), &offer.hint, Role::Dim);
    }
}
