//! `countersign checkout`: what it makes, what it uses again, what it leaves alone, and that nothing a
//! change brings is run by it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::common::{Checkout, World};

/// A world with one change in the queue, known to Alice.
fn queued() -> (World, String) {
    let world = World::new();
    let head = world.queue("fix-lb", "infra/lb.yaml", "kind: Service\ntimeout: 3\n");
    world.alice.run("sync").exits(0);
    (world, head)
}

fn checked_out(alice: &Checkout, change: &str) -> PathBuf {
    let printed = alice.countersign(&["checkout", change]).ok();
    PathBuf::from(printed.trim_end_matches('\n'))
}

fn executable(path: &Path, marker: &Path) {
    let script = format!("#!/bin/sh\ntouch '{}'\ncat\n", marker.display());
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, script).unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn it_prints_a_private_folder_with_the_revisions_files_and_leaves_the_own_tree_alone() {
    let (world, head) = queued();
    let alice = &world.alice;
    let before = (alice.oid("HEAD"), alice.git(&["status", "--porcelain"]));
    let ran = alice.countersign(&["checkout", "fix-lb"]).exits(0);
    assert_eq!(ran.stderr, "");
    let path = PathBuf::from(ran.stdout.trim_end_matches('\n'));
    assert!(path.starts_with(world.sandbox.path("xdg/state").canonicalize().unwrap()));
    let text = std::fs::read_to_string(path.join("infra/lb.yaml")).unwrap();
    assert_eq!(text, "kind: Service\ntimeout: 3\n");
    assert_eq!(world.sandbox.git(&path, &["rev-parse", "HEAD"]), head);
    assert_eq!(world.sandbox.git(&path, &["branch", "--show-current"]), "");
    let mode = path.parent().unwrap().metadata().unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o700);
    assert_eq!(
        (alice.oid("HEAD"), alice.git(&["status", "--porcelain"])),
        before
    );
    // The program works in it as in the clone.
    let shown = world.sandbox.countersign(&path, &["show", "fix-lb"]).ok();
    assert!(shown.contains("fix-lb@1"), "{shown}");
}

#[test]
fn the_same_revision_is_the_same_folder_and_another_revision_another() {
    let (world, head) = queued();
    let alice = &world.alice;
    let first = checked_out(alice, "fix-lb");
    assert_eq!(checked_out(alice, "fix-lb@1"), first);
    let document = alice.run("checkout fix-lb --json").exits(0).json();
    assert_eq!(document["schema"], "countersign/checkout/1");
    assert_eq!(document["path"], first.to_str().unwrap());
    assert_eq!(document["commit"], head.as_str());
    assert_eq!(document["made"], false);
    assert!(document["changed"].is_null());
    world
        .agent
        .commit_by_ai("infra/lb.yaml", "kind: Service\n", "Again");
    world.agent.push_queue("fix-lb", 2);
    alice.run("sync").exits(0);
    let second = checked_out(alice, "fix-lb");
    assert_ne!(second, first);
    assert_eq!(checked_out(alice, "fix-lb@1"), first);
    let removed = alice.run("checkout fix-lb@1 --remove").ok();
    assert_eq!(removed, format!("removed {}\n", first.display()));
    assert!(!first.exists() && second.exists());
}

#[test]
fn what_was_changed_is_named_and_kept() {
    let (world, _) = queued();
    world.queue("bump", "Cargo.toml", "[package]\n");
    world.queue("tidy", "src/tidy.py", "pass\n");
    let alice = &world.alice;
    alice.run("sync").exits(0);
    let [changed, committed, clean] = ["fix-lb", "bump", "tidy"].map(|id| checked_out(alice, id));
    std::fs::write(changed.join("infra/lb.yaml"), "kind: Other\n").unwrap();
    std::fs::write(changed.join("notes with a space.txt"), "look here\n").unwrap();
    std::fs::write(committed.join("new.txt"), "mine\n").unwrap();
    world.sandbox.git(&committed, &["add", "new.txt"]);
    let identity = ["-c", "user.name=A", "-c", "user.email=a@corp.example"];
    let commit = ["commit", "-q", "--no-gpg-sign", "-m", "Try it"];
    world
        .sandbox
        .git(&committed, &[&identity[..], &commit[..]].concat());

    let again = alice.countersign(&["checkout", "fix-lb"]).exits(0);
    assert_eq!(Path::new(again.stdout.trim_end()), changed);
    assert!(
        again.stderr.contains("infra/lb.yaml and 1 more"),
        "{}",
        again.stderr
    );
    let refused = alice.run("checkout fix-lb --remove").exits(1);
    assert!(refused.stderr.contains("holds something of yours"));
    assert!(refused.stderr.contains("git worktree remove --force"));

    let pruned = alice.run("checkout --prune").exits(0);
    assert_eq!(pruned.stdout, format!("removed {}\n", clean.display()));
    assert!(pruned.stderr.contains(changed.to_str().unwrap()));
    assert!(
        pruned
            .stderr
            .contains("another commit is checked out there")
    );
    assert!(changed.exists() && committed.exists() && !clean.exists());
}

