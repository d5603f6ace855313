//! The two lines above the diff: what it is called, and what to know before reading.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::compared;
use super::theme::Role;
use crate::app::State;
use crate::app::action::Action;
use crate::app::keymap::Place;
use crate::app::reading::Open;
use crate::app::sheet::counted;
use crate::diff::visible;

/// Paints as much of the header as there is room for.
pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, open: &Open, area: Rect) {
    if area.height == 0 {
        return;
    }
    let (x, end) = (area.x + 1, area.right());
    // With room for one line only, what is compared matters more than what it is called.
    let only = area.height == 1;
    let y = if only { area.y } else { area.y + 1 };
    let compares = compared::line(canvas, state, open, Rect { x, y, ..area });
    if let Some((limit, pieces)) = compares.as_ref() {
        canvas.pieces(x, y, *limit, pieces);
        if only {
            return;
        }
    }
    let entry = state.queue.row_of(&open.change.name);
    let target = open.change.subject.target.trim_start_matches("refs/heads/");
    let commits = entry.map_or(String::new(), |e| {
        format!(" · {}", counted(e.commits, "commit", "commits"))
    });
    let place = format!(" {} → {target}{commits}", open.change.name);
    let limit = canvas.right(x + 24, area.y, end.saturating_sub(1), &[(place, Role::Dim)]);
    let title = visible::text(open.change.title());
    canvas.text(x, area.y, limit.saturating_sub(1), &title, Role::Strong);
    if area.height < 2 {
        return;
    }
    if compares.is_none() {
        canvas.pieces(x, area.y + 1, end, &second(state, open));
    }
}

/// What to know before reading: a newer revision, a warning, what is new since last time, or who
/// made it.
fn second(state: &State, open: &Open) -> Vec<(String, Role)> {
    let hidden = open.rows.hidden();
    if hidden > 0 {
        let lines = counted(hidden, "line", "lines");
        let key = state.keymap.key(Place::Main, Action::Whitespace);
        let text = format!(
            "hidden: {lines} of which only white space changed; not counted as seen · {key} shows them"
        );
        return vec![(text, Role::Ask)];
    }
    let newer = state.whole().and_then(|whole| whole.newer);
    if let Some(pieces) = newer.map(|newer| compared::arrived(state, open, newer)) {
        return pieces;
    }
    if let Some(reason) = &open.change.asks.cannot_sign {
        return vec![(format!("cannot be signed here: {reason}"), Role::Ask)];
    }
    if let Some(reason) = &open.change.asks.nobody {
        let text = format!("nobody can approve this: {reason}");
        return vec![(text, Role::Ask)];
    }
    if let Some(reason) = &open.change.asks.not_counting {
        return vec![(
            format!("your approval would not count: {reason}"),
            Role::Ask,
        )];
    }
    if let Some(warning) = open.change.warnings.first() {
        return vec![(warning.clone(), Role::Ask)];
    }
    if let Some(pieces) = since(state, open) {
        return pieces;
    }
    maker(state, open)
}

/// What is new since this person last looked.
fn since(state: &State, open: &Open) -> Option<Vec<(String, Role)>> {
    let (new, old) = open.news();
    let partly = old > 0 && new > 0;
    let last = open.change.ends.last.as_ref();
    let mut texts: Vec<String> = last.iter().map(|last| last.sentence()).collect();
    let key = state.keymap.key(Place::Main, Action::SinceLast);
    if partly {
        let hunks = counted(new, "hunk", "hunks");
        texts.push(format!("{hunks} new to you, {old} seen before"));
    }
    let offer = match last {
        Some(_) => format!("{key} what changed since"),
        None => format!("{key} only those"),
    };
    (!texts.is_empty()).then(|| {
        let words = last.and_then(|last| last.words.as_ref());
        let words = words.map_or(String::new(), |words| format!(" · \"{words}\""));
        vec![
            (texts.join(" · "), Role::You),
            (format!(" · {offer}"), Role::Dim),
            (words, Role::Faint),
        ]
    })
}

/// Who made it, and how large it is.
fn maker(state: &State, open: &Open) -> Vec<(String, Role)> {
    let entry = state.queue.row_of(&open.change.name);
    let maker = entry.map_or(String::new(), |entry| {
        let author = entry.author.name.clone();
        match (&entry.agent, &entry.operator) {
            (Some(agent), Some(operator)) => format!("by {agent} for {operator}"),
            (Some(agent), None) => format!("by {agent} · author {author}"),
            (None, _) => format!("by {author}"),
        }
    });
    let files = open.files().len() - 1;
    let size = format!(
        "{} +{} -{}",
        counted(files, "file", "files"),
        open.files().iter().map(|f| f.added).sum::<usize>(),
        open.files().iter().map(|f| f.removed).sum::<usize>()
    );
    let more = if open.change.complete {
        ""
    } else {
        " · still reading"
    };
    vec![(format!("{maker} · {size}{more}"), Role::Dim)]
}
