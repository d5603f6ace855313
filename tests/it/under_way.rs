//! Slow work as the screen tells of it: after a moment, with its time, and how it is called off.

use countersign::app::work::Job;
use countersign::app::{Effect, Message, State, update};
use countersign::queue::Home;

use crate::screen::fixture::opened;
use crate::screen::play::{send, state};
use crate::screen::{draw, text};

fn press(state: &mut State, key: &str) -> Vec<Effect> {
    let key = key.parse().unwrap();
    update(state, Message::Key { key, repeat: false })
}

fn wait(state: &mut State, millis: u64) {
    let mut clock = state.clock;
    clock.millis += millis;
    send(state, Message::Now(clock));
}

fn screen(state: &mut State) -> String {
    text(&draw(state, "dark").0)
}

#[test]
fn opening_a_change_is_dropped_and_can_be_asked_for_again() {
    let mut state = state(140, 40);
    let asked = press(&mut state, "j");
    let [Effect::Open(name, generation)] = &asked[..] else {
        panic!("{asked:?}");
    };
    assert!(!screen(&mut state).contains("calls it off"));
    wait(&mut state, 1_300);
    let shown = screen(&mut state);
    let said = format!("opening {name} · 1 s · ^c calls it off");
    assert!(shown.contains(&said), "{shown}");
    let job = Job::Open(name.clone(), *generation);
    assert_eq!(press(&mut state, "^c"), [Effect::CallOff(job)]);
    let shown = screen(&mut state);
    assert!(
        shown.contains("called off; Enter reads it after all"),
        "{shown}"
    );
    // What comes of it all the same is not wanted any more.
    let late = Message::Opened(*generation, Ok(Box::new(opened(name))));
    update(&mut state, late);
    assert!(state.open().is_none());
    let again = press(&mut state, "Enter");
    assert!(
        matches!(&again[..], [Effect::Open(same, newer)] if same == name && newer > generation),
        "{again:?}"
    );
}

#[test]
fn a_key_on_a_token_says_touch_while_it_signs() {
    for (key_type, touch) in [("sk-ssh-ed25519@openssh.com", true), ("ssh-ed25519", false)] {
        let mut state = state(140, 40);
        state.homes.hosted(&Home::default()).session.key_type = key_type.to_owned();
        for key in ["/", "r", "i", "s", "k", ":", "l", "o", "w", "Enter", "a"] {
            let key = key.parse().unwrap();
            send(&mut state, Message::Key { key, repeat: false });
            draw(&mut state, "dark");
        }
        wait(&mut state, 400);
        let effects = press(&mut state, "Enter");
        assert!(
            effects.iter().any(|e| matches!(e, Effect::Decide(_))),
            "{effects:?}"
        );
        // At once, before the signing program has said anything.
        let shown = screen(&mut state);
        assert_eq!(shown.contains("signing … touch your key"), touch, "{shown}");
        wait(&mut state, 300);
        let shown = screen(&mut state);
        assert!(shown.contains("^c calls it off"), "{shown}");
        assert_eq!(
            shown.matches("touch your key").count(),
            usize::from(touch) * 2
        );
    }
}

#[test]
fn a_verdict_that_was_signed_before_it_could_be_called_off_is_said_to_stand() {
    let mut state = state(140, 40);
    for key in ["/", "r", "i", "s", "k", ":", "l", "o", "w", "Enter", "a"] {
        let key = key.parse().unwrap();
        send(&mut state, Message::Key { key, repeat: false });
        draw(&mut state, "dark");
    }
    wait(&mut state, 400);
    let effects = press(&mut state, "Enter");
    let draft = effects.into_iter().find_map(|effect| match effect {
        Effect::Decide(draft) => Some(draft),
        _ => None,
    });
    let draft = draft.unwrap();
    wait(&mut state, 300);
    let job = Job::Sign(draft.name.clone());
    assert_eq!(press(&mut state, "^c"), [Effect::CallOff(job)]);
    let digest = countersign::change::Sha256::from_bytes([7; 32]);
    send(&mut state, Message::Decided(draft, Ok(digest)));
    let shown = screen(&mut state);
    assert!(shown.contains("too late to call off"), "{shown}");
    assert_eq!(state.waiting.len(), 1);
    send(
        &mut state,
        Message::Key {
            key: "u".parse().unwrap(),
            repeat: false,
        },
    );
}
