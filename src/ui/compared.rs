//! What says that a comparison is in the pane: the line above it, the folded rebase, the doubt.

use ratatui::layout::Rect;

use super::canvas::{Canvas, width};
use super::diff::Pages;
use super::note;
use super::rows::mark;
use super::theme::Role;
use super::wording::span;
use crate::app::State;
use crate::app::action::Action;
use crate::app::change::NoteKind;
use crate::app::compare::{End, Kind};
use crate::app::comparing;
use crate::app::keymap::Place;
use crate::app::reading::Open;
use crate::app::sheet::counted;
use crate::diff::visible;

/// Pieces of a line, each with its look.
type Pieces = Vec<(String, Role)>;

/// That a newer revision came while this one was read.
pub(super) fn arrived(state: &State, open: &Open, (newer, at): (u32, u64)) -> Pieces {
    let own = open.change.name.number;
    let seconds = state.clock.millis.saturating_sub(at) / 1000;
    let when = match seconds {
        ..10 => "just now".to_owned(),
        10..60 => format!("{} s ago", seconds / 10 * 10),
        60..3_600 => format!("{} min ago", seconds / 60),
        _ => format!("{} ago", span(seconds)),
    };
    let key = |action| state.keymap.key(Place::Main, action);
    let (what, approve) = (key(Action::SinceLast), key(Action::Approve));
    let mut pieces = vec![
        (format!("@{newer} arrived {when}"), Role::You),
        (
            format!(": {what} what changed · {approve} still signs @{own}"),
            Role::Dim,
        ),
    ];
    if let Some(title) = comparing::title(open) {
        pieces.push((format!(" · {title}"), Role::Dim));
    }
    pieces
}

/// What is compared and what that comes to, and the column before which it has to end: the key that
/// brings the whole change back stands there. None where the whole change is in the pane, or where a
/// newer revision has come.
pub(super) fn line(
    canvas: &mut Canvas<'_>,
    state: &State,
    open: &Open,
    area: Rect,
) -> Option<(u16, Pieces)> {
    if state.whole()?.newer.is_some() {
        return None;
    }
    open.compared()?;
    let key = state.keymap.key(Place::Main, Action::SinceLast);
    let end = area.right().saturating_sub(1);
    let limit = canvas.right(
        area.x + 20,
        area.y,
        end,
        &[(format!("{key} all"), Role::Dim)],
    );
    let limit = limit.saturating_sub(2);
    let room = usize::from(limit.saturating_sub(area.x));
    let total = |pieces: &Pieces| pieces.iter().map(|(text, _)| width(text)).sum::<usize>();
    let long = pieces(state, open, false)?;
    if total(&long) <= room {
        return Some((limit, long));
    }
    Some((limit, pieces(state, open, true)?))
}

/// What is compared and what that comes to, in full or in short.
fn pieces(state: &State, open: &Open, short: bool) -> Option<Pieces> {
    let title = comparing::title(open)?;
    let compared = open.compared()?;
    let tally = open.tally();
    let between = matches!(compared.ends, (End::Revision(_), End::Revision(_)));
    let news = if between { " new" } else { "" };
    let hunks = |number: usize| match short {
        true => number.to_string(),
        false => counted(number, "hunk", "hunks"),
    };
    let own = match (tally.own, tally.silent) {
        (0, 0) if between => "nothing new".to_owned(),
        (0, 0) => "nothing differs".to_owned(),
        (0, files) => format!("{}{news} without lines", counted(files, "file", "files")),
        (own, _) => format!("{}{news}", hunks(own)),
    };
    let mut pieces = vec![(format!("{title}: {own}"), Role::You)];
    if tally.rebased > 0 {
        let only = if short { "" } else { "only " };
        let text = format!(" · {} {only}rebased", tally.rebased);
        pieces.push((text, Role::Dim));
    }
    if tally.doubtful > 0 {
        let files = match short {
            true => tally.doubtful.to_string(),
            false => counted(tally.doubtful, "file", "files"),
        };
        pieces.push((format!(" · {files} in doubt"), Role::Ask));
    }
    if let Some(remarks) = remarks(state, open).filter(|_| between) {
        let your = if short { "" } else { "your " };
        pieces.push((format!(" · {your}remarks: {remarks}"), Role::You));
    }
    Some(pieces)
}

/// What became of the remarks that the person at the screen made before.
fn remarks(state: &State, open: &Open) -> Option<String> {
    let person = state.session().person.as_ref()?;
    let (mut fixed, mut refused, mut left) = (0, 0, 0);
    for note in &open.change.notes {
        let NoteKind::Remark { by, replies, .. } = &note.kind else {
            continue;
        };
        if by != person {
            continue;
        }
        // The newest answer counts.
        match replies.last() {
            Some(reply) if note::is_fixed(reply) => fixed += 1,
            Some(_) => refused += 1,
            None => left += 1,
        }
    }
    let parts = [(fixed, "fixed"), (refused, "refused"), (left, "open")];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The row that stands for what a rebase alone did to a file; false where the file is none such.
pub(super) fn fold_row(
    canvas: &mut Canvas<'_>,
    pages: &Pages<'_>,
    index: usize,
    (y, here): (u16, bool),
) -> bool {
    let open = pages.open;
    let (Some(compared), Some(file)) = (open.compared(), open.files().get(index)) else {
        return false;
    };
    if compared.kind(index) != Kind::Rebase {
        return false;
    }
    let (x, end) = (pages.x, pages.end);
    canvas.fill(Rect::new(x, y, end.saturating_sub(x), 1), Role::Text);
    mark(canvas, pages, x, y, here);
    // Under a file of which something is shown its name need not be said again.
    let named = match index.checked_sub(1) {
        Some(before) => compared.kind(before) == Kind::Rebase || before == 0,
        None => true,
    };
    let path = visible::text(file.path().as_bytes());
    let name = if named {
        format!("{path}: ")
    } else {
        String::new()
    };
    let what = match file.hunks().len() {
        0 => "a change without lines".to_owned(),
        hunks => counted(hunks, "hunk", "hunks"),
    };
    let from = compared.bases.map_or_else(String::new, |(old, new)| {
        format!(" {}..{}", old.short(7), new.short(7))
    });
    let key = pages.state.keymap.key(Place::Main, Action::Fold);
    let folds = match open.folds.files.contains(&index) {
        true => format!(
            "{key} shows {}",
            if file.hunks().len() == 1 {
                "it"
            } else {
                "them"
            }
        ),
        false => format!(
            "{key} folds {}",
            if file.hunks().len() == 1 {
                "it"
            } else {
                "them"
            }
        ),
    };
    let text = format!("┄┄ {name}{what} only from the rebase{from} · {folds}");
    let at = x + pages.gutter().saturating_sub(2);
    canvas.text(at, y, end, &text, Role::Dim);
    true
}

/// What is said of a file behind its name.
pub(super) fn doubt(open: &Open, file: usize) -> Option<(String, Role)> {
    let compared = open.compared()?;
    let said = " in doubt: the rebase cannot be told apart";
    (compared.kind(file) == Kind::Doubtful).then(|| (said.to_owned(), Role::Ask))
}
