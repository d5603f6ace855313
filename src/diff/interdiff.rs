//! What changed between two revisions of a change, with what only a rebase brought taken out.

use std::collections::BTreeSet;

use super::FileDiff;
use crate::change::RepoPath;

/// The difference between two revisions. Its left side is the older revision as a rebase onto the
/// newer one's base would have left it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interdiff {
    /// The files in which the revisions differ, by path.
    pub files: Vec<FileDiff>,
    /// Those among them from which the rebase cannot be taken out (it conflicts, or they are no
    /// text): everything that differs is shown.
    pub doubtful: BTreeSet<RepoPath>,
    /// Files left out: they differ by what the rebase brought and by nothing else.
    pub rebased_files: usize,
    /// Hunks left out of the files that are shown, for the same reason.
    pub rebased_hunks: usize,
}

impl Interdiff {
    /// Whether the revisions are the same but for the rebase.
    pub const fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}
