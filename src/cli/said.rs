//! Verdicts and remarks for people and as JSON, the same in every command.

use serde_json::{Value, json};

use super::row::path;
use crate::diff::visible;
use crate::review::{Said, SaidStanding};
use crate::verdict::{Comment, Severity, Side};

/// The word for what a verdict comes to.
pub(super) const fn standing(said: &Said) -> &'static str {
    word(&said.standing)
}

/// The same of a standing alone.
pub(super) const fn word(standing: &SaidStanding) -> &'static str {
    match standing {
        SaidStanding::Stands => "stands",
        SaidStanding::Replaced => "replaced",
        SaidStanding::DoesNotCount(_) => "does-not-count",
        SaidStanding::NoPolicy => "no-policy",
    }
}

/// Why a verdict permits nothing.
pub(super) fn why(said: &Said) -> Option<String> {
    match &said.standing {
        SaidStanding::DoesNotCount(reason) => Some(reason.to_string()),
        _ => None,
    }
}

/// A verdict as one line for people.
pub(super) fn line(said: &Said) -> String {
    let mut text = format!(
        "{} {} {} by {} {}: {}",
        said.issued_at,
        said.kind.word(),
        said.name,
        said.reviewer,
        said.key,
        standing(said),
    );
    if let Some(why) = why(said) {
        text.push_str(&format!(" ({why})"));
    }
    if let Some(summary) = &said.summary {
        text.push_str(&format!("  \"{summary}\""));
    }
    visible::text(text.replace('\n', " / ").as_bytes()).into_owned()
}

/// A verdict as JSON.
pub(super) fn value(said: &Said) -> Value {
    json!({
        "digest": said.digest,
        "verdict": said.kind.word(),
        "reviewer": said.reviewer,
        "key": said.key,
        "change": said.name.id,
        "revision": said.name.number,
        "here": said.here,
        "issuedAt": said.issued_at.to_string(),
        "summary": said.summary,
        "standing": standing(said),
        "why": why(said),
        "comments": comments(said),
    })
}

/// The remarks of a verdict, each with its id.
fn comments(said: &Said) -> Vec<Value> {
    let comments = said.comments.iter().enumerate();
    comments
        .map(|(index, one)| comment(said, index, one))
        .collect()
}

fn comment(said: &Said, index: usize, comment: &Comment) -> Value {
    json!({
        "id": format!("{}/{index}", said.digest),
        "path": comment.path.as_ref().map(path),
        "side": comment.side.map(side),
        "line": comment.line,
        "endLine": comment.end_line,
        "finding": comment.finding,
        "severity": severity(comment.severity),
        "body": comment.body,
        "reviewer": said.reviewer,
        "revision": said.name.number,
    })
}

/// The word for a side.
pub(super) const fn side(side: Side) -> &'static str {
    match side {
        Side::Old => "old",
        Side::New => "new",
    }
}

/// The word for what a remark asks.
pub(super) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Must => "must",
        Severity::Should => "should",
        Severity::Nit => "nit",
        Severity::Note => "note",
    }
}
