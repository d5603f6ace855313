//! `countersign wait`: what an agent blocks on, and what it is told.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::common::{Checkout, World};

fn verdict(who: &Checkout, verb: &str, id: &str) {
    who.countersign(&["sync"]).ok();
    who.countersign(&[verb, id, "-m", "read it all", "--push"])
        .ok();
}

fn look(world: &World, id: &str) -> crate::common::Ran {
    world
        .agent
        .countersign(&["wait", id, "--timeout", "0s", "--json"])
}

#[test]
fn pending_approved_rejected_and_superseded_have_codes_of_their_own() {
    let world = World::new();
    world.queue("first", "src/app.py", "def main():\n    return 1\n");
    world.queue("second", "src/b.py", "b = 1\n");

    let pending = look(&world, "first").exits(8).json();
    assert_eq!(pending["schema"], "countersign/wait/1");
    assert_eq!(
        (&pending["state"], &pending["revision"]),
        (&"pending".into(), &1.into())
    );
    assert!(pending.get("next").is_none());

    verdict(&world.alice, "approve", "first");
    assert_eq!(look(&world, "first").exits(0).json()["state"], "approved");

    verdict(&world.bob, "reject", "second");
    let rejected = look(&world, "second@1").exits(1).json();
    assert_eq!(rejected["state"], "rejected");
    let next = rejected["next"].as_str().unwrap();
    assert_eq!(next, "countersign show second@1 --comments --json");
    // The next command works as it is printed.
    world
        .agent
        .run(next.strip_prefix("countersign ").unwrap())
        .ok();

    world.agent.git(&["checkout", "-q", "second"]);
    world.agent.commit_by_ai("src/b.py", "b = 2\n", "Better");
    world.agent.push_queue("second", 2);
    let superseded = look(&world, "second@1").exits(1).json();
    assert_eq!(superseded["state"], "superseded");
    assert_eq!(superseded["next"], "countersign wait second@2");
    look(&world, "second").exits(8);
}

#[test]
fn it_blocks_until_something_comes() {
    let world = World::new();
    world.queue("slow", "src/app.py", "def main():\n    return 1\n");
    let mut command = world.sandbox.countersign_command(&world.agent.dir);
    command.args(["wait", "slow", "--timeout", "3m", "--every", "1s", "--json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut waiting = command.spawn().unwrap();
    let mut begun = String::new();
    let mut stderr = BufReader::new(waiting.stderr.take().unwrap());
    stderr.read_line(&mut begun).unwrap();
    assert_eq!(begun, "waiting for slow@1\n");
    verdict(&world.alice, "approve", "slow");
    let done = waiting.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0));
    let said: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(said["state"], "approved");
    assert!(done.stdout.len() < 1000, "a poll is small");
}

#[test]
fn what_cannot_be_waited_for_is_said_at_once() {
    let world = World::new();
    world.agent.run("wait nothing --timeout 0s").exits(2);
    world.queue("here", "src/app.py", "def main():\n    return 1\n");
    world.agent.run("wait here@7 --timeout 0s").exits(2);
    world.agent.run("wait here --timeout soon").exits(2);
    let gone = world.sandbox.path("gone.git");
    world
        .agent
        .git(&["remote", "set-url", "origin", gone.to_str().unwrap()]);
    world.agent.run("wait here --timeout 1h").exits(4);
}
