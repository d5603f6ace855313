//! Refs: listed quickly by reading the files, changed only by compare-and-swap.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use git2::{ErrorCode, Reference};

use super::objects::{from_git, to_git};
use super::{GitError, Result, Store};
use crate::change::{Oid, readable};

/// One ref.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RefEntry {
    /// The full name, raw bytes.
    pub name: Vec<u8>,
    /// What it points to (a symbolic ref: what that one points to).
    pub oid: Oid,
}

/// A ref that is there and cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRef {
    /// The full name, raw bytes.
    pub name: Vec<u8>,
    /// What is wrong with it.
    pub why: String,
}

/// The refs below a prefix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefListing {
    /// Those that can be read, by name.
    pub refs: Vec<RefEntry>,
    /// Those that cannot.
    pub broken: Vec<BrokenRef>,
}

/// Directories below `refs/` nested deeper than this are not searched.
const DEPTH: usize = 64;

impl Store {
    /// The refs whose full name begins with `prefix` (such as `refs/countersign/`), sorted by
    /// name. A broken one is left out; [`Store::ref_listing`] reports it.
    ///
    /// # Errors
    /// Where the files that hold the refs cannot be read.
    pub fn refs(&self, prefix: &str) -> Result<Vec<RefEntry>> {
        Ok(self.ref_listing(prefix)?.refs)
    }

    /// The refs whose full name begins with `prefix`, and the broken ones among them.
    ///
    /// # Errors
    /// As [`Store::refs`].
    pub fn ref_listing(&self, prefix: &str) -> Result<RefListing> {
        let mut found: BTreeMap<Vec<u8>, std::result::Result<Oid, String>> = BTreeMap::new();
        // Loose refs first: one that git packs meanwhile is then seen in one of the two places.
        let dir = prefix.rfind('/').map_or("", |at| &prefix[..at]);
        self.loose(dir.as_bytes(), prefix.as_bytes(), DEPTH, &mut found)?;
        self.packed(prefix.as_bytes(), &mut found)?;
        let mut listing = RefListing::default();
        for (name, value) in found {
            match value {
                Ok(oid) => listing.refs.push(RefEntry { name, oid }),
                Err(why) => listing.broken.push(BrokenRef { name, why }),
            }
        }
        Ok(listing)
    }

