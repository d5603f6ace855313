//! Who may not approve, and whose key does not count.

use super::{answers, approved, judged, say};
use crate::common::{Checkout, Key, World};

/// A clone for a person whose address is `<name>@corp.example`.
fn clone_for(world: &World, name: &str, key: &Key) -> Checkout {
    let address = format!("{name}@corp.example");
    Checkout::new(&world.sandbox, &world.remote, name, &address, Some(key))
}

#[test]
fn nobody_approves_what_they_had_a_hand_in() {
    let world = World::with_policy(|policy| policy.mode = "all");
    world.agent.start("mixed");
    world.agent.commit_by_ai("src/app.py", "x = 1\n", "Change");
    world.agent.write("src/more.py", "y = 1\n");
    let author = "--author=Alice <Alice@Corp.Example>";
    world
        .agent
        .git(&["commit", "-q", author, "-m", "A fix-up in the middle"]);
    world
        .agent
        .commit_by_ai("src/app.py", "x = 2\n", "Change again");
    let head = world.agent.push_queue("mixed", 1);
    say(&world.alice, "approve", "mixed");
    let landed = world.bob.land_merge(&world.bob.fetch_queue("mixed", 1));
    answers(&judged(&world, &world.root, &landed), 8, "E-SELF-APPROVAL");
    say(&world.bob, "approve", "mixed");
    answers(&judged(&world, &world.root, &landed), 0, "");
    assert_ne!(head, landed);
}

#[test]
fn a_co_author_does_not_approve() {
    let world = World::new();
    world.agent.start("paired");
    world.agent.write("src/app.py", "x = 1\n");
    world
        .agent
        .commit("Change\n\nCo-authored-by: Alice <alice@corp.example>");
    world.agent.push_queue("paired", 1);
    say(&world.alice, "approve", "paired");
    let landed = world.bob.land_merge(&world.bob.fetch_queue("paired", 1));
    answers(&judged(&world, &world.root, &landed), 8, "E-SELF-APPROVAL");
}

#[test]
fn a_co_author_who_is_named_above_the_last_paragraph_does_not_approve() {
    for message in [
        "Change\n\nCo-authored-by: Alice <alice@corp.example>\n\nMerged by the forge.",
        "Change\nco-author: Alice <Alice@corp.example>\n\nReviewed-by: Bob <bob@corp.example>",
        "Change\n\n    Co-Authored-By: Alice <alice@corp.example>\n\nSome more words.",
    ] {
        let world = World::new();
        world.agent.start("paired");
        world.agent.write("src/app.py", "x = 1\n");
        world.agent.commit(message);
        world.agent.push_queue("paired", 1);
        say(&world.alice, "approve", "paired");
        let landed = world.bob.land_merge(&world.bob.fetch_queue("paired", 1));
        answers(&judged(&world, &world.root, &landed), 8, "E-SELF-APPROVAL");
        say(&world.bob, "approve", "paired");
        answers(&judged(&world, &world.root, &landed), 0, "");
    }
}

#[test]
fn an_operator_who_is_named_anywhere_in_the_letter_does_not_approve() {
    let letters = [
        "Swap\n\nOperator: alice@corp.example\n\nTarget: refs/heads/main",
        "Swap\n\nOperator: alice@corp.example\nOperator: carol@corp.example",
    ];
    for letter in letters {
        let world = World::new();
        world.agent.start("swap");
        world.agent.commit_by_ai("src/app.py", "x = 1\n", "Swap");
        world.agent.git(&["tag", "-a", "letter", "-m", letter]);
        let to = "refs/tags/letter:refs/countersign/queue/swap/1";
        world.agent.git(&["push", "-q", "origin", to]);
        say(&world.alice, "approve", "swap");
        let landed = world.bob.land_merge(&world.bob.fetch_queue("swap", 1));
        answers(&judged(&world, &world.root, &landed), 8, "E-SELF-APPROVAL");
    }
}

