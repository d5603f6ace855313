//! `countersign show`: one change in words, with its patch or its remarks.

use serde_json::{Value, json};

use super::args::{ShowArgs, ShowFormat};
use super::change::{Prefix, find};
use super::context::failure;
use super::patch::patch;
use super::remarks::{self, unanswered};
use super::row::{FIELDS, path, row};
use super::scan::terms;
use super::{Context, ExitCode, Failure, export, interdiff, policy_change, said, scanned};
use crate::change::QueueRef;
use crate::diff::{FileDiff, FileStatus, visible};
use crate::queue::{Entry, Place, State};
use crate::review::remarks::{Remark, RemarkState, remarks};
use crate::review::{Closing, Desk, Opened, Session, closing};
use crate::risk::Finding;

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &ShowArgs) -> Result<ExitCode, Failure> {
    let session = context.session()?;
    let mut desk = Desk::new(&session, context.now).map_err(|error| failure(&error))?;
    let name = find(desk.refs(), &args.change, Prefix::Fine)?;
    if let Some(range) = &args.interdiff {
        interdiff::run(context, &desk, &name, range, args)?;
        return Ok(ExitCode::Done);
    }
    let (opened, entry) = desk.show(&name).map_err(|error| failure(&error))?;
    if args.comments || args.format.is_some() {
        remarked(context, &session, &mut desk, args, &opened, &entry)?;
    } else if args.json {
        let mut document = document(context, &opened, &entry);
        if let Some(closed) = closed(&session, &entry)? {
            document["closed"] = json!(closed);
        }
        if args.patch {
            let patches = opened.files.iter().flat_map(patch).collect::<Vec<u8>>();
            document["patch"] = json!(String::from_utf8_lossy(&patches));
        }
        context.output.json(&document)?;
        return Ok(ExitCode::Done);
    } else {
        summary(context, &session, &opened, &entry)?;
    }
    if args.patch && !args.json && args.format.is_none() {
        for file in &opened.files {
            context.output.data(&patch(file))?;
        }
    }
    Ok(ExitCode::Done)
}

/// What was said of it and what was found, in the format asked for.
fn remarked(
    context: &mut Context,
    session: &Session,
    desk: &mut Desk<'_>,
    args: &ShowArgs,
    opened: &Opened,
    entry: &Entry,
) -> Result<(), Failure> {
    let newest = desk.refs().newest(&opened.revision.id);
    let number = newest.map_or(opened.revision.number, |(number, _)| number);
    let name = QueueRef {
        number,
        id: opened.revision.id.clone(),
    };
    // A newest revision that cannot be read tells nothing; the one asked for is at hand.
    let newest = if number == opened.revision.number {
        None
    } else {
        desk.open(&name).ok()
    };
    let newest = newest.as_ref().unwrap_or(opened);
    let remarks = remarks(&session.store, desk, opened, newest);
    let findings = unanswered(desk, opened);
    match args.format {
        Some(ShowFormat::Markdown) => {
            let text = export::markdown(&remarks, &findings, entry);
            context.output.data(text.as_bytes())
        }
        Some(ShowFormat::Sarif) => context.output.json(&export::sarif(&remarks, &findings)),
        Some(ShowFormat::Rdjson) => context.output.json(&export::rdjson(&remarks, &findings)),
        None if args.json => {
            let document = remarks::document(&remarks, &findings, opened, entry);
            context.output.json(&document)
        }
        None => remark_lines(context, opened, &remarks),
    }
}

