//! A key counts no longer: what falls with it, who is left, and who may propose it.

use countersign::signing::fingerprint;

use super::{carol, gate, public, says};
use crate::common::World;

/// Alice approved one change and rejected another that wait, and approved a third that landed; its
/// merge is returned.
fn approved_by_alice(world: &World) -> String {
    let alice = &world.alice;
    world.queue("one", "src/app.py", "def main():\n    return 4\n");
    world.queue("two", "README.md", "Two.\n");
    let landed = world.queue("three", "infra/lb.yaml", "kind: Service\n");
    alice.run("sync").exits(0);
    alice.run("approve one -m fine").exits(0);
    alice.run("reject two -m no").exits(0);
    alice.run("approve three -m fine").exits(0);
    alice.fetch_queue("three", 1);
    alice.land_merge(&landed);
    alice.push_main()
}

#[test]
fn it_lists_what_falls_in_the_queue_and_of_what_landed() {
    let world = World::new();
    let (alice, bob) = (&world.alice, &world.bob);
    let tip = approved_by_alice(&world);
    bob.run("sync").exits(0);
    bob.run("approve three -m fine").exits(0);

    let key = alice.key.as_ref().unwrap().fingerprint.clone();
    let word = |name: &str| {
        alice
            .countersign(&["policy", "revoke", name, "--dry-run", "--json"])
            .exits(0)
            .json()
    };
    let told = word("alice");
    let lost: Vec<(&str, &str, &str)> = told["waiting"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let text = |field: &str| one[field].as_str().unwrap();
            (text("change"), text("state"), text("verdict"))
        })
        .collect();
    assert_eq!(
        lost,
        [
            ("one", "approved", "approve"),
            ("two", "rejected", "reject")
        ]
    );
    assert_eq!(told["landed"][0]["last"], tip.as_str());
    // Before Bob's approval is here, it would be missing.
    assert_eq!(told["landed"][0]["without"], "pending");
    alice.run("sync").exits(0);
    assert_eq!(word("alice")["landed"][0]["without"], "allow");
    for other in [
        key.as_str(),
        "alice@corp.example",
        &public(alice.key.as_ref().unwrap()),
    ] {
        assert_eq!(word(other)["falls"], serde_json::json!([key]), "{other}");
    }
}

#[test]
fn ones_own_key_does_not_sign_its_end_and_the_rules_it_leaves_short_are_named() {
    let world = World::new();
    let alice = &world.alice;
    approved_by_alice(&world);
    let told = alice
        .run("policy revoke alice --dry-run --json")
        .exits(0)
        .json();
    assert_eq!(told["shortages"][0]["rule"], "policy_change");
    assert_eq!(
        told["shortages"][0]["left"],
        serde_json::json!(["bob", "carol"])
    );
    assert_eq!(told["canPass"], true);

    // It is one's own key: it does not sign its own end, and one is told.
    let ran = alice
        .countersign(&["policy", "revoke", "alice", "--reason", "lost"])
        .exits(0);
    says(&ran, "not signed");
    says(
        &ran,
        "WARN the key that this clone signs with is among them",
    );
    says(&ran, "what one of them makes could not pass");
    says(
        &ran,
        "one@1 is approved, and will need another approval (approve by alice@corp.example for @1)",
    );
    says(
        &ran,
        "two@1 is rejected by it; whoever agrees rejects it again",
    );
}

#[test]
fn who_proposes_does_not_approve() {
    let world = World::new();
    let bob = &world.bob;
    // Somebody else's proposal leaves too few; it can be made all the same.
    let ran = bob
        .countersign(&["policy", "revoke", "alice", "--change", "by-bob"])
        .exits(1);
    says(
        &ran,
        "only carol may approve it (bob proposes it; alice: the key is revoked)",
    );
    assert_eq!(world.remote_ref("refs/countersign/queue/by-bob/1"), None);
    let ran = bob.countersign(&[
        "policy", "revoke", "alice", "--change", "by-bob", "--anyway", "--json",
    ]);
    assert_eq!(ran.exits(0).json()["canPass"], false);
    assert!(
        world
            .remote_ref("refs/countersign/queue/by-bob/1")
            .is_some()
    );
    // An agent may propose it: it approves nothing anyway. Its operator's voice is gone by that.
    let ran = world
        .agent
        .run("policy revoke bob --dry-run --json")
        .exits(0)
        .json();
    assert_eq!(ran["canPass"], false);
}

#[test]
fn when_too_few_are_left_a_new_root_is_the_way_out() {
    let world = World::with_policy(|policy| {
        let line = policy.signers[0].clone();
        let key = &line[line.find("ssh-ed25519").unwrap()..];
        policy.revoked.push(fingerprint(key).unwrap());
    });
    let carol = carol(&world);
    let mut revoke = vec!["policy", "revoke", "bob", "--change", "bob-key"];
    let ran = world.agent.countersign(&revoke).exits(1);
    says(
        &ran,
        "the policy cannot be changed by its own rules any more",
    );
    revoke.extend(["--anyway", "--json"]);
    let made = world.agent.countersign(&revoke).exits(0).json();
    let head = made["head"].as_str().unwrap();
    carol.run("sync").exits(0);
    let refspec = format!("{head}:refs/heads/main");
    carol.git(&["push", "-q", "origin", &refspec]);
    // By the old root nobody who may has changed the policy.
    let ran = gate(&world, &carol);
    assert_ne!(ran.code, Some(0));
    says(&ran, "E-POLICY-UNAUTHORISED");
    // By the new one it is in force: Bob's key is out, and what lands is judged by who is left.
    world.queue("app", "README.md", "After.\n");
    world.bob.run("sync").exits(0);
    let ran = world
        .bob
        .countersign(&["approve", "app", "-m", "fine"])
        .exits(1);
    says(&ran, "E-KEY-REVOKED");
    let app = carol.fetch_queue("app", 1);
    let landed = carol.land_merge(&app);
    carol.run("sync").exits(0);
    let range = format!("{head}..{landed}");
    let from_there = ["gate", "--target", "main", "--policy-root", head, &range];
    // Carol runs the agent that made this one.
    let ran = carol.countersign(&from_there).exits(1);
    says(&ran, "may not: carol@corp.example (E-SELF-APPROVAL)");
}
