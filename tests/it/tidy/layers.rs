//! Who may name whom: the rooms of `src/`, and the checks over the paths a file uses.

use super::source::{self, Path};

/// One top-level module and what it may name.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// The module.
    pub name: &'static str,
    /// The other modules of the crate it may import.
    pub imports: &'static [&'static str],
    /// The outside crates it may name besides those that every room may.
    pub outside: &'static [&'static str],
    /// The parts of `std` it may name among those that are kept to few rooms.
    pub effects: &'static [Effect],
}

/// What touches the world, and so is kept to few rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// `std::fs`
    Files,
    /// `std::process`
    Processes,
    /// `std::env`
    Environment,
    /// `std::net`
    Network,
    /// Reading the wall clock; time is an argument elsewhere.
    Clock,
    /// Measuring how long something takes, for a deadline.
    Stopwatch,
}

/// Stands in a room's `imports` for every other room.
pub const EVERYTHING: &str = "*";

/// The top-level module that a file belongs to; none for the crate's roots (`lib.rs`, `main.rs`).
pub fn room_of(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("src/")?;
    let first = rest.split('/').next()?;
    match first.strip_suffix(".rs") {
        Some("lib" | "main") => None,
        Some(name) => Some(name),
        None if first == "bin" => None,
        None => Some(first),
    }
}

/// What a file imports that its room may not.
pub fn forbidden(
    rooms: &[Room],
    everywhere: &[&str],
    crates: &[String],
    path: &str,
    text: &str,
) -> Vec<String> {
    let Some(name) = room_of(path) else {
        return Vec::new();
    };
    let Some(room) = rooms.iter().find(|room| room.name == name) else {
        return vec![format!(
            "{path}: module `{name}` has no row in the table of rooms"
        )];
    };
    let test_file = is_test_file(path);
    let blanked = source::blank(text);
    let tokens = source::tokens(&blanked);
    let mut out = Vec::new();
    for mut used in source::paths(&tokens) {
        used.in_test |= test_file;
        if let Some(reason) = layer(rooms, room, path, &used)
            .or_else(|| outside(room, everywhere, crates, &used))
            .or_else(|| effect(room, &used))
        {
            out.push(format!("{path}:{}: {reason}", used.line));
        }
    }
    out.dedup();
    out
}

/// Whether the whole file is compiled for tests only, by its name.
fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.ends_with("_tests.rs") || path.contains("/tests/")
}

fn layer(rooms: &[Room], room: &Room, path: &str, used: &Path) -> Option<String> {
    let inside = in_crate(path, used)?;
    let Some(to) = inside.first() else {
        return Some("names the crate's root; name the module".to_owned());
    };
    if to == "*" {
        return Some("imports everything from the crate's root".to_owned());
    }
    let allowed = to == room.name
        || room.imports.contains(&EVERYTHING)
        || room.imports.contains(&to.as_str())
        || !rooms.iter().any(|other| other.name == to);
    (!allowed).then(|| format!("`{}` may not import `{to}`", room.name))
}

/// The path from the crate's root, if it stays in the crate.
fn in_crate(file: &str, used: &Path) -> Option<Vec<String>> {
    let first = used.segments.first()?;
    if first == "crate" || first == "countersign" {
        return Some(used.segments[1..].to_vec());
    }
    if first != "super" {
        return None;
    }
    let ups = used.segments.iter().take_while(|s| *s == "super").count();
    let mut from = module_of(file);
    from.extend(used.inside.iter().cloned());
    from.truncate(from.len().saturating_sub(ups));
    from.extend(used.segments[ups..].iter().cloned());
    Some(from)
}

/// The module a file of `src/` is, from the crate's root.
fn module_of(file: &str) -> Vec<String> {
    let stem = file.trim_start_matches("src/").trim_end_matches(".rs");
    let parts = stem.split('/').filter(|part| *part != "mod");
    parts.map(str::to_owned).collect()
}

fn outside(room: &Room, everywhere: &[&str], crates: &[String], used: &Path) -> Option<String> {
    let first = used.segments.first()?.as_str();
    let known = crates.iter().any(|name| name == first);
    let allowed =
        !known || used.in_test || everywhere.contains(&first) || room.outside.contains(&first);
    (!allowed).then(|| format!("`{}` may not name the crate `{first}`", room.name))
}

fn effect(room: &Room, used: &Path) -> Option<String> {
    let segments: Vec<&str> = used.segments.iter().map(String::as_str).collect();
    let effect = match segments[..] {
        ["std", "fs", ..] => Effect::Files,
        ["std", "process", ..] => Effect::Processes,
        ["std", "env", ..] => Effect::Environment,
        ["std", "net", ..] | ["std", "os", "unix", "net", ..] => Effect::Network,
        [.., "Instant", "now"] => Effect::Stopwatch,
        [.., "Timestamp" | "Zoned" | "SystemTime", "now"] => Effect::Clock,
        _ => return None,
    };
    let allowed = used.in_test || room.effects.contains(&effect);
    (!allowed).then(|| format!("`{}` may not name `{}`", room.name, segments.join("::")))
}

