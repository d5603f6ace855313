//! The policies of a range, each read once: a step is judged by the one at its first parent.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::change::{Markers, Oid, Sha256};
use crate::evidence::{Origins, Records, Trusted, Untrusted, policy_at};
use crate::git::Store;
use crate::policy::Policy;

use super::judge::{NoAnswer, no_policy};
use super::steps::Step;

/// The policies that were read, and what marks a commit as AI's under each.
pub(super) struct Laws<'a> {
    store: &'a Store,
    by_commit: RefCell<HashMap<Oid, Rc<Trusted>>>,
    /// One policy for every commit, whatever stands there.
    supposed: Option<Rc<Trusted>>,
    records: Records,
    origins: RefCell<HashMap<Sha256, Rc<Origins>>>,
}

impl<'a> Laws<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self {
            store,
            by_commit: RefCell::default(),
            supposed: None,
            records: Records::open(store),
            origins: RefCell::default(),
        }
    }

    /// As if this policy had been in force all along.
    pub(super) fn suppose(store: &'a Store, policy: Trusted) -> Self {
        Self {
            supposed: Some(Rc::new(policy)),
            ..Self::new(store)
        }
    }

    /// Whether what the commits themselves hold is left aside.
    pub(super) const fn is_supposed(&self) -> bool {
        self.supposed.is_some()
    }

    /// The policy at a commit.
    pub(super) fn at(&self, commit: Oid) -> Result<Rc<Trusted>, Untrusted> {
        if let Some(supposed) = &self.supposed {
            return Ok(Rc::clone(supposed));
        }
        if let Some(known) = self.by_commit.borrow().get(&commit) {
            return Ok(Rc::clone(known));
        }
        let trusted = Rc::new(policy_at(self.store, commit)?);
        let mut known = self.by_commit.borrow_mut();
        Ok(Rc::clone(known.entry(commit).or_insert(trusted)))
    }

    /// The policies that judge some step: at the base, and after each step but the last that changes
    /// it. One that is invalid judges nothing; what follows it is denied.
    pub(super) fn in_force(&self, base: Oid, steps: &[Step]) -> Result<Vec<Rc<Trusted>>, NoAnswer> {
        let mut laws = vec![self.at(base).map_err(|error| no_policy(&error))?];
        let before_last = steps.len().saturating_sub(1);
        for step in steps[..before_last].iter().filter(|s| s.changes_policy) {
            match self.at(step.oid) {
                Ok(law) => laws.push(law),
                Err(Untrusted::Absent { .. } | Untrusted::Invalid { .. }) => {}
                Err(error) => return Err(no_policy(&error)),
            }
        }
        Ok(laws)
    }

    /// What marks a commit under a policy: its own markers beside the built-in ones, and the records.
    pub(super) fn origins(&self, policy: &Policy) -> Rc<Origins> {
        let mut known = self.origins.borrow_mut();
        // The policy was validated: its markers can be read.
        let origins = known.entry(policy.digest).or_insert_with(|| {
            let own = Markers::with(&policy.scope.markers);
            let markers = own.unwrap_or_else(|_| Markers::built_in());
            Rc::new(Origins::new(markers, self.records.clone()))
        });
        Rc::clone(origins)
    }
}
