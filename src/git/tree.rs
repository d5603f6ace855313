//! Trees read raw: what differs between two of them, descending only where ids differ.

use std::cmp::Ordering;

use git2::{ObjectType, OdbObject};

use super::objects::{Objects, malformed, read};
use super::{GitError, Result, Store};
use crate::change::{Oid, RepoPath};
use crate::diff::Mode;

/// The tree without entries, which every repository has.
pub const EMPTY_TREE: Oid = Oid::from_bytes([
    0x4b, 0x82, 0x5d, 0xc6, 0x42, 0xcb, 0x6e, 0xb9, 0xa0, 0x60, 0xe5, 0x4b, 0xf8, 0xd6, 0x92, 0x88,
    0xfb, 0xee, 0x49, 0x04,
]);

/// A file, symlink or submodule in a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Leaf {
    /// Its mode, as git normalises it.
    pub mode: Mode,
    /// The blob, or the commit of a submodule.
    pub oid: Oid,
}

/// A path whose leaf differs between two trees. At least one side is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeChange {
    /// The path.
    pub path: RepoPath,
    /// The leaf before.
    pub old: Option<Leaf>,
    /// The leaf after.
    pub new: Option<Leaf>,
}

/// One entry of a directory: its name, raw bytes; its mode as stored; what it names.
pub type DirEntry = (Vec<u8>, u32, Oid);

/// Bytes of one tree object that are read at most.
const TREE_CAP: u64 = 64 << 20;
/// Entries that one comparison looks at, so that a tree bomb ends in an error.
const ENTRIES: usize = 4_000_000;
/// Changed paths that one comparison lists.
const CHANGES: usize = 1_000_000;
/// Depth to which trees may nest.
const DEPTH: usize = 200;
/// Bytes of one path.
const PATH: usize = 16 << 10;

/// One entry of a raw tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) mode: u32,
    pub(super) name: &'a [u8],
    pub(super) oid: Oid,
}

impl Entry<'_> {
    pub(super) fn is_tree(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }
}

pub(super) fn read_tree<'odb>(odb: &'odb Objects<'_>, oid: Oid) -> Result<OdbObject<'odb>> {
    read(odb, oid, ObjectType::Tree, TREE_CAP)
}

/// The entries of a raw tree in their stored order. A tree whose names are not unique, not in
/// git's order, empty or with a `/` in them has no unambiguous reading and is refused.
pub(super) fn entries(oid: Oid, bytes: &[u8]) -> Result<Vec<Entry<'_>>> {
    let (found, whole) = entries_as_stored(bytes);
    if !whole {
        return Err(malformed(oid, "a tree entry is cut short"));
    }
    if found.iter().any(|entry| entry.name.is_empty()) {
        return Err(malformed(oid, "a tree entry has no name"));
    }
    if found.iter().any(|entry| entry.name.contains(&b'/')) {
        return Err(malformed(oid, "a tree entry has a slash in its name"));
    }
    if found
        .windows(2)
        .any(|pair| git_order(&pair[0], &pair[1]).is_ge())
    {
        return Err(malformed(oid, "tree entries are duplicate or out of order"));
    }
    Ok(found)
}

/// The entries of a raw tree however they stand, and whether the tree could be read to its end.
pub(super) fn entries_as_stored(bytes: &[u8]) -> (Vec<Entry<'_>>, bool) {
    let mut found: Vec<Entry<'_>> = Vec::with_capacity(bytes.len() / 36 + 1);
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some((entry, after)) = entry(rest) else {
            return (found, false);
        };
        found.push(entry);
        rest = after;
    }
    (found, true)
}

fn entry(bytes: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    let space = bytes.iter().take(8).position(|b| *b == b' ')?;
    let mode = u32::from_str_radix(std::str::from_utf8(&bytes[..space]).ok()?, 8).ok()?;
    let rest = &bytes[space + 1..];
    let nul = rest.iter().position(|b| *b == 0)?;
    let oid: [u8; 20] = rest.get(nul + 1..nul + 21)?.try_into().ok()?;
    let entry = Entry {
        mode,
        name: &rest[..nul],
        oid: Oid::from_bytes(oid),
    };
    Some((entry, &rest[nul + 21..]))
}

/// Git sorts a directory as if its name ended in a slash.
pub(super) fn git_order(a: &Entry<'_>, b: &Entry<'_>) -> Ordering {
    let end = |entry: &Entry<'_>| if entry.is_tree() { b'/' } else { 0 };
    let shared = a.name.len().min(b.name.len());
    a.name[..shared].cmp(&b.name[..shared]).then_with(|| {
        let next_a = a.name.get(shared).copied().unwrap_or_else(|| end(a));
        let next_b = b.name.get(shared).copied().unwrap_or_else(|| end(b));
        next_a.cmp(&next_b)
    })
}

/// One comparison under way.
struct Comparison<'odb, 'repo> {
    odb: &'odb Objects<'repo>,
    entries_left: usize,
    path: Vec<u8>,
    changes: Vec<TreeChange>,
}

impl Comparison<'_, '_> {
    /// Compares two directories at the current path; none is one that is not there.
    fn trees(&mut self, old: Option<Oid>, new: Option<Oid>, depth: usize) -> Result<()> {
        if depth == 0 || self.path.len() > PATH {
            return Err(over_budget(
                "the nesting of a tree",
                &format!("{DEPTH} levels"),
            ));
        }
        let old_object = old.map(|oid| read_tree(self.odb, oid)).transpose()?;
        let new_object = new.map(|oid| read_tree(self.odb, oid)).transpose()?;
        let mut olds = by_name(old, old_object.as_ref())?.into_iter().peekable();
        let mut news = by_name(new, new_object.as_ref())?.into_iter().peekable();
        loop {
            let order = match (olds.peek(), news.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => a.name.cmp(b.name),
            };
            let old = if order.is_le() { olds.next() } else { None };
            let new = if order.is_ge() { news.next() } else { None };
            self.entries_left = self.entries_left.checked_sub(1).ok_or_else(|| {
                over_budget("a comparison of trees", &format!("{ENTRIES} entries"))
            })?;
            self.entry(old, new, depth)?;
        }
    }

