//! `countersign log`: every verdict with its signature's standing, what it covers and what took its
//! place; now, and as of another policy; and what people let pass.

use serde_json::{Value, json};

use super::args::LogArgs;
use super::change::{Prefix, find};
use super::context::{failure, unresolved};
use super::permissions::Permission;
use super::{Context, ExitCode, Failure, said};
use crate::change::{ChangeId, Oid};
use crate::diff::visible;
use crate::evidence::{Trusted, policy_at};
use crate::review::{Desk, LogEntry, ReviewError, Said, SaidStanding, Session};

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
    let then = args.as_of.as_deref().map(|rev| trusted(&session, rev));
    let then = then.transpose()?;
    let entries = desk.log();
    let standings = then
        .as_ref()
        .map(|trusted| desk.as_of(&entries, &trusted.policy));
    let mut all = Vec::new();
    for (nth, one) in entries.iter().enumerate() {
        if !wanted.includes(&one.said, one.head) {
            continue;
        }
        let was = standings.as_ref().and_then(|all| all.get(nth));
        if args.jsonl {
            context.output.json(&value(one, was))?;
        } else if args.json {
            all.push(value(one, was));
        } else {
            context.output.line(&line(one, was, then.as_ref()))?;
        }
    }
    let others = permissions(context, args, &session, &desk, &wanted)?;
    if args.json {
        let document = json!({
            "schema": "countersign/log/1",
            "asOf": then.as_ref().map(used),
            "verdicts": all,
            "statements": others,
        });
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

/// Which policy it was.
fn used(trusted: &Trusted) -> Value {
    json!({
        "commit": trusted.commit,
        "version": trusted.policy.version,
        "digest": trusted.policy.digest,
    })
}

/// The policy of a commit.
fn trusted(session: &Session, rev: &str) -> Result<Trusted, Failure> {
    let store = &session.store;
    let commit = store.resolve_commit(rev);
    let commit = commit.map_err(|error| unresolved(store, &error))?;
    policy_at(store, commit).map_err(|error| failure(&ReviewError::Policy(error)))
}

/// A verdict for people in one line: what was said and what it comes to, then what it covers.
fn line(one: &LogEntry, was: Option<&SaidStanding>, then: Option<&Trusted>) -> String {
    let mut line = said::line(&one.said);
    let covers = format!(
        "  covers {} {}..{}, {} files, content {}",
        one.target,
        one.base.short(12),
        one.head.short(12),
        one.content.files,
        &one.content.sha256.to_string()[..12],
    );
    line.push_str(&covers);
    if let Some((by, kind)) = one.replaced_by {
        line.push_str(&format!("; out by the {} {by}", kind.word()));
    }
    if let (Some(was), Some(then)) = (was, then) {
        let why = match was {
            SaidStanding::DoesNotCount(reason) => format!(" ({reason})"),
            _ => String::new(),
        };
        line.push_str(&format!(
            "; under policy v{} at {}: {}{why}",
            then.policy.version,
            then.commit.short(12),
            said::word(was)
        ));
    }
    visible::text(line.as_bytes()).into_owned()
}

fn value(one: &LogEntry, was: Option<&SaidStanding>) -> Value {
    let mut value = said::value(&one.said);
    value["head"] = json!(one.head);
    value["base"] = json!(one.base);
    value["target"] = json!(one.target);
    value["content"] = json!({"sha256": one.content.sha256, "files": one.content.files});
    value["person"] = json!(one.person);
    value["replacedBy"] = json!(
        one.replaced_by
            .map(|(digest, kind)| json!({"digest": digest, "verdict": kind.word()}))
    );
    if let Some(was) = was {
        let why = match was {
            SaidStanding::DoesNotCount(reason) => Some(reason.to_string()),
            _ => None,
        };
        value["asOf"] = json!({"standing": said::word(was), "why": why});
    }
    value
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
