//! `countersign gate`: one command, one exit code, one document. Fails closed.

mod github;
mod junit;
mod sarif;

use std::path::Path;

use super::args::GateArgs;
use super::context::unresolved;
use super::fetched::{Place, place};
use super::{Context, ExitCode, Failure};
use crate::change::Oid;
use crate::gate::{Question, Range, RangeError, Report, RunReport, Standing, judge};
use crate::git::{GitError, Store};
use crate::policy::{Decision, Reason, ReasonId};
use crate::review::{Session, full_ref};
use crate::signing::SshVerifier;

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &GateArgs) -> Result<ExitCode, Failure> {
    let mut report = match report(context, args) {
        Ok(report) => report,
        // Where a document is asked for there is one for every answer.
        Err(failure) if args.is_document() => {
            let target = args.target.as_deref().map(full_ref);
            return no_answer(context, failure, target.as_deref(), args);
        }
        Err(failure) if failure.code == ExitCode::Undecided => {
            context.output.line("ERROR no answer")?;
            return Err(failure);
        }
        Err(failure) => return Err(failure),
    };
    if args.report_only {
        report.only_report();
    }
    print(context, args, &report)?;
    Ok(match report.exit {
        0 => ExitCode::Done,
        1 => ExitCode::Denied,
        8 => ExitCode::Pending,
        _ => ExitCode::Undecided,
    })
}

/// The documents of a question that could not be put; the failure itself goes to stderr.
pub(super) fn no_answer(
    context: &mut Context,
    failure: Failure,
    target: Option<&str>,
    args: &GateArgs,
) -> Result<ExitCode, Failure> {
    let mut report = Report::no_answer(target, vec![as_reason(&failure)]);
    report.exit = failure.code as u8;
    if args.report_only {
        report.only_report();
        context.output.warn("REPORT ONLY: the decision is ERROR");
    }
    documents(context, args, &report)?;
    Err(failure)
}

/// What other programs read, in each of the forms that were asked for.
fn documents(context: &mut Context, args: &GateArgs, report: &Report) -> Result<(), Failure> {
    if args.github {
        // The runner reads stderr too, and stdout stays what it is without this flag.
        for line in github::lines(report) {
            context.output.warn(&line);
        }
    }
    if let Some(file) = &args.junit {
        let path = context.dir().join(file);
        let written = junit::document(report).and_then(|xml| std::fs::write(&path, xml));
        written.map_err(|error| {
            let text = format!("E-UNAVAILABLE --junit {}", path.display());
            Failure::new(ExitCode::Undecided, text)
                .caused_by(&error)
                .hint("name a file that can be written")
        })?;
    }
    if args.sarif {
        context.output.json(&sarif::document(report))?;
    } else if args.json {
        context.output.json(report)?;
    }
    Ok(())
}

fn report(context: &mut Context, args: &GateArgs) -> Result<Report, Failure> {
    let Place {
        session,
        range: asked,
    } = place(context, args)?;
    not_out_of_the_tree(&session)?;
    let asked = asked.as_deref();
    let target = target(&session, args)?;
    let root = root(&context.dir(), &session, args, &target)?;
    let range = range(&session, args.first, asked, &target, root)?;
    let tip = session
        .target_tip(&target)
        .map_err(|error| undecided(&error))?;
    let notes = session.notes_refs();
    let roots = session.roots();
    let question = Question {
        store: &session.store,
        target: &target,
        range,
        root,
        first: args.first,
        notes: &notes,
        incoming: None,
        roots: &roots,
        remote: session.remote.as_deref(),
        target_tip: tip,
        now: context.now,
    };
    Ok(judge(&question, &SshVerifier))
}

/// A program out of the tree it judges could say anything.
fn not_out_of_the_tree(session: &Session) -> Result<(), Failure> {
    let own = std::env::current_exe().and_then(std::fs::canonicalize);
    let tree = session.store.workdir().map(std::fs::canonicalize);
    match (own, tree) {
        (Ok(own), Some(Ok(tree))) if own.starts_with(&tree) => Err(Failure::usage(format!(
            "the gate does not run out of its own repository's work tree: {}",
            own.display()
        ))
        .hint("install it elsewhere, and judge with that")),
        _ => Ok(()),
    }
}

