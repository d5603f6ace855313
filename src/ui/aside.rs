//! Beside the diff: the files with their seen marks, and why the change stands where it stands.

use ratatui::layout::Rect;

use super::HitMap;
use super::canvas::{Canvas, flow, width};
use super::note::{self, Gravity};
use super::scanned;
use super::standing;
use super::theme::Role;
use super::wording::short_name;
use crate::app::change::{MESSAGE_PATH, Note, NoteKind, Why};
use crate::app::comparing;
use crate::app::reading::{Open, Visit};
use crate::app::seen::Seen;
use crate::app::{Focus, State, Target};
use crate::diff::{Body, FileDiff, FileStatus, visible};
use crate::queue::{CheckState, Entry, Place};

/// Pieces of a line, each with its look.
type Pieces = Vec<(String, Role)>;

/// Lines that the two parts want in so many columns, headings included.
pub(super) fn wanted(state: &State, columns: u16) -> (u16, u16) {
    let Some(open) = state.open() else {
        return (0, 0);
    };
    let files = u16::try_from(open.files().len() - 1).unwrap_or(u16::MAX);
    let why = u16::try_from(reason_lines(state, open, columns).len()).unwrap_or(u16::MAX);
    (files.saturating_add(1), why.saturating_add(1))
}

/// The files of the open change.
pub(super) fn files(canvas: &mut Canvas<'_>, state: &State, area: Rect, hits: &mut HitMap) {
    let Some(open) = state.open() else { return };
    if area.height < 2 {
        return;
    }
    let nothing = Visit::default();
    let visit = state.visit().unwrap_or(&nothing);
    let share = open.share(visit);
    let right = [(
        format!("{} of {} hunks seen", share.seen, share.total),
        Role::Dim,
    )];
    canvas.heading(Rect { height: 1, ..area }, "files", &right);
    let current = open.current_file();
    let room = usize::from(area.height - 1);
    let total = open.files().len() - 1;
    // The current file stays in sight.
    let first = current.saturating_sub(room.saturating_sub(1)).max(1);
    let first = first.min((total + 1).saturating_sub(room).max(1));
    for nth in 0..room.min((total + 1).saturating_sub(first)) {
        let index = first + nth;
        let Some(file) = open.files().get(index) else {
            break;
        };
        let y = area.y + 1 + u16::try_from(nth).unwrap_or(0);
        let line = Rect::new(area.x, y, area.width, 1);
        if index == current && current > 0 {
            let focused = state.focus == Focus::Diff;
            canvas.tint(
                line,
                if focused {
                    Role::Select
                } else {
                    Role::SelectAway
                },
            );
        }
        file_line(canvas, open, visit, index, file, line);
        hits.spots.push((line, Target::File(index)));
    }
}

fn file_line(
    canvas: &mut Canvas<'_>,
    open: &Open,
    visit: &Visit,
    index: usize,
    file: &FileDiff,
    area: Rect,
) {
    let (x, y, end) = (area.x, area.y, area.right());
    let rebase = comparing::is_rebase(open, index);
    let (seen, role) = match rebase {
        true => ("┄", Role::Faint),
        false => seen_mark(open.seen(visit), index, file),
    };
    let letter = match (file.status, &file.body) {
        (_, Body::Binary) => "b",
        (_, Body::Submodule) => "s",
        (FileStatus::Added, _) => "A",
        (FileStatus::Deleted, _) => "D",
        (FileStatus::Renamed { .. }, _) => "R",
        (FileStatus::TypeChanged, _) => "T",
        (FileStatus::Modified, _) => "M",
    };
    canvas.text(x + 1, y, end, seen, role);
    canvas.text(x + 3, y, end, letter, Role::Dim);
    let here = open.rows.notes().filter_map(|(note, row)| {
        let in_file = open.rows.get(row)?.file as usize == index;
        open.notes.get(note).filter(|_| in_file)
    });
    let open_notes = here.filter(|note| {
        let answered = |id| visit.answers.contains_key(id);
        !note.finding().is_some_and(answered)
    });
    let (mut answers, mut scanned) = (0, 0);
    for note in open_notes {
        answers += usize::from(note::gravity(note) == Gravity::Answer);
        scanned += usize::from(note::gravity(note) == Gravity::Scanned);
    }
    let mut right: Pieces = Vec::new();
    if answers > 0 {
        right.push((format!("▲{answers}"), Role::Ask));
    }
    if scanned > 0 {
        right.push((format!(" {}{scanned}", note::SCANNED), Role::NoteScanned));
    }
    right.push((format!(" {:>4}", format!("+{}", file.added)), Role::Good));
    right.push((format!(" {:>4}", format!("-{}", file.removed)), Role::Bad));
    let limit = canvas.right(x + 14, y, end, &right);
    let path = name(open, index, file);
    let room = usize::from(limit.saturating_sub(x + 6));
    canvas.text(
        x + 5,
        y,
        limit.saturating_sub(1),
        &tail(&path, room),
        if rebase { Role::Dim } else { Role::Text },
    );
}

