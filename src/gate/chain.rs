//! The chain of policies: from the root that the deployer trusts, first parent by first parent, to
//! what is judged.

use std::collections::HashSet;

use crate::change::Oid;
use crate::git::{GitError, Store};
use crate::policy::{Policy, Reason, ReasonId};

use super::judge::{NoAnswer, unreadable};
use super::steps::{Step, StepsError, first_parents, policy_differs};

/// Commits of the candidate's first-parent chain: from the root on, which is on it, and further back
/// as far as the client of a known reviewer says it began to trust (`wanted`). What cannot be read
/// of the history before the root ends the walk and nothing else.
pub(super) fn since(
    store: &Store,
    root: Oid,
    candidate: Oid,
    wanted: &HashSet<Oid>,
) -> Result<HashSet<Oid>, GitError> {
    let mut chain = HashSet::new();
    let mut missing = wanted.clone();
    let (mut at, mut after_root) = (Some(candidate), false);
    while let Some(oid) = at {
        chain.insert(oid);
        missing.remove(&oid);
        after_root |= oid == root;
        if after_root && missing.is_empty() {
            break;
        }
        at = match store.commit(oid) {
            Ok(commit) => commit.parents.first().copied(),
            Err(_) if after_root => None,
            Err(error) => return Err(error),
        };
    }
    Ok(chain)
}

/// The steps between root and base that change the policy, oldest first.
///
/// # Errors
/// `E-POLICY-ROOT` where the base does not stand on the root.
pub(super) fn policy_changes(store: &Store, root: Oid, base: Oid) -> Result<Vec<Step>, NoAnswer> {
    let chain = match first_parents(store, root, base) {
        Ok(chain) => chain,
        Err(StepsError::NotDescendant { .. }) => {
            let text = format!(
                "the root {root} is not on the first-parent chain of {base}; give the commit from which this branch's policy is trusted"
            );
            return Err(vec![Reason::new(ReasonId::PolicyRoot, text)]);
        }
        Err(StepsError::Git(error)) => return Err(unreadable(&error)),
    };
    let mut changes = Vec::new();
    let mut parent = root;
    for oid in chain.into_iter().rev() {
        if policy_differs(store, parent, oid).map_err(|error| unreadable(&error))? {
            changes.push(Step::read(store, parent, oid).map_err(|error| unreadable(&error))?);
        }
        parent = oid;
    }
    Ok(changes)
}

/// A policy's version must rise with each change, and its repository stays.
pub(super) fn rollback(before: &Policy, after: &Policy) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if after.version <= before.version {
        let text = format!(
            "the policy goes from version {} to {}",
            before.version, after.version
        );
        reasons.push(Reason::new(ReasonId::PolicyRollback, text));
    }
    if after.repository != before.repository {
        let text = format!(
            "the policy's repository changes from {} to {}",
            before.repository, after.repository
        );
        reasons.push(Reason::new(ReasonId::PolicyInvalid, text));
    }
    reasons
}
