//! The refs of the queue as they are here: tracked ones of the remote and own unpushed ones, every
//! revision of every change; and the names that are no revisions.

use std::collections::BTreeMap;

use crate::change::{ChangeId, Oid, QueueRef, escape_ascii, readable};
use crate::git::{GitError, Store};

/// Every revision known here.
#[derive(Debug, Clone, Default)]
pub struct QueueRefs {
    /// The revisions of each change, by number.
    pub changes: BTreeMap<ChangeId, BTreeMap<u32, FoundRef>>,
    /// Names below the prefixes that are no revisions.
    pub ignored: Vec<IgnoredRef>,
}

/// A ref that names a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRef {
    /// Its full name here.
    pub ref_name: String,
    /// What it names.
    pub oid: Oid,
    /// Whether an own ref of the same name names something else.
    pub differs: bool,
    /// Whether it was moved to the archive: closed or landed.
    pub archived: bool,
}

/// A ref below our prefixes that is not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoredRef {
    /// Its name, escaped.
    pub name: String,
    /// Why.
    pub why: String,
}

/// Whether a name below the archive is that of the reason why a change was closed.
fn is_closing(rest: &[u8]) -> bool {
    let id = rest.strip_suffix(b"/closed");
    let id = id.and_then(|id| std::str::from_utf8(id).ok());
    id.is_some_and(|id| id.parse::<ChangeId>().is_ok())
}

impl QueueRefs {
    /// Reads the names below these roots (`refs/countersign` and the like, without a slash at the
    /// end). Where two roots have the same revision, the one that stands first wins. A ref that
    /// cannot be read is reported and stops nothing else.
    pub fn read(store: &Store, roots: &[String]) -> Result<Self, GitError> {
        let mut all = Self::default();
        for root in roots {
            for (folder, archived) in [("queue", false), ("archive", true)] {
                all.read_folder(store, &format!("{root}/{folder}/"), archived)?;
            }
        }
        Ok(all)
    }

    fn read_folder(&mut self, store: &Store, prefix: &str, archived: bool) -> Result<(), GitError> {
        let listing = store.ref_listing(prefix)?;
        for broken in listing.broken {
            self.ignore(&broken.name, broken.why);
        }
        for entry in listing.refs {
            let rest = entry
                .name
                .strip_prefix(prefix.as_bytes())
                .unwrap_or_default();
            if archived && is_closing(rest) {
                continue;
            }
            match QueueRef::parse(rest) {
                Ok(QueueRef { id, number }) => {
                    let ref_name = readable(&entry.name).into_owned();
                    let found = FoundRef {
                        ref_name,
                        oid: entry.oid,
                        differs: false,
                        archived,
                    };
                    self.add(id, number, found);
                }
                Err(why) => self.ignore(&entry.name, why.to_string()),
            }
        }
        Ok(())
    }

    fn add(&mut self, id: ChangeId, number: u32, found: FoundRef) {
        let revisions = self.changes.entry(id).or_default();
        match revisions.get_mut(&number) {
            // A queue ref stands above an archived one of the same name.
            Some(known) if known.archived && !found.archived => *known = found,
            Some(known) => known.differs |= known.oid != found.oid && !found.archived,
            None => {
                revisions.insert(number, found);
            }
        }
    }

    fn ignore(&mut self, name: &[u8], why: String) {
        let name = escape_ascii(&readable(name)).into_owned();
        self.ignored.push(IgnoredRef { name, why });
    }

    /// The newest revision of a change.
    pub fn newest(&self, id: &ChangeId) -> Option<(u32, &FoundRef)> {
        let (number, found) = self.changes.get(id)?.last_key_value()?;
        Some((*number, found))
    }
}
