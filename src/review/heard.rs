//! The statements as the rules see them.

use crate::evidence::Statements;
pub(super) use crate::policy::advised as circumstances;
use crate::policy::{Cast, Heard, Lift};
use crate::verdict::Verified;

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
