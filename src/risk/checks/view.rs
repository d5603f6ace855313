//! A tree as a check looks at it: listed and read lazily, within bounds, and what was missed said.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use crate::change::RepoPath;
use crate::risk::tree::{Entry, EntryKind, Tree, Unseen};

/// At most this many bytes of one file are read.
pub(super) const MAX_FILE: u64 = 1 << 20;
/// At most this many files of a tree are read for one change.
const MAX_FILES: usize = 4_000;
/// At most this many bytes of a tree are read for one change.
const MAX_BYTES: usize = 32 << 20;
/// At most this many entries of a tree are listed for one change.
const MAX_ENTRIES: usize = 400_000;
/// At most this deep a tree is walked.
const MAX_DEPTH: usize = 60;

/// One side of the change.
pub(super) struct View<'a> {
    tree: &'a dyn Tree,
    files_left: Cell<usize>,
    bytes_left: Cell<usize>,
    entries_left: Cell<usize>,
    missed: Cell<usize>,
    folders: RefCell<HashMap<RepoPath, Rc<[Entry]>>>,
    contents: RefCell<HashMap<RepoPath, Vec<u8>>>,
    all: OnceCell<Vec<RepoPath>>,
}

impl<'a> View<'a> {
    pub(super) fn new(tree: &'a dyn Tree) -> Self {
        Self {
            tree,
            files_left: Cell::new(MAX_FILES),
            bytes_left: Cell::new(MAX_BYTES),
            entries_left: Cell::new(MAX_ENTRIES),
            missed: Cell::new(0),
            folders: RefCell::default(),
            contents: RefCell::default(),
            all: OnceCell::new(),
        }
    }

    /// How much was asked for and not seen: too large, over the bounds, or not in this clone. A
    /// check that concludes from what is absent must not where this is more than nothing.
    pub(super) fn missed(&self) -> usize {
        self.missed.get()
    }

    fn miss(&self) {
        self.missed.set(self.missed.get() + 1);
    }

    /// The content of a file, read once; none where there is none, or it was missed.
    pub(super) fn read(&self, path: &RepoPath) -> Option<Vec<u8>> {
        self.read_up_to(path, MAX_FILE)
    }

    /// The content of a file of at most `most` bytes.
    pub(super) fn read_up_to(&self, path: &RepoPath, most: u64) -> Option<Vec<u8>> {
        if let Some(known) = self.contents.borrow().get(path) {
            return Some(known.clone());
        }
        // What is not listed is not there: asking costs nothing of the bounds.
        if !self.has(path) {
            return None;
        }
        let Some(left) = self.files_left.get().checked_sub(1) else {
            self.miss();
            return None;
        };
        self.files_left.set(left);
        let most = most.min(self.bytes_left.get() as u64);
        match self.tree.read(path, most) {
            Ok(Some(bytes)) => {
                let left = self.bytes_left.get().saturating_sub(bytes.len());
                self.bytes_left.set(left);
                let mut contents = self.contents.borrow_mut();
                contents.insert(path.clone(), bytes.clone());
                Some(bytes)
            }
            Ok(None) => None,
            Err(Unseen) => {
                self.miss();
                None
            }
        }
    }

    /// Whether there is a file, or a symlink, at this path.
    pub(super) fn has(&self, path: &RepoPath) -> bool {
        let leaf = |entry: &Entry| matches!(entry.kind, EntryKind::File | EntryKind::Link);
        self.entry(path).is_some_and(|entry| leaf(&entry))
    }

    /// Whether there is a folder at this path; a submodule is one that nobody here can open.
    pub(super) fn has_folder(&self, path: &RepoPath) -> bool {
        let folder = |entry: &Entry| !matches!(entry.kind, EntryKind::File);
        self.entry(path).is_some_and(|entry| folder(&entry))
    }

    fn entry(&self, path: &RepoPath) -> Option<Entry> {
        let name = path.file_name();
        let entries = self.folder(&RepoPath::new(folder_of(path.as_bytes())));
        let found = entries.iter().find(|entry| entry.name == name);
        found.cloned()
    }

    /// The entries of a folder; nothing where there is no such folder, or it was missed.
    pub(super) fn folder(&self, folder: &RepoPath) -> Rc<[Entry]> {
        if let Some(known) = self.folders.borrow().get(folder) {
            return Rc::clone(known);
        }
        let name = folder.as_bytes();
        // A made-up path of a thousand folders must not be followed upwards.
        let shallow = name.split(|b| *b == b'/').count() <= MAX_DEPTH;
        let entries: Rc<[Entry]> = if name.is_empty() || (shallow && self.has_folder(folder)) {
            self.listed(folder).into()
        } else {
            Rc::default()
        };
        let mut folders = self.folders.borrow_mut();
        folders.insert(folder.clone(), Rc::clone(&entries));
        entries
    }

