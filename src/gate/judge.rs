//! The decision: pure in what it is given (object ids, statements, a clock), closed by default.

use std::cell::{OnceCell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

use jiff::Timestamp;

use crate::change::Oid;
use crate::evidence::{Proposals, QueueRefs, Statements, Trusted, Untrusted, policy_at};
use crate::git::{GitError, Store};
use crate::policy::{
    Circumstances, Decision, Enforces, Floor, Hand, Point, Policy, Reason, ReasonId, Revoked,
    Rewrite, When,
};
use crate::verdict::Verifier;

use super::court::Court;
use super::coverage::Approvals;
use super::doubts::{Evidence, knows};
use super::laws::Laws;
use super::log::{Log, Memory, NextPin, checkpoints, pins};
use super::report::{PolicyUsed, Report};
use super::steps::{Step, StepsError, steps};
use super::{Range, chain, rollback, sound};

/// What the gate is asked.
pub struct Question<'a> {
    /// The repository.
    pub store: &'a Store,
    /// Full name of the target ref.
    pub target: &'a str,
    /// The range.
    pub range: Range,
    /// The commit from which policy is trusted; none is no answer.
    pub root: Option<Oid>,
    /// Start at the root: what is older is not judged.
    pub first: bool,
    /// Judge only what touches this deployable of the policy, and changes of the policy.
    pub deployable: Option<&'a str>,
    /// The notes refs, read as one.
    pub notes: &'a [String],
    /// A tip of the notes that has no ref yet: the one that came with the same push.
    pub incoming: Option<Oid>,
    /// What is remembered of the notes.
    pub memory: Memory,
    /// The roots of the queue's refs, tracked ones first.
    pub roots: &'a [String],
    /// The remote whose verdicts must have been fetched; none where the local refs are the store.
    pub remote: Option<&'a str>,
    /// The tip of the target as known here: its revoked keys count too.
    pub target_tip: Option<Oid>,
    /// The least that the deployer asks of a policy.
    pub floor: Option<&'a Floor>,
    /// Whether the candidate may be older than what is deployed.
    pub allow_rollback: bool,
    /// Now.
    pub now: Timestamp,
}

impl Question<'_> {
    /// What the next run has to find: the tip of the tracked notes, where there are any, else of the
    /// own ones.
    fn next_pin(&self) -> Result<Option<NextPin>, GitError> {
        if self.memory == Memory::Off || self.memory == Memory::Store {
            return Ok(None);
        }
        for name in self.notes.iter().rev() {
            if let Some(oid) = self.store.notes_tip(name)? {
                return Ok(self.notes.first().map(|name| NextPin {
                    name: name.clone(),
                    oid,
                }));
            }
        }
        Ok(None)
    }

    /// Every tip of the notes.
    fn notes_tips(&self) -> Result<Vec<Oid>, GitError> {
        let named = self.notes.iter().map(|name| self.store.notes_tip(name));
        let named: Vec<Option<Oid>> = named.collect::<Result<_, _>>()?;
        Ok(named.into_iter().flatten().chain(self.incoming).collect())
    }

    /// Where the range begins.
    fn base(&self, root: Oid) -> Oid {
        if self.first { root } else { self.range.base }
    }
}

/// Answers the question. What could not be decided is in the report, never an `Ok` without one.
pub fn judge(question: &Question<'_>, verifier: &dyn Verifier) -> Report {
    let mut report = Report::new(question.target, &question.range);
    match decide(question, verifier, &mut report) {
        Ok(()) => {}
        Err(reasons) => {
            report.decision = Decision::Error;
            report.reasons.extend(reasons);
        }
    }
    report.close(&question.range);
    report
}

/// Reasons why there is no answer.
pub(super) type NoAnswer = Vec<Reason>;

/// An object or ref that could not be read, as a reason.
pub(super) fn unreadable(error: &GitError) -> NoAnswer {
    let id = match error {
        GitError::HistoryShallow { .. } => ReasonId::HistoryShallow,
        GitError::ObjectMissing { .. } => ReasonId::ObjectMissing,
        GitError::NotesNotACommit { .. } => ReasonId::LogType,
        GitError::OverBudget { .. } => ReasonId::TooLarge,
        GitError::ObjectMalformed { .. } => ReasonId::ObjectMalformed,
        GitError::ObjectCorrupt { .. } => ReasonId::ObjectCorrupt,
        _ => ReasonId::Undecided,
    };
    let text = error.to_string();
    let text = text
        .strip_prefix(id.as_str())
        .map_or(text.as_str(), str::trim_start);
    vec![Reason::new(id, format!("{text}; {}", error.hint()))]
}

