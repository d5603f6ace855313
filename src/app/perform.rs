//! What the keys of queue and diff do.

use super::action::Action;
use super::finder::{self, Kind};
use super::moving::Move;
use super::queue::snooze;
use super::sheet::counted;
use super::{
    Blanks, Effect, Focus, Lines, Numbers, PageKind, State, Tone, around, arrive, batch, boxes,
    browse, comparing, decide, looked_up, remarks, search, work,
};
use crate::diff::rows::Layout;
use crate::diff::visible;

/// Performs an action of the panes.
pub(super) fn perform(state: &mut State, action: Action) -> Vec<Effect> {
    if action == Action::Open
        && let Some(effects) = work::open_again(state)
    {
        return effects;
    }
    if let Some(effects) = reading(state, action) {
        return effects;
    }
    if let Some(view) = Action::VIEWS.iter().position(|view| *view == action) {
        return turn_to(state, view);
    }
    match action {
        Action::Approve => decide::approve(state),
        Action::ApproveMarked => batch::approve(state),
        Action::Reject => decide::reject(state),
        Action::Tick => tick(state),
        Action::Undo => decide::undo(state),
        Action::PushNow => decide::push_now(state),
        Action::Comment => remarks::remark(state, false),
        Action::PublishRemarks => decide::publish_remarks(state),
        Action::Select => browse::select(state),
        Action::CommentChange => remarks::remark(state, true),
        Action::Later => later(state),
        Action::Snooze => snooze::press(state),
        Action::Claim => claim(state),
        Action::Refresh => refresh(state),
        Action::Search => boxes::search_box(state),
        Action::CopyId => copy_id(state),
        Action::CopyText => copy_text(state),
        Action::Help => boxes::page(state, PageKind::Help),
        Action::Details => boxes::page(state, PageKind::Details),
        Action::Log => boxes::page(state, PageKind::Log),
        Action::Palette => finder::open(state, Kind::Command),
        Action::Themes => finder::open(state, Kind::Theme),
        Action::EditFile => edit_file(state),
        Action::Shell => browse::shell(state),
        Action::Leave => leave(state),
        Action::Quit => quit(state),
        Action::QuitNow => decide::quit(state),
        _ => look(state, action),
    }
}

/// How things look.
fn look(state: &mut State, action: Action) -> Vec<Effect> {
    let layout = state.layout();
    let look = &mut state.look;
    match action {
        Action::Split => {
            look.layout = Some(match layout {
                Layout::Unified => Layout::Split,
                Layout::Split => Layout::Unified,
            });
        }
        Action::Wrap => {
            look.lines = match look.lines {
                Lines::Wrapped => Lines::Cut,
                Lines::Cut => Lines::Wrapped,
            };
        }
        Action::Numbers => {
            look.numbers = match look.numbers {
                Numbers::Shown => Numbers::Hidden,
                Numbers::Hidden => Numbers::Shown,
            };
        }
        Action::Whitespace => {
            look.blanks = match look.blanks {
                Blanks::Plain => Blanks::Shown,
                Blanks::Shown => Blanks::Hidden,
                Blanks::Hidden => Blanks::Plain,
            };
        }
        _ => {}
    }
    let (layout, wraps) = (state.layout(), state.look.lines == Lines::Wrapped);
    let hides = state.look.blanks == Blanks::Hidden;
    if let Some(open) = state.open_mut() {
        let differs = open.folds.blanks != hides;
        open.folds.blanks = hides;
        if open.layout != layout || differs {
            open.rebuild(layout);
        }
        if wraps {
            open.pan.columns = 0;
        }
    }
    if action == Action::Whitespace {
        say_blanks(state);
    }
    Vec::new()
}

/// Says what of white space is shown now.
fn say_blanks(state: &mut State) {
    let hidden = state.open().map_or(0, |open| open.rows.hidden());
    let said = match state.look.blanks {
        Blanks::Plain => "white space as it is".to_owned(),
        Blanks::Shown => "white space by signs".to_owned(),
        Blanks::Hidden => {
            let lines = counted(hidden, "line", "lines");
            format!("changes of white space alone are hidden: {lines}, not counted as seen")
        }
    };
    state.say(Tone::Plain, said);
}

/// Moves; none where the action is no move.
fn reading(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    if state.focus == Focus::Queue
        && let Some(effects) = in_queue(state, action)
    {
        return Some(effects);
    }
    let to = match action {
        Action::Down => Move::Rows(1),
        Action::Up => Move::Rows(-1),
        Action::HalfDown => Move::Halves(1),
        Action::HalfUp => Move::Halves(-1),
        Action::PageDown => Move::Pages(1),
        Action::PageUp | Action::ReadBack => Move::Pages(-1),
        Action::Top => Move::Top,
        Action::Bottom => Move::Bottom,
        Action::NextHunk => Move::Hunk(true),
        Action::PreviousHunk => Move::Hunk(false),
        Action::NextFile => Move::File(true),
        Action::PreviousFile => Move::File(false),
        _ => return other_moves(state, action),
    };
    let effects = enter_diff(state);
    if let Some(open) = state.open_mut() {
        open.go(to);
    }
    Some(effects)
}

