//! The figures of each repository, the table and its JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::data::Row;
use crate::goals::Goal;
use crate::measures::{self, BANDS, Ranked, Rate, percentile};
use crate::parity::Parity;
use crate::scan::{Answer, Scanned};

/// What calms, as the terms say it, with its signal.
pub(crate) const CALM: [&str; 3] = ["documentation only", "comments only", "whitespace only"];
const CALM_IDS: [&str; 3] = ["shape.docs_only", "shape.comment_only", "shape.ws_only"];
/// Causes of differences that are listed.
const CAUSES: usize = 40;

/// What was measured of one repository.
#[derive(Debug)]
pub(crate) struct Repository {
    pub(crate) name: String,
    pub(crate) commits: usize,
    pub(crate) problems: usize,
    /// Of the likelihood.
    pub(crate) auc: f64,
    /// Of the queue's key, as are `found` and `lift`.
    pub(crate) key_auc: f64,
    pub(crate) found: f64,
    pub(crate) lift: f64,
    pub(crate) bands: [Rate; 5],
    pub(crate) calm: [Rate; 3],
    /// The share of harmless commits with a finding of severity 3.
    pub(crate) severe: f64,
    /// Findings on a harmless commit.
    pub(crate) median_findings: f64,
    pub(crate) unreadable: usize,
    pub(crate) parity: Parity,
    pub(crate) counting: Vec<f64>,
    pub(crate) warm: Vec<f64>,
    pub(crate) wall: Vec<f64>,
    pub(crate) different: Option<Vec<String>>,
    /// Commits without an answer, and why.
    pub(crate) unanswered: Vec<(String, String)>,
}

impl Repository {
    /// Measures what the program said of the rows.
    pub(crate) fn new(name: &str, rows: &[Row], scanned: &Scanned) -> Result<Self, String> {
        let both = || rows.iter().zip(&scanned.answers);
        let answered: Vec<(&Row, &Answer)> = both()
            .filter_map(|(row, a)| Some((row, a.as_ref().ok()?)))
            .collect();
        let problems = answered.iter().filter(|(row, _)| row.is_problem).count();
        if problems == 0 || problems == answered.len() {
            return Err(format!(
                "{name}: no problems, or nothing else, was answered"
            ));
        }
        let order = |score: fn(&Answer) -> f64| -> Vec<Ranked<'_>> {
            let ranked = answered.iter().map(|(row, answer)| Ranked {
                score: score(answer),
                sha: &row.sha,
                is_problem: row.is_problem,
                lines: row.lines,
            });
            ranked.collect()
        };
        let key = order(|answer| answer.key);
        let likely: Vec<(i64, bool)> = answered
            .iter()
            .map(|(row, a)| (a.likelihood, row.is_problem))
            .collect();
        let ordinary = answered.iter().filter(|(row, _)| !row.is_problem);
        let ordinary: Vec<&Answer> = ordinary.map(|(_, answer)| *answer).collect();
        let severe = ordinary.iter().filter(|answer| answer.severe > 0).count();
        let findings: Vec<f64> = ordinary.iter().map(|a| a.findings as f64).collect();
        let mut parity = Parity::default();
        answered
            .iter()
            .for_each(|(row, answer)| parity.compare(row, answer));
        Ok(Self {
            name: name.replace('+', "/"),
            commits: answered.len(),
            problems,
            auc: measures::auc(&order(|answer| answer.likelihood as f64)),
            key_auc: measures::auc(&key),
            found: measures::found_in_time(&key),
            lift: measures::lift(&key),
            bands: measures::bands(&likely),
            calm: calm(&answered, &likely),
            severe: severe as f64 / ordinary.len() as f64,
            median_findings: percentile(&findings, 0.5),
            unreadable: answered.iter().filter(|(_, a)| a.unreadable > 0).count(),
            parity,
            counting: scanned.counting.clone(),
            warm: scanned.warm.clone(),
            wall: scanned.wall.clone(),
            different: scanned.different.clone(),
            unanswered: both()
                .filter_map(|(row, a)| Some((row.sha.clone(), a.as_ref().err()?.clone())))
                .collect(),
        })
    }

    /// The columns of the table that have a mean.
    fn figures(&self) -> [f64; 11] {
        let share = |part: usize| 100.0 * part as f64 / self.parity.compared as f64;
        let time = |of: &[f64], at: f64| 1000.0 * percentile(of, at);
        [
            self.auc,
            self.key_auc,
            self.found,
            self.lift,
            share(self.parity.likelihood),
            share(self.parity.key),
            100.0 * self.severe,
            self.median_findings,
            time(&self.warm, 0.5),
            time(&self.warm, 0.95),
            time(&self.counting, 0.95),
        ]
    }
}

/// The rate of each class that calms, by what the program itself says of a commit.
fn calm(answered: &[(&Row, &Answer)], likely: &[(i64, bool)]) -> [Rate; 3] {
    CALM_IDS.map(|id| {
        let is_calm = |answer: &Answer| answer.signals.iter().any(|signal| signal == id);
        let chosen = answered.iter().filter(|(_, answer)| is_calm(answer));
        Rate::of(likely, chosen.map(|(row, _)| &row.is_problem))
    })
}

