//! The change in the diff pane: its rows, the cursor, what is folded, what was on the screen.

use std::collections::BTreeMap;
use std::ops::Range;

use super::change::{MESSAGE_PATH, Note, NoteKind, Opened, message_file};
use super::compare::{Ends, Kind, View};
use super::folded::fold_generated;
use super::key::Key;
use super::search::Search;
use super::seen::Share;
use crate::change::RepoPath;
use crate::diff::FileDiff;
use crate::diff::moves::Moves;
use crate::diff::rows::{Folds, Layout, OnSide, Place, Plan, RowKind, Rows};
use crate::queue::RevisionName;
use crate::verdict::{Comment, Side};

pub use super::visit::{Kept, Unfinished, Visit};

/// The change that is, or is about to be, in the diff pane.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Which revision.
    pub name: RevisionName,
    /// The request it answers; results of older requests are dropped.
    pub generation: u64,
    /// How far it is.
    pub stage: Stage,
    /// Whether the sheet was asked for before the diff was on the screen: it opens after it.
    pub wants_sheet: bool,
    /// The last key here and when it came, to tell a held one.
    pub pressed: Option<(Key, u64)>,
    /// When somebody last touched key or mouse, on the clock of the program.
    pub touched: u64,
    /// Whether a frame was drawn since the last key.
    pub is_drawn: bool,
    /// A comparison that is in the pane instead of the whole change.
    pub compare: Option<Box<Open>>,
    /// One that is wanted, and the request for it; 0 before the change itself is there.
    pub wanted: Option<(u64, Ends)>,
}

/// How far opening a change is.
#[derive(Debug, Clone)]
pub enum Stage {
    /// Being read.
    Loading,
    /// Could not be read.
    Failed(String),
    /// On the screen.
    Open(Box<Open>),
}

/// A change that is open.
#[derive(Debug, Clone)]
pub struct Open {
    /// What the use-cases say of it. The message is its first file.
    pub change: Opened,
    /// Findings, remarks and the drafts of this visit, in one list.
    pub notes: Vec<Note>,
    /// The rows, in the layout they were built for.
    pub rows: Rows,
    /// That layout.
    pub layout: Layout,
    /// What is folded.
    pub folds: Folds,
    /// The row the cursor is on.
    pub cursor: usize,
    /// Where selecting lines began.
    pub anchor: Option<usize>,
    /// The first row to show; the view moves on from it until the cursor is on the screen.
    pub top: usize,
    /// How far the view is moved within what it shows.
    pub pan: Pan,
    /// What is searched for.
    pub search: Option<Search>,
    /// What was on the screen when it was last drawn.
    pub window: Window,
    /// A newer revision that came while this one was read, and when, on the program's clock.
    pub newer: Option<(u32, u64)>,
    /// What is known of lines beyond their text.
    pub known: Known,
    /// How the rows came about.
    pub view: View,
}

/// How far the view is moved within what it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pan {
    /// Columns cut off on the left.
    pub columns: usize,
    /// Lines of the cursor's row above the pane, where the row is taller than the pane; more than
    /// there are shows its end.
    pub lines: usize,
}

/// What is known of lines beyond their text.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Syntax classes by (file, hunk, line), as far as they have been worked out. Lines that no hunk
    /// holds stand under the hunk [`AROUND`], by their number on the new side.
    pub colours: BTreeMap<(usize, usize, usize), Colours>,
    /// Whether a request for more of them is under way.
    pub colouring: bool,
    /// Blocks that moved; files are counted as in the change, the message first.
    pub moves: Moves,
}

/// Stands for a hunk's number where a line is in none.
pub const AROUND: usize = usize::MAX;

/// A row that is taller than the pane, as it was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside {
    /// Which row.
    pub row: usize,
    /// Its lines that were on the screen.
    pub shown: Range<usize>,
    /// How many it has.
    pub total: usize,
}

/// A stretch of a line that was on the screen, of a row that was not there as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The file.
    pub file: usize,
    /// The hunk.
    pub hunk: usize,
    /// The line, by its index in the hunk.
    pub line: usize,
    /// Its bytes.
    pub bytes: Range<usize>,
}

/// The rows that were drawn last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Window {
    /// From the first to after the last that was wholly on the screen.
    pub rows: Range<usize>,
    /// Lines of the pane.
    pub height: usize,
    /// Whether lines are wider than the pane.
    pub cut: bool,
    /// Of those the ones of which something was cut off, in rising order.
    pub partial: Vec<usize>,
    /// Lines with more bytes than this were not shown whole.
    pub bytes: usize,
    /// What was on the screen of rows that were not there as a whole.
    pub parts: Vec<Stretch>,
    /// The first row, where it is taller than the pane.
    pub inside: Option<Inside>,
}

