//! Every key of the policy page is read, and is held by whom the page says: the rules decide by
//! it, or the answer is 3, or it is a permission that this program does not grant.

mod exceptions;

use std::collections::{BTreeMap, BTreeSet};

use countersign::change::RepoPath;
use countersign::policy::{Decision, Enforces, Policy, Restored, keys};
use countersign::risk::Level;

use super::fixture::{EXAMPLE, MAGIC, files, fingerprint, key, parse, signers};
use super::scene::*;

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/policy.md");
    std::fs::read_to_string(path).unwrap()
}

/// The key and the last cell of each row of the page's tables of keys.
fn held() -> BTreeMap<String, String> {
    let text = page();
    let rows = text
        .lines()
        .filter(|line| line.starts_with("| `") && line.matches('|').count() > 4);
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_end_matches([' ', '|']).split(" | ").collect();
        let key = cells[0].trim_start_matches("| ").trim_matches('`');
        (key.to_owned(), cells[cells.len() - 1].trim().to_owned())
    })
    .collect()
}

/// A key of the page: what to add to or change in the example, and a scene in which it matters.
struct Case {
    key: &'static str,
    change: (&'static str, &'static str),
    scene: fn(&mut Scene),
}

const fn case(
    key: &'static str,
    change: (&'static str, &'static str),
    scene: fn(&mut Scene),
) -> Case {
    Case { key, change, scene }
}

/// Stands for the end of the file in a [`Case`].
const END: &str = "";
const FIRST: &str = "paths = [\"**\"]";
const BOB: &str = "principal = \"bob@corp.example\"";
const CODER: &str = "emails = [\"coder-bot@corp.example\"]\noperator = \"alice\"";

fn nothing(_: &mut Scene) {}

fn by_dave(scene: &mut Scene) {
    scene.made = vec![made(HEAD, "dave@corp.example")];
}

fn human(scene: &mut Scene) {
    scene.casts.clear();
    scene.run.ai = false;
    scene.run.commits = vec![made(HEAD, "alice@corp.example")];
    scene.run.commits[0].signer = Some(fingerprint(1));
}

fn half_seen(scene: &mut Scene) {
    scene.casts[0].viewed.as_mut().unwrap().hunks_viewed = 1;
}

fn of_policy(scene: &mut Scene) {
    scene.run.touches_policy = true;
    scene.casts.push(approve("carol", 2));
}

