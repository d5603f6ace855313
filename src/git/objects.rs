//! Objects by id: raw, re-hashed on every read, and never larger than asked for.

use git2::{ErrorCode, ObjectType, Odb, OdbObject};

use super::{GitError, Result, Store, parse};
use crate::change::{Commit, Identity, Oid, RepoPath};

/// Bytes of one commit, tag or tree that are read at most.
const META_CAP: u64 = 64 << 20;

/// An annotated tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its own id.
    pub oid: Oid,
    /// What it points to: any object, another tag too.
    pub target: Oid,
    /// The name inside the tag, which need not be the ref's.
    pub name: String,
    /// Who says to have made it.
    pub tagger: Option<Identity>,
    /// The message without the signature.
    pub message: String,
    /// The armored signature at its end.
    pub signature: Option<String>,
    /// The bytes that a signature signs.
    pub payload: Vec<u8>,
}

pub(super) fn to_git(oid: Oid) -> Result<git2::Oid> {
    git2::Oid::from_bytes(oid.as_bytes()).map_err(|e| GitError::library("object id", &e))
}

pub(super) fn from_git(oid: git2::Oid) -> Oid {
    let mut bytes = [0; 20];
    for (to, from) in bytes.iter_mut().zip(oid.as_bytes()) {
        *to = *from;
    }
    Oid::from_bytes(bytes)
}

pub(super) const fn kind_name(kind: ObjectType) -> &'static str {
    match kind {
        ObjectType::Commit => "commit",
        ObjectType::Tree => "tree",
        ObjectType::Blob => "blob",
        ObjectType::Tag => "tag",
        ObjectType::Any => "object",
    }
}

fn read_error(oid: Oid, error: &git2::Error) -> GitError {
    if error.code() == ErrorCode::NotFound {
        GitError::ObjectMissing { oid }
    } else {
        GitError::ObjectCorrupt {
            oid,
            why: error.message().to_owned(),
        }
    }
}

/// A repository's objects, and the look at them before libgit2 has its own.
pub(super) struct Objects<'s> {
    odb: Odb<'s>,
    store: &'s Store,
}

/// Kind and size of an object, without inflating it.
pub(super) fn header(objects: &Objects<'_>, oid: Oid) -> Result<(ObjectType, u64)> {
    objects.store.check_loose(oid, false)?;
    let (size, kind) = objects
        .odb
        .read_header(to_git(oid)?)
        .map_err(|e| read_error(oid, &e))?;
    Ok((kind, size as u64))
}

/// One object of a kind, of at most `cap` bytes; libgit2 compares its hash with the id.
pub(super) fn read<'odb>(
    objects: &'odb Objects<'_>,
    oid: Oid,
    wanted: ObjectType,
    cap: u64,
) -> Result<OdbObject<'odb>> {
    let (kind, size) = header(objects, oid)?;
    if kind != wanted {
        return Err(GitError::WrongKind {
            oid,
            wanted: kind_name(wanted),
            found: kind_name(kind),
        });
    }
    if size > cap {
        return Err(GitError::OverBudget {
            what: format!("the {} {oid} of {size} bytes", kind_name(kind)),
            limit: format!("{cap} bytes"),
        });
    }
    objects.store.check_loose(oid, true)?;
    let object = objects.odb.read(to_git(oid)?);
    let object = object.map_err(|e| read_error(oid, &e))?;
    objects.store.whole.borrow_mut().insert(oid);
    Ok(object)
}

