//! Cases at the very edge of a rule, where a rule one step beside it would answer otherwise. They were
//! found by changing the rules one operator at a time (`docs/mutants.md`).

use countersign::policy::{Applies, Coverage, Decision, Holder, ReasonId, When, applies};
use countersign::risk::Level;

use super::fixture::{EXAMPLE, MAGIC, base64, edited, files, parse, signers};
use super::lifts::lift;
use super::scene::*;

/// The line of `allowed_signers` of a key of this type with these fields behind its name.
fn line(type_name: &str, named: &str, fields: &[&[u8]]) -> String {
    let mut blob = Vec::new();
    for field in std::iter::once(named.as_bytes()).chain(fields.iter().copied()) {
        blob.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
        blob.extend(field);
    }
    format!("dave@corp.example {type_name} {}\n", base64(&blob))
}

/// Whether the file is read with this line in it.
fn reads(line: &str) -> bool {
    let text = format!(
        "{EXAMPLE}[people.dave]\nprincipal = \"dave@corp.example\"\nemails = []\nroles = []\n"
    );
    let emails = text.replace("emails = []", "emails = [\"dave@corp.example\"]");
    let roles = emails.replace("roles = []", "roles = [\"senior\"]");
    files(&roles, &format!("{}{line}", signers()), MAGIC)
        .parse()
        .is_ok()
}

#[test]
fn a_key_has_the_fields_of_its_type_and_each_of_its_size() {
    let point = |length: usize| [&[4][..], &vec![7; length - 1]].concat();
    let (good, short) = (point(65), point(64));
    let packed = [&[2][..], &[7; 64]].concat();
    let ecdsa = "ecdsa-sha2-nistp256";
    let of = |curve: &[u8], q: &[u8]| reads(&line(ecdsa, ecdsa, &[curve, q]));
    assert!(of(b"nistp256", &good));
    assert!(!of(b"nistp256", &short), "a point that is cut");
    assert!(!of(b"nistp256", &packed), "a compressed point");
    assert!(!of(b"nistp384", &good), "another curve than the type's");

    let sk = "sk-ecdsa-sha2-nistp256@openssh.com";
    let of = |q: &[u8], application: &[u8]| reads(&line(sk, sk, &[b"nistp256", q, application]));
    assert!(of(&good, b"ssh:"));
    assert!(!of(&good, b""), "for no application");
    assert!(!of(&short, b"ssh:"));

    let sk = "sk-ssh-ed25519@openssh.com";
    let of = |key: &[u8], application: &[u8]| reads(&line(sk, sk, &[key, application]));
    assert!(of(&[7; 32], b"ssh:"));
    assert!(!of(&[7; 32], b""), "for no application");
    assert!(!of(&[7; 31], b"ssh:"));

    let rsa =
        |exponent: &[u8], modulus: &[u8]| reads(&line("ssh-rsa", "ssh-rsa", &[exponent, modulus]));
    let modulus = |top: &[u8]| [top, &[7; 383][..]].concat();
    assert!(rsa(&[1, 0, 1], &modulus(&[0, 0x80])));
    assert!(!rsa(&[1, 0, 1], &modulus(&[0, 0x7f])), "3071 bits");
    assert!(!rsa(&[1, 0, 1], &modulus(&[0x7f])), "3071 bits");
    assert!(!rsa(&[], &modulus(&[0, 0x80])), "no exponent");

    let ed = "ssh-ed25519";
    assert!(reads(&line(ed, ed, &[&[7; 32]])));
    assert!(!reads(&line(ed, "ssh-ed448", &[&[7; 32]])), "another name");
}

#[test]
fn between_the_options_and_the_key_is_a_blank() {
    let with = |options: &str| {
        let text = signers().replace("bob@corp.example ", &format!("bob@corp.example {options}"));
        files(EXAMPLE, &text, MAGIC).parse().is_ok()
    };
    assert!(with("namespaces=\"git\" "));
    assert!(!with("namespaces=\"git\""));
}

