//! What the flags of the verdict verbs say, as a draft; and the words kept where no signature came.

use serde_json::json;

use super::args::VerdictArgs;
use super::context::git_failure;
use super::{ExitCode, Failure, said};
use crate::change::RepoPath;
use crate::review::{Draft, Opened, Session, acknowledged};
use crate::verdict::{Acknowledged, Answer, Checklist, Comment, Side, VerdictKind, Viewed};

/// `PATH:LINE`, or a path.
pub(super) fn place(at: &str) -> Result<(Option<RepoPath>, Option<u64>), Failure> {
    match at.rsplit_once(':') {
        Some((path, line)) if line.bytes().all(|b| b.is_ascii_digit()) && !line.is_empty() => {
            let line = line.parse().ok().filter(|line| *line > 0);
            let line = line.ok_or_else(|| {
                Failure::usage(format!("--at {at:?}: lines count from 1")).see_help()
            })?;
            Ok((Some(path.into()), Some(line)))
        }
        _ => Ok((Some(at.into()), None)),
    }
}

/// A remark stands where there is something: in the file as the revision leaves it, or, where the
/// revision deletes it, as it was.
pub(super) fn locate(
    session: &Session,
    opened: &Opened,
    comment: &mut Comment,
) -> Result<(), Failure> {
    let Some(path) = comment
        .path
        .as_ref()
        .filter(|path| path.as_bytes() != b"/message")
    else {
        return Ok(());
    };
    let span = &opened.span;
    for (side, commit) in [(Side::New, span.head.commit), (Side::Old, span.base.commit)] {
        let Some(content) = session
            .store
            .read_path(commit, path, MAX_COMMENTED)
            .map_err(|error| git_failure(&error))?
        else {
            continue;
        };
        let lines = content.split_inclusive(|byte| *byte == b'\n').count() as u64;
        if let Some(line) = comment.line.filter(|line| *line > lines) {
            return Err(Failure::usage(format!(
                "--at: {} has {lines} lines, and line {line} is asked for",
                path.text()
            ))
            .hint("lines are those of the new file: countersign show --patch numbers them"));
        }
        comment.side = comment.line.map(|_| side);
        return Ok(());
    }
    Err(Failure::usage(format!(
        "--at: {} has no file {}",
        opened.revision.name(),
        path.text()
    ))
    .hint(format!(
        "countersign show {} lists the files",
        opened.revision.name()
    )))
}

/// Files up to this size can be remarked on line by line.
const MAX_COMMENTED: u64 = 64 * 1024 * 1024;

/// The draft that the flags describe.
pub(super) fn draft(
    kind: VerdictKind,
    args: &VerdictArgs,
    comments: Vec<Comment>,
    opened: &Opened,
) -> Result<Draft, Failure> {
    let mut draft = Draft::new(kind);
    for check in &args.check {
        answer(check, &mut draft.checklist)?;
    }
    let failed = draft.checklist;
    if kind == VerdictKind::Approve
        && [failed.correctness, failed.security, failed.performance].contains(&Answer::Fail)
    {
        return Err(Failure::new(
            ExitCode::Denied,
            "E-CHECKLIST a change that fails an item of the checklist cannot be approved",
        )
        .hint(format!(
            "nothing was signed; countersign reject {} -m TEXT says what is wrong",
            opened.revision.name()
        )));
    }
    draft.viewed = Viewed {
        files_total: opened.files.len() as u64,
        hunks_total: opened
            .files
            .iter()
            .map(|file| file.hunks().len() as u64)
            .sum(),
        acknowledged: answers(args, opened)?,
        ..Viewed::default()
    };
    // A comment at a place says its words there; everything else says them of the change.
    if comments.is_empty() || kind != VerdictKind::Comment {
        draft.summary = args.message.as_deref().map(unix_lines);
    }
    draft.comments = comments;
    Ok(draft)
}

