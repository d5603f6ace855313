//! What must hold between the parts of a policy: names that exist, thresholds that can be met.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Page, nearest};
use super::rules::POLICY_CHANGE;
use super::signers::is_principal;
use super::{Glob, Policy, Rule};
use crate::risk::Level;

/// Checks everything that one table alone cannot say.
pub(super) fn policy(policy: &Policy, page: &mut Page) {
    repository(policy, page);
    targets(policy, page);
    ids(policy, page);
    principals(policy, page);
    references(policy, page);
    rule_names(policy, page);
    roles(policy, page, "defaults", &policy.defaults.from);
    let mut inherited = false;
    for (index, rule) in policy.rules.iter().enumerate() {
        let place = format!("rule[{index}]");
        let (own, base) = (&rule.demands, &policy.defaults);
        if own.from != base.from {
            roles(policy, page, &place, &own.from);
        }
        if (own.approvals, &own.from) == (base.approvals, &base.from) {
            inherited = true;
        } else {
            demands(policy, page, &place, &own.from, own.approvals);
        }
        teams(policy, page, &place, rule);
    }
    if inherited {
        let base = &policy.defaults;
        demands(policy, page, "defaults", &base.from, base.approvals);
    }
    let change = &policy.policy_change;
    roles(policy, page, "policy_change", &change.from);
    demands(
        policy,
        page,
        "policy_change",
        &change.from,
        change.approvals,
    );
    for (name, table) in [
        ("override", &policy.override_),
        ("break_glass", &policy.break_glass),
    ] {
        if let Some(table) = table {
            roles(policy, page, name, &table.from);
            demands(policy, page, name, &table.from, table.approvals);
        }
    }
    if let Some(approvals) = policy.revert {
        let asked = policy.rules.iter().map(|rule| &rule.demands.from);
        for from in asked.collect::<BTreeSet<_>>() {
            demands(policy, page, "revert", from, approvals);
        }
    }
    for (id, automation) in &policy.automation {
        roles(policy, page, &format!("automation.{id}"), &automation.from);
    }
    for role in policy.roles.keys() {
        let place = format!("roles.{role}");
        known_role(policy, page, &place, role);
    }
    catch_all(policy, page);
}

fn repository(policy: &Policy, page: &mut Page) {
    let id = policy.repository.strip_prefix("urn:uuid:");
    let uuid = |text: &str| {
        text.len() == 36
            && text.bytes().enumerate().all(|(at, b)| match at {
                8 | 13 | 18 | 23 => b == b'-',
                _ => b.is_ascii_digit() || (b'a'..=b'f').contains(&b),
            })
    };
    if !policy.repository.is_empty() && !id.is_some_and(uuid) {
        page.wrong_at(
            "repository",
            "`repository` is no `urn:uuid:` with a UUID in lower case",
            "`uuidgen` makes one; it never changes afterwards",
        );
    }
}

fn targets(policy: &Policy, page: &mut Page) {
    let scope = &policy.scope;
    for target in &scope.targets {
        ref_name(page, "scope.targets", target.as_str(), "refs/");
    }
    if scope
        .targets
        .first()
        .is_some_and(|first| !first.is_literal())
    {
        page.wrong_at(
            "scope.targets",
            "the first target is a glob",
            "put the default target first, as a full ref name",
        );
    } else if scope.targets.is_empty() {
        page.wrong_at(
            "scope.targets",
            "no target",
            "write `targets = [\"refs/heads/main\"]`",
        );
    }
    ref_name(page, "scope.refs", &scope.refs, "refs/");
    ref_name(page, "scope.notes", &scope.notes, "refs/notes/");
    for (name, target) in &policy.targets {
        let place = format!("target.{name}");
        ref_name(page, &place, name, "refs/");
        for from in &target.accept_from {
            ref_name(
                page,
                &format!("{place}.accept_from"),
                from.as_str(),
                "refs/",
            );
        }
        if !policy.is_target(name) {
            let text = format!("`{name}` is none of `scope.targets`");
            page.wrong_at(&place, text, "name a target, or add it to `scope.targets`");
        }
    }
}

fn ref_name(page: &mut Page, place: &str, name: &str, prefix: &str) {
    let good = name.starts_with(prefix)
        && name.len() > prefix.len()
        && !name.ends_with('/')
        && !name.bytes().any(|b| b <= b' ' || b == 0x7f)
        && !name.contains("..");
    if !good {
        let text = format!("`{name}` is no full ref name below `{prefix}`");
        page.wrong_at(
            place,
            text,
            "write the name in full, such as `refs/heads/main`",
        );
    }
}

fn ids(policy: &Policy, page: &mut Page) {
    let good = |id: &str| {
        let ok = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'+' | b'@' | b'-');
        (1..=128).contains(&id.len()) && id.bytes().all(ok)
    };
    let tables: [(&str, Vec<&String>); 5] = [
        ("people", policy.people.keys().collect()),
        ("agents", policy.agents.keys().collect()),
        ("automation", policy.automation.keys().collect()),
        ("roles", policy.roles.keys().collect()),
        ("deployable", policy.deployable.keys().collect()),
    ];
    for (table, ids) in tables {
        for id in ids.into_iter().filter(|id| !good(id)) {
            page.wrong_at(
                &format!("{table}.{id}"),
                format!("`{id}` is no id"),
                "use at most 128 letters, digits and . _ + @ -",
            );
        }
    }
}

