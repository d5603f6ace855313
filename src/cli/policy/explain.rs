//! `countersign policy explain`: which rules hold for a path or a change and why, who may approve it,
//! and what to do next.

use super::super::args::PolicyExplainArgs;
use super::super::change::{Prefix, find};
use super::super::context::{failure, unresolved};
use super::super::{Context, ExitCode, Failure};
use super::{document, told};
use crate::change::{Cover, QueueRef, RepoPath};
use crate::evidence::{Trusted, Untrusted};
use crate::policy::{
    Able, About, Applies, Decision, Holds, Policy, Reason, Rule, RuleOutcome, RunFacts, Weighed,
    able, advised, weigh,
};
use crate::review::{Desk, Opened, ReviewError, Session, full_ref};

/// The label of a revision that nobody has proposed.
const NOT_PROPOSED: &str = "not-proposed";

/// Everything that is said, before it becomes text or JSON.
pub(super) struct Explained {
    /// The target, in full.
    pub(super) target: String,
    /// The policy at its tip.
    pub(super) policy: Trusted,
    /// What is asked about.
    pub(super) of: Of,
    /// Every rule, those that hold first.
    pub(super) rules: Vec<Asked>,
    /// What to do next, a sentence each.
    pub(super) next: Vec<String>,
}

/// What is asked about.
pub(super) enum Of {
    /// Paths, whatever the change does there.
    Paths(Vec<RepoPath>),
    /// A revision.
    Change {
        /// The revision, opened under the policy.
        opened: Box<Opened>,
        /// Whether it stands in the queue.
        queued: bool,
    },
}

/// A rule, why it holds or not, and who stands how to it.
pub(super) struct Asked {
    /// The rule.
    pub(super) weighed: Weighed,
    /// People needed: with `second` and `revert.approvals`, where there is a change.
    pub(super) needed: u64,
    /// Who has approved and counts, by id.
    pub(super) have: Vec<String>,
    /// Everybody who could or cannot.
    pub(super) people: Vec<Person>,
}

/// A person before a rule.
pub(super) struct Person {
    /// By id.
    pub(super) id: String,
    /// In `allowed_signers`.
    pub(super) principal: String,
    /// Why an approval of theirs would not count.
    pub(super) cannot: Option<Reason>,
}

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &PolicyExplainArgs) -> Result<ExitCode, Failure> {
    let session = context.session()?;
    let explained = if args.paths.is_empty() {
        let rev = args.of.as_deref().unwrap_or("HEAD");
        of_change(context, &session, rev, args.target.as_deref())?
    } else {
        of_paths(context, &session, args)?
    };
    if args.json {
        context.output.json(&document::document(&explained))?;
    } else {
        for line in told::lines(&explained) {
            context.output.line(&line)?;
        }
    }
    Ok(ExitCode::Done)
}

fn of_paths(
    context: &Context,
    session: &Session,
    args: &PolicyExplainArgs,
) -> Result<Explained, Failure> {
    let (target, policy) = in_force(session, args.target.as_deref())?;
    let paths: Vec<RepoPath> = args.paths.iter().map(|path| from_the_top(path)).collect();
    let rules = asked(
        &policy.policy,
        &About::paths(&paths, &target),
        None,
        context,
    );
    let next = vec![
        "countersign policy explain --for REV says what a change of them needs, by its risk"
            .to_owned(),
    ];
    Ok(Explained {
        target,
        of: Of::Paths(paths),
        rules,
        next,
        policy,
    })
}

/// A path as git writes it: no `./` before it, no `/` behind it.
fn from_the_top(path: &std::path::Path) -> RepoPath {
    use std::os::unix::ffi::OsStrExt as _;
    let bytes = path.as_os_str().as_bytes();
    let bytes = bytes.strip_prefix(b"./").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"/").unwrap_or(bytes);
    RepoPath::new(bytes.to_vec())
}

/// The policy in force on a target.
pub(super) fn in_force(
    session: &Session,
    target: Option<&str>,
) -> Result<(String, Trusted), Failure> {
    let policy = |error: Untrusted| failure(&ReviewError::Policy(error));
    if let Some(target) = target {
        let target = full_ref(target);
        let trusted = session.policy_for(&target).map_err(policy)?;
        return Ok((target, trusted));
    }
    use crate::review::DefaultPolicy;
    match session.default_policy() {
        Ok(DefaultPolicy::Found { target, policy }) => Ok((target, *policy)),
        Ok(DefaultPolicy::None { why, .. }) => Err(policy(why)),
        Ok(DefaultPolicy::NoCommits) => Err(Failure::usage(
            "this repository has no commits, and so no policy",
        )
        .hint("git fetch brings them; countersign init proposes a policy")),
        Err(error) => Err(unresolved(&session.store, &error)),
    }
}