const TABLES: &[Case] = &[
    case("repository", ("5b0c7f0e", "00000000"), nothing),
    case("scope.mode", ("unless-human-signed", "all"), human),
    case(
        "scope.exempt_humans",
        ("[\"alice\", \"bob\", \"carol\"]", "[\"bob\"]"),
        human,
    ),
    case(
        "people.<id>.principal",
        (BOB, "principal = \"bert@corp.example\""),
        nothing,
    ),
    case(
        "people.<id>.emails",
        ("emails = [\"bob@", "emails = [\"dave@"),
        by_dave,
    ),
    case(
        "people.<id>.roles",
        (
            "emails = [\"bob@corp.example\"]\nroles = [\"senior\", \"policy-owner\"]",
            "roles = [\"policy-owner\"]\n[people.dora]\nprincipal = \"dora@corp.example\"\nroles = [\"senior\"]",
        ),
        nothing,
    ),
    case(
        "people.<id>.teams",
        (BOB, "principal = \"bob@corp.example\"\nteams = [\"net\"]"),
        |scene| {
            scene.policy.rules[0].demands.teams = vec!["net".to_owned()];
        },
    ),
    case(
        "agents.<id>.principal",
        (
            CODER,
            "principal = \"coder@corp.example\"\noperator = \"bob\"",
        ),
        |scene| {
            scene.run.proposal.signer = Some(fingerprint(9));
        },
    ),
    case(
        "agents.<id>.emails",
        (
            CODER,
            "emails = [\"dave@corp.example\"]\noperator = \"bob\"",
        ),
        by_dave,
    ),
    case(
        "agents.<id>.operator",
        ("operator = \"alice\"", "operator = \"bob\""),
        |scene| {
            scene.made = vec![made(HEAD, "coder-bot@corp.example")];
        },
    ),
    case(
        "roles.<role>.user_presence",
        (END, "[roles.senior]\nuser_presence = \"required\""),
        nothing,
    ),
    case(
        "risk.critical",
        (END, "[risk]\ncritical = [\"src/**\"]"),
        |scene| {
            scene.run.assessed = Level::Medium;
            half_seen(scene);
        },
    ),
    case(
        "revert.approvals",
        (END, "[revert]\napprovals = 2"),
        |scene| scene.run.restored = Restored::Verified,
    ),
    case(
        "policy_change.from",
        ("from = [\"policy-owner\"]", "from = [\"senior\"]"),
        |scene| {
            of_policy(scene);
            scene.policy.people.get_mut("carol").unwrap().roles = vec!["senior".to_owned()];
        },
    ),
    case(
        "policy_change.approvals",
        (
            "approvals = 2\ncoverage = \"tree\"",
            "approvals = 1\ncoverage = \"tree\"",
        ),
        |scene| {
            scene.run.touches_policy = true;
        },
    ),
    case(
        "policy_change.coverage",
        ("coverage = \"tree\"", "coverage = \"merge\""),
        |scene| {
            of_policy(scene);
            scene.relate = |of| {
                of.cover =
                    countersign::policy::Cover::Carried(countersign::policy::Coverage::Content)
            };
        },
    ),
    case(
        "log.ignore",
        (
            END,
            "[log]\nignore = [\"0101010101010101010101010101010101010101010101010101010101010101\"]",
        ),
        nothing,
    ),
    case(
        "scope.markers",
        ("mode =", "markers = [\"X-Made-By\"]\nmode ="),
        nothing,
    ),
    case(
        "risk.rules",
        (
            END,
            "[[risk.rules]]\nid = \"own.x\"\nseverity = 1\nsentence = \"What is asked?\"\n\
             match = [{ pattern = 'x' }]",
        ),
        nothing,
    ),
];

const RULE: &[Case] = &[
    case(
        "paths",
        (
            FIRST,
            "paths = [\"**\"]\n[[rule]]\nname = \"x\"\napprovals = 2\npaths = [\"src/**\"]",
        ),
        nothing,
    ),
    case(
        "risk",
        (
            FIRST,
            "paths = [\"**\"]\n[[rule]]\nname = \"x\"\napprovals = 2\nrisk = \"medium\"",
        ),
        |scene| scene.run.assessed = Level::Medium,
    ),
    case(
        "agents",
        (
            FIRST,
            "paths = [\"**\"]\n[[rule]]\nname = \"x\"\napprovals = 2\nagents = [\"a\"]",
        ),
        |scene| scene.run.proposal.agents.push("a".to_owned()),
    ),
    case(
        "models",
        (
            FIRST,
            "paths = [\"**\"]\n[[rule]]\nname = \"x\"\napprovals = 2\nmodels = [\"m*\"]",
        ),
        |scene| scene.run.proposal.models.push("m1".to_owned()),
    ),
    case(
        "targets",
        (
            FIRST,
            "paths = [\"**\"]\n[[rule]]\nname = \"x\"\napprovals = 2\ntargets = [\"refs/heads/*\"]",
        ),
        nothing,
    ),
    case("approvals", (FIRST, "approvals = 2"), nothing),
    case("from", (FIRST, "from = [\"policy-owner\"]"), |scene| {
        scene.policy.people.get_mut("bob").unwrap().roles = vec!["senior".to_owned()];
    }),
    case("teams", (FIRST, "teams = [\"net\"]"), nothing),
    case("coverage", (FIRST, "coverage = \"exact\""), |scene| {
        scene.relate = |of| {
            of.cover = countersign::policy::Cover::Carried(countersign::policy::Coverage::Tree)
        };
    }),
    case("max_age", (FIRST, "max_age = \"1h\""), nothing),
    case("min_viewed", (FIRST, "min_viewed = 50"), half_seen),
    case(
        "checklist",
        (FIRST, "checklist = [\"security\"]"),
        |scene| scene.casts[0].checklist = None,
    ),
    case("acknowledge", (FIRST, "acknowledge = true"), |scene| {
        scene.run.severity3.insert("f".to_owned());
    }),
    case("reject", (FIRST, "reject = \"revision\""), |scene| {
        let mut veto = reject("carol", 9);
        (veto.head, veto.content) = (at(0x44), sha(0x44));
        scene.casts.push(veto);
    }),
    case(
        "unsigned_proposal",
        (FIRST, "unsigned_proposal = \"second\""),
        nothing,
    ),
    case(
        "unknown_author",
        (FIRST, "unknown_author = \"second\""),
        nothing,
    ),
    case(
        "unreviewable",
        (FIRST, "unreviewable = \"deny\""),
        |scene| {
            scene.run.unreviewable.insert("f".to_owned());
        },
    ),
    case(
        "require_up_to_date",
        (FIRST, "require_up_to_date = true"),
        |scene| scene.casts[0].base = Some(at(0x44)),
    ),
];

