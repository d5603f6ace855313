//! The keys of what the rules let pass otherwise: overrides, break-glass, other targets.

use super::super::glasses::{glass, hours};
use super::super::lifts::lift;
use super::super::scene::*;
use super::{Case, END, case};

/// Rejected by Alice; Bob and Carol each signed an override.
fn overridden(scene: &mut Scene) {
    scene.casts.push(reject("alice", 3));
    scene.lifts = vec![lift("bob", 21), lift("carol", 22)];
}

/// Approved by nobody; Bob and Carol each signed a break-glass.
fn broken(scene: &mut Scene) {
    scene.casts.clear();
    scene.glasses = vec![glass("bob", 31), glass("carol", 32)];
}

pub(super) const CASES: &[Case] = &[
    case(
        "target.<ref>.accept_from",
        (
            END,
            "[target.\"refs/heads/main\"]\naccept_from = [\"refs/heads/release/*\"]",
        ),
        |scene| scene.casts[0].target = "refs/heads/release/1".to_owned(),
    ),
    case(
        "break_glass.from",
        (END, "[break_glass]\nfrom = [\"senior\"]\napprovals = 2"),
        broken,
    ),
    case(
        "break_glass.approvals",
        (END, "[break_glass]\nfrom = [\"senior\"]\napprovals = 1"),
        |scene| {
            broken(scene);
            scene.glasses.truncate(1);
        },
    ),
    case(
        "break_glass.max_validity",
        (
            END,
            "[break_glass]\nfrom = [\"senior\"]\napprovals = 2\nmax_validity = \"6h\"",
        ),
        |scene| {
            broken(scene);
            let early = now() - hours(5);
            scene
                .glasses
                .iter_mut()
                .for_each(|one| one.issued_at = early);
        },
    ),
    case(
        "override.from",
        (END, "[override]\nfrom = [\"senior\"]\napprovals = 2"),
        overridden,
    ),
    case(
        "override.approvals",
        (END, "[override]\nfrom = [\"senior\"]\napprovals = 1"),
        |scene| {
            overridden(scene);
            scene.lifts.truncate(1);
        },
    ),
];
