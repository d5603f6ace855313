//! Remotes, by the `git` program: what they have, fetching from them, pushing to them. Nothing
//! prompts, and everything a remote says is escaped before anybody sees it.

use std::process::Command;

use super::child::{self, Finished, Unfinished};
use super::{GitError, RefEntry, Result, Store};
use crate::change::{Oid, escape_ascii, readable};

/// What a fetch did that a person should know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FetchOutcome {
    /// Refs that could not be fetched or written; the others were.
    pub failed: Vec<FailedRef>,
    /// What the remote said, escaped.
    pub remote_lines: Vec<String>,
}

/// A ref that could not be fetched or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRef {
    /// Its name as git printed it.
    pub name: String,
    /// Why, escaped.
    pub why: String,
}

/// What became of one ref of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushResult {
    /// The ref on the remote.
    pub refname: String,
    /// Whether the remote has it now.
    pub ok: bool,
    /// Why not, escaped; empty where it has.
    pub reason: String,
    /// What the remote said during the push, escaped.
    pub remote_lines: Vec<String>,
}

/// A change of one ref on a remote, made only if the ref is what was seen there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeasedUpdate<'a> {
    /// The full name on the remote.
    pub name: &'a str,
    /// What it has to be there; none: it must not exist.
    pub expected: Option<Oid>,
    /// What it becomes; none: it is deleted.
    pub new: Option<Oid>,
}

impl Store {
    /// The refs of a remote that match the patterns (all where there are none).
    ///
    /// # Errors
    /// Where the remote is unknown, cannot be reached or refuses.
    pub fn ls_remote(&self, remote: &str, patterns: &[&str]) -> Result<Vec<RefEntry>> {
        let mut git = self.network(remote)?;
        git.args(["ls-remote", "--quiet", "--refs", "--", remote])
            .args(patterns);
        let finished = self.finish(remote, git)?;
        if !finished.status.success() {
            return Err(failure(remote, &finished.stderr));
        }
        let entry = |line: &[u8]| {
            let tab = line.iter().position(|b| *b == b'\t')?;
            Some(RefEntry {
                oid: std::str::from_utf8(&line[..tab]).ok()?.parse().ok()?,
                name: line[tab + 1..].to_vec(),
            })
        };
        Ok(finished
            .stdout
            .split(|b| *b == b'\n')
            .filter_map(entry)
            .collect())
    }

    /// The branch that a remote's HEAD names; none where it names none.
    ///
    /// # Errors
    /// As [`Store::ls_remote`].
    pub fn remote_head(&self, remote: &str) -> Result<Option<String>> {
        let mut git = self.network(remote)?;
        git.args(["ls-remote", "--quiet", "--symref", "--", remote, "HEAD"]);
        let finished = self.finish(remote, git)?;
        if !finished.status.success() {
            return Err(failure(remote, &finished.stderr));
        }
        let text = readable(&finished.stdout);
        let named = text.lines().find_map(|line| {
            let name = line.strip_prefix("ref: ")?.strip_suffix("\tHEAD")?;
            Some(name.to_owned())
        });
        Ok(named)
    }

    /// Fetches refspecs, without tags and without the remote's configured refspecs. With `prune`,
    /// refs on the right side of a refspec go when the remote has them no more.
    ///
    /// # Errors
    /// Where nothing could be fetched. A single ref that could not is in the outcome.
    pub fn fetch(&self, remote: &str, refspecs: &[&str], prune: bool) -> Result<FetchOutcome> {
        checked(refspecs)?;
        let mut git = self.network(remote)?;
        git.args(["-c", "fetch.recurseSubmodules=false"]);
        git.args(["fetch", "--no-tags", "--refmap=", "--no-write-fetch-head"]);
        git.arg(if prune { "--prune" } else { "--no-prune" });
        if self.watch.listens() {
            git.arg("--progress");
        }
        git.arg("--").arg(remote).args(refspecs);
        let finished = self.finish(remote, git)?;
        let failed = failed_refs(&finished.stderr);
        if !finished.status.success() && failed.is_empty() {
            return Err(failure(remote, &finished.stderr));
        }
        Ok(FetchOutcome {
            failed,
            remote_lines: remote_lines(&finished.stderr),
        })
    }