fn all_cases() -> impl Iterator<Item = &'static Case> {
    TABLES.iter().chain(RULE).chain(exceptions::CASES)
}

fn policy_of(text: &str) -> Policy {
    let keys = format!("{}coder@corp.example {}\n", signers(), key(9));
    files(text, &keys, MAGIC)
        .parse()
        .unwrap_or_else(|invalid| panic!("{invalid}"))
}

fn changed(text: &str, (old, new): (&str, &str)) -> String {
    if old.is_empty() {
        return format!("{text}{new}\n");
    }
    assert_eq!(text.matches(old).count(), 1, "{old}");
    let new = if old == FIRST && !new.contains(FIRST) {
        format!("{FIRST}\n{new}")
    } else {
        new.to_owned()
    };
    text.replace(old, &new)
}

/// The decision in the case's scene, under the example and under the changed example.
fn before_and_after(case: &Case, change: (&str, &str)) -> (Decision, Decision) {
    let decide = |text: &str| {
        let mut scene = Scene::new(policy_of(text)).with(approve("bob", 1));
        scene.run.restored = Restored::No;
        (case.scene)(&mut scene);
        scene.judge().decision()
    };
    let carol = "principal = \"carol@corp.example\"";
    let base = EXAMPLE.replacen(carol, &format!("{carol}\nteams = [\"net\"]"), 1);
    (decide(&base), decide(&changed(&base, change)))
}

#[test]
fn the_page_and_the_cases_name_the_same_keys() {
    let held = held();
    let rules: BTreeSet<&str> = all_cases().map(|case| case.key).collect();
    for (key, by) in &held {
        let decided = by == "rules" || by == "gate, else 3";
        assert_eq!(
            decided,
            rules.contains(key.as_str()),
            "{key} is held by {by}"
        );
    }
    let all: BTreeSet<String> = keys()
        .iter()
        .map(|key| {
            key.trim_start_matches("defaults.")
                .trim_start_matches("rule.")
                .to_owned()
        })
        .collect();
    assert_eq!(all, held.keys().cloned().collect());
}

#[test]
fn what_the_rules_hold_changes_the_decision() {
    let held = held();
    for case in all_cases() {
        let (before, after) = before_and_after(case, case.change);
        match held[case.key].as_str() {
            "rules" => assert_ne!(before, after, "{}", case.key),
            _ => assert_eq!(
                (before, after),
                (Decision::Allow, Decision::Error),
                "{}",
                case.key
            ),
        }
    }
}