    fn entry(
        &mut self,
        old: Option<Entry<'_>>,
        new: Option<Entry<'_>>,
        depth: usize,
    ) -> Result<()> {
        let same = |a: Entry<'_>, b: Entry<'_>| a.oid == b.oid && a.is_tree() && b.is_tree();
        if let (Some(a), Some(b)) = (old, new)
            && (same(a, b) || a.oid == b.oid && a.mode == b.mode)
        {
            return Ok(());
        }
        let Some(name) = new.or(old).map(|entry| entry.name) else {
            return Ok(());
        };
        let length = self.path.len();
        if length > 0 {
            self.path.push(b'/');
        }
        self.path.extend_from_slice(name);
        let subtree = |entry: Option<Entry<'_>>| entry.filter(Entry::is_tree).map(|e| e.oid);
        let (old_tree, new_tree) = (subtree(old), subtree(new));
        if old_tree.is_some() || new_tree.is_some() {
            self.trees(old_tree, new_tree, depth - 1)?;
        }
        let old = old.filter(|e| !e.is_tree()).map(leaf).transpose()?;
        let new = new.filter(|e| !e.is_tree()).map(leaf).transpose()?;
        if old != new {
            if self.changes.len() >= CHANGES {
                return Err(over_budget("a change", &format!("{CHANGES} paths")));
            }
            self.changes.push(TreeChange {
                path: RepoPath::new(self.path.clone()),
                old,
                new,
            });
        }
        self.path.truncate(length);
        Ok(())
    }
}

/// The entries of a directory by name alone: a file and a directory of one name, which stand
/// apart in git's order, meet here.
fn by_name<'o>(oid: Option<Oid>, object: Option<&'o OdbObject<'_>>) -> Result<Vec<Entry<'o>>> {
    let (Some(oid), Some(object)) = (oid, object) else {
        return Ok(Vec::new());
    };
    let mut found = entries(oid, object.data())?;
    found.sort_unstable_by(|a, b| a.name.cmp(b.name));
    if found.windows(2).any(|pair| pair[0].name == pair[1].name) {
        return Err(malformed(oid, "a file and a directory have the same name"));
    }
    Ok(found)
}

fn leaf(entry: Entry<'_>) -> Result<Leaf> {
    let mode = Mode::from_raw(entry.mode).ok_or_else(|| {
        malformed(
            entry.oid,
            &format!("it is entered with the mode {:o}", entry.mode),
        )
    })?;
    Ok(Leaf {
        mode,
        oid: entry.oid,
    })
}

fn over_budget(what: &str, limit: &str) -> GitError {
    GitError::OverBudget {
        what: what.to_owned(),
        limit: limit.to_owned(),
    }
}

impl Store {
    /// The paths whose leaf differs between two trees, by raw path bytes, without rename
    /// detection. Where a directory took the place of a file, the file goes and its files come.
    ///
    /// # Errors
    /// Where a tree is missing, corrupt or ambiguous, or the change is over the budgets.
    pub fn tree_changes(&self, old_tree: Oid, new_tree: Oid) -> Result<Vec<TreeChange>> {
        if old_tree == new_tree {
            return Ok(Vec::new());
        }
        let odb = self.odb()?;
        let mut comparison = Comparison {
            odb: &odb,
            entries_left: ENTRIES,
            path: Vec::new(),
            changes: Vec::new(),
        };
        let side = |tree: Oid| (tree != EMPTY_TREE).then_some(tree);
        comparison.trees(side(old_tree), side(new_tree), DEPTH)?;
        let mut changes = comparison.changes;
        changes.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(changes)
    }

    /// The entry at a path of a tree: its mode as stored, and what it names. An empty path is none.
    ///
    /// # Errors
    /// Where a tree on the way is missing, corrupt or ambiguous.
    pub fn entry_at(&self, tree: Oid, path: &RepoPath) -> Result<Option<(u32, Oid)>> {
        let odb = self.odb()?;
        let mut at = tree;
        let mut components = path.as_bytes().split(|b| *b == b'/').peekable();
        while let Some(name) = components.next() {
            let object = read_tree(&odb, at)?;
            let found = entries(at, object.data())?
                .into_iter()
                .find(|entry| entry.name == name);
            match found {
                Some(entry) if components.peek().is_none() => {
                    return Ok(Some((entry.mode, entry.oid)));
                }
                Some(entry) if entry.is_tree() => at = entry.oid,
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// The entries of a directory of a tree in stored order; none where there is no such
    /// directory. An empty path is the root.
    ///
    /// # Errors
    /// As [`Store::entry_at`].
    pub fn list_dir(&self, tree: Oid, path: &RepoPath) -> Result<Option<Vec<DirEntry>>> {
        let dir = if path.as_bytes().is_empty() {
            tree
        } else {
            match self.entry_at(tree, path)? {
                Some((mode, oid)) if mode & 0o170_000 == 0o040_000 => oid,
                _ => return Ok(None),
            }
        };
        let odb = self.odb()?;
        let object = read_tree(&odb, dir)?;
        let found = entries(dir, object.data())?;
        Ok(Some(
            found
                .iter()
                .map(|entry| (entry.name.to_vec(), entry.mode, entry.oid))
                .collect(),
        ))
    }
}
