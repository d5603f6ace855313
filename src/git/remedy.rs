//! What to do about each failure of git or the repository.

use super::GitError;
use crate::change::escape_ascii;

impl GitError {
    /// What to run or to look at, in one line.
    pub fn hint(&self) -> String {
        match self {
            Self::ForeignOwner { dir } => format!(
                "if you trust it: git config --global --add safe.directory '{}'",
                dir.display()
            ),
            Self::RefLocked { lock, .. } => {
                format!("if no git process is running, remove {}", lock.display())
            }
            Self::NotesNotACommit { name, .. } => format!(
                "find out who wrote it (git reflog show {}); the ref must be a commit",
                escape_ascii(name)
            ),
            Self::Unreachable { remote, .. } => {
                format!("see that git ls-remote {} works", escape_ascii(remote))
            }
            Self::ObjectMalformed { oid, .. } => {
                format!("git cat-file -p {oid} shows it; git fsck finds what else is broken")
            }
            Self::RefBroken { name, .. } => format!(
                "git for-each-ref {} shows it; fetch it again, or git update-ref -d it",
                escape_ascii(name)
            ),
            other => other.fixed_hint().to_owned(),
        }
    }

    /// Those that say the same whatever it was about.
    fn fixed_hint(&self) -> &'static str {
        match self {
            Self::NotARepository { .. } => "run this inside a clone, or name one with -C DIR",
            Self::Reftable { .. } => {
                "git refs migrate --ref-format=files (git 2.46 or newer), or clone with --ref-format=files"
            }
            Self::Sha256 { .. } => {
                "use a repository with SHA-1 object ids (git init --object-format=sha1)"
            }
            Self::UnsupportedExtension { name, .. } => match name.as_str() {
                "partialclone" => "this is a partial clone: make a full one with git clone",
                "refstorage" => "git config --unset extensions.refStorage (it names git's default)",
                _ => "use a clone without it: git clone makes a plain one",
            },
            Self::ObjectMissing { .. } | Self::ObjectCorrupt { .. } => {
                "git fsck, then git fetch --refetch from a remote that has it"
            }
            Self::HistoryShallow { .. } => "git fetch --unshallow",
            Self::UnknownRemote { .. } => "git remote -v lists the remotes",
            Self::NoGit(_) => "install git 2.39 or newer and see that it is on PATH",
            Self::UnknownRevision { .. } => {
                "git fetch brings what the remote has; git branch -a and git tag list the names"
            }
            Self::AmbiguousRevision { .. } => "give more digits, or the full id",
            Self::WrongKind { .. } => "give a commit, or a branch or tag that names one",
            Self::RefMoved { .. } | Self::TimedOut { .. } | Self::CalledOff { .. } => {
                "run the same again"
            }
            Self::Io { .. } => "see that the disk has room and that the files are yours",
            Self::Auth { .. } => {
                "try the same with git fetch in a terminal: countersign never prompts"
            }
            Self::OverBudget { .. } => "look at it with git itself; it is too large to judge",
            Self::BadRefName { .. } => "git check-ref-format tells what a name may hold",
            Self::RefConflict { .. } => "git for-each-ref shows what is in the way",
            Self::Refused { .. } => "what the server said stands above; ask who keeps it",
            _ => "git fsck shows whether the repository is sound",
        }
    }
}
