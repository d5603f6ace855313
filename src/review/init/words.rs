//! What a policy means for the people in it, a sentence each. Read from the policy itself, so that
//! the words are true of what is written.

use crate::policy::{Mode, Policy, Rule};

/// The consequences of a policy, the most important first.
pub fn consequences(policy: &Policy) -> Vec<String> {
    let mut said = vec![scope(policy)];
    said.extend(policy.rules.iter().map(|rule| one_rule(policy, rule)));
    let change = &policy.policy_change;
    let owners = policy.holders(&change.from).count();
    said.push(format!(
        "a change of .countersign/ itself needs {} of the {owners} policy owners, whoever makes it",
        change.approvals
    ));
    let people = policy.people.len();
    said.push(match people {
        2 => {
            let names: Vec<&str> = policy.people.keys().map(String::as_str).collect();
            format!(
                "nobody can approve alone what they made: {} waits for {} and the other way round; when one is away the other's changes wait, a third person ends that",
                names.first().copied().unwrap_or_default(),
                names.last().copied().unwrap_or_default(),
            )
        }
        _ => "nobody can approve alone what they made, nor what an agent made that they run"
            .to_owned(),
    });
    said.push(
        "a rejection by any of them blocks until it is withdrawn; an approval counts for 30 days"
            .to_owned(),
    );
    if policy.break_glass.is_none() {
        said.push(
            "there is no way round in an emergency: add [break_glass] if there shall be one"
                .to_owned(),
        );
    }
    said
}

fn scope(policy: &Policy) -> String {
    let targets: Vec<String> = policy
        .scope
        .targets
        .iter()
        .map(|target| short(target.as_str()).to_owned())
        .collect();
    let targets = targets.join(", ");
    match policy.scope.mode {
        Mode::All => format!("every change on its way to {targets} is judged, whoever made it"),
        Mode::UnlessHumanSigned => format!(
            "every change on its way to {targets} is judged, unless each of its commits is signed by {} (git commit -S)",
            any_of(policy)
        ),
        Mode::Flagged => format!(
            "only changes on their way to {targets} that carry the mark of an AI tool are judged; one without a mark passes unseen"
        ),
    }
}

fn any_of(policy: &Policy) -> String {
    let names = &policy.scope.exempt_humans;
    match names.split_last() {
        None => "nobody".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

fn one_rule(policy: &Policy, rule: &Rule) -> String {
    let demands = &rule.demands;
    let holders = policy.holders(&demands.from).count() as u64;
    let what = match (&rule.matches.paths, rule.matches.risk) {
        (Some(paths), None) if paths.iter().any(crate::policy::Glob::is_everything) => {
            "each of them".to_owned()
        }
        (Some(paths), _) => {
            let paths: Vec<&str> = paths.iter().map(crate::policy::Glob::as_str).collect();
            format!("what touches {}", paths.join(", "))
        }
        (None, Some(level)) => format!("a change of risk {level} and above"),
        (None, None) => "each of them".to_owned(),
    };
    let mut text = format!(
        "{what} needs {} of the {holders} people who may approve",
        demands.approvals
    );
    if demands.approvals + 1 == holders {
        text.push_str(if holders == 2 {
            ": the one who did not make it"
        } else {
            ": all but the one who made it"
        });
    }
    if demands.min_viewed > 0 {
        text.push_str(", with every hunk of it seen on the screen");
    }
    if demands.acknowledge {
        text.push_str(" and every serious finding answered");
    }
    text
}

/// A ref as people say it.
fn short(name: &str) -> &str {
    name.strip_prefix("refs/heads/").unwrap_or(name)
}
