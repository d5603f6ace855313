//! What stands: rejections, withdrawals, replacements, and how far each reaches.

use countersign::change::Sha256;
use countersign::policy::{
    Cast, Decision, Reason, ReasonId, Revoked, Standing, Unreadable, unreadable, would_count,
};
use countersign::verdict::VerdictKind;

use super::fixture::{EXAMPLE, MAGIC, edited, files, fingerprint, key, parse, signers};
use super::scene::*;

/// `cast`, naming these as replaced.
fn over(mut cast: Cast, named: &[u8]) -> Cast {
    cast.supersedes = named.iter().map(|byte| sha(*byte)).collect();
    cast
}

fn withdraw(person: &str, digest: u8, named: &[u8]) -> Cast {
    over(cast(person, VerdictKind::Withdraw, digest), named)
}

/// `cast` for revision `n` with another head and other content.
fn revision(mut cast: Cast, n: u32) -> Cast {
    cast.change.revision = n;
    cast.head = at(0x60 + n as u8);
    cast.content = sha(0x60 + n as u8);
    cast
}

fn decides(casts: Vec<Cast>, decision: Decision, why: &str) -> Scene {
    let mut scene = example();
    scene.casts = casts;
    let outcome = scene.judge();
    assert_eq!(outcome.decision(), decision, "{why}: {outcome:#?}");
    let denied = outcome.reasons.iter().any(|r| r.id == ReasonId::Rejected);
    assert_eq!(denied, decision == Decision::Deny, "{why}: {outcome:#?}");
    scene
}

#[test]
fn a_rejection_denies_its_head_and_its_content_whoever_approves() {
    let yes = || vec![approve("bob", 1), approve("carol", 2)];
    let mut both = yes();
    both.push(reject("alice", 3));
    decides(both, Decision::Deny, "the head");
    let mut content = yes();
    let mut moved = reject("alice", 3);
    moved.head = at(0x77);
    moved.change.id = "other".parse().unwrap();
    content.push(moved);
    decides(content, Decision::Deny, "the same content under another id");
    let mut elsewhere = yes();
    let mut other = revision(reject("alice", 3), 9);
    other.change.id = "other".parse().unwrap();
    elsewhere.push(other);
    decides(elsewhere, Decision::Allow, "another change");
}

#[test]
fn a_rejection_counts_also_when_its_author_may_not_approve_or_the_step_is_exempt() {
    let mut scene = example().with(approve("bob", 1)).with(reject("alice", 2));
    scene.made[0].author = "alice@corp.example".to_owned();
    scene.run.commits = scene.made.clone();
    assert_eq!(scene.judge().decision(), Decision::Deny);
    scene.run.ai = false;
    scene.run.commits[0].signer = Some(fingerprint(1));
    let outcome = scene.judge();
    assert!(outcome.rules.is_empty(), "exempt");
    assert_eq!(outcome.decision(), Decision::Deny);
}

#[test]
fn only_somebody_with_a_role_of_a_matching_rule_can_deny() {
    let mut scene = example().with(approve("bob", 1)).with(reject("carol", 2));
    assert_eq!(scene.judge().decision(), Decision::Deny);
    scene.policy.people.get_mut("carol").unwrap().roles = vec!["policy-owner".to_owned()];
    assert_eq!(
        scene.judge().decision(),
        Decision::Allow,
        "loss of the role lifts it"
    );
    scene.run.touches_policy = true;
    scene.casts.push(approve("alice", 3));
    assert_eq!(
        scene.judge().decision(),
        Decision::Deny,
        "but not for the policy"
    );
}

