//! Walks over history on the stored parents of commits: no grafts, no replace refs, no
//! commit-graph file, and no answer that depends on the honesty of commit dates.

use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;

use super::{GitError, Result, Store};
use crate::change::Oid;

/// What a walk knows of a commit.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) tree: Oid,
    pub(super) parents: Vec<Oid>,
    pub(super) date: i64,
}

/// Commits kept in memory between walks.
const NODES: usize = 400_000;

/// Reachable from the first side.
const LEFT: u64 = 1;
/// Reachable from the second side.
const RIGHT: u64 = 2;
const BOTH: u64 = LEFT | RIGHT;

/// Commits to visit, newest committer date first. Each side of a walk is a bit.
struct Frontier {
    heap: BinaryHeap<(i64, Oid)>,
    flags: HashMap<Oid, u64>,
    queued: HashSet<Oid>,
    /// The bits of all sides.
    all: u64,
    /// Queued commits that are not yet known to be on every side.
    open: usize,
}

impl Frontier {
    fn new(all: u64) -> Self {
        Self {
            heap: BinaryHeap::new(),
            flags: HashMap::new(),
            queued: HashSet::new(),
            all,
            open: 0,
        }
    }

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

    fn newest(&self) -> Option<i64> {
        self.heap.peek().map(|(date, _)| *date)
    }
}

impl Store {
    pub(super) fn node(&self, oid: Oid) -> Result<Arc<Node>> {
        if let Some(node) = self.nodes.borrow().get(&oid) {
            return Ok(Arc::clone(node));
        }
        let skeleton = self.skeleton(oid)?;
        let node = Arc::new(Node {
            tree: skeleton.tree,
            parents: skeleton.parents,
            date: skeleton.date,
        });
        let mut nodes = self.nodes.borrow_mut();
        if nodes.len() >= NODES {
            nodes.clear();
        }
        nodes.insert(oid, Arc::clone(&node));
        Ok(node)
    }

    /// The node of a parent; where it is not here because the clone is shallow, the error says so.
    pub(super) fn parent_node(&self, child: Oid, parent: Oid) -> Result<Arc<Node>> {
        self.node(parent).map_err(|error| match error {
            GitError::ObjectMissing { .. } if self.shallow_edge().contains(&child) => {
                GitError::HistoryShallow { at: child }
            }
            error => error,
        })
    }