/// Rooms that import each other, directly or by way of others: the table itself must have floors.
pub fn cycles(rooms: &[Room]) -> Vec<String> {
    let mut settled: Vec<&str> = Vec::new();
    loop {
        let before = settled.len();
        for room in rooms
            .iter()
            .filter(|room| !room.imports.contains(&EVERYTHING))
        {
            let ready = room.imports.iter().all(|import| settled.contains(import));
            if ready && !settled.contains(&room.name) {
                settled.push(room.name);
            }
        }
        if settled.len() == before {
            break;
        }
    }
    let stuck = rooms
        .iter()
        .filter(|room| !room.imports.contains(&EVERYTHING) && !settled.contains(&room.name));
    stuck
        .map(|room| format!("`{}` stands in a cycle", room.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOMS: &[Room] = &[
        Room {
            name: "change",
            imports: &[],
            outside: &["toml"],
            effects: &[],
        },
        Room {
            name: "git",
            imports: &["change"],
            outside: &["git2"],
            effects: &[Effect::Processes],
        },
        Room {
            name: "cli",
            imports: &[EVERYTHING],
            outside: &[],
            effects: &[Effect::Clock],
        },
    ];

    fn check(path: &str, text: &str) -> Vec<String> {
        let crates = ["git2", "toml", "serde", "clap"].map(str::to_owned);
        forbidden(ROOMS, &["serde"], &crates, path, text)
    }

    #[test]
    fn what_the_table_allows_passes() {
        assert_eq!(
            check(
                "src/git/mod.rs",
                "use crate::change::Oid; use git2::Repository; use serde::Serialize;"
            ),
            [""; 0]
        );
        assert_eq!(
            check(
                "src/cli/list.rs",
                "use crate::{git, change::Oid}; fn f() { Timestamp::now(); }"
            ),
            [""; 0]
        );
        assert_eq!(check("src/lib.rs", "pub mod git; use git2::Oid;"), [""; 0]);
    }

    #[test]
    fn an_import_of_a_higher_room_fails_however_it_is_written() {
        let expected = |line: usize| {
            vec![format!(
                "src/change/id.rs:{line}: `change` may not import `git`"
            )]
        };
        assert_eq!(
            check("src/change/id.rs", "\nuse crate::git::Store;"),
            expected(2)
        );
        assert_eq!(
            check("src/change/id.rs", "use crate::{change, git as g};"),
            expected(1)
        );
        assert_eq!(
            check("src/change/id.rs", "fn f(s: &crate::git::Store) {}"),
            expected(1)
        );
        assert_eq!(
            check("src/change/id.rs", "use super::super::git;"),
            expected(1)
        );
        assert_eq!(
            check(
                "src/change/id.rs",
                "mod x { use super::super::super::git; }"
            ),
            expected(1)
        );
        assert_eq!(
            check(
                "src/change/id.rs",
                "#[cfg(test)]\nmod tests { use crate::git::Store; }"
            ),
            expected(2)
        );
        assert_eq!(check("src/change/id.rs", "use crate::*;").len(), 1);
    }

    #[test]
    fn an_outside_crate_fails_except_in_tests() {
        let message = "`change` may not name the crate `git2`";
        assert_eq!(
            check("src/change/id.rs", "use git2;"),
            [format!("src/change/id.rs:1: {message}")]
        );
        assert_eq!(check("src/change/id.rs", "fn f() -> git2::Oid {}").len(), 1);
        assert_eq!(
            check(
                "src/change/id.rs",
                "#[cfg(test)] mod tests { use git2::Oid; }"
            ),
            [""; 0]
        );
        assert_eq!(check("src/change/tests.rs", "use git2::Oid;"), [""; 0]);
    }

    #[test]
    fn the_world_is_touched_only_where_the_table_says() {
        assert_eq!(
            check("src/change/id.rs", "use std::process::Command;").len(),
            1
        );
        assert_eq!(
            check("src/git/run.rs", "use std::process::Command;"),
            [""; 0]
        );
        assert_eq!(
            check("src/git/run.rs", "fn f() { jiff::Timestamp::now(); }").len(),
            1
        );
        assert_eq!(
            check("src/git/run.rs", "fn f() { std::fs::read(p); }").len(),
            1
        );
    }

    #[test]
    fn a_module_without_a_row_fails() {
        let message = "src/utils/mod.rs: module `utils` has no row in the table of rooms";
        assert_eq!(check("src/utils/mod.rs", "//! Odds and ends."), [message]);
        assert_eq!(check("src/extra.rs", "//! More.").len(), 1);
    }

    #[test]
    fn a_table_with_a_cycle_fails() {
        assert_eq!(cycles(ROOMS), [""; 0]);
        let knot = [
            Room {
                name: "a",
                imports: &["b"],
                outside: &[],
                effects: &[],
            },
            Room {
                name: "b",
                imports: &["a"],
                outside: &[],
                effects: &[],
            },
        ];
        assert_eq!(cycles(&knot).len(), 2);
    }
}