#[test]
fn a_principal_is_its_owners_whatever_the_owner_is() {
    let text = edited(
        "emails = [\"coder-bot@corp.example\"]",
        "principal = \"coder@corp.example\"",
    );
    let more = "[automation.bumps]\nprincipal = \"bumps@corp.example\"\npaths = [\"**\"]\n\
                from = [\"senior\"]\n";
    let policy = parse(&format!("{text}{more}")).unwrap();
    let holder = |principal: &str| policy.holder(principal);
    assert_eq!(holder("bob@corp.example"), Some(Holder::Person("bob")));
    assert_eq!(holder("coder@corp.example"), Some(Holder::Agent("coder")));
    assert_eq!(
        holder("bumps@corp.example"),
        Some(Holder::Automation("bumps"))
    );
    assert_eq!(holder("nobody@corp.example"), None);
}

#[test]
fn what_is_for_another_change_is_not_even_set_aside() {
    let mut scene = example();
    let mut other = approve("bob", 1);
    (other.head, other.content) = (at(0xa7), sha(0xc7));
    scene.casts.push(other);
    let outcome = scene.judge();
    assert_eq!(outcome.decision(), Decision::Pending);
    assert!(outcome.set_aside.is_empty(), "{outcome:#?}");
}

#[test]
fn what_was_approved_for_another_target_comes_as_if_merged() {
    let table = "[target.\"refs/heads/main\"]\naccept_from = [\"refs/heads/release/*\"]\n";
    let mut scene = Scene::new(parse(&format!("{EXAMPLE}{table}")).unwrap());
    let mut elsewhere = approve("bob", 1);
    elsewhere.target = "refs/heads/release/1".to_owned();
    scene.casts.push(elsewhere);
    let outcome = scene.judge();
    assert_eq!(outcome.decision(), Decision::Allow, "{outcome:#?}");
    assert_eq!(outcome.counted[0].carried, Coverage::Merge);
    scene.policy.rules[0].demands.coverage = Coverage::Content;
    set_aside(&scene, ReasonId::Coverage);
}

#[test]
fn who_approves_their_own_work_is_told_in_which_way_it_is_theirs() {
    type Spoil = fn(&mut countersign::policy::Made);
    let ways: [(&str, Spoil); 4] = [
        ("is author of ", |m| {
            m.author = "bob@corp.example".to_owned()
        }),
        ("is committer of ", |m| {
            m.committer = "bob@corp.example".to_owned()
        }),
        ("is co-author of ", |m| {
            m.co_authors.push("bob@corp.example".to_owned())
        }),
        ("runs the agent ", |m| {
            m.signer = Some(super::fixture::fingerprint(2))
        }),
    ];
    for (words, spoil) in ways {
        let mut scene = approved();
        spoil(&mut scene.made[0]);
        let reason = set_aside(&scene, ReasonId::SelfApproval);
        assert!(reason.text.starts_with(words), "{}", reason.text);
    }
}

#[test]
fn a_target_without_rules_lets_nothing_through_that_would_be_asked() {
    let mut scene = approved();
    scene.policy.rules.clear();
    let outcome = scene.judge();
    assert_eq!(outcome.decision(), Decision::Deny);
    assert!(has(&outcome, ReasonId::WrongTarget), "{outcome:#?}");
    // What is exempt is asked nothing, and the past is judged by what it had.
    scene.when = When::History;
    assert!(!has(&scene.judge(), ReasonId::WrongTarget));
    let mut human = approved();
    human.policy.rules.clear();
    human.run.ai = false;
    human.run.commits = vec![made(HEAD, "alice@corp.example")];
    human.run.commits[0].signer = Some(super::fixture::fingerprint(1));
    assert!(!has(&human.judge(), ReasonId::WrongTarget));
}

