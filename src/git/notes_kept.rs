//! What a reading of the notes leaves for the next one: everything the history up to some tips holds,
//! as bytes. The next reading goes on from there, where those tips are part of what it reads; a
//! history up to a commit never changes, so what is kept is right for as long as it is whole. That
//! it is whole, and ours, is for the shelf to know.

use std::collections::{HashMap, HashSet};

use super::notes::{IgnoredNote, NoteLine, NotesHistory, RemovedNote};
use crate::change::{Oid, RepoPath};

/// A new number for each change of what is kept.
const FORMAT: &[u8] = b"countersign.notes.v1\0";

/// Where readings of the notes are kept.
pub trait NotesShelf: Send {
    /// What was kept under this name, where it is what was put there.
    fn get(&self, name: &[u8]) -> Option<Vec<u8>>;
    /// Keeps it; a failure is none.
    fn put(&self, name: &[u8], bytes: &[u8]);
}

/// The lines of a note, by the object it stands under and its blob.
pub(super) type Blobs = HashMap<(Oid, Oid), Vec<u32>>;

/// A reading up to some tips.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) tips: Vec<Oid>,
    pub(super) history: NotesHistory,
    pub(super) blobs: Blobs,
    /// What is left of the budget of tree entries.
    pub(super) entries_left: usize,
}

impl Kept {
    pub(super) fn encode(
        tips: &[Oid],
        history: &NotesHistory,
        blobs: &Blobs,
        entries_left: usize,
    ) -> Vec<u8> {
        let mut out = Writer(FORMAT.to_vec());
        out.size(entries_left);
        out.oids(tips.iter());
        out.oids(history.commits.iter());
        out.size(history.lines.len());
        for line in &history.lines {
            out.bytes(&line.bytes);
            out.oid(line.annotated);
            out.oid(line.notes_commit);
            out.bytes(line.path.as_bytes());
        }
        out.size(history.ignored.len());
        for one in &history.ignored {
            out.oid(one.notes_commit);
            out.bytes(one.path.as_bytes());
            out.bytes(one.why.as_bytes());
        }
        out.size(history.removed.len());
        for one in &history.removed {
            out.oid(one.notes_commit);
            out.oid(one.annotated);
            out.size(one.lines);
        }
        out.size(blobs.len());
        for ((annotated, blob), lines) in blobs {
            out.oid(*annotated);
            out.oid(*blob);
            out.size(lines.len());
            for line in lines {
                out.size(*line as usize);
            }
        }
        out.0
    }

    /// What the bytes hold; none where they are of another format or not whole.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader(bytes.strip_prefix(FORMAT)?);
        let entries_left = from.size()?;
        let tips = from.oids()?;
        let commits: HashSet<Oid> = from.oids()?.into_iter().collect();
        let mut history = NotesHistory {
            commits,
            ..NotesHistory::default()
        };
        for _ in 0..from.count()? {
            history.lines.push(NoteLine {
                bytes: from.bytes()?.to_vec(),
                annotated: from.oid()?,
                notes_commit: from.oid()?,
                path: RepoPath::new(from.bytes()?),
            });
        }
        for _ in 0..from.count()? {
            history.ignored.push(IgnoredNote {
                notes_commit: from.oid()?,
                path: RepoPath::new(from.bytes()?),
                why: String::from_utf8(from.bytes()?.to_vec()).ok()?,
            });
        }
        for _ in 0..from.count()? {
            history.removed.push(RemovedNote {
                notes_commit: from.oid()?,
                annotated: from.oid()?,
                lines: from.size()?,
            });
        }
        let mut blobs = Blobs::new();
        for _ in 0..from.count()? {
            let key = (from.oid()?, from.oid()?);
            let mut lines = Vec::new();
            for _ in 0..from.count()? {
                let line = from.size()?;
                (line < history.lines.len()).then_some(())?;
                lines.push(u32::try_from(line).ok()?);
            }
            blobs.insert(key, lines);
        }
        let kept = Self {
            tips,
            history,
            blobs,
            entries_left,
        };
        from.0.is_empty().then_some(kept)
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn size(&mut self, value: usize) {
        self.0.extend_from_slice(&(value as u64).to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.size(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    fn oid(&mut self, oid: Oid) {
        self.0.extend_from_slice(oid.as_bytes());
    }

    fn oids<'o>(&mut self, oids: impl ExactSizeIterator<Item = &'o Oid>) {
        self.size(oids.len());
        for oid in oids {
            self.oid(*oid);
        }
    }
}

struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn size(&mut self) -> Option<usize> {
        let bytes = self.take(8)?.first_chunk::<8>()?;
        usize::try_from(u64::from_le_bytes(*bytes)).ok()
    }

    /// A number of things of which each takes at least one byte.
    fn count(&mut self) -> Option<usize> {
        let count = self.size()?;
        (count <= self.0.len()).then_some(count)
    }

    fn bytes(&mut self) -> Option<&'b [u8]> {
        let count = self.count()?;
        self.take(count)
    }

    fn oid(&mut self) -> Option<Oid> {
        Some(Oid::from_bytes(*self.take(20)?.first_chunk::<20>()?))
    }

    fn oids(&mut self) -> Option<Vec<Oid>> {
        (0..self.count()?).map(|_| self.oid()).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_kept_reads_back_and_a_part_of_it_does_not() {
        let oid = |byte| Oid::from_bytes([byte; 20]);
        let mut kept = Kept {
            tips: vec![oid(1)],
            entries_left: 7,
            ..Kept::default()
        };
        kept.history.commits = HashSet::from([oid(1), oid(2)]);
        kept.history.lines.push(NoteLine {
            bytes: b"line\n".to_vec(),
            annotated: oid(3),
            notes_commit: oid(1),
            path: RepoPath::from("ab/cd"),
        });
        kept.history.ignored.push(IgnoredNote {
            notes_commit: oid(2),
            path: RepoPath::new(b"\xff".to_vec()),
            why: "a symbolic link".to_owned(),
        });
        kept.history.removed.push(RemovedNote {
            notes_commit: oid(1),
            annotated: oid(3),
            lines: 1,
        });
        kept.blobs.insert((oid(3), oid(4)), vec![0]);
        let bytes = Kept::encode(&kept.tips, &kept.history, &kept.blobs, 7);
        assert_eq!(Kept::decode(&bytes).unwrap(), kept);
        for end in 0..bytes.len() {
            assert!(Kept::decode(&bytes[..end]).is_none(), "{end}");
        }
        let longer = [bytes.as_slice(), b"x"].concat();
        assert!(Kept::decode(&longer).is_none());
    }
}
