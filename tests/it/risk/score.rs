//! The likelihood and the queue's key against values that the reference computes from the same
//! features: whole points exactly, the key to a hundredth.

use std::collections::{BTreeMap, BTreeSet};

use countersign::change::{Oid, RepoPath};
use countersign::diff::FileDiff;
use countersign::risk::{
    Assessment, AuthorId, FolderStats, HistoryStats, PathStats, Points, PolicyRisk, UndoneChange,
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
        ..HistoryStats::default()
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

fn undone(byte: u8, title: &str, files: u32, again: &[&str]) -> UndoneChange {
    UndoneChange {
        oid: Oid::from_bytes([byte; 20]),
        title: title.to_owned(),
        files,
        again: again.iter().map(|path| RepoPath::from(*path)).collect(),
    }
}

/// The term of an assessment whose sentence has this in it.
#[track_caller]
fn term(assessment: &Assessment, part: &str) -> (i64, String) {
    let terms = &assessment.terms;
    let found = terms.iter().find(|term| term.why.contains(part));
    let found = found.unwrap_or_else(|| panic!("no {part}: {terms:#?}"));
    (found.points.as_milli(), found.why.clone())
}

#[test]
fn a_change_of_the_files_of_an_undone_one_is_likelier_and_the_undone_one_is_named() {
    let mut history = HistoryStats {
        undone_lately: vec![
            undone(0xaa, "older", 4, &["src/a.rs", "src/b.rs"]),
            undone(0xbb, "net: pool", 4, &["src/a.rs", "src/b.rs"]),
            undone(0xcc, "wide", 90, &["src/a.rs", "src/b.rs", "src/c.rs"]),
        ],
        ..HistoryStats::default()
    };
    let files = ["src/a.rs", "src/b.rs", "src/c.rs", "src/d.rs"].map(|path| code(path, 5));
    let judge = |files: &[FileDiff], history: &HistoryStats| {
        judge_with("x", None, files, &PolicyRisk::NONE, Some(history))
    };
    // 16 x 2 / (4 + 4/4), of two alike the one that was undone last.
    assert_eq!(
        term(&judge(&files, &history), "which was undone"),
        (
            6400,
            "changes 2 of the 4 files of “net: pool” (bbbbbbbbbb), which was undone or fixed later"
                .to_owned()
        )
    );
    let mut renamed = code("src/z.rs", 5);
    renamed.old.as_mut().unwrap().path = RepoPath::from("src/a.rs");
    history.undone_lately = vec![undone(0xdd, "one", 1, &["src/a.rs"])];
    assert_eq!(
        term(&judge(&[renamed], &history), "which was undone"),
        (
            12_800,
            "changes the file of “one” (dddddddddd), which was undone or fixed later".to_owned()
        ),
        "a file is known by its name before"
    );
    let mut new = code("src/a.rs", 5);
    new.old = None;
    assert_eq!(
        term(&judge(&[new], &history), "which was undone").0,
        12_800,
        "a file that comes again"
    );
    history.undone_lately = vec![undone(0xee, "two", 2, &["src/a.rs", "src/b.rs"])];
    let (_, why) = term(&judge(&files, &history), "which was undone");
    assert!(why.starts_with("changes all 2 files of "), "{why}");
    let other = judge(&[code("src/x.rs", 5)], &history);
    assert!(
        other.terms.iter().all(|term| !term.why.contains("undone")),
        "{:?}",
        other.terms
    );
}

#[test]
fn a_folder_that_the_author_never_changed_is_said_once() {
    let folders = [("net", vec![AuthorId(4)]), ("src", vec![AuthorId(3)])];
    let folders = folders.map(|(folder, people)| (RepoPath::from(folder), people));
    let mut history = history();
    history.changed_in = BTreeMap::from(folders);
    let judge = |who, paths: &[&str], history: &HistoryStats| {
        let files: Vec<FileDiff> = paths.iter().map(|path| code(path, 5)).collect();
        judge_with("x", who, &files, &PolicyRisk::NONE, Some(history))
    };
    let strange = |assessment: &Assessment| -> BTreeSet<String> {
        let terms = assessment.terms.iter();
        let strange = terms.filter(|term| term.why.contains("never changed"));
        strange
            .map(|term| format!("{} {}", term.points, term.why))
            .collect()
    };
    let both = ["src/a.rs", "net/b.rs", "fresh/c.rs"];
    let said = |text: &str| BTreeSet::from([text.to_owned()]);
    let dana = judge(Some("dana@x"), &both, &history);
    let words = "4 the author never changed a file in net before";
    assert_eq!(strange(&dana), said(words));
    let stranger = judge(Some("eve@x"), &both, &history);
    assert_eq!(
        strange(&stranger),
        said(words),
        "who never changed anything"
    );
    for (who, paths) in [
        (None, &both[..]),
        (Some("dana@x"), &["src/a.rs", "fresh/c.rs"]),
        (Some("bo@x"), &["net/b.rs", "net/deep/c.rs"]),
    ] {
        assert_eq!(strange(&judge(who, paths, &history)), BTreeSet::new());
    }
    history.cut_short = true;
    let dana = judge(Some("dana@x"), &both, &history);
    assert_eq!(strange(&dana), BTreeSet::new(), "a part of a history");
}

#[test]
fn a_file_that_comes_back_has_the_past_that_it_had() {
    let back = FileDiff {
        old: None,
        ..code("src/a.rs", 0)
    };
    let known = history();
    let assessment = judge_with(
        "x",
        Some("dana@x"),
        &[back],
        &PolicyRisk::NONE,
        Some(&known),
    );
    let why: Vec<&str> = assessment.terms.iter().map(|t| t.why.as_str()).collect();
    for said in [
        "9 of 71 changes to src/a.rs were undone or fixed later",
        "17 people have changed these files",
        "last changed by the same author",
    ] {
        assert!(why.contains(&said), "{why:#?}");
    }
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
