//! The decision: pure in what it is given (object ids, statements, a clock), closed by default.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use crate::change::{Markers, Oid, Sha256};
use crate::evidence::{Proposals, QueueRefs, Statements, Trusted, Untrusted, policy_at};
use crate::git::{GitError, Store};
use crate::policy::{
    Cast, Circumstances, Cover, Decision, Enforces, Heard, Policy, Reason, ReasonId, Revoked,
    Unreadable, When, evaluate,
};
use crate::verdict::{VerdictKind, Verifier};

use super::coverage::Approvals;
use super::partition::{self, Window};
use super::report::{PolicyUsed, Report, RunReport};
use super::run::{Ground, Revisions, Run};
use super::steps::{Step, StepsError, steps};
use super::{Range, chain, sound};

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
    /// The notes refs, read as one.
    pub notes: &'a [String],
    /// The roots of the queue's refs, tracked ones first.
    pub roots: &'a [String],
    /// The remote whose verdicts must have been fetched; none where the local refs are the store.
    pub remote: Option<&'a str>,
    /// The tip of the target as known here: its revoked keys count too.
    pub target_tip: Option<Oid>,
    /// Now.
    pub now: Timestamp,
}

impl Question<'_> {
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
        _ => ReasonId::ObjectCorrupt,
    };
    let text = error.to_string();
    let text = text
        .strip_prefix(id.as_str())
        .map_or(text.as_str(), str::trim_start);
    let hint = error
        .hint()
        .map_or_else(String::new, |hint| format!("; {hint}"));
    vec![Reason::new(id, format!("{text}{hint}"))]
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
    let steps = match steps(store, base, question.range.candidate) {
        Ok(steps) => steps,
        Err(StepsError::NotDescendant { base, candidate }) => {
            let text = format!("{base} is not on the first-parent chain of {candidate}");
            let reason = Reason::new(ReasonId::NotDescendant, text);
            report.reasons.push(reason);
            report.decision = Decision::Deny;
            return Ok(());
        }
        Err(StepsError::Git(error)) => return Err(unreadable(&error)),
    };
    let notes: Vec<&str> = question.notes.iter().map(String::as_str).collect();
    let statements = Statements::read(store, &notes, &[], verifier).map_err(|e| unreadable(&e))?;
    report.take_statements(&statements);
    let refs = QueueRefs::read(store, question.roots).map_err(|e| unreadable(&e))?;
    let proposals = Proposals::read(store, &refs);
    let trusted = policy_at(store, base).map_err(|error| no_policy(&error))?;
    report.policy = Some(PolicyUsed::of(&trusted));
    let heard: Vec<Heard> = statements.verified.iter().map(Heard::of).collect();
    let casts = casts(&heard);
    let chain = chain::since(store, root, question.range.candidate, &client_roots(&casts));
    let verified = statements.verified.iter();
    let court = Court {
        question,
        statements: &statements,
        proposals: &proposals,
        markers: markers(&trusted.policy),
        chain: chain.map_err(|e| unreadable(&e))?,
        casts,
        doubtful: doubtful(&heard),
        revoked: revoked(question, &trusted.policy)?,
        presented: verified.map(|one| one.payload_sha256()).collect(),
        revisions: RefCell::default(),
        approvals: Approvals::default(),
    };
    report
        .warnings
        .extend(court.set_aside(&trusted.policy, &heard));
    if !trusted.policy.is_target(question.target) {
        let text = format!("{} is no target of the policy at {base}", question.target);
        return Err(vec![Reason::new(ReasonId::PolicyMissing, text)]);
    }
    court.history(root, base, report)?;
    let runs = court.runs(&steps, report)?;
    report.reasons.extend(court.doubts(&steps, &trusted.policy));
    report.decide(runs.into_iter().map(|run| run.report).collect());
    Ok(())
}

