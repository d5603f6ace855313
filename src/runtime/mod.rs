//! The loop: wait, drain all input, update, perform, draw once. The only place with a terminal,
//! threads and a clock.

mod backend;
mod compare;
mod dialogue;
mod draft_file;
mod earlier;
mod editor;
mod events;
mod fleet;
mod folders;
mod input;
mod lanes;
mod line;
mod look;
mod look_up;
mod marks;
mod opener;
mod present;
mod repository;
mod scanned;
mod shell;
mod shown;
mod snoozes;
mod spoken;
mod terminal;
mod translate;
mod under_way;

use std::io;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rustix::process::{Signal as Number, getpid, kill_process};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

pub use backend::{Backend, DecideError, Folder, Part, Weighed};
use events::Events;
pub use fleet::Site;
use fleet::{Fleet, decide_on_terminal};
use input::Input;
use lanes::Answer;
use look::Looks;
pub use look::Wanted;
pub use repository::Repository;
use terminal::Screen;

use crate::app::homes::Homes;
use crate::app::keymap::Keymap;
use crate::app::queue::View;
use crate::app::session::{Clock, Leaving, Tone, Waiting};
use crate::app::{Effect, Message, State, update};
use crate::queue::Home;
use crate::ui::HitMap;
use crate::ui::theme::ThemeError;

/// How long leaving waits for a push that is under way.
const LEAVING: Duration = Duration::from_secs(15);

/// How to begin.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Words of a filter.
    pub filter: String,
    /// Which theme, and the user's own.
    pub look: Wanted,
    /// A preset of keys, its name and its table.
    pub preset: Option<(String, String)>,
    /// The user's own keymap, its file and its text.
    pub keymap: Option<(String, String)>,
    /// Whether to leave the mouse to the terminal.
    pub no_mouse: bool,
    /// The views of the queue; none is the built-in ones.
    pub views: Vec<View>,
}

/// Why the screen cannot run.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The terminal does not do what is asked.
    #[error("the terminal: {0}")]
    Terminal(#[from] io::Error),
    /// No such theme, or one that cannot be read.
    #[error(transparent)]
    Theme(#[from] ThemeError),
    /// The keymap has mistakes, one a line.
    #[error("{0}")]
    Keymap(String),
    /// The filter cannot be read.
    #[error("{0}")]
    Filter(String),
}

/// How the screen was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// By the person at it.
    Left,
    /// By the person at it, with verdicts that could not be pushed and wait here: why.
    LeftWaiting(String),
    /// By a signal of this number.
    Signal(i32),
}

/// Runs the review screen until it is left. The terminal is given back on every way out.
///
/// # Errors
/// Where the terminal cannot be used, or theme, keymap or filter cannot be read.
pub fn run(options: &Options, sites: Vec<Site>) -> Result<Exit, RuntimeError> {
    let mut state = begin(options, &sites)?;
    let (looks, themes) = Looks::begin(&options.look)?;
    state.look.themes = themes;
    let runtime = runtime()?;
    runtime.block_on(Loop::begin(state, looks, sites, !options.no_mouse)?.run())
}

/// The same as a plain dialogue of lines, for screen readers and terminals that place no cursor.
///
/// # Errors
/// As [`run`].
pub fn run_in_lines(options: &Options, sites: Vec<Site>) -> Result<Exit, RuntimeError> {
    let state = begin(options, &sites)?;
    let runtime = runtime()?;
    runtime.block_on(dialogue::run(state, sites))
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build()
}

/// A state with the user's keys, views and filter, and the words of earlier reviews.
fn begin(options: &Options, sites: &[Site]) -> Result<State, RuntimeError> {
    let [preset, own] = [&options.preset, &options.keymap].map(|layer| {
        let layer = layer.as_ref();
        layer.map(|(name, text)| (name.as_str(), text.as_str()))
    });
    let (keymap, mistakes) = Keymap::layered(preset, own);
    if !mistakes.is_empty() {
        let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        return Err(RuntimeError::Keymap(lines.join("\n")));
    }
    let mut state = State::new(keymap);
    let views = options.views.clone();
    state.queue.set_views(views, Timestamp::now());
    state.homes = Homes::of(sites.iter().map(|(home, _)| home.clone()));
    // They are the person's, whichever clone they were written in.
    let words = sites.first().map(|(_, backend)| backend.earlier_words());
    state.reasons = words.unwrap_or_default();
    if !options.filter.trim().is_empty() {
        state.queue.turn_to_all(Timestamp::now());
        state
            .queue
            .filter(&options.filter, Timestamp::now())
            .map_err(RuntimeError::Filter)?;
    }
    Ok(state)
}

