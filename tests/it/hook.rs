//! The gate as a server's hook: a real bare repository, real pushes, what it takes and what it says.

mod transports;

use std::os::unix::fs::PermissionsExt as _;

use crate::common::{Checkout, Ran, World};

/// A world whose remote runs the hook with these further words on its line.
fn guarded(more: &str) -> World {
    let world = World::new();
    guard(&world, &format!("--policy-root {} {more}", world.root));
    world
}

fn guard(world: &World, arguments: &str) {
    let hook = world.remote.join("hooks/pre-receive");
    let program = env!("CARGO_BIN_EXE_countersign");
    let script = format!("#!/bin/sh\nexec '{program}' hook pre-receive {arguments}\n");
    std::fs::create_dir_all(world.remote.join("hooks")).unwrap();
    std::fs::write(&hook, script).unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Pushes these refspecs, whatever comes of it.
fn push(who: &Checkout, refspecs: &[&str]) -> Ran {
    let mut words = vec!["push", "-q", "origin"];
    words.extend(refspecs);
    who.try_git(&words)
}

/// The push is refused, in one line for the ref, with these words.
#[track_caller]
fn refused(ran: &Ran, name: &str, words: &[&str]) {
    assert_ne!(ran.code, Some(0), "{}", ran.stderr);
    let begins = format!("remote: countersign: {name} ");
    let mut lines = ran.stderr.lines().filter(|line| line.starts_with(&begins));
    let line = lines.next().unwrap_or_else(|| panic!("{}", ran.stderr));
    assert!(lines.next().is_none(), "one line: {}", ran.stderr);
    for word in words {
        assert!(line.contains(word), "{word}: {line}");
    }
}

#[track_caller]
fn taken(ran: &Ran) {
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

/// Bob merges a queued revision on top of main, and pushes nothing.
fn merged(world: &World, id: &str) -> String {
    let head = world.bob.fetch_queue(id, 1);
    world.bob.start("landing");
    let merge = [
        "merge",
        "-q",
        "--no-ff",
        "--no-gpg-sign",
        "-m",
        "Merge",
        &head,
    ];
    world.bob.git(&merge);
    world.bob.oid("HEAD")
}

fn approve(who: &Checkout, id: &str) {
    who.countersign(&["sync"]).ok();
    who.countersign(&["approve", id, "-m", "read it all", "--push"])
        .ok();
}

#[test]
fn a_target_takes_what_was_approved_and_nothing_else() {
    let world = guarded("");
    world.queue("try-it", "src/app.py", "def main():\n    return 1\n");
    merged(&world, "try-it");
    let early = push(&world.bob, &["HEAD:refs/heads/main"]);
    let words = ["waits for approval", "E-UNAPPROVED", "countersign approve"];
    refused(&early, "refs/heads/main", &words);
    assert_eq!(
        world.remote_ref("refs/heads/main").as_deref(),
        Some(&*world.root)
    );

    approve(&world.alice, "try-it");
    taken(&push(&world.bob, &["HEAD:refs/heads/main"]));

    // What is no target is nobody's business.
    world.agent.start("side");
    world.agent.commit_by_ai("src/side.py", "pass\n", "Side");
    taken(&push(&world.agent, &["HEAD:refs/heads/side"]));
    taken(&push(&world.agent, &[":refs/heads/side"]));
}

#[test]
fn the_verdict_may_come_with_the_same_push() {
    let world = guarded("");
    world.queue("try-it", "src/app.py", "def main():\n    return 1\n");
    world.bob.countersign(&["sync"]).ok();
    // Bob's own approval waits in his clone; he pushes it and the merge together.
    let approved = world.bob.run("approve try-it -m ok");
    approved.ok();
    let notes = world
        .remote_ref("refs/notes/countersign")
        .expect("pushed by the verb");
    let admin = ["update-ref", "-d", "refs/notes/countersign"];
    world.sandbox.git(&world.remote, &admin);
    merged(&world, "try-it");
    let together = [
        "HEAD:refs/heads/main",
        &format!("{notes}:refs/notes/countersign"),
    ];
    taken(&push(&world.bob, &together));
}

#[test]
fn a_target_is_not_forced_and_not_deleted() {
    let world = guarded("");
    world.bob.start("landing");
    world.bob.write("docs/a.md", "a\n");
    world.bob.commit_signed("A page");
    taken(&push(&world.bob, &["HEAD:refs/heads/main"]));
    let back = push(&world.bob, &["+HEAD~1:refs/heads/main"]);
    refused(&back, "refs/heads/main", &["E-NOT-DESCENDANT"]);
    world
        .sandbox
        .git(&world.remote, &["symbolic-ref", "HEAD", "refs/heads/other"]);
    let gone = push(&world.bob, &[":refs/heads/main"]);
    refused(
        &gone,
        "refs/heads/main",
        &["E-REF-RULE", "cannot be deleted"],
    );
}

#[test]
fn a_policy_that_lets_its_author_in_is_judged_by_the_one_before() {
    let world = guarded("");
    world.agent.start("mine");
    let policy = world.agent.git(&["show", "HEAD:.countersign/policy.toml"]);
    let policy = policy.replace("version = 1", "version = 2")
        + "\n[people.eve]\nprincipal = \"eve@corp.example\"\nemails = [\"coder-bot@corp.example\"]\nroles = [\"senior\"]\n";
    world.agent.write(".countersign/policy.toml", policy);
    world.agent.commit("Let me in");
    let ran = push(&world.agent, &["HEAD:refs/heads/main"]);
    refused(&ran, "refs/heads/main", &["E-POLICY-UNAUTHORISED"]);
}

#[test]
fn verdicts_only_grow() {
    let world = guarded("");
    world.queue("try-it", "src/app.py", "def main():\n    return 1\n");
    approve(&world.alice, "try-it");
    let bob = &world.bob;
    bob.git(&[
        "fetch",
        "-q",
        "origin",
        "+refs/notes/countersign:refs/notes/theirs",
    ]);
    let noted = bob.git(&["notes", "--ref", "theirs", "list"]);
    let on = noted.split_whitespace().nth(1).unwrap();
    bob.git(&["notes", "--ref", "theirs", "remove", on]);
    let name = "refs/notes/countersign";
    let removed = push(bob, &["refs/notes/theirs:refs/notes/countersign"]);
    refused(
        &removed,
        name,
        &["E-REF-RULE", "1 line", "countersign sync"],
    );
    // Another history, and none at all.
    bob.git(&["notes", "--ref", "other", "add", "-m", "hello", "HEAD"]);
    let rewound = push(bob, &["+refs/notes/other:refs/notes/countersign"]);
    refused(&rewound, name, &["does not descend"]);
    refused(
        &push(bob, &[":refs/notes/countersign"]),
        name,
        &["cannot be deleted"],
    );
    let tree = bob.oid("HEAD^{tree}");
    let odd = push(bob, &[&format!("+{tree}:refs/notes/countersign")]);
    refused(&odd, name, &["must be a commit"]);
    // A second verdict is an ordinary push.
    approve(&world.bob, "try-it");
}

#[test]
fn a_revision_is_created_once_and_leaves_only_into_the_archive() {
    let world = guarded("");
    let head = world.queue("try-it", "src/app.py", "def main():\n    return 1\n");
    let (queued, archived) = (
        "refs/countersign/queue/try-it/1",
        "refs/countersign/archive/try-it/1",
    );
    world
        .agent
        .commit_by_ai("src/app.py", "import os\n", "Sneak");
    let moved = push(&world.agent, &[&format!("HEAD:{queued}")]);
    refused(&moved, queued, &["refs/countersign/queue/try-it/2"]);
    let gone = push(&world.agent, &[&format!(":{queued}")]);
    refused(&gone, queued, &["would be lost", archived]);
    let other = push(&world.agent, &[&format!("HEAD:{archived}")]);
    refused(&other, archived, &["does not stand in the queue"]);
    let both = [format!(":{queued}"), format!("{head}:{archived}")];
    taken(&push(&world.agent, &both.each_ref().map(String::as_str)));
    let emptied = push(&world.agent, &[&format!(":{archived}")]);
    refused(&emptied, archived, &["stays"]);
    for name in [
        "refs/countersign/queue/Try/1",
        "refs/countersign/queue/try-it/01",
        "refs/countersign/other/x",
    ] {
        refused(
            &push(&world.agent, &[&format!("HEAD:{name}")]),
            name,
            &["E-REF-RULE"],
        );
    }
    let blob = world.agent.oid("HEAD:README.md");
    let blob = push(
        &world.agent,
        &[&format!("{blob}:refs/countersign/queue/blob/1")],
    );
    refused(&blob, "refs/countersign/queue/blob/1", &["commit or a tag"]);
}

#[test]
fn a_claim_is_not_taken_from_another_before_it_is_over() {
    let world = guarded("");
    world.queue("try-it", "src/app.py", "def main():\n    return 1\n");
    world.alice.countersign(&["sync"]).ok();
    world.alice.run("claim try-it").ok();
    let claim = |until: &str| {
        let text = format!(
            "{{\"reviewer\":\"bob@corp.example\",\"at\":\"2026-01-01T00:00:00Z\",\"until\":\"{until}\"}}"
        );
        std::fs::write(world.bob.dir.join("claim"), text).unwrap();
        world
            .bob
            .git(&["hash-object", "-w", "claim"])
            .trim()
            .to_owned()
    };
    let name = "refs/countersign/claims/try-it";
    let mine = claim("2999-01-01T00:00:00Z");
    let taken_over = push(&world.bob, &[&format!("+{mine}:{name}")]);
    refused(&taken_over, name, &["alice@corp.example is on it until"]);
    let over = claim("2001-01-01T00:00:00Z");
    world
        .sandbox
        .git(&world.remote, &["update-ref", "-d", name]);
    taken(&push(&world.bob, &[&format!("{over}:{name}")]));
    world.alice.countersign(&["sync"]).ok();
    world.alice.run("claim try-it").ok();
    let junk = world.bob.oid("HEAD:README.md");
    let junk = push(&world.bob, &[&format!("+{junk}:{name}")]);
    refused(&junk, name, &["reviewer, at and until"]);
    world.alice.run("release try-it").ok();
}

#[test]
fn replace_refs_stay_out() {
    let world = guarded("");
    let head = world.agent.oid("HEAD");
    let name = format!("refs/replace/{head}");
    let ran = push(&world.agent, &[&format!("HEAD:{name}")]);
    refused(&ran, &name, &["replace refs"]);
}

#[test]
fn without_a_root_no_branch_moves() {
    let world = World::new();
    guard(&world, "");
    world.bob.start("landing");
    world.bob.write("docs/a.md", "a\n");
    world.bob.commit_signed("A page");
    let ran = push(&world.bob, &["HEAD:refs/heads/main"]);
    refused(&ran, "refs/heads/main", &["E-POLICY-ROOT", "--policy-root"]);
}

#[test]
fn report_only_says_it_and_lets_targets_go_but_not_verdicts() {
    let world = guarded("--report-only");
    world.queue("try-it", "src/app.py", "def main():\n    return 1\n");
    merged(&world, "try-it");
    let ran = push(&world.bob, &["HEAD:refs/heads/main"]);
    taken(&ran);
    assert!(
        ran.stderr
            .contains("REPORT ONLY countersign: refs/heads/main waits"),
        "{}",
        ran.stderr
    );
    approve(&world.alice, "try-it");
    let gone = push(&world.bob, &[":refs/notes/countersign"]);
    refused(&gone, "refs/notes/countersign", &["cannot be deleted"]);
}

#[test]
fn lines_that_git_would_not_write_are_refused() {
    let world = World::new();
    for input in ["x y refs/heads/main\n", "0 0\n", "refs/heads/main\n"] {
        let ran = world.sandbox.countersign_fed(
            &world.remote,
            &["hook", "pre-receive"],
            input.as_bytes(),
        );
        assert!(
            ran.exits(2)
                .stderr
                .contains("not a line of a pre-receive hook")
        );
    }
    let nothing = world
        .sandbox
        .countersign_fed(&world.remote, &["hook", "pre-receive"], b"");
    nothing.ok();
}