/// Everything by which a checkout can run something: a hook and a file monitor that lie in the
/// tree, filters that its attributes choose, a submodule whose address is a command.
#[test]
fn nothing_that_a_change_brings_is_run() {
    let world = World::new();
    let (agent, alice) = (&world.agent, &world.alice);
    let marker = world.sandbox.path("ran");
    agent.start("evil");
    for file in ["hooks/post-checkout", "hooks/post-index-change", ".a"] {
        executable(&agent.dir.join(file), &marker);
    }
    agent.write(".gitattributes", "*.txt filter=a.b=c\n*.bin filter=big\n");
    agent.write("a.txt", "text\n");
    agent.write("a.bin", "pointer\n");
    let url = format!("ext::sh -c 'touch {}'", marker.display());
    let module = format!("[submodule \"m\"]\n\tpath = m\n\turl = {url}\n\tupdate = !./.a\n");
    agent.write(".gitmodules", module);
    agent.git(&["add", "-A"]);
    let link = format!("160000,{},m", agent.oid("HEAD"));
    agent.git(&["update-index", "--add", "--cacheinfo", &link]);
    agent.commit("Be useful");
    let head = agent.push_queue("evil", 1);
    alice.run("sync").exits(0);
    for (key, value) in [
        ("core.hooksPath", "hooks"),
        ("core.fsmonitor", "./.a"),
        ("filter.a.b=c.smudge", "./.a"),
        ("filter.a.b=c.clean", "./.a"),
        ("filter.a.b=c.required", "true"),
        ("filter.big.process", "./.a"),
        ("filter.big.required", "true"),
        ("submodule.recurse", "true"),
        ("protocol.ext.allow", "always"),
    ] {
        alice.git(&["config", key, value]);
    }
    let own_hook = alice.dir.join(".git/hooks/post-checkout");
    executable(&own_hook, &marker);

    // What plain git does here, so that this test would see it.
    let plain = world.sandbox.path("plain");
    let add = ["worktree", "add", "-q", "--detach"];
    alice.try_git(&[&add[..], &[plain.to_str().unwrap(), &head]].concat());
    assert!(marker.exists(), "the trap works");
    std::fs::remove_file(&marker).unwrap();

    let path = checked_out(alice, "evil");
    assert_eq!(std::fs::read(path.join("a.txt")).unwrap(), b"text\n");
    assert_eq!(std::fs::read(path.join("a.bin")).unwrap(), b"pointer\n");
    assert_eq!(path.join("m").read_dir().unwrap().count(), 0);
    assert!(!marker.exists(), "run while checking out");
    // To see whether it is clean its files are read again, and must not go through a filter.
    std::fs::write(path.join("a.txt"), "mine\n").unwrap();
    alice.run("checkout evil").exits(0);
    alice.run("checkout evil --remove").exits(1);
    std::fs::write(path.join("a.txt"), "text\n").unwrap();
    alice.run("checkout evil --remove").exits(0);
    assert!(!path.exists());
    assert!(!marker.exists(), "run while looking or removing");
}

#[test]
fn what_was_left_half_made_or_deleted_by_hand_is_made_anew() {
    let (world, head) = queued();
    let alice = &world.alice;
    let path = checked_out(alice, "fix-lb");
    // Deleted by hand: git still knows it.
    std::fs::remove_dir_all(&path).unwrap();
    assert_eq!(checked_out(alice, "fix-lb"), path);
    // Killed while git made it.
    let admin = world.sandbox.git(&path, &["rev-parse", "--git-dir"]);
    std::fs::write(Path::new(&admin).join("locked"), "initializing\n").unwrap();
    std::fs::remove_file(path.join("README.md")).unwrap();
    assert_eq!(checked_out(alice, "fix-lb"), path);
    assert!(path.join("README.md").exists());
    assert_eq!(world.sandbox.git(&path, &["rev-parse", "HEAD"]), head);
    // Something else in its place is not touched.
    alice.run("checkout fix-lb --remove").exits(0);
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("mine"), "").unwrap();
    let refused = alice.run("checkout fix-lb").exits(4);
    assert!(
        refused.stderr.contains("is in the way"),
        "{}",
        refused.stderr
    );
    let pruned = alice.run("checkout --prune").exits(0);
    assert!(pruned.stderr.contains("no worktree of this clone"));
    assert!(path.join("mine").exists());
}

#[test]
fn exit_codes_are_those_of_the_other_commands() {
    let (world, head) = queued();
    let alice = &world.alice;
    alice.run("checkout no-such-change").exits(2);
    alice.run("checkout fix-lb@7").exits(2);
    alice.run("checkout").exits(2);
    alice.run("checkout fix-lb --prune").exits(2);
    // Without a terminal a prefix will not do.
    alice.run("checkout fix").exits(2);
    let nowhere = world.sandbox.path("home");
    world
        .sandbox
        .countersign(&nowhere, &["checkout", "fix-lb"])
        .exits(2);
    // A bare repository has no work tree of its own and gives one all the same.
    let bare = world
        .sandbox
        .countersign(&world.remote, &["checkout", "fix-lb"]);
    let path = bare.ok();
    assert!(Path::new(path.trim_end()).join("infra/lb.yaml").exists());
    // Objects that are not here are not fetched.
    let tree = alice.oid(&format!("{head}:infra/lb.yaml"));
    let object = format!(".git/objects/{}/{}", &tree[..2], &tree[2..]);
    if std::fs::remove_file(alice.dir.join(object)).is_ok() {
        let failed = alice.run("checkout fix-lb").exits(3);
        assert!(failed.stderr.contains(&tree), "{}", failed.stderr);
        let left = alice.git(&["worktree", "list", "--porcelain"]);
        assert!(!left.contains("fix-lb"), "{left}");
    }
}
