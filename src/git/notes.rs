//! The notes refs as what they are: a set of lines that only grows. Read over their whole history,
//! so that a line once pushed cannot be taken out again by any later push.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use git2::ObjectType;

use super::notes_kept::{Blobs, Kept};
use super::notes_tree::{Difference, NoteTrees};
use super::objects::{Objects, header, kind_name, read};
use super::{GitError, Result, Store};
use crate::change::{Oid, RepoPath};
use crate::verdict;

/// A larger note is an error.
const BLOB_CAP: u64 = 64 << 20;

/// Reports of what is not read that are kept; a flood of them must not fill the memory.
const REPORTS: usize = 10_000;

/// New notes commits from which on a reading is kept: fewer are read again in no time.
const WORTH_KEEPING: usize = 64;

/// One line of a note, as some notes commit first brought it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteLine {
    /// The raw bytes with their line feed, where they have one.
    pub bytes: Vec<u8>,
    /// The object under which the note stands: a hint, never a proof.
    pub annotated: Oid,
    /// The notes commit that brought the line.
    pub notes_commit: Oid,
    /// The path of the note in that commit.
    pub path: RepoPath,
}

/// Something in the notes that is no note, or no line that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoredNote {
    /// The notes commit that brought it.
    pub notes_commit: Oid,
    /// Its path there.
    pub path: RepoPath,
    /// Why it is not read.
    pub why: String,
}

/// A notes commit that took lines out. They count all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedNote {
    /// The notes commit.
    pub notes_commit: Oid,
    /// The object whose note lost lines.
    pub annotated: Oid,
    /// How many it lost.
    pub lines: usize,
}

/// Everything that ever stood in some notes refs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotesHistory {
    /// The refs that exist, and their tips.
    pub tips: Vec<(String, Oid)>,
    /// Each distinct line of each object once, in the order in which the notes commits came.
    pub lines: Vec<NoteLine>,
    /// What was not read, and why; the first ten thousand.
    pub ignored: Vec<IgnoredNote>,
    /// What was taken out by ordinary pushes.
    pub removed: Vec<RemovedNote>,
    /// The notes commits that were read.
    pub commits: HashSet<Oid>,
}

impl NotesHistory {
    /// Whether a notes commit is in the history that was read.
    pub fn contains(&self, notes_commit: Oid) -> bool {
        self.commits.contains(&notes_commit)
    }

    fn ignore(&mut self, notes_commit: Oid, path: &RepoPath, why: String) {
        if self.ignored.len() < REPORTS {
            self.ignored.push(IgnoredNote {
                notes_commit,
                path: path.clone(),
                why,
            });
        }
    }

    /// A line without its line feed.
    fn text(&self, index: u32) -> &[u8] {
        let bytes = self.lines.get(index as usize).map_or(&[][..], |l| &l.bytes);
        bytes.strip_suffix(b"\n").unwrap_or(bytes)
    }
}

impl Store {
    /// Every line that ever stood in the notes refs that exist among `refnames`, over their whole
    /// history, each line of each object once.
    ///
    /// # Errors
    /// [`GitError::NotesNotACommit`] where a ref names something else; where a notes object is
    /// missing, corrupt or over the budgets, or the history of a shallow clone ends early.
    pub fn notes_history(&self, refnames: &[&str]) -> Result<NotesHistory> {
        let mut tips = Vec::new();
        for name in refnames {
            if let Some(tip) = self.notes_tip(name)? {
                tips.push(((*name).to_owned(), tip));
            }
        }
        let mut history =
            self.notes_of(&tips.iter().map(|(_, oid)| *oid).collect::<Vec<_>>(), &[])?;
        history.tips = tips;
        Ok(history)
    }

    /// As [`Store::notes_history`], of given notes commits and without what is reachable from
    /// `before`; of `before` themselves the tree is read (what a checkpoint vouches for).
    ///
    /// # Errors
    /// As [`Store::notes_history`].
    pub fn notes_since(&self, tips: &[Oid], before: &[Oid]) -> Result<NotesHistory> {
        self.notes_of(tips, before)
    }

