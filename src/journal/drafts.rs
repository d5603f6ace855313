//! Verdicts in the writing: kept through crashes, one file for each revision.

use std::path::PathBuf;

use super::{JournalError, durable};
use crate::change::{Oid, QueueRef};

/// The folder of drafts. What a draft says is the screen's own business; here it is bytes.
#[derive(Debug, Clone)]
pub struct Drafts {
    dir: PathBuf,
}

impl Drafts {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// Keeps the draft of a verdict on this revision with this head.
    pub fn keep(&self, name: &QueueRef, head: Oid, draft: &[u8]) -> Result<(), JournalError> {
        durable::write(&self.path(name, head), draft)
    }

    /// The draft kept for this revision and head.
    pub fn load(&self, name: &QueueRef, head: Oid) -> Result<Option<Vec<u8>>, JournalError> {
        durable::read(&self.path(name, head))
    }

    /// The verdict is signed, or the draft was given up.
    pub fn remove(&self, name: &QueueRef, head: Oid) -> Result<bool, JournalError> {
        durable::remove(&self.path(name, head))
    }

    fn path(&self, name: &QueueRef, head: Oid) -> PathBuf {
        self.dir
            .join(format!("{}.{}.{head}.json", name.id, name.number))
    }
}
