//! Whether one approval counts: first for the run at all, then for one rule.

use std::collections::BTreeSet;

use super::facts::{CastFor, Circumstances, Cover, RunFacts, When};
use super::rejection::Objection;
use super::standing::{Standing, Vote};
use super::{Coverage, Demands, Item, Policy, PresenceDemand, Reason, ReasonId, Unreviewable};
use crate::risk::Level;
use crate::verdict::{Answer, Checklist};

/// An approval that counts for the run, whatever the rules ask.
#[derive(Debug, Clone)]
pub(super) struct Approval<'a> {
    pub(super) of: &'a CastFor<'a>,
    pub(super) person: &'a str,
    pub(super) carried: Coverage,
    /// The level its reviewer was shown.
    pub(super) level: Level,
}

impl Approval<'_> {
    /// A reason about this approval.
    fn no(&self, id: ReasonId, text: impl Into<String>) -> Reason {
        refuse(self.of, id, text)
    }
}

/// A reason about this verdict, its reviewer and key.
pub(super) fn refuse(of: &CastFor<'_>, id: ReasonId, text: impl Into<String>) -> Reason {
    Reason::new(id, text)
        .by(of.cast.principal.as_str())
        .with_key(of.cast.key.as_str())
        .about(of.cast.digest)
}

/// Whether this approval counts for the run, and if not, why. Rejections come later.
pub(super) fn for_run<'a>(
    policy: &'a Policy,
    run: &RunFacts,
    of: &'a CastFor<'a>,
    standing: &Standing<'a>,
    at: &Circumstances<'_>,
) -> Result<Approval<'a>, Reason> {
    let cast = of.cast;
    let person = policy
        .permits(&cast.into(), at)
        .map_err(|reason| about(of, reason))?;
    let vote = standing
        .votes()
        .iter()
        .find(|vote| vote.cast.digest == cast.digest && vote.person == person);
    if let Some(reason) = vote.and_then(|vote: &Vote<'a>| standing.undone(vote)) {
        return Err(reason);
    }
    if !of.root_known {
        let root = cast.repository.policy_root;
        let text = format!("its policyRoot {root} is not on this chain");
        return Err(refuse(of, ReasonId::WrongRepo, text));
    }
    let here = cast.target == run.target;
    if !here && !policy.carries(&cast.target, &run.target) {
        let text = format!("it is for {}, not {}", cast.target, run.target);
        return Err(refuse(of, ReasonId::WrongTarget, text));
    }
    let carried = match &of.cover {
        Cover::Carried(carried) if here => *carried,
        // What was approved for another target comes here as if merged, however alike it is.
        Cover::Carried(_) => Coverage::Merge,
        Cover::Not(reason) => {
            let reason = reason.clone().by(cast.principal.as_str());
            return Err(about(of, reason));
        }
        Cover::Unrelated => {
            let text = "it is for another change";
            return Err(refuse(of, ReasonId::StaleRevision, text));
        }
    };
    let Some(made) = &of.made else {
        let text = format!("the commits up to {} are not here", cast.head.commit);
        return Err(refuse(of, ReasonId::ApprovedObjectsMissing, text));
    };
    if policy.makers(made, &run.proposal).contains(person) {
        return Err(refuse(
            of,
            ReasonId::SelfApproval,
            self_approval(policy, person, made),
        ));
    }
    Ok(Approval {
        of,
        person,
        carried,
        level: cast.level.unwrap_or(Level::Critical),
    })
}

/// The reason, with the statement and the key it is about.
fn about(of: &CastFor<'_>, reason: Reason) -> Reason {
    reason.with_key(of.cast.key.as_str()).about(of.cast.digest)
}

/// In which way the person made the change.
pub(super) fn self_approval(policy: &Policy, person: &str, made: &[super::facts::Made]) -> String {
    let is = |address: &str| policy.people_at(address).any(|id| id == person);
    for commit in made {
        let role = if is(&commit.author) {
            "author"
        } else if is(&commit.committer) {
            "committer"
        } else if commit.co_authors.iter().any(|address| is(address)) {
            "co-author"
        } else {
            continue;
        };
        return format!("is {role} of {} (claimed, unauthenticated)", commit.oid);
    }
    "runs the agent that made the change, or signed a commit of it".to_owned()
}

