//! `countersign scan`: which commits are AI-generated, by what marker, and the risk of each.

use std::io::BufRead as _;

use serde_json::{Value, json};

use super::args::ScanArgs;
use super::context::git_failure;
use super::row::{path, thousandths};
use super::table::Table;
use super::{Context, ExitCode, Failure};
use crate::change::{Markers, Oid};
use crate::evidence::Span;
use crate::git::{EMPTY_TREE, Store};
use crate::risk::{Assessment, Finding};

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &ScanArgs) -> Result<ExitCode, Failure> {
    let session = context.session()?;
    let policy = session
        .default_policy()
        .map_err(|error| git_failure(&error))?;
    let extra = policy
        .policy()
        .map(|trusted| trusted.policy.scope.markers.clone());
    let markers = Markers::with(&extra.unwrap_or_default()).unwrap_or_else(|_| Markers::built_in());
    let commits = commits(&session.store, args)?;
    let mut table = Table::default();
    for spec in commits {
        let oid = session
            .store
            .resolve_commit(&spec)
            .map_err(|error| Failure::from_error(ExitCode::Usage, &error))?;
        let (span, assessment) = assess(&session.store, oid, &markers)
            .map_err(|error| Failure::from_error(ExitCode::Undecided, &error))?;
        if args.jsonl {
            context
                .output
                .json(&line(oid, &span, &assessment))?;
        } else {
            let subject = span.commits.last().map_or("", |commit| commit.subject());
            table.row([
                oid.short(12).as_str(),
                if span.provenance.is_ai() { "ai" } else { "-" },
                assessment.level.as_str(),
                &span.provenance.texts().join("; "),
                subject,
            ]);
        }
    }
    for line in table.lines(None, false) {
        context.output.line(&line)?;
    }
    Ok(ExitCode::Done)
}

/// The commits asked about, as revisions, in the order of the input or oldest first.
fn commits(store: &Store, args: &ScanArgs) -> Result<Vec<String>, Failure> {
    if args.stdin {
        return std::io::stdin()
            .lock()
            .lines()
            .map(|line| line.map(|line| line.trim().to_owned()))
            .collect::<Result<_, _>>()
            .map_err(|error| Failure::usage("cannot read stdin").caused_by(&error));
    }
    let range = args.range.as_deref().unwrap_or("HEAD");
    let failed = |error| Failure::from_error(ExitCode::Usage, &error);
    let Some((base, head)) = range.split_once("..") else {
        return Ok(vec![range.to_owned()]);
    };
    let named = |text: &str| {
        if text.is_empty() {
            "HEAD".to_owned()
        } else {
            text.to_owned()
        }
    };
    let base = store.resolve_commit(&named(base)).map_err(failed)?;
    let head = store.resolve_commit(&named(head)).map_err(failed)?;
    let oids = store.commits_between(&[base], head).map_err(failed)?;
    Ok(oids.iter().map(ToString::to_string).collect())
}

/// One commit against its first parent. A root commit is compared with nothing.
fn assess(
    store: &Store,
    oid: Oid,
    markers: &Markers,
) -> Result<(Span, Assessment), crate::git::GitError> {
    let commit = store.commit(oid)?;
    let span = match commit.parents.first() {
        Some(parent) => Span::of_commit(store, commit.clone(), *parent, markers)?,
        None => Span::of_root(store, commit.clone(), EMPTY_TREE, markers)?,
    };
    let files = span.files(store)?;
    let assessment = span.assess(store, &files, commit.subject(), None);
    Ok((span, assessment))
}

fn line(oid: Oid, span: &Span, assessment: &Assessment) -> Value {
    json!({
        "oid": oid,
        "ai": {"is": span.provenance.is_ai(), "markers": span.provenance.texts()},
        "likelihood": assessment.likelihood,
        "impact": assessment.impact,
        "cost": assessment.cost,
        "level": assessment.level,
        "key": thousandths(assessment.key.as_milli()),
        "terms": terms(assessment),
        "findings": assessment.findings.iter().map(finding).collect::<Vec<_>>(),
        "unreadable": assessment
            .unreadable
            .iter()
            .map(|content| json!({"path": path(&content.path), "why": content.why.as_str()}))
            .collect::<Vec<_>>(),
    })
}

/// The terms of the likelihood, each with its sentence.
pub(super) fn terms(assessment: &Assessment) -> Value {
    assessment
        .terms
        .iter()
        .map(|term| json!({"points": thousandths(term.points.as_milli()), "why": term.why}))
        .collect()
}

/// A finding as every command prints it.
pub(super) fn finding(finding: &Finding) -> Value {
    json!({
        "id": finding.id,
        "rule": finding.rule,
        "severity": finding.severity,
        "path": path(&finding.path),
        "side": finding.side.map(|side| side.as_str()),
        "line": finding.line,
        "message": finding.message,
    })
}
