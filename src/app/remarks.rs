//! Remarks and answers: written, taken out and in again, published by themselves.

use super::change::{Note, NoteKind};
use super::sheet::counted;
use super::visit::Unfinished;
use super::words::{Purpose, Remark, Words};
use super::{Dialog, Effect, State, Tone, comparing};
use crate::verdict::{Comment, Severity};

impl Remark {
    /// The remark with these words, not done yet.
    fn begun(&self, body: &str) -> Unfinished {
        Unfinished {
            comment: Comment {
                path: self.path.clone(),
                side: self.side,
                line: self.line,
                end_line: self.end_line,
                finding: self.finding.clone(),
                severity: self.severity,
                body: body.to_owned(),
            },
            replaces: self.replaces,
            answers: self.answers,
        }
    }

    fn of(begun: &Unfinished) -> Self {
        let comment = begun.comment.clone();
        Self {
            path: comment.path,
            side: comment.side,
            line: comment.line,
            end_line: comment.end_line,
            finding: comment.finding,
            severity: comment.severity,
            replaces: begun.replaces,
            answers: begun.answers,
        }
    }
}

/// `c`, `C`, and Enter on a draft: the box for a remark. What was begun at the place comes back.
pub(super) fn remark(state: &mut State, whole_change: bool) -> Vec<Effect> {
    let Some((open, visit)) = state.both() else {
        state.say(Tone::Plain, "open a change first");
        return Vec::new();
    };
    let here = open.note_at(open.cursor).map(|note| note.kind.clone());
    match here.filter(|_| !whole_change) {
        Some(NoteKind::Unfinished(index)) => {
            let begun = visit.unfinished.get(index).cloned();
            return begun.map_or_else(Vec::new, |begun| go_on(state, &begun));
        }
        Some(NoteKind::Draft(index)) => {
            let draft = visit.comments.get(index).cloned();
            let begun = draft.map(|comment| Unfinished {
                comment,
                replaces: Some(index),
                answers: false,
            });
            return begun.map_or_else(Vec::new, |begun| go_on(state, &begun));
        }
        _ => {}
    }
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
    let remark = Remark {
        path,
        side,
        line,
        end_line,
        finding,
        severity: Severity::Should,
        replaces: None,
        answers: false,
    };
    let anchored = comparing::anchor(state, remark);
    anchored.map_or_else(Vec::new, |remark| go_on(state, &remark.begun("")))
}

/// Enter on a finding: the box for an answer with a sentence.
pub(super) fn answer(state: &mut State) -> Vec<Effect> {
    let Some((open, visit)) = state.both() else {
        return Vec::new();
    };
    let Some(note) = open.note_at(open.cursor) else {
        return Vec::new();
    };
    let Some(id) = note.finding().map(str::to_owned) else {
        return Vec::new();
    };
    let before = visit.answers.get(&id).cloned().flatten();
    let begun = answer_to(note, &id).begun(&before.unwrap_or_default());
    go_on(state, &begun)
}

/// The sentence of an answer that was taken back: Enter on the finding brings it back.
pub(super) fn keep_answer(state: &mut State, id: &str, words: &str) {
    let Some((open, visit)) = state.both() else {
        return;
    };
    let note = open.notes.iter().find(|note| note.finding() == Some(id));
    if let Some(note) = note {
        visit.begin(answer_to(note, id).begun(words));
    }
}

fn answer_to(note: &Note, id: &str) -> Remark {
    Remark {
        path: note.path.clone(),
        side: None,
        line: None,
        end_line: None,
        finding: Some(id.to_owned()),
        severity: Severity::Note,
        replaces: None,
        answers: true,
    }
}

/// Opens the box with what was begun about the same thing, else with these words.
fn go_on(state: &mut State, begun: &Unfinished) -> Vec<Effect> {
    let earlier = state.reasons.clone();
    let Some((open, visit)) = state.both() else {
        return Vec::new();
    };
    open.anchor = None;
    let begun = visit.begun(begun).unwrap_or(begun).clone();
    let remark = Box::new(Remark::of(&begun));
    let mut words = Words::new(Purpose::Remark(remark), begun.comment.body);
    words.earlier = earlier;
    state.dialog = Some(Dialog::Words(Box::new(words), None));
    Vec::new()
}

