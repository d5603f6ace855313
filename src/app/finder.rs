//! A list that narrows down while one types: commands, files, themes, how long to put a change off,
//! ends to compare. Choosing runs what was chosen.

use super::action::{Action, Section};
use super::command::{self, Command};
use super::text::{Edit, Text};
use super::{
    Dialog, Effect, Focus, State, Tone, arrive, browse, comparing, fuzzy, keys, perform, queue,
};
use crate::queue::Until;

/// Commands that were run last are at the top; so many of them.
const RECENT: usize = 8;

/// The list on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finder {
    /// What is looked for.
    pub kind: Kind,
    /// What was typed.
    pub text: Text,
    /// What can be chosen.
    pub lines: Vec<Line>,
    /// Those that fit what was typed, the best first.
    pub fitting: Vec<usize>,
    /// Which of those is chosen.
    pub chosen: usize,
    /// Why it cannot be taken.
    pub complaint: Option<String>,
    /// The theme before any was tried.
    before: usize,
}

/// What a finder looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A command.
    Command,
    /// A file of the change.
    File,
    /// A theme.
    Theme,
    /// How long a change is put off.
    Snooze,
    /// An end to compare: the second one where the first is given, by its place in the list.
    Compare(Option<usize>),
}

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it says.
    pub text: String,
    /// The keys that do the same, or what else there is to say of it.
    pub hint: String,
    /// Its heading in the help; empty where there is none.
    pub section: &'static str,
    /// What is found by more words than those it shows.
    name: String,
    /// What the line becomes when it is completed.
    completed: String,
    leads_to: Leads,
}

/// Where a line leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leads {
    /// To an action.
    Action(Action),
    /// To a command, whose word comes next.
    Command(Command),
    /// To a file of the change.
    File(usize),
    /// To a theme.
    Theme(usize),
    /// To a view of the queue.
    View(usize),
    /// To putting the change off.
    Snooze(Until),
    /// To an end of a comparison, by its place in the list.
    End(usize),
}

impl Line {
    pub(super) fn new(text: impl Into<String>, hint: impl Into<String>, leads_to: Leads) -> Self {
        Self {
            text: text.into(),
            hint: hint.into(),
            section: "",
            name: String::new(),
            completed: String::new(),
            leads_to,
        }
    }

    /// What it is found by beside what it shows; who types just that means it.
    pub(super) fn called(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// What the line becomes when it is completed.
    pub(super) fn completes(mut self, word: impl Into<String>) -> Self {
        self.completed = word.into();
        self
    }

    /// How well what was typed fits: its name more than its sentence.
    fn score(&self, typed: &str) -> Option<i32> {
        let named = fuzzy::score(typed, &self.name).map(|score| score + 20);
        let exact = (!typed.is_empty() && typed == self.name).then_some(1000);
        let said = fuzzy::score(typed, &self.text);
        let all = format!("{} {} {}", self.text, self.section, self.hint);
        let filed = fuzzy::score(typed, &all);
        exact
            .max(named)
            .max(said)
            .max(filed.map(|score| score - 10))
    }
}

impl Finder {
    /// The word that is being looked for: behind a command, else all that was typed.
    fn word(&self) -> &str {
        match (self.kind, Command::split(self.text.as_str())) {
            (Kind::Command, Some((_, word))) => word,
            _ => self.text.as_str(),
        }
    }

