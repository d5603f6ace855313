//! The state machine of the review screen: a message comes, the state changes, effects are asked
//! for. Nothing here reads a clock, a file or a terminal.

pub mod action;
mod around;
mod arrive;
pub mod batch;
mod boxes;
mod browse;
pub mod change;
mod colours;
pub mod command;
pub mod compare;
pub mod comparing;
pub mod complete;
mod decide;
pub mod finder;
mod folded;
mod fuzzy;
pub mod homes;
pub mod key;
pub mod keymap;
mod keymap_text;
mod keys;
mod look;
pub mod looked_up;
mod message;
pub mod moving;
pub mod payload;
mod perform;
mod pointing;
pub mod presets;
pub mod queue;
pub mod reading;
mod remarks;
pub mod search;
pub mod seen;
pub mod session;
pub mod sheet;
pub mod text;
pub mod visit;
pub mod words;
pub mod work;

pub use look::{Blanks, Lines, Look, Numbers, ThemeName, Themes};
pub use message::{ColourJob, Coloured, Drawn, Effect, Loaded, Message, Pane, Target};

use std::collections::BTreeMap;

use batch::Batch;
use finder::Finder;
use homes::Homes;
use keymap::Keymap;
use queue::Queue;
use reading::{Kept, Open, Reading, Stage, Visit};
use session::{Clock, Notice, Tone, Waiting};
use sheet::Sheet;
use words::Words;
use work::Work;

use crate::change::Oid;
use crate::diff::rows::Layout;
use crate::queue::RevisionName;

/// From this many columns queue and diff stand side by side.
pub const TWO_PANES: u16 = 110;
/// From this many columns old and new stand side by side and findings have a list of their own.
pub const WIDE: u16 = 170;
/// Below this many rows the bars go.
pub const BARS: u16 = 8;

/// Everything the screen shows and knows.
#[derive(Debug, Clone)]
pub struct State {
    /// Who and where.
    pub homes: Homes,
    /// The queue.
    pub queue: Queue,
    /// The change in the diff pane.
    pub reading: Option<Reading>,
    /// Which pane the keys go to.
    pub focus: Focus,
    /// A question in front of everything else.
    pub dialog: Option<Dialog>,
    /// What was done in each change of this session.
    pub visits: BTreeMap<RevisionName, Visit>,
    /// Verdicts signed here and not on the remote yet, oldest first.
    pub waiting: Vec<Waiting>,
    /// What just happened.
    pub notice: Option<Notice>,
    /// How things look.
    pub look: Look,
    /// The keys.
    pub keymap: Keymap,
    /// The time.
    pub clock: Clock,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Slow work that is under way.
    pub work: Work,
    /// The newest request for a change.
    pub generation: u64,
    /// Reasons and remarks of this and earlier sessions, oldest first.
    pub reasons: Vec<String>,
}

/// Which pane the keys go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Focus {
    /// The queue.
    #[default]
    Queue,
    /// The diff.
    Diff,
}

/// A question or a page in front of the panes.
#[derive(Debug, Clone)]
pub enum Dialog {
    /// The sign sheet, in the diff pane.
    Sheet(Box<Sheet>),
    /// Changes that are to be approved together.
    Batch(Box<Batch>),
    /// A box of words; a sheet under it comes back when it closes.
    Words(Box<Words>, Option<Box<Sheet>>),
    /// A list that narrows down.
    Find(Box<Finder>),
    /// A page that scrolls.
    Page(Page),
    /// Verdicts wait here: push them before leaving?
    Leaving,
}

/// A page that scrolls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Which.
    pub kind: PageKind,
    /// First line shown.
    pub top: usize,
    /// Lines that fit, and lines there are, as last drawn.
    pub extent: (usize, usize),
}

/// Pages that scroll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageKind {
    /// All keys.
    Help,
    /// All that is known of the change.
    Details,
    /// Every verdict on the change.
    Log,
    /// The bytes that are signed.
    Bytes,
}

