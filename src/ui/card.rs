//! Cards: what to say where there is nothing to show.

use ratatui::layout::Rect;

use super::canvas::{Canvas, wrap};
use super::theme::Role;
use crate::app::State;
use crate::app::action::Action;
use crate::app::keymap::Place;

/// The card for a pane without a change: what is in the way, or that nothing waits.
pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    if !state.queue.is_loaded {
        canvas.text(
            area.x + 2,
            area.y,
            area.right(),
            "reading the queue …",
            Role::Dim,
        );
        return;
    }
    if let Some(trouble) = state
        .session()
        .troubles
        .first()
        .filter(|_| state.queue.is_empty())
    {
        return paint(canvas, area, &trouble.what, &trouble.remedy);
    }
    if state.queue.entries.is_empty() {
        let remote = state.session().remote.as_deref();
        let mut lines = vec![
            "Changes wait under refs/countersign/queue/<id>/<n>. An agent queues one with"
                .to_owned(),
            String::new(),
            format!(
                "  git push {} HEAD:refs/countersign/queue/fix-it/1",
                remote.unwrap_or("REMOTE")
            ),
            "  countersign propose".to_owned(),
            String::new(),
        ];
        lines.push(match remote {
            Some(remote) => format!("R asks {remote} again; it is asked by itself now and then."),
            None => "This repository has no remote: only what is here is shown.".to_owned(),
        });
        return paint(canvas, area, "The queue is empty", &lines);
    }
    if state.queue.is_empty() {
        return nothing_passes(canvas, state, area);
    }
    paint(
        canvas,
        area,
        "Nothing is open",
        &["Enter opens a change.".to_owned()],
    );
}

/// The card for a tab or a filter that nothing passes.
fn nothing_passes(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    let counts = state.queue.counts();
    let all = all_shown_by(state);
    if state.queue.words.is_empty() && state.queue.shows_mine() {
        let lines = vec![
            format!("{} wait for others. {all}", counts.others),
            "R fetches now.".to_owned(),
        ];
        return paint(canvas, area, "Nothing needs you", &lines);
    }
    let esc = if state.queue.words.is_empty() {
        ""
    } else {
        "Esc takes the filter away. "
    };
    let lines = vec![format!("{esc}{all}")];
    let title = match state.queue.shows_mine() {
        true => "No change that needs you passes this filter",
        false => "No change passes this filter",
    };
    paint(canvas, area, title, &lines);
}

/// The key of the tab that shows everything; none where no tab does.
pub(super) fn key_of_all(state: &State) -> Option<String> {
    let view = state.queue.view_of_all();
    let action = view.and_then(|view| Action::VIEWS.get(view));
    let key = action.map(|action| state.keymap.key(Place::Main, *action));
    key.filter(|key| !key.is_empty())
}

/// The same in a sentence; empty where no tab does.
fn all_shown_by(state: &State) -> String {
    key_of_all(state).map_or(String::new(), |key| format!("{key} shows all changes."))
}

/// A title and lines under it, a little way into the area.
pub(super) fn paint(canvas: &mut Canvas<'_>, area: Rect, title: &str, lines: &[String]) {
    let (x, end) = (area.x + 2, area.right().saturating_sub(1));
    let mut y = area.y + u16::from(area.height > 6) * 2;
    if y >= area.bottom() {
        return;
    }
    canvas.text(x, y, end, title, Role::Strong);
    y += 2;
    let columns = usize::from(end.saturating_sub(x)).min(92);
    for line in lines {
        for part in wrap(line, columns) {
            if y >= area.bottom() {
                return;
            }
            let role = if part.starts_with("  ") {
                Role::You
            } else {
                Role::Dim
            };
            canvas.text(x, y, end, &part, role);
            y += 1;
        }
    }
}
