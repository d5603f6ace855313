//! The exit codes of every command. A contract (the table in `docs/gate.md`): every code but 0 means closed.

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Done; for `gate`: everything in the range may go.
    Done = 0,
    /// `gate`: denied, approvals alone would not help. Verdict verbs: refused before signing.
    Denied = 1,
    /// Wrong flags, an unknown id, not a repository, an empty default range.
    Usage = 2,
    /// Could not decide: objects, notes or policy missing, unreadable or not trustworthy.
    Undecided = 3,
    /// Authentication, signing or network; what could be kept here is kept.
    Unavailable = 4,
    /// `gate`, `wait`: nothing is wrong, approvals are missing.
    Pending = 8,
    /// Interrupted by the user.
    Interrupted = 130,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}
