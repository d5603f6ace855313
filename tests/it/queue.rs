//! The queue from a plain clone: pushed by git alone, seen by the reviewer, and never in git's way.

use crate::common::{Checkout, World};

/// The rows of `--list --json` in a clone.
fn rows(who: &Checkout, filter: &[&str]) -> Vec<serde_json::Value> {
    let mut args = vec!["--list", "--json"];
    args.extend(filter);
    let document = who.countersign(&args).exits(0).json();
    assert_eq!(document["schema"], "countersign/list/1");
    document["changes"].as_array().unwrap().clone()
}

#[test]
fn a_plain_push_is_seen_with_its_commits_base_target_marker_and_level() {
    let world = World::new();
    let base = world.agent.oid("origin/main");
    let head = world.queue("try-it", "src/app.py", "def main():\n    return 1\n");
    world.alice.countersign(&["sync"]).ok();
    let rows = rows(&world.alice, &[]);
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!(row["id"], "try-it");
    assert_eq!(row["revision"], 1);
    assert_eq!(row["head"], head.as_str());
    assert_eq!(row["base"], base.as_str());
    assert_eq!(row["target"], "refs/heads/main");
    assert_eq!(row["state"], "pending");
    assert_eq!(row["commits"], 1);
    assert_eq!(row["files"], 1);
    assert_eq!(row["ai"]["is"], true);
    assert!(
        row["ai"]["markers"][0]
            .as_str()
            .unwrap()
            .contains("noreply@anthropic.com")
    );
    assert_eq!(row["agent"], "claude");
    assert_eq!(row["risk"]["level"], "low");
    assert_eq!(row["needs"][0]["needed"], 1);
    assert_eq!(row["needsMe"], true);
}

#[test]
fn an_annotated_tag_brings_a_cover_letter_and_a_base_that_counts_only_on_the_target() {
    let world = World::new();
    let agent = &world.agent;
    agent.start("covered");
    let head = agent.commit_by_ai("src/app.py", "def main():\n    return 2\n", "Two");
    let cover = |name: &str, base: &str| {
        let message = format!(
            "A better title\n\nWhy it is needed.\n\nTarget: refs/heads/main\nBase: {base}\nAgent: coder\nOperator: carol@corp.example\n"
        );
        let tag = format!("countersign/{name}/1");
        agent.git(&["tag", "-a", &tag, "-m", &message, &head]);
        let refspec = format!("refs/tags/{tag}:refs/countersign/queue/{name}/1");
        agent.git(&["push", "-q", "origin", &refspec]);
    };
    cover("covered", &world.root);
    cover("elsewhere", &head);
    world.alice.countersign(&["sync"]).ok();
    let rows = rows(&world.alice, &["id:covered"]);
    assert_eq!(rows[0]["title"], "A better title");
    assert_eq!(rows[0]["agent"], "coder");
    assert_eq!(rows[0]["base"], world.root.as_str());
    let shown = world.alice.countersign(&["show", "elsewhere"]).ok();
    assert!(shown.contains("W-BASE-IGNORED"), "{shown}");
}

#[test]
fn hostile_ref_names_are_reported_and_never_followed() {
    let world = World::new();
    world.queue("good-one", "src/app.py", "def main():\n    return 3\n");
    let oid = world.agent.oid("HEAD");
    for name in [
        "-rf/1",
        "$(id)/1",
        "Good-One/1",
        "good-one/01",
        "good-one/x",
        "a/1",
    ] {
        let name = format!("refs/countersign/queue/{name}");
        world
            .sandbox
            .git(&world.remote, &["update-ref", &name, &oid]);
    }
    world.alice.countersign(&["sync"]).ok();
    let ran = world.alice.countersign(&["--list", "--jsonl"]).exits(0);
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
    for name in [
        "-rf/1",
        "$(id)/1",
        "Good-One/1",
        "good-one/01",
        "good-one/x",
    ] {
        assert!(ran.stderr.contains(name), "{name}: {}", ran.stderr);
    }
}

/// Bob's clone, set up so that a plain `git pull` follows `main` and prunes.
fn pulling(world: &World) -> &Checkout {
    let bob = &world.bob;
    bob.git(&["config", "fetch.prune", "true"]);
    bob.git(&["branch", "-q", "--set-upstream-to=origin/main", "main"]);
    bob
}

