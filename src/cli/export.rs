//! Remarks and findings in the formats of other programs: Markdown for people, SARIF 2.1.0 and
//! reviewdog's rdjson for tools.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::remarks::Unanswered;
use super::said;
use crate::change::RepoPath;
use crate::diff::visible;
use crate::queue::Entry;
use crate::review::remarks::{Remark, RemarkState};
use crate::risk::scanner::ToolLevel;
use crate::risk::{Finding, MESSAGE_PATH, Side as FindingSide, TOOL, rules};
use crate::verdict::{Severity, Side};

/// One thing to show: a remark or a finding.
struct Item<'a> {
    id: &'a str,
    tool: &'a str,
    rule: &'a str,
    severity: u8,
    path: Option<&'a RepoPath>,
    line: Option<u64>,
    old: bool,
    text: String,
}

impl<'a> Item<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            id: &finding.id,
            tool: &finding.tool,
            rule: &finding.rule,
            severity: finding.severity,
            path: Some(&finding.path),
            line: finding.line.map(u64::from),
            old: finding.side == Some(FindingSide::Old),
            text: finding.message.clone(),
        }
    }

    /// The file; none for the change and for its message, which is no file of the repository.
    fn file(&self) -> Option<&'a RepoPath> {
        self.path
            .filter(|path| path.as_bytes() != MESSAGE_PATH.as_bytes())
    }

    /// The line on the new side, on which viewers count.
    fn new_line(&self) -> Option<u64> {
        self.line.filter(|_| !self.old)
    }
}

/// Remarks that are still there, then findings nobody answered: ours, then those of scanners.
fn items<'a>(remarks: &'a [Remark<'_>], findings: &Unanswered<'a>) -> Vec<Item<'a>> {
    let standing = remarks
        .iter()
        .filter(|remark| remark.state() != RemarkState::Gone);
    let remarks = standing.map(|remark| Item {
        id: &remark.id,
        tool: TOOL,
        rule: said::severity(remark.comment.severity),
        severity: match remark.comment.severity {
            Severity::Must => 3,
            Severity::Should => 2,
            Severity::Nit | Severity::Note => 1,
        },
        path: remark.comment.path.as_ref(),
        line: remark.line_now(),
        old: remark.comment.side == Some(Side::Old),
        text: format!("{}: {}", remark.said.reviewer, remark.comment.body),
    });
    let ours = findings.ours.iter().map(|one| Item::of(one));
    // A scanner's own word for how grave it is stands in place of our severity, which ends at 2.
    let scanned = findings.scanned.iter().map(|one| Item {
        severity: match one.level {
            ToolLevel::Error => 3,
            ToolLevel::Warning => 2,
            ToolLevel::Note => 1,
        },
        ..Item::of(&one.finding)
    });
    remarks.chain(ours).chain(scanned).collect()
}

