//! Reading a change on the screen: what is said of files that lines do not tell, white space and
//! moved blocks, rows taller than the pane, and what is looked up in a real repository.

mod large;

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use countersign::app::{Message, State};
use countersign::change::Oid;
use countersign::diff::{FileDiff, moves};
use countersign::git::{DiffOptions, Store};

use crate::common::{Sandbox, World};
use crate::screen::fixture::opened;
use crate::screen::play::{send, state};
use crate::screen::{draw, press, text};

/// The files between two states of a directory, as git and the screen see them.
fn between(before: impl Fn(&Path), after: impl Fn(&Path)) -> Vec<FileDiff> {
    let sandbox = Sandbox::new();
    let dir = sandbox.path("repo");
    sandbox.git(&sandbox.path(""), &["init", "-q", "repo"]);
    let tree = |change: &dyn Fn(&Path)| -> Oid {
        change(&dir);
        sandbox.git(&dir, &["add", "-A"]);
        let id = sandbox.git(&dir, &["write-tree"]);
        id.trim().parse().unwrap()
    };
    let (old, new) = (tree(&before), tree(&after));
    let store = Store::discover(&dir).unwrap();
    store.diff(old, new, &DiffOptions::default()).unwrap()
}

/// A screen with a change of these files open and the keys in the diff.
pub fn showing(files: Vec<FileDiff>, columns: u16, rows: u16) -> State {
    showing_after("", files, columns, rows)
}

/// The same after some keys, pressed before the change came.
fn showing_after(keys: &str, files: Vec<FileDiff>, columns: u16, rows: u16) -> State {
    let mut state = state(columns, rows);
    press(&mut state, &format!("2 Enter {keys}"));
    let reading = state.reading.as_ref().expect("a change is open");
    let mut change = opened(&reading.name);
    change.files = files;
    change.subject.base.commit = Oid::from_bytes([0x77; 20]);
    state.generation += 1;
    let generation = state.generation;
    state.reading.as_mut().unwrap().generation = generation;
    state.reading.as_mut().unwrap().stage = countersign::app::reading::Stage::Loading;
    send(
        &mut state,
        Message::Opened(generation, Ok(Box::new(change))),
    );
    state
}

/// What is on the screen.
fn screen(state: &mut State) -> String {
    text(&draw(state, "dark").0)
}

#[track_caller]
fn says(shown: &str, sentences: &[&str]) {
    for sentence in sentences {
        assert!(shown.contains(sentence), "{sentence}\n{shown}");
    }
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice();
    [
        head,
        &width.to_be_bytes(),
        &height.to_be_bytes(),
        b"\x08\x06",
    ]
    .concat()
}

/// The body of a text file of forty lines, each beginning with a word.
fn forty(word: &str) -> String {
    (0..40).map(|n| format!("{word} {n}\n")).collect()
}

/// A file of every kind of which lines do not tell all.
fn every_kind() -> Vec<FileDiff> {
    let write = |dir: &Path, name: &str, bytes: &[u8]| {
        std::fs::write(dir.join(name), bytes).unwrap();
    };
    let pointer = |byte: char, size: u32| {
        let hash = byte.to_string().repeat(64);
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{hash}\nsize {size}\n")
    };
    between(
        |dir| {
            write(dir, "a-name", forty("line").as_bytes());
            write(dir, "b-tool", b"#!/bin/sh\n");
            symlink("old-target", dir.join("c-link")).unwrap();
            write(dir, "d-logo.png", &png(640, 480));
            write(dir, "e-model.bin", pointer('a', 5).as_bytes());
            write(dir, "g-dos.txt", b"one\r\ntwo\r\n");
            write(dir, "h-source", forty("text").as_bytes());
        },
        |dir| {
            std::fs::rename(dir.join("a-name"), dir.join("a-new-name")).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(dir.join("b-tool"), mode).unwrap();
            std::fs::remove_file(dir.join("c-link")).unwrap();
            symlink("/etc/passwd", dir.join("c-link")).unwrap();
            write(dir, "d-logo.png", &png(800, 600));
            write(dir, "e-model.bin", pointer('b', 20_480).as_bytes());
            write(dir, "f-empty", b"");
            write(dir, "g-dos.txt", b"one\ntwo\n");
            let changed = forty("text").replace("text 7", "x");
            write(dir, "h-source", changed.as_bytes());
            write(dir, "i-copy", forty("text").as_bytes());
            write(dir, "j-no-end", b"last");
            write(dir, "k-bytes", b"\0\x01\x02");
        },
    )
}

