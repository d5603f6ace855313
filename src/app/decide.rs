//! Verdicts: the sheet, the reason, signing, taking back while it waits, pushing.

use super::action::Action;
use super::keymap::Place;
use super::reading::Stage;
use super::session::{Leaving, Tone, Waiting, past_tense};
use super::sheet::{Draft, Press, Sheet};
use super::visit::Kept;
use super::words::{Purpose, Words};
use super::{Dialog, Effect, Focus, State, arrive, remarks};
use crate::change::Sha256;
use crate::queue::{Home, RevisionName};
use crate::verdict::{Answer, VerdictKind};

/// What the message line says while a fetch that was asked for runs.
pub(super) const FETCHING: &str = "fetching …";

/// `a`: the sheet, where the diff has been on the screen; else the diff first.
pub(super) fn approve(state: &mut State) -> Vec<Effect> {
    if let Some(effects) = read_first(state, "read it first; a again approves") {
        let two = state.two_panes();
        if let Some(reading) = state.reading.as_mut() {
            let comes = matches!(reading.stage, Stage::Loading) && two;
            reading.wants_sheet = comes;
        }
        return effects;
    }
    if state.visit().is_none_or(|visit| !visit.was_shown) {
        // Read, and not drawn yet: the sheet would lie over what has not been seen.
        if let Some(reading) = state.reading.as_mut() {
            reading.wants_sheet = true;
        }
        return Vec::new();
    }
    show_sheet(state, VerdictKind::Approve);
    Vec::new()
}

/// `p`: the sheet for what was remarked, without a verdict.
pub(super) fn publish_remarks(state: &mut State) -> Vec<Effect> {
    let key = state.keymap.key(Place::Main, Action::PublishRemarks);
    let hint = format!("read it first; {key} again publishes remarks");
    if let Some(effects) = read_first(state, &hint) {
        return effects;
    }
    let wordless = state
        .visit()
        .is_none_or(|visit| visit.comments.is_empty() && visit.note.trim().is_empty());
    if wordless {
        let comment = state.keymap.key(Place::Main, Action::Comment);
        let change = state.keymap.key(Place::Main, Action::CommentChange);
        let text = format!("no remark to publish: {comment} writes one, {change} on the change");
        state.say(Tone::Plain, text);
        return Vec::new();
    }
    show_sheet(state, VerdictKind::Comment);
    Vec::new()
}

fn show_sheet(state: &mut State, kind: VerdictKind) {
    let words = state
        .visit()
        .map_or(String::new(), |visit| visit.note.clone());
    if let Some(sheet) = sheet(state, kind, words) {
        state.dialog = Some(Dialog::Sheet(Box::new(sheet)));
        state.notice = None;
    }
}

/// `r`: the reason box.
pub(super) fn reject(state: &mut State) -> Vec<Effect> {
    if let Some(effects) = read_first(state, "read it first; r again rejects") {
        return effects;
    }
    let begun = state.visit().map_or(String::new(), |v| v.words.clone());
    let mut words = Words::new(Purpose::Reason, begun);
    words.earlier.clone_from(&state.reasons);
    state.dialog = Some(Dialog::Words(Box::new(words), None));
    Vec::new()
}

/// Brings the current change's diff to the screen where it is not there; none where it is.
fn read_first(state: &mut State, hint: &str) -> Option<Vec<Effect>> {
    let reading = state.reading.as_ref();
    // In the diff it is what is read that is decided, wherever the queue's cursor has got to.
    let read = reading
        .filter(|_| state.focus == Focus::Diff)
        .map(|r| r.name.clone());
    let current = || state.queue.current().map(|entry| entry.name());
    let Some(name) = read.or_else(current) else {
        state.say(Tone::Plain, "nothing is selected");
        return Some(Vec::new());
    };
    let same = reading.is_some_and(|r| r.name.change() == name.change());
    if !same || (state.focus == Focus::Queue && !state.two_panes()) {
        state.focus = Focus::Diff;
        let effects = arrive::open_current(state);
        state.say(Tone::Plain, hint);
        return Some(effects);
    }
    match reading.map(|r| &r.stage) {
        Some(Stage::Open(_)) => None,
        Some(Stage::Failed(_)) => {
            state.say(
                Tone::Warning,
                "it could not be read, so it cannot be signed",
            );
            Some(Vec::new())
        }
        _ => {
            state.say(Tone::Plain, "still reading it");
            Some(Vec::new())
        }
    }
}

