//! Texts as a reader meets them: made visible, compared, laid out in rows, merged.

use countersign::app::change::message_file;
use countersign::diff::carry::Carry;
use countersign::diff::context::{Context, Text};
use countersign::diff::facts::Facts;
use countersign::diff::rows::{Folds, Layout, OnSide, Place, Row, Rows};
use countersign::diff::{Body, FileDiff, Hunk, LineKind, blanks, inline, media, moves, visible};
use countersign::git::DiffOptions;

use super::input::{Input, is_wild};
use super::world;

/// Bytes made visible. Every byte is in one cell, a cell is as wide as it says, and no terminal obeys
/// any of it.
pub fn visible_text(data: &[u8]) {
    let mut input = Input(data);
    let tab = usize::from(input.byte() % 17);
    let bytes = input.0;
    let cells = visible::cells(bytes, tab);
    let mut at = 0;
    for cell in &cells {
        assert_eq!(cell.raw.start, at, "cells follow each other");
        assert!(cell.raw.end > at, "a cell has bytes");
        at = cell.raw.end;
        assert!(!cell.text.contains(is_wild), "{:?}", cell.text);
        assert!(cell.width >= 1 && cell.text.len() <= 64, "{cell:?}");
        if !cell.escaped && bytes[cell.raw.clone()] != *b"\t" {
            assert_eq!(
                &bytes[cell.raw.clone()],
                cell.text.as_bytes(),
                "shown as it is"
            );
        }
    }
    assert_eq!(at, bytes.len(), "no byte is left out");
    let text = visible::text(bytes);
    assert!(!text.contains(is_wild));
    assert_eq!(
        visible::text(text.as_bytes()),
        text,
        "visible once is visible"
    );
    let hidden = visible::hidden(bytes);
    assert!(hidden <= bytes.len());
    if !bytes.contains(&b'\n') {
        assert_eq!(hidden, cells.iter().filter(|cell| cell.escaped).count());
    }
    media::of(bytes);
    Facts::of(bytes, true);
}

/// Two texts compared, or three merged.
pub fn diff(data: &[u8]) {
    let mut input = Input(data);
    match input.byte() % 4 {
        0 => merge(&mut input),
        _ => text_diff(&mut input),
    }
}

/// Two texts, with options before them. The hunks rebuild either side, their counts are right, and the
/// rows show each line once, in either layout.
fn text_diff(input: &mut Input<'_>) {
    let (ways, context) = (input.byte(), input.byte() % 8);
    let (old, new) = (input.part(), input.part());
    let options = DiffOptions {
        context_lines: context.into(),
        ignore_whitespace: ways & 1 != 0,
    };
    let body = world::store(|store| store.texts(old, new, &options)).expect("two texts compare");
    let Body::Text(hunks) = body else {
        return;
    };
    for hunk in &hunks {
        counted(hunk);
    }
    if !options.ignore_whitespace {
        assert_eq!(
            applied(&hunks, old),
            new,
            "the hunks make the new text of the old one"
        );
    }
    let mut file = message_file(b"");
    file.old = file.new.clone();
    file.added = of(&hunks, LineKind::Added);
    file.removed = of(&hunks, LineKind::Removed);
    file.body = Body::Text(hunks);
    carried(&file, old, new);
    for hunk in file.hunks() {
        within(hunk);
    }
    rows(&file, input, ways, new);
}

fn of(hunks: &[Hunk], kind: LineKind) -> usize {
    let lines = hunks.iter().flat_map(|hunk| &hunk.lines);
    lines.filter(|line| line.kind == kind).count()
}

fn counted(hunk: &Hunk) {
    let (mut old, mut new) = (0, 0);
    for line in &hunk.lines {
        match line.kind {
            LineKind::Context => (old, new) = (old + 1, new + 1),
            LineKind::Added => new += 1,
            LineKind::Removed => old += 1,
        }
        assert_eq!(line.old.is_some(), line.kind != LineKind::Added);
        assert_eq!(line.new.is_some(), line.kind != LineKind::Removed);
    }
    assert_eq!(
        (hunk.old_lines, hunk.new_lines),
        (old, new),
        "counts are conserved"
    );
}

/// The old text with the hunks applied.
fn applied(hunks: &[Hunk], old: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = old.split_inclusive(|b| *b == b'\n').collect();
    let mut out = Vec::new();
    let mut at = 0;
    for hunk in hunks {
        // Git names the line before, where a side has none.
        let start = hunk.old_start as usize - usize::from(hunk.old_lines > 0);
        lines[at..start]
            .iter()
            .for_each(|line| out.extend_from_slice(line));
        for line in hunk
            .lines
            .iter()
            .filter(|line| line.kind != LineKind::Removed)
        {
            out.extend_from_slice(&line.bytes);
            if !line.no_newline {
                out.push(b'\n');
            }
        }
        at = start + hunk.old_lines as usize;
    }
    lines[at..]
        .iter()
        .for_each(|line| out.extend_from_slice(line));
    out
}