/// Everything the runs of one decision are judged with.
struct Court<'a> {
    question: &'a Question<'a>,
    statements: &'a Statements,
    proposals: &'a Proposals,
    markers: Markers,
    chain: HashSet<Oid>,
    casts: Vec<Cast>,
    doubtful: Vec<Unreadable>,
    revoked: Revoked,
    presented: HashSet<Sha256>,
    revisions: RefCell<Revisions>,
    approvals: Approvals,
}

impl Court<'_> {
    fn ground(&self) -> Ground<'_> {
        Ground {
            store: self.question.store,
            target: self.question.target,
            markers: &self.markers,
            proposals: self.proposals,
            chain: &self.chain,
            root: self.question.root,
            notes: &self.statements.commits,
            presented: &self.presented,
            revisions: &self.revisions,
            approvals: &self.approvals,
        }
    }

    /// Judges the policy changes between the root and the base, each by the policy before it.
    fn history(&self, root: Oid, base: Oid, report: &mut Report) -> Result<(), NoAnswer> {
        let store = self.question.store;
        let changes = chain::policy_changes(store, root, base)?;
        for step in &changes {
            let before = policy_at(store, step.parent).map_err(|error| no_policy(&error))?;
            let after = policy_at(store, step.oid).map_err(|error| no_policy(&error))?;
            let mut run = self.judge(std::slice::from_ref(step), 0, 1, &before, When::History)?;
            run.report
                .reasons
                .extend(chain::rollback(&before.policy, &after.policy));
            if run.decision() != Decision::Allow {
                let text = format!(
                    "the policy change {} on the way from the root is not authorised",
                    step.oid
                );
                let mut reasons = vec![Reason::new(ReasonId::PolicyRoot, text)];
                reasons.append(&mut run.report.reasons);
                report.runs.push(run.report);
                return Err(reasons);
            }
        }
        Ok(())
    }

    /// Approvals by known keys that are not canonical: never counted, always said.
    fn set_aside(&self, policy: &Policy, heard: &[Heard]) -> Vec<Reason> {
        let odd = heard.iter().filter_map(|heard| match heard {
            Heard::SetAside(one) if policy.owner(&one.key).is_some() => Some(one),
            _ => None,
        });
        odd.map(|one| crate::policy::not_canonical(policy, one))
            .collect()
    }

    /// Statements about this range, by people who may review, that cannot be read or are of a type
    /// this program does not act on: each may be a restriction.
    fn doubts(&self, steps: &[Step], policy: &Policy) -> Vec<Reason> {
        let here: HashSet<Oid> = steps
            .iter()
            .flat_map(|step| step.commits.iter().map(|c| c.oid))
            .collect();
        let mut doubts = Vec::new();
        for one in &self.doubtful {
            let concerned = one.subject.is_some_and(|oid| here.contains(&oid));
            doubts.push(crate::policy::unreadable(policy, one, concerned));
        }
        for verified in &self.statements.verified {
            let other = verified
                .statement()
                .filter(|statement| statement.verdict().is_none());
            let concerned = other.is_some_and(|statement| here.contains(&statement.subject.commit));
            if concerned && policy.owner(verified.fingerprint()).is_some() {
                let kind = other.map_or("", |statement| statement.predicate.type_uri());
                let text = format!(
                    "a statement of type {kind} concerns this range; this program does not act on it yet"
                );
                let reason = Reason::new(ReasonId::UnsupportedVerdict, text);
                doubts.push(
                    reason
                        .with_key(verified.fingerprint())
                        .about(verified.payload_sha256()),
                );
            }
        }
        doubts
    }

    /// The best partition of the steps into runs, judged.
    fn runs(&self, steps: &[Step], report: &mut Report) -> Result<Vec<Judged>, NoAnswer> {
        let mut judged = Vec::new();
        for (start, end) in self.windows(steps) {
            judged.push(self.window(steps, start, end)?);
        }
        // A rejected content denies the steps it stands on, however the rest is cut.
        let windows: Vec<Window> = judged
            .iter()
            .map(|run| Window {
                start: run.start,
                end: run.end,
                decision: run.decision(),
            })
            .collect();
        let Some(chosen) = partition::best(steps.len(), &windows) else {
            return Err(vec![Reason::new(
                ReasonId::TooLarge,
                "the range could not be cut into runs",
            )]);
        };
        for (index, run) in judged.iter().enumerate() {
            if !chosen.contains(&index) && run.is_rejected() {
                report.reasons.extend(run.rejections());
            }
        }
        let chosen: BTreeSet<usize> = chosen.into_iter().collect();
        let mut index = 0;
        judged.retain(|_| {
            index += 1;
            chosen.contains(&(index - 1))
        });
        Ok(judged)
    }

    /// The windows worth judging: every step alone, and every longer run that some verdict could
    /// be about: exactly as many steps as it had commits, or exactly from its base to its head. A
    /// step that changes the policy is always alone.
    fn windows(&self, steps: &[Step]) -> BTreeSet<(usize, usize)> {
        let mut windows: BTreeSet<(usize, usize)> =
            (0..steps.len()).map(|at| (at, at + 1)).collect();
        let position: HashMap<Oid, usize> = steps
            .iter()
            .enumerate()
            .map(|(at, step)| (step.oid, at))
            .collect();
        let start_of: HashMap<Oid, usize> = steps
            .iter()
            .enumerate()
            .map(|(at, step)| (step.parent, at))
            .collect();
        let mut lengths = BTreeSet::new();
        for verified in &self.statements.verified {
            let Some(verdict) = verified.verdict() else {
                continue;
            };
            if !matches!(verdict.kind, VerdictKind::Approve | VerdictKind::Reject) {
                continue;
            }
            if let Ok(length) = usize::try_from(verdict.commit_count) {
                lengths.insert(length);
            }
            let start = start_of.get(&verdict.base.commit);
            let end = position.get(&verdict.head.commit);
            if let (Some(start), Some(end)) = (start, end)
                && start <= end
            {
                windows.insert((*start, end + 1));
            }
        }
        for length in lengths
            .into_iter()
            .filter(|length| (2..=steps.len()).contains(length))
        {
            windows.extend((0..=steps.len() - length).map(|start| (start, start + length)));
        }
        windows.retain(|(start, end)| {
            end - start == 1 || steps[*start..*end].iter().all(|step| !step.changes_policy)
        });
        windows
    }

    /// Judges one window by the policy at its first parent.
    fn window(&self, steps: &[Step], start: usize, end: usize) -> Result<Judged, NoAnswer> {
        let trusted = match policy_at(self.question.store, steps[start].parent) {
            Ok(trusted) => trusted,
            // Inside the range an invalid policy denies: the step that made it so is judged too.
            Err(error @ (Untrusted::Invalid { .. } | Untrusted::Absent { .. })) if start > 0 => {
                let reason = Reason::new(ReasonId::PolicyInvalid, error.to_string());
                return Ok(Judged::denied(steps, start, end, reason));
            }
            Err(error) => return Err(no_policy(&error)),
        };
        let mut judged = self.judge(steps, start, end, &trusted, When::Now(self.question.now))?;
        let last = &steps[end - 1];
        if last.changes_policy {
            match policy_at(self.question.store, last.oid) {
                Ok(after) => judged
                    .report
                    .reasons
                    .extend(chain::rollback(&trusted.policy, &after.policy)),
                Err(Untrusted::Git(error)) => return Err(unreadable(&error)),
                Err(error) => judged
                    .report
                    .reasons
                    .push(Reason::new(ReasonId::PolicyInvalid, error.to_string())),
            }
        }
        Ok(judged)
    }

    fn judge(
        &self,
        steps: &[Step],
        start: usize,
        end: usize,
        trusted: &Trusted,
        when: When,
    ) -> Result<Judged, NoAnswer> {
        let ground = self.ground();
        let failed = |error: GitError| unreadable(&error);
        let run = Run::read(&ground, steps, start, end).map_err(failed)?;
        let mut related = Vec::with_capacity(self.casts.len());
        for cast in &self.casts {
            related.push(run.relate(&ground, cast).map_err(failed)?);
        }
        let approved: Vec<&Cast> = related
            .iter()
            .filter(|of| matches!(of.cover, Cover::Carried(_)))
            .map(|of| of.cast)
            .collect();
        let facts = run
            .facts(&ground, &trusted.policy, &approved)
            .map_err(failed)?;
        let circumstances = Circumstances {
            when,
            revoked: &self.revoked,
            enforces: Enforces {
                markers: true,
                ..Enforces::default()
            },
        };
        let outcome = evaluate(&trusted.policy, &facts, &related, &circumstances);
        Ok(Judged {
            start,
            end,
            report: RunReport::of(&run, &facts, outcome),
        })
    }
}

