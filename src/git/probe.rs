//! What the installed git and a remote can do, asked without writing anything anywhere.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::child::{self, Finished, Unfinished};
use super::watch::Watch;
use super::{GitError, Result, Store};
use crate::change::{Oid, readable};

/// What a remote's server offers.
#[derive(Debug)]
pub struct Offers {
    /// It speaks version 2 of the protocol, so that it sends only the refs that are asked for.
    pub version_2: bool,
    /// Several refs move together or not at all; none where nothing could be asked about pushing.
    pub atomic: Option<bool>,
    /// Why a push is not even begun: no permission, no such service.
    pub push: Option<GitError>,
}

/// The version of the git program: its numbers and what it prints.
///
/// # Errors
/// [`GitError::NoGit`] where it cannot be run.
pub fn version() -> Result<((u32, u32), String)> {
    let mut git = Command::new("git");
    git.arg("--version").stdin(Stdio::null());
    let finished = child::run(&mut git, Duration::from_secs(10), &Watch::default());
    let finished = finished.map_err(|unfinished| match unfinished {
        Unfinished::NotStarted(error) => GitError::NoGit(error),
        Unfinished::TimedOut | Unfinished::CalledOff => GitError::Other {
            what: "run git --version".to_owned(),
            why: "it did not finish".to_owned(),
        },
    })?;
    let text = readable(&finished.stdout).trim().to_owned();
    Ok((numbers(&text), text))
}

/// `git version 2.47.3 (Apple …)`: 2 and 47; zeros where there are none.
fn numbers(text: &str) -> (u32, u32) {
    let mut parts = text
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        .unwrap_or_default()
        .split('.')
        .map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

impl Store {
    /// Asks a remote what it offers. `head` is a commit that is here, for a push that is only
    /// rehearsed: the server is told nothing to do.
    ///
    /// # Errors
    /// Where the remote is unknown, cannot be reached or refuses to be read.
    pub fn offers(&self, remote: &str, head: Option<Oid>) -> Result<Offers> {
        let mut git = self.network(remote)?;
        // The trace says what the server answered first.
        git.env("GIT_TRACE_PACKET", "1");
        git.args(["ls-remote", "--quiet", "--refs", "--", remote])
            .arg("refs/notes/countersign");
        let read = self.succeeded(remote, git)?;
        let said = readable(&read.stderr);
        let version_2 = said
            .lines()
            .any(|line| line.trim_end().ends_with("< version 2"));
        let Some(head) = head else {
            return Ok(Offers {
                version_2,
                atomic: None,
                push: None,
            });
        };
        let mut git = self.network(remote)?;
        git.args([
            "push",
            "--dry-run",
            "--porcelain",
            "--no-verify",
            "--atomic",
        ]);
        git.args([
            "--no-recurse-submodules",
            "--no-follow-tags",
            "--no-signed",
            "--",
        ]);
        git.arg(remote)
            .arg(format!("{head}:refs/countersign/probe"));
        let (atomic, push) = match self.succeeded(remote, git) {
            Ok(_) => (Some(true), None),
            Err(error) if error.to_string().contains("does not support --atomic") => {
                (Some(false), None)
            }
            Err(error) => (None, Some(error)),
        };
        Ok(Offers {
            version_2,
            atomic,
            push,
        })
    }

    fn succeeded(&self, remote: &str, git: Command) -> Result<Finished> {
        let finished = self.finish(remote, git)?;
        if finished.status.success() {
            Ok(finished)
        } else {
            Err(super::remote::failure(remote, &finished.stderr))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn versions_are_read_whatever_stands_beside_them() {
        assert_eq!(numbers("git version 2.39.5 (Apple Git-154)"), (2, 39));
        assert_eq!(numbers("git version 2.47.3"), (2, 47));
        assert_eq!(numbers("hello"), (0, 0));
    }
}
