//! What comes in from outside: time, size, frames that were drawn, results of slow work.

use super::change::Opened;
use super::homes::Hosted;
use super::reading::{Open, Stage, Visit};
use super::seen::Seen;
use super::session::{Clock, Leaving, Notice, Tone, Waiting};
use super::{Blanks, Dialog, Drawn, Effect, Focus, Loaded, State, colours, comparing, decide};
use crate::diff::FileDiff;
use crate::diff::rows::Layout;
use crate::queue::{Entry, Given, Home, RevisionName, State as Standing};

/// A pause longer than this does not count as reading, in milliseconds.
const PAUSE: u64 = 60_000;

/// Time has passed: reading time is counted, verdicts leave, fetches fall due.
pub(super) fn now(state: &mut State, clock: Clock) -> Vec<Effect> {
    let before = std::mem::replace(&mut state.clock, clock).millis;
    let reads = state.dialog.is_none() && (state.focus == Focus::Diff || state.two_panes());
    // A screen that nobody touches for long is not being read, however often it wakes up.
    let until = state.reading.as_ref().map_or(0, |r| r.touched + PAUSE);
    if reads
        && let Some((_, visit)) = state.both()
        && visit.was_shown
    {
        visit.millis += clock.millis.min(until).saturating_sub(before);
    }
    super::queue::snooze::wake(state);
    let mut effects = decide::sign_if_due(state);
    effects.extend(decide::leave_if_due(state));
    for hosted in state.homes.iter_mut() {
        if hosted.sync.next.is_some_and(|at| at <= clock.millis) {
            hosted.sync.next = None;
            if !std::mem::replace(&mut hosted.sync.running, true) {
                effects.push(Effect::Fetch(hosted.home.clone()));
            }
        }
    }
    effects
}

/// Another size.
pub(super) fn size(state: &mut State, columns: u16, rows: u16) -> Vec<Effect> {
    state.size = (columns, rows);
    let layout = state.layout();
    if let Some(open) = state.open_mut()
        && open.layout != layout
    {
        open.rebuild(layout);
    }
    open_current(state)
}

/// A frame was drawn: what it showed is what was seen.
pub(super) fn drawn(state: &mut State, drawn: Drawn) -> Vec<Effect> {
    if let Some((top, page)) = drawn.queue {
        (state.queue.top, state.queue.page) = (top, page.max(1));
    }
    in_front(state, &drawn);
    if let Some(reading) = state.reading.as_mut() {
        reading.is_drawn = true;
    }
    let Some((generation, window)) = drawn.diff else {
        return Vec::new();
    };
    if state.reading.as_ref().map(super::Reading::pane) != Some(generation) {
        return Vec::new();
    }
    let (in_diff, millis) = (state.focus == Focus::Diff, state.clock.millis);
    let Some((open, visit)) = state.both() else {
        return Vec::new();
    };
    open.top = window.rows.start;
    open.pan.lines = window
        .inside
        .as_ref()
        .map_or(0, |inside| inside.shown.start);
    open.window = window;
    if open.compared().is_some() {
        return comparing::drawn(state, generation);
    }
    let rows = open.rows.as_slice();
    let shown = rows.get(open.window.rows.clone()).unwrap_or_default();
    visit.was_shown |= !shown.is_empty();
    let seen = visit.seen.learn(shown, open.files(), &open.window);
    let seen = seen.map(|seen| open.named(seen));
    let can_open = visit.was_shown && open.change.complete;
    let mut effects: Vec<Effect> = colours::ask(open, generation).into_iter().collect();
    if in_diff {
        effects.extend(comparing::enter(open, visit, millis));
    }
    if let (Some(seen), Some(reading)) = (seen, &state.reading) {
        effects.push(Effect::KeepSeen(reading.name.clone(), seen));
    }
    let wants = state.reading.as_mut().filter(|_| can_open);
    let wants = wants.is_some_and(|reading| std::mem::take(&mut reading.wants_sheet));
    if wants && state.dialog.is_none() {
        effects.extend(decide::approve(state));
    }
    effects
}

/// What lay in front of the panes in a frame.
fn in_front(state: &mut State, drawn: &Drawn) {
    let now = state.clock.millis;
    match (&mut state.dialog, drawn.page) {
        (Some(Dialog::Page(page)), Some(extent)) => {
            page.extent = extent;
            page.top = page.top.min(extent.1.saturating_sub(extent.0));
        }
        (Some(Dialog::Batch(batch)), Some(extent)) if drawn.sheet => batch.drawn(now, extent),
        (Some(Dialog::Sheet(sheet)), Some(extent)) if sheet.bytes.is_some() => {
            if let Some(page) = &mut sheet.bytes {
                page.extent = extent;
                page.turn(None);
            }
        }
        (Some(Dialog::Sheet(sheet)), Some(extent)) if drawn.sheet => {
            sheet.drawn(now, drawn.top.unwrap_or(sheet.top), extent);
        }
        (Some(Dialog::Words(words, _)), _) if drawn.words => words.arming.drawn(now),
        _ => {}
    }
}

