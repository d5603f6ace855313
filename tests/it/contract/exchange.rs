//! What goes in and comes out of each command: lines, documents, refs, and nothing from another place.

use super::one_change;
use crate::common::{World, run};

#[test]
fn a_row_names_its_ref_as_the_remote_does() {
    let (world, head) = one_change();
    let row = world.alice.run("list --jsonl").json();
    assert_eq!(row["ref"], "refs/countersign/queue/try-it/1");
    assert_eq!(
        world.remote_ref(row["ref"].as_str().unwrap()),
        Some(head.clone())
    );
    assert_eq!(world.alice.oid(row["localRef"].as_str().unwrap()), head);
    let twice = world.alice.run("list --list --format %(id)").ok();
    assert_eq!(twice, "try-it\n");
}

#[test]
fn what_cannot_be_read_is_a_row_with_nothing_made_up() {
    let (world, _) = one_change();
    let tree = world.agent.oid("HEAD^{tree}");
    world
        .agent
        .git(&["tag", "-a", "-m", "x", "on-a-tree", &tree]);
    world.agent.git(&[
        "push",
        "-q",
        "origin",
        "on-a-tree:refs/countersign/queue/on-a-tree/1",
    ]);
    world.alice.run("sync").ok();
    let row = world.alice.run("list --jsonl state:invalid").json();
    assert_eq!(row["id"], "on-a-tree");
    assert_eq!(row["risk"], serde_json::Value::Null);
    assert_eq!(row["base"], serde_json::Value::Null);
    assert!(row["createdAt"].as_str().unwrap().len() == 20, "{row}");
    world.alice.run("show on-a-tree --json").exits(3);
}

#[test]
fn variables_of_another_repository_change_nothing() {
    let (world, _) = one_change();
    let nowhere = world.sandbox.path("nowhere");
    let program = env!("CARGO_BIN_EXE_countersign");
    for words in [
        ["list", "--jsonl"],
        ["sync", "--quiet"],
        ["list", "--jsonl"],
    ] {
        let mut command = world.sandbox.command(program, &world.alice.dir);
        command.args(words).env("GIT_NAMESPACE", "elsewhere");
        for name in [
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "GIT_OBJECT_DIRECTORY",
            "GIT_SHALLOW_FILE",
            "GIT_CONFIG",
        ] {
            command.env(name, &nowhere);
        }
        let ran = run(&mut command, b"").exits(0);
        if words[0] == "list" {
            assert_eq!(ran.json()["id"], "try-it", "{}", ran.stderr);
        }
    }
}

#[test]
fn a_scan_of_stdin_answers_each_line_in_order_and_goes_on() {
    let (world, head) = one_change();
    world.agent.start("scan");
    let missing = "0".repeat(39) + "1";
    let input = format!("HEAD\n\nnowhere\n{missing}\n{head}\n");
    let program = env!("CARGO_BIN_EXE_countersign");
    let mut command = world.sandbox.command(program, &world.agent.dir);
    command.args(["scan", "--stdin", "--jsonl"]);
    // Missing objects are worse than unknown names.
    let ran = run(&mut command, input.as_bytes()).exits(3);
    let lines: Vec<serde_json::Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[0]["oid"], world.root.as_str());
    for (line, input) in [(1, ""), (2, "nowhere"), (3, missing.as_str())] {
        assert_eq!(lines[line]["input"], input);
        assert!(lines[line]["error"].is_string());
    }
    assert_eq!(lines[4]["oid"], head.as_str());
    assert_eq!(lines[4]["ai"]["is"], true);
    for field in [
        "likelihood",
        "impact",
        "cost",
        "level",
        "key",
        "terms",
        "findings",
        "unreadable",
    ] {
        assert!(!lines[4][field].is_null(), "{field}");
    }
    let document = world.agent.run("scan --json HEAD").json();
    assert_eq!(document["schema"], "countersign/scan/1");
    assert_eq!(document["commits"][0]["oid"], world.root.as_str());
}

#[test]
fn a_scan_says_whose_content_is_not_here_and_judges_the_rest() {
    let (world, _) = one_change();
    world.agent.start("scan");
    world.agent.write("data/table.csv", "a,b\n");
    world.agent.write("src/app.py", "def f():\n    return 2\n");
    world.agent.commit("both");
    let whole = world.agent.run("scan --jsonl HEAD").exits(0).json();
    assert_eq!(whole["unreadable"], serde_json::json!([]));
    let blob = world.agent.oid("HEAD:data/table.csv");
    let file = format!(".git/objects/{}/{}", &blob[..2], &blob[2..]);
    std::fs::remove_file(world.agent.dir.join(file)).unwrap();
    let part = world.agent.run("scan --jsonl HEAD").exits(0).json();
    let unread = serde_json::json!([{"path": "data/table.csv", "why": "missing"}]);
    assert_eq!(part["unreadable"], unread);
    // What was not read makes nothing calmer.
    assert_eq!(part["level"], "high");
    let of_file = |finding: &&serde_json::Value| finding["path"] == "data/table.csv";
    let findings = part["findings"].as_array().unwrap();
    assert_eq!(findings.iter().find(of_file).unwrap()["severity"], 3);
    assert_eq!(
        part["cost"].as_i64().unwrap(),
        whole["cost"].as_i64().unwrap() - 1
    );
}

