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

    /// Replaces the pins.
    pub fn store(&self, pins: &Pins) -> Result<(), JournalError> {
        let bytes = serde_json::to_vec_pretty(pins).map_err(|error| JournalError::Damaged {
            path: self.path.clone(),
            why: error.to_string(),
        })?;
        durable::write(&self.path, &bytes)
    }
}
