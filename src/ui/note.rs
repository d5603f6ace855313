//! Findings, remarks and drafts under their line.

use super::canvas::{Canvas, width, wrap};
use super::diff::Pages;
use super::rows;
use super::theme::Role;
use super::wording::short_name;
use crate::app::change::{Note, NoteKind, RemarkState};
use crate::app::words::weight;
use crate::diff::visible;
use crate::verdict::Severity;

/// How grave a note is. Whatever a scanner says comes after what we or people say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gravity {
    /// It wants nothing.
    Nothing,
    /// A scanner wants a look at it.
    Scanned,
    /// It wants a look.
    Look,
    /// It wants an answer.
    Answer,
}

impl Gravity {
    const fn of(severity: u8) -> Self {
        match severity {
            3.. => Self::Answer,
            2 => Self::Look,
            _ => Self::Nothing,
        }
    }
}

/// How grave a note is.
pub(super) fn gravity(note: &Note) -> Gravity {
    match &note.kind {
        NoteKind::Finding { severity, .. } => Gravity::of(*severity),
        NoteKind::Scanned { .. } if note.is_point() => Gravity::Scanned,
        // Of what needs no answer, praise for instance, the sign would say what the words do not.
        NoteKind::Remark {
            state, severity, ..
        } if state.is_open() && *severity != Severity::Note => Gravity::Look,
        NoteKind::Scanned { .. }
        | NoteKind::Remark { .. }
        | NoteKind::Draft(_)
        | NoteKind::Unfinished(_) => Gravity::Nothing,
    }
}

/// The sign of a gravity: shape says it as well as colour.
pub(super) const fn sign(gravity: Gravity) -> Option<(&'static str, Role)> {
    match gravity {
        Gravity::Answer => Some(("▲", Role::NoteAnswer)),
        Gravity::Look => Some(("△", Role::NoteLook)),
        Gravity::Scanned => Some((SCANNED, Role::NoteScanned)),
        Gravity::Nothing => None,
    }
}

/// The sign of what a scanner found: of another shape than ours.
pub(super) const SCANNED: &str = "◇";

