//! Writing notes: a commit on the current tip, the ref moved only if it is still that tip; and the
//! union of two histories that went apart. No notes commit is ever rewritten.

use std::collections::{BTreeMap, HashSet};
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant};

use git2::ObjectType;

use super::notes_tree::{Difference, NoteTrees, Shape};
use super::objects::read;
use super::tree::EMPTY_TREE;
use super::{GitError, NewCommit, Result, Store};
use crate::change::{Identity, Oid};

/// Notes in one directory from which they are spread over two-digit directories.
const FAN_OUT: usize = 256;
/// Bytes of an existing note that is added to.
const BLOB_CAP: u64 = 64 << 20;
/// How long a writer tries again while others write.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long one and the same lock may stand before it counts as left behind.
const LOCK_PATIENCE: Duration = Duration::from_secs(3);

/// What an append did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppendOutcome {
    /// The tip of the notes ref afterwards; none where there was nothing to write and no ref.
    pub tip: Option<Oid>,
    /// Lines that were not there before.
    pub added: usize,
}

/// What a union did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnionOutcome {
    /// The other history was already part of this one.
    UpToDate(Oid),
    /// The ref moved forward to the other tip, or was made there.
    FastForward(Oid),
    /// A commit with both tips as parents joins them.
    Merged(Oid),
}

impl UnionOutcome {
    /// The tip afterwards.
    pub const fn tip(self) -> Oid {
        match self {
            Self::UpToDate(oid) | Self::FastForward(oid) | Self::Merged(oid) => oid,
        }
    }
}

/// Lines by object, each once, in order.
type Additions = BTreeMap<Oid, Vec<Vec<u8>>>;

impl Store {
    /// Adds lines to the notes of objects, in one commit by `who` at `who.when`, and moves the ref
    /// only if nobody else did meanwhile; else the commit is made anew on the new tip. Lines that
    /// are there already are not added again, and where all are, nothing is written.
    ///
    /// # Errors
    /// [`GitError::RefLocked`] where a lock stands for seconds, [`GitError::RefMoved`] where
    /// others keep winning, and where the notes cannot be read or written. Nothing is added then.
    pub fn notes_append(
        &self,
        refname: &str,
        lines: &[(Oid, Vec<u8>)],
        who: &Identity,
    ) -> Result<AppendOutcome> {
        let mut additions = Additions::new();
        for (oid, line) in lines {
            let line = line.strip_suffix(b"\n").unwrap_or(line).to_vec();
            let of_object = additions.entry(*oid).or_default();
            if !line.is_empty() && !of_object.contains(&line) {
                of_object.push(line);
            }
        }
        with_retry(|| {
            let tip = self.notes_tip(refname)?;
            let tree = tip.map(|tip| self.node(tip)).transpose()?.map(|n| n.tree);
            let (new_tree, added) = self.with_lines(tree, &additions)?;
            if added == 0 {
                return Ok(AppendOutcome { tip, added });
            }
            let plural = if added == 1 { "" } else { "s" };
            let message = format!("countersign: add {added} statement{plural}");
            let parents: Vec<Oid> = tip.into_iter().collect();
            let commit = self.notes_commit(new_tree, &parents, who, &message)?;
            self.update_ref(refname, commit, tip, &message)?;
            Ok(AppendOutcome {
                tip: Some(commit),
                added,
            })
        })
    }

    /// Brings the history of `other_tip` into a notes ref: by moving it forward where that is
    /// possible, else by a commit with both tips as parents and the union of their lines.
    ///
    /// # Errors
    /// As [`Store::notes_append`].
    pub fn notes_union(
        &self,
        refname: &str,
        other_tip: Oid,
        who: &Identity,
    ) -> Result<UnionOutcome> {
        with_retry(|| {
            let Some(tip) = self.notes_tip(refname)? else {
                self.update_ref(refname, other_tip, None, "countersign: create notes")?;
                return Ok(UnionOutcome::FastForward(other_tip));
            };
            if self.is_ancestor(other_tip, tip)? {
                return Ok(UnionOutcome::UpToDate(tip));
            }
            if self.is_ancestor(tip, other_tip)? {
                self.update_ref(refname, other_tip, Some(tip), "countersign: fast-forward")?;
                return Ok(UnionOutcome::FastForward(other_tip));
            }
            let commit = self.merge_notes(tip, other_tip, who)?;
            self.update_ref(refname, commit, Some(tip), "countersign: union of notes")?;
            Ok(UnionOutcome::Merged(commit))
        })
    }

