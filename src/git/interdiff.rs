//! What changed between two revisions of a change. The older one is rebased in memory, file by
//! file, as a merge of what it did with what the new base brought; what differs from that is shown.

use std::collections::{HashMap, HashSet};

use super::diff::{SIDE_CAP, between, body, fill};
use super::merge::merge;
use super::{DiffOptions, GitError, Result, Store};
use crate::change::{Oid, RepoPath};
use crate::diff::interdiff::Interdiff;
use crate::diff::{Body, FileDiff, FileSide, Mode};

/// The trees of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// The tree of the commit it stands on.
    pub base: Oid,
    /// The tree of its head.
    pub head: Oid,
}

/// A file as both revisions have it.
struct Candidate {
    old_path: RepoPath,
    new_path: RepoPath,
    old: Option<FileSide>,
    new: Option<FileSide>,
    similarity: Option<u16>,
}

impl Candidate {
    /// Whether the newer revision gave the file another path, and not the rebase.
    fn is_moved(&self, old_base: Option<&FileSide>, new_base: Option<&FileSide>) -> bool {
        let path = |side: Option<&FileSide>| side.map(|side| side.path.clone());
        let (before, after) = (path(old_base), path(new_base));
        let by_rebase =
            before.as_ref() == Some(&self.old_path) && after.as_ref() == Some(&self.new_path);
        self.old_path != self.new_path && !by_rebase
    }
}

/// An old revision's file after the rebase.
enum Rebased {
    /// A blob that is there.
    Side(Option<FileSide>),
    /// The clean merge.
    Merged(FileSide, Vec<u8>),
    /// No clean merge.
    Doubtful,
}

impl Store {
    /// The difference between two revisions without what the change of their bases brought. With
    /// one base it is the plain difference of the heads; where the newer revision is nothing but the
    /// older one rebased without conflicts it is empty.
    ///
    /// # Errors
    /// Where a tree or a blob is missing or corrupt.
    pub fn interdiff(&self, old: Ends, new: Ends, options: &DiffOptions) -> Result<Interdiff> {
        let mut found = Interdiff::default();
        if old.base == new.base {
            found.files = self.diff(old.head, new.head, options)?;
            return Ok(found);
        }
        let before = sources(&self.diff_files(old.base, old.head)?);
        let after = sources(&self.diff_files(new.base, new.head)?);
        for candidate in self.candidates(old, new)? {
            let source = |map: &HashMap<RepoPath, RepoPath>, path: &RepoPath| {
                map.get(path).unwrap_or(path).clone()
            };
            let bases = (
                self.side_at(old.base, source(&before, &candidate.old_path))?,
                self.side_at(new.base, source(&after, &candidate.new_path))?,
            );
            self.judge(candidate, bases, options, &mut found)?;
        }
        found.files.sort_by(|a, b| a.path().cmp(b.path()));
        Ok(found)
    }

    /// Every file in which the heads differ, and every file in which the bases do: what a rebase
    /// brought and the newer revision takes away again is the same in both heads.
    fn candidates(&self, old: Ends, new: Ends) -> Result<Vec<Candidate>> {
        let mut candidates = Vec::new();
        let mut known = HashSet::new();
        for file in self.diff_files(old.head, new.head)? {
            let (old_path, new_path) = paths(&file);
            known.extend([old_path.clone(), new_path.clone()]);
            candidates.push(Candidate {
                old_path,
                new_path,
                similarity: similarity(&file),
                old: file.old,
                new: file.new,
            });
        }
        for file in self.diff_files(old.base, new.base)? {
            let (one, other) = paths(&file);
            for path in [one, other] {
                if known.insert(path.clone()) {
                    candidates.push(Candidate {
                        old: self.side_at(old.head, path.clone())?,
                        new: self.side_at(new.head, path.clone())?,
                        old_path: path.clone(),
                        new_path: path,
                        similarity: None,
                    });
                }
            }
        }
        Ok(candidates)
    }

