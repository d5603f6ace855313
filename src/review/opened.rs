//! One revision with everything known of it: what it changes, how risky it is, what was said of it,
//! and how far it is from being approved.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use jiff::Timestamp;

use crate::change::{Oid, QueueRef, Revision, Sha256};
use crate::diff::FileDiff;
use crate::evidence::{
    Ask, Lineage, LineageStep, Origins, Proposals, Span, Statements, Trusted, made,
};
use crate::git::{GitError, PathHazard};
use crate::policy::{
    Cast, CastFor, Circumstances, Lift, Outcome, Policy, Reason, Restored, RevisionFacts, RunFacts,
    Standing, evaluate,
};
use crate::queue::Route;
use crate::risk::Assessment;
use crate::risk::scanner::Scanned;
use crate::verdict::{Comment, Content, Verdict, VerdictKind, Verified};

use super::Session;
use super::gist::{Counted, Gist, GistKey};
use super::heard::circumstances;
use super::owners::OwnersShelf;
use super::policy_change::PolicyChange;

/// Steps of the target before a revision in which what it may bring back is looked for. The gate looks
/// at all of them.
const REVERT_REACH: usize = 200;

/// A revision as it was opened: an immutable picture, from which a verdict is signed.
#[derive(Debug, Clone)]
pub struct Opened {
    /// What was proposed.
    pub revision: Revision,
    /// What lies between base and head.
    pub span: Span,
    /// The digest that survives a rebase.
    pub content: Content,
    /// What a row needs of it.
    pub gist: Gist,
    /// The change file by file.
    pub files: Vec<FileDiff>,
    /// How risky it is, under the policy.
    pub assessment: Assessment,
    /// What scanners say of it: shown beside the assessment, and no part of it.
    pub scanned: Scanned,
    /// The policy at the tip of the target.
    pub policy: Option<Trusted>,
    /// What the rules say of it as it stands; none without a policy.
    pub outcome: Option<Outcome>,
    /// The facts the rules judged; none without a policy.
    pub facts: Option<RunFacts>,
    /// What it does to the policy; none where it does not touch it.
    pub policy_change: Option<PolicyChange>,
    /// Who is asked; none without a policy.
    pub route: Option<Route>,
    /// What was said of this change, oldest first: by its id, head or content.
    pub said: Vec<Said>,
    /// Paths that mean one thing here and another on a different file system.
    pub hazards: Vec<PathHazard>,
}

/// A revision as a row of the queue needs it.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub(super) revision: Revision,
    pub(super) span: Span,
    pub(super) gist: Gist,
    pub(super) policy: Option<Trusted>,
    pub(super) outcome: Option<Outcome>,
    pub(super) facts: Option<RunFacts>,
    pub(super) route: Option<Route>,
    pub(super) said: Vec<Said>,
}

impl Opened {
    /// The persons asked for a rule, by id; none where it is met.
    pub fn asked(&self, rule: &str) -> &[String] {
        self.route.as_ref().map_or(&[], |route| route.of_rule(rule))
    }

    /// The same as a row of the queue needs it.
    pub(super) fn judged(&self) -> Judged {
        Judged {
            revision: self.revision.clone(),
            span: self.span.clone(),
            gist: self.gist.clone(),
            policy: self.policy.clone(),
            outcome: self.outcome.clone(),
            facts: self.facts.clone(),
            route: self.route.clone(),
            said: self.said.clone(),
        }
    }
}

/// A verdict as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Digest of the signed payload.
    pub digest: Sha256,
    /// What it says.
    pub kind: VerdictKind,
    /// The principal it names.
    pub reviewer: String,
    /// Fingerprint of the key that signed.
    pub key: String,
    /// The change and revision it was given for, as labels.
    pub name: QueueRef,
    /// Whether it is about this very head or content.
    pub here: bool,
    /// When, by the signer's clock.
    pub issued_at: Timestamp,
    /// In words.
    pub summary: Option<String>,
    /// Remarks on places.
    pub comments: Vec<Comment>,
    /// What it comes to.
    pub standing: SaidStanding,
}