#[test]
fn the_gate_has_one_document_for_every_code() {
    let (world, _) = one_change();
    let root = format!("--policy-root={}", world.root);
    for (range, code, decision) in [
        ("origin/main..origin/main", 0, "allow"),
        ("origin/main", 2, "error"),
        ("nowhere..HEAD", 2, "error"),
        (
            "origin/main..refs/countersign-remote/origin/countersign/queue/try-it/1",
            8,
            "pending",
        ),
        (
            "refs/countersign-remote/origin/countersign/queue/try-it/1..origin/main",
            1,
            "deny",
        ),
    ] {
        let ran = world
            .alice
            .countersign(&["gate", &root, range, "--json"])
            .exits(code);
        let document = ran.json();
        assert_eq!(document["schema"], "countersign/gate/1", "{range}");
        assert_eq!(document["exit"], code, "{range}");
        assert_eq!(document["decision"], decision, "{range}");
        assert_eq!(document.get("verifiedOid").is_some(), code == 0, "{range}");
        for list in ["runs", "reasons", "ignored", "warnings"] {
            assert!(document[list].is_array(), "{range}: {list}");
        }
    }
    let none = world
        .alice
        .run("gate --json --policy-root=nowhere origin/main..HEAD")
        .exits(3);
    assert_eq!(none.json()["reasons"][0]["id"], "E-POLICY-ROOT");
    let queued = "origin/main..refs/countersign-remote/origin/countersign/queue/try-it/1";
    let text = world.alice.countersign(&["gate", &root, queued]).exits(8);
    assert!(text.stderr.starts_with("E-UNAPPROVED"), "{}", text.stderr);
    let only = world
        .alice
        .countersign(&["gate", &root, queued, "--report-only"])
        .exits(0);
    assert!(
        only.stdout
            .lines()
            .last()
            .unwrap()
            .starts_with("REPORT ONLY PENDING"),
        "{}",
        only.stdout
    );
    assert!(only.stderr.contains("REPORT ONLY"), "{}", only.stderr);
}

#[test]
fn a_proposal_says_what_it_would_be_and_carries_findings() {
    let world = World::new();
    let agent = &world.agent;
    agent.run("propose").exits(2);
    agent.start("carry-it");
    agent.commit_by_ai("src/app.py", "def main():\n    return 9\n", "Nine");
    let dry = agent.run("propose --dry-run --json").exits(0).json();
    assert_eq!(dry["ref"], "refs/countersign/queue/carry-it/1");
    assert_eq!(dry["asked"][0]["rule"], "everything");
    assert_eq!(world.remote_ref("refs/countersign/queue/carry-it/1"), None);
    let sarif =
        r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"Big Scanner"}},"results":[]}]}"#;
    std::fs::write(agent.dir.join("found.sarif"), sarif).unwrap();
    for created in [true, false] {
        let said = agent
            .run("propose --json --sarif found.sarif")
            .exits(0)
            .json();
        assert_eq!(said["created"], created);
        assert_eq!(said["state"], "queued");
    }
    let blob = world
        .remote_ref("refs/countersign/findings/carry-it/1/big-scanner")
        .unwrap();
    let stored = world
        .sandbox
        .git(&world.remote, &["cat-file", "blob", &blob]);
    assert_eq!(stored, sarif);
}

#[test]
fn a_remark_stands_where_there_is_something_and_words_survive_a_missing_key() {
    let (world, _) = one_change();
    let alice = &world.alice;
    alice.run("comment try-it -m x --at src/app.py:2").exits(0);
    alice.run("comment try-it -m x --at /message").exits(0);
    alice
        .run("approve try-it -m x --check security=fail")
        .exits(1);
    alice
        .countersign(&["approve", "try-it", "-m", &"x".repeat(5000)])
        .exits(1);
    let key = alice.git(&["config", "user.signingKey"]);
    alice.git(&["config", "user.signingKey", "/nowhere.pub"]);
    alice
        .countersign(&["reject", "try-it", "-m", "Many words."])
        .exits(4);
    let drafts = alice.dir.join(".git/countersign/drafts");
    let kept = || {
        std::fs::read_dir(&drafts)
            .unwrap()
            .flatten()
            .collect::<Vec<_>>()
    };
    let text = std::fs::read_to_string(kept()[0].path()).unwrap();
    assert!(text.contains("Many words."), "{text}");
    alice.git(&["config", "user.signingKey", &key]);
    alice
        .countersign(&["reject", "try-it", "-m", "Many words.\r\nTwo lines."])
        .exits(0);
    assert!(kept().is_empty());
}

