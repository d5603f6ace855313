//! Merge bases of many commits with one tip in a single walk: a long queue asks for a thousand, and
//! one by one each would go over the same part of the target again.

use std::collections::{BinaryHeap, HashMap, HashSet};

use super::{Result, Store};
use crate::change::Oid;

/// Reachable from the tip. The other bits are one for each commit that is asked for.
const TIP: u64 = 1 << 63;
/// Commits that one walk answers for.
const AT_ONCE: usize = 63;

/// What a walk found: the commits it came by, and from where each can be reached.
struct Reached {
    flags: HashMap<Oid, u64>,
    heap: BinaryHeap<(i64, Oid)>,
    queued: HashSet<Oid>,
    /// Every bit of this walk.
    all: u64,
    /// Queued commits that some commit asked for, or the tip, is not known to reach.
    open: usize,
}

impl Reached {
    fn add(&mut self, oid: Oid, date: i64, flags: u64) {
        let known = self.flags.entry(oid).or_default();
        let before = *known;
        *known |= flags;
        let now = *known;
        if before == now {
            return;
        }
        if self.queued.insert(oid) {
            self.heap.push((date, oid));
            self.open += usize::from(now != self.all);
        } else if before != self.all && now == self.all {
            self.open -= 1;
        }
    }

    fn pop(&mut self) -> Option<(Oid, u64)> {
        let (_, oid) = self.heap.pop()?;
        self.queued.remove(&oid);
        let flags = self.flags.get(&oid).copied().unwrap_or(self.all);
        self.open -= usize::from(flags != self.all);
        Some((oid, flags))
    }
}

impl Store {
    /// Finds the merge bases of these commits with a tip and remembers them for
    /// [`Store::merge_base`] and [`Store::is_ancestor`], which give the same answers without. What
    /// cannot be found here (history that is missing) is left to them, who say why.
    pub fn foresee_bases(&self, tip: Oid, heads: &[Oid]) {
        for some in heads.chunks(AT_ONCE) {
            if let Ok(found) = self.bases_of(tip, some) {
                self.bases.borrow_mut().extend(found);
            }
        }
    }

    /// What was foreseen for two commits in either order; none where nothing was.
    pub(super) fn foreseen(&self, one: Oid, other: Oid) -> Option<Option<Oid>> {
        let bases = self.bases.borrow();
        let found = bases
            .get(&(one, other))
            .or_else(|| bases.get(&(other, one)));
        found.copied()
    }

    fn bases_of(&self, tip: Oid, heads: &[Oid]) -> Result<HashMap<(Oid, Oid), Option<Oid>>> {
        let flags = self.reach(tip, heads)?;
        // A common commit whose child is common too is no merge base.
        let mut below: HashMap<Oid, u64> = HashMap::new();
        for (oid, flags) in flags.iter().filter(|(_, flags)| **flags & TIP != 0) {
            for parent in &self.node(*oid)?.parents {
                *below.entry(*parent).or_default() |= flags;
            }
        }
        let mut candidates = vec![Vec::new(); heads.len()];
        for (oid, flags) in flags.iter().filter(|(_, flags)| **flags & TIP != 0) {
            let covered = below.get(oid).copied().unwrap_or(0);
            let mut bits = flags & !covered & !TIP;
            while bits != 0 {
                if let Some(of_head) = candidates.get_mut(bits.trailing_zeros() as usize) {
                    of_head.push(*oid);
                }
                bits &= bits - 1;
            }
        }
        let mut found = HashMap::with_capacity(heads.len());
        for (head, candidates) in heads.iter().zip(candidates) {
            found.insert((*head, tip), self.best_base(candidates)?);
        }
        Ok(found)
    }

    /// Walks until everything left is reachable from the tip and from every head. Exact whatever
    /// the dates: a commit stays unvisited only where all of them reach it.
    fn reach(&self, tip: Oid, heads: &[Oid]) -> Result<HashMap<Oid, u64>> {
        let mut reached = Reached {
            flags: HashMap::new(),
            heap: BinaryHeap::new(),
            queued: HashSet::new(),
            all: (0..heads.len()).fold(TIP, |all, bit| all | 1 << bit),
            open: 0,
        };
        reached.add(tip, self.node(tip)?.date, TIP);
        for (bit, head) in heads.iter().enumerate() {
            reached.add(*head, self.node(*head)?.date, 1 << bit);
        }
        while reached.open > 0 {
            let Some((oid, flags)) = reached.pop() else {
                break;
            };
            for parent in &self.node(oid)?.parents {
                let node = self.parent_node(oid, *parent)?;
                reached.add(*parent, node.date, flags);
            }
        }
        Ok(reached.flags)
    }
}
