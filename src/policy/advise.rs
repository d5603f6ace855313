//! The same rules from the reviewer's side: would my word count, before it is signed.

use jiff::Timestamp;

use super::facts::{
    CastFor, Circumstances, Cover, Enforces, Relation, RevisionFacts, RunFacts, When,
};
use super::identity::window;
use super::scope::{self, Applies};
use super::{
    AllowedKey, Cast, Coverage, Holder, Policy, Reason, ReasonId, Revoked, Unreadable, candidates,
    count, rules,
};
use crate::verdict::VerdictKind;

/// Whether a verdict of this kind, signed now with this key, would count for the revision; if not,
/// why. A comment needs a known key and no role; a rejection may be of one's own change.
pub fn would_count(
    policy: &Policy,
    key: &str,
    kind: VerdictKind,
    run: &RunFacts,
    at: &Circumstances<'_>,
) -> Result<(), Reason> {
    let (signer, person) = policy.speaker(key, at)?;
    if let When::Now(now) = at.when
        && let Some(reason) = window(signer, now)
    {
        return Err(reason);
    }
    if kind == VerdictKind::Comment {
        return Ok(());
    }
    if kind == VerdictKind::Approve && policy.makers(&run.commits, &run.proposal).contains(person) {
        let text = count::self_approval(policy, person, &run.commits);
        return Err(Reason::new(ReasonId::SelfApproval, text)
            .by(signer.principal.as_str())
            .with_key(key));
    }
    role(policy, signer, kind, run, at)
}

/// Whether an override, signed now with this key, would count against a rejection of the revision; if
/// not, why.
pub fn would_lift(
    policy: &Policy,
    key: &str,
    run: &RunFacts,
    at: &Circumstances<'_>,
) -> Result<(), Reason> {
    let (signer, person) = policy.speaker(key, at)?;
    let by = |id: ReasonId, text: String| {
        let reason = Reason::new(id, text).by(signer.principal.as_str());
        Err(reason.with_key(key))
    };
    let Some(asked) = &policy.override_ else {
        let text = "the policy has no [override]: only the reviewer can lift a rejection";
        return by(ReasonId::NoRole, text.to_owned());
    };
    if policy.makers(&run.commits, &run.proposal).contains(person) {
        let text = count::self_approval(policy, person, &run.commits);
        return by(ReasonId::SelfApproval, text);
    }
    candidates::usable(policy, signer, &asked.from, at)
}

/// How anybody outside the gate judges at this time: by the keys that this policy itself revokes.
pub fn advised(policy: &Policy, now: Timestamp) -> Circumstances<'_> {
    Circumstances {
        when: When::Now(now),
        lifts: &[],
        glasses: &[],
        revoked: &policy.revoked,
        enforces: Enforces {
            markers: true,
            risk_rules: true,
        },
    }
}

/// Whether a break-glass, signed now with this key, would count; if not, why. `touches_policy`: whether
/// the commit changes the policy.
pub fn would_break_glass(
    policy: &Policy,
    key: &str,
    touches_policy: bool,
    at: &Circumstances<'_>,
) -> Result<(), Reason> {
    let (signer, _) = policy.speaker(key, at)?;
    let by = |id: ReasonId, text: &str| {
        let reason = Reason::new(id, text).by(signer.principal.as_str());
        Err(reason.with_key(key))
    };
    let Some(asked) = &policy.break_glass else {
        return by(
            ReasonId::NoRole,
            "the policy has no [break_glass]: nothing goes without its approvals",
        );
    };
    if touches_policy {
        let text = "the commit changes the policy, which no break-glass lets through";
        return by(ReasonId::PolicyUnauthorised, text);
    }
    candidates::usable(policy, signer, &asked.from, at)
}

/// Whether the key's owner holds a role in a rule that this revision has to meet.
fn role(
    policy: &Policy,
    signer: &AllowedKey,
    kind: VerdictKind,
    run: &RunFacts,
    at: &Circumstances<'_>,
) -> Result<(), Reason> {
    let level = policy.level(run.assessed, &run.paths);
    let asked = rules::asked(policy, run, level, Applies::Yes, at);
    let mut why = None;
    for asked in &asked {
        match candidates::usable(policy, signer, &asked.rule.demands.from, at) {
            Ok(()) => return Ok(()),
            // A rejection restricts whether or not anybody touched the key.
            Err(reason) if reason.id == ReasonId::UserPresence && kind != VerdictKind::Approve => {
                return Ok(());
            }
            Err(reason) => {
                why.get_or_insert(reason);
            }
        }
    }
    let text = "no rule matches the change";
    Err(why.unwrap_or_else(|| Reason::new(ReasonId::NoRole, text)))
}

/// What the gate would ask of this revision as it is, for a preview: whether the rules apply.
pub fn applies_to(policy: &Policy, run: &RunFacts, at: &Circumstances<'_>) -> Applies {
    scope::applies(policy, run, &[], at)
}