fn sheet(state: &State, kind: VerdictKind, words: String) -> Option<Sheet> {
    let (open, visit) = (state.whole()?, state.visit()?);
    Some(Sheet::new(kind, &open.change, visit, words))
}

/// The reason is written: on to the sheet.
pub(super) fn reason_written(state: &mut State, words: Words) -> Vec<Effect> {
    let reason = words.text.as_str().trim().to_owned();
    if reason.is_empty() {
        let mut words = words;
        words.complaint = Some("a rejection needs a reason: it goes back to its author".to_owned());
        state.dialog = Some(Dialog::Words(Box::new(words), None));
        return Vec::new();
    }
    if let Some((_, visit)) = state.both() {
        visit.words.clone_from(&reason);
    }
    if let Some(sheet) = sheet(state, VerdictKind::Reject, reason) {
        state.dialog = Some(Dialog::Sheet(Box::new(sheet)));
    }
    Vec::new()
}

/// Enter on the sheet.
pub(super) fn press_enter(state: &mut State, repeat: bool) -> Vec<Effect> {
    let now = state.clock.millis;
    let Some(Dialog::Sheet(sheet)) = &mut state.dialog else {
        return Vec::new();
    };
    match sheet.arming.enter(now, repeat) {
        Press::Signs => sign(state),
        Press::Dead | Press::Perhaps => Vec::new(),
    }
}

/// Signs where a second Enter has turned out not to be a held key.
pub(super) fn sign_if_due(state: &mut State) -> Vec<Effect> {
    let now = state.clock.millis;
    let (due, together) = match &mut state.dialog {
        Some(Dialog::Sheet(sheet)) => (sheet.arming.is_due(now), false),
        Some(Dialog::Batch(batch)) => (batch.arming.is_due(now), true),
        _ => (false, false),
    };
    match (due, together) {
        (false, _) => Vec::new(),
        (true, false) => sign(state),
        (true, true) => super::batch::sign(state),
    }
}

fn sign(state: &mut State) -> Vec<Effect> {
    let (Some(Dialog::Sheet(sheet)), Some(open), Some(visit)) =
        (&state.dialog, state.whole(), state.visit())
    else {
        return Vec::new();
    };
    if sheet.signing {
        return Vec::new();
    }
    if sheet.name != open.change.name {
        // Cannot happen while nothing is opened under a sheet; must not sign if it does.
        state.dialog = None;
        return Vec::new();
    }
    let waits = sheet.waits_for(open, visit);
    if !waits.is_empty() {
        state.say(
            Tone::Warning,
            format!("Enter waits for: {}", waits.join(", ")),
        );
        return Vec::new();
    }
    let draft = sheet.draft(open, visit);
    if let Some(Dialog::Sheet(sheet)) = &mut state.dialog {
        sheet.signing = true;
    }
    state.notice = None;
    vec![Effect::Decide(Box::new(draft))]
}

/// The checklist: pass, fail, does not apply, round and round.
pub(super) fn answer(state: &mut State, nth: usize) {
    let now = state.clock.millis;
    let is_alive = match &state.dialog {
        Some(Dialog::Sheet(sheet)) => sheet.arming.is_alive(now) && !sheet.signing,
        _ => false,
    };
    if !is_alive {
        return;
    }
    if let Some((_, visit)) = state.both()
        && let Some(answer) = visit.checklist.get_mut(nth)
    {
        *answer = match answer {
            None => Some(Answer::Pass),
            Some(Answer::Pass) => Some(Answer::Fail),
            Some(Answer::Fail) => Some(Answer::Na),
            Some(Answer::Na) => None,
        };
    }
}