    /// The lines in the tree of one notes commit, without its history.
    ///
    /// # Errors
    /// As [`Store::notes_history`].
    pub fn notes_at(&self, notes_commit: Oid) -> Result<NotesHistory> {
        self.notes_of(&[], &[notes_commit])
    }

    /// The lines that stand at these tips as notes on commits of the notes' own history: what is said
    /// of the notes themselves. Its `commits` are all of that history, of which nothing else is read.
    ///
    /// # Errors
    /// As [`Store::notes_history`].
    pub fn notes_about_notes(&self, tips: &[Oid]) -> Result<NotesHistory> {
        let odb = self.odb()?;
        let mut reader = Reader::new(&odb);
        let commits: HashSet<Oid> = self.commits_from(&[], tips)?.into_iter().collect();
        for tip in tips {
            let mut found = Vec::new();
            let tree = self.node(*tip)?.tree;
            reader.trees.compare(None, Some(tree), &mut |difference| {
                if matches!(&difference, Difference::Note { annotated, .. } if commits.contains(annotated))
                {
                    found.push(difference);
                }
                Ok(())
            })?;
            for note in &found {
                reader.lines.take(note, *tip, &mut reader.history)?;
            }
        }
        reader.history.commits = commits;
        Ok(reader.history)
    }

    /// The tip of a notes ref; none where there is no such ref.
    ///
    /// # Errors
    /// [`GitError::NotesNotACommit`] where it names something else.
    pub fn notes_tip(&self, refname: &str) -> Result<Option<Oid>> {
        let Some(tip) = self.ref_oid(refname)? else {
            return Ok(None);
        };
        let (kind, _) = header(&self.odb()?, tip)?;
        if kind == ObjectType::Commit {
            Ok(Some(tip))
        } else {
            Err(GitError::NotesNotACommit {
                name: refname.to_owned(),
                kind: kind_name(kind),
            })
        }
    }

