//! What reaches the state machine and what it asks for: messages in, effects out.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::action::Action;
use super::change::Opened;
use super::compare::{Comparison, Ends};
use super::key::Key;
use super::looked_up::{BlameAsk, Blamed};
use super::reading::{Kept, Syntax, Window};
use super::session::{Clock, Session, Tone};
use super::sheet::Draft;
use super::work::Job;
use crate::change::{ChangeId, Oid, QueueRef, RepoPath, Sha256};
use crate::diff::FileDiff;
use crate::diff::context::Text;
use crate::diff::moves::Moves;
use crate::queue::{ChangeName, Entry, Home, RevisionName, Snooze, Until};

/// What can happen.
#[derive(Debug, Clone)]
pub enum Message {
    /// Time has passed. Comes first in every batch.
    Now(Clock),
    /// A key; `repeat` where the terminal says that it is held.
    Key {
        /// Which.
        key: Key,
        /// Held.
        repeat: bool,
    },
    /// An action by its name, from a dialogue of lines.
    Act(Action),
    /// A paste. It goes into boxes of words only.
    Paste(String),
    /// A click on something that was drawn.
    Click(Target),
    /// The wheel over something that was drawn; lines, down is positive.
    Wheel(Pane, i64),
    /// The terminal has this size.
    Size(u16, u16),
    /// A frame has been drawn.
    Drawn(Drawn),
    /// The queue of a clone as it is now.
    Loaded(Home, Result<Loaded, String>),
    /// What is put off in a clone, as it is kept.
    Snoozed(Home, Result<BTreeMap<ChangeId, Snooze>, String>),
    /// A change was read, at least its first files.
    Opened(u64, Result<Box<Opened>, String>),
    /// Two ends of the change in the pane were compared.
    Compared(u64, Result<Box<Comparison>, String>),
    /// More files of it; whether these are the last.
    More(u64, Vec<FileDiff>, bool),
    /// The blocks of the change that moved, for a request.
    Moved(u64, Moves),
    /// The new side of a file as a whole, for a request.
    Text(u64, usize, Result<Arc<Text>, String>),
    /// Who changed a line last, for a request.
    Blamed(u64, Box<BlameAsk>, Result<Blamed, String>),
    /// A link was opened by the program named, or could not be.
    LinkOpened(String, Result<String, String>),
    /// Syntax classes of some lines, for a request.
    Coloured(u64, Vec<Coloured>),
    /// Changes that are to be approved together were read, or could not be.
    Weighed(Vec<(RevisionName, Result<Box<Opened>, String>)>),
    /// A verdict was signed and recorded, or refused.
    Decided(Box<Draft>, Result<Sha256, String>),
    /// A verdict was taken back, or could not be.
    Undone(Home, Sha256, Result<(), String>),
    /// Verdicts of a clone were pushed; the error is the remote's words.
    Published(Home, Vec<Sha256>, Result<(), String>),
    /// A fetch into a clone ended.
    Synced(Home, Result<(), String>),
    /// Words came back from an editor; none where it was left without saving.
    Edited(Option<String>),
    /// Something was done that only wants a word.
    Said(Tone, String),
    /// git said how far it is with what it does with a clone's remote.
    Progress(Home, String),
    /// A piece of slow work ended; what came of it was said before.
    Ended(Job),
}

/// The syntax classes of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coloured {
    /// File, hunk, line.
    pub at: (usize, usize, usize),
    /// Byte ranges and what they are.
    pub spans: Vec<(Range<usize>, Syntax)>,
}

/// The queue and the session, read together.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Every entry.
    pub entries: Vec<Entry>,
    /// Facts for the bars.
    pub session: Session,
    /// Verdicts that wait here from an earlier session.
    pub outbox: Vec<(Sha256, QueueRef, crate::verdict::VerdictKind)>,
    /// When the last fetch ended.
    pub fetched: Option<jiff::Timestamp>,
}

/// What can be clicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The n-th shown entry.
    Entry(usize),
    /// A row of the diff.
    Row(usize),
    /// A file of the change.
    File(usize),
    /// A tab.
    View(usize),
    /// A key of the bar.
    Action(Action),
}

/// What the wheel turns over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The queue.
    Queue,
    /// The diff.
    Diff,
    /// A page in front.
    Front,
}