/// Whether this approval counts for what one rule asks, and if not, why.
pub(super) fn for_rule(
    policy: &Policy,
    run: &RunFacts,
    approval: &Approval<'_>,
    demands: &Demands,
    objections: &[Objection<'_>],
    at: &Circumstances<'_>,
) -> Result<(), Reason> {
    rejected(approval, objections)?;
    role(policy, approval, &demands.from)?;
    if approval.carried > demands.coverage {
        let text = format!(
            "it is carried by {}, the rule asks {}",
            approval.carried.as_str(),
            demands.coverage.as_str()
        );
        return Err(approval.no(ReasonId::Coverage, text));
    }
    age(approval, demands, at)?;
    if demands.require_up_to_date {
        let base = approval.of.cast.base.map(|base| base.commit);
        if base != Some(run.first_parent) {
            let text = format!("it stood on another commit than {}", run.first_parent);
            return Err(approval.no(ReasonId::NotUpToDate, text));
        }
    }
    viewed(approval, demands)?;
    checklist(approval, demands)?;
    answered(run, approval, demands)
}

fn rejected(approval: &Approval<'_>, objections: &[Objection<'_>]) -> Result<(), Reason> {
    match objections
        .iter()
        .find(|objection| objection.denies(approval.of.cast))
    {
        Some(objection) => {
            let text = format!(
                "denied by the rejection {} of {}",
                objection.digest(),
                objection.reviewer()
            );
            Err(approval.no(ReasonId::Rejected, text))
        }
        None => Ok(()),
    }
}

fn role(policy: &Policy, approval: &Approval<'_>, from: &[String]) -> Result<(), Reason> {
    let roles = policy
        .people
        .get(approval.person)
        .map(|p| p.roles.as_slice());
    let held: Vec<&String> = roles
        .unwrap_or_default()
        .iter()
        .filter(|role| from.contains(role))
        .collect();
    if held.is_empty() {
        let text = format!("holds none of the roles {}", from.join(", "));
        return Err(approval.no(ReasonId::NoRole, text));
    }
    let proved = approval.of.cast.presence;
    if held.iter().all(|role| policy.presence(role) > proved) {
        let text = format!(
            "as {} the signature must prove a person's presence",
            held[0]
        );
        return Err(approval.no(ReasonId::UserPresence, text));
    }
    Ok(())
}

impl Policy {
    /// What a signature must prove for this role.
    pub(super) fn presence(&self, role: &str) -> PresenceDemand {
        let table = self.roles.get(role);
        table.map_or(PresenceDemand::Optional, |role| role.user_presence)
    }
}

fn age(approval: &Approval<'_>, demands: &Demands, at: &Circumstances<'_>) -> Result<(), Reason> {
    let When::Now(now) = at.when else {
        return Ok(());
    };
    let issued = approval.of.cast.issued_at;
    if now.duration_since(issued) > demands.max_age {
        let text = format!(
            "issued {issued}, the rule's max_age is {:#}",
            demands.max_age
        );
        return Err(approval.no(ReasonId::Expired, text));
    }
    Ok(())
}

fn viewed(approval: &Approval<'_>, demands: &Demands) -> Result<(), Reason> {
    let viewed = approval.of.cast.viewed.clone().unwrap_or_default();
    let (seen, total) = (
        u128::from(viewed.hunks_viewed),
        u128::from(viewed.hunks_total),
    );
    if total > 0 && seen * 100 < u128::from(demands.min_viewed) * total {
        let text = format!(
            "{seen} of {total} hunks seen, the rule asks {} %",
            demands.min_viewed
        );
        return Err(approval.no(ReasonId::MinViewed, text));
    }
    Ok(())
}

fn checklist(approval: &Approval<'_>, demands: &Demands) -> Result<(), Reason> {
    let answers = approval.of.cast.checklist;
    let open = demands
        .checklist
        .iter()
        .find(|item| answers.is_none_or(|answers| item.answer(&answers) != Answer::Pass));
    match open {
        Some(item) => Err(approval.no(
            ReasonId::Checklist,
            format!("{} is not pass", item.as_str()),
        )),
        None => Ok(()),
    }
}

fn answered(run: &RunFacts, approval: &Approval<'_>, demands: &Demands) -> Result<(), Reason> {
    let viewed = approval.of.cast.viewed.as_ref();
    let answered: BTreeSet<&str> = viewed
        .iter()
        .flat_map(|viewed| viewed.acknowledged.iter().map(|answer| answer.id.as_str()))
        .collect();
    let open = |ids: &BTreeSet<String>| {
        let ids = ids.iter().map(String::as_str);
        ids.filter(|id| !answered.contains(id))
            .collect::<Vec<_>>()
            .join(", ")
    };
    if demands.unreviewable == Unreviewable::Ack {
        let left = open(&run.unreviewable);
        if !left.is_empty() {
            let text = format!("content that cannot be read is not acknowledged: {left}");
            return Err(approval.no(ReasonId::Unreviewable, text));
        }
    }
    if demands.acknowledge {
        let left = open(&run.severity3);
        if !left.is_empty() {
            return Err(approval.no(ReasonId::Unanswered, format!("not answered: {left}")));
        }
    }
    Ok(())
}

impl Item {
    /// The item as the policy writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Correctness => "correctness",
            Self::Security => "security",
            Self::Performance => "performance",
        }
    }

    /// The answer to this item.
    pub const fn answer(self, answers: &Checklist) -> Answer {
        match self {
            Self::Correctness => answers.correctness,
            Self::Security => answers.security,
            Self::Performance => answers.performance,
        }
    }
}

impl Coverage {
    /// The level as the policy and the gate's JSON write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Tree => "tree",
            Self::Content => "content",
            Self::Merge => "merge",
        }
    }
}
