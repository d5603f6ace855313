//! Agents that only open pull requests: each head becomes a revision, the verdict comes back as a status.

use super::actions::{Known, Runner, known, steps, with};
use super::{Shop, program};
use crate::common::Ran;

/// Titles are anybody's: nothing of one reaches a shell.
const TITLE: &str = "--help \"$(touch injected)\" `touch injected`; touch injected";

/// Pushes the agent's commit as the head of pull request 7.
fn open(shop: &Shop) -> String {
    let push = ["push", "-q", "-f", "origin", "HEAD:refs/pull/7/head"];
    shop.world.agent.git(&push);
    shop.world.agent.oid("HEAD")
}

/// The job for a head; the statuses it reported, oldest first.
fn job(shop: &Shop, name: &str, head: &str) -> (Ran, Vec<String>) {
    let steps = steps("github/propose.yml", "propose");
    let [checkout, install, propose] = &steps[..] else {
        panic!("three steps");
    };
    // The base's commit is checked out, whole.
    assert_eq!(
        checkout["with"]["ref"],
        "${{ github.event.pull_request.base.sha }}"
    );
    assert_eq!(checkout["with"]["fetch-depth"], 0);
    let top = shop.world.sandbox.path("");
    shop.world
        .sandbox
        .git(&top, &["clone", "-q", &shop.url(), name]);
    let dir = shop.world.sandbox.path(name);
    let mut runner = Runner::new(shop, dir.clone());
    let mut inputs = with(install, &Known::new());
    let countersign = env!("CARGO_BIN_EXE_countersign");
    inputs.insert("program".to_owned(), countersign.to_owned());
    let (ran, _) = runner.action(&inputs);
    ran.ok();
    // What the API is told.
    let statuses = shop.world.sandbox.path(format!("{name}.statuses"));
    let gh = "#!/bin/sh\nfor word in \"$@\"; do printf '%s|' \"$word\"; done >>\"$STATUSES\"\necho >>\"$STATUSES\"\n";
    let tools = shop.world.sandbox.path("tools");
    program(&tools.join("gh"), gh);
    runner.environment = known(&[("STATUSES", statuses.to_str().unwrap())]);
    runner.add_path(tools);
    let event = known(&[
        ("github.token", "t0ken"),
        ("github.repository", "corp/shop"),
        ("github.event.pull_request.number", "7"),
        ("github.event.pull_request.head.sha", head),
        ("github.event.pull_request.base.ref", "main"),
        ("github.event.pull_request.user.login", "coder[bot]"),
        ("github.event.pull_request.title", TITLE),
        (
            "github.event.pull_request.html_url",
            "https://git.example.com/corp/shop/pull/7",
        ),
    ]);
    let mut step = propose.clone();
    assert_eq!(step["env"]["PATIENCE"], "50m");
    step["env"]["PATIENCE"] = "0s".into();
    let (ran, _) = runner.step(&step, &event);
    assert!(!dir.join("injected").exists());
    let told = std::fs::read_to_string(statuses).unwrap_or_default();
    let lines = told.lines().map(|line| {
        let about = format!("api|--silent|repos/corp/shop/statuses/{head}|-f|context=countersign|");
        let rest = line.strip_prefix(&about);
        rest.unwrap_or_else(|| panic!("{line}")).to_owned()
    });
    (ran, lines.collect())
}

fn is(status: &str, state: &str, words: &str) {
    assert!(
        status.starts_with(&format!("-f|state={state}|")),
        "{status}"
    );
    assert!(status.contains(words), "{status}");
}

#[test]
fn each_head_becomes_a_revision_and_the_verdict_comes_back() {
    let shop = Shop::new();
    shop.world.agent.start("pull");
    shop.world.agent.commit_by_ai("src/a.py", "A = 1\n", "A");
    let head = open(&shop);
    let (ran, told) = job(&shop, "one", &head);
    ran.ok();
    is(
        &told[0],
        "pending",
        "revision 1 waits for review: countersign show pr-7",
    );
    is(&told[1], "pending", "revision 1 still waits");
    assert_eq!(shop.world.bob.fetch_queue("pr-7", 1), head);
    shop.world.alice.run("sync").ok();
    let shown = shop.world.alice.run("show pr-7 --json").json();
    assert_eq!(shown["title"], TITLE, "{shown}");
    assert_eq!(shown["agent"], "coder[bot]", "{shown}");

    // Rejected: the same job again says so.
    shop.world.alice.run("reject pr-7 -m no --push").ok();
    let (ran, told) = job(&shop, "two", &head);
    ran.ok();
    is(told.last().unwrap(), "failure", "revision 1 needs work: ");

    // The next push is the next revision; approved, it is green.
    shop.world
        .agent
        .commit_by_ai("src/a.py", "A = 2\n", "A again");
    let next = open(&shop);
    // A job for a head that is no longer the pull request's does nothing.
    let (ran, told) = job(&shop, "late", &head);
    ran.ok();
    assert!(told.is_empty());
    let (ran, _) = job(&shop, "three", &next);
    ran.ok();
    shop.approve("pr-7");
    let (ran, told) = job(&shop, "four", &next);
    ran.ok();
    is(
        told.last().unwrap(),
        "success",
        "revision 2 is approved under the policy in force",
    );
}
