//! A run under judgement: its facts for the rules, and what each verdict has to do with it.

use std::collections::HashSet;

use crate::change::{Oid, Sha256};
use crate::diff::FileDiff;
use crate::evidence::{Span, made};
use crate::git::{GitError, Store};
use crate::policy::{
    Cast, CastFor, Cover, Coverage, Made, Policy, Proposal, Reason, ReasonId, Relation, Restored,
    RunFacts,
};
use crate::risk::{Assessment, HISTORY_ADDS, HISTORY_TAKES, HistoryStats, Level};
use crate::verdict::VerdictKind;

use super::coverage::Landing;
use super::cut::UNCOUNTED;
use super::doubts::Evidence;
use super::followup;
use super::ground::Ground;
use super::landed::{self, Past};
use super::steps::Step;

/// Steps `start..end`, read.
pub(super) struct Run {
    pub(super) start: usize,
    pub(super) end: usize,
    steps: Vec<Oid>,
    pub(super) span: Span,
    pub(super) content: crate::verdict::Content,
    /// The parents of its last step.
    pub(super) last_parents: Vec<Oid>,
}

impl Run {
    /// Reads the steps `start..end` as one run.
    pub(super) fn read(
        ground: &Ground<'_>,
        steps: &[Step],
        start: usize,
        end: usize,
    ) -> Result<Self, GitError> {
        let own = &steps[start..end];
        let (first, last) = (&own[0], &own[own.len() - 1]);
        let span = Span::read(ground.store, first.parent, last.oid, &ground.origins)?;
        let content = span.content(ground.store)?;
        Ok(Self {
            start,
            end,
            steps: own.iter().map(|step| step.oid).collect(),
            span,
            content,
            last_parents: last.parents().to_vec(),
        })
    }

    /// Its first and last step.
    pub(super) fn ends(&self) -> (Oid, Oid) {
        let last = self.span.head.commit;
        (self.steps.first().copied().unwrap_or(last), last)
    }

    /// Whether these steps are a part of it and not all of it.
    pub(super) const fn holds(&self, (start, end): (usize, usize)) -> bool {
        self.start <= start && end <= self.end && end - start < self.len()
    }

    /// Whether one of its steps is among these.
    pub(super) fn has_step_of(&self, steps: &HashSet<Oid>) -> bool {
        self.steps.iter().any(|step| steps.contains(step))
    }

    /// How many steps it has.
    pub(super) const fn len(&self) -> usize {
        self.end - self.start
    }

    /// How an approval covers this run, if it does (`docs/formats.md`, the gate's rule, coverage).
    /// `landing` says what the run is to the approved change, as a merge.
    pub(super) fn cover(&self, evidence: &Evidence, cast: &Cast, landing: &Landing) -> Cover {
        let Some(base) = cast.base else {
            return Cover::Unrelated;
        };
        let exact = base.commit == self.span.base.commit && self.ends_at(cast);
        let fits = self.fits(evidence, cast);
        if fits && cast.content == self.content.sha256 {
            let trees = base.tree == self.span.base.tree && cast.head.tree == self.span.head.tree;
            return Cover::Carried(match (exact, trees) {
                (true, _) => Coverage::Exact,
                (false, true) => Coverage::Tree,
                (false, false) => Coverage::Content,
            });
        }
        // Where nothing changed, only what came in is carried, not whatever was there before.
        let merged = matches!(landing, Landing::Merged { .. });
        if fits && merged && (self.brings(cast) || !self.span.changes.is_empty()) {
            return Cover::Carried(Coverage::Merge);
        }
        match self.mismatch(base.commit, cast, landing) {
            Some((id, text)) => Cover::Not(Reason::new(id, text).about(cast.digest)),
            None => Cover::Unrelated,
        }
    }

    /// Whether a verdict may be about all of this run: one step, as many as it had commits, or exactly
    /// from its base to its head. One that reads leniently says neither.
    pub(super) fn fits(&self, evidence: &Evidence, cast: &Cast) -> bool {
        let whole = |base: crate::verdict::CommitAndTree| {
            base.commit == self.span.base.commit && self.ends_at(cast)
        };
        let counted = match evidence.counts.get(&cast.digest) {
            Some(count) => *count == self.len(),
            None => self.len() <= UNCOUNTED,
        };
        self.len() == 1 || counted || cast.base.is_some_and(whole)
    }