/// The target asked for, else the policy's first.
fn target(session: &Session, args: &GateArgs) -> Result<String, Failure> {
    if let Some(target) = &args.target {
        return Ok(full_ref(target));
    }
    let policy = session
        .default_policy()
        .map_err(|error| undecided(&error))?;
    policy
        .target()
        .map(str::to_owned)
        .ok_or_else(|| match session.store.resolve_commit("HEAD") {
            Ok(_) => Failure::new(
                ExitCode::Undecided,
                "E-POLICY-MISSING no branch is known here by whose policy to judge",
            )
            .hint("fetch it, or name it: --target BRANCH"),
            Err(_) => Failure::usage("nothing to judge: this repository has no commits"),
        })
}

/// The root of trust: a full object id, or a file that holds one; else what this client pinned.
fn root(
    dir: &Path,
    session: &Session,
    args: &GateArgs,
    target: &str,
) -> Result<Option<Oid>, Failure> {
    match &args.policy_root {
        Some(text) => written_root(dir, text).map(Some),
        None => {
            let pins = session.journal.pins().load();
            let pins = pins.map_err(|error| Failure::from_error(ExitCode::Undecided, &error))?;
            Ok(pins.root_of(target))
        }
    }
}

/// The root of trust as it was given: a full object id, or a file that holds one.
pub(super) fn written_root(dir: &Path, text: &str) -> Result<Oid, Failure> {
    if let Ok(oid) = text.parse() {
        return Ok(oid);
    }
    let wrong = |why: &str| {
        Failure::new(
            ExitCode::Undecided,
            format!("E-POLICY-ROOT --policy-root {text:?}: {why}"),
        )
        .hint("give a full object id of 40 hex digits, or a file that holds one")
    };
    let content =
        std::fs::read_to_string(dir.join(text)).map_err(|error| wrong(&error.to_string()))?;
    content
        .trim()
        .parse()
        .map_err(|_| wrong("the file holds no full object id"))
}

fn range(
    session: &Session,
    from_root: bool,
    asked: Option<&str>,
    target: &str,
    root: Option<Oid>,
) -> Result<Range, Failure> {
    if from_root {
        return first(&session.store, asked, root);
    }
    let tracked = session.tracked_target(target);
    let range = Range::resolve(&session.store, asked, tracked.as_deref());
    range.map_err(|error| match error {
        RangeError::Git(error) => unresolved(&session.store, &error),
        error => Failure::from_error(ExitCode::Usage, &error)
            .hint("countersign gate LAST_DEPLOYED..CANDIDATE judges what lies between"),
    })
}

/// `--first`: from the root on.
fn first(store: &Store, asked: Option<&str>, root: Option<Oid>) -> Result<Range, Failure> {
    let text = asked.unwrap_or("HEAD");
    let candidate = text
        .rsplit_once("..")
        .map_or(text, |(_, candidate)| candidate);
    let candidate = store
        .resolve_commit(if candidate.is_empty() {
            "HEAD"
        } else {
            candidate
        })
        .map_err(|error| unresolved(store, &error))?;
    // Without a root the gate says so itself.
    let base = root.unwrap_or(candidate);
    if root == Some(candidate) {
        return Err(
            Failure::usage("nothing to judge: the candidate is the policy root itself")
                .hint("countersign gate LAST_DEPLOYED..CANDIDATE judges what lies between"),
        );
    }
    Ok(Range {
        base,
        candidate,
        base_written: true,
    })
}

