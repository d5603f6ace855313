//! What moves while somebody reads: the sheet is about the commits that were shown, and nothing that a
//! host or a push puts in their place is signed (row T02).

use super::{outbox, sheet};
use crate::common::{Screen, World};

const QUEUED: &str = "refs/countersign/queue/try-it/1";

/// What the gate says of a commit in Bob's clone.
fn gate(world: &World, landed: &str) -> Option<i32> {
    world.bob.countersign(&["sync"]).ok();
    let range = format!("{}..{landed}", world.root);
    let words = ["gate", "--target", "main", "--policy-root"];
    let words = [&words[..], &[&world.root, &range]].concat();
    world.bob.countersign(&words).code
}

/// Every ref of Alice's that names this commit, put to another one.
fn put_elsewhere(world: &World, from: &str, to: &str) {
    world.alice.git(&["fetch", "-q", "origin", to]);
    let format = "--format=%(objectname) %(refname)";
    let refs = world.alice.git(&["for-each-ref", format]);
    let named: Vec<&str> = refs
        .lines()
        .filter_map(|row| row.strip_prefix(from)?.strip_prefix(' '))
        .collect();
    assert!(!named.is_empty(), "{refs}");
    for name in named {
        world.alice.git(&["update-ref", name, to]);
    }
}

fn signed(screen: &mut Screen, world: &World) -> serde_json::Value {
    screen.send("\r");
    screen.wait_for("approved, still here only");
    let payloads = outbox(&world.alice.dir);
    let [payload] = payloads.as_slice() else {
        panic!("{payloads:?}");
    };
    payload["predicate"].clone()
}

#[test]
fn a_ref_that_moves_under_the_sheet_moves_nothing_that_is_signed() {
    let world = World::new();
    let mut screen = sheet(&world, 120, 50);
    let shown = world.remote_ref(QUEUED).unwrap();
    // The host puts another commit under the name that is on the sheet.
    world.agent.start("evil");
    let text = "def main():\n    return evil()\n";
    let evil = world
        .agent
        .commit_by_ai("src/app.py", text, "Change src/app.py");
    let forced = format!("+{evil}:{QUEUED}");
    world.agent.git(&["push", "-q", "origin", &forced]);
    put_elsewhere(&world, &shown, &evil);
    let said = signed(&mut screen, &world);
    assert_eq!(said["head"]["gitCommit"], shown.as_str());
    let tree = world.alice.oid(&format!("{shown}^{{tree}}"));
    assert_eq!(said["head"]["gitTree"], tree.as_str());
    world.alice.countersign(&["sync"]).ok();
    // The approval is for what was shown, and for nothing else.
    world.bob.git(&["fetch", "-q", "origin", &evil]);
    world.bob.git(&[
        "fetch",
        "-q",
        &world.alice.dir.display().to_string(),
        &shown,
    ]);
    assert_eq!(gate(&world, &evil), Some(8));
    assert_eq!(gate(&world, &shown), Some(0));
}
