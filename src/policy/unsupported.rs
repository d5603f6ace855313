//! What a policy asks that nobody here enforces. Such a policy has no answer, rather than a weaker
//! one. What is a permission (`automation`, `accept_from`, `override`, `break_glass`, a `revert`
//! that asks fewer) is simply not granted, and that is safe.

use super::Policy;
use super::facts::{Circumstances, RunFacts, When};

/// The requirements in force for this run that are not enforced, as dotted keys.
pub(super) fn unsupported(policy: &Policy, run: &RunFacts, at: &Circumstances<'_>) -> Vec<String> {
    if at.when == When::History {
        return Vec::new();
    }
    let enforced = at.enforces;
    let most = policy.rules.iter().map(|rule| rule.demands.approvals).max();
    let revert_asks_more = policy.revert.is_some() && policy.revert > most;
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
            revert_asks_more && run.restored.is_none(),
            "revert.approvals",
        ),
    ];
    let open = asked.into_iter().filter(|(open, _)| *open);
    open.map(|(_, key)| key.to_owned()).collect()
}
