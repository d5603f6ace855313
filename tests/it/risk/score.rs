//! The likelihood and the queue's key against values that the reference computes from the same
//! features: whole points exactly, the key to a hundredth.

use std::collections::BTreeMap;

use countersign::change::RepoPath;
use countersign::diff::FileDiff;
use countersign::risk::{
    Assessment, AuthorId, FolderStats, HistoryStats, PathStats, Points, PolicyRisk,
};

use super::change::{judge, judge_with, text};

#[track_caller]
fn agrees(assessment: &Assessment, likelihood: u8, key: f64) {
    let terms: Vec<String> = assessment
        .terms
        .iter()
        .map(|t| format!("{} {}", t.points, t.why))
        .collect();
    assert_eq!(assessment.likelihood, likelihood, "{terms:#?}");
    let ours = assessment.key.as_milli() as f64 / 1000.0;
    assert!(
        (ours - key).abs() < 0.01,
        "key {ours}, reference {key}: {terms:#?}"
    );
    let sum: Points = assessment.terms.iter().map(|term| term.points).sum();
    assert_eq!(
        sum.rounded().clamp(0, 100),
        i64::from(likelihood),
        "the terms are the score"
    );
}

fn code(path: &str, lines: usize) -> FileDiff {
    let lines: Vec<String> = (0..lines).map(|n| format!("+    foo({n});")).collect();
    text(path, &lines.join("\n"))
}

/// A history in which one file was changed 71 times, 9 of them undone, by 17 people, and 20 times
/// by Dana, who made the last change.
fn history() -> HistoryStats {
    let stats = PathStats {
        changes: 71,
        undone: 9,
        last_author: Some(AuthorId(3)),
        people: (0..17).map(AuthorId).collect(),
        by_author: vec![(AuthorId(3), 20)],
    };
    HistoryStats {
        paths: BTreeMap::from([(RepoPath::from("src/a.rs"), stats)]),
        folders: BTreeMap::from([(
            RepoPath::from("src"),
            FolderStats {
                changes: 71,
                undone: 9,
            },
        )]),
        authors: BTreeMap::from([
            ("dana@x".to_owned(), AuthorId(3)),
            ("bo@x".to_owned(), AuthorId(4)),
        ]),
        cut_short: false,
    }
}

#[test]
fn size_areas_and_cost_follow_the_reference() {
    agrees(&judge("x", &[code("src/a.rs", 113)]), 37, 6.266);
    let areas = [
        code("src/a.rs", 20),
        code("net/b.rs", 20),
        text("README", ""),
    ];
    let assessment = judge("x", &areas);
    agrees(&assessment, 39, 39.357_552 - 4.3 * 65_f64.log2());
    assert!(
        assessment
            .terms
            .iter()
            .any(|term| term.why == "touches 3 areas")
    );
    assert_eq!(
        (assessment.cost, judge("x", &[code("src/a.rs", 5000)]).cost),
        (65, 1025)
    );
}

#[test]
fn history_follows_the_reference() {
    let files = [code("src/a.rs", 113)];
    let history = history();
    let judge = |who| judge_with("x", who, &files, &PolicyRisk::NONE, Some(&history));
    agrees(&judge(None), 57, 26.554);
    agrees(&judge(Some("Dana@x")), 45, 14.864);
    agrees(&judge(Some("bo@x")), 57, 26.554);
    let why: Vec<String> = judge(None).terms.into_iter().map(|term| term.why).collect();
    assert!(
        why.contains(&"9 of 71 changes to src/a.rs were undone or fixed later".to_owned()),
        "{why:?}"
    );
    assert!(
        why.contains(&"17 people have changed these files".to_owned()),
        "{why:?}"
    );
}

#[test]
fn a_new_file_takes_its_folders_share_and_a_missing_history_is_said() {
    let mut new = code("src/new/b.rs", 113);
    new.old = None;
    let history = history();
    let files = [new];
    let assessment = judge_with("x", None, &files, &PolicyRisk::NONE, Some(&history));
    agrees(&assessment, 45, 6.266 + 70.0 * 9.0 / 81.0);
    let without = judge("x", &files);
    let said = without
        .terms
        .iter()
        .find(|term| term.why.starts_with("no history statistics"));
    assert_eq!(said.map(|term| term.points), Some(Points::ZERO));
}

#[test]
fn content_message_and_calm_follow_the_reference() {
    let skip = [
        code("src/a.rs", 10),
        text("tests/a.rs", "+    #[ignore]\n+    foo(1);"),
    ];
    agrees(&judge("x", &skip), 45, 23.059);
    let mut shared = vec!["+static mut A: u8 = 1;", "+unsafe { foo() }"];
    shared.extend(["+    foo(1);"; 8]);
    let shared = [text("src/a.rs", &shared.join("\n"))];
    agrees(&judge("Optimise foo", &shared), 49, 27.404);
    agrees(
        &judge("Reland: enable foo", &[code("src/a.rs", 10)]),
        53,
        31.404,
    );
    agrees(
        &judge("x", &[text("docs/a.md", &["+word"; 5].join("\n"))]),
        16,
        -5.1,
    );
    agrees(
        &judge("x", &[text("src/a.rs", "+// one\n+// two")]),
        12,
        -8.861,
    );
    agrees(
        &judge("x", &[text("src/a.rs", "-a = 1;\n+a  =  1;")]),
        12,
        -8.861,
    );
    let version = [
        text("Cargo.toml", "+serde = \"1.0.201\""),
        text("Cargo.lock", "+x"),
    ];
    agrees(&judge("x", &version), 19, -1.446);
}

#[test]
fn a_message_never_lowers_and_a_place_is_given_where_there_is_one() {
    let files = [text("src/a.rs", "+    foo();\n+    unsafe { bar() }")];
    let plain = judge("x", &files).likelihood;
    for message in [
        "docs: typo",
        "refactor: whitespace only",
        "chore: comments only",
    ] {
        assert_eq!(judge(message, &files).likelihood, plain, "{message}");
    }
    let assessment = judge("x", &files);
    let place = assessment.terms.iter().find_map(|term| term.place.as_ref());
    assert_eq!(place.map(|place| place.line), Some(2));
}
