//! What scanners say, in figures beside the change and in full on the page of details.

use super::aside;
use super::canvas::wrap;
use super::note::SCANNED;
use super::theme::Role;
use crate::diff::visible;
use crate::risk::scanner::{Reported, Scanned};

type Pieces = Vec<(String, Role)>;

/// In one line: how many findings, whose, and which reports cannot be read; none without reports.
pub(super) fn line(scanned: &Scanned) -> Option<Pieces> {
    if scanned.reports.is_empty() {
        return None;
    }
    let mut pieces = Vec::new();
    let sum = |of: fn(&crate::risk::scanner::Heard) -> usize| -> usize {
        scanned.reports.iter().map(of).sum()
    };
    let here = sum(|one| one.within);
    let role = if here > 0 {
        Role::NoteScanned
    } else {
        Role::Dim
    };
    pieces.push((format!("{SCANNED} {here}"), role));
    let elsewhere = match sum(|one| one.elsewhere) {
        0 => String::new(),
        some => format!(" · {some} elsewhere"),
    };
    pieces.push((elsewhere, Role::Dim));
    let unread = scanned.reports.iter().filter(|one| one.unread.is_some());
    match unread.count() {
        0 => {}
        some => pieces.push((format!(" · {some} unreadable"), Role::Ask)),
    }
    let read = scanned.reports.iter().filter(|one| one.unread.is_none());
    let tools: Vec<&str> = read.map(|one| one.tool.as_str()).collect();
    let tools = match tools.is_empty() {
        true => String::new(),
        false => format!(" · {}", tools.join(", ")),
    };
    pieces.push((tools, Role::Dim));
    Some(pieces)
}

/// Every report, and what it found outside the change's lines.
pub(super) fn details(scanned: &Scanned, columns: usize) -> Vec<Pieces> {
    let mut lines: Vec<Pieces> = Vec::new();
    if scanned.reports.is_empty() {
        return lines;
    }
    lines.push(Vec::new());
    let title = "scanners, unsigned: no part of the risk".to_owned();
    lines.push(vec![(title, Role::Heading)]);
    for report in &scanned.reports {
        let (text, role) = match &report.unread {
            Some(why) => (format!("{} {why}", report.source), Role::Ask),
            None => (report.counts(), Role::Text),
        };
        labelled(&mut lines, &report.tool, &text, role, columns);
    }
    for one in &scanned.elsewhere {
        labelled(&mut lines, "elsewhere", &found(one), Role::Dim, columns);
    }
    lines
}

fn found(one: &Reported) -> String {
    let of = &one.finding;
    let path = match of.path.as_bytes() {
        b"" => "no place".to_owned(),
        path => visible::text(path).into_owned(),
    };
    format!(
        "{SCANNED} {}  {}: {} · {}  {}",
        aside::place(path, of.line),
        of.tool,
        of.rule,
        one.level.as_str(),
        of.message
    )
}

fn labelled(lines: &mut Vec<Pieces>, label: &str, text: &str, role: Role, columns: usize) {
    for (nth, part) in wrap(text, columns.saturating_sub(14))
        .into_iter()
        .enumerate()
    {
        let label = if nth == 0 { label } else { "" };
        lines.push(vec![(format!("{label:<13} "), Role::Dim), (part, role)]);
    }
}
