//! The notes on one object in a notes tree, by any fan-out, without reading the rest of the tree.

use super::tree::{entries_as_stored, read_tree};
use super::{GitError, Result, Store};
use crate::change::Oid;

/// Trees that one look-up reads: an honest fan-out is at most 20 deep, and only a made-up tree
/// holds the same name more than once.
const TREES: usize = 64;

impl Store {
    /// The blobs that are notes on an object in a notes tree, each once. One is usual; a tree that
    /// was made by hand can hold more, under other fan-outs.
    ///
    /// # Errors
    /// Where a tree on the way is missing, corrupt or too large, or there are too many of them.
    pub fn notes_on(&self, tree: Oid, annotated: Oid) -> Result<Vec<Oid>> {
        let odb = self.odb()?;
        let hex = annotated.to_string();
        let mut found = Vec::new();
        let mut waiting = vec![(tree, 0)];
        let mut left = TREES;
        while let Some((tree, at)) = waiting.pop() {
            left = left.checked_sub(1).ok_or_else(|| GitError::OverBudget {
                what: format!("the notes on {annotated}"),
                limit: format!("{TREES} trees"),
            })?;
            let rest = &hex.as_bytes()[at..];
            let object = read_tree(&odb, tree)?;
            for entry in entries_as_stored(object.data()).0 {
                let name = entry.name;
                if entry.is_tree() {
                    if !name.is_empty() && name.len() < rest.len() && rest.starts_with(name) {
                        waiting.push((entry.oid, at + name.len()));
                    }
                } else if name == rest
                    && entry.mode & 0o170_000 == 0o100_000
                    && !found.contains(&entry.oid)
                {
                    found.push(entry.oid);
                }
            }
        }
        Ok(found)
    }
}
