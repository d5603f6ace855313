//! Questions that come one by one, mostly each a little further on than the one before.

use super::tally::Tally;
use super::{Ask, Shelf, WORTH, beyond, cut_short};
use crate::change::Oid;
use crate::git::{GitError, Store};
use crate::risk::HistoryStats;

/// Tallies held at once.
const HELD: usize = 8;
/// After a long way one is also held so many steps before its end.
const BEFORE: usize = 256;

/// Statistics for one question after another. It holds tallies at several places of the history,
/// closer together towards the newest, and goes on from the nearest before each base.
pub struct HistoryTrail<'s> {
    shelf: &'s dyn Shelf,
    /// By the number of commits in them.
    held: Vec<Tally>,
    kept: Vec<Oid>,
}

impl<'s> HistoryTrail<'s> {
    /// A trail that may begin at what is kept.
    pub fn new(shelf: &'s dyn Shelf) -> Self {
        Self {
            shelf,
            held: Vec::new(),
            kept: shelf.heads(),
        }
    }

    /// The statistics for a question; [`HistoryStats::cut_short`] where part of the history is not
    /// here.
    ///
    /// # Errors
    /// Where an object is corrupt.
    pub fn ask(&mut self, store: &Store, ask: &Ask) -> Result<HistoryStats, GitError> {
        let Some(base) = ask.base else {
            return Ok(HistoryStats::default());
        };
        Ok(match cut_short(self.go(store, base))? {
            Some(at) => self.held[at].about(&ask.paths, &ask.people),
            None => beyond(),
        })
    }

    /// Makes sure that there is a tally up to `base`; which one it is.
    fn go(&mut self, store: &Store, base: Oid) -> Result<usize, GitError> {
        let stop = |oid: Oid| self.kept.contains(&oid) || self.find(oid).is_some();
        let (mut chain, met) = store.first_parents_until(base, &stop)?;
        let meeting = chain.last().copied().filter(|_| met);
        let mut tally = match meeting {
            None => Tally::default(),
            Some(oid) => {
                if let Some(at) = self.find(oid) {
                    if chain.len() == 1 {
                        return Ok(at);
                    }
                    self.held[at].clone()
                } else {
                    self.kept.retain(|kept| *kept != oid);
                    let bytes = self.shelf.load(oid);
                    match bytes.and_then(|bytes| Tally::from_bytes(oid, &bytes)) {
                        Some(tally) => tally,
                        None => return self.go(store, base),
                    }
                }
            }
        };
        if meeting.is_some() {
            chain.pop();
        }
        let before = tally.len();
        for (left, oid) in (0..chain.len()).zip(&chain).rev() {
            tally.advance(store, *oid)?;
            if left == BEFORE {
                self.hold(tally.clone());
            }
        }
        if tally.len() - before >= WORTH {
            self.shelf.keep(base, &tally.to_bytes());
        }
        Ok(self.hold(tally))
    }

    fn find(&self, head: Oid) -> Option<usize> {
        let mut heads = self.held.iter().map(Tally::head);
        heads.position(|held| held == Some(head))
    }

    /// Holds a tally; where it is now. Of too many the one goes that is least missed: the closest
    /// to its neighbours for how far it is from the newest.
    fn hold(&mut self, tally: Tally) -> usize {
        let (head, size) = (tally.head(), tally.len());
        let at = self.held.partition_point(|held| held.len() <= size);
        self.held.insert(at, tally);
        if self.held.len() > HELD {
            let sizes: Vec<usize> = self.held.iter().map(Tally::len).collect();
            let newest = sizes.last().copied().unwrap_or(0);
            let gap = |at: usize| {
                let below = at.checked_sub(1).map_or(0, |below| sizes[below]);
                let room = 1 + newest - sizes[at];
                (sizes[at + 1] - below) as u64 * 1_000_000 / room as u64
            };
            let places = (0..sizes.len() - 1).filter(|place| *place != at);
            if let Some(least) = places.min_by_key(|place| gap(*place)) {
                self.held.remove(least);
            }
        }
        let place = self.held.iter().position(|held| held.head() == head);
        place.unwrap_or(0)
    }
}
