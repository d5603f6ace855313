//! Which refs this clone made and the remote may not have: `sync` pushes these and no others, so
//! that a ref is never pushed merely because it exists.

use std::path::PathBuf;

use super::{JournalError, durable};
use crate::change::{Oid, RepoPath};

/// The folder with a file for each ref to push.
#[derive(Debug, Clone)]
pub struct MadeRefs {
    dir: PathBuf,
}

/// A ref made here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeRef {
    /// Its full name.
    pub name: String,
    /// What it named when it was made.
    pub oid: Oid,
}

impl MadeRefs {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// Notes that this ref is to be pushed.
    pub fn add(&self, made: &MadeRef) -> Result<(), JournalError> {
        durable::write(&self.path(&made.name), made.oid.to_string().as_bytes())
    }

    /// The refs that wait to be pushed, by name.
    pub fn waiting(&self) -> Result<Vec<MadeRef>, JournalError> {
        let mut made = Vec::new();
        for path in durable::files(&self.dir)? {
            let Some(bytes) = durable::read(&path)? else {
                continue;
            };
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let name = RepoPath::from_percent_encoded(&name.replace("%2F", "/"));
            let oid = std::str::from_utf8(&bytes)
                .ok()
                .and_then(|text| text.trim().parse().ok());
            match (name.as_ref().and_then(RepoPath::as_str), oid) {
                (Some(name), Some(oid)) => made.push(MadeRef {
                    name: name.to_owned(),
                    oid,
                }),
                _ => {
                    return Err(JournalError::Damaged {
                        path,
                        why: "not a ref name with an object id; move it away to go on".to_owned(),
                    });
                }
            }
        }
        Ok(made)
    }

    /// The remote has it now, or it was given up.
    pub fn remove(&self, name: &str) -> Result<bool, JournalError> {
        durable::remove(&self.path(name))
    }

    /// A ref name as one file name.
    fn path(&self, name: &str) -> PathBuf {
        let name = RepoPath::from(name).percent_encoded().replace('/', "%2F");
        self.dir.join(name)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_made_ref_waits_until_it_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let refs = MadeRefs::new(dir.path().join("made"));
        let made = MadeRef {
            name: "refs/countersign/queue/fix-lb/1".to_owned(),
            oid: Oid::from_bytes([9; 20]),
        };
        refs.add(&made).unwrap();
        assert_eq!(refs.waiting().unwrap(), std::slice::from_ref(&made));
        assert!(refs.remove(&made.name).unwrap());
        assert!(refs.waiting().unwrap().is_empty());
    }
}
