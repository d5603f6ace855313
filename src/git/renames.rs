//! Renames: which removed file an added one most likely was. For display only; no digest and no
//! rule depends on it.

use std::collections::{HashMap, HashSet};

use super::{GitError, Leaf, Result, Store, TreeChange};
use crate::change::{Oid, RepoPath};
use crate::diff::Mode;

/// Percent of equal content from which a pair is a rename: git's default.
const THRESHOLD: u64 = 50;
/// A piece of content that so many removed files have says nothing about which one a file was.
const COMMON: usize = 16;
/// Removed files that one added file is compared with at most: those it shares most with.
const CANDIDATES: usize = 8;
/// Larger files are paired by id alone.
const SIZE_CAP: u64 = 2 << 20;
/// Bytes that are read for one change at most.
const TOTAL_CAP: u64 = 64 << 20;

/// One file of a change: a path on either side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) old: Option<(RepoPath, Leaf)>,
    pub(super) new: Option<(RepoPath, Leaf)>,
    /// Percent of equal content where the paths differ.
    pub(super) similarity: Option<u16>,
}

/// What a file is made of: hashes of its lines (long ones in pieces) with the bytes each stands
/// for, sorted.
struct Fingerprint {
    chunks: Vec<(u64, u64)>,
    size: u64,
}

impl Fingerprint {
    fn of(bytes: &[u8]) -> Self {
        let mut chunks: Vec<(u64, u64)> = Vec::new();
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            for piece in line.chunks(64) {
                chunks.push((hash(piece), piece.len() as u64));
            }
        }
        chunks.sort_unstable();
        Self {
            chunks,
            size: bytes.len() as u64,
        }
    }

    /// Percent of the larger side that both have in common.
    fn similarity(&self, other: &Self) -> u64 {
        let (mut a, mut b) = (
            self.chunks.iter().peekable(),
            other.chunks.iter().peekable(),
        );
        let mut common = 0;
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            match x.cmp(y) {
                std::cmp::Ordering::Less => drop(a.next()),
                std::cmp::Ordering::Greater => drop(b.next()),
                std::cmp::Ordering::Equal => {
                    common += x.1;
                    a.next();
                    b.next();
                }
            }
        }
        common * 100 / self.size.max(other.size).max(1)
    }
}

/// Percent of the larger of two contents that both have in common.
pub(super) fn similarity(one: &[u8], other: &[u8]) -> u16 {
    let percent = Fingerprint::of(one).similarity(&Fingerprint::of(other));
    u16::try_from(percent).unwrap_or(100)
}

/// FNV-1a: quick, and good enough where a collision only misjudges a likeness.
fn hash(piece: &[u8]) -> u64 {
    piece.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Which removed files have a piece of content.
struct Index {
    pieces: Vec<(u64, usize)>,
    files: usize,
}

impl Index {
    fn of(files: &[Fingerprint]) -> Self {
        let mut pieces: Vec<(u64, usize)> = Vec::new();
        for (file, print) in files.iter().enumerate() {
            pieces.extend(print.chunks.iter().map(|(hash, _)| (*hash, file)));
        }
        pieces.sort_unstable();
        pieces.dedup();
        Self {
            pieces,
            files: files.len(),
        }
    }

    /// The files that share the most telling pieces with another, best first.
    fn candidates(&self, print: &Fingerprint) -> Vec<usize> {
        let mut votes = vec![0_u32; self.files];
        for (hash, _) in &print.chunks {
            let from = self.pieces.partition_point(|(known, _)| known < hash);
            let same = self.pieces[from..].iter();
            let same = same.take_while(|(known, _)| known == hash).take(COMMON + 1);
            let owners: Vec<usize> = same.map(|(_, file)| *file).collect();
            if owners.len() <= COMMON {
                owners.iter().for_each(|file| votes[*file] += 1);
            }
        }
        let mut found: Vec<usize> = (0..self.files).filter(|file| votes[*file] > 0).collect();
        found.sort_by_key(|file| std::cmp::Reverse(votes[*file]));
        found.truncate(CANDIDATES);
        found
    }
}

/// A removed or added file that may be half of a rename.
struct Half {
    index: usize,
    leaf: Leaf,
    path: RepoPath,
    size: u64,
}

/// The changes of one comparison with their renames found.
pub(super) struct Renames<'s> {
    store: &'s Store,
    changes: Vec<TreeChange>,
    /// For the index of an added path: the index of the removed one, and the similarity.
    sources: HashMap<usize, (usize, u16)>,
    taken: Vec<bool>,
}

impl<'s> Renames<'s> {
    pub(super) fn new(store: &'s Store, changes: Vec<TreeChange>) -> Self {
        let taken = vec![false; changes.len()];
        Self {
            store,
            changes,
            sources: HashMap::new(),
            taken,
        }
    }