fn document(context: &Context, opened: &Opened, entry: &Entry) -> Value {
    let mut document = row(entry, &FIELDS, context.now);
    document["schema"] = json!("countersign/show/1");
    document["body"] = json!(opened.revision.body);
    document["content"] = json!(opened.content.sha256);
    document["notes"] = json!(entry.notes);
    document["hazards"] = opened
        .hazards
        .iter()
        .map(|one| json!({"path": path(&one.path), "text": one.hazard.text()}))
        .collect();
    document["commitList"] = opened
        .span
        .commits
        .iter()
        .map(|commit| {
            json!({"oid": commit.oid, "subject": commit.subject(), "author": {"name": commit.author.name, "email": commit.author.email}})
        })
        .collect();
    document["terms"] = terms(&opened.assessment);
    document["findings"] = scanned::findings(opened);
    document["scanners"] = scanned::reports(&opened.scanned);
    document["findingsElsewhere"] = scanned::elsewhere(&opened.scanned);
    document["policyChange"] = json!(opened.policy_change.as_ref().map(policy_change::value));
    document["owners"] = json!(opened.route.as_ref().map_or(&[][..], |route| &route.owners));
    document["assessedByRules"] = json!(opened.assessment.rules_digest);
    document["fileList"] = opened
        .files
        .iter()
        .map(|file| {
            json!({
                "path": path(file.path()),
                "oldPath": file.old.as_ref().filter(|_| renamed(file)).map(|side| path(&side.path)),
                "status": status(file),
                "added": file.added,
                "removed": file.removed,
            })
        })
        .collect();
    document["reasons"] = opened
        .outcome
        .iter()
        .flat_map(|outcome| outcome.reasons.iter().chain(&outcome.set_aside))
        .map(|reason| json!(reason))
        .collect();
    document["verdicts"] = opened.said.iter().map(said::value).collect();
    document
}

