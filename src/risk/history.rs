//! What the history says of the files: the numbers the score asks for, handed in by whoever read
//! them (`git`), never read here.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Oid, RepoPath};

/// How many points of likelihood the history can add at most, rounded up.
pub const HISTORY_ADDS: u8 = 50;
/// How many points of likelihood the history can take off at most, rounded up.
pub const HISTORY_TAKES: u8 = 17;

/// A number that stands for one author within one [`HistoryStats`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuthorId(pub u32);

/// Statistics of a history up to the base of a change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HistoryStats {
    /// What is known of each path, under the name it has at the base.
    pub paths: BTreeMap<RepoPath, PathStats>,
    /// What is known of each folder (no final slash; the root is the empty path), for new files.
    pub folders: BTreeMap<RepoPath, FolderStats>,
    /// For each of the folders in which files lie and were changed: who of those asked about changed
    /// one there. Folders below it are not part of a folder here.
    pub changed_in: BTreeMap<RepoPath, Vec<AuthorId>>,
    /// The changes that were undone or fixed last, in that order, as far as they touch the files
    /// asked about; of all there are, the last [`UNDONE_LATELY`] are looked at.
    pub undone_lately: Vec<UndoneChange>,
    /// The author number of each e-mail, in lower case.
    pub authors: BTreeMap<String, AuthorId>,
    /// Part of the history is not here (a shallow or partial clone): nothing is counted, since
    /// numbers from a part would call a file calmer than it is.
    pub cut_short: bool,
}

/// How often a file was changed, and how often such a change was later undone or fixed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PathStats {
    /// Commits that changed it.
    pub changes: u32,
    /// Those of them that a later commit reverted or names in a `Fixes:` trailer.
    pub undone: u32,
    /// Who made the last change.
    pub last_author: Option<AuthorId>,
    /// Everybody who ever changed it, each once; at most 64 are kept.
    pub people: Vec<AuthorId>,
    /// How many of the changes are whose: for the authors with the most of them, at most 8, and for
    /// those who were asked about.
    pub by_author: Vec<(AuthorId, u32)>,
}

/// How often anything below a folder was changed, and how often that was undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FolderStats {
    /// Commits that changed something below it.
    pub changes: u32,
    /// Those of them that were later reverted or fixed.
    pub undone: u32,
}

/// How many of the changes that were undone last are remembered with their files.
pub const UNDONE_LATELY: usize = 20;

/// A change that was undone or fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoneChange {
    /// The commit.
    pub oid: Oid,
    /// The beginning of its subject line.
    pub title: String,
    /// How many files it changed.
    pub files: u32,
    /// Those of them that were asked about.
    pub again: BTreeSet<RepoPath>,
}

impl HistoryStats {
    /// The author number of an e-mail; the case does not matter.
    pub fn author(&self, email: &str) -> Option<AuthorId> {
        self.authors.get(&email.to_ascii_lowercase()).copied()
    }

    /// The folder a new file lands in, or the nearest above it that has a history.
    pub fn folder_of(&self, path: &RepoPath) -> Option<(RepoPath, FolderStats)> {
        let mut rest = path.as_bytes();
        loop {
            let cut = rest.iter().rposition(|b| *b == b'/');
            rest = &rest[..cut.unwrap_or(0)];
            let folder = RepoPath::new(rest);
            if let Some(stats) = self.folders.get(&folder) {
                return Some((folder, *stats));
            }
            cut?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_takes_the_nearest_folder_that_has_a_history() {
        let stats = FolderStats {
            changes: 5,
            undone: 1,
        };
        let history = HistoryStats {
            folders: BTreeMap::from([(RepoPath::from("src"), stats)]),
            ..HistoryStats::default()
        };
        let found = history.folder_of(&RepoPath::from("src/net/pool/new.rs"));
        assert_eq!(found, Some((RepoPath::from("src"), stats)));
        assert_eq!(history.folder_of(&RepoPath::from("new.rs")), None);
    }
}