/// What a frame showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawn {
    /// The request whose rows were shown, and which rows.
    pub diff: Option<(u64, Window)>,
    /// First row and rows of the queue's list.
    pub queue: Option<(usize, usize)>,
    /// Whether the sign sheet was shown.
    pub sheet: bool,
    /// Whether a box of words was.
    pub words: bool,
    /// The first line shown of the sheet, where it moved to keep its row in sight.
    pub top: Option<usize>,
    /// Lines that fit and lines there are on a page in front.
    pub page: Option<(usize, usize)>,
}

/// What the runtime is asked to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Read the queue of a clone from what is here.
    Load(Home),
    /// Read a change.
    Open(RevisionName, u64),
    /// Read the new side of a file: its number, its blob.
    Text(Home, u64, usize, Oid),
    /// Compare two ends of a change.
    Compare(RevisionName, Ends, u64),
    /// Look up who changed a line last.
    Blame(Home, u64, Box<BlameAsk>),
    /// Open a link in the user's browser.
    OpenLink(String),
    /// Work out the syntax of these lines.
    Colour(u64, Vec<ColourJob>),
    /// Read changes of a clone that are to be approved together, each whole.
    Weigh(Home, Vec<QueueRef>),
    /// Sign and record.
    Decide(Box<Draft>),
    /// Take a recorded verdict back.
    Undo(Home, Sha256),
    /// Push these recorded verdicts.
    Publish(Home, Vec<Sha256>),
    /// Fetch only.
    Fetch(Home),
    /// Fetch, and push what waits in a clone.
    Sync(Home),
    /// Put a change off: its newest revision and until when; none brings it back.
    Snooze(ChangeName, Option<(u32, Until)>),
    /// Say or unsay "I am on it".
    Claim(ChangeName, bool),
    /// Keep what is written and not signed yet; none takes it away.
    KeepDraft(RevisionName, Oid, Option<Kept>),
    /// Keep the marks of what was seen.
    KeepSeen(RevisionName, Vec<(RepoPath, usize)>),
    /// Take such marks away.
    ForgetSeen(RevisionName, Vec<(RepoPath, usize)>),
    /// Keep a finished text, for the arrow up of later sessions.
    KeepWords(String),
    /// Keep that this person went into a revision: its head.
    KeepVisit(RevisionName, Oid),
    /// Put a text into the clipboard.
    Copy(String),
    /// Let the user's editor work on a text.
    EditWords(String),
    /// Open a file of the work tree in the user's editor.
    EditFile(Home, RepoPath, Option<u64>),
    /// Open a shell in a throw-away worktree of a revision, whose head is this one where it was on
    /// the screen.
    Shell(RevisionName, Option<Oid>),
    /// Draw everything again.
    Redraw,
    /// End a piece of slow work.
    CallOff(Job),
    /// Give the terminal back and stop.
    Suspend,
    /// End; pushing first what waits here.
    Quit {
        /// What to push.
        publish: bool,
    },
}

impl Effect {
    /// In which clone it is done; none where it is done in none.
    pub fn home(&self) -> Option<&Home> {
        match self {
            Self::Load(home)
            | Self::Text(home, ..)
            | Self::Blame(home, ..)
            | Self::Weigh(home, _)
            | Self::Undo(home, _)
            | Self::Publish(home, _)
            | Self::Fetch(home)
            | Self::Sync(home)
            | Self::EditFile(home, ..) => Some(home),
            Self::Open(name, _)
            | Self::Compare(name, ..)
            | Self::KeepDraft(name, ..)
            | Self::KeepSeen(name, _)
            | Self::ForgetSeen(name, _)
            | Self::KeepVisit(name, _)
            | Self::Shell(name, _) => Some(&name.home),
            Self::Snooze(name, _) | Self::Claim(name, _) => Some(&name.home),
            Self::Decide(draft) => Some(&draft.name.home),
            Self::CallOff(job) => Some(job.home()),
            Self::OpenLink(_)
            | Self::Colour(..)
            | Self::KeepWords(_)
            | Self::Copy(_)
            | Self::EditWords(_)
            | Self::Redraw
            | Self::Suspend
            | Self::Quit { .. } => None,
        }
    }
}

/// Lines whose syntax is wanted: one hunk, from one of its lines on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColourJob {
    /// File and hunk.
    pub at: (usize, usize),
    /// The index of the first line.
    pub from: usize,
    /// The file's path, which tells the language.
    pub path: RepoPath,
    /// The lines.
    pub lines: Vec<crate::diff::Line>,
    /// The lines that are wanted; those before them are there to set out from.
    pub wanted: Range<usize>,
}
