//! What rules ask: of each approval, of their number, of the proposal, and of whoever enforces.

use countersign::change::RepoPath;
use countersign::policy::{Cover, Coverage, Decision, Enforces, Reason, ReasonId, Restored};
use countersign::risk::Level;
use countersign::verdict::{Acknowledged, Answer};

use super::fixture::{EXAMPLE, edited, fingerprint, key, parse, signers};
use super::scene::*;

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
    for known in [
        "coder-bot@corp.example",
        "Bob@corp.example",
        "noreply@anthropic.com",
    ] {
        scene.run.commits[0] = made(HEAD, known);
        assert_eq!(scene.judge().rules[0].needed, 1, "{known}");
    }
    scene.run.commits[0]
        .co_authors
        .push("dave@corp.example".to_owned());
    assert_eq!(scene.judge().rules[0].needed, 2);
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
        markers: true,
        risk_rules: true,
    };
    for (text, key) in [
        (
            "[[risk.rules]]\nid = \"own.x\"\nseverity = 1\nsentence = \"What is asked?\"\n\
             match = [{ pattern = 'x' }]\n",
            "risk.rules",
        ),
        ("[revert]\napprovals = 2\n", "revert.approvals"),
    ] {
        let mut scene =
            Scene::new(parse(&format!("{EXAMPLE}{text}")).unwrap()).with(approve("bob", 1));
        scene.run.restored = Restored::Unknown;
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
        scene.run.restored = Restored::No;
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
    scene.run.restored = Restored::Verified;
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
