//! What a statement must keep: drafts that break a rule are refused by field before anybody signs,
//! and signed payloads that break one do not read strictly.

use countersign::signing::SshVerifier;
use countersign::verdict::{
    Answer, Envelope, MAX_LINE, Predicate, Reading, SealError, Severity, SignError, Signer,
    Statement, Verdict, VerdictKind, from_payload, quotable, to_payload, whole_seconds,
};

use super::sample::{self, digest, oid, others, with};

/// A signer that must not be asked.
struct Untouched(String);

impl Signer for Untouched {
    fn fingerprint(&self) -> &str {
        &self.0
    }

    fn sign(&self, _: &[u8], _: &str) -> Result<Vec<u8>, SignError> {
        panic!("the signer was asked");
    }
}

#[track_caller]
fn refused(statement: &Statement, field: &str) {
    let signer = Untouched(sample::signer().fingerprint().to_owned());
    match Envelope::seal(statement, &signer, &SshVerifier) {
        Err(SealError::Draft(bad)) => assert_eq!(bad.field, field, "{bad}"),
        other => panic!("{field}: {other:?}"),
    }
}

#[track_caller]
fn broken(field: &str, change: impl FnOnce(&mut Verdict)) {
    refused(&with(change), field);
}

#[test]
fn an_approval_needs_what_the_reviewer_saw_affirmed_and_was_shown() {
    broken("predicate.viewed", |v| v.viewed = None);
    broken("predicate.checklist", |v| v.checklist = None);
    broken("predicate.risk", |v| v.risk = None);
    let fail = |answer: fn(&mut countersign::verdict::Checklist)| {
        move |v: &mut Verdict| answer(v.checklist.as_mut().unwrap())
    };
    broken(
        "predicate.checklist.correctness",
        fail(|c| c.correctness = Answer::Fail),
    );
    broken(
        "predicate.checklist.security",
        fail(|c| c.security = Answer::Fail),
    );
    broken(
        "predicate.checklist.performance",
        fail(|c| c.performance = Answer::Fail),
    );
    broken("predicate.comments[0].severity", |v| {
        v.comments[0].severity = Severity::Must
    });
}

#[test]
fn what_an_approval_must_not_say_a_rejection_may() {
    let statement = with(|v| {
        v.kind = VerdictKind::Reject;
        v.comments[0].severity = Severity::Must;
        v.checklist.as_mut().unwrap().security = Answer::Fail;
    });
    assert!(to_payload(&statement).is_ok());
}

#[test]
fn a_rejection_says_why_and_a_withdrawal_what() {
    broken("predicate.summary", |v| {
        v.kind = VerdictKind::Reject;
        v.summary = None;
    });
    broken("predicate.supersedes", |v| {
        v.kind = VerdictKind::Withdraw;
        v.supersedes.clear();
    });
    let remark = with(|v| {
        v.kind = VerdictKind::Comment;
        v.summary = None;
        v.supersedes.clear();
    });
    assert!(to_payload(&remark).is_ok());
    broken("predicate.supersedes", |v| v.kind = VerdictKind::Comment);
}

#[test]
fn text_is_neither_empty_nor_steers_a_terminal() {
    broken("predicate.summary", |v| v.summary = Some(String::new()));
    for bad in ["\u{1b}[2J", "a\rb", "\0", "\u{7f}", "\u{85}", "\u{9b}31m"] {
        broken("predicate.summary", |v| v.summary = Some(bad.to_owned()));
        broken("predicate.comments[0].body", |v| {
            v.comments[0].body = bad.to_owned()
        });
        let good = with(|v| v.summary = Some(format!("{}!", quotable(bad))));
        assert!(to_payload(&good).is_ok(), "{bad:?}");
    }
    assert_eq!(quotable("a\u{1b}b\tc\r\nd\re"), "a‹U+001B›b\tc\nd‹U+000D›e");
    broken("predicate.comments[0].body", |v| v.comments[0].body.clear());
    broken("predicate.tool.name", |v| v.tool.name.clear());
    broken("predicate.viewed.acknowledged[0].text", |v| {
        v.viewed.as_mut().unwrap().acknowledged[0].text = Some(String::new());
    });
}

