//! One row of the diff: a file's header, a hunk's, a line, two lines side by side, a note.

use super::canvas::Canvas;
use super::code::{self, LineLook};
use super::diff::{LineSide, Pages};
use super::note;
use super::theme::Role;
use crate::app::moving;
use crate::app::reading::is_message;
use crate::app::{Blanks, Focus, Numbers};
use crate::diff::rows::{OnSide, Row, RowKind};
use crate::diff::{Body, FileDiff, FileStatus, Line, LineKind, inline, visible};

/// Paints a row from line `y` on, at most `room` lines. Returns whether code was cut off.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    pages: &Pages<'_>,
    at: usize,
    y: u16,
    room: usize,
) -> bool {
    let Some(row) = pages.open.rows.get(at) else {
        return false;
    };
    let here = at == pages.open.cursor;
    let file = row.file as usize;
    match row.kind {
        RowKind::File => self::file(canvas, pages, file, y, here),
        RowKind::Sentence => sentence(canvas, pages, file, y, here),
        RowKind::Hunk(hunk) => hunk_row(canvas, pages, file, hunk as usize, y, here),
        RowKind::Note(index) => note::draw(canvas, pages, index as usize, (y, room), here),
        RowKind::Line { line, .. } => {
            return half(
                canvas,
                pages,
                row,
                Some(line),
                LineSide::Only,
                (y, room),
                here,
            );
        }
        RowKind::Pair { old, new, .. } => {
            let left = half(canvas, pages, row, old, LineSide::Left, (y, room), here);
            let right = half(canvas, pages, row, new, LineSide::Right, (y, room), here);
            let (_, middle) = pages.part(LineSide::Left);
            let rule = canvas.style(Role::Rule);
            for line in 0..u16::try_from(pages.height(at).min(room)).unwrap_or(1) {
                canvas.put(middle, y + line, "│", rule);
            }
            return left || right;
        }
    }
    false
}

/// A file's header.
pub(super) fn file(canvas: &mut Canvas<'_>, pages: &Pages<'_>, index: usize, y: u16, here: bool) {
    let Some(file) = pages.open.files().get(index) else {
        return;
    };
    let (x, end) = (pages.x, pages.end);
    canvas.fill(ratatui::layout::Rect::new(x, y, end - x, 1), Role::File);
    mark(canvas, pages, x, y, here);
    let total = pages.open.files().len() - 1;
    let right = if is_message(file) {
        String::new()
    } else {
        let share = pages.visit.seen.file(index, file);
        let seen = if share.total > 0 && share.is_all() {
            " · seen"
        } else {
            ""
        };
        format!("file {index} of {total}{seen} ")
    };
    let limit = canvas.right(x + 20, y, end, &[(right, Role::FileDim)]);
    canvas.pieces(x + 1, y, limit, &file_pieces(file));
}

fn file_pieces(file: &FileDiff) -> Vec<(String, Role)> {
    let path = visible::text(file.path().as_bytes()).into_owned();
    if is_message(file) {
        let lines = file.hunks().first().map_or(0, |hunk| hunk.lines.len());
        return vec![
            ("message".to_owned(), Role::File),
            (
                format!("  {}", crate::app::sheet::counted(lines, "line", "lines")),
                Role::FileDim,
            ),
        ];
    }
    let mut pieces = vec![(path, Role::File)];
    let said = match file.status {
        FileStatus::Added => " new".to_owned(),
        FileStatus::Deleted => " deleted".to_owned(),
        FileStatus::Modified => String::new(),
        FileStatus::Renamed { similarity } => {
            let old = file
                .old
                .as_ref()
                .map_or(&[][..], |side| side.path.as_bytes());
            format!(" renamed from {} ({similarity}%)", visible::text(old))
        }
        FileStatus::TypeChanged => " another kind of file".to_owned(),
    };
    pieces.push((said, Role::FileDim));
    if let (Some(old), Some(new)) = (&file.old, &file.new)
        && old.mode != new.mode
    {
        let modes = format!(" mode {} → {}", old.mode.as_str(), new.mode.as_str());
        pieces.push((modes, Role::Ask));
    }
    pieces.push((format!(" +{}", file.added), Role::Good));
    pieces.push((format!(" -{}", file.removed), Role::Bad));
    pieces
}

