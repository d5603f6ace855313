//! A queue and a change as the use-cases would hand them over, for tests of the screen.

use countersign::app::change::{
    Acknowledge, Asks, Note, NoteKind, Opened, Past, RemarkState, Signing, Subject,
};
use countersign::app::compare::{Comparable, Last};
use countersign::change::{Oid, Sha256};
use countersign::diff::rows::OnSide;
use countersign::queue::{
    Author, Check, CheckState, Claim, Entry, Given, Need, RiskSummary, State as Standing,
};
use countersign::queue::{Home, RevisionName};
use countersign::risk::Level;
use countersign::risk::scanner::Scanned;
use countersign::verdict::{CommitAndTree, Content, PolicyRef, RiskShown, Severity, VerdictKind};
use jiff::{SignedDuration, Timestamp};

use super::facts::{origin, why};
use super::patches::{WORDING, file, files};
use super::play::session;

/// The wall clock of the fixtures.
pub fn now() -> Timestamp {
    "2026-03-04T10:00:00Z".parse().unwrap()
}

/// A line of the queue: id, revision, agent, lines, minutes of age, level, title.
type Row = (
    &'static str,
    u32,
    &'static str,
    usize,
    i64,
    Level,
    &'static str,
);

const ROWS: [Row; 16] = [
    (
        "fix-lb-timeouts",
        2,
        "amazonq",
        45,
        125,
        Level::Critical,
        "Raise edge timeouts and simplify probes",
    ),
    (
        "pool-lock-free",
        1,
        "claude",
        188,
        310,
        Level::Critical,
        "Lock-free pool for hot path",
    ),
    (
        "auth-refresh",
        3,
        "copilot",
        212,
        1500,
        Level::High,
        "Refresh tokens before expiry",
    ),
    (
        "orders-migrate",
        1,
        "kiro",
        96,
        190,
        Level::High,
        "Add orders.channel, backfill",
    ),
    (
        "cache-jitter",
        2,
        "claude",
        189,
        250,
        Level::High,
        "Jitter cache TTLs so they do not expire together",
    ),
    (
        "retry-budget",
        1,
        "cursor",
        61,
        40,
        Level::Medium,
        "Retry budget per upstream",
    ),
    (
        "ci-cache-keys",
        2,
        "codex",
        33,
        245,
        Level::Medium,
        "Share CI caches between jobs",
    ),
    (
        "feature-flags",
        4,
        "devin",
        310,
        3000,
        Level::Medium,
        "Flag service client",
    ),
    (
        "export-csv",
        1,
        "claude",
        140,
        365,
        Level::Medium,
        "CSV export of reports",
    ),
    (
        "bump-tokio",
        1,
        "renovate",
        18,
        65,
        Level::Low,
        "tokio 1.54.0 -> 1.54.1",
    ),
    (
        "log-wording",
        1,
        "codex",
        9,
        130,
        Level::Low,
        "Clearer start-up messages",
    ),
    (
        "docs-runbook",
        1,
        "kiro",
        24,
        185,
        Level::Low,
        "Runbook: drain a node",
    ),
    (
        "fmt-imports",
        1,
        "cursor",
        70,
        301,
        Level::Low,
        "Sort imports",
    ),
    (
        "bump-axum",
        1,
        "renovate",
        22,
        362,
        Level::Low,
        "axum 0.8.4 -> 0.8.5",
    ),
    (
        "search-index",
        1,
        "claude",
        420,
        900,
        Level::High,
        "Rebuild the search index in place",
    ),
    (
        "old-cleanup",
        1,
        "codex",
        12,
        4000,
        Level::Low,
        "Remove dead flags",
    ),
];

/// The queue of the pictures.
pub fn entries() -> Vec<Entry> {
    let mut entries: Vec<Entry> = ROWS.iter().map(entry).collect();
    for (id, change) in [
        ("auth-refresh", Standing::Stale),
        ("fix-lb-timeouts", Standing::Stale),
        ("old-cleanup", Standing::Approved),
    ] {
        find(&mut entries, id).state = change;
    }
    find(&mut entries, "search-index").needs_me = false;
    find(&mut entries, "pool-lock-free").only_me = true;
    find(&mut entries, "ci-cache-keys").checks[0].state = CheckState::Failure;
    find(&mut entries, "feature-flags").claim = claim("alice@corp.example");
    find(&mut entries, "export-csv").claim = claim("bob@corp.example");
    let partly = find(&mut entries, "cache-jitter");
    partly.needs[0].have = 1;
    partly.approvals.push(Given {
        reviewer: "bob@corp.example".to_owned(),
        revision: 2,
        digest: Sha256::from_bytes([9; 32]),
    });
    let first = find(&mut entries, "fix-lb-timeouts");
    first.checks.push(Check {
        name: "unit".to_owned(),
        state: CheckState::Success,
    });
    first.operator = Some("dana@corp.example".to_owned());
    first.risk = first.risk.map(|risk| RiskSummary {
        to_answer: 3,
        ..risk
    });
    entries
}

