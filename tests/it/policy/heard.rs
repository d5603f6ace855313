//! What a signed line is to the rules: real signatures, canonical and odd payloads.

use countersign::policy::{Cast, Decision, Heard, PresenceDemand, ReasonId, not_canonical};
use countersign::risk::Level;
use countersign::signing::SshVerifier;
use countersign::verdict::{Envelope, Signer as _, Statement, VerdictKind, to_payload};

use super::fixture::{EXAMPLE, MAGIC, files, parse};
use super::scene::*;
use crate::verdict::sample;

fn hear(line: &[u8]) -> Heard {
    Heard::of(&Envelope::verify(line, &SshVerifier).unwrap())
}

fn heard(statement: &Statement) -> Heard {
    hear(&sample::line_of(&to_payload(statement).unwrap()))
}

#[track_caller]
fn cast_of(heard: Heard) -> Cast {
    match heard {
        Heard::Verdict(cast) => *cast,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_approval_says_to_the_rules_what_was_signed() {
    let statement = sample::approval();
    let cast = cast_of(heard(&statement));
    let verdict = statement.verdict().unwrap();
    assert_eq!(cast.kind, VerdictKind::Approve);
    assert_eq!(cast.key, sample::signer().fingerprint());
    assert_eq!(cast.presence, PresenceDemand::Optional, "no security key");
    assert_eq!(cast.doubt, None);
    assert_eq!((cast.base, cast.head), (Some(verdict.base), verdict.head));
    assert_eq!(cast.content, verdict.content.sha256);
    assert_eq!(cast.viewed, verdict.viewed);
    assert_eq!(cast.checklist, verdict.checklist);
    assert_eq!(cast.supersedes, verdict.supersedes);
    let shown: Level = verdict.risk.as_ref().unwrap().level.parse().unwrap();
    assert_eq!(cast.level, Some(shown));
}

#[test]
fn an_odd_rejection_restricts_and_an_odd_approval_is_set_aside() {
    let extra = "\"commitCount\":3,\"urgency\":1";
    let odd = hear(&sample::altered(
        &sample::rejection(),
        "\"commitCount\":3",
        extra,
    ));
    let cast = cast_of(odd);
    assert_eq!(cast.kind, VerdictKind::Reject);
    assert!(cast.doubt.is_some());
    let odd = hear(&sample::altered(
        &sample::approval(),
        "\"commitCount\":3",
        extra,
    ));
    let Heard::SetAside(one) = odd else {
        panic!("{odd:?}");
    };
    let key = sample::signer().public_key().unwrap();
    let known = files(EXAMPLE, &format!("bob@corp.example {key}\n"), MAGIC);
    let reason = not_canonical(&known.parse().unwrap(), &one);
    assert_eq!(reason.id, ReasonId::UnknownField, "{reason}");
    assert_eq!(reason.reviewer.as_deref(), Some("bob@corp.example"));
    let stranger = not_canonical(&parse(EXAMPLE).unwrap(), &one);
    assert_eq!(stranger.id, ReasonId::UnknownKey);
}

#[test]
fn what_cannot_be_told_is_unreadable_and_other_statements_are_no_verdicts() {
    let verdict = "https://countersign.dev/verdict/v1";
    let unknown = hear(&sample::altered(
        &sample::rejection(),
        verdict,
        "https://countersign.dev/verdict/v9",
    ));
    let Heard::Unreadable(one) = unknown else {
        panic!("{unknown:?}");
    };
    assert!(one.why.contains("upgrade countersign"), "{}", one.why);
    assert!(one.subject.is_some());
    let garbled = hear(&sample::altered(
        &sample::rejection(),
        "\"verdict\":\"reject\"",
        "\"verdict\":\"no\"",
    ));
    assert!(matches!(garbled, Heard::Unreadable(_)), "{garbled:?}");
    let [lift, glass, others @ ..] = sample::others();
    assert!(matches!(heard(&lift), Heard::Override(_)));
    assert!(matches!(heard(&glass), Heard::BreakGlass(_)));
    for statement in others {
        assert_eq!(heard(&statement), Heard::Other);
    }
}

#[test]
fn a_signed_approval_counts_end_to_end() {
    let key = sample::signer().public_key().unwrap();
    let statement = sample::approval();
    let verdict = statement.verdict().unwrap().clone();
    let policy = EXAMPLE
        .replace(
            "urn:uuid:5b0c7f0e-3c7a-4f0e-9a55-0d8f6f0b1c11",
            &verdict.repository.id,
        )
        .replacen("[agents.coder]", "[agents.robot]", 1);
    let signers = format!("{} {key}\n", verdict.reviewer.principal);
    let mut scene = Scene::new(files(&policy, &signers, MAGIC).parse().unwrap());
    scene.run.target = verdict.target.clone();
    scene.run.first_parent = verdict.base.commit;
    scene.run.last = verdict.head.commit;
    scene.when = countersign::policy::When::Now(verdict.issued_at + days(1));
    let counts = scene.with(cast_of(heard(&statement)));
    let outcome = counts.judge();
    assert_eq!(outcome.decision(), Decision::Allow, "{outcome:#?}");
    assert_eq!(outcome.counted[0].reviewer, verdict.reviewer.principal);
}
