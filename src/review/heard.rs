//! The statements as the rules see them, and how a client judges.

use jiff::Timestamp;

use crate::evidence::Statements;
use crate::policy::{Cast, Circumstances, Enforces, Heard, Lift, Policy, When};
use crate::verdict::Verified;

/// How a client judges: now, by the keys its policy revokes.
pub(super) fn circumstances(policy: &Policy, now: Timestamp) -> Circumstances<'_> {
    Circumstances {
        when: When::Now(now),
        lifts: &[],
        revoked: &policy.revoked,
        enforces: Enforces {
            markers: true,
            risk_rules: true,
            ..Enforces::default()
        },
    }
}

/// The verdicts among the statements, as the rules see them.
pub(super) fn casts(statements: &Statements) -> Vec<Cast> {
    let heard = statements
        .verified
        .iter()
        .map(|verified: &Verified| Heard::of(verified));
    heard
        .filter_map(|heard| match heard {
            Heard::Verdict(cast) => Some(*cast),
            _ => None,
        })
        .collect()
}

/// The overrides among the statements.
pub(super) fn lifts(statements: &Statements) -> Vec<Lift> {
    statements.verified.iter().filter_map(Lift::of).collect()
}
