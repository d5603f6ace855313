//! The two versions of the repository that a change lies between, as far as checks look into them.

use crate::change::RepoPath;

/// One version of the repository's files. Nothing is read before a check asks.
pub trait Tree {
    /// The content of a file, or the target of a symlink; none where there is neither at this path.
    ///
    /// # Errors
    /// Where it is larger than `most` bytes, or not in this clone, or damaged.
    fn read(&self, path: &RepoPath, most: u64) -> Result<Option<Vec<u8>>, Unseen>;

    /// The entries of a folder, sorted by name; none where there is no such folder. The empty path
    /// is the root.
    ///
    /// # Errors
    /// Where it is not in this clone, or damaged.
    fn list(&self, folder: &RepoPath) -> Result<Option<Vec<Entry>>, Unseen>;
}

/// Something of a tree that could not be read. What it is, the look at it says elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unseen;

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name, without the folder.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
}

/// What an entry of a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symlink.
    Link,
    /// A submodule.
    Module,
}

/// The trees on both sides of a change.
#[derive(Clone, Copy)]
pub struct Trees<'a> {
    /// Before it.
    pub base: &'a dyn Tree,
    /// After it.
    pub result: &'a dyn Tree,
}