/// What a verdict comes to now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaidStanding {
    /// It stands.
    Stands,
    /// Its author replaced it or took it back.
    Replaced,
    /// It permits nothing, and why.
    DoesNotCount(Reason),
    /// There is no policy to say whose key it is.
    NoPolicy,
}

/// Everything that is the same for all revisions of one look at the queue.
pub struct Look<'a> {
    /// The clone.
    pub session: &'a Session,
    /// What the notes (and the outbox) hold.
    pub statements: &'a Statements,
    /// The verdicts among them, as the rules see them.
    pub casts: &'a [Cast],
    /// The overrides among them.
    pub lifts: &'a [Lift],
    /// What the proposals say.
    pub proposals: &'a Proposals,
    /// What marks a commit as AI's.
    pub origins: &'a Origins,
    /// Now.
    pub now: Timestamp,
    /// The owners of paths, by the target's tip.
    pub owners: &'a OwnersShelf,
    /// What was asked of the history and is not counted yet.
    pub uncounted: &'a RefCell<Vec<Ask>>,
    /// How many revisions were assessed for the first time, and how many of those are kept.
    pub fresh: &'a Fresh,
}

/// The assessments that no earlier look had made.
#[derive(Debug, Default)]
pub struct Fresh {
    /// Made.
    pub made: Cell<usize>,
    /// Made and kept for the next look.
    pub kept: Cell<usize>,
}

/// What a look at a revision came to.
pub(super) enum Glance {
    /// Everything that a row needs.
    Judged(Box<Judged>),
    /// The history it stands on is not counted yet.
    Uncounted,
    /// It is not assessed yet, and enough others were.
    Unassessed(Box<(Revision, Span)>),
}

