//! What a power cut must not take: objects reach the disk before the ref that names them, and the
//! ref before anybody is told. libgit2 leaves that to the system (git has `core.fsync` for it).

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{GitError, Result, Store};
use crate::change::Oid;

impl Store {
    /// Notes that an object was written: the next ref that moves takes it to the disk first.
    pub(super) fn wrote(&self, oid: Oid) {
        self.unsynced.borrow_mut().insert(oid);
    }

    /// Brings the objects written so far to the disk.
    pub(super) fn sync_objects(&self) -> Result<()> {
        let written = std::mem::take(&mut *self.unsynced.borrow_mut());
        let objects = self.common_dir().join("objects");
        let mut folders = BTreeSet::new();
        for oid in written {
            let hex = oid.to_string();
            let (fan, name) = hex.split_at(2);
            let folder = objects.join(fan);
            // What was there before, in a pack or borrowed, is somebody else's to have synced.
            if sync(&folder.join(name))? {
                folders.insert(folder);
            }
        }
        if !folders.is_empty() {
            folders.insert(objects);
        }
        for folder in folders {
            sync(&folder)?;
        }
        Ok(())
    }

    /// Brings a ref that was moved or deleted to the disk.
    pub(super) fn sync_ref(&self, name: &str) -> Result<()> {
        let path = self.common_dir().join(name);
        sync(&path)?;
        match path.parent() {
            Some(folder) => sync(folder).map(|_| ()),
            None => Ok(()),
        }
    }
}

/// Syncs a file or a folder; whether it is there.
fn sync(path: &Path) -> Result<bool> {
    match File::open(path).and_then(|file| file.sync_all()) {
        Ok(()) => Ok(true),
        Err(error) if is_absent(&error) => Ok(false),
        Err(error) => Err(failed(path.to_owned(), error)),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn failed(path: PathBuf, error: io::Error) -> GitError {
    GitError::io(format!("bring {} to the disk", path.display()), error)
}
