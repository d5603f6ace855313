//! What each mode exempts, and changes of the policy itself, which none does.

use countersign::change::RepoPath;
use countersign::policy::{Applies, Cover, Coverage, Decision, ReasonId, When};
use countersign::verdict::VerdictKind;

use super::fixture::{EXAMPLE, MAGIC, edited, files, fingerprint, key, parse, signers};
use super::scene::*;

/// The run is one commit that Alice made and signed.
fn signed(scene: &mut Scene) {
    scene.run.ai = false;
    scene.run.commits[0] = made(HEAD, "alice@corp.example");
    scene.run.commits[0].signer = Some(fingerprint(1));
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
    let later = format!("{MAGIC}{}\n", fingerprint(2));
    scene.revoked = files(EXAMPLE, &signers(), &later).parse().unwrap().revoked;
    assert_eq!(scene.judge().decision(), Decision::Allow, "revoked later");
    scene.casts[0].issued_at = now() + days(1);
    assert_eq!(
        scene.judge().decision(),
        Decision::Pending,
        "expired when it signed"
    );
}

#[test]
fn the_modes_exempt_what_they_say() {
    let mut scene = example();
    signed(&mut scene);
    let outcome = scene.judge();
    assert_eq!(
        (outcome.applies, outcome.decision()),
        (Applies::HumanSigned, Decision::Allow)
    );
    assert!(outcome.rules.is_empty());
    let spoils: [fn(&mut Scene); 7] = [
        |s| s.run.commits[0].signer = None,
        |s| s.run.commits[0].marker = true,
        |s| {
            let agent = "coder-bot@corp.example".to_owned();
            s.run.commits[0].co_authors.push(agent);
        },
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
}

#[test]
fn a_step_carries_the_exemption_of_the_signed_revision() {
    // A squash by the host, unsigned, of a revision that Alice signed.
    let mut scene = example();
    signed(&mut scene);
    scene.run.signed_revision = Some(scene.run.commits.clone());
    scene.run.commits[0].signer = None;
    assert_eq!(scene.judge().applies, Applies::HumanSigned);
    scene.run.signed_revision.as_mut().unwrap()[0].marker = true;
    assert_eq!(scene.judge().applies, Applies::Yes);
}

#[test]
fn flagged_asks_only_what_is_known_to_be_ai() {
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
