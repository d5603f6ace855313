//! Tests of the state machine: what must hold whatever is pressed.

#![allow(clippy::unwrap_used, clippy::panic)]

mod arriving;

use super::change::{Asks, Opened, Subject};
use super::session::Session;
use super::sheet::Draft;
use super::sheet::{DEAD, SheetRow};
use super::*;
use crate::change::Oid;
use crate::change::Sha256;
use crate::diff::rows::RowKind;
use crate::queue::Entry;
use crate::queue::{Author, Home, State as Standing};
use crate::verdict::{CommitAndTree, VerdictKind};
use reading::Window;

fn entry(id: &str) -> Entry {
    Entry {
        home: Home::default(),
        id: id.parse().unwrap(),
        revision: 1,
        ref_name: String::new(),
        head: Oid::from_bytes([1; 20]),
        base: Oid::from_bytes([2; 20]),
        target: "refs/heads/main".to_owned(),
        state: Standing::Pending,
        title: id.to_owned(),
        author: Author {
            name: String::new(),
            email: String::new(),
        },
        agent: None,
        operator: None,
        ai_markers: Vec::new(),
        risk: None,
        paths: Vec::new(),
        files: 1,
        added: 1,
        removed: 1,
        commits: 1,
        created_at: jiff::Timestamp::UNIX_EPOCH,
        needs: Vec::new(),
        asked: Vec::new(),
        nobody: None,
        needs_me: true,
        only_me: false,
        approvals: Vec::new(),
        rejections: Vec::new(),
        claim: None,
        checks: Vec::new(),
        stacked_on: None,
        notes: Vec::new(),
    }
}

fn opened(name: &RevisionName, asks: Asks) -> Box<Opened> {
    let pair = |n: u8| CommitAndTree {
        commit: Oid::from_bytes([n; 20]),
        tree: Oid::from_bytes([n; 20]),
    };
    Box::new(Opened {
        name: name.clone(),
        subject: Subject {
            head: pair(1),
            base: pair(2),
            target: "refs/heads/main".to_owned(),
            commit_count: 1,
            content: None,
            policy: None,
            risk: None,
            session: None,
            signing: None,
        },
        message: b"title\n".to_vec(),
        files: vec![super::change::message_file(b"a\nb\nc\nd\n")],
        complete: true,
        scanned: crate::risk::scanner::Scanned::default(),
        notes: Vec::new(),
        asks,
        past: Vec::new(),
        why: Vec::new(),
        seen: Vec::new(),
        kept: None,
        ends: super::compare::Comparable::default(),
        warnings: Vec::new(),
        origin: change::Origin::default(),
    })
}