#[test]
fn each_counted_approval_names_the_rules_it_counts_for() {
    let mut scene = example().with(approve("bob", 1)).with(approve("carol", 2));
    scene.run.paths = vec!["infra/lb.yaml".into()];
    let outcome = scene.judge();
    assert_eq!(outcome.decision(), Decision::Allow, "{outcome:#?}");
    let counted: Vec<_> = outcome
        .counted
        .iter()
        .map(|one| (one.person.as_str(), one.rules.join(" ")))
        .collect();
    let both = "everything traffic".to_owned();
    assert_eq!(counted, [("bob", both.clone()), ("carol", both)]);
}

#[test]
fn what_is_not_lacking_is_not_named() {
    let text = EXAMPLE.replace(
        "paths = [\"**\"]",
        "paths = [\"**\"]\nteams = [\"infra\"]\n",
    );
    let text = text.replace(
        "principal = \"carol@corp.example\"",
        "principal = \"carol@corp.example\"\nteams = [\"infra\"]",
    );
    let scene = Scene::new(parse(&text).unwrap()).with(approve("bob", 1));
    let outcome = scene.judge();
    assert!(has(&outcome, ReasonId::Team), "{outcome:#?}");
    assert!(!has(&outcome, ReasonId::Unapproved), "{outcome:#?}");

    let mut scene = approved();
    scene.policy.rules[0].demands.approvals = 2;
    scene.casts[0].level = Some(Level::Low);
    let outcome = scene.judge();
    assert_eq!(outcome.decision(), Decision::Pending);
    assert!(
        !has(&outcome, ReasonId::RiskRose),
        "the same risk: {outcome:#?}"
    );
}

#[test]
fn who_landed_a_revision_may_still_approve_what_another_has_approved() {
    let mut scene = example().with(approve("alice", 1));
    scene.policy.rules[0].demands.approvals = 2;
    scene.run.commits[0].committer = "bob@corp.example".to_owned();
    // What Alice approved is Dave's alone.
    assert_eq!(scene.judge().rules[0].could, ["bob", "carol"]);
}

#[test]
fn whoever_made_what_was_approved_or_what_was_rejected_lifts_no_rejection() {
    let table = "[override]\nfrom = [\"policy-owner\"]\napprovals = 1\n";
    let scene = || {
        let mut scene = Scene::new(parse(&format!("{EXAMPLE}{table}")).unwrap());
        scene.casts = vec![approve("bob", 1), reject("alice", 3)];
        scene.lifts = vec![lift("carol", 21)];
        scene
    };
    assert_eq!(scene().judge().decision(), Decision::Allow);
    let mut approved = scene();
    approved.relate = |of| {
        if of.cast.digest == sha(1) {
            of.made = Some(vec![made(0xa7, "carol@corp.example")]);
        }
    };
    assert_eq!(approved.judge().decision(), Decision::Deny);
    let mut rejected = scene();
    rejected.relate = |of| {
        if of.cast.digest == sha(3) {
            of.cover = countersign::policy::Cover::Unrelated;
            of.made = Some(vec![made(0xa7, "carol@corp.example")]);
        }
    };
    assert_eq!(rejected.judge().decision(), Decision::Deny);
}

#[test]
fn a_lifted_rejection_is_named_before_anybody_approves() {
    let table = "[override]\nfrom = [\"policy-owner\"]\napprovals = 1\n";
    let mut scene = Scene::new(parse(&format!("{EXAMPLE}{table}")).unwrap());
    scene.casts = vec![reject("alice", 3)];
    scene.lifts = vec![lift("carol", 21)];
    let outcome = scene.judge();
    assert_eq!(outcome.decision(), Decision::Pending);
    assert_eq!(outcome.lifted.len(), 1, "{outcome:#?}");
}