struct Loop {
    state: State,
    looks: Looks,
    screen: Screen,
    /// None while something else has the terminal.
    events: Option<Events>,
    input: Input,
    hits: HitMap,
    fleet: Fleet,
    results: UnboundedReceiver<Answer>,
    began: Instant,
    exit: Option<Exit>,
    publish: bool,
    /// Interrupts from the keyboard; none after the terminal was lent, until those that were meant
    /// for somebody else are over.
    interrupts: Option<Signal>,
}

impl Loop {
    fn begin(
        state: State,
        looks: Looks,
        sites: Vec<Site>,
        mouse: bool,
    ) -> Result<Self, RuntimeError> {
        let (sender, results) = unbounded_channel();
        let mut fleet = Fleet::start(sites, &sender);
        // The queue is being read while the terminal is taken over.
        fleet.load();
        Ok(Self {
            state,
            looks,
            screen: Screen::take(mouse)?,
            events: None,
            input: Input::default(),
            hits: HitMap::default(),
            fleet,
            results,
            began: Instant::now(),
            exit: None,
            publish: false,
            interrupts: None,
        })
    }

    async fn run(mut self) -> Result<Exit, RuntimeError> {
        let mut ends = [
            (signal(SignalKind::terminate())?, 15),
            (signal(SignalKind::hangup())?, 1),
        ];
        self.interrupts = Some(signal(SignalKind::interrupt())?);
        let (columns, rows) = self.screen.size()?;
        self.now();
        self.take(Message::Size(columns, rows))?;
        self.first_results().await?;
        loop {
            if let Some(exit) = self.exit.take() {
                return Ok(self.leave(exit));
            }
            self.draw()?;
            if let Some(number) = self.wait(&mut ends).await? {
                self.exit = Some(Exit::Signal(number));
            }
        }
    }

    /// The queue is usually there at once; waiting a moment for it saves a frame without it.
    async fn first_results(&mut self) -> Result<(), RuntimeError> {
        let first = tokio::time::timeout(Duration::from_millis(30), self.results.recv());
        if let Ok(Some(answer)) = first.await {
            self.now();
            self.answer(answer)?;
        }
        Ok(())
    }

    /// Waits for something to happen and takes all of it. The number of a signal that ends us.
    async fn wait(&mut self, ends: &mut [(Signal, i32); 2]) -> Result<Option<i32>, RuntimeError> {
        let wake = self.state.next_wake();
        let until = wake.map(|at| self.began + Duration::from_millis(at));
        let sleep = async {
            match until {
                Some(until) => tokio::time::sleep_until(until.into()).await,
                None => std::future::pending().await,
            }
        };
        let [(term, term_no), (hup, hup_no)] = ends;
        let interrupts = match self.interrupts.take() {
            Some(interrupts) => interrupts,
            None => {
                // What came while the terminal was lent is handed out first, to nobody.
                tokio::time::sleep(Duration::from_millis(1)).await;
                signal(SignalKind::interrupt())?
            }
        };
        let interrupts = self.interrupts.insert(interrupts);
        let events = self.events.get_or_insert_with(Events::start);
        let mut messages: Vec<Message> = Vec::new();
        let mut answers: Vec<Answer> = Vec::new();
        tokio::select! {
            biased;
            _ = term.recv() => return Ok(Some(*term_no)),
            _ = hup.recv() => return Ok(Some(*hup_no)),
            _ = interrupts.recv() => return Ok(Some(2)),
            event = events.next() => match event {
                Some(event) => messages.extend(self.input.message(event, &self.hits)),
                // The terminal is gone.
                None => return Ok(Some(1)),
            },
            answer = self.results.recv() => answers.extend(answer),
            () = sleep => self.input.pause(),
        }
        while let Some(event) = events.waiting() {
            messages.extend(self.input.message(event, &self.hits));
        }
        while let Ok(answer) = self.results.try_recv() {
            answers.push(answer);
        }
        self.now();
        for message in messages {
            self.take(message)?;
        }
        for answer in answers {
            self.answer(answer)?;
        }
        Ok(None)
    }

    /// Tells the state what time it is.
    fn now(&mut self) {
        let millis = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let wall = Timestamp::now();
        let message = Message::Now(Clock { millis, wall });
        let effects = update(&mut self.state, message);
        // Time asks for nothing that could fail here: verdicts to push, a fetch.
        for effect in effects {
            self.fleet.perform(effect);
        }
    }

    fn take(&mut self, message: Message) -> Result<(), RuntimeError> {
        for effect in update(&mut self.state, message) {
            if let Some(effect) = self.fleet.perform(effect) {
                self.perform(effect)?;
            }
        }
        Ok(())
    }

    /// Takes what a lane says. A verdict whose signing has to ask something is signed with the
    /// terminal given up: a prompt in raw mode would hang.
    fn answer(&mut self, answer: Answer) -> Result<(), RuntimeError> {
        match answer {
            Answer::Message(message) => self.take(*message),
            Answer::NeedsTerminal(draft) => {
                let backend = self.fleet.backend(&draft.name.home);
                let decided = self.lend(|| decide_on_terminal(backend.as_deref(), draft))?;
                self.take(decided)
            }
        }
    }

