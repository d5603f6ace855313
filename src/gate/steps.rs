//! The steps of a range: its first-parent commits, each with the commits that came in with it.

use std::collections::HashSet;

use crate::change::{Commit, Oid, RepoPath};
use crate::git::{GitError, Store};
use crate::policy::DIRECTORY;

/// One first-parent commit of the range.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// The commit itself.
    pub(super) oid: Oid,
    /// Its first parent: what it stands on, and whose policy judges it.
    pub(super) parent: Oid,
    /// Every commit reachable from it and not from its first parent, oldest first, itself last.
    pub(super) commits: Vec<Commit>,
    /// Whether `.countersign/` differs between its first parent and itself.
    pub(super) changes_policy: bool,
}

/// Why a range has no steps.
#[derive(Debug, thiserror::Error)]
pub(super) enum StepsError {
    /// A is not on B's first-parent chain.
    #[error("{base} is not on the first-parent chain of {candidate}")]
    NotDescendant {
        /// A.
        base: Oid,
        /// B.
        candidate: Oid,
    },
    /// An object is missing or corrupt, or the history is cut off.
    #[error(transparent)]
    Git(#[from] GitError),
}

/// The steps after `base` up to `candidate`, oldest first.
pub(super) fn steps(store: &Store, base: Oid, candidate: Oid) -> Result<Vec<Step>, StepsError> {
    let mut chain = first_parents(store, base, candidate)?;
    chain.reverse();
    let mut steps = Vec::with_capacity(chain.len());
    let mut parent = base;
    for oid in chain {
        steps.push(Step::read(store, parent, oid)?);
        parent = oid;
    }
    Ok(steps)
}

impl Step {
    /// Reads one step.
    pub(super) fn read(store: &Store, parent: Oid, oid: Oid) -> Result<Self, GitError> {
        let commits = store.commits_between(&[parent], oid)?;
        Ok(Self {
            oid,
            parent,
            commits: commits
                .into_iter()
                .map(|oid| store.commit(oid))
                .collect::<Result<Vec<_>, _>>()?,
            changes_policy: policy_differs(store, parent, oid)?,
        })
    }

    /// The parents of the commit itself, first parent first.
    pub(super) fn parents(&self) -> &[Oid] {
        self.commits.last().map_or(&[], |commit| &commit.parents)
    }
}

/// The first-parent chain from `candidate` down to, and without, `base`; newest first.
pub(super) fn first_parents(
    store: &Store,
    base: Oid,
    candidate: Oid,
) -> Result<Vec<Oid>, StepsError> {
    let not_descendant = StepsError::NotDescendant { base, candidate };
    if base == candidate {
        return Ok(Vec::new());
    }
    // Only commits that are not in the base's history can lie between, so the walk ends there even
    // where the base is not on the chain, without reading the whole history.
    let between: HashSet<Oid> = store
        .commits_between(&[base], candidate)?
        .into_iter()
        .collect();
    let mut chain = Vec::new();
    let mut at = candidate;
    while at != base {
        if !between.contains(&at) {
            return Err(not_descendant);
        }
        chain.push(at);
        match store.commit(at)?.parents.first() {
            Some(parent) => at = *parent,
            None => return Err(not_descendant),
        }
    }
    Ok(chain)
}

/// Whether the folder of the policy differs between two commits: the entry `.countersign`, and any
/// entry that some file system could not tell from it.
pub(super) fn policy_differs(store: &Store, old: Oid, new: Oid) -> Result<bool, GitError> {
    let entries = |commit: Oid| -> Result<Vec<_>, GitError> {
        let root = RepoPath::new(Vec::new());
        let mut entries = store
            .list_dir(store.commit(commit)?.tree, &root)?
            .unwrap_or_default();
        entries.retain(|(name, _, _)| name.eq_ignore_ascii_case(DIRECTORY.as_bytes()));
        Ok(entries)
    };
    Ok(entries(old)? != entries(new)?)
}
