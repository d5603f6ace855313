//! Which persons a commit, a proposal or a key belongs to. Names and mail maps are never asked.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};

use super::cast::Signed;
use super::facts::{Circumstances, Made, Proposal, When};
use super::{AllowedKey, GIT_NAMESPACE, Holder, Policy, Reason, ReasonId, VERDICT_NAMESPACE};
use crate::change::Markers;

/// How far ahead of this clock a statement may be dated.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(300);

impl Policy {
    /// The people with this address, compared without regard to ASCII case.
    pub fn people_at<'a>(&'a self, address: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.people
            .iter()
            .filter(move |(_, person)| has(&person.emails, address))
            .map(|(id, _)| id.as_str())
    }

    /// Whether this address is anybody's or any machine's in the policy, or that of a known tool.
    pub fn knows_address(&self, address: &str) -> bool {
        static TOOLS: LazyLock<Markers> = LazyLock::new(Markers::built_in);
        TOOLS.is_tool(address)
            || has(&self.scope.markers, address)
            || self.people_at(address).next().is_some()
            || self
                .agents
                .values()
                .any(|agent| has(&agent.emails, address))
            || self.automation.values().any(|a| has(&a.emails, address))
    }

    /// The principal of a person.
    pub fn principal_of<'a>(&'a self, person: &'a str) -> &'a str {
        self.people
            .get(person)
            .map_or(person, |p| p.principal.as_str())
    }

    /// The person whose key this is, where it may sign commits and is good at `now`.
    pub(super) fn commit_signer(&self, key: &str, at: &Circumstances<'_>) -> Option<&str> {
        let (signer, holder) = self.owner(key)?;
        let Holder::Person(id) = holder else {
            return None;
        };
        let good_now = match at.when {
            When::Now(now) => window(signer, now).is_none(),
            When::Again(_) | When::History => true,
        };
        (good_now && signer.may_sign(GIT_NAMESPACE) && !self.revokes(key, at)).then_some(id)
    }

    /// The people who made these commits or run the agent that did: their approvals do not count.
    pub(super) fn makers(&self, commits: &[Made], proposal: &Proposal) -> BTreeSet<&str> {
        let mut makers = BTreeSet::new();
        for made in commits {
            let signer = made.signer.as_deref();
            makers.extend(signer.and_then(|key| self.person_of_key(key)));
            let addresses = [&made.author, &made.committer].into_iter();
            for address in addresses.chain(&made.co_authors) {
                makers.extend(self.people.iter().filter_map(|(id, person)| {
                    same_mailbox(&person.emails, address).then_some(id.as_str())
                }));
                makers.extend(self.operators_at(address));
            }
        }
        for name in &proposal.agents {
            let agent = self
                .agents
                .iter()
                .find(|(id, _)| id.eq_ignore_ascii_case(name));
            makers.extend(agent.and_then(|(_, agent)| agent.operator.as_deref()));
        }
        for claim in &proposal.operators {
            makers.extend(self.people.iter().filter_map(|(id, person)| {
                let named = id == claim || person.principal.eq_ignore_ascii_case(claim);
                (named || same_mailbox(&person.emails, claim)).then_some(id.as_str())
            }));
        }
        if let Some((_, Holder::Agent(id))) = proposal.signer.as_deref().and_then(|k| self.owner(k))
        {
            makers.extend(
                self.agents
                    .get(id)
                    .and_then(|agent| agent.operator.as_deref()),
            );
        }
        makers
    }

    /// Whether the key counts no longer. For history only this policy's own list does: what was
    /// revoked later undoes no policy change that was made before.
    fn revokes(&self, key: &str, at: &Circumstances<'_>) -> bool {
        let later = at.when != When::History && at.revoked.contains(key);
        later || self.revoked.contains(key)
    }

    fn operators_at(&self, address: &str) -> impl Iterator<Item = &str> {
        let agents = self
            .agents
            .values()
            .filter(|agent| has(&agent.emails, address));
        let operators: Vec<&str> = agents.filter_map(|a| a.operator.as_deref()).collect();
        operators.into_iter()
    }

    fn person_of_key(&self, key: &str) -> Option<&str> {
        match self.owner(key)? {
            (_, Holder::Person(id)) => Some(id),
            _ => None,
        }
    }

    /// The person who may speak with this key: known, a person's, for verdicts, not revoked.
    ///
    /// # Errors
    /// The reason why nobody may, such as `E-KEY-UNKNOWN`.
    pub fn speaker(
        &self,
        key: &str,
        at: &Circumstances<'_>,
    ) -> Result<(&AllowedKey, &str), Reason> {
        let unknown = |text: &str| Reason::new(ReasonId::KeyUnknown, text).with_key(key);
        let signer = self.signers.find(key);
        let signer = signer.ok_or_else(|| unknown("the policy does not know this key"))?;
        let by = |id: ReasonId, text: String| {
            Reason::new(id, text)
                .by(signer.principal.as_str())
                .with_key(key)
        };
        let id = match self.holder(&signer.principal) {
            Some(Holder::Person(id)) => id,
            Some(_) => {
                return Err(by(
                    ReasonId::AgentKey,
                    "an agent's key does not review".into(),
                ));
            }
            None => return Err(unknown("nobody in the policy has this key's principal")),
        };
        if self.revokes(key, at) {
            return Err(by(ReasonId::KeyRevoked, "the key is revoked".into()));
        }
        if !signer.may_sign(VERDICT_NAMESPACE) {
            let text = format!("`namespaces` of the key lacks {VERDICT_NAMESPACE}");
            return Err(by(ReasonId::Namespace, text));
        }
        Ok((signer, id))
    }

    /// The person whose restriction this statement is: a key of theirs that was good when it
    /// signed, for this repository. Later expiry does not undo a restriction.
    pub(super) fn restricts(
        &self,
        signed: &Signed<'_>,
        at: &Circumstances<'_>,
    ) -> Result<&str, Reason> {
        let (signer, id) = self.speaker(signed.key, at)?;
        if let Some(reason) = window(signer, signed.issued_at) {
            return Err(reason.about(signed.digest));
        }
        if signed.repository != self.repository {
            let text = format!("it is for {}", signed.repository);
            return Err(Reason::new(ReasonId::WrongRepo, text)
                .by(signer.principal.as_str())
                .about(signed.digest));
        }
        Ok(id)
    }

    /// The person whose permission this statement is: all that a restriction needs, read to the
    /// letter, under the reviewer's own name, with a key that is good now as well and no date
    /// ahead of the clock.
    pub(super) fn permits(
        &self,
        signed: &Signed<'_>,
        at: &Circumstances<'_>,
    ) -> Result<&str, Reason> {
        let id = self.restricts(signed, at)?;
        let (signer, _) = self.speaker(signed.key, at)?;
        let no = |id: ReasonId, text: String| {
            let reason = Reason::new(id, text).by(signer.principal.as_str());
            Err(reason.with_key(signed.key).about(signed.digest))
        };
        if let Some(why) = signed.doubt {
            return no(ReasonId::of_doubt(why), why.to_owned());
        }
        if signed.principal != signer.principal {
            let text = format!(
                "it names {}, the key is {}'s",
                signed.principal, signer.principal
            );
            return no(ReasonId::Principal, text);
        }
        let (When::Now(now) | When::Again(now)) = at.when else {
            return Ok(id);
        };
        if signed.issued_at.duration_since(now) > CLOCK_SKEW {
            return no(
                ReasonId::Future,
                format!("dated {}, now is {now}", signed.issued_at),
            );
        }
        let now = (at.when == When::Now(now)).then_some(now);
        match now.and_then(|now| window(signer, now)) {
            Some(reason) => Err(reason.about(signed.digest)),
            None => Ok(id),
        }
    }
}

