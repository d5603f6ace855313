//! A keymap as text: read, laid over the one below it, every mistake told with its line.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::action::Action;
use super::key::Key;
use super::keymap::Place;
use crate::config::suggest;

/// What is wrong with a keymap: one mistake.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("{file}:{line}: {what}")]
pub struct KeymapMistake {
    /// The file, as a person names it.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub what: String,
}

/// The keys of an action at a place, and where that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) keys: Vec<Key>,
    /// The layer: 0 is the built-in table.
    layer: usize,
    line: usize,
}

/// Bindings, layer upon layer.
#[derive(Debug, Default)]
pub(super) struct Layers {
    pub(super) bound: BTreeMap<(Place, Action), Bound>,
    pub(super) mistakes: Vec<KeymapMistake>,
    files: Vec<String>,
}

impl Layers {
    /// Lays a text over what is here. What is mistaken is left as it was.
    pub(super) fn add(&mut self, file: &str, text: &str) {
        let layer = self.files.len();
        self.files.push(file.to_owned());
        let mut reader = Reader {
            text,
            file,
            layer,
            mistakes: &mut self.mistakes,
        };
        match DeTable::parse(text) {
            Ok(table) => {
                for (name, value) in table.get_ref() {
                    let at = name.span().start;
                    reader.place(name.get_ref(), at, value.get_ref(), &mut self.bound);
                }
            }
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                reader.wrong(at, error.message().to_owned());
            }
        }
    }

    /// Lays a preset over what is here. Its keys are taken from whatever had them: a preset is
    /// whole, and a new key of the built-in table must not break it.
    pub(super) fn add_preset(&mut self, file: &str, text: &str) {
        let layer = self.files.len();
        self.add(file, text);
        let mut taken: Vec<(Place, Action, Key)> = Vec::new();
        for ((place, action), bound) in &self.bound {
            if bound.layer == layer {
                taken.extend(bound.keys.iter().map(|key| (*place, *action, *key)));
            }
        }
        for ((place, action), bound) in &mut self.bound {
            if bound.layer < layer {
                let is_taken = |key: &Key| {
                    let other = taken
                        .iter()
                        .find(|(p, a, k)| (p, k) == (place, key) && a != action);
                    other.is_some()
                };
                bound.keys.retain(|key| !is_taken(key));
            }
        }
    }

    /// Which key does what; a key that two actions have is a mistake of the upper layer.
    pub(super) fn lookup(&mut self) -> BTreeMap<(Place, Key), Action> {
        let mut lookup: BTreeMap<(Place, Key), Action> = BTreeMap::new();
        for ((place, action), bound) in &self.bound {
            for key in &bound.keys {
                let other = lookup.get(&(*place, *key)).copied();
                let Some(other) = other.filter(|other| other != action) else {
                    lookup.insert((*place, *key), *action);
                    continue;
                };
                let Some(below) = self.bound.get(&(*place, other)) else {
                    continue;
                };
                let mine = (bound.layer, bound.line) > (below.layer, below.line);
                let (upper, lower) = match mine {
                    true => ((*action, bound), (other, below)),
                    false => ((other, below), (*action, bound)),
                };
                // The built-in key stays with its action until the file takes it away.
                lookup.insert((*place, *key), lower.0);
                self.mistakes.push(self.twice(*place, *key, upper, lower));
            }
        }
        lookup
    }

    fn twice(
        &self,
        place: Place,
        key: Key,
        upper: (Action, &Bound),
        lower: (Action, &Bound),
    ) -> KeymapMistake {
        let (first, second) = (lower.0.name(), upper.0.name());
        let rest = lower.1.keys.iter().filter(|other| **other != key);
        let rest: Vec<String> = rest.map(|key| format!("{:?}", key.to_string())).collect();
        let taken = match (
            upper.1.layer == lower.1.layer,
            self.files.get(lower.1.layer),
        ) {
            (false, Some(file)) => format!(
                "; that is in {file}, take it away with {first} = [{}]",
                rest.join(", ")
            ),
            _ => String::new(),
        };
        KeymapMistake {
            file: self.files.get(upper.1.layer).cloned().unwrap_or_default(),
            line: upper.1.line,
            what: format!(
                "{}: {key} is bound to {first} and to {second}{taken}",
                place.name()
            ),
        }
    }
}

/// One text that is being read.
struct Reader<'a> {
    text: &'a str,
    file: &'a str,
    layer: usize,
    mistakes: &'a mut Vec<KeymapMistake>,
}

impl Reader<'_> {
    fn wrong(&mut self, at: usize, what: String) {
        self.mistakes.push(KeymapMistake {
            file: self.file.to_owned(),
            line: self.line(at),
            what,
        });
    }

    /// The line of a byte, from 1.
    fn line(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or(self.text);
        before.matches('\n').count() + 1
    }

    fn place(
        &mut self,
        name: &str,
        at: usize,
        value: &DeValue<'_>,
        bound: &mut BTreeMap<(Place, Action), Bound>,
    ) {
        let Some(place) = Place::ALL.into_iter().find(|p| p.name() == name) else {
            let known = Place::ALL.map(Place::name);
            let hint = suggest::hint(name, &known);
            return self.wrong(at, format!("no place is called {name:?}{hint}"));
        };
        let DeValue::Table(bindings) = value else {
            return self.wrong(at, format!("{name}: expected a table: [{name}]"));
        };
        for (action, value) in bindings {
            let at = action.span().start;
            let name = action.get_ref();
            match Self::binding(name, value.get_ref()) {
                Ok((action, _)) if self.is_elsewhere(place, action, bound) => {
                    let at_home = |p: &Place| bound.contains_key(&(*p, action));
                    let homes = Place::ALL.into_iter().filter(at_home);
                    let homes: Vec<&str> = homes.map(Place::name).collect();
                    let (place, homes) = (place.name(), homes.join(", "));
                    self.wrong(
                        at,
                        format!("{place}.{name}: does nothing there; it is of {homes}"),
                    );
                }
                Ok((action, keys)) => {
                    let (layer, line) = (self.layer, self.line(at));
                    bound.insert((place, action), Bound { keys, layer, line });
                }
                Err(what) => self.wrong(at, format!("{}.{name}: {what}", place.name())),
            }
        }
    }

    /// Whether this is no place for the action: the built-in table has it elsewhere.
    fn is_elsewhere(
        &self,
        place: Place,
        action: Action,
        bound: &BTreeMap<(Place, Action), Bound>,
    ) -> bool {
        let here = |place| bound.contains_key(&(place, action));
        self.layer > 0 && !here(place) && !here(Place::Always)
    }

    fn binding(name: &str, value: &DeValue<'_>) -> Result<(Action, Vec<Key>), String> {
        let Some(action) = Action::by_name(name) else {
            let known = Action::ALL.iter().map(|action| action.name());
            let meant = suggest::nearest(name, known)
                .map_or("; docs/keys.md lists them".to_owned(), |meant| {
                    format!("; did you mean {meant:?}?")
                });
            return Err(format!("no such action{meant}"));
        };
        let expected = || "expected a list of keys, such as [\"j\", \"Down\"]".to_owned();
        let DeValue::Array(items) = value else {
            return Err(expected());
        };
        let mut keys: Vec<Key> = Vec::new();
        for item in items.iter() {
            let DeValue::String(text) = item.get_ref() else {
                return Err(expected());
            };
            let key: Key = text.parse().map_err(|error| format!("{error}"))?;
            if keys.contains(&key) {
                return Err(format!("{key} stands there twice"));
            }
            keys.push(key);
        }
        Ok((action, keys))
    }
}
