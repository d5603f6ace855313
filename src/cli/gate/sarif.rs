//! The gate's answer as SARIF 2.1.0: a result for each reason, on the commit it is about.

use serde_json::{Value, json};

use super::super::export::described;
use crate::gate::Report;
use crate::policy::{Class, Reason, ReasonId};
use crate::risk::TOOL;

/// The document.
pub(super) fn document(report: &Report) -> Value {
    let of_runs = report.runs.iter().flat_map(|run| {
        run.reasons
            .iter()
            .map(|reason| result(reason, Some(run.last.to_string())))
    });
    let candidate = report.candidate.map(|oid| oid.to_string());
    let general = report.reasons.iter().chain(&report.warnings);
    let general = general.map(|reason| result(reason, candidate.clone()));
    let results: Vec<Value> = of_runs.chain(general).collect();
    let used = |id: &&ReasonId| results.iter().any(|one| one["ruleId"] == id.as_str());
    let rules = ReasonId::ALL.iter().filter(used).map(|id| {
        described(
            id.as_str(),
            id.sentence(),
            "docs/reasons.md says who can mend it.",
        )
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": TOOL,
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.collect::<Value>(),
            }},
            "invocations": [{
                "executionSuccessful": report.exit != 3,
                "exitCode": report.exit,
                "properties": {"decision": report.decision},
            }],
            "results": results,
        }],
    })
}

fn result(reason: &Reason, commit: Option<String>) -> Value {
    let level = match reason.class() {
        Class::Warning => "warning",
        Class::Missing | Class::Denial | Class::CannotDecide => "error",
    };
    // GitHub refuses a result without a place, and what is of no commit is of the range.
    let place = commit.map_or_else(
        || json!({"name": "range"}),
        |commit| json!({"name": commit, "kind": "commit"}),
    );
    json!({
        "ruleId": reason.id,
        "level": level,
        "message": {"text": reason.to_string()},
        "locations": [{"logicalLocations": [place]}],
    })
}
