//! What a revision does to the policy: who gains or loses what by it, and what is wrong with it.

use crate::change::Oid;
use crate::evidence::{Span, Untrusted, policy_at};
use crate::git::{GitError, Store};
use crate::policy::{Leaning, Mistake, Shift, compare};

/// What a revision that touches `.countersign/` makes of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyChange {
    /// What changes, what asks less first; empty where one of the two is no policy.
    pub shifts: Vec<Shift>,
    /// What is wrong with the policy it leaves; empty where nothing is.
    pub mistakes: Vec<Mistake>,
    /// What cannot be compared and why, a sentence each.
    pub notes: Vec<String>,
}

impl PolicyChange {
    /// Compares the policies at both ends of a span; none where it does not touch the policy.
    ///
    /// # Errors
    /// Where an object of the policy cannot be read.
    pub fn of(store: &Store, span: &Span) -> Result<Option<Self>, GitError> {
        if !span.touches_policy() {
            return Ok(None);
        }
        let mut change = Self {
            shifts: Vec::new(),
            mistakes: Vec::new(),
            notes: Vec::new(),
        };
        let mut read = |commit: Oid, when: &str| match policy_at(store, commit) {
            Ok(trusted) => Ok(Some(trusted.policy)),
            Err(Untrusted::Git(error)) => Err(error),
            Err(Untrusted::Absent { .. }) => {
                change.notes.push(format!("there is no policy {when}"));
                Ok(None)
            }
            Err(Untrusted::Invalid { invalid, .. }) => {
                if when == AFTER {
                    change.mistakes = invalid.mistakes().to_vec();
                }
                change.notes.push(format!("the policy is invalid {when}"));
                Ok(None)
            }
        };
        let old = read(span.base.commit, "before this change")?;
        let new = read(span.head.commit, AFTER)?;
        if let (Some(old), Some(new)) = (old, new) {
            change.shifts = compare(&old, &new);
            if change.shifts.is_empty() {
                let text = "the policy means the same before and after";
                change.notes.push(text.to_owned());
            }
        }
        Ok(Some(change))
    }

    /// How many things ask less than before.
    pub fn loosened(&self) -> usize {
        let shifts = self.shifts.iter();
        shifts
            .filter(|shift| shift.leaning == Leaning::Looser)
            .count()
    }
}

const AFTER: &str = "after this change";
