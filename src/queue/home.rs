//! Names over several clones: the same change id may wait in two of them, and they are two changes.

use std::fmt;
use std::path::{Component, PathBuf};
use std::sync::Arc;

use crate::change::{ChangeId, QueueRef};

/// A clone whose changes are shown, by its short name, which no other one has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Home {
    name: Arc<str>,
    is_alone: bool,
}

/// A change of a clone, whatever its revision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChangeName {
    /// The clone.
    pub home: Home,
    /// The change.
    pub id: ChangeId,
}

/// A revision of a change of a clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevisionName {
    /// The clone.
    pub home: Home,
    /// The change.
    pub id: ChangeId,
    /// 1, 2, 3 …
    pub number: u32,
}

impl Home {
    /// The only clone whose changes are shown: names leave it out.
    pub fn alone(name: &str) -> Self {
        Self {
            name: name.into(),
            is_alone: true,
        }
    }

    /// One of several: names begin with it.
    pub fn among(name: &str) -> Self {
        Self {
            name: name.into(),
            is_alone: false,
        }
    }

    /// Its short name; empty where nobody has given it one.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether no other clone's changes are shown.
    pub const fn is_alone(&self) -> bool {
        self.is_alone
    }

    /// What stands before a name or a sentence about it: `shop:`, and nothing where it is alone.
    pub fn prefix(&self) -> String {
        match self.is_alone {
            true => String::new(),
            false => format!("{}:", self.name),
        }
    }

    /// A sentence about it, with its name in front where there are several.
    pub fn says(&self, sentence: &str) -> String {
        match self.is_alone {
            true => sentence.to_owned(),
            false => format!("{}: {sentence}", self.name),
        }
    }

    /// A change of it.
    pub fn change(&self, id: ChangeId) -> ChangeName {
        ChangeName {
            home: self.clone(),
            id,
        }
    }

    /// A revision of it.
    pub fn revision(&self, at: QueueRef) -> RevisionName {
        RevisionName {
            home: self.clone(),
            id: at.id,
            number: at.number,
        }
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::alone("")
    }
}

impl RevisionName {
    /// The change.
    pub fn change(&self) -> ChangeName {
        self.home.change(self.id.clone())
    }

    /// What it is called within its clone.
    pub fn at(&self) -> QueueRef {
        QueueRef {
            id: self.id.clone(),
            number: self.number,
        }
    }

    /// Another revision of the same change.
    pub fn with_number(&self, number: u32) -> Self {
        Self {
            number,
            ..self.clone()
        }
    }
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Display for ChangeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.home.prefix(), self.id)
    }
}

impl fmt::Display for RevisionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}@{}", self.home.prefix(), self.id, self.number)
    }
}

/// Short names for clones in these folders, in their order, each given once: the folder's own name,
/// and as many of the folders above it as it takes where two are alike.
pub fn short_names(dirs: &[PathBuf]) -> Vec<String> {
    let parts = |dir: &PathBuf| -> Vec<String> {
        let parts = dir.components().filter_map(|part| match part {
            Component::Normal(part) => Some(plain(&part.to_string_lossy())),
            _ => None,
        });
        let mut parts: Vec<String> = parts.collect();
        if parts.last().is_some_and(|last| last == ".git") {
            parts.pop();
        }
        if let Some(last) = parts.last_mut() {
            let short = last.strip_suffix(".git").unwrap_or(last).to_owned();
            *last = short;
        }
        parts
    };
    let all: Vec<Vec<String>> = dirs.iter().map(parts).collect();
    let named = |parts: &[String], deep: usize| parts[parts.len().saturating_sub(deep)..].join("/");
    let mut names: Vec<String> = Vec::with_capacity(all.len());
    for (nth, parts) in all.iter().enumerate() {
        let others = || all.iter().enumerate().filter(|(other, _)| *other != nth);
        let is_own = |deep: &usize| {
            let name = named(parts, *deep);
            !name.is_empty() && others().all(|(_, other)| named(other, *deep) != name)
        };
        let name = (1..=parts.len()).find(is_own);
        let mut name = named(parts, name.unwrap_or(parts.len()));
        // Folders that are spelt alike once they can be shown, and the root itself.
        if name.is_empty() || names.contains(&name) {
            name = format!("{name}#{}", nth + 1);
        }
        names.push(name);
    }
    names
}

/// A name that can stand in a line and in a filter: letters, digits and a few signs.
fn plain(name: &str) -> String {
    let shown = |c: char| c.is_alphanumeric() || "-_.+".contains(c);
    let plain = name.chars().map(|c| if shown(c) { c } else { '_' });
    plain.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_same_id_in_two_clones_is_two_changes_and_the_names_say_so() {
        let at = QueueRef::parse(b"fix-it/2").unwrap();
        let [shop, billing] = ["shop", "billing"].map(Home::among);
        let (one, other) = (shop.revision(at.clone()), billing.revision(at.clone()));
        assert_ne!(one, other);
        assert_ne!(one.change(), other.change());
        assert_eq!(one.at(), other.at());
        assert_eq!(one.to_string(), "shop:fix-it@2");
        assert_eq!(other.change().to_string(), "billing:fix-it");
        let alone = Home::alone("shop").revision(at);
        assert_eq!(alone.to_string(), "fix-it@2", "as within the clone");
        assert_eq!(alone.with_number(3).to_string(), "fix-it@3");
        assert_eq!(shop.says("no key"), "shop: no key");
        assert_eq!(alone.home.says("no key"), "no key");
    }
    #[test]
    fn folders_of_one_name_are_told_apart_by_those_above_them() {
        let names = |dirs: &[&str]| {
            let dirs: Vec<PathBuf> = dirs.iter().map(PathBuf::from).collect();
            short_names(&dirs).join(" ")
        };
        assert_eq!(names(&["/src/shop", "/src/billing.git"]), "shop billing");
        assert_eq!(names(&["/a/shop", "/b/shop", "/c/x"]), "a/shop b/shop x");
        assert_eq!(names(&["/shop", "/b/shop"]), "shop b/shop");
        assert_eq!(
            names(&["/a/one two", "/a/one:two"]),
            "a/one_two a/one_two#2"
        );
        assert_eq!(names(&["/", "/src/a\u{1b}[2Jb/.git"]), "#1 a__2Jb");
    }
}