/// The report for people.
pub(crate) fn text(of: &[Repository], goals: &[Goal]) -> String {
    let mut out = String::new();
    let _ = write!(
        out,
        "{}\n{}\n{}\n{}",
        table(of),
        bands(of),
        goals_table(goals),
        causes(of)
    );
    for repository in of {
        for (sha, why) in &repository.unanswered {
            let _ = writeln!(out, "no answer: {} {sha}: {why}", repository.name);
        }
        for sha in repository.different.iter().flatten() {
            let _ = writeln!(out, "other bytes: {} {sha}", repository.name);
        }
    }
    out
}

fn table(of: &[Repository]) -> String {
    let mut out = String::from(
        "| repository | commits | problems | AUC | AUC of the key | found in 20 % of time | lift | \
         parity, likelihood | parity, key | severity 3 | median findings | p50 ms | p95 ms | p95 ms, counting |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let row = |figures: [f64; 11]| {
        let [
            auc,
            key,
            found,
            lift,
            likely,
            by_key,
            severe,
            median,
            p50,
            p95,
            counting,
        ] = figures;
        format!(
            "{auc:.3} | {key:.3} | {found:.3} | {lift:.2} | {likely:.1} % | {by_key:.1} % | \
             {severe:.1} % | {median:.1} | {p50:.1} | {p95:.1} | {counting:.1} |"
        )
    };
    for repository in of {
        let (name, commits) = (&repository.name, repository.commits);
        let figures = row(repository.figures());
        let _ = writeln!(
            out,
            "| {name} | {commits} | {} | {figures}",
            repository.problems
        );
    }
    let all: Vec<[f64; 11]> = of.iter().map(Repository::figures).collect();
    let means = std::array::from_fn(|at| measures::mean(all.iter().map(|row| row[at])));
    let commits: usize = of.iter().map(|r| r.commits).sum();
    let problems: usize = of.iter().map(|r| r.problems).sum();
    let _ = writeln!(out, "| mean | {commits} | {problems} | {}", row(means));
    out
}

fn bands(of: &[Repository]) -> String {
    let mut out = String::from(
        "| likelihood | commits | problems | against the base rate |\n|---|---|---|---|\n",
    );
    for (at, (from, to)) in BANDS.iter().enumerate() {
        let rate = Rate::sum(of.iter().map(|r| r.bands[at]));
        let (commits, problems) = (rate.commits, rate.problems);
        let _ = writeln!(
            out,
            "| {from} to {} | {commits} | {problems} | {:.2} |",
            to - 1,
            rate.lift()
        );
    }
    out
}

fn goals_table(goals: &[Goal]) -> String {
    let mut out = String::from("| goal | asked | measured | |\n|---|---|---|---|\n");
    for goal in goals {
        let (name, asked, measured) = (&goal.name, goal.asked, &goal.measured);
        let _ = writeln!(out, "| {name} | {asked} | {measured} | {} |", met(goal));
    }
    out
}

fn met(goal: &Goal) -> &'static str {
    match goal.met {
        Some(true) => "met",
        Some(false) => "not met",
        None => "not measured",
    }
}

fn causes(of: &[Repository]) -> String {
    let mut all: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for repository in of {
        for difference in &repository.parity.differences {
            let cause = all.entry(&difference.cause).or_insert((0, &difference.sha));
            cause.0 += 1;
        }
    }
    let mut sorted: Vec<(&str, (usize, &str))> = all.into_iter().collect();
    sorted.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    let mut out = String::from(
        "| terms that are not the reference's | commits | one of them |\n|---|---|---|\n",
    );
    for (cause, (count, sha)) in sorted.iter().take(CAUSES) {
        let _ = writeln!(out, "| {cause} | {count} | {sha} |");
    }
    let rest: usize = sorted
        .iter()
        .skip(CAUSES)
        .map(|(_, (count, _))| count)
        .sum();
    if rest > 0 {
        let _ = writeln!(out, "| others | {rest} | |");
    }
    out
}

/// Every figure.
pub(crate) fn json(of: &[Repository], goals: &[Goal]) -> Value {
    let goals: Vec<Value> = goals
        .iter()
        .map(|g| json!({"goal": g.name, "asked": g.asked, "measured": g.measured, "met": g.met}))
        .collect();
    json!({"goals": goals, "repositories": of.iter().map(repository).collect::<Vec<_>>()})
}

fn repository(of: &Repository) -> Value {
    let rate = |r: &Rate| json!({"commits": r.commits, "problems": r.problems, "lift": r.lift()});
    let time = |of: &[f64]| json!({"p50": percentile(of, 0.5), "p95": percentile(of, 0.95), "max": percentile(of, 1.0)});
    let calm: BTreeMap<&str, Value> = CALM_IDS.into_iter().zip(of.calm.iter().map(rate)).collect();
    let differences =
        of.parity.differences.iter().map(
            |d| json!({"sha": d.sha, "cause": d.cause, "likelihood": d.likelihood, "key": d.key}),
        );
    json!({
        "name": of.name,
        "commits": of.commits,
        "problems": of.problems,
        "auc": of.auc,
        "key_auc": of.key_auc,
        "found": of.found,
        "lift": of.lift,
        "bands": of.bands.iter().map(rate).collect::<Vec<_>>(),
        "calm": calm,
        "severity_3": of.severe,
        "median_findings": of.median_findings,
        "unreadable": of.unreadable,
        "parity": {
            "compared": of.parity.compared,
            "likelihood": of.parity.likelihood,
            "key": of.parity.key,
            "differences": differences.collect::<Vec<_>>(),
        },
        "seconds": {"counting": time(&of.counting), "warm": time(&of.warm), "wall": time(&of.wall)},
        "different": of.different,
        "unanswered": of.unanswered,
    })
}
