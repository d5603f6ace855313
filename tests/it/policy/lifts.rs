//! Overrides: whose, how many, on what, and what they cannot do.

use countersign::policy::{Decision, Lift, PresenceDemand, ReasonId};
use countersign::verdict::Repository;

use super::fixture::{EXAMPLE, fingerprint, parse};
use super::scene::*;
use crate::common::{Checkout, World};

/// The example, in which this many policy owners may lift a rejection.
fn scene(approvals: u64) -> Scene {
    let table = format!("[override]\nfrom = [\"policy-owner\"]\napprovals = {approvals}\n");
    let policy = parse(&format!("{EXAMPLE}{table}")).unwrap();
    let mut scene = Scene::new(policy);
    scene.casts = vec![approve("bob", 1), reject("alice", 3)];
    scene
}

/// An override of the rejection 3 by a person of the example.
pub(super) fn lift(person: &str, byte: u8) -> Lift {
    let key = match person {
        "alice" => 1,
        "bob" => 2,
        _ => 3,
    };
    Lift {
        digest: sha(byte),
        key: fingerprint(key),
        presence: PresenceDemand::Optional,
        repository: Repository {
            id: "urn:uuid:5b0c7f0e-3c7a-4f0e-9a55-0d8f6f0b1c11".to_owned(),
            policy_root: oid(BASE),
        },
        target: "refs/heads/main".to_owned(),
        lifts: vec![sha(3)],
        reason: "the outage is worse".to_owned(),
        principal: format!("{person}@corp.example"),
        issued_at: now() - days(1),
    }
}

/// The decision with these overrides.
fn with(mut scene: Scene, lifts: Vec<Lift>) -> Decision {
    scene.lifts = lifts;
    scene.judge().decision()
}

#[test]
fn enough_different_people_lift_a_rejection() {
    assert_eq!(with(scene(2), vec![]), Decision::Deny);
    assert_eq!(
        with(scene(2), vec![lift("bob", 21)]),
        Decision::Deny,
        "one of two"
    );
    let twice = vec![lift("bob", 21), lift("bob", 22)];
    assert_eq!(with(scene(2), twice), Decision::Deny, "people are counted");
    let mut two = scene(2);
    two.lifts = vec![lift("bob", 21), lift("carol", 22)];
    let outcome = two.judge();
    assert_eq!(outcome.decision(), Decision::Allow, "{outcome:#?}");
    assert_eq!(outcome.lifted.len(), 1);
    assert_eq!(outcome.lifted[0].rejection, sha(3));
    assert_eq!(outcome.lifted[0].by.len(), 2);
}

#[test]
fn without_the_table_nobody_lifts_anything() {
    let mut none = example();
    none.casts = vec![approve("bob", 1), reject("alice", 3)];
    assert_eq!(
        with(none, vec![lift("bob", 21), lift("carol", 22)]),
        Decision::Deny
    );
}

