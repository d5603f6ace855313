//! Linked worktrees: a commit's files on the disk without any code of theirs being run.
//!
//! What is checked out may be hostile. It brings its own `.gitattributes`, which choose among the
//! filters of the user's configuration, and a hook path or a program there may be relative, and so
//! lie in the tree itself. So no hook, no filter, no submodule and no file monitor has a say, and
//! nothing is fetched.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::child::{self, Finished, Unfinished};
use super::watch::Watch;
use super::{GitError, Result, Store};
use crate::change::{Oid, escape_ascii, readable};

/// A linked worktree that the clone knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worktree {
    /// Its directory, which may be gone.
    pub path: PathBuf,
    /// Where git keeps what belongs to it: `<common dir>/worktrees/<name>`.
    admin: PathBuf,
    /// Why it is locked; git locks one that it is making.
    pub locked: Option<String>,
}

/// What stands in a worktree besides its commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorktreeState {
    /// The commit that is checked out; none where HEAD cannot be read.
    pub head: Option<Oid>,
    /// Paths that are not as in that commit, untracked ones included; ignored ones are not.
    pub changed: Vec<String>,
}

impl Store {
    /// The linked worktrees of this clone, those whose directory is gone included.
    ///
    /// # Errors
    /// Where the list cannot be read.
    pub fn worktrees(&self) -> Result<Vec<Worktree>> {
        let dir = self.common_dir().join("worktrees");
        let entries = match std::fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(GitError::io(format!("read {}", dir.display()), error)),
        };
        let mut found: Vec<Worktree> = entries
            .filter_map(|entry| {
                let admin = entry.ok()?.path();
                let file = std::fs::read_to_string(admin.join("gitdir")).ok()?;
                // Newer git may write it relative to where it stands.
                let path = admin.join(file.trim_end_matches('\n'));
                let locked = std::fs::read_to_string(admin.join("locked")).ok();
                Some(Worktree {
                    path: path.parent()?.to_owned(),
                    locked: locked.map(|why| why.trim().to_owned()),
                    admin,
                })
            })
            .collect();
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    /// Checks a commit out into a new directory, as a linked worktree with a detached HEAD. No code
    /// of the commit's is run, nor any program that its attributes choose: files come as they are
    /// stored (a large-file pointer stays a pointer), submodules stay empty.
    ///
    /// # Errors
    /// Where git refuses, and where objects are missing: nothing is fetched. What was made of the
    /// directory is taken away again.
    pub fn add_worktree(&self, path: &Path, commit: Oid) -> Result<()> {
        let what = format!("check out {commit}");
        let mut git = in_clone(self.common_dir());
        git.args(["worktree", "add", "--quiet", "--detach", "--no-checkout"]);
        git.arg("--").arg(path).arg(commit.to_string());
        succeeded(&what, &self.run_here(git)?)?;
        let filled = self.fill(path, &what);
        if filled.is_err() {
            // What was made is of no use; that it cannot be removed either is the smaller news.
            let _ = self.forget_worktree(path);
        }
        filled
    }

    /// The second half of adding: the files, with the filters that hold in the new worktree named
    /// one by one and emptied.
    fn fill(&self, path: &Path, what: &str) -> Result<()> {
        let mut git = self.in_worktree(&self.worktree_at(path)?)?;
        git.args(["reset", "--quiet", "--hard", "--no-recurse-submodules"]);
        succeeded(what, &self.run_here(git)?)
    }

    /// What stands in a worktree besides its commit.
    ///
    /// # Errors
    /// Where git cannot tell.
    pub fn worktree_state(&self, worktree: &Worktree) -> Result<WorktreeState> {
        let mut git = self.in_worktree(worktree)?;
        git.args(["status", "--porcelain=v2", "--branch", "-z", "--no-renames"]);
        git.args(["--untracked-files=normal", "--ignore-submodules=none"]);
        let finished = self.run_here(git)?;
        succeeded(&format!("look at {}", worktree.path.display()), &finished)?;
        let mut state = WorktreeState::default();
        for record in finished.stdout.split(|byte| *byte == 0) {
            let record = readable(record);
            if let Some(oid) = record.strip_prefix("# branch.oid ") {
                state.head = oid.parse().ok();
            } else if let Some(path) = changed_path(&record) {
                state.changed.push(escape_ascii(path).into_owned());
            }
        }
        Ok(state)
    }

    /// Takes a worktree away. One that holds changes stays, and git says so.
    ///
    /// # Errors
    /// Where git refuses.
    pub fn remove_worktree(&self, worktree: &Worktree) -> Result<()> {
        self.take_away(worktree, &[])
    }

    /// Takes away what a worktree left behind that was never finished or whose directory is gone.
    ///
    /// # Errors
    /// Where git refuses.
    pub fn forget_worktree(&self, path: &Path) -> Result<()> {
        self.take_away(&self.worktree_at(path)?, &["--force", "--force"])
    }

