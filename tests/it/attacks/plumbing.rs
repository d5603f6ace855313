//! The repository the gate runs in.

use super::{answers, approved, judged};
use crate::common::World;

#[test]
fn replace_refs_give_no_answer() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    world.bob.git(&["replace", &landed, &world.root]);
    answers(&judged(&world, &world.root, &landed), 3, "E-REPLACE-REFS");
}

#[test]
fn grafts_give_no_answer() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    let grafts = world.bob.dir.join(".git/info/grafts");
    std::fs::write(grafts, format!("{landed}\n")).unwrap();
    answers(&judged(&world, &world.root, &landed), 3, "E-GRAFTS");
}

#[test]
fn a_shallow_clone_gives_no_answer_and_says_what_to_run() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    let url = format!("file://{}", world.remote.display());
    let top = world.sandbox.path("");
    world
        .sandbox
        .git(&top, &["clone", "-q", "--depth", "1", &url, "shallow"]);
    let range = format!("{}..{landed}", world.root);
    let root = &world.root;
    let words = ["gate", "--target", "main", "--policy-root", root, &range];
    let shallow = world.sandbox.path("shallow");
    let notes = "refs/notes/countersign:refs/notes/countersign";
    let notes = ["fetch", "-q", "origin", notes];
    world.sandbox.git(&shallow, &notes);
    let ran = world.sandbox.countersign(&shallow, &words).exits(3);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.contains("--unshallow"), "{said}");
    // What it lacks can be fetched: then it is as good as a full one.
    let whole = [&words[..], &["--fetch"]].concat();
    world.sandbox.countersign(&shallow, &whole).exits(0);
}

#[test]
fn a_corrupt_object_gives_no_answer() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    answers(&judged(&world, &world.root, &landed), 0, "");
    let tree = world.bob.oid(&format!("{landed}^{{tree}}"));
    let (directory, name) = tree.split_at(2);
    let file = world
        .bob
        .dir
        .join(".git/objects")
        .join(directory)
        .join(name);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let range = format!("{}..{landed}", world.root);
    let words = [
        "gate",
        "--json",
        "--target",
        "main",
        "--policy-root",
        &world.root,
        &range,
    ];
    answers(&world.bob.countersign(&words), 3, "E-OBJECT-CORRUPT");
}

#[test]
fn nothing_the_repository_configures_is_run() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    let trap = world.sandbox.path("trap");
    let run = format!("touch {}", trap.display());
    world.bob.git(&["fetch", "-q", "origin"]);
    for key in [
        "core.fsmonitor",
        "diff.external",
        "core.pager",
        "diff.x.textconv",
        "filter.x.smudge",
    ] {
        world.bob.git(&["config", key, &run]);
    }
    std::fs::write(
        world.bob.dir.join(".git/info/attributes"),
        "* diff=x filter=x\n",
    )
    .unwrap();
    let range = format!("{}..{landed}", world.root);
    let root = &world.root;
    let words = [
        "gate",
        "--fetch",
        "--target",
        "main",
        "--policy-root",
        root,
        &range,
    ];
    world.bob.countersign(&words).exits(0);
    world.bob.countersign(&["list", "--all"]).exits(0);
    assert!(!trap.exists(), "a configured program ran");
}

#[test]
fn notes_that_cannot_be_taken_over_give_no_answer() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    answers(&judged(&world, &world.root, &landed), 0, "");
    // A host that serves a blob where the verdicts were: what is here may be old.
    let sandbox = &world.sandbox;
    let blob = sandbox.git(
        &world.remote,
        &["rev-parse", &format!("{landed}:README.md")],
    );
    let notes = "refs/notes/countersign";
    sandbox.git(&world.remote, &["update-ref", notes, &blob]);
    let ran = judged(&world, &world.root, &landed);
    assert_eq!(ran.code, Some(3), "{}{}", ran.stdout, ran.stderr);
    world.bob.countersign(&["sync"]).exits(3);
}

#[test]
fn the_gate_does_not_run_out_of_the_tree_it_judges() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    let inside = world.bob.dir.join("countersign");
    // Copied by another process: a file this one holds open for writing while a test beside it
    // starts a program cannot be run.
    let mut copy = world.sandbox.command("cp", &world.bob.dir);
    copy.args([env!("CARGO_BIN_EXE_countersign"), "countersign"]);
    crate::common::run(&mut copy, b"").ok();
    let range = format!("{}..{landed}", world.root);
    let mut command = world.sandbox.command(&inside, &world.bob.dir);
    command.args([
        "gate",
        "--target",
        "main",
        "--policy-root",
        &world.root,
        &range,
    ]);
    let ran = crate::common::run(&mut command, b"").exits(2);
    assert!(ran.stderr.contains("its own"), "{}", ran.stderr);
}
