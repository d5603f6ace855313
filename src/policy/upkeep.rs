//! What policy owners sign about the log of statements itself: what it held at one commit, and that
//! its history was rewritten with their consent.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::cast::{Signed, presence};
use super::facts::Circumstances;
use super::{Policy, PresenceDemand, Reason, ReasonId};
use crate::change::{Oid, Sha256};
use crate::verdict::{Predicate, Repository, Verified};

/// Who signed it, and when; the signature is good and it was read to the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hand {
    /// SHA-256 of the signed payload.
    pub digest: Sha256,
    /// Fingerprint of the key that signed.
    pub key: String,
    /// What the signature proves of the person at the key.
    pub presence: PresenceDemand,
    /// The repository it is for.
    pub repository: Repository,
    /// Who says they signed.
    pub principal: String,
    /// When, by the signer's clock.
    pub issued_at: Timestamp,
}

/// What the notes held at one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Who says so.
    pub by: Hand,
    /// The notes commit.
    pub notes_commit: Oid,
    /// How many different statements its tree holds.
    pub statements: u64,
    /// Until when it may be relied on.
    pub expires_at: Timestamp,
}

/// That the history of the notes was rewritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// Who consents.
    pub by: Hand,
    /// The last tip of the old history.
    pub from: Oid,
    /// The first tip of the new one.
    pub to: Oid,
}

impl Hand {
    fn of(verified: &Verified) -> Option<Self> {
        let statement = verified.statement()?;
        Some(Self {
            digest: verified.payload_sha256(),
            key: verified.fingerprint().to_owned(),
            presence: presence(verified),
            repository: statement.repository().clone(),
            principal: statement.reviewer().principal.clone(),
            issued_at: statement.issued_at(),
        })
    }
}

impl<'a> From<&'a Hand> for Signed<'a> {
    fn from(hand: &'a Hand) -> Self {
        Self {
            digest: hand.digest,
            key: &hand.key,
            principal: &hand.principal,
            repository: &hand.repository.id,
            issued_at: hand.issued_at,
            doubt: None,
        }
    }
}

impl Point {
    /// The checkpoint that a verified line is; none where it is something else.
    pub fn of(verified: &Verified) -> Option<Self> {
        let Predicate::Checkpoint(point) = &verified.statement()?.predicate else {
            return None;
        };
        Some(Self {
            by: Hand::of(verified)?,
            notes_commit: point.notes_commit,
            statements: point.statements,
            expires_at: point.expires_at,
        })
    }
}

impl Rewrite {
    /// The log rebase that a verified line is; none where it is something else.
    pub fn of(verified: &Verified) -> Option<Self> {
        let Predicate::LogRebase(rebase) = &verified.statement()?.predicate else {
            return None;
        };
        Some(Self {
            by: Hand::of(verified)?,
            from: rebase.from,
            to: rebase.to,
        })
    }
}

impl Policy {
    /// The person of `policy_change.from` whose word this is.
    ///
    /// # Errors
    /// Why it is nobody's that counts.
    pub fn kept_by(&self, hand: &Hand, at: &Circumstances<'_>) -> Result<&str, Reason> {
        let person = self.permits(&hand.into(), at)?;
        let no = |id: ReasonId, text: &str| {
            let reason = Reason::new(id, text).by(hand.principal.as_str());
            Err(reason.about(hand.digest))
        };
        if self.log.ignore.contains(&hand.digest) {
            return no(ReasonId::Superseded, "log.ignore takes it out");
        }
        let mut held = self.keeper_roles(person);
        let Some(first) = held.next() else {
            return no(ReasonId::NoRole, "none of the roles of policy_change.from");
        };
        let mut held = std::iter::once(first).chain(held);
        if held.any(|role| self.presence(role) <= hand.presence) {
            return Ok(person);
        }
        no(ReasonId::UserPresence, "the role asks for a touched key")
    }

    /// Whether a statement about the log by this key would count, as far as the key says.
    ///
    /// # Errors
    /// Why it would not.
    pub fn may_keep(&self, key: &str, at: &Circumstances<'_>) -> Result<(), Reason> {
        let (signer, person) = self.speaker(key, at)?;
        if self.keeper_roles(person).next().is_some() {
            return Ok(());
        }
        let roles = self.policy_change.from.join(", ");
        let text = format!("only {roles} speak for the log (policy_change.from)");
        Err(Reason::new(ReasonId::NoRole, text).by(signer.principal.as_str()))
    }

    /// The rewrites of the log, from and to, that enough policy owners consent to.
    pub fn agreed_rewrites(&self, all: &[Rewrite], at: &Circumstances<'_>) -> Vec<(Oid, Oid)> {
        let mut persons: BTreeMap<(Oid, Oid), BTreeSet<&str>> = BTreeMap::new();
        for one in all {
            if let Ok(person) = self.kept_by(&one.by, at) {
                persons
                    .entry((one.from, one.to))
                    .or_default()
                    .insert(person);
            }
        }
        let needed = self.policy_change.approvals.max(1);
        let enough = persons
            .into_iter()
            .filter(|(_, by)| by.len() as u64 >= needed);
        enough.map(|(pair, _)| pair).collect()
    }

    fn keeper_roles(&self, person: &str) -> impl Iterator<Item = &String> {
        let roles = self.people.get(person).map(|one| one.roles.as_slice());
        let from = &self.policy_change.from;
        let roles = roles.unwrap_or_default().iter();
        roles.filter(move |role| from.contains(role))
    }
}
