//! `d` and `D`: what changed since the reader last looked, and any two ends of the change compared.

use super::action::Action;
use super::compare::{self, Comparison, End, Ends, Lines, View};
use super::finder::{self, Kind, Leads, Line};
use super::keymap::Place;
use super::reading::{Open, Reading};
use super::sheet::counted;
use super::visit::Visit;
use super::words::Remark;
use super::{Effect, Stage, State, Tone, arrive, colours, perform};
use crate::diff::visible;

impl Reading {
    /// What is in the pane, once it is read: a comparison, else the whole change.
    pub fn shown(&self) -> Option<&Open> {
        match (&self.compare, &self.stage) {
            (Some(open), _) | (None, Stage::Open(open)) => Some(open),
            (None, Stage::Loading | Stage::Failed(_)) => None,
        }
    }

    pub(super) fn shown_mut(&mut self) -> Option<&mut Open> {
        match (&mut self.compare, &mut self.stage) {
            (Some(open), _) | (None, Stage::Open(open)) => Some(open),
            (None, Stage::Loading | Stage::Failed(_)) => None,
        }
    }

    /// The request that what is in the pane answers.
    pub fn pane(&self) -> u64 {
        let compared = self.compare.as_ref().and_then(|open| open.compared());
        compared.map_or(self.generation, |compared| compared.generation)
    }
}

/// `d`: what a newer revision changed; else what changed since the reader's last verdict or visit;
/// else what of this revision is new to them. Where a comparison is shown, the whole change again.
pub(super) fn since_last(state: &mut State) -> Vec<Effect> {
    let mut effects = perform::enter_diff(state);
    let newer = state.whole().and_then(|whole| whole.newer);
    if let (Some((newer, _)), Some(reading)) = (newer, &state.reading) {
        let (newest, own) = (reading.name.with_number(newer), reading.name.number);
        effects.extend(arrive::open(state, newest));
        if let Some(reading) = state.reading.as_mut() {
            reading.wanted = Some((0, (End::Revision(own), End::Revision(newer))));
        }
        return effects;
    }
    if leave(state) {
        return effects;
    }
    let Some(reading) = &state.reading else {
        return effects;
    };
    let own = End::Revision(reading.name.number);
    let last = state
        .whole()
        .and_then(|whole| whole.change.ends.last.as_ref());
    match last.map(|last| End::Revision(last.revision)) {
        Some(last) => effects.extend(ask(state, (last, own))),
        None => news(state),
    }
    effects
}

/// Only what is new since the last visit of this revision, or all of it again.
fn news(state: &mut State) {
    let said = state.open_mut().map(|open| {
        let (new, old) = open.news();
        if old == 0 {
            return "all of it is new to you".to_owned();
        }
        let since = !matches!(open.view, compare::View::News);
        open.show_since(since);
        let (new, old) = (counted(new, "hunk", "hunks"), counted(old, "hunk", "hunks"));
        match since {
            true => format!("{new} new to you; {old} you saw before are folded · d shows all"),
            false => format!("all shown: {new} new to you, {old} seen before"),
        }
    });
    if let Some(said) = said {
        state.say(Tone::Plain, said);
    }
}

/// Takes the comparison out of the pane; false where there is none and none is on its way.
pub(super) fn leave(state: &mut State) -> bool {
    let layout = state.layout();
    let Some(reading) = state.reading.as_mut() else {
        return false;
    };
    let wanted = reading.wanted.take().is_some();
    if reading.compare.take().is_none() {
        return wanted;
    }
    // Remarks may have been written, and colours that were asked for are not coming.
    if let Some((whole, visit)) = state.both() {
        whole.collect_notes(visit);
        whole.known.colouring = false;
        whole.rebuild(layout);
    }
    true
}

/// Asks for a comparison of the change in the pane.
fn ask(state: &mut State, ends: Ends) -> Vec<Effect> {
    let complete = state.whole().is_some_and(|whole| whole.change.complete);
    let Some(reading) = state.reading.as_mut().filter(|_| complete) else {
        state.say(Tone::Plain, "still reading the change");
        return Vec::new();
    };
    state.generation += 1;
    reading.wanted = Some((state.generation, ends));
    vec![Effect::Compare(
        reading.name.clone(),
        ends,
        state.generation,
    )]
}

/// What was wanted before the change itself was there can be asked for now.
pub(super) fn ask_if_wanted(state: &mut State) -> Vec<Effect> {
    let complete = state.whole().is_some_and(|whole| whole.change.complete);
    match state.reading.as_ref().and_then(|reading| reading.wanted) {
        Some((0, ends)) if complete => ask(state, ends),
        _ => Vec::new(),
    }
}

