//! Break-glass: signed, short-lived permissions that let one commit through without its approvals,
//! where nothing but approvals is missing; and the ordinary review that has to follow each.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::cast::presence;
use super::facts::{CastFor, Circumstances, RunFacts, When};
use super::scope::Applies;
use super::standing::Standing;
use super::{Exception, Policy, PresenceDemand, count, rejection, rules};
use crate::change::{Oid, Sha256};
use crate::verdict::{Predicate, Repository, Statement, VerdictKind, Verified};

/// One person's break-glass, signature already good and read to the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glass {
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
    /// The commit it lets through.
    pub commit: Oid,
    /// Why.
    pub reason: String,
    /// Until when it holds, by its own word.
    pub valid_until: Timestamp,
    /// Who says they signed.
    pub principal: String,
    /// When, by the signer's clock.
    pub issued_at: Timestamp,
}

/// A commit that goes by break-glass, and by whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The commit that was named.
    pub commit: Oid,
    /// When this ends.
    pub until: Timestamp,
    /// The statements that count, one for each person.
    pub by: Vec<Glass>,
}

/// What a break-glass that held once still asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// The commit that was named.
    pub commit: Oid,
    /// By when somebody else has to have approved it.
    pub due: Timestamp,
    /// Who signed, by id: their approval is no review of it.
    pub signers: BTreeSet<String>,
}

impl Glass {
    /// The break-glass that a verified line is; none where it is something else.
    pub fn of(verified: &Verified) -> Option<Self> {
        let Statement { predicate, .. } = verified.statement()?;
        let Predicate::BreakGlass(glass) = predicate else {
            return None;
        };
        Some(Self {
            digest: verified.payload_sha256(),
            key: verified.fingerprint().to_owned(),
            presence: presence(verified),
            repository: glass.repository.clone(),
            target: glass.target.clone(),
            commit: glass.commit,
            reason: glass.reason.clone(),
            valid_until: glass.valid_until,
            principal: glass.reviewer.principal.clone(),
            issued_at: glass.issued_at,
        })
    }

    /// When it ends: by its own word, and never later than the policy allows.
    pub fn until(&self, asked: &Exception) -> Timestamp {
        let longest = self.issued_at.checked_add(asked.max_validity);
        longest.map_or(self.valid_until, |longest| longest.min(self.valid_until))
    }
}

/// The statements of people who may, for one of these commits on this target; each with the person.
fn permitted<'g>(
    policy: &'g Policy,
    asked: &Exception,
    (target, commits): (&str, &[Oid]),
    at: &Circumstances<'g>,
) -> Vec<(&'g str, &'g Glass)> {
    let concerns = |glass: &&Glass| glass.target == target && commits.contains(&glass.commit);
    let mut permitted = Vec::new();
    for glass in at.glasses.iter().filter(concerns) {
        let ignored = policy.log.ignore.contains(&glass.digest);
        let Ok(person) = policy.permits(&glass.into(), at) else {
            continue;
        };
        let roles = policy.people.get(person).map(|p| p.roles.as_slice());
        let mut held = roles.unwrap_or_default().iter();
        let may =
            held.any(|role| asked.from.contains(role) && policy.presence(role) <= glass.presence);
        if may && !ignored && !glass.reason.trim().is_empty() {
            permitted.push((person, glass));
        }
    }
    permitted
}

