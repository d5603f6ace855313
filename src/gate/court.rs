//! One range before the rules: what all its runs are judged with, and the judgement of one run.

use std::cell::{OnceCell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

use crate::change::{Oid, Sha256};
use crate::evidence::{Lineage, Proposals, Trusted, Untrusted};
use crate::git::{GitError, PathHazard, Store};
use crate::policy::{
    Cast, CastFor, Circumstances, Cover, Decision, Enforces, Glass, Lift, Mode, Reason, ReasonId,
    Restored, Revoked, RunFacts, When, evaluate,
};

use super::carried;
use super::chain;
use super::coverage::Approvals;
use super::cut::Struck;
use super::doubts::Evidence;
use super::ground::{Ground, Revisions, Trail};
use super::judge::{NoAnswer, Question, invalid_policy, no_policy, unreadable};
use super::laws::Laws;
use super::log::Log;
use super::report::{Report, RunReport, Standing};
use super::restored::RestoresReport;
use super::run::Run;
use super::steps::Step;
use super::ways::Heads;

/// Everything the runs of one decision are judged with.
pub(super) struct Court<'a> {
    pub(super) question: &'a Question<'a>,
    /// When its runs are judged.
    pub(super) when: When,
    pub(super) log: Log<'a>,
    pub(super) evidence: Evidence,
    /// The overrides by clients that began to trust on this chain.
    pub(super) lifts: Vec<Lift>,
    /// The break-glass statements by such clients and known keys.
    pub(super) glasses: Vec<Glass>,
    pub(super) proposals: Proposals,
    pub(super) laws: Laws<'a>,
    /// The policies that judge some step of the range; the first is the one at the base.
    pub(super) in_force: Vec<Rc<Trusted>>,
    pub(super) chain: HashSet<Oid>,
    pub(super) revoked: Revoked,
    pub(super) revisions: RefCell<Revisions>,
    pub(super) approvals: Approvals,
    pub(super) trail: Trail,
    pub(super) lineage: OnceCell<Lineage>,
    pub(super) signed: OnceCell<Vec<Oid>>,
    pub(super) marked: OnceCell<HashSet<Oid>>,
}

/// A judged run.
pub(super) struct Judged {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) report: RunReport,
}

