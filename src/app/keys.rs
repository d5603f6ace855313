//! Where a key, a paste, a click goes: an open dialog first, else the panes.

use super::action::Action;
use super::key::{Code, Key};
use super::keymap::Place;
use super::sheet::SheetRow;
use super::words::{Purpose, Words};
use super::{
    Dialog, Effect, Focus, Pane, Reading, Sheet, State, Target, Tone, batch, boxes, browse,
    complete, decide, finder, perform, remarks, work,
};
use crate::verdict::VerdictKind;

/// A key.
pub(super) fn key(state: &mut State, key: Key, repeat: bool) -> Vec<Effect> {
    let place = state.place();
    let action = state.keymap.lookup(place, key);
    pressed(state, action, key, repeat)
}

/// An action by its name, without a key: as its key would do it here.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    pressed(state, Some(action), Key::plain(Code::F(0)), false)
}

fn pressed(state: &mut State, action: Option<Action>, key: Key, repeat: bool) -> Vec<Effect> {
    if let Some(Action::Redraw | Action::Suspend | Action::Cancel) = action {
        return program(state, action);
    }
    match state.dialog.take() {
        None => match action {
            Some(action) => {
                let held = is_held(state, key) || repeat;
                if let Some(reading) = state.reading.as_mut() {
                    if reading.wants_sheet && action == Action::Open {
                        // Enter is meant for the sheet, which is not there yet: dead as on it.
                        return Vec::new();
                    }
                    reading.wants_sheet = false;
                }
                state.notice = None;
                let ahead = state.reading.as_mut().is_some_and(typed_ahead);
                let ticks = matches!(
                    action,
                    Action::Tick | Action::FileSeen | Action::FileSeenNext
                );
                // A mark in the queue is no evidence: what it stands for is read on the sheet.
                let marks = action == Action::Tick && state.focus == Focus::Queue;
                if ticks && (held || (ahead && !marks)) {
                    let why = match held {
                        true => "a held key ticks nothing: let go and press again",
                        false => "typed ahead of the screen, that ticks nothing: press again",
                    };
                    state.say(Tone::Plain, why);
                    return Vec::new();
                }
                perform::perform(state, action)
            }
            None => unbound(state, key),
        },
        Some(Dialog::Sheet(sheet)) => sheet_key(state, sheet, action, key, repeat),
        Some(Dialog::Batch(batch)) => batch::key(state, batch, action, repeat),
        Some(Dialog::Words(words, under)) => words_key(state, *words, under, action, (key, repeat)),
        Some(Dialog::Find(found)) => finder::key(state, *found, action, key.typed()),
        Some(Dialog::Page(_)) if action == Some(Action::Palette) => {
            finder::open(state, finder::Kind::Command)
        }
        // A page asks nothing, so leaving the program leaves it too.
        Some(Dialog::Page(_)) if action == Some(Action::QuitNow) => decide::quit(state),
        Some(Dialog::Page(page)) => {
            state.dialog = Some(Dialog::Page(page));
            page_key(state, action);
            Vec::new()
        }
        Some(Dialog::Leaving) => match action {
            Some(Action::Finish) => vec![Effect::Quit { publish: true }],
            Some(Action::QuitNow) => vec![Effect::Quit { publish: false }],
            Some(Action::Leave) => Vec::new(),
            _ => {
                state.dialog = Some(Dialog::Leaving);
                Vec::new()
            }
        },
    }
}

/// Whether no frame was drawn since the last key here: this one was pressed without seeing what that
/// one did.
fn typed_ahead(reading: &mut Reading) -> bool {
    !std::mem::take(&mut reading.is_drawn)
}

/// Whether this key came right after itself, as from a key that is held down.
fn is_held(state: &mut State, key: Key) -> bool {
    let now = state.clock.millis;
    let Some(reading) = state.reading.as_mut() else {
        return false;
    };
    let before = reading.pressed.replace((key, now));
    before.is_some_and(|(last, at)| last == key && now < at + super::sheet::HELD)
}

