//! The examples of the rules, run as tests: small changes in a notation of their own.
//!
//! The first line is the path, the lines after it begin with `+`, `-`, a blank or `@@`. A line
//! `=== path` begins another file, `message: …` gives the commit message, `mode: OLD NEW` the modes
//! of the file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::rule::{Book, Rule};
use super::{ChangeText, report, source, unreviewable};
use crate::change::{Oid, RepoPath};
use crate::diff::{Body, FileDiff, FileSide, FileStatus, Hunk, Line, LineKind, Mode};

/// A parsed example.
pub(super) struct Example {
    pub(super) message: String,
    pub(super) files: Vec<FileDiff>,
}

impl Example {
    pub(super) fn parse(text: &str) -> Self {
        let mut example = Self {
            message: String::new(),
            files: Vec::new(),
        };
        let mut path = None;
        let mut lines: Vec<&str> = Vec::new();
        for line in text.trim_start_matches('\n').lines() {
            if let Some(message) = line.strip_prefix("message: ") {
                message
                    .replace("\\n", "\n")
                    .clone_into(&mut example.message);
            } else if let Some(next) = line.strip_prefix("=== ") {
                example.close(path.replace(next), &mut lines);
            } else if path.is_none() {
                path = Some(line);
            } else {
                lines.push(line);
            }
        }
        example.close(path, &mut lines);
        example
    }

    fn close(&mut self, path: Option<&str>, lines: &mut Vec<&str>) {
        let modes = lines.iter().find_map(|line| line.strip_prefix("mode: "));
        let modes: Vec<Mode> = modes
            .map(|modes| {
                modes
                    .split(' ')
                    .filter_map(|m| u32::from_str_radix(m, 8).ok())
                    .collect()
            })
            .map(|raw: Vec<u32>| raw.into_iter().filter_map(Mode::from_raw).collect())
            .unwrap_or_default();
        lines.retain(|line| !line.starts_with("mode: "));
        if let Some(path) = path.filter(|path| !path.is_empty()) {
            let mut file = file(path, lines);
            if let [old, new] = modes[..] {
                let side = |mode| FileSide { mode, ..side(path) };
                (file.old, file.new) = (Some(side(old)), Some(side(new)));
                if new == Mode::Submodule {
                    file.body = Body::Submodule;
                }
            }
            self.files.push(file);
        }
        lines.clear();
    }

    /// The rules that fire in it, before any of them is left out for another.
    pub(super) fn rules(&self) -> Vec<String> {
        let messages = [self.message.as_str()];
        let text = ChangeText {
            title: "",
            messages: &messages,
            accountable: None,
        };
        let content = |path: &RepoPath| {
            let file = self.files.iter().find(|file| file.path() == path)?;
            file.new.as_ref()?;
            let lines = file.hunks().iter().flat_map(|hunk| &hunk.lines);
            let kept = lines.filter(|line| line.kind != LineKind::Removed);
            Some(
                kept.flat_map(|line| [&line.bytes[..], b"\n"].concat())
                    .collect(),
            )
        };
        let (sources, _) = source::prepare(&self.files);
        let report = report(&text, &self.files, &sources, Some(&content));
        let mut rules = report.unwrap().rules();
        let whole = unreviewable::findings(&self.files);
        rules.extend(whole.into_iter().map(|draft| draft.rule));
        rules
    }
}

