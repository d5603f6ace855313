//! Repositories the gate has no answer for, or reads in spite of how odd they are.

use std::path::Path;

use crate::common::{Ran, Sandbox, World};

/// A world in which a change was merged; the merge.
fn merged(world: &World) -> String {
    let head = world.queue("try-it", "src/app.py", "def main():\n    return 9\n");
    world.bob.start("other");
    world.bob.write("README.md", "A better service.\n");
    world.bob.commit_signed("Say more");
    world.bob.push_main();
    world.bob.fetch_queue("try-it", 1);
    world.bob.land_merge(&head)
}

/// What the gate says in `dir`, as JSON.
fn gate(world: &World, dir: &Path, range: &str) -> Ran {
    let root = &world.root;
    let words = [
        "gate",
        "--target",
        "main",
        "--policy-root",
        root,
        range,
        "--json",
    ];
    world.sandbox.countersign(dir, &words)
}

#[test]
fn a_notes_ref_that_is_no_commit_is_3() {
    let world = World::new();
    let head = world.queue("try-it", "src/app.py", "def main():\n    return 8\n");
    world.bob.fetch_queue("try-it", 1);
    let merged = world.bob.land_merge(&head);
    world.alice.countersign(&["sync"]).ok();
    let tree = world.alice.oid("HEAD^{tree}");
    world
        .alice
        .git(&["update-ref", "refs/notes/countersign", &tree]);
    let range = format!("{}..{merged}", world.root);
    let ran = world
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
        .exits(3);
    assert!(
        ran.json()["reasons"].to_string().contains("E-LOG-TYPE"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_shallow_clone_lists_with_a_warning_and_gets_no_answer() {
    let world = World::new();
    let merged = merged(&world);
    let top = world.sandbox.path("");
    let url = format!("file://{}", world.remote.display());
    world
        .sandbox
        .git(&top, &["clone", "-q", "--depth=1", &url, "shallow"]);
    let shallow = world.sandbox.path("shallow");
    let list = world.sandbox.countersign(&shallow, &["--list"]).exits(0);
    assert!(list.stderr.contains("shallow"), "{}", list.stderr);
    world.sandbox.countersign(&shallow, &["sync"]).exits(0);
    // A base that was never fetched is no usage error: there is no answer.
    let unknown = "0123456789012345678901234567890123456789";
    for base in [&world.root, unknown] {
        let cut = gate(&world, &shallow, &format!("{base}..{merged}")).exits(3);
        assert!(cut.stdout.contains("E-HISTORY-SHALLOW"), "{}", cut.stdout);
    }
}

#[test]
fn grafts_and_replace_refs_get_no_answer() {
    let world = World::new();
    let merged = merged(&world);
    let range = format!("{}..{merged}", world.root);
    let alice = &world.alice;
    alice.run("sync").ok();
    alice.git(&["replace", &merged, &world.root]);
    let replaced = gate(&world, &alice.dir, &range).exits(3);
    assert!(
        replaced.stdout.contains("E-REPLACE-REFS"),
        "{}",
        replaced.stdout
    );
    alice.git(&["replace", "-d", &merged]);
    let grafts = alice.dir.join(".git/info/grafts");
    std::fs::write(grafts, format!("{merged}\n")).unwrap();
    let grafted = gate(&world, &alice.dir, &range).exits(3);
    assert!(grafted.stdout.contains("E-GRAFTS"), "{}", grafted.stdout);
}

#[test]
fn foreign_repository_formats_are_3_with_a_remedy() {
    let sandbox = Sandbox::new();
    let top = sandbox.path("");
    if sandbox
        .try_git(&top, &["init", "-q", "--object-format=sha256", "sha256"])
        .code
        == Some(0)
    {
        let ran = sandbox
            .countersign(&sandbox.path("sha256"), &["--list"])
            .exits(3);
        assert!(ran.stderr.contains("E-HASH-ALGO"), "{}", ran.stderr);
    }
    sandbox.git(&top, &["init", "-q", "reftable"]);
    let dir = sandbox.path("reftable");
    sandbox.git(&dir, &["config", "core.repositoryFormatVersion", "1"]);
    let config = dir.join(".git/config");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(
        &config,
        format!("{text}[extensions]\n\trefStorage = reftable\n"),
    )
    .unwrap();
    let ran = sandbox.countersign(&dir, &["--list"]).exits(3);
    assert!(
        ran.stderr.contains("E-REFTABLE") && ran.stderr.contains("hint:"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_bare_repository_reads_and_judges() {
    let world = World::new();
    world.queue("try-it", "src/app.py", "def main():\n    return 10\n");
    assert!(
        world
            .sandbox
            .countersign(&world.remote, &["--list"])
            .ok()
            .contains("try-it")
    );
}