#[test]
fn git_pull_works_and_prune_takes_nothing_unpushed() {
    let world = World::new();
    let bob = pulling(&world);
    let pull = || bob.git(&["pull", "-q", "--ff-only"]);
    pull();
    bob.run("sync").ok();
    pull();
    // A proposal that was never pushed: the remote is away.
    let away = world.sandbox.path("away.git");
    std::fs::rename(&world.remote, &away).unwrap();
    bob.git(&["checkout", "-q", "-b", "mine"]);
    bob.write("src/mine.py", "MINE = 1\n");
    bob.commit("Mine");
    let proposed = bob.run("propose --id my-own --json").exits(4);
    assert_eq!(proposed.json()["state"], "local");
    std::fs::rename(&away, &world.remote).unwrap();
    bob.git(&["checkout", "-q", "main"]);
    pull();
    let own = "refs/countersign/queue/my-own/1";
    bob.oid(own);
    bob.run("sync").ok();
    assert!(world.remote_ref(own).is_some());
    pull();
}

#[test]
fn a_rewind_of_the_notes_is_noticed_outlived_and_mended() {
    let world = World::new();
    let bob = pulling(&world);
    let pull = || bob.git(&["pull", "-q", "--ff-only"]);
    world.queue("try-it", "src/app.py", "def main():\n    return 4\n");
    world.alice.run("sync").ok();
    world.alice.run("approve try-it -m fine --push").ok();
    pull();
    bob.run("sync").ok();
    let notes = "refs/notes/countersign";
    let tip = world.remote_ref(notes).unwrap();
    let nothing = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    let words = [
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@x",
        "commit-tree",
        "-m",
        "rewound",
        nothing,
    ];
    let empty = world.sandbox.git(&world.remote, &words);
    world
        .sandbox
        .git(&world.remote, &["update-ref", notes, &empty]);
    pull();
    let synced = bob.run("sync").exits(0);
    assert!(synced.stderr.contains("W-LOG-REWOUND"), "{}", synced.stderr);
    pull();
    // What was cut off still counts here, and the next push restores it.
    let approver = &rows(bob, &["id:try-it"])[0]["approvals"][0]["reviewer"];
    assert_eq!(approver, "alice@corp.example");
    bob.run("approve try-it -m me-too --push").ok();
    let restored = world.remote_ref(notes).unwrap();
    let words = ["merge-base", "--is-ancestor", &tip, &restored];
    world.sandbox.try_git(&world.remote, &words).exits(0);
}

#[test]
fn the_same_proposal_is_the_same_revision_and_another_one_the_next() {
    let world = World::new();
    let agent = &world.agent;
    agent.start("again");
    agent.commit_by_ai("src/app.py", "def main():\n    return 5\n", "Five");
    let propose = |more: &[&str]| {
        let mut args = vec!["propose", "--id", "again", "--agent", "coder", "--json"];
        args.extend(more);
        agent.countersign(&args).exits(0).json()
    };
    let first = propose(&[]);
    assert_eq!(first["revision"], 1);
    assert_eq!(first["created"], true);
    assert_eq!(first["state"], "queued");
    assert_eq!(first["asked"][0]["from"][0], "senior");
    let again = propose(&[]);
    assert_eq!(again["revision"], 1);
    assert_eq!(again["created"], false);
    assert_eq!(again["oid"], first["oid"]);
    let other = propose(&["--title", "Another title"]);
    assert_eq!(other["revision"], 2);
    agent
        .countersign(&["propose", "--id", "again", "--agent", "x", "--expect", "2"])
        .exits(1);
    assert_eq!(world.remote_ref("refs/countersign/queue/again/3"), None);
}

#[test]
fn two_clones_that_propose_the_same_id_get_two_revisions() {
    let world = World::new();
    for who in [&world.alice, &world.bob] {
        who.start("race");
        who.write("src/race.py", format!("WHO = {:?}\n", who.dir));
        who.commit("Race");
    }
    world
        .alice
        .countersign(&["propose", "--id", "race", "--json"])
        .exits(0);
    let second = world
        .bob
        .countersign(&["propose", "--id", "race", "--json"])
        .exits(0)
        .json();
    assert_eq!(second["revision"], 2);
    assert_eq!(second["state"], "queued");
}

#[test]
fn fields_formats_and_a_closed_pipe() {
    let world = World::new();
    world.queue("try-it", "src/app.py", "def main():\n    return 6\n");
    world.alice.countersign(&["sync"]).ok();
    let chosen = world
        .alice
        .countersign(&["--list", "--json=id,risk"])
        .exits(0)
        .json();
    let row = chosen["changes"][0].as_object().unwrap();
    assert_eq!(row.keys().collect::<Vec<_>>(), ["id", "risk"]);
    let wrong = world
        .alice
        .countersign(&["--list", "--json=id,colour"])
        .exits(2);
    assert!(
        wrong.stderr.contains("valid fields: id revision"),
        "{}",
        wrong.stderr
    );
    let line = world
        .alice
        .countersign(&["--list", "--format", "%(id)%09%(risk)"])
        .ok();
    assert_eq!(line, "try-it\tlow\n");
    let zero = world
        .alice
        .countersign(&["--list", "-z", "--format", "%(id)"])
        .ok();
    assert_eq!(zero, "try-it\0");
    world.alice.countersign(&["--list", "--exit-code"]).exits(1);
    world
        .alice
        .countersign(&["--list", "--exit-code", "state:approved"])
        .exits(0);
    world.alice.countersign(&["--list", "colour:red"]).exits(2);
    assert_eq!(
        world.alice.countersign(&["--list", "nothing-like-it"]).ok(),
        ""
    );

    let program = env!("CARGO_BIN_EXE_countersign");
    let script = format!(
        "'{program}' --list --jsonl; '{program}' --list --jsonl | true; echo ${{PIPESTATUS[0]}}"
    );
    let mut command = world.sandbox.command("bash", &world.alice.dir);
    command.args(["-c", &script]);
    let ran = crate::common::run(&mut command, b"");
    assert_eq!(ran.stdout.lines().last(), Some("0"), "{}", ran.stderr);
}

