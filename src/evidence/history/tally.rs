//! What a history comes to, commit by commit: who changed which file how often, and how often that
//! was undone. Integers only; the same commits in the same order give the same bytes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::codec::{Reader, Writer};
use super::known::{Commits, Named};
use super::lately::Lately;
use crate::change::{Commit, Oid, RepoPath};
use crate::git::{GitError, PathEdit, Store};
use crate::risk::{AuthorId, FolderStats, HistoryStats, PathStats, undoes};

/// The format, and with it the rules by which is counted: another number for each change of either.
/// Renames are those of unchanged content.
pub const FORMAT: &[u8] = b"countersign.history.v2 M100\0";
/// A commit of more files is no work on any of them.
const FILES: usize = 2000;
/// People kept a file.
const PEOPLE: usize = 64;
/// Authors kept a file, besides those asked about.
const AUTHORS: usize = 8;
/// First parents looked at to find where a merged branch began.
const BRANCH: usize = 400;

/// One file.
#[derive(Debug, Clone, Default)]
struct File {
    changes: u32,
    undone: u32,
    last: u32,
    /// Who made how many of the changes, in the order of their first.
    authors: Vec<(u32, u32)>,
}

/// The history up to one commit.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    head: Option<Oid>,
    commits: Commits,
    emails: Vec<String>,
    authors: HashMap<String, u32>,
    files: HashMap<RepoPath, File>,
    folders: HashMap<RepoPath, FolderStats>,
    /// Who changed a file that lies in this folder, each once.
    changed_in: HashMap<RepoPath, Vec<u32>>,
    lately: Lately,
}

impl Tally {
    /// The commit up to which it goes.
    pub(super) const fn head(&self) -> Option<Oid> {
        self.head
    }

    /// How many commits it holds.
    pub(super) fn len(&self) -> usize {
        self.commits.len()
    }

    /// Whether it holds a commit.
    pub(super) fn contains(&self, oid: Oid) -> bool {
        self.commits.contains(oid)
    }

    /// Goes on to `tip`, of which the head so far must be the first parent (or there is none):
    /// what a merge brings in comes before it, the older first.
    pub(super) fn advance(&mut self, store: &Store, tip: Oid) -> Result<(), GitError> {
        let arrivals = store.arrivals(tip, &|oid| self.commits.contains(oid))?;
        for oid in arrivals {
            let commit = store.commit(oid)?;
            if commit.parents.len() < 2 {
                self.count(store, &commit)?;
            }
            self.commits.add(&commit);
        }
        self.head = Some(tip);
        Ok(())
    }

    fn count(&mut self, store: &Store, commit: &Commit) -> Result<(), GitError> {
        let edits = store.path_edits(commit)?;
        let author = self.author(&commit.author.email);
        if edits.len() <= FILES {
            for edit in &edits {
                let moved = edit.old != edit.path;
                let moved = moved.then(|| self.files.remove(&edit.old).unwrap_or_default());
                if let Some(file) = moved {
                    self.files.insert(edit.path.clone(), file);
                }
                let file = self.files.entry(edit.path.clone()).or_default();
                file.changes += 1;
                file.last = author;
                match file.authors.iter_mut().find(|(who, _)| *who == author) {
                    Some((_, changes)) => *changes += 1,
                    None => file.authors.push((author, 1)),
                }
            }
            self.count_folders(&edits, author);
        }
        for folder in folders(edits.iter().map(|edit| &edit.path)) {
            self.folders
                .entry(RepoPath::new(folder))
                .or_default()
                .changes += 1;
        }
        let said = undoes(&commit.message);
        let date = commit.committer.when.as_second();
        for named in self.commits.named(&said, date) {
            let undone = match named {
                Named::Plain(oid) => Some(oid),
                Named::Merge(oid) => self.brought_in(store, oid)?,
            };
            if let Some(oid) = undone.filter(|oid| self.commits.mark(*oid)) {
                self.undo(store, oid)?;
            }
        }
        Ok(())
    }

