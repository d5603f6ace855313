//! Payloads that are signed well and written oddly: what still restricts, what is set aside, and
//! what cannot be told.

use countersign::signing::{SeedSigner, SshVerifier};
use countersign::verdict::{
    Envelope, LenientSaid, NAMESPACE, Reading, Signer as _, VerdictKind, Verified, pae, to_payload,
};

use super::sample::{self, oid};

fn verify(line: &[u8]) -> Verified {
    Envelope::verify(line, &SshVerifier).unwrap()
}

fn odd(kind: VerdictKind, from: &str, to: &str) -> Verified {
    let statement = match kind {
        VerdictKind::Reject => sample::rejection(),
        kind => sample::with(|v| v.kind = kind),
    };
    verify(&sample::altered(&statement, from, to))
}

#[track_caller]
fn said(verified: &Verified) -> &LenientSaid {
    match verified.reading() {
        Reading::Lenient(lenient) => &lenient.said,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_rejection_with_an_unknown_field_still_rejects_and_an_approval_does_not_count() {
    let to = "\"commitCount\":3,\"urgency\":{\"deep\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}";
    let rejection = odd(VerdictKind::Reject, "\"commitCount\":3", to);
    let LenientSaid::Reject(facts) = said(&rejection) else {
        panic!("{rejection:?}");
    };
    assert_eq!(facts.head.commit, oid('a'));
    assert_eq!(facts.change.id.as_str(), "fix-lb-timeouts");
    assert_eq!(rejection.subject_commit(), Some(oid('a')));
    assert_eq!(
        rejection.issued_at(),
        Some("2026-11-24T09:30:00Z".parse().unwrap())
    );
    assert_eq!(rejection.statement(), None);
    let Reading::Lenient(lenient) = rejection.reading() else {
        panic!("{rejection:?}");
    };
    assert_eq!(
        lenient.why.to_string(),
        "predicate.urgency: an unknown field"
    );
    let approval = odd(VerdictKind::Approve, "\"commitCount\":3", to);
    assert_eq!(said(&approval), &LenientSaid::Approve);
    let withdrawal = odd(VerdictKind::Withdraw, "\"commitCount\":3", to);
    let LenientSaid::Withdraw(facts) = said(&withdrawal) else {
        panic!("{withdrawal:?}");
    };
    assert_eq!(facts.supersedes, [sample::digest('3')]);
}

#[test]
fn odd_spelling_that_every_reader_takes_alike_still_rejects() {
    for (from, to) in [
        ("\"commitCount\":3", "\"commitCount\": 3"),
        ("\"commitCount\":3", "\"commitCount\":3.5"),
        ("\"commitCount\":3,", ""),
        ("\"commitCount\":3", "\"commitCount\":3,\"commitCount\":4"),
        ("{\"_type\"", "\u{feff}{\"_type\""),
        ("is gone.", "is gone.\\u001b[2J"),
        (
            "\"verdict\":\"reject\"",
            "\"Verdict\":\"approve\",\"verdict\":\"reject\"",
        ),
        ("\"verdict\":\"reject\"", "\"verdict\":\"\\u0072eject\""),
        ("\"summary\":\"The health check is gone.\",", ""),
    ] {
        let verified = odd(VerdictKind::Reject, from, to);
        assert!(
            matches!(said(&verified), LenientSaid::Reject(_)),
            "{from} -> {to}"
        );
    }
}

#[test]
fn what_two_readers_would_take_differently_is_unreadable() {
    for (from, to) in [
        (
            "\"verdict\":\"reject\"",
            "\"verdict\":\"reject\",\"verdict\":\"approve\"",
        ),
        ("\"verdict\":\"reject\"", "\"Verdict\":\"reject\""),
        ("\"verdict\":\"reject\"", "\"verdict\":\"rejected\""),
        ("\"target\":", "\"target\":\"refs/heads/x\",\"target\":"),
        ("\"predicateType\"", "\"predicate\":{},\"predicateType\""),
        ("Statement/v1\"", "Statement/v2\""),
        ("\"revision\":2", "\"revision\":2.0"),
        ("is gone.", "is \\ud800gone."),
        ("\"gitTree\":\"dddd", "\"gitTree\":\"Dddd"),
    ] {
        let verified = odd(VerdictKind::Reject, from, to);
        match verified.reading() {
            Reading::Unreadable { subject, .. } => assert_eq!(*subject, Some(oid('a')), "{to}"),
            other => panic!("{from} -> {to}: {other:?}"),
        }
    }
}

#[test]
fn a_subject_that_does_not_read_is_not_guessed() {
    let subject = format!("\"gitCommit\":\"{}\"}},\"name\"", oid('a'));
    let another = format!("\"gitCommit\":\"{}\"}},\"name\"", oid('9'));
    let elsewhere = odd(VerdictKind::Reject, &subject, &another);
    assert!(matches!(
        elsewhere.reading(),
        Reading::Unreadable { subject: Some(found), .. } if *found == oid('9')
    ));
    let twice = format!("\"gitCommit\":\"{}\",{subject}", oid('9'));
    let none = odd(VerdictKind::Reject, &subject, &twice);
    assert!(matches!(
        none.reading(),
        Reading::Unreadable { subject: None, .. }
    ));
    for payload in ["", "[]", "{", "nonsense", "{\"_type\":1}"] {
        let verified = verify(&sample::line_of(payload.as_bytes()));
        assert!(
            matches!(
                verified.reading(),
                Reading::Unreadable { subject: None, .. }
            ),
            "{payload}"
        );
    }
}

#[test]
fn bytes_that_are_no_text_are_unreadable_with_their_subject() {
    let mut payload = to_payload(&sample::rejection()).unwrap();
    let at = payload.windows(7).position(|w| w == b"is gone").unwrap();
    payload[at] = 0xff;
    let verified = verify(&sample::line_of(&payload));
    assert!(matches!(
        verified.reading(),
        Reading::Unreadable { subject: Some(found), .. } if *found == oid('a')
    ));
}

#[test]
fn an_unknown_type_of_statement_is_named() {
    let verified = odd(VerdictKind::Reject, "dev/verdict/v1", "dev/verdict/v2");
    assert_eq!(
        verified.reading(),
        &Reading::UnknownType {
            subject: Some(oid('a')),
            predicate_type: "https://countersign.dev/verdict/v2".to_owned(),
        }
    );
}

#[test]
fn a_permission_of_another_kind_is_set_aside_unless_canonical() {
    for kind in ["override", "break-glass", "checkpoint", "log-rebase"] {
        let to = format!("dev/{kind}/v1");
        let verified = odd(VerdictKind::Reject, "dev/verdict/v1", &to);
        match said(&verified) {
            LenientSaid::Permission(uri) => assert!(uri.ends_with(&to), "{uri}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_statement_in_the_name_of_another_key_is_not_strict() {
    let other = SeedSigner::new(&[7; 32], "mallory").unwrap();
    for (statement, rejects) in [(sample::approval(), false), (sample::rejection(), true)] {
        let payload = to_payload(&statement).unwrap();
        let signature = other.sign(&pae(&payload), NAMESPACE).unwrap();
        let line = sample::line_from(&payload, other.fingerprint(), &signature);
        let verified = verify(&line);
        assert_eq!(verified.fingerprint(), other.fingerprint());
        assert_eq!(matches!(said(&verified), LenientSaid::Reject(_)), rejects);
    }
}

#[test]
fn a_comment_that_names_what_it_supersedes_reads_and_supersedes_nothing() {
    let verified = odd(VerdictKind::Approve, "\"approve\"", "\"comment\"");
    let verdict = verified.verdict().unwrap();
    assert_eq!(verdict.kind, VerdictKind::Comment);
    assert!(
        !verdict.supersedes.is_empty(),
        "kept as written; policy ignores it"
    );
}