    fn loose(
        &self,
        dir: &[u8],
        prefix: &[u8],
        depth: usize,
        found: &mut BTreeMap<Vec<u8>, std::result::Result<Oid, String>>,
    ) -> Result<()> {
        let path = self.common_dir().join(OsStr::from_bytes(dir));
        let entries = match fs::read_dir(&path) {
            Ok(entries) if depth > 0 => entries,
            Ok(_) => return Ok(()),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(());
            }
            Err(e) => return Err(GitError::io(format!("read {}", path.display()), e)),
        };
        for entry in entries {
            let entry = entry.map_err(|e| GitError::io(format!("read {}", path.display()), e))?;
            let mut name = dir.to_vec();
            name.push(b'/');
            name.extend(entry.file_name().into_vec());
            let related = name.starts_with(prefix) || prefix.starts_with(&name);
            if !related || !name.starts_with(b"refs/") {
                continue;
            }
            let is_dir = entry.path().is_dir();
            if is_dir {
                self.loose(&name, prefix, depth - 1, found)?;
            } else if name.starts_with(prefix) && !name.ends_with(b".lock") {
                match fs::read(entry.path()) {
                    Ok(bytes) => {
                        let value = self.loose_value(&bytes);
                        found.insert(name, value);
                    }
                    // Packed or deleted since the directory was read.
                    Err(e) if e.kind() == ErrorKind::NotFound => {}
                    Err(e) => {
                        found.insert(name, Err(e.to_string()));
                    }
                }
            }
        }
        Ok(())
    }

    fn loose_value(&self, bytes: &[u8]) -> std::result::Result<Oid, String> {
        let text = std::str::from_utf8(bytes.trim_ascii_end())
            .map_err(|_| "its file holds no object id".to_owned())?;
        if let Some(target) = text.strip_prefix("ref:") {
            return self
                .repo
                .refname_to_id(target.trim())
                .map(from_git)
                .map_err(|_| "it points to a ref that does not exist".to_owned());
        }
        text.parse()
            .map_err(|_| "its file holds no object id".to_owned())
    }

    fn packed(
        &self,
        prefix: &[u8],
        found: &mut BTreeMap<Vec<u8>, std::result::Result<Oid, String>>,
    ) -> Result<()> {
        let path = self.common_dir().join("packed-refs");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(GitError::io(format!("read {}", path.display()), e)),
        };
        for line in bytes.split(|b| *b == b'\n') {
            // `<40 hex> <name>`; comments and peeled values have another shape.
            let Some(name) = line.get(41..) else { continue };
            if !name.starts_with(prefix) || line[40] != b' ' {
                continue;
            }
            if let std::collections::btree_map::Entry::Vacant(free) = found.entry(name.to_vec()) {
                let oid = std::str::from_utf8(&line[..40])
                    .ok()
                    .and_then(|hex| hex.parse().ok());
                free.insert(oid.ok_or_else(|| "packed-refs holds no object id for it".to_owned()));
            }
        }
        Ok(())
    }

    /// What a ref points to, through symbolic refs; none where there is no such ref.
    ///
    /// # Errors
    /// Where the name is no legal ref name, or the ref is broken.
    pub fn ref_oid(&self, name: &str) -> Result<Option<Oid>> {
        if !Reference::is_valid_name(name) {
            return Err(GitError::BadRefName {
                name: name.to_owned(),
            });
        }
        match self.repo.refname_to_id(name) {
            Ok(oid) => Ok(Some(from_git(oid))),
            Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
            Err(e) => Err(GitError::RefBroken {
                name: name.to_owned(),
                why: e.message().to_owned(),
            }),
        }
    }

    /// The name a symbolic ref points to, such as `refs/remotes/origin/HEAD`; none where it is no
    /// symbolic ref or does not exist.
    ///
    /// # Errors
    /// Where the name is no legal ref name.
    pub fn symbolic_target(&self, name: &str) -> Result<Option<String>> {
        if !Reference::is_valid_name(name) {
            return Err(GitError::BadRefName {
                name: name.to_owned(),
            });
        }
        let reference = self.repo.find_reference(name).ok();
        Ok(reference.and_then(|reference| {
            let target = reference.symbolic_target_bytes()?;
            Some(readable(target).into_owned())
        }))
    }

    /// The full name of the branch that is checked out; none where HEAD is detached.
    ///
    /// # Errors
    /// Where HEAD cannot be read.
    pub fn head_branch(&self) -> Result<Option<String>> {
        let head = self
            .repo
            .find_reference("HEAD")
            .map_err(|e| GitError::library("read HEAD", &e))?;
        Ok(head
            .symbolic_target_bytes()
            .map(|target| readable(target).into_owned()))
    }

    /// The commit that a revision names, by the rules of `git rev-parse`, tags peeled. `~` and
    /// `^` at the end are followed on the stored parents, whatever grafts say.
    ///
    /// # Errors
    /// Where it names nothing, several things, or no commit.
    pub fn resolve_commit(&self, spec: &str) -> Result<Oid> {
        let (name, steps) = split_steps(spec);
        let mut at = self.peel_to_commit(self.object_named(name, spec)?)?;
        for step in steps {
            at = self
                .follow(at, step)?
                .ok_or_else(|| GitError::UnknownRevision {
                    spec: spec.to_owned(),
                })?;
        }
        Ok(at)
    }

    /// The object of a full id, a ref by git's rules of short names, or whatever else
    /// `git rev-parse` knows.
    fn object_named(&self, name: &str, spec: &str) -> Result<Oid> {
        let unknown = || GitError::UnknownRevision {
            spec: spec.to_owned(),
        };
        if let Ok(oid) = name.parse() {
            return self.kind(oid)?.map(|_| oid).ok_or_else(unknown);
        }
        for (before, after) in [
            ("", ""),
            ("refs/", ""),
            ("refs/tags/", ""),
            ("refs/heads/", ""),
            ("refs/remotes/", ""),
            ("refs/remotes/", "/HEAD"),
        ] {
            let full = format!("{before}{name}{after}");
            if Reference::is_valid_name(&full)
                && let Some(oid) = self.ref_oid(&full)?
            {
                return Ok(oid);
            }
        }
        let object = self
            .repo
            .revparse_single(name)
            .map_err(|e| match e.code() {
                ErrorCode::Ambiguous => GitError::AmbiguousRevision {
                    spec: spec.to_owned(),
                },
                _ => unknown(),
            })?;
        Ok(from_git(object.id()))
    }

    fn follow(&self, from: Oid, step: Step) -> Result<Option<Oid>> {
        let mut at = from;
        match step {
            Step::Parent(0) => Ok(Some(at)),
            Step::Parent(n) => Ok(self.skeleton(at)?.parents.get(n - 1).copied()),
            Step::Generations(n) => {
                for _ in 0..n {
                    match self.skeleton(at)?.parents.first() {
                        Some(parent) => at = *parent,
                        None => return Ok(None),
                    }
                }
                Ok(Some(at))
            }
        }
    }

    /// Points a ref at an object if it still is what `expected` says (none: it must not exist).
    /// The comparison is made while holding the ref's lock.
    ///
    /// # Errors
    /// [`GitError::RefMoved`] where the ref is another by now, [`GitError::RefLocked`] where
    /// somebody holds the lock; nothing is changed then.
    pub fn update_ref(
        &self,
        name: &str,
        new: Oid,
        expected: Option<Oid>,
        message: &str,
    ) -> Result<()> {
        let new = to_git(new)?;
        self.locked(name, expected, |transaction| {
            transaction.set_target(name, new, None, message)
        })
    }

    /// Deletes a ref if it still is what `expected` says.
    ///
    /// # Errors
    /// As [`Store::update_ref`].
    pub fn delete_ref(&self, name: &str, expected: Oid) -> Result<()> {
        self.locked(name, Some(expected), |transaction| transaction.remove(name))
    }

    fn locked(
        &self,
        name: &str,
        expected: Option<Oid>,
        change: impl FnOnce(&mut git2::Transaction<'_>) -> std::result::Result<(), git2::Error>,
    ) -> Result<()> {
        if !Reference::is_valid_name(name) {
            return Err(GitError::BadRefName {
                name: name.to_owned(),
            });
        }
        // Before the lock is taken, so that others wait for the ref alone.
        self.sync_objects()?;
        let failed = |e: git2::Error| self.ref_error(name, &e);
        let mut transaction = self.repo.transaction().map_err(failed)?;
        transaction.lock_ref(name).map_err(failed)?;
        if self.ref_oid(name)? != expected {
            return Err(GitError::RefMoved {
                name: name.to_owned(),
            });
        }
        change(&mut transaction).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        self.sync_ref(name)
    }

    fn ref_error(&self, name: &str, error: &git2::Error) -> GitError {
        let lock = self.common_dir().join(format!("{name}.lock"));
        if error.code() == ErrorCode::Locked || lock_exists(error, &lock) {
            return GitError::RefLocked {
                name: name.to_owned(),
                lock,
            };
        }
        GitError::RefConflict {
            name: name.to_owned(),
            why: error.message().to_owned(),
        }
    }
}

