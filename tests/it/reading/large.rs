//! Very large changes: what a key costs follows the pane, not the change.

use std::collections::BTreeSet;

use countersign::app::moving::Move;
use countersign::diff::rows::{Folds, Layout, PART, Plan, RowKind, Rows};
use countersign::diff::{Body, FileDiff, Hunk, Line, LineKind};

use crate::screen::patches::file;
use crate::screen::{draw, press, text};

use super::showing;

/// A hunk of so many added lines, each with so many bytes, that starts at a line.
fn hunk(start: u32, lines: u32, bytes: usize) -> Hunk {
    let line = |nth: u32| Line {
        kind: LineKind::Added,
        old: None,
        new: Some(start + nth),
        bytes: vec![b'x'; bytes],
        no_newline: false,
    };
    Hunk {
        old_start: start,
        old_lines: 0,
        new_start: start,
        new_lines: lines,
        scope: String::new(),
        lines: (0..lines).map(line).collect(),
    }
}

fn with(path: &str, hunks: Vec<Hunk>) -> FileDiff {
    let mut file = file(path, "@@ -1 +1 @@\n");
    file.added = hunks.iter().map(|hunk| hunk.lines.len()).sum();
    file.body = Body::Text(hunks);
    file
}

#[test]
fn a_line_of_sixteen_mebibytes_is_drawn_a_part_at_a_time() {
    let files = vec![with("big.min.js", vec![hunk(1, 1, 16 << 20)])];
    let mut state = showing(files, 80, 24);
    press(&mut state, ". .");
    let (buffer, hits) = draw(&mut state, "dark");
    assert!(text(&buffer).contains("xxxxxxxx"));
    let open = state.open().unwrap();
    let parts = open.rows.as_slice().iter();
    let parts = parts
        .filter(|row| matches!(row.kind, RowKind::More { .. }))
        .count();
    assert_eq!(parts, (16 << 20) / PART - 1);
    // A frame tells of no more than it shows, and the line is not seen by it.
    let (_, window) = hits.drawn.diff.unwrap();
    assert!(window.rows.len() <= 24);
    assert_eq!(open.share(state.visit().unwrap()).seen, 0);
    press(&mut state, "G");
    assert!(text(&draw(&mut state, "dark").0).contains("xxxxxxxx"));
}

#[test]
fn ten_thousand_files_and_a_hundred_thousand_hunks_are_gone_through_by_their_index() {
    let hunks = |nth: usize| (0..10).map(|h| hunk(1 + 50 * h, 1, nth % 3)).collect();
    let files: Vec<FileDiff> = (0..10_000)
        .map(|nth| with(&format!("src/f{nth:05}.rs"), hunks(nth)))
        .collect();
    let mut state = showing(files, 140, 40);
    let total = state.open().unwrap().rows.len();
    assert!(total > 300_000, "{total}");
    press(&mut state, "G < , > . k g n W W W z z");
    let mut rows = BTreeSet::new();
    for key in ["G", ",", "<", "g", ">", "."] {
        press(&mut state, key);
        rows.insert(state.open().unwrap().cursor);
    }
    assert_eq!(rows.len(), 6);
    let shown = text(&draw(&mut state, "dark").0);
    assert!(shown.contains("of 10000"), "{shown}");
}

/// A fold makes one file's rows anew: the others are moved, not made.
#[test]
fn a_fold_among_many_files_changes_its_file_alone() {
    let files: Vec<FileDiff> = (0..2_000)
        .map(|nth| with(&format!("f{nth}"), vec![hunk(5, 3, 1), hunk(50, 3, 1)]))
        .collect();
    let mut folds = Folds::default();
    let mut rows = Rows::build(&files, &[], Layout::Unified, &folds);
    folds.hunks.insert((700, 1));
    let plan = Plan {
        notes: &[],
        layout: Layout::Unified,
        folds: &folds,
    };
    rows.refill(&files, 700, plan);
    assert_eq!(rows, Rows::build(&files, &[], Layout::Unified, &folds));
}

#[test]
fn a_hunk_of_a_million_lines_is_left_by_one_key() {
    let files = vec![
        with("generated.sql", vec![hunk(1, 1_000_000, 1)]),
        with("small.rs", vec![hunk(1, 2, 1)]),
    ];
    let mut state = showing(files, 100, 30);
    press(&mut state, "g > . .");
    let open = state.open().unwrap();
    let row = open.rows.get(open.cursor).unwrap();
    assert_eq!((row.file, row.kind), (2, RowKind::Hunk(0)));
    let mut open = open.clone();
    open.go(Move::Hunk(false));
    assert_eq!(open.rows.get(open.cursor).unwrap().file, 1);
}
