//! History as the statistics read it: the commits in an order that never depends on what was read
//! before, and the paths that each of them changed, from trees alone.

use std::collections::{HashMap, HashSet};

use super::{GitError, Leaf, Result, Store, TreeChange};
use crate::change::{Commit, Oid, RepoPath};
use crate::diff::Mode;

/// A file that a commit changed, under its names before and after; they differ where a file moved
/// whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathEdit {
    /// Its name before; the same as `path` for a new file.
    pub old: RepoPath,
    /// Its name after; the same as `old` for a removed file.
    pub path: RepoPath,
}

impl Store {
    /// What a commit changed against its first parent (a root commit: against nothing): files and
    /// links, no submodules. A file that moved without a change of content is one edit. Of a commit
    /// whose trees have no unambiguous reading, or which is over the budgets, nothing is said.
    ///
    /// # Errors
    /// Where a tree is missing or corrupt.
    pub fn path_edits(&self, commit: &Commit) -> Result<Vec<PathEdit>> {
        let before = match commit.parents.first() {
            Some(parent) => self.node(*parent)?.tree,
            None => super::EMPTY_TREE,
        };
        match self.tree_changes(before, commit.tree) {
            Ok(changes) => Ok(edits(changes)),
            Err(GitError::ObjectMalformed { .. } | GitError::OverBudget { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// The first-parent chain from `from` on, newest first, up to and with the first commit for
    /// which `stop` holds, else to the root; and whether `stop` was met.
    ///
    /// # Errors
    /// Where history is missing, shallow or corrupt.
    pub fn first_parents_until(
        &self,
        from: Oid,
        stop: &dyn Fn(Oid) -> bool,
    ) -> Result<(Vec<Oid>, bool)> {
        let mut chain = vec![from];
        let mut at = from;
        while !stop(at) {
            let Some(parent) = self.node(at)?.parents.first().copied() else {
                return Ok((chain, false));
            };
            self.parent_node(at, parent)?;
            chain.push(parent);
            at = parent;
        }
        Ok((chain, true))
    }

    /// The commits that come with `tip` where those that are `known` are there already (with all
    /// before them): parents before children, of unrelated ones the older first; `tip` is the last.
    ///
    /// # Errors
    /// Where history is missing, shallow or corrupt.
    pub fn arrivals(&self, tip: Oid, known: &dyn Fn(Oid) -> bool) -> Result<Vec<Oid>> {
        if known(tip) {
            return Ok(Vec::new());
        }
        let mut found = HashSet::from([tip]);
        let mut open = vec![tip];
        while let Some(at) = open.pop() {
            for parent in &self.node(at)?.parents {
                if !known(*parent) && !found.contains(parent) {
                    self.parent_node(at, *parent)?;
                    found.insert(*parent);
                    open.push(*parent);
                }
            }
        }
        if found.len() == 1 {
            return Ok(vec![tip]);
        }
        self.parents_first(&found)
    }
}

fn is_submodule(leaf: Option<Leaf>) -> bool {
    leaf.is_some_and(|leaf| leaf.mode == Mode::Submodule)
}

/// Joins the halves of moves, as `git log --raw -M100%` pairs them: for each new file in the order
/// of paths a removed one of the same content, rather one of the same name.
fn edits(mut changes: Vec<TreeChange>) -> Vec<PathEdit> {
    changes.retain(|change| !is_submodule(change.old) && !is_submodule(change.new));
    let mut removed: HashMap<Oid, Vec<usize>> = HashMap::new();
    for (index, change) in changes.iter().enumerate() {
        if let (Some(old), None) = (change.old, change.new) {
            removed.entry(old.oid).or_default().push(index);
        }
    }
    let mut sources: HashMap<usize, usize> = HashMap::new();
    let mut taken: HashSet<usize> = HashSet::new();
    for (index, change) in changes.iter().enumerate() {
        let (None, Some(new)) = (change.old, change.new) else {
            continue;
        };
        let Some(candidates) = removed.get_mut(&new.oid) else {
            continue;
        };
        let fits = |source: &usize| {
            let old = changes[*source].old;
            old.is_some_and(|old| is_file(old) && is_file(new) || old.mode == new.mode)
        };
        let same_name =
            |source: &usize| changes[*source].path.file_name() == change.path.file_name();
        let best = candidates.iter().position(|s| fits(s) && same_name(s));
        if let Some(at) = best.or_else(|| candidates.iter().position(fits)) {
            let source = candidates.remove(at);
            taken.insert(source);
            sources.insert(index, source);
        }
    }
    let kept = changes.iter().enumerate();
    kept.filter(|(index, _)| !taken.contains(index))
        .map(|(index, change)| PathEdit {
            old: sources
                .get(&index)
                .map_or(&change.path, |source| &changes[*source].path)
                .clone(),
            path: change.path.clone(),
        })
        .collect()
}

fn is_file(leaf: Leaf) -> bool {
    matches!(leaf.mode, Mode::Regular | Mode::Executable)
}