/// A verdict was recorded, or signing it did not work.
pub(super) fn decided(
    state: &mut State,
    draft: &Draft,
    result: Result<Sha256, String>,
) -> Vec<Effect> {
    if matches!(&state.dialog, Some(Dialog::Batch(batch)) if batch.signs(draft)) {
        return super::batch::decided(state, draft, result);
    }
    let digest = match result {
        Ok(digest) => digest,
        Err(error) => {
            if let Some(Dialog::Sheet(sheet)) = &mut state.dialog {
                sheet.signing = false;
                // A key that was pressed meanwhile was meant for whoever asked for a passphrase.
                sheet.arming = super::sheet::Arming::default();
            }
            state.say(Tone::Bad, format!("not signed: {error} · all is kept"));
            return arrive::read_again(state, &draft.name);
        }
    };
    let mut effects = recorded(state, draft, digest);
    if matches!(&state.dialog, Some(Dialog::Sheet(sheet)) if sheet.name == draft.name) {
        state.dialog = None;
    }
    effects.extend(advance(state, draft));
    effects.extend(leave_if_due(state));
    effects
}

/// What was signed waits here to leave, and is not in writing any more.
pub(super) fn recorded(state: &mut State, draft: &Draft, digest: Sha256) -> Vec<Effect> {
    let undo_seconds = state.homes.session(&draft.name.home).undo_seconds;
    state.waiting.push(Waiting {
        digest,
        name: draft.name.clone(),
        kind: draft.kind,
        leaves_at: state.clock.millis + undo_seconds * 1000,
        stage: Leaving::Here,
    });
    state.notice = None;
    let visit = state.visits.entry(draft.name.clone()).or_default();
    // What went with it is said; what was written for a verdict of another kind is not.
    visit.note.clear();
    if draft.kind != VerdictKind::Withdraw {
        visit.comments.clear();
    }
    if matches!(draft.kind, VerdictKind::Approve | VerdictKind::Reject) {
        visit.words.clear();
    }
    let left = visit.kept();
    let left = (left != Kept::default()).then_some(left);
    let words = draft.summary.clone().unwrap_or_default();
    let remembered = remarks::remember(state, &words);
    let head = draft.subject.head.commit;
    let mut effects = vec![Effect::KeepDraft(draft.name.clone(), head, left)];
    effects.extend(remembered);
    show_drafts(state, &draft.name);
    effects
}

/// What was published is no draft any more.
fn show_drafts(state: &mut State, name: &RevisionName) {
    let layout = state.layout();
    let reads = state.reading.as_ref().is_some_and(|r| r.name == *name);
    if let Some((open, visit)) = state.both().filter(|_| reads) {
        open.collect_notes(visit);
        open.rebuild(layout);
    }
}

/// The cursor goes on to the next change that needs this person.
fn advance(state: &mut State, draft: &Draft) -> Vec<Effect> {
    let now = state.clock.wall;
    let of = &draft.name;
    let current = state.queue.current();
    let here = current.is_some_and(|entry| entry.is_of(&of.home, &of.id));
    let next = [true, false].into_iter().find_map(|forward| {
        let nth = state.queue.neighbour(forward)?;
        let entry = state.queue.shown(nth)?;
        let group = state.queue.group(entry);
        (group == super::queue::Group::NeedsYou).then(|| entry.change())
    });
    let decides = draft.kind != VerdictKind::Comment && draft.kind != VerdictKind::Withdraw;
    if !decides {
        return vec![Effect::Load(draft.name.home.clone())];
    }
    state.queue.decide(&draft.name, Some(draft.kind), now);
    if !here {
        return Vec::new();
    }
    if !state.two_panes() {
        state.focus = Focus::Queue;
    }
    match next {
        Some(next) => {
            state.queue.select(&next);
        }
        None if state.queue.is_empty() => {
            state.reading = None;
            state.focus = Focus::Queue;
        }
        None => {}
    }
    arrive::open_current(state)
}

/// `u`: takes back the newest verdict that is still here; else the withdrawal sheet.
pub(super) fn undo(state: &mut State) -> Vec<Effect> {
    let newest = state.waiting.iter_mut().rev();
    let mut newest = newest.filter(|w| w.stage != Leaving::Pushing);
    if let Some(waiting) = newest.next() {
        return vec![Effect::Undo(waiting.name.home.clone(), waiting.digest)];
    }
    let own = state
        .whole()
        .map(|open| open.change.replaced_by(VerdictKind::Withdraw));
    match own {
        Some(own) if !own.is_empty() => show_sheet(state, VerdictKind::Withdraw),
        _ => state.say(Tone::Plain, "nothing of yours to take back here"),
    }
    Vec::new()
}

