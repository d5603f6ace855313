//! The decision about one run: policy, facts and verdicts in, an [`Outcome`] with reasons out.
//! Pure, and closed by default: what is not shown to be satisfied is not.

use std::collections::BTreeSet;

use super::count::{self, Approval};
use super::facts::{CastFor, Circumstances, Cover, Made, RunFacts, Way, When};
use super::outcome::{Counted, Outcome, RuleOutcome};
use super::rejection::{self, Objection};
use super::rules::{self, Asked};
use super::scope::{self, Applies};
use super::standing::Standing;
use super::{
    Class, Coverage, Decision, Policy, Reason, ReasonId, Unreviewable, candidates, glass, lift,
    unsupported,
};
use crate::change::Sha256;
use crate::risk::Level;
use crate::verdict::VerdictKind;

/// Judges one run. `casts` are all verdicts of the repository, each with its relation to this run.
pub fn evaluate(
    policy: &Policy,
    run: &RunFacts,
    casts: &[CastFor<'_>],
    at: &Circumstances<'_>,
) -> Outcome {
    let judge = Judge {
        policy,
        run,
        casts,
        at,
        standing: Standing::of(policy, casts.iter().map(|of| of.cast), at),
        applies: scope::applies(policy, run, casts, at),
    };
    let (approvals, set_aside) = judge.approvals();
    let floor = policy.level(run.assessed, &run.paths);
    // The level used is the highest of the gate's and the counted statements'. An approval whose
    // reviewer was shown more risk may be left out where the others are enough without it, so that
    // one more approval never turns an allowed run into a denied one.
    let shown: BTreeSet<Level> = approvals.iter().map(|approval| approval.level).collect();
    let mut levels: BTreeSet<Level> = shown.into_iter().filter(|level| *level > floor).collect();
    levels.insert(floor);
    let mut outcome = None;
    for level in levels {
        let counted: Vec<&Approval<'_>> = approvals.iter().filter(|a| a.level <= level).collect();
        let attempt = judge.at_level(level, &counted);
        let satisfied = attempt.rules.iter().all(|rule| rule.satisfied);
        outcome = Some(attempt);
        if satisfied {
            break;
        }
    }
    let mut outcome = outcome.unwrap_or_else(|| judge.at_level(floor, &[]));
    outcome.set_aside.extend(set_aside);
    outcome.unsupported = unsupported::unsupported(policy, run, at);
    outcome.warnings.extend(judge.warnings());
    outcome.close();
    if outcome.decision() == Decision::Pending {
        outcome.break_glass(glass::broken(policy, run, at));
    }
    outcome
}

struct Judge<'a> {
    policy: &'a Policy,
    run: &'a RunFacts,
    casts: &'a [CastFor<'a>],
    at: &'a Circumstances<'a>,
    standing: Standing<'a>,
    applies: Applies,
}

impl<'a> Judge<'a> {
    /// The approvals that count for the run, and why the others do not.
    fn approvals(&self) -> (Vec<Approval<'a>>, Vec<Reason>) {
        let mut counted: Vec<Approval<'a>> = Vec::new();
        let mut refused = Vec::new();
        let mut seen = BTreeSet::new();
        for of in self.casts {
            let ignored = self.policy.log.ignore.contains(&of.cast.digest);
            let approves = of.cast.kind == VerdictKind::Approve;
            let related = of.cover != Cover::Unrelated;
            if !approves || !related || ignored || !seen.insert(of.cast.digest) {
                continue;
            }
            match count::for_run(self.policy, self.run, of, &self.standing, self.at) {
                Ok(approval) => counted.push(approval),
                Err(reason) => refused.push(reason),
            }
        }
        counted.sort_by_key(|approval| (approval.of.cast.issued_at, approval.of.cast.digest));
        (counted, refused)
    }

