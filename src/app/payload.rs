//! The bytes of a verdict as far as the screen knows them: what a person may read before signing.

use jiff::Timestamp;

use super::sheet::Draft;
use crate::verdict::{
    ChangeLabel, Log, Predicate, Repository, Reviewer, Statement, Subject, Tool, Verdict,
    VerdictKind, to_payload, whole_seconds,
};

/// The payload that would be signed at a time. The evidence is named as of when the change was read;
/// it may be newer, and the time later, when it is signed.
///
/// # Errors
/// What is missing, or what the format does not take, in words.
pub fn payload(draft: &Draft, at: Timestamp) -> Result<Vec<u8>, String> {
    let subject = &draft.subject;
    let missing = |what: &str| format!("not known yet: {what}");
    let signing = subject
        .signing
        .as_ref()
        .ok_or_else(|| missing("who signs"))?;
    let content = subject.content.ok_or_else(|| missing("the content"))?;
    let policy = subject
        .policy
        .clone()
        .ok_or_else(|| missing("the policy"))?;
    let (name, version) = signing.tool.split_once(' ').unwrap_or((&signing.tool, ""));
    let approves = draft.kind == VerdictKind::Approve;
    let verdict = Verdict {
        kind: draft.kind,
        repository: Repository {
            id: signing.repository.clone(),
            policy_root: signing.policy_root,
        },
        change: ChangeLabel {
            id: draft.name.id.clone(),
            revision: draft.name.number,
        },
        target: subject.target.clone(),
        base: subject.base,
        head: subject.head,
        commit_count: subject.commit_count,
        content,
        reviewer: Reviewer {
            principal: signing.reviewer.clone(),
            key: signing.key.clone(),
        },
        issued_at: whole_seconds(at),
        policy,
        log: Log {
            head: signing.notes,
            seen: Vec::new(),
        },
        tool: Tool {
            name: name.to_owned(),
            version: version.to_owned(),
        },
        viewed: approves.then(|| draft.viewed.clone()),
        checklist: draft.checklist.filter(|_| approves),
        risk: subject.risk.clone().filter(|_| approves),
        summary: draft.summary.clone(),
        comments: draft.comments.clone(),
        supersedes: draft.supersedes.clone(),
    };
    let statement = Statement {
        subject: Subject {
            name: draft.name.to_string(),
            commit: subject.head.commit,
        },
        predicate: Predicate::Verdict(Box::new(verdict)),
    };
    to_payload(&statement).map_err(|error| error.to_string())
}