#[test]
fn sizes_and_numbers_are_bounded() {
    let summary = |bytes: usize| with(|v| v.summary = Some("é".repeat(bytes / 2)));
    assert!(to_payload(&summary(4096)).is_ok());
    refused(&summary(4098), "predicate.summary");
    broken("predicate.commitCount", |v| v.commit_count = 1 << 53);
    assert!(to_payload(&with(|v| v.commit_count = (1 << 53) - 1)).is_ok());
    let mut zeroth = with(|v| v.change.revision = 0);
    zeroth.subject.name = "fix-lb-timeouts@0".to_owned();
    refused(&zeroth, "predicate.change.revision");
    broken("predicate.viewed.seconds", |v| {
        v.viewed.as_mut().unwrap().seconds = u64::MAX
    });
    broken("predicate.risk.impact", |v| {
        v.risk.as_mut().unwrap().impact = 4
    });
    broken("predicate.risk.likelihood", |v| {
        v.risk.as_mut().unwrap().likelihood = 101
    });
    broken("predicate.risk.level", |v| {
        v.risk.as_mut().unwrap().level = "High".to_owned()
    });
}

#[test]
fn a_draft_too_large_for_a_line_is_refused_before_signing() {
    let large = |bodies: usize| {
        with(|v| {
            let mut comment = v.comments[0].clone();
            comment.body = "x".repeat(1000);
            v.comments = vec![comment; bodies];
        })
    };
    let signer = Untouched(sample::signer().fingerprint().to_owned());
    let error = Envelope::seal(&large(200), &signer, &SshVerifier).unwrap_err();
    assert!(matches!(error, SealError::TooLarge { .. }), "{error:?}");
    let sealed = Envelope::seal(&large(150), &sample::signer(), &SshVerifier).unwrap();
    assert!(sealed.line.len() > 200 * 1024);
}

#[test]
fn places_of_comments_are_whole() {
    broken("predicate.comments[0].side", |v| {
        v.comments[0].path = None;
    });
    broken("predicate.comments[0].line", |v| {
        v.comments[0].path = None;
        v.comments[0].side = None;
    });
    broken("predicate.comments[0].endLine", |v| {
        v.comments[0].end_line = Some(40)
    });
    broken("predicate.comments[0].endLine", |v| {
        v.comments[0].line = None
    });
    broken("predicate.comments[0].line", |v| {
        v.comments[0].line = Some(0)
    });
    broken("predicate.comments[0].finding", |v| {
        v.comments[0].finding = Some("0123456789ABCDEF".to_owned());
    });
    broken("predicate.comments[0].path", |v| {
        v.comments[0].path = Some("".into())
    });
    broken("predicate.comments[0].path", |v| {
        v.comments[0].path = Some("a\0b".into());
    });
}

#[test]
fn names_follow_their_grammars() {
    for bad in [
        "main",
        "refs/main",
        "refs/heads/",
        "refs/heads/a..b",
        "refs/heads/a b",
        "refs//x",
    ] {
        broken("predicate.target", |v| v.target = bad.to_owned());
    }
    for bad in ["al", "Alice@corp.example", "a b c", "älice"] {
        broken("predicate.reviewer.principal", |v| {
            v.reviewer.principal = bad.to_owned()
        });
    }
    broken("predicate.repository.id", |v| {
        v.repository.id = "5b0c7f0e".to_owned()
    });
    broken("predicate.reviewer.key", |v| {
        v.reviewer.key = "SHA256:short".to_owned()
    });
    broken("predicate.reviewer.key", |v| {
        v.reviewer.key = format!("SHA256:{}", "A".repeat(43));
    });
}

#[test]
fn subject_log_and_times_are_consistent() {
    broken("subject[0].digest.gitCommit", |v| v.head.commit = oid('9'));
    broken("subject[0].name", |v| v.change.revision = 3);
    broken("predicate.log.seen", |v| v.log.seen.reverse());
    broken("predicate.log.seen", |v| v.log.seen = vec![digest('2'); 2]);
    broken("predicate.log.head", |v| v.log.head = None);
    broken("predicate.issuedAt", |v| {
        v.issued_at = "2026-11-24T09:30:00.5Z".parse().unwrap()
    });
    let whole = with(|v| v.issued_at = whole_seconds("2026-11-24T09:30:00.5Z".parse().unwrap()));
    assert_eq!(to_payload(&whole), to_payload(&sample::approval()));
    broken("predicate.issuedAt", |v| {
        v.issued_at = "-000001-01-01T00:00:00Z".parse().unwrap()
    });
}

