//! The sums of a simulation: how many steps would have been let through, by which rule and author the
//! others would not, and what that asks of each reviewer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::simulate::word;
use crate::gate::{Forecast, Foreseen};
use crate::policy::{Class, Decision, Reason};

/// The sums. Everything counts steps but the load, which counts reviews.
#[derive(Debug, Default)]
pub(super) struct Totals {
    steps: usize,
    by_ai: usize,
    outcomes: BTreeMap<&'static str, usize>,
    rules: BTreeMap<String, usize>,
    reasons: BTreeMap<&'static str, usize>,
    authors: BTreeMap<String, usize>,
    load: BTreeMap<String, Load>,
    days: i64,
}

/// What one reviewer would have been asked.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Load {
    /// Reviews, where those who could share them evenly.
    share: f64,
    /// Reviews that could have been this person's.
    could: usize,
    /// Reviews that nobody else could have given.
    only: usize,
}

/// The reason that weighs most; none where there is none.
pub(super) fn heaviest(run: &Foreseen) -> Option<&Reason> {
    let reasons = run.report.reasons.iter();
    reasons
        .filter(|reason| reason.class() > Class::Warning)
        .rev()
        .max_by_key(|reason| reason.class())
}

impl Totals {
    pub(super) fn of(forecast: &Forecast) -> Self {
        let mut totals = Self::default();
        for run in &forecast.runs {
            totals.add(run);
        }
        let times = forecast.runs.iter().map(|run| run.landed_at);
        if let (Some(first), Some(last)) = (times.clone().min(), times.max()) {
            totals.days = last.duration_since(first).as_hours() / 24;
        }
        totals
    }

    fn add(&mut self, run: &Foreseen) {
        self.steps += run.steps;
        if run.report.ai.is {
            self.by_ai += run.steps;
        }
        *self.outcomes.entry(word(run)).or_default() += run.steps;
        if run.decision == Decision::Allow {
            return;
        }
        for rule in run
            .report
            .rules
            .iter()
            .filter(|rule| rule.have < rule.needed)
        {
            *self.rules.entry(rule.name.clone()).or_default() += run.steps;
        }
        if run.decision > Decision::Pending
            && let Some(reason) = heaviest(run)
        {
            *self.reasons.entry(reason.id.as_str()).or_default() += run.steps;
        }
        for author in &run.authors {
            *self.authors.entry(author.clone()).or_default() += run.steps;
        }
        for (person, asked) in load(run) {
            let load = self.load.entry(person.to_owned()).or_default();
            load.share += asked;
            load.could += 1;
            load.only += usize::from(asked >= 1.0);
        }
    }

    fn outcome(&self, word: &str) -> usize {
        self.outcomes.get(word).copied().unwrap_or(0)
    }

    /// Steps that would not have been let through as they are.
    fn closed(&self) -> usize {
        self.steps - self.outcome("exempt") - self.outcome("allowed")
    }

    /// The sums for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let row = |name: &str, number: usize, why: &str| {
            format!("{name:<12} {number:>6}  {why}")
                .trim_end()
                .to_owned()
        };
        let over = match self.days {
            0 => String::new(),
            days => format!(", over {days} days"),
        };
        let ai = format!("{} marked as AI's{over}", self.by_ai);
        let mut lines = vec![
            row("steps", self.steps, &ai),
            row("exempt", self.outcome("exempt"), "need no verdict"),
            row("allowed", self.outcome("allowed"), "every rule is met"),
            row(
                "pending",
                self.outcome("pending"),
                "8: approvals are missing",
            ),
            row(
                "denied",
                self.outcome("denied"),
                "1: approvals alone would not help",
            ),
            row("no answer", self.outcome("no-answer"), "3"),
            row(
                "closed",
                self.closed(),
                "would not have been let through as they are",
            ),
        ];
        lines.extend(listed("by rule", self.rules.iter()));
        lines.extend(listed("denied by", self.reasons.iter()));
        lines.extend(listed("by author", self.authors.iter()));
        let loads = self.load.iter().map(|(person, load)| {
            let weekly = match self.days {
                0 => String::new(),
                days => format!(", {:.1} a week", load.share * 7.0 / days as f64),
            };
            let (share, could, only) = (load.share, load.could, load.only);
            format!("{share:>8.1}  {person}: of {could} possible, {only} by nobody else{weekly}")
        });
        lines.extend(labelled("load", loads.collect()));
        lines
    }

    /// The sums as JSON.
    pub(super) fn document(&self) -> Value {
        let load: BTreeMap<&String, Value> = self
            .load
            .iter()
            .map(|(person, load)| {
                let share = (load.share * 10.0).round() / 10.0;
                (
                    person,
                    json!({"share": share, "could": load.could, "only": load.only}),
                )
            })
            .collect();
        json!({
            "steps": self.steps,
            "ai": self.by_ai,
            "exempt": self.outcome("exempt"),
            "allowed": self.outcome("allowed"),
            "pending": self.outcome("pending"),
            "denied": self.outcome("denied"),
            "noAnswer": self.outcome("no-answer"),
            "closed": self.closed(),
            "byRule": self.rules,
            "byReason": self.reasons,
            "byAuthor": self.authors,
            "load": load,
            "days": self.days,
        })
    }
}

/// What one run asks of each person: the people it lacks, shared by those who could. One person may
/// count for several rules, so the rule that asks most of somebody decides.
fn load(run: &Foreseen) -> BTreeMap<&str, f64> {
    let mut asked: BTreeMap<&str, f64> = BTreeMap::new();
    for rule in run
        .report
        .rules
        .iter()
        .filter(|rule| rule.have < rule.needed)
    {
        let able: BTreeSet<&str> = rule.could.iter().map(String::as_str).collect();
        let missing = (rule.needed - rule.have) as f64;
        for person in &able {
            let share = (missing / able.len() as f64).min(1.0);
            let most = asked.entry(person).or_default();
            *most = most.max(share);
        }
    }
    asked
}

/// Names by their numbers, the largest first; at most twelve.
fn listed<'a, S: AsRef<str> + 'a>(
    label: &str,
    counts: impl Iterator<Item = (&'a S, &'a usize)>,
) -> Vec<String> {
    let mut counts: Vec<(&S, &usize)> = counts.collect();
    counts.sort_by(|a, b| b.1.cmp(a.1));
    let rest = counts.len().saturating_sub(12);
    let mut texts: Vec<String> = counts
        .iter()
        .take(12)
        .map(|(name, count)| format!("{count:>6}  {}", name.as_ref()))
        .collect();
    if rest > 0 {
        texts.push(format!("        and {rest} more (--json has all)"));
    }
    labelled(label, texts)
}

fn labelled(label: &str, texts: Vec<String>) -> Vec<String> {
    let texts = texts.into_iter().enumerate();
    texts
        .map(|(at, text)| format!("{:<12} {text}", if at == 0 { label } else { "" }))
        .collect()
}