/// The stretches of a line, in bytes, with what each is to its language.
pub type Colours = Vec<(Range<usize>, Syntax)>;

/// What a stretch of a line is to the language it is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Syntax {
    /// A remark in the code.
    Comment,
    /// A word of the language.
    Keyword,
    /// Text.
    Text,
    /// A number or a fixed value.
    Value,
    /// A type.
    Type,
    /// The name of a function.
    Function,
    /// A key or a name that is defined.
    Name,
    /// Signs between things.
    Sign,
}

impl Open {
    /// The rows of a change that has just been read.
    pub fn new(mut change: Opened, layout: Layout, visit: &Visit) -> Self {
        for (file, _) in &mut change.seen {
            *file += 1;
        }
        let message = message_file(&change.message);
        Self::with(change, message, layout, View::Whole, visit)
    }

    /// The rows of these files, the message before them.
    pub(super) fn with(
        mut change: Opened,
        message: FileDiff,
        layout: Layout,
        view: View,
        visit: &Visit,
    ) -> Self {
        change.files.insert(0, message);
        let mut folds = Folds::default();
        fold_generated(&mut folds, &change.files, 0);
        if let Some(compared) = view.compared() {
            let kinds = compared.kinds.iter().enumerate();
            let rebased = kinds.filter(|(_, kind)| **kind == Kind::Rebase);
            folds.bare = rebased.map(|(file, _)| file).collect();
            folds.files.extend(&folds.bare);
        }
        let mut open = Self {
            change,
            notes: Vec::new(),
            rows: Rows::default(),
            layout,
            folds,
            cursor: 0,
            anchor: None,
            top: 0,
            pan: Pan::default(),
            search: None,
            window: Window::default(),
            newer: None,
            known: Known::default(),
            view,
        };
        open.collect_notes(visit);
        open.rebuild(layout);
        open.start();
        open
    }

    /// The cursor on the first line worth reading: the message where it says more than its title,
    /// else the first file.
    fn start(&mut self) {
        let message = self.files().first().and_then(|file| file.hunks().first());
        let has_body = message.is_some_and(|message| message.lines.len() > 2);
        // The title stands above the diff; a message that is no more than that stays out of sight,
        // one key up.
        let first = if has_body {
            0
        } else {
            self.rows.of_file(1).start
        };
        self.cursor = first.min(self.rows.len().saturating_sub(1));
        self.top = self.cursor;
    }

    /// Hunks of the change that are new to this person, and hunks that were seen on an earlier visit
    /// (of whatever revision: a hunk is known by its lines, not by where they stand).
    pub fn news(&self) -> (usize, usize) {
        let total: usize = self.files().iter().skip(1).map(|f| f.hunks().len()).sum();
        let old = self.change.seen.len();
        (total.saturating_sub(old), old)
    }

    /// Folds away what was seen on earlier visits, or shows it again.
    pub fn show_since(&mut self, since: bool) {
        self.view = if since { View::News } else { View::Whole };
        for (file, hunk) in self.change.seen.clone() {
            if since {
                self.folds.hunks.insert((file, hunk));
            } else {
                self.folds.hunks.remove(&(file, hunk));
            }
        }
        self.rebuild(self.layout);
    }

    /// Takes over the place in the diff from the same revision, opened before.
    pub fn stay(&mut self, before: &Self) {
        self.folds.clone_from(&before.folds);
        self.view = before.view.clone();
        self.rebuild(before.layout);
        let last = self.rows.len().saturating_sub(1);
        self.cursor = before.cursor.min(last);
        self.top = before.top.min(last);
        self.pan = before.pan;
        self.search.clone_from(&before.search);
        self.window.clone_from(&before.window);
        self.newer = before.newer;
        self.known.colours.clone_from(&before.known.colours);
        self.known.moves.clone_from(&before.known.moves);
    }

    /// Files that were read after the first ones.
    pub fn append(&mut self, files: Vec<FileDiff>, complete: bool) {
        let from = self.change.files.len();
        self.change.files.extend(files);
        self.change.complete = complete;
        fold_generated(&mut self.folds, &self.change.files, from);
        let places = self.places();
        let (files, layout) = (&self.change.files, self.layout);
        self.rows.append(files, from, &places, layout, &self.folds);
    }

    /// All files, the message first.
    pub fn files(&self) -> &[FileDiff] {
        &self.change.files
    }

    /// Builds the rows again; the cursor stays on what it was on.
    pub fn rebuild(&mut self, layout: Layout) {
        self.layout = layout;
        let places = self.places();
        self.renew(|open| {
            open.rows = Rows::build(&open.change.files, &places, layout, &open.folds);
        });
    }

