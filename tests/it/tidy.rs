//! The house rules as tests: who may import whom, how large things may grow, and that every path
//! a page names exists. `docs/architecture.md` says why.

mod layers;
mod pages;
mod shape;
mod source;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use layers::Effect::{Clock, Environment, Files, Network, Processes, Stopwatch};
use layers::{EVERYTHING, Effect, Room};

/// Crates that every room may name.
const EVERYWHERE: [&str; 4] = ["jiff", "serde", "thiserror", "tracing"];

/// Packages that `Cargo.lock` may hold, for all platforms, tests included. Raise it with a reason.
const PACKAGES: usize = 345;

/// The table: each room, the rooms it may import, the crates it may name, the effects it may have.
#[rustfmt::skip]
const ROOMS: &[Room] = &[
    room("config",  &[], &["strsim", "toml"], &[Files, Environment]),
    room("change",  &[], &["toml"], &[]),
    room("diff",    &["change"], &["similar", "unicode_general_category", "unicode_segmentation", "unicode_width"], &[]),
    room("verdict", &["change"], &["base64", "serde_json", "sha2"], &[]),
    room("risk",    &["change", "diff"], &["globset", "hcl_edit", "regex", "saphyr_parser", "serde_json", "sha2", "toml"], &[]),
    room("policy",  &["change", "verdict", "risk"], &["base64", "globset", "sha2", "strsim", "toml", "toml_edit"], &[]),
    room("queue",   &["change", "verdict", "risk", "policy"], &["globset"], &[]),
    room("stats",   &["change", "verdict"], &[], &[]),
    room("git",     &["change", "diff", "verdict"], &["fastrand", "git2", "miniz_oxide", "serde_json", "sha2", "tempfile"], &[Files, Processes, Environment, Stopwatch]),
    room("signing", &["verdict", "policy"], &["base64", "p256", "ssh_key", "tempfile"], &[Files, Processes, Environment]),
    room("journal", &["change", "verdict"], &["serde_json", "sha2", "tempfile"], &[Files]),
    room("evidence", &["change", "diff", "verdict", "risk", "policy", "git", "signing"], &["serde_json"], &[]),
    room("review",  &["change", "diff", "verdict", "config", "queue", "risk", "policy", "stats", "git", "signing", "journal", "evidence"], &["fastrand", "serde_json", "sha2", "tempfile"], &[Stopwatch, Files]),
    room("gate",    &["change", "diff", "verdict", "risk", "policy", "git", "journal", "evidence"], &["serde_json"], &[]),
    room("app",     &["change", "diff", "verdict", "config", "queue", "risk", "policy"], &["toml", "unicode_segmentation", "unicode_width"], &[]),
    room("ui",      &["change", "diff", "verdict", "config", "queue", "risk", "policy", "app"], &["ratatui", "syntect", "two_face", "toml", "unicode_segmentation", "unicode_width"], &[]),
    room("demo",    &["change", "diff", "verdict", "risk", "policy", "git", "signing", "journal", "evidence", "review"], &["serde_json", "sha2", "toml"], &[Files, Processes]),
    room("runtime", &["change", "diff", "verdict", "config", "queue", "risk", "policy", "git", "signing", "journal", "evidence", "review", "app", "ui"],
         &["base64", "crossterm", "ratatui", "rustix", "serde_json", "sha2", "tempfile", "terminal_colorsaurus", "tokio"], &[Files, Processes, Environment, Clock, Stopwatch]),
    room("cli",     &[EVERYTHING], &["base64", "clap", "clap_complete", "clap_mangen", "crossterm", "directories", "fastrand", "quick_xml", "serde_json", "tempfile", "toml", "unicode_width"], &[Files, Processes, Environment, Network, Clock, Stopwatch]),
];

const fn room(
    name: &'static str,
    imports: &'static [&'static str],
    outside: &'static [&'static str],
    effects: &'static [Effect],
) -> Room {
    Room {
        name,
        imports,
        outside,
        effects,
    }
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    let crates = outside_crates();
    let problems = sources(&["src"])
        .iter()
        .flat_map(|(path, text)| layers::forbidden(ROOMS, &EVERYWHERE, &crates, path, text))
        .collect();
    report(problems);
}

#[test]
fn the_table_has_floors_and_no_empty_rooms() {
    let mut problems = layers::cycles(ROOMS);
    let there: BTreeSet<String> = sources(&["src"])
        .iter()
        .filter_map(|(path, _)| layers::room_of(path).map(str::to_owned))
        .collect();
    let gone = ROOMS.iter().filter(|room| !there.contains(room.name));
    problems.extend(gone.map(|room| format!("`{}` has a row and no module", room.name)));
    report(problems);
}

#[test]
fn the_page_on_architecture_has_a_row_for_every_room() {
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let problems = ROOMS
        .iter()
        .map(|room| format!("| `src/{}/` |", room.name))
        .filter(|row| !page.contains(row))
        .map(|row| format!("docs/architecture.md has no row {row}"))
        .collect();
    report(problems);
}

#[test]
fn files_open_with_a_sentence_and_stay_small() {
    let checks = [
        shape::first_line,
        shape::file_size,
        shape::function_sizes,
        shape::state_structs,
        shape::empty_names,
    ];
    let sources = sources(&["src", "tests", "benches", "fuzz/src", "fuzz/fuzz_targets"]);
    let problems = sources
        .iter()
        .flat_map(|(path, text)| checks.iter().flat_map(move |check| check(path, text)))
        .collect();
    report(problems);
}

#[test]
fn every_path_a_page_names_exists() {
    let exists = |path: &str| root().join(path).exists();
    let problems = pages()
        .iter()
        .flat_map(|(page, text)| pages::dead_paths(page, text, &exists))
        .collect();
    report(problems);
}

#[test]
fn the_tree_of_packages_stays_lean() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let count = lock
        .lines()
        .filter(|line| line.starts_with("name = "))
        .count();
    assert!(
        count <= PACKAGES,
        "{count} packages in Cargo.lock, at most {PACKAGES}"
    );
}

/// The pages for people, with their text.
pub fn pages() -> Vec<(String, String)> {
    let mut pages = files(&["docs"], "md");
    pages.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(PathBuf::from));
    let read = |page: PathBuf| {
        let text = std::fs::read_to_string(root().join(&page)).unwrap();
        (name(&page), text)
    };
    pages.into_iter().map(read).collect()
}

/// Fails with one problem a line.
fn report(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The crates of `Cargo.toml`, as a path in source names them.
fn outside_crates() -> Vec<String> {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let tables = ["dependencies", "dev-dependencies"];
    tables
        .iter()
        .flat_map(|table| manifest[*table].as_table().unwrap().keys())
        .map(|name| name.replace('-', "_"))
        .collect()
}

/// The Rust files below these directories, with their text, sorted by path.
pub fn sources(directories: &[&str]) -> Vec<(String, String)> {
    files(directories, "rs")
        .into_iter()
        .map(|path| {
            (
                name(&path),
                std::fs::read_to_string(root().join(&path)).unwrap(),
            )
        })
        .collect()
}

/// The files with this extension below these directories, from the root, sorted.
fn files(directories: &[&str], extension: &str) -> Vec<PathBuf> {
    let mut waiting: Vec<PathBuf> = directories.iter().map(PathBuf::from).collect();
    let mut out = Vec::new();
    while let Some(directory) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(root().join(&directory)) else {
            continue;
        };
        for entry in entries {
            let entry = entry.unwrap();
            let path = directory.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}

/// A path as text, with `/` between its parts.
fn name(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