/// A file's change from lines with their marks. Without context and removed lines it is new;
/// without context and added lines it goes.
pub(super) fn file(path: &str, lines: &[&str]) -> FileDiff {
    let mut hunks: Vec<Hunk> = Vec::new();
    let (mut old, mut new) = (0, 0);
    for line in lines {
        if hunks.is_empty() || line.starts_with("@@") {
            old += if hunks.is_empty() { 0 } else { 50 };
            new += if hunks.is_empty() { 0 } else { 50 };
            hunks.push(Hunk {
                old_start: old + 1,
                old_lines: 0,
                new_start: new + 1,
                new_lines: 0,
                scope: line
                    .strip_prefix("@@")
                    .unwrap_or_default()
                    .trim()
                    .to_owned(),
                lines: Vec::new(),
            });
            if line.starts_with("@@") {
                continue;
            }
        }
        let kind = match line.bytes().next() {
            Some(b'+') => LineKind::Added,
            Some(b'-') => LineKind::Removed,
            _ => LineKind::Context,
        };
        old += u32::from(kind != LineKind::Added);
        new += u32::from(kind != LineKind::Removed);
        hunks.last_mut().unwrap().lines.push(Line {
            kind,
            old: (kind != LineKind::Added).then_some(old),
            new: (kind != LineKind::Removed).then_some(new),
            bytes: line.bytes().skip(1).collect(),
            no_newline: false,
        });
    }
    for hunk in &mut hunks {
        let count = |kind| hunk.lines.iter().filter(|l| l.kind != kind).count() as u32;
        (hunk.old_lines, hunk.new_lines) = (count(LineKind::Added), count(LineKind::Removed));
    }
    finish(path, hunks)
}

fn side(path: &str) -> FileSide {
    FileSide {
        path: RepoPath::from(path),
        mode: Mode::Regular,
        id: Oid::from_bytes([1; 20]),
        size: 100,
    }
}

fn finish(path: &str, hunks: Vec<Hunk>) -> FileDiff {
    let count = |kind| {
        hunks
            .iter()
            .flat_map(|h| &h.lines)
            .filter(|l| l.kind == kind)
            .count()
    };
    let (added, removed) = (count(LineKind::Added), count(LineKind::Removed));
    let context = count(LineKind::Context) > 0 || hunks.iter().any(|h| !h.scope.is_empty());
    let is_new = removed == 0 && !context;
    let is_gone = added == 0 && !context;
    FileDiff {
        status: match (is_new, is_gone) {
            (true, _) => FileStatus::Added,
            (_, true) => FileStatus::Deleted,
            _ => FileStatus::Modified,
        },
        old: (!is_new).then(|| side(path)),
        new: (!is_gone).then(|| side(path)),
        body: Body::Text(hunks),
        added,
        removed,
    }
}

fn check(rule: &Rule, example: &str, fires: bool) -> Option<String> {
    let found = Example::parse(example).rules();
    let fired = found.contains(&rule.id);
    (fired != fires).then(|| {
        let word = if fires { "must fire" } else { "must be silent" };
        format!("{} {word}, found {found:?} in:{example}", rule.id)
    })
}

#[test]
fn every_rule_fires_at_its_examples_and_is_silent_at_the_others() {
    let book = Book::shipped().unwrap();
    let mut wrong = Vec::new();
    for rule in &book.rules {
        wrong.extend(
            rule.firing
                .iter()
                .filter_map(|text| check(rule, text, true)),
        );
        wrong.extend(
            rule.silent
                .iter()
                .filter_map(|text| check(rule, text, false)),
        );
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_rule_is_whole() {
    let book = Book::shipped().unwrap();
    let mut wrong = Vec::new();
    for rule in &book.rules {
        let id = &rule.id;
        if rule.firing.len() < 3 || rule.silent.len() < 3 {
            wrong.push(format!("{id}: needs three examples of each kind"));
        }
        if !(1..=3).contains(&rule.severity) || rule.sentence.len() < 10 {
            wrong.push(format!("{id}: severity or sentence"));
        }
        if rule.computed != rule.matches.is_empty() {
            wrong.push(format!("{id}: is either patterns or computed"));
        }
        if book.rules.iter().filter(|other| other.id == *id).count() > 1 {
            wrong.push(format!("{id}: twice"));
        }
        let patterns = rule.matches.iter().flat_map(|m| m.patterns());
        for pattern in patterns.filter(|pattern| pattern.regex().is_none()) {
            wrong.push(format!("{id}: no pattern: {pattern:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
