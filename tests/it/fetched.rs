//! `gate --fetch` from clones that are not whole: what is missing is read in a cache of the gate's own,
//! and the answer is that of a full clone.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::{Checkout, Ran, World};

/// A world with one landed and approved change, one that was rejected, and one that waits.
fn world() -> (World, String) {
    let world = World::new();
    world.queue("good", "src/good.py", "GOOD = 1\n");
    for verb in ["sync", "approve good -m fine --push"] {
        world.alice.run(verb).ok();
    }
    world.bob.land_merge(&world.bob.fetch_queue("good", 1));
    let landed = world.bob.oid("HEAD");
    (world, landed)
}

fn url(world: &World) -> String {
    format!("file://{}", world.remote.display())
}

/// A clone by git, cut in one way or another.
fn cut(world: &World, name: &str, how: &[&str]) -> PathBuf {
    world
        .sandbox
        .git(&world.remote, &["config", "uploadpack.allowFilter", "true"]);
    let url = url(world);
    let mut words = vec!["clone", "-q"];
    words.extend(how);
    words.extend([url.as_str(), name]);
    world.sandbox.git(&world.sandbox.path(""), &words);
    world.sandbox.path(name)
}

fn gate(world: &World, dir: &Path, range: &str) -> Ran {
    let words = [
        "gate",
        "--fetch",
        "--json",
        "--policy-root",
        &world.root,
        range,
    ];
    world.sandbox.countersign(dir, &words)
}

#[test]
fn a_depth_1_and_a_blobless_clone_decide_like_a_full_one() {
    let (world, landed) = world();
    let whole = Checkout::new(&world.sandbox, &world.remote, "whole", "d@x", None).dir;
    let shallow = cut(&world, "shallow", &["--depth=1"]);
    let blobless = cut(&world, "blobless", &["--filter=blob:none", "--no-checkout"]);
    let (one, two) = (
        format!("{}..{landed}", world.root),
        format!("{}..", world.root),
    );
    let agree = |code: i32, range: &str| -> Value {
        let [a, b, c] =
            [&whole, &shallow, &blobless].map(|dir| gate(&world, dir, range).exits(code));
        assert_eq!(a.json(), b.json(), "shallow {range}");
        assert_eq!(a.json(), c.json(), "blobless {range}");
        a.json()
    };
    assert_eq!(agree(0, &one)["verifiedOid"], landed.as_str());
    assert_eq!(agree(0, &two)["verifiedOid"], landed.as_str());

    // What comes later is fetched each time: a rejection, another branch, another commit.
    world.queue("more", "src/more.py", "pass\n");
    let merged = world.bob.land_merge(&world.bob.fetch_queue("more", 1));
    let range = format!("{landed}..{merged}");
    agree(8, &range);
    world.alice.run("sync").ok();
    world.alice.run("approve more -m fine --push").ok();
    agree(0, &range);
    world.bob.run("sync").ok();
    world.bob.run("reject more -m no --push").ok();
    agree(1, &range);
    // Nothing of it was fetched into the clones.
    for dir in [&shallow, &blobless] {
        let refs = ["for-each-ref", "refs/countersign-remote"];
        assert_eq!(world.sandbox.git(dir, &refs), "");
    }
    let commits = ["rev-list", "--count", "HEAD"];
    assert_eq!(world.sandbox.git(&shallow, &commits), "1");

    // Deleting the cache is always safe.
    std::fs::remove_dir_all(world.sandbox.path("xdg/cache/countersign")).unwrap();
    agree(1, &range);
}