/// A judged run.
pub(super) struct Judged {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) report: RunReport,
}

impl Judged {
    fn denied(steps: &[Step], start: usize, end: usize, reason: Reason) -> Self {
        Self {
            start,
            end,
            report: RunReport::denied(&steps[start..end], reason),
        }
    }

    fn decision(&self) -> Decision {
        self.report.decision()
    }

    /// Whether a rejection stands against what this run brings.
    fn is_rejected(&self) -> bool {
        self.rejections().next().is_some()
    }

    fn rejections(&self) -> impl Iterator<Item = Reason> + '_ {
        let denials = self.report.reasons.iter();
        denials
            .filter(|reason| reason.id == ReasonId::Rejected)
            .cloned()
    }
}

/// The policy that is trusted cannot be used: no answer.
fn no_policy(error: &Untrusted) -> NoAnswer {
    match error {
        Untrusted::Git(error) => unreadable(error),
        Untrusted::Absent { .. } => vec![Reason::new(ReasonId::PolicyMissing, error.to_string())],
        Untrusted::Invalid { .. } => {
            let text = error.to_string();
            let text = text
                .trim_start_matches(ReasonId::PolicyInvalid.as_str())
                .trim_start()
                .to_owned();
            let reason = Reason::new(ReasonId::PolicyInvalid, text);
            vec![reason.weighing(crate::policy::Class::CannotDecide)]
        }
    }
}