impl Page {
    /// A page from its top on.
    pub const fn new(kind: PageKind) -> Self {
        Self {
            kind,
            top: 0,
            extent: (1, 1),
        }
    }

    /// Moves the part that is shown.
    pub fn turn(&mut self, action: Option<action::Action>) {
        use action::Action;
        let (height, total) = self.extent;
        let last = total.saturating_sub(height);
        let to = match action {
            Some(Action::Down | Action::RowDown) => self.top + 1,
            Some(Action::Up | Action::RowUp) => self.top.saturating_sub(1),
            Some(Action::PageDown) => self.top + height.max(2) - 1,
            Some(Action::PageUp) => self.top.saturating_sub(height.max(2) - 1),
            Some(Action::Top) => 0,
            Some(Action::Bottom) => last,
            _ => self.top,
        };
        self.top = to.min(last);
    }
}

impl State {
    /// A screen that knows nothing yet.
    pub fn new(keymap: Keymap) -> Self {
        Self {
            homes: Homes::default(),
            queue: Queue::default(),
            reading: None,
            focus: Focus::Queue,
            dialog: None,
            visits: BTreeMap::new(),
            waiting: Vec::new(),
            notice: None,
            look: Look::default(),
            keymap,
            clock: Clock::default(),
            size: (80, 24),
            work: Work::default(),
            generation: 0,
            reasons: Vec::new(),
        }
    }

    /// Whether queue and diff stand side by side.
    pub fn two_panes(&self) -> bool {
        self.size.0 >= TWO_PANES
    }

    /// The layout of the diff.
    pub fn layout(&self) -> Layout {
        let by_width = if self.size.0 >= WIDE {
            Layout::Split
        } else {
            Layout::Unified
        };
        self.look.layout.unwrap_or(by_width)
    }

    /// What is open in the diff pane: the change, or a comparison within it.
    pub fn open(&self) -> Option<&Open> {
        self.reading.as_ref()?.shown()
    }

    fn open_mut(&mut self) -> Option<&mut Open> {
        self.reading.as_mut()?.shown_mut()
    }

    /// The change that is open, whatever part of it is in the pane: what a verdict is about.
    pub fn whole(&self) -> Option<&Open> {
        match &self.reading.as_ref()?.stage {
            Stage::Open(open) => Some(open),
            Stage::Loading | Stage::Failed(_) => None,
        }
    }

    fn whole_mut(&mut self) -> Option<&mut Open> {
        match &mut self.reading.as_mut()?.stage {
            Stage::Open(open) => Some(open),
            Stage::Loading | Stage::Failed(_) => None,
        }
    }

    /// What was done in the change that is open.
    pub fn visit(&self) -> Option<&Visit> {
        self.visits.get(&self.reading.as_ref()?.name)
    }

    /// What is open in the pane and its visit, to change both.
    fn both(&mut self) -> Option<(&mut Open, &mut Visit)> {
        let reading = self.reading.as_mut()?;
        let visit = self.visits.entry(reading.name.clone()).or_default();
        Some((reading.shown_mut()?, visit))
    }

    /// What is written on the open change and not signed.
    fn in_writing(&self) -> Option<(RevisionName, Oid, Kept)> {
        let head = self.whole()?.change.subject.head.commit;
        let name = self.reading.as_ref()?.name.clone();
        Some((name, head, self.visit()?.kept()))
    }

    /// Where a key goes.
    pub fn place(&self) -> keymap::Place {
        match &self.dialog {
            None => keymap::Place::Main,
            Some(Dialog::Sheet(_) | Dialog::Batch(_)) => keymap::Place::Sheet,
            Some(Dialog::Words(..) | Dialog::Find(_)) => keymap::Place::Box,
            Some(Dialog::Page(_)) => keymap::Place::List,
            Some(Dialog::Leaving) => keymap::Place::Ask,
        }
    }

    fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.notice = Some(Notice {
            tone,
            text: text.into(),
        });
    }

    /// When something changes on the screen without a message, on the clock of the program.
    pub fn next_wake(&self) -> Option<u64> {
        let now = self.clock.millis;
        let waits = self
            .waiting
            .iter()
            .any(|w| w.stage == session::Leaving::Here);
        let countdown = waits.then(|| (now / 1000 + 1) * 1000);
        let leaves = self
            .waiting
            .iter()
            .filter_map(|w| (w.stage == session::Leaving::Here).then_some(w.leaves_at));
        let sheet = match &self.dialog {
            Some(Dialog::Sheet(sheet)) => sheet.arming.next(now),
            Some(Dialog::Batch(batch)) => batch.arming.next(now),
            _ => None,
        };
        let ages = (now / 30_000 + 1) * 30_000;
        let work = self.work.next(now);
        let all = [countdown, sheet, work, self.homes.sync().next, Some(ages)];
        let next = all.into_iter().flatten().chain(leaves).min();
        next.map(|at| at.max(now))
    }
}

/// Takes one message: the only place where the state changes.
pub fn update(state: &mut State, message: Message) -> Vec<Effect> {
    let before = state.in_writing();
    let late = work::came_through(state, &message);
    work::answered(state, &message);
    let mut effects = take(state, message);
    if let Some(name) = late {
        work::say_came_through(state, &name);
    }
    work::asked(state, &effects);
    if let (Some((name, head, before)), Some((same, _, after))) = (before, state.in_writing())
        && name == same
        && before != after
    {
        let kept = (after != Kept::default()).then_some(after);
        effects.push(Effect::KeepDraft(name, head, kept));
    }
    effects
}

fn take(state: &mut State, message: Message) -> Vec<Effect> {
    if matches!(
        message,
        Message::Key { .. }
            | Message::Act(_)
            | Message::Paste(_)
            | Message::Click(_)
            | Message::Wheel(..)
    ) {
        state.homes.is_touched = true;
        if let Some(reading) = state.reading.as_mut() {
            reading.touched = state.clock.millis;
        }
    }
    match message {
        Message::Now(clock) => arrive::now(state, clock),
        Message::Key { key, repeat } => keys::key(state, key, repeat),
        Message::Act(action) => keys::act(state, action),
        Message::Paste(text) => keys::paste(state, &text),
        Message::Click(target) => keys::click(state, target),
        Message::Wheel(pane, lines) => keys::wheel(state, pane, lines),
        Message::Size(columns, rows) => arrive::size(state, columns, rows),
        Message::Drawn(drawn) => arrive::drawn(state, drawn),
        Message::Loaded(home, result) => arrive::loaded(state, &home, result),
        Message::Snoozed(home, result) => queue::snooze::kept(state, &home, result),
        Message::Opened(generation, result) => arrive::opened(state, generation, result),
        Message::Compared(generation, result) => comparing::compared(state, generation, result),
        Message::More(generation, files, last) => arrive::more(state, generation, files, last),
        Message::Moved(generation, moves) => colours::moved(state, generation, moves),
        Message::Text(generation, file, text) => around::text(state, generation, file, text),
        Message::Blamed(generation, ask, found) => {
            looked_up::blamed(state, generation, &ask, found)
        }
        Message::LinkOpened(link, result) => looked_up::opened(state, link, result),
        Message::Coloured(generation, lines) => colours::coloured(state, generation, lines),
        Message::Weighed(all) => batch::weighed(state, all),
        Message::Decided(draft, result) => decide::decided(state, &draft, result),
        Message::Undone(_, digest, result) => decide::undone(state, &digest, result),
        Message::Published(home, digests, result) => {
            decide::published(state, home, &digests, result)
        }
        Message::Synced(home, result) => arrive::synced(state, home, result),
        Message::Edited(words) => keys::edited(state, words),
        Message::Said(tone, text) => {
            state.say(tone, text);
            Vec::new()
        }
        Message::Progress(home, text) => {
            work::said(state, &home, text);
            Vec::new()
        }
        Message::Ended(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
