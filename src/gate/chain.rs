//! The chain of policies: from the root that the deployer trusts, first parent by first parent, to
//! what is judged.

use std::collections::HashSet;

use crate::change::Oid;
use crate::git::{GitError, Store};
use crate::policy::{Policy, Reason, ReasonId};

use super::judge::{NoAnswer, unreadable};
use super::steps::{Step, StepsError, steps};

/// Commits of the candidate's first-parent chain, at least from the root on, and further back as
/// far as a client says it began to trust (`wanted`).
pub(super) fn since(
    store: &Store,
    root: Oid,
    candidate: Oid,
    wanted: &HashSet<Oid>,
) -> Result<HashSet<Oid>, GitError> {
    let mut chain = HashSet::new();
    let mut at = Some(candidate);
    while let Some(oid) = at {
        chain.insert(oid);
        if chain.contains(&root) && wanted.iter().all(|wanted| chain.contains(wanted)) {
            break;
        }
        at = store.commit(oid)?.parents.first().copied();
    }
    Ok(chain)
}

/// The steps between root and base that change the policy, oldest first.
///
/// # Errors
/// `E-POLICY-ROOT` where the base does not stand on the root.
pub(super) fn policy_changes(store: &Store, root: Oid, base: Oid) -> Result<Vec<Step>, NoAnswer> {
    let steps = match steps(store, root, base) {
        Ok(steps) => steps,
        Err(StepsError::NotDescendant { .. }) => {
            let text = format!(
                "the root {root} is not on the first-parent chain of {base}; give the commit from which this branch's policy is trusted"
            );
            return Err(vec![Reason::new(ReasonId::PolicyRoot, text)]);
        }
        Err(StepsError::Git(error)) => return Err(unreadable(&error)),
    };
    Ok(steps
        .into_iter()
        .filter(|step| step.changes_policy)
        .collect())
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
