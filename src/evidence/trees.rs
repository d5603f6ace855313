//! A tree of the repository as the risk checks look at it, each folder read once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::change::{Oid, RepoPath};
use crate::git::{DirEntry, EMPTY_TREE, Store};
use crate::risk::{Entry, EntryKind, Tree, Unseen};

/// The tree of one side of a change.
pub(super) struct StoredTree<'a> {
    store: &'a Store,
    root: Oid,
    folders: RefCell<HashMap<RepoPath, Option<Rc<[DirEntry]>>>>,
}

const KIND: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
const LINK: u32 = 0o120_000;
const MODULE: u32 = 0o160_000;

impl<'a> StoredTree<'a> {
    pub(super) fn new(store: &'a Store, root: Oid) -> Self {
        Self {
            store,
            root,
            folders: RefCell::default(),
        }
    }

    fn folder(&self, folder: &RepoPath) -> Result<Option<Rc<[DirEntry]>>, Unseen> {
        if let Some(known) = self.folders.borrow().get(folder) {
            return Ok(known.clone());
        }
        let oid = if folder.as_bytes().is_empty() {
            Some(self.root)
        } else {
            let found = self.entry(folder)?;
            found.filter(|(mode, _)| mode & KIND == FOLDER).map(|e| e.1)
        };
        let root = RepoPath::new([]);
        let entries = match oid.filter(|oid| *oid != EMPTY_TREE) {
            Some(oid) => self.store.list_dir(oid, &root).map_err(|_| Unseen)?,
            None => None,
        };
        let entries: Option<Rc<[DirEntry]>> = entries.map(Into::into);
        let mut folders = self.folders.borrow_mut();
        folders.insert(folder.clone(), entries.clone());
        Ok(entries)
    }

    /// The mode and the id at a path.
    fn entry(&self, path: &RepoPath) -> Result<Option<(u32, Oid)>, Unseen> {
        let name = path.file_name();
        let whole = path.as_bytes();
        let end = whole.len().saturating_sub(name.len() + 1);
        let entries = self.folder(&RepoPath::new(&whole[..end]))?;
        let found = entries.iter().flat_map(|entries| entries.iter());
        let found = found.into_iter().find(|(other, ..)| other == name);
        Ok(found.map(|(_, mode, oid)| (*mode, *oid)))
    }
}

impl Tree for StoredTree<'_> {
    fn read(&self, path: &RepoPath, most: u64) -> Result<Option<Vec<u8>>, Unseen> {
        match self.entry(path)? {
            Some((mode, oid)) if !matches!(mode & KIND, FOLDER | MODULE) => {
                self.store.blob(oid, most).map(Some).map_err(|_| Unseen)
            }
            _ => Ok(None),
        }
    }

    fn list(&self, folder: &RepoPath) -> Result<Option<Vec<Entry>>, Unseen> {
        let kind = |mode: u32| match mode & KIND {
            FOLDER => EntryKind::Folder,
            LINK => EntryKind::Link,
            MODULE => EntryKind::Module,
            _ => EntryKind::File,
        };
        let entries = self.folder(folder)?;
        Ok(entries.map(|entries| {
            let mut entries: Vec<Entry> = entries
                .iter()
                .map(|(name, mode, _)| Entry {
                    name: name.clone(),
                    kind: kind(*mode),
                })
                .collect();
            entries.sort_by(|a, b| a.name.cmp(&b.name));
            entries
        }))
    }
}