/// The note in pieces: what stands in front, the sentence, what stands at the end.
#[derive(Default)]
struct Parts {
    bar: (&'static str, Role),
    head: Vec<(String, Role)>,
    text: String,
    tail: Vec<(String, Role)>,
    below: Vec<String>,
}

fn parts(pages: &Pages<'_>, note: &Note) -> Parts {
    match &note.kind {
        NoteKind::Finding { id, rule, severity } => finding(pages, note, id, rule, *severity),
        NoteKind::Scanned {
            id,
            tool,
            rule,
            level,
        } => {
            let answer = pages.visit.answers.get(id);
            let role = match answer {
                Some(_) => Role::Dim,
                None => Role::NoteScanned,
            };
            let head = format!("{SCANNED} {tool}: {rule} · {}  ", level.as_str());
            Parts {
                bar: ("┆", role),
                head: vec![(head, role)],
                text: note.text.clone(),
                tail: answered(answer),
                below: Vec::new(),
            }
        }
        NoteKind::Remark { .. } => remark(note),
        NoteKind::Draft(index) => {
            let severity = pages.visit.comments.get(*index).map(|c| weight(c.severity));
            let severity = severity.unwrap_or("note");
            let head = format!("you · {severity} · goes with your verdict  ");
            let keys = [("Enter", " edits "), ("x", " leaves it out")];
            own(note, head, ("▏", Role::You), &keys)
        }
        NoteKind::Unfinished(index) => {
            let begun = pages.visit.unfinished.get(*index);
            let severity = begun.map_or("note", |one| weight(one.comment.severity));
            let head = format!("you · {severity} · not finished, goes nowhere  ");
            let keys = [("Enter", " goes on "), ("x", " takes it in")];
            own(note, head, ("┆", Role::Ask), &keys)
        }
    }
}

/// Keys and what they do, at the end of a note.
fn keys(all: &[(&str, &str)]) -> Vec<(String, Role)> {
    let one = |(key, does): &(&str, &str)| {
        [
            ((*key).to_owned(), Role::Strong),
            ((*does).to_owned(), Role::Dim),
        ]
    };
    all.iter().flat_map(one).collect()
}

fn finding(pages: &Pages<'_>, note: &Note, id: &str, rule: &str, severity: u8) -> Parts {
    let (mark, role) = sign(Gravity::of(severity)).unwrap_or(("·", Role::Dim));
    let answer = pages.visit.answers.get(id);
    let tail = match answer {
        None if severity >= 3 => keys(&[("x", " answer")]),
        answer => answered(answer),
    };
    let role = if answer.is_some() { Role::Dim } else { role };
    Parts {
        bar: ("▍", role),
        head: vec![(format!("{mark} {rule}  "), role)],
        text: note.text.clone(),
        tail,
        below: Vec::new(),
    }
}

/// A remark of one's own.
fn own(note: &Note, head: String, bar: (&'static str, Role), all: &[(&str, &str)]) -> Parts {
    Parts {
        bar,
        head: vec![(head, bar.1)],
        text: note.text.clone(),
        tail: keys(all),
        below: Vec::new(),
    }
}

/// The answer that a finding has, as it stands behind it.
fn answered(answer: Option<&Option<String>>) -> Vec<(String, Role)> {
    match answer {
        Some(Some(words)) => vec![(format!("✓ answered: {words}"), Role::Good)],
        Some(None) => vec![("✓ answered".to_owned(), Role::Good)],
        None => Vec::new(),
    }
}

fn remark(note: &Note) -> Parts {
    let NoteKind::Remark {
        by,
        revision,
        severity,
        state,
        was,
        replies,
        ..
    } = &note.kind
    else {
        return Parts::default();
    };

    let (word, role) = match state {
        RemarkState::Open => ("open", Role::NoteRemark),
        RemarkState::Answered => ("answered", Role::Dim),
        RemarkState::Moved => ("open, moved", Role::NoteRemark),
        RemarkState::Gone => ("line gone", Role::Dim),
    };
    // The author says no to what must be: somebody has to decide.
    let is_refused = *severity == Severity::Must
        && replies.last().is_some_and(|reply| !is_fixed(reply))
        && *state != RemarkState::Gone;
    let (word, role) = match is_refused {
        true => ("refused", Role::High),
        false => (word, role),
    };
    let was = was.as_ref().map_or(String::new(), |was| {
        format!(" · was {}", visible::text(was.as_bytes()))
    });
    let head = format!(
        "{} @{revision} · {} · {word}{was}  ",
        short_name(by),
        weight(*severity)
    );
    Parts {
        bar: ("▏", role),
        head: vec![(head, role)],
        text: note.text.clone(),
        tail: Vec::new(),
        below: replies
            .iter()
            .map(|reply| format!("reply: {reply} (a claim)"))
            .collect(),
    }
}

/// Whether an answer to a remark says that it is mended. It begins with the revision that gave it.
pub(super) fn is_fixed(reply: &str) -> bool {
    reply.split(' ').nth(1) == Some("fixed")
}

/// Where the note's text starts and how wide it may be.
fn columns(pages: &Pages<'_>) -> (u16, usize) {
    let x = pages.x + pages.gutter();
    (x, usize::from(pages.end.saturating_sub(x + 1)).max(8))
}

/// The sentence with its head, broken into lines; the head is the start of the first.
fn lines(parts: &Parts, columns: usize) -> Vec<String> {
    let head: String = parts.head.iter().map(|(text, _)| text.as_str()).collect();
    let mut lines = wrap(&format!("{head}{}", parts.text), columns);
    let tail: usize = parts.tail.iter().map(|(text, _)| width(text)).sum();
    let last = lines.last().map_or(0, |line| width(line));
    if tail > 0 && last + tail + 2 > columns {
        lines.push(String::new());
    }
    for below in &parts.below {
        lines.extend(wrap(below, columns));
    }
    lines
}

/// Lines of the pane that a note takes.
pub(super) fn height(pages: &Pages<'_>, index: usize) -> usize {
    let Some(note) = pages.open.notes.get(index) else {
        return 1;
    };
    lines(&parts(pages, note), columns(pages).1).len()
}

/// Paints a note from line `y` on, `skip` of its lines left out, at most `room`.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    pages: &Pages<'_>,
    index: usize,
    (y, skip, room): (u16, usize, usize),
    here: bool,
) {
    let Some(note) = pages.open.notes.get(index) else {
        return;
    };
    let parts = parts(pages, note);
    let (x, columns) = columns(pages);
    let lines = lines(&parts, columns);
    let below: usize = parts
        .below
        .iter()
        .map(|below| wrap(below, columns).len())
        .sum();
    let sentence = lines.len() - below;
    rows::mark(canvas, pages, pages.x, y, here);
    for (nth, line) in lines.iter().enumerate().skip(skip).take(room) {
        let y = y + u16::try_from(nth - skip).unwrap_or(0);
        let style = canvas.style(parts.bar.1);
        canvas.put(x.saturating_sub(2), y, parts.bar.0, style);
        let role = if nth < sentence {
            Role::Note
        } else {
            Role::Dim
        };
        let mut at = x;
        let mut rest = line.as_str();
        for (head, role) in parts.head.iter().filter(|_| nth == 0) {
            let own = rest.get(..head.len()).unwrap_or(rest);
            at = canvas.text(at, y, pages.end, own, *role);
            rest = rest.get(head.len()..).unwrap_or("");
        }
        canvas.text(at, y, pages.end, rest, role);
        if nth + 1 == sentence {
            canvas.right(x, y, pages.end.saturating_sub(1), &parts.tail);
        }
    }
}