    /// Builds the rows of one file again; the cursor stays on what it was on.
    pub fn refill(&mut self, file: usize) {
        let places = self.places();
        self.renew(|open| {
            let plan = Plan {
                notes: &places,
                layout: open.layout,
                folds: &open.folds,
            };
            open.rows.refill(&open.change.files, file, plan);
        });
    }

    fn renew(&mut self, make: impl FnOnce(&mut Self)) {
        let on = self.rows.get(self.cursor);
        let selected = self.anchor.and_then(|anchor| self.rows.get(anchor));
        let offset = self.cursor.saturating_sub(self.top);
        make(self);
        if let Some(row) = on {
            self.cursor = self.rows.nearest(row);
            self.top = self.cursor.saturating_sub(offset);
        }
        self.anchor = selected.map(|row| self.rows.nearest(row));
    }

    /// Findings and remarks of the change with the drafts of this visit.
    pub fn collect_notes(&mut self, visit: &Visit) {
        self.notes.clone_from(&self.change.notes);
        let drafts = visit.comments.iter().enumerate();
        let drafts = drafts.map(|(index, draft)| own_note(draft, NoteKind::Draft(index)));
        self.notes.extend(drafts);
        let begun = visit.unfinished.iter().enumerate();
        let begun = begun.filter(|(_, one)| !one.answers);
        let begun = begun.map(|(index, one)| own_note(&one.comment, NoteKind::Unfinished(index)));
        self.notes.extend(begun);
        if let Some(compared) = self.compared() {
            let notes = self.notes.iter().cloned();
            self.notes = notes
                .filter_map(|note| self.placed(compared, note))
                .collect();
        }
    }

    fn places(&self) -> Vec<Place> {
        let mut by_path: BTreeMap<&RepoPath, usize> = BTreeMap::new();
        for (index, file) in self.change.files.iter().enumerate() {
            let kind = self.compared().map(|compared| compared.kind(index));
            if kind == Some(Kind::Rebase) {
                continue;
            }
            let sides = [file.old.as_ref(), file.new.as_ref()];
            for side in sides.into_iter().flatten() {
                by_path.insert(&side.path, index);
            }
        }
        let place = |note: &Note| Place {
            // What belongs to no file here stands under the message.
            file: note
                .path
                .as_ref()
                .map_or(Some(0), |path| by_path.get(path).copied())
                .unwrap_or(if self.change.complete { 0 } else { usize::MAX }),
            side: note.side,
            line: note.line,
        };
        self.notes.iter().map(place).collect()
    }

    /// These hunks by their file's path.
    pub fn named(&self, hunks: impl IntoIterator<Item = (usize, usize)>) -> Vec<(RepoPath, usize)> {
        let named = hunks.into_iter().filter_map(|(file, hunk)| {
            let file = self.files().get(file)?;
            Some((file.path().clone(), hunk))
        });
        named.collect()
    }

    /// The file the cursor is in.
    pub fn current_file(&self) -> usize {
        self.rows
            .get(self.cursor)
            .map_or(0, |row| row.file as usize)
    }

    /// The note on a row.
    pub fn note_at(&self, row: usize) -> Option<&Note> {
        match self.rows.get(row)?.kind {
            RowKind::Note(note) => self.notes.get(note as usize),
            _ => None,
        }
    }

    /// Hunks of the change itself (not the message) that were seen.
    pub fn share(&self, visit: &Visit) -> Share {
        if let Some(compared) = self.compared() {
            return self.share_compared(compared);
        }
        visit
            .seen
            .total(self.files().get(1..).unwrap_or_default(), 1)
    }

    /// Findings that want an answer, and how many have one.
    pub fn answered(&self, visit: &Visit) -> Share {
        let wanted = self.notes.iter().filter(|note| note.wants_answer());
        let ids: Vec<&str> = wanted.filter_map(Note::finding).collect();
        let seen = ids
            .iter()
            .filter(|id| visit.answers.contains_key(**id))
            .count();
        Share {
            seen,
            total: ids.len(),
        }
    }
}

/// A remark of one's own at its place.
fn own_note(comment: &Comment, kind: NoteKind) -> Note {
    Note {
        path: comment.path.clone(),
        side: match comment.side {
            Some(Side::Old) => OnSide::Old,
            _ => OnSide::New,
        },
        line: comment
            .end_line
            .or(comment.line)
            .and_then(|line| u32::try_from(line).ok()),
        kind,
        text: comment.body.clone(),
    }
}

/// Whether a file is the commit message.
pub fn is_message(file: &FileDiff) -> bool {
    file.path().as_bytes() == MESSAGE_PATH.as_bytes()
}
