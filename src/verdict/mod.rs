//! Signed statements: what is signed, how it becomes one line of a note, and how it is verified.

mod canonical;
mod decode;
mod envelope;
mod fields;
mod jcs;
mod json;
mod reading;
mod rules;
mod signature;
mod statement;
mod wire;

pub use canonical::{from_payload, to_payload};
pub use envelope::{Envelope, MAX_LINE, PAYLOAD_TYPE, Refused, SealError, Sealed, Verified, pae};
pub use fields::BadField;
pub use jcs::{NotCanonical, to_jcs};
pub use reading::{Lenient, LenientFacts, LenientSaid, Reading};
pub use signature::{
    BadSignature, KeyAlgorithm, KeyFacts, NAMESPACE, PlainKey, SignError, Signer, Verifier,
};
pub use statement::{
    Acknowledged, Answer, BreakGlass, ChangeLabel, Checklist, Checkpoint, Comment, CommitAndTree,
    Content, Log, LogRebase, Override, PolicyRef, Predicate, Repository, Reviewer, RiskShown,
    Severity, Side, Statement, Subject, Tool, Verdict, VerdictKind, Viewed,
};
pub use wire::{MAX_LINES, MAX_NOTE, NoteLine, TooMuch, Unread, lines};

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::Timestamp;

impl Predicate {
    /// The `predicateType` of what is said.
    pub fn type_uri(&self) -> &'static str {
        match self {
            Self::Verdict(_) => canonical::VERDICT,
            Self::Override(_) => canonical::OVERRIDE,
            Self::BreakGlass(_) => canonical::BREAK_GLASS,
            Self::Checkpoint(_) => canonical::CHECKPOINT,
            Self::LogRebase(_) => canonical::LOG_REBASE,
        }
    }
}

impl Statement {
    /// The verdict, where this is one.
    pub fn verdict(&self) -> Option<&Verdict> {
        match &self.predicate {
            Predicate::Verdict(verdict) => Some(verdict),
            _ => None,
        }
    }

    /// Who signs.
    pub fn reviewer(&self) -> &Reviewer {
        match &self.predicate {
            Predicate::Verdict(verdict) => &verdict.reviewer,
            Predicate::Override(lift) => &lift.reviewer,
            Predicate::BreakGlass(glass) => &glass.reviewer,
            Predicate::Checkpoint(point) => &point.reviewer,
            Predicate::LogRebase(rebase) => &rebase.reviewer,
        }
    }

    /// When it is issued, by the signer's clock.
    pub fn issued_at(&self) -> Timestamp {
        match &self.predicate {
            Predicate::Verdict(verdict) => verdict.issued_at,
            Predicate::Override(lift) => lift.issued_at,
            Predicate::BreakGlass(glass) => glass.issued_at,
            Predicate::Checkpoint(point) => point.issued_at,
            Predicate::LogRebase(rebase) => rebase.issued_at,
        }
    }

    /// The full ref name it is for; none for what is about the notes themselves.
    pub fn target(&self) -> Option<&str> {
        match &self.predicate {
            Predicate::Verdict(verdict) => Some(&verdict.target),
            Predicate::Override(lift) => Some(&lift.target),
            Predicate::BreakGlass(glass) => Some(&glass.target),
            Predicate::Checkpoint(_) | Predicate::LogRebase(_) => None,
        }
    }

    /// The repository it is for.
    pub fn repository(&self) -> &Repository {
        match &self.predicate {
            Predicate::Verdict(verdict) => &verdict.repository,
            Predicate::Override(lift) => &lift.repository,
            Predicate::BreakGlass(glass) => &glass.repository,
            Predicate::Checkpoint(point) => &point.repository,
            Predicate::LogRebase(rebase) => &rebase.repository,
        }
    }
}

impl VerdictKind {
    /// The word that a statement carries.
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Comment => "comment",
            Self::Withdraw => "withdraw",
        }
    }
}

/// Foreign text as a statement may quote it: control characters other than line feed and tab as
/// `‹U+XXXX›`, a carriage return before a line feed dropped.
pub fn quotable(text: &str) -> Cow<'_, str> {
    let refused = |c: char| c.is_control() && c != '\n' && c != '\t';
    if !text.contains(refused) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\r' && chars.peek() == Some(&'\n') {
            continue;
        }
        if refused(c) {
            let _ = write!(out, "‹U+{:04X}›", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// A time as statements carry it: the fraction of a second dropped.
pub fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
