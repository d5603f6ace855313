//! What never becomes evidence: a key that is held, a paste, a line of which only a part was on the
//! screen.

use std::fmt::Write as _;

use countersign::app::sheet::Sheet;
use countersign::app::{Dialog, Effect, Message, State};

use crate::screen::patches::file;
use crate::screen::play::{send, state};
use crate::screen::{draw, fixture, press};

/// A key, so many milliseconds after the last one.
fn key(state: &mut State, key: &str, later: u64, repeat: bool) -> Vec<Effect> {
    let mut clock = state.clock;
    clock.millis += later;
    send(state, Message::Now(clock));
    let key = key.parse().unwrap();
    let effects = send(state, Message::Key { key, repeat });
    draw(state, "dark");
    effects
}

/// The sheet on the screen.
fn sheet(state: &State) -> &Sheet {
    match &state.dialog {
        Some(Dialog::Sheet(sheet)) => sheet,
        other => panic!("no sheet: {other:?}"),
    }
}

/// The findings that are answered.
fn answered(state: &State) -> usize {
    state.visit().unwrap().answers.len()
}

#[test]
fn a_held_key_answers_one_finding_once() {
    let mut state = state(140, 40);
    press(&mut state, "j Enter n");
    key(&mut state, "x", 1000, false);
    assert_eq!(answered(&state), 1);
    // The keyboard repeats it; whether the terminal says so or not, the answer stands.
    for (later, repeat) in [(30, false), (33, false), (500, true), (33, true)] {
        key(&mut state, "x", later, repeat);
        assert_eq!(answered(&state), 1, "{later} {repeat}");
        let notice = state.notice.as_ref().map(|notice| notice.text.as_str());
        assert!(
            notice.is_some_and(|text| text.contains("held")),
            "{notice:?}"
        );
    }
    key(&mut state, "x", 1000, false);
    assert_eq!(answered(&state), 0, "a press takes it back");
}

#[test]
fn a_paste_answers_nothing_and_moves_nothing() {
    let mut state = state(140, 40);
    press(&mut state, "j Enter n");
    let before = state.open().unwrap().cursor;
    send(&mut state, Message::Paste("xm\r\rax".to_owned()));
    draw(&mut state, "dark");
    assert_eq!(answered(&state), 0);
    assert_eq!(state.open().unwrap().cursor, before);
    assert!(state.dialog.is_none());
}

#[test]
fn a_line_that_ends_below_the_screen_is_seen_when_its_end_was() {
    let mut state = state(80, 24);
    press(&mut state, "j Enter");
    let mut change = fixture::opened(&state.queue.current().unwrap().name());
    let mut patch = "@@ -1,0 +1,11 @@\n".to_owned();
    for n in 0..10 {
        let _ = writeln!(patch, "+short {n}");
    }
    let _ = writeln!(patch, "+{}", "word ".repeat(300));
    change.files = vec![file("long.txt", &patch)];
    change.notes.clear();
    state.visits.clear();
    let generation = state.generation;
    send(
        &mut state,
        Message::Opened(generation, Ok(Box::new(change))),
    );
    draw(&mut state, "dark");
    draw(&mut state, "dark");
    let seen = |state: &State| state.visit().unwrap().seen.hunk(1, 0);
    assert!(!seen(&state), "only its beginning was on the screen");
    for _ in 0..6 {
        press(&mut state, "Space");
    }
    assert!(seen(&state), "all of it was");
}

#[test]
fn a_sheet_signs_when_its_end_has_been_on_the_screen() {
    let mut state = state(80, 14);
    press(&mut state, "/ b u m p - t o k i o Enter Enter Space");
    key(&mut state, "a", 1000, false);
    let signs = |effects: &[Effect]| effects.iter().any(|e| matches!(e, Effect::Decide(_)));
    assert!(
        sheet(&state).extent.1 > sheet(&state).extent.0,
        "too short for all"
    );
    let effects = key(&mut state, "Enter", 1000, false);
    assert!(!signs(&effects), "its end was not on the screen");
    for _ in 0..8 {
        key(&mut state, "PgDn", 1000, false);
    }
    assert!(signs(&key(&mut state, "Enter", 1000, false)));
}

#[test]
fn a_held_letter_writes_no_word_into_a_sheet() {
    let mut state = state(140, 40);
    press(&mut state, "j Enter a");
    if !matches!(state.dialog, Some(Dialog::Sheet(_))) {
        press(&mut state, "a");
    }
    // Under the three questions.
    for _ in 0..3 {
        key(&mut state, "Tab", 1000, false);
    }
    key(&mut state, "c", 1000, true);
    assert_eq!(sheet(&state).word.as_str(), "");
    key(&mut state, "c", 1000, false);
    assert_eq!(sheet(&state).word.as_str(), "c");
}
