//! What each command of the dialogue does: messages for the state machine, and what is printed of
//! the state afterwards.

use std::io;
use std::time::Duration;

use rustix::termios::{QueueSelector, tcflush};

use super::command::{self, Command};
use super::{Dialogue, RuntimeError, say};
use crate::app::action::Action;
use crate::app::key::{Code, Key};
use crate::app::sheet::{DEAD, SheetRow};
use crate::app::{Dialog, Drawn, Focus, Message, Target};
use crate::diff::rows::RowKind;
use crate::ui::spoken::{self, Spoken};

impl Dialogue {
    /// Turns from the queue to the change that is open, or back.
    fn turn_to(&mut self, focus: Focus) -> Result<(), RuntimeError> {
        if self.state.focus == focus || self.state.dialog.is_some() {
            return Ok(());
        }
        match (focus, self.state.open().map(|open| open.cursor)) {
            (Focus::Diff, Some(row)) => self.take(Message::Click(Target::Row(row))),
            (Focus::Diff, None) => Ok(()),
            (Focus::Queue, _) => self.take(Message::Act(Action::Back)),
        }
    }

    pub(super) async fn obey(&mut self, command: Command) -> Result<(), RuntimeError> {
        self.now()?;
        let focus = match command {
            Command::Filter(_) => Focus::Queue,
            _ => Focus::Diff,
        };
        self.turn_to(focus)?;
        match command {
            Command::Nothing => {}
            Command::Unknown(why) => say(&format!("{why}.")),
            Command::Help => self.print(&command::help()),
            Command::List => self.print(&spoken::queue(&self.state)),
            Command::Where => self.print(&spoken::change(&self.state)),
            Command::Findings => self.print(&spoken::findings(&self.state)),
            Command::Open(which) => self.open(&which).await?,
            Command::Read => self.read()?,
            Command::Answer(number, words) => self.tick(number, &words).await?,
            Command::Compare(left, right) => self.compare([&left, &right]).await?,
            Command::Comment(line, text) => {
                if self.go_to_line(line)? {
                    self.words(Action::Comment, &text)?;
                }
            }
            Command::CommentChange(text) => self.words(Action::CommentChange, &text)?,
            Command::Reject(reason) => self.words(Action::Reject, &reason)?,
            Command::Note(text) => self.words(Action::Note, &text)?,
            Command::Word(word) => self.type_word(&word)?,
            Command::Sign => self.sign().await?,
            Command::Filter(words) => {
                self.words(Action::Search, &words)?;
                self.print(&spoken::queue(&self.state));
            }
            Command::Act(action) => self.act(action).await?,
        }
        self.settle().await?;
        self.front()
    }

    async fn open(&mut self, which: &str) -> Result<(), RuntimeError> {
        self.away()?;
        let queue = &self.state.queue;
        let number = which.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        let mut all = 0..queue.len();
        let by_id = || all.find(|n| queue.shown(*n).is_some_and(|e| e.id.as_str() == which));
        let Some(nth) = number.filter(|n| *n < queue.len()).or_else(by_id) else {
            say(&format!("{which:?} is not in the list."));
            return Ok(());
        };
        self.take(Message::Click(Target::Entry(nth)))?;
        if self.state.focus == Focus::Queue {
            self.take(Message::Act(Action::Open))?;
        }
        self.settle().await?;
        self.at = 0;
        if self.state.open().is_some() {
            self.print(&spoken::change(&self.state));
            say("read reads it, hunk by hunk.");
        }
        Ok(())
    }

    /// Leaves whatever stands in front, and a change that is open.
    fn away(&mut self) -> Result<(), RuntimeError> {
        for _ in 0..3 {
            if self.state.dialog.is_some() {
                self.take(Message::Act(Action::Leave))?;
            }
        }
        Ok(())
    }

    fn read(&mut self) -> Result<(), RuntimeError> {
        let Some(rows) = self.state.open().map(|open| open.rows.len()) else {
            say("No change is open; open NUMBER opens one.");
            return Ok(());
        };
        if self.at >= rows {
            say("That was all of it. approve and reject go on from here.");
            return Ok(());
        }
        let (spoken, next) = spoken::read(&self.state, self.at);
        self.take(Message::Click(Target::Row(self.at)))?;
        self.at = next;
        self.show(spoken)
    }

