//! The demo world, built for real and looked at with git and ssh-keygen.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use countersign::demo::{DemoError, World, build};

use crate::common::{Sandbox, run};

const AT: &str = "2026-11-24T10:00:00Z";

fn world(sandbox: &Sandbox, name: &str) -> World {
    build(&sandbox.path(name), AT.parse().unwrap()).unwrap()
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

    let later = build(
        &sandbox.path("later"),
        "2026-11-24T10:00:01Z".parse().unwrap(),
    );
    assert_ne!(listed, refs(&sandbox, &later.unwrap().remote));
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
    let at = AT.parse().unwrap();
    assert!(matches!(build(&dir, at), Err(DemoError::NotEmpty { .. })));
    assert!(matches!(
        build(&dir.join("mine"), at),
        Err(DemoError::NotEmpty { .. })
    ));
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

/// SHA-256 of what the base64 text stands for, by coreutils.
fn digest_of_base64(sandbox: &Sandbox, text: &str) -> String {
    let mut digest = sandbox.command("sh", &sandbox.path(""));
    digest.args(["-c", "base64 -d | sha256sum | cut -c1-64"]);
    run(&mut digest, text.as_bytes()).ok().trim().to_owned()
}
