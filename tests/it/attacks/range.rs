//! How the range is cut and what its steps carry: rejections on the way, revisions of the queue,
//! merges of any number of parents.

use super::{answers, approved, judged, say};
use crate::common::{Policy, World};

/// The agent adds a commit to what it queued last and queues it under this name.
fn add_to(world: &World, id: &str, number: u32) -> String {
    world
        .agent
        .commit_by_ai("src/more.py", "MORE = 1\n", "Mend it");
    let head = world.agent.push_queue(id, number);
    world.bob.fetch_queue(id, number);
    head
}

#[test]
fn a_rejected_revision_on_the_way_is_forgiven_by_its_reviewer() {
    let world = World::new();
    world.queue("mend", "src/app.py", "def main():\n    return 1\n");
    say(&world.alice, "reject", "mend");
    let second = add_to(&world, "mend", 2);
    say(&world.bob, "approve", "mend@2");
    let landed = world.bob.land_merge(&second);
    // Alice's veto stands against Bob's word.
    answers(&judged(&world, &world.root, &landed), 1, "E-REJECTED");
    say(&world.alice, "approve", "mend@2");
    answers(&judged(&world, &world.root, &landed), 0, "");
}

#[test]
fn a_rejected_revision_on_the_way_is_forgiven_as_steps_too() {
    let world = World::new();
    world.queue("mend", "src/app.py", "def main():\n    return 1\n");
    say(&world.alice, "reject", "mend");
    let second = add_to(&world, "mend", 2);
    say(&world.alice, "approve", "mend@2");
    world.agent.push_main();
    answers(&judged(&world, &world.root, &second), 0, "");
    // The rejected commit by itself stays denied.
    let first = world.bob.oid(&format!("{second}^"));
    answers(&judged(&world, &world.root, &first), 1, "E-REJECTED");
}

#[test]
fn a_rejected_commit_does_not_come_in_under_another_name() {
    let world = World::new();
    world.queue("mend", "src/app.py", "def main():\n    return 1\n");
    say(&world.alice, "reject", "mend");
    let second = add_to(&world, "other", 1);
    say(&world.bob, "approve", "other");
    let landed = world.bob.land_merge(&second);
    answers(&judged(&world, &world.root, &landed), 1, "E-REJECTED");
}

#[test]
fn a_rejected_content_denies_the_steps_it_is_spread_over() {
    let world = World::new();
    world.agent.start("several");
    world.agent.commit_by_ai("src/one.py", "ONE = 1\n", "One");
    world.agent.commit_by_ai("src/two.py", "TWO = 2\n", "Two");
    world.agent.push_queue("several", 1);
    say(&world.alice, "reject", "several");
    world.sandbox.wait_minutes(60);
    // The same again, each part approved for itself.
    world.agent.start("parts");
    world
        .agent
        .commit_by_ai("src/one.py", "ONE = 1\n", "Part one");
    world.agent.push_queue("part-one", 1);
    say(&world.bob, "approve", "part-one");
    world.agent.push_main();
    world
        .agent
        .commit_by_ai("src/two.py", "TWO = 2\n", "Part two");
    world.agent.push_queue("part-two", 1);
    say(&world.bob, "approve", "part-two");
    let landed = world.agent.push_main();
    answers(&judged(&world, &world.root, &landed), 1, "E-REJECTED");
}

#[test]
fn a_marker_that_was_dropped_on_landing_is_still_known_from_the_queue() {
    let world = World::with_policy(|policy| policy.mode = "flagged");
    let head = world.queue("mend", "src/app.py", "def main():\n    return 1\n");
    world.bob.fetch_queue("mend", 1);
    let landed = world.bob.land_squash(&head, "No marker at all");
    let ran = judged(&world, &world.root, &landed);
    answers(&ran, 8, "E-UNAPPROVED");
    assert!(ran.stdout.contains("W-FLAGGED-ONLY"), "{}", ran.stdout);
}

#[test]
fn markers_that_were_dropped_from_several_steps_are_still_known_from_the_queue() {
    let world = World::with_policy(|policy| policy.mode = "flagged");
    world.agent.start("several");
    world.agent.commit_by_ai("src/one.py", "ONE = 1\n", "One");
    world.agent.commit_by_ai("src/two.py", "TWO = 2\n", "Two");
    world.agent.push_queue("several", 1);
    world.bob.start("landing");
    world.bob.write("src/one.py", "ONE = 1\n");
    world.bob.commit("One");
    world.bob.write("src/two.py", "TWO = 2\n");
    world.bob.commit("Two");
    let landed = world.bob.push_main();
    answers(&judged(&world, &world.root, &landed), 8, "E-UNAPPROVED");
}

#[test]
fn markers_that_a_policy_adds_hold_from_the_step_after_it() {
    let world = World::with_policy(|policy| policy.mode = "flagged");
    let [alice, bob] = [&world.alice, &world.bob].map(|one| one.key.as_ref().unwrap());
    let mut policy = Policy::new(&[("alice", alice), ("bob", bob), ("carol", &world.carol)]);
    policy.version = 2;
    policy.mode = "flagged\"\nmarkers = [\"robot@corp.example\"]\n#";
    world.agent.start("policy");
    world.agent.write_policy(&policy);
    world.agent.commit("Name the robot");
    world.agent.push_queue("policy", 1);
    say(&world.alice, "approve", "policy");
    say(&world.bob, "approve", "policy");
    world.agent.push_main();
    let commit_by = |who: &str, text: &str| {
        world.agent.write("src/app.py", text);
        let author = format!("--author={who} <{who}@corp.example>");
        let committer = format!("user.email={who}@corp.example");
        let words = ["-c", &committer, "commit", "-q", &author, "-m", "By whom"];
        world.agent.git(&words);
        world.agent.push_main()
    };
    // Nothing says that this is a machine's.
    let by_hand = commit_by("somebody", "import sys\n");
    answers(&judged(&world, &world.root, &by_hand), 0, "");
    commit_by("robot", "import os\n");
    let landed = world.agent.push_main();
    answers(&judged(&world, &world.root, &landed), 8, "E-UNAPPROVED");
}