fn lock_exists(error: &git2::Error, lock: &Path) -> bool {
    error.message().contains("lock") && lock.exists()
}

/// One `~n` or `^n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Generations(usize),
    Parent(usize),
}

/// Takes the `~n` and `^n` off the end of a revision, first one first.
fn split_steps(spec: &str) -> (&str, Vec<Step>) {
    let mut rest = spec;
    let mut steps = Vec::new();
    loop {
        let stem = rest.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = &rest[stem.len()..];
        let number = if digits.is_empty() {
            Some(1)
        } else {
            digits.parse().ok()
        };
        let (stem, step) = match (stem.chars().next_back(), number) {
            (Some('~'), Some(n)) => (&stem[..stem.len() - 1], Step::Generations(n)),
            (Some('^'), Some(n)) => (&stem[..stem.len() - 1], Step::Parent(n)),
            _ => break,
        };
        if stem.is_empty() || spec.starts_with(':') {
            break;
        }
        steps.push(step);
        rest = stem;
    }
    steps.reverse();
    (rest, steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_taken_off_the_end_in_their_order() {
        use Step::{Generations, Parent};
        assert_eq!(
            split_steps("main~2^3~^"),
            (
                "main",
                vec![Generations(2), Parent(3), Generations(1), Parent(1)]
            )
        );
        assert_eq!(split_steps("v1^{}"), ("v1^{}", vec![]));
        assert_eq!(split_steps("release-12"), ("release-12", vec![]));
        assert_eq!(split_steps("~1"), ("~1", vec![]));
        assert_eq!(split_steps(":/fix^2"), (":/fix^2", vec![]));
    }
}
