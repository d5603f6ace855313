//! The gate's answer as workflow commands: annotations that GitHub's runner shows beside the run.

use crate::change::escape_ascii;
use crate::gate::Report;
use crate::policy::{Class, Reason};

/// A line for each reason and warning, the gravest first.
pub(super) fn lines(report: &Report) -> Vec<String> {
    let of_runs = report.runs.iter().flat_map(|run| {
        let place = format!("commit {}", run.last.short(12));
        run.reasons
            .iter()
            .map(move |reason| (place.clone(), reason))
    });
    let target = report.target.clone().unwrap_or_default();
    let general = report.reasons.iter().chain(&report.warnings);
    let general = general.map(|reason| (target.clone(), reason));
    let mut all: Vec<(String, &Reason)> = general.chain(of_runs).collect();
    all.sort_by_key(|(_, reason)| std::cmp::Reverse(reason.class()));
    all.iter()
        .map(|(place, reason)| line(place, reason))
        .collect()
}

fn line(place: &str, reason: &Reason) -> String {
    let command = match reason.class() {
        Class::Warning => "warning",
        Class::Missing | Class::Denial | Class::CannotDecide => "error",
    };
    let title = property(&format!("{} {place}", reason.id));
    format!(
        "::{command} title={title}::{}",
        message(&reason.to_string())
    )
}

/// What stands after the second pair of colons, on one line.
fn message(text: &str) -> String {
    let text = text
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A");
    escape_ascii(&text).into_owned()
}

/// A property ends at a colon or a comma.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