impl Court<'_> {
    pub(super) fn ground(&self, law: &Trusted) -> Ground<'_> {
        Ground {
            store: self.question.store,
            target: self.question.target,
            accepts: law.policy.accepts(self.question.target).to_vec(),
            origins: self.laws.origins(&law.policy),
            proposals: &self.proposals,
            chain: &self.chain,
            root: self.question.root,
            log: &self.log,
            evidence: &self.evidence,
            revisions: &self.revisions,
            approvals: &self.approvals,
            oldest: self
                .question
                .now
                .checked_sub(law.policy.longest_max_age())
                .ok()
                .filter(|_| self.when == When::Now(self.question.now)),
            speaks: law.policy.scope.mode == Mode::Flagged,
            history: &self.trail,
        }
    }

    /// Judges the policy changes between the root and the base, each by the policy before it.
    pub(super) fn history(&self, changes: &[Step], report: &mut Report) -> Result<(), NoAnswer> {
        for step in changes {
            let before = self.laws.at(step.parent).map_err(|e| no_policy(&e))?;
            let after = self.laws.at(step.oid).map_err(|e| no_policy(&e))?;
            let ground = self.ground(&before);
            let run = Run::read(&ground, std::slice::from_ref(step), 0, 1);
            let run = run.map_err(|error| unreadable(&error))?;
            let inside = HashSet::new();
            let mut judged = self.judge(&run, &before, When::History, &inside)?;
            let rollback = chain::rollback(&before.policy, &after.policy);
            judged.report.reasons.extend(rollback);
            if judged.decision() != Decision::Allow {
                let text = format!(
                    "the policy change {} on the way from the root is not authorised",
                    step.oid
                );
                judged.report.tell();
                let mut reasons = vec![Reason::new(ReasonId::PolicyRoot, text)];
                reasons.append(&mut judged.report.reasons);
                report.runs.push(judged.report);
                return Err(reasons);
            }
        }
        Ok(())
    }

    /// Judges one run of the range by the policy at its first parent, and what its steps do to the
    /// policy. `inside`: rejections of what the run passes through.
    pub(super) fn run(
        &self,
        steps: &[Step],
        run: &Run,
        law: &Trusted,
        inside: &HashSet<Sha256>,
    ) -> Result<Judged, NoAnswer> {
        let mut judged = self.judge(run, law, self.when, inside)?;
        let own = &steps[run.start..run.end];
        for step in own.iter().filter(|step| step.parents().len() > 2) {
            let text = format!("{} has {} parents", step.oid, step.parents().len());
            let reason = Reason::new(ReasonId::Octopus, text);
            judged.report.reasons.push(reason);
        }
        if judged.report.standing != Standing::NotApplicable {
            let hazards = hazards(self.question.store, run).map_err(|e| unreadable(&e))?;
            judged.report.reasons.extend(hazards);
        }
        // Where a policy is supposed, what a step made of the real one says nothing of it.
        let judged_by_it = |step: &&Step| step.changes_policy && !self.laws.is_supposed();
        for step in own.iter().filter(judged_by_it) {
            match self.laws.at(step.oid) {
                Ok(after) => {
                    let rollback = chain::rollback(&law.policy, &after.policy);
                    judged.report.reasons.extend(rollback);
                }
                Err(Untrusted::Git(error)) => return Err(unreadable(&error)),
                Err(error) => judged.report.reasons.push(invalid_policy(&error)),
            }
        }
        Ok(judged)
    }

    /// What the queue says of where a run comes from, as far as the mode asks.
    fn scope(&self, run: &Run, ground: &Ground<'_>, mode: Mode, facts: &mut RunFacts) {
        match mode {
            Mode::Flagged => facts.ai |= self.marked.get().is_some_and(|all| run.has_step_of(all)),
            Mode::UnlessHumanSigned
                if !facts.ai && facts.commits.iter().any(|made| made.signer.is_none()) =>
            {
                let heads = self.signed.get_or_init(|| carried::signed_heads(ground));
                let (base, changes) = (run.span.base.commit, &run.span.changes);
                facts.signed_revision = carried::signed_revision(ground, heads, base, changes);
            }
            _ => {}
        }
    }

    /// With what knowledge the rules are applied.
    pub(super) fn circumstances(&self, when: When) -> Circumstances<'_> {
        Circumstances {
            when,
            lifts: &self.lifts,
            glasses: &self.glasses,
            revoked: &self.revoked,
            enforces: Enforces {
                markers: true,
                risk_rules: true,
            },
        }
    }

    /// Every verdict with its relation to a run.
    pub(super) fn related(
        &self,
        run: &Run,
        law: &Trusted,
        ground: &Ground<'_>,
        inside: &HashSet<Sha256>,
    ) -> Result<Vec<CastFor<'_>>, NoAnswer> {
        let related = self.evidence.casts.iter().map(|cast| {
            let known = law.policy.owner(&cast.key).is_some();
            run.relate(ground, cast, known, inside)
        });
        let related: Result<Vec<_>, GitError> = related.collect();
        related.map_err(|error| unreadable(&error))
    }

    fn judge(
        &self,
        run: &Run,
        law: &Trusted,
        when: When,
        inside: &HashSet<Sha256>,
    ) -> Result<Judged, NoAnswer> {
        let restored = self.restored(run, law, when)?;
        self.judge_as(run, law, when, inside, restored)
    }

    /// The judgement of a run of which it is known what it brings back.
    pub(super) fn judge_as(
        &self,
        run: &Run,
        law: &Trusted,
        when: When,
        inside: &HashSet<Sha256>,
        (restored, named): (Restored, Option<RestoresReport>),
    ) -> Result<Judged, NoAnswer> {
        let mut ground = self.ground(law);
        if when != When::Now(self.question.now) {
            ground.oldest = None;
        }
        let failed = |error: GitError| unreadable(&error);
        let related = self.related(run, law, &ground, inside)?;
        let facts = run.facts(&ground, &law.policy, &carried(&related));
        let mut facts = facts.map_err(failed)?;
        facts.restored = restored;
        self.scope(run, &ground, law.policy.scope.mode, &mut facts);
        let circumstances = self.circumstances(when);
        let mut outcome = evaluate(&law.policy, &facts, &related, &circumstances);
        for heads in [Heads::Merged, Heads::Queued] {
            if outcome.asks_others(heads == Heads::Queued) {
                facts.revisions = run.revisions(&ground, heads).map_err(failed)?;
                outcome = evaluate(&law.policy, &facts, &related, &circumstances);
            }
        }
        if outcome.decision() == Decision::Pending {
            let known = |cast: &&Cast| law.policy.owner(&cast.key).is_some();
            let casts = self.evidence.casts.iter().filter(known);
            outcome.reasons.extend(ground.unseen(casts));
            let commits = run.span.commits.iter().map(|commit| commit.oid);
            let unrelated = related.iter().filter(|of| of.cover == Cover::Unrelated);
            let unrelated = unrelated.map(|of| of.cast).filter(known);
            outcome.set_aside.extend(ground.stale(commits, unrelated));
        }
        Ok(Judged {
            start: run.start,
            end: run.end,
            report: RunReport::of(run, &facts, outcome).restoring(named),
        })
    }
}

