//! What an editor is handed: one argument that no shell reads, whatever the file is called; words in a
//! file of a safe name that nobody else can read; nothing that leads out of the work tree (row T07).

use std::os::unix::fs::symlink;

use super::script;
use crate::common::{Screen, World};

/// An editor that writes down its arguments, each on a line of its own, and the modes of the last.
fn notes_down(world: &World) -> (String, std::path::PathBuf) {
    let log = world.sandbox.path("edited");
    let text = format!(
        "for word in \"$@\"; do echo \"$word\"; done > '{0}'\n\
         stat -c '%a %F' \"$word\" >> '{0}'; mv '{0}' '{0}.done'",
        log.display()
    );
    (
        script(&world.sandbox, "my-editor", &text),
        log.with_extension("done"),
    )
}

/// Alice's screen on the diff of a change that writes this file; she has it checked out.
fn reading(world: &World, path: &str, editor: &str) -> Screen {
    world.queue("try-it", path, "one = 1\n");
    let head = world.alice.fetch_queue("try-it", 1);
    world.alice.git(&["checkout", "-q", &head]);
    world.alice.run("sync").ok();
    let mut command = world.sandbox.countersign_command(&world.alice.dir);
    command.arg("tui").env("VISUAL", editor);
    let mut screen = Screen::start(&command, 120, 40);
    screen.wait_for("approve: ready");
    // Past the message, to the file.
    screen.send("\r>j");
    screen.settle();
    screen
}

#[test]
fn a_file_with_a_hostile_name_is_one_argument_and_no_command() {
    let names = [
        "src/$(touch trap).py",
        "src/`touch trap`;touch trap.py",
        "+!touch trap",
        "-S trap",
    ];
    for name in names {
        let world = World::new();
        let (editor, log) = notes_down(&world);
        let mut screen = reading(&world, name, &editor);
        screen.send("e");
        screen.wait_until("the editor ran", |_| log.exists());
        let given = std::fs::read_to_string(&log).unwrap();
        let whole = world.alice.dir.join(name);
        let path = given.lines().rev().nth(1).unwrap();
        assert_eq!(std::path::Path::new(path), whole, "{given}");
        // The line is told before, and nothing besides.
        assert!(given.lines().count() <= 3, "{given}");
        for place in [&world.alice.dir, &world.sandbox.path("")] {
            assert!(!place.join("trap").exists(), "{name}");
        }
    }
}

#[test]
fn words_are_edited_in_a_private_file_of_a_safe_name() {
    let world = World::new();
    let (editor, log) = notes_down(&world);
    let mut screen = reading(&world, "src/app.py", &editor);
    screen.send("c");
    screen.wait_for("remark on");
    screen.send("\x18\x05");
    screen.wait_until("the editor ran", |_| log.exists());
    let given = std::fs::read_to_string(&log).unwrap();
    let rows: Vec<&str> = given.lines().collect();
    let [path, kind] = rows.as_slice() else {
        panic!("{given}");
    };
    assert!(!std::path::Path::new(path).starts_with(&world.alice.dir));
    let name = path.rsplit('/').next().unwrap();
    let safe = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    assert!(
        name.starts_with("countersign-") && name.chars().all(safe),
        "{name}"
    );
    assert!(kind.starts_with("600 regular"), "{kind}");
    assert!(
        !std::path::Path::new(path).exists(),
        "it is gone afterwards"
    );
}

#[test]
fn a_link_that_leads_out_of_the_work_tree_is_not_opened() {
    let world = World::new();
    let (editor, log) = notes_down(&world);
    let mut screen = reading(&world, "src/app.py", &editor);
    let outside = world.sandbox.path("outside");
    std::fs::write(&outside, "secret\n").unwrap();
    let inside = world.alice.dir.join("src/app.py");
    std::fs::remove_file(&inside).unwrap();
    symlink(&outside, &inside).unwrap();
    screen.send("e");
    screen.wait_for("leads out of the work tree");
    assert!(!log.exists());
    // One that stays inside is a file like any other.
    std::fs::remove_file(&inside).unwrap();
    symlink(world.alice.dir.join("README.md"), &inside).unwrap();
    screen.send("e");
    screen.wait_until("the editor ran", |_| log.exists());
}
