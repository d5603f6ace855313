//! The demo world, built for real and looked at with git and ssh-keygen.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::common::{Sandbox, run};

const AT: &str = "2026-11-24T10:00:00Z";

/// The folders of a demo world.
struct World {
    remote: PathBuf,
    alice: PathBuf,
    bob: PathBuf,
    agent: PathBuf,
    keys: PathBuf,
}

#[track_caller]
fn world(sandbox: &Sandbox, name: &str) -> World {
    world_at(sandbox, name, AT)
}

#[track_caller]
fn world_at(sandbox: &Sandbox, name: &str, at: &str) -> World {
    let args = ["demo", name, "--at", at];
    sandbox.countersign(&sandbox.path(""), &args).ok();
    let dir = sandbox.path(name);
    World {
        remote: dir.join("remote.git"),
        alice: dir.join("alice"),
        bob: dir.join("bob"),
        agent: dir.join("agent"),
        keys: dir.join("keys"),
    }
}

fn refs(sandbox: &Sandbox, dir: &Path) -> String {
    sandbox.git(dir, &["for-each-ref", "--format=%(refname) %(objectname)"])
}

#[test]
fn the_same_moment_gives_the_same_ids_everywhere() {
    let sandbox = Sandbox::new();
    let (one, two) = (world(&sandbox, "one"), world(&sandbox, "elsewhere/two"));
    let listed = refs(&sandbox, &one.remote);
    assert_eq!(listed, refs(&sandbox, &two.remote));
    assert_eq!(refs(&sandbox, &one.alice), refs(&sandbox, &two.alice));
    assert!(listed.contains("refs/notes/countersign "));
    let key = |world: &World| std::fs::read(world.keys.join("alice")).unwrap();
    assert_eq!(key(&one), key(&two));

    let later = world_at(&sandbox, "later", "2026-11-24T10:00:01Z");
    assert_ne!(listed, refs(&sandbox, &later.remote));
}

#[test]
fn the_remote_is_the_only_bare_repository_and_git_finds_no_fault_in_it() {
    let sandbox = Sandbox::new();
    let world = world(&sandbox, "demo");
    let fsck = sandbox.try_git(&world.remote, &["fsck", "--strict", "--no-dangling"]);
    assert_eq!(fsck.stderr.trim(), "");
    assert_eq!(fsck.ok().trim(), "");
    for (dir, bare) in [
        (&world.remote, "true"),
        (&world.alice, "false"),
        (&world.bob, "false"),
        (&world.agent, "false"),
    ] {
        let asked = sandbox.git(dir, &["rev-parse", "--is-bare-repository"]);
        assert_eq!(asked, bare, "{}", dir.display());
    }
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let sandbox = Sandbox::new();
    let dir = sandbox.path("full");
    std::fs::create_dir(&dir).unwrap();
    std::fs::write(dir.join("mine"), "keep").unwrap();
    for taken in ["full", "full/mine"] {
        let refused = sandbox.countersign(&sandbox.path(""), &["demo", taken]);
        assert!(refused.exits(2).stderr.contains("not empty"), "{taken}");
    }
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1);
}

#[test]
fn keys_work_for_openssh_and_commits_and_tags_verify() {
    let sandbox = Sandbox::new();
    let world = world(&sandbox, "demo");
    for name in ["alice", "bob", "carol", "dana", "agent"] {
        let key = world.keys.join(name);
        let mode = std::fs::metadata(&key).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
        let mut derive = sandbox.command("ssh-keygen", &world.keys);
        let public = run(derive.arg("-yf").arg(&key), b"").ok();
        let beside = std::fs::read_to_string(key.with_extension("pub")).unwrap();
        assert_eq!(public.trim(), beside.trim(), "{name}");
    }
    let log = ["log", "--format=%G? %an", "main"];
    let signed = sandbox.git(&world.alice, &log);
    for line in signed.lines() {
        let (standing, author) = line.split_once(' ').unwrap();
        let expected = if author.starts_with("Claude") {
            "N"
        } else {
            "G"
        };
        assert_eq!(standing, expected, "{line}");
    }
    let tag = "refs/countersign-remote/origin/countersign/queue/fix-lb-timeouts/2";
    let oid = sandbox.git(&world.alice, &["rev-parse", tag]);
    sandbox.git(&world.alice, &["verify-tag", &oid]);
}

#[test]
fn a_clone_stands_as_if_it_had_just_synced() {
    let sandbox = Sandbox::new();
    let world = world(&sandbox, "demo");
    assert_eq!(sandbox.git(&world.alice, &["status", "--porcelain"]), "");
    assert_eq!(
        sandbox.git(&world.alice, &["symbolic-ref", "HEAD"]),
        "refs/heads/main"
    );
    let record = world.alice.join(".git/countersign/fetched/origin.json");
    let record: serde_json::Value =
        serde_json::from_slice(&std::fs::read(record).unwrap()).unwrap();
    assert_eq!(record["at"], AT);
    let tip = sandbox.git(&world.remote, &["rev-parse", "refs/notes/countersign"]);
    assert_eq!(record["notesTip"], tip);
    let tracked = "refs/countersign-remote/origin/notes";
    assert_eq!(sandbox.git(&world.alice, &["rev-parse", tracked]), tip);
    let theirs = refs(&sandbox, &world.remote);
    let ours = refs(&sandbox, &world.alice);
    for line in theirs
        .lines()
        .filter(|l| l.starts_with("refs/countersign/"))
    {
        let here = line.replace(
            "refs/countersign/",
            "refs/countersign-remote/origin/countersign/",
        );
        assert!(ours.contains(&here), "{here}");
    }
    assert_eq!(refs(&sandbox, &world.bob), ours, "bob knows as much");
    assert!(
        world
            .bob
            .join(".git/countersign/fetched/origin.json")
            .exists()
    );
    assert_eq!(
        sandbox.git(&world.bob, &["config", "user.email"]),
        "bob@shop.example"
    );
    let key = sandbox.git(&world.alice, &["config", "user.signingKey"]);
    assert!(Path::new(&key).is_absolute() && Path::new(&key).exists());
}