/// What a file is called in the list. Behind its own file the name would only be said twice.
fn name<'a>(open: &Open, index: usize, file: &'a FileDiff) -> std::borrow::Cow<'a, str> {
    let before = index.checked_sub(1).and_then(|at| open.files().get(at));
    let again = before.is_some_and(|before| before.path() == file.path());
    match again && comparing::is_rebase(open, index) {
        true => "only rebased".into(),
        false => visible::text(file.path().as_bytes()),
    }
}

/// Whether all of a file was on the screen, some, nothing; or it was put aside unread.
fn seen_mark(seen: &Seen, index: usize, file: &FileDiff) -> (&'static str, Role) {
    let share = seen.file(index, file);
    match (share.seen, share.total) {
        _ if seen.is_whole(index, file) => ("●", Role::You),
        (_, 0) => ("·", Role::Faint),
        _ if seen.aside(index) > 0 => ("–", Role::Dim),
        (0, _) => ("○", Role::Dim),
        _ => ("◐", Role::You),
    }
}

/// The end of a path is what tells files apart: a long one loses its start.
fn tail(path: &str, columns: usize) -> String {
    if width(path) <= columns {
        return path.to_owned();
    }
    let mut rest = path;
    while width(rest) + 2 > columns {
        match rest.find('/').map(|at| &rest[at + 1..]) {
            Some(shorter) if !shorter.is_empty() => rest = shorter,
            _ => return rest.to_owned(),
        }
    }
    format!("…/{rest}")
}

/// Why the change stands where it stands, who is asked, how the checks went, who made it.
pub(super) fn reasons(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    let Some(open) = state.open() else { return };
    if area.height < 2 {
        return;
    }
    let first = state.queue.cursor() == 0;
    let title = if first {
        "why it is first"
    } else {
        "why it is here"
    };
    let right = [("i more".to_owned(), Role::Faint)];
    canvas.heading(Rect { height: 1, ..area }, title, &right);
    let lines = reason_lines(state, open, area.width);
    for (nth, (label, pieces)) in lines.iter().take(usize::from(area.height - 1)).enumerate() {
        let y = area.y + 1 + u16::try_from(nth).unwrap_or(0);
        canvas.text(area.x + 1, y, area.x + REASON, label, Role::Dim);
        canvas.pieces(area.x + REASON, y, area.right(), pieces);
    }
}

/// Columns from the edge to the text of a reason.
const REASON: u16 = 12;
/// Lines that one reason may take; the page of details has all of it.
const REASON_LINES: usize = 2;

/// The lines of `reasons` as they fit into so many columns.
fn reason_lines(state: &State, open: &Open, columns: u16) -> Vec<(String, Pieces)> {
    let room = usize::from(columns.saturating_sub(REASON)).max(8);
    let mut out = Vec::new();
    for (label, pieces) in why(state, open) {
        // A figure stands in front of all lines of its sentence.
        let figure = pieces.first().filter(|(text, _)| text.len() == FIGURE);
        let (figure, rest) = match figure {
            Some(figure) => (vec![figure.clone()], pieces[1..].to_vec()),
            None => (Pieces::new(), pieces),
        };
        let indent: usize = figure.iter().map(|(text, _)| width(text)).sum();
        let mut lines = flow(rest, room - indent.min(room - 1));
        if lines.len() > REASON_LINES {
            let over: Pieces = lines.drain(REASON_LINES - 1..).flatten().collect();
            // Painting cuts it at the edge.
            lines.push(over);
        }
        for (nth, line) in lines.into_iter().enumerate() {
            let (label, mut pieces) = match nth {
                0 => (label.clone(), figure.clone()),
                _ if indent > 0 => (String::new(), vec![(" ".repeat(indent), Role::Text)]),
                _ => (String::new(), Pieces::new()),
            };
            pieces.extend(line);
            out.push((label, pieces));
        }
    }
    out
}

