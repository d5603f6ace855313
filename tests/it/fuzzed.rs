//! The laws of the fuzz targets, held to every seed and to every input that once broke one of them:
//! so they hold in each run of the tests, and the targets keep compiling. `docs/fuzzing.md` has the
//! runs that looked for more.

#[path = "../../fuzz/src/lib.rs"]
mod laws;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use laws::TARGETS;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> BTreeSet<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return BTreeSet::new();
    };
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
    entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect()
}

/// Runs every input of a folder's targets, and names those that break a law.
fn broken(folder: &str) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, target) in TARGETS {
        let folder = fuzz().join(folder).join(name);
        for input in names(&folder) {
            let bytes = std::fs::read(folder.join(&input)).unwrap();
            if std::panic::catch_unwind(|| target(&bytes)).is_err() {
                broken.push(format!("{name}/{input}"));
            }
        }
    }
    broken
}

#[test]
fn every_seed_keeps_the_laws() {
    assert_eq!(broken("seeds"), Vec::<String>::new());
}

#[test]
fn what_once_broke_a_law_keeps_it_now() {
    assert_eq!(broken("finds"), Vec::<String>::new());
}

#[test]
fn each_target_has_a_program_and_seeds_and_there_are_no_others() {
    let manifest = std::fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let programs: BTreeSet<&str> = manifest["bin"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bin| bin["name"].as_str().unwrap())
        .collect();
    let targets: BTreeSet<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(programs, targets);
    let owned = |names: &BTreeSet<&str>, end: &str| -> BTreeSet<String> {
        names.iter().map(|name| format!("{name}{end}")).collect()
    };
    assert_eq!(names(&fuzz().join("seeds")), owned(&targets, ""));
    assert_eq!(names(&fuzz().join("fuzz_targets")), owned(&targets, ".rs"));
    assert!(names(&fuzz().join("finds")).is_subset(&owned(&targets, "")));
    for (name, _) in TARGETS {
        let seeds = names(&fuzz().join("seeds").join(name));
        assert!(seeds.len() >= 5, "{name}");
    }
}
