//! The state in sentences, a line each, for a dialogue of lines: the queue, a change, its hunks, its
//! findings, and whatever page stands in front. Nothing here is placed, and no colour says anything.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::theme::{Depth, Theme};
use super::wording::{age, ago};
use super::{HitMap, aside, facts, page, sheet};
use crate::app::change::{Note, NoteKind};
use crate::app::reading::{Open, Visit, Window, is_message};
use crate::app::session::past_tense;
use crate::app::sheet::counted;
use crate::app::{Dialog, Drawn, State};
use crate::diff::rows::{Row, RowKind};
use crate::diff::{Line, LineKind, visible};
use crate::queue::Entry;

/// Columns of a page: what a line of a screen reader's braille or a person can take in.
const COLUMNS: u16 = 100;
/// Lines of a page at most; one that is longer is scrolled.
const LINES: u16 = 400;
/// Rows of the diff that are read in one go.
const AT_ONCE: usize = 200;

/// Sentences, and what having printed them amounts to: as a frame that was drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spoken {
    /// A line each, without control characters.
    pub lines: Vec<String>,
    /// What was shown.
    pub drawn: Drawn,
}

/// The queue: a sentence for each change that is shown, numbered from 1.
pub fn queue(state: &State) -> Vec<String> {
    let queue = &state.queue;
    let shown: Vec<&Entry> = (0..queue.len()).filter_map(|n| queue.shown(n)).collect();
    let filter = match queue.words.as_str() {
        "" => String::new(),
        words => format!(", filter {words}"),
    };
    let mut lines = vec![format!(
        "{}{filter}.",
        counted(shown.len(), "change", "changes")
    )];
    for (nth, entry) in shown.iter().enumerate() {
        lines.push(format!("{}. {}", nth + 1, row(state, entry)));
    }
    lines.iter().map(|line| plain(line)).collect()
}

fn row(state: &State, entry: &Entry) -> String {
    let risk = entry
        .risk
        .map_or("unknown".to_owned(), |risk| risk.level.to_string());
    let seconds = state.clock.wall.as_second() - entry.created_at.as_second();
    let mut text = format!(
        "{}: {}. {risk} risk, {}, {} old, {} added, {} removed",
        entry.name(),
        entry.title,
        entry.state.as_str(),
        age(seconds),
        entry.added,
        entry.removed
    );
    if let Some(kind) = state.queue.decided(entry) {
        text.push_str(&format!(", {} by you", past_tense(kind)));
    } else if entry.needs_me {
        text.push_str(", needs you");
    }
    text.push('.');
    text
}

/// The change that is open: what it is, how much of it was read, what an approval still waits for.
pub fn change(state: &State) -> Vec<String> {
    let (Some(open), Some(visit)) = (state.open(), state.visit()) else {
        return vec!["No change is open.".to_owned()];
    };
    let change = &open.change;
    let share = open.share(visit);
    let mut lines = vec![
        format!("{}: {}.", change.name, visible::text(change.title())),
        format!("Target {}. {}", change.subject.target, change.asks.people),
        format!(
            "{}, the message first. {} of {} hunks read, {} of {} findings answered.",
            counted(open.files().len(), "file", "files"),
            share.seen,
            share.total,
            open.answered(visit).seen,
            open.answered(visit).total
        ),
    ];
    let asks = &change.asks;
    for said in [&asks.cannot_sign, &asks.not_counting, &asks.nobody] {
        lines.extend(said.as_ref().map(|why| format!("{why}.")));
    }
    lines.extend(change.warnings.iter().map(|warning| format!("{warning}.")));
    if let Some((newer, _)) = state.whole().and_then(|whole| whole.newer) {
        lines.push(format!("Revision {newer} has come meanwhile."));
    }
    lines.iter().map(|line| plain(line)).collect()
}