fn decide(
    question: &Question<'_>,
    verifier: &dyn Verifier,
    report: &mut Report,
) -> Result<(), NoAnswer> {
    let store = question.store;
    sound::repository(store)?;
    sound::notes_fetched(question)?;
    let root = question.root.ok_or_else(sound::no_root)?;
    let base = question.base(root);
    report.base = Some(base);
    report.deployable = question.deployable.map(str::to_owned);
    if question.first {
        report.before_root = commits_before(store, root);
    }
    let changes = chain::policy_changes(store, root, base)?;
    let again = rollback::steps_again(question, root, base)?;
    let (from, when, steps) = if let Some(steps) = again {
        let warning = rollback::warning(base, question.range.candidate, steps.len());
        report.warnings.push(warning);
        (root, When::Again(question.now), steps)
    } else {
        let Some(steps) = steps_or_denial(question, base, report)? else {
            return Ok(());
        };
        (base, When::Now(question.now), steps)
    };
    report.next_pin = question.next_pin().map_err(|e| unreadable(&e))?;
    let bench = Bench::new(question, Laws::new(store), root, from, &steps)?;
    let (statements, checkpoint) = bench.read(question, verifier)?;
    report.take_statements(&statements);
    let court = open(question, bench, when, &statements)?;
    report.policy = Some(PolicyUsed::of(&court.in_force[0]));
    report.warnings.extend(court.warnings());
    report.reasons.extend(below_floor(question, &court)?);
    let laws = court.in_force.iter().map(|law| &law.policy);
    let unpinned = pins::check(&question.memory, &court.log, laws.clone())?;
    report.warnings.extend(unpinned);
    report.warnings.extend(court.log.rewritten());
    checkpoints::check(checkpoint.as_ref(), laws, question.now).map_err(|why| vec![why])?;
    court.history(&changes, report)?;
    let runs = court.runs(&steps, report)?;
    let runs: Vec<_> = runs.into_iter().map(|run| run.report).collect();
    report.reasons.extend(court.doubts(&steps, &runs));
    report.reasons.extend(court.overdue()?);
    report.decide(runs);
    Ok(())
}

/// The policies of a range, before any statement is read: they say whose word on the log counts.
pub(super) struct Bench<'a> {
    laws: Laws<'a>,
    in_force: Vec<Rc<Trusted>>,
    revoked: Revoked,
    root: Oid,
}

impl<'a> Bench<'a> {
    pub(super) fn new(
        question: &Question<'_>,
        laws: Laws<'a>,
        root: Oid,
        base: Oid,
        steps: &[Step],
    ) -> Result<Self, NoAnswer> {
        let in_force = laws.in_force(base, steps)?;
        let trusted = &in_force[0].policy;
        if !trusted.is_target(question.target) {
            let text = format!("{} is no target of the policy at {base}", question.target);
            return Err(vec![Reason::new(ReasonId::PolicyMissing, text)]);
        }
        for law in &in_force {
            sound::names(question, &law.policy)?;
        }
        let revoked = revoked(question, trusted)?;
        Ok(Self {
            laws,
            in_force,
            revoked,
            root,
        })
    }

    /// Whether a policy owner under the policy at the base said this of the log, for this
    /// repository and this chain.
    fn counts(&self, question: &Question<'_>, by: &Hand) -> bool {
        let root = HashSet::from([by.repository.policy_root]);
        let chain = chain::since(question.store, self.root, question.range.candidate, &root);
        chain.is_ok_and(|chain| chain.contains(&by.repository.policy_root))
            && self
                .law()
                .kept_by(by, &self.circumstances(question))
                .is_ok()
    }

    /// Reads the notes, and the checkpoint they rest on.
    pub(super) fn read(
        &self,
        question: &Question<'_>,
        verifier: &dyn Verifier,
    ) -> Result<(Statements, Option<Point>), NoAnswer> {
        let tips = question.notes_tips().map_err(|e| unreadable(&e))?;
        let counts =
            |point: &Point| point.expires_at >= question.now && self.counts(question, &point.by);
        let reading = checkpoints::Reading {
            store: question.store,
            verifier,
            counts: &counts,
        };
        checkpoints::read(&reading, tips).map_err(|error| unreadable(&error))
    }

    /// The rewrites of the notes' history that enough policy owners consent to.
    fn rewrites(&self, question: &Question<'_>, statements: &Statements) -> Vec<(Oid, Oid)> {
        let said = statements.verified.iter().filter_map(Rewrite::of);
        let known = said.filter(|one| self.counts(question, &one.by));
        let known: Vec<Rewrite> = known.collect();
        let at = self.circumstances(question);
        self.law().agreed_rewrites(&known, &at)
    }

    fn law(&self) -> &Policy {
        &self.in_force[0].policy
    }