/// The queue of a clone, read anew.
pub(super) fn loaded(
    state: &mut State,
    home: &Home,
    result: Result<Loaded, String>,
) -> Vec<Effect> {
    // Until somebody touches a key the most urgent of all clones is the one to begin with.
    let first = state.queue.entries.is_empty()
        || (state.homes.are_several() && !state.homes.were_read() && !state.homes.is_touched);
    let hosted = state.homes.hosted(home);
    hosted.was_read = true;
    let loaded = match result {
        Ok(loaded) => loaded,
        Err(error) => {
            hosted.failed = Some(error.clone());
            state.say(Tone::Bad, home.says(&error));
            return Vec::new();
        }
    };
    hosted.failed = None;
    hosted.session = loaded.session;
    hosted.sync.at = loaded.fetched.or(hosted.sync.at);
    let before = read_entry(state).filter(|entry| entry.home == *home);
    let before = before.cloned();
    schedule_fetch(state, home);
    state.queue.load(home, loaded.entries, state.clock.wall);
    for (digest, name, kind) in loaded.outbox {
        if !state.waiting.iter().any(|w| w.digest == digest) {
            state.waiting.push(Waiting {
                digest,
                name: home.revision(name),
                kind,
                leaves_at: 0,
                stage: Leaving::Kept,
            });
        }
    }
    if first {
        state.queue.move_to(0);
    }
    notice_newer(state);
    // What is being read or signed is never put away by something that merely arrived.
    let mut effects = Vec::new();
    if state.focus == Focus::Queue && state.dialog.is_none() {
        effects.extend(open_current(state));
    }
    effects.extend(refresh(state, before.as_ref()));
    effects
}

/// The row of the change that is being read.
fn read_entry(state: &State) -> Option<&Entry> {
    let name = &state.reading.as_ref()?.name;
    let row = state.queue.row_of(name);
    row.filter(|entry| entry.revision == name.number)
}

/// Says what somebody else did to the change that is being read, and reads anew what it needs now;
/// the place in the diff stays.
fn refresh(state: &mut State, before: Option<&Entry>) -> Vec<Effect> {
    let Some(before) = before else {
        return Vec::new();
    };
    let row = state.queue.row_of(&before.name());
    let Some(after) = row.filter(|entry| entry.revision == before.revision) else {
        if row.is_none() {
            let text = format!("{} is not in the queue any more", before.name());
            state.say(Tone::Warning, text);
        }
        return Vec::new();
    };
    if after.state.is_over() && !before.state.is_over() {
        let text = over(after);
        state.say(Tone::Warning, text);
        return Vec::new();
    }
    let alike = |a: &[Given], b: &[Given]| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.digest == b.digest)
    };
    if alike(&before.approvals, &after.approvals) && alike(&before.rejections, &after.rejections) {
        return Vec::new();
    }
    let name = after.name();
    let own = state.homes.session(&after.home).person.clone();
    let others = |given: &[Given], known: &[Given]| {
        let new = given.iter().find(|one| {
            Some(&one.reviewer) != own.as_ref() && known.iter().all(|old| old.digest != one.digest)
        });
        new.map(|one| one.reviewer.clone())
    };
    let approved = others(&after.approvals, &before.approvals);
    let rejected = others(&after.rejections, &before.rejections);
    if let Some(who) = rejected {
        state.say(Tone::Warning, format!("{who} rejected {name} just now"));
    } else if let Some(who) = approved {
        state.say(Tone::Plain, format!("{who} approved {name} just now"));
    }
    if state.dialog.is_some() {
        // What is read or signed under a sheet stays as it was; the words above say what is new.
        return Vec::new();
    }
    read_again(state, &name)
}

/// Reads what is on the screen once more, where it is this; the place in it stays.
pub(super) fn read_again(state: &mut State, name: &RevisionName) -> Vec<Effect> {
    let generation = state.generation + 1;
    match state.reading.as_mut() {
        Some(reading) if reading.name == *name => {
            state.generation = generation;
            reading.generation = generation;
            vec![Effect::Open(name.clone(), generation)]
        }
        _ => Vec::new(),
    }
}

/// How a change has just ended.
fn over(entry: &Entry) -> String {
    let how = match entry.state {
        Standing::Landed => "landed",
        _ => "was taken back by its submitter",
    };
    format!("{} {how} just now", entry.name())
}

/// Tells the reader that a newer revision of what is on the screen has come.
fn notice_newer(state: &mut State) {
    let Some(reading) = &state.reading else {
        return;
    };
    let name = reading.name.clone();
    let newest = state.queue.row_of(&name);
    let newer = newest.map(|e| e.revision).filter(|n| *n > name.number);
    let now = state.clock.millis;
    if let Some(open) = state.whole_mut() {
        let known = open.newer.filter(|(number, _)| Some(*number) == newer);
        open.newer = known.or_else(|| newer.map(|number| (number, now)));
    }
}

