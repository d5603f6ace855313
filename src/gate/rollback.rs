//! Going back: a candidate that is older than what is deployed, where the deployer allows it. What it
//! takes was decided once and may have been wrong since, so it is judged again from the root on.

use crate::change::Oid;
use crate::policy::{Reason, ReasonId};

use super::judge::{NoAnswer, Question, unreadable};
use super::steps::{Step, StepsError, first_parents, steps};

/// The steps from the root to the candidate, where this is a permitted way back: the candidate is
/// on the first-parent chain of what is deployed, after the root. None where it is not.
pub(super) fn steps_again(
    question: &Question<'_>,
    root: Oid,
    base: Oid,
) -> Result<Option<Vec<Step>>, NoAnswer> {
    let candidate = question.range.candidate;
    if !question.allow_rollback || candidate == base || candidate == root {
        return Ok(None);
    }
    match first_parents(question.store, candidate, base) {
        Ok(_) => {}
        Err(StepsError::NotDescendant { .. }) => return Ok(None),
        Err(StepsError::Git(error)) => return Err(unreadable(&error)),
    }
    match steps(question.store, root, candidate) {
        Ok(steps) => Ok(Some(steps)),
        Err(StepsError::NotDescendant { .. }) => {
            let text = format!(
                "{candidate} is older than the root {root}: what is in it was never judged"
            );
            Err(vec![Reason::new(ReasonId::PolicyRoot, text)])
        }
        Err(StepsError::Git(error)) => Err(unreadable(&error)),
    }
}

/// That this is a way back, for everybody to see.
pub(super) fn warning(base: Oid, candidate: Oid, judged: usize) -> Reason {
    let text = format!(
        "{candidate} is older than {base}, which is deployed; {judged} steps from the root on were judged again, whatever their approvals' age"
    );
    Reason::new(ReasonId::Rollback, text)
}
