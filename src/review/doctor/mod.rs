//! What could stand in the way of a review in this clone: each thing looked at by itself, with the
//! command that mends it. Nothing is written, here or on the remote.

mod keys;
mod local;
mod remote;

use jiff::Timestamp;

use crate::git;
use crate::review::Session;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// As it should be.
    Ok,
    /// It works, with a trap in it.
    Warn,
    /// Something does not work.
    Fail,
}

impl Health {
    /// `OK`, `WARN` or `FAIL`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name, the same for ever.
    pub id: &'static str,
    /// How it came out.
    pub health: Health,
    /// What was found.
    pub text: String,
    /// What mends it: a command where there is one.
    pub fix: Option<String>,
}

impl Check {
    /// As it should be.
    pub fn ok(id: &'static str, text: impl Into<String>) -> Self {
        Self {
            id,
            health: Health::Ok,
            text: text.into(),
            fix: None,
        }
    }

    /// A trap.
    pub fn warn(id: &'static str, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            health: Health::Warn,
            fix: Some(fix.into()),
            ..Self::ok(id, text)
        }
    }

    /// A fault.
    pub fn fail(id: &'static str, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            health: Health::Fail,
            fix: Some(fix.into()),
            ..Self::ok(id, text)
        }
    }
}

/// The oldest git that is tested with.
const OLDEST_GIT: (u32, u32) = (2, 39);

/// The git program, which needs no repository.
pub fn git_program() -> Check {
    let id = "git";
    match git::version() {
        Err(error) => Check::fail(id, error.to_string(), "install git 2.39 or newer"),
        Ok((found, text)) if found < OLDEST_GIT => {
            let text = format!("{text}: older than what this is tested with");
            Check::warn(id, text, "install git 2.39 or newer")
        }
        Ok((_, text)) => Check::ok(id, text),
    }
}

/// Everything about a clone and its remote. `offline` leaves the remote alone.
pub fn examine(session: &Session, now: Timestamp, offline: bool) -> Vec<Check> {
    let mut checks = local::format(session);
    checks.extend(keys::checks(session, now));
    checks.extend(remote::refspecs(session));
    checks.extend(remote::server(session, offline));
    checks.extend(local::verdicts(session));
    checks.extend(local::surroundings(session, now));
    checks
}