    /// Prints, and tells the state what was printed.
    fn show(&mut self, spoken: Spoken) -> Result<(), RuntimeError> {
        self.print(&spoken.lines);
        self.now()?;
        self.take(Message::Drawn(spoken.drawn))
    }

    /// Answers a finding. Where it was not read yet it is read, and answered by saying so again.
    async fn tick(&mut self, number: usize, words: &str) -> Result<(), RuntimeError> {
        let row = self.state.open().and_then(|open| {
            let note = number.checked_sub(1)?;
            open.notes.get(note)?.finding()?;
            open.rows.of_note(note)
        });
        let Some(row) = row else {
            say("There is no finding of that number; findings lists them.");
            return Ok(());
        };
        let window = self.state.open().map(|open| open.window.rows.clone());
        self.take(Message::Click(Target::Row(row)))?;
        if window.is_some_and(|window| window.contains(&row)) {
            match words {
                "" => self.take(Message::Act(Action::Tick))?,
                words => {
                    self.take(Message::Act(Action::Open))?;
                    // An answer is signed: its box is dead for a moment here too.
                    self.take(Message::Drawn(Drawn {
                        words: true,
                        ..Drawn::default()
                    }))?;
                    tokio::time::sleep(Duration::from_millis(DEAD)).await;
                    self.now()?;
                    self.fill(words)?;
                }
            }
            self.print(&spoken::findings(&self.state)[..1]);
            return Ok(());
        }
        self.at = self.start_of(row);
        self.read()?;
        say("Now that it was read, answer it again.");
        Ok(())
    }

    /// Picks two ends from the list of what can be compared, and reads on from the top of what differs.
    async fn compare(&mut self, ends: [&str; 2]) -> Result<(), RuntimeError> {
        self.take(Message::Act(Action::Compare))?;
        for end in ends {
            if !matches!(self.state.dialog, Some(Dialog::Find(_))) {
                return Ok(());
            }
            self.take(Message::Paste(end.to_owned()))?;
            self.take(Message::Act(Action::Finish))?;
        }
        if matches!(self.state.dialog, Some(Dialog::Find(_))) {
            say("Those cannot be compared: base, @1 or the start of a commit's id.");
            return self.take(Message::Act(Action::Leave));
        }
        self.settle().await?;
        self.at = 0;
        say("read reads what differs, hunk by hunk.");
        Ok(())
    }

    /// The row at which the hunk of a row begins.
    fn start_of(&self, row: usize) -> usize {
        let Some(open) = self.state.open() else {
            return 0;
        };
        let begins = |at: &usize| {
            open.rows.starts_hunk(*at)
                || open
                    .rows
                    .get(*at)
                    .is_some_and(|row| row.kind == RowKind::File)
        };
        (0..=row).rev().find(begins).unwrap_or(0)
    }

    /// Puts the cursor on a line of the hunk that was read last; whether it is there.
    fn go_to_line(&mut self, number: Option<u32>) -> Result<bool, RuntimeError> {
        let Some(number) = number else {
            return Ok(true);
        };
        let row = self.state.open().and_then(|open| {
            open.window.rows.clone().find(|at| {
                let line = open.rows.get(*at).and_then(|row| {
                    let hunk = open.files().get(row.file as usize)?;
                    let hunk = hunk.hunks().get(row.hunk()?)?;
                    hunk.lines.get(row.lines().last()?)
                });
                line.is_some_and(|line| line.new.or(line.old) == Some(number))
            })
        });
        match row {
            Some(row) => self.take(Message::Click(Target::Row(row)))?,
            None => say("That line is not in the hunk that was read last."),
        }
        Ok(row.is_some())
    }

    /// Opens a box, fills it and closes it.
    fn words(&mut self, action: Action, text: &str) -> Result<(), RuntimeError> {
        self.take(Message::Act(action))?;
        self.fill(text)
    }

    /// Fills the box that is open and closes it.
    fn fill(&mut self, text: &str) -> Result<(), RuntimeError> {
        if !matches!(self.state.dialog, Some(Dialog::Words(..))) {
            return Ok(());
        }
        self.take(Message::Act(Action::DeleteLine))?;
        self.take(Message::Paste(text.to_owned()))?;
        self.take(Message::Act(Action::Finish))?;
        if let Some(Dialog::Words(words, _)) = &self.state.dialog {
            let why = words.complaint.clone();
            say(&why.unwrap_or_else(|| "That cannot be taken.".to_owned()));
            self.take(Message::Act(Action::Leave))?;
        }
        Ok(())
    }