    /// Why the run is not what was approved, where the approved head came in with it.
    fn mismatch(
        &self,
        base: Oid,
        cast: &Cast,
        landing: &Landing,
    ) -> Option<(ReasonId, &'static str)> {
        if !self.brings(cast) {
            return None;
        }
        Some(if *landing == Landing::Missing {
            let text = "the approved base is not here, so nothing can be compared with it";
            (ReasonId::ApprovedObjectsMissing, text)
        } else if base != self.span.base.commit {
            let text = "the approved head is here, on another base and with another content";
            (ReasonId::WrongBase, text)
        } else if self.len() == 1 && self.last_parents.get(1) == Some(&cast.head.commit) {
            let text = "the merge leaves another content than the approved one";
            (ReasonId::MergeContent, text)
        } else {
            let text = "what landed is not the approved content";
            (ReasonId::ContentMismatch, text)
        })
    }

    /// Whether the head of a verdict came in with the run.
    fn brings(&self, cast: &Cast) -> bool {
        let mut commits = self.span.commits.iter();
        commits.any(|commit| commit.oid == cast.head.commit)
    }

    /// What the run is to the change of a verdict, as a merge. Only what could count is read, or the
    /// gate would read every change there ever was.
    pub(super) fn landing(&self, ground: &Ground<'_>, cast: &Cast) -> Result<Landing, GitError> {
        let could_matter = match cast.kind {
            VerdictKind::Approve => ground.speaks || ground.is_timely(cast) || self.brings(cast),
            VerdictKind::Reject => true,
            VerdictKind::Comment | VerdictKind::Withdraw => false,
        };
        if !could_matter || cast.content == self.content.sha256 {
            return Ok(Landing::Unknown);
        }
        let tree = self.span.base.tree;
        let (store, changes) = (ground.store, &self.span.changes);
        ground.approvals.landing(store, cast, tree, changes)
    }

    /// The same cover, unless the approved content has landed before.
    pub(super) fn first_landing(
        &self,
        ground: &Ground<'_>,
        cast: &Cast,
        cover: Cover,
    ) -> Result<Cover, GitError> {
        let (Cover::Carried(_), Some(base)) = (&cover, cast.base) else {
            return Ok(cover);
        };
        let singles = |made: Vec<Made>| made.iter().filter(|one| !one.merge).count();
        let revision = ground.revision(cast)?.map_or(1, singles).max(1);
        let past = Past {
            from: self.span.base.commit,
            base: base.commit,
            root: ground.root,
            lengths: [1, self.len(), revision].into(),
        };
        let before = match landed::before(ground.store, &self.span.changes, &past)? {
            None if !self.span.changes.is_empty() => {
                landed::merged_before(ground.store, ground.approvals, cast, &past)?
            }
            before => before,
        };
        Ok(before.map_or(cover, |step| {
            let text = format!("the approved content has landed once already, with {step}");
            Cover::Not(Reason::new(ReasonId::Relanded, text).about(cast.digest))
        }))
    }

    /// Whether the run ends with the approved head, or with a merge of its first parent and that
    /// head that has exactly the approved tree.
    fn ends_at(&self, cast: &Cast) -> bool {
        let head = self.span.head;
        head.commit == cast.head.commit
            || (head.tree == cast.head.tree
                && self.len() == 1
                && self.last_parents == [self.span.base.commit, cast.head.commit])
    }

    /// The commits that a break-glass for the run may name.
    fn as_is(&self, store: &Store) -> Result<Vec<Oid>, GitError> {
        match self.steps[..] {
            [step] => followup::as_is(store, self.span.base.commit, step),
            _ => Ok(Vec::new()),
        }
    }

    /// What a verdict has to do with the run.
    pub(super) fn relation(&self, cast: &Cast, landing: &Landing) -> Relation {
        let head = cast.head.commit;
        // The whole change merged into moved files has another digest and is the same content.
        let whole = *landing == Landing::Merged { whole: true };
        let merged = self.len() == 1 && self.last_parents.iter().skip(1).any(|own| *own == head);
        if self.span.head.commit == head || merged {
            Relation::Head
        } else if cast.content == self.content.sha256 || whole {
            Relation::Content
        } else if self.brings(cast) {
            Relation::Inside
        } else {
            Relation::Other
        }
    }

    /// The commits that came in with merges: all but the steps themselves.
    fn side(&self, ground: &Ground<'_>) -> Result<Vec<Made>, GitError> {
        let commits = self.span.commits.iter();
        let side = commits.filter(|commit| !self.steps.contains(&commit.oid));
        side.map(|commit| made(ground.store, commit, &ground.origins))
            .collect()
    }

