//! What waits here and must not be lost: outbox, drafts, seen marks, visits, pins, and which refs
//! were made here. Plain files below `<git common dir>/countersign/`, written so that a crash leaves either
//! the old or the new content, never a part.

mod drafts;
mod durable;
mod made;
mod outbox;
mod pins;
mod seen;
mod snoozes;
mod visits;

use std::path::{Path, PathBuf};

pub use drafts::Drafts;
pub use made::{MadeRef, MadeRefs};
pub use outbox::{Outbox, OutboxLock, Waiting};
pub use pins::{Pins, PinsFile};
pub use seen::SeenMarks;
pub use snoozes::{Snoozed, Snoozes};
pub use visits::Visits;

/// The journal of one clone, shared by its worktrees.
#[derive(Debug, Clone)]
pub struct Journal {
    dir: PathBuf,
}

/// A file of the journal could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The operating system refused.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// `read`, `write`, …
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The content is not what it should be.
    #[error("{} is damaged: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl Journal {
    /// The journal of the clone with this common git directory. Creates nothing.
    pub fn of(common_dir: &Path) -> Self {
        Self {
            dir: common_dir.join("countersign"),
        }
    }

    /// The folder that holds the journal.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Signed verdicts that are not known to be on the remote.
    pub fn outbox(&self) -> Outbox {
        Outbox::new(self.dir.join("outbox"))
    }

    /// Queue refs made in this clone, to be pushed.
    pub fn made_refs(&self) -> MadeRefs {
        MadeRefs::new(self.dir.join("made"))
    }

    /// Verdicts in the writing.
    pub fn drafts(&self) -> Drafts {
        Drafts::new(self.dir.join("drafts"))
    }

    /// Hunks that were on the screen.
    pub fn seen(&self) -> SeenMarks {
        SeenMarks::new(self.dir.join("seen"))
    }

    /// Changes that were put off here.
    pub fn snoozes(&self) -> Snoozes {
        Snoozes::new(self.dir.join("snoozed"))
    }

    /// Revisions that were read here.
    pub fn visits(&self) -> Visits {
        Visits::new(self.dir.join("visits"))
    }

    /// What this client trusts since when.
    pub fn pins(&self) -> PinsFile {
        PinsFile::new(self.dir.join("pins.json"))
    }
}
