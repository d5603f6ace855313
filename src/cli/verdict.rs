//! `approve`, `reject`, `comment` and `withdraw`: a verdict without the screen. What will be signed
//! is printed first; then signed, recorded, and one bounded push.

use std::io::IsTerminal as _;

use super::args::{CommentArgs, SigningArgs, VerdictArgs};
use super::change::{Prefix, find};
use super::context::{failure, git_failure};
use super::draft::{draft, keep, locate, place, said_now, unix_lines};
use super::{Context, ExitCode, Failure};
use crate::review::{
    Desk, Me, Opened, Prepared, Session, prepare, publish, record, signer, would_not,
};
use crate::signing::Mode;
use crate::verdict::{Comment, Severity, SignError, VerdictKind};

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
            return Err(
                Failure::usage(format!("--severity {other:?}: must, should, nit or note"))
                    .see_help(),
            );
        }
    };
    let body = args.verdict.message.as_deref().map(unix_lines);
    let body = body.unwrap_or_default();
    if body.trim().is_empty() {
        return Err(Failure::usage("a comment needs words").hint("say them: -m TEXT"));
    }
    let (path, line) = match &args.at {
        None => (None, None),
        Some(at) => place(at)?,
    };
    let comment = Comment {
        side: None,
        path,
        line,
        end_line: None,
        finding: None,
        severity,
        body,
    };
    give(context, VerdictKind::Comment, &args.verdict, vec![comment])
}

fn give(
    context: &mut Context,
    kind: VerdictKind,
    args: &VerdictArgs,
    mut comments: Vec<Comment>,
) -> Result<ExitCode, Failure> {
    let session = context.session()?;
    let mut desk = Desk::new(&session, context.now).map_err(|error| failure(&error))?;
    let name = find(desk.refs(), &args.change, Prefix::AtTerminal)?;
    let opened = desk.open(&name).map_err(|error| failure(&error))?;
    check_head(&opened, args.head.as_deref())?;
    if opened.policy.is_none() {
        return Err(no_policy(&session, &opened));
    }
    for comment in &mut comments {
        locate(&session, &opened, comment)?;
    }
    let policy = opened.policy.as_ref().map(|trusted| &trusted.policy);
    let draft = draft(kind, args, comments, &opened)?;
    let me = Me::find(&session, policy)
        .map_err(|error| keep(&session, &opened, &draft, failure(&error)))?;
    if kind != VerdictKind::Approve && !(args.check.is_empty() && args.answer.is_empty()) {
        context
            .output
            .warn("WARN --check and --answer are part of an approval only");
    }
    let prepared = prepare(
        &session,
        &opened,
        desk.statements(),
        &me,
        &draft,
        context.now,
    )
    .map_err(|error| failure(&error))?;
    announce(context, kind.word(), &opened, &me, &prepared);
    will_count(context, &prepared, args.signing.anyway)?;
    let recorded = sign(context, &session, &prepared).map_err(|failed| match failed.code {
        ExitCode::Unavailable => keep(&session, &opened, &draft, failed),
        _ => failed,
    })?;
    said_now(&session, &opened);
    deliver(context, &session, recorded, args.signing.push)
}

/// Signs what is prepared and pushes it once, unless it will not count and is not wanted anyway.
pub(super) fn conclude(
    context: &mut Context,
    session: &Session,
    prepared: &Prepared,
    args: &SigningArgs,
) -> Result<ExitCode, Failure> {
    will_count(context, prepared, args.anyway)?;
    let recorded = sign(context, session, prepared)?;
    deliver(context, session, recorded, args.push)
}

/// Refuses what will not count, unless it shall be signed anyway.
fn will_count(context: &mut Context, prepared: &Prepared, anyway: bool) -> Result<(), Failure> {
    let Some(reason) = &prepared.will_not_count else {
        return Ok(());
    };
    if !anyway {
        return Err(failure(&would_not(reason)));
    }
    let text = format!("signed anyway, and it will not count: {reason}");
    context.output.warn(&text);
    Ok(())
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

/// Whether only a passphrase is missing.
pub(super) fn is_locked(error: &crate::review::ReviewError) -> bool {
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
    let progress = context.output.teller.begin("pushing");
    let published = publish(session, context.now);
    drop(progress);
    let published = match published {
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
            .line(&format!("recorded {digest}, waiting for push"))?;
        if must_push {
            let none = failure(&crate::review::ReviewError::NoRemote);
            return Err(Failure {
                code: ExitCode::Unavailable,
                ..none
            });
        }
        context
            .output
            .remark("this repository has no remote; the verdict is in its own notes");
        return Ok(ExitCode::Done);
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
pub(super) fn check_head(opened: &Opened, expected: Option<&str>) -> Result<(), Failure> {
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

pub(super) fn no_policy(session: &Session, opened: &Opened) -> Failure {
    match session.policy_for(&opened.revision.target) {
        Err(why) => failure(&crate::review::ReviewError::Policy(why)),
        Ok(_) => Failure::new(
            ExitCode::Undecided,
            format!("the policy of {} changed meanwhile", opened.revision.target),
        )
        .hint("run the same again"),
    }
}

/// Says what will be signed, before it is.
pub(super) fn announce(
    context: &mut Context,
    verb: &str,
    opened: &Opened,
    me: &Me,
    prepared: &Prepared,
) {
    let revision = &opened.revision;
    context.output.remark(&format!(
        "{verb} {} head {} for {} by {} key {}",
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