#[test]
fn a_rejection_does_not_age_and_outlives_its_key_but_not_its_revocation() {
    let mut old = reject("alice", 2);
    old.issued_at = now() - days(900);
    decides(vec![approve("bob", 1), old], Decision::Deny, "old");
    let mut doubtful = reject("alice", 2);
    doubtful.doubt = Some("unknown field".to_owned());
    decides(
        vec![approve("bob", 1), doubtful],
        Decision::Deny,
        "not canonical",
    );

    let line = format!("alice@corp.example {}", key(1));
    let with = format!("alice@corp.example valid-before=\"20260601Z\" {}", key(1));
    let mut scene = example().with(approve("bob", 1)).with(reject("alice", 2));
    scene.policy = files(EXAMPLE, &signers().replace(&line, &with), MAGIC)
        .parse()
        .unwrap();
    assert_eq!(
        scene.judge().decision(),
        Decision::Deny,
        "good when it signed"
    );
    scene.casts[1].issued_at = now();
    assert_eq!(
        scene.judge().decision(),
        Decision::Allow,
        "expired when it signed"
    );
    scene.casts[1].issued_at = now() - days(1);
    let revoked = format!("{MAGIC}{}\n", fingerprint(1));
    scene.policy = files(EXAMPLE, &signers(), &revoked).parse().unwrap();
    assert_eq!(scene.judge().decision(), Decision::Allow, "revoked");
}

#[test]
fn a_veto_reaches_later_revisions_until_its_author_approves_one() {
    let earlier = revision(reject("alice", 2), 1);
    let second = |person: &str, digest| {
        let mut cast = approve(person, digest);
        cast.change.revision = 2;
        cast
    };
    decides(
        vec![second("bob", 1), earlier.clone()],
        Decision::Deny,
        "veto",
    );
    let lifted = vec![second("bob", 1), earlier.clone(), second("alice", 3)];
    decides(
        lifted,
        Decision::Allow,
        "its author approves the later revision",
    );
    let taken_back = vec![
        second("bob", 1),
        earlier.clone(),
        second("alice", 3),
        withdraw("alice", 4, &[3]),
    ];
    decides(taken_back, Decision::Deny, "that approval is taken back");
    let mut other_target = second("alice", 3);
    other_target.target = "refs/heads/release/1".to_owned();
    decides(
        vec![second("bob", 1), earlier.clone(), other_target],
        Decision::Deny,
        "for elsewhere",
    );
    let mut same_number = second("bob", 1);
    same_number.change.revision = 1;
    decides(
        vec![same_number, earlier.clone()],
        Decision::Deny,
        "a number used again",
    );
    let later = revision(reject("alice", 2), 3);
    decides(
        vec![second("bob", 1), later],
        Decision::Allow,
        "an earlier revision was approved",
    );
}

#[test]
fn reject_revision_denies_the_head_and_the_content_only() {
    let earlier = revision(reject("alice", 2), 1);
    let mut second = approve("bob", 1);
    second.change.revision = 2;
    let gentle = edited(
        "paths = [\"**\"]",
        "paths = [\"**\"]\nreject = \"revision\"",
    );
    let mut scene = Scene::new(parse(&gentle).unwrap())
        .with(second)
        .with(earlier);
    assert_eq!(
        scene.judge().decision(),
        Decision::Allow,
        "reject = revision"
    );
    scene.casts[1] = reject("alice", 2);
    assert_eq!(scene.judge().decision(), Decision::Deny);
}

#[test]
fn the_most_restrictive_of_one_persons_words_holds_unless_replaced() {
    let scene = decides(
        vec![approve("bob", 1), reject("bob", 2)],
        Decision::Deny,
        "neither named",
    );
    let outcome = scene.judge();
    assert!(outcome.warnings.iter().any(|w| w.id == ReasonId::Conflict));
    decides(
        vec![over(approve("bob", 2), &[1]), reject("bob", 1)],
        Decision::Allow,
        "replaced",
    );
    decides(
        vec![approve("bob", 1), cast("bob", VerdictKind::Comment, 2)],
        Decision::Allow,
        "a comment is nothing",
    );
    decides(
        vec![
            over(cast("bob", VerdictKind::Comment, 2), &[1]),
            reject("bob", 1),
        ],
        Decision::Deny,
        "a comment replaces nothing",
    );
    decides(
        vec![over(approve("carol", 2), &[1]), reject("bob", 1)],
        Decision::Deny,
        "somebody else's",
    );
    decides(
        vec![
            approve("bob", 1),
            over(reject("bob", 2), &[1]),
            over(approve("bob", 3), &[2]),
        ],
        Decision::Allow,
        "yes, no, yes",
    );
}