#[test]
fn a_signed_revision_exempts_the_squash_and_the_merge_that_carry_it() {
    let world = World::new();
    world.alice.start("by-hand");
    world
        .alice
        .write("src/app.py", "def main():\n    return 2\n");
    world.alice.commit_signed("By hand");
    let head = world.alice.push_queue("by-hand", 1);
    world.bob.fetch_queue("by-hand", 1);
    let merged = world.bob.land_merge(&head);
    answers(&judged(&world, &world.root, &merged), 0, "");

    let other = World::new();
    other.alice.start("by-hand");
    other
        .alice
        .write("src/app.py", "def main():\n    return 2\n");
    other.alice.commit_signed("By hand");
    let head = other.alice.push_queue("by-hand", 1);
    other.bob.fetch_queue("by-hand", 1);
    let squashed = other.bob.land_squash(&head, "Squashed by the forge");
    answers(&judged(&other, &other.root, &squashed), 0, "");
    other.bob.write("src/app.py", "def main():\n    return 3\n");
    other.bob.commit("And a byte, unsigned");
    let more = other.bob.push_main();
    answers(&judged(&other, &other.root, &more), 8, "E-UNAPPROVED");
}

#[test]
fn an_octopus_is_denied() {
    let world = World::new();
    let one = approved(&world);
    world.agent.start("two");
    let two = world.agent.commit_by_ai("src/two.py", "TWO = 2\n", "Two");
    world.agent.push_queue("two", 1);
    world.bob.fetch_queue("two", 1);
    world.bob.start("landing");
    let words = ["merge", "-q", "--no-ff", "-m", "Octopus", &one, &two];
    world.bob.git(&words);
    let landed = world.bob.push_main();
    answers(&judged(&world, &world.root, &landed), 1, "E-OCTOPUS");
}

#[test]
fn an_evil_merge_says_that_it_is_the_merge() {
    let world = World::new();
    let head = approved(&world);
    world.bob.start("landing");
    let words = ["merge", "-q", "--no-ff", "--no-commit", &head];
    world.bob.git(&words);
    world.bob.write("infra/lb.yaml", "kind: Service\n");
    world.bob.commit("Merge");
    let landed = world.bob.push_main();
    answers(&judged(&world, &world.root, &landed), 8, "E-MERGE-CONTENT");
}

#[test]
fn a_base_chosen_late_hides_no_author() {
    let world = World::new();
    // Alice commits and takes it back; what stands on that is all she is shown.
    world.agent.start("late");
    world.agent.write("src/app.py", "import os\n");
    let author = "--author=Alice <alice@corp.example>";
    world.agent.git(&["commit", "-q", author, "-m", "Hers"]);
    world
        .agent
        .write("src/app.py", "def main():\n    return 0\n");
    world
        .agent
        .git(&["commit", "-q", author, "-m", "Hers, back"]);
    let base = world.agent.push_queue("below", 1);
    world.agent.commit_by_ai("src/two.py", "TWO = 2\n", "Two");
    let message = format!("Two\n\nTarget: refs/heads/main\nBase: {base}\n");
    let tag = ["tag", "-a", "-m", &message, "late-tag"];
    world.agent.git(&tag);
    let refspec = "refs/tags/late-tag:refs/countersign/queue/late/1";
    world.agent.git(&["push", "-q", "origin", refspec]);
    say(&world.alice, "approve", "late");
    let head = world.bob.fetch_queue("late", 1);
    let landed = world.bob.land_merge(&head);
    answers(&judged(&world, &world.root, &landed), 8, "E-SELF-APPROVAL");
}

#[test]
fn a_base_older_than_the_root_gives_no_answer() {
    let world = World::new();
    let first = approved(&world);
    let landed = world.bob.land_merge(&first);
    world.bob.git(&["fetch", "-q", "origin"]);
    let range = format!("{}..{landed}", world.root);
    let words = [
        "gate",
        "--fetch",
        "--json",
        "--target",
        "main",
        "--policy-root",
        &landed,
        &range,
    ];
    answers(&world.bob.countersign(&words), 3, "E-POLICY-ROOT");
}

#[test]
fn a_first_run_starts_at_the_root_and_counts_what_is_older() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    world.bob.git(&["fetch", "-q", "origin"]);
    let gate = |root: &str, rev: &str| {
        let words = [
            "gate",
            "--fetch",
            "--json",
            "--first",
            "--target",
            "main",
            "--policy-root",
            root,
            rev,
        ];
        world.bob.countersign(&words)
    };
    let ran = gate(&world.root, &landed);
    answers(&ran, 0, "");
    assert_eq!(ran.json()["beforeRoot"], 0);
    assert_eq!(gate(&landed, &landed).code, Some(2));
}
