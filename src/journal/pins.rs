//! What this client has seen and will not unsee: where it began to trust the policy.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{JournalError, durable};
use crate::change::Oid;

/// The file `pins.json`.
#[derive(Debug, Clone)]
pub struct PinsFile {
    path: PathBuf,
}

/// The pins of one clone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pins {
    /// The policy root: the commit where this client began to trust, on first use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_root: Option<Oid>,
    /// The same for each target that was reviewed for: branches need not share a chain.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub targets: BTreeMap<String, Oid>,
    /// Notes commits that a gate has seen, by notes ref: their history has to be there again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, Vec<Oid>>,
    /// When the first was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Timestamp>,
}

impl Pins {
    /// Where this client began to trust the policy of a target.
    pub fn root_of(&self, target: &str) -> Option<Oid> {
        self.targets.get(target).copied().or(self.policy_root)
    }
}

impl PinsFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The pins; empty where there is no file yet.
    pub fn load(&self) -> Result<Pins, JournalError> {
        let Some(bytes) = durable::read(&self.path)? else {
            return Ok(Pins::default());
        };
        serde_json::from_slice(&bytes).map_err(|error| JournalError::Damaged {
            path: self.path.clone(),
            why: error.to_string(),
        })
    }

    /// Replaces the pins by what `change` makes of them, while every other process waits: what one
    /// writes is never lost to another.
    ///
    /// # Errors
    /// Where the file cannot be read, is damaged or cannot be written; it is then as it was.
    pub fn update(&self, change: impl FnOnce(&mut Pins)) -> Result<(), JournalError> {
        let _lock = durable::lock(&self.path.with_extension("lock"))?;
        let before = self.load()?;
        let mut pins = before.clone();
        change(&mut pins);
        if pins == before {
            return Ok(());
        }
        let bytes = serde_json::to_vec_pretty(&pins).map_err(|error| JournalError::Damaged {
            path: self.path.clone(),
            why: error.to_string(),
        })?;
        durable::write(&self.path, &bytes)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_several_write_at_once_is_all_there() {
        let dir = tempfile::tempdir().unwrap();
        let file = PinsFile::new(dir.path().join("pins.json"));
        std::thread::scope(|scope| {
            for number in 0..8_u8 {
                let file = &file;
                scope.spawn(move || {
                    let oid = Oid::from_bytes([number; 20]);
                    let name = format!("refs/heads/{number}");
                    file.update(|pins| {
                        pins.targets.insert(name, oid);
                    })
                });
            }
        });
        assert_eq!(file.load().unwrap().targets.len(), 8);
    }

    #[test]
    fn a_damaged_file_is_named_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pins.json");
        std::fs::write(&path, "{").unwrap();
        let file = PinsFile::new(path.clone());
        assert!(file.load().is_err());
        assert!(file.update(|pins| pins.pinned_at = None).is_err());
        assert_eq!(std::fs::read_to_string(path).unwrap(), "{");
    }
}
