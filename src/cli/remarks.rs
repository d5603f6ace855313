//! What an agent reads back: each remark with the line it stands on, and what became of it in the
//! newest revision.

use serde_json::{Value, json};

use super::row::{path, text_or_bytes};
use super::said;
use super::scan::finding;
use super::scanned::reported;
use crate::change::{Cover, Oid, Reply, ReplyState, RepoPath};
use crate::diff::LineKind;
use crate::git::Store;
use crate::policy::ReasonId;
use crate::queue::Entry;
use crate::review::{Desk, Opened, Said, SaidStanding};
use crate::risk::Finding;
use crate::risk::scanner::Reported;
use crate::verdict::{Comment, Side, Verdict, VerdictKind};

/// A remark and what became of it.
pub(super) struct Remark<'a> {
    /// `<payload sha256>/<index>`.
    pub(super) id: String,
    /// The verdict it is part of.
    pub(super) said: &'a Said,
    /// What it says, where.
    pub(super) comment: &'a Comment,
    /// The line it stands on, and up to three before and after it.
    pub(super) lines: Option<Lines>,
    /// Against the newest revision.
    pub(super) state: RemarkState,
    /// The submitter's answer.
    pub(super) reply: Option<Reply>,
}

/// A line and its surroundings, raw.
pub(super) struct Lines {
    pub(super) text: Vec<u8>,
    before: Vec<Vec<u8>>,
    after: Vec<Vec<u8>>,
}

/// What became of a remark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RemarkState {
    /// It stands where it stood.
    Open,
    /// The submitter answered it.
    Answered,
    /// Its line is elsewhere now.
    Moved(u64),
    /// Its line or file is not there any more.
    Gone,
}

impl RemarkState {
    /// The word of the interface.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Moved(_) => "moved",
            Self::Gone => "gone",
        }
    }
}

/// Lines shown on each side of a remark's own.
const AROUND: usize = 3;
/// A larger file has no lines here.
const MAX_FILE: u64 = 8 * 1024 * 1024;

/// The remarks of people on a change. Words by a key that nobody knows are not passed on: anyone who
/// can push could put them there.
pub(super) fn remarks<'a>(
    store: &Store,
    desk: &Desk<'_>,
    opened: &'a Opened,
    newest: &Opened,
) -> Vec<Remark<'a>> {
    let replies = replies(store, desk, opened);
    let known = opened.said.iter().filter(|said| known_key(said));
    let all = known.flat_map(|said| said.comments.iter().enumerate().map(move |one| (said, one)));
    all.map(|(said, (index, comment))| {
        let id = format!("{}/{index}", said.digest);
        let statements = desk.statements().verified.iter();
        let verdict = statements
            .filter(|one| one.payload_sha256() == said.digest)
            .find_map(|one| one.verdict());
        let lines = verdict.and_then(|verdict| lines(store, verdict, comment));
        let reply = replies
            .iter()
            .rev()
            .find(|reply| reply.comment == id)
            .cloned();
        let state = match &reply {
            Some(_) => RemarkState::Answered,
            None => became(store, verdict, comment, lines.as_ref(), newest),
        };
        Remark {
            id,
            said,
            comment,
            lines,
            state,
            reply,
        }
    })
    .collect()
}

/// Whether the policy knows the key; without a policy nobody can tell.
fn known_key(said: &Said) -> bool {
    !matches!(&said.standing, SaidStanding::DoesNotCount(reason) if reason.id == ReasonId::KeyUnknown)
}

/// What the cover letters of all revisions answer, oldest first.
fn replies(store: &Store, desk: &Desk<'_>, opened: &Opened) -> Vec<Reply> {
    let revisions = desk.refs().changes.get(&opened.revision.id);
    let tags = revisions.into_iter().flat_map(|all| all.values());
    let tags = tags.filter_map(|found| store.tag(found.oid).ok().flatten());
    tags.flat_map(|tag| Cover::parse(&tag.message).replies)
        .collect()
}

/// The file's content as the remark's author saw it.
fn content(store: &Store, commit: Oid, path: &RepoPath) -> Option<Vec<u8>> {
    if path.as_bytes() == b"/message" {
        return Some(store.commit(commit).ok()?.message.into_bytes());
    }
    store.read_path(commit, path, MAX_FILE).ok().flatten()
}