fn of_change(
    context: &Context,
    session: &Session,
    text: &str,
    target: Option<&str>,
) -> Result<Explained, Failure> {
    let mut desk = Desk::new(session, context.now).map_err(|error| failure(&error))?;
    let (opened, queued) = open(session, &mut desk, text, target)?;
    let target = opened.revision.target.clone();
    let Some(policy) = opened.policy.clone() else {
        let (_, policy) = in_force(session, Some(&target))?;
        return Err(failure(&ReviewError::Policy(Untrusted::Absent {
            commit: policy.commit,
        })));
    };
    let (Some(facts), Some(outcome)) = (&opened.facts, &opened.outcome) else {
        return Err(
            Failure::new(ExitCode::Undecided, "E-UNDECIDED the rules were not asked")
                .hint("countersign show says what of the change cannot be read"),
        );
    };
    let about = About::run(&policy.policy, facts, outcome.level);
    let mut rules = asked(&policy.policy, &about, Some(facts), context);
    for asked in &mut rules {
        let judged = outcome.rules.iter();
        if let Some(rule) = judged
            .clone()
            .find(|one| one.name == asked.weighed.rule.name)
        {
            asked.take(rule);
        }
    }
    let next = next(&opened, &rules, queued, text);
    Ok(Explained {
        target,
        rules,
        next,
        of: Of::Change {
            opened: Box::new(opened),
            queued,
        },
        policy,
    })
}

/// The revision that is meant: one of the queue, else a commit as the revision it would become.
fn open(
    session: &Session,
    desk: &mut Desk<'_>,
    text: &str,
    target: Option<&str>,
) -> Result<(Opened, bool), Failure> {
    let said = |error: ReviewError| failure(&error);
    let target = target.map(full_ref);
    let named = find(desk.refs(), text, Prefix::Fine);
    let (name, head, cover) = match named {
        Ok(name) => {
            let opened = desk.open(&name).map_err(said)?;
            let same = |target: &String| *target == opened.revision.target;
            if target.as_ref().is_none_or(same) {
                return Ok((opened, true));
            }
            (name, opened.revision.head.oid, opened.revision.cover)
        }
        Err(not_queued) => {
            let head = session.store.resolve_commit(text);
            let head = head.map_err(|error| match text.contains('@') {
                true => not_queued,
                false => unresolved(&session.store, &error)
                    .hint("name a commit, or a change of the queue (countersign --list --all)"),
            })?;
            let id = NOT_PROPOSED.parse();
            let id = id.map_err(|_| Failure::usage(format!("{text}: no revision")).see_help())?;
            (QueueRef { id, number: 1 }, head, None)
        }
    };
    let cover = match target {
        None => cover,
        target => Some(Cover {
            target,
            ..cover.unwrap_or_default()
        }),
    };
    let opened = desk.preview(&name, head, cover.as_ref(), &[]);
    Ok((opened.map_err(said)?, false))
}

/// Every rule before what is asked about: those that hold first, then those that might.
fn asked(
    policy: &Policy,
    about: &About<'_>,
    run: Option<&RunFacts>,
    context: &Context,
) -> Vec<Asked> {
    let at = advised(policy, context.now);
    let mut rules: Vec<Asked> = weigh(policy, about)
        .into_iter()
        .map(|weighed| Asked {
            needed: weighed.rule.demands.approvals,
            have: Vec::new(),
            people: able(policy, &weighed.rule.demands.from, run, &at)
                .iter()
                .map(|able| Person::of(policy, able))
                .collect(),
            weighed,
        })
        .collect();
    rules.sort_by_key(|rule| rule.weighed.holds());
    rules
}

impl Asked {
    /// The rule itself.
    pub(super) const fn rule(&self) -> &Rule {
        &self.weighed.rule
    }

    /// Whether it holds.
    pub(super) fn holds(&self) -> Holds {
        self.weighed.holds()
    }

