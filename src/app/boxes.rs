//! Opens boxes and pages: search and filter, help.

use super::search::Search;
use super::words::{Purpose, Words};
use super::{Dialog, Effect, Focus, Page, PageKind, State, complete};

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
            word: None,
        });
    }
}

pub(super) fn page(state: &mut State, kind: PageKind) -> Vec<Effect> {
    if kind != PageKind::Help && state.queue.current().is_none() {
        return Vec::new();
    }
    state.dialog = Some(Dialog::Page(Page::new(kind)));
    Vec::new()
}
