//! Bad input and odd places: each line of the list below the exit codes in the interface page, with
//! its message, its remedy and its code; and nothing is lost.

use crate::common::{Checkout, Key, Sandbox, World};

#[test]
fn not_a_repository_is_2_with_a_way_out() {
    let sandbox = Sandbox::new();
    let dir = sandbox.path("empty");
    std::fs::create_dir(&dir).unwrap();
    for args in [
        vec!["--list"],
        vec!["show", "x1"],
        vec!["gate"],
        vec!["sync"],
        vec!["approve", "x1", "-m", "y"],
    ] {
        let ran = sandbox.countersign(&dir, &args).exits(2);
        assert!(
            ran.stderr.contains("not a git repository"),
            "{args:?}: {}",
            ran.stderr
        );
        assert!(
            ran.stderr.contains("hint: run this inside a clone"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn no_commits_lists_nothing_and_the_gate_is_2() {
    let sandbox = Sandbox::new();
    let top = sandbox.path("");
    sandbox.git(&top, &["init", "-q", "new"]);
    let dir = sandbox.path("new");
    assert_eq!(sandbox.countersign(&dir, &["--list"]).ok(), "");
    assert_eq!(
        sandbox
            .countersign(&dir, &["--list", "--json"])
            .exits(0)
            .json()["changes"],
        serde_json::json!([])
    );
    sandbox.countersign(&dir, &["gate"]).exits(2);
}

#[test]
fn no_remote_reads_and_approves_and_cannot_sync() {
    let world = World::new();
    world.queue("try-it", "src/app.py", "def main():\n    return 1\n");
    world.alice.countersign(&["sync"]).ok();
    let queue = "refs/countersign-remote/origin/countersign/queue/try-it/1";
    let head = world.alice.oid(queue);
    world
        .alice
        .git(&["update-ref", "refs/countersign/queue/try-it/1", &head]);
    world.alice.git(&["remote", "remove", "origin"]);
    assert!(world.alice.countersign(&["--list"]).ok().contains("try-it"));
    assert!(
        world
            .alice
            .countersign(&["show", "try-it"])
            .ok()
            .contains(&head)
    );
    let approved = world
        .alice
        .countersign(&["approve", "try-it", "-m", "fine"])
        .ok();
    assert!(approved.starts_with("recorded "), "{approved}");
    let synced = world.alice.countersign(&["sync"]).exits(2);
    assert!(synced.stderr.contains("has no remote"), "{}", synced.stderr);
    // The gate judges the local refs: the approval is in the own notes.
    world.alice.git(&[
        "merge",
        "-q",
        "--no-ff",
        "--no-gpg-sign",
        "-m",
        "Merge",
        &head,
    ]);
    let range = format!("{}..HEAD", world.root);
    world
        .alice
        .countersign(&[
            "gate",
            "--target",
            "main",
            "--policy-root",
            &world.root,
            &range,
        ])
        .exits(0);
}

#[test]
fn no_policy_lists_and_answers_3_to_verdicts_and_gate() {
    let sandbox = std::rc::Rc::new(Sandbox::new());
    let top = sandbox.path("");
    let remote = sandbox.path("remote.git");
    sandbox.git(&top, &["init", "-q", "--bare", "remote.git"]);
    let key = Key::new(&sandbox, "alice");
    let alice = Checkout::new(&sandbox, &remote, "alice", "alice@corp.example", Some(&key));
    alice.write("README.md", "x\n");
    let root = alice.commit("Start");
    alice.push_main();
    alice.git(&["checkout", "-q", "-b", "topic"]);
    alice.commit_by_ai("src/app.py", "X = 1\n", "X");
    alice.push_queue("try-it", 1);
    alice.countersign(&["sync"]).ok();
    assert!(alice.countersign(&["--list"]).ok().contains("try-it"));
    let refused = alice
        .countersign(&["approve", "try-it", "-m", "fine"])
        .exits(3);
    assert!(
        refused.stderr.contains("there is no policy"),
        "{}",
        refused.stderr
    );
    let range = format!("{root}..HEAD");
    let gated = alice
        .countersign(&[
            "gate",
            "--target",
            "main",
            "--policy-root",
            &root,
            &range,
            "--json",
        ])
        .exits(3);
    assert_eq!(gated.json()["decision"], "error");
}

#[test]
fn an_invalid_trusted_policy_lists_with_a_warning_and_answers_3() {
    let world = World::new();
    world.queue("try-it", "src/app.py", "def main():\n    return 2\n");
    world.alice.start("broken");
    let toml = std::fs::read_to_string(world.alice.dir.join(".countersign/policy.toml")).unwrap();
    world.alice.write(
        ".countersign/policy.toml",
        toml.replace("approvals = 1", "aprovals = 1"),
    );
    world.alice.commit_signed("Break it");
    let tip = world.alice.push_main();
    world.alice.countersign(&["sync"]).ok();
    let listed = world.alice.countersign(&["--list"]).exits(0);
    assert!(
        listed.stderr.contains("E-POLICY-INVALID"),
        "{}",
        listed.stderr
    );
    assert!(listed.stderr.contains("aprovals"), "{}", listed.stderr);
    assert!(listed.stdout.contains("try-it"));
    let refused = world
        .alice
        .countersign(&["approve", "try-it", "-m", "fine"])
        .exits(3);
    assert!(refused.stderr.contains("aprovals"), "{}", refused.stderr);
    world
        .alice
        .countersign(&[
            "gate",
            "--target",
            "main",
            "--policy-root",
            &tip,
            &format!("{tip}..{tip}"),
        ])
        .exits(3);
}

#[test]
fn no_key_or_a_locked_one_is_4_and_browsing_works() {
    let world = World::new();
    world.queue("try-it", "src/app.py", "def main():\n    return 3\n");
    world.alice.countersign(&["sync"]).ok();
    world.alice.git(&["config", "--unset", "user.signingKey"]);
    assert!(world.alice.countersign(&["--list"]).ok().contains("try-it"));
    let none = world
        .alice
        .countersign(&["approve", "try-it", "-m", "fine"])
        .exits(4);
    assert!(
        none.stderr.contains("no signing key") && none.stderr.contains("hint: git config"),
        "{}",
        none.stderr
    );

    let key = world.alice.key.clone().unwrap();
    world
        .alice
        .git(&["config", "user.signingKey", key.path.to_str().unwrap()]);
    let mut lock = world.sandbox.command("ssh-keygen", &world.alice.dir);
    lock.args([
        "-q",
        "-p",
        "-P",
        "",
        "-N",
        "secret",
        "-f",
        key.path.to_str().unwrap(),
    ]);
    assert_eq!(crate::common::run(&mut lock, b"").code, Some(0));
    let locked = world
        .alice
        .countersign(&["approve", "try-it", "-m", "fine"])
        .exits(4);
    assert!(locked.stderr.contains("locked"), "{}", locked.stderr);
    assert_eq!(world.remote_ref("refs/notes/countersign"), None);
}

#[test]
fn a_remote_that_is_gone_keeps_the_verdict_here_and_takes_it_later() {
    let world = World::new();
    world.queue("try-it", "src/app.py", "def main():\n    return 4\n");
    world.alice.countersign(&["sync"]).ok();
    let away = world.sandbox.path("away.git");
    std::fs::rename(&world.remote, &away).unwrap();
    let recorded = world
        .alice
        .countersign(&["approve", "try-it", "-m", "fine"])
        .exits(0);
    assert!(
        recorded.stdout.contains("waiting for push"),
        "{}",
        recorded.stdout
    );
    world
        .alice
        .countersign(&["approve", "try-it", "-m", "again", "--push"])
        .exits(4);
    world.alice.countersign(&["sync"]).exits(4);
    world
        .alice
        .countersign(&[
            "gate",
            "--fetch",
            "--target",
            "main",
            "--policy-root",
            &world.root,
        ])
        .exits(4);
    let status = world
        .alice
        .countersign(&["sync", "--status", "--json"])
        .exits(0)
        .json();
    assert_eq!(status["verdicts"].as_array().map(Vec::len), Some(2));
    std::fs::rename(&away, &world.remote).unwrap();
    world.alice.countersign(&["sync"]).ok();
    assert!(world.remote_ref("refs/notes/countersign").is_some());
    let status = world.alice.countersign(&["sync", "--status"]).ok();
    assert!(status.contains("nothing waits here"), "{status}");
}

#[test]
fn verdicts_refuse_what_would_not_count() {
    let world = World::new();
    let alice = &world.alice;
    let head = world.queue("try-it", "src/app.py", "def main():\n    return 5\n");
    alice.run("sync").ok();
    alice.run("reject try-it").exits(2);
    alice.run("approve unknown-one -m x").exits(2);
    alice.run("approve try-it@7 -m x").exits(2);
    // Without a terminal whole ids only.
    alice.run("approve try -m x").exits(2);
    let wrong = format!("{}0", &head[..39]);
    if wrong != head {
        let line = format!("approve try-it -m x --head {wrong}");
        alice.run(&line).exits(1);
    }
    alice
        .run("approve try-it -m x --check security=fail")
        .exits(1);
    alice
        .run("approve try-it -m x --check beauty=pass")
        .exits(2);
    alice
        .run("approve try-it -m x --answer 0123456789abcdef")
        .exits(2);
    alice.run("withdraw try-it -m x").exits(2);
    // A key that is nobody's.
    let stranger = Key::new(&world.sandbox, "stranger");
    alice.git(&["config", "user.signingKey", stranger.path.to_str().unwrap()]);
    let refused = alice.run("approve try-it -m x").exits(1);
    let why = &refused.stderr;
    assert!(why.contains("E-KEY-UNKNOWN"), "{why}");
    assert_eq!(world.remote_ref("refs/notes/countersign"), None);
}

#[test]
fn a_verdict_is_taken_back_by_a_withdrawal() {
    let world = World::new();
    world.queue("try-it", "src/app.py", "def main():\n    return 6\n");
    world.alice.countersign(&["sync"]).ok();
    world
        .alice
        .countersign(&["approve", "try-it", "-m", "fine", "--push"])
        .ok();
    let row = |state: &str| {
        world
            .alice
            .countersign(&["--list", "--format", "%(state)", &format!("state:{state}")])
            .ok()
    };
    assert_eq!(row("approved"), "approved\n");
    world
        .alice
        .countersign(&["withdraw", "try-it", "-m", "not so fine", "--push"])
        .ok();
    assert_eq!(row("pending"), "pending\n");
    world
        .alice
        .countersign(&[
            "comment",
            "try-it",
            "-m",
            "name it",
            "--at",
            "src/app.py:2",
            "--severity",
            "nit",
            "--push",
        ])
        .ok();
    let remarks = world
        .alice
        .countersign(&["show", "try-it", "--comments", "--json"])
        .exits(0)
        .json();
    assert_eq!(remarks["comments"][0]["line"], 2);
    assert_eq!(remarks["comments"][0]["severity"], "nit");
    let log = world.alice.countersign(&["log", "try-it"]).ok();
    assert_eq!(log.lines().count(), 3, "{log}");
    assert!(log.contains("replaced"), "{log}");
}

#[test]
fn bad_note_lines_are_reported_and_change_nothing() {
    let world = World::new();
    let head = world.queue("try-it", "src/app.py", "def main():\n    return 7\n");
    world.alice.countersign(&["sync"]).ok();
    world
        .alice
        .countersign(&["approve", "try-it", "-m", "fine", "--push"])
        .ok();
    world.bob.git(&[
        "fetch",
        "-q",
        "origin",
        "refs/notes/countersign:refs/notes/countersign",
        &head,
    ]);
    world.bob.git(&[
        "notes",
        "--ref=countersign",
        "append",
        "-m",
        "not a statement \u{1b}[31m",
        &head,
    ]);
    world
        .bob
        .git(&["push", "-q", "origin", "refs/notes/countersign"]);
    world.alice.countersign(&["sync"]).ok();
    let listed = world
        .alice
        .countersign(&["--list", "--json=state"])
        .exits(0);
    assert_eq!(listed.json()["changes"][0]["state"], "approved");
    assert!(listed.stderr.contains("ignored"), "{}", listed.stderr);
    assert!(!listed.stderr.contains('\u{1b}'));
    world.bob.fetch_queue("try-it", 1);
    let merged = world.bob.land_merge(&head);
    world.alice.git(&["fetch", "-q", "origin"]);
    let range = format!("{}..{merged}", world.root);
    let report = world
        .alice
        .countersign(&[
            "gate",
            "--target",
            "main",
            "--policy-root",
            &world.root,
            &range,
            "--json",
        ])
        .exits(0)
        .json();
    assert!(!report["ignored"].as_array().unwrap().is_empty());
}

#[test]
fn wrong_flags_are_2() {
    let sandbox = Sandbox::new();
    let top = sandbox.path("");
    sandbox.countersign(&top, &["--nonsense"]).exits(2);
    sandbox.countersign(&top, &["tui"]).exits(2);
    sandbox
        .countersign(&top, &["demo", "--at", "yesterday"])
        .exits(2);
    sandbox.countersign(&top, &["--help"]).exits(0);
}
