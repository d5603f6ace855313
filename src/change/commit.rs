//! A commit as it is stored: raw identities (no mailmap), raw message.

use jiff::Timestamp;
use serde::Serialize;

use super::{Oid, Trailer, trailers};

/// Who a commit says made it. A claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The name, readable text.
    pub name: String,
    /// The e-mail, readable text, as written (case kept).
    pub email: String,
    /// When, as claimed.
    #[serde(skip)]
    pub when: Timestamp,
}

/// One commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its own id.
    pub oid: Oid,
    /// The tree it records.
    pub tree: Oid,
    /// Its parents, in order.
    pub parents: Vec<Oid>,
    /// The author.
    pub author: Identity,
    /// The committer.
    pub committer: Identity,
    /// The whole message, readable text.
    pub message: String,
}

impl Commit {
    /// The first line of the message.
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or_default().trim()
    }

    /// What follows the subject, without surrounding blank lines.
    pub fn body(&self) -> &str {
        self.message
            .split_once('\n')
            .map_or("", |(_, body)| body.trim())
    }

    /// The trailers of the message.
    pub fn trailers(&self) -> Vec<Trailer<'_>> {
        trailers(&self.message)
    }
}
