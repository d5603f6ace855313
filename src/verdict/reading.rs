//! Reading a payload whose signature is already verified: strictly where it is canonical, and
//! otherwise only as far as it says one thing to every reader.
//!
//! Who derives a permission uses [`Reading::Strict`] alone. Who derives a restriction also uses
//! [`Reading::Lenient`]. Whether the key is trusted is decided elsewhere.

use jiff::Timestamp;

use super::canonical::{
    BREAK_GLASS, CHECKPOINT, KINDS, LOG_REBASE, OVERRIDE, STATEMENT_TYPE, VERDICT, from_payload,
};
use super::decode;
use super::fields::{At, BadField, Fields};
use super::json::{self, Json};
use super::statement::{
    ChangeLabel, CommitAndTree, Content, Repository, Reviewer, Statement, VerdictKind,
};
use crate::change::{Oid, Sha256};

/// What a signed payload says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The canonical form of a statement that keeps every rule, and its reviewer's key is the
    /// signing key.
    Strict(Statement),
    /// Not that, yet its kind reads unambiguously: an approval, override, break-glass, checkpoint or
    /// log rebase is to be set aside; a rejection or withdrawal restricts by its facts.
    Lenient(Lenient),
    /// What it says cannot be told: it may be a rejection.
    Unreadable {
        /// The commit it is about, where that reads unambiguously.
        subject: Option<Oid>,
        /// What stands in the way.
        why: String,
    },
    /// A type of statement that this version does not know: it may be a restriction.
    UnknownType {
        /// The commit it is about, where that reads unambiguously.
        subject: Option<Oid>,
        /// The type, as written: untrusted text.
        predicate_type: String,
    },
}

/// A payload that reads unambiguously without being canonical.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lenient {
    /// What it says.
    pub said: LenientSaid,
    /// The commit it is about, where that reads unambiguously.
    pub subject: Option<Oid>,
    /// Why the strict reading failed.
    pub why: BadField,
}

/// What a lenient reading says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LenientSaid {
    /// An approval: never counts.
    Approve,
    /// A remark: neither grants nor blocks.
    Comment,
    /// A rejection: it restricts.
    Reject(Box<LenientFacts>),
    /// A withdrawal: it takes approvals back and never lifts a rejection.
    Withdraw(Box<LenientFacts>),
    /// An override, a break-glass, a checkpoint or a log rebase, by its type: never counts.
    Permission(&'static str),
}

/// The facts of a rejection or withdrawal that is not canonical; every one was read unambiguously.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LenientFacts {
    /// The repository.
    pub repository: Repository,
    /// The change's labels.
    pub change: ChangeLabel,
    /// The target, as written.
    pub target: String,
    /// What was judged.
    pub head: CommitAndTree,
    /// The content digest.
    pub content: Content,
    /// Who says they signed; the key that did is the signature's.
    pub reviewer: Reviewer,
    /// When.
    pub issued_at: Timestamp,
    /// Payload digests that it says it replaces.
    pub supersedes: Vec<Sha256>,
}

/// Reads a payload that `key` (a fingerprint) signed.
pub(super) fn read(payload: &[u8], key: &str) -> Reading {
    let why = match from_payload(payload) {
        Ok(statement) if statement.reviewer().key == key => return Reading::Strict(statement),
        Ok(_) => BadField::new("predicate.reviewer.key", "not the key that signed"),
        Err(why) => why,
    };
    let (text, valid) = match std::str::from_utf8(payload) {
        Ok(text) => (text.into(), true),
        Err(_) => (String::from_utf8_lossy(payload), false),
    };
    let Ok(parsed) = json::parse(text.trim_start_matches('\u{feff}')) else {
        let why = why.to_string();
        return Reading::Unreadable { subject: None, why };
    };
    let only = only_subject(&parsed.root);
    // Which of several is meant nobody can say; that it is about the first is not to be missed.
    let subject = only.or_else(|| first_subject(&parsed.root));
    let unreadable = |why: String| Reading::Unreadable { subject, why };
    if !valid || parsed.broken_text {
        return unreadable("its text is not valid Unicode".to_owned());
    }
    match parsed.root.once("_type").and_then(Json::text) {
        Some(STATEMENT_TYPE) => {}
        _ => return unreadable(format!("_type: not {STATEMENT_TYPE}")),
    }
    let said = match parsed.root.once("predicateType").and_then(Json::text) {
        Some(VERDICT) => match verdict(&parsed.root, only) {
            Ok(said) => said,
            Err(bad) => return unreadable(bad.to_string()),
        },
        Some(OVERRIDE) => LenientSaid::Permission(OVERRIDE),
        Some(BREAK_GLASS) => LenientSaid::Permission(BREAK_GLASS),
        Some(CHECKPOINT) => LenientSaid::Permission(CHECKPOINT),
        Some(LOG_REBASE) => LenientSaid::Permission(LOG_REBASE),
        Some(other) => {
            let predicate_type = other.to_owned();
            return Reading::UnknownType {
                subject,
                predicate_type,
            };
        }
        None => return unreadable("predicateType: missing, repeated or no text".to_owned()),
    };
    Reading::Lenient(Lenient { said, subject, why })
}

/// The commit of the only subject, where every reader finds the same.
fn only_subject(root: &Json) -> Option<Oid> {
    match root.once("subject")? {
        Json::List(subjects) if subjects.len() == 1 => first_subject(root),
        _ => None,
    }
}

/// The commit of the first subject.
fn first_subject(root: &Json) -> Option<Oid> {
    let Json::List(subjects) = root.once("subject")? else {
        return None;
    };
    let one = subjects.first()?;
    one.once("digest")?.once("gitCommit")?.text()?.parse().ok()
}

fn verdict(root: &Json, subject: Option<Oid>) -> Result<LenientSaid, BadField> {
    let mut outer = At::root(root).fields()?;
    let predicate = outer.required("predicate")?;
    let mut fields = predicate.fields()?;
    let kind = fields.required("verdict")?.word(&KINDS)?;
    match kind {
        VerdictKind::Approve => return Ok(LenientSaid::Approve),
        VerdictKind::Comment => return Ok(LenientSaid::Comment),
        VerdictKind::Reject | VerdictKind::Withdraw => {}
    }
    let facts = Box::new(facts(&mut fields)?);
    if subject != Some(facts.head.commit) {
        return Err(BadField::new("subject", "not the head's commit"));
    }
    Ok(match kind {
        VerdictKind::Withdraw => LenientSaid::Withdraw(facts),
        _ => LenientSaid::Reject(facts),
    })
}

fn facts(fields: &mut Fields<'_>) -> Result<LenientFacts, BadField> {
    Ok(LenientFacts {
        repository: decode::repository_fields(&mut fields.required("repository")?.fields()?)?,
        change: decode::change(&mut fields.required("change")?.fields()?)?,
        target: fields.required("target")?.text()?.to_owned(),
        head: decode::commit_and_tree(&mut fields.required("head")?.fields()?)?,
        content: decode::content(&mut fields.required("content")?.fields()?)?,
        reviewer: decode::reviewer_fields(&mut fields.required("reviewer")?.fields()?)?,
        issued_at: fields.required("issuedAt")?.time()?,
        supersedes: decode::digests(fields.optional("supersedes")?)?,
    })
}
