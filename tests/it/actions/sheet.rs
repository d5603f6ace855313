//! The sign sheet: its rows, its answers, its note, signing and leaving.

use countersign::app::sheet::SheetRow;
use countersign::app::{Dialog, Effect};
use countersign::verdict::Answer;

use super::{Proof, commit, proves_at};

/// A sheet for a change of critical risk, alive.
fn sheet(name: &str) -> Proof {
    sheet_at(name, 40)
}

fn sheet_at(name: &str, rows: u16) -> Proof {
    let mut screen = proves_at(name, 140, rows);
    screen.keys("j a");
    screen.wait(400);
    assert!(screen.screen().contains("Approve  fix-lb-timeouts@2"));
    screen
}

fn row(screen: &Proof) -> SheetRow {
    match &screen.state.dialog {
        Some(Dialog::Sheet(sheet)) => sheet.row,
        other => panic!("no sheet: {other:?}"),
    }
}

fn check(screen: &Proof, nth: usize) -> Option<Answer> {
    screen.state.visit().unwrap().checklist[nth]
}

#[test]
fn enter_on_the_sheet_says_what_it_waits_for_and_signs_when_nothing_is_left() {
    let mut screen = sheet("sheet.sign");
    assert!(screen.act().is_empty());
    assert!(
        screen
            .screen()
            .contains("waits for: 2 hunks to see, 3 answers")
    );
    let mut screen = proves_at("sheet.sign", 140, 40);
    screen.keys("2 a");
    screen.wait(400);
    let effects = screen.act();
    assert!(matches!(&effects[..], [Effect::Decide(_)]));
}

#[test]
fn the_rows_that_take_an_answer_are_walked_both_ways() {
    let mut screen = sheet("sheet.row_down");
    let first = row(&screen);
    screen.act();
    assert_ne!(row(&screen), first);
    screen.keys("BackTab");
    assert_eq!(row(&screen), first);
}

#[test]
fn the_row_before_is_gone_back_to() {
    let mut screen = sheet("sheet.row_up");
    let first = row(&screen);
    screen.keys("Tab");
    screen.act();
    assert_eq!(row(&screen), first);
}

#[test]
fn a_row_is_answered_pass_fail_does_not_apply() {
    let mut screen = sheet("sheet.tick_row");
    assert_eq!(row(&screen), SheetRow::Check(0));
    let mut seen = Vec::new();
    for _ in 0..3 {
        screen.act();
        seen.push(check(&screen, 0));
    }
    let expected = [Answer::Pass, Answer::Fail, Answer::Na];
    assert_eq!(seen, expected.map(Some));
}

#[test]
fn each_item_of_the_checklist_has_a_key() {
    for (nth, name) in ["sheet.answer_1", "sheet.answer_2", "sheet.answer_3"]
        .into_iter()
        .enumerate()
    {
        let mut screen = sheet(name);
        screen.act();
        assert_eq!(check(&screen, nth), Some(Answer::Pass), "{name}");
    }
}

#[test]
fn a_word_goes_with_the_verdict() {
    let mut screen = sheet("sheet.note");
    screen.act();
    screen.keys("f i n e Enter");
    assert!(screen.screen().contains("fine"));
    let Some(Dialog::Sheet(sheet)) = &screen.state.dialog else {
        panic!("back on the sheet");
    };
    assert_eq!(sheet.words, "fine");
}

#[test]
fn the_commit_s_id_is_copied() {
    let mut screen = sheet("sheet.copy_commit");
    assert_eq!(screen.act(), vec![Effect::Copy(commit(0xc4))]);
}

#[test]
fn the_exact_bytes_stand_in_the_sheet_s_place_and_sign_nothing() {
    let mut screen = sheet("sheet.bytes");
    // On the row of the word an `i` is a letter of it.
    screen.keys("j");
    screen.act();
    let shown = screen.screen();
    assert!(shown.contains("the exact bytes"), "{shown}");
    assert!(shown.contains("\"predicate\":{"), "{shown}");
    screen.keys("1");
    assert!(screen.keys("Enter").is_empty());
    screen.keys("Esc");
    assert!(screen.screen().contains("what you sign"));
    assert_eq!(check(&screen, 0), None, "nothing was ticked unseen");
}

#[test]
fn a_sheet_longer_than_the_screen_is_paged() {
    let mut screen = sheet_at("sheet.page_down", 14);
    assert!(!screen.screen().contains("after you sign"));
    screen.act();
    screen.keys("PgDn PgDn");
    assert!(screen.screen().contains("after you sign"));
    let mut screen = sheet_at("sheet.page_up", 14);
    screen.keys("PgDn");
    assert!(!screen.screen().contains("what you sign"));
    screen.act();
    assert!(screen.screen().contains("what you sign"));
}

#[test]
fn leaving_the_sheet_signs_nothing_and_keeps_all() {
    let mut screen = sheet("sheet.leave");
    screen.keys("1");
    assert!(screen.act().iter().all(|e| !matches!(e, Effect::Decide(_))));
    assert!(screen.state.dialog.is_none());
    screen.keys("a");
    assert_eq!(check(&screen, 0), Some(Answer::Pass), "kept");
}
