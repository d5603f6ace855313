//! New objects: blobs, trees, commits and tags, made in-process and byte for byte the same for the
//! same input.

use std::collections::BTreeMap;

use git2::ObjectType;

use super::tree::{EMPTY_TREE, Entry, entries, entries_as_stored, git_order, read_tree};
use super::{Result, Store};
use crate::change::{Identity, Oid, RepoPath};

/// A commit to be made. Its times are whole seconds, in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommit {
    /// The tree.
    pub tree: Oid,
    /// The parents, in order.
    pub parents: Vec<Oid>,
    /// The author, with the author's time.
    pub author: Identity,
    /// The committer, with the commit's time.
    pub committer: Identity,
    /// The message.
    pub message: String,
}

/// An annotated tag to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTag {
    /// The commit it is put on.
    pub target: Oid,
    /// The name inside the tag.
    pub name: String,
    /// Who makes it, and when.
    pub tagger: Identity,
    /// The message.
    pub message: String,
}

/// What a path of a tree becomes: a raw mode and an object, or nothing.
pub type TreeValue = Option<(u32, Oid)>;

impl NewCommit {
    /// The bytes of the commit without a signature: what a signature signs.
    pub fn payload(&self) -> Vec<u8> {
        let mut out = format!("tree {}\n", self.tree);
        for parent in &self.parents {
            out.push_str(&format!("parent {parent}\n"));
        }
        out.push_str(&format!("author {}\n", signature(&self.author)));
        out.push_str(&format!("committer {}\n\n", signature(&self.committer)));
        out.push_str(&message(&self.message));
        out.into_bytes()
    }
}

impl NewTag {
    /// The bytes of the tag without a signature: what a signature signs.
    pub fn payload(&self) -> Vec<u8> {
        let mut out = format!("object {}\ntype commit\n", self.target);
        out.push_str(&format!("tag {}\n", one_line(&self.name)));
        out.push_str(&format!("tagger {}\n\n", signature(&self.tagger)));
        out.push_str(&message(&self.message));
        out.into_bytes()
    }
}

/// `Name <email> seconds +0000`, without what would break the line.
fn signature(who: &Identity) -> String {
    let clean = |text: &str| {
        let text: String = text
            .chars()
            .filter(|c| !matches!(c, '<' | '>' | '\n' | '\r' | '\0'))
            .collect();
        text.trim().to_owned()
    };
    format!(
        "{} <{}> {} +0000",
        clean(&who.name),
        clean(&who.email),
        who.when.as_second()
    )
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r', '\0'], " ")
}

/// A message without NUL, with exactly one line break at its end.
fn message(text: &str) -> String {
    format!("{}\n", text.replace('\0', "").trim_end())
}

impl Store {
    /// Writes a blob.
    ///
    /// # Errors
    /// Where the object store cannot be written.
    pub fn write_blob(&self, bytes: &[u8]) -> Result<Oid> {
        self.write(ObjectType::Blob, bytes)
    }

    /// Writes a commit.
    ///
    /// # Errors
    /// As [`Store::write_blob`].
    pub fn write_commit(&self, commit: &NewCommit) -> Result<Oid> {
        self.write(ObjectType::Commit, &commit.payload())
    }

    /// Writes a commit with the armored signature of its payload in the header.
    ///
    /// # Errors
    /// As [`Store::write_blob`].
    pub fn write_signed_commit(&self, commit: &NewCommit, armored: &str) -> Result<Oid> {
        let payload = commit.payload();
        let split = payload
            .windows(2)
            .position(|w| w == b"\n\n")
            .map_or(payload.len(), |at| at + 1);
        let mut bytes = payload[..split].to_vec();
        bytes.extend_from_slice(b"gpgsig ");
        bytes.extend_from_slice(armored.trim_end().replace('\n', "\n ").as_bytes());
        bytes.push(b'\n');
        bytes.extend_from_slice(&payload[split..]);
        self.write(ObjectType::Commit, &bytes)
    }

