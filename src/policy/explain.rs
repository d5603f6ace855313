//! Which rules hold for paths or for a run, and why: which glob, which level, which agent. And who
//! may approve, and who may not and why. For people; the decision itself is `evaluate`.

use super::facts::{Circumstances, RunFacts};
use super::rules::{self, POLICY_CHANGE};
use super::{DIRECTORY, Glob, Policy, Reason, ReasonId, Rule, candidates, count};
use crate::change::RepoPath;
use crate::risk::Level;

/// What is asked about. What is not known makes a condition [`Holds::Perhaps`].
#[derive(Debug, Clone)]
pub struct About<'a> {
    /// Old and new paths.
    pub paths: &'a [RepoPath],
    /// Full name of the target.
    pub target: &'a str,
    /// The level that the rules see; none where there is no change to assess.
    pub level: Option<Level>,
    /// The agents that are named; none where there is no change that could name any.
    pub agents: Option<Vec<&'a str>>,
    /// The models that are named; none likewise.
    pub models: Option<Vec<&'a str>>,
}

/// Whether a rule, or a condition of one, holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// It does.
    Yes,
    /// That depends on what is not known here.
    Perhaps,
    /// It does not.
    No,
}

impl Holds {
    /// The word for a report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Perhaps => "perhaps",
            Self::No => "no",
        }
    }
}

/// A condition of a rule and whether it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Because {
    /// The key of the rule: `paths`, `risk`, `agents`, `models` or `targets`.
    pub key: &'static str,
    /// Whether it holds.
    pub holds: Holds,
    /// Why, in words. May quote foreign paths: make it visible before a terminal sees it.
    pub text: String,
}

/// A rule, and which of its conditions hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighed {
    /// The rule; `policy_change` for `[policy_change]`.
    pub rule: Rule,
    /// Its conditions, at least one.
    pub because: Vec<Because>,
}

impl Weighed {
    /// Whether the rule holds: it does where every condition does.
    pub fn holds(&self) -> Holds {
        let all = self.because.iter().map(|because| because.holds);
        all.max().unwrap_or(Holds::Yes)
    }
}

/// Somebody of the policy, before a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Able<'p> {
    /// The person, by id.
    pub person: &'p str,
    /// The roles of the rule that this person holds.
    pub roles: Vec<&'p str>,
    /// Why this person's approval would not count; none where it would.
    pub cannot: Option<Reason>,
}

impl<'a> About<'a> {
    /// A run with everything that is known of it.
    pub fn run(policy: &'a Policy, run: &'a RunFacts, level: Level) -> Self {
        let models = run.proposal.models.iter().map(String::as_str);
        Self {
            paths: &run.paths,
            target: &run.target,
            level: Some(level),
            agents: Some(rules::claimed_agents(policy, run)),
            models: Some(models.collect()),
        }
    }

    /// Paths alone, for a target.
    pub const fn paths(paths: &'a [RepoPath], target: &'a str) -> Self {
        Self {
            paths,
            target,
            level: None,
            agents: None,
            models: None,
        }
    }
}

/// Every rule of the policy with what makes it hold or not, in the order of the file, `policy_change`
/// last.
pub fn weigh(policy: &Policy, about: &About<'_>) -> Vec<Weighed> {
    let mut weighed: Vec<Weighed> = policy
        .rules
        .iter()
        .map(|rule| Weighed {
            because: conditions(policy, rule, about),
            rule: rule.clone(),
        })
        .collect();
    let below = |path: &&RepoPath| {
        let rest = path.as_bytes().strip_prefix(DIRECTORY.as_bytes());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    };
    let touched = about.paths.iter().find(below);
    weighed.push(Weighed {
        rule: rules::change_rule(policy),
        because: vec![Because {
            key: "paths",
            holds: touched.map_or(Holds::No, |_| Holds::Yes),
            text: touched.map_or_else(
                || format!("nothing below {DIRECTORY}/"),
                |path| format!("{path} is the policy's own"),
            ),
        }],
    });
    weighed
}

