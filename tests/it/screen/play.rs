//! A state to play with: the queue loaded, changes opened as soon as they are asked for.

use countersign::app::keymap::Keymap;
use countersign::app::session::{Clock, Session};
use countersign::app::{Effect, Loaded, Message, State, ThemeName, Themes, update};
use countersign::queue::Home;
use countersign::ui::theme::Library;
use jiff::SignedDuration;

use super::compared::comparison;
use super::fixture::{entries, now, opened};

/// The session of the pictures.
pub fn session() -> Session {
    Session {
        repository: "shop".to_owned(),
        remote: Some("origin".to_owned()),
        person: Some("alice@corp.example".to_owned()),
        roles: vec!["senior".to_owned()],
        key_type: "ssh-ed25519".to_owned(),
        fingerprint: "SHA256:9fQ2vJc0abcdefghijklmnopqrstuvwxyz0123456xK".to_owned(),
        troubles: Vec::new(),
        undo_seconds: 10,
        fetch_seconds: 60,
        warnings: Vec::new(),
        unassessed: 0,
    }
}

/// The built-in themes, the first of them shown.
fn themes() -> Themes {
    let list = Library::default().list().into_iter();
    Themes {
        list: list
            .map(|(name, about)| ThemeName {
                name,
                about,
                mistake: None,
            })
            .collect(),
        current: 0,
        kept_in: "config.toml".to_owned(),
    }
}

/// A state with the queue loaded, as large as given. Changes open as soon as they are asked for.
pub fn state(columns: u16, rows: u16) -> State {
    let mut state = State::new(Keymap::built_in());
    state.look.themes = themes();
    let clock = Clock {
        millis: 0,
        wall: now(),
    };
    let loaded = Loaded {
        entries: entries(),
        session: session(),
        outbox: Vec::new(),
        fetched: Some(now() - SignedDuration::from_secs(12)),
    };
    for message in [
        Message::Now(clock),
        Message::Size(columns, rows),
        Message::Loaded(Home::default(), Ok(loaded)),
    ] {
        send(&mut state, message);
    }
    state
}

/// Sends a message; changes that are asked for are opened at once. Returns the other effects.
pub fn send(state: &mut State, message: Message) -> Vec<Effect> {
    let mut out = Vec::new();
    let mut effects = update(state, message);
    while let Some(effect) = effects.pop() {
        match effect {
            Effect::Open(name, generation) => {
                let opened = Ok(Box::new(opened(&name)));
                effects.extend(update(state, Message::Opened(generation, opened)));
            }
            Effect::Compare(_, ends, generation) => {
                let compared = Ok(Box::new(comparison(ends)));
                effects.extend(update(state, Message::Compared(generation, compared)));
            }
            Effect::Colour(generation, jobs) => {
                let lines = countersign::ui::highlight::classes(&jobs, || true);
                effects.extend(update(state, Message::Coloured(generation, lines)));
            }
            other => out.push(other),
        }
    }
    out
}
