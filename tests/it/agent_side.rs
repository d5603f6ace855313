//! The agent's side of the queue, by the scripts of `docs/agents.md` as they stand there: exit codes
//! alone decide what a scripted agent does next.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::common::{Checkout, World};

/// The shell scripts of the page, in order.
fn scripts() -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/agents.md");
    let page = std::fs::read_to_string(page).unwrap();
    let blocks = page.split("```sh\n").skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

fn executable(path: PathBuf, text: &str) {
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// A shell in the agent's clone that finds the program under its own name.
fn shell(world: &World) -> Command {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_countersign"));
    let mut path = std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect::<Vec<_>>();
    path.insert(0, program.parent().unwrap().to_owned());
    let mut command = world.sandbox.command("sh", &world.agent.dir);
    command.env("PATH", std::env::join_paths(path).unwrap());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The agent's own part: every remark of `must` makes the file one line longer; a second time it
/// gives up.
const FIX: &str = r#"#!/bin/sh
set -eu
test "$(jq '.comments | length' "$1")" -gt 0
test ! -e gave-up
jq -r '.comments[] | select(.severity == "must" and .state != "answered") | .body' "$1" >>src/app.py
git add src/app.py
git commit -q --no-gpg-sign -m "Do as the remarks say

Co-authored-by: Claude <noreply@anthropic.com>"
"#;

/// Waits until the reviewer's clone has this revision, and says what it thinks of it.
fn judge(world: &World, number: u32, words: &[&str]) {
    let name = format!("refs/countersign/queue/app/{number}");
    while world.remote_ref(&name).is_none() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    world.alice.countersign(&["sync"]).ok();
    world.alice.countersign(words).ok();
}

fn start(world: &World) -> Child {
    // The wait of the page is the program's own; a test does not wait half a minute.
    let script = scripts()[0].replace("--timeout 4h", "--timeout 4h --every 1s");
    assert!(script.contains("--every 1s"));
    executable(world.agent.dir.join("queue.sh"), &script);
    executable(world.agent.dir.join("fix"), FIX);
    shell(world).args(["./queue.sh", "app"]).spawn().unwrap()
}

fn work(agent: &Checkout) {
    agent.start("app");
    agent.commit_by_ai("src/app.py", "def main():\n    return 1\n", "Return one");
}

#[test]
fn rejected_it_answers_each_remark_and_is_approved() {
    let world = World::new();
    work(&world.agent);
    let agent = start(&world);
    let remark = [
        "comment",
        "app",
        "--at",
        "src/app.py:2",
        "--severity",
        "must",
    ];
    judge(
        &world,
        1,
        &[&remark[..], &["-m", "# say why", "--push"]].concat(),
    );
    judge(
        &world,
        1,
        &["reject", "app", "-m", "see the remark", "--push"],
    );
    judge(&world, 2, &["approve", "app@2", "-m", "better", "--push"]);
    let ended = agent.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{said}");

    let shown = world.alice.run("show app --comments --json").json();
    assert_eq!(
        (&shown["revision"], &shown["state"]),
        (&2.into(), &"approved".into())
    );
    assert_eq!(shown["comments"][0]["state"], "answered", "{shown}");
    let text = world.agent.git(&["show", "HEAD:src/app.py"]);
    assert!(text.contains("# say why"), "{text}");
    let answer = std::fs::read(world.agent.dir.join("answer.json")).unwrap();
    assert!(answer.len() < 1000, "a poll is small: {}", answer.len());
}

#[test]
fn what_cannot_be_mended_is_closed() {
    let world = World::new();
    work(&world.agent);
    std::fs::write(world.agent.dir.join("gave-up"), "").unwrap();
    let agent = start(&world);
    judge(&world, 1, &["reject", "app", "-m", "no", "--push"]);
    let ended = agent.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    world.alice.run("sync").ok();
    let shown = world.alice.run("show app --json").json();
    assert_eq!(shown["closed"]["message"], "cannot be mended");
}

#[test]
fn two_at_once_leave_one_revision() {
    let world = World::new();
    work(&world.agent);
    let propose = || {
        let mut command = world.sandbox.countersign_command(&world.agent.dir);
        command.args(["propose", "--id", "app", "--json"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let both = [propose(), propose()].map(|child| child.wait_with_output().unwrap());
    for ended in both {
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(0), "{said}");
        let answer: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
        assert_eq!(answer["revision"], 1, "{answer}");
    }
    assert!(world.remote_ref("refs/countersign/queue/app/1").is_some());
    assert!(world.remote_ref("refs/countersign/queue/app/2").is_none());
}

#[test]
fn a_pull_request_is_proposed_and_its_verdict_told() {
    let world = World::new();
    work(&world.agent);
    world
        .agent
        .git(&["push", "-q", "origin", "HEAD:refs/pull/7/head"]);
    let script = scripts()[1].replace("--timeout 50m", "--timeout 0s");
    assert!(script.contains("--timeout 0s"));
    executable(world.agent.dir.join("check.sh"), &script);
    let check = || {
        let mut command = shell(&world);
        command.env("NUMBER", "7").env("BASE_BRANCH", "main");
        command.env("AUTHOR", "claude").env("TITLE", "Return one");
        let ended = command.arg("./check.sh").output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(0), "{said}");
        String::from_utf8(ended.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(check(), "pending");
    world.alice.countersign(&["sync"]).ok();
    world
        .alice
        .countersign(&["approve", "pr-7", "-m", "fine", "--push"])
        .ok();
    assert_eq!(check(), "success");
    assert!(world.remote_ref("refs/countersign/queue/pr-7/2").is_none());
    world.bob.countersign(&["sync"]).ok();
    world
        .bob
        .countersign(&["reject", "pr-7", "-m", "wait", "--push"])
        .ok();
    assert_eq!(check(), "failure");
}
