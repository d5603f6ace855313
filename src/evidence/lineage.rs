//! What a target has been, step by step, and which of that a change brings back.

use std::collections::HashMap;

use crate::change::{Oid, RepoPath};
use crate::git::{GitError, Store, TreeChange};
use crate::risk::undoes;

/// Places that are named at most: more would say nothing new.
const MOST: usize = 16;

/// The first-parent chain of a target since a root.
#[derive(Debug, Clone, Default)]
pub struct Lineage {
    /// Each commit with its tree, oldest first.
    line: Vec<(Oid, Oid)>,
    /// Where a commit stands in it.
    places: HashMap<Oid, usize>,
    /// Which of them have a tree, oldest first.
    trees: HashMap<Oid, Vec<usize>>,
}

/// What a change brings back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restoring {
    /// Everything is as it was at this commit.
    State(Oid),
    /// It does exactly the opposite of this step.
    Inverse(Oid),
}

impl Restoring {
    /// The commit that is brought back, or the step that is undone.
    pub const fn of(self) -> Oid {
        match self {
            Self::State(oid) | Self::Inverse(oid) => oid,
        }
    }
}

/// A change of the target's tree, as it is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// What it stands on.
    pub parent: Oid,
    /// The tree it leaves.
    pub tree: Oid,
    /// What differs.
    pub changes: &'a [TreeChange],
    /// The message of its last commit.
    pub message: &'a str,
}

impl Lineage {
    /// The chain from a commit back to the root, or `most` commits of it.
    ///
    /// # Errors
    /// Where a commit on the way cannot be read.
    pub fn read(store: &Store, tip: Oid, root: Option<Oid>, most: usize) -> Result<Self, GitError> {
        let mut line = Vec::new();
        let mut at = Some(tip);
        while let Some(oid) = at.filter(|_| line.len() < most) {
            let commit = store.commit(oid)?;
            line.push((oid, commit.tree));
            at = commit
                .parents
                .first()
                .copied()
                .filter(|_| Some(oid) != root);
        }
        line.reverse();
        let mut trees: HashMap<Oid, Vec<usize>> = HashMap::new();
        for (place, (_, tree)) in line.iter().enumerate() {
            trees.entry(*tree).or_default().push(place);
        }
        let places = line.iter().enumerate();
        Ok(Self {
            places: places.map(|(place, (oid, _))| (*oid, place)).collect(),
            trees,
            line,
        })
    }

    /// The commits up to this one, the oldest first, it last; none where it is not in the chain.
    pub fn up_to(&self, commit: Oid) -> Vec<Oid> {
        let end = self.places.get(&commit).map_or(0, |place| place + 1);
        self.line[..end].iter().map(|(oid, _)| *oid).collect()
    }

    /// What a step brings back: earlier states of the target, then steps of it that are undone; of
    /// both the newest first. Of the steps all are compared with `all`, else only those that the
    /// message names.
    ///
    /// # Errors
    /// Where a tree cannot be read.
    pub fn restored(
        &self,
        store: &Store,
        step: &Step<'_>,
        all: bool,
    ) -> Result<Vec<Restoring>, GitError> {
        let Some(last) = self.places.get(&step.parent).copied() else {
            return Ok(Vec::new());
        };
        let states = self.trees.get(&step.tree).into_iter().flatten();
        let states = states.rev().filter(|place| **place <= last);
        let mut found: Vec<Restoring> = states
            .map(|place| Restoring::State(self.line[*place].0))
            .take(MOST)
            .collect();
        let Some(probe) = step.changes.first() else {
            return Ok(found);
        };
        let named = undoes(step.message).reverts;
        if !all && named.is_empty() {
            return Ok(found);
        }
        let is_named = |oid: &Oid| {
            let name = oid.to_string();
            named
                .iter()
                .any(|id| name.starts_with(&id.to_ascii_lowercase()))
        };
        let mut leaves = Leaves::new(store, &probe.path);
        let (old, new) = (
            probe.old.as_ref().map(|leaf| leaf.oid),
            probe.new.as_ref().map(|leaf| leaf.oid),
        );
        for place in (1..=last).rev() {
            let (before, (oid, after)) = (self.line[place - 1].1, self.line[place]);
            if found.len() >= MOST || (!all && !is_named(&oid)) {
                continue;
            }
            // One path tells most steps apart without a comparison of trees.
            if leaves.at(before)? == new
                && leaves.at(after)? == old
                && store.tree_changes(after, before)? == step.changes
            {
                found.push(Restoring::Inverse(oid));
            }
        }
        Ok(found)
    }
}

/// What stands at one path of many trees, each read once where neighbours share it.
struct Leaves<'a> {
    store: &'a Store,
    path: &'a RepoPath,
    last: Option<(Oid, Option<Oid>)>,
}

impl<'a> Leaves<'a> {
    const fn new(store: &'a Store, path: &'a RepoPath) -> Self {
        Self {
            store,
            path,
            last: None,
        }
    }

    fn at(&mut self, tree: Oid) -> Result<Option<Oid>, GitError> {
        if let Some((known, leaf)) = self.last
            && known == tree
        {
            return Ok(leaf);
        }
        let found = self.store.entry_at(tree, self.path)?;
        let leaf = found.map(|(_, oid)| oid);
        self.last = Some((tree, leaf));
        Ok(leaf)
    }
}
