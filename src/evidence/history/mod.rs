//! The history statistics of changes, each as of its own base: never from a commit that its base
//! does not have.
//!
//! A history is counted along its first parents from the root on; what a merge brings in comes
//! before the merge. So what is known up to a commit can be kept and gone on from, and gives the
//! same numbers as counting from the start.

mod codec;
mod kept;
mod known;
mod lately;
mod tally;
mod trail;

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};

use crate::change::{Oid, RepoPath};
use crate::git::{GitError, Store};
use crate::risk::HistoryStats;

use tally::Tally;

pub use kept::{stats_from_bytes, stats_to_bytes};
pub use tally::FORMAT;
pub use trail::HistoryTrail;

/// What is asked of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Up to which commit, that one included; none before a root commit.
    pub base: Option<Oid>,
    /// The paths that matter, old and new.
    pub paths: BTreeSet<RepoPath>,
    /// The e-mails of people whose share matters.
    pub people: Vec<String>,
}

/// Where tallies are kept between runs. Losing them costs time only; whatever cannot be kept or read
/// back is counted again.
pub trait Shelf {
    /// The commits up to which there is a tally.
    fn heads(&self) -> Vec<Oid>;
    /// The bytes of one.
    fn load(&self, head: Oid) -> Option<Vec<u8>>;
    /// Keeps one.
    fn keep(&self, head: Oid, bytes: &[u8]);
}

/// No shelf: what the gate decides by rests on nothing that was kept.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoShelf;

impl Shelf for NoShelf {
    fn heads(&self) -> Vec<Oid> {
        Vec::new()
    }
    fn load(&self, _: Oid) -> Option<Vec<u8>> {
        None
    }
    fn keep(&self, _: Oid, _: &[u8]) {}
}

/// New commits from which on a tally is worth keeping.
const WORTH: usize = 256;

/// A tally is also kept so many steps before the first base of a walk, for bases that are older.
const BEFORE: usize = 512;

/// Reads histories.
pub struct Histories<'a> {
    store: &'a Store,
    shelf: &'a dyn Shelf,
    /// New commits that may be read yet.
    effort: usize,
}

/// Answers in the order of the questions; none where the effort did not suffice.
type Answers = Vec<Option<HistoryStats>>;

impl<'a> Histories<'a> {
    /// Reads the histories of a repository. `effort` is how many commits are read at most; where
    /// the trunk alone has more that were not read yet, none is.
    pub fn new(store: &'a Store, shelf: &'a dyn Shelf, effort: usize) -> Self {
        Self {
            store,
            shelf,
            effort,
        }
    }

    /// The statistics for each question. `trunk` is a commit whose first parents most of the bases
    /// are (the tip of the target): it decides how fast, never what.
    ///
    /// Where part of a history is not here, the answer is [`HistoryStats::cut_short`].
    ///
    /// # Errors
    /// Where an object is corrupt.
    pub fn read(mut self, trunk: Oid, asks: &[Ask]) -> Result<Answers, GitError> {
        let mut answers: Answers = vec![None; asks.len()];
        let mut open: Vec<(usize, Oid)> = Vec::new();
        for (index, ask) in asks.iter().enumerate() {
            match ask.base {
                Some(base) => open.push((index, base)),
                None => answers[index] = Some(HistoryStats::default()),
            }
        }
        let mut heads = self.shelf.heads();
        let mut trunk = trunk;
        while !open.is_empty() {
            let round = self.plan(trunk, &mut heads, &open);
            let round = match cut_short(round)? {
                Some(Some(round)) => round,
                Some(None) => break,
                None => {
                    // The trunk goes beyond what is here: each base is its own.
                    for (index, base) in open.drain(..) {
                        answers[index] = self.alone(base, &asks[index], &mut heads.clone())?;
                    }
                    break;
                }
            };
            open.clone_from(&round.behind);
            let next = round.start.head();
            self.walk(round, asks, &mut answers)?;
            match next {
                Some(next) if self.effort > 0 => trunk = next,
                _ => break,
            }
        }
        Ok(answers)
    }

    /// The answer for one base on a trunk of its own.
    fn alone(
        &mut self,
        base: Oid,
        ask: &Ask,
        heads: &mut Vec<Oid>,
    ) -> Result<Option<HistoryStats>, GitError> {
        let open = [(0, base)];
        let round = match cut_short(self.plan(base, heads, &open))? {
            Some(Some(round)) => round,
            Some(None) => return Ok(None),
            None => return Ok(Some(beyond())),
        };
        let mut answers = vec![None];
        self.walk(round, std::slice::from_ref(ask), &mut answers)?;
        Ok(answers.pop().flatten())
    }

