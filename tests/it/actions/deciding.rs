//! Verdicts: approve, reject, tick, take back, push.

use countersign::app::{Dialog, Effect, Message};
use countersign::change::Sha256;
use countersign::queue::Home;
use countersign::verdict::VerdictKind;

use super::{Proof, notice, proves};
use crate::screen::play::send;

/// Goes to a change of low risk by the filter.
fn low(screen: &mut Proof) {
    screen.keys("2");
    assert_eq!(screen.change(), "bump-axum");
}

/// Signs what the sheet shows; the signing program answers at once.
fn sign(screen: &mut Proof) -> Sha256 {
    let effects = screen.keys("Enter");
    let draft = effects.into_iter().find_map(|effect| match effect {
        Effect::Decide(draft) => Some(draft),
        _ => None,
    });
    let digest = Sha256::from_bytes([7; 32]);
    let draft = draft.expect("a draft to sign");
    send(&mut screen.state, Message::Decided(draft, Ok(digest)));
    digest
}

#[test]
fn approving_opens_the_sheet_and_enter_signs_it() {
    let mut screen = proves("main.approve");
    low(&mut screen);
    screen.act();
    assert!(screen.screen().contains("Approve  bump-axum@1"));
    screen.wait(400);
    sign(&mut screen);
    assert!(
        screen
            .screen()
            .contains("bump-axum@1 approved, still here only")
    );
    assert_ne!(screen.change(), "bump-axum", "the cursor goes on");
}

#[test]
fn the_marked_are_approved_together() {
    let mut screen = proves("main.approve_marked");
    assert_eq!(screen.act(), vec![], "nothing is marked");
    assert!(notice(&screen).contains("marks a row"));
    screen.keys("2 x j x");
    let effects = screen.act();
    let [Effect::Weigh(_, names)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["bump-axum@1", "fmt-imports@1"]);
    assert!(screen.screen().contains("Approve  2 marked changes"));
}

#[test]
fn rejecting_asks_for_a_reason_and_keeps_it_when_signing_fails() {
    let mut screen = proves("main.reject");
    low(&mut screen);
    screen.act();
    screen.keys("Enter");
    assert!(screen.screen().contains("a rejection needs a reason"));
    screen.keys("n o t h e r e Enter");
    let effects = screen.keys("Enter");
    let Some(Effect::Decide(draft)) = effects.into_iter().next() else {
        panic!("Enter signs");
    };
    assert_eq!(draft.kind, VerdictKind::Reject);
    assert_eq!(draft.summary.as_deref(), Some("nothere"));
    let failed = Err("the agent is gone".to_owned());
    send(&mut screen.state, Message::Decided(draft, failed));
    let shown = screen.screen();
    assert!(shown.contains("the agent is gone"), "{shown}");
    assert!(shown.contains("nothere"), "the sheet is still there");
    screen.keys("Esc r");
    assert!(screen.screen().contains("nothere"), "and so is the reason");
}

#[test]
fn a_tick_answers_the_finding_under_the_cursor_and_takes_it_back() {
    let mut screen = proves("main.tick");
    screen.keys("j Enter n");
    screen.act();
    assert_eq!(screen.state.visit().unwrap().answers.len(), 1);
    assert!(screen.screen().contains("answered 1/3"));
    screen.act();
    assert!(screen.screen().contains("answered 0/3"));
}

#[test]
fn undo_takes_the_verdict_back_while_it_is_here() {
    let mut screen = proves("main.undo");
    low(&mut screen);
    screen.keys("a");
    screen.wait(400);
    let digest = sign(&mut screen);
    assert_eq!(screen.act(), vec![Effect::Undo(Home::default(), digest)]);
    send(
        &mut screen.state,
        Message::Undone(Home::default(), digest, Ok(())),
    );
    assert!(screen.state.waiting.is_empty());
    assert!(notice(&screen).contains("bump-axum@1"));
}

#[test]
fn what_waits_is_pushed_when_told_to() {
    let mut screen = proves("main.push_now");
    low(&mut screen);
    screen.keys("a");
    screen.wait(400);
    let digest = sign(&mut screen);
    assert_eq!(
        screen.act(),
        vec![Effect::Publish(Home::default(), vec![digest])]
    );
    send(
        &mut screen.state,
        Message::Published(Home::default(), vec![digest], Ok(())),
    );
    assert!(screen.state.waiting.is_empty());
    assert!(screen.state.dialog.is_none() || matches!(screen.state.dialog, Some(Dialog::Page(_))));
}
