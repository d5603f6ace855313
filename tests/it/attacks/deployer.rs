//! What the deployer holds against everybody else: a floor below every policy, and when something
//! older may go (rows P09 and R16).

use super::log::asked;
use super::{answers, approved, forge, say};
use crate::common::{Policy, Ran, World};

const NOTES: &str = "refs/notes/countersign";

/// The gate with a floor of this text.
fn with_floor(world: &World, floor: &str, from: &str, to: &str) -> Ran {
    let file = world.sandbox.path("floor.toml");
    std::fs::write(&file, floor).unwrap();
    let floor = format!("--floor={}", file.display());
    asked(world, &[&floor], from, to)
}

#[test]
fn a_policy_below_the_deployers_floor_is_denied() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    let gate = |floor: &str| {
        let floor = format!("schema = 1\n{floor}\n");
        with_floor(&world, &floor, &world.root, &landed)
    };
    for less in [
        "approvals = 2",
        "coverage = \"content\"",
        "max_age = \"29d\"",
        "forbidden_modes = [\"flagged\", \"unless-human-signed\"]",
        "policy_approvals = 3",
        "pins = \"required\"",
        "checkpoint_max_age = \"7d\"",
    ] {
        let ran = gate(less);
        answers(&ran, 1, "E-POLICY-FLOOR");
        assert_eq!(ran.json()["runs"][0]["standing"], "satisfied", "{less}");
    }
    for met in [
        "approvals = 1",
        "coverage = \"merge\"",
        "max_age = \"30d\"",
        "forbidden_modes = [\"flagged\"]",
        "policy_approvals = 2",
        "break_glass = \"forbidden\"",
    ] {
        answers(&gate(met), 0, "");
    }
}

#[test]
fn a_floor_is_not_met_by_a_rule_for_some_paths_or_levels() {
    let world = World::with_policy(|policy| {
        policy.tables = "[[rule]]\nname = \"src\"\npaths = [\"src/**\"]\napprovals = 2\n\
                         [[rule]]\nname = \"high\"\nrisk = \"high\"\napprovals = 2\n\
                         [[rule]]\nname = \"elsewhere\"\ntargets = [\"refs/heads/release/*\"]\napprovals = 2\n"
            .to_owned();
    });
    let head = approved(&world);
    say(&world.bob, "approve", "return-one");
    let landed = world.bob.land_merge(&head);
    let gate = |floor: &str| with_floor(&world, floor, &world.root, &landed);
    answers(&gate("schema = 1\napprovals = 2\n"), 1, "E-POLICY-FLOOR");
    answers(&gate("schema = 1\napprovals = 1\n"), 0, "");
}

#[test]
fn a_change_that_brings_a_policy_below_the_floor_is_denied_with_all_its_approvals() {
    let world = World::with_policy(|policy| policy.approvals = 2);
    let [alice, bob] = [&world.alice, &world.bob].map(|one| one.key.as_ref().unwrap());
    let mut policy = Policy::new(&[("alice", alice), ("bob", bob), ("carol", &world.carol)]);
    policy.version = 2;
    world.agent.start("policy");
    world.agent.write_policy(&policy);
    world.agent.commit("Ask less");
    world.agent.push_queue("policy", 1);
    say(&world.alice, "approve", "policy");
    say(&world.bob, "approve", "policy");
    let landed = world.agent.push_main();
    answers(&asked(&world, &[], &world.root, &landed), 0, "");
    let floor = "schema = 1\napprovals = 2\n";
    answers(
        &with_floor(&world, floor, &world.root, &landed),
        1,
        "E-POLICY-FLOOR",
    );
}

#[test]
fn a_floor_that_cannot_be_read_to_the_letter_is_no_answer() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    for bad in ["", "schema = 1\napproval = 2\n", "schema = 2\n"] {
        answers(
            &with_floor(&world, bad, &world.root, &landed),
            3,
            "E-POLICY-FLOOR",
        );
    }
    let missing = asked(&world, &["--floor=/nowhere/at/all"], &world.root, &landed);
    answers(&missing, 3, "E-POLICY-FLOOR");
}