/// The remarks as lines for people.
fn remark_lines(context: &mut Context, opened: &Opened, all: &[Remark<'_>]) -> Result<(), Failure> {
    for one in &opened.said {
        context.output.line(&said::line(one))?;
        for remark in all.iter().filter(|remark| remark.said.digest == one.digest) {
            let comment = remark.comment;
            let place = match (&comment.path, comment.line) {
                (Some(path), Some(line)) => format!("{path}:{line}"),
                (Some(path), None) => path.to_string(),
                (None, _) => "the change".to_owned(),
            };
            let moved = match remark.state() {
                RemarkState::Moved(line) => format!(" to {line}"),
                _ => String::new(),
            };
            let text = format!(
                "  {} {}{moved} {} {place}: {}",
                remark.id,
                remark.state().as_str(),
                said::severity(comment.severity),
                comment.body.replace('\n', " / ")
            );
            context.output.line(&visible::text(text.as_bytes()))?;
        }
    }
    Ok(())
}

/// What was said when it was closed.
fn closed(session: &Session, entry: &Entry) -> Result<Option<Closing>, Failure> {
    if entry.state != State::Closed {
        return Ok(None);
    }
    closing(session, &entry.id).map_err(|error| failure(&error))
}

fn summary(
    context: &mut Context,
    session: &Session,
    opened: &Opened,
    entry: &Entry,
) -> Result<(), Failure> {
    let revision = &opened.revision;
    let mut lines = facts(opened, entry);
    if let Some(said) = closed(session, entry)? {
        let message = said.message.replace('\n', " / ");
        lines.push(format!(
            "closed    by {} at {}: {message}",
            said.by, said.at
        ));
    }
    lines.push(format!("place     {}", Place::of(entry, context.now)));
    lines.extend(standing(opened));
    lines.extend(opened.policy_change.iter().flat_map(policy_change::lines));
    let hazards = crate::git::hazards_in_words(&opened.hazards);
    let oddities = hazards.iter().chain(&entry.notes);
    lines.extend(oddities.map(|oddity| format!("odd       {oddity}")));
    lines.extend(opened.files.iter().map(|file| {
        let (path, added, removed) = (file.path(), file.added, file.removed);
        format!("{} {path}  +{added} -{removed}", letter(file))
    }));
    lines.extend(opened.assessment.findings.iter().map(found_line));
    lines.extend(scanned::lines(&opened.scanned));
    lines.extend(opened.said.iter().map(said::line));
    for line in lines {
        context.output.line(&visible::text(line.as_bytes()))?;
    }
    for line in revision.body.lines() {
        context
            .output
            .line(&format!("    {}", visible::text(line.as_bytes())))?;
    }
    Ok(())
}

/// What the change is, and how risky.
fn facts(opened: &Opened, entry: &Entry) -> Vec<String> {
    let revision = &opened.revision;
    let mut lines = vec![
        format!("{}  {}", revision.name(), revision.title),
        format!("state     {}", entry.state.as_str()),
        format!("target    {}", revision.target),
        format!("head      {}", revision.head.oid),
        format!("base      {}", revision.base),
        format!("content   {}", opened.content.sha256),
        format!(
            "author    {} <{}>{}",
            entry.author.name,
            entry.author.email,
            revision
                .agent()
                .map_or_else(String::new, |agent| format!("  agent {agent}"))
        ),
    ];
    lines.extend(
        entry
            .ai_markers
            .iter()
            .map(|marker| format!("marker    {marker}")),
    );
    let assessment = &opened.assessment;
    lines.push(format!(
        "risk      {}: likelihood {}, impact {}, reading {}",
        assessment.level, assessment.likelihood, assessment.impact, assessment.cost
    ));
    lines.extend(
        assessment
            .terms
            .iter()
            .map(|term| format!("          {:>6}  {}", term.points.to_string(), term.why)),
    );
    let rules = assessment.rules_digest;
    lines.push(format!("          assessed by rules {rules}"));
    lines
}

/// What the policy asks, and what is missing.
fn standing(opened: &Opened) -> Vec<String> {
    let mut lines = Vec::new();
    let route = opened.route.as_ref();
    for rule in opened.outcome.iter().flat_map(|outcome| &outcome.rules) {
        let asked = opened.asked(&rule.name);
        lines.push(format!(
            "asks      {}: {} of {} ({}); asked: {}; could: {}",
            rule.name,
            rule.have.len(),
            rule.needed,
            rule.from.join(", "),
            listed(asked),
            listed(&rule.could)
        ));
    }
    if let Some(route) = route {
        if !route.owners.is_empty() {
            lines.push(format!("owners    {}", route.owners.join(" ")));
        }
        lines.extend(route.nobody.iter().map(|why| format!("nobody    {why}")));
    }
    let outcome = opened.outcome.iter();
    let reasons = outcome.flat_map(|outcome| outcome.reasons.iter().chain(&outcome.set_aside));
    lines.extend(reasons.map(|reason| format!("because   {reason}")));
    lines
}

fn listed(persons: &[String]) -> String {
    match persons {
        [] => "nobody".to_owned(),
        all => all.join(", "),
    }
}

/// One finding: how severe, where, which rule, and its id.
fn found_line(found: &Finding) -> String {
    let line = found
        .line
        .map_or_else(String::new, |line| format!(":{line}"));
    let severity = match found.severity {
        3 => "!!",
        2 => "! ",
        _ => ". ",
    };
    format!(
        "{severity} {}{line}  {}  {}  ({})",
        found.path, found.rule, found.message, found.id
    )
}

fn renamed(file: &FileDiff) -> bool {
    matches!(file.status, FileStatus::Renamed { .. })
}

pub(super) const fn status(file: &FileDiff) -> &'static str {
    match file.status {
        FileStatus::Added => "added",
        FileStatus::Deleted => "deleted",
        FileStatus::Modified => "modified",
        FileStatus::Renamed { .. } => "renamed",
        FileStatus::TypeChanged => "type-changed",
    }
}

pub(super) const fn letter(file: &FileDiff) -> &'static str {
    match file.status {
        FileStatus::Added => "A",
        FileStatus::Deleted => "D",
        FileStatus::Modified => "M",
        FileStatus::Renamed { .. } => "R",
        FileStatus::TypeChanged => "T",
    }
}
