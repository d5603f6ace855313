//! What a policy asks and the caller of these rules does not enforce. Such a policy has no answer,
//! rather than a weaker one. The gate enforces all of it; what is a permission (`automation`, a `revert`
//! that asks fewer) a caller may leave ungranted, and that is safe.

use super::Policy;
use super::facts::{Circumstances, Restored, RunFacts, When};

/// The requirements in force for this run that are not enforced, as dotted keys.
pub(super) fn unsupported(policy: &Policy, run: &RunFacts, at: &Circumstances<'_>) -> Vec<String> {
    if at.when == When::History {
        return Vec::new();
    }
    let enforced = at.enforces;
    let revert_asks_more = policy
        .rules
        .iter()
        .any(|rule| policy.revert > Some(rule.demands.approvals));
    let asked = [
        (
            !policy.scope.markers.is_empty() && !enforced.markers,
            "scope.markers",
        ),
        (
            !policy.risk.rules.is_empty() && !enforced.risk_rules,
            "risk.rules",
        ),
        (
            revert_asks_more && run.restored == Restored::Unknown,
            "revert.approvals",
        ),
    ];
    let open = asked.into_iter().filter(|(open, _)| *open);
    open.map(|(_, key)| key.to_owned()).collect()
}
