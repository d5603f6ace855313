//! What changed between two revisions: the author's own work, and nothing that a rebase brought.

mod random;

use serde_json::Value;

use crate::common::World;

/// Numbered lines.
fn lines(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("line {n}\n")).collect()
}

/// A world with a long file on `main`, and a first revision of `work` that changes its line 10.
fn world() -> World {
    let world = World::new();
    world.alice.write("src/long.txt", lines(60).concat());
    world.alice.write("src/other.txt", lines(30).concat());
    world.alice.commit("Long files");
    world.alice.push_main();
    world.agent.git(&["fetch", "-q", "origin"]);
    world.agent.start("work");
    work(&world, "ten, changed\n");
    world.agent.push_queue("work", 1);
    world
}

/// The agent's work: another line 10, and a new file.
fn work(world: &World, ten: &str) {
    let mut text = lines(60);
    text[10] = ten.to_owned();
    world
        .agent
        .commit_by_ai("src/long.txt", &text.concat(), "Change ten");
    world
        .agent
        .commit_by_ai("src/new.txt", "one\ntwo\n", "A new file");
}

/// `main` goes on: a line at the end of the long file, and the other file whole.
fn main_goes_on(world: &World) {
    let mut text = lines(60);
    text[50] = "fifty, by main\n".to_owned();
    world.alice.write("src/long.txt", text.concat());
    let mut other = lines(30);
    other[3] = "three, by main\n".to_owned();
    world.alice.write("src/other.txt", other.concat());
    world.alice.commit("Meanwhile");
    world.alice.push_main();
    world.agent.git(&["fetch", "-q", "origin"]);
}

fn rebase(world: &World) {
    world.agent.git(&["rebase", "-q", "origin/main"]);
}

/// `show work --interdiff 1..2 --json --patch`, from a clone that fetched the queue.
fn between(world: &World) -> Value {
    world.bob.countersign(&["sync"]).ok();
    let args = ["show", "work", "--interdiff", "1..2", "--json", "--patch"];
    world.bob.countersign(&args).exits(0).json()
}

fn paths(document: &Value) -> Vec<&str> {
    let files = document["files"].as_array().unwrap().iter();
    files.map(|file| file["path"].as_str().unwrap()).collect()
}

#[test]
fn a_rebase_alone_is_no_difference() {
    let world = world();
    main_goes_on(&world);
    rebase(&world);
    world.agent.push_queue("work", 2);
    let found = between(&world);
    assert_eq!(found["schema"], "countersign/interdiff/1");
    assert_eq!(paths(&found), [""; 0]);
    // The long file and the other one differ between the heads.
    assert_eq!(found["rebased"]["files"], 2);
}

#[test]
fn without_a_rebase_it_is_the_plain_difference() {
    let world = world();
    world
        .agent
        .commit_by_ai("src/new.txt", "one\nthree\n", "Second thoughts");
    world.agent.push_queue("work", 2);
    let found = between(&world);
    assert_eq!(paths(&found), ["src/new.txt"]);
    let patch = found["patch"].as_str().unwrap();
    assert!(patch.contains("-two\n+three\n"), "{patch}");
    assert_eq!(found["rebased"]["files"], 0);
}

#[test]
fn after_a_rebase_only_the_authors_own_work_is_shown() {
    let world = world();
    main_goes_on(&world);
    rebase(&world);
    let mut text = lines(60);
    text[10] = "ten, changed better\n".to_owned();
    text[50] = "fifty, by main\n".to_owned();
    world
        .agent
        .commit_by_ai("src/long.txt", &text.concat(), "Better");
    world.agent.git(&["mv", "src/new.txt", "src/renamed.txt"]);
    world.agent.commit("Rename");
    world.agent.push_queue("work", 2);
    let found = between(&world);
    assert_eq!(paths(&found), ["src/long.txt", "src/renamed.txt"]);
    let patch = found["patch"].as_str().unwrap();
    assert!(
        patch.contains("-ten, changed\n+ten, changed better\n"),
        "{patch}"
    );
    assert!(!patch.contains("by main"), "{patch}");
    assert_eq!(found["files"][1]["status"], "renamed");
    assert_eq!(found["rebased"]["files"], 1);
    assert_eq!(found["rebased"]["hunks"], 1);
}

