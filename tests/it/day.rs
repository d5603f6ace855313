//! A day with it, from the outside: a change is queued, rejected, mended, approved, landed and let
//! through.

use crate::common::{Ran, World};

/// What the gate says of `range`, asked in Bob's clone.
fn gate(world: &World, range: &str) -> Ran {
    let words = [
        "gate",
        "--fetch",
        "--target",
        "main",
        "--policy-root",
        &world.root,
        range,
    ];
    world.bob.countersign(&words)
}

/// The state of the only change, as Alice's clone knows it.
fn state(world: &World) -> String {
    let ran = world
        .alice
        .countersign(&["list", "--json", "--all"])
        .exits(0);
    let list = ran.json();
    assert_eq!(list["schema"], "countersign/list/1");
    let changes = list["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{list}");
    changes[0]["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_change_is_rejected_mended_approved_landed_and_deployed() {
    let world = World::new();
    world.queue("fix-lb", "infra/lb.yaml", "kind: Service\n");
    world.alice.countersign(&["sync"]).exits(0);
    assert_eq!(state(&world), "pending");

    let words = ["reject", "fix-lb@1", "-m", "The health check is gone."];
    let said = world.alice.countersign(&words).ok();
    assert!(said.starts_with("pushed "), "{said}");
    assert_eq!(state(&world), "rejected");

    world.agent.commit_by_ai(
        "infra/lb.yaml",
        "kind: Service\nhealthCheck: /health\n",
        "Keep the check",
    );
    let head = world.agent.push_queue("fix-lb", 2);
    world.alice.countersign(&["sync"]).exits(0);
    assert_eq!(state(&world), "stale");

    let words = ["approve", "fix-lb@2", "-m", "Good now.", "--head", &head];
    world.alice.countersign(&words).exits(0);
    assert_eq!(state(&world), "approved");

    let landed = world
        .bob
        .land_squash(&world.bob.fetch_queue("fix-lb", 2), "Fix the balancer");
    let said = gate(&world, &format!("{}..{landed}", world.root)).ok();
    let last = said.lines().last().unwrap();
    assert_eq!(last, format!("verified-oid={landed}"), "{said}");
    world.alice.git(&["fetch", "-q", "origin"]);
    assert_eq!(state(&world), "landed");
}

#[test]
fn the_gate_waits_for_an_approval_and_names_who_could_give_it() {
    let world = World::new();
    let head = world.queue("fix-lb", "infra/lb.yaml", "kind: Service\n");
    let landed = world.bob.land_merge(&world.bob.fetch_queue("fix-lb", 1));
    let range = format!("{}..{landed}", world.root);
    let ran = gate(&world, &range).exits(8);
    assert!(!ran.stdout.contains("verified-oid="), "{}", ran.stdout);
    assert!(ran.stdout.contains("could: alice bob"), "{}", ran.stdout);

    world.alice.countersign(&["sync"]).exits(0);
    world
        .alice
        .countersign(&["approve", "fix-lb@1", "-m", "Fine.", "--head", &head])
        .exits(0);
    assert!(
        gate(&world, &range)
            .ok()
            .ends_with(&format!("verified-oid={landed}\n"))
    );
}

#[test]
fn what_a_person_signed_needs_no_verdict() {
    let world = World::new();
    world
        .alice
        .write("src/app.py", "def main():\n    return 2\n");
    let signed = world.alice.commit_signed("By hand");
    world.alice.push_main();
    world.bob.git(&["fetch", "-q", "origin"]);
    gate(&world, &format!("{}..{signed}", world.root)).exits(0);

    world
        .alice
        .write("src/app.py", "def main():\n    return 3\n");
    let unsigned = world.alice.commit("By hand, unsigned");
    world.alice.push_main();
    world.bob.git(&["fetch", "-q", "origin"]);
    gate(&world, &format!("{signed}..{unsigned}",)).exits(8);
}
