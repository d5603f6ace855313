//! Changes made to be too much: a line of fifty megabytes, a million lines, a hundred thousand hunks, ten
//! thousand files, and lines that are slow to colour. A key is answered at once, and memory has a bound.
//!
//! A tenth of it by default. The whole, with the peak of memory said:
//! `HOSTILE_FULL=1 cargo test --release --test it -- hostile_screen::large --nocapture --test-threads=1`

use std::fmt::Write as _;

use super::{changes, is_right, leave, type_keys};
use crate::common::{Screen, World};

/// So many of something: all of them where the whole is asked for, else a tenth.
fn scaled(number: usize) -> usize {
    if std::env::var_os("HOSTILE_FULL").is_some() {
        number
    } else {
        number / 10
    }
}

/// The most memory that a program had at once, in megabytes, where the system says.
fn peak(screen: &Screen) -> Option<usize> {
    let status = format!("/proc/{}/status", screen.process_id()?);
    let status = std::fs::read_to_string(status).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: usize = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024)
}

/// A world with one change of these files; `before` is what `main` has of them.
fn world(before: &[(Vec<u8>, Vec<u8>)], after: &[(Vec<u8>, Vec<u8>)]) -> World {
    let world = World::new();
    let mut stream = Vec::new();
    if !before.is_empty() {
        stream.extend(changes::commit("refs/heads/main", "Dev", "before", before));
    }
    let message = "large\n\nCo-authored-by: Claude <noreply@anthropic.com>\n";
    let name = "refs/countersign/queue/large/1";
    stream.extend(changes::commit(name, "Dev", message, after));
    changes::queue(&world, &stream);
    world
}

/// Opens the change and presses keys at once, while it is being read, and again when it is there.
#[track_caller]
fn answers(world: &World, what: &str, megabytes: usize, says: &str) {
    let list = world.alice.run("list --format %(id)").ok();
    assert_eq!(list, "large\n");
    world.alice.run("show large").exits(0);
    for (columns, rows) in [(80, 24), (140, 40)] {
        let mut command = world.sandbox.countersign_command(&world.alice.dir);
        command.args(["tui", "--theme", "dark"]);
        let mut screen = Screen::start(&command, columns, rows);
        screen.wait_for("large");
        type_keys(&mut screen, "");
        type_keys(&mut screen, "\r");
        type_keys(&mut screen, "jj ");
        screen.wait_for(" seen ");
        let mut shown = screen.text();
        for keys in [
            "j", " ", "G", "/7\r", "n", "=", "w", ".", ">", "G", "g", "w",
        ] {
            type_keys(&mut screen, keys);
            shown += &screen.text();
            is_right(
                &screen,
                &format!("{what} at {columns}x{rows} after {keys:?}"),
            );
        }
        assert!(
            shown.contains(says),
            "{what}: {says:?} is not said\n{shown}"
        );
        if let Some(peak) = peak(&screen) {
            let mut said = std::io::stderr();
            let _ = std::io::Write::write_fmt(
                &mut said,
                format_args!("{what} at {columns}x{rows}: {peak} MB at most\n"),
            );
            assert!(peak <= megabytes, "{what}: {peak} MB");
        }
        leave(screen, what);
    }
}

#[test]
fn a_line_of_fifty_megabytes_is_cut_or_named() {
    let line = [vec![b'7'; scaled(50_000_000)], b"\n".to_vec()].concat();
    let world = world(&[], &[(b"line.js".to_vec(), line)]);
    let says = if scaled(10) == 10 {
        "too large"
    } else {
        "hid.far-right"
    };
    answers(&world, "one line", 400, says);
}

#[test]
fn a_million_lines_are_read_on() {
    let mut text = String::new();
    for n in 0..scaled(1_000_000) {
        let _ = writeln!(text, "x{n};");
    }
    let world = world(&[], &[(b"lines.rs".to_vec(), text.into_bytes())]);
    answers(&world, "a million lines", 900, "lines.rs");
}

#[test]
fn a_hundred_thousand_hunks_are_read_on() {
    let lines = |changed: &str| {
        let mut text = String::new();
        for n in 0..scaled(100_000) * 9 {
            let _ = writeln!(text, "{}{n}", if n % 9 == 0 { changed } else { "" });
        }
        text.into_bytes()
    };
    let path = b"hunks.py".to_vec();
    let world = world(&[(path.clone(), lines("a"))], &[(path, lines("b"))]);
    answers(&world, "a hundred thousand hunks", 900, "hunks.py");
}

#[test]
fn ten_thousand_files_are_read_on() {
    let file = |n: usize| {
        (
            format!("d{}/f{n}.rs", n % 70).into_bytes(),
            format!("x{n}\n").into_bytes(),
        )
    };
    let files: Vec<_> = (0..scaled(10_000)).map(file).collect();
    let world = world(&[], &files);
    answers(&world, "ten thousand files", 400, "d0/f0.rs");
}

/// Lines over which a grammar takes seconds: colour may stay away, a key may not wait for it.
#[test]
fn lines_that_are_slow_to_colour_keep_no_key_waiting() {
    let slow = ["a".repeat(1_990), "_a_".repeat(660), "(".repeat(1_990)];
    let text: String = (0..60).map(|n| slow[n % 3].clone() + "\n").collect();
    let files = ["slow.cs", "slow.lua", "slow.bat", "slow.md"];
    let files = files.map(|path| (path.into(), text.clone().into_bytes()));
    let world = world(&[], &files);
    answers(&world, "slow lines", 400, "slow.bat");
}
