//! Coverage by `merge`: whether what landed is the approved change brought onto a target that had
//! moved, path by path and with nobody's hand in it (`docs/formats.md`, the gate's rule, 5).

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use crate::change::{Oid, RepoPath, Sha256};
use crate::diff::Mode;
use crate::git::{GitError, Leaf, Store, TreeChange};
use crate::policy::Cast;
use crate::verdict::CommitAndTree;

/// What a verdict says it was given for.
type Subject = (CommitAndTree, CommitAndTree, Sha256);

/// The changes that verdicts were given for and the file merges tried with them, each read once.
#[derive(Default)]
pub(super) struct Approvals {
    changes: RefCell<HashMap<Subject, Rc<Approved>>>,
    merges: RefCell<HashMap<[Oid; 4], bool>>,
}

/// What the objects here say of a verdict's `base..head`.
enum Approved {
    /// The trees differ in this.
    Change(Change),
    /// Objects are missing.
    Missing,
    /// The commits are not what the statement says, or cannot be read.
    Unsound,
}

/// The approved change by path.
struct Change {
    subject: Subject,
    changes: Vec<TreeChange>,
    /// Whether it has the content digest that was signed, once somebody asked.
    digest_holds: OnceCell<bool>,
}

/// How a verdict's change and what landed go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Landing {
    /// What landed is the change, merged. `whole`: no path of it was there before.
    Merged {
        /// Whether every path of the change landed here.
        whole: bool,
    },
    /// At this path something else landed.
    Differs(RepoPath),
    /// The change is not here to compare with.
    Missing,
    /// The statement and the objects contradict each other.
    Unsound,
}

impl Approvals {
    /// What landed on `parent` (a tree), compared with the change of a verdict.
    ///
    /// # Errors
    /// Where an object of what landed is missing or corrupt.
    pub(super) fn landing(
        &self,
        store: &Store,
        cast: &Cast,
        parent: Oid,
        landed: &[TreeChange],
    ) -> Result<Landing, GitError> {
        let Some(base) = cast.base else {
            return Ok(Landing::Unsound);
        };
        match &*self.approved(store, (base, cast.head, cast.content)) {
            Approved::Change(change) => self.compare(store, change, parent, landed),
            Approved::Missing => Ok(Landing::Missing),
            Approved::Unsound => Ok(Landing::Unsound),
        }
    }

    fn approved(&self, store: &Store, subject: Subject) -> Rc<Approved> {
        let mut known = self.changes.borrow_mut();
        let entry = known.entry(subject);
        Rc::clone(entry.or_insert_with(|| Rc::new(Approved::read(store, subject))))
    }

    fn compare(
        &self,
        store: &Store,
        change: &Change,
        parent: Oid,
        landed: &[TreeChange],
    ) -> Result<Landing, GitError> {
        if let Some(other) = landed.iter().find(|one| change.at(&one.path).is_none()) {
            return Ok(Landing::Differs(other.path.clone()));
        }
        let mut whole = true;
        let mut to_merge = Vec::new();
        for one in &change.changes {
            let (before, after) = match find(landed, &one.path) {
                Some(step) => (step.old, step.new),
                None => {
                    whole = false;
                    let leaf = leaf_at(store, parent, &one.path)?;
                    (leaf, leaf)
                }
            };
            if before == one.old || before == one.new {
                if after != one.new {
                    return Ok(Landing::Differs(one.path.clone()));
                }
                continue;
            }
            match of_one_mode([one.old, before, one.new, after]) {
                Some(sides) => to_merge.push((&one.path, sides)),
                None => return Ok(Landing::Differs(one.path.clone())),
            }
        }
        // What follows reads contents: only now, when the paths allow it.
        if !change.digest_holds(store) {
            return Ok(Landing::Unsound);
        }
        for (path, sides) in to_merge {
            if !self.merges(store, sides)? {
                return Ok(Landing::Differs(path.clone()));
            }
        }
        Ok(Landing::Merged { whole })
    }

    fn merges(&self, store: &Store, sides: [Oid; 4]) -> Result<bool, GitError> {
        if let Some(known) = self.merges.borrow().get(&sides) {
            return Ok(*known);
        }
        let [old, ours, theirs, landed] = sides;
        let clean = store.is_clean_merge(old, ours, theirs, landed)?;
        self.merges.borrow_mut().insert(sides, clean);
        Ok(clean)
    }
}

impl Approved {
    /// Reads a change. Whatever is wrong with its objects is no error of the gate: the statement
    /// then covers nothing by `merge`.
    fn read(store: &Store, subject: Subject) -> Self {
        let (base, head, _) = subject;
        let read = || -> Result<Option<Vec<TreeChange>>, GitError> {
            for end in [base, head] {
                if store.commit(end.commit)?.tree != end.tree {
                    return Ok(None);
                }
            }
            store.tree_changes(base.tree, head.tree).map(Some)
        };
        match read() {
            Ok(Some(changes)) => Self::Change(Change {
                subject,
                changes,
                digest_holds: OnceCell::new(),
            }),
            Err(GitError::ObjectMissing { .. }) => Self::Missing,
            Ok(None) | Err(_) => Self::Unsound,
        }
    }
}

impl Change {
    fn at(&self, path: &RepoPath) -> Option<&TreeChange> {
        find(&self.changes, path)
    }

    /// Whether the content that was signed is the content of these trees.
    fn digest_holds(&self, store: &Store) -> bool {
        *self.digest_holds.get_or_init(|| {
            let (base, head, signed) = self.subject;
            let content = store.content(base.tree, head.tree);
            content.is_ok_and(|content| content.sha256 == signed)
        })
    }
}

/// The change at a path; `tree_changes` lists them by path.
fn find<'c>(changes: &'c [TreeChange], path: &RepoPath) -> Option<&'c TreeChange> {
    let at = changes.binary_search_by(|one| one.path.cmp(path)).ok()?;
    changes.get(at)
}

fn leaf_at(store: &Store, tree: Oid, path: &RepoPath) -> Result<Option<Leaf>, GitError> {
    let entry = store.entry_at(tree, path)?;
    Ok(entry.and_then(|(mode, oid)| Mode::from_raw(mode).map(|mode| Leaf { mode, oid })))
}

/// The blobs of four sides that are all regular files of one mode.
fn of_one_mode(sides: [Option<Leaf>; 4]) -> Option<[Oid; 4]> {
    let [Some(a), Some(b), Some(c), Some(d)] = sides else {
        return None;
    };
    let regular = matches!(a.mode, Mode::Regular | Mode::Executable);
    let one_mode = [b, c, d].iter().all(|side| side.mode == a.mode);
    (regular && one_mode).then_some([a.oid, b.oid, c.oid, d.oid])
}
