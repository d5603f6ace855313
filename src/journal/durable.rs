//! Writing a file so that it survives a crash: temp file, fsync, rename, fsync of the folder.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::JournalError;

/// Replaces `path` with `bytes`, wholly or not at all, and returns when it is on the disk. Creates
/// the folder where it is missing.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), JournalError> {
    let failed = |source| io("write", path, source);
    let dir = path.parent().unwrap_or_else(|| Path::new("."));
    create_dir(dir)?;
    let mut file = tempfile::Builder::new()
        .prefix(".tmp-")
        .tempfile_in(dir)
        .map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    sync_dir(dir)
}

/// The content of `path`, or none where there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, JournalError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io("read", path, error)),
    }
}

/// Removes `path`; whether it was there.
pub(super) fn remove(path: &Path) -> Result<bool, JournalError> {
    match fs::remove_file(path) {
        Ok(()) => {
            if let Some(dir) = path.parent() {
                sync_dir(dir)?;
            }
            Ok(true)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(io("remove", path, error)),
    }
}

/// The plain files in `dir`, by name, temporary ones left out; none where there is no folder.
pub(super) fn files(dir: &Path) -> Result<Vec<std::path::PathBuf>, JournalError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io("list", dir, error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| io("list", dir, error))?.path();
        let hidden = path
            .file_name()
            .is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// An exclusive lock on a file, which is made where it is missing and stays; waits for others. A
/// file system without locks gives none.
pub(super) fn lock(path: &Path) -> Result<File, JournalError> {
    create_dir(path.parent().unwrap_or_else(|| Path::new(".")))?;
    let open = fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path);
    let file = open.map_err(|error| io("open", path, error))?;
    match file.lock() {
        Err(error) if error.kind() != ErrorKind::Unsupported => Err(io("lock", path, error)),
        _ => Ok(file),
    }
}

fn create_dir(dir: &Path) -> Result<(), JournalError> {
    fs::create_dir_all(dir).map_err(|error| io("create", dir, error))
}

/// A rename is on the disk only when its folder is.
fn sync_dir(dir: &Path) -> Result<(), JournalError> {
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(|error| io("sync", dir, error))
}

pub(super) fn io(doing: &'static str, path: &Path, source: std::io::Error) -> JournalError {
    JournalError::Io {
        doing,
        path: path.to_owned(),
        source,
    }
}
