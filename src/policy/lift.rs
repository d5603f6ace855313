//! Overrides: signed permissions that lift a rejection. One person's is never enough where the policy
//! asks for more, and whoever made a change lifts no rejection of it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::cast::presence;
use super::facts::Circumstances;
use super::{Cast, Policy, PresenceDemand};
use crate::change::Sha256;
use crate::verdict::{Predicate, Repository, Statement, Verified};

/// One person's override, signature already good and read to the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lift {
    /// SHA-256 of the signed payload.
    pub digest: Sha256,
    /// Fingerprint of the key that signed.
    pub key: String,
    /// What the signature proves of the person at the key.
    pub presence: PresenceDemand,
    /// The repository it is for.
    pub repository: Repository,
    /// Full ref name.
    pub target: String,
    /// Payload digests of the rejections it lifts.
    pub lifts: Vec<Sha256>,
    /// Why.
    pub reason: String,
    /// Who says they signed.
    pub principal: String,
    /// When, by the signer's clock.
    pub issued_at: Timestamp,
}

/// A rejection that was lifted, and by which overrides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifted {
    /// The rejection's payload digest.
    pub rejection: Sha256,
    /// The principal of whoever rejected.
    pub reviewer: String,
    /// The overrides that count, one for each person.
    pub by: Vec<Lift>,
}

impl Lift {
    /// The override that a verified line is; none where it is something else.
    pub fn of(verified: &Verified) -> Option<Self> {
        let Statement { predicate, .. } = verified.statement()?;
        let Predicate::Override(lift) = predicate else {
            return None;
        };
        Some(Self {
            digest: verified.payload_sha256(),
            key: verified.fingerprint().to_owned(),
            presence: presence(verified),
            repository: lift.repository.clone(),
            target: lift.target.clone(),
            lifts: lift.lifts.clone(),
            reason: lift.reason.clone(),
            principal: lift.reviewer.principal.clone(),
            issued_at: lift.issued_at,
        })
    }
}

/// The overrides that lift this rejection on this target, where they are enough; `makers` are those
/// who made what was rejected.
pub(super) fn lifted(
    policy: &Policy,
    rejection: &Cast,
    target: &str,
    makers: &BTreeSet<&str>,
    at: &Circumstances<'_>,
) -> Option<Lifted> {
    let asked = policy.override_.as_ref()?;
    let mut persons = BTreeSet::new();
    let mut by = Vec::new();
    for lift in at.lifts {
        let concerns = lift.target == target && lift.lifts.contains(&rejection.digest);
        if !concerns || policy.log.ignore.contains(&lift.digest) {
            continue;
        }
        let Ok(person) = policy.permits(&lift.into(), at) else {
            continue;
        };
        let roles = policy.people.get(person).map(|p| p.roles.as_slice());
        let mut held = roles
            .unwrap_or_default()
            .iter()
            .filter(|role| asked.from.contains(role));
        let may = held.any(|role| policy.presence(role) <= lift.presence);
        if may && !makers.contains(person) && persons.insert(person) {
            by.push(lift.clone());
        }
    }
    (persons.len() as u64 >= asked.approvals.max(1)).then(|| Lifted {
        rejection: rejection.digest,
        reviewer: rejection.principal.clone(),
        by,
    })
}