    /// The outcome if the level is this one and these approvals are all there are.
    fn at_level(&self, level: Level, approvals: &[&Approval<'a>]) -> Outcome {
        let asked = rules::asked(self.policy, self.run, level, self.applies, self.at);
        let matching: Vec<_> = asked.iter().map(|asked| &asked.rule).collect();
        let standing =
            rejection::standing_against(self.policy, &matching, &self.standing, self.casts);
        let mut outcome = Outcome::new(self.applies, level);
        let objections = self.without_lifted(standing, approvals, &mut outcome);
        let denials = objections.iter().filter(|objection| objection.denies_run());
        outcome.reasons.extend(denials.map(Objection::reason));
        for asked in asked.iter().filter(|asked| asked.in_force) {
            let rule = self.rule(asked, approvals, &objections, &mut outcome);
            outcome.rules.push(rule);
        }
        let judged = self.at.when != When::History && self.applies == Applies::Yes;
        if judged
            && asked
                .iter()
                .all(|asked| asked.rule.name == rules::POLICY_CHANGE)
        {
            let text = format!("no rule matches a run on {}", self.run.target);
            let reason = Reason::new(ReasonId::WrongTarget, text);
            outcome.reasons.push(reason.weighing(Class::Denial));
        }
        self.explain_risk(level, approvals, &mut outcome);
        outcome
    }

    /// The objections that no override lifts; those that would have mattered and are lifted are
    /// noted.
    fn without_lifted(
        &self,
        standing: Vec<Objection<'a>>,
        approvals: &[&Approval<'a>],
        outcome: &mut Outcome,
    ) -> Vec<Objection<'a>> {
        if self.at.lifts.is_empty() {
            return standing;
        }
        let mut objections = Vec::new();
        for objection in standing {
            let cast = objection.cast();
            let made = self.made_with(cast.digest);
            let makers = self.policy.makers(&made, &self.run.proposal);
            match lift::lifted(self.policy, cast, &self.run.target, &makers, self.at) {
                None => objections.push(objection),
                Some(lifted) => {
                    let of_approval = |a: &&Approval<'_>| objection.denies(a.of.cast);
                    if objection.denies_run() || approvals.iter().any(of_approval) {
                        outcome.lifted.push(lifted);
                    }
                }
            }
        }
        objections
    }

    /// The commits of everything that is known to have become the run, and of what was rejected;
    /// where nothing is known its own.
    fn made_with(&self, rejection: Sha256) -> Vec<Made> {
        let mut made: Vec<Made> = Vec::new();
        for of in self.casts {
            let covers = matches!(of.cover, Cover::Carried(_));
            if covers || of.cast.digest == rejection {
                made.extend(of.made.iter().flatten().cloned());
            }
        }
        made.extend(self.run.revisions.iter().flat_map(|way| way.made.clone()));
        if made.is_empty() {
            made.clone_from(&self.run.commits);
        }
        made
    }

    /// Judges one rule.
    fn rule(
        &self,
        asked: &Asked,
        approvals: &[&Approval<'a>],
        objections: &[Objection<'_>],
        outcome: &mut Outcome,
    ) -> RuleOutcome {
        let demands = &asked.rule.demands;
        let mut rule = RuleOutcome {
            name: asked.rule.name.clone(),
            needed: asked.needed,
            have: Vec::new(),
            from: demands.from.clone(),
            teams: Vec::new(),
            satisfied: false,
            blocked: None,
            could: Vec::new(),
            cannot: Vec::new(),
        };
        for approval in approvals {
            let args = (self.policy, self.run, self.at);
            match count::for_rule(args.0, args.1, approval, demands, objections, args.2) {
                Ok(()) => self.take(approval, &mut rule, outcome),
                Err(reason) => outcome.set_aside(reason, &asked.rule.name),
            }
        }
        let member = |team: &String, id: &String| {
            let person = self.policy.people.get(id);
            person.is_some_and(|person| person.teams.contains(team))
        };
        let teams = demands.teams.iter();
        rule.teams = teams
            .filter(|team| !rule.have.iter().any(|id| member(team, id)))
            .cloned()
            .collect();
        if demands.unreviewable == Unreviewable::Deny && !self.run.unreviewable.is_empty() {
            let ids: Vec<&str> = self.run.unreviewable.iter().map(String::as_str).collect();
            let text = format!(
                "rule `{}` allows no unreadable content: {}",
                rule.name,
                ids.join(", ")
            );
            rule.blocked = Some(Reason::new(ReasonId::Unreviewable, text).weighing(Class::Denial));
        }
        rule.satisfied =
            rule.have.len() >= rule.needed && rule.teams.is_empty() && rule.blocked.is_none();
        candidates::fill(
            self.policy,
            self.run,
            &self.ways(),
            asked,
            self.at,
            &mut rule,
        );
        self.explain(&rule, outcome);
        rule
    }

    /// Counts an approval for a rule.
    fn take(&self, approval: &Approval<'a>, rule: &mut RuleOutcome, outcome: &mut Outcome) {
        if !rule.have.iter().any(|id| id == approval.person) {
            rule.have.push(approval.person.to_owned());
        }
        let cast = approval.of.cast;
        if let Some(counted) = outcome.counted.iter_mut().find(|c| c.digest == cast.digest) {
            counted.rules.push(rule.name.clone());
            return;
        }
        if let Some(missing) = &approval.of.evidence {
            outcome.reasons.push(
                missing
                    .clone()
                    .about(cast.digest)
                    .weighing(Class::CannotDecide),
            );
        }
        outcome.counted.push(Counted {
            digest: cast.digest,
            person: approval.person.to_owned(),
            reviewer: cast.principal.clone(),
            key: cast.key.clone(),
            change: cast.change.clone(),
            carried: approval.carried,
            rules: vec![rule.name.clone()],
        });
    }

    /// Says what an unmet rule lacks.
    fn explain(&self, rule: &RuleOutcome, outcome: &mut Outcome) {
        if rule.satisfied {
            return;
        }
        outcome.reasons.extend(rule.blocked.clone());
        let from = rule.from.join(", ");
        if rule.have.len() < rule.needed {
            let reason = if rule.name == rules::POLICY_CHANGE {
                let text = format!(
                    "policy changed in {} without {} of {from} under policy v{}",
                    self.run.last, rule.needed, self.policy.version
                );
                Reason::new(ReasonId::PolicyUnauthorised, text)
            } else {
                let text = format!(
                    "rule `{}` has {} of {} from {from}",
                    rule.name,
                    rule.have.len(),
                    rule.needed
                );
                Reason::new(ReasonId::Unapproved, text)
            };
            outcome.reasons.push(reason);
        }
        for team in &rule.teams {
            let text = format!("rule `{}` has no approver of the team {team}", rule.name);
            outcome.reasons.push(Reason::new(ReasonId::Team, text));
        }
    }

    /// Says where an approval was given for less risk than there is now.
    fn explain_risk(&self, level: Level, approvals: &[&Approval<'a>], outcome: &mut Outcome) {
        if outcome.rules.iter().all(|rule| rule.satisfied) {
            return;
        }
        for approval in approvals.iter().filter(|approval| approval.level < level) {
            let text = format!("risk rose from {} to {level} since", approval.level);
            outcome
                .reasons
                .push(count::refuse(approval.of, ReasonId::RiskRose, text));
        }
    }

    /// What people could approve: what landed as it is, and each revision that is known to have
    /// become it. Who made one of them may still approve another.
    fn ways(&self) -> Vec<Way> {
        let own = Way {
            made: self.run.commits.clone(),
            carried: Coverage::Exact,
            base: self.run.first_parent,
        };
        let mut ways = vec![own];
        let approved = self.casts.iter().filter_map(|of| match &of.cover {
            Cover::Carried(carried) => Some(Way {
                made: of.made.clone()?,
                carried: *carried,
                base: of.cast.base?.commit,
            }),
            _ => None,
        });
        for way in approved.chain(self.run.revisions.iter().cloned()) {
            if !ways.contains(&way) {
                ways.push(way);
            }
        }
        ways
    }

    fn warnings(&self) -> Vec<Reason> {
        let mut warnings = Vec::new();
        let mut strangers = BTreeSet::new();
        for made in &self.run.commits {
            let addresses = [&made.author, &made.committer]
                .into_iter()
                .chain(&made.co_authors);
            strangers.extend(addresses.filter(|a| !self.policy.knows_address(a)));
        }
        for address in strangers {
            let text = format!("{address} is nobody's address in the policy");
            warnings.push(Reason::new(ReasonId::UnknownAuthor, text));
        }
        for of in self.casts.iter().filter(|of| of.cover != Cover::Unrelated) {
            if self.policy.signers.find(&of.cast.key).is_none() {
                let text = "a verdict by a key that the policy does not know";
                warnings.push(count::refuse(of, ReasonId::UnknownKey, text));
            }
        }
        warnings.extend(self.standing.conflicts());
        warnings
    }
}
