//! The bars: who and where at the top, what just happened at the bottom.

use ratatui::layout::Rect;

use super::canvas::{Canvas, width};
use super::theme::Role;
use super::wording::{ago, short_key, short_name};
use crate::app::action::Action;
use crate::app::keymap::Place;
use crate::app::session::{Leaving, Tone, past_tense};
use crate::app::sheet::counted;
use crate::app::{Dialog, State, work};

type Pieces = Vec<(String, Role)>;

/// The first line: counts on the left, the state of the remote and the key on the right.
pub(super) fn top(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    canvas.fill(area, Role::Bar);
    let (x, y, end) = (area.x + 1, area.y, area.right());
    let counts = state.queue.counts();
    let mut left: Pieces = vec![("countersign".to_owned(), Role::BarKey)];
    if area.width >= 110 {
        left.push((format!("  {}", place(state)), Role::BarDim));
    }
    left.push((format!("  {}", counts.waiting), Role::BarKey));
    left.push((" wait".to_owned(), Role::BarDim));
    if counts.high > 0 {
        left.push((" · ".to_owned(), Role::BarDim));
        left.push((format!("{} high", counts.high), Role::High));
    }
    if counts.only_me > 0 {
        left.push((" · ".to_owned(), Role::BarDim));
        left.push((format!("{} only you", counts.only_me), Role::Ask));
    }
    let off = state.queue.snoozed().total();
    if off > 0 {
        left.push((format!(" · {off} snoozed"), Role::BarDim));
    }
    let marks = state.queue.marks();
    if marks > 0 {
        left.push((" · ".to_owned(), Role::BarDim));
        left.push((format!("{marks} marked"), Role::BarKey));
    }
    let left_end =
        x + u16::try_from(left.iter().map(|(t, _)| width(t)).sum::<usize>()).unwrap_or(0);
    let mut right = sync_pieces(state, area.width);
    while !right.is_empty() && canvas_width(&right) > usize::from(end.saturating_sub(left_end + 2))
    {
        right.remove(0);
        while right.first().is_some_and(|(text, _)| text.trim() == "·") {
            right.remove(0);
        }
    }
    let limit = canvas.right(x, y, end.saturating_sub(1), &right);
    canvas.pieces(x, y, limit.saturating_sub(1), &left);
}

/// The repository and its remote, or how many there are.
fn place(state: &State) -> String {
    if state.homes.are_several() {
        let number = state.homes.iter().count();
        return counted(number, "repository", "repositories");
    }
    let session = state.session();
    let remote = session.remote.as_deref().unwrap_or("no remote");
    format!("{} · {remote}", session.repository)
}

fn canvas_width(pieces: &Pieces) -> usize {
    pieces.iter().map(|(text, _)| width(text)).sum()
}

fn sync_pieces(state: &State, columns: u16) -> Pieces {
    let wide = columns >= 110;
    let mut pieces: Pieces = Vec::new();
    let unassessed = state.homes.unassessed();
    if unassessed > 0 {
        pieces.push((format!("assessing {unassessed} …"), Role::BarDim));
        pieces.push((" · ".to_owned(), Role::BarDim));
    }
    let synced = match (&state.homes.sync(), state.homes.have_remote()) {
        (_, false) => ("no remote".to_owned(), Role::BarDim),
        (sync, _) if sync.running => ("fetching …".to_owned(), Role::BarDim),
        (sync, _) if sync.failed.is_some() => ("not fetched".to_owned(), Role::Ask),
        (sync, _) => match sync.at {
            Some(at) if wide => (
                format!("synced {}", ago(at, state.clock.wall)),
                Role::BarDim,
            ),
            Some(at) => (ago(at, state.clock.wall), Role::BarDim),
            None => ("never synced".to_owned(), Role::Ask),
        },
    };
    pieces.push(synced);
    if !state.waiting.is_empty() {
        pieces.push((" · ".to_owned(), Role::BarDim));
        pieces.push((format!("outbox {}", state.waiting.len()), Role::Ask));
    }
    pieces.push((" · ".to_owned(), Role::BarDim));
    let session = state.session();
    if session.fingerprint.is_empty() {
        pieces.push(("no key".to_owned(), Role::Ask));
        return pieces;
    }
    if wide {
        pieces.push(("signing as ".to_owned(), Role::BarDim));
    }
    let person = session.person.as_deref().unwrap_or("unknown key");
    pieces.push((format!("{} ", short_name(person)), Role::BarKey));
    if wide {
        let kind = session.key_type.trim_start_matches("ssh-");
        pieces.push((
            format!("{kind} {} ", short_key(&session.fingerprint)),
            Role::BarDim,
        ));
    }
    match session.roles.first() {
        Some(role) => pieces.push((role.clone(), Role::Good)),
        None => pieces.push(("no role".to_owned(), Role::Ask)),
    }
    pieces
}