/// `ITEM=ANSWER` into the checklist.
fn answer(check: &str, checklist: &mut Checklist) -> Result<(), Failure> {
    let wrong = |expected: &str| {
        Failure::usage(format!("--check {check:?}: {expected}"))
            .hint("--check correctness=pass,security=pass,performance=na")
    };
    let (item, answer) = check.split_once('=').ok_or_else(|| wrong("ITEM=ANSWER"))?;
    let answer = match answer {
        "pass" => Answer::Pass,
        "fail" => Answer::Fail,
        "na" => Answer::Na,
        _ => return Err(wrong("pass, fail or na")),
    };
    match item {
        "correctness" => checklist.correctness = answer,
        "security" => checklist.security = answer,
        "performance" => checklist.performance = answer,
        _ => return Err(wrong("correctness, security or performance")),
    }
    Ok(())
}

fn answers(args: &VerdictArgs, opened: &Opened) -> Result<Vec<Acknowledged>, Failure> {
    let mut answers = Vec::new();
    for answer in &args.answer {
        let (id, text) = match answer.split_once('=') {
            Some((id, text)) => (id, Some(text.to_owned()).filter(|text| !text.is_empty())),
            None => (answer.as_str(), None),
        };
        let scanned = opened.scanned.within.iter().map(|one| &one.finding);
        let mut findings = opened.assessment.findings.iter().chain(scanned);
        if !findings.any(|finding| finding.id == id) {
            return Err(Failure::usage(format!(
                "--answer {id:?}: this revision has no such finding"
            ))
            .hint(format!(
                "countersign show {} lists them",
                opened.revision.name()
            )));
        }
        answers.push(Acknowledged {
            id: id.to_owned(),
            text,
        });
    }
    Ok(acknowledged(answers))
}

/// Keeps the words of a verdict that could not be signed, and says where.
pub(super) fn keep(session: &Session, opened: &Opened, draft: &Draft, failed: Failure) -> Failure {
    let comments: Vec<_> = draft
        .comments
        .iter()
        .map(|one| {
            json!({
                "path": one.path.as_ref().map(RepoPath::percent_encoded),
                "side": one.side.map(said::side),
                "line": one.line,
                "severity": said::severity(one.severity),
                "body": one.body,
            })
        })
        .collect();
    // As the screen keeps its drafts, so that it shows these words; `from` tells whose they are.
    let words = json!({
        "words": draft.summary.as_deref().unwrap_or_default(),
        "comments": comments,
        "from": FROM_HERE,
    });
    let (name, head) = (opened.revision.name(), opened.span.head.commit);
    let drafts = session.journal.drafts();
    let mine = matches!(drafts.load(&name, head), Ok(None)) || kept_here(session, opened);
    let words = words.to_string();
    if !mine || drafts.keep(&name, head, words.as_bytes()).is_err() {
        return failed;
    }
    let dir = session.journal.dir().join("drafts");
    let kept = format!("your words are kept in {}", dir.display());
    let hint = format!("{}\n{kept}", failed.hint);
    failed.hint(hint)
}

/// Who wrote a draft of the command line.
const FROM_HERE: &str = "command line";

/// Whether the draft of this revision was kept by a command, and not by the screen.
fn kept_here(session: &Session, opened: &Opened) -> bool {
    let (name, head) = (opened.revision.name(), opened.span.head.commit);
    let kept = session.journal.drafts().load(&name, head).ok().flatten();
    kept.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
        .is_some_and(|draft| draft["from"] == FROM_HERE)
}

/// What was kept of an earlier attempt is said now. A draft of the screen is its own business.
pub(super) fn said_now(session: &Session, opened: &Opened) {
    if kept_here(session, opened) {
        let head = opened.span.head.commit;
        let _ = session
            .journal
            .drafts()
            .remove(&opened.revision.name(), head);
    }
}

/// Words as a statement may hold them: lines end in a line feed alone.
pub(super) fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}