/// Reads the diff from a row on, to the end of its hunk or as far as is read in one go. What was
/// printed counts as seen. The second is the row after.
pub fn read(state: &State, from: usize) -> (Spoken, usize) {
    let (Some(reading), Some(open), Some(visit)) = (&state.reading, state.open(), state.visit())
    else {
        return (Spoken::default(), 0);
    };
    let all = open.rows.as_slice();
    let starts = |at: &usize| {
        open.rows.starts_hunk(*at) || matches!(all[*at].kind, RowKind::File) && *at > from
    };
    let limit = all.len().min(from + AT_ONCE);
    // A file's header is read with its first hunk.
    let silent = |at: &usize| matches!(all[*at].kind, RowKind::File | RowKind::Gap(_));
    let first = (from..limit).find(|at| !silent(at));
    let after = first.map_or(limit, |at| at + 1);
    let end = (after..limit).find(starts).unwrap_or(limit);
    let shown = all.get(from..end).unwrap_or_default();
    let lines = shown.iter().filter_map(|row| line(open, visit, row));
    let window = Window {
        rows: from..end,
        height: end.saturating_sub(from),
        bytes: usize::MAX,
        ..Window::default()
    };
    let spoken = Spoken {
        lines: lines.map(|line| plain(&line)).collect(),
        drawn: Drawn {
            diff: Some((reading.pane(), window)),
            ..Drawn::default()
        },
    };
    (spoken, end)
}

fn line(open: &Open, visit: &Visit, row: &Row) -> Option<String> {
    let index = row.file as usize;
    let file = open.files().get(index)?;
    let hunk = row.hunk().and_then(|hunk| file.hunks().get(hunk));
    let text = |bytes: &[u8]| visible::text(bytes).into_owned();
    Some(match row.kind {
        RowKind::File if is_message(file) => "The message.".to_owned(),
        RowKind::File => format!(
            "File {} of {}: {}, {} added, {} removed.",
            index + 1,
            open.files().len(),
            text(file.path().as_bytes()),
            file.added,
            file.removed
        ),
        RowKind::Sentence => {
            let folded = open.folds.files.contains(&index);
            facts::sentence(file, folded).0
        }
        RowKind::Hunk(nth) => {
            let hunk = hunk?;
            let scope = match hunk.scope.as_str() {
                "" => String::new(),
                scope => format!(", in {}", text(scope.as_bytes())),
            };
            format!(
                "Hunk {} of {}, from line {}{scope}.",
                nth + 1,
                file.hunks().len(),
                hunk.new_start
            )
        }
        RowKind::Note(nth) => note(open.notes.get(nth as usize)?, visit),
        RowKind::Gap(_) => return None,
        RowKind::Hidden(_) => {
            let lines = counted(hunk?.lines.len(), "line", "lines");
            format!("{lines}, only white space changed: hidden")
        }
        RowKind::Around { new, .. } => {
            let bytes = open.line_of(*row)?.bytes;
            let part = crate::diff::rows::part(bytes, 0);
            let part = text(bytes.get(part)?);
            format!("{new}, around the hunk: {part}")
        }
        RowKind::Blank { new, .. } => {
            let line = hunk?.lines.get(new as usize)?;
            format!("only white space changed: {}", text(&line.bytes))
        }
        RowKind::Line { .. } | RowKind::Pair { .. } => {
            let lines = row.lines().filter_map(|nth| hunk?.lines.get(nth));
            lines.map(whole).collect::<Vec<_>>().join("\n")
        }
        RowKind::More { part, .. } => {
            let line = hunk?.lines.get(row.lines().next()?)?;
            let part = crate::diff::rows::part(&line.bytes, part as usize);
            format!("the line goes on: {}", text(line.bytes.get(part)?))
        }
    })
}

/// A line of a hunk, or its first part where it is long.
fn whole(line: &Line) -> String {
    let (what, number) = match line.kind {
        LineKind::Context => ("", line.new),
        LineKind::Added => (" added", line.new),
        LineKind::Removed => (" removed", line.old),
    };
    let number = number.map_or(String::new(), |number| number.to_string());
    let part = crate::diff::rows::part(&line.bytes, 0);
    let bytes = line.bytes.get(part).unwrap_or_default();
    format!("{number}{what}: {}", visible::text(bytes))
}

/// The findings and remarks, numbered from 1.
pub fn findings(state: &State) -> Vec<String> {
    let (Some(open), Some(visit)) = (state.open(), state.visit()) else {
        return vec!["No change is open.".to_owned()];
    };
    let mut lines = vec![format!(
        "{}, {} of {} that want an answer have one.",
        counted(
            open.notes.len(),
            "finding or remark",
            "findings and remarks"
        ),
        open.answered(visit).seen,
        open.answered(visit).total
    )];
    for (nth, one) in open.notes.iter().enumerate() {
        let place = aside::place_of(one);
        lines.push(format!("{}. {place}: {}", nth + 1, note(one, visit)));
    }
    lines.iter().map(|line| plain(line)).collect()
}