/// What is done to an override, and in which words.
type Change = (&'static str, fn(&mut Lift));

#[test]
fn an_override_that_is_no_permission_lifts_nothing() {
    let changes: [Change; 7] = [
        ("another target", |lift| {
            lift.target = "refs/heads/dev".to_owned()
        }),
        ("another repository", |lift| {
            lift.repository.id = "urn:uuid:0".to_owned()
        }),
        ("another rejection", |lift| lift.lifts = vec![sha(4)]),
        ("somebody else's name", |lift| {
            lift.principal = "alice@corp.example".to_owned()
        }),
        ("an unknown key", |lift| lift.key = fingerprint(7)),
        ("a date ahead of the clock", |lift| {
            lift.issued_at = now() + days(2)
        }),
        ("an agent's key", |lift| lift.key = fingerprint(9)),
    ];
    for (what, change) in changes {
        let mut odd = lift("carol", 21);
        change(&mut odd);
        assert_eq!(with(scene(1), vec![odd]), Decision::Deny, "{what}");
    }
    assert_eq!(with(scene(1), vec![lift("carol", 21)]), Decision::Allow);
}

#[test]
fn revoked_keys_and_ignored_statements_lift_nothing() {
    let mut revoked = scene(1);
    revoked.revoked = parse_revoked(&fingerprint(3));
    assert_eq!(with(revoked, vec![lift("carol", 21)]), Decision::Deny);
    let mut ignored = scene(1);
    ignored.policy.log.ignore = vec![sha(21)];
    assert_eq!(with(ignored, vec![lift("carol", 21)]), Decision::Deny);
}

fn parse_revoked(key: &str) -> countersign::policy::Revoked {
    let revoked = format!("# countersign-revoked-v1\n{key} stolen\n");
    let files = super::fixture::files(EXAMPLE, &super::fixture::signers(), &revoked);
    files.parse().unwrap().revoked
}

#[test]
fn whoever_made_the_change_lifts_no_rejection_of_it() {
    let mut own = scene(1);
    own.run.commits = vec![made(HEAD, "carol@corp.example")];
    own.made = own.run.commits.clone();
    assert_eq!(with(own, vec![lift("carol", 21)]), Decision::Deny);
}

#[test]
fn an_override_approves_nothing() {
    let mut alone = scene(1);
    alone.casts = vec![reject("alice", 3)];
    alone.lifts = vec![lift("carol", 21)];
    let outcome = alone.judge();
    assert_eq!(outcome.decision(), Decision::Pending);
    assert!(outcome.reasons.iter().any(|r| r.id == ReasonId::Unapproved));
}

fn signs(who: &Checkout, line: &str) {
    who.countersign(&["sync"]).ok();
    who.run(&format!("{line} --push")).ok();
}

#[test]
fn a_rejected_change_goes_after_an_override_and_the_gate_names_it() {
    let world = World::with_policy(|policy| {
        policy.tables = "[override]\nfrom = [\"policy-owner\"]\napprovals = 1\n".to_owned();
    });
    world.queue("try-it", "src/app.py", "def main():\n    return 1\n");
    let early = world.alice.run("override try-it -m urgent");
    assert!(early.stderr.contains("no such change") || early.code != Some(0));
    signs(&world.bob, "reject try-it -m no");
    signs(&world.alice, "approve try-it -m ok");
    let head = world.bob.fetch_queue("try-it", 1);
    let merged = world.bob.land_merge(&head);
    let gate = || {
        world.bob.countersign(&["sync"]).ok();
        let range = format!("{}..{merged}", world.root);
        let words = [
            "gate",
            "--target",
            "main",
            "--policy-root",
            &world.root,
            &range,
            "--json",
        ];
        world.bob.countersign(&words)
    };
    assert_eq!(gate().exits(1).json()["runs"][0]["standing"], "unsatisfied");

    world.alice.run("override try-it").exits(2);
    signs(&world.alice, "override try-it -m urgent");
    let allowed = gate().exits(0).json();
    let run = &allowed["runs"][0];
    assert_eq!(run["standing"], "overridden");
    assert_eq!(run["lifted"][0]["reviewer"], "bob@corp.example");
    assert_eq!(run["lifted"][0]["by"][0]["reviewer"], "alice@corp.example");
    assert_eq!(run["lifted"][0]["by"][0]["reason"], "urgent");
    let row = world.alice.run("list --all --jsonl").json();
    assert_eq!(row["state"], "landed");
}

#[test]
fn who_may_not_is_told_before_anything_is_signed() {
    let world = World::new();
    world.queue("try-it", "src/app.py", "def main():\n    return 1\n");
    signs(&world.bob, "reject try-it -m no");
    world.alice.countersign(&["sync"]).ok();
    let refused = world.alice.run("override try-it -m urgent").exits(1);
    assert!(
        refused.stderr.contains("no [override]"),
        "{}",
        refused.stderr
    );
    let nothing = world.alice.run("override try-it@9 -m urgent");
    nothing.exits(2);
}