    /// Lends the terminal to something else. An interrupt from the keyboard was meant for that, and
    /// the window may have another size afterwards.
    fn lend<T>(&mut self, to: impl FnOnce() -> T) -> Result<T, RuntimeError> {
        self.events = None;
        let out = self.screen.lend(to)?;
        self.interrupts = None;
        let (columns, rows) = self.screen.size()?;
        self.now();
        self.take(Message::Size(columns, rows))?;
        Ok(out)
    }

    /// What needs the terminal itself.
    fn perform(&mut self, effect: Effect) -> Result<(), RuntimeError> {
        match effect {
            Effect::Redraw => self.screen.redraw()?,
            Effect::Copy(text) => Screen::copy(&STANDARD.encode(text))?,
            Effect::Quit { publish } => {
                self.publish = publish;
                self.exit = Some(Exit::Left);
            }
            Effect::Suspend => self.lend(suspend)?,
            Effect::EditWords(text) => {
                let edited = self.lend(|| editor::on_text(&text))?;
                let (text, why) = match edited {
                    Ok(text) => (Some(text), None),
                    Err(why) => (None, Some(why)),
                };
                self.take(Message::Edited(text))?;
                if let Some(why) = why {
                    self.take(Message::Said(Tone::Warning, why))?;
                }
            }
            Effect::EditFile(home, path, line) => {
                let backend = self.fleet.backend(&home);
                let root = backend.and_then(|backend| backend.work_tree());
                let said = match editor::file_in(root.as_deref(), &path) {
                    Ok(file) => self.lend(|| editor::on_file(&file, line))?.err(),
                    Err(why) => Some(why),
                };
                if let Some(text) = said {
                    self.take(Message::Said(Tone::Warning, text))?;
                }
            }
            Effect::Shell(name, head) => {
                if let Some(backend) = self.fleet.backend(&name.home) {
                    let done = self.lend(|| shell::on(backend.as_ref(), &name, head))?;
                    self.take(Message::Said(done.0, done.1))?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// One frame; what it showed is told to the state, and where that changes what is to be seen
    /// (a hunk's mark, a sheet that waited for it) one more.
    fn draw(&mut self) -> Result<(), RuntimeError> {
        for _ in 0..2 {
            let theme = self.looks.theme(&self.state.look.themes);
            self.hits = self.screen.draw(&self.state, theme)?;
            self.now();
            let before = self.marks();
            self.take(Message::Drawn(self.hits.drawn.clone()))?;
            if self.marks() == before {
                break;
            }
        }
        Ok(())
    }

    /// What a frame can change by having been drawn.
    fn marks(&self) -> (usize, bool) {
        let visit = self.state.visit();
        let seen = visit.map_or(0, |visit| visit.seen.hunks().count());
        (seen, self.state.dialog.is_some())
    }

    /// Gives the terminal back and sees to what is under way.
    fn leave(self, exit: Exit) -> Exit {
        drop(self.events);
        drop(self.screen);
        let failed = push_and_finish(&self.state, self.fleet, self.results, self.publish);
        match (exit, failed) {
            (Exit::Left, Some(why)) => Exit::LeftWaiting(why),
            (exit, _) => exit,
        }
    }
}

/// Sees to what is under way in each clone, after what waits there was pushed where that is wanted;
/// what the remotes did not take, and why.
fn push_and_finish(
    state: &State,
    mut fleet: Fleet,
    mut results: UnboundedReceiver<Answer>,
    publish: bool,
) -> Option<String> {
    let waits = |waiting: &&Waiting| publish || waiting.stage == Leaving::Pushing;
    let waiting = state.waiting.iter().filter(waits);
    let mut pushing: Vec<Home> = waiting.map(|waiting| waiting.name.home.clone()).collect();
    pushing.sort_unstable();
    pushing.dedup();
    if publish {
        for home in &pushing {
            fleet.perform(Effect::Sync(home.clone()));
        }
    }
    fleet.finish(LEAVING, &pushing);
    let mut failed = Vec::new();
    {
        while let Ok(answer) = results.try_recv() {
            let Answer::Message(message) = answer else {
                continue;
            };
            match *message {
                Message::Synced(home, Err(why)) if publish && pushing.contains(&home) => {
                    failed.push(home.says(&why));
                }
                Message::Published(home, _, Err(why)) => failed.push(home.says(&why)),
                _ => {}
            }
        }
    }
    failed.dedup();
    (!failed.is_empty()).then(|| failed.join("; "))
}

/// Stops this process until it is continued.
fn suspend() {
    let _ = kill_process(getpid(), Number::TSTP);
}
