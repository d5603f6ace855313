//! Who is asked about a change: the owners of its paths among those whose approval the rules could
//! use, else all of those. Rules decide, owners are asked.

use super::owners::{Owner, Owners};
use crate::change::RepoPath;
use crate::policy::{Outcome, Person, Policy, Reason, ReasonId, RuleOutcome};

/// Most paths of a change that are looked up; a larger one is everybody's.
const MAX_PATHS: usize = 2_000;

/// Who is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    /// The rules that are not met, each with the persons asked, by id.
    pub rules: Vec<Asked>,
    /// The owners of the change's paths, as CODEOWNERS writes them.
    pub owners: Vec<String>,
    /// Why no approvals by anybody would be enough; none where some would.
    pub nobody: Option<String>,
}

/// Who is asked for one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The rule's name.
    pub rule: String,
    /// Persons asked, by id, sorted.
    pub persons: Vec<String>,
    /// Whether nobody else is left who could approve.
    pub is_last: bool,
}

impl Route {
    /// Works out who is asked. `requested` are the reviewers that the proposal names, which can only
    /// add.
    pub fn of(
        policy: &Policy,
        outcome: &Outcome,
        owners: &Owners,
        paths: &[RepoPath],
        requested: &[String],
    ) -> Self {
        let owners = owners_of(owners, paths);
        let persons: Vec<&str> = owners
            .iter()
            .flat_map(|owner| persons_of(policy, owner))
            .collect();
        let named: Vec<&str> = requested
            .iter()
            .flat_map(|who| requested_persons(policy, who))
            .collect();
        let unmet = outcome.rules.iter().filter(|rule| !rule.satisfied);
        let rules = unmet.map(|rule| asked(policy, rule, &persons, &named));
        Self {
            rules: rules.collect(),
            nobody: nobody(policy, outcome),
            owners: owners.iter().map(ToString::to_string).collect(),
        }
    }

    /// Every person asked, by id, sorted.
    pub fn persons(&self) -> Vec<String> {
        let mut persons: Vec<String> = self
            .rules
            .iter()
            .flat_map(|rule| rule.persons.iter().cloned())
            .collect();
        persons.sort();
        persons.dedup();
        persons
    }

    /// The persons asked for a rule; none where it is met.
    pub fn of_rule(&self, rule: &str) -> &[String] {
        let asked = self.rules.iter().find(|asked| asked.rule == rule);
        asked.map_or(&[], |asked| &asked.persons)
    }

    /// Whether this person is asked.
    pub fn asks(&self, person: &str) -> bool {
        let mut rules = self.rules.iter();
        rules.any(|rule| rule.persons.iter().any(|id| id == person))
    }

    /// Whether some rule can be met by this person and nobody else.
    pub fn asks_only(&self, person: &str) -> bool {
        let mut rules = self.rules.iter();
        rules.any(|rule| rule.is_last && rule.persons.iter().any(|id| id == person))
    }
}

/// The owners of the paths, each once, in the order of the paths.
fn owners_of(owners: &Owners, paths: &[RepoPath]) -> Vec<Owner> {
    let mut found: Vec<Owner> = Vec::new();
    if paths.len() > MAX_PATHS {
        return found;
    }
    for path in paths {
        for owner in owners.of(path.as_bytes()) {
            if !found.contains(owner) {
                found.push(owner.clone());
            }
        }
    }
    found
}

fn asked(policy: &Policy, rule: &RuleOutcome, owners: &[&str], named: &[&str]) -> Asked {
    let owning: Vec<&String> = rule
        .could
        .iter()
        .filter(|id| owners.contains(&id.as_str()))
        .collect();
    let enough = rule.have.len() + owning.len() >= rule.needed;
    let teams = rule.teams.iter().all(|team| {
        let member = |id: &&String| {
            let person = policy.people.get(*id);
            person.is_some_and(|person| person.teams.contains(team))
        };
        owning.iter().any(member)
    });
    let is_asked = |id: &String| {
        let alone = !owning.is_empty() && enough && teams;
        !alone || owning.contains(&id) || named.contains(&id.as_str())
    };
    let mut persons: Vec<String> = rule
        .could
        .iter()
        .filter(|id| is_asked(id))
        .cloned()
        .collect();
    persons.sort();
    Asked {
        rule: rule.name.clone(),
        persons,
        is_last: rule.could.len() == 1,
    }
}

