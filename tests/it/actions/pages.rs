//! Pages that scroll, and the question on leaving.

use countersign::app::{Dialog, Effect, Message};
use countersign::change::Sha256;

use super::{Proof, proves, proves_at};
use crate::screen::play::send;

/// The help on a screen too short for it.
fn help(name: &str) -> Proof {
    let mut screen = proves_at(name, 80, 14);
    screen.keys("?");
    screen
}

fn top(screen: &Proof) -> usize {
    match &screen.state.dialog {
        Some(Dialog::Page(page)) => page.top,
        other => panic!("no page: {other:?}"),
    }
}

#[test]
fn the_help_hands_over_to_the_list_of_commands() {
    let mut screen = help("list.palette");
    screen.act();
    screen.keys("s e a r Enter");
    let words = matches!(screen.state.dialog, Some(Dialog::Words(..)));
    assert!(words, "the box of the filter");
}

#[test]
fn a_page_goes_down_a_line() {
    let mut screen = help("list.down");
    screen.act();
    assert_eq!(top(&screen), 1);
}

#[test]
fn a_page_goes_up_a_line() {
    let mut screen = help("list.up");
    screen.keys("j j");
    screen.act();
    assert_eq!(top(&screen), 1);
}

#[test]
fn a_page_goes_to_its_top() {
    let mut screen = help("list.top");
    screen.keys("j j j");
    screen.act();
    assert_eq!(top(&screen), 0);
}

#[test]
fn a_page_goes_to_its_end() {
    let mut screen = help("list.bottom");
    let before = screen.screen();
    screen.act();
    assert_ne!(screen.screen(), before);
    let last = top(&screen);
    screen.keys("j");
    assert_eq!(top(&screen), last, "and no further");
}

#[test]
fn a_page_is_paged_down() {
    let mut screen = help("list.page_down");
    screen.act();
    assert!(top(&screen) > 3);
}

#[test]
fn a_page_is_paged_up() {
    let mut screen = help("list.page_up");
    screen.keys("Space");
    screen.act();
    assert_eq!(top(&screen), 0);
}

#[test]
fn a_page_is_left_for_where_one_was() {
    let mut screen = help("list.leave");
    screen.act();
    assert!(screen.state.dialog.is_none());
}

#[test]
fn the_program_can_be_left_from_a_page() {
    let mut screen = help("list.quit_now");
    assert_eq!(screen.act(), vec![Effect::Quit { publish: false }]);
}

/// The question on leaving, with a verdict that waits.
fn leaving(name: &str) -> (Proof, Sha256) {
    let mut screen = proves(name);
    screen.keys("2 a");
    screen.wait(400);
    let Some(Effect::Decide(draft)) = screen.keys("Enter").into_iter().next() else {
        panic!("Enter signs");
    };
    let digest = Sha256::from_bytes([7; 32]);
    send(&mut screen.state, Message::Decided(draft, Ok(digest)));
    screen.keys("q");
    assert!(matches!(screen.state.dialog, Some(Dialog::Leaving)));
    (screen, digest)
}

#[test]
fn leaving_pushes_what_waits_when_told_to() {
    let (mut screen, _) = leaving("ask.finish");
    assert_eq!(screen.act(), vec![Effect::Quit { publish: true }]);
}

#[test]
fn leaving_can_be_thought_better_of() {
    let (mut screen, _) = leaving("ask.leave");
    assert!(screen.act().is_empty());
    assert!(screen.state.dialog.is_none());
    assert_eq!(screen.state.waiting.len(), 1);
}

#[test]
fn leaving_can_leave_the_verdict_here() {
    let (mut screen, _) = leaving("ask.quit_now");
    assert_eq!(screen.act(), vec![Effect::Quit { publish: false }]);
}
