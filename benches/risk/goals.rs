//! The goals, and whether they are met.

use crate::measures::{Rate, mean, percentile};
use crate::report::Repository;

/// A goal with what was measured.
#[derive(Debug)]
pub(crate) struct Goal {
    pub(crate) name: String,
    /// What is asked.
    pub(crate) asked: &'static str,
    pub(crate) measured: String,
    /// None where it was not measured in this run.
    pub(crate) met: Option<bool>,
}

/// Seconds that a change may take at the 95th percentile.
const TIME: f64 = 0.05;

/// Every goal over these repositories.
pub(crate) fn all(of: &[Repository]) -> Vec<Goal> {
    let over = |value: fn(&Repository) -> f64| mean(of.iter().map(value));
    let mut goals = vec![
        at_least("AUC of the likelihood", over(|r| r.auc), 0.635, "≥ .635"),
        at_least(
            "found in 20 % of review time",
            over(|r| r.found),
            0.30,
            "≥ .30",
        ),
        at_least("lift in the first 10 %", over(|r| r.lift), 1.85, "≥ 1.85"),
        bands(of),
    ];
    for (at, class) in crate::report::CALM.iter().enumerate() {
        let rate = Rate::sum(of.iter().map(|r| r.calm[at]));
        goals.push(Goal {
            name: format!("{class} against the base rate"),
            asked: "≤ 0.6",
            measured: format!("{:.2} ({} commits)", rate.lift(), rate.commits),
            met: (rate.commits > 0).then(|| rate.lift() <= 0.6),
        });
    }
    let severe = over(|r| r.severe);
    goals.push(Goal {
        name: "ordinary changes with a severity-3 finding".to_owned(),
        asked: "≤ 1 in 6",
        measured: format!("{:.1} %", 100.0 * severe),
        met: Some(severe <= 1.0 / 6.0),
    });
    let median = of.iter().map(|r| r.median_findings).fold(0.0, f64::max);
    goals.push(Goal {
        name: "median findings of a change, worst repository".to_owned(),
        asked: "≤ 2",
        measured: format!("{median}"),
        met: Some(median <= 2.0),
    });
    goals.push(bytes(of));
    goals.push(time(of));
    goals
}

fn at_least(name: &str, measured: f64, goal: f64, asked: &'static str) -> Goal {
    Goal {
        name: name.to_owned(),
        asked,
        measured: format!("{measured:.3}"),
        met: Some(measured >= goal),
    }
}

fn bands(of: &[Repository]) -> Goal {
    let lifts: Vec<f64> = (0..crate::measures::BANDS.len())
        .map(|at| Rate::sum(of.iter().map(|r| r.bands[at])).lift())
        .collect();
    let shown: Vec<String> = lifts.iter().map(|lift| format!("{lift:.2}")).collect();
    Goal {
        name: "bands of likelihood, problems against the base rate".to_owned(),
        asked: "rising",
        measured: shown.join(" < "),
        met: Some(lifts.is_sorted()),
    }
}

fn bytes(of: &[Repository]) -> Goal {
    let counted: Option<usize> = of.iter().map(|r| r.different.as_ref().map(Vec::len)).sum();
    Goal {
        name: "answers that a second run gives in other bytes".to_owned(),
        asked: "0",
        measured: counted.map_or_else(|| "not measured".to_owned(), |n| n.to_string()),
        met: counted.map(|n| n == 0),
    }
}

/// The worst repository counts.
fn time(of: &[Repository]) -> Goal {
    let slow = of.iter().map(|r| percentile(&r.warm, 0.95));
    let worst = slow.fold(f64::NAN, f64::max);
    let name = "seconds a change, 95th percentile, history counted before, worst repository";
    Goal {
        name: name.to_owned(),
        asked: "≤ 0.050",
        measured: match worst.is_nan() {
            true => "not measured".to_owned(),
            false => format!("{worst:.3}"),
        },
        met: (!worst.is_nan()).then_some(worst <= TIME),
    }
}