fn lines(store: &Store, verdict: &Verdict, comment: &Comment) -> Option<Lines> {
    let commit = match comment.side {
        Some(Side::Old) => verdict.base.commit,
        _ => verdict.head.commit,
    };
    let content = content(store, commit, comment.path.as_ref()?)?;
    let all: Vec<&[u8]> = content.split(|byte| *byte == b'\n').collect();
    let at = usize::try_from(comment.line?).ok()?.checked_sub(1)?;
    let owned = |lines: &[&[u8]]| lines.iter().map(|line| line.to_vec()).collect();
    let end = all.len().min(at + 1 + AROUND);
    Some(Lines {
        text: all.get(at)?.to_vec(),
        before: owned(&all[at.saturating_sub(AROUND)..at]),
        after: owned(&all[at + 1..end]),
    })
}

/// Where a remark stands in the newest revision.
fn became(
    store: &Store,
    verdict: Option<&Verdict>,
    comment: &Comment,
    lines: Option<&Lines>,
    newest: &Opened,
) -> RemarkState {
    let head = newest.span.head.commit;
    if verdict.is_some_and(|verdict| verdict.head.commit == head) {
        return RemarkState::Open;
    }
    let Some(path) = &comment.path else {
        return RemarkState::Open;
    };
    if comment.side == Some(Side::Old) {
        return match lines {
            Some(lines) => place(removed(newest, path), &lines.text, comment.line),
            None => RemarkState::Open,
        };
    }
    let Some(content) = content(store, head, path) else {
        return RemarkState::Gone;
    };
    let Some(lines) = lines else {
        return RemarkState::Open;
    };
    let now = content.split(|byte| *byte == b'\n');
    let now = (1..).zip(now.map(<[u8]>::to_vec));
    place(now.collect(), &lines.text, comment.line)
}

/// The lines of a file that the newest revision removes, with their old numbers.
fn removed(newest: &Opened, path: &RepoPath) -> Vec<(u64, Vec<u8>)> {
    let files = newest.files.iter();
    let files = files.filter(|file| file.old.as_ref().is_some_and(|side| side.path == *path));
    let lines = files
        .flat_map(|file| file.hunks())
        .flat_map(|hunk| &hunk.lines);
    lines
        .filter(|line| line.kind == LineKind::Removed)
        .filter_map(|line| Some((u64::from(line.old?), line.bytes.clone())))
        .collect()
}

/// The same text on the same line is open, on another one it moved (to the nearest).
fn place(now: Vec<(u64, Vec<u8>)>, text: &[u8], line: Option<u64>) -> RemarkState {
    let was = line.unwrap_or(1);
    let same = now.into_iter().filter(|(_, now)| now == text);
    let nearest = same.map(|(at, _)| at).min_by_key(|at| at.abs_diff(was));
    match nearest {
        Some(at) if at == was => RemarkState::Open,
        // Lines like `}` are everywhere: such a one tells nothing elsewhere.
        Some(at)
            if text
                .iter()
                .filter(|byte| byte.is_ascii_alphanumeric())
                .count()
                > 1 =>
        {
            RemarkState::Moved(at)
        }
        _ => RemarkState::Gone,
    }
}

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
        "state": remark.state.as_str(),
        "movedTo": match remark.state { RemarkState::Moved(line) => json!(line), _ => Value::Null },
        "reply": remark.reply.as_ref().map(|reply| json!({
            "state": match reply.state {
                ReplyState::Fixed => "fixed",
                ReplyState::WontFix => "wontfix",
            },
            "reason": reply.reason,
        })),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_where_it_is_now() {
        let now = |lines: &[&str]| {
            (1..)
                .zip(lines.iter().map(|l| l.as_bytes().to_vec()))
                .collect()
        };
        let at = |lines: &[&str], text: &str| place(now(lines), text.as_bytes(), Some(2));
        assert_eq!(at(&["a", "keep this", "c"], "keep this"), RemarkState::Open);
        assert_eq!(
            at(&["a", "b", "keep this"], "keep this"),
            RemarkState::Moved(3)
        );
        assert_eq!(at(&["a", "b"], "keep this"), RemarkState::Gone);
        assert_eq!(at(&["a", "b", "}"], "}"), RemarkState::Gone);
        assert_eq!(
            at(&["same", "b", "same", "same"], "same"),
            RemarkState::Moved(1)
        );
    }
}