    /// Whether a commit is in the history of a notes tip. One that is not in this repository, or
    /// that is no commit, is not.
    ///
    /// # Errors
    /// Where the history cannot be read far enough to tell.
    pub fn contains_commit(&self, tip: Oid, commit: Oid) -> Result<bool> {
        match header(&self.odb()?, commit) {
            Ok((ObjectType::Commit, _)) => self.is_ancestor(commit, tip),
            Ok(_) | Err(GitError::ObjectMissing { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn notes_of(&self, tips: &[Oid], before: &[Oid]) -> Result<NotesHistory> {
        let odb = self.odb()?;
        let name = self.name_of_reading(tips, before);
        let kept = self.kept_reading(&name, tips);
        let mut known = before.to_vec();
        let mut reader = match kept {
            Some(kept) => {
                known.extend(&kept.tips);
                Reader::going_on(&odb, kept)
            }
            None => {
                let mut reader = Reader::new(&odb);
                for oid in before {
                    reader.commit(*oid, self.node(*oid)?.tree, &[None])?;
                }
                reader
            }
        };
        let new = self.commits_from(&known, tips)?;
        for oid in &new {
            let node = self.node(*oid)?;
            let mut parents = Vec::new();
            for parent in &node.parents {
                parents.push(Some(self.node(*parent)?.tree));
            }
            if parents.is_empty() {
                parents.push(None);
            }
            reader.commit(*oid, node.tree, &parents)?;
        }
        // Of a flood of reports the first are kept, and which those are depends on where one starts.
        if let Some(shelf) = &self.notes_shelf
            && new.len() >= WORTH_KEEPING
            && reader.history.ignored.len() < REPORTS
        {
            let left = reader.trees.entries_left();
            let bytes = Kept::encode(tips, &reader.history, &reader.lines.blobs, left);
            shelf.put(&name, &bytes);
        }
        Ok(reader.history)
    }

    /// A reading of this repository from so many tips, own and tracked, and without what is before
    /// these commits: under this name it is kept.
    fn name_of_reading(&self, tips: &[Oid], before: &[Oid]) -> Vec<u8> {
        let mut name = self.common_dir().as_os_str().as_encoded_bytes().to_vec();
        name.push(0);
        name.extend((tips.len() as u64).to_be_bytes());
        for oid in before {
            name.extend_from_slice(oid.as_bytes());
        }
        name
    }

    /// What was kept, where all of it is part of what these tips reach: after a rewind it is not.
    fn kept_reading(&self, name: &[u8], tips: &[Oid]) -> Option<Kept> {
        let kept = Kept::decode(&self.notes_shelf.as_ref()?.get(name)?)?;
        let is_reached = |old: &Oid| {
            let mut tips = tips.iter();
            tips.any(|tip| self.contains_commit(*tip, *old).unwrap_or(false))
        };
        kept.tips.iter().all(is_reached).then_some(kept)
    }
}

/// Reads notes commits, parents before children.
struct Reader<'odb, 'repo> {
    trees: NoteTrees<'odb, 'repo>,
    lines: Lines<'odb, 'repo>,
    history: NotesHistory,
}

impl<'odb, 'repo> Reader<'odb, 'repo> {
    fn new(odb: &'odb Objects<'repo>) -> Self {
        Self {
            trees: NoteTrees::new(odb),
            lines: Lines::new(odb),
            history: NotesHistory::default(),
        }
    }

    /// A reader that has read what was kept.
    fn going_on(odb: &'odb Objects<'repo>, kept: Kept) -> Self {
        let mut reader = Self::new(odb);
        reader.trees.leave(kept.entries_left);
        reader.lines.remember(&kept.history, kept.blobs);
        reader.history = kept.history;
        reader
    }

    /// What a commit adds to its first parent is new to the set; what is missing that any parent
    /// has was taken out.
    fn commit(&mut self, commit: Oid, tree: Oid, parents: &[Option<Oid>]) -> Result<()> {
        self.history.commits.insert(commit);
        for (index, parent) in parents.iter().enumerate() {
            let mut differences = Vec::new();
            self.trees.compare(*parent, Some(tree), &mut |difference| {
                differences.push(difference);
                Ok(())
            })?;
            for difference in &differences {
                if index == 0 {
                    self.lines.take(difference, commit, &mut self.history)?;
                }
            }
            for difference in &differences {
                if let Difference::Note {
                    annotated,
                    blob,
                    added: false,
                    ..
                } = difference
                {
                    self.removal(commit, tree, *annotated, *blob)?;
                }
            }
        }
        Ok(())
    }

    /// Reports a blob that is gone if lines of it are in no note of its object any more.
    fn removal(&mut self, commit: Oid, tree: Oid, annotated: Oid, blob: Oid) -> Result<()> {
        let mut lost: HashSet<u32> = self.lines.of_blob(annotated, blob).collect();
        if lost.is_empty() {
            return Ok(());
        }
        for (_, kept) in self.trees.find(tree, annotated)? {
            for line in self.lines.of_blob(annotated, kept) {
                // A line that got its line feed is the same line.
                let kept = self.history.text(line);
                lost.retain(|line| self.history.text(*line) != kept);
            }
        }
        let reported = self
            .history
            .removed
            .iter()
            .any(|r| r.notes_commit == commit && r.annotated == annotated);
        if !lost.is_empty() && !reported {
            self.history.removed.push(RemovedNote {
                notes_commit: commit,
                annotated,
                lines: lost.len(),
            });
        }
        Ok(())
    }
}

/// The lines found so far and how they were found.
struct Lines<'odb, 'repo> {
    odb: &'odb Objects<'repo>,
    hasher: RandomState,
    /// Hash of object and line, to indices into the history's lines.
    known: HashMap<u64, Vec<u32>>,
    /// The lines of each blob under each object.
    blobs: Blobs,
    odd: HashSet<(Vec<u8>, String)>,
}

impl<'odb, 'repo> Lines<'odb, 'repo> {
    fn new(odb: &'odb Objects<'repo>) -> Self {
        Self {
            odb,
            hasher: RandomState::new(),
            known: HashMap::new(),
            blobs: HashMap::new(),
            odd: HashSet::new(),
        }
    }

    /// Takes over what was read before.
    fn remember(&mut self, history: &NotesHistory, blobs: Blobs) {
        for (index, line) in (0..).zip(&history.lines) {
            let hash = self
                .hasher
                .hash_one((line.annotated, line.bytes.as_slice()));
            self.known.entry(hash).or_default().push(index);
        }
        let odd = history.ignored.iter();
        self.odd = odd
            .map(|one| (one.path.as_bytes().to_vec(), one.why.clone()))
            .collect();
        self.blobs = blobs;
    }

    fn of_blob(&self, annotated: Oid, blob: Oid) -> impl Iterator<Item = u32> {
        let lines = self.blobs.get(&(annotated, blob));
        lines.into_iter().flatten().copied()
    }

    fn take(&mut self, found: &Difference, commit: Oid, history: &mut NotesHistory) -> Result<()> {
        match found {
            Difference::Odd { path, why } => {
                if self.odd.len() < REPORTS && self.odd.insert((path.clone(), (*why).to_owned())) {
                    history.ignore(commit, &RepoPath::new(path.clone()), (*why).to_owned());
                }
                Ok(())
            }
            Difference::Note { added: false, .. } => Ok(()),
            Difference::Note {
                path,
                annotated,
                blob,
                ..
            } => {
                if self.blobs.contains_key(&(*annotated, *blob)) {
                    return Ok(());
                }
                let place = NoteLine {
                    bytes: Vec::new(),
                    annotated: *annotated,
                    notes_commit: commit,
                    path: RepoPath::new(path.clone()),
                };
                let lines = self.blob(*blob, &place, history)?;
                self.blobs.insert((*annotated, *blob), lines);
                Ok(())
            }
        }
    }

    fn blob(
        &mut self,
        blob: Oid,
        place: &NoteLine,
        history: &mut NotesHistory,
    ) -> Result<Vec<u32>> {
        let object = match read(self.odb, blob, ObjectType::Blob, BLOB_CAP) {
            Err(GitError::WrongKind { found, .. }) => {
                let why = format!("the entry says blob and the object is a {found}");
                history.ignore(place.notes_commit, &place.path, why);
                return Ok(Vec::new());
            }
            object => object?,
        };
        let lines = verdict::lines(object.data()).map_err(|too_much| GitError::OverBudget {
            what: format!("the note {blob} on {}", place.annotated),
            limit: too_much.to_string(),
        })?;
        let mut indices = Vec::new();
        for line in lines {
            if line.candidate == Err(verdict::Unread::TooLong) {
                let bytes = line.bytes.len();
                let why = format!("a line of {bytes} bytes, over the limit of 256 KiB");
                history.ignore(place.notes_commit, &place.path, why);
                continue;
            }
            indices.push(self.line(line.bytes, place, history));
        }
        Ok(indices)
    }

    /// The index of a line, which is added where it is new.
    fn line(&mut self, bytes: &[u8], place: &NoteLine, history: &mut NotesHistory) -> u32 {
        let hash = self.hasher.hash_one((place.annotated, bytes));
        let same = self.known.entry(hash).or_default();
        let found = same.iter().copied().find(|index| {
            history
                .lines
                .get(*index as usize)
                .is_some_and(|line| line.annotated == place.annotated && line.bytes == bytes)
        });
        found.unwrap_or_else(|| {
            let index = u32::try_from(history.lines.len()).unwrap_or(u32::MAX);
            same.push(index);
            history.lines.push(NoteLine {
                bytes: bytes.to_vec(),
                ..place.clone()
            });
            index
        })
    }
}