impl<'a> CastFor<'a> {
    /// The relation of a verdict to a revision that waits. (`merge` cannot be told before the
    /// change has landed.) `made` are the commits of the revision.
    pub fn to_revision(cast: &'a Cast, revision: &RevisionFacts, run: &RunFacts) -> Self {
        let base = cast.base.map(|base| (base.commit, base.tree));
        let head = (cast.head.commit, cast.head.tree);
        let relation = if head.0 == revision.head.0 {
            Relation::Head
        } else if cast.content == revision.content {
            Relation::Content
        } else if run.commits.iter().any(|made| made.oid == head.0) {
            Relation::Inside
        } else {
            Relation::Other
        };
        let same_trees = head.1 == revision.head.1 && base.map(|b| b.1) == Some(revision.base.1);
        let cover = if relation == Relation::Head && base.map(|b| b.0) == Some(revision.base.0) {
            Cover::Carried(Coverage::Exact)
        } else if same_trees {
            Cover::Carried(Coverage::Tree)
        } else if cast.content == revision.content {
            Cover::Carried(Coverage::Content)
        } else if relation == Relation::Head {
            let text = "it approves this head on another base";
            Cover::Not(Reason::new(ReasonId::WrongBase, text))
        } else {
            Cover::Unrelated
        };
        Self {
            cast,
            relation,
            cover,
            made: Some(run.commits.clone()),
            root_known: true,
            evidence: None,
        }
    }
}

/// Why an approval that is not canonical, or another permission that is not, does not count. By an
/// unknown key it is only a warning.
pub fn not_canonical(policy: &Policy, statement: &Unreadable) -> Reason {
    let about = |reason: Reason| {
        reason
            .with_key(statement.key.as_str())
            .about(statement.digest)
    };
    match policy.owner(&statement.key) {
        Some((signer, _)) => {
            let id = ReasonId::of_doubt(&statement.why);
            about(Reason::new(id, statement.why.clone()).by(signer.principal.as_str()))
        }
        None => about(Reason::new(
            ReasonId::UnknownKey,
            "a statement by a key that the policy does not know",
        )),
    }
}

/// What a statement that cannot be read means: no answer where somebody with a role signed it for a
/// commit in the range, else a warning. `revoked` are the keys whose word counts nowhere, whatever
/// the judging policy says: a rejection by one of them would not deny either.
pub fn unreadable(
    policy: &Policy,
    revoked: &Revoked,
    statement: &Unreadable,
    in_range: bool,
) -> Reason {
    let say = |id: ReasonId, who: &str| {
        let text = format!("{}: cannot be read: {}", statement.digest, statement.why);
        let reason = Reason::new(id, text).by(who);
        reason
            .with_key(statement.key.as_str())
            .about(statement.digest)
    };
    let Some((signer, holder)) = policy.owner(&statement.key) else {
        let text = "a statement by a key that the policy does not know";
        return Reason::new(ReasonId::UnknownKey, text)
            .with_key(statement.key.as_str())
            .about(statement.digest);
    };
    let decides = match holder {
        Holder::Person(id) => policy.decides(id),
        _ => false,
    };
    let live = !policy.revoked.contains(&statement.key)
        && !revoked.contains(&statement.key)
        && !policy.log.ignore.contains(&statement.digest);
    if decides && live && in_range {
        say(ReasonId::UnreadableStatement, &signer.principal)
    } else {
        say(ReasonId::UnreadableIgnored, &signer.principal)
    }
}

impl ReasonId {
    /// The reason for this failure of the strict reading.
    pub(super) fn of_doubt(why: &str) -> Self {
        if why.contains("unknown field") {
            Self::UnknownField
        } else {
            Self::NonCanonical
        }
    }
}

impl Policy {
    /// Whether this person holds a role in some `from`.
    pub fn decides(&self, person: &str) -> bool {
        let mut from: Vec<&[String]> = self
            .rules
            .iter()
            .map(|r| r.demands.from.as_slice())
            .collect();
        from.push(&self.policy_change.from);
        let exceptions = [&self.override_, &self.break_glass];
        from.extend(exceptions.into_iter().flatten().map(|e| e.from.as_slice()));
        from.extend(self.automation.values().map(|a| a.from.as_slice()));
        let roles = self
            .people
            .get(person)
            .map(|person| person.roles.as_slice());
        let roles = roles.unwrap_or_default();
        from.iter()
            .any(|from| roles.iter().any(|role| from.contains(role)))
    }

    /// Whether this policy may follow `parent`: its version must be greater.
    pub fn check_succession(&self, parent: &Self) -> Result<(), Reason> {
        if self.version > parent.version {
            return Ok(());
        }
        let text = format!(
            "version {} does not follow {}",
            self.version, parent.version
        );
        Err(Reason::new(ReasonId::PolicyRollback, text))
    }
}
