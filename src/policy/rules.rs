//! Which rules a run has to meet, and how many persons each asks.

use super::facts::{Circumstances, Made, Restored, RunFacts, When};
use super::scope::Applies;
use super::{Demands, Glob, Policy, Rule, RuleMatch, UnknownAuthor, UnsignedProposal};
use crate::risk::Level;

/// The name under which `[policy_change]` is judged and reported.
pub(super) const POLICY_CHANGE: &str = "policy_change";

/// A rule that matches a run.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) rule: Rule,
    /// Persons needed.
    pub(super) needed: usize,
    /// Whether it must be met; a rule that matches an exempt run only says whose rejections count.
    pub(super) in_force: bool,
}

/// The rules that match this run. In history only `policy_change` is asked.
pub(super) fn asked(
    policy: &Policy,
    run: &RunFacts,
    level: Level,
    applies: Applies,
    at: &Circumstances<'_>,
) -> Vec<Asked> {
    let matching = policy
        .rules
        .iter()
        .filter(|rule| matches(policy, &rule.matches, run, level));
    let mut asked: Vec<Asked> = matching
        .map(|rule| Asked {
            needed: needed(policy, run, &rule.demands, at),
            rule: rule.clone(),
            in_force: applies == Applies::Yes && at.when != When::History,
        })
        .collect();
    if run.touches_policy {
        asked.push(Asked {
            needed: usize::try_from(policy.policy_change.approvals).unwrap_or(usize::MAX),
            rule: change_rule(policy),
            in_force: true,
        });
    }
    asked
}

/// `[policy_change]` as a rule: it has no conditions of its own.
pub(super) fn change_rule(policy: &Policy) -> Rule {
    let change = &policy.policy_change;
    Rule {
        name: POLICY_CHANGE.to_owned(),
        matches: RuleMatch::default(),
        demands: Demands {
            approvals: change.approvals,
            from: change.from.clone(),
            coverage: change.coverage,
            max_age: policy.defaults.max_age,
            reject: policy.defaults.reject,
            ..Demands::default()
        },
    }
}

/// Whether the conditions of a rule hold for the run.
fn matches(policy: &Policy, when: &RuleMatch, run: &RunFacts, level: Level) -> bool {
    let any = |globs: &Option<Vec<Glob>>, test: &dyn Fn(&Glob) -> bool| {
        globs.as_ref().is_none_or(|globs| globs.iter().any(test))
    };
    // A run that changes no path (an empty commit) is still a run: `**` and no paths match it.
    let paths = any(&when.paths, &|glob| {
        glob.is_everything() || run.paths.iter().any(|path| glob.matches_path(path))
    });
    let targets = any(&when.targets, &|glob| glob.matches(run.target.as_bytes()));
    let models = any(&when.models, &|glob| {
        run.proposal
            .models
            .iter()
            .any(|model| glob.matches(model.as_bytes()))
    });
    let agents = when.agents.as_ref().is_none_or(|names| {
        let claimed = claimed_agents(policy, run);
        names
            .iter()
            .any(|name| claimed.iter().any(|c| c.eq_ignore_ascii_case(name)))
    });
    paths && targets && models && agents && when.risk.is_none_or(|from| level >= from)
}

/// The agents a run names: by its proposal, by markers, by addresses of its commits.
pub(super) fn claimed_agents<'a>(policy: &'a Policy, run: &'a RunFacts) -> Vec<&'a str> {
    let by_address = policy.agents.iter().filter(|(_, agent)| {
        let is = |address: &String| {
            agent
                .emails
                .iter()
                .any(|own| own.eq_ignore_ascii_case(address))
        };
        let made =
            |made: &Made| is(&made.author) || is(&made.committer) || made.co_authors.iter().any(is);
        run.commits.iter().any(made)
    });
    let named = run.proposal.agents.iter().map(String::as_str);
    by_address.map(|(id, _)| id.as_str()).chain(named).collect()
}

/// How many persons a rule asks of this run.
fn needed(policy: &Policy, run: &RunFacts, demands: &Demands, at: &Circumstances<'_>) -> usize {
    let number = match (policy.revert, run.restored) {
        (Some(revert), Restored::Verified) => revert.max(1),
        (Some(revert), Restored::Found) => revert.max(demands.approvals),
        _ => demands.approvals,
    };
    let mut needed = usize::try_from(number).unwrap_or(usize::MAX);
    if demands.unsigned_proposal == UnsignedProposal::Second && !signed_by_person(policy, run, at) {
        needed = needed.saturating_add(1);
    }
    if demands.unknown_author == UnknownAuthor::Second && has_stranger(policy, run) {
        needed = needed.saturating_add(1);
    }
    needed
}

/// Whether a person of the policy signed the proposal; an agent's signature is as none.
fn signed_by_person(policy: &Policy, run: &RunFacts, at: &Circumstances<'_>) -> bool {
    let signer = run.proposal.signer.as_deref();
    signer
        .and_then(|key| policy.commit_signer(key, at))
        .is_some()
}

fn has_stranger(policy: &Policy, run: &RunFacts) -> bool {
    run.commits.iter().any(|made| {
        let mut all = [&made.author, &made.committer]
            .into_iter()
            .chain(&made.co_authors);
        all.any(|address| !policy.knows_address(address))
    })
}
