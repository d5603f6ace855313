//! The findings pane, where there is room for one: what wants an answer first, each with its sentence
//! and its answer.

use ratatui::layout::Rect;

use super::HitMap;
use super::aside;
use super::canvas::{Canvas, wrap};
use super::note;
use super::theme::Role;
use super::wording::short_name;
use crate::app::change::{Note, NoteKind};
use crate::app::reading::{Open, Visit};
use crate::app::{State, Target};
use crate::diff::visible;

/// Columns in front of a sentence.
const INDENT: u16 = 3;
/// Lines of a sentence that are shown.
const SENTENCE: usize = 3;

/// One of the list: its note, its row in the diff, and its lines below the first.
struct Entry<'a> {
    note: &'a Note,
    row: usize,
    answer: Option<&'a Option<String>>,
}

/// The findings and open remarks, what is unanswered first, the gravest of those first.
fn entries<'a>(open: &'a Open, visit: &'a Visit) -> Vec<Entry<'a>> {
    let all = open.rows.notes().filter_map(|(index, row)| {
        let note = open.notes.get(index).filter(|note| note.is_point())?;
        let answer = note.finding().and_then(|id| visit.answers.get(id));
        Some(Entry { note, row, answer })
    });
    let mut all: Vec<Entry<'_>> = all.collect();
    all.sort_by_key(|one| {
        let grave = std::cmp::Reverse(note::gravity(one.note));
        (one.answer.is_some(), grave, one.row)
    });
    all
}

fn sentence(entry: &Entry<'_>, columns: u16) -> Vec<String> {
    if let Some(answer) = entry.answer {
        return answer
            .iter()
            .flat_map(|words| wrap(&format!("\"{words}\""), usize::from(columns)))
            .take(SENTENCE)
            .collect();
    }
    let text = visible::text(entry.note.text.as_bytes());
    let mut lines = wrap(&text, usize::from(columns));
    if lines.len() > SENTENCE {
        lines.truncate(SENTENCE);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines
}

/// Lines that the pane wants at this width, its heading included; none where nothing was found.
pub(super) fn wanted(state: &State, width: u16) -> u16 {
    let Some(open) = state.open() else { return 0 };
    let nothing = Visit::default();
    let visit = state.visit().unwrap_or(&nothing);
    let columns = width.saturating_sub(INDENT + 1);
    let lines = entries(open, visit)
        .iter()
        .map(|one| 1 + sentence(one, columns).len())
        .sum::<usize>();
    match lines {
        0 => 0,
        lines => u16::try_from(lines + 1).unwrap_or(u16::MAX),
    }
}

/// Paints the pane.
pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, area: Rect, hits: &mut HitMap) {
    let Some(open) = state.open() else { return };
    if area.height < 2 {
        return;
    }
    let nothing = Visit::default();
    let visit = state.visit().unwrap_or(&nothing);
    let answered = open.answered(visit);
    let right = match answered.total {
        0 => String::new(),
        total => format!("{} of {total} answered", answered.seen),
    };
    canvas.heading(
        Rect { height: 1, ..area },
        "findings",
        &[(right, Role::Dim)],
    );
    let columns = area.width.saturating_sub(INDENT + 1);
    let all = entries(open, visit);
    let mut y = area.y + 1;
    let total = all.len();
    for (nth, one) in all.iter().enumerate() {
        let lines = sentence(one, columns);
        let room = usize::from(area.bottom().saturating_sub(y));
        let is_last = nth + 1 == total;
        // The line for what is not shown is kept free while something follows.
        let needed = if is_last { 1 } else { 2 };
        if room < needed {
            let text = format!(" ▾ {} more", total - nth);
            if room > 0 {
                canvas.text(area.x, y, area.right(), &text, Role::Ask);
            }
            return;
        }
        let shown = lines.len().min(room - needed);
        let spot = Rect::new(area.x, y, area.width, 1 + u16::try_from(shown).unwrap_or(0));
        if one.row == open.cursor {
            canvas.tint(spot, Role::Select);
        }
        head(canvas, one, Rect { height: 1, ..spot });
        for (line, text) in lines.iter().take(shown).enumerate() {
            let y = y + 1 + u16::try_from(line).unwrap_or(0);
            canvas.text(area.x + INDENT, y, area.right(), text, Role::Note);
        }
        hits.spots.push((spot, Target::Row(one.row)));
        y = spot.bottom();
    }
}

fn head(canvas: &mut Canvas<'_>, one: &Entry<'_>, line: Rect) {
    let (mark, role) = match one.answer {
        Some(_) => ("✓", Role::Good),
        None => note::sign(note::gravity(one.note)).unwrap_or(("·", Role::Dim)),
    };
    canvas.text(line.x + 1, line.y, line.right(), mark, role);
    let path = one.note.path.as_ref().map_or_else(String::new, |path| {
        visible::text(path.file_name()).into_owned()
    });
    let place = [(aside::place(path, one.note.line), Role::Dim)];
    let limit = canvas.right(line.x + 20, line.y, line.right(), &place);
    let name = match &one.note.kind {
        NoteKind::Remark { by, revision, .. } => format!("{} @{revision}", short_name(by)),
        _ => one.note.finding_name().unwrap_or_default(),
    };
    let name_role = if one.answer.is_some() {
        Role::Dim
    } else {
        Role::Strong
    };
    let end = limit.saturating_sub(1);
    canvas.text(line.x + INDENT, line.y, end, &name, name_role);
}
