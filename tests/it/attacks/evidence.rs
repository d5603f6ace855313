//! The notes: what is written there stays, whatever is done to the ref.

use super::{answers, approved, judged, say};
use crate::common::World;

const NOTES: &str = "refs/notes/countersign";

/// A change that Bob rejected and Alice approved, landed; the head and what landed.
fn rejected_and_landed(world: &World) -> (String, String) {
    let head = approved(world);
    say(&world.bob, "reject", "return-one");
    (head.clone(), world.bob.land_merge(&head))
}

#[test]
fn a_rejection_stands_against_any_number_of_approvals() {
    let world = World::new();
    let (_, landed) = rejected_and_landed(&world);
    answers(&judged(&world, &world.root, &landed), 1, "E-REJECTED");
}

#[test]
fn a_rejection_that_was_removed_by_an_ordinary_push_still_stands() {
    let world = World::new();
    let (head, landed) = rejected_and_landed(&world);
    world
        .agent
        .git(&["fetch", "-q", "origin", &format!("+{NOTES}:{NOTES}")]);
    world.agent.git(&["notes", "--ref", NOTES, "remove", &head]);
    world.agent.git(&["push", "-q", "origin", NOTES]);
    let ran = judged(&world, &world.root, &landed);
    answers(&ran, 1, "E-REJECTED");
    assert!(ran.stdout.contains("W-NOTE-REMOVED"), "{}", ran.stdout);
}

#[test]
fn a_rejected_content_stays_rejected_under_another_name() {
    let world = World::new();
    world.queue("first", "src/app.py", "def main():\n    return 1\n");
    say(&world.bob, "reject", "first");
    world.sandbox.wait_minutes(60);
    let again = world.queue("second", "src/app.py", "def main():\n    return 1\n");
    say(&world.alice, "approve", "second");
    let landed = world.bob.land_merge(&world.bob.fetch_queue("second", 1));
    assert_ne!(
        world.remote_ref("refs/countersign/queue/first/1"),
        Some(again)
    );
    answers(&judged(&world, &world.root, &landed), 1, "E-REJECTED");
}

#[test]
fn a_rejection_ends_when_its_author_takes_it_back() {
    let world = World::new();
    let (_, landed) = rejected_and_landed(&world);
    say(&world.bob, "withdraw", "return-one");
    answers(&judged(&world, &world.root, &landed), 0, "");
}

#[test]
fn an_approval_that_was_taken_back_is_not_counted() {
    let world = World::new();
    let head = approved(&world);
    say(&world.alice, "withdraw", "return-one");
    let landed = world.bob.land_merge(&head);
    answers(&judged(&world, &world.root, &landed), 8, "E-UNAPPROVED");
}

#[test]
fn without_the_notes_there_is_no_approval() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    world
        .agent
        .git(&["push", "-q", "origin", &format!(":{NOTES}")]);
    answers(&judged(&world, &world.root, &landed), 8, "E-UNAPPROVED");
}

#[test]
fn notes_that_were_never_fetched_give_no_answer() {
    let world = World::new();
    let head = approved(&world);
    let range = format!("{}..{head}", world.root);
    let words = [
        "gate",
        "--json",
        "--target",
        "main",
        "--policy-root",
        &world.root,
        &range,
    ];
    world.agent.git(&["fetch", "-q", "origin"]);
    answers(&world.agent.countersign(&words), 3, "E-NOTES-NOT-FETCHED");
}

#[test]
fn a_statement_counts_wherever_its_note_lies_and_garbage_beside_it_does_not_matter() {
    let world = World::new();
    let head = approved(&world);
    let agent = &world.agent;
    agent.git(&["fetch", "-q", "origin", &format!("+{NOTES}:{NOTES}")]);
    agent.git(&["notes", "--ref", NOTES, "copy", &head, &world.root]);
    agent.git(&[
        "notes",
        "--ref",
        NOTES,
        "append",
        "-m",
        "{\"payload\":\"x\"}",
        &head,
    ]);
    agent.git(&[
        "notes",
        "--ref",
        NOTES,
        "append",
        "-m",
        "approved, trust me",
        &world.root,
    ]);
    agent.git(&["push", "-q", "origin", NOTES]);
    let landed = world.bob.land_merge(&head);
    let ran = judged(&world, &world.root, &landed);
    answers(&ran, 0, "");
    let ignored = ran.json()["ignored"].as_array().unwrap().len();
    assert!(ignored >= 2, "{}", ran.stdout);
}

#[test]
fn the_same_statement_twice_is_one_approval() {
    let world = World::with_policy(|policy| policy.approvals = 2);
    let head = approved(&world);
    let agent = &world.agent;
    agent.git(&["fetch", "-q", "origin", &format!("+{NOTES}:{NOTES}")]);
    let line = agent.git(&["notes", "--ref", NOTES, "show", &head]);
    agent.git(&["notes", "--ref", NOTES, "append", "-m", &line, &head]);
    agent.git(&["push", "-q", "origin", NOTES]);
    say(&world.alice, "approve", "return-one");
    let landed = world.bob.land_merge(&head);
    answers(&judged(&world, &world.root, &landed), 8, "E-UNAPPROVED");
}

#[test]
fn a_notes_ref_that_is_no_commit_gives_no_answer() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    let blob = world
        .bob
        .git(&["hash-object", "-w", ".countersign/policy.toml"]);
    world.bob.git(&["update-ref", NOTES, &blob]);
    answers(&judged(&world, &world.root, &landed), 3, "E-LOG-TYPE");
}