#[test]
fn a_stacked_change_that_was_picked_onto_the_target_has_landed() {
    let world = World::new();
    let agent = &world.agent;
    agent.start("stack");
    let below = agent.commit_by_ai("src/one.py", "ONE = 1\n", "One");
    agent.push_queue("below", 1);
    let above = agent.commit_by_ai("src/two.py", "TWO = 2\n", "Two");
    let message = format!("Two\n\nBase: {below}\n");
    agent.git(&["tag", "-a", "countersign/above/1", "-m", &message, &above]);
    let tag = "refs/tags/countersign/above/1:refs/countersign/queue/above/1";
    agent.git(&["push", "-q", "origin", tag]);
    world.alice.countersign(&["sync"]).ok();
    let list = || {
        let format = ["--list", "--all", "--format", "%(id) %(state) %(files)"];
        world.alice.countersign(&format).ok()
    };
    assert!(list().contains("above pending 1"), "{}", list());

    world.bob.start("landing");
    world.bob.write("README.md", "A better service.\n");
    world.bob.commit_signed("Say more");
    world.bob.fetch_queue("above", 1);
    for head in [&below, &above] {
        world.bob.git(&["cherry-pick", "--no-gpg-sign", head]);
    }
    world.bob.push_main();
    world.alice.countersign(&["sync"]).ok();
    assert!(
        list().contains("above landed 1") && list().contains("below landed 1"),
        "{}",
        list()
    );
}

#[test]
fn a_change_on_another_one_is_listed_under_it_and_says_so() {
    let world = World::new();
    world.queue("foot-one", "docs/one.md", "One\n");
    // On top of it, without a word about it.
    let agent = &world.agent;
    agent.commit_by_ai("infra/lb.yaml", "kind: Service\n", "Two");
    agent.push_queue("top-two", 1);
    agent.commit_by_ai("docs/three.md", "Three\n", "Three");
    agent.push_queue("twig-three", 1);
    world.queue("alone", "src/app.py", "def main():\n    return 4\n");
    world.alice.countersign(&["sync"]).ok();
    let rows = rows(&world.alice, &[]);
    let stands: Vec<(&str, Option<&str>)> = rows
        .iter()
        .map(|row| (row["id"].as_str().unwrap(), row["standsOn"].as_str()))
        .collect();
    // The most urgent of the stack (it takes a health check away) says where all of it stands.
    let expected = [
        ("foot-one", None),
        ("top-two", Some("foot-one@1")),
        ("twig-three", Some("top-two@1")),
        ("alone", None),
    ];
    assert_eq!(stands, expected);
    let table = world.alice.countersign(&["--list"]).ok();
    let lines: Vec<&str> = table.lines().collect();
    assert!(
        lines[1].contains("  └ Two") && lines[2].contains("    └ Three"),
        "{table}"
    );
    assert!(
        !lines[0].contains('└') && !lines[3].contains('└'),
        "{table}"
    );
    let flat = world
        .alice
        .countersign(&["--list", "order:change", "--format", "%(id)"])
        .ok();
    assert_eq!(flat, "alone\nfoot-one\ntop-two\ntwig-three\n");
}

#[test]
fn all_shows_what_has_landed_and_what_was_taken_back() {
    let world = World::new();
    let landed = world.queue("landed-one", "src/app.py", "def main():\n    return 5\n");
    world.queue("open-two", "docs/two.md", "Two\n");
    world.alice.countersign(&["sync"]).ok();
    world.alice.land_merge(&landed);
    let ids = |filter: &[&str]| {
        let rows = rows(&world.alice, filter).into_iter();
        let rows = rows.map(|row| format!("{} {}", row["id"], row["state"]).replace('"', ""));
        rows.collect::<Vec<_>>()
    };
    assert_eq!(ids(&[]), ["open-two pending"]);
    assert_eq!(ids(&["--all"]), ["open-two pending", "landed-one landed"]);
    assert_eq!(ids(&["state:landed"]), ["landed-one landed"]);
}
