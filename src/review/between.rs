//! What changed between two revisions of a change, or between two commits of one.

use std::collections::BTreeSet;

use crate::change::{ChangeId, Commit, Oid, QueueRef, RepoPath, Revision};
use crate::diff::interdiff::Interdiff;
use crate::diff::{Body, FileDiff};
use crate::git::{DiffOptions, Ends};

use super::{Desk, ReviewError};

/// One end of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// What the revision stands on.
    Base,
    /// One of its commits.
    Commit(Oid),
    /// A revision of the same change.
    Revision(u32),
}

/// Two ends of a change compared.
#[derive(Debug, Clone)]
pub struct Between {
    /// The difference.
    pub interdiff: Interdiff,
    /// What the ends stand on, where that is not the same commit.
    pub bases: Option<(Oid, Oid)>,
    /// What was done to the message; without hunks where nothing was.
    pub message: Body,
    /// The message at the right end; empty at the base.
    pub text: Vec<u8>,
    /// What the revision does after the right end, to the files of the difference.
    pub later: Vec<FileDiff>,
}

/// An end with what belongs to it.
struct At {
    base: Commit,
    head: Commit,
    /// Title and body.
    message: Vec<u8>,
}

impl Desk<'_> {
    /// The difference between two revisions, with what only a rebase brought told apart.
    ///
    /// # Errors
    /// Where a revision is not known here, or cannot be read.
    pub fn interdiff(&self, id: &ChangeId, from: u32, to: u32) -> Result<Interdiff, ReviewError> {
        let at = |number| self.at(&self.resolve(id, number)?, Point::Revision(number));
        let (from, to) = (at(from)?, at(to)?);
        let store = &self.session().store;
        Ok(store.interdiff(from.ends(), to.ends(), &DiffOptions::default())?)
    }

    /// Compares two ends of a revision.
    ///
    /// # Errors
    /// Where a revision or commit is not known here, or cannot be read.
    pub fn between(&self, name: &QueueRef, points: (Point, Point)) -> Result<Between, ReviewError> {
        let store = &self.session().store;
        let options = DiffOptions::default();
        let own = self.resolve(&name.id, name.number)?;
        let (from, to) = (self.at(&own, points.0)?, self.at(&own, points.1)?);
        let interdiff = store.interdiff(from.ends(), to.ends(), &options)?;
        let whole = DiffOptions {
            context_lines: u32::MAX / 4,
            ..options
        };
        let message = match points {
            (Point::Revision(_), Point::Revision(_)) => {
                store.texts(&from.message, &to.message, &whole)?
            }
            _ => Body::Text(Vec::new()),
        };
        let mut later = Vec::new();
        if to.head.tree != own.head.tree {
            let shown = interdiff.shown().filter_map(|(file, _)| file.new.as_ref());
            let shown: BTreeSet<&RepoPath> = shown.map(|side| &side.path).collect();
            for mut file in store.diff_files(to.head.tree, own.head.tree)? {
                let is_shown = file
                    .old
                    .as_ref()
                    .is_some_and(|side| shown.contains(&side.path));
                if is_shown {
                    store.load_hunks(&mut file, &options)?;
                    later.push(file);
                }
            }
        }
        let bases = (from.base.oid, to.base.oid);
        Ok(Between {
            interdiff,
            bases: (bases.0 != bases.1).then_some(bases),
            message,
            text: to.message,
            later,
        })
    }

    fn at(&self, own: &Revision, point: Point) -> Result<At, ReviewError> {
        let store = &self.session().store;
        let on = |revision: &Revision, head: Commit, message: Vec<u8>| {
            let base = store.commit(revision.base)?;
            Ok::<_, ReviewError>(At {
                base,
                head,
                message,
            })
        };
        match point {
            Point::Base => on(own, store.commit(own.base)?, Vec::new()),
            Point::Commit(oid) => {
                let commit = own.commits.iter().find(|commit| commit.oid == oid);
                let commit = commit.ok_or_else(|| {
                    ReviewError::UnknownChange(format!("{} with {}", own.name(), oid.short(8)))
                })?;
                let message = commit.message.clone().into_bytes();
                on(own, commit.clone(), message)
            }
            Point::Revision(number) if number == own.number => {
                on(own, own.head.clone(), own.message())
            }
            Point::Revision(number) => {
                let other = self.resolve(&own.id, number)?;
                let message = other.message();
                on(&other, other.head.clone(), message)
            }
        }
    }
}

impl At {
    const fn ends(&self) -> Ends {
        Ends {
            base: self.base.tree,
            head: self.head.tree,
        }
    }
}
