//! Which hunks of a change were on the screen: one file a change, a line a hunk, named by a digest
//! of the hunk's content, so that a mark falls only where the hunk changes.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{JournalError, durable};
use crate::change::{ChangeId, Sha256};

/// The folder of seen marks.
#[derive(Debug, Clone)]
pub struct SeenMarks {
    dir: PathBuf,
}

impl SeenMarks {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// The hunks of this change that were seen. A damaged line is no mark: the worst it costs is
    /// reading a hunk again.
    pub fn load(&self, id: &ChangeId) -> Result<BTreeSet<Sha256>, JournalError> {
        let bytes = durable::read(&self.dir.join(id.as_str()))?.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
    }

    /// Replaces the marks of this change.
    pub fn store(&self, id: &ChangeId, seen: &BTreeSet<Sha256>) -> Result<(), JournalError> {
        let mut text = String::with_capacity(seen.len() * 65);
        for digest in seen {
            text.push_str(&digest.to_string());
            text.push('\n');
        }
        durable::write(&self.dir.join(id.as_str()), text.as_bytes())
    }
}
