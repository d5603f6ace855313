//! What an agent reads back: each remark with the line it stands on, and what became of it in the
//! newest revision.

use serde_json::{Value, json};

use super::row::{path, text_or_bytes};
use super::said;
use super::scan::finding;
use super::scanned::reported;
use crate::change::{Reply, ReplyState};
use crate::queue::Entry;
use crate::review::remarks::{Lines, Remark, Standing, known_key};
use crate::review::{Desk, Opened, Said, SaidStanding};
use crate::risk::Finding;
use crate::risk::scanner::Reported;
use crate::verdict::VerdictKind;

/// Findings that nobody answered.
pub(super) struct Unanswered<'a> {
    /// Our own.
    pub(super) ours: Vec<&'a Finding>,
    /// Those of scanners at the change's lines.
    pub(super) scanned: Vec<&'a Reported>,
}

/// Findings of a revision that no standing approval of it answers.
pub(super) fn unanswered<'a>(desk: &Desk<'_>, opened: &'a Opened) -> Unanswered<'a> {
    let here = opened.said.iter().filter(|said| {
        said.here && said.kind == VerdictKind::Approve && said.standing == SaidStanding::Stands
    });
    let digests: Vec<_> = here.map(|said| said.digest).collect();
    let statements = desk.statements().verified.iter();
    let answered: Vec<&str> = statements
        .filter(|one| digests.contains(&one.payload_sha256()))
        .filter_map(|one| one.verdict()?.viewed.as_ref())
        .flat_map(|viewed| viewed.acknowledged.iter().map(|answer| answer.id.as_str()))
        .collect();
    let open = |finding: &Finding| !answered.contains(&finding.id.as_str());
    let ours = opened.assessment.findings.iter();
    let scanned = opened.scanned.within.iter();
    Unanswered {
        ours: ours.filter(|finding| open(finding)).collect(),
        scanned: scanned.filter(|one| open(&one.finding)).collect(),
    }
}

/// Everything at once, as JSON.
pub(super) fn document(
    remarks: &[Remark<'_>],
    unanswered: &Unanswered<'_>,
    opened: &Opened,
    entry: &Entry,
) -> Value {
    let rejections = opened
        .said
        .iter()
        .filter(|said| said.kind == VerdictKind::Reject);
    let (own, other): (Vec<&Said>, Vec<&Said>) = rejections
        .filter(|said| known_key(said))
        .partition(|said| said.name.id == opened.revision.id);
    let findings = unanswered.ours.iter().map(|one| finding(one));
    let scanned = unanswered.scanned.iter().map(|one| reported(one));
    let unknown = opened.said.iter().filter(|said| !known_key(said)).count();
    json!({
        "schema": "countersign/comments/1",
        "id": entry.id,
        "revision": entry.revision,
        "state": entry.state.as_str(),
        "rejections": own.into_iter().map(said::value).collect::<Vec<_>>(),
        "comments": remarks.iter().map(value).collect::<Vec<_>>(),
        "findings": findings.collect::<Vec<_>>(),
        // Unsigned words, which anyone who can push could have put there: apart from all others.
        "scanned": scanned.collect::<Vec<_>>(),
        // The same content, rejected under another id.
        "rejectedElsewhere": other.iter().filter(|said| said.here).map(|said| json!({
            "id": said.name.id,
            "revision": said.name.number,
            "reviewer": said.reviewer,
            "digest": said.digest,
            "issuedAt": said.issued_at.to_string(),
            "standing": said::standing(said),
            "summary": said.summary,
        })).collect::<Vec<_>>(),
        "ignored": unknown,
    })
}

/// A remark as JSON.
fn value(remark: &Remark<'_>) -> Value {
    let Remark {
        said,
        comment,
        lines,
        ..
    } = remark;
    let around = |side: fn(&Lines) -> &Vec<Vec<u8>>| -> Vec<Value> {
        let lines = lines.iter().flat_map(side);
        lines.map(|line| text_or_bytes(line)).collect()
    };
    json!({
        "id": remark.id,
        "path": comment.path.as_ref().map(path),
        "side": comment.side.map(said::side),
        "line": comment.line,
        "endLine": comment.end_line,
        "text": lines.as_ref().map(|lines| text_or_bytes(&lines.text)),
        "before": around(|lines| &lines.before),
        "after": around(|lines| &lines.after),
        "finding": comment.finding,
        "severity": said::severity(comment.severity),
        "body": comment.body,
        "reviewer": said.reviewer,
        "revision": said.name.number,
        "verdict": said.kind.word(),
        "standing": said::standing(said),
        "state": remark.state().as_str(),
        "renamedTo": remark.renamed.as_ref().map(path),
        "movedTo": match remark.place { Standing::Moved(line) => json!(line), _ => Value::Null },
        "reply": remark.reply().map(reply),
        "replies": remark.replies.iter().map(|(revision, one)| {
            let mut value = reply(one);
            value["revision"] = json!(revision);
            value
        }).collect::<Vec<_>>(),
    })
}

/// What the submitter says was done about a remark.
fn reply(reply: &Reply) -> Value {
    json!({
        "state": match reply.state {
            ReplyState::Fixed => "fixed",
            ReplyState::WontFix => "wontfix",
        },
        "reason": reply.reason,
    })
}
