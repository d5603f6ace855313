//! Every action of the keymap, each proved by what it does to the screen or asks of the runtime.
//!
//! A proof names its action (`proves("main.down")`) and fails when it ends without having pressed a
//! key of it; the last test here fails when an action that has a key has no proof.

mod deciding;
mod moving;
mod pages;
mod program;
mod queue;
mod reading;
mod remarks;
mod sheet;
mod view;
mod words;

use std::collections::BTreeSet;

use countersign::app::action::Action;
use countersign::app::keymap::{Keymap, Place};
use countersign::app::session::Clock;
use countersign::app::{Effect, Message, State};
use countersign::change::Oid;
use countersign::diff::rows::RowKind;

use crate::screen::play::{send, state};
use crate::screen::{draw, text};

/// A screen on which one action is proved.
struct Proof {
    state: State,
    place: Place,
    action: Action,
    pressed: bool,
}

/// Begins the proof of an action, on a screen of 140 columns and 40 rows.
fn proves(name: &str) -> Proof {
    proves_at(name, 140, 40)
}

/// Begins the proof of an action on a screen of this size.
fn proves_at(name: &str, columns: u16, rows: u16) -> Proof {
    let (place, action) = name.split_once('.').expect("place.action");
    let place = Place::ALL.into_iter().find(|p| p.name() == place);
    Proof {
        state: state(columns, rows),
        place: place.expect("a place of the keymap"),
        action: Action::by_name(action).expect("an action"),
        pressed: false,
    }
}

impl Proof {
    /// Presses keys as a hand does: each on a frame that has been drawn, with a pause before it.
    fn keys(&mut self, keys: &str) -> Vec<Effect> {
        let mut out = Vec::new();
        for key in keys.split_whitespace() {
            let key = key.parse().unwrap();
            draw(&mut self.state, "dark");
            self.wait(400);
            let place = self.state.place();
            self.pressed |= (place == self.place || self.place == Place::Always)
                && self.state.keymap.lookup(place, key) == Some(self.action);
            out.extend(send(&mut self.state, Message::Key { key, repeat: false }));
        }
        draw(&mut self.state, "dark");
        out
    }

    /// Presses the first key of the action that is proved.
    fn act(&mut self) -> Vec<Effect> {
        let key = self.state.keymap.key(self.place, self.action);
        self.keys(&key)
    }

    /// Time passes.
    fn wait(&mut self, millis: u64) -> Vec<Effect> {
        let mut clock: Clock = self.state.clock;
        clock.millis += millis;
        send(&mut self.state, Message::Now(clock))
    }

    /// What is on the screen.
    fn screen(&mut self) -> String {
        text(&draw(&mut self.state, "dark").0)
    }

    /// The id of the change under the queue's cursor.
    fn change(&self) -> String {
        self.state.queue.current().unwrap().id.to_string()
    }

    /// The row of the diff under the cursor.
    fn row(&self) -> usize {
        self.state.open().unwrap().cursor
    }

    /// Puts the cursor of the diff on the first row of this kind.
    fn on_row(&mut self, is: impl Fn(RowKind) -> bool) {
        let open = self.state.open().unwrap();
        let rows = open.rows.as_slice();
        let row = rows.iter().position(|row| row.file > 0 && is(row.kind));
        let target = countersign::app::Target::Row(row.expect("such a row"));
        send(&mut self.state, Message::Click(target));
        draw(&mut self.state, "dark");
    }
}

impl Drop for Proof {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let (place, action) = (self.place.name(), self.action.name());
            assert!(self.pressed, "{place}.{action} was never pressed");
        }
    }
}

/// The notice on the screen, empty where there is none.
fn notice(proof: &Proof) -> &str {
    proof.state.notice.as_ref().map_or("", |n| n.text.as_str())
}

/// Some object id, for comparisons.
fn commit(byte: u8) -> String {
    Oid::from_bytes([byte; 20]).to_string()
}

#[test]
fn every_action_that_has_a_key_is_proved() {
    let sources = [
        include_str!("actions/deciding.rs"),
        include_str!("actions/moving.rs"),
        include_str!("actions/pages.rs"),
        include_str!("actions/program.rs"),
        include_str!("actions/queue.rs"),
        include_str!("actions/reading.rs"),
        include_str!("actions/remarks.rs"),
        include_str!("actions/sheet.rs"),
        include_str!("actions/view.rs"),
        include_str!("actions/words.rs"),
    ];
    // A proof names its action in a literal: "main.down".
    let literals = sources
        .iter()
        .flat_map(|source| source.split('"').skip(1).step_by(2));
    let proved: BTreeSet<&str> = literals.collect();
    let keymap = Keymap::built_in();
    let mut missing = Vec::new();
    for place in Place::ALL {
        for (_, _, action) in keymap.help(place) {
            let name = format!("{}.{}", place.name(), action.name());
            let everywhere = format!("always.{}", action.name());
            let twice = place != Place::Always && proved.contains(everywhere.as_str());
            if !proved.contains(name.as_str()) && !twice {
                missing.push(name);
            }
        }
    }
    assert!(missing.is_empty(), "no proof of: {}", missing.join(" "));
}

#[test]
fn every_action_has_a_key_somewhere() {
    let keymap = Keymap::built_in();
    let keyed = |action: Action| {
        let mut places = Place::ALL.into_iter();
        places.any(|place| !keymap.keys(place, action).is_empty())
    };
    let without: Vec<_> = Action::ALL.iter().filter(|a| !keyed(**a)).collect();
    assert!(without.is_empty(), "{without:?}");
}