fn undecided(error: &GitError) -> Failure {
    let failure = Failure::from_error(ExitCode::Undecided, error);
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// A failure before the question could be put, as a reason of the document.
fn as_reason(failure: &Failure) -> Reason {
    let named = ReasonId::ALL
        .iter()
        .find(|id| failure.message.split(' ').next() == Some(id.as_str()));
    let id = named.copied().unwrap_or(match failure.code {
        ExitCode::Usage => ReasonId::Usage,
        ExitCode::Unavailable => ReasonId::Unavailable,
        _ => ReasonId::Undecided,
    });
    let text = failure.message.trim_start_matches(id.as_str()).trim_start();
    let causes = failure.causes.iter().map(String::as_str);
    let text = std::iter::once(text).chain(causes).collect::<Vec<_>>();
    Reason::new(id, text.join(": "))
}

fn print(context: &mut Context, args: &GateArgs, report: &Report) -> Result<(), Failure> {
    let word = word(report.decision);
    for reason in report
        .reasons
        .iter()
        .chain(report.runs.iter().flat_map(|run| &run.reasons))
    {
        context.output.warn(&reason.to_string());
    }
    for warning in &report.warnings {
        context.output.remark(&warning.to_string());
    }
    if !report.ignored.is_empty() {
        let count = report.ignored.len();
        context.output.remark(&format!(
            "W-NOTE-IGNORED: {count} lines of notes are no statements (--json lists them)"
        ));
    }
    if let Some(policy) = &report.policy {
        let rules = policy.assessed_by_rules;
        context.output.remark(&format!("assessed by rules {rules}"));
    }
    if report.report_only {
        context
            .output
            .warn(&format!("REPORT ONLY: the decision is {word}"));
    }
    documents(context, args, report)?;
    if args.json || args.sarif {
        return Ok(());
    }
    for run in report
        .runs
        .iter()
        .filter(|run| run.standing != Standing::NotApplicable)
    {
        context.output.line(&line(run))?;
    }
    let exempt = report
        .runs
        .iter()
        .filter(|run| run.standing == Standing::NotApplicable)
        .count();
    let judged = report.runs.len() - exempt;
    let only = if report.report_only {
        "REPORT ONLY "
    } else {
        ""
    };
    context.output.line(&format!(
        "{only}{word} {judged} runs judged, {exempt} exempt"
    ))?;
    if let Some(oid) = report.next_policy_root {
        context.output.line(&format!("next-policy-root={oid}"))?;
    }
    if let Some(oid) = report.verified_oid {
        context.output.line(&format!("verified-oid={oid}"))?;
    }
    Ok(())
}

/// One run in a line: what it is, how it stands, which rule, who has and who could.
fn line(run: &RunReport) -> String {
    let mut parts = vec![
        run.last.short(12),
        match run.standing {
            Standing::Satisfied => "satisfied",
            Standing::Overridden => "overridden",
            Standing::Unsatisfied => "unsatisfied",
            Standing::NotApplicable => "not-applicable",
            Standing::BeforeRoot => "before-root",
            Standing::Error => "error",
        }
        .to_owned(),
    ];
    parts.extend(run.level.map(str::to_owned));
    if run.ai.is {
        parts.push("ai".to_owned());
    }
    for rule in &run.rules {
        parts.push(format!("{} {}/{}", rule.name, rule.have, rule.needed));
        if rule.have < rule.needed {
            if !rule.could.is_empty() {
                parts.push(format!("could: {}", rule.could.join(" ")));
            }
            for reason in &rule.cannot {
                let who = reason.reviewer.as_deref().unwrap_or("?");
                parts.push(format!("may not: {who} ({})", reason.id));
            }
        }
    }
    for approval in &run.approvals {
        parts.push(format!(
            "by {} {} {}",
            approval.reviewer, approval.key, approval.carried
        ));
    }
    for lifted in &run.lifted {
        let by: Vec<&str> = lifted.by.iter().map(|one| one.reviewer.as_str()).collect();
        parts.push(format!(
            "rejection of {} lifted by {}",
            lifted.reviewer,
            by.join(" ")
        ));
    }
    crate::change::escape_ascii(&parts.join("  ")).into_owned()
}

const fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Allow => "ALLOW",
        Decision::Pending => "PENDING",
        Decision::Deny => "DENY",
        Decision::Error => "ERROR",
    }
}
