//! Which key does what, where: the built-in table with the user's laid over it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::action::{Action, Section};
use super::key::Key;
use super::keymap_text::Layers;

pub use super::keymap_text::KeymapMistake;

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

/// The bindings, place by place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    keys: BTreeMap<(Place, Action), Vec<Key>>,
    lookup: BTreeMap<(Place, Key), Action>,
}

impl Keymap {
    /// The built-in table.
    pub fn built_in() -> Self {
        Self::layered(None, None).0
    }

    /// The built-in table with a preset and the user's own keymap laid over it, each its name and its
    /// text, and every mistake of theirs. What is mistaken is left as it was below.
    pub fn layered(
        preset: Option<(&str, &str)>,
        own: Option<(&str, &str)>,
    ) -> (Self, Vec<KeymapMistake>) {
        let mut layers = Layers::default();
        layers.add("the built-in keymap", BUILT_IN);
        if let Some((name, text)) = preset {
            layers.add_preset(name, text);
        }
        if let Some((file, text)) = own {
            layers.add(file, text);
        }
        let lookup = layers.lookup();
        let bound = layers.bound.into_iter();
        let keys = bound.map(|(at, bound)| (at, bound.keys)).collect();
        let mut mistakes = layers.mistakes;
        mistakes.sort_by_key(|mistake| (mistake.file.clone(), mistake.line));
        (Self { keys, lookup }, mistakes)
    }

    /// Whether an action is one of a place's, with a key there or everywhere or without any.
    pub fn belongs(&self, place: Place, action: Action) -> bool {
        let here = |place| self.keys.contains_key(&(place, action));
        here(place) || here(Place::Always)
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

    /// The lines of the whole help: heading, keys, what they do; the keys are those of the place
    /// where an action is met first.
    pub fn help_everywhere(&self) -> Vec<(Section, String, Action)> {
        const FIRST_MET: [Place; 6] = [
            Place::Main,
            Place::Sheet,
            Place::Box,
            Place::List,
            Place::Ask,
            Place::Always,
        ];
        let met = |action: Action| {
            let keys = FIRST_MET.iter().map(|place| self.keys(*place, action));
            keys.into_iter().find(|keys| !keys.is_empty())
        };
        let line = |action: &Action| {
            let keys: Vec<String> = met(*action)?.iter().map(Key::to_string).collect();
            Some((action.section(), keys.join(" "), *action))
        };
        Action::ALL.iter().filter_map(line).collect()
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> (Keymap, Vec<KeymapMistake>) {
        Keymap::layered(None, Some(("keymap.toml", text)))
    }

    #[test]
    fn the_built_in_table_has_no_mistake_and_binds_the_contract() {
        let (keymap, errors) = read("");
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
        let (keymap, errors) = read("[main]\napprove = [\"F2\"]\nreject = []\n");
        assert_eq!(errors, []);
        let main = |key: &str| keymap.lookup(Place::Main, key.parse().unwrap());
        assert_eq!(
            (main("a"), main("F2"), main("r")),
            (None, Some(Action::Approve), None)
        );
    }

    #[test]
    fn every_mistake_is_reported_with_its_line_and_the_rest_holds() {
        let text = "[main]\naprove = [\"z\"]\ndown = \"j\"\nup = [\"kk\"]\nopen = [\"j\"]\n\
                    [manu]\n[box]\nfinish = [\"F1\", \"F1\"]\nleave = [\"F2\"]\neditor = [\"F2\"]\nsign = [\"F3\"]\n";
        let (keymap, mistakes) = read(text);
        let expected = [
            "keymap.toml:2: main.aprove: no such action; did you mean \"approve\"?",
            "keymap.toml:3: main.down: expected a list of keys, such as [\"j\", \"Down\"]",
            "keymap.toml:4: main.up: \"kk\" is no key: write one character, ^x, Alt-x",
            "keymap.toml:5: main: j is bound to down and to open; that is in the built-in keymap, \
             take it away with down = [\"Down\"]",
            "keymap.toml:6: no place is called \"manu\"; did you mean \"main\"?",
            "keymap.toml:8: box.finish: F1 stands there twice",
            "keymap.toml:10: box: F2 is bound to leave and to editor",
            "keymap.toml:11: box.sign: does nothing there; it is of sheet",
        ];
        assert_eq!(mistakes.len(), expected.len(), "{mistakes:#?}");
        for (mistake, expected) in mistakes.iter().zip(expected) {
            assert!(mistake.to_string().starts_with(expected), "{mistake}");
        }
        let main = |key: &str| keymap.lookup(Place::Main, key.parse().unwrap());
        assert_eq!(
            (main("k"), main("j")),
            (Some(Action::Up), Some(Action::Down))
        );
        let broken = read("[main]\nup = [\n").1;
        assert!(
            broken[0].to_string().starts_with("keymap.toml:"),
            "{broken:?}"
        );
        assert_eq!(broken.len(), 1);
    }
}
