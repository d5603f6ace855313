//! What is worked out of lines beside their text: the colours of those on the screen, and the blocks
//! that moved.

use super::reading::{AROUND, Open};
use super::{ColourJob, Coloured, Effect, State};
use crate::diff::Line;
use crate::diff::context::beginning;
use crate::diff::moves::Moves;
use crate::diff::rows::RowKind;

/// Lines before the window from which a parser sets out.
const RUN_UP: usize = 60;
/// Lines whose colours are kept.
const COLOURED: usize = 20_000;

/// Asks for the colours of the lines on the screen that have none yet: one request at a time, so
/// that the next one is always for what is on the screen then.
pub(super) fn ask(open: &mut Open, generation: u64) -> Option<Effect> {
    if open.known.colouring {
        return None;
    }
    let mut jobs = uncoloured(open)?;
    for job in &mut jobs {
        let (index, hunk) = job.at;
        job.from = job.wanted.start.saturating_sub(RUN_UP);
        if hunk == AROUND {
            job.from = job.from.max(1);
            let context = &open.folds.context;
            job.lines = context.lines_from(index, job.from..job.wanted.end);
        } else {
            let hunk = open.change.files.get(index)?.hunks().get(hunk)?;
            let lines = hunk.lines.get(job.from..job.wanted.end)?.iter();
            let short = |line: &Line| Line {
                bytes: beginning(&line.bytes).to_vec(),
                ..*line
            };
            job.lines = lines.map(short).collect();
        }
    }
    if jobs.is_empty() {
        return None;
    }
    if open.known.colours.len() > COLOURED {
        open.known.colours.clear();
    }
    open.known.colouring = true;
    Some(Effect::Colour(generation, jobs))
}

/// The lines on the screen that have no colours yet, by hunk.
fn uncoloured(open: &Open) -> Option<Vec<ColourJob>> {
    let window = &open.window.rows;
    let last = window.end.max(window.start + 1).min(open.rows.len());
    let shown = open.rows.as_slice().get(window.start..last)?;
    let mut jobs: Vec<ColourJob> = Vec::new();
    for row in shown {
        let file = row.file as usize;
        let (hunk, lines) = match (row.kind, row.hunk()) {
            (RowKind::Around { new, .. }, _) => (AROUND, [Some(new as usize), None]),
            (RowKind::Blank { new, .. }, Some(hunk)) => (hunk, [Some(new as usize), None]),
            (_, Some(hunk)) => {
                let mut lines = row.lines();
                (hunk, [lines.next(), lines.next()])
            }
            (_, None) => continue,
        };
        for line in lines.into_iter().flatten() {
            if file == 0 || open.known.colours.contains_key(&(file, hunk, line)) {
                continue;
            }
            match jobs.last_mut() {
                Some(job) if job.at == (file, hunk) => {
                    job.wanted.start = job.wanted.start.min(line);
                    job.wanted.end = job.wanted.end.max(line + 1);
                }
                _ => jobs.push(ColourJob {
                    at: (file, hunk),
                    from: 0,
                    path: open.change.files.get(file)?.path().clone(),
                    lines: Vec::new(),
                    wanted: line..line + 1,
                }),
            }
        }
    }
    Some(jobs)
}

/// The blocks that moved.
pub(super) fn moved(state: &mut State, generation: u64, moves: Moves) -> Vec<Effect> {
    let current = state.reading.as_ref().map(|reading| reading.generation);
    if current == Some(generation)
        && let Some(open) = state.whole_mut()
    {
        open.known.moves = moves;
    }
    Vec::new()
}

/// Colours for lines.
pub(super) fn coloured(state: &mut State, generation: u64, lines: Vec<Coloured>) -> Vec<Effect> {
    let current = state.reading.as_ref().map(super::Reading::pane);
    if current == Some(generation)
        && let Some(open) = state.open_mut()
    {
        open.known.colouring = false;
        for line in lines {
            open.known.colours.insert(line.at, line.spans);
        }
    }
    Vec::new()
}
