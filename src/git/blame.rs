//! Who changed a line last, by `git blame`: one line, with a deadline, and nothing of the
//! repository's that could run a program.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::time::Duration;

use super::child::{self, Unfinished};
use super::{GitError, Result, Store, Watch};
use crate::change::{Oid, RepoPath, readable};

/// How long a blame may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// The commit that a line comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blame {
    /// The commit.
    pub commit: Oid,
    /// Its author's name.
    pub author: String,
    /// Its author's time, in seconds since 1970.
    pub seconds: i64,
    /// Its title.
    pub title: String,
}

impl Store {
    /// The commit that brought line `line` (from 1) of a file as it is at `at`; with `since` only
    /// commits after that one are looked at.
    ///
    /// # Errors
    /// Where there is no such line, history is missing, it takes too long, or it is called off.
    pub fn blame_line(
        &self,
        at: Oid,
        since: Option<Oid>,
        path: &RepoPath,
        line: u32,
        watch: &Watch,
    ) -> Result<Blame> {
        let failed = |why: String| GitError::Other {
            what: "git blame".to_owned(),
            why,
        };
        let mut git = child::reading(self.git_dir());
        // A file of commits to pass over is the repository's word, and could hide one.
        git.args(["-c", "blame.ignoreRevsFile=", "blame", "--porcelain"]);
        git.arg(format!("-L{line},{line}"));
        git.arg(match since {
            Some(since) => format!("{since}..{at}"),
            None => at.to_string(),
        });
        git.arg("--").arg(OsStr::from_bytes(path.as_bytes()));
        let ran = child::run(&mut git, DEADLINE, watch);
        let ran = ran.map_err(|unfinished| match unfinished {
            Unfinished::NotStarted(error) => failed(format!("git cannot be started: {error}")),
            Unfinished::CalledOff => failed("called off".to_owned()),
            Unfinished::TimedOut => failed("it took too long and was ended".to_owned()),
        })?;
        if !ran.status.success() {
            let said = String::from_utf8_lossy(&ran.stderr);
            let said = said.lines().next().unwrap_or("git blame failed");
            return Err(failed(said.trim_start_matches("fatal: ").to_owned()));
        }
        parse(&ran.stdout).ok_or_else(|| failed("its answer cannot be read".to_owned()))
    }
}

/// The head of the first entry of the porcelain form.
fn parse(answer: &[u8]) -> Option<Blame> {
    let mut lines = answer.split(|byte| *byte == b'\n');
    let first = std::str::from_utf8(lines.next()?).ok()?;
    let commit = first.split(' ').next()?.parse().ok()?;
    let mut found = Blame {
        commit,
        author: String::new(),
        seconds: 0,
        title: String::new(),
    };
    for line in lines {
        let text = |rest: &[u8]| readable(rest).into_owned();
        if line.starts_with(b"\t") {
            return Some(found);
        } else if let Some(rest) = line.strip_prefix(b"author ") {
            found.author = text(rest);
        } else if let Some(rest) = line.strip_prefix(b"author-time ") {
            found.seconds = std::str::from_utf8(rest).ok()?.parse().ok()?;
        } else if let Some(rest) = line.strip_prefix(b"summary ") {
            found.title = text(rest);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_porcelain_form_is_read_and_half_of_it_is_not() {
        let id = "a".repeat(40);
        let text = format!(
            "{id} 3 4 1\nauthor Dana O\nauthor-mail <d@x>\nauthor-time 1700000000\n\
             author-tz +0100\nsummary Move probes\nfilename a\n\tauthor of the line\n"
        );
        let found = parse(text.as_bytes());
        let found = found.map(|f| (f.commit.to_string(), f.author, f.seconds, f.title));
        let wanted = (
            id,
            "Dana O".to_owned(),
            1_700_000_000,
            "Move probes".to_owned(),
        );
        assert_eq!(found, Some(wanted));
        assert_eq!(parse(&text.as_bytes()[..60]), None);
        assert_eq!(parse(b""), None);
    }
}
