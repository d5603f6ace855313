//! Reading in the diff beyond plain moves: reading on, panning, folding, marking files as seen.

use super::action::Action;
use super::change::NoteKind;
use super::keymap::Place;
use super::moving::ReadOn;
use super::reading::Visit;
use super::sheet::counted;
use super::{Effect, Lines, State, Tone, around, perform, remarks};
use crate::diff::rows::RowKind;

pub(super) fn read_on(state: &mut State) -> Vec<Effect> {
    let Some((open, visit)) = state.both() else {
        return Vec::new();
    };
    let visit: &Visit = visit;
    let share = open.share(visit);
    match open.read_on(visit) {
        ReadOn::Moved => {}
        ReadOn::AllSeen if open.compared().is_some() => {
            let whole = state.keymap.key(Place::Main, Action::SinceLast);
            let hunks = counted(share.total, "hunk", "hunks");
            let text = format!("read to the end: {hunks} · {whole} shows the whole change");
            state.say(Tone::Good, text);
        }
        ReadOn::AllSeen => {
            let hunks = format!("{} of {} hunks", share.seen, share.total);
            let answered = open.answered(visit);
            let keys = (
                state.keymap.key(Place::Main, Action::Approve),
                state.keymap.key(Place::Main, Action::Reject),
            );
            // What an approval still waits for is said with it: nothing reads as done that is not.
            let left = match answered.total - answered.seen {
                0 => String::new(),
                left => format!(" · {} left", counted(left, "answer", "answers")),
            };
            let text = format!(
                "read to the end: {hunks}{left} · {} approves, {} rejects",
                keys.0, keys.1
            );
            let tone = if left.is_empty() {
                Tone::Good
            } else {
                Tone::Plain
            };
            state.say(tone, text);
        }
        ReadOn::End => {
            let left = counted(share.total - share.seen, "hunk", "hunks");
            let text = format!("the end; {left} not seen: folded, hidden, cut off or put aside");
            state.say(Tone::Plain, text);
        }
    }
    Vec::new()
}

/// Moves cut lines sideways; false where none is cut.
pub(super) fn pan(state: &mut State, by: isize) -> bool {
    let cut = state.look.lines == Lines::Cut;
    let Some(open) = state.open_mut().filter(|_| cut) else {
        return false;
    };
    let can = (by < 0 && open.pan.columns > 0) || (by > 0 && open.window.cut);
    if can {
        open.pan.columns = open.pan.columns.saturating_add_signed(by);
    }
    can
}

/// Enter in the diff: unfolds, edits the draft under the cursor, answers the finding in words.
pub(super) fn open_here(state: &mut State) -> Vec<Effect> {
    let Some(open) = state.open() else {
        return Vec::new();
    };
    let kind = open.rows.get(open.cursor).map(|row| row.kind);
    match kind {
        Some(RowKind::File | RowKind::Sentence | RowKind::Hunk(_) | RowKind::Gap(_)) => fold(state),
        Some(RowKind::Note(_)) => match open.note_at(open.cursor).map(|note| &note.kind) {
            Some(NoteKind::Draft(_) | NoteKind::Unfinished(_)) => remarks::remark(state, false),
            Some(NoteKind::Finding { .. } | NoteKind::Scanned { .. }) => remarks::answer(state),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// `!`: a shell in a worktree of the revision that is read, else of the one under the cursor.
pub(super) fn shell(state: &mut State) -> Vec<Effect> {
    let head = state.open().map(|open| open.change.subject.head.commit);
    if let (Some(reading), Some(head)) = (&state.reading, head) {
        return vec![Effect::Shell(reading.name.clone(), Some(head))];
    }
    let Some(entry) = state.queue.current() else {
        state.say(Tone::Plain, "no change to open a shell on");
        return Vec::new();
    };
    vec![Effect::Shell(entry.name(), None)]
}

pub(super) fn fold(state: &mut State) -> Vec<Effect> {
    let mut effects = perform::enter_diff(state);
    if let Some(more) = around::fold(state) {
        effects.extend(more);
        return effects;
    }
    if let Some(open) = state.open_mut()
        && let Some(row) = open.rows.get(open.cursor)
    {
        let file = row.file as usize;
        match row.hunk() {
            Some(hunk) if !open.folds.hunks.remove(&(file, hunk)) => {
                open.folds.hunks.insert((file, hunk));
            }
            None if !open.folds.files.remove(&file) => {
                open.folds.files.insert(file);
            }
            _ => {}
        }
        open.refill(file);
    }
    effects
}

pub(super) fn file_seen(state: &mut State, go_on: bool) -> Vec<Effect> {
    let Some((open, visit)) = state.both() else {
        return Vec::new();
    };
    if open.compared().is_some() {
        let key = state.keymap.key(Place::Main, Action::Leave);
        let text = format!("files are marked in the whole change · {key} shows it");
        state.say(Tone::Plain, text);
        return Vec::new();
    }
    let file = open.current_file();
    let Some(diff) = open.files().get(file) else {
        return Vec::new();
    };
    let shown = open.window.rows.clone();
    let of_file = open.rows.of_file(file);
    if shown.start >= of_file.end || of_file.start >= shown.end {
        state.say(
            Tone::Plain,
            "that file was not on the screen yet: press again",
        );
        return Vec::new();
    }
    let all = 0..diff.hunks().len();
    let share = visit.seen.file(file, diff);
    let aside = visit.seen.aside(file);
    let mut effects = Vec::new();
    let said = if share.is_all() && !go_on {
        // All of it was on the screen, or there is nothing to see: the key takes that back.
        for hunk in all.clone() {
            visit.seen.forget(file, hunk);
        }
        let named = open.named(all.map(|hunk| (file, hunk)));
        let name = open.change.name.clone();
        effects.push(Effect::ForgetSeen(name, named));
        (share.total > 0).then(|| "not seen any more: read it again".to_owned())
    } else if aside > 0 && !go_on {
        for hunk in all {
            visit.seen.put_aside(file, hunk, false);
        }
        Some("taken back: reading on comes here again".to_owned())
    } else {
        for hunk in all {
            visit.seen.put_aside(file, hunk, true);
        }
        let left = counted(share.total - share.seen, "hunk", "hunks");
        (!share.is_all()).then(|| {
            format!("{left} not on the screen in full: put aside, and not counted as seen")
        })
    };
    if go_on && let Some(next) = open.next_unseen_file(visit) {
        let row = open.rows.of_file(next).start;
        open.put(row, 0);
    }
    if let Some(said) = said {
        state.say(Tone::Plain, said);
    }
    effects
}

/// Goes to a file of the open change.
pub(super) fn go_to_file(state: &mut State, file: usize) -> Vec<Effect> {
    let effects = perform::enter_diff(state);
    if let Some(open) = state.open_mut() {
        let row = open.rows.of_file(file).start;
        open.put(row, 0);
    }
    effects
}

/// `v`: begins or ends selecting lines.
pub(super) fn select(state: &mut State) -> Vec<Effect> {
    let effects = perform::enter_diff(state);
    if let Some(open) = state.open_mut() {
        open.anchor = match open.anchor {
            None => Some(open.cursor),
            Some(_) => None,
        };
    }
    effects
}
