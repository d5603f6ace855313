//! Throw-away worktrees: a revision's files on the disk, to be built, run and looked at, in a folder
//! of ours outside the reviewer's own work tree.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::{ReviewError, Session};
use crate::change::{ChangeId, Oid, QueueRef};
use crate::evidence::{FoundRef, QueueRefs};
use crate::git::{GitError, Worktree};

/// Digits of a commit's id in the name of its folder.
const DIGITS: usize = 12;

/// A revision that is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedOut {
    /// The revision.
    pub name: QueueRef,
    /// Its head.
    pub commit: Oid,
    /// The folder.
    pub path: PathBuf,
    /// Whether it was made just now; one that was there is used again.
    pub made: bool,
    /// Why it is not the revision as it was proposed any more; none where it is.
    pub kept: Option<String>,
}

/// What became of worktrees that were to be put away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PutAway {
    /// Folders that are gone.
    pub removed: Vec<PathBuf>,
    /// Folders that stay, and why.
    pub kept: Vec<(PathBuf, String)>,
}

/// Which worktrees are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// All of this clone.
    All,
    /// Those of a change, of one revision where a number is given.
    Of(ChangeId, Option<u32>),
}

/// The throw-away worktrees of one clone.
pub struct Checkouts<'a> {
    session: &'a Session,
    folder: PathBuf,
}

impl<'a> Checkouts<'a> {
    /// The worktrees of this clone below `home`, a folder that belongs to this program. Nothing is
    /// made yet.
    pub fn new(session: &'a Session, home: &Path) -> Self {
        let clone = session.store.common_dir();
        let clone = clone.canonicalize().unwrap_or_else(|_| clone.to_owned());
        let digest = Sha256::digest(clone.as_os_str().as_encoded_bytes());
        let digest = digest.iter().take(6).map(|byte| format!("{byte:02x}"));
        let work_tree = session.store.workdir().unwrap_or(&clone);
        let name = work_tree.file_name().map(|name| name.to_string_lossy());
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let name: String = name.iter().flat_map(|n| n.chars()).filter(plain).collect();
        let folder = format!("{name}-{}", digest.collect::<String>());
        Self {
            session,
            folder: real(home).join(folder),
        }
    }

    /// Checks a revision out. The same revision has one folder: where it is there already it is
    /// used again, with whatever was changed in it.
    ///
    /// # Errors
    /// Where the revision is not known, has another head than the one that is expected, or its
    /// objects are not here; and where something else stands in the folder's place.
    pub fn check_out(
        &self,
        name: &QueueRef,
        expected: Option<Oid>,
    ) -> Result<CheckedOut, ReviewError> {
        let store = &self.session.store;
        let refs = QueueRefs::read(store, &self.session.roots())?;
        let commit = store.peel_to_commit(find(&refs, name)?.oid)?;
        if let Some(expected) = expected.filter(|expected| *expected != commit) {
            return Err(ReviewError::HeadDiffers {
                name: name.to_string(),
                head: commit,
                expected: expected.to_string(),
            });
        }
        let _held = self.hold()?;
        let hex = commit.to_string();
        let path = self.folder.join(format!("{name}-{}", &hex[..DIGITS]));
        let known = self.known()?.into_iter().find(|tree| tree.path == path);
        let made = match known {
            Some(tree) if path.is_dir() && !is_unfinished(&tree) => {
                let kept = self.changes(&tree)?;
                return Ok(checked_out(name, commit, path, false, kept));
            }
            Some(_) => store.forget_worktree(&path),
            None if path.symlink_metadata().is_ok() => {
                return Err(ReviewError::InTheWay { path });
            }
            None => Ok(()),
        };
        made?;
        store.add_worktree(&path, commit)?;
        Ok(checked_out(name, commit, path, true, None))
    }

    /// Takes worktrees away that hold nothing of the reviewer's; the others stay and are named.
    ///
    /// # Errors
    /// Where the worktrees cannot be listed.
    pub fn put_away(&self, which: &Which) -> Result<PutAway, ReviewError> {
        let mut done = PutAway::default();
        if !self.folder.is_dir() && self.known()?.is_empty() {
            return Ok(done);
        }
        let _held = self.hold()?;
        for tree in self.known()? {
            if !is_meant(which, &tree.path) {
                continue;
            }
            match self.put_one_away(&tree) {
                Ok(None) => done.removed.push(tree.path),
                Ok(Some(why)) => done.kept.push((tree.path, why)),
                Err(error) => done.kept.push((tree.path, error.to_string())),
            }
        }
        for path in self.strangers()? {
            if is_meant(which, &path) {
                done.kept
                    .push((path, "it is no worktree of this clone".to_owned()));
            }
        }
        Ok(done)
    }