    /// A commit that joins two notes histories.
    pub(super) fn merge_notes(&self, one: Oid, other: Oid, who: &Identity) -> Result<Oid> {
        let (tree, theirs) = (self.node(one)?.tree, self.node(other)?.tree);
        let additions = self.lines_only_in(tree, theirs)?;
        let (tree, _) = self.with_lines(Some(tree), &additions)?;
        self.notes_commit(tree, &[one, other], who, "countersign: union of notes")
    }

    fn notes_commit(
        &self,
        tree: Oid,
        parents: &[Oid],
        who: &Identity,
        message: &str,
    ) -> Result<Oid> {
        self.write_commit(&NewCommit {
            tree,
            parents: parents.to_vec(),
            author: who.clone(),
            committer: who.clone(),
            message: message.to_owned(),
        })
    }

    /// The lines of the notes that stand in one tree and not, as the same blob, in the other.
    fn lines_only_in(&self, base: Oid, other: Oid) -> Result<Additions> {
        let odb = self.odb()?;
        let mut trees = NoteTrees::new(&odb);
        let mut found = Vec::new();
        trees.compare(Some(base), Some(other), &mut |difference| {
            if let Difference::Note {
                annotated,
                blob,
                added: true,
                ..
            } = difference
            {
                found.push((annotated, blob));
            }
            Ok(())
        })?;
        let mut additions = Additions::new();
        for (annotated, blob) in found {
            let object = match read(&odb, blob, ObjectType::Blob, BLOB_CAP) {
                Err(GitError::WrongKind { .. }) => continue,
                object => object?,
            };
            let lines = additions.entry(annotated).or_default();
            lines.extend(lines_of(object.data()).map(<[u8]>::to_vec));
        }
        Ok(additions)
    }

    /// A notes tree with lines added to it, and how many of them were new.
    fn with_lines(&self, tree: Option<Oid>, additions: &Additions) -> Result<(Oid, usize)> {
        let odb = self.odb()?;
        let mut trees = NoteTrees::new(&odb);
        let mut edits: Vec<Edit> = Vec::new();
        let mut added = 0;
        let mut new_notes = Vec::new();
        for (annotated, lines) in additions {
            let places = match tree {
                Some(tree) => trees.find(tree, *annotated)?,
                None => Vec::new(),
            };
            let (bytes, count) = self.united(&places, lines)?;
            if count == 0 {
                continue;
            }
            added += count;
            let blob = (0o100_644, self.write_blob(&bytes)?);
            match places.split_first() {
                Some(((path, _), others)) => {
                    edits.push((path.clone(), Some(blob)));
                    edits.extend(others.iter().map(|(path, _)| (path.clone(), None)));
                }
                None => new_notes.push((*annotated, blob)),
            }
        }
        let (placed, spread) = place(&mut trees, tree, &new_notes)?;
        if spread {
            edits = spread_out(edits);
        }
        let edits: Vec<_> = placed.into_iter().chain(edits).collect();
        if added == 0 {
            return Ok((tree.unwrap_or(EMPTY_TREE), 0));
        }
        let edits: Vec<_> = edits
            .iter()
            .map(|(path, value)| (path.as_slice(), *value))
            .collect();
        let tree = self.edit_tree(tree, &edits, false)?.unwrap_or(EMPTY_TREE);
        Ok((tree, added))
    }

    /// The bytes of a note with lines added, and how many were not there. The stored bytes stay as
    /// they are; of several notes for one object each line is kept once.
    fn united(&self, places: &[(Vec<u8>, Oid)], lines: &[Vec<u8>]) -> Result<(Vec<u8>, usize)> {
        let mut bytes = Vec::new();
        let mut known: HashSet<Vec<u8>> = HashSet::new();
        for (index, (_, blob)) in places.iter().enumerate() {
            let stored = match self.blob(*blob, BLOB_CAP) {
                Err(GitError::WrongKind { .. }) => continue,
                stored => stored?,
            };
            if index == 0 {
                bytes.extend_from_slice(&stored);
                end_line(&mut bytes);
                known.extend(lines_of(&stored).map(<[u8]>::to_vec));
                continue;
            }
            for line in lines_of(&stored) {
                if known.insert(line.to_vec()) {
                    bytes.extend_from_slice(line);
                    bytes.push(b'\n');
                }
            }
        }
        let mut added = 0;
        for line in lines {
            if known.insert(line.clone()) {
                bytes.extend_from_slice(line);
                bytes.push(b'\n');
                added += 1;
            }
        }
        Ok((bytes, added))
    }
}

