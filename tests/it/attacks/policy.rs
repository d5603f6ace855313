//! The trust root and the policy.

use super::{answers, approved, asked_from, judged, say};
use crate::common::{Checkout, Policy, World};

/// The policy of the world, by everybody's keys.
fn policy_of(world: &World) -> Policy {
    let [alice, bob] = [&world.alice, &world.bob].map(|one| one.key.as_ref().unwrap());
    Policy::new(&[("alice", alice), ("bob", bob), ("carol", &world.carol)])
}

/// The agent commits a policy on `main` and queues it; the commit.
fn queue_policy(by: &Checkout, policy: &Policy) -> String {
    by.start("policy");
    by.write_policy(policy);
    by.commit("Change the policy\n\nCo-authored-by: Claude <noreply@anthropic.com>");
    by.push_queue("policy", 1)
}

#[test]
fn a_change_of_the_policy_is_judged_by_the_policy_before_it() {
    let world = World::new();
    let mut policy = policy_of(&world);
    policy.version = 2;
    policy.mode = "flagged";
    let commit = queue_policy(&world.agent, &policy);
    world.bob.fetch_queue("policy", 1);
    let landed = world.bob.land_merge(&commit);
    answers(
        &judged(&world, &world.root, &landed),
        8,
        "E-POLICY-UNAUTHORISED",
    );
    say(&world.alice, "approve", "policy");
    answers(
        &judged(&world, &world.root, &landed),
        8,
        "E-POLICY-UNAUTHORISED",
    );
    say(&world.bob, "approve", "policy");
    answers(&judged(&world, &world.root, &landed), 0, "");
}

#[test]
fn revoking_a_key_needs_the_owners_of_the_policy_too() {
    let world = World::new();
    let mut policy = policy_of(&world);
    policy.version = 2;
    let fingerprint = world.alice.key.as_ref().unwrap().fingerprint.clone();
    policy.revoked = vec![format!("{fingerprint} 2026-01-01T00:00:00Z lost")];
    let commit = queue_policy(&world.agent, &policy);
    world.bob.fetch_queue("policy", 1);
    let landed = world.bob.land_merge(&commit);
    // Revoked at the candidate is revoked, and Carol runs the agent: only Bob is left.
    answers(
        &judged(&world, &world.root, &landed),
        1,
        "E-POLICY-UNAUTHORISED",
    );
}

#[test]
fn a_policy_never_goes_back() {
    let world = World::new();
    let mut policy = policy_of(&world);
    policy.defaults = "max_age = \"90d\"".to_owned();
    let commit = queue_policy(&world.agent, &policy);
    say(&world.alice, "approve", "policy");
    say(&world.bob, "approve", "policy");
    let landed = world.bob.land_merge(&commit);
    answers(
        &judged(&world, &world.root, &landed),
        1,
        "E-POLICY-ROLLBACK",
    );
}

#[test]
fn a_policy_with_a_mistake_is_denied_inside_the_range() {
    let world = World::new();
    let mut policy = policy_of(&world);
    policy.version = 2;
    policy.defaults = "aprovals = 2".to_owned();
    let commit = queue_policy(&world.agent, &policy);
    say(&world.alice, "approve", "policy");
    say(&world.bob, "approve", "policy");
    let landed = world.bob.land_merge(&commit);
    answers(&judged(&world, &world.root, &landed), 1, "E-POLICY-INVALID");
}

#[test]
fn a_policy_that_is_no_plain_file_is_denied() {
    let world = World::new();
    world.agent.start("policy");
    world
        .agent
        .git(&["update-index", "--chmod=+x", ".countersign/policy.toml"]);
    world.agent.commit("Make it run");
    let commit = world.agent.push_queue("policy", 1);
    say(&world.alice, "approve", "policy");
    say(&world.bob, "approve", "policy");
    let landed = world.bob.land_merge(&commit);
    answers(&judged(&world, &world.root, &landed), 1, "E-POLICY-INVALID");
}

