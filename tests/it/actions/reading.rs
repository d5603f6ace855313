//! Reading beyond the hunks: more of the file, and less of it again.

use std::sync::Arc;

use countersign::app::{Effect, Message};
use countersign::diff::context::Text;
use countersign::diff::rows::RowKind;

use super::{Proof, notice, proves};

/// Answers the request for a file's text with so many numbered lines.
fn answer(screen: &mut Proof, effects: Vec<Effect>, lines: usize) {
    let asked = effects.into_iter().find_map(|effect| match effect {
        Effect::Text(generation, file, _) => Some((generation, file)),
        _ => None,
    });
    let (generation, file) = asked.expect("the text was asked for");
    let text: String = (1..=lines).map(|n| format!("line {n} of it\n")).collect();
    let text = Ok(Arc::new(Text::new(text.into_bytes())));
    let message = Message::Text(generation, file, text);
    crate::screen::play::send(&mut screen.state, message);
}

#[test]
fn plus_shows_more_around_the_hunk_and_asks_for_the_text_once() {
    let mut screen = proves("main.more_context");
    screen.keys("j Enter . .");
    let hunks = screen.state.open().unwrap().files()[1].hunks().to_vec();
    let effects = screen.act();
    answer(&mut screen, effects, 60);
    let shown = screen.screen();
    assert!(shown.contains("37   line 37 of it"), "{shown}");
    assert!(shown.contains("┄┄ 10 lines · + more"), "{shown}");
    assert!(screen.act().is_empty(), "the text is here");
    let shown = screen.screen();
    assert!(!shown.contains("┄┄ 10 lines"), "{shown}");
    assert_eq!(
        screen.state.open().unwrap().files()[1].hunks(),
        hunks,
        "the hunks stay"
    );
    for _ in 0..3 {
        screen.act();
    }
    assert_eq!(notice(&screen), "the whole file is shown");
}

#[test]
fn minus_takes_back_what_plus_has_shown() {
    let mut screen = proves("main.less_context");
    screen.keys("j Enter .");
    let effects = screen.keys("+");
    answer(&mut screen, effects, 60);
    assert!(screen.screen().contains("line 11 of it"));
    screen.act();
    assert!(!screen.screen().contains("of it"));
    assert!(screen.screen().contains("┄┄ 11 lines · + more"));
    screen.act();
    assert_eq!(notice(&screen), "nothing is shown around the hunks here");
}

#[test]
fn a_fold_on_a_gap_shows_all_of_it_or_none() {
    let mut screen = proves("main.fold");
    screen.keys("j Enter");
    screen.on_row(|kind| kind == RowKind::Gap(1));
    let effects = screen.act();
    answer(&mut screen, effects, 60);
    let shown = screen.screen();
    assert!(
        !shown.contains("┄┄ 20 lines") && shown.contains("line 20 of it"),
        "{shown}"
    );
    screen.act();
    let shown = screen.screen();
    assert!(
        shown.contains("┄┄ 20 lines") && !shown.contains("line 20 of it"),
        "{shown}"
    );
}

#[test]
fn a_text_that_cannot_be_read_is_said_and_nothing_is_shown() {
    let mut screen = proves("main.more_context");
    screen.keys("j Enter .");
    let effects = screen.act();
    let Some(Effect::Text(generation, file, _)) = effects.into_iter().next() else {
        panic!("the text was asked for");
    };
    let answer = Message::Text(generation, file, Err("it is gone".to_owned()));
    crate::screen::play::send(&mut screen.state, answer);
    assert_eq!(notice(&screen), "the file cannot be shown: it is gone");
    assert!(screen.screen().contains("┄┄ 11 lines · + more"));
}