/// SARIF 2.1.0, a run for each tool, ours first. A line of the old side has no region.
pub(super) fn sarif(remarks: &[Remark<'_>], findings: &Unanswered<'_>) -> Value {
    let mut tools: Vec<(&str, Vec<Value>)> = vec![(TOOL, Vec::new())];
    for item in items(remarks, findings) {
        let at = tools.iter().position(|(tool, _)| *tool == item.tool);
        let at = at.unwrap_or_else(|| {
            tools.push((item.tool, Vec::new()));
            tools.len() - 1
        });
        tools[at].1.push(result(&item));
    }
    let runs = tools.into_iter().map(|(tool, results)| {
        let mut driver = json!({"name": tool, "rules": rules_of(tool, &results)});
        if tool == TOOL {
            driver["version"] = json!(env!("CARGO_PKG_VERSION"));
        }
        json!({"tool": {"driver": driver}, "results": results})
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": runs.collect::<Vec<_>>(),
    })
}

/// The rules of a tool that have a result: ours with what they ask; of another tool's we know the name.
fn rules_of(tool: &str, results: &[Value]) -> Value {
    let ours = rules();
    let found: BTreeSet<&str> = results
        .iter()
        .filter_map(|one| one["ruleId"].as_str())
        .collect();
    let named = found.into_iter().map(|id| {
        let own = ours.iter().find(|rule| tool == TOOL && rule.id == id);
        match own {
            Some(rule) => described(id, rule.sentence, "docs/risk.md says how it weighs."),
            None => described(id, &format!("{tool}: {id}"), "As its author means it."),
        }
    });
    named.collect()
}

/// A rule with everything that the validators of SARIF's consumers require of one.
pub(super) fn described(id: &str, sentence: &str, help: &str) -> Value {
    json!({
        "id": id,
        "shortDescription": {"text": sentence},
        "fullDescription": {"text": sentence},
        "help": {"text": format!("{sentence} {help}")},
    })
}

fn result(item: &Item<'_>) -> Value {
    let mut result = json!({
        "ruleId": item.rule,
        "level": match item.severity { 3 => "error", 2 => "warning", _ => "note" },
        "message": {"text": item.text},
        "partialFingerprints": {"countersign/v1": item.id},
    });
    if let Some(path) = item.file() {
        let mut place = json!({"artifactLocation": {"uri": path.percent_encoded()}});
        if let Some(line) = item.new_line() {
            place["region"] = json!({"startLine": line});
        }
        result["locations"] = json!([{"physicalLocation": place}]);
    } else {
        // A place that is no file: GitHub refuses a result without any.
        let name = item.path.map_or("change", |_| "commit message");
        result["locations"] = json!([{"logicalLocations": [{"name": name}]}]);
    }
    result
}

/// reviewdog's rdjson; a diagnostic of a scanner names it.
pub(super) fn rdjson(remarks: &[Remark<'_>], findings: &Unanswered<'_>) -> Value {
    let diagnostics = items(remarks, findings).into_iter().map(|item| {
        let mut location = json!({"path": item.file().map(RepoPath::text).unwrap_or_default()});
        if let Some(line) = item.new_line().filter(|_| item.file().is_some()) {
            location["range"] = json!({"start": {"line": line}});
        }
        let mut diagnostic = json!({
            "message": item.text,
            "location": location,
            "severity": match item.severity { 3 => "ERROR", 2 => "WARNING", _ => "INFO" },
            "code": {"value": item.rule},
            "original_output": item.id,
        });
        if item.tool != TOOL {
            diagnostic["source"] = json!({"name": item.tool});
        }
        diagnostic
    });
    json!({"source": {"name": TOOL}, "diagnostics": diagnostics.collect::<Vec<_>>()})
}

/// Markdown for an issue, a mail or an agent's next prompt.
pub(super) fn markdown(remarks: &[Remark<'_>], findings: &Unanswered<'_>, entry: &Entry) -> String {
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
            remark.state().as_str(),
            line(&remark.comment.body),
        ));
        if let Some(lines) = &remark.lines {
            let text = visible::text(&lines.text);
            out.push_str(&format!("  on `{}`\n", text.trim().replace('`', "'")));
        }
        out.push_str(&format!("  id `{}`\n", remark.id));
    }
    if !findings.ours.is_empty() {
        out.push_str("\n## Findings nobody answered\n\n");
    }
    for finding in &findings.ours {
        let at = finding.line.map_or_else(String::new, |at| format!(":{at}"));
        out.push_str(&format!(
            "- `{}{at}` {} ({}, `{}`)\n",
            line(&finding.path.text()),
            line(&finding.message),
            finding.rule,
            finding.id,
        ));
    }
    if !findings.scanned.is_empty() {
        out.push_str("\n## Found by scanners, unsigned\n\n");
    }
    for one in &findings.scanned {
        let finding = &one.finding;
        let at = finding.line.map_or_else(String::new, |at| format!(":{at}"));
        out.push_str(&format!(
            "- `{}{at}` {} {}: {} (`{}`, `{}`)\n",
            line(&finding.path.text()),
            line(&finding.tool),
            one.level.as_str(),
            line(&finding.message),
            line(&finding.rule).replace('`', "'"),
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
