//! Whether the notes that are presented are the ones that were seen before: pins of earlier runs,
//! what a counted approval names as the log it had before it, checkpoints, and rewrites.

pub(super) mod checkpoints;
pub(super) mod pins;
mod rebases;

use std::collections::HashSet;

use crate::change::Oid;
use crate::git::Store;
use crate::policy::{Reason, ReasonId};

pub use pins::{Memory, NextPin};

/// The notes that are presented.
pub(super) struct Log<'a> {
    store: &'a Store,
    /// Every notes commit of the history.
    commits: &'a HashSet<Oid>,
    /// Old tips and the new ones that policy owners put in their place.
    rewrites: Vec<(Oid, Oid)>,
}

impl<'a> Log<'a> {
    pub(super) fn new(
        store: &'a Store,
        commits: &'a HashSet<Oid>,
        rewrites: Vec<(Oid, Oid)>,
    ) -> Self {
        Self {
            store,
            commits,
            rewrites,
        }
    }

    /// The rewrites whose old history is not part of the presented one.
    pub(super) fn rewritten(&self) -> impl Iterator<Item = Reason> {
        let gone =
            |(from, to): &&(Oid, Oid)| !self.commits.contains(from) && self.commits.contains(to);
        self.rewrites.iter().filter(gone).map(|(from, to)| {
            let text =
                format!("the notes went from {from} to {to}; what had seen the old ones counts");
            Reason::new(ReasonId::LogRebased, text)
        })
    }

    /// Why a notes commit that somebody had seen is not in the history presented here; none where it
    /// is. `who`: who had seen it, in words.
    pub(super) fn lacks(&self, seen: Oid, who: &str) -> Option<Reason> {
        if self.commits.contains(&seen) || self.is_carried(seen) {
            return None;
        }
        let text = |what: &str| format!("{who} had seen the notes at {seen}, which {what}");
        Some(if self.is_unrelated(seen) {
            let text = text("share no commit with the notes here");
            Reason::new(ReasonId::LogUnrelated, text)
        } else {
            let text = text("are not in the history here");
            Reason::new(ReasonId::LogRewound, text)
        })
    }

    /// Whether that history and this one have nothing in common. Where that one is not here nobody
    /// can tell, and where there are no notes at all they were not replaced.
    fn is_unrelated(&self, seen: Oid) -> bool {
        let Ok(history) = self.store.commits_between(&[], seen) else {
            return false;
        };
        !self.commits.is_empty() && !history.iter().any(|oid| self.commits.contains(oid))
    }
}
