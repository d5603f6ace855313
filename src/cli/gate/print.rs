//! The answer for a person.

use super::super::args::GateArgs;
use super::super::{Context, Failure};
use super::documents;
use crate::gate::{Report, RestoresReport, RunReport, Standing};
use crate::policy::{Decision, ReasonId};

/// Prints the reasons, the documents that were asked for, and else the answer in lines.
pub(super) fn print(
    context: &mut Context,
    args: &GateArgs,
    report: &Report,
) -> Result<(), Failure> {
    let word = match report.break_glass {
        true => "ALLOW_BREAK_GLASS",
        false => word(report.decision),
    };
    remarks(context, report, word);
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
    last(context, report)
}

/// What the next run and the deployment need; the commit to deploy is the last line of all.
fn last(context: &mut Context, report: &Report) -> Result<(), Failure> {
    if let Some(oid) = report.next_policy_root {
        context.output.line(&format!("next-policy-root={oid}"))?;
    }
    if let Some(pin) = &report.next_pin {
        let line = format!("notes-pin={}={}", pin.name, pin.oid);
        context.output.line(&line)?;
    }
    if let Some(oid) = report.verified_oid {
        let part = report.deployable.as_ref();
        let part = part.map_or_else(String::new, |name| format!(" deployable={name}"));
        context.output.line(&format!("verified-oid={oid}{part}"))?;
    }
    Ok(())
}

/// What goes to stderr: every reason, every warning, by what it was judged.
fn remarks(context: &mut Context, report: &Report, word: &str) {
    for reason in report
        .reasons
        .iter()
        .chain(report.runs.iter().flat_map(|run| &run.reasons))
    {
        context.output.warn(&reason.to_string());
    }
    for warning in &report.warnings {
        match warning.id {
            // Nobody shall overlook this one, not with -q either.
            ReasonId::BreakGlass => context.output.warn(&format!("{word} {warning}")),
            _ => context.output.remark(&warning.to_string()),
        }
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
}

/// One run in a line: what it is, how it stands, which rule, who has and who could.
fn line(run: &RunReport) -> String {
    let mut parts = vec![
        run.last.short(12),
        match run.standing {
            Standing::Satisfied => "satisfied",
            Standing::Restored => "restored",
            Standing::Overridden => "overridden",
            Standing::Unsatisfied => "unsatisfied",
            Standing::NotApplicable => "not-applicable",
            Standing::BeforeRoot => "before-root",
            Standing::Error => "error",
        }
        .to_owned(),
    ];
    parts.extend(run.restores.iter().map(RestoresReport::text));
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
    if let Some(broken) = &run.break_glass {
        let by: Vec<&str> = broken.by.iter().map(|one| one.reviewer.as_str()).collect();
        parts.push(format!(
            "by break-glass of {} until {}",
            by.join(" "),
            broken.until
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
