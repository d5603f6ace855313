//! What scanners found, as `show` and `propose` print it: beside our own findings and never as ours.

use serde_json::{Value, json};

use super::scan::finding;
use crate::review::Opened;
use crate::risk::scanner::{Heard, Reported, Scanned};

/// Our findings, then those of scanners at the change's lines; `tool` tells them apart.
pub(super) fn findings(opened: &Opened) -> Value {
    let ours = opened.assessment.findings.iter().map(finding);
    ours.chain(opened.scanned.within.iter().map(reported))
        .collect()
}

/// What scanners found outside the change's lines.
pub(super) fn elsewhere(scanned: &Scanned) -> Value {
    scanned.elsewhere.iter().map(reported).collect()
}

/// A scanner's finding: as ours, with the tool's own word for how grave it is.
pub(super) fn reported(one: &Reported) -> Value {
    let mut value = finding(&one.finding);
    value["level"] = json!(one.level.as_str());
    value["signed"] = json!(false);
    value
}

/// What became of each report.
pub(super) fn reports(scanned: &Scanned) -> Value {
    let report = |heard: &Heard| {
        json!({
            "tool": heard.tool,
            "ref": heard.source,
            "signed": false,
            "error": heard.unread,
            "within": heard.within,
            "elsewhere": heard.elsewhere,
            "suppressed": heard.suppressed,
            "leftOut": heard.left_out,
        })
    };
    scanned.reports.iter().map(report).collect()
}

/// The same in lines for people: what each tool said, then its findings, those in the change first.
pub(super) fn lines(scanned: &Scanned) -> Vec<String> {
    let mut lines: Vec<String> = scanned.reports.iter().map(report_line).collect();
    lines.extend(scanned.within.iter().map(|one| found_line("~  ", one)));
    lines.extend(
        scanned
            .elsewhere
            .iter()
            .map(|one| found_line("   elsewhere ", one)),
    );
    lines
}

fn report_line(heard: &Heard) -> String {
    let said = match &heard.unread {
        Some(why) => format!("unreadable: {} {why}", heard.source),
        None => heard.counts(),
    };
    format!("scanner   {} (unsigned)  {said}", heard.tool)
}

fn found_line(mark: &str, one: &Reported) -> String {
    let found = &one.finding;
    let line = found
        .line
        .map_or_else(String::new, |line| format!(":{line}"));
    let path = match found.path.as_bytes() {
        b"" => "no place".into(),
        _ => found.path.text(),
    };
    format!(
        "{mark}{path}{line}  {}: {}  {}: {}  ({})",
        found.tool,
        found.rule,
        one.level.as_str(),
        found.message,
        found.id
    )
}
