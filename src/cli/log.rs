//! `countersign log`: every verdict with its signature's standing, and what people let pass.

use serde_json::{Value, json};

use super::args::LogArgs;
use super::change::{Prefix, find};
use super::context::{failure, unresolved};
use super::permissions::Permission;
use super::{Context, ExitCode, Failure, said};
use crate::change::{ChangeId, Oid};
use crate::review::{Desk, ReviewError, Said, Session};

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &LogArgs) -> Result<ExitCode, Failure> {
    let session = context.session()?;
    let desk = Desk::new(&session, context.now).map_err(|error| failure(&error))?;
    let wanted = match args.what.as_deref() {
        None => Wanted::Everything,
        Some(text) => match find(desk.refs(), text, Prefix::Fine) {
            Ok(name) => Wanted::Change(name.id),
            Err(_) => Wanted::Commit(
                session
                    .store
                    .resolve_commit(text)
                    .map_err(|error| unresolved(&session.store, &error))?,
            ),
        },
    };
    let mut all = Vec::new();
    for one in desk.log() {
        if !wanted.includes(&one.said, one.head) {
            continue;
        }
        if args.jsonl || args.json {
            let mut value = said::value(&one.said);
            value["head"] = json!(one.head);
            if args.jsonl {
                context.output.json(&value)?;
            } else {
                all.push(value);
            }
        } else {
            context.output.line(&said::line(&one.said))?;
        }
    }
    let others = permissions(context, args, &session, &desk, &wanted)?;
    if args.json {
        let document =
            json!({"schema": "countersign/log/1", "verdicts": all, "statements": others});
        context.output.json(&document)?;
    }
    for ignored in &desk.statements().ignored {
        context.output.remark(&format!(
            "ignored {}: {} {}",
            ignored.place, ignored.why, ignored.line
        ));
    }
    Ok(ExitCode::Done)
}

/// Overrides and break-glass statements, behind the verdicts; those for the one document are returned.
fn permissions(
    context: &mut Context,
    args: &LogArgs,
    session: &Session,
    desk: &Desk<'_>,
    wanted: &Wanted,
) -> Result<Vec<Value>, Failure> {
    let policy = session
        .default_policy()
        .map_err(|error| failure(&ReviewError::Git(error)))?;
    let policy = policy.policy().map(|trusted| &trusted.policy);
    let mut all = Vec::new();
    for verified in &desk.statements().verified {
        let Some(mut one) = Permission::of(verified) else {
            continue;
        };
        if !wanted.includes_permission(&one) {
            continue;
        }
        let known = policy.is_some_and(|policy| policy.owner(verified.fingerprint()).is_some());
        one.value["knownKey"] = json!(known);
        if args.jsonl {
            context.output.json(&one.value)?;
        } else if args.json {
            all.push(one.value);
        } else {
            let unknown = match known {
                true => "",
                false => " (by a key that the policy does not know)",
            };
            context.output.line(&format!("{}{unknown}", one.line))?;
        }
    }
    Ok(all)
}

enum Wanted {
    Everything,
    Change(ChangeId),
    Commit(Oid),
}

impl Wanted {
    fn includes(&self, said: &Said, head: Oid) -> bool {
        match self {
            Self::Everything => true,
            Self::Change(id) => said.name.id == *id,
            Self::Commit(oid) => head == *oid,
        }
    }

    fn includes_permission(&self, one: &Permission) -> bool {
        match self {
            Self::Everything => true,
            Self::Change(id) => one.name.split('@').next() == Some(id.as_str()),
            Self::Commit(oid) => one.head == *oid,
        }
    }
}
