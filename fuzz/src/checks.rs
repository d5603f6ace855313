//! The rules of risk over files that a change may hold: each is a parser of foreign text.

use countersign::app::change::message_file;
use countersign::diff::{FileDiff, FileStatus};
use countersign::git::DiffOptions;
use countersign::risk::{ChangeText, PolicyRisk, TOOL, assess};

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

/// A change of two files: the bytes before and after. Assessing it twice says the same, the findings
/// are ours, each in one line and on a line that exists.
pub fn assessed(data: &[u8]) {
    let mut input = Input(data);
    let (one, two) = (*input.one(&PATHS), *input.one(&PATHS));
    let message = String::from_utf8_lossy(input.part()).into_owned();
    let mut files = vec![file(one, input.part(), input.part())];
    if !input.is_empty() {
        files.push(file(two, input.part(), input.part()));
    }
    let text = ChangeText {
        title: message.lines().next().unwrap_or_default(),
        messages: &[&message],
        accountable: None,
    };
    let said = assess(&text, &files, &PolicyRisk::NONE, None, None);
    assert_eq!(
        said,
        assess(&text, &files, &PolicyRisk::NONE, None, None),
        "twice the same"
    );
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
