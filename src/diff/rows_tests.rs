//! Tests of the list of rows.

use super::*;
use crate::change::{Oid, RepoPath};
use crate::diff::{Body, FileSide, FileStatus, Line, Mode};

/// A file from hunks written as `" -+"` strings; numbering starts at 10 and leaves gaps of 100.
pub(crate) fn file(path: &str, hunks: &[&str]) -> FileDiff {
    let side = FileSide {
        path: RepoPath::from(path),
        mode: Mode::Regular,
        id: Oid::from_bytes([0; 20]),
        size: 0,
    };
    let hunks = hunks.iter().enumerate();
    let hunks: Vec<Hunk> = hunks.map(|(i, kinds)| hunk(i, kinds)).collect();
    FileDiff {
        status: FileStatus::Modified,
        old: Some(side.clone()),
        new: Some(side),
        body: Body::Text(hunks),
        added: 0,
        removed: 0,
    }
}

fn hunk(index: usize, kinds: &str) -> Hunk {
    let start = 10 + 100 * small(index);
    let (mut old, mut new) = (start, start);
    let mut lines = Vec::new();
    for c in kinds.chars() {
        let kind = match c {
            '-' => LineKind::Removed,
            '+' => LineKind::Added,
            _ => LineKind::Context,
        };
        lines.push(Line {
            kind,
            old: (kind != LineKind::Added).then_some(old),
            new: (kind != LineKind::Removed).then_some(new),
            bytes: kinds.as_bytes().to_vec(),
            no_newline: false,
        });
        old += u32::from(kind != LineKind::Added);
        new += u32::from(kind != LineKind::Removed);
    }
    Hunk {
        old_start: start,
        old_lines: old - start,
        new_start: start,
        new_lines: new - start,
        scope: String::new(),
        lines,
    }
}

fn picture(rows: &Rows) -> String {
    let one = |row: &Row| match row.kind {
        RowKind::File => "F".to_owned(),
        RowKind::Sentence => "s".to_owned(),
        RowKind::Hunk(h) => format!("@{h}"),
        RowKind::Line { line, .. } => format!("{line}"),
        RowKind::Pair { old, new, .. } => {
            let side = |n: Option<u32>| n.map_or("_".to_owned(), |n| n.to_string());
            format!("{}|{}", side(old), side(new))
        }
        RowKind::Note(n) => format!("n{n}"),
    };
    rows.as_slice()
        .iter()
        .map(one)
        .collect::<Vec<_>>()
        .join(" ")
}

fn at(file: usize, side: OnSide, line: u32) -> Place {
    Place {
        file,
        side,
        line: Some(line),
    }
}

#[test]
fn a_note_stands_under_its_line_on_its_side() {
    let files = [file("a", &[" -+ "])];
    // The old and the new line 11 are two rows; context 10 is one.
    let notes = [
        at(0, OnSide::Old, 11),
        at(0, OnSide::New, 11),
        at(0, OnSide::New, 10),
        at(0, OnSide::New, 99),
    ];
    let rows = Rows::build(&files, &notes, Layout::Unified, &Folds::default());
    assert_eq!(picture(&rows), "F n3 @0 0 n2 1 n0 2 n1 3");
    assert_eq!(rows.of_note(1), Some(8));
}

#[test]
fn split_puts_the_nth_removed_beside_the_nth_added() {
    let files = [file("a", &[" --+ +"])];
    let notes = [at(0, OnSide::New, 11)];
    let rows = Rows::build(&files, &notes, Layout::Split, &Folds::default());
    assert_eq!(picture(&rows), "F @0 0|0 1|3 n0 2|_ 4|4 _|5");
    let lines: Vec<usize> = rows.as_slice().iter().flat_map(Row::lines).collect();
    assert_eq!(lines, [0, 1, 3, 2, 4, 5], "each line once");
}

#[test]
fn folds_leave_headers_and_findings_and_a_file_without_lines_has_a_sentence() {
    let mut binary = file("b", &[]);
    binary.body = Body::Binary;
    let files = [file("a", &["+", "-"]), binary, file("c", &["+"])];
    let mut folds = Folds::default();
    folds.hunks.insert((0, 0));
    folds.files.insert(2);
    let notes = [at(0, OnSide::New, 10), at(2, OnSide::New, 10)];
    let with_notes = Rows::build(&files, &notes, Layout::Unified, &folds);
    assert_eq!(picture(&with_notes), "F @0 n0 @1 0 F s F s n1");
    let rows = Rows::build(&files, &[], Layout::Unified, &folds);
    assert_eq!(picture(&rows), "F @0 @1 0 F s F s");
    assert_eq!(rows.of_file(0), 0..4);
    assert_eq!(rows.of_file(2), 6..8);
    assert_eq!(rows.of_hunk(0, 1), Some(2));
    assert_eq!(rows.of_hunk(1, 0), None);
}

#[test]
fn appending_gives_the_same_rows_as_building_at_once() {
    let files = [
        file("a", &["+- "]),
        file("b", &["-"]),
        file("c", &["+", "+"]),
    ];
    let notes = [at(2, OnSide::New, 10), at(0, OnSide::Old, 10)];
    let whole = Rows::build(&files, &notes, Layout::Unified, &Folds::default());
    let mut grown = Rows::build(&files[..1], &notes, Layout::Unified, &Folds::default());
    grown.append(&files, 1, &notes, Layout::Unified, &Folds::default());
    assert_eq!(grown, whole);
}

#[test]
fn the_one_hunk_of_a_new_file_has_no_header_and_still_starts_somewhere() {
    let mut new = file("a", &["++"]);
    new.old = None;
    let files = [new, file("b", &["+"])];
    let rows = Rows::build(&files, &[], Layout::Unified, &Folds::default());
    assert_eq!(picture(&rows), "F 0 1 F @0 0");
    let starts: Vec<usize> = (0..6).filter(|at| rows.starts_hunk(*at)).collect();
    assert_eq!(starts, [1, 4]);
    assert_eq!(rows.of_hunk(0, 0), Some(1));
}
