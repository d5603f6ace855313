//! The score: likelihood, cost and the queue's key from a fixed table of points, each with the
//! sentence that explains it.

use super::history::{AuthorId, HistoryStats, PathStats};
use super::signals::Measured;
use super::{ChangeText, Points, Side};
use crate::change::RepoPath;
use crate::diff::FileDiff;

/// The points every change starts with.
const START: Points = Points::whole(30);
/// Content signals add at most this much together.
const CONTENT_CAP: i64 = 10;

/// One term of the likelihood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// What it adds; may be 0 where the sentence alone matters.
    pub points: Points,
    /// Why, in words.
    pub why: String,
    /// A line that shows it, where there is one.
    pub place: Option<Place>,
}

/// A line of the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: RepoPath,
    /// Which version of it.
    pub side: Side,
    /// The line's number there, from 1.
    pub line: u32,
}

/// The numbers of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Score {
    pub(super) likelihood: u8,
    pub(super) cost: u32,
    pub(super) key: Points,
    pub(super) terms: Vec<Term>,
}

impl Term {
    /// A sentence without points.
    pub(super) fn said(why: impl Into<String>) -> Self {
        Self::new(Points::ZERO, why)
    }

    fn new(points: Points, why: impl Into<String>) -> Self {
        Self {
            points,
            why: why.into(),
            place: None,
        }
    }
}

/// Scores a change that was measured.
pub(super) fn score(
    text: &ChangeText<'_>,
    files: &[FileDiff],
    measured: &Measured,
    history: Option<&HistoryStats>,
) -> Score {
    let mut terms = vec![Term::new(START, "every change starts with 30 points")];
    size_terms(measured, &mut terms);
    match history {
        Some(history) if history.cut_short => terms.push(Term::new(
            Points::ZERO,
            "part of the history is not in this clone: how often these files were undone, by how \
             many people and by whom they were changed is not counted",
        )),
        Some(history) => history_terms(text, files, history, &mut terms),
        None => terms.push(Term::new(
            Points::ZERO,
            "no history statistics yet: how often these files were undone, by how many people \
             and by whom they were changed is not counted",
        )),
    }
    let mut left = CONTENT_CAP;
    for hit in &measured.content {
        let points = hit.points.min(left);
        left -= points;
        terms.push(Term {
            points: Points::whole(points),
            why: hit.why.clone(),
            place: hit.place.clone(),
        });
    }
    terms.extend(
        measured
            .message
            .iter()
            .chain(&measured.calm)
            .map(|hit| Term {
                points: Points::whole(hit.points),
                why: hit.why.clone(),
                place: hit.place.clone(),
            }),
    );
    if measured.unread > 0 {
        terms.push(Term::new(
            Points::ZERO,
            format!(
                "{} more changed lines were not read for these terms",
                measured.unread
            ),
        ));
    }
    let sum: Points = terms.iter().map(|term| term.points).sum();
    let cost = 25 + measured.lines.min(1000) as u32;
    Score {
        likelihood: sum.rounded().clamp(0, 100) as u8,
        cost,
        key: sum - Points::log2(4300, u64::from(cost)),
        terms,
    }
}

fn size_terms(measured: &Measured, terms: &mut Vec<Term>) {
    let lines = measured.code_lines;
    if lines > 0 {
        terms.push(Term::new(
            Points::log2(1000, 1 + lines.min(1000)),
            format!("{} of code changed", count(lines, "line", "lines")),
        ));
    }
    if measured.areas > 1 {
        let areas = measured.areas.min(4) as i64;
        terms.push(Term::new(
            Points::whole(2 * (areas - 1)),
            format!("touches {} areas", measured.areas),
        ));
    }
}

/// A file of the change that the history knows, and what it knows of it.
type Known<'a> = (&'a RepoPath, &'a PathStats);

fn history_terms(
    text: &ChangeText<'_>,
    files: &[FileDiff],
    history: &HistoryStats,
    terms: &mut Vec<Term>,
) {
    let known: Vec<Known<'_>> = files
        .iter()
        .filter_map(|file| file.old.as_ref())
        .filter_map(|side| Some((&side.path, history.paths.get(&side.path)?)))
        .filter(|(_, stats)| stats.changes > 0)
        .collect();
    undone_term(files, &known, history, terms);
    let mut people: Vec<AuthorId> = known.iter().flat_map(|k| &k.1.people).copied().collect();
    people.sort_unstable();
    people.dedup();
    let people = people.len() as u64;
    if people > 0 {
        let has = if people == 1 { "has" } else { "have" };
        terms.push(Term::new(
            Points::log2(3000, 1 + people.min(64)),
            format!(
                "{} {has} changed these files",
                count(people, "person", "people")
            ),
        ));
    }
    if let Some(email) = text.accountable {
        author_terms(history.author(email), &known, terms);
    }
}

/// The share of undone changes of the most undone file; a new file takes its folder's.
fn undone_term(
    files: &[FileDiff],
    known: &[Known<'_>],
    history: &HistoryStats,
    terms: &mut Vec<Term>,
) {
    let old = known
        .iter()
        .map(|(path, stats)| ((*path).clone(), stats.undone, stats.changes));
    let new = files
        .iter()
        .filter(|file| file.old.is_none())
        .filter_map(|file| history.folder_of(file.path()))
        .map(|(folder, stats)| (folder, stats.undone, stats.changes));
    let share = |undone: u32, changes: u32| 70_000 * i64::from(undone) / (i64::from(changes) + 10);
    let most = old
        .chain(new)
        .filter(|(_, undone, _)| *undone > 0)
        .max_by(|a, b| (share(a.1, a.2), &b.0).cmp(&(share(b.1, b.2), &a.0)));
    if let Some((path, undone, changes)) = most {
        let name = match path.as_bytes() {
            [] => "this repository".into(),
            _ => path.text(),
        };
        terms.push(Term::new(
            Points::milli(share(undone, changes).min(14_000)),
            format!("{undone} of {changes} changes to {name} were undone or fixed later"),
        ));
    }
}

fn author_terms(author: Option<AuthorId>, known: &[Known<'_>], terms: &mut Vec<Term>) {
    let Some(author) = author else { return };
    if known.is_empty() {
        return;
    }
    if known
        .iter()
        .all(|(_, stats)| stats.last_author == Some(author))
    {
        let why = "last changed by the same author";
        terms.push(Term::new(Points::whole(-10), why));
    }
    let files = known.len() as i64;
    let share: i64 = known
        .iter()
        .map(|(_, stats)| {
            let own = stats.by_author.iter().find(|(who, _)| *who == author);
            own.map_or(0, |(_, n)| 6000 * i64::from(*n) / i64::from(stats.changes))
        })
        .sum();
    if share > 0 {
        terms.push(Term::new(
            Points::milli(-(share / files)),
            format!(
                "{} % of past changes to these files are the author's",
                share / files / 60
            ),
        ));
    }
}

fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
