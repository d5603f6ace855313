//! Reading beyond the hunks: more of the file, and less of it again.

use std::sync::Arc;

use countersign::app::{Effect, Message};
use countersign::diff::context::Text;
use countersign::diff::rows::RowKind;

use super::{Proof, notice, proves};

/// Answers the request for a file's text with so many numbered lines.
fn answer(screen: &mut Proof, effects: Vec<Effect>, lines: usize) {
    let asked = effects.into_iter().find_map(|effect| match effect {
        Effect::Text(_, generation, file, _) => Some((generation, file)),
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
    let Some(Effect::Text(_, generation, file, _)) = effects.into_iter().next() else {
        panic!("the text was asked for");
    };
    let answer = Message::Text(generation, file, Err("it is gone".to_owned()));
    crate::screen::play::send(&mut screen.state, answer);
    assert_eq!(notice(&screen), "the file cannot be shown: it is gone");
    assert!(screen.screen().contains("┄┄ 11 lines · + more"));
}

#[test]
fn the_changed_word_of_a_line_leads_to_its_other_uses() {
    let mut screen = proves("main.word_uses");
    screen.keys("j Enter");
    let open = screen.state.open().unwrap();
    let rows = open.rows.as_slice().iter();
    let line = |row: &countersign::diff::rows::Row| {
        let line = open.line_of(*row)?;
        Some(String::from_utf8_lossy(line.bytes).into_owned())
    };
    let of = |text: &str| {
        rows.clone()
            .position(|row| line(row).is_some_and(|l| l.contains(text)))
    };
    let first = of("app: edge-proxy").unwrap();
    let target = countersign::app::Target::Row(first);
    crate::screen::play::send(&mut screen.state, Message::Click(target));
    screen.act();
    assert!(notice(&screen).starts_with("proxy · next and previous match go on · again: "));
    let found = screen.row();
    assert!(found > first, "the finding speaks of it too");
    screen.keys("n");
    let open = screen.state.open().unwrap();
    let next = open.line_of(open.rows.get(open.cursor).unwrap()).unwrap();
    assert!(next.bytes.ends_with(b"registry.corp/edge-proxy:4.2.1"));
    screen.keys("N");
    assert_eq!(screen.row(), found);
    screen.act();
    assert!(notice(&screen).starts_with("app "), "{}", notice(&screen));
    screen.keys("Esc");
    assert!(screen.state.open().unwrap().search.is_none());
}

#[test]
fn who_changed_a_line_before_is_asked_and_said() {
    let mut screen = proves("main.blame");
    screen.keys("j Enter . j");
    let effects = screen.act();
    let Some(Effect::Blame(_, generation, ask)) = effects.into_iter().next() else {
        panic!("blame was asked for");
    };
    assert_eq!(
        (ask.line, ask.since),
        (12, None),
        "context: as it was before"
    );
    let found = countersign::app::looked_up::Blamed {
        commit: countersign::change::Oid::from_bytes([0xab; 20]),
        author: "Dana".to_owned(),
        at: crate::screen::fixture::now() - jiff::SignedDuration::from_hours(72),
        title: "Serve the edge".to_owned(),
    };
    let message = Message::Blamed(generation, ask, Ok(found));
    crate::screen::play::send(&mut screen.state, message);
    let said = "line 12: Dana, 2026-03-01, 3 days ago, abababab: Serve the edge";
    assert_eq!(notice(&screen), said);
}

#[test]
fn the_session_is_opened_or_its_link_is_copied() {
    let mut screen = proves("main.open_session");
    screen.keys("j Enter");
    let link = "https://agents.example/s/77";
    assert_eq!(screen.act(), [Effect::OpenLink(link.to_owned())]);
    let failed = Message::LinkOpened(link.to_owned(), Err("no browser here".to_owned()));
    let effects = crate::screen::play::send(&mut screen.state, failed);
    assert_eq!(effects, [Effect::Copy(link.to_owned())]);
    let said = format!("no browser here; copied instead: {link}");
    assert_eq!(notice(&screen), said);
}
