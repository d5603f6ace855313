//! Break-glass: whose, how many, on what, for how long, what it cannot do, and what it owes.

use std::collections::BTreeSet;

use countersign::policy::{Decision, Glass, Outcome, PresenceDemand, is_reviewed, owed};
use countersign::verdict::Repository;
use jiff::SignedDuration;

use super::fixture::{EXAMPLE, fingerprint, parse};
use super::scene::*;

/// The example, in which this many policy owners may let a commit through.
fn scene(approvals: u64) -> Scene {
    let table = format!("[break_glass]\nfrom = [\"policy-owner\"]\napprovals = {approvals}\n");
    Scene::new(parse(&format!("{EXAMPLE}{table}")).unwrap())
}

pub(super) fn hours(n: i64) -> SignedDuration {
    SignedDuration::from_hours(n)
}

/// A break-glass for the run's commit, signed an hour ago for three hours.
pub(super) fn glass(person: &str, byte: u8) -> Glass {
    Glass {
        digest: sha(byte),
        key: fingerprint(key_of(person)),
        presence: PresenceDemand::Optional,
        repository: Repository {
            id: "urn:uuid:5b0c7f0e-3c7a-4f0e-9a55-0d8f6f0b1c11".to_owned(),
            policy_root: oid(BASE),
        },
        target: "refs/heads/main".to_owned(),
        commit: oid(HEAD),
        reason: "checkout is down".to_owned(),
        valid_until: now() + hours(2),
        principal: format!("{person}@corp.example"),
        issued_at: now() - hours(1),
    }
}

fn with(mut scene: Scene, glasses: Vec<Glass>) -> Outcome {
    scene.glasses = glasses;
    scene.judge()
}

fn decision(scene: Scene, glasses: Vec<Glass>) -> Decision {
    with(scene, glasses).decision()
}

#[test]
fn enough_different_people_let_a_commit_through() {
    let both = || vec![glass("bob", 31), glass("carol", 32)];
    assert_eq!(decision(scene(2), vec![]), Decision::Pending);
    assert_eq!(
        decision(scene(2), vec![glass("bob", 31)]),
        Decision::Pending
    );
    let twice = vec![glass("bob", 31), glass("bob", 32)];
    assert_eq!(
        decision(scene(2), twice),
        Decision::Pending,
        "people are counted"
    );
    let outcome = with(scene(2), both());
    assert_eq!(outcome.decision(), Decision::Allow, "{outcome:#?}");
    let broken = outcome.broken.unwrap();
    assert_eq!(broken.by.len(), 2);
    assert_eq!(broken.until, now() + hours(2));
    assert!(
        outcome.rules.iter().any(|rule| !rule.satisfied),
        "still said"
    );
    assert_eq!(decision(example(), both()), Decision::Pending, "no table");
}

#[test]
fn it_ends_with_the_smallest_word_and_never_later_than_the_policy_says() {
    let mut short = glass("carol", 32);
    short.valid_until = now() + hours(1);
    let outcome = with(scene(2), vec![glass("bob", 31), short.clone()]);
    assert_eq!(outcome.broken.unwrap().until, now() + hours(1));
    short.valid_until = now();
    assert_eq!(
        decision(scene(2), vec![glass("bob", 31), short]),
        Decision::Pending
    );
    // Signed five hours ago for a year: the policy's four hours are over.
    let mut long = glass("bob", 31);
    (long.issued_at, long.valid_until) = (now() - hours(5), now() + days(360));
    assert_eq!(decision(scene(1), vec![long.clone()]), Decision::Pending);
    long.issued_at = now() - hours(3);
    let outcome = with(scene(1), vec![long]);
    assert_eq!(outcome.broken.unwrap().until, now() + hours(1));
}

