//! The change in the diff pane: its rows, the cursor, what is folded, what was on the screen.

use std::collections::BTreeMap;
use std::ops::Range;

use super::change::{MESSAGE_PATH, Note, NoteKind, Opened, message_file};
use super::key::Key;
use super::seen::{Seen, Share};
use crate::change::{Oid, QueueRef, RepoPath};
use crate::diff::FileDiff;
use crate::diff::rows::{Folds, Layout, OnSide, Place, RowKind, Rows};
use crate::verdict::{Answer, Comment, Side};

/// The change that is, or is about to be, in the diff pane.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Which revision.
    pub name: QueueRef,
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
    /// Columns cut off on the left.
    pub pan: usize,
    /// What is searched for.
    pub search: Option<Search>,
    /// What was on the screen when it was last drawn.
    pub window: Window,
    /// A newer revision that came while this one was read.
    pub newer: Option<u32>,
    /// Syntax classes by (file, hunk, line), as far as they have been worked out.
    pub colours: BTreeMap<(usize, usize, usize), Colours>,
    /// Whether a request for more of them is under way.
    pub colouring: bool,
    /// Whether what was seen on earlier visits is folded away.
    pub since: bool,
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
}

/// A search in the diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The words, as typed; a capital letter makes case count.
    pub words: String,
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

/// What a reviewer did in a change during this session; kept when another change is read.
#[derive(Debug, Clone, Default)]
pub struct Visit {
    /// What was on the screen.
    pub seen: Seen,
    /// Of which diff: base and head. Where the target has moved on, the same revision has another.
    pub seen_of: Option<(Oid, Oid)>,
    /// For how long, in milliseconds, while somebody was at the keys.
    pub millis: u64,
    /// Findings that were answered, with the words, if any.
    pub answers: BTreeMap<String, Option<String>>,
    /// Remarks that go with the verdict.
    pub comments: Vec<Comment>,
    /// The checklist.
    pub checklist: [Option<Answer>; 3],
    /// The reason or note that was being written.
    pub words: String,
    /// Whether the diff has been on the screen at all.
    pub was_shown: bool,
    /// Whether the marks of earlier visits have been taken over.
    pub restored: bool,
}

/// What a reviewer has written and answered and not signed yet: kept through quits and crashes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// The reason or note.
    pub words: String,
    /// Remarks.
    pub comments: Vec<Comment>,
    /// Findings that were answered.
    pub answers: BTreeMap<String, Option<String>>,
    /// The checklist.
    pub checklist: [Option<Answer>; 3],
}

impl Visit {
    /// What would be lost if the program ended now.
    pub fn kept(&self) -> Kept {
        Kept {
            words: self.words.clone(),
            comments: self.comments.clone(),
            answers: self.answers.clone(),
            checklist: self.checklist,
        }
    }

    /// Takes up what was kept.
    pub fn take_up(&mut self, kept: Kept) {
        self.words = kept.words;
        self.comments = kept.comments;
        self.answers = kept.answers;
        self.checklist = kept.checklist;
    }
}

/// Generated and vendored files that a reader rarely wants first.
const FOLDED: [&str; 9] = [
    "Cargo.lock",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "go.sum",
    "poetry.lock",
    "uv.lock",
    "composer.lock",
    "Gemfile.lock",
];

impl Open {
    /// The rows of a change that has just been read.
    pub fn new(mut change: Opened, layout: Layout, drafts: &[Comment]) -> Self {
        change.files.insert(0, message_file(&change.message));
        for (file, _) in &mut change.seen {
            *file += 1;
        }
        let mut folds = Folds::default();
        fold_generated(&mut folds, &change.files, 0);
        let mut open = Self {
            change,
            notes: Vec::new(),
            rows: Rows::default(),
            layout,
            folds,
            cursor: 0,
            anchor: None,
            top: 0,
            pan: 0,
            search: None,
            window: Window::default(),
            newer: None,
            colours: BTreeMap::new(),
            colouring: false,
            since: false,
        };
        open.collect_notes(drafts);
        open.rebuild(layout);
        open.start();
        open
    }

    /// The cursor on the first line worth reading: the message where it says more than its title,
    /// else the first file.
    fn start(&mut self) {
        let has_body = self.files()[0].hunks()[0].lines.len() > 2;
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
        self.since = since;
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
        self.since = before.since;
        self.rebuild(before.layout);
        let last = self.rows.len().saturating_sub(1);
        self.cursor = before.cursor.min(last);
        self.top = before.top.min(last);
        self.pan = before.pan;
        self.search.clone_from(&before.search);
        self.window.clone_from(&before.window);
        self.newer = before.newer;
        self.colours.clone_from(&before.colours);
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
        let anchor = self.rows.get(self.cursor);
        self.layout = layout;
        let places = self.places();
        self.rows = Rows::build(&self.change.files, &places, layout, &self.folds);
        let offset = self.cursor.saturating_sub(self.top);
        if let Some(row) = anchor {
            self.cursor = self.find(row.file as usize, row.hunk(), row.lines().next());
            self.top = self.cursor.saturating_sub(offset);
        }
    }

