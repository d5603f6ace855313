//! Whether a run needs a verdict at all: the three modes of `scope.mode`.

use serde::{Serialize, Serializer};

use super::facts::{CastFor, Circumstances, Made, Relation, RunFacts};
use super::{Mode, Policy};

/// Whether the rules apply to a run. `policy_change` and standing rejections always do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    /// The rules apply.
    Yes,
    /// Exempt: every commit is by an exempt person, signed and without a marker.
    HumanSigned,
    /// Exempt: mode `flagged`, and nothing says that it is AI's.
    NotFlagged,
}

impl Applies {
    /// The word for a report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::HumanSigned => "human-signed",
            Self::NotFlagged => "not-flagged",
        }
    }
}

impl Serialize for Applies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Whether the rules apply to this run.
pub fn applies(
    policy: &Policy,
    run: &RunFacts,
    casts: &[CastFor<'_>],
    at: &Circumstances<'_>,
) -> Applies {
    match policy.scope.mode {
        Mode::All => Applies::Yes,
        Mode::UnlessHumanSigned => {
            let marked = run.ai || run.commits.iter().any(|made| made.marker);
            let signed = |commits: &[Made]| {
                !commits.is_empty() && commits.iter().all(|made| exempt(policy, made, at))
            };
            let carried = run.signed_revision.as_deref().is_some_and(signed);
            if !marked && (signed(&run.commits) || carried) {
                Applies::HumanSigned
            } else {
                Applies::Yes
            }
        }
        Mode::Flagged => {
            let spoken = casts
                .iter()
                .any(|of| of.relation != Relation::Other && policy.owner(&of.cast.key).is_some());
            if run.ai || spoken || run.commits.iter().any(|made| flagged(policy, made)) {
                Applies::Yes
            } else {
                Applies::NotFlagged
            }
        }
    }
}

/// Whether an exempt person signed this commit, and nobody else is its author.
fn exempt(policy: &Policy, made: &Made, at: &Circumstances<'_>) -> bool {
    let is_exempt = |id: &str| policy.scope.exempt_humans.iter().any(|human| human == id);
    let signer = made.signer.as_deref();
    let signed = signer.and_then(|key| policy.commit_signer(key, at));
    let author = policy.people_at(&made.author).any(is_exempt);
    signed.is_some_and(is_exempt) && author && !flagged(policy, made)
}

/// Whether the commit itself says that it is AI's.
fn flagged(policy: &Policy, made: &Made) -> bool {
    made.marker || policy.by_agent(made)
}

impl Policy {
    /// Whether an agent of the policy made this commit, by an address on it.
    pub(crate) fn by_agent(&self, made: &Made) -> bool {
        let addresses = [&made.author, &made.committer];
        let mut all = addresses.into_iter().chain(&made.co_authors);
        let agents = || self.agents.values().flat_map(|agent| &agent.emails);
        all.any(|address| agents().any(|own| own.eq_ignore_ascii_case(address)))
    }
}