    /// Pushes refspecs without force and without local hooks; all or none with `atomic`, where the
    /// remote can.
    ///
    /// # Errors
    /// Where the remote is unknown or cannot be reached. A refused ref is in the answer.
    pub fn push(&self, remote: &str, refspecs: &[&str], atomic: bool) -> Result<Vec<PushResult>> {
        let flags: &[String] = if atomic {
            &["--atomic".to_owned()]
        } else {
            &[]
        };
        let finished = self.run_push(remote, refspecs, flags)?;
        let stderr = readable(&finished.stderr);
        if atomic && stderr.contains("does not support --atomic") {
            return self.push(remote, refspecs, false);
        }
        pushed(remote, &finished)
    }

    /// Creates refs on the remote, each only where the remote has no ref of that name (or has it
    /// with the same object already). A plain push could move an existing one forward.
    ///
    /// # Errors
    /// As [`Store::push`].
    pub fn push_new(&self, remote: &str, refs: &[(Oid, &str)]) -> Result<Vec<PushResult>> {
        let updates: Vec<LeasedUpdate<'_>> = refs
            .iter()
            .map(|(oid, name)| LeasedUpdate {
                name,
                expected: None,
                new: Some(*oid),
            })
            .collect();
        self.push_leased(remote, &updates, false)
    }

