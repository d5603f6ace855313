//! Reads the data files: txtar archives with TOML in front (`world/README.md`).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::DemoError;
use super::story::{Change, Person, Recipe, Section, Story};

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("world/", $name, ".txtar")))),*]
    };
}

const BASE: &str = include_str!("world/base.txtar");
const HISTORY: &str = include_str!("world/history.txtar");
const CHANGES: &[(&str, &str)] = files![
    "alarm-latency",
    "api-client",
    "auth-refresh",
    "bump-tokio",
    "cache-jitter",
    "cache-metrics",
    "ci-cache-keys",
    "comment-units",
    "docs-links",
    "docs-runbook",
    "export-csv",
    "export-email",
    "feature-flags",
    "fix-lb-timeouts",
    "invoice-rounding",
    "log-wording",
    "nginx-keepalive",
    "order-events",
    "orders-migrate",
    "payments-sandbox",
    "policy-agents",
    "pool-lock-free",
    "reports-bucket",
    "retry-budget",
    "sort-imports",
    "trust-badge",
];

/// The front of `base.txtar` and of `history.txtar`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    #[serde(default)]
    people: BTreeMap<String, Person>,
    commit: Vec<Recipe>,
}

/// The first line of a section, without its dashes: which commit, what it does, to which file.
const OPEN: &str = "-- ";
const CLOSE: &str = " --";

impl Story {
    /// Reads the files that are part of the program.
    ///
    /// # Errors
    /// A file that does not follow its own rules: a mistake of ours, which the tests find.
    pub(super) fn read() -> Result<Self, DemoError> {
        let (base, mut sections) = archive::<Front>("base", BASE)?;
        let (history, later) = archive::<Front>("history", HISTORY)?;
        sections.extend(later);
        let mut main = base.commit;
        main.extend(history.commit);
        let commits = (1..).zip(&mut main);
        let commits = commits.map(|(n, recipe): (usize, _)| (n.to_string(), recipe));
        deal("main", sections, commits.collect())?;
        let changes = CHANGES
            .iter()
            .map(|(id, text)| Ok(((*id).to_owned(), change(id, text)?)))
            .collect::<Result<_, DemoError>>()?;
        Ok(Self {
            people: base.people,
            main,
            changes,
        })
    }
}

fn change(id: &str, text: &str) -> Result<Change, DemoError> {
    let (mut change, sections) = archive::<Change>(id, text)?;
    let mut commits = BTreeMap::new();
    for (r, revision) in (1..).zip(&mut change.revisions) {
        for (c, recipe) in (1..).zip(&mut revision.commits) {
            let (r, c): (usize, usize) = (r, c);
            commits.insert(format!("{r}.{c}"), recipe);
        }
    }
    deal(id, sections, commits)?;
    Ok(change)
}

/// Gives each section to the commit that its label names.
fn deal(
    file: &str,
    sections: Vec<(String, Section)>,
    mut commits: BTreeMap<String, &mut Recipe>,
) -> Result<(), DemoError> {
    for (label, section) in sections {
        let recipe = commits
            .get_mut(&label)
            .ok_or_else(|| DemoError::data(file, format!("no commit {label}")))?;
        recipe.sections.push(section);
    }
    Ok(())
}

/// An archive's front and its sections with their labels.
fn archive<T: DeserializeOwned>(
    file: &str,
    text: &str,
) -> Result<(T, Vec<(String, Section)>), DemoError> {
    let mut front = String::new();
    let mut sections: Vec<(String, Section)> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(name) = section_name(line) {
            sections.push(section(name).ok_or_else(|| DemoError::data(file, line.to_owned()))?);
        } else if let Some((_, section)) = sections.last_mut() {
            section.body.push_str(line);
        } else {
            front.push_str(line);
        }
    }
    let front = toml::from_str(&front).map_err(|e| DemoError::data(file, e.to_string()))?;
    Ok((front, sections))
}

fn section_name(line: &str) -> Option<&str> {
    line.strip_suffix('\n')?
        .strip_prefix(OPEN)?
        .strip_suffix(CLOSE)
}

fn section(name: &str) -> Option<(String, Section)> {
    let (label, rest) = name.split_once(' ')?;
    let (edits, path) = match rest.strip_prefix("edit ") {
        Some(path) => (true, path),
        None => (false, rest),
    };
    let section = Section {
        path: path.to_owned(),
        edits,
        body: String::new(),
    };
    Some((label.to_owned(), section))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_section_goes_to_the_commit_it_names() {
        let text = "[[commit]]\nby = \"a\"\nage = \"1d\"\nmessage = \"m\"\n\n\
                    -- 1 a/b.txt --\nx\n-- 1 edit c --\n<<<\n>>>\n";
        let (front, sections) = archive::<Front>("t", text).unwrap();
        assert_eq!(front.commit.len(), 1);
        let seen: Vec<_> = sections
            .iter()
            .map(|(label, s)| (label.as_str(), s.path.as_str(), s.edits, s.body.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                ("1", "a/b.txt", false, "x\n"),
                ("1", "c", true, "<<<\n>>>\n")
            ]
        );
        let recipes = BTreeMap::new();
        assert!(deal("t", sections, recipes).is_err(), "no commit 1 there");
    }

    #[test]
    fn every_data_file_is_part_of_the_program() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo/world");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| {
                let name = entry.unwrap().file_name().into_string().unwrap();
                name.strip_suffix(".txtar").map(str::to_owned)
            })
            .filter(|name| name != "base" && name != "history")
            .collect();
        there.sort();
        let read: Vec<&str> = CHANGES.iter().map(|(id, _)| *id).collect();
        assert_eq!(there, read);
        Story::read().unwrap();
    }

    #[test]
    fn no_hidden_character_and_no_secret_is_in_the_source() {
        let texts = CHANGES.iter().map(|(_, text)| *text).chain([BASE, HISTORY]);
        for text in texts {
            let hidden = |c: &char| matches!(*c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}');
            assert_eq!(text.chars().find(hidden), None);
        }
    }
}