/// A verdict was taken back, or was gone already.
pub(super) fn undone(
    state: &mut State,
    digest: &Sha256,
    result: Result<(), String>,
) -> Vec<Effect> {
    let Some(at) = state.waiting.iter().position(|w| w.digest == *digest) else {
        return Vec::new();
    };
    let home = state.waiting[at].name.home.clone();
    if let Err(error) = result {
        state.say(Tone::Bad, format!("not taken back: {error}"));
        return vec![Effect::Load(home)];
    }
    let waiting = state.waiting.remove(at);
    let now = state.clock.wall;
    state.queue.decide(&waiting.name, None, now);
    state.queue.select(&waiting.name.change());
    state.say(
        Tone::Plain,
        format!(
            "taken back: {} is not {}",
            waiting.name,
            past_tense(waiting.kind)
        ),
    );
    let mut effects = vec![Effect::Load(home)];
    effects.extend(arrive::open_current(state));
    effects
}

/// Verdicts whose time to be taken back is over leave.
pub(super) fn leave_if_due(state: &mut State) -> Vec<Effect> {
    let now = state.clock.millis;
    publish(state, |waiting| {
        waiting.stage == Leaving::Here && waiting.leaves_at <= now
    })
}

/// `P`: everything that waits here leaves now.
pub(super) fn push_now(state: &mut State) -> Vec<Effect> {
    let effects = publish(state, |waiting| waiting.stage != Leaving::Pushing);
    if effects.is_empty() {
        state.say(Tone::Plain, "nothing waits here");
    }
    effects
}

fn publish(state: &mut State, wanted: impl Fn(&Waiting) -> bool) -> Vec<Effect> {
    // Each clone pushes its own.
    let mut leaving: Vec<(Home, Vec<Sha256>)> = Vec::new();
    for waiting in state.waiting.iter_mut().filter(|w| wanted(w)) {
        waiting.stage = Leaving::Pushing;
        let home = &waiting.name.home;
        match leaving.iter_mut().find(|(known, _)| known == home) {
            Some((_, digests)) => digests.push(waiting.digest),
            None => leaving.push((home.clone(), vec![waiting.digest])),
        }
    }
    let leaving = leaving.into_iter();
    let effects = leaving.map(|(home, digests)| Effect::Publish(home, digests));
    effects.collect()
}

/// The remote took them, or said why not.
pub(super) fn published(
    state: &mut State,
    home: Home,
    digests: &[Sha256],
    result: Result<(), String>,
) -> Vec<Effect> {
    let names: Vec<String> = state
        .waiting
        .iter()
        .filter(|w| digests.contains(&w.digest))
        .map(|w| format!("{} {}", w.name, past_tense(w.kind)))
        .collect();
    match result {
        Ok(()) => {
            state.waiting.retain(|w| !digests.contains(&w.digest));
            let remote = state.homes.session(&home).remote.as_deref();
            let place = remote.map_or("in the notes here".to_owned(), |r| format!("on {r}"));
            state.say(Tone::Good, format!("{} · {place}", names.join(", ")));
        }
        Err(error) => {
            let kept = state
                .waiting
                .iter_mut()
                .filter(|w| digests.contains(&w.digest));
            kept.for_each(|w| w.stage = Leaving::Kept);
            state.say(
                Tone::Warning,
                home.says(&format!("not pushed, kept here: {error} · P tries again")),
            );
        }
    }
    vec![Effect::Load(home)]
}

/// `q` at the top: leaves, asking first where verdicts wait.
pub(super) fn quit(state: &mut State) -> Vec<Effect> {
    if state.waiting.iter().any(|w| w.stage != Leaving::Pushing) {
        state.dialog = Some(Dialog::Leaving);
        return Vec::new();
    }
    vec![Effect::Quit { publish: false }]
}
