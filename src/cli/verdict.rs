//! `approve`, `reject`, `comment` and `withdraw`: a verdict without the screen. What will be signed
//! is printed first; then signed, recorded, and one bounded push.

use std::io::IsTerminal as _;

use super::args::{CommentArgs, VerdictArgs};
use super::change::{Prefix, find};
use super::context::{failure, git_failure};
use super::{Context, ExitCode, Failure};
use crate::change::RepoPath;
use crate::review::{
    Desk, Draft, Me, Opened, Prepared, Session, acknowledged, prepare, publish, record, signer,
    would_not,
};
use crate::signing::Mode;
use crate::verdict::{
    Acknowledged, Answer, Comment, Severity, Side, SignError, VerdictKind, Viewed,
};

/// Runs `approve`, `reject` or `withdraw`.
pub(super) fn run(
    context: &mut Context,
    kind: VerdictKind,
    args: &VerdictArgs,
) -> Result<ExitCode, Failure> {
    give(context, kind, args, Vec::new())
}

/// Runs `comment`. With `--at` the words stand at a place, else they are about the change.
pub(super) fn comment(context: &mut Context, args: &CommentArgs) -> Result<ExitCode, Failure> {
    let severity = match args.severity.as_str() {
        "must" => Severity::Must,
        "should" => Severity::Should,
        "nit" => Severity::Nit,
        "note" => Severity::Note,
        other => {
            return Err(Failure::usage(format!(
                "--severity {other:?}: must, should, nit or note"
            )));
        }
    };
    let body = args.verdict.message.clone().unwrap_or_default();
    if body.trim().is_empty() {
        return Err(Failure::usage("a comment needs words: -m TEXT"));
    }
    let (path, line) = match &args.at {
        None => (None, None),
        Some(at) => place(at)?,
    };
    let comment = Comment {
        side: line.map(|_| Side::New),
        path,
        line,
        end_line: None,
        finding: None,
        severity,
        body,
    };
    give(context, VerdictKind::Comment, &args.verdict, vec![comment])
}

/// `PATH:LINE`, or a path.
fn place(at: &str) -> Result<(Option<RepoPath>, Option<u64>), Failure> {
    match at.rsplit_once(':') {
        Some((path, line)) if line.bytes().all(|b| b.is_ascii_digit()) && !line.is_empty() => {
            let line = line.parse().ok().filter(|line| *line > 0);
            let line =
                line.ok_or_else(|| Failure::usage(format!("--at {at:?}: lines count from 1")))?;
            Ok((Some(path.into()), Some(line)))
        }
        _ => Ok((Some(at.into()), None)),
    }
}

fn give(
    context: &mut Context,
    kind: VerdictKind,
    args: &VerdictArgs,
    comments: Vec<Comment>,
) -> Result<ExitCode, Failure> {
    let session = context.session()?;
    let mut desk = Desk::new(&session, context.now).map_err(|error| failure(&error))?;
    let name = find(desk.refs(), &args.change, Prefix::AtTerminal)?;
    let opened = desk.open(&name).map_err(|error| failure(&error))?;
    check_head(&opened, args.head.as_deref())?;
    if opened.policy.is_none() {
        return Err(no_policy(&session, &opened));
    }
    let policy = opened.policy.as_ref().map(|trusted| &trusted.policy);
    let me = Me::find(&session, policy).map_err(|error| failure(&error))?;
    let draft = draft(kind, args, comments, &opened)?;
    let prepared = prepare(
        &session,
        &opened,
        desk.statements(),
        &me,
        &draft,
        context.now,
    )
    .map_err(|error| failure(&error))?;
    announce(context, kind, &opened, &me, &prepared);
    if let Some(reason) = &prepared.will_not_count {
        if !args.anyway {
            return Err(failure(&would_not(reason)));
        }
        context
            .output
            .warn(&format!("signed anyway, and it will not count: {reason}"));
    }
    let recorded = sign(context, &session, &prepared)?;
    deliver(context, &session, recorded, args.push)
}

/// Signs without asking anybody; where the key is locked and there is a terminal, with it.
fn sign(
    context: &Context,
    session: &Session,
    prepared: &Prepared,
) -> Result<crate::change::Sha256, Failure> {
    let silent = signer(session, Mode::Silent).map_err(|error| failure(&error))?;
    let recorded = match record(session, prepared, &silent, context.now) {
        Err(error) if is_locked(&error) && std::io::stdin().is_terminal() => {
            let asking = signer(session, Mode::Interactive).map_err(|error| failure(&error))?;
            record(session, prepared, &asking, context.now)
        }
        recorded => recorded,
    };
    recorded
        .map(|recorded| recorded.digest)
        .map_err(|error| failure(&error))
}