#[test]
fn a_policy_is_checked_where_it_lies_and_every_mistake_is_named() {
    let world = World::new();
    let alice = &world.alice;
    let valid = alice.run("policy check --json").exits(0).json();
    assert_eq!(
        (valid["valid"].as_bool(), valid["version"].as_u64()),
        (Some(true), Some(1))
    );
    let folder = alice.dir.join(".countersign");
    let toml = std::fs::read_to_string(folder.join("policy.toml")).unwrap();
    let bad = toml.replace("approvals = 1", "approvals = 9\ncolour = 1");
    std::fs::write(folder.join("policy.toml"), bad).unwrap();
    std::fs::remove_file(folder.join("revoked_keys")).unwrap();
    let ran = alice.run("policy check --json").exits(3);
    let files: Vec<String> = ran.json()["mistakes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["file"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        files.contains(&".countersign/revoked_keys".to_owned()),
        "{files:?}"
    );
    assert!(
        files.contains(&".countersign/policy.toml".to_owned()),
        "{files:?}"
    );
    assert!(
        ran.stderr.starts_with("countersign: E-POLICY-INVALID"),
        "{}",
        ran.stderr
    );
    alice.run("policy check HEAD").exits(0);
    world
        .sandbox
        .countersign(&world.remote, &["policy", "check", "main"])
        .exits(0);
    alice.run("policy praise src").exits(2);
}

#[test]
fn a_gate_that_fetches_a_url_reads_nothing_of_the_checkout() {
    let (world, _) = one_change();
    let landed = world.bob.land_merge(&world.bob.fetch_queue("try-it", 1));
    let remote = world.remote.to_str().unwrap();
    let (fetch, root) = (
        format!("--fetch={remote}"),
        format!("--policy-root={}", world.root),
    );
    let range = format!("{}..{landed}", world.root);
    let away = world.sandbox.path("home");
    let gate = || {
        let words = ["gate", &fetch, &root, "--target=main", &range, "--json"];
        world.sandbox.countersign(&away, &words)
    };
    assert_eq!(gate().exits(8).json()["decision"], "pending");
    world.alice.run("approve try-it -m fine").exits(0);
    let answer = gate().exits(0).json();
    assert_eq!(answer["verifiedOid"], landed.as_str());
    // Names are the checkout's; nothing else of it counts, and nothing is fetched into it.
    world.bob.git(&["config", "remote.origin.url", "/nowhere"]);
    let named = format!("{}..HEAD", world.root);
    world
        .bob
        .countersign(&["gate", &fetch, &root, "--target=main", &named])
        .exits(0);
    assert_eq!(
        world.bob.git(&["for-each-ref", "refs/countersign-remote"]),
        ""
    );
    let gone = world
        .sandbox
        .countersign(&away, &["gate", "--fetch=/nowhere.git", &root, &range]);
    assert_ne!(gone.code, Some(0));
    world
        .sandbox
        .countersign(&away, &["gate", &fetch, "--target=main", &range])
        .exits(3);
}

#[test]
fn a_claim_is_seen_by_the_others_and_given_back() {
    let (world, _) = one_change();
    let (alice, bob) = (&world.alice, &world.bob);
    let said = alice.run("claim try-it --for 30m").ok();
    assert!(said.starts_with("claimed try-it until 2"), "{said}");
    assert!(world.remote_ref("refs/countersign/claims/try-it").is_some());
    let refused = bob.run("claim try-it").exits(1);
    assert!(
        refused.stderr.contains("alice@corp.example is on try-it"),
        "{}",
        refused.stderr
    );
    bob.run("release try-it").exits(1);
    let row = bob.run("list --jsonl claimed:alice").json();
    assert_eq!(row["claim"]["reviewer"], "alice@corp.example");
    alice.run("release try-it").ok();
    assert_eq!(world.remote_ref("refs/countersign/claims/try-it"), None);
    bob.run("claim try-it").ok();
    alice.run("claim try-it").exits(1);
    bob.run("claim try-it --for 3x").exits(2);
    bob.run("claim nothing").exits(2);
}