fn note(note: &Note, visit: &Visit) -> String {
    let text = visible::text(note.text.as_bytes());
    let answered = note
        .finding()
        .is_some_and(|id| visit.answers.contains_key(id));
    match &note.kind {
        NoteKind::Draft(_) => format!("Your remark, not signed yet: {text}"),
        NoteKind::Unfinished(_) => format!("Your remark, not finished yet: {text}"),
        NoteKind::Remark { by, revision, .. } => {
            format!("Remark of {by} on revision {revision}: {text}")
        }
        NoteKind::Finding { .. } | NoteKind::Scanned { .. } => {
            let name = note.finding_name().unwrap_or_default();
            let standing = match (answered, note.wants_answer()) {
                (true, _) => ", answered",
                (false, true) => ", wants an answer",
                (false, false) => "",
            };
            format!("Finding {name}{standing}: {text}")
        }
    }
}

/// The sheet or the page that stands in front, whole; none where none does.
pub fn front(state: &State) -> Option<Spoken> {
    let theme = Theme::built_in("mono", Depth::Indexed).ok()?;
    let area = Rect::new(0, 0, COLUMNS, LINES);
    let mut buffer = Buffer::empty(area);
    let mut hits = HitMap::default();
    let mut canvas = Canvas::new(&mut buffer, &theme);
    match &state.dialog {
        Some(Dialog::Sheet(sheet)) => sheet::draw(&mut canvas, state, sheet, area, &mut hits),
        Some(Dialog::Page(page)) => page::draw(&mut canvas, state, page, area, &mut hits),
        _ => return None,
    }
    let rows = (0..LINES).map(|y| {
        let cells = (0..COLUMNS).filter_map(|x| buffer.cell((x, y)));
        let text: String = cells.map(ratatui::buffer::Cell::symbol).collect();
        // Bars and rules are for the eye.
        let text = text.replace(['█', '░', '─', '▌', '│', '▏'], " ");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    let mut lines: Vec<String> = rows.filter(|row| !row.is_empty()).collect();
    if let (Some(Dialog::Sheet(sheet)), Some(open), Some(visit)) =
        (&state.dialog, state.whole(), state.visit())
    {
        // Its foot names keys.
        lines.pop();
        let waits = sheet.waits_for(open, visit);
        if !waits.is_empty() {
            lines.push(format!("It waits for: {}.", waits.join(", ")));
        }
    }
    Some(Spoken {
        lines,
        drawn: Drawn {
            diff: None,
            ..hits.drawn
        },
    })
}

/// The verdict that was signed last and is still here.
pub fn signed(state: &State) -> Option<String> {
    let newest = state.waiting.last()?;
    let seconds = newest
        .leaves_at
        .saturating_sub(state.clock.millis)
        .div_ceil(1000);
    Some(format!(
        "{} {}, still here only; it leaves in {seconds} s. undo takes it back, push sends it now.",
        newest.name,
        past_tense(newest.kind)
    ))
}

/// What waits here, and when the remote was last asked.
pub fn standing(state: &State) -> String {
    let synced = state.homes.iter().map(|hosted| {
        let synced = match (&hosted.session.remote, hosted.sync.at) {
            (None, _) => "There is no remote".to_owned(),
            (Some(remote), None) => format!("{remote} was never fetched"),
            (Some(remote), Some(at)) => format!("{remote} fetched {}", ago(at, state.clock.wall)),
        };
        hosted.home.says(&synced)
    });
    let synced = synced.collect::<Vec<_>>().join("; ");
    let waiting = match state.waiting.len() {
        0 => String::new(),
        number => format!(
            ", {} here",
            counted(number, "verdict waits", "verdicts wait")
        ),
    };
    format!("{synced}{waiting}.")
}

/// Text of strangers without anything that steers a terminal.
fn plain(text: &str) -> String {
    let lines = text.split('\n');
    let lines: Vec<_> = lines.map(|line| visible::text(line.as_bytes())).collect();
    lines.join("\n")
}