/// Two changes that landed one after the other, both approved: the older and the newer state.
fn two_landed(world: &World) -> (String, String) {
    let head = approved(world);
    let older = world.bob.land_merge(&head);
    world.bob.git(&["fetch", "-q", "origin"]);
    world.agent.git(&["fetch", "-q", "origin"]);
    world.queue("return-two", "src/two.py", "TWO = 2\n");
    say(&world.alice, "approve", "return-two");
    let head = world.bob.fetch_queue("return-two", 1);
    let newer = world.bob.land_merge(&head);
    answers(&asked(world, &[], &world.root, &newer), 0, "");
    (older, newer)
}

const BACK: &[&str] = &["--allow-rollback"];

#[test]
fn an_older_candidate_goes_only_where_that_is_allowed_and_it_is_judged_again() {
    let world = World::new();
    let (older, newer) = two_landed(&world);
    answers(&asked(&world, &[], &newer, &older), 1, "E-NOT-DESCENDANT");
    let ran = asked(&world, BACK, &newer, &older);
    answers(&ran, 0, "W-ROLLBACK");
    assert_eq!(ran.json()["verifiedOid"], older);
    // What was found wrong since stands against it.
    say(&world.bob, "reject", "return-one");
    answers(&asked(&world, BACK, &newer, &older), 1, "E-REJECTED");
    say(&world.bob, "withdraw", "return-one");
    answers(&asked(&world, BACK, &newer, &older), 0, "");
    say(&world.alice, "withdraw", "return-one");
    answers(&asked(&world, BACK, &newer, &older), 8, "E-UNAPPROVED");
}

#[test]
fn going_back_permits_nothing_that_is_not_behind_what_is_deployed() {
    let world = World::new();
    let (older, newer) = two_landed(&world);
    // A commit of its own on the older state, and the root itself.
    world.agent.git(&["checkout", "-q", "-B", "aside", &older]);
    let aside = world.agent.commit_by_ai("src/x.py", "X = 1\n", "Aside");
    world.agent.push_queue("aside", 1);
    world.bob.fetch_queue("aside", 1);
    answers(&asked(&world, BACK, &newer, &aside), 1, "E-NOT-DESCENDANT");
    answers(
        &asked(&world, BACK, &newer, &world.root),
        1,
        "E-NOT-DESCENDANT",
    );
    // Forward it changes nothing.
    answers(&asked(&world, BACK, &older, &newer), 0, "");
    answers(&asked(&world, BACK, &older, &aside), 8, "E-UNAPPROVED");
}

#[test]
fn the_middle_of_what_was_approved_as_a_whole_is_nothing_to_go_back_to() {
    let world = World::new();
    world.agent.start("two-steps");
    let middle = world.agent.commit_by_ai("src/a.py", "A = 1\n", "One half");
    world
        .agent
        .commit_by_ai("src/b.py", "B = 1\n", "Other half");
    world.agent.push_queue("two-steps", 1);
    say(&world.alice, "approve", "two-steps");
    let whole = world.agent.push_main();
    answers(&asked(&world, &[], &world.root, &whole), 0, "");
    answers(&asked(&world, BACK, &whole, &middle), 8, "E-UNAPPROVED");
}

#[test]
fn an_approval_does_not_age_for_the_way_back() {
    let world = World::new();
    let (older, newer) = two_landed(&world);
    // The same approval, as it was signed long ago, is all there is.
    let first = world
        .remote_ref("refs/countersign/queue/return-one/1")
        .unwrap();
    let payload = forge::payload(&world, &first, "approve");
    let (before, rest) = payload.split_once("\"issuedAt\":\"").unwrap();
    let (_, after) = rest.split_once('"').unwrap();
    let old = format!("{before}\"issuedAt\":\"2026-01-02T03:04:05Z\"{after}");
    let second = world
        .remote_ref("refs/countersign/queue/return-two/1")
        .unwrap();
    let kept = world.agent.git(&["notes", "--ref", NOTES, "show", &second]);
    for store in [&world.remote, &world.agent.dir] {
        world.sandbox.git(store, &["update-ref", "-d", NOTES]);
    }
    std::fs::remove_dir_all(world.sandbox.path("xdg/cache/countersign/remotes")).unwrap();
    let line = forge::line(&world, world.alice.key.as_ref().unwrap(), &old);
    forge::publish(&world, &first, &line);
    forge::publish(&world, &second, kept.trim());
    let none = ["--no-pins"];
    answers(&asked(&world, &none, &world.root, &older), 8, "E-EXPIRED");
    answers(
        &asked(&world, &["--no-pins", BACK[0]], &newer, &older),
        0,
        "W-ROLLBACK",
    );
}