    /// Writes an annotated tag; with the armored signature of its payload where one is given.
    ///
    /// # Errors
    /// As [`Store::write_blob`].
    pub fn write_tag(&self, tag: &NewTag, armored: Option<&str>) -> Result<Oid> {
        let mut bytes = tag.payload();
        if let Some(armored) = armored {
            bytes.extend_from_slice(armored.trim_end().as_bytes());
            bytes.push(b'\n');
        }
        self.write(ObjectType::Tag, &bytes)
    }

    /// Writes a tree: the base (none: the empty tree) with some paths set to a raw mode and an
    /// object, or taken out. Directories are made as needed and go when they become empty; what
    /// stands where a directory is needed is replaced.
    ///
    /// # Errors
    /// Where a tree of the base is missing, corrupt or ambiguous, or nothing can be written.
    pub fn write_tree_with(
        &self,
        base_tree: Option<Oid>,
        edits: &[(RepoPath, TreeValue)],
    ) -> Result<Oid> {
        let edits: Vec<_> = edits
            .iter()
            .map(|(path, value)| (path.as_bytes(), *value))
            .collect();
        match self.edit_tree(base_tree, &edits, true)? {
            Some(tree) => Ok(tree),
            None => self.write(ObjectType::Tree, b""),
        }
    }

    /// As [`Store::write_tree_with`]; where not `strict`, a base tree that has no unambiguous
    /// reading is taken as far as it can be read. None where nothing is left in the tree.
    pub(super) fn edit_tree(
        &self,
        base: Option<Oid>,
        edits: &[(&[u8], TreeValue)],
        strict: bool,
    ) -> Result<Option<Oid>> {
        let odb = self.odb()?;
        let object = base
            .filter(|oid| *oid != EMPTY_TREE)
            .map(|oid| read_tree(&odb, oid))
            .transpose()?;
        let mut kept: BTreeMap<&[u8], Entry<'_>> = BTreeMap::new();
        if let (Some(object), Some(oid)) = (&object, base) {
            let found = if strict {
                entries(oid, object.data())?
            } else {
                entries_as_stored(object.data()).0
            };
            kept.extend(found.into_iter().map(|entry| (entry.name, entry)));
        }
        let mut below: BTreeMap<&[u8], Vec<(&[u8], TreeValue)>> = BTreeMap::new();
        for (path, value) in edits {
            match path.iter().position(|b| *b == b'/') {
                Some(at) => below
                    .entry(&path[..at])
                    .or_default()
                    .push((&path[at + 1..], *value)),
                None => match *value {
                    Some((mode, oid)) => drop(kept.insert(
                        path,
                        Entry {
                            mode,
                            name: path,
                            oid,
                        },
                    )),
                    None => drop(kept.remove(path)),
                },
            }
        }
        for (name, edits) in &below {
            let subtree = kept.get(name).filter(|e| e.is_tree()).map(|e| e.oid);
            match self.edit_tree(subtree, edits, strict)? {
                Some(oid) => {
                    let mode = 0o040_000;
                    kept.insert(name, Entry { mode, name, oid });
                }
                None if subtree.is_some() => drop(kept.remove(name)),
                None => {}
            }
        }
        let mut kept: Vec<Entry<'_>> = kept.into_values().collect();
        if kept.is_empty() {
            return Ok(None);
        }
        kept.sort_by(git_order);
        self.write(ObjectType::Tree, &tree_bytes(&kept)).map(Some)
    }
}

/// The raw form of a tree.
fn tree_bytes(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * 40);
    for entry in entries {
        bytes.extend_from_slice(format!("{:o} ", entry.mode).as_bytes());
        bytes.extend_from_slice(entry.name);
        bytes.push(0);
        bytes.extend_from_slice(entry.oid.as_bytes());
    }
    bytes
}
