//! What exactly a person signs: the in-toto Statement of `docs/formats.md`, as types.
//!
//! These types hold meaning only. Their one byte form is made and read in `canonical`.

use jiff::Timestamp;

use crate::change::{ChangeId, Oid, RepoPath, Sha256};

/// A signed sentence about one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What it is about.
    pub subject: Subject,
    /// What it says.
    pub predicate: Predicate,
}

/// The one subject of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// `<id>@<n>` for a verdict; a label.
    pub name: String,
    /// The head or commit concerned (for a checkpoint or a log rebase the notes commit).
    pub commit: Oid,
}

/// What a statement says, by its predicate type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Predicate {
    /// `https://countersign.dev/verdict/v1`
    Verdict(Box<Verdict>),
    /// `https://countersign.dev/override/v1`
    Override(Override),
    /// `https://countersign.dev/break-glass/v1`
    BreakGlass(BreakGlass),
    /// `https://countersign.dev/checkpoint/v1`
    Checkpoint(Checkpoint),
    /// `https://countersign.dev/log-rebase/v1`
    LogRebase(LogRebase),
}

/// The four things a verdict can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VerdictKind {
    /// May go.
    Approve,
    /// Must not go.
    Reject,
    /// A remark: neither grants nor blocks.
    Comment,
    /// Takes earlier own verdicts back.
    Withdraw,
}

/// One reviewer's word on one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Approve, reject, comment or withdraw.
    pub kind: VerdictKind,
    /// Which repository, and where this client began to trust its policy.
    pub repository: Repository,
    /// The change's labels: they may restrict, never permit.
    pub change: ChangeLabel,
    /// The full ref name the change is meant for.
    pub target: String,
    /// What the change stands on.
    pub base: CommitAndTree,
    /// What was judged.
    pub head: CommitAndTree,
    /// `git rev-list --count --no-merges base..head`.
    pub commit_count: u64,
    /// The digest that survives a rebase (`change-content-v1`).
    pub content: Content,
    /// Who signs.
    pub reviewer: Reviewer,
    /// When, by the reviewer's clock; whole seconds.
    pub issued_at: Timestamp,
    /// The policy the client judged by.
    pub policy: PolicyRef,
    /// The evidence the client had seen.
    pub log: Log,
    /// The program that made the statement.
    pub tool: Tool,
    /// What was on the screen. Required in an approval.
    pub viewed: Option<Viewed>,
    /// What was affirmed. Required in an approval.
    pub checklist: Option<Checklist>,
    /// The risk the reviewer was shown. Required in an approval.
    pub risk: Option<RiskShown>,
    /// The reviewer's words, at most 4 KiB. Required in a rejection.
    pub summary: Option<String>,
    /// Remarks on places.
    pub comments: Vec<Comment>,
    /// Own earlier payload digests that this one replaces.
    pub supersedes: Vec<Sha256>,
}

/// The repository a statement is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// `urn:uuid:…`, equal to the policy's `repository`.
    pub id: String,
    /// The commit where this client began to trust.
    pub policy_root: Oid,
}

/// `{id, revision}` of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeLabel {
    /// The change.
    pub id: ChangeId,
    /// 1, 2, 3 …
    pub revision: u32,
}

/// A commit and its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CommitAndTree {
    /// The commit.
    pub commit: Oid,
    /// The tree of that commit.
    pub tree: Oid,
}

/// A `change-content-v1` digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Content {
    /// SHA-256 over the records of the changed paths.
    pub sha256: Sha256,
    /// Number of records.
    pub files: u64,
}

/// Who signed, by name and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewer {
    /// The principal that the policy gives to the key.
    pub principal: String,
    /// The key's OpenSSH fingerprint, `SHA256:…`.
    pub key: String,
}

/// The policy a client used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRef {
    /// `version` in the policy file.
    pub version: u64,
    /// The policy digest over its three files.
    pub sha256: Sha256,
    /// The commit it was read from.
    pub commit: Oid,
}

/// The evidence a reviewer's client had when the statement was signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// The tip of the tracked notes.
    pub head: Option<Oid>,
    /// Payload digests, ascending, of the valid verdicts on this head or content there.
    pub seen: Vec<Sha256>,
}

