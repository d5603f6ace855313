//! The numbers in the OpenMetrics text format (version 1.0.0), for the textfile collector of a node
//! exporter. Everything is a gauge: each run tells how things are over the period, not how often the
//! program was run.

use std::fmt::Write as _;

use super::Measured;
use crate::stats::{Record, Reviewer, Spread};

/// The exposition, ending with `# EOF`.
pub(super) fn text(measured: &Measured) -> String {
    let stats = &measured.stats;
    let mut out = Exposition::default();
    out.one(
        "queue_waiting",
        "changes that wait for a verdict",
        stats.waiting.ages.count,
    );
    out.one(
        "queue_overdue",
        "changes that wait too long",
        stats.waiting.overdue,
    );
    out.one(
        "queue_unreadable",
        "changes that cannot be read",
        measured.unreadable,
    );
    out.spread(
        "queue_age_seconds",
        "how long changes have waited",
        &stats.waiting.ages,
    );
    let told = "from the first revision to the first verdict";
    out.spread("first_verdict_seconds", told, &stats.first_verdict);
    let told = "from the first revision to the last approval";
    out.spread("approval_seconds", told, &stats.approval);
    let told = "approvals faster than a hundred lines a minute";
    out.one("approvals_rushed", told, stats.rushed.part);
    let told = "approvals that say how long the change was on the screen";
    out.one("approvals_timed", told, stats.rushed.whole);
    out.one(
        "break_glass",
        "statements of break-glass",
        measured.broken_glass.len(),
    );
    out.reviewers(&stats.reviewers);
    out.records("agent", &stats.agents);
    out.records("model", &stats.models);
    out.records("rule", &stats.rules);
    out.0.push_str("# EOF\n");
    out.0
}

/// The name of a metric family, and what it tells.
type Family<'f> = (&'f str, &'f str);
/// A number of something.
type ValueOf<T> = fn(&T) -> usize;

#[derive(Default)]
struct Exposition(String);

impl Exposition {
    fn family(&mut self, name: &str, help: &str) {
        let _ = writeln!(self.0, "# TYPE countersign_{name} gauge");
        let _ = writeln!(self.0, "# HELP countersign_{name} {help}");
    }

    fn one(&mut self, name: &str, help: &str, value: usize) {
        self.family(name, help);
        let _ = writeln!(self.0, "countersign_{name} {value}");
    }

    /// Percentiles that were worked out here cannot be a summary's: those would have to be of a
    /// stream.
    fn spread(&mut self, name: &str, help: &str, spread: &Spread) {
        self.family(name, help);
        for (quantile, value) in [("0.5", spread.p50), ("0.9", spread.p90), ("1", spread.max)] {
            let _ = writeln!(self.0, "countersign_{name}{{at=\"{quantile}\"}} {value}");
        }
    }

    fn labelled<'v>(
        &mut self,
        (name, help): Family<'_>,
        label: &str,
        values: impl Iterator<Item = (&'v str, usize)>,
    ) {
        self.family(name, help);
        for (value, number) in values {
            let value = escaped(value);
            let _ = writeln!(self.0, "countersign_{name}{{{label}=\"{value}\"}} {number}");
        }
    }

    fn reviewers(&mut self, all: &[Reviewer]) {
        let families: [(Family<'_>, ValueOf<Reviewer>); 4] = [
            (("reviewer_approvals", "approvals by person"), |one| {
                one.approvals
            }),
            (("reviewer_rejections", "rejections by person"), |one| {
                one.rejections
            }),
            (
                ("reviewer_asked", "changes that wait for the person"),
                |one| one.asked,
            ),
            (("reviewer_rushed", "hasty approvals by person"), |one| {
                one.rushed.part
            }),
        ];
        for (family, value) in families {
            let values = all.iter().map(|one| (one.who.as_str(), value(one)));
            self.labelled(family, "reviewer", values);
        }
    }

    fn records(&mut self, label: &str, all: &[Record]) {
        let families: [(&str, ValueOf<Record>); 4] = [
            ("changes", |one| one.changes),
            ("landed", |one| one.landed),
            ("rejected", |one| one.rejected),
            ("reverted", |one| one.reverted),
        ];
        for (what, value) in families {
            let (name, help) = (format!("{label}_{what}"), format!("{what}, by {label}"));
            let values = all.iter().map(|one| (one.name.as_str(), value(one)));
            self.labelled((&name, &help), label, values);
        }
    }
}

/// A label's value: the three characters that the format knows are escaped, and what could not be
/// printed is spelt out.
fn escaped(text: &str) -> String {
    let visible = crate::diff::visible::text(text.as_bytes());
    visible.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_end_its_line() {
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c‹0A›d");
    }
}
