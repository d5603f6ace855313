//! Which revisions of a change this person went into: one file a change, a line a revision with the
//! commit it was then. Losing it costs a comparison that starts further back.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{JournalError, durable};
use crate::change::{ChangeId, Oid, QueueRef};

/// The folder of visits.
#[derive(Debug, Clone)]
pub struct Visits {
    dir: PathBuf,
}

impl Visits {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// The revisions of a change that were read here, with their heads. A damaged line is no visit.
    pub fn load(&self, id: &ChangeId) -> Result<BTreeMap<u32, Oid>, JournalError> {
        let bytes = durable::read(&self.dir.join(id.as_str()))?.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let visit = |line: &str| {
            let (number, head) = line.split_once(' ')?;
            Some((number.parse().ok()?, head.parse().ok()?))
        };
        Ok(text.lines().filter_map(visit).collect())
    }

    /// Adds a revision.
    pub fn add(&self, name: &QueueRef, head: Oid) -> Result<(), JournalError> {
        let mut visits = self.load(&name.id)?;
        if visits.insert(name.number, head) == Some(head) {
            return Ok(());
        }
        let lines = visits
            .iter()
            .map(|(number, head)| format!("{number} {head}\n"));
        let text: String = lines.collect();
        durable::write(&self.dir.join(name.id.as_str()), text.as_bytes())
    }
}