impl Store {
    pub(super) fn odb(&self) -> Result<Objects<'_>> {
        let odb = self.repo.odb();
        let odb = odb.map_err(|e| GitError::library("open the object store", &e))?;
        Ok(Objects { odb, store: self })
    }

    pub(super) fn write(&self, kind: ObjectType, bytes: &[u8]) -> Result<Oid> {
        let written = self.odb()?.odb.write(kind, bytes);
        let written = written.map_err(|e| GitError::library("write an object", &e))?;
        let oid = from_git(written);
        self.wrote(oid);
        Ok(oid)
    }

    /// A commit.
    ///
    /// # Errors
    /// Where it is missing, corrupt, malformed or no commit.
    pub fn commit(&self, oid: Oid) -> Result<Commit> {
        let odb = self.odb()?;
        let object = read(&odb, oid, ObjectType::Commit, META_CAP)?;
        parse::commit(oid, object.data()).map_err(|why| malformed(oid, why))
    }

    /// The armored signature of a commit and the bytes that it signs; none where the commit
    /// carries no signature, or several.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub fn commit_signature(&self, oid: Oid) -> Result<Option<(String, Vec<u8>)>> {
        let odb = self.odb()?;
        let object = read(&odb, oid, ObjectType::Commit, META_CAP)?;
        Ok(parse::commit_signature(object.data()))
    }

    pub(super) fn skeleton(&self, oid: Oid) -> Result<parse::Skeleton> {
        let odb = self.odb()?;
        let object = read(&odb, oid, ObjectType::Commit, META_CAP)?;
        parse::skeleton(object.data()).map_err(|why| malformed(oid, why))
    }

    /// An annotated tag; none where the object is of another kind.
    ///
    /// # Errors
    /// Where it is missing, corrupt or malformed.
    pub fn tag(&self, oid: Oid) -> Result<Option<Tag>> {
        let odb = self.odb()?;
        if header(&odb, oid)?.0 != ObjectType::Tag {
            return Ok(None);
        }
        let object = read(&odb, oid, ObjectType::Tag, META_CAP)?;
        let parts = parse::tag(object.data()).map_err(|why| malformed(oid, why))?;
        Ok(Some(Tag {
            oid,
            target: parts.target,
            name: parts.name,
            tagger: parts.tagger,
            message: parts.message,
            signature: parts.signature,
            payload: parts.payload,
        }))
    }

    /// The commit that an object is, or that a chain of tags leads to.
    ///
    /// # Errors
    /// Where the chain ends in something else, or is longer than 16.
    pub fn peel_to_commit(&self, oid: Oid) -> Result<Oid> {
        let mut at = oid;
        for _ in 0..16 {
            match self.tag(at)? {
                Some(tag) => at = tag.target,
                None => {
                    let (kind, _) = header(&self.odb()?, at)?;
                    return if kind == ObjectType::Commit {
                        Ok(at)
                    } else {
                        Err(GitError::WrongKind {
                            oid: at,
                            wanted: "commit",
                            found: kind_name(kind),
                        })
                    };
                }
            }
        }
        Err(malformed(oid, "a chain of more than 16 tags"))
    }

    /// `commit`, `tree`, `blob` or `tag`; none where the object is not here.
    ///
    /// # Errors
    /// Where the object is damaged.
    pub fn kind(&self, oid: Oid) -> Result<Option<&'static str>> {
        match header(&self.odb()?, oid) {
            Ok((kind, _)) => Ok(Some(kind_name(kind))),
            Err(GitError::ObjectMissing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The bytes of a blob of at most `cap` bytes.
    ///
    /// # Errors
    /// Where it is missing, corrupt, larger or no blob.
    pub fn blob(&self, oid: Oid, cap: u64) -> Result<Vec<u8>> {
        let odb = self.odb()?;
        Ok(read(&odb, oid, ObjectType::Blob, cap)?.data().to_vec())
    }

    /// The size of a blob in bytes, without inflating it.
    ///
    /// # Errors
    /// Where it is missing, corrupt or no blob.
    pub fn blob_size(&self, oid: Oid) -> Result<u64> {
        let (kind, size) = header(&self.odb()?, oid)?;
        if kind == ObjectType::Blob {
            Ok(size)
        } else {
            Err(GitError::WrongKind {
                oid,
                wanted: "blob",
                found: kind_name(kind),
            })
        }
    }

    /// The contents of a file in a commit; none where there is no file (or symlink) of that path.
    ///
    /// # Errors
    /// Where objects are missing or corrupt, or the file is larger than `cap` bytes.
    pub fn read_path(&self, commit: Oid, path: &RepoPath, cap: u64) -> Result<Option<Vec<u8>>> {
        let tree = self.skeleton(commit)?.tree;
        match self.entry_at(tree, path)? {
            Some((mode, oid)) if matches!(mode & 0o170_000, 0o100_000 | 0o120_000) => {
                self.blob(oid, cap).map(Some)
            }
            _ => Ok(None),
        }
    }
}

pub(super) fn malformed(oid: Oid, why: &str) -> GitError {
    GitError::ObjectMalformed {
        oid,
        why: why.to_owned(),
    }
}