/// The approvals that cover the run, and whose commits are here.
pub(super) fn carried<'c>(related: &[CastFor<'c>]) -> Vec<&'c Cast> {
    let covers = |of: &&CastFor<'c>| of.made.is_some() && matches!(of.cover, Cover::Carried(_));
    related.iter().filter(covers).map(|of| of.cast).collect()
}

impl Judged {
    pub(super) fn denied(steps: &[Step], start: usize, end: usize, reason: Reason) -> Self {
        Self {
            start,
            end,
            report: RunReport::denied(&steps[start..end], reason),
        }
    }

    /// A step that is not asked about.
    pub(super) fn elsewhere(steps: &[Step], start: usize, end: usize) -> Self {
        Self {
            start,
            end,
            report: RunReport::elsewhere(&steps[start..end]),
        }
    }

    pub(super) fn decision(&self) -> Decision {
        self.report.decision()
    }

    /// The rejections, of those that are about exactly this run, that deny it.
    pub(super) fn rejections<'s>(
        &'s self,
        about: &'s [Struck],
    ) -> impl Iterator<Item = Reason> + 's {
        let own = (self.start, self.end);
        let denials = self.report.reasons.iter();
        denials
            .filter(move |reason| {
                let digest = reason.digest.map(|digest| (own, digest));
                reason.id == ReasonId::Rejected && digest.is_some_and(|it| about.contains(&it))
            })
            .cloned()
    }

    /// Whether the other run is a part of this one and not all of it.
    pub(super) fn holds(&self, other: &Self) -> bool {
        let (start, end) = (self.start, self.end);
        start <= other.start && other.end <= end && end - start > other.end - other.start
    }
}

/// The paths a run brings that a file system or a tool would take for others. What was there before
/// stays everybody's own affair.
fn hazards(store: &Store, run: &Run) -> Result<Vec<Reason>, GitError> {
    let changes = run.span.changes.iter();
    let brought: Vec<_> = changes.filter(|one| one.old.is_none()).cloned().collect();
    let found = store.path_hazards(run.span.head.tree, &brought)?;
    let reason = |one: &PathHazard| {
        let text = format!("{}: {}", one.path, one.hazard.text());
        Reason::new(ReasonId::PathHazard, text)
    };
    Ok(found.iter().map(reason).collect())
}
