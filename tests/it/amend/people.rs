//! Somebody comes: the dry run, the proposal that touches nothing, and what holds when it has landed.

use serde_json::Value;

use super::{carol, gate, pass, public, says, state};
use crate::common::{Checkout, Key, World};

const ADD: [&str; 8] = [
    "policy",
    "add-person",
    "dave",
    "--email",
    "Dave@corp.example",
    "--role",
    "senior",
    "--key",
];

#[test]
fn a_dry_run_shows_each_line_and_what_it_means_and_proposes_nothing() {
    let world = World::new();
    let alice = &world.alice;
    let key = Key::new(&world.sandbox, "dave");
    let key_file = public(&key);
    let dry = [&ADD[..], &[&key_file, "--dry-run"]].concat();
    let ran = alice.countersign(&dry).exits(0);
    says(
        &ran,
        "+[people.dave]\n+principal = \"dave@corp.example\"\n+emails = [\"Dave@corp.example\"]\n+roles = [\"senior\"]\n",
    );
    says(&ran, "-version = 1\n+version = 2\n");
    says(
        &ran,
        &format!(
            "+dave@corp.example namespaces=\"git,verdict.v1@countersign.dev\" {}",
            key.public
        ),
    );
    says(
        &ran,
        "▲ loosened: people.dave is new, with the roles senior",
    );
    assert_eq!(
        world.remote_ref("refs/countersign/queue/policy-add-dave/1"),
        None
    );
}

#[test]
fn a_proposal_leaves_the_clone_as_it_was_and_is_found_again() {
    let world = World::new();
    let alice = &world.alice;
    let key = Key::new(&world.sandbox, "dave");
    alice.write("README.md", "not committed\n");
    let before = state(alice);
    let key_file = public(&key);
    // The key by stdin, and the answer for a program.
    let json = [&ADD[..], &["-", "--json"]].concat();
    let file = std::fs::read(&key_file).unwrap();
    let made = world.sandbox.countersign_fed(&alice.dir, &json, &file);
    let made = made.exits(0).json();
    assert_eq!(state(alice), before);
    assert_eq!(made["state"], "queued");
    assert_eq!(
        made["signedBy"],
        alice.key.as_ref().unwrap().fingerprint.as_str()
    );
    assert_eq!(
        made["asked"][0]["could"],
        serde_json::json!(["bob", "carol"])
    );
    assert_eq!(made["compare"][0]["key"], key.fingerprint.as_str());
    let head = made["head"].as_str().unwrap();
    assert_eq!(alice.git(&["rev-parse", &format!("{head}^")]), world.root);
    let touched = alice.git(&["diff", "--name-only", &world.root, head]);
    assert_eq!(
        touched,
        ".countersign/allowed_signers\n.countersign/policy.toml"
    );
    // The same again is the same.
    let again = world
        .sandbox
        .countersign_fed(&alice.dir, &json, &file)
        .json();
    assert_eq!(
        (&again["created"], &again["head"]),
        (&Value::Bool(false), &made["head"])
    );
}

#[test]
fn until_it_lands_nobody_knows_the_person_and_then_the_gate_counts_the_approval() {
    let world = World::new();
    let carol = carol(&world);
    let key = Key::new(&world.sandbox, "dave");
    let key_file = public(&key);
    let add = [&ADD[..], &[&key_file]].concat();
    world.alice.countersign(&add).exits(0);
    let dave = Checkout::new(
        &world.sandbox,
        &world.remote,
        "dave",
        "dave@corp.example",
        Some(&key),
    );
    world.queue("app", "src/app.py", "def main():\n    return 3\n");
    dave.run("sync").exits(0);
    dave.run("approve app -m fine").exits(1);
    pass(&world, &carol, "policy-add-dave");
    dave.run("sync").exits(0);
    dave.run("approve app -m fine").exits(0);
    let head = carol.fetch_queue("app", 1);
    carol.git(&["pull", "-q", "origin", "main"]);
    carol.land_merge(&head);
    carol.push_main();
    let ran = gate(&world, &carol).exits(0);
    says(&ran, "dave@corp.example");
    says(
        &carol
            .run("policy add-person dave --email d@corp.example")
            .exits(2),
        "the id `dave` is in the policy already, as dave@corp.example with the roles senior",
    );
}

#[test]
fn it_is_made_again_on_a_tip_that_moved_as_the_next_revision() {
    let world = World::new();
    let alice = &world.alice;
    let key = Key::new(&world.sandbox, "dave");
    let file = public(&key);
    let add = [
        "policy",
        "add-person",
        "dave",
        "--email",
        "dave@corp.example",
        "--key",
        &file,
        "--json",
    ];
    assert_eq!(alice.countersign(&add).exits(0).json()["revision"], 1);
    world.bob.write("README.md", "Another.\n");
    world.bob.commit_signed("Say more");
    let moved = world.bob.push_main();
    let again = alice.countersign(&add).exits(0).json();
    assert_eq!(
        (&again["revision"], &again["created"]),
        (&2.into(), &true.into())
    );
    assert_eq!(again["policy"]["commit"], moved.as_str());
    // Of two that wait the second to land has to be made again.
    let both = [
        "policy",
        "add-person",
        "eve",
        "--email",
        "eve@corp.example",
        "--dry-run",
    ];
    let ran = alice.countersign(&both).exits(0);
    says(&ran, "WARN policy-add-dave@2 changes the policy too");
    // Without a role it is said what that means.
    assert_eq!(
        again["remarks"][0],
        "dave has no role: may comment, approves nothing"
    );
}
