//! Whether the content of a run has landed once already. An approval is for one landing: when its
//! change was reverted, bringing it back is a new decision.

use std::collections::BTreeSet;

use super::coverage::{Approvals, Landing};
use crate::change::Oid;
use crate::git::{GitError, Store, TreeChange};
use crate::policy::Cast;

/// Where to look.
pub(super) struct Past {
    /// The run's first parent: the newest commit to look at.
    pub(super) from: Oid,
    /// The approved base: what is older cannot have used the approval.
    pub(super) base: Oid,
    /// The root of trust: what is older is nobody's concern here.
    pub(super) root: Option<Oid>,
    /// As how many steps it may have landed.
    pub(super) lengths: BTreeSet<usize>,
}

/// The step with which these changes landed before, if they did: consecutive steps that together
/// changed the same paths from and to the same contents.
pub(super) fn before(
    store: &Store,
    changes: &[TreeChange],
    past: &Past,
) -> Result<Option<Oid>, GitError> {
    let chain = chain(store, past)?;
    for length in &past.lengths {
        for ((_, old), (step, new)) in chain.iter().skip(*length).zip(&chain) {
            if carries(store, *old, *new, changes)? {
                return Ok(Some(*step));
            }
        }
    }
    Ok(None)
}

/// The step with which the change of this approval landed before, as it was or merged into files
/// that had moved.
pub(super) fn merged_before(
    store: &Store,
    approvals: &Approvals,
    cast: &Cast,
    past: &Past,
) -> Result<Option<Oid>, GitError> {
    let chain = chain(store, past)?;
    for length in &past.lengths {
        for ((_, old), (step, new)) in chain.iter().skip(*length).zip(&chain) {
            let changes = store.tree_changes(*old, *new)?;
            // Where nothing changed, nothing landed.
            let landed = !changes.is_empty()
                && matches!(
                    approvals.landing(store, cast, *old, &changes)?,
                    Landing::Merged { .. }
                );
            if landed {
                return Ok(Some(*step));
            }
        }
    }
    Ok(None)
}

/// Whether exactly these changes (at least one) lead from one tree to the other.
pub(super) fn carries(
    store: &Store,
    old: Oid,
    new: Oid,
    changes: &[TreeChange],
) -> Result<bool, GitError> {
    // One path tells most pairs of trees apart without a comparison.
    let Some(probe) = changes.first() else {
        return Ok(false);
    };
    Ok(leaf_is(store, new, probe, true)?
        && leaf_is(store, old, probe, false)?
        && store.tree_changes(old, new)? == changes)
}

/// The first-parent chain from the newest commit to the approved base, each with its tree; to the
/// root where the base is not on it.
fn chain(store: &Store, past: &Past) -> Result<Vec<(Oid, Oid)>, GitError> {
    let mut chain = Vec::new();
    let mut at = Some(past.from);
    while let Some(oid) = at {
        let commit = store.commit(oid)?;
        chain.push((oid, commit.tree));
        if oid == past.base || Some(oid) == past.root {
            break;
        }
        at = commit.parents.first().copied();
    }
    Ok(chain)
}

/// Whether a tree has the new (or the old) side of a change at its path.
fn leaf_is(store: &Store, tree: Oid, change: &TreeChange, new: bool) -> Result<bool, GitError> {
    let leaf = if new { &change.new } else { &change.old };
    let found = store.entry_at(tree, &change.path)?.map(|(_, oid)| oid);
    Ok(found == leaf.as_ref().map(|leaf| leaf.oid))
}