#[test]
fn what_lifts_a_rejection_must_be_good_as_a_permission() {
    let lifting = || over(approve("bob", 2), &[1]);
    let spoils: [fn(&mut Cast); 6] = [
        |c| c.doubt = Some("x".to_owned()),
        |c| c.issued_at = now() + days(1),
        |c| c.principal = "alice@corp.example".to_owned(),
        |c| c.repository.id = "urn:uuid:00000000-0000-4000-8000-000000000000".to_owned(),
        |c| c.target = "refs/heads/release/1".to_owned(),
        |c| *c = revision(c.clone(), 2),
    ];
    for spoil in spoils {
        let mut bad = lifting();
        spoil(&mut bad);
        decides(
            vec![bad, approve("carol", 3), reject("bob", 1)],
            Decision::Deny,
            "spoilt",
        );
    }
    decides(
        vec![lifting(), approve("carol", 3), reject("bob", 1)],
        Decision::Allow,
        "good",
    );
    let mut doubtful = withdraw("bob", 2, &[1]);
    doubtful.doubt = Some("x".to_owned());
    decides(
        vec![doubtful, approve("carol", 3), reject("bob", 1)],
        Decision::Deny,
        "a doubtful one",
    );
    let good = vec![
        withdraw("bob", 2, &[1]),
        approve("carol", 3),
        reject("bob", 1),
    ];
    decides(good, Decision::Allow, "a good one");
}

#[test]
fn a_withdrawal_takes_back_what_it_names_and_blocks_until_replaced() {
    let pending = |casts: Vec<Cast>, id: ReasonId| {
        let scene = decides(casts, Decision::Pending, "taken back");
        let outcome = scene.judge();
        assert!(outcome.set_aside.iter().any(|r| r.id == id), "{outcome:#?}");
    };
    pending(
        vec![approve("bob", 1), withdraw("bob", 2, &[1])],
        ReasonId::Withdrawn,
    );
    let mut doubtful = withdraw("bob", 2, &[1]);
    doubtful.doubt = Some("x".to_owned());
    pending(vec![approve("bob", 1), doubtful], ReasonId::Withdrawn);
    // Named from another head: a withdrawal reaches whatever it names.
    let far = revision(withdraw("bob", 2, &[1]), 5);
    pending(vec![approve("bob", 1), far], ReasonId::Withdrawn);
    // It stands on its head: a second approval that does not name it changes nothing.
    let again = vec![
        approve("bob", 1),
        withdraw("bob", 2, &[1]),
        approve("bob", 3),
    ];
    pending(again, ReasonId::Withdrawn);
    let renewed = vec![
        approve("bob", 1),
        withdraw("bob", 2, &[1]),
        over(approve("bob", 3), &[1, 2]),
    ];
    decides(renewed, Decision::Allow, "approved again");
    let stranger = vec![approve("bob", 1), withdraw("carol", 2, &[1])];
    decides(
        stranger,
        Decision::Allow,
        "nobody takes back another's word",
    );
}

#[test]
fn an_approval_of_the_same_content_lifts_the_whole_rejection() {
    // Rejected as revision 1; rebased without change as revision 2 and approved by the same person.
    let mut first = reject("alice", 1);
    first.head = at(0x61);
    let mut second = over(approve("alice", 2), &[1]);
    second.change.revision = 2;
    decides(
        vec![first.clone(), second],
        Decision::Allow,
        "the content is lifted with its head",
    );
    let mut bob = approve("bob", 3);
    bob.change.revision = 2;
    decides(
        vec![first, bob],
        Decision::Deny,
        "the content stays denied otherwise",
    );
}

#[test]
fn ignored_statements_are_as_absent() {
    let digest: Sha256 = sha(2);
    let policy = format!("{EXAMPLE}[log]\nignore = [\"{digest}\"]\n");
    let mut scene = Scene::new(parse(&policy).unwrap());
    scene.casts = vec![approve("bob", 1), reject("alice", 2)];
    assert_eq!(scene.judge().decision(), Decision::Allow);
    scene.casts = vec![approve("bob", 2)];
    assert_eq!(scene.judge().decision(), Decision::Pending);
}