/// Opens the change under the cursor: its diff stands beside the queue, or a preview under it.
pub(super) fn open_current(state: &mut State) -> Vec<Effect> {
    let Some(entry) = state.queue.current() else {
        // Nothing is shown: a card says so.
        state.reading = None;
        state.focus = Focus::Queue;
        return Vec::new();
    };
    let name = entry.name();
    // A newer revision of what is being read is announced, not put in its place.
    let same = |read: &RevisionName| {
        *read == name
            || (read.change() == name.change()
                && state.focus == Focus::Diff
                && read.number < name.number)
    };
    if state
        .reading
        .as_ref()
        .is_some_and(|reading| same(&reading.name))
    {
        return Vec::new();
    }
    open(state, name)
}

/// Asks for a change.
pub(super) fn open(state: &mut State, name: RevisionName) -> Vec<Effect> {
    state.generation += 1;
    state.reading = Some(super::Reading {
        name: name.clone(),
        generation: state.generation,
        stage: Stage::Loading,
        wants_sheet: false,
        pressed: None,
        touched: state.clock.millis,
        is_drawn: false,
        compare: None,
        wanted: None,
    });
    vec![Effect::Open(name, state.generation)]
}

/// A change was read. Results of older requests are dropped.
pub(super) fn opened(
    state: &mut State,
    generation: u64,
    result: Result<Box<Opened>, String>,
) -> Vec<Effect> {
    let hides = state.look.blanks == Blanks::Hidden;
    let layout = state.layout();
    let Some(reading) = state
        .reading
        .as_mut()
        .filter(|r| r.generation == generation)
    else {
        return Vec::new();
    };
    let visit = state.visits.entry(reading.name.clone()).or_default();
    match result {
        // What could not be read once more stays as it was read.
        Err(_) if matches!(reading.stage, Stage::Open(_)) => {}
        Err(error) => reading.stage = Stage::Failed(error),
        Ok(change) => {
            let mut open = taken_up(visit, *change, layout);
            if let Stage::Open(before) = &reading.stage {
                open.stay(before);
            }
            if hides != open.folds.blanks {
                open.folds.blanks = hides;
                open.rebuild(layout);
            }
            if let Some(compare) = &mut reading.compare {
                compare.take_over(&mut open, visit);
            }
            reading.stage = Stage::Open(Box::new(open));
        }
    }
    if let (Some(Dialog::Sheet(sheet)), Stage::Open(open)) = (&mut state.dialog, &reading.stage) {
        // What is signed is what is read now; the sheet says it anew, and is dead until it was seen.
        sheet.supersedes = open.change.replaced_by(sheet.kind);
        sheet.is_new();
    }
    comparing::ask_if_wanted(state)
}

/// A change as it was read, with what was written, answered and seen of it before.
pub(super) fn taken_up(visit: &mut Visit, mut change: Opened, layout: Layout) -> Open {
    if let Some(kept) = change.kept.take().filter(|_| !visit.restored) {
        visit.take_up(kept);
    }
    let open = Open::new(change, layout, visit);
    visit.restored = true;
    // Where the diff is another one than when it was read, its hunks have other numbers:
    // what was kept is known by its lines.
    let subject = &open.change.subject;
    let of = (subject.base.commit, subject.head.commit);
    if visit.seen_of.replace(of) != Some(of) {
        visit.seen = Seen::default();
        for (file, hunk) in &open.change.seen {
            visit.seen.set(*file, *hunk);
        }
    }
    open
}

/// More files of the change.
pub(super) fn more(
    state: &mut State,
    generation: u64,
    files: Vec<FileDiff>,
    last: bool,
) -> Vec<Effect> {
    let current = state.reading.as_ref().map(|reading| reading.generation);
    if current == Some(generation)
        && let Some(open) = state.whole_mut()
    {
        open.append(files, last);
    }
    if let Some(reading) = state.reading.as_mut()
        && let (Some(compare), Stage::Open(whole)) = (&mut reading.compare, &reading.stage)
    {
        compare.link(whole);
    }
    comparing::ask_if_wanted(state)
}

/// A fetch into a clone ended; its queue is read again.
pub(super) fn synced(state: &mut State, home: Home, result: Result<(), String>) -> Vec<Effect> {
    state.homes.hosted(&home).sync.running = false;
    schedule_fetch(state, &home);
    let (wall, others) = (state.clock.wall, state.homes.sync().running);
    let sync = &mut state.homes.hosted(&home).sync;
    match result {
        Ok(()) => {
            sync.failed = None;
            sync.at = Some(wall);
            if !others
                && state
                    .notice
                    .as_ref()
                    .is_some_and(|n| n.text == decide::FETCHING)
            {
                state.notice = None;
            }
        }
        Err(error) => {
            sync.failed = Some(error.clone());
            state.notice = Some(Notice {
                tone: Tone::Warning,
                text: home.says(&format!("not fetched: {error}")),
            });
        }
    }
    vec![Effect::Load(home)]
}

fn schedule_fetch(state: &mut State, home: &Home) {
    let now = state.clock.millis;
    let Hosted { session, sync, .. } = state.homes.hosted(home);
    let wanted = session.remote.is_some() && session.fetch_seconds > 0;
    if wanted && sync.next.is_none() && !sync.running {
        sync.next = Some(now + session.fetch_seconds * 1000);
    }
}
