//! What arrives while something is read: from the clone it is of, and from others.

use super::*;

#[test]
fn nothing_that_merely_arrives_takes_away_what_is_read_or_signed() {
    let mut state = state(Asks::default());
    draw(&mut state);
    press(&mut state, "Enter");
    press(&mut state, "a");
    let mut newer = entry("aa");
    newer.revision = 2;
    let loaded = Loaded {
        entries: vec![newer, entry("bb")],
        session: Session::default(),
        outbox: Vec::new(),
        fetched: None,
    };
    let effects = update(
        &mut state,
        Message::Loaded(Home::default(), Ok(loaded.clone())),
    );
    assert!(
        !effects.iter().any(|e| matches!(e, Effect::Open(..))),
        "{effects:?}"
    );
    let newer = state.open().unwrap().newer.map(|(number, _)| number);
    assert_eq!(newer, Some(2));
    press(&mut state, "Esc");
    let loaded = Loaded {
        entries: vec![entry("bb")],
        ..loaded
    };
    update(&mut state, Message::Loaded(Home::default(), Ok(loaded)));
    assert_eq!(state.reading.as_ref().unwrap().name.id.as_str(), "aa");
    press(&mut state, "a");
    assert!(matches!(&state.dialog, Some(Dialog::Sheet(s)) if s.name.id.as_str() == "aa"));
}