    /// Takes over what the rules said of the change.
    fn take(&mut self, rule: &RuleOutcome) {
        self.needed = rule.needed as u64;
        self.have.clone_from(&rule.have);
        for person in &mut self.people {
            if rule.could.contains(&person.id) {
                person.cannot = None;
            } else if let Some(reason) = rule
                .cannot
                .iter()
                .find(|reason| reason.reviewer.as_deref() == Some(person.principal.as_str()))
            {
                person.cannot = Some(reason.clone());
            }
        }
    }

    /// Who could approve and has not, by id.
    pub(super) fn could(&self) -> impl Iterator<Item = &str> {
        let free = |person: &&Person| person.cannot.is_none() && !self.have.contains(&person.id);
        self.people
            .iter()
            .filter(free)
            .map(|person| person.id.as_str())
    }

    /// Who could not, and why.
    pub(super) fn cannot(&self) -> impl Iterator<Item = (&Person, &Reason)> {
        let shut = |person: &&Person| !self.have.contains(&person.id);
        let people = self.people.iter().filter(shut);
        people.filter_map(|person| Some((person, person.cannot.as_ref()?)))
    }
}

impl Person {
    fn of(policy: &Policy, able: &Able<'_>) -> Self {
        Self {
            id: able.person.to_owned(),
            principal: policy.principal_of(able.person).to_owned(),
            cannot: able.cannot.clone(),
        }
    }
}

/// What somebody should do now.
fn next(opened: &Opened, rules: &[Asked], queued: bool, text: &str) -> Vec<String> {
    let Some(outcome) = &opened.outcome else {
        return Vec::new();
    };
    let name = opened.revision.name();
    match outcome.decision() {
        Decision::Allow if outcome.applies != Applies::Yes => {
            vec!["nothing: it needs no verdict".to_owned()]
        }
        Decision::Allow => vec!["nothing is missing: land it".to_owned()],
        Decision::Error => {
            vec!["mend what stands above; until then the gate does not answer".to_owned()]
        }
        Decision::Pending => {
            let mut next = Vec::new();
            if !queued {
                next.push(format!("propose it: countersign propose {text}"));
            }
            let change = if queued {
                name.to_string()
            } else {
                "ID".to_owned()
            };
            next.extend(wanted(rules).iter().map(|(number, could)| {
                format!("{number} of {could}: countersign approve {change} -m WHY")
            }));
            next
        }
        Decision::Deny => denied(opened),
    }
}

/// How many more of whom the rules ask; of the same people the largest number, as one person may
/// count for several rules.
fn wanted(rules: &[Asked]) -> Vec<(u64, String)> {
    let mut wanted: Vec<(u64, String)> = Vec::new();
    for rule in rules.iter().filter(|rule| rule.holds() == Holds::Yes) {
        let could: Vec<&str> = rule.could().collect();
        let could = could.join(", ");
        let missing = rule.needed.saturating_sub(rule.have.len() as u64);
        match wanted.iter_mut().find(|(_, who)| *who == could) {
            Some((number, _)) => *number = missing.max(*number),
            None => wanted.push((missing, could)),
        }
    }
    wanted.retain(|(number, _)| *number > 0);
    wanted
}

/// What helps where approvals do not.
fn denied(opened: &Opened) -> Vec<String> {
    use crate::policy::ReasonId;
    let policy = opened.policy.as_ref().map(|trusted| &trusted.policy);
    let outcome = opened.outcome.iter();
    let reasons = outcome.flat_map(|outcome| &outcome.reasons);
    let rejected: Vec<&Reason> = reasons
        .filter(|reason| reason.id == ReasonId::Rejected)
        .collect();
    if rejected.is_empty() {
        return vec![
            "nobody is left who could approve it: have somebody else make it, or change the policy"
                .to_owned(),
        ];
    }
    let who: Vec<&str> = rejected
        .iter()
        .filter_map(|r| r.reviewer.as_deref())
        .collect();
    let mut next = vec![format!(
        "mend it and propose a new revision; or {} takes the rejection back",
        who.join(", ")
    )];
    if let Some(table) = policy.and_then(|policy| policy.override_.as_ref()) {
        next.push(format!(
            "or {} of {} lift it: countersign override {} -m WHY",
            table.approvals,
            table.from.join(", "),
            opened.revision.name()
        ));
    }
    next
}
