//! The deployment's question, asked of a real repository: pushed, reviewed, merged, judged.

use crate::common::{Checkout, Ran, World};

/// The gate over `range`, from the policy's root.
fn gate(who: &Checkout, world: &World, range: &str) -> Ran {
    who.countersign(&[
        "gate",
        "--target",
        "main",
        "--policy-root",
        &world.root,
        range,
        "--json",
    ])
}

/// Approves in a clone, after a sync, and pushes.
fn approve(who: &Checkout, id: &str) {
    who.countersign(&["sync"]).ok();
    who.countersign(&["approve", id, "-m", "read it all", "--push"])
        .ok();
}

/// Bob merges revision 1 of a change into main.
fn merge(world: &World, id: &str) -> String {
    let head = world.bob.fetch_queue(id, 1);
    world.bob.land_merge(&head)
}

/// A clone that has everything the remote has.
fn deployer(world: &World) -> Checkout {
    let deployer = Checkout::new(
        &world.sandbox,
        &world.remote,
        "deployer",
        "deploy@corp.example",
        None,
    );
    deployer.countersign(&["sync"]).ok();
    deployer
}

#[test]
fn a_merge_waits_until_it_is_approved() {
    let world = World::new();
    world.queue("try-it", "src/app.py", "def main():\n    return 1\n");
    let merged = merge(&world, "try-it");
    let deployer = deployer(&world);
    let range = format!("{}..{merged}", world.root);

    let pending = gate(&deployer, &world, &range).exits(8).json();
    assert_eq!(pending["decision"], "pending");
    assert_eq!(pending["exit"], 8);
    assert_eq!(pending["runs"][0]["standing"], "unsatisfied");
    assert_eq!(pending["runs"][0]["ai"]["is"], true);
    assert_eq!(pending["runs"][0]["rules"][0]["needed"], 1);
    assert_eq!(pending["runs"][0]["rules"][0]["have"], 0);
    assert!(pending.get("verifiedOid").is_none());

    approve(&world.alice, "try-it");
    deployer.countersign(&["sync"]).ok();
    let allowed = gate(&deployer, &world, &range).exits(0).json();
    assert_eq!(allowed["decision"], "allow");
    assert_eq!(allowed["verifiedOid"], merged.as_str());
    let approval = &allowed["runs"][0]["approvals"][0];
    assert_eq!(approval["reviewer"], "alice@corp.example");
    assert_eq!(approval["carried"], "exact");

    let text = deployer
        .countersign(&[
            "gate",
            "--target",
            "main",
            "--policy-root",
            &world.root,
            &range,
        ])
        .ok();
    assert_eq!(
        text.lines().last(),
        Some(format!("verified-oid={merged}").as_str())
    );
}

#[test]
fn a_rejection_denies_until_its_author_approves() {
    let world = World::new();
    world.queue("try-it", "src/app.py", "def main():\n    return 2\n");
    let merged = merge(&world, "try-it");
    approve(&world.alice, "try-it");
    world.bob.countersign(&["sync"]).ok();
    world
        .bob
        .countersign(&[
            "reject",
            "try-it",
            "-m",
            "returns the wrong number",
            "--push",
        ])
        .ok();
    let deployer = deployer(&world);
    let range = format!("{}..{merged}", world.root);
    let denied = gate(&deployer, &world, &range).exits(1).json();
    assert_eq!(denied["decision"], "deny");
    let reasons = denied["runs"][0]["reasons"].to_string();
    assert!(
        reasons.contains("E-REJECTED") && reasons.contains("bob@corp.example"),
        "{reasons}"
    );

    approve(&world.bob, "try-it");
    deployer.countersign(&["sync"]).ok();
    gate(&deployer, &world, &range).exits(0);
}