    fn put_one_away(&self, tree: &Worktree) -> Result<Option<String>, ReviewError> {
        if !tree.path.is_dir() || is_unfinished(tree) {
            self.session.store.forget_worktree(&tree.path)?;
            return Ok(None);
        }
        let kept = self.changes(tree)?;
        if kept.is_none() {
            self.session.store.remove_worktree(tree)?;
        }
        Ok(kept)
    }

    /// What is in a worktree that is not in the revision: a few words, or nothing.
    fn changes(&self, tree: &Worktree) -> Result<Option<String>, ReviewError> {
        let state = self.session.store.worktree_state(tree)?;
        let head = state.head.map(|head| head.to_string());
        let name = tree.path.file_name().unwrap_or_default().to_string_lossy();
        let digits = name.rsplit('-').next().unwrap_or_default();
        if !head.is_some_and(|head| head.starts_with(digits)) {
            return Ok(Some("another commit is checked out there".to_owned()));
        }
        Ok(match &state.changed[..] {
            [] => None,
            [one] => Some(format!("{one} is changed there")),
            [one, rest @ ..] => Some(format!("{one} and {} more are changed there", rest.len())),
        })
    }

    /// The worktrees of this clone that lie in its folder.
    fn known(&self) -> Result<Vec<Worktree>, GitError> {
        let mut all = self.session.store.worktrees()?;
        all.retain(|tree| tree.path.parent() == Some(&self.folder));
        Ok(all)
    }

    /// Folders beside them that git knows nothing of.
    fn strangers(&self) -> Result<Vec<PathBuf>, ReviewError> {
        let known = self.known()?;
        let entries = fs::read_dir(&self.folder).map_err(|e| io_error("read", &self.folder, e))?;
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        Ok(paths
            .filter(|path| path.is_dir() && known.iter().all(|tree| tree.path != *path))
            .collect())
    }

    /// Makes the folder, for its owner alone, and holds it: two of us do not make the same worktree.
    fn hold(&self) -> Result<File, ReviewError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let failed = |error| io_error("make", &self.folder, error);
        builder.create(&self.folder).map_err(failed)?;
        #[cfg(unix)]
        {
            let own = std::os::unix::fs::PermissionsExt::from_mode(0o700);
            fs::set_permissions(&self.folder, own).map_err(failed)?;
        }
        let lock = File::create(self.folder.join(".lock")).map_err(failed)?;
        lock.lock().map_err(failed)?;
        Ok(lock)
    }
}

/// The path as git writes it down, without symbolic links; what does not exist yet has none.
fn real(path: &Path) -> PathBuf {
    let found = path.ancestors().find_map(|above| {
        let rest = path.strip_prefix(above).ok()?;
        Some(above.canonicalize().ok()?.join(rest))
    });
    found.unwrap_or_else(|| path.to_owned())
}

fn find<'a>(refs: &'a QueueRefs, name: &QueueRef) -> Result<&'a FoundRef, ReviewError> {
    let revisions = refs.changes.get(&name.id);
    let revisions = revisions.ok_or_else(|| ReviewError::UnknownChange(name.id.to_string()))?;
    revisions.get(&name.number).ok_or_else(|| {
        let known: Vec<String> = revisions.keys().map(u32::to_string).collect();
        ReviewError::UnknownRevision {
            id: name.id.to_string(),
            number: name.number,
            known: known.join(", "),
        }
    })
}

/// Whether git was stopped while it made the worktree: it locks one until it is done.
fn is_unfinished(tree: &Worktree) -> bool {
    tree.locked.as_deref() == Some("initializing")
}

/// Whether a folder's name is that of a worktree that is meant.
fn is_meant(which: &Which, path: &Path) -> bool {
    let Which::Of(id, number) = which else {
        return true;
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some((found, rest)) = name.split_once('@') else {
        return false;
    };
    let revision = rest.split('-').next().and_then(|n| n.parse::<u32>().ok());
    found == id.as_str() && number.is_none_or(|number| revision == Some(number))
}

fn checked_out(
    name: &QueueRef,
    commit: Oid,
    path: PathBuf,
    made: bool,
    kept: Option<String>,
) -> CheckedOut {
    CheckedOut {
        name: name.clone(),
        commit,
        path,
        made,
        kept,
    }
}

fn io_error(what: &str, path: &Path, source: io::Error) -> ReviewError {
    ReviewError::Git(GitError::Io {
        what: format!("{what} {}", path.display()),
        source,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_folder_is_of_its_change_and_of_no_other_with_a_name_like_it() {
        let path = Path::new("/w/fix-lb@12-0123456789ab");
        let of = |id: &str, number| is_meant(&Which::Of(id.parse().unwrap(), number), path);
        assert!(of("fix-lb", None) && of("fix-lb", Some(12)));
        assert!(!of("fix-lb", Some(1)) && !of("fix", None) && !of("fix-lb-2", None));
        assert!(is_meant(&Which::All, path));
        assert!(!is_meant(
            &Which::Of("ab".parse().unwrap(), None),
            Path::new("/w/ab")
        ));
    }
}