/// An unchanged line is carried to the same line, and back again.
fn carried(file: &FileDiff, old: &[u8], new: &[u8]) {
    let lines = |text: &[u8]| text.split_inclusive(|b| *b == b'\n').count() as u32;
    let news: Vec<&[u8]> = new.split_inclusive(|b| *b == b'\n').collect();
    for (number, line) in (1..).zip(old.split_inclusive(|b| *b == b'\n').take(400)) {
        if let Some(there) = file.carry(number, Carry::Forward) {
            assert!(
                there >= 1 && there <= lines(new),
                "line {number} at {there}"
            );
            assert_eq!(file.carry(there, Carry::Back), Some(number));
            let same = |line: &[u8]| {
                // libgit2's white space is C's, with the vertical tab.
                let is_blank = |b: &u8| b.is_ascii_whitespace() || *b == 0x0b;
                line.iter()
                    .copied()
                    .filter(|b| !is_blank(b))
                    .collect::<Vec<u8>>()
            };
            assert_eq!(same(news[there as usize - 1]), same(line), "the same line");
        }
    }
}

/// What is said of lines within a hunk points into it.
fn within(hunk: &Hunk) {
    for run in blanks::runs(hunk) {
        assert!(run.removed.end <= run.added.start && run.added.end <= hunk.lines.len());
        for (old, new) in blanks::pairs(hunk, &run) {
            assert!(run.removed.contains(&old) && run.added.contains(&new));
        }
    }
    for number in 0..hunk.lines.len() {
        let Some(other) = inline::partner(hunk, number) else {
            continue;
        };
        let (one, two) = (&hunk.lines[number], &hunk.lines[other]);
        assert_ne!(one.kind, two.kind);
        inline::changed(&one.bytes, &two.bytes);
    }
}

fn rows(file: &FileDiff, input: &mut Input<'_>, ways: u8, new: &[u8]) {
    let layout = [Layout::Unified, Layout::Split][usize::from(ways >> 1 & 1)];
    let files = [file.clone(), file.clone()];
    let notes: Vec<Place> = (0..ways >> 4)
        .map(|_| Place {
            file: input.below(3),
            side: *input.one(&[OnSide::Old, OnSide::New]),
            line: Some(u32::from(input.byte())).filter(|line| *line > 0),
        })
        .collect();
    let mut folds = Folds::default();
    let whole = Rows::build(&files, &notes, layout, &folds);
    seen(&whole, &files);
    if ways & 4 != 0 {
        folds.files.insert(0);
    }
    folds.blanks = ways & 8 != 0;
    let mut context = Context::default();
    context.put(1, std::sync::Arc::new(Text::new(new.to_vec())));
    for number in 0..=file.hunks().len() {
        if let Some(gap) = context.gap(1, file, number) {
            context.more(1, number, gap, ways & 1 != 0, ways & 2 != 0);
            let (start, end) = context.shown(1, number, gap);
            assert!(start.end <= end.start || end.is_empty() || start.is_empty());
        }
    }
    folds.context = context;
    let shown = Rows::build(&files, &notes, layout, &folds);
    moves::find(&files);
    // Looking up a row reads its file: enough of them, not all.
    for at in (0..shown.len()).step_by(shown.len() / 64 + 1) {
        let row = shown.get(at).expect("a row");
        assert!(row.file < 2);
        assert_eq!(shown.nearest(row), at, "a row is nearest to itself");
        if let Some(next) = shown.next_hunk(at, true) {
            assert!(next > at);
        }
    }
}

/// Every line of every hunk is on the rows.
fn seen(rows: &Rows, files: &[FileDiff]) {
    for (nth, file) in files.iter().enumerate() {
        let here = &rows.as_slice()[rows.of_file(nth)];
        for (number, hunk) in file.hunks().iter().enumerate().take(64) {
            let lines: std::collections::BTreeSet<usize> = here
                .iter()
                .filter(|row| row.hunk() == Some(number))
                .flat_map(Row::lines)
                .collect();
            assert_eq!(lines.len(), hunk.lines.len(), "each line has a row");
        }
    }
}

/// Three texts merged. One side alone wins; the sides may change places; what is clean has no line
/// that none of them had.
fn merge(input: &mut Input<'_>) {
    let (old, ours, theirs) = (input.part(), input.part(), input.part());
    let merged = |old, ours, theirs| {
        world::store(|store| store.merge_texts(old, ours, theirs)).expect("libgit2 merges")
    };
    let clean = merged(old, ours, theirs);
    assert_eq!(merged(old, theirs, ours), clean, "the sides change places");
    if let Some(clean) = clean {
        let lines = |text: &'_ [u8]| -> std::collections::BTreeSet<Vec<u8>> {
            let lines = text.split(|b| *b == b'\n');
            lines
                .map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec())
                .collect()
        };
        let known: std::collections::BTreeSet<_> =
            [old, ours, theirs].into_iter().flat_map(lines).collect();
        assert!(lines(&clean).is_subset(&known), "no line of its own");
    }
    let is_text = |text: &[u8]| !text.iter().take(8000).any(|b| *b == 0);
    if [old, ours].into_iter().all(is_text) {
        assert_eq!(
            merged(old, ours, old).as_deref(),
            Some(ours),
            "one side changed"
        );
        assert_eq!(
            merged(old, ours, ours).as_deref(),
            Some(ours),
            "both the same"
        );
    }
}