/// Every principal is well-formed and belongs to one of all people, agents and automations.
fn principals(policy: &Policy, page: &mut Page) {
    let people = policy
        .people
        .iter()
        .map(|(id, p)| (format!("people.{id}"), &p.principal));
    let agents = policy
        .agents
        .iter()
        .filter_map(|(id, agent)| Some((format!("agents.{id}"), agent.principal.as_ref()?)));
    let automation = policy
        .automation
        .iter()
        .map(|(id, a)| (format!("automation.{id}"), &a.principal));
    let mut seen: BTreeMap<&str, String> = BTreeMap::new();
    for (owner, principal) in people.chain(agents).chain(automation) {
        let place = format!("{owner}.principal");
        if principal.is_empty() {
            continue;
        }
        if !is_principal(principal) {
            page.wrong_at(
                &place,
                format!("`{principal}` is no principal"),
                "a principal is 3 to 128 characters of a-z 0-9 . _ + @ -",
            );
        }
        match seen.get(principal.as_str()) {
            Some(first) => page.wrong_at(
                &place,
                format!("`{principal}` is also the principal of `{first}`"),
                "a key belongs to one person, agent or automation: give each its own principal",
            ),
            None => {
                seen.insert(principal, owner);
            }
        }
    }
}

/// People that are named elsewhere exist.
fn references(policy: &Policy, page: &mut Page) {
    let people: Vec<&str> = policy.people.keys().map(String::as_str).collect();
    let mut person = |place: &str, id: &str| {
        if !policy.people.contains_key(id) {
            let remedy = match nearest(id, &people) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("add `[people.{id}]` or remove the name"),
            };
            page.wrong_at(place, format!("nobody has the id `{id}`"), remedy);
        }
    };
    for id in &policy.scope.exempt_humans {
        person("scope.exempt_humans", id);
    }
    for (id, agent) in &policy.agents {
        if let Some(operator) = &agent.operator {
            person(&format!("agents.{id}.operator"), operator);
        }
    }
}

fn rule_names(policy: &Policy, page: &mut Page) {
    let mut earlier = BTreeSet::new();
    for (index, rule) in policy.rules.iter().enumerate() {
        let place = format!("rule[{index}].name");
        if !rule.name.is_empty() && !earlier.insert(&rule.name) {
            let text = format!("two rules are named `{}`", rule.name);
            page.wrong_at(
                &place,
                text,
                "a refusal names the rule: give each its own name",
            );
        }
        if rule.name == POLICY_CHANGE {
            let text = format!("`{POLICY_CHANGE}` is the name of the policy's own rule");
            page.wrong_at(&place, text, "choose another name");
        }
    }
}

/// Enough people hold the roles when any one author is taken out.
fn demands(policy: &Policy, page: &mut Page, place: &str, from: &[String], approvals: u64) {
    let holders = policy.holders(from).count() as u64;
    if holders > 0 && approvals > holders - 1 {
        let text = format!(
            "`{place}` asks {approvals} of {}, held by {holders}: without one author only {} are left",
            from.join(", "),
            holders - 1
        );
        page.wrong_at(
            &format!("{place}.approvals"),
            text,
            "ask fewer, or give the role to more people",
        );
    }
}

fn roles(policy: &Policy, page: &mut Page, place: &str, from: &[String]) {
    for role in from {
        known_role(policy, page, &format!("{place}.from"), role);
    }
}

fn known_role(policy: &Policy, page: &mut Page, place: &str, role: &str) {
    let held: Vec<&str> = policy
        .people
        .values()
        .flat_map(|person| person.roles.iter().map(String::as_str))
        .collect();
    if held.contains(&role) {
        return;
    }
    let remedy = match nearest(role, &held) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("add `{role}` to the `roles` of somebody"),
    };
    page.wrong_at(place, format!("nobody has the role `{role}`"), remedy);
}

fn teams(policy: &Policy, page: &mut Page, place: &str, rule: &Rule) {
    for team in &rule.demands.teams {
        let from = &rule.demands.from;
        let able = policy.holders(from).any(|id| {
            let person = policy.people.get(id);
            person.is_some_and(|person| person.teams.contains(team))
        });
        if !able {
            page.wrong_at(
                &format!("{place}.teams"),
                format!(
                    "nobody of the team `{team}` holds one of the roles {}",
                    from.join(", ")
                ),
                "give the role to somebody of the team",
            );
        }
    }
}

/// Every target has a rule that no path, level or agent escapes.
fn catch_all(policy: &Policy, page: &mut Page) {
    for target in &policy.scope.targets {
        let covered = policy.rules.iter().any(|rule| {
            let m = &rule.matches;
            let every_path = m
                .paths
                .as_ref()
                .is_none_or(|globs| globs.iter().any(Glob::is_everything));
            let this_target = m.targets.as_ref().is_none_or(|globs| {
                let literal = target.is_literal();
                let matches = |glob: &Glob| {
                    glob == target
                        || glob.is_everything()
                        || (literal && glob.matches(target.as_str().as_bytes()))
                };
                globs.iter().any(matches)
            });
            every_path
                && this_target
                && m.risk.is_none_or(|level| level == Level::Low)
                && m.agents.is_none()
                && m.models.is_none()
        });
        if !covered {
            page.wrong_at(
                "rule",
                format!("no rule matches every path of `{target}`"),
                "add a rule with `paths = [\"**\"]` and no other condition",
            );
        }
    }
}
