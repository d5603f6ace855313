//! Every reason for which an approval does not count, a run is denied, or there is no answer.

use countersign::change::RepoPath;
use countersign::policy::{
    Applies, Cover, Coverage, Decision, Enforces, Outcome, Policy, PresenceDemand, Reason,
    ReasonId, When,
};
use countersign::risk::Level;
use countersign::verdict::{Acknowledged, Answer, VerdictKind};
use jiff::SignedDuration;

use super::fixture::{EXAMPLE, MAGIC, edited, files, fingerprint, key, parse, signers};
use super::scene::*;

fn example() -> Scene {
    Scene::new(parse(EXAMPLE).unwrap())
}

/// One approval by Bob, with which the run goes.
fn approved() -> Scene {
    let scene = example().with(approve("bob", 1));
    assert_eq!(scene.judge().decision(), Decision::Allow);
    scene
}

/// That the approval is set aside for this reason and the run is pending.
fn set_aside(scene: &Scene, id: ReasonId) -> Reason {
    let outcome = scene.judge();
    assert_eq!(outcome.decision(), Decision::Pending, "{outcome:#?}");
    assert!(outcome.counted.is_empty());
    let found = outcome.set_aside.iter().find(|reason| reason.id == id);
    found
        .unwrap_or_else(|| panic!("{id}: {outcome:#?}"))
        .clone()
}

fn has(outcome: &Outcome, id: ReasonId) -> bool {
    outcome.reasons.iter().any(|reason| reason.id == id)
}

