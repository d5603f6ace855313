//! Who sits here and where: the repository, the remote, the key, the clock, what is in the way.

use jiff::Timestamp;

use crate::change::Sha256;
use crate::queue::RevisionName;
use crate::verdict::VerdictKind;

/// Facts of this session that the bars and the cards show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Session {
    /// What the repository is called.
    pub repository: String,
    /// The remote; none where there is none.
    pub remote: Option<String>,
    /// The person's name in the policy, or the principal.
    pub person: Option<String>,
    /// The roles the policy gives.
    pub roles: Vec<String>,
    /// The key's type: `ssh-ed25519`.
    pub key_type: String,
    /// The key's fingerprint; empty without a key.
    pub fingerprint: String,
    /// What keeps the person from working, most important first.
    pub troubles: Vec<Trouble>,
    /// Seconds a verdict stays here before it leaves.
    pub undo_seconds: u64,
    /// Seconds between background fetches; 0 is never.
    pub fetch_seconds: u64,
    /// What the queue's source had to warn of, a sentence each.
    pub warnings: Vec<String>,
    /// Changes that are still being assessed, behind the screen.
    pub unassessed: usize,
}

/// Something that must be put right outside the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What is missing: "No key to sign with".
    pub what: String,
    /// What to do, a line each.
    pub remedy: Vec<String>,
}

/// The time: milliseconds since the program began, and the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Milliseconds; never goes back.
    pub millis: u64,
    /// Seconds of the world.
    pub wall: Timestamp,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            millis: 0,
            wall: Timestamp::UNIX_EPOCH,
        }
    }
}

/// A line about what just happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How it went.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
}

/// How something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// For information.
    Plain,
    /// Done.
    Good,
    /// Wants attention.
    Warning,
    /// Did not work.
    Bad,
}

/// A verdict that was signed here and is not on the remote yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The payload.
    pub digest: Sha256,
    /// On what.
    pub name: RevisionName,
    /// What.
    pub kind: VerdictKind,
    /// When it leaves, on the clock of the program.
    pub leaves_at: u64,
    /// Whether it is on its way.
    pub stage: Leaving,
}

/// How far a waiting verdict is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// Can still be taken back.
    Here,
    /// Being pushed.
    Pushing,
    /// The push did not work; it stays until the next one.
    Kept,
}

/// Fetching from a remote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sync {
    /// When the last fetch ended well.
    pub at: Option<Timestamp>,
    /// Whether one is running.
    pub running: bool,
    /// When the next background fetch is due, on the clock of the program.
    pub next: Option<u64>,
    /// Why the last one failed.
    pub failed: Option<String>,
}

/// The past tense of a verdict.
pub const fn past_tense(kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::Approve => "approved",
        VerdictKind::Reject => "rejected",
        VerdictKind::Comment => "remarked on",
        VerdictKind::Withdraw => "withdrawn",
    }
}
