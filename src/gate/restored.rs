//! Runs that bring back what was there before: they leave the tree of an earlier commit of the target,
//! or undo exactly one step of it. They are named so, and `revert.approvals` may ask less or more of
//! them.

use std::collections::{BTreeSet, HashSet};

use serde::Serialize;

use crate::change::Oid;
use crate::evidence::{Lineage, LineageStep, Restoring, Trusted, Untrusted};
use crate::git::{GitError, Store};
use crate::policy::{Decision, Restored, When};

use super::court::Court;
use super::judge::{NoAnswer, no_policy, unreadable};
use super::run::Run;
use super::steps::Step;

/// Steps of a run that may have ended with what comes back.
const REACH: usize = 32;

/// What a run brings back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RestoresReport {
    /// In which way.
    pub how: How,
    /// The commit whose tree it leaves, or the step that it undoes.
    pub of: Oid,
}

/// In which way a run restores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// The tree is that of an earlier commit.
    Tree,
    /// It does exactly the opposite of a step.
    Inverse,
}

impl RestoresReport {
    const fn of(restoring: Restoring) -> Self {
        let how = match restoring {
            Restoring::State(_) => How::Tree,
            Restoring::Inverse(_) => How::Inverse,
        };
        let of = restoring.of();
        Self { how, of }
    }

    /// In words, for the line of the run.
    pub fn text(&self) -> String {
        let of = self.of.short(12);
        match self.how {
            How::Tree => format!("as it was at {of}"),
            How::Inverse => format!("undoes {of}"),
        }
    }
}

impl Court<'_> {
    /// Whether a run brings something back, and what. Where that asks fewer approvals than the rules
    /// do, what comes back must have been let through by itself.
    pub(super) fn restored(
        &self,
        run: &Run,
        law: &Trusted,
        when: When,
    ) -> Result<(Restored, Option<RestoresReport>), NoAnswer> {
        // In history only changes of the policy are judged, which keep their own number.
        if when == When::History {
            return Ok((Restored::No, None));
        }
        let found = self.brings_back(run, law).map_err(|e| unreadable(&e))?;
        let named = found.first().copied().map(RestoresReport::of);
        let Some(named) = named else {
            return Ok((Restored::No, None));
        };
        let asked = law.policy.rules.iter().map(|rule| rule.demands.approvals);
        let asks_less = law.policy.revert < asked.max() && law.policy.revert.is_some();
        for restoring in found.into_iter().filter(|_| asks_less) {
            if self.was_verified(restoring)? {
                return Ok((Restored::Verified, Some(RestoresReport::of(restoring))));
            }
        }
        Ok((Restored::Found, Some(named)))
    }

    fn brings_back(&self, run: &Run, law: &Trusted) -> Result<Vec<Restoring>, GitError> {
        let message = run.span.commits.last();
        let step = LineageStep {
            parent: run.span.base.commit,
            tree: run.span.head.tree,
            changes: &run.span.changes,
            message: message.map_or("", |commit| commit.message.as_str()),
        };
        // Without a number of its own it is only a name, and the message says which step is meant.
        let all = law.policy.revert.is_some();
        self.lineage()?.restored(self.question.store, &step, all)
    }

    /// The candidate's first-parent chain since the root.
    fn lineage(&self) -> Result<&Lineage, GitError> {
        if self.lineage.get().is_none() {
            let (store, root) = (self.question.store, self.question.root);
            let candidate = self.question.range.candidate;
            let read = Lineage::read(store, candidate, root, usize::MAX)?;
            // Set once: nothing but this fills it in.
            let _ = self.lineage.set(read);
        }
        Ok(self.lineage.get_or_init(Lineage::default))
    }

    /// Whether people let through by itself what comes back: a state at which a judged run ended, or a
    /// step that was one. What lay inside a longer run, nobody decided on.
    fn was_verified(&self, restoring: Restoring) -> Result<bool, NoAnswer> {
        let of = restoring.of();
        let state = matches!(restoring, Restoring::State(_));
        let given = Some(of) == self.question.root || of == self.question.range.base;
        if state && given {
            return Ok(true);
        }
        let line = self.lineage().map_err(|e| unreadable(&e))?.up_to(of);
        let counts = self.evidence.counts.values().copied();
        let mut lengths: BTreeSet<usize> = counts.filter(|n| (2..=REACH).contains(n)).collect();
        if !state {
            lengths.clear();
        }
        lengths.insert(1);
        for length in lengths.into_iter().filter(|length| *length < line.len()) {
            let own = &line[line.len() - length - 1..];
            if self.lets_through(own)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the rules let these steps go as one run, whatever has become too old since.
    fn lets_through(&self, line: &[Oid]) -> Result<bool, NoAnswer> {
        let law = match self.laws.at(line[0]) {
            Ok(law) => law,
            Err(error @ Untrusted::Git(_)) => return Err(no_policy(&error)),
            Err(_) => return Ok(false),
        };
        let steps = read(self.question.store, line).map_err(|e| unreadable(&e))?;
        if steps.len() > 1 && steps.iter().any(|step| step.changes_policy) {
            return Ok(false);
        }
        let run = Run::read(&self.ground(&law), &steps, 0, steps.len());
        let run = run.map_err(|e| unreadable(&e))?;
        let found = self.brings_back(&run, &law).map_err(|e| unreadable(&e))?;
        let restored = match found.is_empty() {
            true => Restored::No,
            false => Restored::Found,
        };
        let again = When::Again(self.question.now);
        let judged = self.judge_as(&run, &law, again, &HashSet::new(), (restored, None))?;
        Ok(judged.decision() == Decision::Allow)
    }
}

fn read(store: &Store, line: &[Oid]) -> Result<Vec<Step>, GitError> {
    let pairs = line.iter().zip(line.iter().skip(1));
    pairs
        .map(|(parent, oid)| Step::read(store, *parent, *oid))
        .collect()
}