pub(super) fn program(state: &mut State, action: Option<Action>) -> Vec<Effect> {
    match action {
        Some(Action::Redraw) => vec![Effect::Redraw],
        Some(Action::Suspend) => vec![Effect::Suspend],
        _ => match state.dialog.take() {
            Some(Dialog::Words(words, under)) => close_words(state, *words, under),
            Some(Dialog::Find(found)) => finder::key(state, *found, Some(Action::Leave), None),
            Some(Dialog::Batch(batch)) if batch.is_signing() => {
                state.dialog = Some(Dialog::Batch(batch));
                work::call_off(state).unwrap_or_default()
            }
            Some(Dialog::Sheet(sheet)) if sheet.signing => {
                state.dialog = Some(Dialog::Sheet(sheet));
                work::call_off(state).unwrap_or_default()
            }
            Some(_) => Vec::new(),
            None => match work::call_off(state) {
                Some(effects) => effects,
                None => decide::quit(state),
            },
        },
    }
}

fn unbound(state: &mut State, key: Key) -> Vec<Effect> {
    let help = state.keymap.key(Place::Main, Action::Help);
    state.say(
        Tone::Plain,
        format!("{key} does nothing here · {help} lists the keys"),
    );
    Vec::new()
}

fn sheet_key(
    state: &mut State,
    mut sheet: Box<Sheet>,
    action: Option<Action>,
    key: Key,
    repeat: bool,
) -> Vec<Effect> {
    if sheet.bytes.is_some() {
        state.dialog = Some(Dialog::Sheet(sheet));
        return bytes_key(state, action);
    }
    let is_alive = sheet.arming.is_alive(state.clock.millis) && !repeat;
    if action != Some(Action::Sign) {
        sheet.arming.other_key();
    }
    if is_alive && types_word(&mut sheet, key, state.keymap.lookup(Place::Box, key)) {
        state.dialog = Some(Dialog::Sheet(sheet));
        return Vec::new();
    }
    let row = sheet.row;
    if let (Some(Action::RowDown | Action::RowUp), Some(open)) = (action, state.open()) {
        sheet.step(&open.change, action == Some(Action::RowDown));
    }
    // A line stays in sight when one pages.
    let page = isize::try_from(sheet.extent.0.max(2) - 1).unwrap_or(1);
    match action {
        Some(Action::PageDown) => sheet.scroll(page),
        Some(Action::PageUp) => sheet.scroll(-page),
        _ => {}
    }
    let signing = sheet.signing;
    state.dialog = Some(Dialog::Sheet(sheet));
    match (action, row) {
        (Some(Action::Sign), _) => return decide::press_enter(state, repeat),
        (Some(Action::TickRow), SheetRow::Check(nth)) if !repeat => decide::answer(state, nth),
        (Some(Action::Answer1), _) if !repeat => decide::answer(state, 0),
        (Some(Action::Answer2), _) if !repeat => decide::answer(state, 1),
        (Some(Action::Answer3), _) if !repeat => decide::answer(state, 2),
        (Some(Action::CopyCommit), _) => {
            let head = state
                .open()
                .map(|o| o.change.subject.head.commit.to_string());
            return head.map(Effect::Copy).into_iter().collect();
        }
        (Some(Action::Bytes), _) if !signing => return bytes_key(state, action),
        (Some(Action::Note), _) if !signing => {
            if let Some(Dialog::Sheet(sheet)) = state.dialog.take() {
                let mut words = Words::new(Purpose::Note(sheet.kind), sheet.words.clone());
                words.earlier.clone_from(&state.reasons);
                state.dialog = Some(Dialog::Words(Box::new(words), Some(sheet)));
            }
        }
        (Some(Action::Leave), _) if !signing => {
            state.dialog = None;
            state.say(Tone::Plain, "nothing was signed; all is kept");
        }
        _ => {}
    }
    Vec::new()
}