/// The conditions of a rule; one that says so where it has none.
fn conditions(policy: &Policy, rule: &Rule, about: &About<'_>) -> Vec<Because> {
    let when = &rule.matches;
    let mut all = Vec::new();
    if let Some(globs) = &when.paths {
        all.push(of_paths(globs, about.paths));
    }
    if let Some(globs) = &when.targets {
        let fits = globs
            .iter()
            .find(|glob| glob.matches(about.target.as_bytes()));
        all.push(known("targets", fits.is_some(), || match fits {
            Some(glob) => format!("{glob} matches {}", about.target),
            None => format!("{} is none of {}", about.target, listed(globs)),
        }));
    }
    if let Some(from) = when.risk {
        all.push(of_risk(policy, from, about));
    }
    if let Some(names) = &when.agents {
        let is = |claimed: &&&str| names.iter().any(|name| name.eq_ignore_ascii_case(claimed));
        let found = about.agents.as_ref().map(|all| all.iter().find(is));
        all.push(named("agents", found, &names.join(", ")));
    }
    if let Some(globs) = &when.models {
        let is = |model: &&&str| globs.iter().any(|glob| glob.matches(model.as_bytes()));
        let found = about.models.as_ref().map(|all| all.iter().find(is));
        all.push(named("models", found, &listed(globs)));
    }
    if all.is_empty() {
        all.push(known("paths", true, || "every path".to_owned()));
    }
    all
}

fn known(key: &'static str, is: bool, text: impl FnOnce() -> String) -> Because {
    Because {
        key,
        holds: if is { Holds::Yes } else { Holds::No },
        text: text(),
    }
}

/// What a change names: found, not there, or not known.
fn named(key: &'static str, found: Option<Option<&&str>>, wanted: &str) -> Because {
    let (holds, text) = match found {
        None => (Holds::Perhaps, format!("where it names {wanted}")),
        Some(None) => (Holds::No, format!("it names none of {wanted}")),
        Some(Some(name)) => (Holds::Yes, format!("it names {name}")),
    };
    Because { key, holds, text }
}

/// Every glob that matches, with the first path it does and how many more.
fn of_paths(globs: &[Glob], paths: &[RepoPath]) -> Because {
    if globs.iter().any(Glob::is_everything) {
        return known("paths", true, || "every path".to_owned());
    }
    let matching: Vec<String> = globs
        .iter()
        .filter_map(|glob| {
            let mut fits = paths.iter().filter(|path| glob.matches_path(path));
            let first = fits.next()?;
            Some(match fits.count() {
                0 => format!("{glob} matches {first}"),
                more => format!("{glob} matches {first} and {more} more"),
            })
        })
        .collect();
    known("paths", !matching.is_empty(), || {
        if matching.is_empty() {
            format!("no path under {}", listed(globs))
        } else {
            matching.join(", ")
        }
    })
}

fn of_risk(policy: &Policy, from: Level, about: &About<'_>) -> Because {
    let raising = about.paths.iter().find_map(|path| {
        let globs = &policy.risk.critical;
        let glob = globs.iter().find(|glob| glob.matches_path(path))?;
        Some(format!("; {glob} of risk.critical raises it by one"))
    });
    let raising = raising.unwrap_or_default();
    let (holds, text) = match about.level {
        None => (Holds::Perhaps, format!("from risk {from}{raising}")),
        Some(level) if level >= from => (Holds::Yes, format!("risk {level}, from {from}{raising}")),
        Some(level) => (Holds::No, format!("risk {level}, from {from}{raising}")),
    };
    Because {
        key: "risk",
        holds,
        text,
    }
}

fn listed(globs: &[Glob]) -> String {
    let texts: Vec<&str> = globs.iter().map(Glob::as_str).collect();
    texts.join(", ")
}

/// Everybody of the policy before these roles: whose approval would count, and of the others why
/// not. Without a run nobody has made anything.
pub fn able<'p>(
    policy: &'p Policy,
    from: &[String],
    run: Option<&RunFacts>,
    at: &Circumstances<'_>,
) -> Vec<Able<'p>> {
    let makers = run.map(|run| policy.makers(&run.commits, &run.proposal));
    let makers = makers.unwrap_or_default();
    let all = policy.people.iter().map(|(id, person)| {
        let held = person.roles.iter().filter(|role| from.contains(role));
        let roles: Vec<&str> = held.map(String::as_str).collect();
        let made = run.filter(|_| makers.contains(id.as_str()));
        let cannot = if roles.is_empty() {
            let text = format!("holds none of the roles {}", from.join(", "));
            Some(Reason::new(ReasonId::NoRole, text).by(person.principal.as_str()))
        } else if let Some(run) = made {
            let text = count::self_approval(policy, id, &run.commits);
            Some(Reason::new(ReasonId::SelfApproval, text).by(person.principal.as_str()))
        } else {
            candidates::usable_key(policy, id, from, at).err()
        };
        Able {
            person: id,
            roles,
            cannot,
        }
    });
    all.collect()
}

/// Whether this is the rule for changes of the policy itself.
pub fn is_policy_change(rule: &Rule) -> bool {
    rule.name == POLICY_CHANGE
}