#[test]
fn the_queue_has_what_a_tour_needs() {
    let sandbox = Sandbox::new();
    let world = world(&sandbox, "demo");
    let listed = sandbox.git(
        &world.remote,
        &[
            "for-each-ref",
            "--format=%(refname:lstrip=3) %(objecttype)",
            "refs/countersign/queue",
        ],
    );
    let ids: BTreeSet<&str> = listed.lines().filter_map(|l| l.split('/').next()).collect();
    assert!(ids.len() >= 20, "{ids:?}");
    assert!(listed.contains("fix-lb-timeouts/2 tag"));
    assert!(listed.contains("order-events/1 commit"));
    assert!(listed.contains("auth-refresh/3 commit"));
    let count = |range: &str| sandbox.git(&world.remote, &["rev-list", "--count", range]);
    let queue = "refs/countersign/queue";
    assert_eq!(count(&format!("main..{queue}/cache-jitter/2")), "4");
    let stacked = format!("{queue}/export-csv/1^{{}}..{queue}/export-email/1");
    assert_eq!(count(&stacked), "1");
    let landed = [
        "merge-base",
        "--is-ancestor",
        "refs/countersign/queue/cache-metrics/1",
        "main",
    ];
    sandbox.git(&world.remote, &landed);
}

#[test]
fn replies_name_comments_that_are_in_the_notes() {
    let sandbox = Sandbox::new();
    let world = world(&sandbox, "demo");
    let tag = "refs/countersign/queue/fix-lb-timeouts/2";
    let letter = sandbox.git(&world.remote, &["cat-file", "tag", tag]);
    let replies: Vec<&str> = letter
        .lines()
        .filter_map(|line| line.strip_prefix("Reply: "))
        .collect();
    assert_eq!(replies.len(), 2);
    let rejected = sandbox.git(
        &world.remote,
        &[
            "notes",
            "--ref=countersign",
            "show",
            "refs/countersign/queue/fix-lb-timeouts/1^{}",
        ],
    );
    let verdict: serde_json::Value = serde_json::from_str(&rejected).unwrap();
    let payload = verdict["payload"].as_str().unwrap();
    let digest = digest_of_base64(&sandbox, payload);
    for (reply, start) in replies.iter().zip(["1 fixed", "0 wontfix"]) {
        assert!(reply.starts_with(&format!("{digest}/{start} ")), "{reply}");
    }
}

#[test]
fn the_list_shows_every_state_and_what_alice_may_approve_alone() {
    let sandbox = Sandbox::new();
    // Ages of approvals count from the clock, so this world is of now.
    let listed = sandbox
        .countersign(&sandbox.path(""), &["demo", "demo"])
        .ok();
    assert!(listed.lines().count() >= 20, "{listed}");
    let alice = sandbox.path("demo/alice");
    let ask = |filter: &str| {
        let format = "--format=%(id) %(revision)";
        sandbox
            .countersign(&alice, &["list", "--all", format, filter])
            .ok()
    };
    assert!(ask("state:stale").contains("fix-lb-timeouts 2\n"));
    assert_eq!(ask("state:rejected"), "export-email 1\n");
    assert_eq!(ask("state:approved"), "alarm-latency 1\n");
    assert_eq!(ask("state:landed"), "cache-metrics 1\n");
    let json = [
        "list",
        "--json=id,needs,needsMe,approvals",
        "risk:low",
        "state:pending",
    ];
    let low = sandbox.countersign(&alice, &json).json();
    let low = low["changes"].as_array().unwrap();
    let alone = low.iter().filter(|change| {
        let needs = change["needs"].as_array().unwrap();
        change["needsMe"] == true
            && change["approvals"].as_array().unwrap().is_empty()
            && needs.iter().all(|need| need["needed"] == 1)
    });
    assert!(alone.count() >= 3, "{low:?}");
}

#[test]
fn the_gate_lets_through_what_was_approved_and_waits_for_the_rest() {
    let sandbox = Sandbox::new();
    sandbox
        .countersign(&sandbox.path(""), &["demo", "demo"])
        .ok();
    let alice = sandbox.path("demo/alice");
    let ask = |args: &[&str]| sandbox.git(&alice, args);
    let root = ask(&[
        "log",
        "--format=%H",
        "--diff-filter=A",
        "main",
        "--",
        ".countersign",
    ]);
    let merge = ask(&["log", "--merges", "--format=%H", "main"]);
    let gate = |range: String| {
        let args = [
            "gate",
            "--fetch",
            "--target",
            "main",
            "--policy-root",
            &root,
            &range,
        ];
        sandbox.countersign(&alice, &args)
    };
    let allowed = gate(format!("{merge}^..{merge}"));
    assert!(allowed.ok().contains(&format!("verified-oid={merge}")));
    gate(format!("{merge}..main")).exits(8);
}

/// SHA-256 of what the base64 text stands for, by coreutils.
fn digest_of_base64(sandbox: &Sandbox, text: &str) -> String {
    let mut digest = sandbox.command("sh", &sandbox.path(""));
    digest.args(["-c", "base64 -d | sha256sum | cut -c1-64"]);
    run(&mut digest, text.as_bytes()).ok().trim().to_owned()
}