    /// Starts from the newest kept tally on the trunk, which is taken off `heads`, or from nothing.
    /// None where the trunk is longer than the effort.
    fn plan(
        &self,
        trunk: Oid,
        heads: &mut Vec<Oid>,
        open: &[(usize, Oid)],
    ) -> Result<Option<Round>, GitError> {
        let (mut chain, start) = loop {
            let steps = Cell::new(0);
            let stop = |oid: Oid| {
                steps.set(steps.get() + 1);
                heads.contains(&oid) || steps.get() > self.effort
            };
            let (chain, met) = self.store.first_parents_until(trunk, &stop)?;
            let met_tally = chain.last().is_some_and(|oid| heads.contains(oid));
            if met && !met_tally {
                return Ok(None);
            }
            let Some(head) = chain.last().copied().filter(|_| met) else {
                break (chain, Tally::default());
            };
            heads.retain(|other| *other != head);
            if let Some(tally) = self
                .shelf
                .load(head)
                .and_then(|bytes| Tally::from_bytes(head, &bytes))
            {
                break (chain, tally);
            }
        };
        chain.reverse();
        let after = chain.iter().position(|oid| Some(*oid) == start.head());
        let trunk = chain.split_off(after.map_or(0, |at| at + 1));
        let positions: HashMap<Oid, usize> = trunk
            .iter()
            .enumerate()
            .map(|(at, oid)| (*oid, at + 1))
            .chain(start.head().map(|head| (head, 0)))
            .collect();
        let mut round = Round {
            start,
            trunk,
            forks: Vec::new(),
            behind: Vec::new(),
        };
        for (index, base) in open {
            round.place(self.store, *index, *base, &positions)?;
        }
        round.forks.sort_by_key(|fork| (fork.position, fork.index));
        Ok(Some(round))
    }

    /// Goes along the trunk and answers where a base is reached.
    fn walk(&mut self, round: Round, asks: &[Ask], answers: &mut Answers) -> Result<(), GitError> {
        let mut tally = round.start;
        let mut new = 0;
        let mut at = 0;
        let last = round.forks.len().saturating_sub(1);
        let first = round.forks.first().map_or(0, |fork| fork.position);
        for (turn, fork) in round.forks.iter().enumerate() {
            while at < fork.position {
                if self.effort == 0 {
                    self.keep(&tally, new);
                    return Ok(());
                }
                let before = tally.len();
                if cut_short(tally.advance(self.store, round.trunk[at]))?.is_none() {
                    for fork in &round.forks[turn..] {
                        answers[fork.index] = Some(beyond());
                    }
                    return Ok(());
                }
                let read = tally.len() - before;
                new += read;
                self.effort = self.effort.saturating_sub(read);
                at += 1;
                if at + BEFORE == first {
                    new = self.keep(&tally, new);
                }
            }
            if turn == 0 || turn == last {
                new = self.keep(&tally, new);
            }
            let ask = &asks[fork.index];
            answers[fork.index] = if fork.branch.is_empty() {
                Some(tally.about(&ask.paths, &ask.people))
            } else {
                self.aside(&tally, fork, ask)?
            };
        }
        Ok(())
    }

    /// The answer for a base beside the trunk.
    fn aside(
        &mut self,
        tally: &Tally,
        fork: &Fork,
        ask: &Ask,
    ) -> Result<Option<HistoryStats>, GitError> {
        let mut tally = tally.clone();
        for oid in &fork.branch {
            if self.effort == 0 {
                return Ok(None);
            }
            let before = tally.len();
            if cut_short(tally.advance(self.store, *oid))?.is_none() {
                return Ok(Some(beyond()));
            }
            self.effort = self.effort.saturating_sub(tally.len() - before);
        }
        Ok(Some(tally.about(&ask.paths, &ask.people)))
    }

    /// Keeps a tally that took some work; how many commits are new since one was kept.
    fn keep(&self, tally: &Tally, new: usize) -> usize {
        match tally.head() {
            Some(head) if new >= WORTH => {
                self.shelf.keep(head, &tally.to_bytes());
                0
            }
            _ => new,
        }
    }
}

/// A base that is reached from the trunk: after how many of its commits, and by which way beside it.
struct Fork {
    index: usize,
    position: usize,
    branch: Vec<Oid>,
}

/// One walk along the trunk.
struct Round {
    start: Tally,
    /// What follows the start, oldest first.
    trunk: Vec<Oid>,
    forks: Vec<Fork>,
    /// Bases from before the start: their turn comes in another round.
    behind: Vec<(usize, Oid)>,
}

impl Round {
    fn place(
        &mut self,
        store: &Store,
        index: usize,
        base: Oid,
        positions: &HashMap<Oid, usize>,
    ) -> Result<(), GitError> {
        let inside = |oid: Oid| positions.contains_key(&oid) || self.start.contains(oid);
        let (mut chain, met) = store.first_parents_until(base, &inside)?;
        let meeting = chain.last().copied().filter(|_| met);
        let position = meeting.and_then(|oid| positions.get(&oid).copied());
        match (meeting, position) {
            (Some(_), Some(position)) => {
                chain.pop();
                chain.reverse();
                self.forks.push(Fork {
                    index,
                    position,
                    branch: chain,
                });
            }
            (Some(_), None) => self.behind.push((index, base)),
            // A history that shares nothing with the trunk.
            (None, _) if self.start.head().is_none() => {
                chain.reverse();
                self.forks.push(Fork {
                    index,
                    position: 0,
                    branch: chain,
                });
            }
            (None, _) => self.behind.push((index, base)),
        }
        Ok(())
    }
}

/// The statistics of a history of which part is not here.
fn beyond() -> HistoryStats {
    HistoryStats {
        cut_short: true,
        ..HistoryStats::default()
    }
}

/// None where objects are missing because this is a shallow or partial clone.
fn cut_short<T>(read: Result<T, GitError>) -> Result<Option<T>, GitError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(GitError::HistoryShallow { .. } | GitError::ObjectMissing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
