//! Statements to sign: a full approval and its smaller relatives.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::change::{Oid, RepoPath, Sha256};
use countersign::signing::SeedSigner;
use countersign::verdict::{
    Acknowledged, Answer, BreakGlass, ChangeLabel, Checklist, Checkpoint, Comment, CommitAndTree,
    Content, Log, LogRebase, NAMESPACE, Override, PolicyRef, Predicate, Repository, Reviewer,
    RiskShown, Severity, Side, Signer as _, Statement, Subject, Tool, Verdict, VerdictKind, Viewed,
    to_payload,
};

/// The seed of the test vector's key: 0, 1, 2 … 31.
pub fn seed() -> [u8; 32] {
    std::array::from_fn(|i| u8::try_from(i).unwrap())
}

pub fn signer() -> SeedSigner {
    SeedSigner::new(&seed(), "alice@corp.example").unwrap()
}

pub fn oid(digit: char) -> Oid {
    digit.to_string().repeat(40).parse().unwrap()
}

pub fn digest(digit: char) -> Sha256 {
    digit.to_string().repeat(64).parse().unwrap()
}

pub fn repository() -> Repository {
    Repository {
        id: "urn:uuid:5b0c7f0e-3c7a-4f0e-9a55-0d8f6f0b1c11".to_owned(),
        policy_root: oid('1'),
    }
}

pub fn reviewer() -> Reviewer {
    Reviewer {
        principal: "alice@corp.example".to_owned(),
        key: signer().fingerprint().to_owned(),
    }
}

/// An approval that carries every field.
pub fn approval() -> Statement {
    Statement {
        subject: Subject {
            name: "fix-lb-timeouts@2".to_owned(),
            commit: oid('a'),
        },
        predicate: Predicate::Verdict(Box::new(Verdict {
            viewed: Some(viewed()),
            checklist: Some(Checklist {
                correctness: Answer::Pass,
                security: Answer::Pass,
                performance: Answer::Na,
            }),
            risk: Some(RiskShown {
                level: "high".to_owned(),
                likelihood: 67,
                impact: 2,
                findings: 1,
                sha256: digest('5'),
            }),
            summary: Some(
                "Read with care.\nTimeouts are now per backend; grün \u{2713}".to_owned(),
            ),
            comments: vec![comment()],
            supersedes: vec![digest('3')],
            ..bare()
        })),
    }
}

fn viewed() -> Viewed {
    Viewed {
        files_viewed: 2,
        files_total: 2,
        hunks_viewed: 5,
        hunks_total: 5,
        seconds: 214,
        acknowledged: vec![Acknowledged {
            id: "0123456789abcdef".to_owned(),
            text: Some("the check moved to the sidecar".to_owned()),
        }],
        hidden: 0,
    }
}

fn comment() -> Comment {
    Comment {
        path: Some(RepoPath::new(b"infra/lb \xff.yaml".to_vec())),
        side: Some(Side::New),
        line: Some(41),
        end_line: Some(44),
        finding: Some("0123456789abcdef".to_owned()),
        severity: Severity::Should,
        body: "Say \"why\" 30s here: \\d+ seconds".to_owned(),
    }
}

/// What every verdict has, and nothing that only some have.
fn bare() -> Verdict {
    Verdict {
        kind: VerdictKind::Approve,
        repository: repository(),
        change: ChangeLabel {
            id: "fix-lb-timeouts".parse().unwrap(),
            revision: 2,
        },
        target: "refs/heads/main".to_owned(),
        base: CommitAndTree {
            commit: oid('b'),
            tree: oid('c'),
        },
        head: CommitAndTree {
            commit: oid('a'),
            tree: oid('d'),
        },
        commit_count: 3,
        content: Content {
            sha256: digest('e'),
            files: 2,
        },
        reviewer: reviewer(),
        issued_at: "2026-11-24T09:30:00Z".parse().unwrap(),
        policy: PolicyRef {
            version: 7,
            sha256: digest('7'),
            commit: oid('b'),
        },
        log: Log {
            head: Some(oid('f')),
            seen: vec![digest('2'), digest('9')],
        },
        tool: Tool {
            name: "countersign".to_owned(),
            version: "0.1.0".to_owned(),
        },
        viewed: None,
        checklist: None,
        risk: None,
        summary: None,
        comments: Vec::new(),
        supersedes: Vec::new(),
    }
}

