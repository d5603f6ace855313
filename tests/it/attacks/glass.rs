//! Break-glass at the gate and at the server's hook: what it opens, for how long, and what it owes.

use jiff::{SignedDuration, Timestamp};

use super::forge::{line, publish};
use super::{answers, judged, say};
use crate::common::{Checkout, POLICY_REPOSITORY, Policy, Ran, World};

const TABLE: &str = "[break_glass]\nfrom = [\"policy-owner\"]\napprovals = 2\nmax_validity = \"2h\"\nfollowup = \"1d\"\n";

fn world() -> World {
    World::with_policy(|policy: &mut Policy| policy.tables = TABLE.to_owned())
}

/// A commit of the agent on `main` that nobody approved.
fn unapproved(world: &World) -> String {
    let head = world.queue("stop-it", "src/app.py", "def main():\n    return 2\n");
    world.bob.fetch_queue("stop-it", 1);
    let landed = world.bob.land_merge(&head);
    world.alice.git(&["fetch", "-q", "origin"]);
    landed
}

fn breaks(who: &Checkout, commit: &str) -> Ran {
    who.countersign(&["sync"]).ok();
    let words = [
        "break-glass",
        commit,
        "--reason",
        "checkout is down",
        "--push",
    ];
    who.countersign(&words)
}

fn broken(world: &World) -> String {
    let landed = unapproved(world);
    breaks(&world.alice, &landed).exits(0);
    breaks(&world.bob, &landed).exits(0);
    landed
}