#[test]
fn a_name_that_an_earlier_gate_left_in_the_cache_says_nothing() {
    let (world, landed) = world();
    let shallow = cut(&world, "shallow", &["--depth=1"]);
    let range = format!("{}..{landed}", world.root);
    gate(&world, &shallow, &range).exits(0);
    let remotes = world.sandbox.path("xdg/cache/countersign/remotes");
    let folders = std::fs::read_dir(&remotes)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let caches: Vec<PathBuf> = folders.filter(|path| path.is_dir()).collect();
    let [cache] = caches.as_slice() else {
        panic!("one cache a remote: {caches:?}");
    };
    // A branch that was there and is gone, and one that stands elsewhere by now.
    let git = |words: &[&str]| world.sandbox.git(cache, words);
    git(&["update-ref", "refs/remotes/origin/gone", &landed]);
    git(&["update-ref", "refs/remotes/origin/main", &world.root]);
    gate(&world, &shallow, &range).exits(0);
    let there = git(&[
        "for-each-ref",
        "--format=%(refname) %(objectname)",
        "refs/remotes",
    ]);
    assert_eq!(there, format!("refs/remotes/origin/main {landed}"));
}

#[test]
fn a_commit_that_no_branch_holds_is_fetched_by_its_id() {
    let (world, landed) = world();
    world.queue("more", "src/more.py", "pass\n");
    let head = world.bob.fetch_queue("more", 1);
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
    let candidate = world.bob.oid("HEAD");
    world
        .bob
        .git(&["push", "-q", "origin", "HEAD:refs/pull/7/merge"]);
    let shallow = cut(&world, "shallow", &["--depth=1"]);
    let range = format!("{landed}..{candidate}");
    let answer = gate(&world, &shallow, &range).exits(8).json();
    assert_eq!(answer["candidate"], candidate.as_str());
    // One that only the clone has.
    let blobless = cut(&world, "blobless", &["--filter=blob:none"]);
    let identity = ["-c", "user.name=x", "-c", "user.email=x@x"];
    let empty = [
        &identity[..],
        &["commit", "-q", "--allow-empty", "-m", "Own"],
    ]
    .concat();
    world.sandbox.git(&blobless, &empty);
    let own = world.sandbox.git(&blobless, &["rev-parse", "HEAD"]);
    let answer = gate(&world, &blobless, &format!("{landed}..HEAD")).json();
    assert_eq!(answer["candidate"], own.as_str(), "{answer:#}");
    // One that nobody has any more is no answer.
    world.sandbox.git(&shallow, &empty);
    let ran = gate(&world, &shallow, &format!("{landed}..HEAD"));
    assert!(
        matches!(ran.code, Some(2 | 3)),
        "{:?}\n{}",
        ran.code,
        ran.stderr
    );
}

#[test]
fn a_remote_that_is_gone_is_4_from_a_cut_clone_too() {
    let (world, landed) = world();
    let shallow = cut(&world, "shallow", &["--depth=1"]);
    let range = format!("{}..{landed}", world.root);
    gate(&world, &shallow, &range).exits(0);
    std::fs::rename(&world.remote, world.sandbox.path("away.git")).unwrap();
    let ran = gate(&world, &shallow, &range).exits(4);
    assert_eq!(ran.json()["decision"], "error");
}

#[test]
fn two_gates_at_once_share_a_cache() {
    let (world, landed) = world();
    let shallow = cut(&world, "shallow", &["--depth=1"]);
    let range = format!("{}..{landed}", world.root);
    let mut running: Vec<_> = (0..4)
        .map(|_| {
            let mut gate = world.sandbox.countersign_command(&shallow);
            gate.args(["gate", "--fetch", "--policy-root", &world.root, &range]);
            gate.stdout(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for gate in &mut running {
        assert_eq!(gate.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn the_clone_s_other_spelling_of_a_url_is_taken() {
    let (world, landed) = world();
    let shallow = cut(&world, "shallow", &["--depth=1"]);
    let git = |words: &[&str]| world.sandbox.git(&shallow, words);
    git(&[
        "config",
        "remote.origin.url",
        "https://me:secret@host.example/r.git",
    ]);
    let instead = format!("url.{}.insteadOf", url(&world));
    git(&["config", &instead, "https://me:secret@host.example/r.git"]);
    let range = format!("{}..{landed}", world.root);
    gate(&world, &shallow, &range).exits(0);
}
