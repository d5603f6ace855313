//! What a change of the policy means: who gains or loses what, and in which direction.

use countersign::policy::{Leaning, Policy, compare};

use super::fixture::{self, EXAMPLE};

fn parse(text: &str) -> Policy {
    fixture::parse(text).unwrap()
}

/// The example with one replacement; it has to be there.
#[track_caller]
fn with(from: &str, to: &str) -> Policy {
    assert!(EXAMPLE.contains(from), "no {from:?} in the example");
    parse(&EXAMPLE.replacen(from, to, 1))
}

/// What a replacement shifts, as `leaning subject: text`.
#[track_caller]
fn shifts(from: &str, to: &str) -> Vec<String> {
    let old = parse(EXAMPLE);
    let new = with(from, to);
    let all = compare(&old, &new);
    let back = compare(&new, &old);
    let mirrored = |one: Leaning| all.iter().filter(|shift| shift.leaning == one).count();
    let other = |one: Leaning| back.iter().filter(|shift| shift.leaning == one).count();
    assert_eq!(
        mirrored(Leaning::Tighter),
        other(Leaning::Looser),
        "{all:#?}\n{back:#?}"
    );
    let all = all.iter().filter(|shift| shift.subject != "version");
    all.map(|shift| {
        format!(
            "{} {}: {}",
            shift.leaning.as_str(),
            shift.subject,
            shift.text
        )
    })
    .collect()
}

#[track_caller]
fn shifts_so(from: &str, to: &str, expected: &[&str]) {
    assert_eq!(shifts(from, to), expected, "{from:?} to {to:?}");
}

#[test]
fn the_same_policy_shifts_nothing_and_a_version_that_does_not_rise_is_said() {
    let old = parse(EXAMPLE);
    let same = compare(&old, &old);
    assert_eq!(same.len(), 1, "{same:?}");
    assert!(same[0].text.contains("it has to rise"), "{same:?}");
    let risen = with("version = 7", "version = 8");
    assert_eq!(compare(&old, &risen), []);
}

/// What is replaced in the example, by what, and how that is told.
const TOLD: &[(&str, &str, &str)] = &[
    (
        "approvals = 2\ncoverage = \"content\"",
        "approvals = 1\ncoverage = \"content\"",
        "loosened rule `traffic`: approvals goes from 2 to 1",
    ),
    (
        "coverage = \"content\"",
        "coverage = \"exact\"",
        "tightened rule `traffic`: coverage goes from content to exact",
    ),
    (
        "\"correctness\", \"security\", \"performance\"",
        "\"correctness\", \"security\"",
        "loosened rule `traffic` checklist: loses performance",
    ),
    (
        "min_viewed = 100",
        "min_viewed = 10",
        "loosened rule `high-risk`: min_viewed goes from 100 to 10",
    ),
    (
        "acknowledge = true",
        "acknowledge = false",
        "loosened rule `high-risk`: acknowledge goes from true to false",
    ),
    (
        "risk = \"high\"",
        "risk = \"medium\"",
        "tightened rule `high-risk`: risk goes from high to medium",
    ),
    (
        "\"infra/**\", ",
        "",
        "loosened rule `traffic` paths: loses infra/**",
    ),
    (
        "mode = \"unless-human-signed\"",
        "mode = \"flagged\"",
        "loosened scope.mode: goes from unless-human-signed to flagged",
    ),
    (
        "mode = \"unless-human-signed\"",
        "mode = \"all\"",
        "tightened scope.mode: goes from unless-human-signed to all",
    ),
    (
        "exempt_humans = [\"alice\", ",
        "exempt_humans = [",
        "tightened scope.exempt_humans: loses alice",
    ),
    (
        "coverage = \"tree\"",
        "coverage = \"merge\"",
        "loosened policy_change: coverage goes from tree to merge",
    ),
    (
        "operator = \"alice\"",
        "operator = \"bob\"",
        "loosened agents.coder: is run by bob instead of alice",
    ),
];

#[test]
fn a_key_of_a_rule_is_told_in_its_direction() {
    for (from, to, expected) in TOLD {
        let shifts = if *from == "operator = \"alice\"" {
            // Either way somebody may approve who could not: there is no mirror.
            let all = compare(&parse(EXAMPLE), &with(from, to));
            all.iter()
                .filter(|shift| shift.subject != "version")
                .map(|shift| {
                    format!(
                        "{} {}: {}",
                        shift.leaning.as_str(),
                        shift.subject,
                        shift.text
                    )
                })
                .collect()
        } else {
            shifts(from, to)
        };
        assert_eq!(shifts, [*expected], "{from:?} to {to:?}");
    }
}

#[test]
fn people_rules_and_grants_come_and_go() {
    let dora = "[people.dora]\nprincipal = \"dora@corp.example\"\nroles = [\"senior\"]\n";
    shifts_so(
        "[agents.coder]",
        &format!("{dora}[agents.coder]"),
        &["loosened people.dora: is new, with the roles senior"],
    );
    let rule =
        "[[rule]]\nname = \"docs\"\npaths = [\"docs/**\"]\nmax_age = \"7d\"\n[policy_change]";
    shifts_so(
        "[policy_change]",
        rule,
        &[
            "tightened rule `docs`: is new: 1 of senior, carried by a clean merge, not older than 7d",
        ],
    );
    let glass = "[break_glass]\nfrom = [\"senior\"]\napprovals = 2\n[policy_change]";
    shifts_so(
        "[policy_change]",
        glass,
        &["loosened break_glass: is possible now, by 2 of senior"],
    );
    let silence = "[risk]\nsilence = [{ rule = \"sup.suppression\", paths = [\"t/**\"], reason = \"t\" }]\n[policy_change]";
    shifts_so(
        "[policy_change]",
        silence,
        &["loosened risk.silence: gains sup.suppression under t/**"],
    );
    let log = "[log]\npins = \"required\"\n[policy_change]";
    shifts_so(
        "[policy_change]",
        log,
        &["tightened log.pins: it goes from optional to required"],
    );
}

#[test]
fn what_asks_less_stands_first() {
    let new = parse(
        &EXAMPLE
            .replace("min_viewed = 100", "min_viewed = 1")
            .replace("mode = \"unless-human-signed\"", "mode = \"all\""),
    );
    let all = compare(&parse(EXAMPLE), &new);
    assert_eq!(all[0].leaning, Leaning::Looser, "{all:?}");
    assert_eq!(all[0].subject, "rule `high-risk`");
}