#[test]
fn the_only_approver_being_the_author_is_not_enough() {
    let world = World::new();
    world.alice.start("own");
    world
        .alice
        .commit_by_ai("src/app.py", "def main():\n    return 3\n", "Mine");
    world.alice.push_queue("own-work", 1);
    let merged = merge(&world, "own-work");
    world.alice.countersign(&["sync"]).ok();
    let refused = world
        .alice
        .countersign(&["approve", "own-work", "-m", "fine"])
        .exits(1);
    assert!(
        refused.stderr.contains("E-SELF-APPROVAL"),
        "{}",
        refused.stderr
    );
    world
        .alice
        .countersign(&["approve", "own-work", "-m", "fine", "--anyway", "--push"])
        .ok();
    let deployer = deployer(&world);
    let range = format!("{}..{merged}", world.root);
    let pending = gate(&deployer, &world, &range).exits(8).json();
    let reasons = pending["runs"][0]["reasons"].to_string();
    assert!(reasons.contains("E-SELF-APPROVAL"), "{reasons}");
    assert_eq!(pending["runs"][0]["approvals"], serde_json::json!([]));
}

#[test]
fn a_clone_that_never_fetched_the_notes_gets_no_answer() {
    let world = World::new();
    world.queue("try-it", "src/app.py", "def main():\n    return 4\n");
    let merged = merge(&world, "try-it");
    approve(&world.alice, "try-it");
    let fresh = Checkout::new(
        &world.sandbox,
        &world.remote,
        "fresh",
        "x@corp.example",
        None,
    );
    let ran = gate(&fresh, &world, &format!("{}..{merged}", world.root)).exits(3);
    assert_eq!(ran.json()["decision"], "error");
    assert!(
        ran.json()["reasons"]
            .to_string()
            .contains("E-NOTES-NOT-FETCHED")
    );
}

#[test]
fn an_approval_survives_a_squash_and_a_rebase_and_no_edit() {
    let world = World::new();
    let text = "def main():\n    return 5\n";
    let head = world.queue("try-it", "src/app.py", text);
    approve(&world.alice, "try-it");
    // Something unrelated lands first, signed by a person who is exempt.
    world.bob.start("other");
    world.bob.write("README.md", "A better service.\n");
    world.bob.commit_signed("Say more");
    let unrelated = world.bob.push_main();
    world.bob.fetch_queue("try-it", 1);
    let squashed = world.bob.land_squash(&head, "Squashed");
    let deployer = deployer(&world);
    let done = gate(&deployer, &world, &format!("{unrelated}..{squashed}"))
        .exits(0)
        .json();
    assert_eq!(done["runs"][0]["approvals"][0]["carried"], "content");
    gate(&deployer, &world, &format!("{}..{squashed}", world.root)).exits(0);

    // One byte more than what was approved.
    world
        .bob
        .git(&["checkout", "-q", "-B", "edited", &unrelated]);
    world.bob.write("src/app.py", format!("{text}\n"));
    let edited = world.bob.commit("Squashed, and a byte");
    world
        .bob
        .git(&["push", "-q", "origin", "HEAD:refs/heads/edited"]);
    deployer.git(&["fetch", "-q", "origin"]);
    let denied = gate(&deployer, &world, &format!("{unrelated}..{edited}"));
    assert_eq!(denied.code, Some(8), "{}", denied.stderr);
}

#[test]
fn a_rebase_of_several_commits_is_judged_as_one_run() {
    let world = World::new();
    world.agent.start("several");
    world.agent.commit_by_ai("src/one.py", "ONE = 1\n", "One");
    world.agent.commit_by_ai("src/two.py", "TWO = 2\n", "Two");
    world.agent.push_queue("several", 1);
    approve(&world.alice, "several");
    world.bob.start("other");
    world.bob.write("README.md", "A better service.\n");
    world.bob.commit_signed("Say more");
    let base = world.bob.push_main();
    world.agent.git(&["fetch", "-q", "origin"]);
    world.agent.git(&["rebase", "-q", "origin/main"]);
    let tip = world.agent.push_main();
    let deployer = deployer(&world);
    let report = gate(&deployer, &world, &format!("{base}..{tip}"))
        .exits(0)
        .json();
    assert_eq!(report["runs"].as_array().map(Vec::len), Some(1));
    // Half of it is not what was approved.
    let half = deployer.oid(&format!("{tip}^"));
    gate(&deployer, &world, &format!("{base}..{half}")).exits(8);
}