/// The dangerous one: the heads are equal there, and the rebase lost what `main` did.
#[test]
fn what_a_rebase_takes_away_from_the_target_is_shown() {
    let world = world();
    main_goes_on(&world);
    rebase(&world);
    world
        .agent
        .commit_by_ai("src/other.txt", &lines(30).concat(), "Resolve");
    world.agent.push_queue("work", 2);
    let found = between(&world);
    assert_eq!(paths(&found), ["src/other.txt"]);
    let patch = found["patch"].as_str().unwrap();
    assert!(patch.contains("-three, by main\n+line 3\n"), "{patch}");
}

#[test]
fn where_the_rebase_conflicts_all_that_differs_is_shown_and_said_to_be_doubtful() {
    let world = world();
    let mut text = lines(60);
    text[10] = "ten, by main\n".to_owned();
    world.alice.write("src/long.txt", text.concat());
    world.alice.commit("The same line");
    world.alice.push_main();
    world.agent.git(&["fetch", "-q", "origin"]);
    world.agent.git(&["reset", "-q", "--hard", "origin/main"]);
    work(&world, "ten, by both\n");
    world.agent.push_queue("work", 2);
    let found = between(&world);
    assert_eq!(paths(&found), ["src/long.txt"]);
    assert_eq!(found["files"][0]["doubtful"], true);
    let patch = found["patch"].as_str().unwrap();
    assert!(patch.contains("-ten, changed\n+ten, by both\n"), "{patch}");
    let text = world
        .bob
        .countersign(&["show", "work", "--interdiff", ".."]);
    let text = text.exits(0).stdout;
    assert!(text.contains("work@1..@2  1 file"), "{text}");
    assert!(text.contains("cannot be told apart"), "{text}");
}

/// Edits of both sides in random places: whatever git rebases without a conflict has no difference.
#[test]
fn any_clean_rebase_is_no_difference() {
    let world = World::new();
    let mut random = fastrand::Rng::with_seed(7);
    let mut clean = 0;
    for round in 0..12 {
        let id = format!("round-{round}");
        let path = format!("src/{id}.txt");
        world.alice.write(&path, lines(80).concat());
        world.alice.commit("Start");
        world.alice.push_main();
        world.agent.git(&["fetch", "-q", "origin"]);
        world.agent.start(&id);
        let mut edited = |who: &str| {
            let mut text = lines(80);
            for _ in 0..random.usize(1..5) {
                let at = random.usize(0..text.len());
                match random.u8(0..3) {
                    0 => text[at] = format!("{who} {at}\n"),
                    1 => text.insert(at, format!("{who} new {at}\n")),
                    _ => drop(text.remove(at)),
                }
            }
            text.concat()
        };
        let (ours, theirs) = (edited("ours"), edited("theirs"));
        world.agent.commit_by_ai(&path, &ours, "Ours");
        world.agent.push_queue(&id, 1);
        world.alice.write(&path, &theirs);
        world.alice.commit("Theirs");
        world.alice.push_main();
        world.agent.git(&["fetch", "-q", "origin"]);
        if world.agent.try_git(&["rebase", "-q", "origin/main"]).code != Some(0) {
            world.agent.git(&["rebase", "--abort"]);
            continue;
        }
        clean += 1;
        world.agent.push_queue(&id, 2);
        world.bob.countersign(&["sync"]).ok();
        let args = ["show", &id, "--interdiff", "1..2", "--json"];
        let found = world.bob.countersign(&args).exits(0).json();
        assert_eq!(paths(&found), [""; 0], "{id}: {ours}\n{theirs}");
    }
    assert!(clean >= 5, "{clean} clean rebases are no test");
}

/// The path and text of a file whose lines bear its name, some of them changed.
fn edit(name: &str, path: &str, lines: &[(usize, &str)]) -> (String, String) {
    let mut text: Vec<String> = (0..60).map(|n| format!("{name} {n}\n")).collect();
    for (at, line) in lines {
        text[*at] = format!("{line}\n");
    }
    (format!("src/{path}.txt"), text.concat())
}

