//! What the commands share: the open clone, the queue, and how errors of the rooms below become
//! exit codes and hints.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::args::Global;
use super::output::Output;
use super::{ExitCode, Failure};
use crate::change::Oid;
use crate::evidence::Untrusted;
use crate::git::{GitError, Store};
use crate::journal::JournalError;
use crate::review::{Queue, ReviewError, Session, load};

/// Everything a command may ask of the world around it.
pub(super) struct Context {
    pub(super) global: Global,
    pub(super) output: Output,
    pub(super) now: Timestamp,
}

impl Context {
    /// Where the command runs.
    pub(super) fn dir(&self) -> PathBuf {
        self.global
            .dir
            .clone()
            .unwrap_or_else(|| Path::new(".").to_owned())
    }

    /// The clone the command runs in.
    pub(super) fn session(&mut self) -> Result<Session, Failure> {
        let session = Session::open(&self.dir(), self.global.remote.as_deref())
            .map(|session| session.with_cache(cache_dir().as_deref()))
            .map(|session| session.with_notes_cache(cache_dir().as_deref(), state_dir().as_deref()))
            .map(|session| session.with_watch(self.output.teller.watch()))
            .map_err(|error| failure(&error))?;
        let colour = session.store.config_string("color.ui");
        let colour = colour.map_err(|error| git_failure(&error))?;
        self.output.colour_as_configured(colour.as_deref());
        Ok(session)
    }

    /// The queue as it is here; what is odd about it goes to stderr.
    pub(super) fn queue(&mut self, session: &Session) -> Result<Queue, Failure> {
        let queue = load(session, self.now).map_err(|error| failure(&error))?;
        for warning in &queue.warnings {
            self.output.warn(&format!("WARN {warning}"));
        }
        for ignored in &queue.ignored {
            self.output
                .remark(&format!("ignored ref {}: {}", ignored.name, ignored.why));
        }
        if self.global.verbose {
            for line in &queue.ignored_lines {
                let text = format!("ignored {}: {} {}", line.place, line.why, line.line);
                self.output.remark(&text);
            }
        } else if !queue.ignored_lines.is_empty() {
            let count = queue.ignored_lines.len();
            self.output.remark(&format!(
                "ignored {count} lines of notes that are no statements; countersign log lists them"
            ));
        }
        Ok(queue)
    }
}

/// The folder for what can be worked out again: `XDG_CACHE_HOME` everywhere, else the system's.
pub(super) fn cache_dir() -> Option<PathBuf> {
    let xdg = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    xdg.filter(|dir| dir.is_absolute())
        .map(|dir| dir.join("countersign"))
        .or_else(|| {
            let dirs = directories::ProjectDirs::from("", "", "countersign")?;
            Some(dirs.cache_dir().to_owned())
        })
}

/// The folder for what is not the user's own and not to be lost with a cache: `XDG_STATE_HOME`
/// everywhere, else the system's.
pub(super) fn state_dir() -> Option<PathBuf> {
    let xdg = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    xdg.filter(|dir| dir.is_absolute())
        .map(|dir| dir.join("countersign"))
        .or_else(|| {
            let dirs = directories::ProjectDirs::from("", "", "countersign")?;
            let state = dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir());
            Some(state.to_owned())
        })
}

/// A reviewer's use-case that failed, with its exit code.
pub(super) fn failure(error: &ReviewError) -> Failure {
    match error {
        ReviewError::Git(error) => git_failure(error),
        ReviewError::Policy(error) => untrusted(error),
        ReviewError::Journal(error) => journal(error),
        ReviewError::Unreadable { .. } => Failure::from_error(ExitCode::Undecided, error)
            .hint("countersign sync fetches what is missing; else it has to be proposed again"),
        ReviewError::WhichRemote { .. } => Failure::from_error(ExitCode::Usage, error).hint(
            "name one with --remote NAME, or once and for all: git config countersign.remote NAME",
        ),
        ReviewError::NoRemote => {
            Failure::from_error(ExitCode::Usage, error).hint("add one: git remote add origin URL")
        }
        ReviewError::UnknownChange(_) | ReviewError::UnknownRevision { .. } => {
            Failure::from_error(ExitCode::Usage, error).hint(
                "countersign sync fetches the queue; countersign --list --all shows what is here",
            )
        }
        ReviewError::Ambiguous { .. } => {
            Failure::from_error(ExitCode::Usage, error).hint("type more of the id")
        }
        ReviewError::InTheWay { .. } => Failure::from_error(ExitCode::Unavailable, error)
            .hint("look what it is, and move it away"),
        ReviewError::Incomplete(_) => Failure::from_error(ExitCode::Usage, error)
            .hint("nothing was signed; --help shows the flags"),
        ReviewError::RootGone { .. } => Failure::from_error(ExitCode::Undecided, error).hint(
            "find out who rewrote it; if that was right, take the target out of countersign/pins.json in the git directory",
        ),
        ReviewError::ArchivedAs { .. } => Failure::from_error(ExitCode::Denied, error).hint(
            "one of the two is not what was proposed; whoever keeps the host has to take one away",
        ),
        ReviewError::HeadDiffers { name, .. } => Failure::from_error(ExitCode::Denied, error).hint(
            format!("nothing was signed; countersign show {name} --patch shows what it is now"),
        ),
        ReviewError::NotExpected { .. } => Failure::from_error(ExitCode::Denied, error)
            .hint("somebody queued a revision meanwhile: look at it, or leave out --expect"),
        ReviewError::WouldNotCount { .. } => Failure::from_error(ExitCode::Denied, error)
            .hint("nothing was signed; --anyway signs and records it all the same"),
        ReviewError::Nobody(_) => Failure::from_error(ExitCode::Denied, error).hint(
            "nothing was signed, and --anyway could not: the policy names nobody for this key; add it to .countersign/allowed_signers",
        ),
        ReviewError::Amendment(error) => super::policy::refused(error),
        ReviewError::Changed { .. } => Failure::from_error(ExitCode::Denied, error)
            .hint("nothing was signed; look at it again"),
        ReviewError::Seal(_) | ReviewError::Sign(_) => signing(error),
    }
}