#[test]
fn what_a_rule_may_ask_defaults_may_ask_too() {
    let shared = keys();
    for case in RULE
        .iter()
        .filter(|case| shared.contains(&format!("defaults.{}", case.key)))
    {
        let new = case.change.1;
        let change = match case.key {
            "approvals" => ("approvals = 1\n", "approvals = 2\n".to_owned()),
            "from" => ("from = [\"senior\"]", new.to_owned()),
            _ => ("approvals = 1\n", format!("approvals = 1\n{new}\n")),
        };
        let (before, after) = before_and_after(case, (change.0, &change.1));
        assert_ne!(before, after, "defaults.{}", case.key);
    }
}

#[test]
fn permissions_that_are_not_granted_allow_nothing() {
    let held = held();
    let granted = "[automation.bumps]\nprincipal = \"bumps@corp.example\"\npaths = [\"**\"]\nfrom = [\"junior\"]\n\
                   [deployable.web]\npaths = [\"web/**\"]\n\
                   [risk]\nsilence = [{ rule = \"x\", paths = [\"**\"], reason = \"y\" }]\n";
    let text = EXAMPLE.replacen(
        "\"senior\", \"policy-owner\"",
        "\"senior\", \"junior\", \"policy-owner\"",
        1,
    );
    let policy = parse(&format!("{text}{granted}")).unwrap();
    assert!(held.values().any(|by| by == "permission"));
    let nobody = Scene::new(policy.clone());
    assert_eq!(nobody.judge().decision(), Decision::Pending);
    let rejected = Scene::new(policy)
        .with(approve("bob", 1))
        .with(reject("carol", 2));
    assert_eq!(rejected.judge().decision(), Decision::Deny);
}

#[test]
fn the_page_s_policy_with_every_key_is_read_whole() {
    let text = page();
    let block = text
        .split("```text\n")
        .filter_map(|rest| rest.split("```").next());
    let example = block
        .filter(|block| block.starts_with("schema"))
        .last()
        .unwrap();
    let mut keys_of = signers();
    for (byte, name) in [(4, "dora"), (5, "emil"), (6, "bumps"), (9, "coder")] {
        keys_of += &format!("{name}@corp.example {}\n", key(byte));
    }
    let policy = files(example, &keys_of, MAGIC)
        .parse()
        .unwrap_or_else(|invalid| panic!("{invalid}"));
    let plain = parse(EXAMPLE).unwrap();
    assert_ne!(policy.scope.refs, plain.scope.refs);
    assert_eq!(policy.agents["coder"].max_open, Some(10));
    assert_eq!(
        policy.rules[1].demands.batch_approve,
        [Level::Low, Level::Medium]
    );
    assert_eq!(
        policy.deployable["web"].paths[0].as_str(),
        "services/web/**"
    );
    for key in keys() {
        let field = key.rsplit('.').next().unwrap();
        let said = example
            .lines()
            .any(|line| line.starts_with(&format!("{field} = ")));
        assert!(
            said || example.contains(&format!(" {field} = ")),
            "{key} is not in the example"
        );
    }
}

#[test]
fn critical_paths_and_everything_enforced_leave_nothing_open() {
    let policy = format!("{EXAMPLE}[log]\npins = \"required\"\ncheckpoint_max_age = \"7d\"\n");
    let mut scene = Scene::new(parse(&policy).unwrap()).with(approve("bob", 1));
    scene.enforces = Enforces {
        markers: true,
        risk_rules: true,
    };
    assert_eq!(scene.judge().decision(), Decision::Allow);
    let raised = Scene::new(parse(&format!("{EXAMPLE}[risk]\ncritical = [\"old/**\"]\n")).unwrap());
    let moved = [RepoPath::from("new/a"), RepoPath::from("old/a")];
    assert_eq!(raised.policy.level(Level::High, &moved), Level::Critical);
    assert_eq!(raised.policy.level(Level::High, &moved[..1]), Level::High);
}