fn markers(policy: &Policy) -> Markers {
    // The policy was validated: its markers can be read.
    Markers::with(&policy.scope.markers).unwrap_or_else(|_| Markers::built_in())
}

/// Keys that count no longer, whoever says so: the policy at the base, at the candidate, at the
/// target's tip here. A candidate whose policy is invalid is judged elsewhere.
fn revoked(question: &Question<'_>, base: &Policy) -> Result<Revoked, NoAnswer> {
    let mut revoked = base.revoked.clone();
    for commit in [Some(question.range.candidate), question.target_tip]
        .into_iter()
        .flatten()
    {
        match policy_at(question.store, commit) {
            Ok(trusted) => revoked = revoked.union(&trusted.policy.revoked),
            Err(Untrusted::Git(error)) => return Err(unreadable(&error)),
            Err(_) => {}
        }
    }
    Ok(revoked)
}

/// Where the clients of these verdicts began to trust.
fn client_roots(casts: &[Cast]) -> HashSet<Oid> {
    casts
        .iter()
        .map(|cast| cast.repository.policy_root)
        .collect()
}

fn casts(heard: &[Heard]) -> Vec<Cast> {
    let verdicts = heard.iter().filter_map(|heard| match heard {
        Heard::Verdict(cast) => Some((**cast).clone()),
        _ => None,
    });
    verdicts.collect()
}

fn doubtful(heard: &[Heard]) -> Vec<Unreadable> {
    let unreadable = heard.iter().filter_map(|heard| match heard {
        Heard::Unreadable(one) => Some(one.clone()),
        _ => None,
    });
    unreadable.collect()
}