/// Columns of a figure in front of its reason.
const FIGURE: usize = 4;

/// The lines of `reasons`: label and pieces.
pub(super) fn why(state: &State, open: &Open) -> Vec<(String, Pieces)> {
    let mut lines: Vec<(String, Pieces)> = Vec::new();
    let line = |why: &Why, label: &str| {
        // What wants an answer is marked, such as a policy that asks less.
        let role = if why.value == "▲" {
            Role::Ask
        } else {
            Role::Text
        };
        let value = (format!("{:<FIGURE$}", why.value), role);
        let pieces = vec![value, (why.sentence.clone(), Role::Dim)];
        (label.to_owned(), pieces)
    };
    let (more, main): (Vec<&Why>, _) = open.change.why.iter().partition(|w| w.label.is_empty());
    lines.extend(main.into_iter().map(|why| line(why, &why.label)));
    let entry = state.queue.row_of(&open.change.name);
    if let Some(entry) = entry {
        let place = Place::of(entry, state.clock.wall);
        let points = place.points.unwrap_or(place.level);
        // Whom it needs comes first: a narrow pane cuts the end.
        let role = if entry.only_me { Role::Ask } else { Role::Text };
        let pieces = vec![(place.who, role), (format!(" · {points}"), Role::Dim)];
        lines.push(("place".to_owned(), pieces));
        lines.extend(standing::lines(state, entry));
    }
    if !open.change.asks.people.is_empty() {
        let people = (open.change.asks.people.clone(), Role::Dim);
        lines.push(("asks".to_owned(), vec![people]));
    }
    if let Some(entry) = entry {
        if !entry.checks.is_empty() {
            lines.push(("checks".to_owned(), checks(entry)));
        }
        lines.push(("author".to_owned(), maker(entry)));
    }
    lines.extend(scanned::line(&open.change.scanned).map(|line| ("scanners".to_owned(), line)));
    // What else makes it likely comes where there is room.
    let more = more.into_iter().enumerate();
    lines.extend(more.map(|(nth, why)| line(why, if nth == 0 { "and also" } else { "" })));
    lines
}

/// What CI says.
pub(super) fn checks(entry: &Entry) -> Pieces {
    let mut pieces = Vec::new();
    for check in &entry.checks {
        let (mark, role, name) = match check.state {
            CheckState::Success => ("✓ ", Role::Good, Role::Text),
            CheckState::Failure => ("✗ ", Role::Bad, Role::High),
            CheckState::Pending => ("… ", Role::Ask, Role::Text),
        };
        pieces.push((mark.to_owned(), role));
        pieces.push((format!("{} ", check.name), name));
    }
    pieces
}

fn maker(entry: &Entry) -> Pieces {
    let author = entry.author.name.clone();
    match (&entry.agent, &entry.operator) {
        (Some(agent), Some(operator)) => vec![
            (agent.clone(), Role::Text),
            (format!(" for {}", short_name(operator)), Role::Dim),
        ],
        (Some(agent), None) => vec![
            (agent.clone(), Role::Text),
            (format!(" · {author}"), Role::Dim),
        ],
        (None, _) => vec![(author, Role::Text)],
    }
}

/// Where a note is: `path:line`, the path from the root.
pub(super) fn place_of(note: &Note) -> String {
    let path = note.path.as_ref();
    if path.is_some_and(|path| path.as_bytes() == MESSAGE_PATH.as_bytes()) {
        return place("message".to_owned(), note.line);
    }
    let path = path.map_or_else(String::new, |p| visible::text(p.as_bytes()).into_owned());
    place(path, note.line)
}

/// `path:line`, or the path alone.
pub(super) fn place(path: String, line: Option<u32>) -> String {
    match line {
        Some(line) => format!("{path}:{line}"),
        None => path,
    }
}

