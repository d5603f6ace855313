//! The CODEOWNERS of a commit, read once: that of the target's tip, never the change's own.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::change::{Oid, Revision};
use crate::evidence::{Span, Trusted};
use crate::git::Store;
use crate::policy::Outcome;
use crate::queue::{MAX_OWNERS, Owners, PLACES, Route};

/// The files that were read, by commit.
#[derive(Debug, Default)]
pub struct OwnersShelf {
    by_commit: RefCell<HashMap<Oid, Rc<Owners>>>,
}

impl OwnersShelf {
    /// The owners at a commit: the first file of [`PLACES`]. Without one nobody owns anything.
    fn at(&self, store: &Store, commit: Oid) -> Rc<Owners> {
        let mut known = self.by_commit.borrow_mut();
        let owners = known
            .entry(commit)
            .or_insert_with(|| Rc::new(read(store, commit)));
        Rc::clone(owners)
    }

    /// Who is asked about a revision, by the owners at the commit of its policy: the target's tip.
    pub(super) fn route(
        &self,
        store: &Store,
        trusted: &Trusted,
        outcome: &Outcome,
        revision: &Revision,
        span: &Span,
    ) -> Route {
        let owners = self.at(store, trusted.commit);
        let cover = revision.cover.as_ref();
        let requested = cover.map_or(&[][..], |cover| &cover.reviewers);
        Route::of(&trusted.policy, outcome, &owners, &span.paths(), requested)
    }

    /// What was odd in the files that were read.
    pub(super) fn oddities(&self) -> Vec<String> {
        let known = self.by_commit.borrow();
        let odd = known.values().flat_map(|owners| &owners.oddities);
        let mut odd: Vec<String> = odd.map(|odd| format!("W-CODEOWNERS {odd}")).collect();
        odd.sort();
        odd.dedup();
        odd
    }
}

fn read(store: &Store, commit: Oid) -> Owners {
    for place in PLACES {
        match store.read_path(commit, &place.into(), MAX_OWNERS) {
            Ok(None) => {}
            Ok(Some(bytes)) => return Owners::parse(place, &bytes),
            // It routes and decides nothing: without it everybody is asked who could help.
            Err(error) => return Owners::unread(place, &error),
        }
    }
    Owners::default()
}
