//! A statement's one byte form, written and strictly read: what is signed is these bytes.

use super::fields::{BadField, write_time};
use super::json::Json;
use super::statement::{
    Acknowledged, Answer, BreakGlass, Checklist, Checkpoint, Comment, CommitAndTree, Log,
    LogRebase, Override, PolicyRef, Predicate, Repository, Reviewer, RiskShown, Severity, Side,
    Statement, Verdict, VerdictKind, Viewed,
};
use super::{decode, jcs, json, rules};
use crate::change::{Oid, Sha256};

/// `_type` of every statement.
pub(super) const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// `predicateType` of a verdict.
pub(super) const VERDICT: &str = "https://countersign.dev/verdict/v1";
/// `predicateType` of an override.
pub(super) const OVERRIDE: &str = "https://countersign.dev/override/v1";
/// `predicateType` of a break-glass.
pub(super) const BREAK_GLASS: &str = "https://countersign.dev/break-glass/v1";
/// `predicateType` of a checkpoint.
pub(super) const CHECKPOINT: &str = "https://countersign.dev/checkpoint/v1";
/// `predicateType` of a log rebase.
pub(super) const LOG_REBASE: &str = "https://countersign.dev/log-rebase/v1";

/// The words of a verdict's kind.
pub(super) const KINDS: [(&str, VerdictKind); 4] = [
    ("approve", VerdictKind::Approve),
    ("reject", VerdictKind::Reject),
    ("comment", VerdictKind::Comment),
    ("withdraw", VerdictKind::Withdraw),
];
/// The answers to a checklist item.
pub(super) const ANSWERS: [(&str, Answer); 3] = [
    ("pass", Answer::Pass),
    ("fail", Answer::Fail),
    ("na", Answer::Na),
];
/// The sides of a diff.
pub(super) const SIDES: [(&str, Side); 2] = [("old", Side::Old), ("new", Side::New)];
/// The weights of a comment.
pub(super) const SEVERITIES: [(&str, Severity); 4] = [
    ("must", Severity::Must),
    ("should", Severity::Should),
    ("nit", Severity::Nit),
    ("note", Severity::Note),
];

/// The canonical payload bytes of a statement.
///
/// # Errors
/// Where the statement breaks a rule of the format: the first such field, by name.
pub fn to_payload(statement: &Statement) -> Result<Vec<u8>, BadField> {
    rules::check_draft(statement)?;
    let mut out = Vec::new();
    jcs::write(&encode(statement), &mut out)
        .map_err(|error| BadField::new("payload", error.to_string()))?;
    Ok(out)
}

/// The statement that these payload bytes are, where they are its canonical form and it keeps every
/// rule of the format.
///
/// # Errors
/// The first thing that is wrong, by field.
pub fn from_payload(payload: &[u8]) -> Result<Statement, BadField> {
    let whole = |why: String| BadField::new("payload", why);
    let text = std::str::from_utf8(payload).map_err(|_| whole("not UTF-8".to_owned()))?;
    let parsed = json::parse(text).map_err(|error| whole(error.to_string()))?;
    let statement = decode::statement(&parsed.root)?;
    rules::check(&statement)?;
    let mut again = Vec::with_capacity(payload.len());
    jcs::write(&encode(&statement), &mut again).map_err(|error| whole(error.to_string()))?;
    if again == payload {
        Ok(statement)
    } else {
        Err(whole("not in canonical form".to_owned()))
    }
}