#[test]
fn every_kind_of_statement_is_sealed_and_reads_back() {
    for statement in others() {
        let sealed = Envelope::seal(&statement, &sample::signer(), &SshVerifier).unwrap();
        let verified = Envelope::verify(&sealed.line, &SshVerifier).unwrap();
        assert_eq!(verified.reading(), &Reading::Strict(statement));
        assert!(super::second::is_sorted_json(&sealed.payload));
    }
}

#[test]
fn the_other_statements_are_about_what_they_name() {
    for mut statement in others().into_iter().skip(1) {
        statement.subject.commit = oid('0');
        refused(&statement, "subject[0].digest.gitCommit");
    }
    let [mut lift, ..] = others();
    if let Predicate::Override(lift) = &mut lift.predicate {
        lift.lifts.clear();
    }
    refused(&lift, "predicate.lifts");
    let [_, mut glass, ..] = others();
    if let Predicate::BreakGlass(glass) = &mut glass.predicate {
        glass.reason.clear();
    }
    refused(&glass, "predicate.reason");
}

#[test]
fn only_the_canonical_spelling_reads_strictly() {
    let payload = String::from_utf8(to_payload(&sample::approval()).unwrap()).unwrap();
    assert!(from_payload(payload.as_bytes()).is_ok());
    for (from, to) in [
        ("\"commitCount\":3", "\"commitCount\":3.0"),
        ("\"commitCount\":3", "\"commitCount\":3e0"),
        ("\"commitCount\":3", "\"commitCount\":-0"),
        ("\"commitCount\":3", "\"commitCount\":\"3\""),
        ("\"commitCount\":3", "\"commitCount\":null"),
        ("\"commitCount\":3", "\"commitCount\": 3"),
        ("\"commitCount\":3,", ""),
        ("\"commitCount\":3", "\"commitCount\":3,\"commitCount\":3"),
        ("\"commitCount\":3", "\"commitCount\":3,\"extra\":0"),
        ("\"verdict\":\"approve\"", "\"Verdict\":\"approve\""),
        ("\"verdict\":\"approve\"", "\"verdict\":\"APPROVE\""),
        ("\"name\":\"countersign\"", "\"name\":\"counter\\u0073ign\""),
        ("grün", "gr\\u00fcn"),
        ("\"side\":\"new\"", "\"side\":null"),
        ("\"side\":\"new\"", "\"side\":\"\""),
        ("infra/lb%20%FF.yaml", "infra/lb%20%ff.yaml"),
        ("infra/lb%20%FF.yaml", "infra/lb %FF.yaml"),
        ("infra/lb%20%FF.yaml", "infra/%6Cb%20%FF.yaml"),
        ("2026-11-24T09:30:00Z", "2026-11-24T09:30:00+00:00"),
        ("2026-11-24T09:30:00Z", "2026-11-24T09:30:00.0Z"),
        ("change-content-v1", "change-content-v2"),
        ("\"supersedes\":[", "\"supersedes\":[],\"x\":["),
        (
            "Statement/v1\",\"predicate\"",
            "Statement/v1\", \"predicate\"",
        ),
        ("{\"_type\"", "\u{feff}{\"_type\""),
        (
            "\"name\":\"fix-lb-timeouts@2\"}]}",
            "\"name\":\"fix-lb-timeouts@2\"}]}\n",
        ),
        (
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ),
    ] {
        assert!(payload.contains(from), "{from}");
        let altered = payload.replacen(from, to, 1);
        assert!(from_payload(altered.as_bytes()).is_err(), "{from} -> {to}");
    }
}

/// An approval whose payload has exactly this many bytes.
fn of_size(bytes: usize) -> Statement {
    let padded = |more: usize| with(|v| v.comments[0].body = "x".repeat(1 + more));
    let least = to_payload(&padded(0)).unwrap().len();
    let statement = padded(bytes - least);
    assert_eq!(to_payload(&statement).unwrap().len(), bytes);
    statement
}

#[test]
fn what_just_fits_a_line_with_room_for_a_signature_is_signed_and_no_byte_more() {
    let most = (MAX_LINE - 4096) / 4 * 3;
    let sealed = Envelope::seal(&of_size(most), &sample::signer(), &SshVerifier).unwrap();
    assert!(sealed.line.len() < MAX_LINE);
    let signer = Untouched(sample::signer().fingerprint().to_owned());
    let error = Envelope::seal(&of_size(most + 1), &signer, &SshVerifier).unwrap_err();
    assert!(matches!(error, SealError::TooLarge { .. }), "{error:?}");
}