fn sentence(canvas: &mut Canvas<'_>, pages: &Pages<'_>, index: usize, y: u16, here: bool) {
    let Some(file) = pages.open.files().get(index) else {
        return;
    };
    mark(canvas, pages, pages.x, y, here);
    let folded = pages.open.folds.files.contains(&index);
    let (text, role) = match &file.body {
        Body::Text(hunks) | Body::LfsPointer(hunks) if folded && !hunks.is_empty() => {
            let lines: usize = hunks.iter().map(|hunk| hunk.lines.len()).sum();
            (format!("folded: {lines} lines · z shows them"), Role::Dim)
        }
        Body::Text(_) => ("no line changes: name or mode only".to_owned(), Role::Dim),
        Body::Binary => (binary(file), Role::Ask),
        Body::LfsPointer(_) => (
            "a Git LFS pointer: the content is not here".to_owned(),
            Role::Ask,
        ),
        Body::Submodule => (submodule(file), Role::Ask),
        Body::TooLarge { bytes } => (format!("too large to show: {bytes} bytes"), Role::Ask),
        Body::Missing => ("its content is not in this clone".to_owned(), Role::Ask),
    };
    let x = pages.x + pages.gutter();
    canvas.text(x, y, pages.end, &text, role);
}

fn binary(file: &FileDiff) -> String {
    let size = |side: &Option<crate::diff::FileSide>| side.as_ref().map_or(0, |side| side.size);
    let (old, new) = (size(&file.old), size(&file.new));
    format!("binary: {old} → {new} bytes; it cannot be read here")
}

fn submodule(file: &FileDiff) -> String {
    let id = |side: &Option<crate::diff::FileSide>| {
        side.as_ref()
            .map_or("none".to_owned(), |side| side.id.short(12))
    };
    format!("submodule: {} → {}", id(&file.old), id(&file.new))
}

fn hunk_row(
    canvas: &mut Canvas<'_>,
    pages: &Pages<'_>,
    index: usize,
    hunk: usize,
    y: u16,
    here: bool,
) {
    let Some(file) = pages.open.files().get(index) else {
        return;
    };
    let Some(of) = file.hunks().get(hunk) else {
        return;
    };
    mark(canvas, pages, pages.x, y, here);
    if is_message(file) {
        return;
    }
    let seen = if pages.visit.seen.hunk(index, hunk) {
        "●"
    } else {
        "○"
    };
    let folded = pages.open.folds.hunks.contains(&(index, hunk));
    let x = pages.x + pages.gutter() - 2;
    let scope = visible::text(of.scope.as_bytes());
    let mut text = format!("@@ {}", of.new_start.max(of.old_start));
    if !scope.is_empty() {
        text.push_str(&format!(" · {scope}"));
    }
    if folded {
        let lines = of.lines.len();
        text.push_str(&format!(" · folded: {lines} lines · z shows them"));
    }
    let between = hunk.checked_sub(1).and_then(|before| {
        let before = file.hunks().get(before)?;
        of.new_start
            .checked_sub(before.new_start + before.new_lines)
    });
    let between = between
        .filter(|lines| *lines > 0)
        .map_or(String::new(), |lines| {
            format!("┄ {lines} lines above left out · ")
        });
    let number = format!("{between}{seen} {} of {} ", hunk + 1, file.hunks().len());
    let limit = canvas.right(x + 20, y, pages.end, &[(number, Role::Faint)]);
    canvas.text(x, y, limit.saturating_sub(1), &text, Role::Hunk);
}

/// The mark of the cursor in the first column.
pub(super) fn mark(canvas: &mut Canvas<'_>, pages: &Pages<'_>, x: u16, y: u16, here: bool) {
    if here {
        let focused = pages.state.focus == Focus::Diff;
        let style = canvas.style(if focused { Role::Focus } else { Role::Faint });
        canvas.put(x, y, "▌", style);
    }
}