fn find<'a>(entries: &'a mut [Entry], id: &str) -> &'a mut Entry {
    entries.iter_mut().find(|e| e.id.as_str() == id).unwrap()
}

fn claim(who: &str) -> Option<Claim> {
    Some(Claim {
        reviewer: who.to_owned(),
        until: now() + SignedDuration::from_hours(1),
    })
}

fn entry(row: &Row) -> Entry {
    let (id, revision, agent, lines, minutes, level, title) = *row;
    let impact = if level >= Level::High { 3 } else { 1 };
    Entry {
        home: Home::default(),
        id: id.parse().unwrap(),
        revision,
        ref_name: format!("refs/countersign/queue/{id}/{revision}"),
        head: Oid::from_bytes([7; 20]),
        base: Oid::from_bytes([8; 20]),
        target: "refs/heads/main".to_owned(),
        state: Standing::Pending,
        title: title.to_owned(),
        author: Author {
            name: format!("{agent} bot"),
            email: format!("{agent}@bots.example"),
        },
        agent: Some(agent.to_owned()),
        operator: None,
        ai_markers: vec![format!("{agent}: trailer")],
        risk: Some(RiskSummary {
            level,
            likelihood: 20 + 10 * level as u32,
            impact,
            cost: 30,
            key: 10_000 * level as i64,
            findings: 1,
            to_answer: 0,
        }),
        paths: vec!["infra/lb.yaml".into()],
        files: 2,
        added: lines / 2,
        removed: lines - lines / 2,
        commits: 2,
        created_at: now() - SignedDuration::from_mins(minutes),
        needs: vec![Need {
            rule: "traffic".to_owned(),
            needed: if level >= Level::High { 2 } else { 1 },
            have: 0,
            from: vec!["senior".to_owned()],
        }],
        asked: Vec::new(),
        nobody: None,
        needs_me: true,
        only_me: false,
        approvals: Vec::new(),
        rejections: Vec::new(),
        claim: None,
        checks: vec![Check {
            name: "build".to_owned(),
            state: CheckState::Success,
        }],
        stacked_on: None,
        notes: Vec::new(),
    }
}

/// What opening a change of the queue gives.
pub fn opened(name: &RevisionName) -> Opened {
    let entries = entries();
    let entry = entries.iter().find(|e| e.id == name.id).unwrap();
    let level = entry.risk.unwrap().level;
    let high = level >= Level::High;
    let risky = name.id.as_str() == "fix-lb-timeouts";
    Opened {
        name: name.clone(),
        subject: subject(level),
        message: format!("{}\n", entry.title).into_bytes(),
        files: if high {
            files()
        } else {
            vec![file("src/start.rs", WORDING)]
        },
        complete: true,
        scanned: Scanned::default(),
        notes: if risky { notes() } else { Vec::new() },
        asks: asks(high, level),
        past: if risky { past() } else { Vec::new() },
        why: why(level),
        seen: Vec::new(),
        kept: None,
        ends: ends(risky),
        warnings: Vec::new(),
        origin: origin(entry),
    }
}

fn ends(risky: bool) -> Comparable {
    let commit = |n: u8, subject: &str| (Oid::from_bytes([n; 20]), subject.to_owned());
    Comparable {
        last: risky.then(|| Last {
            revision: 1,
            verdict: Some(VerdictKind::Reject),
            words: Some("keep the probe".to_owned()),
            remarks: 2,
        }),
        commits: vec![
            commit(0xa1, "Raise edge timeouts"),
            commit(0xc4, "Simplify probes"),
        ],
        revisions: if risky { vec![1, 2] } else { vec![1] },
    }
}

