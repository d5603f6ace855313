//! Who could still approve, and who may not and why.

use super::facts::{Circumstances, RunFacts, Way, When};
use super::identity::window;
use super::outcome::RuleOutcome;
use super::rules::Asked;
use super::{AllowedKey, Class, KeyType, Policy, PresenceDemand, Reason, ReasonId, count};

/// Fills in who could still help this rule, and who holds a role and cannot.
pub(super) fn fill(
    policy: &Policy,
    run: &RunFacts,
    ways: &[Way],
    asked: &Asked,
    at: &Circumstances<'_>,
    rule: &mut RuleOutcome,
) {
    let demands = &asked.rule.demands;
    let from = &demands.from;
    let open: Vec<_> = ways
        .iter()
        .filter(|way| way.carried <= demands.coverage)
        .filter(|way| !demands.require_up_to_date || way.base == run.first_parent)
        .map(|way| (way, policy.makers(&way.made, &run.proposal)))
        .collect();
    for id in policy.holders(from) {
        if rule.have.iter().any(|have| have == id) {
            continue;
        }
        let principal = policy.principal_of(id);
        let shut = open.iter().all(|(_, makers)| makers.contains(id));
        if let Some((way, _)) = open.last().filter(|_| shut) {
            let text = count::self_approval(policy, id, &way.made);
            rule.cannot
                .push(Reason::new(ReasonId::SelfApproval, text).by(principal));
        } else {
            match usable_key(policy, id, from, at) {
                Ok(_) => rule.could.push(id.to_owned()),
                Err(reason) => rule.cannot.push(reason),
            }
        }
    }
    for team in &rule.teams {
        let member = |id: &String| {
            let person = policy.people.get(id);
            person.is_some_and(|person| person.teams.contains(team))
        };
        if !rule.could.iter().any(member) {
            let text = format!(
                "rule `{}`: nobody of the team {team} may approve",
                rule.name
            );
            rule.blocked = Some(Reason::new(ReasonId::Team, text).weighing(Class::Denial));
        }
    }
}

/// A key with which this person could approve now in one of these roles.
pub(super) fn usable_key<'p>(
    policy: &'p Policy,
    person: &str,
    from: &[String],
    at: &Circumstances<'_>,
) -> Result<&'p AllowedKey, Reason> {
    let principal = policy.principal_of(person);
    let text = "has no key in the policy";
    let mut why = Reason::new(ReasonId::KeyUnknown, text).by(principal);
    for key in policy
        .signers
        .iter()
        .filter(|key| key.principal == principal)
    {
        match usable(policy, key, from, at) {
            Ok(()) => return Ok(key),
            Err(reason) => why = reason,
        }
    }
    Err(why)
}

/// Whether this key could sign an approval now that counts for one of these roles.
pub(super) fn usable(
    policy: &Policy,
    key: &AllowedKey,
    from: &[String],
    at: &Circumstances<'_>,
) -> Result<(), Reason> {
    let (signer, id) = policy.speaker(&key.fingerprint, at)?;
    if let When::Now(now) = at.when
        && let Some(reason) = window(signer, now)
    {
        return Err(reason);
    }
    let no = |id: ReasonId, text: String| {
        let reason = Reason::new(id, text).by(signer.principal.as_str());
        Err(reason.with_key(signer.fingerprint.as_str()))
    };
    let roles = policy.people.get(id).map(|person| person.roles.as_slice());
    let mut held = roles
        .unwrap_or_default()
        .iter()
        .filter(|role| from.contains(role))
        .peekable();
    if held.peek().is_none() {
        return no(
            ReasonId::NoRole,
            format!("holds none of the roles {}", from.join(", ")),
        );
    }
    let security_key = matches!(key.key_type, KeyType::SkEd25519 | KeyType::SkEcdsa);
    if !security_key && held.all(|role| policy.presence(role) > PresenceDemand::Optional) {
        return no(
            ReasonId::UserPresence,
            "the role asks for a security key".to_owned(),
        );
    }
    Ok(())
}