/// One line in its part of the pane.
fn half(
    canvas: &mut Canvas<'_>,
    pages: &Pages<'_>,
    row: Row,
    line: Option<u32>,
    side: LineSide,
    (y, room): (u16, usize),
    here: bool,
) -> bool {
    let (x, end) = pages.part(side);
    let found = line.and_then(|index| Some((index as usize, pages.line(row, index)?)));
    let Some((index, line)) = found else {
        return false;
    };
    let fit = pages.fits(side);
    let rows = code::height(line, fit).min(room);
    if let Some(ground) = code::ground(line.kind) {
        let height = u16::try_from(rows).unwrap_or(1);
        let area = ratatui::layout::Rect::new(x, y, end - x, height);
        canvas.tint(area, ground);
    }
    gutter(canvas, pages, row, line, side, (x, y), here);
    let syntax = (row.file as usize, row.hunk().unwrap_or(0), index);
    let look = LineLook {
        words: changed_words(pages, row, index, line),
        syntax: pages.open.colours.get(&syntax).map_or(&[], Vec::as_slice),
        matches: matches(pages, line),
        blanks: pages.state.look.blanks == Blanks::Shown,
    };
    code::paint(canvas, line, &look, fit, (y, rows))
}

fn gutter(
    canvas: &mut Canvas<'_>,
    pages: &Pages<'_>,
    row: Row,
    line: &Line,
    side: LineSide,
    (x, y): (u16, u16),
    here: bool,
) {
    let file = row.file as usize;
    let message = pages.open.files().get(file).is_some_and(is_message);
    mark(canvas, pages, x, y, here && side != LineSide::Right);
    let (number, on) = match (line.kind, side) {
        (LineKind::Removed, _) => (line.old, OnSide::Old),
        (LineKind::Context, LineSide::Left) => (line.old, OnSide::Old),
        _ => (line.new, OnSide::New),
    };
    let grave = number.and_then(|number| pages.marks.get(&(file, on, number)));
    if let Some((sign, role)) = grave.and_then(|grave| note::sign(*grave)) {
        let style = canvas.style(role);
        canvas.put(x, y, sign, style);
    }
    if message {
        return;
    }
    let digits = pages.digits();
    if pages.state.look.numbers == Numbers::Shown
        && let Some(number) = number
    {
        let focused = pages.state.focus == Focus::Diff;
        let role = if here && focused {
            Role::NumberCursor
        } else {
            Role::Number
        };
        let width = usize::from(digits);
        let text = format!("{number:>width$}");
        // More digits than there is room for: the last ones are those that tell lines apart.
        let text = &text[text.len().saturating_sub(width)..];
        canvas.text(x + 1, y, x + 1 + digits, text, role);
    }
    let (sign, role) = code::sign(line.kind);
    let style = canvas.style(role);
    canvas.put((x + pages.gutter()).saturating_sub(2), y, sign, style);
}

fn changed_words(
    pages: &Pages<'_>,
    row: Row,
    index: usize,
    line: &Line,
) -> Vec<std::ops::Range<usize>> {
    let hunk = row.hunk().and_then(|hunk| {
        let file = pages.open.files().get(row.file as usize)?;
        file.hunks().get(hunk)
    });
    let Some(hunk) = hunk else {
        return Vec::new();
    };
    let Some(other) = inline::partner(hunk, index).and_then(|at| hunk.lines.get(at)) else {
        return Vec::new();
    };
    match line.kind {
        LineKind::Removed => inline::changed(&line.bytes, &other.bytes).old,
        LineKind::Added => inline::changed(&other.bytes, &line.bytes).new,
        LineKind::Context => Vec::new(),
    }
}

fn matches(pages: &Pages<'_>, line: &Line) -> Vec<std::ops::Range<usize>> {
    match (&pages.open.search, std::str::from_utf8(&line.bytes)) {
        (Some(search), Ok(text)) => moving::found(text, &search.words),
        _ => Vec::new(),
    }
}
