//! More of a file than its hunks hold: asked for around the hunk under the cursor, up to all of it.

use std::sync::Arc;

use super::reading::Open;
use super::{Effect, State, Tone, perform};
use crate::diff::context::{Gap, Text};
use crate::diff::rows::{Row, RowKind};

/// A gap of the cursor's file, and which of its ends are meant.
#[derive(Debug, Clone, Copy)]
struct Meant {
    number: usize,
    gap: Gap,
    start: bool,
    end: bool,
}

/// `+`: more of the file around the hunk, the gap or the file under the cursor.
pub(super) fn more(state: &mut State) -> Vec<Effect> {
    let mut effects = perform::enter_diff(state);
    let Some(open) = state.open_mut() else {
        return effects;
    };
    let file = open.current_file();
    let mut meant = open.meant();
    if meant.is_empty() {
        // The hunk has all there is next to it: what lies farther off follows.
        meant = open.left_out();
    }
    if meant.is_empty() {
        let said = open.why_no_more();
        state.say(Tone::Plain, said);
        return effects;
    }
    for Meant {
        number,
        gap,
        start,
        end,
    } in meant
    {
        open.folds.context.more(file, number, gap, start, end);
    }
    effects.extend(show(state, file));
    effects
}

/// `-`: less of it again.
pub(super) fn less(state: &mut State) -> Vec<Effect> {
    let effects = perform::enter_diff(state);
    let Some(open) = state.open_mut() else {
        return effects;
    };
    let file = open.current_file();
    let (own, all) = (open.nearby(), open.everywhere());
    let context = &mut open.folds.context;
    let mut take_back = |gaps: Vec<(usize, bool, bool)>| {
        let less = gaps
            .into_iter()
            .map(|(number, start, end)| context.less(file, number, start, end));
        less.fold(false, |any, one| any | one)
    };
    if take_back(own) || take_back(all) {
        open.refill(file);
    } else {
        state.say(Tone::Plain, "nothing is shown around the hunks here");
    }
    effects
}

/// `z` on the lines of a gap: all of them, or none. None where the cursor is on no gap.
pub(super) fn fold(state: &mut State) -> Option<Vec<Effect>> {
    let open = state.open_mut()?;
    let row = open.rows.get(open.cursor)?;
    let number = row.gap()?;
    let file = row.file as usize;
    if matches!(row.kind, RowKind::Gap(_)) {
        let gap = open
            .folds
            .context
            .gap(file, open.change.files.get(file)?, number)?;
        open.folds.context.open(file, number, gap);
    } else {
        open.folds.context.close(file, number);
    }
    Some(show(state, file))
}

/// The text of a file came, or did not.
pub(super) fn text(
    state: &mut State,
    generation: u64,
    file: usize,
    result: Result<Arc<Text>, String>,
) -> Vec<Effect> {
    let current = state.reading.as_ref().map(super::Reading::pane);
    if current != Some(generation) {
        return Vec::new();
    }
    match result {
        Ok(text) => {
            if let Some(open) = state.open_mut() {
                open.folds.context.put(file, text);
                open.refill(file);
            }
        }
        Err(why) => {
            if let Some(open) = state.open_mut() {
                for (number, ..) in open.everywhere() {
                    open.folds.context.close(file, number);
                }
            }
            state.say(Tone::Warning, format!("the file cannot be shown: {why}"));
        }
    }
    Vec::new()
}

/// Shows what is asked for of a file; asks for its text where that is not here.
fn show(state: &mut State, file: usize) -> Vec<Effect> {
    let generation = state.reading.as_ref().map(super::Reading::pane);
    let home = state.home();
    let Some(open) = state.open_mut() else {
        return Vec::new();
    };
    let new = open.change.files.get(file).and_then(|f| f.new.as_ref());
    match (generation, new) {
        (Some(generation), Some(new)) if !open.folds.context.has(file) => {
            vec![Effect::Text(home, generation, file, new.id)]
        }
        _ => {
            open.refill(file);
            Vec::new()
        }
    }
}

impl Open {
    /// The row that the cursor is on, or that its note stands under.
    fn base_row(&self) -> Option<Row> {
        let rows = self.rows.as_slice().get(..=self.cursor)?;
        let is_note = |row: &&Row| matches!(row.kind, RowKind::Note(_));
        rows.iter().rev().find(|row| !is_note(row)).copied()
    }

    /// The gaps next to the cursor, with the end that is near it; of all gaps both ends where the
    /// cursor is on the file itself.
    fn nearby(&self) -> Vec<(usize, bool, bool)> {
        let row = self.base_row();
        match row.map(|row| (row.hunk(), row.gap())) {
            Some((Some(hunk), _)) => vec![(hunk, false, true), (hunk + 1, true, false)],
            Some((_, Some(gap))) => vec![(gap, true, true)],
            _ => self.everywhere(),
        }
    }

    /// Every gap of the cursor's file.
    fn everywhere(&self) -> Vec<(usize, bool, bool)> {
        let file = self.files().get(self.current_file());
        let hunks = file.map_or(0, |file| file.hunks().len());
        (0..=hunks).map(|number| (number, true, true)).collect()
    }

    /// Those gaps next to the cursor that still leave something out.
    fn meant(&self) -> Vec<Meant> {
        self.of_those(self.nearby())
    }

    /// Those gaps of the file that still leave something out.
    fn left_out(&self) -> Vec<Meant> {
        self.of_those(self.everywhere())
    }

    fn of_those(&self, gaps: Vec<(usize, bool, bool)>) -> Vec<Meant> {
        let index = self.current_file();
        let Some(file) = self.files().get(index) else {
            return Vec::new();
        };
        let context = &self.folds.context;
        let meant = |(number, start, end)| {
            let gap = context.gap(index, file, number)?;
            let (first, last) = context.shown(index, number, gap);
            (first.end < last.start).then_some(Meant {
                number,
                gap,
                start,
                end,
            })
        };
        gaps.into_iter().filter_map(meant).collect()
    }

    /// Why there is no more of the cursor's file to show.
    fn why_no_more(&self) -> &'static str {
        let file = self.files().get(self.current_file());
        match file {
            Some(file) if file.hunks().is_empty() => "there are no lines around this",
            Some(file) if file.old.is_none() || file.new.is_none() => {
                "every line of this file is in the change"
            }
            _ => "the whole file is shown",
        }
    }
}