#[test]
fn a_stricter_policy_holds_from_the_step_after_it() {
    let world = World::new();
    let mut policy = policy_of(&world);
    policy.version = 2;
    policy.approvals = 2;
    let commit = queue_policy(&world.agent, &policy);
    say(&world.alice, "approve", "policy");
    say(&world.bob, "approve", "policy");
    let first = world.bob.land_merge(&commit);
    let head = approved(&world);
    let second = world.bob.land_merge(&head);
    answers(&judged(&world, &world.root, &second), 8, "E-UNAPPROVED");
    say(&world.bob, "approve", "return-one");
    answers(&judged(&world, &first, &second), 0, "");
    answers(&judged(&world, &world.root, &second), 0, "");
}

#[test]
fn a_lowered_threshold_does_not_help_a_change_that_lands_with_it_unless_it_was_approved() {
    let world = World::new();
    let mut policy = policy_of(&world);
    policy.version = 2;
    policy.mode = "flagged";
    queue_policy(&world.agent, &policy);
    world.agent.write("src/app.py", "import os\n");
    world.agent.commit("No marker at all");
    let head = world.agent.oid("HEAD");
    world
        .agent
        .git(&["push", "-q", "origin", "HEAD:refs/heads/main"]);
    answers(
        &judged(&world, &world.root, &head),
        8,
        "E-POLICY-UNAUTHORISED",
    );
}

#[test]
fn without_a_root_there_is_no_answer_and_the_repository_cannot_give_one() {
    let world = World::new();
    let head = approved(&world);
    let range = format!("{}..{head}", world.root);
    world
        .bob
        .git(&["config", "countersign.policyRoot", &world.root]);
    let ran = world
        .bob
        .countersign(&["gate", "--fetch", "--json", "--target", "main", &range]);
    answers(&ran, 3, "E-POLICY-ROOT");
}

#[test]
fn a_root_that_is_not_on_the_chain_gives_no_answer() {
    let world = World::new();
    let head = approved(&world);
    world.bob.start("aside");
    world.bob.write("aside.txt", "x");
    let aside = world.bob.commit_signed("Aside");
    let range = format!("{}..{head}", world.root);
    answers(&asked_from(&world, &aside, &range), 3, "E-POLICY-ROOT");
}

#[test]
fn a_trusted_policy_that_is_invalid_gives_no_answer() {
    let world = World::with_policy(|policy| policy.signers[1] = policy.signers[0].clone());
    world.agent.start("swap");
    let head = world.agent.commit_by_ai("src/app.py", "x = 1\n", "Change");
    world.agent.push_queue("swap", 1);
    world.bob.fetch_queue("swap", 1);
    answers(&judged(&world, &world.root, &head), 3, "E-POLICY-INVALID");
}

#[test]
fn a_twin_of_the_policys_folder_is_denied_in_the_step_that_brings_it() {
    let world = World::new();
    world.agent.start("twin");
    world
        .agent
        .write(".Countersign/policy.toml", "schema = 1\n");
    world.agent.commit("A twin");
    let commit = world.agent.push_queue("twin", 1);
    say(&world.alice, "approve", "twin");
    say(&world.bob, "approve", "twin");
    let landed = world.bob.land_merge(&commit);
    answers(&judged(&world, &world.root, &landed), 1, "E-POLICY-INVALID");
}

#[test]
fn a_policy_that_keeps_its_notes_elsewhere_gives_no_answer() {
    let world = World::with_policy(|policy| {
        policy.mode = "unless-human-signed\"\nnotes = \"refs/notes/elsewhere";
    });
    world
        .alice
        .write("src/app.py", "def main():\n    return 2\n");
    let signed = world.alice.commit_signed("By hand");
    world.alice.push_main();
    answers(
        &judged(&world, &world.root, &signed),
        3,
        "E-UNSUPPORTED-POLICY",
    );
}
