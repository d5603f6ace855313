//! `countersign break-glass`: a signed word that one commit may go without its approvals, for a short
//! time and for everybody to see.

use super::args::BreakGlassArgs;
use super::context::{failure, unresolved};
use super::draft::unix_lines;
use super::duration::duration;
use super::verdict::conclude;
use super::{Context, ExitCode, Failure};
use crate::review::{Me, Need, ReviewError, Session, full_ref, prepare_break_glass};
use crate::verdict::Predicate;

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &BreakGlassArgs) -> Result<ExitCode, Failure> {
    let session = context.session()?;
    let commit = session
        .store
        .resolve_commit(&args.rev)
        .map_err(|error| unresolved(&session.store, &error))?;
    let reason = args.reason.as_deref().map(unix_lines).unwrap_or_default();
    if reason.trim().is_empty() {
        let failure = Failure::usage("a break-glass needs a reason: --reason TEXT");
        return Err(failure.hint("say why this commit cannot wait for its approvals"));
    }
    let valid_for = args.valid_for.as_deref();
    let valid_for = valid_for.map(|text| duration("--valid-for", text, 1));
    let target = target(&session, args)?;
    let trusted = session
        .policy_for(&target)
        .map_err(|why| failure(&ReviewError::Policy(why)))?;
    let me = Me::find(&session, Some(&trusted.policy)).map_err(|error| failure(&error))?;
    let need = Need {
        commit,
        target: &target,
        reason: &reason,
        valid_for: valid_for.transpose()?,
    };
    let prepared = prepare_break_glass(&session, &trusted, &me, &need, context.now)
        .map_err(|error| failure(&error))?;
    if let Predicate::BreakGlass(glass) = &prepared.statement.predicate {
        context.output.remark(&format!(
            "break-glass {commit} for {target} until {} by {} key {}",
            glass.valid_until, glass.reviewer.principal, me.key.fingerprint,
        ));
    }
    if let Some(root) = prepared.new_pin {
        context.output.remark(&format!(
            "this clone trusts the policy from {root} on (first use)"
        ));
    }
    for warning in &prepared.warnings {
        context.output.warn(&format!("WARN {warning}"));
    }
    conclude(context, &session, &prepared, &args.signing)
}

/// The target asked for, else the policy's first.
fn target(session: &Session, args: &BreakGlassArgs) -> Result<String, Failure> {
    if let Some(target) = &args.target {
        return Ok(full_ref(target));
    }
    let policy = session
        .default_policy()
        .map_err(|error| failure(&ReviewError::Git(error)))?;
    let target = policy.target().map(str::to_owned);
    target.ok_or_else(|| {
        Failure::new(ExitCode::Undecided, "no target is known here")
            .hint("fetch it, or name it: --target BRANCH")
    })
}
