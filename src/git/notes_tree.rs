//! Note trees: any fan-out is read, a path counts if its hex digits without slashes are an object
//! id. What has no unambiguous reading elsewhere is read here as far as it goes, because evidence
//! only ever grows.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;

use super::objects::Objects;
use super::tree::{entries_as_stored, read_tree};
use super::{GitError, Result};
use crate::change::Oid;

/// Differing entries in one reading of the notes, so that a tree bomb ends in an error.
const ENTRIES: usize = 20_000_000;
/// Trees kept parsed between comparisons: parents and children share most of theirs.
const KEPT: usize = 1_024;

/// One entry, owned: name, mode, object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Item {
    name: Vec<u8>,
    mode: u32,
    oid: Oid,
}

impl Item {
    fn is_tree(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }
}

/// One difference between two note trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Difference {
    /// A note's blob is there on the new side only (`added`) or on the old side only.
    Note {
        path: Vec<u8>,
        annotated: Oid,
        blob: Oid,
        added: bool,
    },
    /// Something on the new side is no note.
    Odd { path: Vec<u8>, why: &'static str },
}

/// Reads note trees and remembers the last ones.
pub(super) struct NoteTrees<'odb, 'repo> {
    odb: &'odb Objects<'repo>,
    kept: HashMap<Oid, Rc<Vec<Item>>>,
    entries_left: usize,
}

impl<'odb, 'repo> NoteTrees<'odb, 'repo> {
    pub(super) fn new(odb: &'odb Objects<'repo>) -> Self {
        Self {
            odb,
            kept: HashMap::new(),
            entries_left: ENTRIES,
        }
    }

    /// What is left of the budget of entries.
    pub(super) const fn entries_left(&self) -> usize {
        self.entries_left
    }

    /// Leaves no more of the budget than this: a reading that goes on has spent the rest before.
    pub(super) fn leave(&mut self, entries: usize) {
        self.entries_left = self.entries_left.min(entries);
    }

    /// The entries of a tree by name.
    fn items(&mut self, tree: Oid) -> Result<Rc<Vec<Item>>> {
        if let Some(items) = self.kept.get(&tree) {
            return Ok(Rc::clone(items));
        }
        let object = read_tree(self.odb, tree)?;
        let (found, _) = entries_as_stored(object.data());
        let mut items: Vec<Item> = found
            .iter()
            .map(|entry| Item {
                name: entry.name.to_vec(),
                mode: entry.mode,
                oid: entry.oid,
            })
            .collect();
        items.sort_unstable();
        items.dedup();
        let items = Rc::new(items);
        if self.kept.len() >= KEPT {
            self.kept.clear();
        }
        self.kept.insert(tree, Rc::clone(&items));
        Ok(items)
    }

    /// What differs between two note trees.
    pub(super) fn compare(
        &mut self,
        old: Option<Oid>,
        new: Option<Oid>,
        visit: &mut dyn FnMut(Difference) -> Result<()>,
    ) -> Result<()> {
        self.level(old, new, &mut Vec::new(), visit)
    }

    fn level(
        &mut self,
        old: Option<Oid>,
        new: Option<Oid>,
        path: &mut Vec<u8>,
        visit: &mut dyn FnMut(Difference) -> Result<()>,
    ) -> Result<()> {
        if old == new {
            return Ok(());
        }
        let olds = old.map(|tree| self.items(tree)).transpose()?;
        let news = new.map(|tree| self.items(tree)).transpose()?;
        let olds: &[Item] = olds.as_ref().map_or(&[], |items| items);
        let news: &[Item] = news.as_ref().map_or(&[], |items| items);
        let (gone, new) = differing(olds, news);
        // Only what differs is paid for: a long honest history must not use the budget up.
        self.entries_left = self
            .entries_left
            .checked_sub(gone.len() + new.len())
            .ok_or_else(|| GitError::OverBudget {
                what: "the notes history".to_owned(),
                limit: format!("{ENTRIES} changed entries"),
            })?;
        for (items, other, added) in [(gone, news, false), (new, olds, true)] {
            for item in items {
                let length = path.len();
                if length > 0 {
                    path.push(b'/');
                }
                path.extend_from_slice(&item.name);
                self.item(item, other, added, path, visit)?;
                path.truncate(length);
            }
        }
        Ok(())
    }

