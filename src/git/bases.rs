//! Merge bases, one or many with one tip in a single walk: a long queue asks for a thousand, and one
//! by one each would go over the same part of the target again.

use std::collections::HashMap;

use super::{Result, Store};
use crate::change::Oid;

/// Reachable from the tip. The other bits are one for each commit that is asked for.
const TIP: u64 = 1 << 63;
/// Commits that one walk answers for.
const AT_ONCE: usize = 63;

impl Store {
    /// The merge base of two commits: of several the one with the newest committer date, then the
    /// smallest id; none where the histories are unrelated.
    ///
    /// # Errors
    /// As [`Store::is_ancestor`].
    pub fn merge_base(&self, one: Oid, other: Oid) -> Result<Option<Oid>> {
        if one == other {
            return Ok(Some(one));
        }
        if let Some(base) = self.foreseen(one, other) {
            return Ok(base);
        }
        Ok(self.bases_of(other, &[one])?.pop().flatten())
    }

    /// Finds the merge bases of these commits with a tip and remembers them for
    /// [`Store::merge_base`] and [`Store::is_ancestor`], which give the same answers without. What
    /// cannot be found here (history that is missing) is left to them, who say why.
    pub fn foresee_bases(&self, tip: Oid, heads: &[Oid]) {
        for some in heads.chunks(AT_ONCE) {
            if let Ok(found) = self.bases_of(tip, some) {
                let pairs = some.iter().map(|head| (*head, tip));
                self.bases.borrow_mut().extend(pairs.zip(found));
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

    /// The merge base of each head (at most [`AT_ONCE`]) with the tip.
    fn bases_of(&self, tip: Oid, heads: &[Oid]) -> Result<Vec<Option<Oid>>> {
        let bits = heads
            .iter()
            .enumerate()
            .map(|(bit, head)| (*head, 1 << bit));
        let sides: Vec<(Oid, u64)> = [(tip, TIP)].into_iter().chain(bits).collect();
        let mut flags = self.paint(&sides)?;
        flags.retain(|_, flags| *flags & TIP != 0);
        // A common commit whose child is common too is no merge base.
        let mut below: HashMap<Oid, u64> = HashMap::new();
        for (oid, flags) in &flags {
            for parent in &self.node(*oid)?.parents {
                *below.entry(*parent).or_default() |= flags;
            }
        }
        let mut candidates = vec![Vec::new(); heads.len()];
        for (oid, flags) in &flags {
            let covered = below.get(oid).copied().unwrap_or(0);
            let mut bits = flags & !covered & !TIP;
            while bits != 0 {
                if let Some(of_head) = candidates.get_mut(bits.trailing_zeros() as usize) {
                    of_head.push(*oid);
                }
                bits &= bits - 1;
            }
        }
        candidates
            .into_iter()
            .map(|candidates| self.best_base(&candidates))
            .collect()
    }

    /// The best of common commits none of which is a parent of another one of them.
    fn best_base(&self, common: &[Oid]) -> Result<Option<Oid>> {
        let mut best: Vec<(i64, Oid)> = Vec::new();
        for oid in common {
            best.push((self.node(*oid)?.date, *oid));
        }
        best.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, oid) in &best {
            let mut maximal = true;
            for (_, other) in &best {
                if oid != other && self.is_ancestor(*oid, *other)? {
                    maximal = false;
                    break;
                }
            }
            if maximal {
                return Ok(Some(*oid));
            }
        }
        Ok(None)
    }
}
