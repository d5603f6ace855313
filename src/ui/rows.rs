//! One row of the diff: a file's header, a hunk's, a line, two lines side by side, a note.

use std::ops::Range;

use super::canvas::{Canvas, wrap};
use super::code::{self, LineLook, Painted, Piece};
use super::compared;
use super::diff::{LineSide, Pages};
use super::facts;
use super::note;
use super::theme::Role;
use crate::app::action::Action;
use crate::app::keymap::Place;
use crate::app::reading::{AROUND, Stretch, Syntax, is_message};
use crate::app::sheet::counted;
use crate::app::{Blanks, Focus, Numbers};
use crate::diff::rows::{OnSide, Row, RowKind};
use crate::diff::{FileDiff, LineKind, Shown, inline, moves, visible};

/// So many moved blocks are named in a hunk's header; more are counted.
const MOVES: usize = 2;

/// Paints a row from line `y` on, `skip` of its lines left out, at most `room`. Returns whether code
/// was cut off, and which stretches of lines are on the screen.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    pages: &Pages<'_>,
    at: usize,
    (y, skip, room): (u16, usize, usize),
) -> (bool, Vec<Stretch>) {
    let nothing = (false, Vec::new());
    let Some(row) = pages.open.rows.get(at) else {
        return nothing;
    };
    let here = at == pages.open.cursor;
    let file = row.file as usize;
    match row.kind {
        RowKind::File => self::file(canvas, pages, file, y, here),
        RowKind::Sentence => sentence(canvas, pages, file, (y, skip, room), here),
        RowKind::Hunk(hunk) => hunk_row(canvas, pages, file, hunk as usize, y, here),
        RowKind::Hidden(hunk) => hidden_row(canvas, pages, file, hunk as usize, y, here),
        RowKind::Gap(gap) => gap_row(canvas, pages, file, gap as usize, y, here),
        RowKind::Note(index) => {
            note::draw(canvas, pages, index as usize, (y, skip, room), here);
        }
        _ => return lines(canvas, pages, at, row, (y, skip, room)),
    }
    nothing
}

/// A row of code, in one part of the pane or in both.
fn lines(
    canvas: &mut Canvas<'_>,
    pages: &Pages<'_>,
    at: usize,
    row: Row,
    (y, skip, room): (u16, usize, usize),
) -> (bool, Vec<Stretch>) {
    let here = at == pages.open.cursor;
    let mut cut = false;
    let mut shown = Vec::new();
    let indexes: Vec<usize> = row.lines().collect();
    let sides = pages.sides(row);
    for side in sides {
        let painted = half(canvas, pages, row, *side, (y, skip, room), here);
        let Some(painted) = painted else { continue };
        cut |= painted.cut;
        let nth = usize::from(*side == LineSide::Right && indexes.len() > 1);
        let hunk = row.hunk().filter(|_| !painted.cut);
        if let Some((hunk, line)) = hunk.zip(indexes.get(nth)) {
            shown.push(Stretch {
                file: row.file as usize,
                hunk,
                line: *line,
                bytes: painted.bytes,
            });
        }
    }
    if sides.len() > 1 {
        let (_, middle) = pages.part(LineSide::Left);
        let rule = canvas.style(Role::Rule);
        let height = pages.height(at).saturating_sub(skip).min(room);
        for line in 0..u16::try_from(height).unwrap_or(1) {
            canvas.put(middle, y + line, "│", rule);
        }
    }
    (cut, shown)
}