    fn item(
        &mut self,
        item: &Item,
        other: &[Item],
        added: bool,
        path: &mut Vec<u8>,
        visit: &mut dyn FnMut(Difference) -> Result<()>,
    ) -> Result<()> {
        let digits: Vec<u8> = path.iter().copied().filter(|b| *b != b'/').collect();
        let is_hex = digits
            .iter()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            && !item.name.is_empty();
        let mut odd = |why| match added {
            true => visit(Difference::Odd {
                path: path.clone(),
                why,
            }),
            false => Ok(()),
        };
        if item.is_tree() {
            if !is_hex || digits.len() >= 40 {
                return odd("a directory that is no part of an object id");
            }
            let twin = other
                .iter()
                .find(|twin| twin.is_tree() && twin.name == item.name);
            return match (added, twin) {
                // A directory on both sides is compared once, from the new side.
                (false, Some(_)) => Ok(()),
                (false, None) => self.level(Some(item.oid), None, path, visit),
                (true, twin) => self.level(twin.map(|t| t.oid), Some(item.oid), path, visit),
            };
        }
        match item.mode & 0o170_000 {
            0o100_000 => {}
            0o120_000 => return odd("a symbolic link"),
            0o160_000 => return odd("a submodule"),
            _ => return odd("an entry of an unknown kind"),
        }
        let annotated = std::str::from_utf8(&digits)
            .ok()
            .filter(|_| is_hex)
            .and_then(|hex| hex.parse().ok());
        match annotated {
            Some(annotated) => visit(Difference::Note {
                path: path.clone(),
                annotated,
                blob: item.oid,
                added,
            }),
            None => odd("not the 40 lower-case hex digits of an object id"),
        }
    }

    /// The places of one object's notes in a tree, whatever their fan-out: path and blob.
    pub(super) fn find(&mut self, tree: Oid, annotated: Oid) -> Result<Vec<(Vec<u8>, Oid)>> {
        let mut found = Vec::new();
        let hex = annotated.to_string();
        self.find_below(tree, hex.as_bytes(), &mut Vec::new(), &mut found)?;
        Ok(found)
    }

    fn find_below(
        &mut self,
        tree: Oid,
        rest: &[u8],
        path: &mut Vec<u8>,
        found: &mut Vec<(Vec<u8>, Oid)>,
    ) -> Result<()> {
        let items = self.items(tree)?;
        for length in 1..=rest.len() {
            let (name, after) = rest.split_at(length);
            let from = items.partition_point(|item| item.name.as_slice() < name);
            for item in items[from..].iter().take_while(|item| item.name == name) {
                let before = path.len();
                if before > 0 {
                    path.push(b'/');
                }
                path.extend_from_slice(name);
                if after.is_empty() && item.mode & 0o170_000 == 0o100_000 {
                    found.push((path.clone(), item.oid));
                } else if !after.is_empty() && item.is_tree() {
                    self.find_below(item.oid, after, path, found)?;
                }
                path.truncate(before);
            }
        }
        Ok(())
    }

    /// The two-digit directories of a tree, and how many notes stand in it directly.
    pub(super) fn shape(&mut self, tree: Oid) -> Result<Shape> {
        let items = self.items(tree)?;
        let hex = |name: &[u8]| name.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let mut shape = Shape::default();
        for item in items.iter().filter(|item| hex(&item.name)) {
            if item.is_tree() && item.name.len() == 2 {
                shape.fans.push((item.name.clone(), item.oid));
            } else if item.mode & 0o170_000 == 0o100_000 && item.name.len() > 2 {
                shape.notes.push((item.name.clone(), item.mode, item.oid));
            }
        }
        Ok(shape)
    }
}

/// What only the one and what only the other of two sorted lists has.
fn differing<'a>(olds: &'a [Item], news: &'a [Item]) -> (Vec<&'a Item>, Vec<&'a Item>) {
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    let (mut old, mut young) = (olds.iter().peekable(), news.iter().peekable());
    loop {
        match (old.peek(), young.peek()) {
            (None, None) => return (gone, new),
            (Some(_), None) => gone.extend(old.next()),
            (None, Some(_)) => new.extend(young.next()),
            (Some(a), Some(b)) => match a.cmp(b) {
                Ordering::Less => gone.extend(old.next()),
                Ordering::Greater => new.extend(young.next()),
                Ordering::Equal => {
                    old.next();
                    young.next();
                }
            },
        }
    }
}

/// How the notes of one directory are laid out.
#[derive(Default)]
pub(super) struct Shape {
    /// Two-digit directories.
    pub(super) fans: Vec<(Vec<u8>, Oid)>,
    /// Notes that stand here: name, mode, blob.
    pub(super) notes: Vec<(Vec<u8>, u32, Oid)>,
}
