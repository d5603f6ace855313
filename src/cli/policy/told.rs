//! `policy explain` for people: to be read in ten seconds.

use super::explain::{Asked, Explained, Of};
use crate::diff::visible;
use crate::policy::{Applies, Class, Decision, Holds, Reason};
use crate::review::Opened;

/// The whole answer, fit for a terminal.
pub(super) fn lines(explained: &Explained) -> Vec<String> {
    let mut lines = head(explained);
    lines.push(String::new());
    if let Of::Change { opened, .. } = &explained.of {
        lines.extend(now(opened));
    }
    lines.extend(rules(explained));
    lines.extend(people(explained));
    if let Of::Change { opened, .. } = &explained.of {
        lines.extend(terms(opened, explained));
    }
    lines.extend(labelled("next", explained.next.clone()));
    let visible = |line: String| visible::text(line.as_bytes()).into_owned();
    lines.into_iter().map(visible).collect()
}

/// What is asked about, for which target and by which policy.
fn head(explained: &Explained) -> Vec<String> {
    let by = format!(
        "{} · policy v{} at {}",
        explained.target.trim_start_matches("refs/heads/"),
        explained.policy.policy.version,
        explained.policy.commit.short(12)
    );
    match &explained.of {
        Of::Paths(paths) => {
            let paths: Vec<String> = paths.iter().map(ToString::to_string).collect();
            vec![paths.join("  "), by]
        }
        Of::Change { opened, queued } => {
            let revision = &opened.revision;
            let name = if *queued {
                revision.name().to_string()
            } else {
                revision.head.oid.short(12)
            };
            let assessment = &opened.assessment;
            let markers = opened.span.provenance.texts();
            let ai = match markers.as_slice() {
                [] => "no AI marker".to_owned(),
                [one] => format!("AI: {one}"),
                [first, more @ ..] => format!("AI: {first} and {} more", more.len()),
            };
            vec![
                format!("{name}  {}", revision.title),
                format!(
                    "{by} · risk {} (likelihood {}, impact {}) · {ai}",
                    assessment.level, assessment.likelihood, assessment.impact
                ),
            ]
        }
    }
}

/// What the gate would say now.
fn now(opened: &Opened) -> Vec<String> {
    let Some(outcome) = &opened.outcome else {
        return Vec::new();
    };
    let decision = outcome.decision();
    let word = match (decision, outcome.applies) {
        (Decision::Allow, Applies::HumanSigned) => {
            "ALLOW (0): exempt people signed every commit of it"
        }
        (Decision::Allow, Applies::NotFlagged) => "ALLOW (0): nothing says that it is AI's",
        (Decision::Allow, Applies::Yes) => "ALLOW (0): every rule is met",
        (Decision::Pending, _) => "PENDING (8): approvals are missing",
        (Decision::Deny, _) => "DENY (1): approvals alone would not help",
        (Decision::Error, _) => "ERROR (3): the gate would not answer",
    };
    let mut lines = labelled("now", vec![word.to_owned()]);
    let heavy = |reason: &&Reason| reason.class() > Class::Missing;
    let reasons = outcome.reasons.iter().filter(heavy);
    let why = reasons
        .chain(&outcome.set_aside)
        .map(|reason| format!("{reason}"));
    lines.extend(labelled("but", why.collect()));
    lines
}