/// The break-glass under which this run goes now, where one holds. Whether only approvals are missing
/// is for the caller.
pub(super) fn broken(policy: &Policy, run: &RunFacts, at: &Circumstances<'_>) -> Option<Broken> {
    let (Some(asked), When::Now(now)) = (&policy.break_glass, at.when) else {
        return None;
    };
    // The policy is changed by its own rule and by nothing else.
    if run.touches_policy {
        return None;
    }
    let mut each: BTreeMap<(Oid, &str), &Glass> = BTreeMap::new();
    for (person, glass) in permitted(policy, asked, (&run.target, &run.as_is), at) {
        if now >= glass.until(asked) {
            continue;
        }
        let best = each.entry((glass.commit, person)).or_insert(glass);
        if best.until(asked) < glass.until(asked) {
            *best = glass;
        }
    }
    run.as_is.iter().find_map(|commit| {
        let by = each.iter().filter(|((named, _), _)| named == commit);
        let mut by: Vec<Glass> = by.map(|(_, glass)| (*glass).clone()).collect();
        by.sort_by_key(|glass| (std::cmp::Reverse(glass.until(asked)), glass.digest));
        let enough = by.len() as u64 >= asked.approvals.max(1);
        let until = by.iter().map(|glass| glass.until(asked)).min();
        until.filter(|_| enough).map(|until| Broken {
            commit: *commit,
            until,
            by,
        })
    })
}

/// What is owed for a step that a break-glass once held for: `commits` are those it may be named by.
/// It held when enough statements were valid at one time. Later expiry or revocation of their keys
/// undoes no duty; taking a statement out of the log, in the policy in force, does.
pub fn owed(
    policy: &Policy,
    target: &str,
    commits: &[Oid],
    at: &Circumstances<'_>,
) -> Option<Owed> {
    let asked = policy.break_glass.as_ref()?;
    let past = Circumstances {
        when: When::History,
        ..*at
    };
    let permitted = permitted(policy, asked, (target, commits), &past);
    let at_once = |commit: Oid, moment: Timestamp| -> BTreeSet<String> {
        let held = permitted.iter().filter(|(_, glass)| {
            let valid = glass.issued_at <= moment && moment < glass.until(asked);
            valid && glass.commit == commit
        });
        held.map(|(person, _)| (*person).to_owned()).collect()
    };
    let mut held: Vec<(Timestamp, Oid)> = permitted
        .iter()
        .map(|(_, glass)| (glass.issued_at, glass.commit))
        .collect();
    held.sort_unstable();
    let enough = |(moment, commit): &(Timestamp, Oid)| {
        at_once(*commit, *moment).len() as u64 >= asked.approvals.max(1)
    };
    if let When::Now(now) = at.when {
        held.retain(|(moment, _)| *moment <= now);
    }
    let (since, commit) = held.into_iter().find(enough)?;
    let all = permitted.iter().filter(|(_, glass)| glass.commit == commit);
    Some(Owed {
        commit,
        due: due(since, asked.followup),
        signers: all.map(|(person, _)| (*person).to_owned()).collect(),
    })
}

fn due(since: Timestamp, followup: SignedDuration) -> Timestamp {
    since.checked_add(followup).unwrap_or(Timestamp::MAX)
}

/// Whether somebody who did not sign the break-glass has approved the run, as some rule for it asks.
/// Once given, a review does not age.
pub fn is_reviewed(
    policy: &Policy,
    run: &RunFacts,
    casts: &[CastFor<'_>],
    signers: &BTreeSet<String>,
    at: &Circumstances<'_>,
) -> bool {
    let past = Circumstances {
        when: When::History,
        ..*at
    };
    let standing = Standing::of(policy, casts.iter().map(|of| of.cast), &past);
    let level = policy.level(run.assessed, &run.paths);
    let asked = rules::asked(policy, run, level, Applies::Yes, &past);
    let matching: Vec<_> = asked.iter().map(|asked| &asked.rule).collect();
    let objections = rejection::standing_against(policy, &matching, &standing, casts);
    let approves = |of: &&CastFor<'_>| {
        let cast = of.cast;
        let ahead = matches!(at.when, When::Now(now) if cast.issued_at > now);
        cast.kind == VerdictKind::Approve
            && !ahead
            && of.evidence.is_none()
            && !policy.log.ignore.contains(&cast.digest)
    };
    casts.iter().filter(approves).any(|of| {
        let Ok(approval) = count::for_run(policy, run, of, &standing, &past) else {
            return false;
        };
        let counts = |rule: &&super::Rule| {
            count::for_rule(policy, run, &approval, &rule.demands, &objections, &past).is_ok()
        };
        !signers.contains(approval.person) && matching.iter().any(counts)
    })
}
