//! What changed between two revisions of a change, with what only a rebase brought told apart.

use super::FileDiff;
use crate::change::RepoPath;

/// The difference between two revisions, file by file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interdiff {
    /// The files that either revision touches and that differ, by path.
    pub files: Vec<FileInterdiff>,
    /// Files that only what the revisions stand on changed: neither revision touches them.
    pub others: usize,
}

/// One file of two revisions. At least one of its two differences is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileInterdiff {
    /// What its author did: from the older revision, as a rebase onto the newer one's base leaves
    /// it, to the newer one. Where the rebase cannot be taken out, all that differs.
    pub own: Option<FileDiff>,
    /// What the rebase alone did: from the older revision to that revision rebased.
    pub rebase: Option<FileDiff>,
    /// Whether the rebase cannot be taken out: it conflicts, or the file is no text.
    pub doubtful: bool,
}

impl Interdiff {
    /// Whether the revisions are the same but for the rebase.
    pub fn is_empty(&self) -> bool {
        self.shown().next().is_none()
    }

    /// What the author did to each file, and whether it is doubtful.
    pub fn shown(&self) -> impl Iterator<Item = (&FileDiff, bool)> {
        let files = self.files.iter();
        files.filter_map(|file| Some((file.own.as_ref()?, file.doubtful)))
    }

    /// Files that differ by what the rebase brought and by nothing else.
    pub fn rebased_files(&self) -> usize {
        let only = |file: &&FileInterdiff| file.own.is_none();
        self.files.iter().filter(only).count() + self.others
    }

    /// Hunks that only the rebase brought to files that are shown.
    pub fn rebased_hunks(&self) -> usize {
        let shown = self.files.iter().filter(|file| file.own.is_some());
        let parts = shown.filter_map(|file| file.rebase.as_ref());
        parts.map(|file| file.hunks().len()).sum()
    }
}

impl FileInterdiff {
    /// The path to show: that of the author's difference where there is one.
    pub fn path(&self) -> Option<&RepoPath> {
        let file = self.own.as_ref().or(self.rebase.as_ref());
        file.map(FileDiff::path)
    }
}