/// What is done to a break-glass, and in which words.
type Change = (&'static str, fn(&mut Glass));

#[test]
fn what_is_no_permission_lets_nothing_through() {
    let changes: [Change; 8] = [
        ("another target", |one| {
            one.target = "refs/heads/dev".to_owned()
        }),
        ("another repository", |one| {
            one.repository.id = "urn:uuid:0".to_owned()
        }),
        ("another commit", |one| one.commit = oid(0x44)),
        ("somebody else's name", |one| {
            one.principal = "alice@corp.example".to_owned()
        }),
        ("an unknown key", |one| one.key = fingerprint(7)),
        ("a date ahead of the clock", |one| {
            (one.issued_at, one.valid_until) = (now() + days(1), now() + days(2));
        }),
        ("an agent's key", |one| one.key = fingerprint(9)),
        ("no reason", |one| one.reason = "  ".to_owned()),
    ];
    for (what, change) in changes {
        let mut odd = glass("carol", 31);
        change(&mut odd);
        assert_eq!(decision(scene(1), vec![odd]), Decision::Pending, "{what}");
    }
    assert_eq!(
        decision(scene(1), vec![glass("carol", 31)]),
        Decision::Allow
    );
    let mut ignored = scene(1);
    ignored.policy.log.ignore = vec![sha(31)];
    assert_eq!(
        decision(ignored, vec![glass("carol", 31)]),
        Decision::Pending
    );
}

#[test]
fn it_stands_for_missing_approvals_and_for_nothing_else() {
    let mut rejected = scene(1);
    rejected.casts = vec![reject("alice", 3)];
    assert_eq!(decision(rejected, vec![glass("carol", 31)]), Decision::Deny);
    let mut policy = scene(1);
    policy.run.touches_policy = true;
    assert_eq!(
        decision(policy, vec![glass("carol", 31)]),
        Decision::Pending
    );
    let mut several = scene(1);
    several.run.as_is = Vec::new();
    assert_eq!(
        decision(several, vec![glass("carol", 31)]),
        Decision::Pending
    );
    // Where nobody could approve, no break-glass helps either.
    let mut nobody = scene(1);
    let everyone = ["alice", "bob", "carol"].map(|who| made(HEAD, &format!("{who}@corp.example")));
    nobody.run.commits = everyone.to_vec();
    assert_eq!(decision(nobody, vec![glass("carol", 31)]), Decision::Deny);
    // What is approved needs none.
    let mut approved = scene(1).with(approve("bob", 1));
    approved.glasses = vec![glass("carol", 31)];
    assert!(approved.judge().broken.is_none());
}

#[test]
fn a_review_is_owed_from_when_it_held() {
    let mut scene = scene(2);
    let due = |scene: &Scene| {
        let commits = [oid(HEAD)];
        let owed = owed(
            &scene.policy,
            "refs/heads/main",
            &commits,
            &scene.circumstances(),
        );
        owed.map(|owed| (owed.due, owed.signers.into_iter().collect::<Vec<_>>()))
    };
    scene.glasses = vec![glass("bob", 31)];
    assert_eq!(due(&scene), None, "one of two");
    let mut later = glass("carol", 32);
    later.issued_at = now() - hours(1) + SignedDuration::from_mins(5);
    scene.glasses.push(later.clone());
    let both = vec!["bob".to_owned(), "carol".to_owned()];
    assert_eq!(due(&scene), Some((later.issued_at + days(3), both)));
    // Never valid at one time: it never held.
    later.issued_at = now() - days(9);
    later.valid_until = now() - days(8);
    scene.glasses[1] = later;
    assert_eq!(due(&scene), None);
}

#[test]
fn a_review_is_by_somebody_else_and_does_not_age() {
    let mut scene = scene(1);
    let signers = BTreeSet::from(["carol".to_owned()]);
    let reviewed = |scene: &Scene| {
        let related: Vec<_> = scene.related();
        is_reviewed(
            &scene.policy,
            &scene.run,
            &related,
            &signers,
            &scene.circumstances(),
        )
    };
    assert!(!reviewed(&scene));
    scene.casts = vec![approve("carol", 1)];
    assert!(!reviewed(&scene), "the signer's own");
    scene.casts = vec![reject("bob", 1)];
    assert!(!reviewed(&scene), "a rejection");
    scene.casts = vec![approve("bob", 1)];
    assert!(reviewed(&scene));
    scene.casts[0].issued_at = now() - days(300);
    assert!(reviewed(&scene), "once given");
    scene.casts[0].issued_at = now() + days(1);
    assert!(!reviewed(&scene), "a date ahead of the clock");
    scene.casts[0].issued_at = now() - days(1);
    scene.run.commits = vec![made(HEAD, "bob@corp.example")];
    scene.made = scene.run.commits.clone();
    assert!(!reviewed(&scene), "the author's own");
}
