//! What is said without a signature: claims of reviewers and the words of CI jobs. Shown as such;
//! they order the queue and never decide anything.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::change::{ChangeId, QueueRef};
use crate::git::{GitError, RefEntry};
use crate::queue::{Check, CheckState, Claim};

use super::Session;

/// Claims and checks as the refs have them.
#[derive(Debug, Default)]
pub(super) struct Unsigned {
    claims: HashMap<ChangeId, Claim>,
    checks: HashMap<QueueRef, Vec<Check>>,
}

/// A blob of a claim or check is far below this.
const MAX_BLOB: u64 = 64 * 1024;

#[derive(Deserialize)]
struct ClaimBlob {
    reviewer: String,
    until: Timestamp,
}

#[derive(Deserialize)]
struct CheckBlob {
    state: String,
}

impl Unsigned {
    /// Reads the refs below the roots; where two roots have the same name, the one that stands first
    /// wins. A blob that cannot be read says nothing.
    pub(super) fn read(session: &Session) -> Result<Self, GitError> {
        let mut all = Self::default();
        for root in session.roots() {
            let prefix = format!("{root}/claims/");
            for entry in session.store.refs(&prefix)? {
                all.claim(session, &prefix, &entry);
            }
            let prefix = format!("{root}/checks/");
            for entry in session.store.refs(&prefix)? {
                all.check(session, &prefix, &entry);
            }
        }
        Ok(all)
    }

    /// Who is on a change.
    pub(super) fn claim_on(&self, id: &ChangeId) -> Option<Claim> {
        self.claims.get(id).cloned()
    }

    /// What CI says of a revision.
    pub(super) fn checks_of(&self, name: &QueueRef) -> Vec<Check> {
        self.checks.get(name).cloned().unwrap_or_default()
    }

    fn claim(&mut self, session: &Session, prefix: &str, entry: &RefEntry) {
        let id = rest(prefix, entry).and_then(|rest| rest.parse::<ChangeId>().ok());
        let claim = blob::<ClaimBlob>(session, entry);
        if let (Some(id), Some(claim)) = (id, claim) {
            let ClaimBlob { reviewer, until } = claim;
            self.claims.entry(id).or_insert(Claim { reviewer, until });
        }
    }

    fn check(&mut self, session: &Session, prefix: &str, entry: &RefEntry) {
        let Some((revision, name)) = rest(prefix, entry).and_then(|rest| rest.rsplit_once('/'))
        else {
            return;
        };
        let (Ok(revision), Some(blob)) = (
            QueueRef::parse(revision.as_bytes()),
            blob::<CheckBlob>(session, entry),
        ) else {
            return;
        };
        let state = match blob.state.as_str() {
            "success" => CheckState::Success,
            "failure" => CheckState::Failure,
            "pending" => CheckState::Pending,
            _ => return,
        };
        let checks = self.checks.entry(revision).or_default();
        if checks.iter().all(|check| check.name != name) {
            checks.push(Check {
                name: name.to_owned(),
                state,
            });
        }
    }
}

fn rest<'a>(prefix: &str, entry: &'a RefEntry) -> Option<&'a str> {
    std::str::from_utf8(&entry.name).ok()?.strip_prefix(prefix)
}

fn blob<T: for<'de> Deserialize<'de>>(session: &Session, entry: &RefEntry) -> Option<T> {
    let bytes = session.store.blob(entry.oid, MAX_BLOB).ok()?;
    serde_json::from_slice(&bytes).ok()
}
