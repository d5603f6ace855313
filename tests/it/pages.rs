//! The pages are held to the program: tables against parsers, examples by running them.

use std::path::Path;

use countersign::policy::{PolicyFiles, keys};

use crate::common::{Key, Policy, Sandbox};

/// A page of `docs/`.
fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name);
    std::fs::read_to_string(&path).unwrap()
}

/// The code blocks of a page that are in this language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let open = format!("```{language}\n");
    let parts = text.split(&open).skip(1);
    parts
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

/// What stands between backticks in the first cells of the tables of a page.
fn rows(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect()
}

#[test]
fn the_policy_page_has_a_row_for_every_key_and_for_nothing_else() {
    let page = page("policy.md");
    let rows = rows(&page);
    let short = |key: &str| {
        let shared = ["defaults.", "rule."];
        let bare = shared.iter().find_map(|table| key.strip_prefix(table));
        bare.unwrap_or(key).to_owned()
    };
    let keys: Vec<String> = keys().iter().map(|key| short(key)).collect();
    let missing: Vec<&String> = keys
        .iter()
        .filter(|key| !rows.contains(&key.as_str()))
        .collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
    let unknown: Vec<&&str> = rows
        .iter()
        .filter(|row| !row.starts_with(".countersign/") && !keys.iter().any(|key| key == *row))
        .collect();
    assert!(unknown.is_empty(), "rows without a key: {unknown:?}");
}

#[test]
fn the_policy_page_s_example_is_a_valid_policy() {
    let sandbox = Sandbox::new();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| Key::new(&sandbox, name));
    let written = Policy::new(&[("alice", &alice), ("bob", &bob), ("carol", &carol)]);
    let page = page("policy.md");
    let [example] = &blocks(&page, "toml")[..] else {
        panic!("one example");
    };
    for text in [example.clone(), written.toml()] {
        let files = PolicyFiles {
            policy_toml: text.into_bytes(),
            allowed_signers: written.allowed_signers().into_bytes(),
            revoked_keys: written.revoked_keys().into_bytes(),
        };
        files.parse().unwrap_or_else(|invalid| panic!("{invalid}"));
    }
}