/// Why the key is not good at this time, if it is not.
pub(super) fn window(signer: &AllowedKey, time: Timestamp) -> Option<Reason> {
    let reason = |id, text: String| {
        Some(
            Reason::new(id, text)
                .by(signer.principal.as_str())
                .with_key(signer.fingerprint.as_str()),
        )
    };
    match (signer.valid_after, signer.valid_before) {
        (Some(after), _) if time < after => reason(
            ReasonId::KeyNotYet,
            format!("the key counts from {after}, not at {time}"),
        ),
        (_, Some(before)) if time > before => reason(
            ReasonId::KeyExpired,
            format!("the key counted until {before}, not at {time}"),
        ),
        _ => None,
    }
}

fn has(emails: &[String], address: &str) -> bool {
    emails.iter().any(|own| own.eq_ignore_ascii_case(address))
}

/// Whether one of a person's addresses is this one, or differs only by a `+tag`. Used where a
/// match takes rights away, never where it gives any.
fn same_mailbox(emails: &[String], address: &str) -> bool {
    fn bare(address: &str) -> Option<(&str, &str)> {
        let (local, domain) = address.rsplit_once('@')?;
        Some((local.split('+').next().unwrap_or(local), domain))
    }
    let same = |own: &String| {
        own.eq_ignore_ascii_case(address)
            || match (bare(own), bare(address)) {
                (Some((a, b)), Some((c, d))) => {
                    a.eq_ignore_ascii_case(c) && b.eq_ignore_ascii_case(d)
                }
                _ => false,
            }
    };
    emails.iter().any(same)
}