/// A comparison was made. One that is not wanted any more is dropped.
pub(super) fn compared(
    state: &mut State,
    generation: u64,
    result: Result<Box<Comparison>, String>,
) -> Vec<Effect> {
    let layout = state.layout();
    let Some(reading) = state.reading.as_mut() else {
        return Vec::new();
    };
    if reading.wanted.map(|(wanted, _)| wanted) != Some(generation) {
        return Vec::new();
    }
    reading.wanted = None;
    let comparison = match result {
        Ok(comparison) => *comparison,
        Err(error) => {
            state.say(Tone::Warning, format!("not compared: {error}"));
            return Vec::new();
        }
    };
    let visit = state.visits.entry(reading.name.clone()).or_default();
    if let Stage::Open(whole) = &mut reading.stage {
        let open = Open::compare(whole, comparison, generation, layout, visit);
        let said = summary(&open);
        reading.compare = Some(Box::new(open));
        state.say(Tone::Plain, said);
    }
    Vec::new()
}

/// The reader is in the diff of a revision: the first time that is kept.
pub(super) fn enter(open: &Open, visit: &mut Visit, now: u64) -> Option<Effect> {
    if !visit.was_shown || visit.entered.is_some() {
        return None;
    }
    visit.entered = Some(now);
    let head = open.change.subject.head.commit;
    Some(Effect::KeepVisit(open.change.name.clone(), head))
}

/// A frame of a comparison was drawn. Its rows are evidence only where a whole hunk of the change
/// was on the screen, line for line.
pub(super) fn drawn(state: &mut State, generation: u64) -> Vec<Effect> {
    let Some((open, visit)) = state.both() else {
        return Vec::new();
    };
    let colour = colours::ask(open, generation);
    let mut effects: Vec<Effect> = colour.into_iter().collect();
    let rows = open.rows.as_slice().get(open.window.rows.clone());
    let (files, window) = (&open.change.files, &open.window);
    let View::Compared(compared) = &mut open.view else {
        return effects;
    };
    let seen = compared.seen.learn(rows.unwrap_or_default(), files, window);
    let seen = seen.unwrap_or_default().into_iter();
    let new: Vec<(usize, usize)> = seen
        .filter_map(|at| compared.same(at))
        .filter(|(file, hunk)| !visit.seen.hunk(*file, *hunk))
        .collect();
    for (file, hunk) in &new {
        visit.seen.set(*file, *hunk);
    }
    let name = open.change.name.clone();
    if let Some(whole) = state.whole().filter(|_| !new.is_empty()) {
        effects.push(Effect::KeepSeen(name, whole.named(new)));
    }
    effects
}

/// What a comparison comes to, and what it is no evidence of.
fn summary(open: &Open) -> String {
    let tally = open.tally();
    let others = open.compared().map_or(0, |compared| compared.others);
    if tally.own == 0 && tally.silent == 0 {
        let files = counted(others, "other file", "other files");
        return match (tally.rebased, others) {
            (0, 0) => "nothing differs".to_owned(),
            (0, _) => format!("nothing differs but {files} that the rebase brought"),
            (hunks, _) => {
                let hunks = counted(hunks, "hunk", "hunks");
                format!("nothing but the rebase: {hunks} in its files, {files}")
            }
        };
    }
    "only hunks that are the same in the whole change count as seen".to_owned()
}

/// `D`: the first of two ends.
pub(super) fn pick(state: &mut State) -> Vec<Effect> {
    let mut effects = perform::enter_diff(state);
    effects.extend(finder::open(state, Kind::Compare(None)));
    effects
}

/// The end that is most likely meant, by its place in the list.
pub(super) fn likely(state: &State, left: Option<usize>) -> usize {
    let Some(open) = state.whole() else {
        return 0;
    };
    let ends = all(open);
    let own = End::Revision(open.change.name.number);
    let end = match left.and_then(|left| ends.get(left)) {
        Some(left) => after(open, *left),
        // From where the comparison in the pane ends, to go on commit by commit; else from what the
        // reader knows.
        None => match state.open().and_then(Open::compared) {
            Some(compared) if compared.ends.1 != own => compared.ends.1,
            _ => match &open.change.ends.last {
                Some(last) => End::Revision(last.revision),
                None => End::Base,
            },
        },
    };
    ends.iter().position(|one| *one == end).unwrap_or(0)
}

/// An end was picked: the second one is asked for, or both are compared.
pub(super) fn picked(state: &mut State, left: Option<usize>, index: usize) -> Vec<Effect> {
    let ends = state.whole().map(all).unwrap_or_default();
    let Some(left) = left else {
        return finder::open(state, Kind::Compare(Some(index)));
    };
    match (ends.get(left).copied(), ends.get(index).copied()) {
        (Some(left), Some(right)) if left == right => {
            state.say(Tone::Plain, "both ends are the same: nothing differs");
            Vec::new()
        }
        (Some(left), Some(right)) => ask(state, (left, right)),
        _ => Vec::new(),
    }
}

