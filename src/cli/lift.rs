//! `countersign override`: a signed word that the rejections of a change shall not hold.

use super::args::OverrideArgs;
use super::change::{Prefix, find};
use super::context::failure;
use super::draft::unix_lines;
use super::verdict::{announce, check_head, conclude, no_policy};
use super::{Context, ExitCode, Failure};
use crate::review::{Desk, Me, prepare_override};
use crate::verdict::Predicate;

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &OverrideArgs) -> Result<ExitCode, Failure> {
    let session = context.session()?;
    let mut desk = Desk::new(&session, context.now).map_err(|error| failure(&error))?;
    let name = find(desk.refs(), &args.change, Prefix::AtTerminal)?;
    let opened = desk.open(&name).map_err(|error| failure(&error))?;
    check_head(&opened, args.head.as_deref())?;
    let Some(trusted) = &opened.policy else {
        return Err(no_policy(&session, &opened));
    };
    let me = Me::find(&session, Some(&trusted.policy)).map_err(|error| failure(&error))?;
    let reason = args.message.as_deref().map(unix_lines).unwrap_or_default();
    let statements = desk.statements();
    let prepared = prepare_override(&session, &opened, statements, &me, &reason, context.now)
        .map_err(|error| failure(&error))?;
    announce(context, "override", &opened, &me, &prepared);
    if let Predicate::Override(lift) = &prepared.statement.predicate {
        for digest in &lift.lifts {
            context
                .output
                .remark(&format!("lifts the rejection {digest}"));
        }
    }
    conclude(context, &session, &prepared, &args.signing)
}
