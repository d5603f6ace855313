//! `countersign policy simulate`: what the gate would have said of real history under a policy, the
//! one in force or a draft.

use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::args::PolicySimulateArgs;
use super::super::context::{journal, unresolved};
use super::super::duration::look_back;
use super::super::table::{Paint, Table};
use super::super::{Context, ExitCode, Failure};
use super::explain::in_force;
use super::totals::Totals;
use crate::change::Oid;
use crate::evidence::Trusted;
use crate::gate::{Forecast, Foreseen, Range, Standing, Trial, simulate};
use crate::policy::{ALLOWED_SIGNERS, Decision, POLICY_TOML, PolicyFiles, REVOKED_KEYS};
use crate::review::{Session, full_ref};
use crate::signing::SshVerifier;

/// How far back without being asked.
const SINCE: &str = "90d";

/// What is judged, by what.
pub(super) struct Asked {
    target: String,
    policy: Trusted,
    /// The draft, where it is one.
    draft: Option<String>,
    base: Oid,
    candidate: Oid,
}

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &PolicySimulateArgs) -> Result<ExitCode, Failure> {
    let session = context.session()?;
    let asked = asked(context, &session, args)?;
    let pins = session.journal.pins().load();
    let pins = pins.map_err(|error| journal(&error))?;
    let trial = Trial {
        store: &session.store,
        target: &asked.target,
        base: asked.base,
        candidate: asked.candidate,
        policy: &asked.policy,
        root: pins.root_of(&asked.target),
        notes: &session.notes_refs(),
        roots: &session.roots(),
        now: context.now,
    };
    let forecast = simulate(&trial, &SshVerifier).map_err(|reasons| {
        let texts: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        Failure::new(ExitCode::Undecided, texts.join("\n"))
            .hint("countersign doctor, or git fetch --unshallow, may tell what is missing")
    })?;
    let totals = Totals::of(&forecast);
    for warning in &forecast.warnings {
        context.output.remark(&warning.to_string());
    }
    if args.json {
        context.output.json(&document(&asked, &forecast, &totals))?;
        return Ok(ExitCode::Done);
    }
    if !args.summary {
        listed(context, &forecast)?;
    }
    context.output.line(&by(&asked))?;
    for line in totals.lines() {
        let line = crate::diff::visible::text(line.as_bytes());
        context.output.line(&line)?;
    }
    Ok(ExitCode::Done)
}

fn asked(
    context: &Context,
    session: &Session,
    args: &PolicySimulateArgs,
) -> Result<Asked, Failure> {
    let store = &session.store;
    let failed = |error| unresolved(store, &error);
    let target = args.target.as_deref();
    let (target, found) = match (&args.policy, in_force(session, target)) {
        (None, found) => {
            let (target, trusted) = found?;
            (target, Some(trusted))
        }
        (Some(_), Ok((target, trusted))) => (target, Some(trusted)),
        // Nothing is in force yet: that is when a draft is most wanted.
        (Some(_), Err(error)) => {
            let known = session.default_policy().map_err(failed)?;
            let named = target.map(full_ref).or(known.target().map(str::to_owned));
            (named.ok_or(error)?, None)
        }
    };
    let range = range(context, session, args, &target)?;
    let (draft, policy) = match (&args.policy, found) {
        (Some(path), found) => {
            let path = context.dir().join(path);
            let at = found.as_ref().map(|trusted| trusted.commit);
            let policy = drafted(session, &path, at)?;
            let commit = range.1;
            (Some(path.display().to_string()), Trusted { commit, policy })
        }
        (None, Some(trusted)) => (None, trusted),
        (None, None) => {
            return Err(Failure::new(ExitCode::Undecided, "there is no policy")
                .hint("countersign init proposes one; --policy DIR tries a draft"));
        }
    };
    // A draft may name its own targets; another one would be judged by nothing.
    let target = match (&draft, policy.policy.is_target(&target), &args.target) {
        (Some(_), false, None) => policy.policy.default_target().to_owned(),
        _ => target,
    };
    Ok(Asked {
        target,
        policy,
        draft,
        base: range.0,
        candidate: range.1,
    })
}

/// The range as written, or from that long ago to the tip of the target.
fn range(
    context: &Context,
    session: &Session,
    args: &PolicySimulateArgs,
    target: &str,
) -> Result<(Oid, Oid), Failure> {
    let store = &session.store;
    if let Some(range) = &args.range {
        let range = Range::resolve(store, Some(range), None);
        let range = range.map_err(|error| {
            Failure::from_error(ExitCode::Usage, &error)
                .hint("write A..B, where A is an ancestor of B on the target")
        })?;
        return Ok((range.base, range.candidate));
    }
    let tip = session.target_tip(target);
    let tip = tip.map_err(|error| unresolved(store, &error))?;
    let tip = tip.ok_or_else(|| {
        Failure::usage(format!("{target} is not known here"))
            .hint("fetch it, or name another: --target BRANCH")
    })?;
    let text = args.since.as_deref().unwrap_or(SINCE);
    let long = look_back("--since", text)?;
    Ok((before(session, tip, context.now - long)?, tip))
}

/// The newest commit of a first-parent chain that landed before this time; where all are younger,
/// the first of all.
fn before(session: &Session, tip: Oid, time: Timestamp) -> Result<Oid, Failure> {
    let store = &session.store;
    let failed = |error| unresolved(store, &error);
    let mut at = tip;
    loop {
        let commit = store.commit(at).map_err(failed)?;
        match commit.parents.first() {
            Some(parent) if commit.committer.when >= time => at = *parent,
            _ => return Ok(at),
        }
    }
}