/// Under a list that has the whole width: the gravest finding, why it stands here, who is asked.
pub(super) fn preview(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    let Some(open) = state.open() else { return };
    let (x, end) = (area.x + 1, area.right());
    let mut lines: Vec<Pieces> = Vec::new();
    let mut grave: Vec<&Note> = open.notes.iter().filter(|note| note.is_point()).collect();
    grave.sort_by_key(|note| std::cmp::Reverse(note::gravity(note)));
    if let Some(first) = grave.first() {
        // Scanners have a line of their own below, and are counted there.
        let scanned = |note: &Note| note::gravity(note) == Gravity::Scanned;
        let alike = grave.iter().filter(|note| scanned(note) == scanned(first));
        lines.extend(finding_lines(first, alike.count(), usize::from(area.width)));
    }
    let because: Vec<String> = open
        .change
        .why
        .iter()
        .map(|why| format!("{} {}: {}", why.label, why.value, why.sentence))
        .collect();
    let at = lines.len();
    let entry = state.queue.current();
    if let Some(nobody) = entry.and_then(|entry| entry.nobody.as_ref()) {
        lines.push(vec![(format!("nobody can approve: {nobody}"), Role::Ask)]);
    }
    let mut asks: Pieces = vec![("asks ".to_owned(), Role::Dim)];
    asks.push((open.change.asks.people.clone(), Role::Dim));
    if let Some(entry) = entry.filter(|entry| !entry.checks.is_empty()) {
        asks.push((" · checks ".to_owned(), Role::Dim));
        asks.extend(checks(entry));
    }
    lines.push(asks);
    lines.extend(entry.and_then(|entry| in_one_line(standing::lines(state, entry))));
    if let Some(last) = &open.change.ends.last {
        let words = last.words.as_ref();
        let words = words.map_or(String::new(), |words| format!(": \"{words}\""));
        lines.push(vec![(last.sentence(), Role::You), (words, Role::Dim)]);
    }
    lines.extend(scanned::line(&open.change.scanned));
    if !because.is_empty() {
        // The reasons take what the rest leaves, and a line in any case.
        let room = usize::from(area.height).saturating_sub(lines.len()).max(1);
        let columns = usize::from(end.saturating_sub(x)).max(8);
        let text = vec![(because.join(" · "), Role::Dim)];
        let mut broken = flow(text, columns);
        if broken.len() > room {
            let over: Pieces = broken.drain(room - 1..).flatten().collect();
            broken.push(over);
        }
        lines.splice(at..at, broken);
    }
    for (y, line) in (area.y..area.y.saturating_add(area.height)).zip(&lines) {
        canvas.pieces(x, y, end, line);
    }
}

/// Labels and sentences after each other.
fn in_one_line(lines: Vec<(String, Pieces)>) -> Option<Pieces> {
    let mut all: Pieces = Vec::new();
    for (label, pieces) in lines {
        let apart = if all.is_empty() { "" } else { " · " };
        all.push((format!("{apart}{label} "), Role::Dim));
        all.extend(pieces);
    }
    (!all.is_empty()).then_some(all)
}

fn finding_lines(first: &Note, all: usize, columns: usize) -> Vec<Pieces> {
    let place = place_of(first);
    let (mark, role) = note::sign(note::gravity(first)).unwrap_or(("·", Role::Dim));
    let name = match &first.kind {
        NoteKind::Remark { by, .. } => short_name(by).to_owned(),
        _ => first.finding_name().unwrap_or_else(|| "you".to_owned()),
    };
    let head = vec![
        (format!("{place} "), Role::Strong),
        (format!("{mark} {name}  "), role),
    ];
    let used: usize = head.iter().map(|(text, _)| width(text)).sum();
    let indent = 4;
    let room = columns.saturating_sub(2);
    let mut wrapped = super::canvas::wrap(&first.text, room.saturating_sub(indent));
    let mut lines = Vec::new();
    if used + width(&first.text) <= room {
        let mut line = head;
        line.push((first.text.clone(), Role::Note));
        lines.push(line);
        wrapped.clear();
    } else {
        lines.push(head);
    }
    wrapped.truncate(2);
    for text in wrapped {
        lines.push(vec![(" ".repeat(indent), Role::Text), (text, Role::Note)]);
    }
    if all > 1
        && let Some(last) = lines.last_mut()
    {
        last.push((format!("  · {} more", all - 1), Role::Ask));
    }
    lines
}