/// To the bytes and back. While they stand in the sheet's place nothing is signed and nothing ticked.
fn bytes_key(state: &mut State, action: Option<Action>) -> Vec<Effect> {
    let Some(Dialog::Sheet(sheet)) = &mut state.dialog else {
        return Vec::new();
    };
    match (action, &mut sheet.bytes) {
        (Some(Action::Leave | Action::Bytes), _) => sheet.turn_to_bytes(),
        (action, Some(page)) => page.turn(action),
        _ => {}
    }
    Vec::new()
}

/// Letters go into the risk word while its row is the current one; so does what deletes them.
fn types_word(sheet: &mut Sheet, key: Key, edit: Option<Action>) -> bool {
    if sheet.row != SheetRow::Word || sheet.signing {
        return false;
    }
    match (key.typed(), edit) {
        // No level has a blank in its name: Space reads on here as everywhere.
        (Some(' '), _) => return false,
        (Some(c), _) => sheet.word.insert(&c.to_string()),
        (None, Some(Action::Backspace)) => sheet.word.edit(super::text::Edit::Backspace),
        _ => return false,
    }
    true
}

fn words_key(
    state: &mut State,
    mut words: Words,
    under: Option<Box<Sheet>>,
    action: Option<Action>,
    (key, repeat): (Key, bool),
) -> Vec<Effect> {
    // An answer is evidence: what was typed before its box was there, and a held key, write none.
    let is_dead = words.is_answer() && (repeat || !words.arming.is_alive(state.clock.millis));
    match action {
        Some(Action::Leave) => return close_words(state, words, under),
        Some(Action::Finish) if is_dead => {}
        Some(Action::Finish) => return finish(state, words, under),
        Some(Action::Editor) if !words.is_line() => {
            let text = words.text.as_str().to_owned();
            state.dialog = Some(Dialog::Words(Box::new(words), under));
            return vec![Effect::EditWords(text)];
        }
        Some(Action::Weight) if words.purpose == Purpose::Filter => words.complete(),
        Some(action) if words.edit(action) => {}
        _ => {
            if let Some(c) = key.typed() {
                words.insert(&c.to_string());
            }
        }
    }
    live(state, &mut words);
    state.dialog = Some(Dialog::Words(Box::new(words), under));
    Vec::new()
}

/// A search shows its matches while it is typed.
fn live(state: &mut State, words: &mut Words) {
    let text = words.text.as_str().to_owned();
    match words.purpose {
        Purpose::Search => boxes::search(state, &text),
        Purpose::Filter => complete::live(state, words),
        Purpose::Reason => {
            if let Some((_, visit)) = state.both() {
                visit.words = text;
            }
        }
        Purpose::Note(kind) => {
            if let Some((_, visit)) = state.both() {
                match kind {
                    VerdictKind::Reject => visit.words = text,
                    _ => visit.note = text,
                }
            }
        }
        Purpose::Remark(ref remark) => remarks::keep(state, remark, &text),
    }
}

/// Esc: what was written is kept where it is worth keeping.
fn close_words(state: &mut State, words: Words, under: Option<Box<Sheet>>) -> Vec<Effect> {
    match words.purpose {
        Purpose::Search => boxes::search(state, ""),
        Purpose::Filter => {
            let now = state.clock.wall;
            let before = words.earlier.first().cloned().unwrap_or_default();
            let _ = state.queue.filter(&before, now);
        }
        Purpose::Remark(_) => remarks::left(state),
        // What was written so far is on the sheet: it is kept, and would be signed.
        Purpose::Note(_) => return note_written(state, words.text.as_str(), under),
        _ => {}
    }
    state.dialog = under.map(Dialog::Sheet);
    Vec::new()
}

/// The note on the sheet, or the reason, was written: the sheet is another one now.
fn note_written(state: &mut State, text: &str, under: Option<Box<Sheet>>) -> Vec<Effect> {
    if let Some(mut sheet) = under {
        sheet.words = text.trim().to_owned();
        sheet.is_new();
        state.dialog = Some(Dialog::Sheet(sheet));
    }
    Vec::new()
}