/// The clone's own folder that cannot be read or written.
pub(super) fn journal(error: &JournalError) -> Failure {
    Failure::from_error(ExitCode::Unavailable, error)
        .hint("see that countersign/ in the git directory is yours and that the disk has room; countersign doctor looks")
}

/// A repository or remote that failed.
pub(super) fn git_failure(error: &GitError) -> Failure {
    let code = match error {
        GitError::NotARepository { .. }
        | GitError::UnknownRevision { .. }
        | GitError::AmbiguousRevision { .. }
        | GitError::UnknownRemote { .. }
        | GitError::BadRefName { .. }
        | GitError::WrongKind { .. } => ExitCode::Usage,
        GitError::Unreachable { .. }
        | GitError::Auth { .. }
        | GitError::Refused { .. }
        | GitError::TimedOut { .. }
        | GitError::CalledOff { .. }
        | GitError::NoGit(_)
        | GitError::Io { .. }
        | GitError::RefMoved { .. }
        | GitError::RefLocked { .. }
        | GitError::RefConflict { .. } => ExitCode::Unavailable,
        _ => ExitCode::Undecided,
    };
    let failure = Failure::from_error(code, error);
    match error {
        GitError::NotARepository { .. } => failure.hint(
            "run this inside a clone, or name one with -C DIR; countersign demo builds a world to try",
        ),
        _ => failure.hint(error.hint()),
    }
}

/// A name that nobody knows is a usage error; a full object id that is not here was not fetched.
pub(super) fn unresolved(store: &Store, error: &GitError) -> Failure {
    match error {
        GitError::UnknownRevision { spec } if spec.parse::<Oid>().is_ok() => {
            let failure = if store.is_shallow() {
                Failure::new(
                    ExitCode::Undecided,
                    format!("E-HISTORY-SHALLOW {spec} is not here because this clone is shallow"),
                )
            } else {
                let text = format!("E-OBJECT-MISSING {spec} is not in this repository");
                Failure::new(ExitCode::Undecided, text)
            };
            failure.hint("git fetch --unshallow, or fetch the branch that has it")
        }
        GitError::UnknownRevision { .. } | GitError::AmbiguousRevision { .. } => git_failure(error),
        GitError::WrongKind { .. } => git_failure(error),
        error => Failure {
            code: ExitCode::Undecided,
            ..git_failure(error)
        },
    }
}

fn untrusted(error: &Untrusted) -> Failure {
    match error {
        Untrusted::Git(error) => git_failure(error),
        Untrusted::Absent { .. } => Failure::from_error(ExitCode::Undecided, error).hint(
            "the policy lives in .countersign/ on the target branch; docs/policy.md says what to write",
        ),
        Untrusted::Invalid { .. } => Failure::from_error(ExitCode::Undecided, error)
            .hint("mend it on the target branch by an approved change"),
    }
}

/// No signature came of it: the key, or the draft itself.
fn signing(error: &ReviewError) -> Failure {
    use crate::verdict::{SealError, SignError};
    let sign = match error {
        ReviewError::Sign(error) | ReviewError::Seal(SealError::Sign(error)) => error,
        // Refused before the key was asked.
        ReviewError::Seal(SealError::Draft(_) | SealError::TooLarge { .. }) => {
            return Failure::from_error(ExitCode::Denied, error)
                .hint("nothing was signed; shorten or mend the words and run it again");
        }
        _ => {
            return Failure::from_error(ExitCode::Unavailable, error).hint("nothing was recorded");
        }
    };
    let hint = match sign {
        SignError::NoKey => {
            "git config gpg.format ssh\ngit config user.signingKey ~/.ssh/id_ed25519.pub"
        }
        SignError::Locked | SignError::NotInAgent => {
            "unlock it first: ssh-add, then the same command again"
        }
        _ => {
            "nothing was recorded; git config --get-regexp 'signingkey|gpg' shows which key and program"
        }
    };
    Failure::from_error(ExitCode::Unavailable, error).hint(hint)
}