    /// The line that is chosen.
    pub fn line(&self) -> Option<&Line> {
        self.lines.get(*self.fitting.get(self.chosen)?)
    }
}

/// Opens a finder.
pub(super) fn open(state: &mut State, kind: Kind) -> Vec<Effect> {
    let needs_change = matches!(kind, Kind::File | Kind::Compare(_));
    if needs_change && state.open().is_none() {
        return Vec::new();
    }
    let before = state.look.themes.current;
    let mut finder = Finder {
        kind,
        text: Text::default(),
        lines: Vec::new(),
        fitting: Vec::new(),
        chosen: 0,
        complaint: None,
        before,
    };
    fill(state, &mut finder);
    if kind == Kind::Theme {
        finder.chosen = before.min(finder.fitting.len().saturating_sub(1));
    }
    if let Kind::Compare(left) = kind {
        finder.chosen = comparing::likely(state, left);
    }
    state.dialog = Some(Dialog::Find(Box::new(finder)));
    Vec::new()
}

/// Finds anew what can be chosen and what of it fits.
fn fill(state: &State, finder: &mut Finder) {
    let typed = finder.text.as_str();
    finder.lines = match (finder.kind, Command::split(typed)) {
        (Kind::Command, Some((command, _))) => command.lines(state),
        (Kind::Command, None) => commands(state),
        (Kind::File, _) => command::files(state),
        (Kind::Theme, _) => command::themes(state),
        (Kind::Snooze, _) => snoozes(),
        (Kind::Compare(left), _) => comparing::lines(state, left),
    };
    let typed = finder.word().replace('_', " ").to_lowercase();
    let scored = finder.lines.iter().enumerate();
    let mut scored: Vec<(i32, usize)> = scored
        .filter_map(|(nth, line)| Some((line.score(typed.trim())?, nth)))
        .collect();
    if !typed.trim().is_empty() {
        scored.sort_by_key(|(score, nth)| (-score, *nth));
    }
    finder.fitting = scored.into_iter().map(|(_, nth)| nth).collect();
    finder.chosen = 0;
    finder.complaint = None;
}

/// How long a change can be put off.
fn snoozes() -> Vec<Line> {
    let all = Until::ALL.iter().enumerate();
    all.map(|(nth, until)| {
        let number = (nth + 1).to_string();
        Line::new(until.says(), number, Leads::Snooze(*until)).completes(until.says())
    })
    .collect()
}

/// Everything that can be done here: what was run last first.
fn commands(state: &State) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    // Moves come last: who looks for a command does not look for "down".
    let (moves, others): (Vec<Action>, Vec<Action>) = Action::ALL
        .iter()
        .partition(|action| action.section() == Section::Reading);
    let recent = state.look.recent.iter().rev().copied();
    let all = recent.chain(others).chain(moves);
    for action in all.filter(|action| can(state, *action)) {
        if lines
            .iter()
            .all(|line| line.leads_to != Leads::Action(action))
        {
            lines.push(of_action(state, action));
        }
    }
    for command in Command::ALL.into_iter().filter(|c| can(state, c.action())) {
        let (word, says) = command.says();
        let text = format!("{} {word}", command.name());
        let line = Line::new(text, says, Leads::Command(command));
        lines.push(Line {
            name: command.name().to_owned(),
            ..line.completes(format!("{} ", command.name()))
        });
    }
    lines
}

fn of_action(state: &State, action: Action) -> Line {
    let keys = state.keymap.keys(super::keymap::Place::Main, action);
    let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
    let name = action.name().replace('_', " ");
    Line {
        section: action.section().title(),
        name: name.clone(),
        ..Line::new(action.says(), keys.join(" "), Leads::Action(action)).completes(name)
    }
}

/// Whether an action does anything here.
fn can(state: &State, action: Action) -> bool {
    use Action as A;
    if !state.keymap.belongs(super::keymap::Place::Main, action) {
        return false;
    }
    let (open, in_diff) = (state.open().is_some(), state.focus == Focus::Diff);
    match action {
        A::Palette | A::Leave | A::Cancel => false,
        A::Fold | A::Select | A::Tick | A::FileSeen | A::FileSeenNext | A::EditFile => {
            open && in_diff
        }
        A::Back | A::CopyText => open && in_diff,
        A::Later => !in_diff && !state.queue.is_empty(),
        A::GoToFile | A::SinceLast | A::Compare | A::Comment | A::CommentChange => open,
        A::Approve | A::Reject | A::Details | A::Log | A::CopyId | A::Claim | A::Open => {
            state.queue.current().is_some()
        }
        A::Undo | A::PushNow => !state.waiting.is_empty(),
        _ => {
            let view = action.name().strip_prefix("view_");
            let view: Option<usize> = view.and_then(|number| number.parse().ok());
            view.is_none_or(|number| number <= state.queue.views.len())
        }
    }
}

/// A key while the finder is in front.
pub(super) fn key(
    state: &mut State,
    mut finder: Finder,
    action: Option<Action>,
    typed: Option<char>,
) -> Vec<Effect> {
    let last = finder.fitting.len().saturating_sub(1);
    match (action, typed) {
        (Some(Action::Leave), _) => {
            state.look.themes.current = finder.before;
            return Vec::new();
        }
        (Some(Action::Finish), _) => return finish(state, finder),
        (Some(Action::LineUp), _) => finder.chosen = finder.chosen.saturating_sub(1),
        (Some(Action::LineDown), _) => finder.chosen = (finder.chosen + 1).min(last),
        (Some(Action::Weight), _) => complete(state, &mut finder),
        (action, typed) => {
            match (action.and_then(edit), typed) {
                (Some(edit), _) => finder.text.edit(edit),
                (None, Some(c)) => finder.text.insert(&c.to_string()),
                (None, None) => {}
            }
            fill(state, &mut finder);
        }
    }
    show(state, &finder);
    state.dialog = Some(Dialog::Find(Box::new(finder)));
    Vec::new()
}

