//! Revisions of queue and archive whose content the steps carry, and what they say of it: that it
//! is AI's, or that exempt people signed every commit of it.

use std::collections::{BTreeSet, HashSet};

use crate::change::{Commit, Oid};
use crate::evidence::made;
use crate::git::{GitError, Store, TreeChange};
use crate::policy::{Made, Policy};

use super::ground::Ground;
use super::landed::carries;
use super::steps::Step;

/// A revision as it stands beside a commit of the target.
struct Revision {
    commits: Vec<Commit>,
    changes: Vec<TreeChange>,
}

impl Revision {
    /// What the head brings that the commit has not; none where their histories are unrelated.
    fn read(store: &Store, head: Oid, beside: Oid) -> Result<Option<Self>, GitError> {
        let Some(base) = store.merge_base(beside, head)? else {
            return Ok(None);
        };
        let commits = store.commits_between(&[base], head)?;
        let (old, new) = (store.commit(base)?.tree, store.commit(head)?.tree);
        Ok(Some(Self {
            commits: commits
                .into_iter()
                .map(|oid| store.commit(oid))
                .collect::<Result<Vec<_>, _>>()?,
            changes: store.tree_changes(old, new)?,
        }))
    }

    /// As how many steps it may have landed.
    fn lengths(&self) -> BTreeSet<usize> {
        let singles = self.commits.iter().filter(|one| one.parents.len() < 2);
        [1, singles.count().max(1)].into()
    }
}

/// The steps whose head or content is that of a revision that says it is AI's, by a marker on a
/// commit or by its cover letter. The absence of any proves nothing.
pub(super) fn marked(
    ground: &Ground<'_>,
    policy: &Policy,
    steps: &[Step],
    candidate: Oid,
) -> Result<HashSet<Oid>, GitError> {
    let store = ground.store;
    let mut marked = HashSet::new();
    for head in ground.proposals.heads() {
        let claimed = claims_agent(ground, head);
        if claimed {
            let brings = |step: &&Step| step.commits.iter().any(|commit| commit.oid == head);
            marked.extend(steps.iter().filter(brings).map(|step| step.oid));
        }
        let Some(revision) = Revision::read(store, head, candidate)? else {
            continue;
        };
        if !claimed && !says_ai(ground, policy, &revision)? {
            continue;
        }
        for length in revision.lengths() {
            for run in steps.windows(length) {
                let old = store.commit(run[0].parent)?.tree;
                let new = store.commit(run[length - 1].oid)?.tree;
                if carries(store, old, new, &revision.changes)? {
                    marked.extend(run.iter().map(|step| step.oid));
                }
            }
        }
    }
    Ok(marked)
}

/// Whether a revision is marked as AI's, or a commit of it is by an agent of the policy.
fn says_ai(ground: &Ground<'_>, policy: &Policy, revision: &Revision) -> Result<bool, GitError> {
    if ground.origins.of(ground.store, &revision.commits).is_ai() {
        return Ok(true);
    }
    for commit in &revision.commits {
        let made = made(ground.store, commit, &ground.origins)?;
        if policy.by_agent(&made) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn claims_agent(ground: &Ground<'_>, head: Oid) -> bool {
    let proposals = ground.proposals.of(head).iter();
    let mut covers = proposals.filter_map(|proposed| proposed.cover.as_ref());
    covers.any(|cover| cover.agent.is_some() || cover.model.is_some())
}

/// The heads of revisions that may exempt a step: somebody signed them, and none names an agent. One
/// that cannot be read exempts nothing.
pub(super) fn signed_heads(ground: &Ground<'_>) -> Vec<Oid> {
    let store = ground.store;
    let is_signed = |head: &Oid| -> Result<bool, GitError> {
        let head_made = made(store, &store.commit(*head)?, &ground.origins)?;
        Ok(head_made.signer.is_some() && !claims_agent(ground, *head))
    };
    let heads = ground.proposals.heads();
    heads
        .filter(|head| is_signed(head).unwrap_or(false))
        .collect()
}

/// The commits of a revision that does exactly these changes on this commit, every one of them
/// signed; whether exempt people did is for the rules.
pub(super) fn signed_revision(
    ground: &Ground<'_>,
    heads: &[Oid],
    first_parent: Oid,
    changes: &[TreeChange],
) -> Option<Vec<Made>> {
    let store = ground.store;
    let read = |head: Oid| -> Result<Option<Vec<Made>>, GitError> {
        let Some(revision) = Revision::read(store, head, first_parent)? else {
            return Ok(None);
        };
        if changes.is_empty() || revision.changes != changes {
            return Ok(None);
        }
        let all = revision.commits.iter();
        let all = all.map(|commit| made(store, commit, &ground.origins));
        let all = all.collect::<Result<Vec<_>, _>>()?;
        Ok(all.iter().all(|made| made.signer.is_some()).then_some(all))
    };
    heads.iter().find_map(|head| read(*head).ok().flatten())
}
