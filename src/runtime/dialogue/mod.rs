//! The review as a dialogue of lines: a command is typed, sentences are printed. The state machine,
//! the lanes and all rules are the screen's; only what was printed counts as seen.

mod carry_out;
mod command;
mod lines;

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::fleet::{Fleet, Site, decide_on_terminal};
use super::lanes::Answer;
use super::{Exit, RuntimeError, editor, push_and_finish, shell};
use crate::app::action::Action;
use crate::app::session::{Clock, Tone};
use crate::app::{Effect, Message, State, update, work};
use crate::ui::spoken;
use lines::Lines;

/// Runs the dialogue until it is left.
pub(super) async fn run(state: State, sites: Vec<Site>) -> Result<Exit, RuntimeError> {
    let (sender, results) = unbounded_channel();
    let fleet = Fleet::start(sites, &sender);
    let mut dialogue = Dialogue {
        state,
        fleet,
        results,
        lines: Lines::start(),
        interrupts: signal(SignalKind::interrupt())?,
        began: Instant::now(),
        at: 0,
        sheet: Vec::new(),
        said: String::new(),
        exit: None,
    };
    dialogue.begin().await?;
    while dialogue.exit.is_none() {
        match dialogue.ask().await? {
            Some(line) => dialogue.obey(command::parse(&line)).await?,
            None => dialogue.exit = Some(false),
        }
    }
    Ok(dialogue.leave())
}

struct Dialogue {
    state: State,
    fleet: Fleet,
    results: UnboundedReceiver<Answer>,
    lines: Lines,
    interrupts: Signal,
    began: Instant,
    /// The row of the diff at which reading goes on.
    at: usize,
    /// The sheet as it was printed last.
    sheet: Vec<String>,
    /// The last notice that was printed.
    said: String,
    /// Whether to push, once it is to end.
    exit: Option<bool>,
}

/// What happened while something was waited for.
enum Event {
    Line(Option<String>),
    Answer(Option<Answer>),
    Interrupt,
    Time,
}

impl Dialogue {
    async fn begin(&mut self) -> Result<(), RuntimeError> {
        self.now()?;
        // One pane: the queue and the change are never in view together.
        self.take(Message::Size(80, 24))?;
        self.fleet.load();
        while !self.state.homes.were_read() {
            match self.results.recv().await {
                Some(answer) => self.answer(answer)?,
                None => break,
            }
        }
        say("countersign. help lists the commands.");
        say(&spoken::standing(&self.state));
        for hosted in self.state.homes.iter() {
            for trouble in &hosted.session.troubles {
                let said = format!("{}. {}", trouble.what, trouble.remedy.join(". "));
                say(&hosted.home.says(&said));
            }
        }
        self.print(&spoken::queue(&self.state));
        self.settle().await
    }

    /// Waits for a line; verdicts leave and fetches end meanwhile. None at the end of the input.
    async fn ask(&mut self) -> Result<Option<String>, RuntimeError> {
        self.lines.ask();
        prompt();
        loop {
            match self.event(true).await {
                Event::Line(line) => return Ok(line),
                Event::Answer(None) => return Ok(None),
                Event::Answer(Some(answer)) => self.answer(answer)?,
                Event::Interrupt => {
                    say("");
                    say("quit leaves.");
                    prompt();
                }
                Event::Time => {}
            }
            self.now()?;
            if self.notice() {
                prompt();
            }
        }
    }

    /// Waits until nothing is under way that was asked for, and says what takes long.
    async fn settle(&mut self) -> Result<(), RuntimeError> {
        let mut spoken_at: Option<Instant> = None;
        while self.state.work.is_waited_for() {
            match self.event(false).await {
                Event::Answer(Some(answer)) => self.answer(answer)?,
                Event::Interrupt => self.take(Message::Act(Action::Cancel))?,
                Event::Answer(None) => break,
                Event::Line(_) | Event::Time => {}
            }
            self.now()?;
            let often = spoken_at.is_some_and(|at| at.elapsed() < Duration::from_secs(5));
            if let Some(progress) = work::progress(&self.state).filter(|_| !often) {
                say(&format!("{}.", progress.text));
                spoken_at = Some(Instant::now());
            }
        }
        self.notice();
        Ok(())
    }

    async fn event(&mut self, listens: bool) -> Event {
        let wake = self.state.next_wake().unwrap_or(u64::MAX / 2);
        let until = self.began + Duration::from_millis(wake.min(1 << 40));
        tokio::select! {
            biased;
            _ = self.interrupts.recv() => Event::Interrupt,
            answer = self.results.recv() => Event::Answer(answer),
            line = self.lines.next(), if listens => Event::Line(line),
            () = tokio::time::sleep_until(until.into()) => Event::Time,
        }
    }

    fn now(&mut self) -> Result<(), RuntimeError> {
        let millis = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let wall = Timestamp::now();
        self.take(Message::Now(Clock { millis, wall }))
    }

    fn take(&mut self, message: Message) -> Result<(), RuntimeError> {
        for effect in update(&mut self.state, message) {
            if let Some(effect) = self.fleet.perform(effect) {
                self.perform(effect)?;
            }
        }
        Ok(())
    }

    fn answer(&mut self, answer: Answer) -> Result<(), RuntimeError> {
        match answer {
            Answer::Message(message) => self.take(*message),
            Answer::NeedsTerminal(draft) => {
                // Nobody reads the terminal just now: the signing program may ask on it.
                let backend = self.fleet.backend(&draft.name.home);
                let decided = decide_on_terminal(backend.as_deref(), draft);
                self.now()?;
                self.take(decided)
            }
        }
    }

    /// What needs the terminal itself; it is as every program finds it.
    fn perform(&mut self, effect: Effect) -> Result<(), RuntimeError> {
        match effect {
            Effect::Quit { publish } => self.exit = Some(publish),
            Effect::Shell(name, head) => {
                if let Some(backend) = self.fleet.backend(&name.home) {
                    let (tone, text) = shell::on(backend.as_ref(), &name, head);
                    self.take(Message::Said(tone, text))?;
                }
            }
            Effect::EditFile(home, path, line) => {
                let backend = self.fleet.backend(&home);
                let root = backend.and_then(|backend| backend.work_tree());
                let said = match editor::file_in(root.as_deref(), &path) {
                    Ok(file) => editor::on_file(&file, line).err(),
                    Err(why) => Some(why),
                };
                if let Some(text) = said {
                    self.take(Message::Said(Tone::Warning, text))?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Prints a notice that is new; whether there was one.
    fn notice(&mut self) -> bool {
        let text = self.state.notice.as_ref().map(|notice| notice.text.clone());
        let text = text.unwrap_or_default();
        let is_new = !text.is_empty() && text != self.said;
        self.said = text;
        if is_new {
            say(&format!("{}.", self.said));
        }
        is_new
    }

    fn print(&self, lines: &[String]) {
        for line in lines {
            say(line);
        }
    }

    fn leave(self) -> Exit {
        let publish = self.exit == Some(true);
        let failed = push_and_finish(&self.state, self.fleet, self.results, publish);
        failed.map_or(Exit::Left, Exit::LeftWaiting)
    }
}

fn say(text: &str) {
    // Nobody to tell where the terminal is gone; reading it ends the dialogue.
    let _ = writeln!(io::stdout(), "{text}");
}

fn prompt() {
    let mut out = io::stdout();
    let _ = write!(out, "> ");
    let _ = out.flush();
}
