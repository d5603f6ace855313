//! The outbox: a signed verdict is *recorded* once its line is a file here, named by the digest of
//! its payload, so that a replay can never double it.

use std::path::PathBuf;

use jiff::Timestamp;

use super::{JournalError, durable};
use crate::change::Sha256;

/// The folder of signed lines that are not known to be on the remote.
#[derive(Debug, Clone)]
pub struct Outbox {
    dir: PathBuf,
}

/// The outbox is this process's own while this lives.
#[derive(Debug)]
pub struct OutboxLock(
    #[allow(dead_code, reason = "held, and released when dropped")] std::fs::File,
);

/// One signed line that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Digest of its payload.
    pub digest: Sha256,
    /// The whole line, with its line break.
    pub line: Vec<u8>,
    /// When it was recorded, by the file's time.
    pub recorded_at: Timestamp,
}

impl Outbox {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// Records a signed line; on return it is on the disk. Recording it again changes nothing.
    ///
    /// # Errors
    /// Where the file cannot be written; then the verdict is not recorded.
    pub fn record(&self, digest: Sha256, line: &[u8]) -> Result<(), JournalError> {
        durable::write(&self.path(digest), line)
    }

    /// Everything that waits, oldest first. A file that is no outbox entry is an error that names
    /// it: silence here could lose a verdict.
    pub fn waiting(&self) -> Result<Vec<Waiting>, JournalError> {
        let (waiting, odd) = self.read()?;
        odd.into_iter().next().map_or(Ok(waiting), Err)
    }

    /// Everything that waits, oldest first, and apart from it what cannot be read: one odd file
    /// must not keep the others from leaving.
    pub fn read(&self) -> Result<(Vec<Waiting>, Vec<JournalError>), JournalError> {
        let (mut waiting, mut odd) = (Vec::new(), Vec::new());
        for path in durable::files(&self.dir)? {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let Ok(digest) = name.parse() else {
                let why = "the name is not a payload digest; move it away to go on".to_owned();
                odd.push(JournalError::Damaged { path, why });
                continue;
            };
            let line = match durable::read(&path) {
                Ok(Some(line)) => line,
                // Another process may have published it between listing and reading.
                Ok(None) => continue,
                Err(error) => {
                    odd.push(error);
                    continue;
                }
            };
            let recorded_at = std::fs::metadata(&path)
                .and_then(|data| data.modified())
                .ok()
                .and_then(|time| Timestamp::try_from(time).ok())
                .unwrap_or(Timestamp::UNIX_EPOCH);
            waiting.push(Waiting {
                digest,
                line,
                recorded_at,
            });
        }
        waiting.sort_by_key(|entry| (entry.recorded_at, entry.digest));
        Ok((waiting, odd))
    }

    /// The line of a verdict that waits here.
    pub fn line(&self, digest: Sha256) -> Result<Option<Vec<u8>>, JournalError> {
        durable::read(&self.path(digest))
    }

    /// Keeps every other process from taking lines out or along until the answer is dropped: what
    /// is taken back must not be on its way at the same moment.
    pub fn lock(&self) -> Result<OutboxLock, JournalError> {
        durable::lock(&self.dir.with_extension("lock")).map(OutboxLock)
    }

    /// Takes a line out: it is on the remote, or its author took it back in time. Whether it was
    /// still there.
    pub fn remove(&self, digest: Sha256) -> Result<bool, JournalError> {
        durable::remove(&self.path(digest))
    }

    /// Whether this verdict still waits here.
    pub fn contains(&self, digest: Sha256) -> bool {
        self.path(digest).is_file()
    }

    fn path(&self, digest: Sha256) -> PathBuf {
        self.dir.join(digest.to_string())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_recorded_line_is_there_until_it_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let outbox = Outbox::new(dir.path().join("outbox"));
        assert!(outbox.waiting().unwrap().is_empty());
        let digest = Sha256::from_bytes([5; 32]);
        outbox.record(digest, b"line\n").unwrap();
        outbox.record(digest, b"line\n").unwrap();
        let waiting = outbox.waiting().unwrap();
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0].line, b"line\n");
        assert!(outbox.contains(digest));
        assert!(outbox.remove(digest).unwrap());
        assert!(!outbox.remove(digest).unwrap());
        assert!(outbox.waiting().unwrap().is_empty());
    }

    #[test]
    fn a_foreign_file_is_named_and_a_half_written_one_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let outbox = Outbox::new(dir.path().to_owned());
        std::fs::write(dir.path().join(".tmp-abc"), b"half").unwrap();
        assert!(outbox.waiting().unwrap().is_empty());
        std::fs::write(dir.path().join("notes.txt"), b"x").unwrap();
        let error = outbox.waiting().unwrap_err().to_string();
        assert!(error.contains("notes.txt"), "{error}");
    }
}