    /// The row that shows a line, else its hunk, else its file.
    fn find(&self, file: usize, hunk: Option<usize>, line: Option<usize>) -> usize {
        let range = self.rows.of_file(file);
        let rows = self.rows.as_slice().get(range.clone()).unwrap_or_default();
        let exact = rows.iter().position(|row| {
            row.hunk() == hunk
                && hunk.is_some()
                && line.is_some_and(|l| row.lines().any(|x| x == l))
        });
        let near = || {
            rows.iter()
                .position(|row| hunk.is_some() && row.hunk() == hunk)
        };
        range.start + exact.or_else(near).unwrap_or(0)
    }

    /// Findings and remarks of the change with the drafts of this visit.
    pub fn collect_notes(&mut self, drafts: &[Comment]) {
        self.notes.clone_from(&self.change.notes);
        for (index, draft) in drafts.iter().enumerate() {
            self.notes.push(Note {
                path: draft.path.clone(),
                side: match draft.side {
                    Some(Side::Old) => OnSide::Old,
                    _ => OnSide::New,
                },
                line: draft
                    .end_line
                    .or(draft.line)
                    .and_then(|line| u32::try_from(line).ok()),
                kind: NoteKind::Draft(index),
                text: draft.body.clone(),
            });
        }
    }

    fn places(&self) -> Vec<Place> {
        let mut by_path: BTreeMap<&RepoPath, usize> = BTreeMap::new();
        for (index, file) in self.change.files.iter().enumerate() {
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

    /// The rows that are selected.
    pub fn selection(&self) -> Option<Range<usize>> {
        let anchor = self.anchor?;
        Some(anchor.min(self.cursor)..anchor.max(self.cursor) + 1)
    }

    /// First and last line number of the selected rows on a side, in the cursor's file.
    pub fn selected(&self, side: Option<Side>) -> Option<(u64, u64)> {
        let file = self.rows.get(self.cursor)?.file;
        let rows = self.rows.as_slice().get(self.selection()?)?;
        let rows = rows.iter().filter(|row| row.file == file);
        let lines = rows.filter_map(|row| {
            let hunk = self.files().get(file as usize)?.hunks().get(row.hunk()?)?;
            let line = hunk.lines.get(row.lines().last()?)?;
            match side? {
                Side::Old => line.old,
                Side::New => line.new,
            }
        });
        let lines: Vec<u64> = lines.map(u64::from).collect();
        Some((*lines.iter().min()?, *lines.iter().max()?))
    }

    /// What a remark on the cursor's row is about: path, side, line. None of them on the change.
    pub fn target(&self) -> (Option<RepoPath>, Option<Side>, Option<u64>, Option<String>) {
        let Some(row) = self.rows.get(self.cursor) else {
            return (None, None, None, None);
        };
        let Some(file) = self.files().get(row.file as usize) else {
            return (None, None, None, None);
        };
        let path = Some(file.path().clone());
        if let Some(note) = self.note_at(self.cursor) {
            let side = note.line.map(|_| match note.side {
                OnSide::Old => Side::Old,
                OnSide::New => Side::New,
            });
            let finding = note.finding().map(str::to_owned);
            return (path, side, note.line.map(u64::from), finding);
        }
        let line = row
            .hunk()
            .and_then(|hunk| file.hunks().get(hunk))
            .and_then(|hunk| hunk.lines.get(row.lines().last()?));
        match line.map(|line| (line.new, line.old)) {
            Some((Some(new), _)) => (path, Some(Side::New), Some(new.into()), None),
            Some((None, Some(old))) => (path, Some(Side::Old), Some(old.into()), None),
            _ => (path, None, None, None),
        }
    }
}

fn fold_generated(folds: &mut Folds, files: &[FileDiff], from: usize) {
    for (index, file) in files.iter().enumerate().skip(from) {
        let name = file.path().file_name();
        let lines = file.added + file.removed;
        if FOLDED.iter().any(|known| known.as_bytes() == name) && lines > 40 {
            folds.files.insert(index);
        }
    }
}

/// Whether a file is the commit message.
pub fn is_message(file: &FileDiff) -> bool {
    file.path().as_bytes() == MESSAGE_PATH.as_bytes()
}