/// Name and version of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// `countersign`
    pub name: String,
    /// The package version.
    pub version: String,
}

/// What was on the reviewer's screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Viewed {
    /// Files shown to their end.
    pub files_viewed: u64,
    /// Files of the change.
    pub files_total: u64,
    /// Hunks shown.
    pub hunks_viewed: u64,
    /// Hunks of the change.
    pub hunks_total: u64,
    /// Seconds the change was on the screen.
    pub seconds: u64,
    /// Findings that were answered.
    pub acknowledged: Vec<Acknowledged>,
    /// Characters that were shown escaped.
    pub hidden: u64,
}

/// One finding the reviewer answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// The finding's id: 16 hex digits.
    pub id: String,
    /// The reviewer's words.
    pub text: Option<String>,
}

/// The three answers of an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checklist {
    /// Does it do what it says?
    pub correctness: Answer,
    /// Is it safe against misuse?
    pub security: Answer,
    /// Is it fast and frugal enough?
    pub performance: Answer,
}

/// An answer to one item of the checklist. A `fail` cannot approve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Affirmed.
    Pass,
    /// Denied.
    Fail,
    /// Does not apply, or was not answered.
    Na,
}

/// The risk assessment the reviewer was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskShown {
    /// `low`, `medium`, `high` or `critical`.
    pub level: String,
    /// 0 to 100.
    pub likelihood: u64,
    /// 0 to 3.
    pub impact: u64,
    /// Number of findings.
    pub findings: u64,
    /// SHA-256 of the JCS array `[{id,path,rule,severity}]` by id.
    pub sha256: Sha256,
}

/// A remark on the change, a file, a line or a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The file; none is the whole change, `/message` the commit message.
    pub path: Option<RepoPath>,
    /// Which side `line` counts on.
    pub side: Option<Side>,
    /// First line, from 1; none is the whole file.
    pub line: Option<u64>,
    /// Last line of a range.
    pub end_line: Option<u64>,
    /// The finding it answers.
    pub finding: Option<String>,
    /// How much it weighs.
    pub severity: Severity,
    /// The words.
    pub body: String,
}

/// The old or the new version of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Before the change.
    Old,
    /// After it.
    New,
}

/// What a remark asks of the submitter. A `must` cannot stand in an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Has to change.
    Must,
    /// Had better change.
    Should,
    /// A matter of taste.
    Nit,
    /// Asks nothing.
    Note,
}

/// Lifts rejections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The repository it is for.
    pub repository: Repository,
    /// Full ref name.
    pub target: String,
    /// Payload digests of the rejections it lifts.
    pub lifts: Vec<Sha256>,
    /// Why.
    pub reason: String,
    /// Who signs.
    pub reviewer: Reviewer,
    /// When.
    pub issued_at: Timestamp,
}

/// Lets one commit through without its approvals, for a short time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakGlass {
    /// The repository it is for.
    pub repository: Repository,
    /// Full ref name.
    pub target: String,
    /// The commit.
    pub commit: Oid,
    /// Why.
    pub reason: String,
    /// Until when it holds.
    pub valid_until: Timestamp,
    /// Who signs.
    pub reviewer: Reviewer,
    /// When.
    pub issued_at: Timestamp,
}

/// Says what the notes held at one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The repository it is for.
    pub repository: Repository,
    /// The notes commit.
    pub notes_commit: Oid,
    /// How many statements its tree holds.
    pub statements: u64,
    /// Who signs.
    pub reviewer: Reviewer,
    /// When.
    pub issued_at: Timestamp,
    /// Until when it counts as fresh.
    pub expires_at: Timestamp,
}

/// Allows one rewrite of the notes' history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRebase {
    /// The repository it is for.
    pub repository: Repository,
    /// The old tip.
    pub from: Oid,
    /// The new tip.
    pub to: Oid,
    /// Why.
    pub reason: String,
    /// Who signs.
    pub reviewer: Reviewer,
    /// When.
    pub issued_at: Timestamp,
}
