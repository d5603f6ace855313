//! Rows of the queue that are marked: revisions that are to be decided together.

use super::{Group, Queue};
use crate::queue::RevisionName;

/// Rows that can be marked at once: what one sheet can still be read through.
pub const MARKS: usize = 50;

impl Queue {
    /// Whether the entry of this name is marked.
    pub fn is_marked(&self, name: &RevisionName) -> bool {
        self.marked.contains(name)
    }

    /// The marked revisions, in the order of the entries.
    pub fn marked(&self) -> Vec<RevisionName> {
        let names = self.entries.iter().map(crate::queue::Entry::name);
        names.filter(|name| self.marked.contains(name)).collect()
    }

    /// How many are marked.
    pub fn marks(&self) -> usize {
        self.marked.len()
    }

    /// Marks the row under the cursor, or takes its mark away.
    ///
    /// # Errors
    /// Why it cannot be marked.
    pub(in crate::app) fn mark(&mut self) -> Result<(), String> {
        let Some(entry) = self.current() else {
            return Err("nothing is selected".to_owned());
        };
        let name = entry.name();
        let waits = entry.state.waits() && self.group(entry) != Group::Decided;
        if self.marked.remove(&name) {
            return Ok(());
        }
        if !waits {
            return Err(format!("{name} does not wait for a verdict"));
        }
        if self.marked.len() >= MARKS {
            return Err(format!("at most {MARKS} are marked at once"));
        }
        self.marked.insert(name);
        Ok(())
    }

    /// Takes a mark away.
    pub(in crate::app) fn unmark(&mut self, name: &RevisionName) {
        self.marked.remove(name);
    }

    /// Takes all marks away; whether there were any.
    pub(in crate::app) fn unmark_all(&mut self) -> bool {
        !std::mem::take(&mut self.marked).is_empty()
    }

    /// A mark is on a revision that waits: with that it goes.
    pub(super) fn drop_marks(&mut self) {
        let entries = self.entries.iter();
        let waits =
            entries.filter(|entry| entry.state.waits() && self.group(entry) != Group::Decided);
        let names: std::collections::BTreeSet<RevisionName> =
            waits.map(crate::queue::Entry::name).collect();
        self.marked.retain(|name| names.contains(name));
    }
}