/// The word that stands for a value.
fn word<T: PartialEq + Copy>(words: &[(&'static str, T)], value: T) -> Json {
    let found = words.iter().find(|(_, known)| *known == value);
    text(found.map_or("", |(word, _)| word))
}

fn text(value: impl Into<String>) -> Json {
    Json::Text(value.into())
}

fn number(value: u64) -> Json {
    Json::Number(value.to_string())
}

fn oid(value: Oid) -> Json {
    text(value.to_string())
}

fn digests(values: &[Sha256]) -> Json {
    Json::List(values.iter().map(|value| text(value.to_string())).collect())
}

/// An object under construction; absent values leave no trace.
#[derive(Default)]
struct Object(Vec<(String, Json)>);

impl Object {
    fn with(mut self, key: &str, value: Json) -> Self {
        self.0.push((key.to_owned(), value));
        self
    }

    fn with_some(self, key: &str, value: Option<Json>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    fn end(self) -> Json {
        Json::Object(self.0)
    }
}

fn object() -> Object {
    Object::default()
}

fn encode(statement: &Statement) -> Json {
    let subject = object()
        .with("name", text(&statement.subject.name))
        .with("digest", commit(statement.subject.commit));
    let predicate = match &statement.predicate {
        Predicate::Verdict(verdict) => encode_verdict(verdict),
        Predicate::Override(lift) => encode_override(lift),
        Predicate::BreakGlass(glass) => encode_break_glass(glass),
        Predicate::Checkpoint(point) => encode_checkpoint(point),
        Predicate::LogRebase(rebase) => encode_log_rebase(rebase),
    };
    object()
        .with("_type", text(STATEMENT_TYPE))
        .with("subject", Json::List(vec![subject.end()]))
        .with("predicateType", text(statement.predicate.type_uri()))
        .with("predicate", predicate)
        .end()
}

fn encode_verdict(verdict: &Verdict) -> Json {
    let change = object()
        .with("id", text(verdict.change.id.as_str()))
        .with("revision", number(verdict.change.revision.into()));
    let content = object()
        .with("algorithm", text(rules::CONTENT_ALGORITHM))
        .with("sha256", text(verdict.content.sha256.to_string()))
        .with("files", number(verdict.content.files));
    let tool = object()
        .with("name", text(&verdict.tool.name))
        .with("version", text(&verdict.tool.version));
    let comments = verdict.comments.iter().map(encode_comment).collect();
    let some_comments = (!verdict.comments.is_empty()).then_some(Json::List(comments));
    let supersedes = (!verdict.supersedes.is_empty()).then(|| digests(&verdict.supersedes));
    object()
        .with("verdict", word(&KINDS, verdict.kind))
        .with("repository", encode_repository(&verdict.repository))
        .with("change", change.end())
        .with("target", text(&verdict.target))
        .with("base", commit_and_tree(verdict.base))
        .with("head", commit_and_tree(verdict.head))
        .with("commitCount", number(verdict.commit_count))
        .with("content", content.end())
        .with("reviewer", encode_reviewer(&verdict.reviewer))
        .with("issuedAt", text(write_time(verdict.issued_at)))
        .with("policy", encode_policy(&verdict.policy))
        .with("log", encode_log(&verdict.log))
        .with("tool", tool.end())
        .with_some("viewed", verdict.viewed.as_ref().map(encode_viewed))
        .with_some(
            "checklist",
            verdict.checklist.as_ref().map(encode_checklist),
        )
        .with_some("risk", verdict.risk.as_ref().map(encode_risk))
        .with_some("summary", verdict.summary.as_ref().map(text))
        .with_some("comments", some_comments)
        .with_some("supersedes", supersedes)
        .end()
}

fn commit(id: Oid) -> Json {
    object().with("gitCommit", oid(id)).end()
}

fn commit_and_tree(at: CommitAndTree) -> Json {
    object()
        .with("gitCommit", oid(at.commit))
        .with("gitTree", oid(at.tree))
        .end()
}

fn encode_repository(repository: &Repository) -> Json {
    object()
        .with("id", text(&repository.id))
        .with("policyRoot", oid(repository.policy_root))
        .end()
}

fn encode_reviewer(reviewer: &Reviewer) -> Json {
    object()
        .with("principal", text(&reviewer.principal))
        .with("key", text(&reviewer.key))
        .end()
}

fn encode_policy(policy: &PolicyRef) -> Json {
    object()
        .with("version", number(policy.version))
        .with("sha256", text(policy.sha256.to_string()))
        .with("gitCommit", oid(policy.commit))
        .end()
}

fn encode_log(log: &Log) -> Json {
    object()
        .with_some("head", log.head.map(oid))
        .with_some("seen", (!log.seen.is_empty()).then(|| digests(&log.seen)))
        .end()
}

fn encode_viewed(viewed: &Viewed) -> Json {
    let one = |answer: &Acknowledged| {
        object()
            .with("id", text(&answer.id))
            .with_some("text", answer.text.as_ref().map(text))
            .end()
    };
    let acknowledged = viewed.acknowledged.iter().map(one).collect();
    let some = (!viewed.acknowledged.is_empty()).then_some(Json::List(acknowledged));
    object()
        .with("filesViewed", number(viewed.files_viewed))
        .with("filesTotal", number(viewed.files_total))
        .with("hunksViewed", number(viewed.hunks_viewed))
        .with("hunksTotal", number(viewed.hunks_total))
        .with("seconds", number(viewed.seconds))
        .with_some("acknowledged", some)
        .with("hidden", number(viewed.hidden))
        .end()
}

fn encode_checklist(checklist: &Checklist) -> Json {
    object()
        .with("correctness", word(&ANSWERS, checklist.correctness))
        .with("security", word(&ANSWERS, checklist.security))
        .with("performance", word(&ANSWERS, checklist.performance))
        .end()
}

fn encode_risk(risk: &RiskShown) -> Json {
    object()
        .with("level", text(&risk.level))
        .with("likelihood", number(risk.likelihood))
        .with("impact", number(risk.impact))
        .with("findings", number(risk.findings))
        .with("sha256", text(risk.sha256.to_string()))
        .end()
}

fn encode_comment(comment: &Comment) -> Json {
    let path = comment
        .path
        .as_ref()
        .map(|path| text(path.percent_encoded()));
    object()
        .with_some("path", path)
        .with_some("side", comment.side.map(|side| word(&SIDES, side)))
        .with_some("line", comment.line.map(number))
        .with_some("endLine", comment.end_line.map(number))
        .with_some("finding", comment.finding.as_ref().map(text))
        .with("severity", word(&SEVERITIES, comment.severity))
        .with("body", text(&comment.body))
        .end()
}

fn encode_override(lift: &Override) -> Json {
    object()
        .with("repository", encode_repository(&lift.repository))
        .with("target", text(&lift.target))
        .with("lifts", digests(&lift.lifts))
        .with("reason", text(&lift.reason))
        .with("reviewer", encode_reviewer(&lift.reviewer))
        .with("issuedAt", text(write_time(lift.issued_at)))
        .end()
}

fn encode_break_glass(glass: &BreakGlass) -> Json {
    object()
        .with("repository", encode_repository(&glass.repository))
        .with("target", text(&glass.target))
        .with("commit", oid(glass.commit))
        .with("reason", text(&glass.reason))
        .with("validUntil", text(write_time(glass.valid_until)))
        .with("reviewer", encode_reviewer(&glass.reviewer))
        .with("issuedAt", text(write_time(glass.issued_at)))
        .end()
}

fn encode_checkpoint(point: &Checkpoint) -> Json {
    object()
        .with("repository", encode_repository(&point.repository))
        .with("notesCommit", oid(point.notes_commit))
        .with("statements", number(point.statements))
        .with("reviewer", encode_reviewer(&point.reviewer))
        .with("issuedAt", text(write_time(point.issued_at)))
        .with("expiresAt", text(write_time(point.expires_at)))
        .end()
}

fn encode_log_rebase(rebase: &LogRebase) -> Json {
    object()
        .with("repository", encode_repository(&rebase.repository))
        .with("from", oid(rebase.from))
        .with("to", oid(rebase.to))
        .with("reason", text(&rebase.reason))
        .with("reviewer", encode_reviewer(&rebase.reviewer))
        .with("issuedAt", text(write_time(rebase.issued_at)))
        .end()
}
