//! Opens boxes and pages: search and filter, remarks, help.

use super::change::NoteKind;
use super::keymap::Place;
use super::reading::Search;
use super::words::{Purpose, Remark, Words};
use super::{Dialog, Effect, Focus, Page, PageKind, State, Tone, complete};
use crate::verdict::Severity;

pub(super) fn search_box(state: &mut State) -> Vec<Effect> {
    let words = if state.focus == Focus::Diff {
        Words::new(Purpose::Search, "")
    } else {
        let before = state.queue.words.clone();
        let mut words = Words::new(Purpose::Filter, before.clone());
        words.earlier = vec![before];
        complete::live(state, &mut words);
        words
    };
    state.dialog = Some(Dialog::Words(Box::new(words), None));
    Vec::new()
}

/// Sets what is searched for; empty words end the search.
pub(super) fn search(state: &mut State, words: &str) {
    if let Some(open) = state.open_mut() {
        open.search = (!words.is_empty()).then(|| Search {
            words: words.to_owned(),
        });
    }
}

pub(super) fn remark(state: &mut State, whole_change: bool) -> Vec<Effect> {
    let Some((open, visit)) = state.both() else {
        state.say(Tone::Plain, "open a change first");
        return Vec::new();
    };
    let (path, side, line, finding) = if whole_change {
        (None, None, None, None)
    } else {
        open.target()
    };
    let (line, end_line) = match (open.selected(side), line) {
        (Some((first, last)), Some(_)) => (Some(first), Some(last).filter(|last| *last > first)),
        _ => (line, None),
    };
    open.anchor = None;
    let replaces = match open.note_at(open.cursor).map(|note| &note.kind) {
        Some(NoteKind::Draft(index)) if !whole_change => Some(*index),
        _ => None,
    };
    let before = replaces
        .and_then(|index| visit.comments.get(index))
        .cloned();
    let remark = Remark {
        path,
        side,
        line,
        end_line,
        finding,
        severity: before.as_ref().map_or(Severity::Should, |c| c.severity),
        replaces,
    };
    let words = Words::new(
        Purpose::Remark(Box::new(remark)),
        before.map_or(String::new(), |c| c.body),
    );
    state.dialog = Some(Dialog::Words(Box::new(words), None));
    Vec::new()
}

pub(super) fn page(state: &mut State, kind: PageKind) -> Vec<Effect> {
    if kind != PageKind::Help(Place::Main) && state.queue.current().is_none() {
        return Vec::new();
    }
    state.dialog = Some(Dialog::Page(Page {
        kind,
        top: 0,
        extent: (1, 1),
    }));
    Vec::new()
}
