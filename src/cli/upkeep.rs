//! `countersign checkpoint` and `countersign log-rebase`: what policy owners sign about the notes.

use super::args::{CheckpointArgs, LogRebaseArgs, SigningArgs};
use super::context::{failure, git_failure, unresolved};
use super::draft::unix_lines;
use super::duration::duration;
use super::verdict::conclude;
use super::{Context, ExitCode, Failure};
use crate::change::Oid;
use crate::evidence::{Trusted, Untrusted};
use crate::review::{
    DefaultPolicy, Keeper, Me, Prepared, ReviewError, Session, fetch, prepare_checkpoint,
    prepare_log_rebase,
};
use crate::verdict::Predicate;

/// Runs `checkpoint`.
pub(super) fn checkpoint(
    context: &mut Context,
    args: &CheckpointArgs,
) -> Result<ExitCode, Failure> {
    let lasts = args.expires.as_deref().unwrap_or("30d");
    let lasts = duration("--expires", lasts, 60)?;
    let (session, trusted, target) = up_to_date(context)?;
    let me = Me::find(&session, Some(&trusted.policy)).map_err(|error| failure(&error))?;
    let keeper = Keeper {
        trusted: &trusted,
        target: &target,
        me: &me,
        now: context.now,
    };
    let prepared = prepare_checkpoint(&session, &keeper, lasts).map_err(|error| failure(&error))?;
    if let Predicate::Checkpoint(point) = &prepared.statement.predicate {
        context.output.remark(&format!(
            "checkpoint of the notes at {} with {} statements, until {}",
            point.notes_commit, point.statements, point.expires_at
        ));
    }
    finish(context, &session, &me, &prepared, &args.signing)
}

/// Runs `log-rebase`.
pub(super) fn log_rebase(context: &mut Context, args: &LogRebaseArgs) -> Result<ExitCode, Failure> {
    let (session, trusted, target) = up_to_date(context)?;
    let commit = |name: &str| -> Result<Oid, Failure> {
        let found = session.store.resolve_commit(name);
        found.map_err(|error| unresolved(&session.store, &error))
    };
    let rewrite = (commit(&args.from)?, commit(&args.to)?);
    let me = Me::find(&session, Some(&trusted.policy)).map_err(|error| failure(&error))?;
    let keeper = Keeper {
        trusted: &trusted,
        target: &target,
        me: &me,
        now: context.now,
    };
    let reason = args.message.as_deref().map(unix_lines).unwrap_or_default();
    let prepared = prepare_log_rebase(&session, &keeper, rewrite, &reason, args.lossy);
    let prepared = prepared.map_err(|error| failure(&error))?;
    let (from, to) = rewrite;
    let needed = trusted.policy.policy_change.approvals;
    context.output.remark(&format!(
        "log rebase from {from} to {to}; it holds once {needed} policy owners have signed it"
    ));
    finish(context, &session, &me, &prepared, &args.signing)
}

/// The clone with what the remote has now, and the policy of its default target: what is signed
/// about the notes is about those that everybody sees.
fn up_to_date(context: &mut Context) -> Result<(Session, Trusted, String), Failure> {
    let session = context.session()?;
    if session.remote.is_some() {
        let progress = context.output.teller.begin("fetching");
        let fetched = fetch(&session, context.now);
        drop(progress);
        let fetched = fetched.map_err(|error| failure(&error))?;
        for warning in fetched.warnings {
            context.output.warn(&warning);
        }
        if let Some(error) = &fetched.notes_error {
            return Err(git_failure(error));
        }
    }
    let policy = session.default_policy();
    match policy.map_err(|error| git_failure(&error))? {
        DefaultPolicy::Found { target, policy } => Ok((session, *policy, target)),
        DefaultPolicy::None { why, .. } => Err(failure(&ReviewError::Policy(why))),
        DefaultPolicy::NoCommits => {
            let commit = Oid::from_bytes([0; 20]);
            Err(failure(&ReviewError::Policy(Untrusted::Absent { commit })))
        }
    }
}

fn finish(
    context: &mut Context,
    session: &Session,
    me: &Me,
    prepared: &Prepared,
    args: &SigningArgs,
) -> Result<ExitCode, Failure> {
    context.output.remark(&format!(
        "by {} key {}",
        me.principal.as_deref().unwrap_or("?"),
        me.key.fingerprint
    ));
    for warning in &prepared.warnings {
        context.output.warn(&format!("WARN {warning}"));
    }
    conclude(context, session, prepared, args)
}
