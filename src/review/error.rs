//! What can go wrong in a reviewer's use-case.

use crate::change::Oid;
use crate::evidence::Untrusted;
use crate::git::GitError;
use crate::journal::JournalError;
use crate::policy::Refused;
use crate::verdict::{SealError, SignError};

use super::Unresolved;

/// Why a use-case could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The repository or the remote.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The files that hold what waits here.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// There is no policy to judge by.
    #[error(transparent)]
    Policy(#[from] Untrusted),
    /// The revision cannot be read.
    #[error("{name} cannot be read")]
    Unreadable {
        /// `<id>@<n>`.
        name: String,
        /// Why.
        #[source]
        why: Unresolved,
    },
    /// Several remotes and none is chosen.
    #[error("this repository has several remotes and none is called origin: {}", remotes.join(", "))]
    WhichRemote {
        /// Their names.
        remotes: Vec<String>,
    },
    /// A remote is needed and there is none.
    #[error("this repository has no remote")]
    NoRemote,
    /// No such change here.
    #[error("no change {0:?} is known here")]
    UnknownChange(String),
    /// No such revision of a change.
    #[error("{id} has no revision {number} here; known: {known}")]
    UnknownRevision {
        /// The change.
        id: String,
        /// The revision asked for.
        number: u32,
        /// The revisions there are.
        known: String,
    },
    /// A prefix fits several changes.
    #[error("{prefix:?} fits several changes: {}", ids.join(", "))]
    Ambiguous {
        /// What was given.
        prefix: String,
        /// What it fits.
        ids: Vec<String>,
    },
    /// The revision is not the one that was meant.
    #[error("{name} has head {head}, not {expected}")]
    HeadDiffers {
        /// `<id>@<n>`.
        name: String,
        /// Its head.
        head: Oid,
        /// The head that was given.
        expected: String,
    },
    /// Something is not any more as the reviewer was shown it.
    #[error("{what} is not what was shown any more")]
    Changed {
        /// What.
        what: &'static str,
    },
    /// The verdict would not count, and nothing was signed.
    #[error("{}", why.join("\n"))]
    WouldNotCount {
        /// The reasons, ids first.
        why: Vec<String>,
    },
    /// The target was rewritten below the commit where this client began to trust it.
    #[error(
        "E-POLICY-ROOT {target} no longer stands on {root}, where this client began to trust its policy"
    )]
    RootGone {
        /// Full name of the target.
        target: String,
        /// The commit that was pinned.
        root: Oid,
    },
    /// What stands in the queue is in the archive under the same name, as something else.
    #[error("{name} is in the archive already, as {oid}")]
    ArchivedAs {
        /// `<id>@<n>`.
        name: String,
        /// What the archive has.
        oid: Oid,
    },
    /// The key is nobody's in the policy: a statement could not name who signs, so it is not made.
    #[error("{0}")]
    Nobody(String),
    /// Something that is no worktree of ours stands where one is to be made.
    #[error("{} is in the way: it is no worktree of this clone", path.display())]
    InTheWay {
        /// The folder.
        path: std::path::PathBuf,
    },
    /// The draft lacks something that its kind requires.
    #[error("{0}")]
    Incomplete(String),
    /// The statement could not be made.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// There is no usable key.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The policy cannot be changed so.
    #[error(transparent)]
    Amendment(#[from] Refused),
    /// The proposal would not become the revision that was expected.
    #[error("it would become revision {would}, not {expected}")]
    NotExpected {
        /// The next free number.
        would: u32,
        /// The number given.
        expected: u32,
    },
}
