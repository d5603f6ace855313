//! Remarks and findings in the formats of other programs: Markdown for people, SARIF 2.1.0 and
//! reviewdog's rdjson for tools.

use serde_json::{Value, json};

use super::remarks::{Remark, RemarkState};
use super::said;
use crate::change::RepoPath;
use crate::diff::visible;
use crate::queue::Entry;
use crate::risk::{Finding, Side as FindingSide};
use crate::verdict::{Severity, Side};

/// One thing to show: a remark or a finding.
struct Item<'a> {
    id: &'a str,
    rule: &'a str,
    severity: u8,
    path: Option<&'a RepoPath>,
    line: Option<u64>,
    old: bool,
    text: String,
}

/// Remarks that are still there, then findings nobody answered.
fn items<'a>(remarks: &'a [Remark<'_>], findings: &'a [&Finding]) -> Vec<Item<'a>> {
    let standing = remarks
        .iter()
        .filter(|remark| remark.state != RemarkState::Gone);
    let remarks = standing.map(|remark| Item {
        id: &remark.id,
        rule: said::severity(remark.comment.severity),
        severity: match remark.comment.severity {
            Severity::Must => 3,
            Severity::Should => 2,
            Severity::Nit | Severity::Note => 1,
        },
        path: remark.comment.path.as_ref(),
        line: match remark.state {
            RemarkState::Moved(line) => Some(line),
            _ => remark.comment.line,
        },
        old: remark.comment.side == Some(Side::Old),
        text: format!("{}: {}", remark.said.reviewer, remark.comment.body),
    });
    let findings = findings.iter().map(|finding| Item {
        id: &finding.id,
        rule: &finding.rule,
        severity: finding.severity,
        path: Some(&finding.path),
        line: finding.line.map(u64::from),
        old: finding.side == Some(FindingSide::Old),
        text: finding.message.clone(),
    });
    remarks.chain(findings).collect()
}

/// SARIF 2.1.0. A line of the old side has no region: viewers count on the new one.
pub(super) fn sarif(remarks: &[Remark<'_>], findings: &[&Finding]) -> Value {
    let results = items(remarks, findings).into_iter().map(|item| {
        let mut result = json!({
            "ruleId": item.rule,
            "level": match item.severity { 3 => "error", 2 => "warning", _ => "note" },
            "message": {"text": item.text},
            "partialFingerprints": {"countersign/v1": item.id},
        });
        if let Some(path) = item.path {
            let mut place = json!({"artifactLocation": {"uri": path.percent_encoded()}});
            if let Some(line) = item.line.filter(|_| !item.old) {
                place["region"] = json!({"startLine": line});
            }
            result["locations"] = json!([{"physicalLocation": place}]);
        }
        result
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "countersign", "version": env!("CARGO_PKG_VERSION")}},
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

/// reviewdog's rdjson.
pub(super) fn rdjson(remarks: &[Remark<'_>], findings: &[&Finding]) -> Value {
    let diagnostics = items(remarks, findings).into_iter().map(|item| {
        let mut location = json!({"path": item.path.map(RepoPath::text).unwrap_or_default()});
        if let Some(line) = item.line.filter(|_| !item.old) {
            location["range"] = json!({"start": {"line": line}});
        }
        json!({
            "message": item.text,
            "location": location,
            "severity": match item.severity { 3 => "ERROR", 2 => "WARNING", _ => "INFO" },
            "code": {"value": item.rule},
            "original_output": item.id,
        })
    });
    json!({"source": {"name": "countersign"}, "diagnostics": diagnostics.collect::<Vec<_>>()})
}

/// Markdown for an issue, a mail or an agent's next prompt.
pub(super) fn markdown(remarks: &[Remark<'_>], findings: &[&Finding], entry: &Entry) -> String {
    let mut out = format!(
        "# {}: {}\n\nState: {}\n",
        entry.name(),
        line(&entry.title),
        entry.state.as_str()
    );
    if !remarks.is_empty() {
        out.push_str("\n## Remarks\n\n");
    }
    for remark in remarks {
        let place = match (&remark.comment.path, remark.comment.line) {
            (Some(path), Some(at)) => format!(" `{}:{at}`", line(&path.text())),
            (Some(path), None) => format!(" `{}`", line(&path.text())),
            (None, _) => String::new(),
        };
        out.push_str(&format!(
            "- **{}**{place} ({}, {}): {}\n",
            said::severity(remark.comment.severity),
            remark.said.reviewer,
            remark.state.as_str(),
            line(&remark.comment.body),
        ));
        if let Some(lines) = &remark.lines {
            let text = visible::text(&lines.text);
            out.push_str(&format!("  on `{}`\n", text.trim().replace('`', "'")));
        }
        out.push_str(&format!("  id `{}`\n", remark.id));
    }
    if !findings.is_empty() {
        out.push_str("\n## Findings nobody answered\n\n");
    }
    for finding in findings {
        let at = finding.line.map_or_else(String::new, |at| format!(":{at}"));
        out.push_str(&format!(
            "- `{}{at}` {} ({}, `{}`)\n",
            line(&finding.path.text()),
            line(&finding.message),
            finding.rule,
            finding.id,
        ));
    }
    out
}

/// Foreign text as one line that steers nothing.
fn line(text: &str) -> String {
    let one: Vec<&str> = text.lines().collect();
    visible::text(one.join(" / ").as_bytes()).into_owned()
}
