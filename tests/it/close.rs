//! `countersign close`: a change leaves the queue and is not lost.

use std::os::unix::fs::PermissionsExt as _;

use crate::common::World;

/// A world with two revisions of the change `mistake` in the queue.
fn world() -> World {
    let world = World::new();
    world.queue("mistake", "src/app.py", "def main():\n    return 1\n");
    let text = "def main():\n    return 2\n";
    world.agent.commit_by_ai("src/app.py", text, "Better");
    world.agent.push_queue("mistake", 2);
    world
}

fn hook(world: &World, name: &str, script: &str) {
    let hook = world.remote.join("hooks").join(name);
    std::fs::create_dir_all(world.remote.join("hooks")).unwrap();
    std::fs::write(&hook, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
}

const ONE: &str = "refs/countersign/queue/mistake/1";
const TWO: &str = "refs/countersign/queue/mistake/2";

#[test]
fn every_revision_is_in_the_archive_with_the_reason_beside_it() {
    let world = world();
    let [first, second] = [ONE, TWO].map(|name| world.remote_ref(name));
    let closed = world
        .agent
        .countersign(&["close", "mistake", "-m", "not\nneeded", "--json"])
        .exits(0)
        .json();
    assert_eq!(closed["schema"], "countersign/close/1");
    assert_eq!(closed["revisions"], serde_json::json!([1, 2]));
    assert_eq!(closed["closed"]["by"], "coder-bot@corp.example");
    let archived = |name: &str| world.remote_ref(&name.replace("/queue/", "/archive/"));
    assert_eq!([ONE, TWO].map(|name| world.remote_ref(name)), [None, None]);
    assert_eq!([ONE, TWO].map(archived), [first, second]);

    // Who looks for it finds it, and why it is gone; nothing is said to be odd.
    world.alice.run("sync").ok();
    let queue = world.alice.run("--list --json");
    assert_eq!(queue.json()["changes"], serde_json::json!([]));
    assert!(!queue.stderr.contains("ignored"), "{}", queue.stderr);
    let all = world.alice.run("--list --all --json").json();
    assert_eq!(all["changes"][0]["state"], "closed");
    let shown = world.alice.run("show mistake --json").json();
    assert_eq!(shown["closed"]["message"], "not\nneeded");
    let words = world.alice.run("show mistake").ok();
    assert!(
        words.contains("closed    by coder-bot@corp.example at "),
        "{words}"
    );
    assert!(words.contains(": not / needed\n"), "{words}");
    let waited = world.agent.run("wait mistake --timeout 0s --json").exits(1);
    assert_eq!(waited.json()["state"], "closed");
}

#[test]
fn closing_twice_changes_nothing_and_a_new_revision_opens_it_again() {
    let world = world();
    world.agent.run("close mistake -m first").ok();
    let again = world
        .alice
        .countersign(&["close", "mistake", "-m", "second", "--json"]);
    let again = again.exits(0).json();
    assert_eq!(again["revisions"], serde_json::json!([]));
    assert_eq!(again["closed"]["message"], "first");

    world.agent.run("propose --id mistake").ok();
    assert!(
        world
            .remote_ref("refs/countersign/queue/mistake/3")
            .is_some()
    );
    world.alice.run("sync").ok();
    let open = world.alice.run("show mistake --json").json();
    assert_eq!(
        (&open["state"], open.get("closed")),
        (&"pending".into(), None)
    );
    // And closed again, it says the newer reason.
    world.agent.run("close mistake -m third").ok();
    let shown = world.agent.run("show mistake --json").json();
    assert_eq!(shown["closed"]["message"], "third");
}

#[test]
fn a_host_that_takes_half_of_it_loses_nothing() {
    let world = world();
    let first = world.remote_ref(ONE);
    // Old hosts know no atomic push; this one lets nothing out of the queue either.
    world.sandbox.git(
        &world.remote,
        &["config", "receive.advertiseAtomic", "false"],
    );
    hook(
        &world,
        "update",
        "case $1:$3 in refs/countersign/queue/*:0000*) echo 'queue refs stay here' >&2; exit 1;; esac",
    );
    let refused = world.agent.run("close mistake -m no").exits(4);
    assert!(
        refused.stderr.contains("queue refs stay here"),
        "{}",
        refused.stderr
    );
    assert_eq!(world.remote_ref(ONE), first);
    world.agent.run("sync").ok();
    let shown = world.agent.run("show mistake --json").json();
    assert_eq!(shown["state"], "pending");

    std::fs::remove_file(world.remote.join("hooks/update")).unwrap();
    world.agent.run("close mistake -m no").ok();
    let archived = world.remote_ref(&ONE.replace("/queue/", "/archive/"));
    assert_eq!((world.remote_ref(ONE), archived), (None, first));
}

#[test]
fn the_hook_lets_a_change_be_closed_and_nothing_be_planted() {
    let world = world();
    let program = env!("CARGO_BIN_EXE_countersign");
    let line = format!(
        "exec '{program}' hook pre-receive --policy-root {}",
        world.root
    );
    hook(&world, "pre-receive", &line);
    world.agent.write("junk", "not a reason\n");
    let junk = world.agent.git(&["hash-object", "-w", "junk"]);
    let name = "refs/countersign/archive/mistake/closed";
    let spec = format!("{}:{name}", junk.trim());
    let planted = world.agent.try_git(&["push", "-q", "origin", &spec]);
    assert_ne!(planted.code, Some(0));
    assert!(planted.stderr.contains("E-REF-RULE"), "{}", planted.stderr);

    world.agent.run("close mistake -m gone").ok();
    assert!(world.remote_ref(name).is_some());
    assert_eq!(world.remote_ref(TWO), None);
}

#[test]
fn what_cannot_be_closed_is_named() {
    let world = world();
    world.agent.run("close nothing -m x").exits(2);
    world.agent.run("close mistake").exits(2);
    world
        .agent
        .countersign(&["close", "mistake", "-m", " "])
        .exits(2);
    let gone = world.sandbox.path("gone.git");
    world
        .agent
        .git(&["remote", "set-url", "origin", gone.to_str().unwrap()]);
    world.agent.run("close mistake -m x").exits(4);
}
