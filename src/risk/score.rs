//! The score: likelihood, cost and the queue's key from a fixed table of points, each with the
//! sentence that explains it.

use super::history::HistoryStats;
use super::past::history_terms;
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

    pub(super) fn new(points: Points, why: impl Into<String>) -> Self {
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

/// How many of what.
pub(super) fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