/// Puts a paste into the finder.
pub(super) fn paste(state: &mut State, mut finder: Finder, text: &str) {
    finder.text.insert(&text.replace(['\n', '\r'], " "));
    fill(state, &mut finder);
    show(state, &finder);
    state.dialog = Some(Dialog::Find(Box::new(finder)));
}

fn edit(action: Action) -> Option<Edit> {
    Some(match action {
        Action::CharLeft => Edit::Left,
        Action::CharRight => Edit::Right,
        Action::LineStart => Edit::Home,
        Action::LineEnd => Edit::End,
        Action::Backspace => Edit::Backspace,
        Action::DeleteChar => Edit::Delete,
        Action::DeleteWord => Edit::DeleteWord,
        Action::DeleteLine => Edit::DeleteLine,
        _ => return None,
    })
}

/// Shows the screen in the theme that is chosen, or as it was where none is.
fn show(state: &mut State, finder: &Finder) {
    let chosen = finder.line().map(|line| line.leads_to);
    state.look.themes.current = match chosen {
        Some(Leads::Theme(nth)) if state.look.themes.can_show(nth) => nth,
        _ => finder.before,
    };
}

/// Tab: writes out what is chosen.
fn complete(state: &State, finder: &mut Finder) {
    let Some(line) = finder.line() else {
        return;
    };
    let word = line.completed.clone();
    let command = Command::split(finder.text.as_str()).filter(|_| finder.kind == Kind::Command);
    finder.text = Text::new(match command {
        Some((command, _)) => format!("{} {word}", command.name()),
        None => word,
    });
    fill(state, finder);
}

/// Enter.
fn finish(state: &mut State, mut finder: Finder) -> Vec<Effect> {
    let command = Command::split(finder.text.as_str()).filter(|_| finder.kind == Kind::Command);
    let word = finder.word().trim().to_owned();
    state.look.themes.current = finder.before;
    let complaint = match (finder.line().map(|line| line.leads_to), command) {
        (_, Some((Command::Filter, _))) => {
            let now = state.clock.wall;
            match state.queue.filter(&word, now) {
                Ok(()) => {
                    state.focus = Focus::Queue;
                    return arrive::open_current(state);
                }
                Err(complaint) => complaint,
            }
        }
        (Some(Leads::Action(action)), _) => {
            remember(state, action);
            return match action {
                Action::Redraw | Action::Suspend => keys::program(state, Some(action)),
                _ => perform::perform(state, action),
            };
        }
        (Some(Leads::Command(_)), _) => {
            complete(state, &mut finder);
            state.dialog = Some(Dialog::Find(Box::new(finder)));
            return Vec::new();
        }
        (Some(Leads::File(file)), _) => return browse::go_to_file(state, file),
        (Some(Leads::Snooze(until)), _) => return queue::snooze::put_off(state, until),
        (Some(Leads::End(end)), _) => {
            return match finder.kind {
                Kind::Compare(left) => comparing::picked(state, left, end),
                _ => Vec::new(),
            };
        }
        (Some(Leads::View(view)), _) => return perform::turn_to(state, view),
        (Some(Leads::Theme(nth)), _) => match state.look.themes.mistake(nth) {
            None => {
                keep_theme(state, nth);
                return Vec::new();
            }
            Some(mistake) => mistake.to_owned(),
        },
        (None, Some((command, _))) => {
            let (what, _) = command.says();
            format!("no {} fits {word:?}", what.to_lowercase())
        }
        (None, None) => format!("nothing here is called {word:?}"),
    };
    finder.complaint = Some(complaint);
    state.dialog = Some(Dialog::Find(Box::new(finder)));
    Vec::new()
}

fn remember(state: &mut State, action: Action) {
    let recent = &mut state.look.recent;
    recent.retain(|before| *before != action);
    recent.push(action);
    let over = recent.len().saturating_sub(RECENT);
    recent.drain(..over);
}

fn keep_theme(state: &mut State, nth: usize) {
    let themes = &mut state.look.themes;
    themes.current = nth;
    let name = themes.list.get(nth).map_or("", |theme| theme.name.as_str());
    let text = format!(
        "for this session · to keep it: theme = \"{name}\" in {}",
        themes.kept_in
    );
    state.say(Tone::Plain, text);
}