/// Moves that stay in the queue while it has the keys.
fn in_queue(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    let page = i64::try_from(state.queue.page).unwrap_or(1);
    let all = i64::try_from(state.queue.len()).unwrap_or(i64::MAX);
    Some(match action {
        Action::Down => move_in_queue(state, 1),
        Action::Up => move_in_queue(state, -1),
        Action::HalfDown => move_in_queue(state, page / 2),
        Action::HalfUp => move_in_queue(state, -page / 2),
        Action::PageDown => move_in_queue(state, page),
        Action::PageUp => move_in_queue(state, -page),
        Action::Top => move_in_queue(state, -all),
        Action::Bottom => move_in_queue(state, all),
        Action::ReadOn | Action::Open | Action::Forward | Action::NextPane => {
            if state.queue.is_empty() {
                return Some(Vec::new());
            }
            enter_diff(state)
        }
        Action::Back | Action::ReadBack => Vec::new(),
        Action::Fold if state.queue.fold_snoozed(state.clock.wall) => arrive::open_current(state),
        _ => return None,
    })
}

/// Moves of the diff that are more than a step, and moves between changes.
fn other_moves(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    Some(match action {
        Action::ReadOn => browse::read_on(state),
        Action::NextPoint | Action::PreviousPoint => {
            let effects = enter_diff(state);
            let forward = action == Action::NextPoint;
            let found = state
                .both()
                .map(|(open, visit)| open.next_point(forward, visit));
            if found == Some(false) {
                state.say(Tone::Plain, "no finding, open remark or match here");
            }
            effects
        }
        Action::NextChange => next_change(state, true),
        Action::PreviousChange => next_change(state, false),
        Action::GoToFile => finder::open(state, Kind::File),
        Action::Back if browse::pan(state, -8) => Vec::new(),
        Action::Forward if browse::pan(state, 8) => Vec::new(),
        Action::Back | Action::NextPane => {
            state.focus = Focus::Queue;
            arrive::open_current(state)
        }
        Action::Open => browse::open_here(state),
        Action::Forward => Vec::new(),
        Action::Fold => browse::fold(state),
        Action::WordUses => search::word(state),
        Action::Blame => looked_up::blame(state),
        Action::OpenSession => looked_up::open_session(state),
        Action::MoreContext => around::more(state),
        Action::LessContext => around::less(state),
        Action::SinceLast => comparing::since_last(state),
        Action::Compare => comparing::pick(state),
        Action::FileSeen => browse::file_seen(state, false),
        Action::FileSeenNext => browse::file_seen(state, true),
        _ => return None,
    })
}

/// Gives the keys to the diff.
pub(super) fn enter_diff(state: &mut State) -> Vec<Effect> {
    if state.focus == Focus::Diff || state.queue.is_empty() {
        return Vec::new();
    }
    // Asked for from the queue, the newest revision is opened.
    let effects = arrive::open_current(state);
    state.focus = Focus::Diff;
    effects
}

/// Moves the cursor of the queue; the diff beside it follows.
pub(super) fn move_in_queue(state: &mut State, by: i64) -> Vec<Effect> {
    let by = isize::try_from(by).unwrap_or(0);
    let to = state.queue.cursor().saturating_add_signed(by);
    state.queue.move_to(to);
    arrive::open_current(state)
}

fn next_change(state: &mut State, forward: bool) -> Vec<Effect> {
    match state.queue.neighbour(forward) {
        Some(nth) => {
            state.queue.move_to(nth);
            arrive::open_current(state)
        }
        None => {
            let end = if forward { "last" } else { "first" };
            state.say(Tone::Plain, format!("this is the {end} of the queue"));
            Vec::new()
        }
    }
}

/// Turns to a tab.
pub(super) fn turn_to(state: &mut State, view: usize) -> Vec<Effect> {
    let now = state.clock.wall;
    if view >= state.queue.views.len() {
        let text = format!("no view {}: [[views]] in config.toml adds one", view + 1);
        state.say(Tone::Plain, text);
        return Vec::new();
    }
    state.queue.turn_to(view, now);
    state.focus = Focus::Queue;
    arrive::open_current(state)
}