    fn count_folders(&mut self, edits: &[PathEdit], author: u32) {
        let folders: BTreeSet<RepoPath> = edits.iter().map(|edit| edit.path.folder()).collect();
        for folder in folders {
            let people = self.changed_in.entry(folder).or_default();
            if !people.contains(&author) {
                people.push(author);
            }
        }
    }

    fn author(&mut self, email: &str) -> u32 {
        let email = email.to_ascii_lowercase();
        if let Some(id) = self.authors.get(&email) {
            return *id;
        }
        let id = self.emails.len() as u32;
        self.emails.push(email.clone());
        self.authors.insert(email, id);
        id
    }

    /// Counts a commit as undone on the files it changed, where they still have their names.
    fn undo(&mut self, store: &Store, oid: Oid) -> Result<(), GitError> {
        let commit = store.commit(oid)?;
        let edits = store.path_edits(&commit)?;
        if edits.len() <= FILES {
            let paths = edits.iter().map(|edit| edit.path.clone()).collect();
            self.lately.add(oid, commit.subject(), paths);
        }
        for edit in &edits {
            if let Some(file) = self.files.get_mut(&edit.path) {
                file.undone += 1;
            }
        }
        for folder in folders(edits.iter().map(|edit| &edit.path)) {
            if let Some(stats) = self.folders.get_mut(&RepoPath::new(folder)) {
                stats.undone += 1;
            }
        }
        Ok(())
    }

    /// The one commit that a merge brought in; none where it is several, or unclear.
    fn brought_in(&self, store: &Store, merge: Oid) -> Result<Option<Oid>, GitError> {
        let [first, second] = store.commit(merge)?.parents[..] else {
            return Ok(None);
        };
        let brought = store.commit(second)?;
        let (Some(false), Some(base)) = (self.commits.is_merge(second), brought.parents.first())
        else {
            return Ok(None);
        };
        let mut at = first;
        for _ in 0..BRANCH {
            if at == *base {
                return Ok(Some(second));
            }
            match store.commit(at)?.parents.first() {
                Some(parent) => at = *parent,
                None => break,
            }
        }
        Ok(None)
    }

    /// What it says of a change to these paths by these authors.
    pub(super) fn about(&self, paths: &BTreeSet<RepoPath>, emails: &[String]) -> HistoryStats {
        let asked = emails.iter();
        let asked = asked.filter_map(|email| self.authors.get(&email.to_ascii_lowercase()));
        let asked: Vec<u32> = asked.copied().collect();
        let mut stats = HistoryStats::default();
        let mut ids: BTreeSet<u32> = asked.iter().copied().collect();
        for path in paths {
            if let Some(file) = self.files.get(path) {
                let file = file.stats(&asked);
                ids.extend(file.people.iter().map(|id| id.0));
                ids.extend(file.by_author.iter().map(|(id, _)| id.0));
                ids.extend(file.last_author.map(|id| id.0));
                stats.paths.insert(path.clone(), file);
            }
            if let Some((folder, found)) = self.folder_of(path) {
                stats.folders.insert(folder, found);
            }
            let folder = path.folder();
            if let Some(people) = self.changed_in.get(&folder) {
                let known = asked.iter().filter(|id| people.contains(id));
                let known = known.map(|id| AuthorId(*id)).collect();
                stats.changed_in.insert(folder, known);
            }
        }
        stats.undone_lately = self.lately.about(paths);
        let named = ids.iter().filter_map(|id| {
            let email = self.emails.get(*id as usize)?;
            Some((email.clone(), AuthorId(*id)))
        });
        stats.authors = named.collect::<BTreeMap<_, _>>();
        stats
    }

    fn folder_of(&self, path: &RepoPath) -> Option<(RepoPath, FolderStats)> {
        above(path).find_map(|folder| {
            let folder = RepoPath::new(folder);
            let found = *self.folders.get(&folder)?;
            Some((folder, found))
        })
    }