/// What one most likely wants to compare an end with.
fn after(open: &Open, end: End) -> End {
    let own = End::Revision(open.change.name.number);
    let commits = &open.change.ends.commits;
    let next = match end {
        End::Base if commits.len() > 1 => commits.first(),
        End::Commit(oid) => {
            let at = commits.iter().position(|(commit, _)| *commit == oid);
            at.and_then(|at| commits.get(at + 1))
        }
        _ => None,
    };
    next.map_or(own, |(oid, _)| End::Commit(*oid))
}

/// Every end, in the order of the list.
fn all(open: &Open) -> Vec<End> {
    let ends = &open.change.ends;
    let mut all = vec![End::Base];
    all.extend(ends.commits.iter().map(|(oid, _)| End::Commit(*oid)));
    all.extend(ends.revisions.iter().map(|number| End::Revision(*number)));
    all
}

/// What can be picked.
pub(super) fn lines(state: &State, left: Option<usize>) -> Vec<Line> {
    let Some(open) = state.whole() else {
        return Vec::new();
    };
    let ends = all(open).into_iter().enumerate();
    ends.map(|(index, end)| {
        let (text, mut hint) = said(open, end);
        if left == Some(index) {
            hint.push_str(" · left");
        }
        let line = Line::new(text, hint, Leads::End(index));
        line.called(end.words()).completes(end.words())
    })
    .collect()
}

/// What an end is, and what else there is to say of it.
fn said(open: &Open, end: End) -> (String, String) {
    let ends = &open.change.ends;
    match end {
        End::Base => {
            let base = open.change.subject.base.commit.short(8);
            ("base".to_owned(), format!("what it stands on, {base}"))
        }
        End::Commit(oid) => {
            let at = ends.commits.iter().position(|(commit, _)| *commit == oid);
            let at = at.unwrap_or(0);
            let subject = ends.commits.get(at).map_or("", |(_, subject)| subject);
            let subject = visible::text(subject.as_bytes());
            let nth = format!("commit {} of {}", at + 1, ends.commits.len());
            (format!("{} {subject}", oid.short(8)), nth)
        }
        End::Revision(number) => {
            let known = ends.last.as_ref().filter(|last| last.revision == number);
            let hint = match known {
                _ if number == open.change.name.number => "this revision".to_owned(),
                Some(last) => last.did(),
                None => "another revision".to_owned(),
            };
            (format!("@{number}"), hint)
        }
    }
}

/// A remark on what the cursor is on, at its place in the revision that is judged; says why where
/// there is none.
pub(super) fn anchor(state: &mut State, mut remark: Remark) -> Option<Remark> {
    let Some(path) = remark.path.clone() else {
        return Some(remark);
    };
    let on = Lines {
        side: remark.side,
        line: remark.line,
        end_line: remark.end_line,
    };
    match state.open()?.anchored(&path, on) {
        Ok((path, on)) => {
            remark.path = Some(path);
            (remark.line, remark.end_line) = (on.line, on.end_line);
            Some(remark)
        }
        Err(why) => {
            let key = state.keymap.key(Place::Main, Action::CommentChange);
            let text = format!("{why} · {key} remarks on the change");
            state.say(Tone::Plain, text);
            None
        }
    }
}

/// What the pane shows, in words: `since you rejected @1`, `@1..@2`.
pub fn title(open: &Open) -> Option<String> {
    let compared = open.compared()?;
    let (from, to) = compared.ends;
    let last = open.change.ends.last.as_ref();
    let own = End::Revision(open.change.name.number);
    let known = last.filter(|last| End::Revision(last.revision) == from && to == own);
    Some(match known {
        Some(last) => format!("since {}", last.did()),
        None => {
            let subject = match to {
                End::Commit(oid) => {
                    let mut commits = open.change.ends.commits.iter();
                    let found = commits.find(|(commit, _)| *commit == oid);
                    found.map_or(String::new(), |(_, subject)| {
                        format!(" {}", visible::text(subject.as_bytes()))
                    })
                }
                _ => String::new(),
            };
            format!("{}..{}{subject}", from.words(), to.words())
        }
    })
}

/// Whether the file at an index is only what a rebase did.
pub fn is_rebase(open: &Open, file: usize) -> bool {
    let compared = open.compared();
    compared.is_some_and(|compared| compared.kind(file) == compare::Kind::Rebase)
}
