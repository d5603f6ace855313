//! The table of attacks (`tests/conformance/attacks.toml`): every row is tried by a case or by a named
//! test, or it is told on the page of the threat model why nothing can detect it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use super::case::Case;
use super::{cases, place};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// How many rows each family has.
    count: BTreeMap<String, usize>,
    attack: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    what: String,
    outcome: String,
    /// A directory beside the table.
    case: Option<String>,
    /// Tests of ours, as `module::name` below `tests/it` or as `src:module::name`.
    #[serde(default)]
    tests: Vec<String>,
    /// The words of `docs/threat-model.md` that tell why nothing can detect it.
    undetectable: Option<String>,
    /// What is promised for it and not built yet.
    open: Option<String>,
    /// What stops it. It was taken out, or turned round, and the case or the tests fell.
    check: Option<String>,
    /// What stops it as well: only without both of them they fell.
    behind: Option<String>,
    /// What was answered without them.
    without: Option<String>,
}

fn table() -> Table {
    let text = std::fs::read_to_string(place().join("attacks.toml")).unwrap();
    toml::from_str(&text).unwrap()
}

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every test function below a folder, as `module::name` by its file.
fn tests_below(folder: &Path, module: &str, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let inner = match (module, name.as_str()) {
            (_, "mod" | "main") => module.to_owned(),
            ("", _) => name,
            _ => format!("{module}::{name}"),
        };
        if path.is_dir() {
            tests_below(&path, &inner, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let parts = text.split("#[test]").skip(1);
            let names = parts.filter_map(|part| part.split_once("fn ")?.1.split_once('('));
            found.extend(names.map(|(test, _)| format!("{inner}::{test}")));
        }
    }
}

impl Row {
    /// Whether it says what stops the attack, and what happened without that.
    fn was_seen_to_fall(&self) -> bool {
        let said = |words: &Option<String>| words.as_ref().is_some_and(|words| words.len() > 2);
        let behind = self.behind.is_none() || said(&self.behind);
        said(&self.check) && behind && self.without.as_ref().is_some_and(|it| !it.is_empty())
    }
}

#[test]
fn every_attack_is_tried_or_told_to_be_undetectable() {
    let table = table();
    let mut known = BTreeSet::new();
    tests_below(&top().join("tests/it"), "", &mut known);
    let model = std::fs::read_to_string(top().join("docs/threat-model.md")).unwrap();
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    let (mut ids, mut used, mut wrong) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for row in &table.attack {
        *counted.entry(row.id[..1].to_owned()).or_default() += 1;
        if !ids.insert(row.id.clone()) || row.what.is_empty() || row.outcome.is_empty() {
            wrong.push(format!("{}: twice, or without words", row.id));
        }
        let ways = usize::from(row.case.is_some())
            + usize::from(!row.tests.is_empty())
            + usize::from(row.undetectable.is_some())
            + usize::from(row.open.is_some());
        if ways == 0 {
            wrong.push(format!("{}: nothing tries it", row.id));
        }
        if let Some(name) = &row.case {
            let directory = place().join(name);
            if !directory.join("case.toml").is_file() || Case::read(&directory).id != row.id {
                wrong.push(format!("{}: no case {name}", row.id));
            }
            used.insert(name.clone());
        }
        let tried = row.case.is_some() || !row.tests.is_empty();
        if tried && row.open.is_none() && !row.was_seen_to_fall() {
            wrong.push(format!("{}: no check that was taken out once", row.id));
        }
        for test in row.tests.iter().filter(|test| !known.contains(*test)) {
            wrong.push(format!("{}: no test {test}", row.id));
        }
        if let Some(words) = &row.undetectable
            && !model.contains(words)
        {
            wrong.push(format!("{}: docs/threat-model.md has no {words:?}", row.id));
        }
    }
    for path in cases() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !used.contains(&name) {
            wrong.push(format!("{name}: a case of no row"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(counted, table.count);
}
