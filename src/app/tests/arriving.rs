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

#[test]
fn the_same_id_in_two_clones_is_two_rows_and_each_effect_goes_to_its_own() {
    let mut state = State::new(Keymap::built_in());
    let homes = ["shop", "billing", "gone"].map(Home::among);
    state.homes = homes::Homes::of(homes.clone());
    update(&mut state, Message::Size(140, 40));
    let loaded = Loaded {
        entries: vec![entry("aa")],
        session: Session::default(),
        outbox: Vec::new(),
        fetched: None,
    };
    let lost = Err("not a git repository".to_owned());
    update(&mut state, Message::Loaded(homes[2].clone(), lost));
    for home in &homes[..2] {
        let loaded = Ok(loaded.clone());
        update(&mut state, Message::Loaded(home.clone(), loaded));
    }
    assert_eq!(state.queue.len(), 2);
    let said = state.homes.warnings().next().unwrap();
    assert_eq!(said, "gone: not read: not a git repository");
    let first = state.queue.current().unwrap().name();
    let other = usize::from(first.home == homes[0]);
    let claims = press(&mut state, "t");
    assert_eq!(claims, [Effect::Claim(first.change(), true)]);
    press(&mut state, "x");
    assert_eq!(state.queue.marked(), std::slice::from_ref(&first));
    press(&mut state, "j");
    let second = state.queue.current().unwrap().name();
    assert_eq!(second, homes[other].revision(first.at()));
    assert_eq!(state.reading.as_ref().unwrap().name, second);
    press(&mut state, "x");
    let weighs = press(&mut state, "A");
    let of = |name: &RevisionName| Effect::Weigh(name.home.clone(), vec![name.at()]);
    assert!(
        weighs.len() == 2 && weighs.contains(&of(&first)) && weighs.contains(&of(&second)),
        "each clone reads its own: {weighs:?}"
    );
    // One that is read anew without it takes only its own row away.
    press(&mut state, "Esc");
    let empty = Loaded {
        entries: Vec::new(),
        ..loaded
    };
    update(&mut state, Message::Loaded(second.home.clone(), Ok(empty)));
    assert_eq!(state.queue.len(), 1);
    assert_eq!(state.queue.current().unwrap().name(), first);
}
