//! A verdict in the writing, and the statement it becomes: the ids are those of the revision that
//! was on the screen, never read again.

use jiff::Timestamp;

use crate::change::{Oid, QueueRef, Sha256};
use crate::policy::Policy;
use crate::risk::{Assessment, shown_digest};
use crate::verdict::{
    Acknowledged, Answer, ChangeLabel, Checklist, Comment, Log, PolicyRef, Predicate, Repository,
    Reviewer, RiskShown, Statement, Subject, Tool, Verdict, VerdictKind, Viewed,
};

use super::Opened;

/// What a reviewer says of one revision, not yet signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Approve, reject, comment or withdraw.
    pub kind: VerdictKind,
    /// In the reviewer's words; required for a rejection.
    pub summary: Option<String>,
    /// The answers; for an approval what is not answered is `na`.
    pub checklist: Checklist,
    /// What was on the screen.
    pub viewed: Viewed,
    /// Remarks on places.
    pub comments: Vec<Comment>,
}

impl Draft {
    /// An empty draft: nothing answered, nothing seen.
    pub fn new(kind: VerdictKind) -> Self {
        Self {
            kind,
            summary: None,
            checklist: Checklist {
                correctness: Answer::Na,
                security: Answer::Na,
                performance: Answer::Na,
            },
            viewed: Viewed::default(),
            comments: Vec::new(),
        }
    }
}

/// Everything a statement takes from its surroundings.
pub(super) struct Surroundings<'a> {
    /// The revision as it was opened.
    pub(super) opened: &'a Opened,
    /// The policy at the target's tip, and where that is.
    pub(super) policy: &'a Policy,
    /// The commit the policy was read from.
    pub(super) policy_commit: Oid,
    /// Where this client began to trust.
    pub(super) policy_root: Oid,
    /// Who signs.
    pub(super) reviewer: Reviewer,
    /// The evidence seen.
    pub(super) log: Log,
    /// Own earlier verdicts that this one replaces, ascending.
    pub(super) supersedes: Vec<Sha256>,
    /// The clock.
    pub(super) now: Timestamp,
}

/// The statement that a draft becomes.
pub(super) fn statement(draft: &Draft, around: Surroundings<'_>) -> Statement {
    let revision = &around.opened.revision;
    let name = QueueRef {
        id: revision.id.clone(),
        number: revision.number,
    };
    let approves = draft.kind == VerdictKind::Approve;
    let verdict = Verdict {
        kind: draft.kind,
        repository: Repository {
            id: around.policy.repository.clone(),
            policy_root: around.policy_root,
        },
        change: ChangeLabel {
            id: revision.id.clone(),
            revision: revision.number,
        },
        target: revision.target.clone(),
        base: around.opened.span.base,
        head: around.opened.span.head,
        commit_count: around.opened.span.commit_count(),
        content: around.opened.content,
        reviewer: around.reviewer,
        issued_at: crate::verdict::whole_seconds(around.now),
        policy: PolicyRef {
            version: around.policy.version,
            sha256: around.policy.digest,
            commit: around.policy_commit,
        },
        log: around.log,
        tool: Tool {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        viewed: approves.then(|| draft.viewed.clone()),
        checklist: approves.then_some(draft.checklist),
        risk: approves.then(|| risk_shown(&around.opened.assessment)),
        summary: draft.summary.clone().filter(|text| !text.trim().is_empty()),
        comments: draft.comments.clone(),
        supersedes: around.supersedes,
    };
    Statement {
        subject: Subject {
            name: name.to_string(),
            commit: around.opened.span.head.commit,
        },
        predicate: Predicate::Verdict(Box::new(verdict)),
    }
}

/// The assessment as a statement carries it.
fn risk_shown(assessment: &Assessment) -> RiskShown {
    RiskShown {
        level: assessment.level.as_str().to_owned(),
        likelihood: u64::from(assessment.likelihood),
        impact: u64::from(assessment.impact),
        findings: assessment.findings.len() as u64,
        sha256: shown_digest(&assessment.findings),
    }
}

/// Answers with the findings they answer, sorted by id, each once.
pub fn acknowledged(mut answers: Vec<Acknowledged>) -> Vec<Acknowledged> {
    answers.sort_by(|a, b| a.id.cmp(&b.id));
    answers.dedup_by(|a, b| a.id == b.id);
    answers
}