#[test]
fn what_lines_do_not_tell_is_said_in_a_sentence() {
    let files = every_kind();
    let mut state = showing(files, 160, 140);
    let shown = screen(&mut state);
    says(
        &shown,
        &[
            "a-new-name renamed from a-name (100%)",
            "only the name changed: not a line of it",
            "mode 100644 → 100755, can be run now",
            "only the mode changed: not a line of it",
            "a symbolic link: led to old-target, leads to /etc/passwd, outside the repository now",
            "binary: PNG image, 640×480 pixels, 26 bytes → PNG image, 800×600 pixels, 26 bytes",
            "its content (5 bytes, sha256 aaaaaaaaaaaa… → 20 KiB (20480 bytes), sha256",
            "bbbbbbbbbbbb…) is not here to be read",
            "an empty file",
            "line endings: CRLF → LF",
            "i-copy copied from h-source (100%)",
            "last‹no line break at the end›",
            "binary: bytes of no known kind, 3 bytes; it cannot be read here",
        ],
    );
    let link = shown.lines().find(|line| line.contains("+ /etc/passwd"));
    assert!(
        link.is_some_and(|line| !line.contains("no line break")),
        "{shown}"
    );
    // The whole of a file of which no line changed can be read as well.
    says(&shown, &["┄┄ 40 lines · + more", "┄┄ 1 line · + more"]);
}

#[test]
fn white_space_that_is_hidden_is_counted_and_not_seen() {
    let files = between(
        |dir| std::fs::write(dir.join("a.py"), "if x:\n    y()\n    z(1)\n").unwrap(),
        |dir| std::fs::write(dir.join("a.py"), "if x:\n  y()\n    z(2)\n").unwrap(),
    );
    let mut state = showing_after("W W", files, 140, 30);
    let shown = screen(&mut state);
    says(
        &shown,
        &[
            "hidden: 1 line of which only white space changed; not counted as seen · W shows them",
            "seen 0/1",
            "3 +     z(2)",
        ],
    );
    assert!(
        !shown.contains("y()\n") && !shown.contains("-     y()"),
        "{shown}"
    );
    press(&mut state, "W");
    says(
        &screen(&mut state),
        &["2      -     y()", "2 +   y()", "seen 1/1"],
    );
}

#[test]
fn a_hunk_of_white_space_alone_is_one_row_while_that_is_hidden() {
    let files = between(
        |dir| std::fs::write(dir.join("a.py"), "if x:\n    y()\n").unwrap(),
        |dir| std::fs::write(dir.join("a.py"), "if x:\n\ty()\n").unwrap(),
    );
    let mut state = showing_after("W W", files, 140, 30);
    let shown = screen(&mut state);
    says(
        &shown,
        &[
            "┄┄ 3 lines, only white space changed: hidden · W shows them",
            "seen 0/1",
        ],
    );
}

#[test]
fn a_block_that_moved_is_marked_at_both_ends_and_stays_in_sight() {
    let body = "fn wait(limit: u32) {\n    acquire(limit);\n    release(limit);\n}\n";
    let rest = "fn rest() {}\n".repeat(12);
    let files = between(
        |dir| {
            std::fs::write(dir.join("a.rs"), format!("{rest}{body}{rest}")).unwrap();
            std::fs::write(dir.join("b.rs"), rest.clone()).unwrap();
        },
        |dir| {
            std::fs::write(dir.join("a.rs"), format!("{rest}{rest}")).unwrap();
            let changed = body.replace("release(limit)", "release(0)");
            std::fs::write(dir.join("b.rs"), format!("{rest}{changed}{body}")).unwrap();
        },
    );
    let found = moves::find(&files);
    let mut state = showing(files, 160, 60);
    let generation = state.generation;
    send(&mut state, Message::Moved(generation, found));
    let shown = screen(&mut state);
    says(
        &shown,
        &[
            "4 lines moved to b.rs:17",
            "moved from a.rs:13",
            "« fn wait(limit: u32) {",
            "» fn wait(limit: u32) {",
            "+     release(0);",
        ],
    );
    press(&mut state, "=");
    says(
        &screen(&mut state),
        &["« fn wait(limit: u32) {", "» fn wait(limit: u32) {"],
    );
}

