//! Every id of a reason is asserted by some test: what no test produces, nobody knows to work.

use std::path::Path;

use countersign::policy::ReasonId;

/// The texts of all tests: those of the folder, and in each source file what follows `cfg(test)`.
fn tests_of(folder: &Path, whole: bool, found: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            tests_of(&path, whole || name == "tests", found);
        } else if name == "case.toml" || (name.ends_with(".rs") && name != "reasons.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let tests = text
                .split_once("#[cfg(test)]")
                .map_or("", |(_, tests)| tests);
            let all = whole || name == "tests.rs";
            found.push_str(if all { &text } else { tests });
        }
    }
}

#[test]
fn every_reason_is_asserted_by_some_test() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = String::new();
    tests_of(&top.join("tests"), true, &mut tests);
    tests_of(&top.join("src"), false, &mut tests);
    let mut wrong = Vec::new();
    for id in ReasonId::ALL {
        let variant = format!("ReasonId::{id:?}");
        let named = |text: &str, word: &str| {
            text.match_indices(word).any(|(at, _)| {
                let next = text[at + word.len()..].chars().next();
                !next.is_some_and(|c| c.is_ascii_alphanumeric() || c == '-')
            })
        };
        let asserted = named(&tests, id.as_str()) || named(&tests, &variant);
        if !asserted {
            wrong.push(id.as_str());
        }
    }
    assert!(wrong.is_empty(), "asserted nowhere: {wrong:?}");
}