#[test]
fn an_empty_default_range_is_a_usage_error() {
    let world = World::new();
    let deployer = deployer(&world);
    let ran = deployer
        .countersign(&["gate", "--target", "main", "--policy-root", &world.root])
        .exits(2);
    assert!(
        ran.stderr
            .contains("nothing to judge: HEAD is already on origin/main; give LAST_DEPLOYED..HEAD"),
        "{}",
        ran.stderr
    );
    // Written, the same range is 0 and says so.
    let range = format!("{0}..{0}", world.root);
    let ran = deployer
        .countersign(&[
            "gate",
            "--target",
            "main",
            "--policy-root",
            &world.root,
            &range,
        ])
        .exits(0);
    assert!(
        ran.stdout.contains(&format!("verified-oid={}", world.root)),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_default_base_proves_nothing_about_what_came_before() {
    let world = World::new();
    let head = world.queue("try-it", "src/app.py", "def main():\n    return 6\n");
    approve(&world.alice, "try-it");
    let deployer = deployer(&world);
    deployer.git(&["fetch", "-q", "origin", &head]);
    deployer.git(&["checkout", "-q", &head]);
    let report = deployer
        .countersign(&[
            "gate",
            "--target",
            "main",
            "--policy-root",
            &world.root,
            "--json",
        ])
        .exits(0)
        .json();
    assert!(report.get("verifiedOid").is_none());
    assert!(report["warnings"].to_string().contains("W-BASE-UNVERIFIED"));
}

#[test]
fn no_root_no_answer() {
    let world = World::new();
    world.queue("try-it", "src/app.py", "def main():\n    return 7\n");
    let merged = merge(&world, "try-it");
    let deployer = deployer(&world);
    let range = format!("{}..{merged}", world.root);
    let ran = deployer
        .countersign(&["gate", "--target", "main", &range])
        .exits(3);
    assert!(ran.stderr.contains("E-POLICY-ROOT"), "{}", ran.stderr);
}

#[test]
fn a_policy_change_needs_the_owners_in_every_mode() {
    let world = World::new();
    world.alice.start("policy");
    let toml = std::fs::read_to_string(world.alice.dir.join(".countersign/policy.toml")).unwrap();
    world.alice.write(
        ".countersign/policy.toml",
        toml.replace("version = 1", "version = 2"),
    );
    let head = world.alice.commit_signed("Policy 2");
    world.alice.push_queue("policy-two", 1);
    let tip = world.alice.push_main();
    let deployer = deployer(&world);
    let range = format!("{}..{tip}", world.root);
    let report = gate(&deployer, &world, &range).exits(8).json();
    assert!(
        report["runs"][0]["reasons"]
            .to_string()
            .contains("E-POLICY-UNAUTHORISED"),
        "{report}"
    );
    assert_eq!(head, tip);
    // Its author's word does not count; two other owners do (the world has one clone of them).
    approve(&world.bob, "policy-two");
    deployer.countersign(&["sync"]).ok();
    gate(&deployer, &world, &range).exits(8);
}

#[test]
fn report_only_decides_and_lets_through_but_never_hides_an_error() {
    let world = World::new();
    world.queue("try-it", "src/app.py", "def main():\n    return 8\n");
    let merged = merge(&world, "try-it");
    let deployer = deployer(&world);
    let range = format!("{}..{merged}", world.root);
    let ran = deployer
        .countersign(&[
            "gate",
            "--target",
            "main",
            "--policy-root",
            &world.root,
            &range,
            "--report-only",
        ])
        .exits(0);
    assert!(ran.stderr.contains("REPORT ONLY"), "{}", ran.stderr);
    assert!(!ran.stdout.contains("verified-oid"), "{}", ran.stdout);
    deployer
        .countersign(&["gate", "--target", "main", &range, "--report-only"])
        .exits(3);
}