#[test]
fn a_line_taller_than_the_pane_is_read_through_and_then_it_counts() {
    let long: String = (0..700).map(|n| format!("w{n:03} ")).collect();
    let files = between(
        |_| {},
        |dir| std::fs::write(dir.join("a.txt"), format!("{long}\nend\n")).unwrap(),
    );
    for (columns, rows, key) in [(60, 12, "Space"), (20, 5, "j"), (60, 12, "PgDn")] {
        let mut state = showing(files.clone(), columns, rows);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..1_000 {
            for line in screen(&mut state).lines() {
                let words = line.split_whitespace().filter(|word| word.starts_with('w'));
                seen.extend(words.map(str::to_owned));
            }
            let share = state.open().unwrap().share(state.visit().unwrap());
            if share.is_all() {
                break;
            }
            press(&mut state, key);
        }
        let all = (0..700).map(|n| format!("w{n:03}"));
        let missing: Vec<String> = all.filter(|word| !seen.contains(word)).collect();
        assert!(missing.is_empty(), "{key} at {columns}x{rows}: {missing:?}");
        let share = state.open().unwrap().share(state.visit().unwrap());
        assert!(share.is_all(), "{key} at {columns}x{rows}");
        press(&mut state, "G");
        for _ in 0..400 {
            press(&mut state, "k");
        }
        assert_eq!(state.open().unwrap().cursor, 0, "and back up again");
    }
}

#[test]
fn the_header_says_where_in_the_file_one_is() {
    let text: String = (0..200).map(|n| format!("line {n}\n")).collect();
    let changed = text
        .replace("line 20\n", "x\n")
        .replace("line 180\n", "y\n");
    let files = between(
        |dir| std::fs::write(dir.join("a.txt"), &text).unwrap(),
        |dir| std::fs::write(dir.join("a.txt"), &changed).unwrap(),
    );
    let mut state = showing(files, 100, 14);
    press(&mut state, ". . j j j");
    says(
        &screen(&mut state),
        &["a.txt +2 -2", "file 1 of 1 · hunk 2 of 2"],
    );
}

/// The real program on a real repository: more context, a line's history, the session's link.
#[test]
fn lines_are_looked_up_in_the_repository_and_the_session_is_opened() {
    let world = World::new();
    let text: String = (1..=60).map(|n| format!("value_{n} = {n}\n")).collect();
    world.alice.write("conf.py", &text);
    world.alice.commit_signed("Values for everybody");
    world.alice.push_main();
    world.agent.git(&["fetch", "-q", "origin"]);
    world
        .agent
        .git(&["checkout", "-q", "-b", "work", "origin/main"]);
    let changed = text.replace("value_30 = 30\n", "value_30 = limit\n");
    world.agent.commit_by_ai("conf.py", &changed, "A limit");
    let link = "https://agents.example/s/42?a=1&b=$(touch%20x)";
    let args = [
        "propose",
        "--id",
        "limit",
        "--target",
        "main",
        "--session",
        link,
    ];
    world.sandbox.countersign(&world.agent.dir, &args).ok();
    world.alice.run("sync").ok();
    let opened = world.sandbox.path("opened");
    let browser = world.sandbox.path("browser");
    let script = format!("#!/bin/sh\nprintf '%s' \"$1\" > '{}'\n", opened.display());
    std::fs::write(&browser, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&browser, mode).unwrap();
    let mut command: Command = world.sandbox.countersign_command(&world.alice.dir);
    command
        .env("BROWSER", &browser)
        .env("NO_COLOR", "1")
        .args(["tui", "id:limit"]);
    let mut screen = crate::common::Screen::start(&command, 140, 40);
    screen.wait_for("limit@1 →");
    screen.send("\r>>..");
    screen.wait_for("┄┄ 26 lines · + more");
    screen.send("+");
    screen.wait_for("17   value_17 = 17");
    screen.send("/value_18\r");
    screen.wait_for("value_18 = 18");
    screen.send("b");
    screen.wait_for("line 18: alice");
    screen.wait_for("Values for everybody");
    screen.send("/= limit\r");
    screen.settle();
    screen.send("b");
    screen.wait_for("of this change: A limit");
    screen.send("o");
    screen.wait_for("opened with");
    assert_eq!(std::fs::read_to_string(opened).unwrap(), link);
    screen.send("Q");
    assert_eq!(screen.exit_code(), 0);
}
