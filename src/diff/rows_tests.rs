//! Tests of the list of rows.

use super::*;
use crate::change::{Oid, RepoPath};
use crate::diff::{Body, FileSide, FileStatus, Hunk, Line, LineKind, Mode};

fn small(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// A file from hunks written as `" -+"` strings; numbering starts at 10 and leaves gaps of 100.
pub(crate) fn file(path: &str, hunks: &[&str]) -> FileDiff {
    let side = FileSide {
        path: RepoPath::from(path),
        mode: Mode::Regular,
        id: Oid::from_bytes([0; 20]),
        size: 0,
        facts: Default::default(),
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
    let side = |n: Option<u32>| n.map_or("_".to_owned(), |n| n.to_string());
    let one = |row: &Row| match row.kind {
        RowKind::File => "F".to_owned(),
        RowKind::Sentence => "s".to_owned(),
        RowKind::Hunk(h) => format!("@{h}"),
        RowKind::Line { line, .. } => format!("{line}"),
        RowKind::Pair { old, new, .. } => {
            format!("{}|{}", side(old), side(new))
        }
        RowKind::More { old, new, part, .. } => format!("{}|{}/{part}", side(old), side(new)),
        RowKind::Blank { old, new, .. } => format!("{old}={new}"),
        RowKind::Hidden(hunk) => format!("-{hunk}"),
        RowKind::Gap(gap) => format!("~{gap}"),
        RowKind::Around { new, .. } => format!("({new})"),
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
    assert_eq!(picture(&rows), "F n3 ~0 @0 0 n2 1 n0 2 n1 3");
    assert_eq!(rows.of_note(1), Some(9));
}

#[test]
fn split_puts_the_nth_removed_beside_the_nth_added() {
    let files = [file("a", &[" --+ +"])];
    let notes = [at(0, OnSide::New, 11)];
    let rows = Rows::build(&files, &notes, Layout::Split, &Folds::default());
    assert_eq!(picture(&rows), "F ~0 @0 0|0 1|3 n0 2|_ 4|4 _|5");
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
    assert_eq!(picture(&with_notes), "F ~0 @0 n0 ~1 @1 0 F s F s n1");
    let rows = Rows::build(&files, &[], Layout::Unified, &folds);
    assert_eq!(picture(&rows), "F ~0 @0 ~1 @1 0 F s F s");
    assert_eq!(rows.of_file(0), 0..6);
    assert_eq!(rows.of_file(2), 8..10);
    assert_eq!(rows.of_hunk(0, 1), Some(4));
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
    assert_eq!(picture(&rows), "F 0 1 F ~0 @0 0");
    let starts: Vec<usize> = (0..7).filter(|at| rows.starts_hunk(*at)).collect();
    assert_eq!(starts, [1, 5]);
    assert_eq!(rows.of_hunk(0, 0), Some(1));
}

/// Folds with the whole of a text of so many lines known, for file 0.
fn with_text(lines: usize) -> Folds {
    let mut folds = Folds::default();
    let text = crate::diff::context::Text::new(b"x\n".repeat(lines));
    folds.context.put(0, std::sync::Arc::new(text));
    folds
}

#[test]
fn an_open_gap_shows_its_lines_above_and_below_the_hunks_and_their_notes() {
    let files = [file("a", &["+", "-"])];
    let mut folds = with_text(115);
    let of = |number| folds.context.gap(0, &files[0], number);
    let (first, last) = (of(0), of(2));
    if let (Some(first), Some(last)) = (first, last) {
        folds.context.more(0, 0, first, false, true);
        folds.context.more(0, 2, last, true, false);
    }
    let notes = [at(0, OnSide::New, 5), at(0, OnSide::New, 50)];
    let rows = Rows::build(&files, &notes, Layout::Unified, &folds);
    let wanted =
        "F n1 @0 (1) (2) (3) (4) (5) n0 (6) (7) (8) (9) 0 ~1 @1 0 (111) (112) (113) (114) (115)";
    assert_eq!(picture(&rows), wanted);
    let starts: Vec<usize> = (0..rows.len()).filter(|at| rows.starts_hunk(*at)).collect();
    assert_eq!(starts, [2, 15], "what counts as a hunk stays");
    let hunks = rows.as_slice().iter().filter(|row| row.hunk().is_some());
    assert_eq!(hunks.count(), 4);
}

#[test]
fn a_file_made_anew_gives_the_same_rows_as_all_of_them_made_anew() {
    let files = [
        file("a", &["+- ", "+"]),
        file("b", &["-", "+", "- +"]),
        file("c", &["+", "+"]),
    ];
    let notes = [
        at(2, OnSide::New, 10),
        at(1, OnSide::Old, 10),
        at(0, OnSide::Old, 10),
    ];
    for layout in [Layout::Unified, Layout::Split] {
        let mut folds = Folds::default();
        let mut rows = Rows::build(&files, &notes, layout, &folds);
        for step in 0..4 {
            match step {
                0 => folds.hunks.insert((1, 1)),
                1 => folds.files.insert(1),
                2 => folds.files.remove(&1),
                _ => folds.hunks.remove(&(1, 1)),
            };
            let plan = Plan {
                notes: &notes,
                layout,
                folds: &folds,
            };
            rows.refill(&files, 1, plan);
            assert_eq!(rows, Rows::build(&files, &notes, layout, &folds), "{step}");
        }
    }
}

#[test]
fn hunks_files_and_their_neighbours_are_found() {
    let files = [file("a", &["+", "+"]), file("b", &["-"])];
    let rows = Rows::build(&files, &[], Layout::Unified, &Folds::default());
    assert_eq!(picture(&rows), "F ~0 @0 0 ~1 @1 0 F ~0 @0 0");
    let forward: Vec<_> = (0..11).map(|at| rows.next_hunk(at, true)).collect();
    let wanted = [2, 2, 5, 5, 5, 9, 9, 9, 9].map(Some);
    assert_eq!(forward, [&wanted[..], &[None, None]].concat());
    assert_eq!(rows.next_hunk(5, false), Some(2));
    assert_eq!(
        (rows.next_file(0, true), rows.next_file(7, false)),
        (Some(7), Some(0))
    );
    assert_eq!((rows.of_hunk(1, 0), rows.of_hunk(0, 1)), (Some(9), Some(5)));
}

#[test]
fn a_long_line_takes_a_row_for_each_part_and_no_byte_is_in_two() {
    let mut long = file("a", &["-+"]);
    let text = "ä".repeat(PART + 1).into_bytes();
    if let Body::Text(hunks) = &mut long.body {
        hunks[0].lines[1].bytes.clone_from(&text);
    }
    let unified = Rows::build(
        std::slice::from_ref(&long),
        &[],
        Layout::Unified,
        &Folds::default(),
    );
    assert_eq!(picture(&unified), "F ~0 @0 0 1 1|1/1 1|1/2");
    let split = Rows::build(&[long], &[], Layout::Split, &Folds::default());
    assert_eq!(picture(&split), "F ~0 @0 0|1 _|1/1 _|1/2");
    let cut: Vec<Range<usize>> = (0..3).map(|nth| part(&text, nth)).collect();
    assert_eq!((cut[0].start, cut[2].end), (0, text.len()));
    assert!(cut.windows(2).all(|two| two[0].end == two[1].start));
    assert!(
        cut.iter()
            .all(|part| std::str::from_utf8(&text[part.clone()]).is_ok())
    );
    assert_eq!(part(b"", 0), 0..0);
}

#[test]
fn white_space_that_is_hidden_leaves_no_lines_to_be_seen() {
    let mut files = [file("a", &[" --++", "-+"])];
    if let Body::Text(hunks) = &mut files[0].body {
        for (hunk, texts) in [
            (0, vec!["x", "a b", "c", "d", "a  b"]),
            (1, vec!["e", " e"]),
        ] {
            for (line, text) in texts.into_iter().enumerate() {
                hunks[hunk].lines[line].bytes = text.as_bytes().to_vec();
            }
        }
    }
    let folds = Folds {
        blanks: true,
        ..Folds::default()
    };
    let notes = [at(0, OnSide::New, 110)];
    let unified = Rows::build(&files, &notes, Layout::Unified, &folds);
    assert_eq!(picture(&unified), "F ~0 @0 0 3 1=4 2 ~1 @1 -1 n0");
    assert_eq!(unified.hidden(), 2);
    let split = Rows::build(&files, &notes, Layout::Split, &folds);
    assert_eq!(picture(&split), "F ~0 @0 0|0 _|3 1=4 2|_ ~1 @1 -1 n0");
    let lines: Vec<usize> = unified.as_slice().iter().flat_map(Row::lines).collect();
    assert_eq!(lines, [0, 3, 2], "neither of the two that differ in blanks");
}