    /// The bytes to keep it in.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new(FORMAT);
        out.oid(self.head.unwrap_or(Oid::from_bytes([0; 20])));
        self.commits.write(&mut out);
        out.size(self.emails.len());
        for email in &self.emails {
            out.bytes(email.as_bytes());
        }
        let files: BTreeMap<&RepoPath, &File> = self.files.iter().collect();
        out.size(files.len());
        for (path, file) in files {
            out.bytes(path.as_bytes());
            for number in [file.changes, file.undone, file.last] {
                out.int(number.into());
            }
            out.size(file.authors.len());
            for (who, changes) in &file.authors {
                out.int((*who).into());
                out.int((*changes).into());
            }
        }
        let folders: BTreeMap<&RepoPath, &FolderStats> = self.folders.iter().collect();
        out.size(folders.len());
        for (path, folder) in folders {
            out.bytes(path.as_bytes());
            out.int(folder.changes.into());
            out.int(folder.undone.into());
        }
        let changed_in: BTreeMap<&RepoPath, &Vec<u32>> = self.changed_in.iter().collect();
        out.size(changed_in.len());
        for (path, people) in changed_in {
            out.bytes(path.as_bytes());
            out.size(people.len());
            for who in people {
                out.int((*who).into());
            }
        }
        self.lately.write(&mut out);
        out.finish()
    }

    /// Reads it back; none where the bytes are damaged, of another format or of another commit.
    pub(super) fn from_bytes(head: Oid, bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(FORMAT, bytes)?;
        if from.oid()? != head {
            return None;
        }
        let mut tally = Self {
            head: Some(head),
            commits: Commits::read(&mut from)?,
            ..Self::default()
        };
        for id in 0..from.count()? {
            let email = from.text()?;
            tally.authors.insert(email.clone(), id as u32);
            tally.emails.push(email);
        }
        for _ in 0..from.count()? {
            let path = from.path()?;
            let file = File {
                changes: from.small()?,
                undone: from.small()?,
                last: from.small()?,
                authors: (0..from.count()?)
                    .map(|_| Some((from.small()?, from.small()?)))
                    .collect::<Option<_>>()?,
            };
            tally.files.insert(path, file);
        }
        for _ in 0..from.count()? {
            let path = from.path()?;
            let (changes, undone) = (from.small()?, from.small()?);
            tally.folders.insert(path, FolderStats { changes, undone });
        }
        for _ in 0..from.count()? {
            let path = from.path()?;
            let people = (0..from.count()?).map(|_| from.small());
            let people = people.collect::<Option<_>>()?;
            tally.changed_in.insert(path, people);
        }
        tally.lately = Lately::read(&mut from)?;
        from.is_at_end().then_some(tally)
    }
}

impl File {
    fn stats(&self, asked: &[u32]) -> PathStats {
        let mut people: Vec<u32> = self.authors.iter().map(|(who, _)| *who).collect();
        people.sort_unstable();
        people.truncate(PEOPLE);
        let mut most = self.authors.clone();
        most.sort_unstable_by_key(|(who, changes)| (std::cmp::Reverse(*changes), *who));
        let kept = most.iter().enumerate();
        let kept = kept.filter(|(rank, (who, _))| *rank < AUTHORS || asked.contains(who));
        PathStats {
            changes: self.changes,
            undone: self.undone,
            last_author: (self.changes > 0).then_some(AuthorId(self.last)),
            people: people.into_iter().map(AuthorId).collect(),
            by_author: kept
                .map(|(_, (who, changes))| (AuthorId(*who), *changes))
                .collect(),
        }
    }
}

/// The folders above a path, the nearest first; the last is the root.
fn above(path: &RepoPath) -> impl Iterator<Item = &[u8]> {
    let bytes = path.as_bytes();
    let slashes = bytes.iter().enumerate().rev();
    slashes
        .filter(|(_, byte)| **byte == b'/')
        .map(|(at, _)| &bytes[..at])
        .chain([&bytes[..0]])
}

/// Every folder above one of these paths, each once.
fn folders<'p>(paths: impl Iterator<Item = &'p RepoPath>) -> BTreeSet<&'p [u8]> {
    let mut found = BTreeSet::new();
    for path in paths {
        for folder in above(path) {
            if !found.insert(folder) {
                break;
            }
        }
    }
    found
}