/// A draft: the policy itself, and beside it what it has of the other two files.
fn drafted(
    session: &Session,
    path: &Path,
    at: Option<Oid>,
) -> Result<crate::policy::Policy, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::usage(format!("cannot read the policy {}", path.display()))
            .caused_by(&error)
            .hint("name a policy.toml, or a folder that holds one")
    };
    let inner = path.join(POLICY_TOML);
    let file = match path.is_dir() {
        true if inner.is_file() => inner,
        true => path.join("policy.toml"),
        false => path.to_owned(),
    };
    let beside = |name: &str, of: &str, lacking: &[u8]| -> Result<Vec<u8>, Failure> {
        match std::fs::read(file.with_file_name(name)) {
            Ok(bytes) => return Ok(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(error)),
        }
        let here = at.and_then(|commit| file_at(session, commit, of));
        Ok(here.unwrap_or_else(|| lacking.to_vec()))
    };
    let files = PolicyFiles {
        allowed_signers: beside("allowed_signers", ALLOWED_SIGNERS, b"")?,
        revoked_keys: beside("revoked_keys", REVOKED_KEYS, b"# countersign-revoked-v1\n")?,
        policy_toml: std::fs::read(&file).map_err(unreadable)?,
    };
    files.parse().map_err(|invalid| {
        let text = format!(
            "E-POLICY-INVALID {} is no policy\n{invalid}",
            file.display()
        );
        Failure::new(ExitCode::Undecided, text).hint("docs/policy.md says what each key takes")
    })
}

/// A file of the policy in force; none where it cannot be had.
fn file_at(session: &Session, commit: Oid, path: &str) -> Option<Vec<u8>> {
    let store = &session.store;
    let tree = store.commit(commit).ok()?.tree;
    let (_, oid) = store.entry_at(tree, &path.into()).ok()??;
    store.blob(oid, 1 << 22).ok()
}

fn by(asked: &Asked) -> String {
    let what = match &asked.draft {
        Some(file) => format!("the draft {file}"),
        None => format!(
            "the policy in force, v{} at {}",
            asked.policy.policy.version,
            asked.policy.commit.short(12)
        ),
    };
    format!(
        "{}..{} on {} by {what}",
        asked.base.short(12),
        asked.candidate.short(12),
        asked.target
    )
}

/// The word for what a run would have been.
pub(super) const fn word(run: &Foreseen) -> &'static str {
    match (run.decision, run.report.standing) {
        (Decision::Allow, Standing::NotApplicable) => "exempt",
        (Decision::Allow, _) => "allowed",
        (Decision::Pending, _) => "pending",
        (Decision::Deny, _) => "denied",
        (Decision::Error, _) => "no-answer",
    }
}

/// A line a run that needs a verdict; those that are exempt are in the totals.
fn listed(context: &mut Context, forecast: &Forecast) -> Result<(), Failure> {
    let mut table = Table::default();
    let told = forecast.runs.iter().filter(|run| word(run) != "exempt");
    for run in told {
        let paint = match run.decision {
            Decision::Allow => Some(Paint::Good),
            Decision::Pending => Some(Paint::Warn),
            Decision::Deny | Decision::Error => Some(Paint::Alarm),
        };
        let day = run.landed_at.to_string();
        let ai = if run.report.ai.is { "ai" } else { "-" };
        table.painted([
            (run.report.last.short(12), None),
            (
                day.get(..10).unwrap_or_default().to_owned(),
                Some(Paint::Dim),
            ),
            (word(run).to_owned(), paint),
            (run.report.level.unwrap_or("-").to_owned(), None),
            (ai.to_owned(), None),
            (needs(run), None),
            (run.subject.clone(), Some(Paint::Dim)),
        ]);
    }
    let colour = context.output.colour();
    for line in table.lines(None, colour) {
        context.output.line(&line)?;
    }
    Ok(())
}

/// What a run lacks and who could give it; else why it is denied.
fn needs(run: &Foreseen) -> String {
    let unmet = run
        .report
        .rules
        .iter()
        .filter(|rule| rule.have < rule.needed);
    let rules: Vec<String> = unmet
        .clone()
        .map(|rule| format!("{} {}/{}", rule.name, rule.have, rule.needed))
        .collect();
    let mut could: Vec<&str> = unmet
        .flat_map(|rule| rule.could.iter().map(String::as_str))
        .collect();
    could.sort_unstable();
    could.dedup();
    if run.decision == Decision::Allow {
        return String::new();
    }
    let mut parts = rules;
    if run.decision == Decision::Pending || !parts.is_empty() {
        parts.push(match could.as_slice() {
            [] => "nobody could".to_owned(),
            could => format!("could: {}", could.join(" ")),
        });
    }
    if run.decision > Decision::Pending
        && let Some(reason) = super::totals::heaviest(run)
    {
        parts.push(reason.id.to_string());
    }
    parts.join(", ")
}

fn document(asked: &Asked, forecast: &Forecast, totals: &Totals) -> Value {
    let runs = forecast.runs.iter().map(|run| {
        let mut value = json!(run.report);
        value["decision"] = json!(run.decision);
        value["outcome"] = json!(word(run));
        value["steps"] = json!(run.steps);
        value["landedAt"] = json!(run.landed_at.to_string());
        value["subject"] = json!(run.subject);
        value["authors"] = json!(run.authors);
        value
    });
    json!({
        "schema": "countersign/simulate/1",
        "target": asked.target,
        "base": asked.base,
        "candidate": asked.candidate,
        "policy": {
            "draft": asked.draft,
            "commit": asked.draft.is_none().then_some(asked.policy.commit),
            "version": asked.policy.policy.version,
            "digest": asked.policy.policy.digest,
        },
        "runs": runs.collect::<Vec<_>>(),
        "reasons": forecast.reasons,
        "warnings": forecast.warnings,
        "totals": totals.document(),
    })
}
