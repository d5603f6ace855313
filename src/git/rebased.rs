//! A revision rebased in memory, file by file: a merge of what it did with what the new base
//! brought. Renames on either side are followed.

use std::collections::HashMap;

use super::diff::SIDE_CAP;
use super::merge::merge;
use super::objects::from_git;
use super::{GitError, Result, Store};
use crate::change::{Oid, RepoPath};
use crate::diff::{FileDiff, FileSide, Mode};

/// The trees of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// The tree of the commit it stands on.
    pub base: Oid,
    /// The tree of its head.
    pub head: Oid,
}

/// A file of the older revision, and what a rebase makes of it.
pub(super) struct Moved {
    /// As the older base has it.
    pub(super) base: Option<FileSide>,
    /// As the older revision has it.
    pub(super) head: Option<FileSide>,
    /// As the new base has it: the same file, whatever it is called there.
    pub(super) onto: Option<FileSide>,
    /// Rebased.
    pub(super) result: Rebased,
}

/// An older revision's file after the rebase.
pub(super) enum Rebased {
    /// It is not there.
    Gone,
    /// A blob of the repository.
    Side(FileSide),
    /// The clean merge of both. Its side names the blob that it would be; nothing is written.
    Merged(FileSide, Vec<u8>),
    /// No clean merge.
    Doubtful,
}

impl Rebased {
    /// The file, where the rebase leaves one.
    pub(super) const fn side(&self) -> Option<&FileSide> {
        match self {
            Self::Side(side) | Self::Merged(side, _) => Some(side),
            Self::Gone | Self::Doubtful => None,
        }
    }
}

/// What the way from one base to another did to the names of files.
pub(super) struct Moves {
    forward: HashMap<RepoPath, RepoPath>,
    back: HashMap<RepoPath, RepoPath>,
}

impl Moves {
    pub(super) fn of(files: &[FileDiff]) -> Self {
        let (mut forward, mut back) = (HashMap::new(), HashMap::new());
        for (old, new) in files
            .iter()
            .filter_map(|f| f.old.as_ref().zip(f.new.as_ref()))
        {
            if old.path != new.path {
                forward.insert(old.path.clone(), new.path.clone());
                back.insert(new.path.clone(), old.path.clone());
            }
        }
        Self { forward, back }
    }

    /// What a file of the old base is called in the new one.
    fn onto<'a>(&'a self, path: &'a RepoPath) -> &'a RepoPath {
        self.forward.get(path).unwrap_or(path)
    }

    /// What a file of the new base was called in the old one.
    pub(super) fn from<'a>(&'a self, path: &'a RepoPath) -> &'a RepoPath {
        self.back.get(path).unwrap_or(path)
    }
}

impl Store {
    /// One file of the older revision (`file` is its difference to its own base) on the new base.
    pub(super) fn moved(&self, file: FileDiff, moves: &Moves, new_base: Oid) -> Result<Moved> {
        let FileDiff { old, new, .. } = file;
        let path = match (&old, &new) {
            (Some(old), _) => moves.onto(&old.path).clone(),
            (None, Some(new)) => new.path.clone(),
            (None, None) => RepoPath::new(Vec::new()),
        };
        let onto = self.side_at(new_base, &path)?;
        let result = self.rebased(old.as_ref(), new.as_ref(), onto.as_ref(), new_base)?;
        Ok(Moved {
            base: old,
            head: new,
            onto,
            result,
        })
    }

    fn rebased(
        &self,
        old_base: Option<&FileSide>,
        head: Option<&FileSide>,
        onto: Option<&FileSide>,
        new_base: Oid,
    ) -> Result<Rebased> {
        let (base, head, onto) = match (old_base, head, onto) {
            (Some(base), Some(head), Some(onto)) => (base, head, onto),
            // Taken away by the revision; who changed it meanwhile may have wanted to keep it.
            (Some(base), None, Some(onto)) if same(base, onto) => return Ok(Rebased::Gone),
            (_, None, None) => return Ok(Rebased::Gone),
            (None, Some(head), None) => return Ok(Rebased::Side(head.clone())),
            // Both added it.
            (None, Some(head), Some(onto)) if same(head, onto) => {
                return Ok(Rebased::Side(onto.clone()));
            }
            _ => return Ok(Rebased::Doubtful),
        };
        let Some(path) = self.path_after(base, head, onto, new_base)? else {
            return Ok(Rebased::Doubtful);
        };
        let at = |side: &FileSide| FileSide {
            path: path.clone(),
            ..side.clone()
        };
        if same(base, onto) {
            return Ok(Rebased::Side(at(head)));
        }
        if same(head, base) || same(head, onto) {
            return Ok(Rebased::Side(at(onto)));
        }
        let mode = match (head.mode == base.mode, onto.mode == base.mode) {
            (true, _) => onto.mode,
            (_, true) => head.mode,
            _ if head.mode == onto.mode => head.mode,
            _ => return Ok(Rebased::Doubtful),
        };
        if ![base, head, onto].into_iter().all(is_mergeable) {
            return Ok(Rebased::Doubtful);
        }
        let bytes = |side| self.side_bytes(Some(side));
        let merged = merge(&bytes(base)?, &bytes(head)?, &bytes(onto)?)?;
        let Some(bytes) = merged else {
            return Ok(Rebased::Doubtful);
        };
        let side = FileSide {
            mode,
            id: blob_id(&bytes)?,
            size: bytes.len() as u64,
            ..at(head)
        };
        Ok(Rebased::Merged(side, bytes))
    }

    /// Where the file is after the rebase; none where both sides renamed it, or where the path that
    /// the revision gave it has another file in the new base.
    fn path_after(
        &self,
        base: &FileSide,
        head: &FileSide,
        onto: &FileSide,
        new_base: Oid,
    ) -> Result<Option<RepoPath>> {
        if head.path == base.path || head.path == onto.path {
            return Ok(Some(onto.path.clone()));
        }
        if onto.path != base.path || self.entry_at(new_base, &head.path)?.is_some() {
            return Ok(None);
        }
        Ok(Some(head.path.clone()))
    }

    /// The leaf at a path of a tree.
    pub(super) fn side_at(&self, tree: Oid, path: &RepoPath) -> Result<Option<FileSide>> {
        let entry = self.entry_at(tree, path)?;
        let leaf = entry.and_then(|(raw, id)| Some((Mode::from_raw(raw)?, id)));
        leaf.map(|(mode, id)| {
            let size = match mode {
                Mode::Submodule => 0,
                _ => self.blob_size(id)?,
            };
            Ok::<_, GitError>(FileSide {
                path: path.clone(),
                mode,
                id,
                size,
                facts: Default::default(),
            })
        })
        .transpose()
    }
}

/// The id that a content has as a blob.
pub(super) fn blob_id(bytes: &[u8]) -> Result<Oid> {
    let id = git2::Oid::hash_object(git2::ObjectType::Blob, bytes);
    let id = id.map_err(|error| GitError::library("name a content", &error))?;
    Ok(from_git(id))
}

/// Whether a leaf has lines that could be merged, and not too many of them.
pub(super) fn is_mergeable(side: &FileSide) -> bool {
    matches!(side.mode, Mode::Regular | Mode::Executable) && side.size <= SIDE_CAP
}

/// Whether two leaves are the same, wherever they are.
pub(super) fn same(one: &FileSide, other: &FileSide) -> bool {
    (one.mode, one.id) == (other.mode, other.id)
}
