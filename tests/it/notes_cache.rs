//! Readings of the notes that are kept between runs: they save work and decide nothing (row Y06, and
//! a poisoned cache).

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use countersign::git::{NotesShelf, Store};
use serde_json::Value;

use super::common::{Checkout, World};

const NOTES: &str = "refs/notes/countersign";

/// A world whose notes have many commits: remarks that are no statements, one of them taken out again,
/// and two lines of history that were merged.
fn long_log() -> (World, String) {
    let world = World::new();
    let head = world.queue("return-one", "src/app.py", "def main():\n    return 1\n");
    say(&world.alice, "approve");
    say(&world.bob, "reject");
    let agent = &world.agent;
    agent.git(&["fetch", "-q", "origin", &format!("+{NOTES}:{NOTES}")]);
    let fork = agent.oid(NOTES);
    remarks(agent, NOTES, &world.root, 70);
    // Bob's rejection goes with the note; it counts all the same.
    agent.git(&["notes", "--ref", NOTES, "remove", &head]);
    agent.git(&["update-ref", "refs/notes/other", &fork]);
    remarks(agent, "refs/notes/other", &head, 3);
    agent.git(&[
        "notes",
        "--ref",
        NOTES,
        "merge",
        "-q",
        "-s",
        "union",
        "refs/notes/other",
    ]);
    agent.git(&["push", "-q", "origin", NOTES]);
    world.bob.fetch_queue("return-one", 1);
    let landed = world.bob.land_merge(&head);
    (world, landed)
}

fn say(who: &Checkout, verb: &str) {
    who.countersign(&["sync"]).exits(0);
    let words = [verb, "return-one@1", "-m", "As I said.", "--push"];
    who.countersign(&words).exits(0);
}

fn remarks(clone: &Checkout, notes: &str, object: &str, count: usize) {
    for number in 0..count {
        let text = format!("remark {number}");
        clone.git(&["notes", "--ref", notes, "append", "-m", &text, object]);
    }
}

/// What the gate says in its own repository, with its exit code.
fn gate(world: &World, landed: &str) -> (Option<i32>, Value) {
    let fetch = format!("--fetch={}", world.remote.display());
    let root = format!("--policy-root={}", world.root);
    let range = format!("{}..{landed}", world.root);
    let words = ["gate", &fetch, "--json", "--target=main", &root, &range];
    let ran = world.bob.countersign(&words);
    (ran.code, ran.json())
}

fn log(world: &World) -> (String, String) {
    world.bob.countersign(&["sync"]).exits(0);
    let ran = world.bob.countersign(&["log", "--json"]).exits(0);
    (ran.stdout, ran.stderr)
}

fn folder(world: &World) -> PathBuf {
    world.sandbox.path("xdg/cache/countersign/notes")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn the_cache_changes_no_answer_whatever_happens_to_it() {
    let (world, landed) = long_log();
    let cold = (gate(&world, &landed), log(&world));
    assert_eq!(cold.0.0, Some(1), "{:#}", cold.0.1);
    assert!(cold.0.1.to_string().contains("E-REJECTED"));
    let kept = files(&folder(&world));
    assert!(!kept.is_empty());
    let same = |what: &str| assert_eq!((gate(&world, &landed), log(&world)), cold, "{what}");
    same("warm");
    for file in &kept {
        let mut bytes = std::fs::read(file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(file, bytes).unwrap();
    }
    same("a bit flipped");
    for file in files(&folder(&world)) {
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    }
    same("cut short");
    let any = std::fs::read(&files(&folder(&world))[0]).unwrap();
    for file in files(&folder(&world)) {
        std::fs::write(file, &any).unwrap();
    }
    same("one in place of the other");
    std::fs::remove_dir_all(folder(&world)).unwrap();
    same("deleted");
    let key = world.sandbox.path("xdg/state/countersign/cache-key");
    std::fs::write(&key, [7; 32]).unwrap();
    same("under another key");
    std::fs::write(&key, b"none").unwrap();
    same("without a key");
}

#[test]
fn an_older_reading_that_is_put_back_hides_nothing_newer() {
    let (world, landed) = long_log();
    assert_eq!(gate(&world, &landed).0, Some(1));
    say(&world.bob, "withdraw");
    assert_eq!(gate(&world, &landed).0, Some(0));
    let old: Vec<(PathBuf, Vec<u8>)> = files(&folder(&world))
        .into_iter()
        .map(|file| (file.clone(), std::fs::read(file).unwrap()))
        .collect();
    say(&world.bob, "reject");
    let head = world
        .bob
        .oid("refs/countersign-remote/origin/countersign/queue/return-one/1");
    let agent = &world.agent;
    agent.git(&["fetch", "-q", "origin", &format!("+{NOTES}:{NOTES}")]);
    agent.git(&["notes", "--ref", NOTES, "remove", &head]);
    remarks(agent, NOTES, &world.root, 70);
    agent.git(&["push", "-q", "origin", NOTES]);
    assert_eq!(gate(&world, &landed).0, Some(1));
    for (file, bytes) in old {
        std::fs::write(file, bytes).unwrap();
    }
    assert_eq!(gate(&world, &landed).0, Some(1));
}

/// A shelf in memory.
#[derive(Clone, Default)]
struct InMemory(Arc<Mutex<HashMap<Vec<u8>, Vec<u8>>>>);

impl NotesShelf for InMemory {
    fn get(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.0.lock().unwrap().get(name).cloned()
    }

    fn put(&self, name: &[u8], bytes: &[u8]) {
        self.0.lock().unwrap().insert(name.into(), bytes.into());
    }
}

#[test]
fn what_was_read_once_is_not_read_again() {
    let (world, _) = long_log();
    let remote = &world.remote;
    let tip = world.remote_ref(NOTES).unwrap();
    let shelf = InMemory::default();
    let read = |shelf: Option<&InMemory>| {
        let mut store = Store::discover(remote).unwrap();
        let shelf = shelf.map(|one| Box::new(one.clone()) as Box<dyn NotesShelf>);
        store.set_notes_shelf(shelf);
        store.notes_since(&[tip.parse().unwrap()], &[])
    };
    let cold = read(Some(&shelf)).unwrap();
    assert_eq!(cold, read(None).unwrap());
    assert_eq!(cold, read(Some(&shelf)).unwrap());
    // The blob of an old remark is gone: who reads the history misses it, and who goes on from what
    // was kept does not look.
    let words = ["rev-parse", &format!("{tip}~40:{}", world.root)];
    let path = world.sandbox.try_git(remote, &words);
    let blob = path.stdout.trim().to_owned();
    assert_eq!(blob.len(), 40, "{}", path.stderr);
    world.sandbox.git(remote, &["cat-file", "-e", &blob]);
    let loose = remote.join("objects").join(&blob[..2]).join(&blob[2..]);
    if !loose.exists() {
        let pack = std::fs::read_dir(remote.join("objects/pack")).unwrap();
        for entry in pack {
            let path = entry.unwrap().path();
            let moved = world.sandbox.path(path.file_name().unwrap());
            std::fs::rename(&path, &moved).unwrap();
            if moved.extension().is_some_and(|end| end == "pack") {
                let bytes = std::fs::read(&moved).unwrap();
                let git = &world.sandbox;
                super::common::run(
                    git.command("git", remote).args(["unpack-objects", "-q"]),
                    &bytes,
                )
                .ok();
            }
        }
    }
    std::fs::remove_file(&loose).unwrap();
    assert!(read(None).is_err());
    assert_eq!(cold, read(Some(&shelf)).unwrap());
}