/// The rules: those that hold, those that might, and last those that do not.
fn rules(explained: &Explained) -> Vec<String> {
    let change = matches!(explained.of, Of::Change { .. });
    let of = |holds: Holds| {
        let rules = explained.rules.iter();
        rules.filter(move |rule| rule.holds() == holds)
    };
    let widest = explained
        .rules
        .iter()
        .map(|rule| rule.rule().name.chars().count());
    let width = widest.max().unwrap_or(0).min(24);
    let mut lines = Vec::new();
    let exempt = match &explained.of {
        Of::Change { opened, .. } => {
            let outcome = opened.outcome.as_ref();
            outcome.is_some_and(|outcome| outcome.applies != Applies::Yes)
        }
        Of::Paths(_) => false,
    };
    let asks = if exempt { "would" } else { "asks" };
    for (label, holds) in [(asks, Holds::Yes), ("might", Holds::Perhaps)] {
        let told = of(holds).flat_map(|rule| asked(rule, width, change));
        lines.extend(labelled(label, told.collect()));
    }
    let not = of(Holds::No).map(|rule| {
        let why = rule
            .weighed
            .because
            .iter()
            .filter(|one| one.holds == Holds::No);
        let why: Vec<&str> = why.map(|one| one.text.as_str()).collect();
        format!("{:<width$}  {}", rule.rule().name, why.join(", "))
    });
    lines.extend(labelled("not", not.collect()));
    lines
}

/// One rule that holds or might: how many of whom, why, and what else it asks.
fn asked(rule: &Asked, width: usize, change: bool) -> Vec<String> {
    let from = rule.rule().demands.from.join(" or ");
    let number = if change && rule.holds() == Holds::Yes {
        format!("{} of {} {from}", rule.have.len(), rule.needed)
    } else {
        format!("{} {from}", rule.needed)
    };
    let why: Vec<&str> = rule
        .weighed
        .because
        .iter()
        .map(|one| one.text.as_str())
        .collect();
    let words = rule.rule().demands.in_words();
    vec![
        format!(
            "{:<width$}  {number}  because {}",
            rule.rule().name,
            why.join("; ")
        ),
        format!("{:width$}    {}", "", words.join(" · ")),
    ]
}

/// Who may and who may not, once for each set of roles that is asked.
fn people(explained: &Explained) -> Vec<String> {
    let mut lines = Vec::new();
    let mut told: Vec<&[String]> = Vec::new();
    let asking = explained
        .rules
        .iter()
        .filter(|rule| rule.holds() != Holds::No);
    let asking: Vec<&Asked> = asking.collect();
    let several = asking
        .iter()
        .any(|rule| rule.rule().demands.from != asking[0].rule().demands.from);
    for rule in &asking {
        let from = rule.rule().demands.from.as_slice();
        if told.contains(&from) {
            continue;
        }
        told.push(from);
        let as_what = if several {
            format!(" as {}", from.join(" or "))
        } else {
            String::new()
        };
        let mut may: Vec<String> = Vec::new();
        if !rule.have.is_empty() {
            may.push(format!("{} did{as_what}", rule.have.join(", ")));
        }
        let could: Vec<&str> = rule.could().collect();
        may.push(match could.as_slice() {
            [] => format!(
                "nobody{}{as_what}",
                if rule.have.is_empty() { "" } else { " else" }
            ),
            could => format!("{}{as_what}", could.join(", ")),
        });
        lines.extend(labelled("may", may));
        let cannot = rule
            .cannot()
            .map(|(person, reason)| format!("{}  {}  {}", person.id, reason.text, reason.id));
        lines.extend(labelled("may not", cannot.collect()));
    }
    lines
}

/// Where the risk comes from, where a rule asks for it.
fn terms(opened: &Opened, explained: &Explained) -> Vec<String> {
    let by_risk = |rule: &Asked| rule.rule().matches.risk.is_some();
    if !explained.rules.iter().any(by_risk) {
        return Vec::new();
    }
    let terms = opened.assessment.terms.iter();
    let told = terms.map(|term| format!("{:>6}  {}", term.points.to_string(), term.why));
    labelled("risk", told.collect())
}

/// Lines behind a label that stands before the first.
pub(super) fn labelled(label: &str, texts: Vec<String>) -> Vec<String> {
    let texts = texts.into_iter().enumerate();
    texts
        .map(|(at, text)| {
            let label = if at == 0 { label } else { "" };
            format!("{label:<8} {text}")
        })
        .collect()
}