/// A break-glass that was signed so many hours ago, for one hour.
fn long_ago(world: &World, who: &Checkout, name: &str, commit: &str, hours: i64) {
    let key = who.key.as_ref().unwrap();
    let hours = SignedDuration::from_hours(hours);
    let issued = Timestamp::from_second((Timestamp::now() - hours).as_second()).unwrap();
    let until = issued + SignedDuration::from_hours(1);
    let text = format!(
        "{{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":{{\"commit\":\"{commit}\",\"issuedAt\":\"{issued}\",\"reason\":\"r\",\"repository\":{{\"id\":\"{POLICY_REPOSITORY}\",\"policyRoot\":\"{}\"}},\"reviewer\":{{\"key\":\"{}\",\"principal\":\"{name}@corp.example\"}},\"target\":\"refs/heads/main\",\"validUntil\":\"{until}\"}},\"predicateType\":\"https://countersign.dev/break-glass/v1\",\"subject\":[{{\"digest\":{{\"gitCommit\":\"{commit}\"}},\"name\":\"{commit}\"}}]}}",
        world.root, key.fingerprint,
    );
    publish(world, commit, &line(world, key, &text));
}

#[test]
fn y03_two_people_let_one_commit_through_and_it_is_loud() {
    let world = world();
    let landed = unapproved(&world);
    answers(&judged(&world, &world.root, &landed), 8, "E-UNAPPROVED");
    breaks(&world.alice, &landed).exits(0);
    answers(&judged(&world, &world.root, &landed), 8, "E-UNAPPROVED");
    breaks(&world.bob, &landed).exits(0);
    let ran = judged(&world, &world.root, &landed);
    answers(&ran, 0, "W-BREAK-GLASS");
    let report = ran.json();
    assert_eq!(report["breakGlass"], true);
    let run = &report["runs"][0];
    assert_eq!(run["standing"], "overridden");
    assert_eq!(run["breakGlass"]["by"][1]["reason"], "checkout is down");
    assert_eq!(run["breakGlass"]["commit"], landed.as_str());
    assert!(ran.stderr.contains("ALLOW_BREAK_GLASS"), "{}", ran.stderr);
    let range = format!("{}..{landed}", world.root);
    let words = [
        "-q",
        "gate",
        "--target",
        "main",
        "--policy-root",
        &world.root,
        &range,
    ];
    let junit = world.sandbox.path("junit.xml");
    let junit = ["--github", "--junit", junit.to_str().unwrap()];
    let said = world
        .bob
        .countersign(&[&words[..], &junit[..]].concat())
        .exits(0);
    assert!(
        said.stdout.contains("ALLOW_BREAK_GLASS 1 runs judged"),
        "{}",
        said.stdout
    );
    assert!(said.stdout.contains("by break-glass of"), "{}", said.stdout);
    assert!(
        said.stderr.contains("::warning title=W-BREAK-GLASS"),
        "{}",
        said.stderr
    );
    assert!(!said.stderr.contains("::error"), "{}", said.stderr);
    let xml = std::fs::read_to_string(world.sandbox.path("junit.xml")).unwrap();
    assert!(
        xml.contains("ALLOW_BREAK_GLASS") && !xml.contains("<failure"),
        "{xml}"
    );
}

#[test]
fn y03_the_log_and_the_hook_show_it() {
    let world = world();
    let landed = broken(&world);
    let log = world.bob.run("log").exits(0);
    let lines = log
        .stdout
        .lines()
        .filter(|line| line.contains("break-glass"));
    assert_eq!(lines.count(), 2, "{}", log.stdout);
    let log = world.bob.countersign(&["log", "--json", &landed]).json();
    let said = &log["statements"][0];
    assert_eq!(said["reason"], "checkout is down");
    assert_eq!(said["knownKey"], true);
    world.sandbox.git(
        &world.remote,
        &["update-ref", "refs/heads/main", &world.root],
    );
    let line = format!("{} {landed} refs/heads/main\n", world.root);
    let hook = ["hook", "pre-receive", "--policy-root", &world.root];
    let sandbox = &world.sandbox;
    let mut command = sandbox.countersign_command(&world.remote);
    command.env("GIT_DIR", &world.remote).args(hook);
    let ran = crate::common::run(&mut command, line.as_bytes()).exits(0);
    assert!(ran.stderr.contains("ALLOW_BREAK_GLASS"), "{}", ran.stderr);
}

#[test]
fn y03_it_ends() {
    let world = world();
    let landed = unapproved(&world);
    long_ago(&world, &world.alice, "alice", &landed, 0);
    long_ago(&world, &world.bob, "bob", &landed, 2);
    answers(&judged(&world, &world.root, &landed), 8, "E-UNAPPROVED");
    long_ago(&world, &world.bob, "bob", &landed, 0);
    answers(&judged(&world, &world.root, &landed), 0, "W-BREAK-GLASS");
}

#[test]
fn y03_it_is_for_one_commit_and_lifts_no_rejection() {
    let world = world();
    let landed = broken(&world);
    world.agent.git(&["fetch", "-q", "origin"]);
    let next = world.queue("more", "src/app.py", "def main():\n    return 3\n");
    world.bob.fetch_queue("more", 1);
    let more = world.bob.land_merge(&next);
    answers(&judged(&world, &world.root, &landed), 0, "");
    answers(&judged(&world, &world.root, &more), 8, "E-UNAPPROVED");
    say(&world.bob, "reject", "stop-it");
    answers(&judged(&world, &world.root, &landed), 1, "E-REJECTED");
}

#[test]
fn y03_a_merge_that_adds_to_the_commit_is_another_one() {
    let world = world();
    let head = world.queue("stop-it", "src/app.py", "def main():\n    return 2\n");
    world.bob.fetch_queue("stop-it", 1);
    world.alice.fetch_queue("stop-it", 1);
    breaks(&world.alice, &head).exits(0);
    breaks(&world.bob, &head).exits(0);
    let clean = world.bob.land_merge(&head);
    answers(&judged(&world, &world.root, &clean), 0, "W-BREAK-GLASS");
    world.bob.git(&["reset", "-q", "--hard", &world.root]);
    world
        .bob
        .git(&["merge", "-q", "--no-ff", "--no-commit", &head]);
    world.bob.write("src/app.py", "def main():\n    return 4\n");
    let evil = world.bob.commit("Merge");
    answers(&judged(&world, &world.root, &evil), 8, "E-UNAPPROVED");
}

#[test]
fn y03_it_never_lets_a_change_of_the_policy_through() {
    let world = world();
    let text = world.alice.git(&["show", "HEAD:.countersign/policy.toml"]);
    let text = text.replace("version = 1", "version = 2");
    world.alice.write(".countersign/policy.toml", text + "\n");
    let landed = world.alice.commit("Loosen");
    let refused = breaks(&world.alice, &landed).exits(1);
    assert!(refused.stderr.contains("E-POLICY-UNAUTHORISED"));
    world.alice.push_main();
    long_ago(&world, &world.alice, "alice", &landed, 0);
    long_ago(&world, &world.bob, "bob", &landed, 0);
    let ran = judged(&world, &world.root, &landed);
    answers(&ran, 8, "E-POLICY-UNAUTHORISED");
}

#[test]
fn y03_without_a_review_later_deployments_are_denied() {
    let world = world();
    let landed = unapproved(&world);
    world.alice.git(&["pull", "-q", "origin", "main"]);
    world.alice.write("README.md", "More.\n");
    let next = world.alice.commit_signed("More");
    world.alice.push_main();
    long_ago(&world, &world.alice, "alice", &landed, 20);
    long_ago(&world, &world.bob, "bob", &landed, 20);
    answers(&judged(&world, &landed, &next), 0, "");
    // Twenty hours are not a day; thirty are, once both signed then.
    long_ago(&world, &world.bob, "bob", &landed, 30);
    answers(&judged(&world, &landed, &next), 0, "");
    long_ago(&world, &world.alice, "alice", &landed, 30);
    let overdue = "E-BREAKGLASS-FOLLOWUP";
    answers(&judged(&world, &landed, &next), 1, overdue);
    // Naming a later root of trust hides nothing.
    let range = format!("{landed}..{next}");
    let mut words = vec!["gate", "--json", "--target", "main", "--policy-root"];
    words.extend([&*landed, &*range]);
    answers(&world.bob.countersign(&words), 1, overdue);
    // Those who signed it do not review it.
    say(&world.alice, "approve", "stop-it");
    answers(&judged(&world, &landed, &next), 1, overdue);
}

#[test]
fn y03_a_review_by_somebody_else_settles_it() {
    let world = World::with_policy(|policy| {
        policy.tables = TABLE.replace("approvals = 2", "approvals = 1");
    });
    let landed = unapproved(&world);
    long_ago(&world, &world.alice, "alice", &landed, 0);
    answers(&judged(&world, &world.root, &landed), 0, "W-BREAK-GLASS");
    long_ago(&world, &world.alice, "alice", &landed, 30);
    let overdue = "E-BREAKGLASS-FOLLOWUP";
    answers(&judged(&world, &world.root, &landed), 1, overdue);
    answers(&judged(&world, &landed, &landed), 1, overdue);
    say(&world.bob, "approve", "stop-it");
    answers(&judged(&world, &world.root, &landed), 0, "");
    answers(&judged(&world, &landed, &landed), 0, "");
}

#[test]
fn who_may_not_break_it_is_told_before_anything_is_signed() {
    let world = World::new();
    let landed = unapproved(&world);
    let refused = breaks(&world.alice, &landed).exits(1);
    assert!(
        refused.stderr.contains("no [break_glass]"),
        "{}",
        refused.stderr
    );
    world.alice.run(&format!("break-glass {landed}")).exits(2);
    world.alice.run("break-glass nothing --reason x").exits(2);
    let world = self::world();
    let landed = unapproved(&world);
    let long = format!("break-glass {landed} --reason x --valid-for 3h");
    let refused = world.alice.run(&long);
    assert!(refused.stderr.contains("2h at most"), "{}", refused.stderr);
}