    /// Paints what is reachable from each side, by its bit, until only history that is common to all
    /// is left. Exact whatever the dates: a commit that is not on every side is visited with every
    /// side it is reachable from, since only commits on all of them may stay unvisited.
    pub(super) fn paint(&self, sides: &[(Oid, u64)]) -> Result<HashMap<Oid, u64>> {
        let all = sides.iter().fold(0, |all, (_, bit)| all | bit);
        let mut frontier = Frontier::new(all);
        for (oid, bit) in sides {
            frontier.add(*oid, self.node(*oid)?.date, *bit);
        }
        while frontier.open > 0 {
            let Some((oid, flags)) = frontier.pop() else {
                break;
            };
            for parent in &self.node(oid)?.parents {
                match self.parent_node(oid, *parent) {
                    Ok(node) => frontier.add(*parent, node.date, flags),
                    // Below a common commit everything is common: its absence decides nothing.
                    Err(_) if flags == all => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(frontier.flags)
    }

    /// Whether `ancestor` is reachable from `descendant` (a commit is its own ancestor).
    ///
    /// # Errors
    /// Where history is missing, shallow or corrupt before the answer is known.
    pub fn is_ancestor(&self, ancestor: Oid, descendant: Oid) -> Result<bool> {
        if ancestor == descendant {
            return Ok(true);
        }
        if let Some(base) = self.foreseen(ancestor, descendant) {
            return Ok(base == Some(ancestor));
        }
        let flags = self.paint(&[(ancestor, LEFT), (descendant, RIGHT)])?;
        Ok(flags.get(&ancestor) == Some(&BOTH))
    }

    /// The first-parent chain, newest first, from `from` on. It ends with `stop` where that is on
    /// the chain, else with the root commit.
    ///
    /// # Errors
    /// As [`Store::is_ancestor`].
    pub fn first_parent_chain(&self, from: Oid, stop: Option<Oid>) -> Result<Vec<Oid>> {
        let mut chain = vec![from];
        let mut at = from;
        let mut node = self.node(from)?;
        while Some(at) != stop {
            let Some(parent) = node.parents.first().copied() else {
                break;
            };
            node = self.parent_node(at, parent)?;
            chain.push(parent);
            at = parent;
        }
        Ok(chain)
    }

    /// The commits reachable from `include` and from none of `exclude`, parents before children
    /// (of unrelated ones the older first).
    ///
    /// # Errors
    /// As [`Store::is_ancestor`].
    pub fn commits_between(&self, exclude: &[Oid], include: Oid) -> Result<Vec<Oid>> {
        self.commits_from(exclude, &[include])
    }

    pub(super) fn commits_from(&self, exclude: &[Oid], include: &[Oid]) -> Result<Vec<Oid>> {
        let mut frontier = Frontier::new(BOTH);
        // Here RIGHT alone is as settled as BOTH: what is excluded stays excluded.
        for oid in exclude {
            frontier.add(*oid, self.node(*oid)?.date, BOTH);
        }
        for oid in include {
            frontier.add(*oid, self.node(*oid)?.date, LEFT);
        }
        let mut oldest = i64::MAX;
        loop {
            // With honest dates nothing excluded that is older than all found can reach them.
            let may_reach = frontier.newest().is_some_and(|date| date >= oldest);
            if frontier.open == 0 && !may_reach {
                break;
            }
            let Some((oid, flags)) = frontier.pop() else {
                break;
            };
            let node = self.node(oid)?;
            if flags != BOTH {
                oldest = oldest.min(node.date);
            }
            for parent in &node.parents {
                match self.parent_node(oid, *parent) {
                    Ok(node) => frontier.add(*parent, node.date, flags),
                    Err(_) if flags == BOTH => {}
                    Err(error) => return Err(error),
                }
            }
        }
        let found: HashSet<Oid> = frontier
            .flags
            .into_iter()
            .filter(|(_, flags)| *flags == LEFT)
            .map(|(oid, _)| oid)
            .collect();
        self.parents_first(&found)
    }

    /// Sorts a set of commits: parents before children, else by committer date, then by id.
    pub(super) fn parents_first(&self, set: &HashSet<Oid>) -> Result<Vec<Oid>> {
        let mut waiting: HashMap<Oid, usize> = HashMap::with_capacity(set.len());
        let mut children: HashMap<Oid, Vec<Oid>> = HashMap::new();
        let mut ready: BinaryHeap<std::cmp::Reverse<(i64, Oid)>> = BinaryHeap::new();
        for oid in set {
            let node = self.node(*oid)?;
            let parents: HashSet<Oid> = node
                .parents
                .iter()
                .filter(|parent| set.contains(parent))
                .copied()
                .collect();
            for parent in &parents {
                children.entry(*parent).or_default().push(*oid);
            }
            if parents.is_empty() {
                ready.push(std::cmp::Reverse((node.date, *oid)));
            }
            waiting.insert(*oid, parents.len());
        }
        let mut order = Vec::with_capacity(set.len());
        while let Some(std::cmp::Reverse((_, oid))) = ready.pop() {
            order.push(oid);
            for child in children.remove(&oid).unwrap_or_default() {
                if let Some(left) = waiting.get_mut(&child) {
                    *left -= 1;
                    if *left == 0 {
                        ready.push(std::cmp::Reverse((self.node(child)?.date, child)));
                    }
                }
            }
        }
        Ok(order)
    }

    /// The number of commits in `base..head` that are no merges, as
    /// `git rev-list --count --no-merges base..head` counts them.
    ///
    /// # Errors
    /// As [`Store::is_ancestor`].
    pub fn count_no_merges(&self, base: Oid, head: Oid) -> Result<u64> {
        let mut count = 0;
        for oid in self.commits_between(&[base], head)? {
            count += u64::from(self.node(oid)?.parents.len() < 2);
        }
        Ok(count)
    }

    /// The number of commits in `base..head`, merges included.
    ///
    /// # Errors
    /// As [`Store::is_ancestor`].
    pub fn count_commits(&self, base: Oid, head: Oid) -> Result<u64> {
        Ok(self.commits_between(&[base], head)?.len() as u64)
    }
}