    fn type_word(&mut self, word: &str) -> Result<(), RuntimeError> {
        for _ in 0..4 {
            match &self.state.dialog {
                Some(Dialog::Sheet(sheet)) if sheet.row != SheetRow::Word => {
                    self.take(Message::Act(Action::RowDown))?;
                }
                _ => break,
            }
        }
        for c in word.chars().filter(|c| !c.is_control()) {
            let key = Key::plain(Code::Char(c));
            self.take(Message::Key { key, repeat: false })?;
        }
        Ok(())
    }

    async fn sign(&mut self) -> Result<(), RuntimeError> {
        let Some(Dialog::Sheet(sheet)) = &self.state.dialog else {
            say("Nothing is ready to be signed; approve or reject first.");
            return Ok(());
        };
        if !sheet.arming.is_alive(self.state.clock.millis) {
            say("The sheet has only just been printed; read it, then sign again.");
            return Ok(());
        }
        self.take(Message::Act(Action::Sign))?;
        self.settle().await?;
        if let Some(Dialog::Sheet(_)) = &self.state.dialog {
            say("Nothing was signed; the sheet is still there. sign tries again, leave goes back.");
            return Ok(());
        }
        self.print(spoken::signed(&self.state).as_slice());
        self.at = 0;
        if let Some(next) = &self.state.reading {
            say(&format!("{} is next; where tells of it.", next.name));
        }
        Ok(())
    }

    async fn act(&mut self, action: Action) -> Result<(), RuntimeError> {
        if let (Some(Dialog::Leaving), Action::PushNow) = (&self.state.dialog, action) {
            return self.take(Message::Act(Action::Finish));
        }
        let was_shown = self.state.visit().is_some_and(|visit| visit.was_shown);
        if action == Action::Approve && self.state.open().is_some() && !was_shown {
            say("Read it first: read reads it, hunk by hunk.");
            return Ok(());
        }
        let before = self.state.reading.as_ref().map(|r| r.name.clone());
        let cursor = self.state.open().map_or(0, |open| open.cursor);
        self.take(Message::Act(action))?;
        self.settle().await?;
        let after = self.state.reading.as_ref().map(|r| r.name.clone());
        if before != after {
            self.at = 0;
            self.print(&spoken::change(&self.state));
            return Ok(());
        }
        let moved = self.state.open().map(|open| open.cursor);
        if self.state.dialog.is_none() && moved.is_some_and(|row| row != cursor) {
            self.at = self.start_of(moved.unwrap_or(0));
            return self.read();
        }
        Ok(())
    }

    /// Prints what came to stand in front, and asks what it asks.
    fn front(&mut self) -> Result<(), RuntimeError> {
        let drawn = match &self.state.dialog {
            None => return Ok(()),
            Some(Dialog::Leaving) => {
                let number = self.state.waiting.len();
                say(&format!(
                    "Verdicts wait here: {number}. push pushes them and leaves, quit leaves \
                     without, leave stays."
                ));
                return Ok(());
            }
            // One that was never drawn is never alive.
            Some(Dialog::Sheet(sheet)) => sheet.arming.is_alive(u64::MAX),
            Some(_) => false,
        };
        let Some(spoken) = spoken::front(&self.state) else {
            // A box or a question that a dialogue of lines has no use for.
            return self.away();
        };
        let is_sheet = matches!(self.state.dialog, Some(Dialog::Sheet(_)));
        if is_sheet && drawn {
            // It was printed already: what is different now is printed.
            let known = std::mem::replace(&mut self.sheet, spoken.lines.clone());
            let new = spoken.lines.iter().filter(|line| !known.contains(line));
            new.for_each(|line| say(line));
            return self.take(Message::Drawn(spoken.drawn));
        }
        self.sheet.clone_from(&spoken.lines);
        self.show(spoken)?;
        if is_sheet {
            say("Type sign to sign exactly this, leave to go back.");
            // A line that was typed before the sheet was there signs nothing.
            let _ = tcflush(io::stdin(), QueueSelector::IFlush);
            return Ok(());
        }
        self.away()
    }
}
