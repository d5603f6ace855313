//! Everything that can go wrong with a repository or a remote, and what to do about it.

use std::path::PathBuf;

use crate::change::{Oid, escape_ascii};

/// Why a repository, an object, a ref or a remote could not be used.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// No repository at or above the directory.
    #[error("not a git repository: {}", .dir.display())]
    NotARepository {
        /// Where the search began.
        dir: PathBuf,
    },
    /// The repository belongs to another user and is not listed in `safe.directory`.
    #[error("E-FOREIGN-OWNER the repository at {} belongs to another user", .dir.display())]
    ForeignOwner {
        /// The repository.
        dir: PathBuf,
    },
    /// The repository keeps its refs in reftables.
    #[error("E-REFTABLE the repository at {} keeps its refs in the reftable format, which countersign cannot read", .dir.display())]
    Reftable {
        /// The repository.
        dir: PathBuf,
    },
    /// The repository names its objects by SHA-256.
    #[error("E-HASH-ALGO the repository at {} uses SHA-256 object ids, which countersign cannot read", .dir.display())]
    Sha256 {
        /// The repository.
        dir: PathBuf,
    },
    /// The repository needs a git extension that we do not have.
    #[error("the repository at {} needs the git extension {name}, which countersign cannot read", .dir.display())]
    UnsupportedExtension {
        /// The repository.
        dir: PathBuf,
        /// The extension, as in `extensions.<name>`.
        name: String,
    },
    /// The text names no object.
    #[error("no such revision: {}", escape_ascii(.spec))]
    UnknownRevision {
        /// What was asked for.
        spec: String,
    },
    /// An abbreviated id fits several objects.
    #[error("the revision {} is ambiguous", escape_ascii(.spec))]
    AmbiguousRevision {
        /// What was asked for.
        spec: String,
    },
    /// The object is of another kind than needed.
    #[error("{oid} is a {found}, not a {wanted}")]
    WrongKind {
        /// The object.
        oid: Oid,
        /// What was needed.
        wanted: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// The object is not in this repository.
    #[error("E-OBJECT-MISSING the object {oid} is not in this repository")]
    ObjectMissing {
        /// The object.
        oid: Oid,
    },
    /// The stored bytes are damaged or do not hash to the object's id.
    #[error("E-OBJECT-CORRUPT the object {oid} is corrupt: {why}")]
    ObjectCorrupt {
        /// The object.
        oid: Oid,
        /// What the library said.
        why: String,
    },
    /// The bytes match the id but are no well-formed commit, tag or tree.
    #[error("E-OBJECT-MALFORMED the object {oid} is malformed: {why}")]
    ObjectMalformed {
        /// The object.
        oid: Oid,
        /// What is wrong.
        why: String,
    },
    /// The walk came to the edge of a shallow clone.
    #[error("E-HISTORY-SHALLOW the history ends at {at} because this clone is shallow")]
    HistoryShallow {
        /// The commit whose parents are not here.
        at: Oid,
    },
    /// Something is larger than what is read.
    #[error("E-TOO-LARGE {what} is over the limit of {limit}")]
    OverBudget {
        /// What was read.
        what: String,
        /// The limit, with its unit.
        limit: String,
    },
    /// The text is not a legal full ref name.
    #[error("not a valid ref name: {}", escape_ascii(.name))]
    BadRefName {
        /// The name.
        name: String,
    },
    /// The ref exists and cannot be read.
    #[error("the ref {} is broken: {}", escape_ascii(.name), escape_ascii(.why))]
    RefBroken {
        /// The name.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// The ref is not what it was when the change to it was prepared.
    #[error("the ref {} changed meanwhile", escape_ascii(.name))]
    RefMoved {
        /// The name.
        name: String,
    },
    /// Another process holds the ref's lock, or left it behind.
    #[error("the ref {} is locked by {}", escape_ascii(.name), .lock.display())]
    RefLocked {
        /// The name.
        name: String,
        /// The lock file.
        lock: PathBuf,
    },
    /// A ref of the same name stands where this one needs a directory, or the reverse.
    #[error("the ref {} cannot be written: {}", escape_ascii(.name), escape_ascii(.why))]
    RefConflict {
        /// The name.
        name: String,
        /// What is in the way.
        why: String,
    },
    /// The notes ref names something that is no commit.
    #[error("E-LOG-TYPE the notes ref {} names a {kind}, not a commit", escape_ascii(.name))]
    NotesNotACommit {
        /// The ref.
        name: String,
        /// What it names.
        kind: &'static str,
    },
    /// No remote of that name or form.
    #[error("no such remote: {}", escape_ascii(.name))]
    UnknownRemote {
        /// What was asked for.
        name: String,
    },
    /// The `git` program could not be started.
    #[error("the git program could not be started")]
    NoGit(#[source] std::io::Error),
    /// The remote could not be reached.
    #[error("the remote {} cannot be reached: {words}", escape_ascii(.remote))]
    Unreachable {
        /// The remote.
        remote: String,
        /// What git said, escaped.
        words: String,
    },
    /// The remote did not let us in.
    #[error("the remote {} refused access: {words}", escape_ascii(.remote))]
    Auth {
        /// The remote.
        remote: String,
        /// What git said, escaped.
        words: String,
    },
    /// The remote, or git on its behalf, refused.
    #[error("the remote {} refused: {words}", escape_ascii(.remote))]
    Refused {
        /// The remote.
        remote: String,
        /// What git said, escaped.
        words: String,
    },
    /// The remote did not answer in time.
    #[error("the remote {} did not finish within {seconds} s", escape_ascii(.remote))]
    TimedOut {
        /// The remote.
        remote: String,
        /// The deadline that passed.
        seconds: u64,
    },
    /// Somebody who waited called it off.
    #[error("called off; the next fetch shows what {} has of it", escape_ascii(.remote))]
    CalledOff {
        /// The remote.
        remote: String,
    },
    /// A file of the repository could not be read or written.
    #[error("cannot {what}")]
    Io {
        /// The attempt, with the file.
        what: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// Something else the git library or program reported.
    #[error("{what}: {}", escape_ascii(.why))]
    Other {
        /// The attempt.
        what: String,
        /// The report.
        why: String,
    },
}

impl GitError {
    /// Whether the remote or the way to it is to blame: what is here is unharmed.
    pub fn is_network(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Auth { .. }
                | Self::Refused { .. }
                | Self::TimedOut { .. }
                | Self::CalledOff { .. }
        )
    }

    /// Whether another try with fresh refs may do.
    pub(super) fn is_race(&self) -> bool {
        matches!(self, Self::RefMoved { .. } | Self::RefLocked { .. })
    }

    pub(super) fn library(what: impl Into<String>, source: &git2::Error) -> Self {
        Self::Other {
            what: what.into(),
            why: source.message().to_owned(),
        }
    }

    pub(super) fn io(what: impl Into<String>, source: std::io::Error) -> Self {
        Self::Io {
            what: what.into(),
            source,
        }
    }
}