/// A file's header.
pub(super) fn file(canvas: &mut Canvas<'_>, pages: &Pages<'_>, index: usize, y: u16, here: bool) {
    let Some(file) = pages.open.files().get(index) else {
        return;
    };
    if compared::fold_row(canvas, pages, index, (y, here)) {
        return;
    }
    let (x, end) = (pages.x, pages.end);
    canvas.fill(ratatui::layout::Rect::new(x, y, end - x, 1), Role::File);
    mark(canvas, pages, x, y, here);
    let (nth, total) = pages.open.number_of(index);
    let right = if is_message(file) {
        String::new()
    } else {
        let share = pages.open.seen(pages.visit).file(index, file);
        let seen = if share.total > 0 && share.is_all() {
            " · seen"
        } else {
            ""
        };
        let hunk = match pages.open.hunk_here() {
            Some((at, hunk)) if at == index && share.total > 0 => {
                format!(" · hunk {} of {}", hunk + 1, share.total)
            }
            _ => String::new(),
        };
        format!("file {nth} of {total}{hunk}{seen} ")
    };
    let limit = canvas.right(x + 20, y, end, &[(right, Role::FileDim)]);
    let mut pieces = file_pieces(file);
    pieces.extend(compared::doubt(pages.open, index));
    canvas.pieces(x + 1, y, limit, &pieces);
}

fn file_pieces(file: &FileDiff) -> Vec<(String, Role)> {
    let path = visible::text(file.path().as_bytes()).into_owned();
    if is_message(file) {
        let lines = file.hunks().first().map_or(0, |hunk| hunk.lines.len());
        let said = match lines {
            0 => "unchanged".to_owned(),
            lines => crate::app::sheet::counted(lines, "line", "lines"),
        };
        return vec![
            ("message".to_owned(), Role::File),
            (format!("  {said}"), Role::FileDim),
        ];
    }
    let mut pieces = vec![(path, Role::File)];
    pieces.extend(facts::status(file));
    pieces.push((format!(" +{}", file.added), Role::Good));
    pieces.push((format!(" -{}", file.removed), Role::Bad));
    pieces
}

/// The sentence of a file, broken into lines, and where it stands.
fn sentence_lines(pages: &Pages<'_>, index: usize) -> (u16, Vec<String>, Role) {
    let x = pages.x + pages.gutter();
    let Some(file) = pages.open.files().get(index) else {
        return (x, Vec::new(), Role::Dim);
    };
    let folded = pages.open.folds.files.contains(&index);
    let (text, role) = facts::sentence(file, folded);
    let columns = usize::from(pages.end.saturating_sub(x)).max(8);
    (x, wrap(&text, columns), role)
}

/// Lines of the pane that a file's sentence takes.
pub(super) fn sentence_height(pages: &Pages<'_>, index: usize) -> usize {
    sentence_lines(pages, index).1.len().max(1)
}