/// A file is followed by what it was made of, whoever renamed it.
#[test]
fn files_that_either_side_renamed_are_followed() {
    let world = World::new();
    for name in ["a", "b", "c", "d"] {
        let (path, text) = edit(name, name, &[]);
        world.alice.write(&path, text);
    }
    world.alice.commit("Four files");
    world.alice.push_main();
    world.agent.start("work");
    // The change renames `a`, and edits `b` and `c`.
    world.agent.git(&["mv", "src/a.txt", "src/a2.txt"]);
    for (path, text) in [
        edit("b", "b", &[(3, "b by us")]),
        edit("c", "c", &[(3, "c by us")]),
    ] {
        world.agent.write(&path, text);
    }
    world.agent.commit("Ours");
    world.agent.push_queue("work", 1);
    // Meanwhile `main` edits `a`, renames `b`, and edits `c` and `d`.
    world.alice.git(&["mv", "src/b.txt", "src/b2.txt"]);
    for (path, text) in [
        edit("a", "a", &[(50, "a by main")]),
        edit("c", "c", &[(50, "c by main")]),
        edit("d", "d", &[(50, "d by main")]),
    ] {
        world.alice.write(&path, text);
    }
    world.alice.commit("Meanwhile");
    world.alice.push_main();
    world.agent.git(&["fetch", "-q", "origin"]);
    rebase(&world);
    world.agent.push_queue("work", 2);
    let found = between(&world);
    assert_eq!(paths(&found), [""; 0], "{found:#}");
    // `a2`, `b2`, `c` and `d`.
    assert_eq!(found["rebased"]["files"], 4);

    // The next revision renames `c` and touches one line of what it renamed before.
    world.agent.git(&["mv", "src/c.txt", "src/c2.txt"]);
    let (path, text) = edit("a", "a2", &[(50, "a by main"), (7, "a by us, late")]);
    world.agent.write(&path, text);
    world.agent.commit("Late");
    world.agent.push_queue("work", 3);
    world.bob.countersign(&["sync"]).ok();
    let args = ["show", "work", "--interdiff", "1..3", "--json", "--patch"];
    let found = world.bob.countersign(&args).exits(0).json();
    assert_eq!(paths(&found), ["src/a2.txt", "src/c2.txt"], "{found:#}");
    assert_eq!(found["files"][1]["status"], "renamed");
    let patch = found["patch"].as_str().unwrap();
    assert!(patch.contains("-a 7\n+a by us, late\n"), "{patch}");
    assert!(
        !patch.contains("by main\n+") && !patch.contains("+c by main"),
        "{patch}"
    );
}

/// What the change takes away cannot be rebased onto somebody's edit of it.
#[test]
fn a_file_taken_away_that_the_target_changed_meanwhile_is_doubtful() {
    let world = world();
    world.agent.git(&["rm", "-q", "src/other.txt"]);
    world.agent.commit("Away with it");
    world.agent.push_queue("work", 2);
    main_goes_on(&world);
    world.agent.git(&["reset", "-q", "--hard", "origin/main"]);
    let mut text = lines(60);
    text[10] = "ten, changed\n".to_owned();
    text[50] = "fifty, by main\n".to_owned();
    world.agent.write("src/long.txt", text.concat());
    world.agent.write("src/new.txt", "one\ntwo\n");
    world.agent.git(&["rm", "-q", "src/other.txt"]);
    world.agent.commit("Once more");
    world.agent.push_queue("work", 3);
    world.bob.countersign(&["sync"]).ok();
    let args = ["show", "work", "--interdiff", "2..3", "--json", "--patch"];
    let found = world.bob.countersign(&args).exits(0).json();
    assert_eq!(paths(&found), ["src/other.txt"], "{found:#}");
    assert_eq!(found["files"][0]["doubtful"], true);
    assert_eq!(found["files"][0]["status"], "deleted");
    assert!(found["patch"].as_str().unwrap().contains("-three, by main"));
}

#[test]
fn files_that_came_and_went_between_revisions_are_shown_as_such() {
    let world = world();
    main_goes_on(&world);
    rebase(&world);
    world.agent.git(&["rm", "-q", "src/new.txt"]);
    world
        .agent
        .write("src/third.txt", "something else altogether\n");
    world.agent.commit("Another file");
    world.agent.push_queue("work", 2);
    let found = between(&world);
    assert_eq!(paths(&found), ["src/new.txt", "src/third.txt"], "{found:#}");
    assert_eq!(found["files"][0]["status"], "deleted");
    assert_eq!(found["files"][1]["status"], "added");
}

#[test]
fn a_range_that_names_no_two_revisions_is_told_so() {
    let world = world();
    world.bob.countersign(&["sync"]).ok();
    for range in ["", "1", "a..b", "1...2", ".."] {
        let ran = world
            .bob
            .countersign(&["show", "work", &format!("--interdiff={range}")]);
        assert_eq!(ran.code, Some(2), "{range}");
        assert!(ran.stderr.contains("M..N"), "{range}: {}", ran.stderr);
    }
    let ran = world
        .bob
        .countersign(&["show", "work", "--interdiff", "1..9"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("work"), "{}", ran.stderr);
}
