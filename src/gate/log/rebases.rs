//! Rewrites of the notes' history that policy owners consent to: who had seen the old history is
//! answered by the new one. It is a word on the history alone; a statement that was lost on the way
//! and that a counted approval had seen is missing as before.

use std::collections::HashSet;

use crate::change::Oid;

use super::Log;

impl Log<'_> {
    /// Whether a commit of an old history is answered by the one presented here: a rewrite that was
    /// agreed to starts at it or, as far as the old history can be read here, later; and leads into
    /// the presented history, at once or by further rewrites.
    pub(super) fn is_carried(&self, seen: Oid) -> bool {
        let mut used = HashSet::new();
        let mut open = vec![seen];
        while let Some(at) = open.pop() {
            for (index, (from, to)) in self.rewrites.iter().enumerate() {
                if used.contains(&index) || !self.is_part_of(at, *from) {
                    continue;
                }
                if self.commits.contains(to) {
                    return true;
                }
                used.insert(index);
                open.push(*to);
            }
        }
        false
    }

    /// Whether a commit is `tip` or in its history. What cannot be read here is not.
    fn is_part_of(&self, commit: Oid, tip: Oid) -> bool {
        commit == tip || self.store.contains_commit(tip, commit).unwrap_or(false)
    }
}