/// Keeps what stands in the box, with every key.
pub(super) fn keep(state: &mut State, remark: &Remark, text: &str) {
    if let Some((_, visit)) = state.both() {
        visit.begin(remark.begun(text));
    }
}

/// The box was left and not finished: what stands in it stays at its place and goes nowhere.
pub(super) fn left(state: &mut State) {
    show(state);
    if state
        .visit()
        .is_some_and(|visit| !visit.unfinished.is_empty())
    {
        state.say(
            Tone::Plain,
            "kept, not finished: it goes nowhere until you finish it",
        );
    }
}

/// Shows the drafts as they are now.
fn show(state: &mut State) {
    let layout = state.layout();
    if let Some((open, visit)) = state.both() {
        open.collect_notes(visit);
        open.rebuild(layout);
    }
}

/// The box is finished: the remark becomes a draft at its place, or takes the place of the one that
/// was edited; an empty one takes it away. An answer is an answer with or without a sentence.
pub(super) fn finished(state: &mut State, remark: &Remark, text: &str) -> Vec<Effect> {
    let body = text.trim();
    let Some((_, visit)) = state.both() else {
        return Vec::new();
    };
    visit.begin(remark.begun(""));
    if remark.answers {
        if let Some(id) = &remark.finding {
            let words = Some(body.to_owned()).filter(|words| !words.is_empty());
            visit.answers.insert(id.clone(), words);
        }
        show(state);
        return remember(state, body);
    }
    let comment = remark.begun(body).comment;
    match (remark.replaces, body.is_empty()) {
        (Some(index), true) => {
            visit.take_out(index);
        }
        (Some(index), false) if index < visit.comments.len() => visit.comments[index] = comment,
        (_, true) => {}
        (_, false) => visit.comments.push(comment),
    }
    let waiting = visit.comments.len();
    show(state);
    if waiting > 0 {
        say_waiting(state, waiting);
    }
    remember(state, body)
}

fn say_waiting(state: &mut State, waiting: usize) {
    use super::action::Action;
    use super::keymap::Place;
    let must = state.visit().is_some_and(|visit| {
        let mut all = visit.comments.iter();
        all.any(|comment| comment.severity == Severity::Must)
    });
    let (goes, wait) = match waiting {
        1 => ("goes", "waits"),
        _ => ("go", "wait"),
    };
    let end = if must {
        "; what must be fixed cannot approve: reject".to_owned()
    } else {
        let key = state.keymap.key(Place::Main, Action::PublishRemarks);
        format!(" · {key} alone")
    };
    let remarks = counted(waiting, "remark", "remarks");
    let text = format!("{remarks} {wait} here and {goes} with your verdict{end}");
    state.say(Tone::Plain, text);
}

/// `x` on a draft: it does not go with the verdict; on one that was taken out, it does again. False
/// where the cursor is on neither.
pub(super) fn take_out_or_in(state: &mut State) -> bool {
    let Some((open, visit)) = state.both() else {
        return false;
    };
    let said = match open.note_at(open.cursor).map(|note| note.kind.clone()) {
        Some(NoteKind::Draft(index)) => {
            if let Some(comment) = visit.take_out(index) {
                visit.begin(Unfinished {
                    comment,
                    replaces: None,
                    answers: false,
                });
            }
            "taken out: it stays here and goes nowhere; the same key takes it in again"
        }
        Some(NoteKind::Unfinished(index)) => match visit.unfinished.get(index).cloned() {
            Some(begun) if !begun.answers => {
                let remark = Remark::of(&begun);
                visit.begin(remark.begun(""));
                let at = begun.replaces.filter(|at| *at < visit.comments.len());
                match at {
                    Some(at) => visit.comments[at] = begun.comment,
                    None => visit.comments.push(begun.comment),
                }
                "taken in: it goes with your verdict"
            }
            _ => "an answer that was begun: Enter finishes it",
        },
        _ => return false,
    };
    show(state);
    state.say(Tone::Plain, said);
    true
}

/// Words that were finished come back with the arrow up, in this session and later ones.
pub(super) fn remember(state: &mut State, words: &str) -> Vec<Effect> {
    if words.is_empty() {
        return Vec::new();
    }
    state.reasons.retain(|old| old != words);
    state.reasons.push(words.to_owned());
    vec![Effect::KeepWords(words.to_owned())]
}
