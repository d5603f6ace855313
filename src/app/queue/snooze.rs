//! Changes that this person has put off: out of the way, counted, and back by themselves.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Group, Queue};
use crate::app::action::Action;
use crate::app::finder::{self, Kind};
use crate::app::keymap::Place;
use crate::app::{Effect, Focus, State, Tone, arrive};
use crate::change::ChangeId;
use crate::queue::{ChangeName, Entry, Home, Snooze, Until};

/// What is put off, and how it is shown.
#[derive(Debug, Clone, Default)]
pub struct Snoozed {
    all: BTreeMap<ChangeName, Snooze>,
    /// The entries that are put off as things are now.
    off: BTreeSet<ChangeName>,
    /// Whether the group's rows are shown.
    unfolded: bool,
    /// Rows of the group in the list as it is now, folded or not.
    pub(super) here: usize,
}

impl Snoozed {
    /// Whether an entry is put off.
    pub fn holds(&self, entry: &Entry) -> bool {
        !self.off.is_empty() && self.off.contains(&entry.change())
    }

    /// Looks which of the entries are put off at this time.
    pub(super) fn look(&mut self, entries: &[Entry], now: Timestamp) {
        let off = entries.iter().filter(|entry| {
            let snooze = self.all.get(&entry.change());
            snooze.is_some_and(|snooze| snooze.holds(entry, now))
        });
        self.off = match self.all.is_empty() {
            true => BTreeSet::new(),
            false => off.map(Entry::change).collect(),
        };
    }

    /// How an entry is put off, where it is.
    pub fn of(&self, entry: &Entry) -> Option<&Snooze> {
        self.all.get(&entry.change()).filter(|_| self.holds(entry))
    }

    /// Whether the rows of the group are shown.
    pub const fn is_unfolded(&self) -> bool {
        self.unfolded
    }

    /// Entries that are put off, whatever the tab.
    pub fn total(&self) -> usize {
        self.off.len()
    }
}

impl Queue {
    /// What is put off, and how it is shown.
    pub const fn snoozed(&self) -> &Snoozed {
        &self.snoozed
    }

    /// Takes what is put off in a clone as it is kept.
    pub fn take_snoozed(&mut self, home: &Home, all: BTreeMap<ChangeId, Snooze>, now: Timestamp) {
        self.snoozed.all.retain(|name, _| name.home != *home);
        let all = all.into_iter();
        let all = all.map(|(id, snooze)| (home.change(id), snooze));
        self.snoozed.all.extend(all);
        self.show_anew(now);
    }

    /// Puts a change off, or brings it back.
    fn snooze(&mut self, name: ChangeName, snooze: Option<Snooze>, now: Timestamp) {
        match snooze {
            Some(snooze) => self.snoozed.all.insert(name, snooze),
            None => self.snoozed.all.remove(&name),
        };
        self.show_anew(now);
    }

    /// Shows or hides the rows of what is put off; whether there is any here.
    pub fn fold_snoozed(&mut self, now: Timestamp) -> bool {
        if self.snoozed.here == 0 {
            return false;
        }
        self.snoozed.unfolded = !self.snoozed.unfolded;
        self.show_anew(now);
        true
    }

    /// Shows again what has been put off long enough; the names of it.
    pub fn wake(&mut self, now: Timestamp) -> Vec<ChangeName> {
        let over = |snooze: &Snooze| snooze.until.is_some_and(|until| until <= now);
        if !self.snoozed.all.values().any(over) {
            return Vec::new();
        }
        let mut woken: Vec<ChangeName> = Vec::new();
        self.snoozed.all.retain(|id, snooze| {
            let over = over(snooze);
            if over {
                woken.push(id.clone());
            }
            !over
        });
        self.show_anew(now);
        let waits = |name: &ChangeName| {
            let mut entries = self.entries.iter();
            entries.any(|entry| entry.is_of(&name.home, &name.id) && entry.state.waits())
        };
        woken.retain(waits);
        woken
    }

    /// Whether the n-th shown row is put off.
    pub(super) fn is_snoozed(&self, nth: usize) -> bool {
        self.shown(nth)
            .is_some_and(|entry| self.group(entry) == Group::Snoozed)
    }
}

/// `S`: a list of how long, or back at once where it is put off already.
pub(in crate::app) fn press(state: &mut State) -> Vec<Effect> {
    let Some(entry) = state.queue.current() else {
        state.say(Tone::Plain, "nothing is selected");
        return Vec::new();
    };
    let (name, waits) = (entry.change(), entry.state.waits());
    if state.queue.is_snoozed(state.queue.cursor()) {
        let now = state.clock.wall;
        state.queue.snooze(name.clone(), None, now);
        state.queue.select(&name);
        state.say(Tone::Plain, format!("{name} is back in its place"));
        let mut effects = vec![Effect::Snooze(name, None)];
        effects.extend(arrive::open_current(state));
        return effects;
    }
    if !waits {
        state.say(Tone::Plain, format!("{name} does not wait for anybody"));
        return Vec::new();
    }
    finder::open(state, Kind::Snooze)
}

/// Puts the current change off; the cursor goes on to what follows it.
pub(in crate::app) fn put_off(state: &mut State, until: Until) -> Vec<Effect> {
    let Some(entry) = state.queue.current() else {
        return Vec::new();
    };
    let (name, revision) = (entry.change(), entry.revision);
    let now = state.clock.wall;
    // When tomorrow begins is not known here; what is kept says it a moment later.
    let snooze = Snooze {
        revision,
        until: None,
    };
    state.queue.snooze(name.clone(), Some(snooze), now);
    let wakes = state.keymap.key(Place::Main, Action::Snooze);
    let text = format!(
        "{name} is put off {}; {wakes} on it brings it back",
        until.says()
    );
    state.say(Tone::Plain, text);
    let mut effects = vec![Effect::Snooze(name, Some((revision, until)))];
    state.focus = Focus::Queue;
    effects.extend(arrive::open_current(state));
    effects
}

/// What is kept in a clone, as it is on the disk now.
pub(in crate::app) fn kept(
    state: &mut State,
    home: &Home,
    result: Result<BTreeMap<ChangeId, Snooze>, String>,
) -> Vec<Effect> {
    match result {
        Ok(all) => {
            let now = state.clock.wall;
            state.queue.take_snoozed(home, all, now);
        }
        Err(why) => {
            let text = home.says(&format!("what is put off is not kept: {why}"));
            state.say(Tone::Warning, text);
        }
    }
    Vec::new()
}

/// Time has passed: what was put off long enough is back, and says so where nothing else is said.
pub(in crate::app) fn wake(state: &mut State) {
    let now = state.clock.wall;
    let woken = state.queue.wake(now);
    if let (Some(first), true) = (woken.first(), state.notice.is_none()) {
        let more = match woken.len() {
            1 => String::new(),
            more => format!(" and {} more", more - 1),
        };
        state.say(
            Tone::Plain,
            format!("{first}{more} is back: it was put off until now"),
        );
    }
}
