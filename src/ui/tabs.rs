//! The tabs: the saved views with their numbers and counts, as much of each as the line has room
//! for, and the filter or the order beside them.

use ratatui::layout::Rect;

use super::HitMap;
use super::canvas::{Canvas, width};
use super::theme::Role;
use crate::app::{State, Target};
use crate::queue::{By, Order};

/// How much of each tab is said, from most to least.
const FORMS: [Form; 4] = [
    Form {
        gap: 3,
        title: usize::MAX,
    },
    Form {
        gap: 2,
        title: usize::MAX,
    },
    Form { gap: 2, title: 7 },
    Form { gap: 1, title: 0 },
];

/// A way to write the tabs; the one that is chosen is always written in full.
#[derive(Clone, Copy)]
struct Form {
    /// Columns between two.
    gap: u16,
    /// Characters of a title; none leaves the number alone.
    title: usize,
}

/// Paints the tabs, and what stands beside them.
pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, area: Rect, hits: &mut HitMap) {
    let beside = beside(state, area.width);
    let taken: usize = beside.iter().map(|(text, _)| width(text)).sum();
    // A long filter leaves half of the line to the tabs; what it says is cut first.
    let room = usize::from(area.width.saturating_sub(1));
    let room = room.saturating_sub(taken).max(room / 2);
    let (texts, gap) = texts(state, room);
    let (mut x, y, end) = (area.x + 1, area.y, area.right());
    for (nth, text) in texts.iter().enumerate() {
        let start = x;
        let here = nth == state.queue.view;
        let style = canvas.style(if here { Role::Input } else { Role::Dim });
        let style = if here {
            style.patch(canvas.style(Role::You))
        } else {
            style
        };
        x = canvas.styled(x, y, end, text, style);
        let spot = Rect::new(start, y, x - start, 1);
        hits.spots.push((spot, Target::View(nth)));
        x = x.saturating_add(gap).min(end);
    }
    canvas.right(x, y, end, &beside);
}

/// The texts of the tabs in the fullest form that has room, and the columns between them.
fn texts(state: &State, room: usize) -> (Vec<String>, u16) {
    let written = |form: &Form| {
        let views = state.queue.views.iter().enumerate();
        let texts = views.map(|(nth, view)| {
            let count = state.queue.counts().views.get(nth).copied().unwrap_or(0);
            let title = if nth == state.queue.view {
                view.title.clone()
            } else {
                short(&view.title, form.title)
            };
            match title.as_str() {
                "" => format!("{}", nth + 1),
                title => format!("{} {title} {count}", nth + 1),
            }
        });
        texts.collect::<Vec<String>>()
    };
    let mut last = (Vec::new(), 1);
    // Wide gaps are for screens of two panes.
    for form in FORMS
        .iter()
        .filter(|form| form.gap < 3 || state.two_panes())
    {
        last = (written(form), form.gap);
        let gaps = usize::from(form.gap) * last.0.len().saturating_sub(1);
        if last.0.iter().map(|text| width(text)).sum::<usize>() + gaps <= room {
            break;
        }
    }
    last
}

fn short(title: &str, characters: usize) -> String {
    if title.chars().count() <= characters || characters == 0 {
        return if characters == 0 {
            String::new()
        } else {
            title.to_owned()
        };
    }
    let start: String = title.chars().take(characters - 1).collect();
    format!("{}…", start.trim_end())
}

/// The filter over the tab and how to leave it, else the order, where there is room to say it.
fn beside(state: &State, columns: u16) -> Vec<(String, Role)> {
    if !state.queue.words.is_empty() {
        let text = format!("/ {}", state.queue.words);
        return vec![
            (text, Role::You),
            (" Esc shows all ".to_owned(), Role::Faint),
        ];
    }
    let order = match state.queue.order() {
        order if order == Order::default() => "risk, then age".to_owned(),
        Order { by, reversed } => {
            let word = Order { by, reversed }.as_str();
            let back = if reversed { ", turned round" } else { "" };
            let age = if by == By::Age { "" } else { ", then age" };
            format!("{word}{back}{age}")
        }
    };
    if columns < 100 {
        return Vec::new();
    }
    vec![(format!("order: {order} · / filter "), Role::Faint)]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::app::keymap::Keymap;
    use crate::app::queue::View;

    #[test]
    fn tabs_say_as_much_as_there_is_room_for_and_the_chosen_one_all() {
        let mut state = State::new(Keymap::built_in());
        let names = [
            "needs me",
            "low",
            "infrastructure",
            "payments",
            "mine to fix",
        ];
        let views = names.map(|name| View::new(name, "risk:low").unwrap());
        state.queue.set_views(views.to_vec(), state.clock.wall);
        state.queue.turn_to(2, state.clock.wall);
        state.size.0 = 140;
        let line = |room| {
            let (texts, gap) = texts(&state, room);
            texts.join(&" ".repeat(usize::from(gap)))
        };
        let all = "1 needs me 0   2 low 0   3 infrastructure 0   4 payments 0   5 mine to fix 0";
        assert_eq!(line(100), all);
        assert_eq!(line(75), all.replace("   ", "  "));
        let cut = "1 needs… 0  2 low 0  3 infrastructure 0  4 paymen… 0  5 mine t… 0";
        assert_eq!(line(70), cut);
        assert_eq!(line(30), "1 2 3 infrastructure 0 4 5");
    }
}