/// A screen of two panes with two changes, the first one open and drawn.
fn state(asks: Asks) -> State {
    let mut state = State::new(Keymap::built_in());
    state.homes.hosted(&Home::default()).session.undo_seconds = 10;
    update(&mut state, Message::Size(140, 40));
    let loaded = Loaded {
        entries: vec![entry("aa"), entry("bb")],
        session: Session {
            undo_seconds: 10,
            ..Session::default()
        },
        outbox: Vec::new(),
        fetched: None,
    };
    let effects = update(&mut state, Message::Loaded(Home::default(), Ok(loaded)));
    let [Effect::Open(name, generation)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    let opened = opened(name, asks);
    update(&mut state, Message::Opened(*generation, Ok(opened)));
    state
}

/// What a frame would report: all rows from the top on, or the sheet.
fn draw(state: &mut State) {
    let rows = state.open().map_or(0, |open| open.rows.len());
    let generation = state.reading.as_ref().map_or(0, |r| r.generation);
    let sheet = matches!(state.dialog, Some(Dialog::Sheet(_)));
    let window = Window {
        rows: 0..rows,
        height: 30,
        bytes: 1_000,
        ..Window::default()
    };
    let drawn = Drawn {
        diff: (!sheet).then_some((generation, window)),
        sheet,
        page: sheet.then_some((40, 20)),
        ..Drawn::default()
    };
    update(state, Message::Drawn(drawn));
}

fn at(state: &mut State, millis: u64) -> Vec<Effect> {
    let wall = jiff::Timestamp::UNIX_EPOCH;
    update(state, Message::Now(Clock { millis, wall }))
}

fn press(state: &mut State, key: &str) -> Vec<Effect> {
    let key = key.parse().unwrap();
    update(state, Message::Key { key, repeat: false })
}

fn decides(effects: &[Effect]) -> Option<&Draft> {
    effects.iter().find_map(|effect| match effect {
        Effect::Decide(draft) => Some(draft.as_ref()),
        _ => None,
    })
}

#[test]
fn the_sheet_opens_only_after_the_diff_was_on_the_screen() {
    let mut state = state(Asks::default());
    press(&mut state, "a");
    assert!(
        state.dialog.is_none(),
        "asked for before the diff was drawn"
    );
    assert!(decides(&press(&mut state, "Enter")).is_none());
    press(&mut state, "a");
    draw(&mut state);
    assert!(
        matches!(state.dialog, Some(Dialog::Sheet(_))),
        "it opens after it"
    );
    assert!(
        decides(&press(&mut state, "Enter")).is_none(),
        "the sheet was not drawn"
    );
}

#[test]
fn nothing_is_signed_that_was_never_shown_however_the_sheet_came_about() {
    let mut state = state(Asks::default());
    draw(&mut state);
    press(&mut state, "a");
    draw(&mut state);
    at(&mut state, DEAD);
    let name = state.reading.as_ref().unwrap().name.clone();
    state.visits.get_mut(&name).unwrap().was_shown = false;
    assert!(decides(&press(&mut state, "Enter")).is_none());
    assert!(
        state
            .notice
            .unwrap()
            .text
            .contains("the diff on the screen")
    );
}

#[test]
fn two_keys_sign_exactly_what_was_on_the_screen() {
    let mut state = state(Asks::default());
    draw(&mut state);
    press(&mut state, "a");
    assert!(
        decides(&press(&mut state, "Enter")).is_none(),
        "not drawn yet"
    );
    press(&mut state, "j");
    draw(&mut state);
    at(&mut state, DEAD - 1);
    assert!(decides(&press(&mut state, "Enter")).is_none(), "too early");
    press(&mut state, "j");
    at(&mut state, DEAD);
    let effects = press(&mut state, "Enter");
    let draft = decides(&effects).unwrap();
    assert_eq!(draft.kind, VerdictKind::Approve);
    assert_eq!(draft.subject.head.commit, Oid::from_bytes([1; 20]));
    assert_eq!(
        (draft.viewed.hunks_viewed, draft.viewed.hunks_total),
        (1, 1)
    );
    assert!(decides(&press(&mut state, "Enter")).is_none(), "once");
}

#[test]
fn the_sheet_names_what_the_policy_still_asks() {
    let mut state = state(Asks {
        min_viewed: 100,
        checklist: [true, false, false],
        word: Some("high".to_owned()),
        ..Asks::default()
    });
    draw(&mut state);
    press(&mut state, "a");
    draw(&mut state);
    at(&mut state, DEAD);
    let waits = |state: &State| match &state.dialog {
        Some(Dialog::Sheet(sheet)) => {
            sheet.waits_for(state.open().unwrap(), state.visit().unwrap())
        }
        _ => panic!("no sheet"),
    };
    assert_eq!(waits(&state), ["correctness", "the word"]);
    press(&mut state, "1");
    assert_eq!(waits(&state), ["the word"]);
    while !matches!(&state.dialog, Some(Dialog::Sheet(s)) if s.row == SheetRow::Word) {
        press(&mut state, "Tab");
    }
    for key in ["h", "i", "g", "x", "Backspace", "h"] {
        press(&mut state, key);
    }
    assert!(waits(&state).is_empty());
    assert!(decides(&press(&mut state, "Enter")).is_some());
}

#[test]
fn ticks_are_dead_as_long_as_enter_is() {
    let mut state = state(Asks::default());
    draw(&mut state);
    press(&mut state, "a");
    press(&mut state, "1");
    draw(&mut state);
    press(&mut state, "1");
    assert_eq!(state.visit().unwrap().checklist, [None; 3]);
    at(&mut state, DEAD);
    update(&mut state, Message::Paste("1\n".to_owned()));
    assert_eq!(state.visit().unwrap().checklist, [None; 3]);
    let repeat = Message::Key {
        key: "1".parse().unwrap(),
        repeat: true,
    };
    update(&mut state, repeat);
    assert_eq!(state.visit().unwrap().checklist, [None; 3], "held");
    press(&mut state, "1");
    assert!(state.visit().unwrap().checklist[0].is_some());
}

#[test]
fn a_verdict_stays_for_its_undo_time_and_then_leaves_by_itself() {
    let mut state = state(Asks::default());
    draw(&mut state);
    press(&mut state, "a");
    draw(&mut state);
    at(&mut state, 1_000);
    let effects = press(&mut state, "Enter");
    let draft = Box::new(decides(&effects).unwrap().clone());
    let digest = Sha256::from_bytes([5; 32]);
    let effects = update(&mut state, Message::Decided(draft, Ok(digest)));
    assert_eq!(
        state.queue.current().unwrap().id.as_str(),
        "bb",
        "the cursor goes on"
    );
    for effect in effects {
        if let Effect::Open(name, generation) = effect {
            let opened = opened(&name, Asks::default());
            update(&mut state, Message::Opened(generation, Ok(opened)));
        }
    }
    assert_eq!(state.next_wake(), Some(2_000), "the countdown is shown");
    assert!(at(&mut state, 10_999).is_empty());
    assert_eq!(
        at(&mut state, 11_000),
        [Effect::Publish(Home::default(), vec![digest])]
    );
    assert!(at(&mut state, 12_000).is_empty(), "once");
    update(
        &mut state,
        Message::Published(Home::default(), vec![digest], Err("no route".to_owned())),
    );
    assert_eq!(state.waiting.len(), 1, "what is not pushed is kept");
    assert_eq!(
        press(&mut state, "P"),
        [Effect::Publish(Home::default(), vec![digest])]
    );
    update(
        &mut state,
        Message::Published(Home::default(), vec![digest], Ok(())),
    );
    assert!(state.waiting.is_empty());
}

#[test]
fn results_of_older_requests_are_dropped() {
    let mut state = state(Asks::default());
    let old = state.generation;
    press(&mut state, "j");
    let name = RevisionName {
        home: Home::default(),
        id: "aa".parse().unwrap(),
        number: 1,
    };
    let late = opened(&name, Asks::default());
    update(&mut state, Message::Opened(old, Ok(late)));
    assert!(state.open().is_none(), "bb is still being read");
}

#[test]
fn a_rejection_needs_words_and_they_survive_esc() {
    let mut state = state(Asks::default());
    draw(&mut state);
    press(&mut state, "r");
    press(&mut state, "Enter");
    assert!(matches!(&state.dialog, Some(Dialog::Words(w, _)) if w.complaint.is_some()));
    for key in ["n", "o", "Esc", "r"] {
        press(&mut state, key);
    }
    assert!(matches!(&state.dialog, Some(Dialog::Words(w, _)) if w.text.as_str() == "no"));
    assert_eq!(state.visit().unwrap().kept().words, "no");
    press(&mut state, "Enter");
    draw(&mut state);
    at(&mut state, DEAD);
    let effects = press(&mut state, "Enter");
    assert_eq!(decides(&effects).unwrap().summary.as_deref(), Some("no"));
}

#[test]
fn space_only_ever_reads_and_esc_never_leaves() {
    let mut state = state(Asks::default());
    draw(&mut state);
    for _ in 0..5 {
        assert!(decides(&press(&mut state, "Space")).is_none());
        draw(&mut state);
    }
    assert!(state.dialog.is_none() && state.visit().unwrap().answers.is_empty());
    for _ in 0..5 {
        assert!(press(&mut state, "Esc").is_empty());
    }
    press(&mut state, "q");
    assert_eq!(state.focus, Focus::Queue);
    assert_eq!(press(&mut state, "q"), [Effect::Quit { publish: false }]);
}

#[test]
fn a_remark_becomes_a_row_under_its_line_and_goes_with_the_verdict() {
    let mut state = state(Asks::default());
    draw(&mut state);
    press(&mut state, "Enter");
    for _ in 0..2 {
        press(&mut state, "j");
    }
    press(&mut state, "c");
    for key in ["h", "m", "Enter"] {
        press(&mut state, key);
    }
    let open = state.open().unwrap();
    let notes = open.rows.as_slice().iter();
    assert_eq!(
        notes
            .filter(|row| matches!(row.kind, RowKind::Note(_)))
            .count(),
        1
    );
    let comment = &state.visit().unwrap().comments[0];
    assert_eq!(
        (comment.body.as_str(), comment.line.is_some()),
        ("hm", true)
    );
}

#[test]
fn what_is_written_is_handed_over_to_be_kept_and_taken_up_again() {
    let mut state = state(Asks::default());
    draw(&mut state);
    press(&mut state, "Enter");
    press(&mut state, "v");
    press(&mut state, "j");
    press(&mut state, "j");
    press(&mut state, "c");
    press(&mut state, "x");
    let effects = press(&mut state, "Enter");
    let [Effect::KeepWords(_), Effect::KeepDraft(name, _, Some(kept))] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    let lines = kept.comments.iter().map(|c| (c.line, c.end_line));
    assert_eq!(lines.collect::<Vec<_>>(), [(Some(1), Some(2))]);
    let mut again = opened(name, Asks::default());
    again.kept = Some(kept.clone());
    let mut state = self::state(Asks::default());
    state.visits.clear();
    let generation = state.generation;
    update(&mut state, Message::Opened(generation, Ok(again)));
    assert_eq!(state.visit().unwrap().kept(), *kept);
}

#[test]
fn held_keys_and_keys_typed_before_the_finding_was_drawn_answer_nothing() {
    let mut state = state(Asks::default());
    let name = state.reading.as_ref().unwrap().name.clone();
    let mut change = opened(&name, Asks::default());
    change.notes = vec![super::change::Note {
        path: None,
        side: crate::diff::rows::OnSide::New,
        line: None,
        kind: super::change::NoteKind::Finding {
            id: "0123456789abcdef".to_owned(),
            rule: "rule".to_owned(),
            severity: 3,
        },
        text: "is it?".to_owned(),
    }];
    let generation = state.generation;
    update(&mut state, Message::Opened(generation, Ok(change)));
    let answers = |state: &State| state.visit().unwrap().answers.len();
    press(&mut state, "n");
    press(&mut state, "x");
    assert_eq!(answers(&state), 0, "not drawn yet");
    draw(&mut state);
    at(&mut state, 1_000);
    press(&mut state, "x");
    assert_eq!(answers(&state), 1);
    for millis in [1_030, 1_060, 1_090] {
        at(&mut state, millis);
        press(&mut state, "x");
        assert_eq!(answers(&state), 1, "held");
    }
    at(&mut state, 2_000);
    press(&mut state, "x");
    assert_eq!(answers(&state), 1, "typed ahead: nothing was drawn since");
    draw(&mut state);
    at(&mut state, 3_000);
    press(&mut state, "x");
    assert_eq!(answers(&state), 0, "pressed again");
}

#[test]
fn what_was_seen_on_an_earlier_visit_can_be_folded_away() {
    let mut state = state(Asks::default());
    let name = state.reading.as_ref().unwrap().name.clone();
    let mut change = opened(&name, Asks::default());
    change.files = vec![
        super::change::message_file(b"a\nb\n"),
        super::change::message_file(b"c\n"),
    ];
    change.seen = vec![(0, 0)];
    state.visits.clear();
    let generation = state.generation;
    update(&mut state, Message::Opened(generation, Ok(change)));
    assert!(state.visit().unwrap().seen.hunk(1, 0), "the mark is kept");
    assert_eq!(state.open().unwrap().news(), (1, 1));
    let rows = |state: &State| state.open().unwrap().rows.len();
    let all = rows(&state);
    press(&mut state, "d");
    assert!(rows(&state) < all);
    press(&mut state, "d");
    assert_eq!(rows(&state), all);
}
