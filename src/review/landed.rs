//! Whether a change is in its target: its head is reachable, or some run of steps since its base
//! does exactly what it does.

use std::collections::HashMap;

use crate::change::Oid;
use crate::git::{GitError, Store, TreeChange};
use crate::verdict::CommitAndTree;

use super::Session;
use super::opened::Judged;

/// Looks into targets, each step read once.
pub(super) struct Landed<'a> {
    store: &'a Store,
    /// Trees of first-parent commits.
    trees: HashMap<Oid, (Oid, Option<Oid>)>,
    changes: HashMap<(Oid, Oid), Vec<TreeChange>>,
}

/// How far back a target is searched for a change that was squashed or rebased.
const STEPS: usize = 2_000;

impl<'a> Landed<'a> {
    pub(super) fn new(session: &'a Session) -> Self {
        Self {
            store: &session.store,
            trees: HashMap::new(),
            changes: HashMap::new(),
        }
    }

    /// Whether the change is in the target with this tip.
    ///
    /// The comparison is of object ids and not of the content digest: what differs in neither is
    /// the same, and nothing is decided by it but how a row is shown.
    pub(super) fn is_landed(&mut self, row: &Judged, tip: Option<Oid>) -> Result<bool, GitError> {
        let Some(tip) = tip else { return Ok(false) };
        let head = row.span.head.commit;
        let base = row.span.base.commit;
        if head == base || self.store.is_ancestor(head, tip)? {
            return Ok(true);
        }
        Ok(self.step(row, tip)?.is_some())
    }

    /// The last of the steps of the target that do exactly what the change does; none where no
    /// steps do.
    pub(super) fn step(&mut self, row: &Judged, tip: Oid) -> Result<Option<Oid>, GitError> {
        let (head, base) = (row.span.head.commit, row.span.base.commit);
        if row.span.changes.is_empty() || base == tip {
            return Ok(None);
        }
        let Some(steps) = self.steps_of_target(base, head, tip)? else {
            return Ok(None);
        };
        let wanted = usize::try_from(row.span.commit_count()).unwrap_or(1).max(1);
        for length in [1, wanted] {
            for window in steps.windows(length + 1) {
                let (before, after) = (window[0].tree, window[length].tree);
                if self.changes(before, after)? == row.span.changes.as_slice() {
                    return Ok(Some(window[length].commit));
                }
            }
        }
        Ok(None)
    }

    /// The steps of the target since the change left it. A change that stands on another one has
    /// its base outside the target; then it is where their histories parted.
    fn steps_of_target(
        &mut self,
        base: Oid,
        head: Oid,
        tip: Oid,
    ) -> Result<Option<Vec<CommitAndTree>>, GitError> {
        if let Some(steps) = self.steps_since(base, tip)? {
            return Ok(Some(steps));
        }
        match self.store.merge_base(tip, head)? {
            Some(parted) if parted != base => self.steps_since(parted, tip),
            _ => Ok(None),
        }
    }

    /// The commits from `base` to `tip`, oldest first, along first parents; none where the base is
    /// not on that chain or too far back.
    fn steps_since(&mut self, base: Oid, tip: Oid) -> Result<Option<Vec<CommitAndTree>>, GitError> {
        let mut steps = Vec::new();
        let mut at = tip;
        for _ in 0..STEPS {
            let (tree, parent) = self.commit(at)?;
            steps.push(CommitAndTree { commit: at, tree });
            if at == base {
                steps.reverse();
                return Ok(Some(steps));
            }
            match parent {
                Some(parent) => at = parent,
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    fn commit(&mut self, oid: Oid) -> Result<(Oid, Option<Oid>), GitError> {
        if let Some(known) = self.trees.get(&oid) {
            return Ok(*known);
        }
        let commit = self.store.commit(oid)?;
        let entry = (commit.tree, commit.parents.first().copied());
        self.trees.insert(oid, entry);
        Ok(entry)
    }

    fn changes(&mut self, old: Oid, new: Oid) -> Result<&[TreeChange], GitError> {
        if !self.changes.contains_key(&(old, new)) {
            let changes = self.store.tree_changes(old, new)?;
            self.changes.insert((old, new), changes);
        }
        Ok(self.changes.get(&(old, new)).map_or(&[], Vec::as_slice))
    }
}