impl Look<'_> {
    /// Reads and judges one revision, with every line of its diff.
    pub fn open(&self, revision: Revision, policy: Option<Trusted>) -> Result<Opened, GitError> {
        let store = &self.session.store;
        let span = Span::read(store, revision.base, revision.head.oid, self.origins)?;
        let files = span.files(store)?;
        let rules = policy.as_ref().map(|trusted| &trusted.policy);
        let asks = [span.ask()];
        // A damaged history is the queue's to warn of; the change is shown without its numbers.
        let history = self.session.histories_of(&asks, self.session.effort);
        let history = history
            .ok()
            .and_then(|all| all.into_iter().next().flatten());
        let mut assessment = span.assess(store, &files, &revision.title, rules, history.as_ref());
        let gist = Gist::of(span.content(store)?, &files, &assessment);
        if let Some(policy) = rules {
            assessment.level = policy.level(assessment.level, &span.paths());
        }
        let scanned = super::scanned::read(self.session, &revision.name(), &files, span.head);
        let hazards = store.path_hazards(span.head.tree, &span.changes)?;
        let policy_change = PolicyChange::of(store, &span)?;
        let judged = self.judged(revision, span, gist, policy)?;
        Ok(Opened {
            policy_change,
            content: judged.gist.content(),
            revision: judged.revision,
            span: judged.span,
            gist: judged.gist,
            files,
            assessment,
            scanned,
            policy: judged.policy,
            outcome: judged.outcome,
            facts: judged.facts,
            route: judged.route,
            said: judged.said,
            hazards,
        })
    }

    /// Judges one revision for a row of the queue: the diff is read only where the cache does not
    /// know what matters of it. Where its history is not counted yet, what is asked of it is added
    /// to `uncounted`; with `wait` nothing is assessed then, so that nothing is assessed twice.
    pub(super) fn glance(
        &self,
        revision: Revision,
        policy: Option<Trusted>,
        wait: bool,
    ) -> Result<Glance, GitError> {
        let store = &self.session.store;
        let span = Span::read(store, revision.base, revision.head.oid, self.origins)?;
        let rules = policy.as_ref().map(|trusted| &trusted.policy);
        let mut key = GistKey {
            base: span.base.commit,
            head: span.head.commit,
            title: &revision.title,
            policy: rules.map(|policy| policy.digest),
            ai: span.provenance.is_ai(),
            history: Counted::Whole,
        };
        let mut kept = self.session.gists.get(key);
        let mut history = None;
        if kept.is_none() {
            let ask = span.ask();
            history = self.session.histories.get(&ask);
            key.history = Counted::of(history.as_ref());
            if history.is_none() {
                self.uncounted.borrow_mut().push(ask);
                if wait {
                    return Ok(Glance::Uncounted);
                }
            }
            if key.history != Counted::Whole {
                kept = self.session.gists.get(key);
            }
        }
        let gist = match kept {
            Some(gist) => gist,
            None if self.fresh.made.get() >= self.session.fresh => {
                return Ok(Glance::Unassessed(Box::new((revision, span))));
            }
            None => {
                let files = span.files(store)?;
                let assessment =
                    span.assess(store, &files, &revision.title, rules, history.as_ref());
                let gist = Gist::of(span.content(store)?, &files, &assessment);
                self.fresh.made.set(self.fresh.made.get() + 1);
                if self.session.gists.put(key, &gist) {
                    self.fresh.kept.set(self.fresh.kept.get() + 1);
                }
                gist
            }
        };
        let judged = self.judged(revision, span, gist, policy)?;
        Ok(Glance::Judged(Box::new(judged)))
    }

    fn judged(
        &self,
        revision: Revision,
        span: Span,
        gist: Gist,
        policy: Option<Trusted>,
    ) -> Result<Judged, GitError> {
        let rules = policy.as_ref().map(|trusted| &trusted.policy);
        let content = gist.content().sha256;
        let facts = rules
            .map(|policy| self.facts(&revision, &span, &gist, policy))
            .transpose()?;
        let casts = self.concerning(&revision, content);
        let outcome = match (rules, &facts) {
            (Some(policy), Some(facts)) => {
                Some(self.judge(policy, facts, &casts, &revision_facts(&span, content)))
            }
            _ => None,
        };
        let said = self.said(&revision, &span, content, rules);
        let route = policy.as_ref().zip(outcome.as_ref());
        let route = route.map(|(policy, outcome)| {
            let store = &self.session.store;
            self.owners.route(store, policy, outcome, &revision, &span)
        });
        Ok(Judged {
            revision,
            span,
            gist,
            policy,
            outcome,
            facts,
            route,
            said,
        })
    }

    /// The facts of a revision that waits, for the rules.
    fn facts(
        &self,
        revision: &Revision,
        span: &Span,
        gist: &Gist,
        policy: &Policy,
    ) -> Result<RunFacts, GitError> {
        let commits = span
            .commits
            .iter()
            .map(|commit| made(&self.session.store, commit, self.origins))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(RunFacts {
            target: revision.target.clone(),
            first_parent: span.base.commit,
            last: span.head.commit,
            commits,
            signed_revision: None,
            paths: span.paths(),
            assessed: gist.assessed,
            severity3: gist.severity3.clone(),
            unreviewable: gist.unreviewable.clone(),
            ai: span.provenance.is_ai(),
            touches_policy: span.touches_policy(),
            proposal: self.proposals.facts(revision.head.oid, &span.provenance),
            restored: self.restored(span, policy),
            as_is: Vec::new(),
            revisions: Vec::new(),
        })
    }

    /// Whether a revision brings back what was there before, if that asks for another number of
    /// approvals. What cannot be read here is left to the gate.
    fn restored(&self, span: &Span, policy: &Policy) -> Restored {
        if policy.revert.is_none() {
            return Restored::No;
        }
        let store = &self.session.store;
        let step = LineageStep {
            parent: span.base.commit,
            tree: span.head.tree,
            changes: &span.changes,
            message: span.commits.last().map_or("", |last| last.message.as_str()),
        };
        let lineage = Lineage::read(store, span.base.commit, None, REVERT_REACH);
        let found = lineage.and_then(|lineage| lineage.restored(store, &step, true));
        match found {
            Ok(found) if !found.is_empty() => Restored::Verified,
            _ => Restored::No,
        }
    }

    /// The verdicts that can matter to a revision: on a commit of it, its content or change, and
    /// every withdrawal, which may name any verdict.
    fn concerning(&self, revision: &Revision, content: Sha256) -> Vec<&Cast> {
        let own: HashSet<Oid> = revision.commits.iter().map(|commit| commit.oid).collect();
        let matters = |cast: &&Cast| {
            own.contains(&cast.head.commit)
                || cast.head.commit == revision.head.oid
                || cast.content == content
                || cast.change.id == revision.id
                || cast.kind == VerdictKind::Withdraw
        };
        self.casts.iter().filter(matters).collect()
    }

    fn judge(
        &self,
        policy: &Policy,
        facts: &RunFacts,
        casts: &[&Cast],
        revision: &RevisionFacts,
    ) -> Outcome {
        let related: Vec<CastFor<'_>> = casts
            .iter()
            .map(|cast| CastFor::to_revision(cast, revision, facts))
            .collect();
        let at = Circumstances {
            lifts: self.lifts,
            ..circumstances(policy, self.now)
        };
        evaluate(policy, facts, &related, &at)
    }

    fn said(
        &self,
        revision: &Revision,
        span: &Span,
        content: Sha256,
        policy: Option<&Policy>,
    ) -> Vec<Said> {
        let here = |verdict: &Verdict| {
            verdict.head.commit == span.head.commit || verdict.content.sha256 == content
        };
        let mut said: Vec<Said> = self
            .statements
            .verified
            .iter()
            .filter_map(|verified| {
                let verdict = verified.verdict()?;
                let concerns = here(verdict) || verdict.change.id == revision.id;
                concerns.then(|| Said::of(verified, verdict, here(verdict)))
            })
            .collect();
        if let Some(policy) = policy {
            let casts = self.concerning(revision, content);
            settle(said.iter_mut(), &casts, policy, self.now);
        }
        said.sort_by_key(|one| (one.issued_at, one.digest));
        said
    }
}

