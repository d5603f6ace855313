//! What changed between two revisions of a change.

use crate::change::{ChangeId, Oid};
use crate::diff::interdiff::Interdiff;
use crate::git::{DiffOptions, Ends};

use super::{Desk, ReviewError};

impl Desk<'_> {
    /// The difference between two revisions, with what only a rebase brought taken out.
    ///
    /// # Errors
    /// Where a revision is not known here, or cannot be read.
    pub fn interdiff(&self, id: &ChangeId, from: u32, to: u32) -> Result<Interdiff, ReviewError> {
        let store = &self.session().store;
        let ends = |number| {
            let revision = self.resolve(id, number)?;
            let tree = |commit: Oid| store.commit(commit).map(|commit| commit.tree);
            Ok::<_, ReviewError>(Ends {
                base: tree(revision.base)?,
                head: tree(revision.head.oid)?,
            })
        };
        let (from, to) = (ends(from)?, ends(to)?);
        Ok(store.interdiff(from, to, &DiffOptions::default())?)
    }
}