    /// Changes refs on the remote, each only from what was seen there; with `atomic` all or none,
    /// where the remote can.
    ///
    /// # Errors
    /// As [`Store::push`].
    pub fn push_leased(
        &self,
        remote: &str,
        updates: &[LeasedUpdate<'_>],
        atomic: bool,
    ) -> Result<Vec<PushResult>> {
        let text = |oid: Option<Oid>| oid.map_or_else(String::new, |oid| oid.to_string());
        let specs: Vec<String> = updates
            .iter()
            .map(|update| format!("{}:{}", text(update.new), update.name))
            .collect();
        let specs: Vec<&str> = specs.iter().map(String::as_str).collect();
        // An empty lease: the ref must not exist.
        let mut flags: Vec<String> = updates
            .iter()
            .map(|update| {
                format!(
                    "--force-with-lease={}:{}",
                    update.name,
                    text(update.expected)
                )
            })
            .collect();
        if atomic {
            flags.push("--atomic".to_owned());
        }
        let mut finished = self.run_push(remote, &specs, &flags)?;
        if atomic && readable(&finished.stderr).contains("does not support --atomic") {
            flags.pop();
            finished = self.run_push(remote, &specs, &flags)?;
        }
        pushed(remote, &finished)
    }

    /// The same, where a single ref that is refused is a failure, with the remote's words.
    ///
    /// # Errors
    /// As [`Store::push`], and the first refusal.
    pub fn push_leased_all(
        &self,
        remote: &str,
        updates: &[LeasedUpdate<'_>],
        atomic: bool,
    ) -> Result<()> {
        let results = self.push_leased(remote, updates, atomic)?;
        let Some(refused) = results.into_iter().find(|result| !result.ok) else {
            return Ok(());
        };
        let mut words = vec![refused.reason];
        words.extend(refused.remote_lines);
        Err(GitError::Refused {
            remote: remote.to_owned(),
            words: words.join(" | "),
        })
    }

    fn run_push(&self, remote: &str, refspecs: &[&str], flags: &[String]) -> Result<Finished> {
        checked(refspecs)?;
        let mut git = self.network(remote)?;
        git.args(["push", "--porcelain", "--no-verify", "--no-follow-tags"]);
        git.arg("--recurse-submodules=no").args(flags);
        if self.watch.listens() {
            git.arg("--progress");
        }
        git.arg("--").arg(remote).args(refspecs);
        self.finish(remote, git)
    }

    /// The `git` program about to talk to a remote, which is a configured name, a URL or a path.
    pub(super) fn network(&self, remote: &str) -> Result<Command> {
        let unknown = || GitError::UnknownRemote {
            name: remote.to_owned(),
        };
        if remote.is_empty() || remote.starts_with('-') {
            return Err(unknown());
        }
        let url = match self.remote_url(remote)? {
            Some(url) => url,
            None if remote.contains(['/', ':']) => self.instead_of(remote)?,
            None => return Err(unknown()),
        };
        if url.starts_with("ext::") {
            return Err(GitError::Refused {
                remote: remote.to_owned(),
                words: "the ext:: transport runs commands and is never used".to_owned(),
            });
        }
        let cwd = self.workdir().unwrap_or_else(|| self.git_dir());
        let mut git = child::network(self.git_dir(), cwd);
        if !self.ways.is_empty() {
            git.env("GIT_CONFIG_COUNT", self.ways.len().to_string());
        }
        for (index, (name, value)) in self.ways.iter().enumerate() {
            git.env(format!("GIT_CONFIG_KEY_{index}"), name);
            git.env(format!("GIT_CONFIG_VALUE_{index}"), value);
        }
        Ok(git)
    }

    pub(super) fn finish(&self, remote: &str, mut git: Command) -> Result<Finished> {
        child::run(&mut git, self.deadline, &self.watch).map_err(|unfinished| match unfinished {
            Unfinished::NotStarted(error) => GitError::NoGit(error),
            Unfinished::TimedOut => GitError::TimedOut {
                remote: remote.to_owned(),
                seconds: self.deadline.as_secs(),
            },
            Unfinished::CalledOff => GitError::CalledOff {
                remote: remote.to_owned(),
            },
        })
    }
}

fn pushed(remote: &str, finished: &Finished) -> Result<Vec<PushResult>> {
    let results = push_results(finished);
    if results.is_empty() && !finished.status.success() {
        return Err(failure(remote, &finished.stderr));
    }
    Ok(results)
}

fn checked(refspecs: &[&str]) -> Result<()> {
    match refspecs.iter().find(|spec| spec.starts_with('-')) {
        Some(spec) => Err(GitError::BadRefName {
            name: (*spec).to_owned(),
        }),
        None => Ok(()),
    }
}

/// One line of a child's output, escaped.
fn escaped(line: &str) -> String {
    escape_ascii(line.trim()).into_owned()
}

/// What the remote itself said.
fn remote_lines(stderr: &[u8]) -> Vec<String> {
    readable(stderr)
        .lines()
        .filter_map(|line| line.strip_prefix("remote:"))
        .map(escaped)
        .filter(|line| !line.is_empty())
        .collect()
}

/// The refs that `git fetch` marks with `!`: ` ! [rejected] from -> to  (why)`.
fn failed_refs(stderr: &[u8]) -> Vec<FailedRef> {
    let stderr = readable(stderr);
    let locks: Vec<&str> = stderr
        .lines()
        .filter_map(|line| line.strip_prefix("error: "))
        .collect();
    stderr
        .lines()
        .filter_map(|line| {
            let rest = line.strip_prefix(" ! [")?;
            let (what, rest) = rest.split_once(']')?;
            let (names, why) = rest.split_once("  (").unwrap_or((rest, what));
            let (_, to) = names.split_once(" -> ")?;
            let to = to.trim();
            let detail = locks.iter().find(|error| error.contains(to));
            Some(FailedRef {
                name: escaped(to),
                why: escaped(detail.unwrap_or(&why.trim_end_matches(')'))),
            })
        })
        .collect()
}

/// The lines `flag TAB from:to TAB summary` of `git push --porcelain`.
fn push_results(finished: &Finished) -> Vec<PushResult> {
    let remote_lines = remote_lines(&finished.stderr);
    readable(&finished.stdout)
        .lines()
        .filter_map(|line| {
            let mut parts = line.splitn(3, '\t');
            let (flag, names, summary) = (parts.next()?, parts.next()?, parts.next()?);
            let ok = match flag {
                " " | "+" | "-" | "*" | "=" => true,
                "!" => false,
                _ => return None,
            };
            let (_, to) = names.split_once(':')?;
            let reason = if ok { String::new() } else { escaped(summary) };
            Some(PushResult {
                refname: to.to_owned(),
                ok,
                reason,
                remote_lines: remote_lines.clone(),
            })
        })
        .collect()
}

/// What kind of failure git's words describe.
pub(super) fn failure(remote: &str, stderr: &[u8]) -> GitError {
    const AUTH: [&str; 9] = [
        "permission denied",
        "authentication failed",
        "could not read username",
        "could not read password",
        "terminal prompts disabled",
        "host key verification failed",
        "returned error: 401",
        "returned error: 403",
        "access denied",
    ];
    // A repository that answers, and is damaged: not a matter of reaching it.
    const DAMAGED: [&str; 3] = [
        "repository corruption",
        "bad pack header",
        "pack-objects died",
    ];
    const UNREACHABLE: [&str; 13] = [
        "could not resolve host",
        "could not connect",
        "failed to connect",
        "connection refused",
        "connection timed out",
        "connection reset",
        "network is unreachable",
        "no route to host",
        "does not appear to be a git repository",
        "repository not found",
        "not found",
        "unable to access",
        "could not read from remote repository",
    ];
    let text = readable(stderr).to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let (remote, words) = (remote.to_owned(), words(stderr));
    if says(&DAMAGED) {
        GitError::Refused { remote, words }
    } else if says(&AUTH) {
        GitError::Auth { remote, words }
    } else if says(&UNREACHABLE) {
        GitError::Unreachable { remote, words }
    } else {
        GitError::Refused { remote, words }
    }
}

/// The lines of an error that say something, on one line.
fn words(stderr: &[u8]) -> String {
    let text = readable(stderr);
    let lines: Vec<String> = text
        .lines()
        .map(escaped)
        .filter(|line| !line.is_empty() && !line.starts_with("From "))
        .take(6)
        .collect();
    if lines.is_empty() {
        "git gave no reason".to_owned()
    } else {
        lines.join(" | ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_ref_of_a_fetch_is_named_with_the_reason() {
        let stderr = b"From /x\n   1..2  a -> b\nerror: cannot lock ref 'refs/t/b': 'refs/t' exists\n ! [rejected]        refs/a -> refs/t/a  (non-fast-forward)\n ! [new ref]         refs/b -> refs/t/b  (unable to update local ref)\n";
        let failed = failed_refs(stderr);
        assert_eq!(failed.len(), 2);
        assert_eq!(failed[0].name, "refs/t/a");
        assert_eq!(failed[0].why, "non-fast-forward");
        assert!(failed[1].why.contains("cannot lock ref"));
    }

    #[test]
    fn what_a_remote_says_cannot_steer_a_terminal() {
        assert_eq!(
            remote_lines(b"remote: \x1b[2Jhi\nTo x\nremote:\n"),
            ["\\u{1b}[2Jhi"]
        );
    }

    #[test]
    fn failures_are_told_apart_by_what_git_says() {
        let of = |text: &str| failure("origin", text.as_bytes());
        assert!(matches!(
            of(
                "ssh: connect to host x port 22: Connection refused\nfatal: Could not read from remote repository."
            ),
            GitError::Unreachable { .. }
        ));
        assert!(matches!(
            of(
                "git@x: Permission denied (publickey).\nfatal: Could not read from remote repository."
            ),
            GitError::Auth { .. }
        ));
        assert!(matches!(of("fatal: bad object"), GitError::Refused { .. }));
    }
}