/// `x`: in the queue marks the row; in the diff answers the finding under the cursor, or the one that
/// hangs on its line, or takes a draft out.
fn tick(state: &mut State) -> Vec<Effect> {
    if state.focus == Focus::Queue {
        return batch::mark(state);
    }
    if remarks::take_out_or_in(state) {
        return Vec::new();
    }
    let Some((open, visit)) = state.both() else {
        return Vec::new();
    };
    let mut below = (open.cursor..open.rows.len()).take(2);
    let found = below.find_map(|row| Some((row, open.note_at(row)?.finding()?.to_owned())));
    match found {
        Some((row, _)) if !open.window.rows.contains(&row) => {
            // The key was typed before the finding was drawn.
            state.say(
                Tone::Plain,
                "that finding was not on the screen yet: press again",
            );
        }
        Some((_, id)) => match visit.answers.remove(&id) {
            None => {
                visit.answers.insert(id, None);
                state.say(
                    Tone::Plain,
                    "answered; Enter on the finding adds a sentence",
                );
            }
            Some(Some(words)) => {
                remarks::keep_answer(state, &id, &words);
                let text = "not answered any more; Enter brings its sentence back";
                state.say(Tone::Plain, text);
            }
            Some(None) => state.say(Tone::Plain, "not answered any more"),
        },
        None => state.say(Tone::Plain, "no finding on this line; n goes to the next"),
    }
    Vec::new()
}

fn later(state: &mut State) -> Vec<Effect> {
    let Some(entry) = state.queue.current() else {
        return Vec::new();
    };
    let now = state.clock.wall;
    let (name, back) = (entry.change(), state.queue.is_later(entry));
    state.queue.later(now);
    let text = if back {
        "back in its place"
    } else {
        "at the end of its group, for this session; s again brings it back"
    };
    state.say(Tone::Plain, format!("{name}: {text}"));
    arrive::open_current(state)
}

fn claim(state: &mut State) -> Vec<Effect> {
    let Some(entry) = state.queue.current() else {
        return Vec::new();
    };
    let person = state.homes.session(&entry.home).person.as_ref();
    let mine = entry
        .claim
        .as_ref()
        .is_some_and(|claim| claim.until > state.clock.wall && Some(&claim.reviewer) == person);
    vec![Effect::Claim(entry.change(), !mine)]
}

fn refresh(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut fetches = false;
    for hosted in state.homes.iter_mut() {
        let home = hosted.home.clone();
        if hosted.session.remote.is_none() {
            effects.push(Effect::Load(home));
        } else if !std::mem::replace(&mut hosted.sync.running, true) {
            fetches = true;
            effects.push(Effect::Sync(home));
        }
    }
    if fetches {
        state.say(Tone::Plain, decide::FETCHING);
    }
    effects
}

fn copy_id(state: &mut State) -> Vec<Effect> {
    let Some(name) = state.queue.current().map(|entry| entry.name().to_string()) else {
        return Vec::new();
    };
    state.say(Tone::Plain, format!("copied {name}"));
    vec![Effect::Copy(name)]
}

fn copy_text(state: &mut State) -> Vec<Effect> {
    let Some(open) = state.open() else {
        return Vec::new();
    };
    let text = open.rows.get(open.cursor).and_then(|row| {
        if let Some(note) = open.note_at(open.cursor) {
            return Some(note.text.clone());
        }
        let line = open.line_of(row)?;
        Some(visible::text(line.bytes).into_owned())
    });
    let Some(text) = text else {
        return Vec::new();
    };
    state.say(Tone::Plain, "copied the line");
    vec![Effect::Copy(text)]
}

fn edit_file(state: &mut State) -> Vec<Effect> {
    let Some(open) = state.open() else {
        return Vec::new();
    };
    let (path, _, line, _) = open.target();
    match path.filter(|path| path.as_bytes() != super::change::MESSAGE_PATH.as_bytes()) {
        Some(path) => vec![Effect::EditFile(state.home(), path, line)],
        None => Vec::new(),
    }
}

/// Esc: leaves a selection, a search, a comparison or a filter; never the program.
fn leave(state: &mut State) -> Vec<Effect> {
    let now = state.clock.wall;
    let selects = state.open().is_some_and(|open| open.anchor.is_some());
    if let Some(open) = state.open_mut().filter(|_| selects) {
        open.anchor = None;
    } else if state.open().is_some_and(|open| open.search.is_some()) {
        boxes::search(state, "");
    } else if state.focus == Focus::Queue && state.queue.unmark_all() {
        state.say(Tone::Plain, "no row is marked any more");
    } else if state.focus == Focus::Diff && comparing::leave(state) {
        // The whole change is in the pane again.
    } else if state.focus == Focus::Queue && !state.queue.words.is_empty() {
        let _ = state.queue.filter("", now);
    }
    Vec::new()
}

/// `q`: from the diff to the queue, from the queue out.
fn quit(state: &mut State) -> Vec<Effect> {
    if state.focus == Focus::Diff {
        state.focus = Focus::Queue;
        return arrive::open_current(state);
    }
    decide::quit(state)
}