fn sentence(
    canvas: &mut Canvas<'_>,
    pages: &Pages<'_>,
    index: usize,
    (y, skip, room): (u16, usize, usize),
    here: bool,
) {
    mark(canvas, pages, pages.x, y, here);
    let (x, lines, role) = sentence_lines(pages, index);
    for (nth, line) in lines.iter().skip(skip).take(room).enumerate() {
        let y = y + u16::try_from(nth).unwrap_or(u16::MAX);
        canvas.text(x, y, pages.end, line, role);
    }
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
    let seen = if pages.open.seen(pages.visit).hunk(index, hunk) {
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
    text.push_str(&moved(pages, index, hunk));
    let number = format!("{seen} {} of {} ", hunk + 1, file.hunks().len());
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

/// Where the blocks of a hunk came from, and where those that left it went.
fn moved(pages: &Pages<'_>, index: usize, hunk: usize) -> String {
    // The first file of the screen is the message.
    let Some(file) = index.checked_sub(1) else {
        return String::new();
    };
    let [added, removed] = pages.open.known.moves.in_hunk(file, hunk);
    let place = |spot: moves::Spot| {
        let file = pages.open.files().get(spot.file + 1);
        let path = file.map_or(&[][..], |file| file.path().file_name());
        format!("{}:{}", visible::text(path), spot.number)
    };
    let say = |block: &moves::Block, word: &str, spot| {
        let lines = counted(block.lines, "line", "lines");
        let blanks = if block.exact { "" } else { ", indented anew" };
        format!(" · {lines} moved {word} {}{blanks}", place(spot))
    };
    let from = added.iter().map(|block| say(block, "from", block.from));
    let to = removed.iter().map(|block| say(block, "to", block.to));
    let mut said: Vec<String> = from.chain(to).take(MOVES + 1).collect();
    if said.len() > MOVES {
        let left = added.len() + removed.len() - MOVES;
        said[MOVES] = format!(" · {left} more blocks moved");
    }
    said.concat()
}

/// What stands for a hunk of which nothing but white space changed, while that is hidden.
fn hidden_row(
    canvas: &mut Canvas<'_>,
    pages: &Pages<'_>,
    index: usize,
    hunk: usize,
    y: u16,
    here: bool,
) {
    let file = pages.open.files().get(index);
    let Some(of) = file.and_then(|file| file.hunks().get(hunk)) else {
        return;
    };
    let lines = counted(of.lines.len(), "line", "lines");
    let key = pages.state.keymap.key(Place::Main, Action::Whitespace);
    let text = format!("┄┄ {lines}, only white space changed: hidden · {key} shows them");
    aside(canvas, pages, (y, here), &text, Role::Ask);
}

/// The lines that a gap leaves out.
fn gap_row(
    canvas: &mut Canvas<'_>,
    pages: &Pages<'_>,
    index: usize,
    number: usize,
    y: u16,
    here: bool,
) {
    let open = pages.open;
    let Some(file) = open.files().get(index) else {
        return;
    };
    let context = &open.folds.context;
    let Some(gap) = context.gap(index, file, number) else {
        return;
    };
    let (start, end) = context.shown(index, number, gap);
    let left = counted((end.start - start.end) as usize, "line", "lines");
    let keymap = &pages.state.keymap;
    let key = |action| keymap.key(Place::Main, action);
    let text = match here {
        true => format!(
            "┄┄ {left} · {} more · {} shows them all",
            key(Action::MoreContext),
            key(Action::Fold)
        ),
        false => format!("┄┄ {left} · {} more", key(Action::MoreContext)),
    };
    aside(canvas, pages, (y, here), &text, Role::Faint);
}

/// A row that stands for lines that are not shown: from where the signs of lines stand.
fn aside(
    canvas: &mut Canvas<'_>,
    pages: &Pages<'_>,
    (y, here): (u16, bool),
    text: &str,
    role: Role,
) {
    mark(canvas, pages, pages.x, y, here);
    let x = pages.x + pages.gutter() - 2;
    canvas.text(x, y, pages.end, text, role);
}

/// One line in its part of the pane.
fn half(
    canvas: &mut Canvas<'_>,
    pages: &Pages<'_>,
    row: Row,
    side: LineSide,
    (y, skip, room): (u16, usize, usize),
    here: bool,
) -> Option<Painted> {
    let (x, end) = pages.part(side);
    let (line, piece) = pages.piece(row, side)?;
    let fit = pages.fits(side);
    let rows = code::height(piece, fit).saturating_sub(skip).min(room);
    if let Some(ground) = code::ground(piece.kind) {
        let height = u16::try_from(rows).unwrap_or(1);
        let area = ratatui::layout::Rect::new(x, y, end - x, height);
        canvas.tint(area, ground);
    }
    let first = skip == 0 && row.part() == 0;
    gutter(
        canvas,
        pages,
        row,
        (line, piece.kind),
        side,
        (x, y),
        (here, first),
    );
    let look = LineLook {
        words: changed_words(pages, row, piece.kind, side),
        syntax: colours(pages, row, side),
        matches: matches(pages, piece),
        blanks: pages.state.look.blanks == Blanks::Shown,
    };
    Some(code::paint(canvas, piece, &look, fit, (y, skip, rows)))
}

/// What is known of the language of a row's line in a part of the pane.
fn colours<'a>(pages: &'a Pages<'_>, row: Row, side: LineSide) -> &'a [(Range<usize>, Syntax)] {
    let (hunk, line) = match row.kind {
        RowKind::Around { new, .. } => (AROUND, Some(new as usize)),
        RowKind::Blank { hunk, new, .. } => (hunk as usize, Some(new as usize)),
        _ => (row.hunk().unwrap_or(AROUND), line_index(row, side)),
    };
    let at = line.map(|line| (row.file as usize, hunk, line));
    let found = at.and_then(|at| pages.open.known.colours.get(&at));
    found.map_or(&[], Vec::as_slice)
}

/// The index of the line that a row shows in a part of the pane.
fn line_index(row: Row, side: LineSide) -> Option<usize> {
    let index = match (row.kind, side) {
        (RowKind::Line { line, .. }, _) => Some(line),
        (RowKind::Pair { new, .. } | RowKind::More { new, .. }, LineSide::Right) => new,
        (RowKind::Pair { old, .. } | RowKind::More { old, .. }, LineSide::Left) => old,
        (RowKind::Pair { old, new, .. } | RowKind::More { old, new, .. }, LineSide::Only) => {
            old.or(new)
        }
        _ => None,
    };
    index.map(|line| line as usize)
}

fn gutter(
    canvas: &mut Canvas<'_>,
    pages: &Pages<'_>,
    row: Row,
    (line, kind): (Shown<'_>, LineKind),
    side: LineSide,
    (x, y): (u16, u16),
    (here, first): (bool, bool),
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
    if pages.state.look.numbers == Numbers::Shown && first {
        let focused = pages.state.focus == Focus::Diff;
        let role = if here && focused {
            Role::NumberCursor
        } else {
            Role::Number
        };
        let columns = match (pages.numbers_both(), line.kind) {
            (false, _) => [number, None],
            (true, LineKind::Removed) => [line.old, None],
            (true, LineKind::Added) => [None, line.new],
            (true, LineKind::Context) => [line.old, line.new],
        };
        let starts = [x + 1, x + 2 + digits];
        for (at, number) in starts.into_iter().zip(columns) {
            let Some(number) = number else { continue };
            let width = usize::from(digits);
            let text = format!("{number:>width$}");
            // More digits than there is room for: the last ones are those that tell lines apart.
            let text = &text[text.len().saturating_sub(width)..];
            canvas.text(at, y, at + digits, text, role);
        }
    }
    let (plain, role) = code::sign(kind);
    let sign = match (is_moved(pages, row, kind, side), kind) {
        (true, LineKind::Added) => "»",
        (true, LineKind::Removed) => "«",
        _ => plain,
    };
    let style = canvas.style(role);
    canvas.put((x + pages.gutter()).saturating_sub(2), y, sign, style);
}

/// Whether a line belongs to a block that moved.
fn is_moved(pages: &Pages<'_>, row: Row, kind: LineKind, side: LineSide) -> bool {
    let place = (row.file as usize).checked_sub(1).zip(row.hunk());
    let place = place.zip(line_index(row, side));
    place.is_some_and(|((file, hunk), line)| {
        let moves = &pages.open.known.moves;
        let is_added = kind == LineKind::Added;
        kind != LineKind::Context && moves.of(file, hunk, line, is_added).is_some()
    })
}

fn changed_words(pages: &Pages<'_>, row: Row, kind: LineKind, side: LineSide) -> Vec<Range<usize>> {
    let hunk = row.hunk().and_then(|hunk| {
        let file = pages.open.files().get(row.file as usize)?;
        file.hunks().get(hunk)
    });
    let index = line_index(row, side);
    let (Some(hunk), Some(index)) = (hunk, index) else {
        return Vec::new();
    };
    let line = hunk.lines.get(index);
    let other = inline::partner(hunk, index).and_then(|at| hunk.lines.get(at));
    let (Some(line), Some(other)) = (line, other) else {
        return Vec::new();
    };
    match kind {
        LineKind::Removed => inline::changed(&line.bytes, &other.bytes).old,
        LineKind::Added => inline::changed(&other.bytes, &line.bytes).new,
        LineKind::Context => Vec::new(),
    }
}

/// What a search has found in a piece, as ranges of the whole line.
fn matches(pages: &Pages<'_>, piece: Piece<'_>) -> Vec<Range<usize>> {
    let Some(search) = &pages.open.search else {
        return Vec::new();
    };
    let Ok(text) = std::str::from_utf8(piece.bytes) else {
        return Vec::new();
    };
    let found = search.found(text).into_iter();
    found
        .map(|range| piece.from + range.start..piece.from + range.end)
        .collect()
}
