//! `countersign scan`: which commits are AI-generated, by what marker, and the risk of each.

use std::io::BufRead as _;

use serde_json::{Value, json};

use super::args::ScanArgs;
use super::context::{git_failure, unresolved};
use super::progress::Teller;
use super::row::{path, thousandths};
use super::table::Table;
use super::{Context, ExitCode, Failure};
use crate::change::{Markers, Oid, Provenance};
use crate::evidence::{HistoryTrail, Origins, Records, Span};
use crate::git::{EMPTY_TREE, GitError, Store};
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
    let store = &session.store;
    let mut scan = Scan {
        context,
        store,
        trail: HistoryTrail::new(&session.histories),
        origins: Origins::new(markers, Records::open(store)),
        args,
        table: Table::default(),
        lines: Vec::new(),
        failed: None,
    };
    if args.stdin {
        // A line is answered as it comes: a program may wait for the answer before it asks again.
        for line in std::io::stdin().lock().split(b'\n') {
            let line = line.map_err(|error| {
                Failure::usage("cannot read stdin")
                    .caused_by(&error)
                    .hint("give commits, one a line, or leave --stdin out")
            })?;
            scan.one(String::from_utf8_lossy(&line).trim())?;
            scan.context.output.flush()?;
        }
    } else {
        let specs = commits(store, args.range.as_deref().unwrap_or("HEAD"))?;
        // Lines that are printed as they come say themselves how far it is.
        let teller = match args.jsonl {
            true => Teller::default(),
            false => scan.context.output.teller.clone(),
        };
        let progress = teller.begin("scanning");
        for (nth, spec) in specs.iter().enumerate() {
            teller.say(&format!("{nth} of {} commits", specs.len()));
            scan.one(spec)?;
        }
        drop(progress);
    }
    scan.end()
}

/// A scan under way.
struct Scan<'a> {
    context: &'a mut Context,
    store: &'a Store,
    trail: HistoryTrail<'a>,
    origins: Origins,
    args: &'a ScanArgs,
    table: Table,
    lines: Vec<Value>,
    failed: Option<Failure>,
}

/// What is said of one commit.
struct Answer {
    oid: Oid,
    subject: String,
    provenance: Provenance,
    /// None where only who made it was asked.
    risk: Option<Assessment>,
}

impl Scan<'_> {
    /// Answers for one commit. On stdin one that is not here gets a line that says so, and the others
    /// are answered all the same.
    fn one(&mut self, spec: &str) -> Result<(), Failure> {
        let answer = match self.read(spec) {
            Ok(answer) => answer,
            Err(failure) if self.args.stdin => {
                self.table.row([spec, "?", "?", "", &failure.message]);
                self.say(json!({"oid": null, "input": spec, "error": failure.message}))?;
                // The first one that failed gives the exit code, unless a later one is worse.
                if self
                    .failed
                    .as_ref()
                    .is_none_or(|first| first.code == ExitCode::Usage)
                {
                    self.failed = Some(failure);
                }
                return Ok(());
            }
            Err(failure) => return Err(failure),
        };
        if self.args.jsonl || self.args.json {
            return self.say(answer.json());
        }
        self.table.row([
            answer.oid.short(12).as_str(),
            if answer.provenance.is_ai() { "ai" } else { "-" },
            answer.risk.as_ref().map_or("", |risk| risk.level.as_str()),
            &answer.provenance.texts().join("; "),
            &answer.subject,
        ]);
        Ok(())
    }

    /// Who made one commit, and its risk with the history before it.
    fn read(&mut self, spec: &str) -> Result<Answer, Failure> {
        let store = self.store;
        let failed = |error| unresolved(store, &error);
        let oid = store.resolve_commit(spec).map_err(failed)?;
        if self.args.markers {
            let commit = store.commit(oid).map_err(failed)?;
            return Ok(Answer {
                oid,
                subject: commit.subject().to_owned(),
                provenance: self.origins.of(store, [&commit]),
                risk: None,
            });
        }
        let span = span(store, oid, &self.origins).map_err(failed)?;
        let files = span.files_here(store).map_err(failed)?;
        let history = self.trail.ask(store, &span.ask()).map_err(failed)?;
        let subject = span.commits.last().map_or("", |commit| commit.subject());
        let assessment = span.assess(store, &files, subject, None, Some(&history));
        Ok(Answer {
            oid,
            subject: subject.to_owned(),
            risk: Some(assessment),
            provenance: span.provenance,
        })
    }

    fn say(&mut self, line: Value) -> Result<(), Failure> {
        if self.args.jsonl {
            return self.context.output.json(&line);
        }
        self.lines.push(line);
        Ok(())
    }

    fn end(self) -> Result<ExitCode, Failure> {
        let output = &mut self.context.output;
        if self.args.json {
            let document = json!({"schema": "countersign/scan/1", "commits": self.lines});
            output.json(&document)?;
        }
        if !self.args.json && !self.args.jsonl {
            for line in self.table.lines(None, false) {
                output.line(&line)?;
            }
        }
        self.failed.map_or(Ok(ExitCode::Done), Err)
    }
}

/// The commits of a range, oldest first, or the one that is named.
fn commits(store: &Store, range: &str) -> Result<Vec<String>, Failure> {
    let failed = |error| unresolved(store, &error);
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
fn span(store: &Store, oid: Oid, origins: &Origins) -> Result<Span, GitError> {
    let commit = store.commit(oid)?;
    match commit.parents.first().copied() {
        Some(parent) => Span::of_commit(store, commit, parent, origins),
        None => Span::of_root(store, commit, EMPTY_TREE, origins),
    }
}

impl Answer {
    fn json(&self) -> Value {
        let ai = json!({"is": self.provenance.is_ai(), "markers": self.provenance.texts()});
        let Some(risk) = &self.risk else {
            return json!({"oid": self.oid, "ai": ai});
        };
        json!({
            "oid": self.oid,
            "ai": ai,
            "likelihood": risk.likelihood,
            "impact": risk.impact,
            "cost": risk.cost,
            "level": risk.level,
            "key": thousandths(risk.key.as_milli()),
            "terms": terms(risk),
            "findings": risk.findings.iter().map(finding).collect::<Vec<_>>(),
            "unreadable": risk
                .unreadable
                .iter()
                .map(|content| json!({"path": path(&content.path), "why": content.why.as_str()}))
                .collect::<Vec<_>>(),
        })
    }
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
        "tool": finding.tool,
        "rule": finding.rule,
        "severity": finding.severity,
        "path": path(&finding.path),
        "side": finding.side.map(|side| side.as_str()),
        "line": finding.line,
        "message": finding.message,
    })
}
