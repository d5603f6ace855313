//! Which key does what, where: the built-in table with the user's laid over it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::action::{Action, Section};
use super::key::Key;

/// The built-in table.
const BUILT_IN: &str = include_str!("keymap.toml");

/// Where a key is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Everywhere.
    Always,
    /// The queue and the diff.
    Main,
    /// The sign sheet.
    Sheet,
    /// A box of words.
    Box,
    /// A list that scrolls.
    List,
    /// A question.
    Ask,
}

impl Place {
    /// Every place, in the order of the help.
    pub const ALL: [Self; 6] = [
        Self::Always,
        Self::Main,
        Self::Sheet,
        Self::Box,
        Self::List,
        Self::Ask,
    ];

    /// The table's name in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Main => "main",
            Self::Sheet => "sheet",
            Self::Box => "box",
            Self::List => "list",
            Self::Ask => "ask",
        }
    }

    /// What the place is called in the documentation.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Always => "Everywhere",
            Self::Main => "Queue and diff",
            Self::Sheet => "Sign sheet",
            Self::Box => "Box of words",
            Self::List => "Lists that scroll",
            Self::Ask => "A question",
        }
    }
}

/// What is wrong with a keymap, one entry a mistake.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum KeymapError {
    /// Not TOML.
    #[error("keymap: {0}")]
    Toml(String),
    /// A table that is no place.
    #[error("keymap: no place is called {0:?}; known: always, main, sheet, box, list, ask")]
    Place(String),
    /// A name that is no action.
    #[error("keymap: {place}.{name}: no such action{}", similar(.suggestion))]
    Action {
        /// The table.
        place: String,
        /// The unknown name.
        name: String,
        /// The nearest known name.
        suggestion: Option<&'static str>,
    },
    /// A value that is no list of keys.
    #[error("keymap: {place}.{name}: expected a list of keys, such as [\"j\", \"Down\"]")]
    Keys {
        /// The table.
        place: String,
        /// The action.
        name: String,
    },
    /// A text that is no key.
    #[error("keymap: {place}.{name}: {source}")]
    Key {
        /// The table.
        place: String,
        /// The action.
        name: String,
        /// Which text.
        source: super::key::BadKey,
    },
    /// One key for two actions.
    #[error("keymap: {place}: {key} is bound to {first} and to {second}")]
    Twice {
        /// The table.
        place: &'static str,
        /// The key.
        key: String,
        /// One of them.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
}

fn similar(suggestion: &Option<&'static str>) -> String {
    suggestion.map_or(String::new(), |name| format!("; did you mean {name:?}?"))
}

/// The bindings, place by place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    keys: BTreeMap<(Place, Action), Vec<Key>>,
    lookup: BTreeMap<(Place, Key), Action>,
}

impl Keymap {
    /// The built-in table.
    pub fn built_in() -> Self {
        Self::read("").0
    }

    /// The built-in table with this text laid over it, and every mistake of the text. What is
    /// mistaken is left as built in.
    pub fn read(text: &str) -> (Self, Vec<KeymapError>) {
        let mut errors = Vec::new();
        let mut keys = BTreeMap::new();
        for text in [BUILT_IN, text] {
            match text.parse::<toml::Table>() {
                Ok(table) => overlay(&mut keys, &table, &mut errors),
                Err(error) => errors.push(KeymapError::Toml(error.to_string())),
            }
        }
        let mut lookup = BTreeMap::new();
        for ((place, action), bound) in &keys {
            for key in bound {
                if let Some(first) = lookup.insert((*place, *key), *action) {
                    errors.push(KeymapError::Twice {
                        place: place.name(),
                        key: key.to_string(),
                        first: Action::name(first),
                        second: action.name(),
                    });
                }
            }
        }
        (Self { keys, lookup }, errors)
    }

    /// What a key does at a place.
    pub fn lookup(&self, place: Place, key: Key) -> Option<Action> {
        let here = self.lookup.get(&(place, key));
        here.or_else(|| self.lookup.get(&(Place::Always, key)))
            .copied()
    }

    /// The keys of an action at a place, the first the one to name.
    pub fn keys(&self, place: Place, action: Action) -> &[Key] {
        let own = self.keys.get(&(place, action));
        own.or_else(|| self.keys.get(&(Place::Always, action)))
            .map_or(&[], Vec::as_slice)
    }

    /// The first key of an action at a place as text; empty where it has none.
    pub fn key(&self, place: Place, action: Action) -> String {
        let first = self.keys(place, action).first();
        first.map_or(String::new(), Key::to_string)
    }

    /// The lines of the help at a place: heading, keys, what they do.
    pub fn help(&self, place: Place) -> Vec<(Section, String, Action)> {
        let mut lines = Vec::new();
        for action in Action::ALL {
            let keys = self.keys(place, *action);
            if !keys.is_empty() {
                let keys: Vec<String> = keys.iter().map(Key::to_string).collect();
                lines.push((action.section(), keys.join(" "), *action));
            }
        }
        lines
    }

