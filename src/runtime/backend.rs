//! What the screen asks of the use-cases. Every call may block; none is made on the input thread.

use std::collections::BTreeMap;

use crate::app::Loaded;
use crate::app::change::Opened;
use crate::app::compare::{Comparison, Ends};
use crate::app::looked_up::{BlameAsk, Blamed};
use crate::app::reading::Kept;
use crate::app::sheet::Draft;
use crate::app::work::Job;
use crate::change::{ChangeId, Oid, QueueRef, RepoPath, Sha256};
use crate::diff::FileDiff;
use crate::diff::moves::Moves;
use crate::git::{Say, Watch};
use crate::queue::{Snooze, Until};

/// A part of a change that is being read.
#[derive(Debug)]
pub enum Part {
    /// The change with its first files.
    First(Box<Opened>),
    /// More files; whether these are the last.
    More(Vec<FileDiff>, bool),
    /// The blocks that moved, by the numbers of the files as they were handed over, from 0.
    Moves(Moves),
}

/// A revision that is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Which.
    pub name: QueueRef,
    /// Where.
    pub path: std::path::PathBuf,
    /// Whether it was made just now: one that was there before stays.
    pub made: bool,
}

/// A revision that is to be approved with others: as it was read, or why it was not.
pub type Weighed = (QueueRef, Result<Box<Opened>, String>);

/// Why a verdict was not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecideError {
    /// The signing program has to ask something on the terminal.
    NeedsTerminal,
    /// Anything else, as a sentence.
    Refused(String),
}

/// The repository, the remote and the key, as the screen needs them. Errors are sentences for the
/// reviewer.
pub trait Backend: Send + Sync {
    /// The queue, the session and what waits here, from what is on this machine.
    ///
    /// # Errors
    /// Where the queue cannot be read at all.
    fn load(&self) -> Result<Loaded, String>;

    /// Does some of what the last look at the queue had no time for: counts the history, assesses
    /// changes. Whether there is something new to look at. May take long.
    ///
    /// # Errors
    /// Where history or changes cannot be read.
    fn go_on(&self) -> Result<bool, String> {
        Ok(false)
    }

    /// Reads a change and hands it over part by part; `send` says whether more is wanted.
    ///
    /// # Errors
    /// Where the change cannot be read.
    fn open(&self, name: &QueueRef, send: &mut dyn FnMut(Part) -> bool) -> Result<(), String>;

    /// A file of a change as a whole, by its blob.
    ///
    /// # Errors
    /// Where it is missing, or more than is read of one file.
    fn text(&self, blob: Oid) -> Result<Vec<u8>, String> {
        Err(format!("{blob} is not here"))
    }

    /// Reads revisions to be approved together, each whole.
    fn weigh(&self, names: &[QueueRef]) -> Vec<Weighed> {
        let one = |name: &QueueRef| {
            let mut whole: Option<Box<Opened>> = None;
            let read = self.open(name, &mut |part| {
                match (part, &mut whole) {
                    (Part::First(change), _) => whole = Some(change),
                    (Part::More(files, last), Some(change)) => {
                        change.files.extend(files);
                        change.complete = last;
                    }
                    (Part::More(..), None) | (Part::Moves(_), _) => {}
                }
                true
            });
            let whole = whole.ok_or_else(|| "it was not read".to_owned());
            (name.clone(), read.and(whole))
        };
        names.iter().map(one).collect()
    }

    /// Compares two ends of a change.
    ///
    /// # Errors
    /// Where an end is not here, or cannot be read.
    fn compare(&self, name: &QueueRef, _ends: Ends) -> Result<Box<Comparison>, String> {
        Err(format!("there is nothing here to compare {name} with"))
    }

    /// Keeps that this person went into a revision.
    fn keep_visit(&self, _name: &QueueRef, _head: Oid) {}

    /// Who changed a line last, until it is called off.
    ///
    /// # Errors
    /// Where it cannot be found out.
    fn blame(&self, _ask: &BlameAsk, _watch: &Watch) -> Result<Blamed, String> {
        Err("there is no history here".to_owned())
    }

    /// Signs and records a verdict. `has_terminal` says that the signing program may ask something
    /// (a passphrase) on the terminal, which nobody else is reading then.
    ///
    /// # Errors
    /// Where it is refused, or signing does not work.
    fn decide(&self, draft: &Draft, has_terminal: bool) -> Result<Sha256, DecideError>;

    /// Takes a recorded verdict back.
    ///
    /// # Errors
    /// Where it is not here any more.
    fn undo(&self, digest: &Sha256) -> Result<(), String>;

    /// Pushes recorded verdicts.
    ///
    /// # Errors
    /// What the remote said.
    fn publish(&self, digests: &[Sha256]) -> Result<(), String>;

    /// Fetches, and nothing else.
    ///
    /// # Errors
    /// What the remote said.
    fn fetch(&self) -> Result<(), String>;

    /// Fetches, and pushes what waits here.
    ///
    /// # Errors
    /// What the remote said.
    fn sync(&self) -> Result<(), String>;

    /// Says or unsays "I am on it".
    ///
    /// # Errors
    /// Where somebody else is, or what the remote said.
    fn claim(&self, id: &ChangeId, on: bool) -> Result<String, String>;

    /// What is put off, by change.
    ///
    /// # Errors
    /// Where it is kept and cannot be read.
    fn snoozed(&self) -> Result<BTreeMap<ChangeId, Snooze>, String> {
        Ok(BTreeMap::new())
    }

    /// Puts a change off, with its newest revision and until when, or brings it back; what is put off
    /// then.
    ///
    /// # Errors
    /// Where it cannot be kept.
    fn snooze(
        &self,
        _id: &ChangeId,
        _off: Option<(u32, Until)>,
    ) -> Result<BTreeMap<ChangeId, Snooze>, String> {
        self.snoozed()
    }

    /// Keeps what is written on a revision and not signed yet; none takes it away.
    fn keep_draft(&self, name: &QueueRef, head: Oid, kept: Option<&Kept>);

    /// Keeps the marks of hunks that were seen: path, and the hunk's number in that file.
    fn keep_seen(&self, name: &QueueRef, seen: &[(RepoPath, usize)]);

    /// Takes such marks away.
    fn forget_seen(&self, _name: &QueueRef, _seen: &[(RepoPath, usize)]) {}

    /// Checks a revision out into a folder of its own, if its head is still this one.
    ///
    /// # Errors
    /// Where that cannot be done, as a sentence.
    fn check_out(&self, name: &QueueRef, _head: Option<Oid>) -> Result<Folder, String> {
        Err(format!("{name} cannot be checked out here"))
    }

    /// Takes such a folder away again; a sentence where it stays, because something in it was changed.
    ///
    /// # Errors
    /// Where it cannot be taken away.
    fn put_away(&self, _folder: &Folder) -> Result<Option<String>, String> {
        Ok(None)
    }

    /// Tells this, from now on, how far git is with what it does with the remote.
    fn report_to(&self, _say: Say) {}

    /// Ends a job that is under way, as soon as that can be; what came of it is its answer.
    fn call_off(&self, _job: &Job) {}

    /// Keeps a finished text for later sessions.
    fn keep_words(&self, _words: &str) {}

    /// The texts that were kept, oldest first.
    fn earlier_words(&self) -> Vec<String> {
        Vec::new()
    }

    /// The directory in which an editor finds the files.
    fn work_tree(&self) -> Option<std::path::PathBuf>;
}