/// What just happened, or what waits to leave.
pub(super) fn message(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    let (x, y, end) = (area.x + 1, area.y, area.right());
    if matches!(state.dialog, Some(Dialog::Leaving)) {
        return leaving(canvas, state, area);
    }
    let mut pieces: Pieces = Vec::new();
    if let Some(progress) = work::progress(state) {
        pieces.push(("… ".to_owned(), Role::You));
        pieces.push((progress.text, Role::Text));
        if progress.can_end {
            let key = state.keymap.key(Place::Always, Action::Cancel);
            pieces.push((format!(" · {key} "), Role::Strong));
            pieces.push(("calls it off".to_owned(), Role::Dim));
        }
    } else if let Some(notice) = &state.notice {
        let (mark, role) = match notice.tone {
            Tone::Plain => ("", Role::Text),
            Tone::Good => ("✓ ", Role::Good),
            Tone::Warning => ("! ", Role::Ask),
            Tone::Bad => ("✗ ", Role::Bad),
        };
        pieces.push((mark.to_owned(), role));
        let text = if notice.tone == Tone::Good {
            Role::Text
        } else {
            role
        };
        pieces.push((notice.text.clone(), text));
    } else {
        pieces.extend(waiting(state));
    }
    if pieces.is_empty()
        && let Some(warning) = state.homes.warnings().next()
    {
        pieces.push((format!("! {warning}"), Role::Ask));
    }
    canvas.pieces(x, y, end, &pieces);
}

/// The newest verdict that is still here, and what can be done about it.
fn waiting(state: &State) -> Pieces {
    let Some(newest) = state.waiting.last() else {
        return Vec::new();
    };
    let key = |action| state.keymap.key(Place::Main, action);
    let said = format!("{} {}", newest.name, past_tense(newest.kind));
    let more = match state.waiting.len() - 1 {
        0 => String::new(),
        more => format!(" · and {more} more"),
    };
    let undo = [
        (format!(" · {} ", key(Action::Undo)), Role::Strong),
        ("undo".to_owned(), Role::Dim),
        (format!("  {} ", key(Action::PushNow)), Role::Strong),
        ("push now".to_owned(), Role::Dim),
    ];
    let mut pieces = vec![("✓ ".to_owned(), Role::Good), (said, Role::Text)];
    match newest.stage {
        Leaving::Here => {
            let left = newest
                .leaves_at
                .saturating_sub(state.clock.millis)
                .div_ceil(1000);
            pieces.push((
                format!(", still here only · leaves in {left} s{more}"),
                Role::Dim,
            ));
            pieces.extend(undo);
        }
        Leaving::Pushing => pieces.push((format!(" · on its way …{more}"), Role::Dim)),
        Leaving::Kept => {
            pieces.push((format!(", recorded, waits for a push{more}"), Role::Ask));
            pieces.extend(undo);
        }
    }
    pieces
}

fn leaving(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    let number = state.waiting.len();
    let pieces = [
        (
            format!(
                "{} waiting here. ",
                counted(number, "verdict is", "verdicts are")
            ),
            Role::Ask,
        ),
        (state.keymap.key(Place::Ask, Action::Finish), Role::Strong),
        (" push and leave  ".to_owned(), Role::Dim),
        (state.keymap.key(Place::Ask, Action::QuitNow), Role::Strong),
        (" leave, push later  ".to_owned(), Role::Dim),
        (state.keymap.key(Place::Ask, Action::Leave), Role::Strong),
        (" stay".to_owned(), Role::Dim),
    ];
    canvas.pieces(area.x + 1, area.y, area.right(), &pieces);
}