    fn listed(&self, folder: &RepoPath) -> Vec<Entry> {
        let Ok(entries) = self.tree.list(folder) else {
            self.miss();
            return Vec::new();
        };
        let entries = entries.unwrap_or_default();
        match self.entries_left.get().checked_sub(entries.len()) {
            Some(left) => {
                self.entries_left.set(left);
                entries
            }
            None => {
                self.miss();
                Vec::new()
            }
        }
    }

    /// Every regular file of the tree, folder by folder.
    pub(super) fn files(&self) -> &[RepoPath] {
        self.all.get_or_init(|| {
            let mut files = Vec::new();
            let mut folders = vec![RepoPath::new([])];
            while let Some(folder) = folders.pop() {
                for entry in self.folder(&folder).iter() {
                    let path = join(&folder, &entry.name);
                    match entry.kind {
                        EntryKind::File => files.push(path),
                        EntryKind::Folder => folders.push(path),
                        EntryKind::Link | EntryKind::Module => {}
                    }
                }
            }
            files
        })
    }
}

/// The folder a path is in, without its slash; the root is nothing.
pub(super) fn folder_of(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|b| *b == b'/').unwrap_or(0);
    &path[..end]
}

/// A path below a folder.
pub(super) fn join(folder: &RepoPath, name: &[u8]) -> RepoPath {
    if folder.as_bytes().is_empty() {
        return RepoPath::new(name);
    }
    RepoPath::new([folder.as_bytes(), b"/", name].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree that counts what is asked of it.
    #[derive(Default)]
    struct Counted {
        lists: Cell<usize>,
        reads: Cell<usize>,
    }

    impl Tree for Counted {
        fn read(&self, path: &RepoPath, most: u64) -> Result<Option<Vec<u8>>, Unseen> {
            self.reads.set(self.reads.get() + 1);
            let large = path.file_name() == b"large" || most < 6;
            if large {
                Err(Unseen)
            } else {
                Ok(Some(b"hello\n".to_vec()))
            }
        }

        fn list(&self, folder: &RepoPath) -> Result<Option<Vec<Entry>>, Unseen> {
            self.lists.set(self.lists.get() + 1);
            let entry = |name: &str, kind| Entry {
                name: name.into(),
                kind,
            };
            let many = (0..MAX_FILES + 10).map(|n| entry(&format!("f{n}"), EntryKind::File));
            Ok(match folder.as_bytes() {
                b"many" => Some(many.collect()),
                b"" => Some(vec![
                    entry("README", EntryKind::File),
                    entry("many", EntryKind::Folder),
                    entry("src", EntryKind::Folder),
                    entry("sub", EntryKind::Module),
                ]),
                b"src" => Some(vec![
                    entry("a.rs", EntryKind::File),
                    entry("large", EntryKind::File),
                    entry("link", EntryKind::Link),
                ]),
                _ => None,
            })
        }
    }

    #[test]
    fn a_folder_is_listed_once_and_a_file_that_is_not_there_is_not_read() {
        let tree = Counted::default();
        let view = View::new(&tree);
        assert!(view.has(&"src/a.rs".into()));
        assert!(view.has(&"src/link".into()));
        assert!(!view.has(&"src".into()));
        assert!(view.has_folder(&"src".into()));
        assert!(view.has_folder(&"sub".into()));
        assert_eq!(view.read(&"src/b.rs".into()), None);
        assert_eq!(view.read(&"lib/deep/c.rs".into()), None);
        assert_eq!(tree.lists.get(), 2, "the root and src");
        assert_eq!(tree.reads.get(), 0);
        assert_eq!(view.read(&"src/a.rs".into()), Some(b"hello\n".to_vec()));
        assert_eq!(view.missed(), 0);
    }

    #[test]
    fn what_is_too_large_or_over_the_bounds_is_missed_and_counted() {
        let tree = Counted::default();
        let view = View::new(&tree);
        assert_eq!(view.read(&"src/large".into()), None);
        assert_eq!(view.missed(), 1);
        for n in 0..MAX_FILES + 10 {
            view.read(&format!("many/f{n}").as_str().into());
        }
        assert_eq!(tree.reads.get(), MAX_FILES);
        assert_eq!(view.missed(), 12);
        assert!(view.read(&"many/f1".into()).is_some(), "it was read before");
    }

    #[test]
    fn files_are_the_regular_ones_of_all_folders() {
        let tree = Counted::default();
        let view = View::new(&tree);
        let files: Vec<String> = view.files().iter().map(ToString::to_string).collect();
        let few: Vec<&String> = files
            .iter()
            .filter(|path| !path.starts_with("many"))
            .collect();
        assert_eq!(few, ["README", "src/a.rs", "src/large"]);
        assert_eq!(tree.lists.get(), 3);
    }
}
