//! The rules of risk over files that a change may hold: each is a parser of foreign text.

use std::collections::BTreeMap;

use countersign::app::change::message_file;
use countersign::change::RepoPath;
use countersign::diff::{FileDiff, FileStatus};
use countersign::git::DiffOptions;
use countersign::risk::{
    ChangeText, Entry, EntryKind, PolicyRisk, TOOL, Tree, Trees, Unseen, assess,
};

use super::input::Input;
use super::world;

/// Paths whose kinds the rules read differently.
const PATHS: [&str; 28] = [
    "deploy/app.yaml",
    "charts/edge/values.yaml",
    "infra/main.tf",
    "Cargo.toml",
    "Cargo.lock",
    "package.json",
    "package-lock.json",
    "go.mod",
    "go.sum",
    "requirements.txt",
    "Dockerfile",
    ".github/workflows/ci.yml",
    "etc/nginx/nginx.conf",
    "etc/haproxy.cfg",
    "envoy.yaml",
    "src/main.rs",
    "app.py",
    "lib/a.js",
    "main.go",
    "src/A.java",
    "tests/test_a.py",
    "run.sh",
    "config.json",
    "schema.sql",
    "Makefile",
    "README.md",
    "app.rb",
    "src/a.c",
];

/// One side of a change: files that are there, by path.
struct Side<'a>(Vec<(&'static str, &'a [u8])>);

impl Tree for Side<'_> {
    fn read(&self, path: &RepoPath, most: u64) -> Result<Option<Vec<u8>>, Unseen> {
        let found = self
            .0
            .iter()
            .find(|(own, _)| own.as_bytes() == path.as_bytes());
        match found {
            Some((_, bytes)) if bytes.len() as u64 > most => Err(Unseen),
            found => Ok(found.map(|(_, bytes)| bytes.to_vec())),
        }
    }

    fn list(&self, folder: &RepoPath) -> Result<Option<Vec<Entry>>, Unseen> {
        let mut entries = BTreeMap::new();
        for (path, _) in &self.0 {
            let rest = match folder.as_bytes() {
                b"" => Some(*path),
                folder => path
                    .strip_prefix(std::str::from_utf8(folder).unwrap_or("/"))
                    .and_then(|rest| rest.strip_prefix('/')),
            };
            let Some(rest) = rest else { continue };
            match rest.split_once('/') {
                Some((name, _)) => entries.insert(name, EntryKind::Folder),
                None => entries.insert(rest, EntryKind::File),
            };
        }
        let entry = |(name, kind): (&str, EntryKind)| Entry {
            name: name.as_bytes().to_vec(),
            kind,
        };
        let all: Vec<Entry> = entries.into_iter().map(entry).collect();
        Ok((folder.as_bytes().is_empty() || !all.is_empty()).then_some(all))
    }
}

/// A change of two files: the bytes before and after, in trees that hold these two. Assessing it twice
/// says the same, the findings are ours, each on a line that can exist.
pub fn assessed(data: &[u8]) {
    let mut input = Input(data);
    let (one, two) = (*input.one(&PATHS), *input.one(&PATHS));
    let message = String::from_utf8_lossy(input.part()).into_owned();
    let (mut base, mut result) = (Side(Vec::new()), Side(Vec::new()));
    let mut files = Vec::new();
    for path in [one, two] {
        if files.is_empty() || (!input.is_empty() && two != one) {
            let (old, new) = (input.part(), input.part());
            base.0.push((path, old));
            result.0.push((path, new));
            files.push(file(path, old, new));
        }
    }
    let text = ChangeText {
        title: message.lines().next().unwrap_or_default(),
        messages: &[&message],
        accountable: None,
    };
    let trees = || {
        Some(Trees {
            base: &base,
            result: &result,
        })
    };
    let said = assess(&text, &files, &PolicyRisk::NONE, None, trees());
    let again = assess(&text, &files, &PolicyRisk::NONE, None, trees());
    assert_eq!(said, again, "twice the same");
    assert!(said.likelihood <= 100 && said.impact <= 3);
    for finding in &said.findings {
        assert_eq!(finding.tool, TOOL);
        assert!(finding.severity <= 3 && finding.id.len() == 16);
        assert!(finding.line.is_none_or(|line| line >= 1));
    }
}

fn file(path: &str, old: &[u8], new: &[u8]) -> FileDiff {
    let body = world::store(|store| store.texts(old, new, &DiffOptions::default()));
    let mut file = message_file(b"");
    file.body = body.expect("two texts compare");
    file.status = FileStatus::Modified;
    file.old = file.new.clone();
    for side in [&mut file.old, &mut file.new].into_iter().flatten() {
        side.path = path.into();
    }
    let lines = || file.hunks().iter().flat_map(|hunk| &hunk.lines);
    let count = |kind| lines().filter(|line| line.kind == kind).count();
    let (added, removed) = (
        count(countersign::diff::LineKind::Added),
        count(countersign::diff::LineKind::Removed),
    );
    (file.added, file.removed) = (added, removed);
    file
}
