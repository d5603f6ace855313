//! Collects what rules find and keeps what a person should read: one finding for a group of lines,
//! one a line, three of a rule in a file.

use std::collections::{HashMap, HashSet};

use super::finding::Draft;
use super::rule::{Book, Rule};
use super::source::{Source, SourceLine};
use super::{MESSAGE_PATH, Side};
use crate::change::RepoPath;
use crate::diff::Line;

/// How many findings of one rule a file shows.
const MOST: usize = 3;
/// Findings of one rule this many lines apart or less are one.
const NEAR: u32 = 4;
/// This many findings of checks are heard over those of patterns.
const MOST_CLOSER: usize = 50;

/// The place of the commit message among the files: before the first.
const MESSAGE: usize = usize::MAX;

/// What the rules found so far.
#[derive(Debug)]
pub(super) struct Report<'a> {
    pub(super) book: &'a Book,
    /// The repository's own rules, behind ours.
    pub(super) own: &'a [Rule],
    found: Vec<Found>,
}

#[derive(Debug)]
struct Found {
    /// File, line and side: the order of the report.
    at: (usize, u32, Option<Side>),
    precedence: usize,
    each_line: bool,
    /// Whether it knows more than a pattern that marks the same place.
    closer: bool,
    draft: Draft,
}

impl<'a> Report<'a> {
    pub(super) fn new(book: &'a Book, own: &'a [Rule]) -> Self {
        Self {
            book,
            own,
            found: Vec::new(),
        }
    }

