//! Overrides and break-glass statements as `countersign log` shows them: what people let pass, for good.

use serde_json::{Value, json};

use crate::change::Oid;
use crate::diff::visible;
use crate::verdict::{Predicate, Statement, Verified};

/// A signed permission that is no verdict, as one line for people and as JSON.
pub(super) struct Permission {
    /// The commit it is about.
    pub(super) head: Oid,
    /// The name its subject has: `<id>@<revision>` of an override.
    pub(super) name: String,
    /// For people.
    pub(super) line: String,
    /// For programs.
    pub(super) value: Value,
}

impl Permission {
    /// The permission that a verified line is; none where it is something else.
    pub(super) fn of(verified: &Verified) -> Option<Self> {
        let Statement { subject, predicate } = verified.statement()?;
        let (key, digest) = (verified.fingerprint(), verified.payload_sha256());
        let (words, value) = match predicate {
            Predicate::Override(lift) => (
                format!(
                    "{} override {} for {} by {} {key}: lifts {}  \"{}\"",
                    lift.issued_at,
                    subject.name,
                    lift.target,
                    lift.reviewer.principal,
                    lift.lifts.len(),
                    lift.reason
                ),
                json!({
                    "statement": "override", "digest": digest, "key": key, "head": subject.commit,
                    "name": subject.name, "target": lift.target, "lifts": lift.lifts,
                    "reason": lift.reason, "reviewer": lift.reviewer.principal,
                    "issuedAt": lift.issued_at.to_string(),
                }),
            ),
            Predicate::BreakGlass(glass) => (
                format!(
                    "{} break-glass {} for {} by {} {key}: until {}  \"{}\"",
                    glass.issued_at,
                    glass.commit,
                    glass.target,
                    glass.reviewer.principal,
                    glass.valid_until,
                    glass.reason
                ),
                json!({
                    "statement": "break-glass", "digest": digest, "key": key, "head": glass.commit,
                    "name": subject.name, "target": glass.target, "reason": glass.reason,
                    "reviewer": glass.reviewer.principal, "issuedAt": glass.issued_at.to_string(),
                    "validUntil": glass.valid_until.to_string(),
                }),
            ),
            _ => return None,
        };
        let line = visible::text(words.replace('\n', " / ").as_bytes()).into_owned();
        Some(Self {
            head: subject.commit,
            name: subject.name.clone(),
            line,
            value,
        })
    }
}
