//! What was approved for another target, and what belongs to one deployable.

use super::{answers, approved, judged, say};
use crate::common::{Ran, World};

const ACCEPT: &str = "[target.\"refs/heads/release/1\"]\naccept_from = [\"refs/heads/main\"]\n";

/// What the gate says of a release branch.
fn released(world: &World, to: &str) -> Ran {
    world.bob.countersign(&["sync"]).ok();
    let range = format!("{}..{to}", world.root);
    let root = &world.root;
    let target = "release/1";
    let words = [
        "gate",
        "--json",
        "--target",
        target,
        "--policy-root",
        root,
        &range,
    ];
    world.bob.countersign(&words)
}

/// The head on a release branch that has something of its own.
fn backported(world: &World, head: &str) -> String {
    let bob = &world.bob;
    bob.git(&["checkout", "-q", "-B", "release/1", &world.root]);
    bob.write("CHANGES.md", "A release.\n");
    bob.commit_signed("Begin a release");
    bob.git(&["merge", "-q", "--no-ff", "-m", "Backport", head]);
    bob.oid("HEAD")
}

#[test]
fn r02_an_approval_for_another_target_counts_only_where_the_policy_accepts_it() {
    let world = World::new();
    let head = approved(&world);
    let there = backported(&world, &head);
    answers(&released(&world, &there), 8, "E-WRONG-TARGET");

    let world = World::with_policy(|policy| policy.tables = ACCEPT.to_owned());
    let head = approved(&world);
    let there = backported(&world, &head);
    let ran = released(&world, &there);
    answers(&ran, 0, "");
    let report = ran.json();
    let run = &report["runs"][1];
    assert_eq!(run["approvals"][0]["carried"], "merge", "{report:#}");
}

#[test]
fn r02_what_is_accepted_comes_by_merge_and_one_way() {
    let world = World::with_policy(|policy| {
        policy.tables = ACCEPT.to_owned();
        policy.defaults = "coverage = \"content\"".to_owned();
    });
    let head = approved(&world);
    let there = backported(&world, &head);
    answers(&released(&world, &there), 8, "E-COVERAGE");
    let landed = {
        world
            .bob
            .git(&["checkout", "-q", "-B", "main", &world.root]);
        world.bob.land_merge(&head)
    };
    answers(&judged(&world, &world.root, &landed), 0, "");

    let other_way = ACCEPT.replace("refs/heads/main", "refs/heads/release/2");
    let world = World::with_policy(|policy| policy.tables = other_way);
    let head = approved(&world);
    let there = backported(&world, &head);
    answers(&released(&world, &there), 8, "E-WRONG-TARGET");
}

#[test]
fn r02_what_the_backport_adds_is_not_what_was_approved() {
    let world = World::with_policy(|policy| policy.tables = ACCEPT.to_owned());
    let head = approved(&world);
    backported(&world, &head);
    world.bob.write("src/app.py", "def main():\n    return 5\n");
    world.bob.git(&["add", "-A"]);
    world.bob.git(&["commit", "-q", "--amend", "--no-edit"]);
    answers(&released(&world, &world.bob.oid("HEAD")), 8, "E-WRONG-BASE");
}

const PARTS: &str =
    "[deployable.app]\npaths = [\"src/**\"]\n[deployable.net]\npaths = [\"infra/**\"]\n";

fn parts() -> World {
    World::with_policy(|policy| policy.tables = PARTS.to_owned())
}

fn of_part(world: &World, part: &str, to: &str) -> Ran {
    world.bob.git(&["fetch", "-q", "origin"]);
    let range = format!("{}..{to}", world.root);
    let mut words = vec!["gate", "--fetch", "--target", "main", "--policy-root"];
    words.extend([&*world.root, "--deployable", part, &range, "--json"]);
    world.bob.countersign(&words)
}

/// A change of the network that nobody approved.
fn net_lands(world: &World) -> String {
    let head = world.queue("net", "infra/lb.yaml", "kind: Service\n");
    world.bob.fetch_queue("net", 1);
    world.bob.land_merge(&head)
}

#[test]
fn a_deployable_waits_for_what_touches_it_and_for_nothing_else() {
    let world = parts();
    let landed = net_lands(&world);
    answers(&of_part(&world, "net", &landed), 8, "E-UNAPPROVED");
    let ran = of_part(&world, "app", &landed);
    answers(&ran, 0, "");
    let report = ran.json();
    assert_eq!(report["deployable"], "app");
    assert_eq!(report["runs"][0]["standing"], "not-applicable");
    answers(&judged(&world, &world.root, &landed), 8, "E-UNAPPROVED");
    let range = format!("{}..{landed}", world.root);
    let mut words = vec!["gate", "--target", "main", "--policy-root"];
    words.extend([&*world.root, "--deployable", "app", &range]);
    let said = world.bob.countersign(&words).exits(0);
    let last = said.stdout.lines().last().unwrap();
    assert_eq!(last, format!("verified-oid={landed} deployable=app"));
}

#[test]
fn a_deployable_is_touched_by_what_comes_and_goes_and_by_what_leaves() {
    let world = parts();
    let bob = &world.bob;
    bob.git(&["mv", "infra/lb.yaml", "lb.yaml"]);
    let moved = bob.commit("Move it away");
    bob.push_main();
    answers(&of_part(&world, "net", &moved), 8, "E-UNAPPROVED");
    bob.git(&["mv", "lb.yaml", "infra/lb.yaml"]);
    let back = bob.commit("And back");
    bob.push_main();
    answers(&of_part(&world, "net", &back), 8, "E-UNAPPROVED");
    answers(&of_part(&world, "app", &back), 0, "");
}

#[test]
fn every_change_of_the_policy_is_judged_for_every_deployable() {
    let world = parts();
    let text = world.alice.git(&["show", "HEAD:.countersign/policy.toml"]);
    let text = text
        .replace("version = 1", "version = 2")
        .replace("src/**", "lib/**");
    world.alice.write(".countersign/policy.toml", text + "\n");
    world.alice.commit("Loosen");
    world.alice.push_main();
    world.agent.git(&["pull", "-q", "origin", "main"]);
    world
        .agent
        .commit_by_ai("src/app.py", "def main():\n    return 7\n", "Sneak");
    let landed = world.agent.push_main();
    let ran = of_part(&world, "app", &landed);
    answers(&ran, 8, "E-POLICY-UNAUTHORISED");
    assert_eq!(ran.json()["runs"][1]["standing"], "unsatisfied");
    answers(&of_part(&world, "net", &landed), 8, "E-POLICY-UNAUTHORISED");
}

#[test]
fn an_unknown_deployable_is_a_mistake_that_names_the_known_ones() {
    let world = parts();
    let landed = net_lands(&world);
    let refused = of_part(&world, "web", &landed).exits(2);
    assert!(
        refused.stderr.contains("there is app, net"),
        "{}",
        refused.stderr
    );
    say(&world.alice, "approve", "net");
    answers(&of_part(&world, "net", &landed), 0, "");
}