/// The approval, changed.
pub fn with(change: impl FnOnce(&mut Verdict)) -> Statement {
    let mut statement = approval();
    match &mut statement.predicate {
        Predicate::Verdict(verdict) => change(verdict),
        _ => unreachable!("the sample is a verdict"),
    }
    statement
}

/// A small rejection.
pub fn rejection() -> Statement {
    with(|verdict| {
        verdict.kind = VerdictKind::Reject;
        verdict.viewed = None;
        verdict.checklist = None;
        verdict.risk = None;
        verdict.log = Log::default();
        verdict.comments.clear();
        verdict.supersedes.clear();
        verdict.summary = Some("The health check is gone.".to_owned());
    })
}

/// A line over any payload, signed by the sample's key.
pub fn line_of(payload: &[u8]) -> Vec<u8> {
    let signer = signer();
    let signature = signer
        .sign(&countersign::verdict::pae(payload), NAMESPACE)
        .unwrap();
    line_from(payload, signer.fingerprint(), &signature)
}

/// A line of these parts, whether or not they belong together.
pub fn line_from(payload: &[u8], keyid: &str, signature: &[u8]) -> Vec<u8> {
    let payload = STANDARD.encode(payload);
    let signature = STANDARD.encode(signature);
    format!(
        "{{\"payload\":\"{payload}\",\"payloadType\":\"application/vnd.in-toto+json\",\
         \"signatures\":[{{\"keyid\":\"{keyid}\",\"sig\":\"{signature}\"}}]}}\n"
    )
    .into_bytes()
}

/// The sample's payload, changed as text; signed although it may break the format.
pub fn altered(statement: &Statement, from: &str, to: &str) -> Vec<u8> {
    let payload = String::from_utf8(to_payload(statement).unwrap()).unwrap();
    assert!(payload.contains(from), "{from} is not in {payload}");
    line_of(payload.replacen(from, to, 1).as_bytes())
}

const REASON: &str = "production is down";

fn about(name: &str, commit: Oid, predicate: Predicate) -> Statement {
    Statement {
        subject: Subject {
            name: name.to_owned(),
            commit,
        },
        predicate,
    }
}

/// An override, a break-glass, a checkpoint and a log rebase.
pub fn others() -> [Statement; 4] {
    let issued_at = "2026-11-24T09:30:00Z".parse().unwrap();
    let later = "2026-11-24T13:30:00Z".parse().unwrap();
    let lift = Override {
        repository: repository(),
        target: "refs/heads/main".to_owned(),
        lifts: vec![digest('4')],
        reason: REASON.to_owned(),
        reviewer: reviewer(),
        issued_at,
    };
    let glass = BreakGlass {
        repository: repository(),
        target: "refs/heads/main".to_owned(),
        commit: oid('a'),
        reason: REASON.to_owned(),
        valid_until: later,
        reviewer: reviewer(),
        issued_at,
    };
    let point = Checkpoint {
        repository: repository(),
        notes_commit: oid('6'),
        statements: 0,
        reviewer: reviewer(),
        issued_at,
        expires_at: later,
    };
    let rebase = LogRebase {
        repository: repository(),
        from: oid('5'),
        to: oid('6'),
        reason: REASON.to_owned(),
        reviewer: reviewer(),
        issued_at,
    };
    [
        about("fix-lb-timeouts@2", oid('a'), Predicate::Override(lift)),
        about("fix-lb-timeouts@2", oid('a'), Predicate::BreakGlass(glass)),
        about(
            "refs/notes/countersign",
            oid('6'),
            Predicate::Checkpoint(point),
        ),
        about(
            "refs/notes/countersign",
            oid('6'),
            Predicate::LogRebase(rebase),
        ),
    ]
}
