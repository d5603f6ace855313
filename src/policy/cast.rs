//! A verdict as the rules see it: what a verified statement says, and how surely.

use jiff::Timestamp;

use super::{Glass, Lift, PresenceDemand};
use crate::change::{Oid, Sha256};
use crate::risk::Level;
use crate::verdict::{
    ChangeLabel, Checklist, CommitAndTree, LenientFacts, LenientSaid, Log, Reading, Repository,
    Verdict, VerdictKind, Verified, Viewed,
};

/// One person's verdict, signature already good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast {
    /// SHA-256 of the signed payload.
    pub digest: Sha256,
    /// Fingerprint of the key that signed.
    pub key: String,
    /// What the signature proves of the person at the key.
    pub presence: PresenceDemand,
    /// Approve, reject, comment or withdraw.
    pub kind: VerdictKind,
    /// Why the statement was read leniently; none where it is canonical and known to the letter.
    pub doubt: Option<String>,
    /// The repository it is for.
    pub repository: Repository,
    /// The change's labels.
    pub change: ChangeLabel,
    /// Full ref name.
    pub target: String,
    /// What the change stood on; none in a lenient reading.
    pub base: Option<CommitAndTree>,
    /// What was judged.
    pub head: CommitAndTree,
    /// The content digest.
    pub content: Sha256,
    /// Who says they signed.
    pub principal: String,
    /// When, by the signer's clock.
    pub issued_at: Timestamp,
    /// The evidence the signer had seen.
    pub log: Log,
    /// Own earlier statements that this one replaces.
    pub supersedes: Vec<Sha256>,
    /// What was on the screen.
    pub viewed: Option<Viewed>,
    /// What was affirmed.
    pub checklist: Option<Checklist>,
    /// The level the reviewer was shown.
    pub level: Option<Level>,
}

/// What the rules ask of any signed word: whose it is, for which repository, when it was signed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed<'a> {
    pub(super) digest: Sha256,
    pub(super) key: &'a str,
    pub(super) principal: &'a str,
    pub(super) repository: &'a str,
    pub(super) issued_at: Timestamp,
    /// Why it was read leniently, if it was.
    pub(super) doubt: Option<&'a str>,
}

impl<'a> From<&'a Cast> for Signed<'a> {
    fn from(cast: &'a Cast) -> Self {
        Self {
            digest: cast.digest,
            key: &cast.key,
            principal: &cast.principal,
            repository: &cast.repository.id,
            issued_at: cast.issued_at,
            doubt: cast.doubt.as_deref(),
        }
    }
}

impl<'a> From<&'a Lift> for Signed<'a> {
    fn from(lift: &'a Lift) -> Self {
        Self {
            digest: lift.digest,
            key: &lift.key,
            principal: &lift.principal,
            repository: &lift.repository.id,
            issued_at: lift.issued_at,
            doubt: None,
        }
    }
}

impl<'a> From<&'a Glass> for Signed<'a> {
    fn from(glass: &'a Glass) -> Self {
        Self {
            digest: glass.digest,
            key: &glass.key,
            principal: &glass.principal,
            repository: &glass.repository.id,
            issued_at: glass.issued_at,
            doubt: None,
        }
    }
}

/// A statement by some key that cannot be read: it may be a rejection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// SHA-256 of the signed payload.
    pub digest: Sha256,
    /// Fingerprint of the key that signed.
    pub key: String,
    /// The commit it is about, where that can be told.
    pub subject: Option<Oid>,
    /// What stands in the way.
    pub why: String,
}

/// What a verified line is to the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A verdict that reads unambiguously.
    Verdict(Box<Cast>),
    /// An approval or another permission that is not canonical: it never counts.
    SetAside(Unreadable),
    /// Nobody can tell what it says.
    Unreadable(Unreadable),
    /// An override: it may lift a rejection.
    Override(Box<Lift>),
    /// A break-glass: it may let a commit through.
    BreakGlass(Box<Glass>),
    /// Another statement that is no verdict (checkpoint, log rebase), or a remark that is not
    /// canonical.
    Other,
}