#[test]
fn the_operator_of_an_agent_does_not_approve_its_work() {
    let world = World::new();
    let carol = clone_for(&world, "carol", &world.carol);
    let head = world.queue("swap", "src/app.py", "x = 1\n");
    say(&carol, "approve", "swap");
    world.bob.fetch_queue("swap", 1);
    let landed = world.bob.land_merge(&head);
    answers(&judged(&world, &world.root, &landed), 8, "E-SELF-APPROVAL");
}

#[test]
fn whoever_merges_may_have_approved() {
    let world = World::new();
    let head = world.queue("swap", "src/app.py", "x = 1\n");
    say(&world.bob, "approve", "swap");
    world.bob.fetch_queue("swap", 1);
    let landed = world.bob.land_squash(&head, "Squashed by the approver");
    answers(&judged(&world, &world.root, &landed), 0, "");
}

#[test]
fn a_revoked_key_does_not_count_whatever_the_date() {
    let world = World::with_policy(|policy| {
        let key = policy.signers[0]
            .split(' ')
            .skip(2)
            .collect::<Vec<_>>()
            .join(" ");
        let fingerprint = countersign::signing::fingerprint(&key).unwrap();
        policy.revoked = vec![fingerprint];
    });
    let head = world.queue("swap", "src/app.py", "x = 1\n");
    world.alice.countersign(&["sync"]).exits(0);
    world
        .alice
        .countersign(&["approve", "swap@1", "-m", "Mine"])
        .exits(1);
    say(&world.alice, "approve", "swap");
    let landed = world.bob.land_merge(&world.bob.fetch_queue("swap", 1));
    answers(&judged(&world, &world.root, &landed), 8, "E-KEY-REVOKED");
    assert_ne!(head, landed);
}

#[test]
fn an_expired_key_does_not_count() {
    let world = World::with_policy(|policy| {
        let line = &policy.signers[0];
        policy.signers[0] = line.replace(
            " namespaces",
            " valid-before=\"20260201000000Z\",namespaces",
        );
    });
    world.queue("swap", "src/app.py", "x = 1\n");
    say(&world.alice, "approve", "swap");
    let landed = world.bob.land_merge(&world.bob.fetch_queue("swap", 1));
    answers(&judged(&world, &world.root, &landed), 8, "E-KEY-EXPIRED");
}

#[test]
fn a_key_that_may_only_sign_commits_signs_no_verdict_that_counts() {
    let world = World::with_policy(|policy| {
        let line = &policy.signers[0];
        policy.signers[0] = line.replace("git,verdict.v1@countersign.dev", "git");
    });
    world.queue("swap", "src/app.py", "x = 1\n");
    say(&world.alice, "approve", "swap");
    let landed = world.bob.land_merge(&world.bob.fetch_queue("swap", 1));
    answers(&judged(&world, &world.root, &landed), 8, "E-NAMESPACE");
}

#[test]
fn a_key_nobody_knows_is_ignored_and_reported() {
    let world = World::new();
    let key = Key::new(&world.sandbox, "mallory");
    let mallory = clone_for(&world, "mallory", &key);
    let head = world.queue("swap", "src/app.py", "x = 1\n");
    mallory.countersign(&["sync"]).exits(0);
    let ran = mallory.countersign(&["approve", "swap@1", "-m", "Mine", "--anyway", "--push"]);
    world.bob.fetch_queue("swap", 1);
    let landed = world.bob.land_merge(&head);
    answers(&judged(&world, &world.root, &landed), 8, "E-UNAPPROVED");
    assert!(ran.code.is_some());
}

#[test]
fn two_approvals_are_two_people() {
    let world = World::with_policy(|policy| policy.approvals = 2);
    let head = approved(&world);
    say(&world.alice, "approve", "return-one");
    let landed = world.bob.land_merge(&head);
    answers(&judged(&world, &world.root, &landed), 8, "E-UNAPPROVED");
    say(&world.bob, "approve", "return-one");
    answers(&judged(&world, &world.root, &landed), 0, "");
}