fn finish(state: &mut State, mut words: Words, under: Option<Box<Sheet>>) -> Vec<Effect> {
    let text = words.text.as_str().to_owned();
    match words.purpose.clone() {
        Purpose::Reason => decide::reason_written(state, words),
        Purpose::Remark(remark) => remarks::finished(state, &remark, &text),
        Purpose::Note(_) => note_written(state, &text, under),
        Purpose::Search => {
            boxes::search(state, &text);
            perform::perform(state, Action::NextPoint)
        }
        Purpose::Filter => {
            let now = state.clock.wall;
            match state.queue.filter(&text, now) {
                Ok(()) => super::arrive::open_current(state),
                Err(complaint) => {
                    words.complaint = Some(complaint);
                    state.dialog = Some(Dialog::Words(Box::new(words), under));
                    Vec::new()
                }
            }
        }
    }
}

fn page_key(state: &mut State, action: Option<Action>) {
    let Some(Dialog::Page(page)) = &mut state.dialog else {
        return;
    };
    match action {
        Some(Action::Leave) => state.dialog = None,
        action => page.turn(action),
    }
}

/// A paste goes into boxes of words, and nowhere else: it never signs or ticks.
pub(super) fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    match state.dialog.take() {
        Some(Dialog::Words(mut words, under)) => {
            words.insert(text);
            live(state, &mut words);
            state.dialog = Some(Dialog::Words(words, under));
        }
        Some(Dialog::Find(found)) => finder::paste(state, *found, text),
        other => {
            state.dialog = other;
            state.say(Tone::Plain, "a paste is taken in boxes of words only");
        }
    }
    Vec::new()
}

/// Words came back from an editor.
pub(super) fn edited(state: &mut State, text: Option<String>) -> Vec<Effect> {
    if let (Some(Dialog::Words(words, _)), Some(text)) = (&mut state.dialog, text) {
        words.text = super::text::Text::default();
        words.insert(text.trim_end());
    }
    vec![Effect::Redraw]
}

/// A click.
pub(super) fn click(state: &mut State, target: Target) -> Vec<Effect> {
    if state.dialog.is_some() {
        return Vec::new();
    }
    state.notice = None;
    match target {
        Target::Entry(nth) => {
            let again = state.queue.cursor() == nth && state.focus == Focus::Queue;
            state.focus = Focus::Queue;
            state.queue.move_to(nth);
            if again {
                return perform::perform(state, Action::Open);
            }
            super::arrive::open_current(state)
        }
        Target::Row(row) => {
            state.focus = Focus::Diff;
            if let Some(open) = state.open_mut() {
                open.cursor = row.min(open.rows.len().saturating_sub(1));
            }
            Vec::new()
        }
        Target::File(file) => browse::go_to_file(state, file),
        Target::View(view) => perform::turn_to(state, view),
        // A click is no key: it opens the sheet, and Enter signs.
        Target::Action(action) => perform::perform(state, action),
    }
}

/// The wheel.
pub(super) fn wheel(state: &mut State, pane: Pane, lines: i64) -> Vec<Effect> {
    match (&mut state.dialog, pane) {
        (Some(Dialog::Page(page)), _) => {
            let by = isize::try_from(lines).unwrap_or(0);
            let last = page.extent.1.saturating_sub(page.extent.0);
            page.top = page.top.saturating_add_signed(by).min(last);
            Vec::new()
        }
        (Some(Dialog::Batch(batch)), _) => {
            batch.scroll(isize::try_from(lines).unwrap_or(0));
            Vec::new()
        }
        (Some(Dialog::Sheet(sheet)), _) => {
            sheet.scroll(isize::try_from(lines).unwrap_or(0));
            Vec::new()
        }
        (Some(_), _) => Vec::new(),
        (None, Pane::Queue) => perform::move_in_queue(state, lines.signum()),
        (None, _) => {
            if let Some(open) = state.open_mut() {
                open.scroll(lines);
            }
            Vec::new()
        }
    }
}