    /// Who made what an approval covers: the commits of its own `base..head`. A base that is not on
    /// the target's chain was chosen by the submitter and may leave commits out: then all that came
    /// in with the run count too.
    pub(super) fn made(
        &self,
        ground: &Ground<'_>,
        cast: &Cast,
    ) -> Result<Option<Vec<Made>>, GitError> {
        let Some(mut made) = ground.revision(cast)? else {
            return Ok(None);
        };
        let on_chain = cast
            .base
            .is_some_and(|base| ground.chain.contains(&base.commit));
        if !on_chain {
            made.extend(self.side(ground)?);
        }
        Ok(Some(made))
    }

    /// The facts the rules judge.
    pub(super) fn facts(
        &self,
        ground: &Ground<'_>,
        policy: &Policy,
        approved: &[&Cast],
    ) -> Result<RunFacts, GitError> {
        let store = ground.store;
        let files = self.span.files(store)?;
        let title = self
            .span
            .commits
            .last()
            .map_or("", |commit| commit.subject());
        let assessment = self.assess(ground, policy, title, &files)?;
        let commits = self
            .span
            .commits
            .iter()
            .map(|commit| made(store, commit, &ground.origins))
            .collect::<Result<Vec<_>, GitError>>()?;
        Ok(RunFacts {
            target: ground.target.to_owned(),
            first_parent: self.span.base.commit,
            last: self.span.head.commit,
            ai: commits.iter().any(|made| made.marker),
            commits,
            signed_revision: None,
            paths: self.span.paths(),
            assessed: assessment.level,
            severity3: assessment
                .findings
                .iter()
                .filter(|finding| finding.severity == 3)
                .map(|finding| finding.id.clone())
                .collect(),
            unreviewable: assessment
                .unreadable
                .iter()
                .map(|content| content.finding.clone())
                .collect(),
            touches_policy: self.span.touches_policy(),
            proposal: self.proposal(ground, approved),
            restored: Restored::No,
            as_is: self.as_is(store)?,
            revisions: Vec::new(),
        })
    }

    /// Assesses the run with the history before it, which is read only where a rule asks for risk
    /// and the history can change the level.
    fn assess(
        &self,
        ground: &Ground<'_>,
        policy: &Policy,
        title: &str,
        files: &[FileDiff],
    ) -> Result<Assessment, GitError> {
        let assess = |history: Option<&HistoryStats>| {
            self.span
                .assess(ground.store, files, title, Some(policy), history)
        };
        let without = assess(None);
        let (impact, likelihood) = (without.impact, without.likelihood);
        let lowest = Level::of(impact, likelihood.saturating_sub(HISTORY_TAKES));
        let highest = Level::of(impact, likelihood.saturating_add(HISTORY_ADDS));
        let asked = policy.rules.iter().any(|rule| rule.matches.risk.is_some());
        if !asked || lowest == highest {
            return Ok(without);
        }
        let mut trail = ground.history.borrow_mut();
        let history = trail.ask(ground.store, &self.span.ask())?;
        Ok(assess(Some(&history)))
    }

    /// What was said with the run's last commit and with every approved head.
    fn proposal(&self, ground: &Ground<'_>, approved: &[&Cast]) -> Proposal {
        let facts = |head: Oid| ground.proposals.facts(head, &self.span.provenance);
        let mut proposal = facts(self.span.head.commit);
        for cast in approved {
            let more = facts(cast.head.commit);
            proposal.signer = proposal.signer.or(more.signer);
            proposal.agents.extend(more.agents);
            proposal.models.extend(more.models);
            proposal.operators.extend(more.operators);
        }
        proposal
    }

    /// A verdict with its relation to the run. For a key that the policy does not know nothing is
    /// read: it decides nothing, and must not be able to make a reading fail.
    pub(super) fn relate<'c>(
        &self,
        ground: &Ground<'_>,
        cast: &'c Cast,
        known: bool,
        inside: &HashSet<Sha256>,
    ) -> Result<CastFor<'c>, GitError> {
        let landing = if known {
            self.landing(ground, cast)?
        } else {
            Landing::Unknown
        };
        let cover = match cast.kind {
            VerdictKind::Approve => self.cover(ground.evidence, cast, &landing),
            _ => Cover::Unrelated,
        };
        let cover = if known {
            self.first_landing(ground, cast, ground.sound(cast, cover))?
        } else {
            cover
        };
        let carried = known && matches!(cover, Cover::Carried(_));
        let relation = match self.relation(cast, &landing) {
            Relation::Other if inside.contains(&cast.digest) => Relation::Inside,
            relation => relation,
        };
        Ok(CastFor {
            cast,
            relation,
            made: if carried {
                self.made(ground, cast)?
            } else {
                None
            },
            root_known: ground.chain.contains(&cast.repository.policy_root),
            evidence: carried.then(|| ground.missing_evidence(cast)).flatten(),
            cover,
        })
    }
}