fn subject(level: Level) -> Subject {
    let pair = |n: u8| CommitAndTree {
        commit: Oid::from_bytes([n; 20]),
        tree: Oid::from_bytes([n + 1; 20]),
    };
    Subject {
        head: pair(0xc4),
        base: pair(0x9b),
        target: "refs/heads/main".to_owned(),
        commit_count: 2,
        content: Some(Content {
            sha256: Sha256::from_bytes([0x5f; 32]),
            files: 3,
        }),
        policy: Some(PolicyRef {
            version: 7,
            sha256: Sha256::from_bytes([0x31; 32]),
            commit: Oid::from_bytes([0x9b; 20]),
        }),
        risk: Some(RiskShown {
            level: level.to_string(),
            likelihood: 62,
            impact: 3,
            findings: 3,
            sha256: Sha256::from_bytes([1; 32]),
        }),
        session: Some("https://agents.example/s/77".to_owned()),
        signing: Some(signing(level)),
    }
}

fn signing(level: Level) -> Signing {
    let own = past().iter().map(|past| past.digest).collect();
    Signing {
        repository: "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8".to_owned(),
        policy_root: Oid::from_bytes([0x11; 20]),
        reviewer: "alice@corp.example".to_owned(),
        key: session().fingerprint,
        notes: Some(Oid::from_bytes([0x22; 20])),
        replaces: if level == Level::Critical {
            own
        } else {
            Vec::new()
        },
        withdraws: Vec::new(),
        tool: "countersign 0.1.0".to_owned(),
    }
}

fn asks(high: bool, level: Level) -> Asks {
    Asks {
        rules: if high {
            vec!["everything".to_owned(), "traffic".to_owned()]
        } else {
            vec!["everything".to_owned()]
        },
        min_viewed: if high { 100 } else { 0 },
        acknowledge: if high {
            Acknowledge::Asked
        } else {
            Acknowledge::Optional
        },
        checklist: [high; 3],
        word: high.then(|| level.to_string()),
        not_counting: None,
        not_together: None,
        cannot_sign: None,
        nobody: None,
        people: "senior: you, and bob or carol".to_owned(),
        settles: true,
        after: "approved, 1 of 1. The gate says 0 once this lands on main.".to_owned(),
    }
}

fn finding(path: &str, side: OnSide, line: u32, rule: &str, severity: u8, text: &str) -> Note {
    Note {
        path: Some(path.into()),
        side,
        line: Some(line),
        kind: NoteKind::Finding {
            id: format!("{:0>16}", rule.len()),
            rule: rule.to_owned(),
            severity,
        },
        text: text.to_owned(),
    }
}

fn notes() -> Vec<Note> {
    vec![
        finding(
            "infra/lb.yaml",
            OnSide::New,
            15,
            "k8s.selector-unmatched",
            3,
            "No workload in the result carries app=edge-lb; Deployment edge-proxy is app=edge-proxy. Where does the traffic go?",
        ),
        finding(
            "infra/lb.yaml",
            OnSide::Old,
            42,
            "lb.health-check-removed",
            3,
            "The only readiness probe of edge-proxy goes. What takes a dead pod out of rotation now?",
        ),
        Note {
            path: Some("infra/lb.yaml".into()),
            side: OnSide::Old,
            line: Some(42),
            kind: NoteKind::Remark {
                id: "1/0".to_owned(),
                by: "alice@corp.example".to_owned(),
                revision: 1,
                severity: Severity::Must,
                state: RemarkState::Open,
                was: None,
                replies: vec!["@2 will not fix: the balancer checks health".to_owned()],
            },
            text: "Keep the probe; if it is flaky, raise timeoutSeconds.".to_owned(),
        },
        finding(
            "charts/edge/values.yaml",
            OnSide::New,
            8,
            "lb.weight-zero",
            3,
            "edge-a gets no traffic any more. Is edge-b sized for all of it?",
        ),
        finding(
            "cache/store.rs",
            OnSide::Old,
            85,
            "conc.lock-removed",
            2,
            "A lock goes and nothing takes its place.",
        ),
    ]
}

fn past() -> Vec<Past> {
    vec![Past {
        reviewer: "alice@corp.example".to_owned(),
        mine: true,
        kind: VerdictKind::Reject,
        revision: 1,
        at: now() - SignedDuration::from_hours(20),
        summary: Some("a probe goes, nothing replaces it".to_owned()),
        standing: "exact, good signature".to_owned(),
        covers: "fix-lb-timeouts@1 only, whose content is another".to_owned(),
        key: session().fingerprint,
        remarks: 1,
        replaced_by: Vec::new(),
        digest: Sha256::from_bytes([4; 32]),
    }]
}