    /// Every rule, in the order in which they take precedence on a line.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a Rule> + use<'a> {
        self.book.rules.iter().chain(self.own)
    }

    /// Reports a rule at a line; `message` replaces the rule's sentence.
    pub(super) fn line(
        &mut self,
        rule: &Rule,
        (file, source): (usize, &Source<'_>),
        line: &SourceLine<'_>,
        columns: Option<(usize, usize)>,
        message: Option<String>,
    ) {
        let draft = Draft {
            rule: rule.id.clone(),
            severity: rule.severity,
            path: source.path.clone(),
            side: Some(line.side()),
            line: Some(line.number),
            columns,
            text: line.raw.to_vec(),
            message: message.unwrap_or_else(|| rule.sentence.clone()),
        };
        self.push(rule, file, draft);
    }

    /// Reports a rule at a line of the diff itself.
    pub(super) fn raw(
        &mut self,
        rule: &Rule,
        (file, source): (usize, &Source<'_>),
        line: &Line,
        message: Option<String>,
    ) {
        let side = Side::from(line.kind);
        let number = match side {
            Side::Old => line.old,
            Side::New => line.new,
        };
        let draft = Draft {
            rule: rule.id.clone(),
            severity: rule.severity,
            path: source.path.clone(),
            side: Some(side),
            line: number,
            columns: None,
            text: line.bytes.clone(),
            message: message.unwrap_or_else(|| rule.sentence.clone()),
        };
        self.push(rule, file, draft);
    }

    /// Reports a rule about a file as a whole.
    pub(super) fn file(
        &mut self,
        rule: &Rule,
        file: usize,
        source: &Source<'_>,
        message: Option<String>,
    ) {
        let message = message.unwrap_or_else(|| rule.sentence.clone());
        let draft = Draft::of_file(&rule.id, rule.severity, source.path, message);
        self.push(rule, file, draft);
    }

    /// Reports a rule in the commit message, at one of its lines.
    pub(super) fn message(&mut self, rule: &Rule, line: &str, message: Option<String>) {
        let path = RepoPath::from(MESSAGE_PATH);
        let message = message.unwrap_or_else(|| rule.sentence.clone());
        let mut draft = Draft::of_file(&rule.id, rule.severity, &path, message);
        draft.text = line.as_bytes().to_vec();
        self.push(rule, MESSAGE, draft);
    }

    /// Whether one of these rules has been reported.
    pub(super) fn has_any(&self, rules: &[&str]) -> bool {
        self.found
            .iter()
            .any(|found| rules.contains(&found.draft.rule.as_str()))
    }

    /// The rules reported so far, before anything is left out.
    pub(super) fn rules(&self) -> Vec<String> {
        self.found
            .iter()
            .map(|found| found.draft.rule.clone())
            .collect()
    }

    /// Reports a draft that is no line of a file of the change.
    pub(super) fn push(&mut self, rule: &Rule, file: usize, draft: Draft) {
        let precedence = self.all().position(|r| r.id == rule.id);
        self.found.push(Found {
            at: (file.wrapping_add(1), draft.line.unwrap_or(0), draft.side),
            precedence: precedence.unwrap_or(usize::MAX),
            each_line: rule.each_line,
            closer: false,
            draft,
        });
    }

    /// Reports a rule at a line in words that take the place of its own words there and nearby: a
    /// check knows what a pattern only suspects.
    pub(super) fn closer(
        &mut self,
        rule: &Rule,
        file: (usize, &Source<'_>),
        line: &SourceLine<'_>,
        message: String,
    ) {
        self.line(rule, file, line, None, Some(message));
        if let Some(found) = self.found.last_mut() {
            found.closer = true;
        }
    }

    /// The findings to show, in the order of the change.
    pub(super) fn finish(mut self) -> Vec<Draft> {
        self.found.sort_by_key(|found| (found.at, found.precedence));
        self.say_closer();
        self.without_lock();
        self.group();
        self.one_a_line();
        self.three_a_file();
        self.found.into_iter().map(|found| found.draft).collect()
    }

    /// What a check says of a place replaces what patterns of the same rule say there.
    fn say_closer(&mut self) {
        let closer: Vec<_> = self.found.iter().filter(|found| found.closer).collect();
        let closer: Vec<_> = closer
            .iter()
            .map(|found| (found.at, found.precedence, found.draft.message.clone()))
            .collect();
        for (at, precedence, message) in closer.into_iter().take(MOST_CLOSER) {
            let is_there = |found: &&mut Found| {
                found.precedence == precedence
                    && (found.at.0, found.at.2) == (at.0, at.2)
                    && found.at.1.abs_diff(at.1) <= NEAR
            };
            for found in self.found.iter_mut().filter(is_there) {
                found.draft.message.clone_from(&message);
            }
        }
    }

    /// Where a lock goes, what is checked before it is acted on has perhaps lost what held the two
    /// together: that wants an answer.
    fn without_lock(&mut self) {
        let of = |rule: &'static str| move |found: &&Found| found.draft.rule == rule;
        let unlocked = self.found.iter().filter(of("conc.lock-removed"));
        let unlocked: HashSet<usize> = unlocked.map(|found| found.at.0).collect();
        let checked = self.found.iter_mut();
        let checked = checked.filter(|found| found.draft.rule == "conc.check-then-act");
        for found in checked.filter(|found| unlocked.contains(&found.at.0)) {
            found.draft.severity = 3;
            found.draft.message.push_str(" A lock goes in this file.");
        }
    }

    /// Neighbouring lines of one rule are one finding, at the first of them.
    fn group(&mut self) {
        let mut last: HashMap<(usize, usize, Option<Side>), u32> = HashMap::new();
        let mut seen: HashSet<(usize, usize, Option<Side>, Option<u32>)> = HashSet::new();
        self.found.retain(|found| {
            let key = (found.at.0, found.precedence, found.draft.side);
            let fresh = seen.insert((key.0, key.1, key.2, found.draft.line));
            let Some(line) = found.draft.line else {
                return fresh;
            };
            let near = last
                .insert(key, line)
                .is_some_and(|last| line.abs_diff(last) <= NEAR);
            fresh && (found.each_line || !near)
        });
    }

    /// Of several rules at one line the severest stays; equal ones by the order of the rules. A
    /// repository's own rules take no place from ours: they are counted by themselves.
    fn one_a_line(&mut self) {
        let ours = self.book.rules.len();
        let key = |found: &Found| (found.at, found.precedence >= ours);
        let mut best: HashMap<_, (u8, std::cmp::Reverse<usize>)> = HashMap::new();
        for found in self.found.iter().filter(|found| found.draft.line.is_some()) {
            let rank = (found.draft.severity, std::cmp::Reverse(found.precedence));
            let entry = best.entry(key(found)).or_insert(rank);
            *entry = (*entry).max(rank);
        }
        self.found.retain(|found| {
            found.draft.line.is_none()
                || best
                    .get(&key(found))
                    .is_some_and(|(_, first)| first.0 == found.precedence)
        });
    }

    fn three_a_file(&mut self) {
        let mut counts: HashMap<(usize, usize), usize> = HashMap::new();
        for found in &self.found {
            *counts.entry((found.at.0, found.precedence)).or_default() += 1;
        }
        let mut shown: HashMap<(usize, usize), usize> = HashMap::new();
        self.found.retain_mut(|found| {
            let key = (found.at.0, found.precedence);
            let shown = shown.entry(key).or_default();
            *shown += 1;
            let total = counts.get(&key).copied().unwrap_or(0);
            if *shown == MOST && total > MOST {
                let more = total - MOST;
                found
                    .draft
                    .message
                    .push_str(&format!(" And {more} more in this file."));
            }
            *shown <= MOST
        });
    }
}
