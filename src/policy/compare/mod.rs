//! What a change of the policy means: who gains or loses what, and whether it asks more or less than
//! before. Pure; in the order in which people ask.

mod grants;
mod people;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use super::words::mode;
use super::{Glob, Mode, Policy};

/// Whether a change asks less, more, or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leaning {
    /// Something passes, or somebody may, that would not have before.
    Looser,
    /// It cannot be told from the words alone, or there is no more or less.
    Other,
    /// Something is asked that was not.
    Tighter,
}

impl Leaning {
    /// The word for a report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Looser => "loosened",
            Self::Other => "changed",
            Self::Tighter => "tightened",
        }
    }

    /// The sign before a line about it: what asks less stands out.
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Looser => "▲",
            Self::Other => "·",
            Self::Tighter => "+",
        }
    }
}

/// One thing that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// Whether it asks less or more.
    pub leaning: Leaning,
    /// What it is about: `people.alice`, `rule "traffic"`, `key SHA256:…`, a key of the policy.
    pub subject: String,
    /// What happens to it, in words. May quote foreign text: make it visible before a terminal.
    pub text: String,
}

/// Everything that changes from one policy to the next. Empty where the two mean the same, as after a
/// change of comments or of the version alone.
pub fn compare(old: &Policy, new: &Policy) -> Vec<Shift> {
    let mut all = Shifts(Vec::new());
    all.scope(old, new);
    all.people(old, new);
    all.presence(old, new);
    all.agents(old, new);
    all.automation(old, new);
    all.keys(old, new);
    all.rules(old, new);
    all.change(old, new);
    all.risk(old, new);
    all.grants(old, new);
    all.log(old, new);
    if new.version <= old.version {
        let text = format!(
            "goes from {} to {}: it has to rise",
            old.version, new.version
        );
        all.say(Leaning::Other, "version", text);
    }
    // What asks less stands first: that is what a reviewer has to see.
    all.0.sort_by_key(|shift| shift.leaning != Leaning::Looser);
    all.0
}

struct Shifts(Vec<Shift>);

/// The roles and teams of somebody, as a list in words.
fn listed<S: AsRef<str>>(all: &[S]) -> String {
    let all: Vec<&str> = all.iter().map(AsRef::as_ref).collect();
    match all.as_slice() {
        [] => "nothing".to_owned(),
        all => all.join(", "),
    }
}

fn globs(all: &[Glob]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

/// What of `from` is not in `to`.
fn without(from: &[String], to: &[String]) -> Vec<String> {
    from.iter()
        .filter(|one| !to.contains(one))
        .cloned()
        .collect()
}

impl Shifts {
    fn say(&mut self, leaning: Leaning, subject: impl Into<String>, text: impl Into<String>) {
        self.0.push(Shift {
            leaning,
            subject: subject.into(),
            text: text.into(),
        });
    }

    /// A list where one more entry leans this way, and one less the other.
    fn list(&mut self, subject: &str, old: &[String], new: &[String], more: Leaning) {
        for (leaning, verb, names) in [
            (more, "gains", without(new, old)),
            (opposite(more), "loses", without(old, new)),
        ] {
            if !names.is_empty() {
                self.say(leaning, subject, format!("{verb} {}", listed(&names)));
            }
        }
    }

    /// A value that has an order: greater leans to `greater`.
    fn ordered<T: PartialOrd>(
        &mut self,
        subject: &str,
        key: &str,
        (old, new): (&T, &T),
        greater: Leaning,
        words: impl Fn(&T) -> String,
    ) {
        if old == new {
            return;
        }
        let leaning = if new > old {
            greater
        } else {
            opposite(greater)
        };
        self.say(
            leaning,
            subject,
            format!("{key} goes from {} to {}", words(old), words(new)),
        );
    }

    fn scope(&mut self, old: &Policy, new: &Policy) {
        let (a, b) = (&old.scope, &new.scope);
        let rank = |mode: Mode| match mode {
            Mode::Flagged => 0,
            Mode::UnlessHumanSigned => 1,
            Mode::All => 2,
        };
        if a.mode != b.mode {
            let leaning = if rank(b.mode) > rank(a.mode) {
                Leaning::Tighter
            } else {
                Leaning::Looser
            };
            let text = format!("goes from {} to {}", mode(a.mode), mode(b.mode));
            self.say(leaning, "scope.mode", text);
        }
        let (targets, later) = (globs(&a.targets), globs(&b.targets));
        self.list("scope.targets", &targets, &later, Leaning::Tighter);
        if targets.first() != later.first() && without(&targets, &later).is_empty() {
            let text = format!("the default target is {} now", new.default_target());
            self.say(Leaning::Other, "scope.targets", text);
        }
        let humans = (&a.exempt_humans, &b.exempt_humans);
        self.list("scope.exempt_humans", humans.0, humans.1, Leaning::Looser);
        self.list("scope.markers", &a.markers, &b.markers, Leaning::Tighter);
        for (key, was, is) in [
            ("repository", &old.repository, &new.repository),
            ("scope.refs", &a.refs, &b.refs),
            ("scope.notes", &a.notes, &b.notes),
        ] {
            if was != is {
                // Earlier verdicts, rejections among them, stand no longer.
                self.say(Leaning::Looser, key, format!("goes from {was} to {is}"));
            }
        }
    }
}

const fn opposite(leaning: Leaning) -> Leaning {
    match leaning {
        Leaning::Looser => Leaning::Tighter,
        Leaning::Other => Leaning::Other,
        Leaning::Tighter => Leaning::Looser,
    }
}

/// A name with what it is called in a policy, and what it was and is.
type Pair<'a, T> = (&'a str, String, Option<&'a T>, Option<&'a T>);

/// The entries of two tables that differ, by name.
fn pairs<'a, T: PartialEq + Debug>(
    table: &str,
    old: &'a BTreeMap<String, T>,
    new: &'a BTreeMap<String, T>,
) -> Vec<Pair<'a, T>> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .map(|name| {
            let subject = format!("{table}.{name}");
            (name.as_str(), subject, old.get(name), new.get(name))
        })
        .filter(|(_, _, was, is)| was != is)
        .collect()
}