    fn take_away(&self, worktree: &Worktree, force: &[&str]) -> Result<()> {
        let mut git = in_clone(self.common_dir());
        // It looks for changes, which must not run a filter either.
        without_filters(&mut git, &self.filters(&worktree.admin, &worktree.path)?);
        git.args(["worktree", "remove"]).args(force);
        git.arg("--").arg(&worktree.path);
        let what = format!("remove {}", worktree.path.display());
        succeeded(&what, &self.run_here(git)?)
    }

    fn worktree_at(&self, path: &Path) -> Result<Worktree> {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let mut all = self.worktrees()?.into_iter();
        let found = all.find(|worktree| worktree.path == path || worktree.path == real);
        found.ok_or_else(|| GitError::Other {
            what: "find the worktree".to_owned(),
            why: path.display().to_string(),
        })
    }

    /// The `git` program in a worktree, without any filter of its configuration.
    fn in_worktree(&self, worktree: &Worktree) -> Result<Command> {
        let filters = self.filters(&worktree.admin, &worktree.path)?;
        let mut git = at(&worktree.admin, &worktree.path);
        without_filters(&mut git, &filters);
        Ok(git)
    }

    /// The filters that the configuration of a worktree knows, by the names of their settings.
    fn filters(&self, admin: &Path, tree: &Path) -> Result<Vec<Vec<u8>>> {
        let mut git = at(admin, tree);
        git.args(["config", "--null", "--name-only", "--get-regexp"]);
        git.arg(r"^filter\.");
        // Nothing found is no failure.
        let finished = self.run_here(git)?;
        let mut filters: Vec<Vec<u8>> = finished
            .stdout
            .split(|byte| *byte == 0)
            .filter_map(|key| {
                let dot = key.iter().rposition(|byte| *byte == b'.')?;
                Some(key[..dot].to_vec())
            })
            .collect();
        filters.sort();
        filters.dedup();
        Ok(filters)
    }

    fn run_here(&self, mut git: Command) -> Result<Finished> {
        child::run(&mut git, self.deadline, &Watch::default()).map_err(
            |unfinished| match unfinished {
                Unfinished::NotStarted(error) => GitError::NoGit(error),
                Unfinished::TimedOut | Unfinished::CalledOff => GitError::Other {
                    what: "git did not finish".to_owned(),
                    why: format!("within {} s", self.deadline.as_secs()),
                },
            },
        )
    }
}

/// The profile of [`child::reading`], which starts from an empty environment and never fetches, in
/// a clone.
fn in_clone(common_dir: &Path) -> Command {
    let mut git = child::reading_with(common_dir, &["submodule.recurse=false"]);
    git.current_dir(common_dir);
    // The new HEAD has a log, which wants a name.
    git.envs([
        ("GIT_COMMITTER_NAME", "countersign"),
        ("GIT_COMMITTER_EMAIL", "countersign@localhost"),
    ]);
    git
}

/// The same in one worktree.
fn at(admin: &Path, tree: &Path) -> Command {
    let mut git = in_clone(admin);
    git.env("GIT_WORK_TREE", tree);
    if tree.is_dir() {
        git.current_dir(tree);
    }
    git
}

/// Empties filters for one child. By the environment: the name of a filter may hold any character.
fn without_filters(git: &mut Command, filters: &[Vec<u8>]) {
    const EMPTY: [(&str, &str); 4] = [
        ("smudge", ""),
        ("clean", ""),
        ("process", ""),
        ("required", "false"),
    ];
    let mut count = 0;
    for filter in filters {
        for (key, value) in EMPTY {
            let mut name = filter.clone();
            name.push(b'.');
            name.extend_from_slice(key.as_bytes());
            git.env(format!("GIT_CONFIG_KEY_{count}"), os(name));
            git.env(format!("GIT_CONFIG_VALUE_{count}"), value);
            count += 1;
        }
    }
    git.env("GIT_CONFIG_COUNT", count.to_string());
}

#[cfg(unix)]
fn os(bytes: Vec<u8>) -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(not(unix))]
fn os(bytes: Vec<u8>) -> std::ffi::OsString {
    readable(&bytes).into_owned().into()
}

/// The path of a record of `git status --porcelain=v2 -z`, where it is one of a path.
fn changed_path(record: &str) -> Option<&str> {
    let fields = match record.as_bytes().first()? {
        b'?' => 1,
        b'1' => 8,
        b'u' => 10,
        _ => return None,
    };
    record.splitn(fields + 1, ' ').nth(fields)
}

fn succeeded(what: &str, finished: &Finished) -> Result<()> {
    if finished.status.success() {
        return Ok(());
    }
    let said = readable(&finished.stderr);
    let lines = said.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("hint:"));
    let lines: Vec<&str> = lines.take(4).collect();
    Err(GitError::Other {
        what: format!("git could not {what}"),
        why: lines.join(" | "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_status_record_may_hold_spaces() {
        assert_eq!(changed_path("? a b"), Some("a b"));
        assert_eq!(
            changed_path("1 .M N... 100644 100644 100644 1 2 a b"),
            Some("a b")
        );
        assert_eq!(changed_path("# branch.head (detached)"), None);
        assert_eq!(changed_path(""), None);
    }
}
