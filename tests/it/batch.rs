//! Changes approved together: marks, the one sheet, each signed in turn, and what stays behind.

use countersign::app::sheet::Draft;
use countersign::app::{Dialog, Effect, Message, State};
use countersign::change::Sha256;
use countersign::queue::{Home, RevisionName};

use crate::common::{Screen, World};
use crate::screen::fixture::opened;
use crate::screen::play::{send, state};
use crate::screen::{draw, press, text};

fn shown(state: &mut State) -> String {
    text(&draw(state, "dark").0)
}

/// Time passes.
fn wait(state: &mut State, millis: u64) {
    let mut clock = state.clock;
    clock.millis += millis;
    send(state, Message::Now(clock));
}

/// Marks these changes of the tab that shows all, and brings the sheet with them to the screen.
fn sheet(state: &mut State, ids: &[&str]) {
    press(state, "5");
    for id in ids {
        assert!(
            state
                .queue
                .select(&Home::default().change(id.parse().unwrap()))
        );
        press(state, "x");
        wait(state, 500);
    }
    let effects = press(state, "A");
    let [Effect::Weigh(_, names)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(names.len(), ids.len());
    let read = |name: &RevisionName| {
        let mut change = opened(name);
        if name.id.as_str() == "bump-axum" {
            let why = "rule everything has low risk approved by itself";
            change.asks.not_together = Some(why.to_owned());
        }
        (name.clone(), Ok(Box::new(change)))
    };
    send(
        state,
        Message::Weighed(
            names
                .iter()
                .map(|at| read(&Home::default().revision(at.clone())))
                .collect(),
        ),
    );
    draw(state, "dark");
}

fn draft(effects: &[Effect]) -> Option<Box<Draft>> {
    effects.iter().find_map(|effect| match effect {
        Effect::Decide(draft) => Some(draft.clone()),
        _ => None,
    })
}

#[test]
fn a_mark_is_seen_and_counted_and_goes_with_x_or_esc() {
    let mut state = state(80, 24);
    press(&mut state, "x");
    wait(&mut state, 500);
    press(&mut state, "j x");
    let both = shown(&mut state);
    assert!(
        both.contains("2 marked") && both.contains("CRIT×fix-lb-timeouts"),
        "{both}"
    );
    assert!(both.contains("A approve the marked"), "{both}");
    wait(&mut state, 500);
    press(&mut state, "x");
    assert!(shown(&mut state).contains("1 marked"));
    // A key that is held marks nothing, and none but a waiting row can be marked.
    press(&mut state, "x x x");
    assert!(shown(&mut state).contains("1 marked"), "held");
    press(&mut state, "Esc");
    assert!(!shown(&mut state).contains("marked ·"));
    assert_eq!(state.queue.marks(), 0);
}

#[test]
fn the_sheet_lists_every_object_and_what_cannot_go_and_why() {
    let mut state = state(140, 40);
    sheet(
        &mut state,
        &["fmt-imports", "docs-runbook", "bump-axum", "cache-jitter"],
    );
    let sheet = shown(&mut state);
    assert!(sheet.contains("Approve  4 marked changes"), "{sheet}");
    for (label, byte) in [("commit", "c4"), ("tree", "c5"), ("base", "9b")] {
        let line = format!("{label:<7}  {}", byte.repeat(20));
        assert_eq!(sheet.matches(&line).count(), 2, "{line}\n{sheet}");
    }
    assert_eq!(
        sheet.matches("target   refs/heads/main").count(),
        2,
        "{sheet}"
    );
    assert!(
        sheet.contains("viewed   0 of"),
        "what was not seen is signed as that: {sheet}"
    );
    assert!(sheet.contains("2 cannot go with them"), "{sheet}");
    assert!(
        sheet.contains("rule everything has low risk approved by itself"),
        "{sheet}"
    );
    assert!(
        sheet.contains("hunks to see") && sheet.contains("the word"),
        "{sheet}"
    );
    insta::assert_snapshot!(sheet);
}

#[test]
fn enter_signs_each_in_turn_once_the_sheet_has_been_seen() {
    let mut state = state(140, 40);
    sheet(&mut state, &["fmt-imports", "docs-runbook", "bump-axum"]);
    assert!(
        draft(&press(&mut state, "Enter")).is_none(),
        "dead at first"
    );
    press(&mut state, "j");
    wait(&mut state, 400);
    draw(&mut state, "dark");
    let key = "Enter".parse().unwrap();
    let held = send(&mut state, Message::Key { key, repeat: true });
    assert!(draft(&held).is_none(), "a held key signs nothing");
    press(&mut state, "j");
    send(&mut state, Message::Paste("\r\r".to_owned()));
    assert!(
        matches!(state.dialog, Some(Dialog::Batch(_))),
        "nor a paste"
    );
    let mut signed = Vec::new();
    let mut effects = press(&mut state, "Enter");
    while let Some(draft) = draft(&effects) {
        assert!(press(&mut state, "Enter").is_empty(), "one at a time");
        assert_eq!(draft.viewed.hunks_viewed, 0);
        assert!(draft.viewed.hunks_total > 0);
        signed.push(draft.name.to_string());
        let digest = Sha256::from_bytes([u8::try_from(signed.len()).unwrap(); 32]);
        effects = send(&mut state, Message::Decided(draft, Ok(digest)));
    }
    assert_eq!(signed, ["fmt-imports@1", "docs-runbook@1"]);
    assert!(state.dialog.is_none());
    assert_eq!(state.waiting.len(), 2, "each can be taken back by itself");
    let after = shown(&mut state);
    assert!(
        after.contains("2 approvals signed, still here only · 1 stays marked"),
        "{after}"
    );
}

#[test]
fn a_failure_stops_and_says_which_were_signed() {
    let mut state = state(140, 40);
    sheet(&mut state, &["fmt-imports", "docs-runbook", "log-wording"]);
    wait(&mut state, 400);
    let first = draft(&press(&mut state, "Enter")).unwrap();
    let digest = Sha256::from_bytes([1; 32]);
    let effects = send(&mut state, Message::Decided(first, Ok(digest)));
    let second = draft(&effects).unwrap();
    let why = "the agent is gone".to_owned();
    let effects = send(&mut state, Message::Decided(second, Err(why)));
    assert!(draft(&effects).is_none(), "{effects:?}");
    let stopped = shown(&mut state);
    let says = "stopped at docs-runbook@1: the agent is gone · signed: fmt-imports@1 · not signed: docs-runbook@1, log-wording@1";
    assert!(stopped.contains(says), "{stopped}");
    assert!(stopped.contains("✓ low  fmt-imports@1") && stopped.contains("✗ low  docs-runbook@1"));
    assert_eq!(state.queue.marks(), 2);
    // Enter tries again what was not signed, after the same pause.
    wait(&mut state, 400);
    let again = draft(&press(&mut state, "Enter")).unwrap();
    assert_eq!(again.name.to_string(), "docs-runbook@1");
}

#[test]
fn a_short_screen_waits_for_the_end_of_the_sheet() {
    let mut state = state(80, 14);
    sheet(&mut state, &["fmt-imports", "docs-runbook", "log-wording"]);
    wait(&mut state, 400);
    assert!(draft(&press(&mut state, "Enter")).is_none());
    assert!(shown(&mut state).contains("the end of this sheet"));
    press(&mut state, "PgDn PgDn PgDn");
    wait(&mut state, 400);
    assert!(draft(&press(&mut state, "Enter")).is_some());
}

/// A world with two small changes and a risky one, and the screen of its reviewer.
fn real(defaults: &str) -> (World, Screen) {
    let world = World::with_policy(|policy| policy.defaults = defaults.to_owned());
    world.queue("docs-one", "docs/one.md", "One\n");
    world.queue("docs-two", "docs/two.md", "Two\n");
    world.queue("edge-three", "infra/lb.yaml", "kind: Service\n");
    world.alice.countersign(&["sync"]).ok();
    let mut command = world.sandbox.countersign_command(&world.alice.dir);
    command.args(["tui", "--theme", "dark"]);
    let screen = Screen::start(&command, 140, 45);
    (world, screen)
}

/// Marks all three rows.
fn mark_all(screen: &mut Screen) {
    screen.wait_for("docs-two");
    screen.wait_for("approve:");
    for count in ["1 marked", "2 marked", "3 marked"] {
        screen.send("x");
        screen.wait_for(count);
        screen.send("j");
    }
    screen.send("A");
}

#[test]
fn what_the_policy_lets_go_together_is_signed_with_what_was_seen_of_it() {
    let (world, mut screen) = real("");
    mark_all(&mut screen);
    screen.wait_for("Enter signs 2 verdicts");
    assert!(
        screen
            .text()
            .contains("rule everything has high risk approved by itself")
    );
    screen.send("\r");
    screen.wait_for("2 approvals signed");
    screen.send("P");
    screen.wait_for("on origin");
    screen.send("q");
    assert_eq!(screen.exit_code(), 0);
    let listed = world
        .alice
        .countersign(&["--list", "--format", "%(id) %(state)"])
        .ok();
    let mut rows: Vec<&str> = listed.lines().collect();
    rows.sort_unstable();
    assert_eq!(
        rows,
        [
            "docs-one approved",
            "docs-two approved",
            "edge-three pending"
        ]
    );
}

#[test]
fn a_policy_that_lets_nothing_go_together_is_obeyed() {
    let (_world, mut screen) = real("batch_approve = []");
    mark_all(&mut screen);
    screen.wait_for("3 cannot go with them");
    screen.wait_for("rule everything has low risk approved by itself");
    screen.wait_for("waits for: a change that can go with others");
    screen.send("\r");
    screen.send("\x1b");
    screen.wait_for("nothing was signed; the marks are kept");
}