    /// The page `docs/keys.md`.
    pub fn markdown(&self) -> String {
        let mut out = String::from(HEAD);
        for place in Place::ALL {
            let _ = write!(
                out,
                "\n## {}\n\n| key | name | what it does |\n|---|---|---|\n",
                place.title()
            );
            for action in Action::ALL {
                let Some(keys) = self.keys.get(&(place, *action)) else {
                    continue;
                };
                let keys: Vec<String> = keys
                    .iter()
                    .map(|key| format!("`{}`", key.to_string().replace('|', "\\|")))
                    .collect();
                let _ = writeln!(
                    out,
                    "| {} | `{}.{}` | {} |",
                    keys.join(" "),
                    place.name(),
                    action.name(),
                    action.says()
                );
            }
        }
        out
    }
}

const HEAD: &str = "# Keys

This page is made from the built-in key table, `src/app/keymap.toml`; a test fails when the two differ.
To change keys, write a `keymap.toml` of the same form in the configuration directory
(`$XDG_CONFIG_HOME/countersign`, on Linux else `~/.config/countersign`): a table for each place, and
in it the action's name with the list of its keys. What you do not name stays as it is; `[]` takes
an action's keys away.
";

fn overlay(
    keys: &mut BTreeMap<(Place, Action), Vec<Key>>,
    table: &toml::Table,
    errors: &mut Vec<KeymapError>,
) {
    for (place_name, bindings) in table {
        let place = Place::ALL.into_iter().find(|p| p.name() == place_name);
        let (Some(place), Some(bindings)) = (place, bindings.as_table()) else {
            errors.push(KeymapError::Place(place_name.clone()));
            continue;
        };
        for (name, value) in bindings {
            match binding(place_name, name, value) {
                Ok((action, bound)) => {
                    keys.insert((place, action), bound);
                }
                Err(error) => errors.push(error),
            }
        }
    }
}

fn binding(
    place: &str,
    name: &str,
    value: &toml::Value,
) -> Result<(Action, Vec<Key>), KeymapError> {
    let (place, owned) = (place.to_owned(), name.to_owned());
    let Some(action) = Action::by_name(name) else {
        return Err(KeymapError::Action {
            place,
            name: owned,
            suggestion: nearest(name),
        });
    };
    let list = value.as_array().map(|list| {
        let texts = list.iter().map(|item| item.as_str());
        texts.collect::<Option<Vec<&str>>>()
    });
    let Some(Some(texts)) = list else {
        return Err(KeymapError::Keys { place, name: owned });
    };
    let keys: Result<Vec<Key>, _> = texts.iter().map(|text| text.parse()).collect();
    keys.map(|keys| (action, keys))
        .map_err(|source| KeymapError::Key {
            place,
            name: owned,
            source,
        })
}

/// The known name that shares most with an unknown one.
fn nearest(name: &str) -> Option<&'static str> {
    let shared = |known: &str| {
        let parts = known.split('_').filter(|part| name.contains(part)).count();
        let start = known
            .bytes()
            .zip(name.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        parts * 4 + start
    };
    let best = Action::ALL.iter().max_by_key(|a| shared(a.name()))?;
    (shared(best.name()) >= 3).then(|| best.name())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_built_in_table_has_no_mistake_and_binds_the_contract() {
        let (keymap, errors) = Keymap::read("");
        assert_eq!(errors, []);
        let main = |key: &str| keymap.lookup(Place::Main, key.parse().unwrap());
        assert_eq!(main("a"), Some(Action::Approve));
        assert_eq!(main("Space"), Some(Action::ReadOn));
        assert_eq!(main("^l"), Some(Action::Redraw));
        assert_eq!(main("Q"), Some(Action::QuitNow));
        assert_eq!(keymap.lookup(Place::Sheet, "a".parse().unwrap()), None);
        assert_eq!(keymap.key(Place::Sheet, Action::Sign), "Enter");
    }

    #[test]
    fn a_users_table_replaces_the_keys_of_what_it_names() {
        let (keymap, errors) = Keymap::read("[main]\napprove = [\"F2\"]\nreject = []\n");
        assert_eq!(errors, []);
        let main = |key: &str| keymap.lookup(Place::Main, key.parse().unwrap());
        assert_eq!(
            (main("a"), main("F2"), main("r")),
            (None, Some(Action::Approve), None)
        );
    }

    #[test]
    fn every_mistake_is_reported_and_the_rest_holds() {
        let text =
            "[main]\naprove = [\"z\"]\ndown = \"j\"\nup = [\"kk\"]\nopen = [\"j\"]\n[manu]\n";
        let (keymap, errors) = Keymap::read(text);
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), 5, "{texts:#?}");
        assert!(
            texts[0].contains("main.aprove")
                || texts.iter().any(|t| t.contains("did you mean \"approve\"")),
            "{texts:#?}"
        );
        assert!(
            texts.iter().any(|t| t.contains("j is bound to")),
            "{texts:#?}"
        );
        assert_eq!(
            keymap.lookup(Place::Main, "k".parse().unwrap()),
            Some(Action::Up)
        );
    }
}
