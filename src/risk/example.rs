//! An example of a rule: a small change in a notation of its own.
//!
//! The first line is the path, the lines after it begin with `+`, `-`, a blank or `@@`. A line
//! `=== path` begins another file, `~~~ path` one that the change does not touch, `message: …` gives
//! the commit message, `mode: OLD NEW` the modes of the file.

use super::example_tree::ExampleTree;
use super::rule::Rule;
use super::{ChangeText, OwnRules, Trees, report, source, unreviewable};
use crate::change::{Oid, RepoPath};
use crate::diff::{Body, FileDiff, FileSide, FileStatus, Hunk, Line, LineKind, Mode};

/// An example that does not do what it is there for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadExample {
    /// The line of the policy at which it stands.
    pub line: usize,
    /// What is wrong. May quote the document.
    pub text: String,
}

impl Rule {
    /// The examples at which it does not fire, or is not silent, beside the shipped rules; `lines`
    /// are the places of the firing and of the silent ones.
    pub(super) fn bad_examples(&self, own: &OwnRules, lines: &[Vec<usize>; 2]) -> Vec<BadExample> {
        let kinds = [(&self.firing, true), (&self.silent, false)];
        let mut bad = Vec::new();
        for ((examples, fires), lines) in kinds.into_iter().zip(lines) {
            for (example, line) in examples.iter().zip(lines) {
                let found = Example::parse(example).rules(own);
                if found.contains(&self.id) == fires {
                    continue;
                }
                let word = if fires { "fire" } else { "be silent" };
                let others: Vec<&str> = found.iter().map(String::as_str).collect();
                let others = match others.as_slice() {
                    [] => "no rule does".to_owned(),
                    all => format!("these do: {}", all.join(", ")),
                };
                bad.push(BadExample {
                    line: *line,
                    text: format!("{} has to {word} at this example; {others}", self.id),
                });
            }
        }
        bad
    }
}

/// A parsed example.
pub(super) struct Example {
    pub(super) message: String,
    pub(super) files: Vec<FileDiff>,
    /// The files of both trees that stay as they are.
    rest: Vec<FileDiff>,
}

impl Example {
    pub(super) fn parse(text: &str) -> Self {
        let mut example = Self {
            message: String::new(),
            files: Vec::new(),
            rest: Vec::new(),
        };
        let mut path = None;
        let mut untouched = false;
        let mut lines: Vec<&str> = Vec::new();
        for line in text.trim_start_matches('\n').lines() {
            if let Some(message) = line.strip_prefix("message: ") {
                message
                    .replace("\\n", "\n")
                    .clone_into(&mut example.message);
            } else if let Some((mark, next)) = line
                .split_once(' ')
                .filter(|(mark, _)| matches!(*mark, "===" | "~~~"))
            {
                example.close(path.replace(next), untouched, &mut lines);
                untouched = mark == "~~~";
            } else if path.is_none() {
                path = Some(line);
            } else {
                lines.push(line);
            }
        }
        example.close(path, untouched, &mut lines);
        example
    }

    fn close(&mut self, path: Option<&str>, untouched: bool, lines: &mut Vec<&str>) {
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
            if untouched {
                self.rest.push(file);
            } else {
                self.files.push(file);
            }
        }
        lines.clear();
    }

    /// The rules that fire in it, ours and these, before any of them is left out for another.
    pub(super) fn rules(&self, own: &OwnRules) -> Vec<String> {
        let messages = [self.message.as_str()];
        let text = ChangeText {
            title: "",
            messages: &messages,
            accountable: None,
        };
        let all = || self.files.iter().chain(&self.rest);
        let trees = Trees {
            base: &ExampleTree::without(LineKind::Added, all()),
            result: &ExampleTree::without(LineKind::Removed, all()),
        };
        let (sources, _) = source::prepare(&self.files);
        let (report, _) = report(&text, &self.files, &sources, Some(trees), own);
        let mut rules = report.map_or_else(Vec::new, |report| report.rules());
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
        let Some(hunk) = hunks.last_mut() else {
            continue;
        };
        hunk.lines.push(Line {
            kind,
            old: (kind != LineKind::Added).then_some(old),
            new: (kind != LineKind::Removed).then_some(new),
            bytes: line.bytes().skip(1).collect(),
            no_newline: false,
        });
    }
    for hunk in &mut hunks {
        let count = |kind| hunk.lines.iter().filter(|l| l.kind != kind).count();
        let count = |kind| u32::try_from(count(kind)).unwrap_or(u32::MAX);
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
        facts: Default::default(),
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
