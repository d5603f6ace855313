//! Boxes of words: editing as in a shell, earlier words, an editor, done and left.

use countersign::app::{Dialog, Effect, Message};

use super::{Proof, proves};
use crate::screen::play::send;

/// The reason box of a rejection with these letters in it.
fn reason(name: &str, letters: &str) -> Proof {
    let mut screen = proves(name);
    screen.keys("r");
    screen.keys(letters);
    screen
}

/// The words in the box and where the cursor stands: line, column.
fn words(screen: &Proof) -> (&str, (usize, usize)) {
    match &screen.state.dialog {
        Some(Dialog::Words(words, _)) => (words.text.as_str(), words.text.cursor()),
        other => panic!("no box of words: {other:?}"),
    }
}

#[test]
fn enter_finishes_the_reason_and_shows_the_sheet() {
    let mut screen = reason("box.finish", "n o");
    screen.act();
    assert!(screen.screen().contains("Reject  pool-lock-free@1"));
}

#[test]
fn a_new_line_is_a_line_of_the_reason() {
    let mut screen = reason("box.new_line", "a");
    screen.act();
    screen.keys("b");
    assert_eq!(words(&screen).0, "a\nb");
}

#[test]
fn up_on_the_first_line_brings_an_earlier_reason() {
    let mut screen = proves("box.line_up");
    screen.state.reasons = vec!["too wide".to_owned()];
    screen.keys("r");
    screen.act();
    assert_eq!(words(&screen).0, "too wide");
    screen.keys("Down");
    assert_eq!(words(&screen).0, "", "and down what was being written");
}

#[test]
fn down_goes_to_the_line_below() {
    let mut screen = reason("box.line_down", "a ^j b Up");
    assert_eq!(words(&screen).1.0, 0);
    screen.act();
    assert_eq!(words(&screen).1.0, 1);
}

#[test]
fn left_goes_back_a_character() {
    let mut screen = reason("box.char_left", "a b");
    screen.act();
    screen.keys("x");
    assert_eq!(words(&screen).0, "axb");
}

#[test]
fn right_goes_on_a_character() {
    let mut screen = reason("box.char_right", "a b Left Left");
    screen.act();
    screen.keys("x");
    assert_eq!(words(&screen).0, "axb");
}

#[test]
fn the_start_of_the_line_is_reached() {
    let mut screen = reason("box.line_start", "a b");
    screen.act();
    screen.keys("x");
    assert_eq!(words(&screen).0, "xab");
}

#[test]
fn the_end_of_the_line_is_reached() {
    let mut screen = reason("box.line_end", "a b Home");
    screen.act();
    screen.keys("x");
    assert_eq!(words(&screen).0, "abx");
}

#[test]
fn backspace_deletes_to_the_left() {
    let mut screen = reason("box.backspace", "a b");
    screen.act();
    assert_eq!(words(&screen).0, "a");
}

#[test]
fn delete_deletes_under_the_cursor() {
    let mut screen = reason("box.delete_char", "a b Home");
    screen.act();
    assert_eq!(words(&screen).0, "b");
}

#[test]
fn a_word_is_deleted() {
    let mut screen = reason("box.delete_word", "a b Space c d");
    screen.act();
    assert_eq!(words(&screen).0, "ab ");
}

#[test]
fn the_line_is_deleted_to_its_start() {
    let mut screen = reason("box.delete_line", "a b c Left");
    screen.act();
    assert_eq!(words(&screen).0, "c");
}

#[test]
fn a_remark_weighs_should_until_it_is_told_otherwise() {
    let mut screen = proves("box.weight");
    screen.keys("j Enter . j c n o");
    screen.act();
    screen.keys("Enter");
    let comment = &screen.state.visit().unwrap().comments[0];
    assert_eq!(format!("{:?}", comment.severity), "Must");
}

#[test]
fn the_editor_gets_the_words_and_gives_them_back() {
    let mut screen = reason("box.editor", "n o");
    assert_eq!(
        screen.act().last(),
        Some(&Effect::EditWords("no".to_owned()))
    );
    let back = Message::Edited(Some("not like this\n".to_owned()));
    send(&mut screen.state, back);
    assert_eq!(words(&screen).0, "not like this");
}

#[test]
fn esc_leaves_the_box_and_keeps_the_reason() {
    let mut screen = reason("box.leave", "n o");
    screen.act();
    assert!(screen.state.dialog.is_none());
    screen.keys("r");
    assert_eq!(words(&screen).0, "no");
}