fn with_signers(signers: &str) -> Policy {
    files(EXAMPLE, signers, MAGIC).parse().unwrap()
}

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
fn who_only_merged_or_squashed_approved_content_is_no_author() {
    let mut scene = approved();
    scene.made[0].committer = "bob@corp.example".to_owned();
    scene.made[0].integrates = true;
    assert_eq!(scene.judge().decision(), Decision::Allow);
    scene.made[0].author = "bob@corp.example".to_owned();
    set_aside(&scene, ReasonId::SelfApproval);
    scene.made[0].merge = true;
    assert_eq!(scene.judge().decision(), Decision::Allow);
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

/// A scene under the example with these lines in its first rule.
fn asking(lines: &str) -> Scene {
    let policy = edited("paths = [\"**\"]", &format!("paths = [\"**\"]\n{lines}"));
    Scene::new(parse(&policy).unwrap()).with(approve("bob", 1))
}

#[test]
fn what_a_rule_asks_of_each_approval() {
    let mut scene = asking("coverage = \"tree\"");
    assert_eq!(scene.judge().decision(), Decision::Allow);
    scene.relate = |of| of.cover = Cover::Carried(Coverage::Content);
    set_aside(&scene, ReasonId::Coverage);

    let mut scene = asking("min_viewed = 75");
    scene.casts[0].viewed.as_mut().unwrap().hunks_viewed = 3;
    assert_eq!(scene.judge().decision(), Decision::Allow);
    scene.casts[0].viewed.as_mut().unwrap().hunks_viewed = 2;
    set_aside(&scene, ReasonId::MinViewed);
    let viewed = scene.casts[0].viewed.as_mut().unwrap();
    (viewed.hunks_viewed, viewed.hunks_total) = (0, 0);
    assert_eq!(
        scene.judge().decision(),
        Decision::Allow,
        "no hunks is 100 percent"
    );

    let mut scene = asking("checklist = [\"security\"]");
    scene.casts[0].checklist.as_mut().unwrap().performance = Answer::Na;
    assert_eq!(scene.judge().decision(), Decision::Allow);
    scene.casts[0].checklist.as_mut().unwrap().security = Answer::Na;
    set_aside(&scene, ReasonId::Checklist);

    let mut scene = asking("require_up_to_date = true");
    assert_eq!(scene.judge().decision(), Decision::Allow);
    scene.casts[0].base = Some(at(0xb1));
    set_aside(&scene, ReasonId::NotUpToDate);
}

#[test]
fn findings_that_must_be_answered() {
    let answer = |scene: &mut Scene| {
        let viewed = scene.casts[0].viewed.as_mut().unwrap();
        viewed.acknowledged.push(Acknowledged {
            id: "f1".to_owned(),
            text: None,
        });
    };
    let mut scene = asking("acknowledge = true");
    scene.run.severity3.insert("f1".to_owned());
    set_aside(&scene, ReasonId::Unanswered);
    answer(&mut scene);
    assert_eq!(scene.judge().decision(), Decision::Allow);

    let mut scene = asking("");
    scene.run.severity3.insert("f1".to_owned());
    assert_eq!(scene.judge().decision(), Decision::Allow, "not asked");
    scene.run.unreviewable.insert("f1".to_owned());
    set_aside(&scene, ReasonId::Unreviewable);
    answer(&mut scene);
    assert_eq!(scene.judge().decision(), Decision::Allow);

    let mut scene = asking("unreviewable = \"deny\"");
    assert_eq!(scene.judge().decision(), Decision::Allow);
    scene.run.unreviewable.insert("f1".to_owned());
    answer(&mut scene);
    let outcome = scene.judge();
    assert_eq!(outcome.decision(), Decision::Deny);
    assert!(has(&outcome, ReasonId::Unreviewable));
}

#[test]
fn thresholds_count_people_and_teams_must_be_there() {
    let second = format!("{}bob@corp.example {}\n", signers(), key(8));
    let mut scene = asking("approvals = 2");
    scene.policy.signers = with_signers(&second).signers;
    let mut again = approve("bob", 2);
    again.key = fingerprint(8);
    scene.casts.push(again);
    let outcome = scene.judge();
    assert_eq!(
        (outcome.decision(), outcome.rules[0].have.len()),
        (Decision::Pending, 1)
    );
    scene.casts.push(approve("carol", 3));
    assert_eq!(scene.judge().decision(), Decision::Allow);

    let teams = EXAMPLE
        .replacen(
            "principal = \"carol@corp.example\"",
            "principal = \"carol@corp.example\"\nteams = [\"net\"]",
            1,
        )
        .replace("paths = [\"**\"]", "paths = [\"**\"]\nteams = [\"net\"]");
    let mut scene = Scene::new(parse(&teams).unwrap()).with(approve("bob", 1));
    let outcome = scene.judge();
    assert_eq!(outcome.decision(), Decision::Pending);
    assert!(has(&outcome, ReasonId::Team));
    scene.run.commits[0].author = "carol@corp.example".to_owned();
    scene.made = scene.run.commits.clone();
    assert_eq!(
        scene.judge().decision(),
        Decision::Deny,
        "the only one of the team is the author"
    );
    let scene = Scene::new(parse(&teams).unwrap()).with(approve("carol", 1));
    assert_eq!(scene.judge().decision(), Decision::Allow);
}

#[test]
fn one_person_more_for_unsigned_proposals_and_unknown_authors() {
    let mut scene = asking("unsigned_proposal = \"second\"");
    assert_eq!(scene.judge().rules[0].needed, 2);
    scene.run.proposal.signer = Some(fingerprint(3));
    assert_eq!(scene.judge().rules[0].needed, 1);
    scene.run.proposal.signer = Some(fingerprint(7));
    assert_eq!(scene.judge().rules[0].needed, 2, "by nobody");

    let mut scene = asking("unknown_author = \"second\"");
    let outcome = scene.judge();
    assert_eq!(
        (outcome.decision(), outcome.rules[0].needed),
        (Decision::Pending, 2)
    );
    assert!(
        outcome
            .warnings
            .iter()
            .any(|w| w.id == ReasonId::UnknownAuthor)
    );
    scene.run.commits[0] = made(HEAD, "coder-bot@corp.example");
    assert_eq!(scene.judge().rules[0].needed, 1);
}

#[test]
fn rules_match_by_path_risk_agent_model_and_target() {
    let mut scene = approved();
    scene.run.paths.push(RepoPath::from("infra/lb.yaml"));
    let outcome = scene.judge();
    let names: Vec<&str> = outcome
        .rules
        .iter()
        .map(|rule| rule.name.as_str())
        .collect();
    assert_eq!(names, ["everything", "traffic"]);
    assert_eq!(outcome.decision(), Decision::Pending);

    let mut scene = approved();
    scene.run.assessed = Level::High;
    let outcome = scene.judge();
    assert_eq!(outcome.rules[1].name, "high-risk");
    assert_eq!(outcome.decision(), Decision::Allow, "every hunk was seen");

    let critical = format!("{EXAMPLE}[risk]\ncritical = [\"src/**\"]\n");
    let mut scene = Scene::new(parse(&critical).unwrap());
    scene.run.assessed = Level::Medium;
    assert_eq!(scene.judge().level, Level::High, "one level up");

    for (condition, spoil) in [
        (
            "agents = [\"coder\"]",
            (|s| s.run.proposal.agents.push("CODER".to_owned())) as fn(&mut Scene),
        ),
        ("agents = [\"coder\"]", |s| {
            s.run.commits[0].author = "coder-bot@corp.example".to_owned()
        }),
        ("models = [\"gpt-*\"]", |s| {
            s.run.proposal.models.push("gpt-5".to_owned())
        }),
        ("targets = [\"refs/heads/release/*\"]", |s| {
            s.run.target = "refs/heads/release/1".to_owned()
        }),
    ] {
        let policy = format!("{EXAMPLE}[[rule]]\nname = \"extra\"\n{condition}\n");
        let mut scene = Scene::new(parse(&policy).unwrap());
        assert_eq!(scene.judge().rules.len(), 1, "{condition}");
        spoil(&mut scene);
        assert_eq!(scene.judge().rules[1].name, "extra", "{condition}");
    }
}

#[test]
fn the_level_is_the_higher_of_the_gates_and_the_statements() {
    let mut scene = approved();
    scene.casts[0].level = Some(Level::High);
    scene.casts[0].viewed.as_mut().unwrap().hunks_viewed = 1;
    let outcome = scene.judge();
    assert_eq!(outcome.level, Level::High);
    assert_eq!(outcome.decision(), Decision::Pending);

    let mut scene = approved();
    scene.run.assessed = Level::High;
    scene.casts[0].viewed.as_mut().unwrap().hunks_viewed = 1;
    let outcome = scene.judge();
    let rose = outcome
        .reasons
        .iter()
        .find(|reason| reason.id == ReasonId::RiskRose)
        .unwrap();
    assert_eq!(rose.text, "risk rose from low to high since");
}

#[test]
fn what_nobody_enforces_has_no_answer() {
    let all = Enforces {
        pins: true,
        checkpoints: true,
        markers: true,
        risk_rules: true,
    };
    for (text, key) in [
        ("[log]\npins = \"required\"\n", "log.pins"),
        (
            "[log]\ncheckpoint_max_age = \"7d\"\n",
            "log.checkpoint_max_age",
        ),
        ("[risk]\nrules = [{ id = \"x\" }]\n", "risk.rules"),
        ("[revert]\napprovals = 2\n", "revert.approvals"),
    ] {
        let mut scene =
            Scene::new(parse(&format!("{EXAMPLE}{text}")).unwrap()).with(approve("bob", 1));
        scene.run.restored = None;
        if key == "revert.approvals" {
            scene.policy.rules.retain(|rule| rule.name == "everything");
        }
        let outcome = scene.judge();
        assert_eq!(outcome.decision(), Decision::Error, "{key}");
        assert!(
            outcome.unsupported[0].starts_with(key),
            "{:?}",
            outcome.unsupported
        );
        assert!(has(&outcome, ReasonId::UnsupportedPolicy));
        scene.enforces = all;
        scene.run.restored = Some(false);
        assert_eq!(scene.judge().decision(), Decision::Allow, "{key}");
    }
    let policy = edited(
        "mode = \"unless-human-signed\"",
        "mode = \"all\"\nmarkers = [\"X-Made-By\"]",
    );
    let scene = Scene::new(parse(&policy).unwrap()).with(approve("bob", 1));
    assert_eq!(scene.judge().unsupported, ["scope.markers"]);
}

#[test]
fn a_restored_step_asks_what_revert_says() {
    let policy = format!("{EXAMPLE}[revert]\napprovals = 1\n")
        .replace("approvals = 1\nfrom", "approvals = 2\nfrom");
    let mut scene = Scene::new(parse(&policy).unwrap()).with(approve("bob", 1));
    assert_eq!(scene.judge().decision(), Decision::Pending);
    scene.run.restored = Some(true);
    assert_eq!(scene.judge().decision(), Decision::Allow);
}

#[test]
fn missing_evidence_of_a_counted_approval_has_no_answer() {
    let mut scene = approved();
    scene.relate = |of| of.evidence = Some(Reason::new(ReasonId::EvidenceMissing, "x"));
    let outcome = scene.judge();
    assert_eq!(outcome.decision(), Decision::Error);
    assert!(has(&outcome, ReasonId::EvidenceMissing));
    scene.casts[0].issued_at = now() - days(31);
    assert_eq!(
        scene.judge().decision(),
        Decision::Pending,
        "not counted, not asked"
    );

    let mut scene = approved();
    scene.relate = |of| of.made = None;
    let outcome = scene.judge();
    assert_eq!(outcome.decision(), Decision::Error);
    assert!(has(&outcome, ReasonId::ApprovedObjectsMissing));
}

#[test]
fn a_policy_change_is_asked_of_everybody_in_every_mode() {
    for mode in ["all", "unless-human-signed", "flagged"] {
        let policy = edited("\"unless-human-signed\"", &format!("\"{mode}\""));
        let mut scene = Scene::new(parse(&policy).unwrap());
        scene.run.ai = false;
        scene.run.commits[0] = made(HEAD, "alice@corp.example");
        scene.run.commits[0].signer = Some(fingerprint(1));
        scene.made = scene.run.commits.clone();
        scene.run.touches_policy = true;
        let outcome = scene.judge();
        assert_eq!(outcome.decision(), Decision::Pending, "{mode}");
        assert!(has(&outcome, ReasonId::PolicyUnauthorised), "{mode}");
        scene = scene.with(approve("bob", 1)).with(approve("carol", 2));
        assert_eq!(scene.judge().decision(), Decision::Allow, "{mode}");
        scene.relate = |of| of.cover = Cover::Carried(Coverage::Content);
        assert_eq!(
            scene.judge().decision(),
            Decision::Pending,
            "{mode}: tree is asked"
        );
    }
}

#[test]
fn past_policy_changes_are_judged_by_keys_good_when_they_signed() {
    let line = format!("bob@corp.example {}", key(2));
    let with = format!("bob@corp.example valid-before=\"20260601Z\" {}", key(2));
    let mut scene = example().with(approve("bob", 1)).with(approve("carol", 2));
    scene.policy = with_signers(&signers().replace(&line, &with));
    scene.run.touches_policy = true;
    scene.run.paths = vec![RepoPath::from(".countersign/policy.toml")];
    assert_eq!(scene.judge().decision(), Decision::Pending);
    scene.when = When::History;
    scene.casts[1].issued_at = now() - days(400);
    assert_eq!(scene.judge().decision(), Decision::Allow);
    assert_eq!(scene.judge().rules.len(), 1);
    scene.casts[0].issued_at = now() + days(1);
    assert_eq!(
        scene.judge().decision(),
        Decision::Pending,
        "expired when it signed"
    );
}

#[test]
fn the_modes_exempt_what_they_say() {
    let signed = |scene: &mut Scene| {
        scene.run.ai = false;
        scene.run.commits[0] = made(HEAD, "alice@corp.example");
        scene.run.commits[0].signer = Some(fingerprint(1));
    };
    let mut scene = example();
    signed(&mut scene);
    let outcome = scene.judge();
    assert_eq!(
        (outcome.applies, outcome.decision()),
        (Applies::HumanSigned, Decision::Allow)
    );
    assert!(outcome.rules.is_empty());
    let spoils: [fn(&mut Scene); 6] = [
        |s| s.run.commits[0].signer = None,
        |s| s.run.commits[0].marker = true,
        |s| s.run.ai = true,
        |s| s.run.commits[0].author = "dave@corp.example".to_owned(),
        |s| s.run.commits.push(made(0xa0, "alice@corp.example")),
        |s| {
            s.policy
                .scope
                .exempt_humans
                .retain(|human| human != "alice")
        },
    ];
    for spoil in spoils {
        let mut scene = example();
        signed(&mut scene);
        spoil(&mut scene);
        assert_eq!(scene.judge().applies, Applies::Yes);
    }
    let mut scene = example();
    signed(&mut scene);
    scene.policy = with_signers(&signers().replace(
        "alice@corp.example ssh",
        "alice@corp.example namespaces=\"verdict.v1@countersign.dev\" ssh",
    ));
    assert_eq!(
        scene.judge().applies,
        Applies::Yes,
        "a key that may not sign commits"
    );
    // A squash by the host, unsigned, of a revision that Alice signed.
    let mut scene = example();
    signed(&mut scene);
    scene.run.signed_revision = Some(scene.run.commits.clone());
    scene.run.commits[0].signer = None;
    assert_eq!(scene.judge().applies, Applies::HumanSigned);

    let flagged = parse(&edited("\"unless-human-signed\"", "\"flagged\"")).unwrap();
    let mut scene = Scene::new(flagged);
    scene.run.ai = false;
    assert_eq!(scene.judge().applies, Applies::NotFlagged);
    scene.casts.push(cast("bob", VerdictKind::Comment, 1));
    assert_eq!(scene.judge().applies, Applies::Yes, "somebody spoke on it");
    scene.casts.clear();
    scene.run.commits[0]
        .co_authors
        .push("coder-bot@corp.example".to_owned());
    assert_eq!(scene.judge().applies, Applies::Yes, "an agent's address");
}