#[test]
fn in_the_mode_flagged_a_known_persons_word_on_this_run_flags_it_and_no_other() {
    let text = edited("unless-human-signed", "flagged");
    let scene = |change: fn(&mut countersign::policy::Cast)| {
        let mut scene = Scene::new(parse(&text).unwrap()).with(approve("bob", 1));
        scene.run.ai = false;
        change(&mut scene.casts[0]);
        scene
    };
    let applied = |scene: &Scene| {
        let related = scene.related();
        applies(&scene.policy, &scene.run, &related, &scene.circumstances())
    };
    assert_eq!(applied(&scene(|_| {})), Applies::Yes);
    let other = scene(|cast| (cast.head, cast.content) = (at(0xa7), sha(0xc7)));
    assert_eq!(applied(&other), Applies::NotFlagged);
    let stranger = scene(|cast| cast.key = super::fixture::fingerprint(7));
    assert_eq!(applied(&stranger), Applies::NotFlagged);
}

#[test]
fn a_rejected_content_denies_under_whatever_head_and_says_so() {
    let why = |change: fn(&mut countersign::policy::Cast), relate| {
        let mut scene = approved();
        let mut rejection = reject("alice", 3);
        change(&mut rejection);
        scene.casts.push(rejection);
        scene.relate = relate;
        let outcome = scene.judge();
        assert_eq!(outcome.decision(), Decision::Deny, "{outcome:#?}");
        let mut reasons = outcome.reasons.iter();
        let rejected = reasons.find(|reason| reason.id == ReasonId::Rejected);
        rejected.unwrap().text.clone()
    };
    let content = why(|cast| cast.head = at(0xa7), |_| {});
    assert_eq!(content, "the content of fix-lb@1 was rejected");
    let head = why(|_| {}, |_| {});
    assert_eq!(head, format!("commit {} was rejected", oid(HEAD)));
    let inside = why(
        |cast| (cast.head, cast.content) = (at(0xa7), sha(0xc7)),
        |of| {
            if of.cast.digest == sha(3) {
                of.relation = countersign::policy::Relation::Inside;
            }
        },
    );
    assert_eq!(
        inside,
        format!("commit {}, on the way, was rejected", oid(0xa7))
    );
}

#[test]
fn a_word_that_is_replaced_on_its_head_or_on_its_content_alone() {
    // Bob's later approval of another content of the same head takes the first one's place.
    let mut scene = approved();
    let mut later = approve("bob", 2);
    (later.content, later.base) = (sha(0xc7), Some(at(0xb7)));
    later.supersedes = vec![sha(1)];
    scene.casts.push(later);
    set_aside(&scene, ReasonId::Superseded);

    // Alice moves her rejection of a content to another head; the head she rejected stays rejected.
    let mut scene = approved();
    let mut first = reject("alice", 3);
    first.content = sha(0xc7);
    let mut second = reject("alice", 4);
    (second.head, second.content) = (at(0xa7), sha(0xc7));
    second.change.id = "another".parse().unwrap();
    second.supersedes = vec![sha(3)];
    scene.casts.extend([first, second]);
    assert_eq!(scene.judge().decision(), Decision::Deny);

    // Her own rejection of the same content under another head stands against her approval.
    let mut scene = example().with(approve("alice", 1));
    let mut elsewhere = reject("alice", 3);
    elsewhere.head = at(0xa7);
    scene.casts.push(elsewhere);
    let outcome = scene.judge();
    let mut told = outcome.set_aside.iter();
    assert!(
        told.any(|reason| reason.id == ReasonId::Conflict),
        "{outcome:#?}"
    );
}

#[test]
fn what_either_list_revokes_is_revoked() {
    let list = |lines: &str| {
        let text = format!("{MAGIC}{lines}");
        files(EXAMPLE, &signers(), &text)
            .parse()
            .map(|policy| policy.revoked)
    };
    let (one, two) = (
        super::fixture::fingerprint(1),
        super::fixture::fingerprint(2),
    );
    let both = list(&format!("{one}\tsince then\n")).unwrap();
    let both = both.union(&list(&format!("{two}\n")).unwrap());
    let mut sorted = [one.as_str(), two.as_str()];
    sorted.sort_unstable();
    assert_eq!(both.iter().collect::<Vec<_>>(), sorted);
    assert!(list(&format!("{one} \u{1}\n")).is_err());
}
