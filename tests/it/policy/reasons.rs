//! Every reason for which an approval does not count, a run is denied, or there is no answer.

use countersign::policy::{Cover, Coverage, Decision, PresenceDemand, Reason, ReasonId, Way};
use jiff::SignedDuration;

use super::fixture::{EXAMPLE, MAGIC, edited, files, fingerprint, key, parse, signers};
use super::scene::*;

#[test]
fn one_approval_of_a_senior_is_what_the_example_asks() {
    let outcome = approved().judge();
    assert_eq!(outcome.rules.len(), 1);
    let rule = &outcome.rules[0];
    assert_eq!((rule.name.as_str(), rule.needed), ("everything", 1));
    assert_eq!(rule.have, ["bob"]);
    assert_eq!(outcome.counted[0].carried, Coverage::Exact);

    let nobody = example().judge();
    assert_eq!(nobody.decision(), Decision::Pending);
    assert!(has(&nobody, ReasonId::Unapproved));
    assert_eq!(nobody.rules[0].could, ["alice", "bob", "carol"]);
}

#[test]
fn authors_committers_and_co_authors_of_any_commit_do_not_approve() {
    type Spoil = fn(&mut countersign::policy::Made);
    let spoils: [Spoil; 5] = [
        |m| m.author = "bob@corp.example".to_owned(),
        |m| m.author = "BOB@CORP.example".to_owned(),
        |m| m.author = "bob+laptop@corp.example".to_owned(),
        |m| m.committer = "bob@corp.example".to_owned(),
        |m| m.co_authors.push("bob@corp.example".to_owned()),
    ];
    for spoil in spoils {
        let mut scene = approved();
        scene.made.push(made(0xa0, "dave@corp.example"));
        spoil(&mut scene.made[1]);
        let reason = set_aside(&scene, ReasonId::SelfApproval);
        assert_eq!(reason.reviewer.as_deref(), Some("bob@corp.example"));
    }
    let mut scene = approved();
    scene.made[0].signer = Some(fingerprint(2));
    set_aside(&scene, ReasonId::SelfApproval);
}

#[test]
fn who_landed_a_revision_may_still_approve_the_revision() {
    // Bob committed what landed; the revision it carries is Dave's alone.
    let mut scene = example();
    scene.run.commits[0].committer = "bob@corp.example".to_owned();
    let could = |scene: &Scene| scene.judge().rules[0].could.clone();
    assert_eq!(could(&scene), ["alice", "carol"]);
    scene.run.revisions.push(Way {
        made: vec![made(0xa0, "dave@corp.example")],
        carried: Coverage::Merge,
        base: scene.run.first_parent,
    });
    assert_eq!(could(&scene), ["alice", "bob", "carol"]);
    // Not where the rule asks for more than the revision's way to what landed.
    scene.policy.rules[0].demands.coverage = Coverage::Content;
    assert_eq!(could(&scene), ["alice", "carol"]);
}

#[test]
fn the_operator_of_an_agent_does_not_approve_its_work() {
    let spoils: [fn(&mut Scene); 5] = [
        |s| s.made[0].author = "coder-bot@corp.example".to_owned(),
        |s| {
            s.made[0]
                .co_authors
                .push("Coder-Bot@corp.example".to_owned())
        },
        |s| s.run.proposal.agents.push("Coder".to_owned()),
        |s| {
            s.run
                .proposal
                .operators
                .push("alice@corp.example".to_owned())
        },
        |s| s.run.proposal.operators.push("alice".to_owned()),
    ];
    for spoil in spoils {
        let mut scene = example().with(approve("alice", 1));
        assert_eq!(scene.judge().decision(), Decision::Allow);
        spoil(&mut scene);
        set_aside(&scene, ReasonId::SelfApproval);
        scene.casts.push(approve("bob", 2));
        assert_eq!(
            scene.judge().decision(),
            Decision::Allow,
            "bob runs no agent"
        );
    }
    let policy = edited(
        "emails = [\"coder-bot@corp.example\"]",
        "principal = \"coder@corp.example\"",
    );
    let keys = format!("{}coder@corp.example {}\n", signers(), key(9));
    let mut scene = Scene::new(files(&policy, &keys, MAGIC).parse().unwrap());
    scene.casts.push(approve("alice", 1));
    scene.run.proposal.signer = Some(fingerprint(9));
    set_aside(&scene, ReasonId::SelfApproval);
}

#[test]
fn an_agents_key_approves_nothing() {
    let policy = edited(
        "emails = [\"coder-bot@corp.example\"]",
        "principal = \"coder@corp.example\"",
    );
    let keys = format!("{}coder@corp.example {}\n", signers(), key(9));
    let mut scene = Scene::new(files(&policy, &keys, MAGIC).parse().unwrap());
    scene.casts.push(approve("coder", 1));
    set_aside(&scene, ReasonId::AgentKey);
}

