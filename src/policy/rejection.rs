//! Which rejections stand against a run, and which approvals they deny.

use super::facts::{CastFor, Relation};
use super::standing::{Standing, Vote};
use super::{Cast, Policy, Reason, ReasonId, RejectReach, Rule};
use crate::change::Sha256;
use crate::verdict::VerdictKind;

/// A standing rejection by somebody whom a matching rule lets decide.
#[derive(Debug, Clone)]
pub struct Objection<'a> {
    vote: &'a Vote<'a>,
    /// Whether it denies approvals of later revisions of the change.
    veto: bool,
    relation: Relation,
}

impl<'a> Objection<'a> {
    /// The rejection's payload digest.
    pub fn digest(&self) -> Sha256 {
        self.vote.cast.digest
    }

    /// The rejecting person's principal, as the statement names it.
    pub fn reviewer(&self) -> &'a str {
        self.vote.cast.principal.as_str()
    }

    /// The rejection.
    pub fn cast(&self) -> &'a Cast {
        self.vote.cast
    }

    /// Whether it denies the run itself, by its head or its content. What the run only passes through
    /// is like an earlier revision of what it ends with: the veto denies it, and ends with the veto.
    pub fn denies_run(&self) -> bool {
        match self.relation {
            Relation::Head => !self.vote.out_for_head,
            Relation::Content => !self.vote.out_for_content,
            Relation::Inside => self.veto,
            Relation::Other => false,
        }
    }

    /// Whether it denies this approval: the same head, the same content, or, as a veto, a revision
    /// of the same change that is not an earlier one.
    pub(super) fn denies(&self, approval: &Cast) -> bool {
        let rejected = self.vote.cast;
        let later = approval.change.id == rejected.change.id
            && approval.change.revision >= rejected.change.revision;
        self.vote.bears_on(approval) || (self.veto && later)
    }

    /// Why the run is denied.
    pub(super) fn reason(&self) -> Reason {
        let cast = self.vote.cast;
        let what = match self.relation {
            Relation::Head => format!("commit {}", cast.head.commit),
            Relation::Inside => format!("commit {}, on the way,", cast.head.commit),
            _ => format!("the content of {}@{}", cast.change.id, cast.change.revision),
        };
        Reason::new(ReasonId::Rejected, format!("{what} was rejected"))
            .by(cast.principal.as_str())
            .with_key(cast.key.as_str())
            .about(cast.digest)
    }
}

/// The rejections that stand against this run under these rules, which all match it.
pub(super) fn standing_against<'a>(
    policy: &Policy,
    rules: &[&Rule],
    standing: &'a Standing<'a>,
    casts: &[CastFor<'_>],
) -> Vec<Objection<'a>> {
    let rejections = standing
        .votes()
        .iter()
        .filter(|vote| vote.cast.kind == VerdictKind::Reject && !vote.is_out());
    let mut objections = Vec::new();
    for vote in rejections {
        let Some(person) = policy.people.get(vote.person) else {
            continue;
        };
        let mut decides = rules.iter().filter(|rule| {
            let from = &rule.demands.from;
            person.roles.iter().any(|role| from.contains(role))
        });
        let mut may = decides.clone();
        if may.next().is_none() {
            continue;
        }
        let relation = casts.iter().find(|of| of.cast.digest == vote.cast.digest);
        objections.push(Objection {
            vote,
            veto: decides.any(|rule| rule.demands.reject == RejectReach::Veto)
                && !standing.veto_lifted(vote),
            relation: relation.map_or(Relation::Other, |of| of.relation),
        });
    }
    objections
}