/// Why further approvals alone would never be enough, by the first rule that cannot be met: who is
/// out and why, who is left.
fn nobody(policy: &Policy, outcome: &Outcome) -> Option<String> {
    let rule = outcome.rules.iter().find(|rule| !rule.could_be_met())?;
    if let Some(blocked) = &rule.blocked {
        return Some(blocked.text.clone());
    }
    let out: Vec<String> = rule.cannot.iter().map(|one| out(policy, one)).collect();
    let out = match out.as_slice() {
        [] => String::new(),
        all => format!("{}; ", all.join(", ")),
    };
    let left = match rule.could.as_slice() {
        [] => "nobody else".to_owned(),
        all => format!("only {}", all.join(" and ")),
    };
    Some(format!(
        "{out}{left} could for rule `{}`, which has {} of {} {}",
        rule.name,
        rule.have.len(),
        rule.needed,
        rule.from.join(" or ")
    ))
}

/// Who is out, by id, and why in few words.
fn out(policy: &Policy, reason: &Reason) -> String {
    let principal = reason.reviewer.as_deref().unwrap_or_default();
    let mut people = policy.people.iter();
    let person = people.find(|(_, person)| person.principal == principal);
    let who = person.map_or(principal, |(id, _)| id.as_str());
    // Which commit a person made, and that it is a claim, is told with the reasons.
    let why = match reason.id {
        ReasonId::SelfApproval => reason.text.split(" of ").next(),
        _ => None,
    };
    format!("{who}: {}", why.unwrap_or(&reason.text))
}

/// The persons that a `Reviewer:` line names: by principal, id or role.
fn requested_persons<'p>(policy: &'p Policy, who: &str) -> Vec<&'p str> {
    let named = policy.people.iter().filter(|(id, person)| {
        id.as_str() == who
            || person.principal.eq_ignore_ascii_case(who)
            || person.roles.iter().any(|role| role == who)
    });
    named.map(|(id, _)| id.as_str()).collect()
}

/// The people that an owner of CODEOWNERS is here, by id: an address by the person's addresses; a
/// name as an id, as the name in a forge's own address (`1234+name@users.noreply.…`), or as a team;
/// a role as a role, in the singular or plural.
pub fn persons_of<'p>(policy: &'p Policy, owner: &Owner) -> Vec<&'p str> {
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let of = |test: &dyn Fn(&str, &Person) -> bool| {
        let people = policy.people.iter().filter(|(id, person)| test(id, person));
        people.map(|(id, _)| id.as_str()).collect::<Vec<_>>()
    };
    match owner {
        Owner::Address(address) => of(&|_, person| {
            same(&person.principal, address) || person.emails.iter().any(|e| same(e, address))
        }),
        Owner::Role(role) => of(&|_, person| {
            let singular = role.strip_suffix(['s', 'S']).unwrap_or(role);
            let mut roles = person.roles.iter();
            roles.any(|own| same(own, role) || same(own, singular))
        }),
        Owner::Name(name) => {
            let persons = of(&|id, person| {
                let forge = |email: &String| forge_name(email).is_some_and(|n| same(n, name));
                same(id, name) || person.emails.iter().any(forge)
            });
            if !persons.is_empty() {
                return persons;
            }
            let last = name.rsplit('/').next().unwrap_or(name);
            of(&|_, person| {
                let mut teams = person.teams.iter();
                teams.any(|team| {
                    let team = team.trim_start_matches('@');
                    same(team, name) || same(team, last)
                })
            })
        }
    }
}

/// The user's name in an address that a forge made: `1234+name@users.noreply.github.com`,
/// `1234-name@users.noreply.gitlab.com`.
fn forge_name(address: &str) -> Option<&str> {
    let (local, domain) = address.split_once('@')?;
    if !domain.to_ascii_lowercase().starts_with("users.noreply.") {
        return None;
    }
    let name = local.trim_start_matches(|c: char| c.is_ascii_digit());
    let name = match name.strip_prefix(['+', '-']) {
        Some(rest) if name.len() < local.len() => rest,
        _ => local,
    };
    Some(name)
}