impl Heard {
    /// What this line is to the rules. Only a [`Verified`] line is anything.
    pub fn of(verified: &Verified) -> Self {
        let unreadable = |subject: Option<Oid>, why: String| Unreadable {
            digest: verified.payload_sha256(),
            key: verified.fingerprint().to_owned(),
            subject,
            why,
        };
        match verified.reading() {
            Reading::Strict(statement) => match statement.verdict() {
                Some(verdict) => Self::Verdict(Box::new(strict(verified, verdict))),
                None => Self::permission(verified),
            },
            Reading::Lenient(lenient) => match &lenient.said {
                LenientSaid::Approve | LenientSaid::Permission(_) => {
                    Self::SetAside(unreadable(lenient.subject, lenient.why.to_string()))
                }
                LenientSaid::Comment => Self::Other,
                LenientSaid::Reject(facts) => {
                    let why = lenient.why.to_string();
                    Self::Verdict(Box::new(restriction(
                        verified,
                        VerdictKind::Reject,
                        facts,
                        why,
                    )))
                }
                LenientSaid::Withdraw(facts) => {
                    let why = lenient.why.to_string();
                    let kind = VerdictKind::Withdraw;
                    Self::Verdict(Box::new(restriction(verified, kind, facts, why)))
                }
            },
            Reading::Unreadable { subject, why } => {
                Self::Unreadable(unreadable(*subject, why.clone()))
            }
            Reading::UnknownType {
                subject,
                predicate_type,
            } => {
                let why = format!("unknown type {predicate_type}: upgrade countersign");
                Self::Unreadable(unreadable(*subject, why))
            }
        }
    }
}

impl Heard {
    /// A statement that is no verdict.
    fn permission(verified: &Verified) -> Self {
        if let Some(lift) = Lift::of(verified) {
            return Self::Override(Box::new(lift));
        }
        Glass::of(verified).map_or(Self::Other, |glass| Self::BreakGlass(Box::new(glass)))
    }
}

/// What a signature proves of the person at the key.
pub(super) fn presence(verified: &Verified) -> PresenceDemand {
    let key = verified.key();
    match (key.user_presence, key.user_verified) {
        (Some(true), Some(true)) => PresenceDemand::Verified,
        (Some(true), _) => PresenceDemand::Required,
        _ => PresenceDemand::Optional,
    }
}

fn strict(verified: &Verified, verdict: &Verdict) -> Cast {
    Cast {
        digest: verified.payload_sha256(),
        key: verified.fingerprint().to_owned(),
        presence: presence(verified),
        kind: verdict.kind,
        doubt: None,
        repository: verdict.repository.clone(),
        change: verdict.change.clone(),
        target: verdict.target.clone(),
        base: Some(verdict.base),
        head: verdict.head,
        content: verdict.content.sha256,
        principal: verdict.reviewer.principal.clone(),
        issued_at: verdict.issued_at,
        log: verdict.log.clone(),
        supersedes: verdict.supersedes.clone(),
        viewed: verdict.viewed.clone(),
        checklist: verdict.checklist,
        // A level nobody knows is the highest one.
        level: verdict
            .risk
            .as_ref()
            .map(|risk| risk.level.parse().unwrap_or(Level::Critical)),
    }
}

fn restriction(verified: &Verified, kind: VerdictKind, facts: &LenientFacts, why: String) -> Cast {
    Cast {
        digest: verified.payload_sha256(),
        key: verified.fingerprint().to_owned(),
        presence: presence(verified),
        kind,
        doubt: Some(why),
        repository: facts.repository.clone(),
        change: facts.change.clone(),
        target: facts.target.clone(),
        base: None,
        head: facts.head,
        content: facts.content.sha256,
        principal: facts.reviewer.principal.clone(),
        issued_at: facts.issued_at,
        log: Log::default(),
        supersedes: facts.supersedes.clone(),
        viewed: None,
        checklist: None,
        level: None,
    }
}