    /// Finds renames, first of unchanged files, then by content.
    pub(super) fn find(&mut self) -> Result<()> {
        self.exact();
        let removed = self.halves(|change| change.old.filter(|_| change.new.is_none()))?;
        let added = self.halves(|change| change.new.filter(|_| change.old.is_none()))?;
        if removed.is_empty() || added.is_empty() {
            return Ok(());
        }
        let mut budget = TOTAL_CAP;
        let old_prints = self.fingerprints(&removed, &mut budget)?;
        let new_prints = self.fingerprints(&added, &mut budget)?;
        let index = Index::of(&old_prints);
        let mut scored = Vec::new();
        for (new, print) in added.iter().zip(&new_prints) {
            for candidate in index.candidates(print) {
                let score = old_prints[candidate].similarity(print);
                if score >= THRESHOLD {
                    let old = &removed[candidate];
                    let same_name = old.path.file_name() == new.path.file_name();
                    scored.push((score, same_name, old.index, new.index));
                }
            }
        }
        scored.sort_by(|a, b| {
            (b.0, b.1)
                .cmp(&(a.0, a.1))
                .then((a.2, a.3).cmp(&(b.2, b.3)))
        });
        for (score, _, old, new) in scored {
            self.join(old, new, u16::try_from(score).unwrap_or(100));
        }
        Ok(())
    }

    /// What files are made of, as far as the budget of bytes goes.
    fn fingerprints(&self, files: &[Half], budget: &mut u64) -> Result<Vec<Fingerprint>> {
        let mut prints = Vec::with_capacity(files.len());
        for file in files {
            let Some(left) = budget.checked_sub(file.size) else {
                break;
            };
            *budget = left;
            let bytes = self.store.blob(file.leaf.oid, SIZE_CAP)?;
            prints.push(Fingerprint::of(&bytes));
        }
        Ok(prints)
    }

    /// Pairs files whose content did not change, those of one file name first.
    fn exact(&mut self) {
        let mut removed: HashMap<Oid, Vec<usize>> = HashMap::new();
        for (index, change) in self.changes.iter().enumerate() {
            if let (Some(old), None) = (change.old, change.new)
                && old.mode != Mode::Submodule
            {
                removed.entry(old.oid).or_default().push(index);
            }
        }
        let mut joins = Vec::new();
        let mut joined = HashSet::new();
        for same_name in [true, false] {
            for (index, change) in self.changes.iter().enumerate() {
                let (None, Some(new)) = (change.old, change.new) else {
                    continue;
                };
                let Some(sources) = removed.get_mut(&new.oid) else {
                    continue;
                };
                let free = sources.iter().position(|source| {
                    let from = &self.changes[*source];
                    let is_kind = from.old.is_some_and(|old| same_kind(old, new));
                    is_kind
                        && !joined.contains(&index)
                        && (!same_name || from.path.file_name() == change.path.file_name())
                });
                if let Some(at) = free {
                    joined.insert(index);
                    joins.push((sources.remove(at), index));
                }
            }
        }
        for (old, new) in joins {
            self.join(old, new, 100);
        }
    }

    fn join(&mut self, old: usize, new: usize, similarity: u16) {
        if !self.taken[old] && !self.taken[new] {
            self.taken[old] = true;
            self.taken[new] = true;
            self.sources.insert(new, (old, similarity));
        }
    }

    /// The files on one side that have no partner yet and may get one by content.
    fn halves(&self, leaf: impl Fn(&TreeChange) -> Option<Leaf>) -> Result<Vec<Half>> {
        let mut halves = Vec::new();
        for (index, change) in self.changes.iter().enumerate() {
            let Some(leaf) = leaf(change).filter(|leaf| is_file(*leaf) && !self.taken[index])
            else {
                continue;
            };
            let size = match self.store.blob_size(leaf.oid) {
                // Whoever reads the file says what that means.
                Err(GitError::ObjectMissing { .. }) => continue,
                size => size?,
            };
            if size > 0 && size <= SIZE_CAP {
                halves.push(Half {
                    index,
                    leaf,
                    path: change.path.clone(),
                    size,
                });
            }
        }
        Ok(halves)
    }

    /// All files of the change, renames joined, by path.
    pub(super) fn into_pairs(self) -> Vec<Pair> {
        let mut pairs = Vec::with_capacity(self.changes.len());
        for (index, change) in self.changes.iter().enumerate() {
            let side = |leaf: Option<Leaf>| leaf.map(|leaf| (change.path.clone(), leaf));
            if let Some((source, similarity)) = self.sources.get(&index) {
                let from = &self.changes[*source];
                pairs.push(Pair {
                    old: from.old.map(|leaf| (from.path.clone(), leaf)),
                    new: side(change.new),
                    similarity: Some(*similarity),
                });
            } else if !self.taken[index] {
                pairs.push(Pair {
                    old: side(change.old),
                    new: side(change.new),
                    similarity: None,
                });
            }
        }
        pairs
    }
}

fn is_file(leaf: Leaf) -> bool {
    matches!(leaf.mode, Mode::Regular | Mode::Executable)
}

fn same_kind(a: Leaf, b: Leaf) -> bool {
    is_file(a) == is_file(b) && (is_file(a) || a.mode == b.mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similarity_is_the_share_of_the_larger_side() {
        let a = Fingerprint::of(b"one\ntwo\nthree\nfour\n");
        let b = Fingerprint::of(b"one\ntwo\nthree\nfive\n");
        assert_eq!(a.similarity(&a), 100);
        assert_eq!(a.similarity(&b), 14 * 100 / 19);
        assert_eq!(a.similarity(&Fingerprint::of(b"")), 0);
    }
}