#[test]
fn statements_for_elsewhere_do_not_count() {
    let mut scene = approved();
    scene.casts[0].repository.id = "urn:uuid:00000000-0000-4000-8000-000000000000".to_owned();
    set_aside(&scene, ReasonId::WrongRepo);
    let mut scene = approved();
    scene.relate = |of| of.root_known = false;
    set_aside(&scene, ReasonId::WrongRepo);
    let mut scene = approved();
    scene.casts[0].target = "refs/heads/release/1".to_owned();
    set_aside(&scene, ReasonId::WrongTarget);
    for id in [
        ReasonId::StaleRevision,
        ReasonId::WrongBase,
        ReasonId::Relanded,
        ReasonId::ContentMismatch,
    ] {
        let mut scene = approved();
        scene.relate = match id {
            ReasonId::StaleRevision => {
                |of| of.cover = Cover::Not(Reason::new(ReasonId::StaleRevision, "x"))
            }
            ReasonId::WrongBase => {
                |of| of.cover = Cover::Not(Reason::new(ReasonId::WrongBase, "x"))
            }
            ReasonId::Relanded => |of| of.cover = Cover::Not(Reason::new(ReasonId::Relanded, "x")),
            _ => |of| of.cover = Cover::Not(Reason::new(ReasonId::ContentMismatch, "x")),
        };
        let reason = set_aside(&scene, id);
        assert_eq!(reason.digest, Some(sha(1)));
    }
}

#[test]
fn dates_and_keys_out_of_their_time_do_not_count() {
    let mut scene = approved();
    scene.casts[0].issued_at = now() - days(30);
    assert_eq!(
        scene.judge().decision(),
        Decision::Allow,
        "30 days are not older than 30 days"
    );
    scene.casts[0].issued_at = now() - days(30) - SignedDuration::from_secs(1);
    set_aside(&scene, ReasonId::Expired);
    scene.casts[0].issued_at = now() + SignedDuration::from_secs(300);
    assert_eq!(scene.judge().decision(), Decision::Allow);
    scene.casts[0].issued_at = now() + SignedDuration::from_secs(301);
    set_aside(&scene, ReasonId::Future);

    let bob = |options: &str| {
        let line = format!("bob@corp.example {}", key(2));
        let with = format!("bob@corp.example {options} {}", key(2));
        let mut scene = approved();
        scene.policy = with_signers(&signers().replace(&line, &with));
        scene
    };
    // Issued May 31, now is June 1: the window must hold both.
    assert_eq!(
        bob("valid-after=\"20260531Z\",valid-before=\"20260602Z\"")
            .judge()
            .decision(),
        Decision::Allow
    );
    set_aside(&bob("valid-before=\"20260601Z\""), ReasonId::KeyExpired);
    set_aside(&bob("valid-after=\"20260601Z\""), ReasonId::KeyNotYet);
    set_aside(&bob("namespaces=\"git\""), ReasonId::Namespace);
    assert_eq!(
        bob("namespaces=\"verdict.v1@countersign.dev\"")
            .judge()
            .decision(),
        Decision::Allow
    );
}

#[test]
fn revoked_and_unknown_keys_do_not_count() {
    let mut scene = approved();
    let revoked = format!("{MAGIC}{} stolen\n", fingerprint(2));
    scene.policy = files(EXAMPLE, &signers(), &revoked).parse().unwrap();
    set_aside(&scene, ReasonId::KeyRevoked);
    let list = scene.policy.revoked.clone();
    let mut scene = approved();
    scene.revoked = list;
    set_aside(&scene, ReasonId::KeyRevoked);

    let mut scene = approved();
    scene.casts[0].key = fingerprint(7);
    let reason = set_aside(&scene, ReasonId::KeyUnknown);
    assert_eq!(reason.reviewer, None, "who it says it is proves nothing");
    let warned = scene.judge().warnings;
    assert!(
        warned.iter().any(|w| w.id == ReasonId::UnknownKey),
        "{warned:?}"
    );
    let mut scene = approved();
    scene.casts[0].principal = "carol@corp.example".to_owned();
    set_aside(&scene, ReasonId::Principal);
}

#[test]
fn a_statement_that_is_not_canonical_permits_nothing() {
    let mut scene = approved();
    scene.casts[0].doubt = Some("predicate.extra: unknown field".to_owned());
    set_aside(&scene, ReasonId::UnknownField);
    scene.casts[0].doubt = Some("predicate: keys out of order".to_owned());
    set_aside(&scene, ReasonId::NonCanonical);
}

#[test]
fn a_role_is_asked_and_where_the_policy_says_so_a_touch() {
    let mut scene = example().with(approve("alice", 1));
    scene.policy.people.get_mut("alice").unwrap().roles.clear();
    set_aside(&scene, ReasonId::NoRole);

    let touch = format!("{EXAMPLE}[roles.senior]\nuser_presence = \"required\"\n");
    let mut scene = Scene::new(parse(&touch).unwrap());
    scene.casts.push(approve("bob", 1));
    let outcome = scene.judge();
    assert!(
        outcome
            .set_aside
            .iter()
            .any(|r| r.id == ReasonId::UserPresence)
    );
    assert_eq!(
        outcome.decision(),
        Decision::Deny,
        "no key of the policy can be touched"
    );
    scene.casts[0].presence = PresenceDemand::Required;
    assert_eq!(scene.judge().decision(), Decision::Allow);
    scene.policy = parse(&touch.replace("required", "verified")).unwrap();
    assert_ne!(scene.judge().decision(), Decision::Allow);
    scene.casts[0].presence = PresenceDemand::Verified;
    assert_eq!(scene.judge().decision(), Decision::Allow);
}