#[test]
fn what_cannot_be_read_stops_the_gate_only_if_a_reviewer_signed_it() {
    let mut policy = parse(EXAMPLE).unwrap();
    let odd = |byte: u8| Unreadable {
        digest: sha(5),
        key: fingerprint(byte),
        subject: Some(oid(HEAD)),
        why: "unknown type https://x/v9: upgrade countersign".to_owned(),
    };
    let none = Revoked::default();
    let id = |reason: Reason| reason.id;
    assert_eq!(
        id(unreadable(&policy, &none, &odd(2), true)),
        ReasonId::UnreadableStatement
    );
    let later = format!("{MAGIC}{}\n", fingerprint(2));
    let later = files(EXAMPLE, &signers(), &later).parse().unwrap().revoked;
    assert_eq!(
        id(unreadable(&policy, &later, &odd(2), true)),
        ReasonId::UnreadableIgnored
    );
    assert_eq!(
        id(unreadable(&policy, &none, &odd(2), false)),
        ReasonId::UnreadableIgnored
    );
    assert_eq!(
        id(unreadable(&policy, &none, &odd(7), true)),
        ReasonId::UnknownKey
    );
    policy.people.get_mut("bob").unwrap().roles.clear();
    assert_eq!(
        id(unreadable(&policy, &none, &odd(2), true)),
        ReasonId::UnreadableIgnored
    );
    policy.log.ignore.push(sha(5));
    assert_eq!(
        id(unreadable(&policy, &none, &odd(1), true)),
        ReasonId::UnreadableIgnored
    );
}

#[test]
fn before_signing_a_reviewer_learns_whether_the_word_would_count() {
    use VerdictKind::{Approve, Comment, Reject};
    let mut scene = example();
    scene.policy.people.get_mut("carol").unwrap().roles.clear();
    let mut ask = |key: u8, kind, spoil: fn(&mut Scene)| {
        spoil(&mut scene);
        let (run, at) = (&scene.run, scene.circumstances());
        would_count(&scene.policy, &fingerprint(key), kind, run, &at).map_err(|r| r.id)
    };
    assert_eq!(ask(2, Approve, |_| {}), Ok(()));
    assert_eq!(ask(7, Comment, |_| {}), Err(ReasonId::KeyUnknown));
    assert_eq!(ask(3, Approve, |_| {}), Err(ReasonId::NoRole));
    assert_eq!(ask(3, Reject, |_| {}), Err(ReasonId::NoRole));
    assert_eq!(ask(3, Comment, |_| {}), Ok(()));
    let own: fn(&mut Scene) = |s| s.run.commits[0].author = "bob@corp.example".to_owned();
    assert_eq!(ask(2, Approve, own), Err(ReasonId::SelfApproval));
    assert_eq!(
        ask(2, Reject, |_| {}),
        Ok(()),
        "one may reject one's own change"
    );
    let revoke: fn(&mut Scene) = |s| {
        let list = format!("{MAGIC}{}\n", fingerprint(1));
        s.revoked = files(EXAMPLE, &signers(), &list).parse().unwrap().revoked;
    };
    assert_eq!(ask(1, Comment, revoke), Err(ReasonId::KeyRevoked));
}

#[test]
fn needs_say_how_far_it_is_and_whether_i_could_help() {
    let mut scene = example().with(approve("bob", 1));
    scene.run.paths.push("infra/lb.yaml".into());
    let outcome = scene.judge();
    let needs = outcome.needs(Some("carol"));
    assert_eq!(needs.len(), 1);
    assert_eq!(
        (needs[0].rule.as_str(), needs[0].needed, needs[0].have),
        ("traffic", 2, 1)
    );
    assert!(needs[0].me);
    assert!(!outcome.needs(Some("bob"))[0].me, "has approved");
    assert!(!outcome.needs(None)[0].me);

    let at = scene.circumstances();
    let standing = Standing::of(&scene.policy, &scene.casts, &at);
    assert_eq!(standing.to_supersede("bob", |_| true), [sha(1)]);
    assert!(standing.to_supersede("carol", |_| true).is_empty());
}

#[test]
fn the_version_of_a_policy_rises() {
    let parent = parse(EXAMPLE).unwrap();
    let child = |n: u32| parse(&edited("version = 7", &format!("version = {n}"))).unwrap();
    assert!(child(8).check_succession(&parent).is_ok());
    for version in [7, 6] {
        let refused = child(version).check_succession(&parent).unwrap_err();
        assert_eq!(refused.id, ReasonId::PolicyRollback);
    }
}
