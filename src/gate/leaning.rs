//! What landed on approvals by certain keys: found by judging history twice, as it is and as if those
//! keys had never counted.

use crate::evidence::Trusted;
use crate::policy::{Decision, Reason};
use crate::verdict::Verifier;

use super::simulate::{Foreseen, Trial, simulate};

/// A run that an approval by one of the keys counts for.
#[derive(Debug)]
pub struct Leaned {
    /// The run, as it was judged with the keys.
    pub run: Foreseen,
    /// What it comes to without them.
    pub without: Decision,
}

impl Leaned {
    /// The approvals by these keys that it counts, as labels: person and digest.
    pub fn lost<'a>(
        &'a self,
        keys: &'a [String],
    ) -> impl Iterator<Item = &'a super::ApprovalReport> + 'a {
        let approvals = self.run.report.approvals.iter();
        approvals.filter(|approval| keys.contains(&approval.key))
    }
}

/// The runs of a trial that count an approval by one of these keys, oldest first; `after` is the policy
/// that revokes them.
///
/// # Errors
/// The reasons why nothing can be said.
pub fn leaning(
    trial: &Trial<'_>,
    after: &Trusted,
    keys: &[String],
    verifier: &dyn Verifier,
) -> Result<Vec<Leaned>, Vec<Reason>> {
    let counts = |run: &Foreseen| {
        let mut approvals = run.report.approvals.iter();
        approvals.any(|approval| keys.contains(&approval.key))
    };
    let with = simulate(trial, verifier)?;
    let with: Vec<Foreseen> = with.runs.into_iter().filter(counts).collect();
    if with.is_empty() {
        return Ok(Vec::new());
    }
    let supposed = Trial {
        policy: after,
        ..*trial
    };
    let without = simulate(&supposed, verifier)?;
    let leaned = with.into_iter().map(|run| {
        let mut same = without.runs.iter();
        let same = same.find(|other| other.report.last == run.report.last);
        Leaned {
            without: same.map_or(Decision::Pending, |other| other.decision),
            run,
        }
    });
    Ok(leaned.collect())
}
