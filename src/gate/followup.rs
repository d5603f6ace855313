//! The review that has to follow a break-glass: wherever on the candidate's first-parent chain one
//! held, somebody who did not sign it must have approved that commit in time.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use crate::change::Oid;
use crate::evidence::{Trusted, Untrusted};
use crate::git::{GitError, Store};
use crate::policy::{Circumstances, Owed, Reason, ReasonId, Revoked, When, is_reviewed, owed};

use super::court::{Court, carried};
use super::judge::{NoAnswer, no_policy, unreadable};
use super::run::Run;
use super::steps::Step;

/// Steps before and after a commit that one approval of it may have covered with it.
const REACH: usize = 32;

impl Court<'_> {
    /// Which reviews are overdue.
    pub(super) fn overdue(&self) -> Result<Vec<Reason>, NoAnswer> {
        if self.glasses.is_empty() {
            return Ok(Vec::new());
        }
        let failed = |error: GitError| unreadable(&error);
        let chain = self.first_parents().map_err(failed)?;
        let mut reasons = Vec::new();
        for (index, [parent, oid]) in chain.windows(2).filter_map(pair).enumerate() {
            let commits = as_is(self.question.store, parent, oid).map_err(failed)?;
            let named = |commit: &Oid| self.glasses.iter().any(|one| one.commit == *commit);
            if !commits.iter().any(named) {
                continue;
            }
            let law = self.law_of(&chain, index)?;
            let at = self.since(&law.policy.revoked);
            let owed = owed(&law.policy, self.question.target, &commits, &at);
            let Some(owed) = owed.filter(|owed| owed.due < self.question.now) else {
                continue;
            };
            if !self.reviewed(&chain, index, &owed)? {
                let text = format!(
                    "{} went by break-glass; a review by somebody else was due by {}",
                    owed.commit, owed.due
                );
                reasons.push(Reason::new(ReasonId::BreakGlassFollowup, text));
            }
        }
        Ok(reasons)
    }

    /// The candidate's first-parent chain, oldest first, as far back as a break-glass names commits.
    fn first_parents(&self) -> Result<Vec<Oid>, GitError> {
        let store = self.question.store;
        let mut wanted: BTreeSet<Oid> = self.glasses.iter().map(|one| one.commit).collect();
        let mut chain = vec![self.question.range.candidate];
        let (mut at, mut after_root) = (self.question.range.candidate, false);
        loop {
            after_root |= Some(at) == self.question.root;
            let commit = match store.commit(at) {
                Ok(commit) => commit,
                // What is older than the root is looked at as far as it is here.
                Err(_) if after_root => break,
                Err(error) => return Err(error),
            };
            wanted.retain(|one| *one != at && !commit.parents.contains(one));
            let Some(parent) = commit.parents.first() else {
                break;
            };
            chain.push(*parent);
            if after_root && wanted.is_empty() {
                break;
            }
            at = *parent;
        }
        chain.reverse();
        Ok(chain)
    }

    /// The policy that judges what stands on this commit of the chain: its own; before the root, and
    /// where it has none that is valid, the root's.
    fn law_of(&self, chain: &[Oid], index: usize) -> Result<Rc<Trusted>, NoAnswer> {
        let root = self.question.root;
        let rooted = chain.iter().position(|oid| Some(*oid) == root);
        let trusted = root.unwrap_or(chain[index]);
        if rooted.is_some_and(|rooted| index >= rooted) {
            match self.laws.at(chain[index]) {
                Ok(law) => return Ok(law),
                Err(error @ Untrusted::Git(_)) => return Err(no_policy(&error)),
                Err(_) => {}
            }
        }
        self.laws.at(trusted).map_err(|error| no_policy(&error))
    }

    /// How the past is judged: by what is written now, without the keys that were revoked since.
    fn since<'a>(&'a self, revoked: &'a Revoked) -> Circumstances<'a> {
        Circumstances {
            revoked,
            ..self.circumstances(When::Now(self.question.now))
        }
    }

    /// Whether some approval by another person covers the step `index..index + 1` of the chain, alone
    /// or as a part of the revision that landed there.
    fn reviewed(&self, chain: &[Oid], index: usize, owed: &Owed) -> Result<bool, NoAnswer> {
        let failed = |error: GitError| unreadable(&error);
        for (start, end) in self.around(chain, index) {
            let law = self.law_of(chain, start)?;
            let mut ground = self.ground(&law);
            ground.oldest = None;
            let steps = chain[start..=end].windows(2).filter_map(pair);
            let steps: Result<Vec<Step>, GitError> = steps
                .map(|[parent, oid]| Step::read(ground.store, parent, oid))
                .collect();
            let steps = steps.map_err(failed)?;
            let run = Run::read(&ground, &steps, 0, steps.len()).map_err(failed)?;
            let related = self.related(&run, &law, &ground, &HashSet::new())?;
            let facts = run
                .facts(&ground, &law.policy, &carried(&related))
                .map_err(failed)?;
            let at = self.since(&law.policy.revoked);
            if is_reviewed(&law.policy, &facts, &related, &owed.signers, &at) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Where the runs around a step may start and end, as indices of the chain; the shortest first.
    fn around(&self, chain: &[Oid], index: usize) -> Vec<(usize, usize)> {
        let lengths: BTreeSet<usize> = self
            .evidence
            .counts
            .values()
            .copied()
            .filter(|length| (2..=REACH).contains(length))
            .collect();
        let mut around = vec![(index, index + 1)];
        for length in lengths {
            let starts = (index + 1).saturating_sub(length)..=index;
            let ends = starts.map(|start| (start, start + length));
            around.extend(ends.filter(|(_, end)| *end < chain.len()));
        }
        around
    }
}

fn pair(two: &[Oid]) -> Option<[Oid; 2]> {
    two.try_into().ok()
}

/// The commits that a break-glass for this step may name: the step, and what it merges where the merge
/// leaves exactly that tree.
pub(super) fn as_is(store: &Store, parent: Oid, oid: Oid) -> Result<Vec<Oid>, GitError> {
    let step = store.commit(oid)?;
    let mut commits = vec![oid];
    if let [first, merged] = step.parents[..]
        && first == parent
        && store.commit(merged)?.tree == step.tree
    {
        commits.push(merged);
    }
    Ok(commits)
}