impl Said {
    pub(super) fn of(verified: &Verified, verdict: &Verdict, here: bool) -> Self {
        Self {
            digest: verified.payload_sha256(),
            kind: verdict.kind,
            reviewer: verdict.reviewer.principal.clone(),
            key: verified.fingerprint().to_owned(),
            name: QueueRef {
                id: verdict.change.id.clone(),
                number: verdict.change.revision,
            },
            here,
            issued_at: verdict.issued_at,
            summary: verdict.summary.clone(),
            comments: verdict.comments.clone(),
            standing: SaidStanding::NoPolicy,
        }
    }
}

/// Works out what each verdict comes to.
fn settle<'s>(
    said: impl Iterator<Item = &'s mut Said>,
    casts: &[&Cast],
    policy: &Policy,
    now: Timestamp,
) {
    let at = circumstances(policy, now);
    settle_at(said, casts, policy, &at);
}

/// The same as of then: now, or as history.
pub(super) fn settle_at<'s>(
    said: impl Iterator<Item = &'s mut Said>,
    casts: &[&Cast],
    policy: &Policy,
    at: &Circumstances<'_>,
) {
    let standing = Standing::of(policy, casts.iter().copied(), at);
    for one in said {
        let vote = standing
            .votes()
            .iter()
            .find(|vote| vote.cast.digest == one.digest && vote.cast.key == one.key);
        one.standing = match vote {
            Some(vote) if vote.out_for_head && vote.out_for_content => SaidStanding::Replaced,
            Some(vote) => match &vote.flaw {
                Some(flaw) => SaidStanding::DoesNotCount(flaw.clone()),
                None => SaidStanding::Stands,
            },
            // A remark is no vote; it stands where its key is somebody's.
            None => match policy.speaker(&one.key, at) {
                Ok(_) => SaidStanding::Stands,
                Err(reason) => SaidStanding::DoesNotCount(reason),
            },
        };
    }
}

fn revision_facts(span: &Span, content: Sha256) -> RevisionFacts {
    RevisionFacts {
        base: (span.base.commit, span.base.tree),
        head: (span.head.commit, span.head.tree),
        content,
    }
}