    fn judge(
        &self,
        candidate: Candidate,
        (old_base, new_base): (Option<FileSide>, Option<FileSide>),
        options: &DiffOptions,
        found: &mut Interdiff,
    ) -> Result<()> {
        let Candidate { old, new, .. } = &candidate;
        let heads_differ = !same(old.as_ref(), new.as_ref());
        let moved = candidate.is_moved(old_base.as_ref(), new_base.as_ref());
        let untouched = same(old_base.as_ref(), new_base.as_ref());
        let rebased = if untouched {
            Rebased::Side(old.clone())
        } else {
            self.rebased(old_base, old.as_ref(), new_base)?
        };
        let file = match rebased {
            Rebased::Side(side) if !moved && same(side.as_ref(), new.as_ref()) => {
                found.rebased_files += usize::from(heads_differ);
                return Ok(());
            }
            Rebased::Side(side) => {
                let mut file = between(side, new.clone(), candidate.similarity);
                self.load_hunks(&mut file, options)?;
                file
            }
            Rebased::Merged(side, bytes) if new.as_ref().is_none_or(is_mergeable) => {
                let to = self.side_bytes(new.as_ref())?;
                let mode = new.as_ref().map(|new| new.mode);
                if !moved && mode == Some(side.mode) && to == bytes {
                    found.rebased_files += usize::from(heads_differ);
                    return Ok(());
                }
                let mut file = between(Some(side), new.clone(), candidate.similarity);
                if matches!(file.body, Body::Text(_)) {
                    fill(&mut file, body(&bytes, &to, options)?);
                }
                file
            }
            Rebased::Merged(..) | Rebased::Doubtful => {
                let mut file = between(old.clone(), new.clone(), candidate.similarity);
                self.load_hunks(&mut file, options)?;
                found.doubtful.insert(file.path().clone());
                file
            }
        };
        // Where no base has another file than the other one, the plain difference is what is shown.
        if heads_differ && !untouched {
            let mut plain = between(old.clone(), new.clone(), candidate.similarity);
            self.load_hunks(&mut plain, options)?;
            let left_out = plain.hunks().len().saturating_sub(file.hunks().len());
            found.rebased_hunks += left_out;
        }
        found.files.push(file);
        Ok(())
    }

    /// What a rebase makes of the old revision's file.
    fn rebased(
        &self,
        old_base: Option<FileSide>,
        old: Option<&FileSide>,
        new_base: Option<FileSide>,
    ) -> Result<Rebased> {
        if same(old, old_base.as_ref()) || same(old, new_base.as_ref()) {
            return Ok(Rebased::Side(new_base));
        }
        let (Some(old_base), Some(old), Some(new_base)) = (old_base, old, new_base) else {
            return Ok(Rebased::Doubtful);
        };
        if ![&old_base, old, &new_base].into_iter().all(is_mergeable) {
            return Ok(Rebased::Doubtful);
        }
        let bytes = |side| self.side_bytes(Some(side));
        let merged = merge(&bytes(&old_base)?, &bytes(old)?, &bytes(&new_base)?)?;
        Ok(merged.map_or(Rebased::Doubtful, |bytes| {
            let mode = if old.mode == old_base.mode {
                new_base.mode
            } else {
                old.mode
            };
            let mut side = old.clone();
            side.mode = mode;
            Rebased::Merged(side, bytes)
        }))
    }

    /// The leaf at a path of a tree.
    fn side_at(&self, tree: Oid, path: RepoPath) -> Result<Option<FileSide>> {
        let entry = self.entry_at(tree, &path)?;
        let leaf = entry.and_then(|(raw, id)| Some((Mode::from_raw(raw)?, id)));
        leaf.map(|(mode, id)| {
            let size = match mode {
                Mode::Submodule => 0,
                _ => self.blob_size(id)?,
            };
            Ok::<_, GitError>(FileSide {
                path,
                mode,
                id,
                size,
            })
        })
        .transpose()
    }
}

/// Where the files of a change that were renamed by it came from, by their new paths.
fn sources(files: &[FileDiff]) -> HashMap<RepoPath, RepoPath> {
    let both = files
        .iter()
        .filter_map(|file| Some((file.new.as_ref()?, file.old.as_ref()?)));
    both.map(|(new, old)| (new.path.clone(), old.path.clone()))
        .collect()
}

/// The paths of a file on both sides; where it is on one only, that one's.
fn paths(file: &FileDiff) -> (RepoPath, RepoPath) {
    let path = |side: &Option<FileSide>| match side {
        Some(side) => side.path.clone(),
        None => file.path().clone(),
    };
    (path(&file.old), path(&file.new))
}

fn similarity(file: &FileDiff) -> Option<u16> {
    match file.status {
        crate::diff::FileStatus::Renamed { similarity } => Some(similarity),
        _ => None,
    }
}

/// Whether a leaf has lines that could be merged, and not too many of them.
fn is_mergeable(side: &FileSide) -> bool {
    side.mode != Mode::Submodule && side.size <= SIDE_CAP
}

/// Whether two leaves are the same, wherever they are.
fn same(one: Option<&FileSide>, other: Option<&FileSide>) -> bool {
    let leaf = |side: &FileSide| (side.mode, side.id);
    one.map(leaf) == other.map(leaf)
}
