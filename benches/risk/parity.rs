//! Where the program's numbers are not the reference's, and which terms make the difference.

use std::collections::BTreeSet;

use crate::data::Row;
use crate::reference::{self, TERMS};
use crate::scan::Answer;

/// Two numbers so far apart are the same.
const HALF: f64 = 0.5;
/// A term that differs less has no part in a difference.
const NOTICED: f64 = 0.05;

/// A commit for which the two disagree.
#[derive(Debug, Clone)]
pub(crate) struct Difference {
    pub(crate) sha: String,
    /// The terms and facts that explain it, as one word.
    pub(crate) cause: String,
    /// The program's likelihood less the reference's, before rounding.
    pub(crate) likelihood: f64,
    /// The same of the queue's key.
    pub(crate) key: f64,
}

/// The comparison of one repository.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parity {
    /// Commits whose likelihood is within half a point.
    pub(crate) likelihood: usize,
    /// Commits whose key is.
    pub(crate) key: usize,
    pub(crate) compared: usize,
    pub(crate) differences: Vec<Difference>,
}

impl Parity {
    /// Adds a commit.
    pub(crate) fn compare(&mut self, row: &Row, answer: &Answer) {
        let theirs = reference::points(row);
        let ours = |term: &str| answer.points.get(term).copied().unwrap_or_default();
        let known = || TERMS.iter().map(|term| ours(term));
        let (our_sum, their_sum) = (known().sum::<f64>(), theirs.values().sum::<f64>());
        let likelihood = our_sum.clamp(0.0, 100.0) - their_sum.clamp(0.0, 100.0);
        let cost = reference::cost(row.lines) - reference::cost(answer.cost - 25);
        let key = our_sum - their_sum + cost;
        self.compared += 1;
        let (is_likely, is_key) = (likelihood.abs() <= HALF, key.abs() <= HALF);
        self.likelihood += usize::from(is_likely);
        self.key += usize::from(is_key);
        if is_likely && is_key {
            return;
        }
        let mut causes: Vec<String> = TERMS
            .iter()
            .filter(|term| (ours(term) - theirs[*term]).abs() > NOTICED)
            .map(|term| match *term {
                "content" | "message" | "calm" => format!("{term}{}", signals(row, answer)),
                _ => (*term).to_owned(),
            })
            .collect();
        causes.extend((cost.abs() > NOTICED).then(|| "cost".to_owned()));
        causes.extend(facts(row, answer));
        self.differences.push(Difference {
            sha: row.sha.clone(),
            cause: causes.join(", "),
            likelihood,
            key,
        });
    }
}

/// The signals that only one of them saw: `+` ours, `-` the reference.
fn signals(row: &Row, answer: &Answer) -> String {
    let ours: BTreeSet<&str> = answer.signals.iter().map(String::as_str).collect();
    let theirs = row.fired.iter().map(String::as_str);
    let theirs: BTreeSet<&str> = theirs.filter(|id| reference::knows(id)).collect();
    let only = ours.difference(&theirs).map(|id| format!(" +{id}"));
    let missed = theirs.difference(&ours).map(|id| format!(" -{id}"));
    only.chain(missed).collect()
}

/// What the program takes into account on purpose and the reference does not.
fn facts(row: &Row, answer: &Answer) -> Vec<String> {
    let facts = [
        (answer.is_ai, "(an agent's)"),
        (row.new_files > 0.0, "(new file)"),
        (answer.unreadable > 0, "(unreadable)"),
    ];
    let true_ones = facts.iter().filter(|(is_so, _)| *is_so);
    true_ones.map(|(_, fact)| (*fact).to_owned()).collect()
}
