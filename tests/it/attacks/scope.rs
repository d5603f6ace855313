//! What an approval reaches, and what it does not.

use super::{answers, approved, judged, say};
use crate::common::World;

#[test]
fn an_approval_reaches_its_content_however_it_lands() {
    let world = World::new();
    let head = approved(&world);
    let merged = world.bob.land_merge(&head);
    answers(&judged(&world, &world.root, &merged), 0, "");

    let other = World::new();
    let head = approved(&other);
    other.alice.write("docs.md", "Beside it.\n");
    other.alice.commit_signed("Something else first");
    other.alice.push_main();
    let squashed = other.bob.land_squash(&head, "Squashed");
    answers(&judged(&other, &other.root, &squashed), 0, "");
}

#[test]
fn an_approval_does_not_reach_an_edit_made_while_landing() {
    let world = World::new();
    let head = approved(&world);
    world.bob.start("landing");
    world.bob.git(&["merge", "-q", "--squash", &head]);
    world.bob.write("src/app.py", "def main():\n    return 9\n");
    world.bob.commit("Squashed, and a little more");
    let landed = world.bob.push_main();
    answers(&judged(&world, &world.root, &landed), 8, "E-UNAPPROVED");
}

#[test]
fn an_evil_merge_is_judged_by_what_it_leaves() {
    let world = World::new();
    let head = approved(&world);
    world.bob.start("landing");
    world
        .bob
        .git(&["merge", "-q", "--no-ff", "--no-commit", &head]);
    world.bob.write("infra/lb.yaml", "kind: Service\n");
    world.bob.commit("Merge");
    let landed = world.bob.push_main();
    let ran = judged(&world, &world.root, &landed);
    assert!(matches!(ran.code, Some(1 | 8)), "{ran:?}");
    answers(&ran, ran.code.unwrap(), "");
}

#[test]
fn an_approval_does_not_reach_a_later_commit_on_top_of_it() {
    let world = World::new();
    approved(&world);
    let more = world
        .agent
        .commit_by_ai("src/app.py", "import os\n", "More");
    world
        .agent
        .git(&["push", "-q", "origin", "HEAD:refs/heads/main"]);
    answers(&judged(&world, &world.root, &more), 8, "E-UNAPPROVED");
}

#[test]
fn an_approval_of_an_older_revision_does_not_reach_the_newer_one() {
    let world = World::new();
    approved(&world);
    let second = world
        .agent
        .commit_by_ai("src/app.py", "def main():\n    return 7\n", "Again");
    world.agent.push_queue("return-one", 2);
    world.bob.fetch_queue("return-one", 2);
    let landed = world.bob.land_merge(&second);
    answers(&judged(&world, &world.root, &landed), 8, "E-UNAPPROVED");
}

#[test]
fn an_approval_for_another_target_is_not_counted() {
    let world = World::new();
    let head = world.queue("swap", "src/app.py", "x = 1\n");
    world
        .agent
        .git(&["push", "-q", "origin", "origin/main:refs/heads/release/1"]);
    let words = [
        "propose",
        &head,
        "--id",
        "for-release",
        "--target",
        "release/1",
    ];
    world.agent.countersign(&words).exits(0);
    world.alice.git(&["fetch", "-q", "origin"]);
    say(&world.alice, "approve", "for-release");
    let landed = world.bob.land_merge(&world.bob.fetch_queue("swap", 1));
    answers(&judged(&world, &world.root, &landed), 8, "E-WRONG-TARGET");
}

#[test]
fn an_approved_content_does_not_land_twice() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_squash(&head, "Once");
    world.bob.git(&["revert", "--no-edit", &landed]);
    let reverted = world.bob.push_main();
    world.bob.git(&["revert", "--no-edit", &reverted]);
    let again = world.bob.push_main();
    answers(&judged(&world, &world.root, &landed), 0, "");
    answers(&judged(&world, &reverted, &again), 8, "E-RELANDED");
}

#[test]
fn a_candidate_behind_what_is_deployed_is_denied() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    answers(&judged(&world, &landed, &world.root), 1, "E-NOT-DESCENDANT");
}

#[test]
fn what_was_deployed_must_be_on_the_first_parent_chain() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    world.agent.git(&["fetch", "-q", "origin"]);
    world
        .agent
        .git(&["merge", "-q", "--no-ff", "-m", "Swapped", &landed]);
    world.agent.write("src/app.py", "import os\n");
    let swapped = world.agent.commit("Swapped parents");
    world
        .agent
        .git(&["push", "-q", "-f", "origin", "HEAD:refs/heads/main"]);
    let ran = judged(&world, &landed, &swapped);
    assert_eq!(ran.code, Some(1), "{ran:?}");
}

#[test]
fn an_empty_range_is_said_to_be_empty() {
    let world = World::new();
    answers(&judged(&world, &world.root, &world.root), 0, "");
    let words = [
        "gate",
        "--target",
        "main",
        "--policy-root",
        &world.root,
        "origin/main",
    ];
    world.bob.countersign(&words).exits(2);
}
