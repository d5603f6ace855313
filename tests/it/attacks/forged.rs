//! Statements copied, changed and signed by others.

use super::forge::{line, payload, publish};
use super::{answers, approved, judged, say};
use crate::common::{Key, World};

/// A key whose fingerprint sorts before this one: whoever copies a statement may choose theirs.
fn key_before(world: &World, fingerprint: &str) -> Key {
    let mut keys = (0..500).map(|at| Key::new(&world.sandbox, &format!("mallory-{at}")));
    keys.find(|key| key.fingerprint.as_str() < fingerprint)
        .unwrap()
}

#[test]
fn a_copy_of_a_rejection_by_another_key_takes_no_place() {
    let world = World::new();
    let head = approved(&world);
    say(&world.bob, "reject", "return-one");
    let landed = world.bob.land_merge(&head);
    answers(&judged(&world, &world.root, &landed), 1, "E-REJECTED");
    let bob = world.bob.key.as_ref().unwrap();
    let mallory = key_before(&world, &bob.fingerprint);
    let copy = line(&world, &mallory, &payload(&world, &head, "reject"));
    publish(&world, &head, &copy);
    answers(&judged(&world, &world.root, &landed), 1, "E-REJECTED");
}

#[test]
fn a_copy_of_an_approval_by_another_key_takes_no_place() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    let alice = world.alice.key.as_ref().unwrap();
    let mallory = key_before(&world, &alice.fingerprint);
    let copy = line(&world, &mallory, &payload(&world, &head, "approve"));
    publish(&world, &head, &copy);
    answers(&judged(&world, &world.root, &landed), 0, "");
}

#[test]
fn a_stranger_cannot_make_the_reading_fail() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    let mallory = Key::new(&world.sandbox, "mallory");
    let alice = world.alice.key.as_ref().unwrap();
    let blob = world.bob.oid("HEAD:README.md");
    let text = payload(&world, &head, "approve")
        .replace(&alice.fingerprint, &mallory.fingerprint)
        .replace(
            &format!("\"base\":{{\"gitCommit\":\"{}\"", world.root),
            &format!("\"base\":{{\"gitCommit\":\"{blob}\""),
        );
    assert!(text.contains(&blob), "{text}");
    publish(&world, &head, &line(&world, &mallory, &text));
    let ran = judged(&world, &world.root, &landed);
    answers(&ran, 0, "");
    assert!(ran.stdout.contains("W-UNKNOWN-KEY"), "{}", ran.stdout);
}

#[test]
fn an_approval_of_the_same_commit_with_another_content_is_not_counted() {
    let world = World::new();
    let head = world.queue("return-one", "src/app.py", "def main():\n    return 1\n");
    say(&world.alice, "approve", "return-one");
    let genuine = payload(&world, &head, "approve");
    let at = genuine.find("\"sha256\":\"").unwrap() + 10;
    let mut text = genuine.clone();
    text.replace_range(at..at + 64, &"0".repeat(64));
    assert!(genuine[..at].contains("change-content-v1"), "{genuine}");
    // The genuine approval is taken back; only the other one is left.
    say(&world.alice, "withdraw", "return-one");
    let alice = world.alice.key.as_ref().unwrap();
    publish(&world, &head, &line(&world, alice, &text));
    world.bob.fetch_queue("return-one", 1);
    let landed = world.bob.land_merge(&head);
    let ran = judged(&world, &world.root, &landed);
    assert_eq!(ran.code, Some(8), "{}", ran.stdout);
}

#[test]
fn a_reviewers_statement_of_an_unknown_type_gives_no_answer() {
    let world = World::new();
    let head = approved(&world);
    let text = payload(&world, &head, "approve")
        .replace("countersign.dev/verdict/v1", "countersign.dev/verdict/v9");
    let bob = world.bob.key.as_ref().unwrap();
    let by_bob = line(&world, bob, &text);
    // A squash: the head itself is not in the range, its approval carries it.
    let landed = world.bob.land_squash(&head, "Squashed");
    answers(&judged(&world, &world.root, &landed), 0, "");
    publish(&world, &head, &by_bob);
    answers(
        &judged(&world, &world.root, &landed),
        3,
        "E-UNREADABLE-STATEMENT",
    );
}

#[test]
fn an_override_that_the_policy_does_not_provide_for_changes_nothing() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    let override_by = |key: &Key, who: &str| {
        format!(
            "{{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":{{\"issuedAt\":\"2026-01-05T10:00:00Z\",\"lifts\":[\"{}\"],\"reason\":\"r\",\"repository\":{{\"id\":\"{}\",\"policyRoot\":\"{}\"}},\"reviewer\":{{\"key\":\"{}\",\"principal\":\"{who}\"}},\"target\":\"refs/heads/main\"}},\"predicateType\":\"https://countersign.dev/override/v1\",\"subject\":[{{\"digest\":{{\"gitCommit\":\"{head}\"}},\"name\":\"return-one@1\"}}]}}",
            "1".repeat(64),
            crate::common::POLICY_REPOSITORY,
            world.root,
            key.fingerprint,
        )
    };
    let mallory = Key::new(&world.sandbox, "mallory");
    let text = override_by(&mallory, "mallory@corp.example");
    publish(&world, &head, &line(&world, &mallory, &text));
    answers(&judged(&world, &world.root, &landed), 0, "");
    let bob = world.bob.key.as_ref().unwrap();
    let text = override_by(bob, "bob@corp.example");
    publish(&world, &head, &line(&world, bob, &text));
    answers(&judged(&world, &world.root, &landed), 0, "");
}

#[test]
fn a_break_glass_that_the_policy_does_not_provide_for_changes_nothing() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    let bob = world.bob.key.as_ref().unwrap();
    let text = format!(
        "{{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":{{\"commit\":\"{head}\",\"issuedAt\":\"2026-01-05T10:00:00Z\",\"reason\":\"r\",\"repository\":{{\"id\":\"{}\",\"policyRoot\":\"{}\"}},\"reviewer\":{{\"key\":\"{}\",\"principal\":\"bob@corp.example\"}},\"target\":\"refs/heads/main\",\"validUntil\":\"2026-01-05T11:00:00Z\"}},\"predicateType\":\"https://countersign.dev/break-glass/v1\",\"subject\":[{{\"digest\":{{\"gitCommit\":\"{head}\"}},\"name\":\"return-one@1\"}}]}}",
        crate::common::POLICY_REPOSITORY,
        world.root,
        bob.fingerprint,
    );
    publish(&world, &head, &line(&world, bob, &text));
    answers(&judged(&world, &world.root, &landed), 0, "");
}

#[test]
fn a_statement_under_another_commit_counts_and_is_reported() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    let bob = world.bob.key.as_ref().unwrap();
    say(&world.bob, "comment", "return-one");
    let copy = line(&world, bob, &payload(&world, &head, "comment"));
    publish(&world, &world.root, &copy);
    answers(&judged(&world, &world.root, &landed), 0, "W-NOTE-MISPLACED");
}