    fn circumstances(&self, question: &Question<'_>) -> Circumstances<'_> {
        Circumstances {
            when: When::Now(question.now),
            revoked: &self.revoked,
            enforces: Enforces::default(),
            lifts: &[],
            glasses: &[],
        }
    }
}

/// Everything the runs are judged with: the policies in force, the queue, the statements.
pub(super) fn open<'a>(
    question: &'a Question<'a>,
    bench: Bench<'a>,
    when: When,
    statements: &'a Statements,
) -> Result<Court<'a>, NoAnswer> {
    let store = question.store;
    let refs = QueueRefs::read(store, question.roots).map_err(|e| unreadable(&e))?;
    let rewrites = bench.rewrites(question, statements);
    let Bench {
        laws,
        in_force,
        revoked,
        root,
    } = bench;
    let evidence = Evidence::of(statements);
    let wanted = evidence.client_roots(&in_force);
    let chain = chain::since(store, root, question.range.candidate, &wanted);
    let chain = chain.map_err(|e| unreadable(&e))?;
    let on_chain = |root: &Oid| chain.contains(root);
    let lifts = evidence.lifts.iter();
    let glasses = evidence.glasses.iter();
    Ok(Court {
        lifts: lifts
            .filter(|lift| on_chain(&lift.repository.policy_root))
            .cloned()
            .collect(),
        glasses: glasses
            .filter(|one| knows(&in_force, &one.key) && on_chain(&one.repository.policy_root))
            .cloned()
            .collect(),
        question,
        when,
        log: Log::new(store, &statements.commits, rewrites),
        proposals: Proposals::read(store, &refs),
        chain,
        revoked,
        evidence,
        laws,
        in_force,
        revisions: RefCell::default(),
        approvals: Approvals::default(),
        trail: super::ground::trail(),
        lineage: OnceCell::new(),
        signed: OnceCell::new(),
        marked: OnceCell::new(),
    })
}

/// The steps of the range; none where the candidate does not stand on the base, which denies.
fn steps_or_denial(
    question: &Question<'_>,
    base: Oid,
    report: &mut Report,
) -> Result<Option<Vec<Step>>, NoAnswer> {
    match steps(question.store, base, question.range.candidate) {
        Ok(steps) => Ok(Some(steps)),
        Err(StepsError::NotDescendant { base, candidate }) => {
            let text = format!("{base} is not on the first-parent chain of {candidate}");
            let reason = Reason::new(ReasonId::NotDescendant, text);
            report.reasons.push(reason);
            let aside = question.store.is_ancestor(base, candidate);
            // It only says more about a denial, so that it need not be known.
            if aside.is_ok_and(|aside| aside) {
                let text = format!("{base} came into {candidate} by a merge, from the side");
                let reason = Reason::new(ReasonId::FirstParent, text);
                report.reasons.push(reason);
            }
            report.decision = Decision::Deny;
            Ok(None)
        }
        Err(StepsError::Git(error)) => Err(unreadable(&error)),
    }
}

/// The policy that is trusted cannot be used: no answer.
pub(super) fn no_policy(error: &Untrusted) -> NoAnswer {
    match error {
        Untrusted::Git(error) => unreadable(error),
        Untrusted::Absent { .. } => vec![Reason::new(ReasonId::PolicyMissing, error.to_string())],
        Untrusted::Invalid { .. } => {
            vec![invalid_policy(error).weighing(crate::policy::Class::CannotDecide)]
        }
    }
}

/// A policy that is invalid or gone, as a denial.
pub(super) fn invalid_policy(error: &Untrusted) -> Reason {
    let text = error.to_string();
    let text = text
        .trim_start_matches(ReasonId::PolicyInvalid.as_str())
        .trim_start();
    Reason::new(ReasonId::PolicyInvalid, text)
}

/// Keys that count no longer, whoever says so: the policy at the base, at the candidate, at the
/// target's tip here. A candidate whose policy is invalid is judged elsewhere.
fn revoked(question: &Question<'_>, base: &Policy) -> Result<Revoked, NoAnswer> {
    let mut revoked = base.revoked.clone();
    let (base_commit, candidate) = (question.range.base, question.range.candidate);
    let elsewhere: HashSet<Oid> = [Some(base_commit), Some(candidate), question.target_tip]
        .into_iter()
        .flatten()
        .collect();
    for commit in elsewhere {
        match policy_at(question.store, commit) {
            Ok(trusted) => revoked = revoked.union(&trusted.policy.revoked),
            Err(Untrusted::Git(error)) => return Err(unreadable(&error)),
            Err(_) => {}
        }
    }
    Ok(revoked)
}

/// What the policies of the range, and the one it would put in force, ask less than the deployer's
/// floor. A candidate whose policy is invalid is judged elsewhere.
fn below_floor(question: &Question<'_>, court: &Court<'_>) -> Result<Vec<Reason>, NoAnswer> {
    let Some(floor) = question.floor else {
        return Ok(Vec::new());
    };
    let mut laws = court.in_force.clone();
    match court.laws.at(question.range.candidate) {
        Ok(law) => laws.push(law),
        Err(Untrusted::Git(error)) => return Err(unreadable(&error)),
        Err(_) => {}
    }
    laws.dedup_by_key(|law| law.policy.digest);
    let mut reasons = Vec::new();
    for law in laws {
        for less in floor.broken_by(&law.policy, question.target) {
            let version = law.policy.version;
            let text = format!("the policy at {} (version {version}): {less}", law.commit);
            reasons.push(Reason::new(ReasonId::PolicyFloor, text));
        }
    }
    Ok(reasons)
}

/// How many commits the root stands on; none where that cannot be told here.
fn commits_before(store: &Store, root: Oid) -> Option<u64> {
    let parents = store.commit(root).ok()?.parents;
    let mut before = HashSet::new();
    for parent in parents {
        before.extend(store.commits_between(&[], parent).ok()?);
    }
    Some(before.len() as u64)
}