fn is_locked(error: &crate::review::ReviewError) -> bool {
    use crate::review::ReviewError;
    use crate::verdict::SealError;
    matches!(
        error,
        ReviewError::Sign(SignError::Locked)
            | ReviewError::Seal(SealError::Sign(SignError::Locked))
    )
}

/// One bounded push, and what became of the verdict in one line of data.
fn deliver(
    context: &mut Context,
    session: &Session,
    digest: crate::change::Sha256,
    must_push: bool,
) -> Result<ExitCode, Failure> {
    let published = match publish(session, context.now) {
        Ok(published) => published,
        Err(error) => {
            context
                .output
                .line(&format!("recorded {digest}, waiting for push"))?;
            return if must_push {
                Err(failure(&error))
            } else {
                context.output.failure(&failure(&error));
                Ok(ExitCode::Done)
            };
        }
    };
    for warning in &published.warnings {
        context.output.warn(&format!("WARN {warning}"));
    }
    if session.remote.is_none() {
        context
            .output
            .line(&format!("recorded {digest}, no remote to push to"))?;
        return Ok(if must_push {
            ExitCode::Unavailable
        } else {
            ExitCode::Done
        });
    }
    // Another process that published at the same time may have taken this one along.
    if published.failure.is_none() && !session.journal.outbox().contains(digest) {
        context.output.line(&format!("pushed {digest}"))?;
        return Ok(ExitCode::Done);
    }
    context
        .output
        .line(&format!("recorded {digest}, waiting for push"))?;
    let Some(error) = &published.failure else {
        return Ok(ExitCode::Done);
    };
    let failed = git_failure(error).hint("countersign sync pushes it later");
    if must_push {
        return Err(failed);
    }
    context.output.failure(&failed);
    Ok(ExitCode::Done)
}

/// Refuses where the head is not the one that was meant.
fn check_head(opened: &Opened, expected: Option<&str>) -> Result<(), Failure> {
    let head = opened.span.head.commit;
    match expected {
        Some(expected) if expected != head.to_string() => {
            Err(failure(&crate::review::ReviewError::HeadDiffers {
                name: opened.revision.name().to_string(),
                head,
                expected: expected.to_owned(),
            }))
        }
        _ => Ok(()),
    }
}

fn no_policy(session: &Session, opened: &Opened) -> Failure {
    match session.policy_for(&opened.revision.target) {
        Err(why) => failure(&crate::review::ReviewError::Policy(why)),
        Ok(_) => Failure::new(
            ExitCode::Undecided,
            format!(
                "the policy of {} changed meanwhile; try again",
                opened.revision.target
            ),
        ),
    }
}

/// Says what will be signed, before it is.
fn announce(
    context: &mut Context,
    kind: VerdictKind,
    opened: &Opened,
    me: &Me,
    prepared: &Prepared,
) {
    let revision = &opened.revision;
    context.output.remark(&format!(
        "{} {} head {} for {} by {} key {}",
        kind.word(),
        revision.name(),
        opened.span.head.commit,
        revision.target,
        me.principal.as_deref().unwrap_or("?"),
        me.key.fingerprint,
    ));
    if let Some(root) = prepared.new_pin {
        context.output.remark(&format!(
            "this clone trusts the policy from {root} on (first use)"
        ));
    }
    for warning in &prepared.warnings {
        context.output.warn(&format!("WARN {warning}"));
    }
}

/// The draft that the flags describe.
fn draft(
    kind: VerdictKind,
    args: &VerdictArgs,
    comments: Vec<Comment>,
    opened: &Opened,
) -> Result<Draft, Failure> {
    let mut draft = Draft::new(kind);
    for check in &args.check {
        let (item, answer) = check
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("--check {check:?}: ITEM=ANSWER")))?;
        let answer = match answer {
            "pass" => Answer::Pass,
            "fail" => Answer::Fail,
            "na" => Answer::Na,
            _ => {
                return Err(Failure::usage(format!(
                    "--check {check:?}: pass, fail or na"
                )));
            }
        };
        match item {
            "correctness" => draft.checklist.correctness = answer,
            "security" => draft.checklist.security = answer,
            "performance" => draft.checklist.performance = answer,
            _ => {
                return Err(Failure::usage(format!(
                    "--check {check:?}: correctness, security or performance"
                )));
            }
        }
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
        draft.summary = args.message.clone();
    }
    draft.comments = comments;
    Ok(draft)
}

fn answers(args: &VerdictArgs, opened: &Opened) -> Result<Vec<Acknowledged>, Failure> {
    let mut answers = Vec::new();
    for answer in &args.answer {
        let (id, text) = match answer.split_once('=') {
            Some((id, text)) => (id, Some(text.to_owned()).filter(|text| !text.is_empty())),
            None => (answer.as_str(), None),
        };
        if !opened
            .assessment
            .findings
            .iter()
            .any(|finding| finding.id == id)
        {
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