fn lines_of(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty())
}

fn end_line(bytes: &mut Vec<u8>) {
    if bytes.last().is_some_and(|b| *b != b'\n') {
        bytes.push(b'\n');
    }
}

/// A path of a tree set to a mode and a blob, or taken out.
type Edit = (Vec<u8>, Option<(u32, Oid)>);

/// Where new notes go: into the fan-out that is there; flat while there are few; and when they
/// become many, all into two-digit directories (then the answer is true).
fn place(
    trees: &mut NoteTrees<'_, '_>,
    tree: Option<Oid>,
    notes: &[(Oid, (u32, Oid))],
) -> Result<(Vec<Edit>, bool)> {
    let mut edits = Vec::new();
    if notes.is_empty() {
        return Ok((edits, false));
    }
    let root = match tree {
        Some(tree) => trees.shape(tree)?,
        None => Shape::default(),
    };
    let flat = root.fans.is_empty() && root.notes.len() + notes.len() <= FAN_OUT;
    let spread = !flat && root.fans.is_empty();
    if spread {
        for (name, mode, oid) in root.notes.iter().filter(|(name, _, _)| name.len() == 40) {
            edits.push((name.clone(), None));
            edits.push((fanned(name), Some((*mode, *oid))));
        }
    }
    for (annotated, blob) in notes {
        let hex = annotated.to_string().into_bytes();
        let fan = root.fans.iter().find(|(name, _)| *name == hex[..2]);
        let deep = match fan {
            Some((_, oid)) => !trees.shape(*oid)?.fans.is_empty(),
            None => false,
        };
        let path = match (flat, deep) {
            (true, _) => hex,
            (false, true) => [&hex[..2], b"/", &hex[2..4], b"/", &hex[4..]].concat(),
            (false, false) => fanned(&hex),
        };
        edits.push((path, Some(*blob)));
    }
    Ok((edits, spread))
}

/// The same edits where flat notes move into two-digit directories at the same time.
fn spread_out(edits: Vec<Edit>) -> Vec<Edit> {
    edits
        .into_iter()
        .flat_map(|(path, value)| {
            let moved = (path.len() == 40 && !path.contains(&b'/')).then(|| (fanned(&path), value));
            let kept = if moved.is_some() { None } else { value };
            std::iter::once((path, kept)).chain(moved)
        })
        .collect()
}

/// `ab/cdef…`
fn fanned(hex: &[u8]) -> Vec<u8> {
    [&hex[..2], b"/", &hex[2..]].concat()
}

/// Tries again, with growing and jittered pauses, while other writers get in between.
fn with_retry<T>(mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let mut standing: Option<(LockId, Instant)> = None;
    let mut pause = 1;
    loop {
        let error = match attempt() {
            Err(error) if error.is_race() => error,
            done => return done,
        };
        // Busy neighbours lock again and again; only a lock that stays the same was left behind.
        standing = lock_of(&error).map(|lock| match standing {
            Some((same, since)) if same == lock => (lock, since),
            _ => (lock, Instant::now()),
        });
        let left_behind = standing.is_some_and(|(_, since)| since.elapsed() > LOCK_PATIENCE);
        if left_behind || start.elapsed() > PATIENCE {
            return Err(error);
        }
        std::thread::sleep(Duration::from_millis(1 + fastrand::u64(0..pause)));
        pause = (pause * 2).min(64);
    }
}

/// What tells a lock file from the next one of the same name: its inode and when that was made.
type LockId = (u64, i64, i64);

/// The lock that stopped an attempt; none where it is gone by now.
fn lock_of(error: &GitError) -> Option<LockId> {
    let GitError::RefLocked { lock, .. } = error else {
        return None;
    };
    let found = std::fs::symlink_metadata(lock).ok()?;
    Some((found.ino(), found.ctime(), found.ctime_nsec()))
}
