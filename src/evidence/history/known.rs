//! The commits of a history that a later message may name: by id, by title, by the number of a pull
//! request.

use std::collections::{BTreeMap, HashMap};

use super::codec::{Reader, Writer, fnv};
use crate::change::{Commit, Oid};
use crate::risk::{Undoes, pull_of};

/// A revert by title means a commit of at most this age, in seconds.
const TITLE_AGE: i64 = 730 * 86_400;

/// One commit.
#[derive(Debug, Clone, Copy)]
struct Known {
    oid: Oid,
    /// Committer date, seconds.
    date: i64,
    title: u64,
    /// The title without the number of its pull request, and that number.
    pull: Option<(u64, u64)>,
    is_merge: bool,
    is_undone: bool,
}

/// All of them, in the order in which they were read.
#[derive(Debug, Clone, Default)]
pub(super) struct Commits {
    all: Vec<Known>,
    by_oid: BTreeMap<Oid, u32>,
    by_title: HashMap<u64, Vec<u32>>,
    by_pull: HashMap<u64, Vec<u32>>,
}

/// A commit that a message names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// One that is no merge.
    Plain(Oid),
    /// A merge: what it brought in is meant.
    Merge(Oid),
}

impl Commits {
    pub(super) fn contains(&self, oid: Oid) -> bool {
        self.by_oid.contains_key(&oid)
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn is_merge(&self, oid: Oid) -> Option<bool> {
        let index = self.by_oid.get(&oid)?;
        Some(self.all.get(*index as usize)?.is_merge)
    }

    /// Adds a commit to those that later messages may name.
    pub(super) fn add(&mut self, commit: &Commit) {
        let title = commit.subject();
        self.push(Known {
            oid: commit.oid,
            date: commit.committer.when.as_second(),
            title: fnv(title.as_bytes()),
            pull: pull_of(title).map(|(bare, number)| (fnv(bare.as_bytes()), number)),
            is_merge: commit.parents.len() > 1,
            is_undone: false,
        });
    }

    fn push(&mut self, known: Known) {
        let index = self.all.len() as u32;
        self.by_oid.insert(known.oid, index);
        if !known.is_merge {
            self.by_title.entry(known.title).or_default().push(index);
            if let Some((bare, number)) = known.pull {
                if bare != known.title {
                    self.by_title.entry(bare).or_default().push(index);
                }
                self.by_pull.entry(number).or_default().push(index);
            }
        }
        self.all.push(known);
    }

    /// Marks a commit as undone; whether it was not yet.
    pub(super) fn mark(&mut self, oid: Oid) -> bool {
        let known = self.by_oid.get(&oid).copied();
        let known = known.and_then(|index| self.all.get_mut(index as usize));
        known.is_some_and(|known| !std::mem::replace(&mut known.is_undone, true))
    }

    /// The commits that the message of a commit of this date undoes or repairs.
    pub(super) fn named(&self, said: &Undoes, date: i64) -> Vec<Named> {
        let mut named: Vec<Named> = said.reverts.iter().filter_map(|id| self.find(id)).collect();
        let mut hit = !named.is_empty();
        if let Some(title) = said.title.as_ref().filter(|_| !hit) {
            let known = self.by_title.get(&fnv(title.as_bytes()));
            let recent = known.into_iter().flatten().filter(|index| {
                let age = self.all.get(**index as usize).map(|k| date - k.date);
                age.is_some_and(|age| (0..TITLE_AGE).contains(&age))
            });
            let only = self.only(recent.copied());
            hit = only.is_some();
            named.extend(only);
        }
        if !hit {
            let only = said.pulls.iter().filter_map(|number| {
                let known = self.by_pull.get(number)?;
                self.only(known.iter().copied())
            });
            named.extend(only);
        }
        let repaired = said.repairs.iter().filter_map(|id| self.find(id));
        named.extend(repaired.filter(|named| matches!(named, Named::Plain(_))));
        named
    }

    /// The commit of an index, where there is exactly one.
    fn only(&self, mut found: impl Iterator<Item = u32>) -> Option<Named> {
        let index = found.next()?;
        match found.next() {
            None => Some(Named::Plain(self.all.get(index as usize)?.oid)),
            Some(_) => None,
        }
    }

    /// The commit of an id, whole or so much of it that it is the only one.
    fn find(&self, id: &str) -> Option<Named> {
        let from: Oid = format!("{id:0<40}").to_ascii_lowercase().parse().ok()?;
        let id = id.to_ascii_lowercase();
        let mut found = self
            .by_oid
            .range(from..)
            .take_while(|(oid, _)| oid.to_string().starts_with(&id));
        let (oid, index) = found.next()?;
        if found.next().is_some() {
            return None;
        }
        let known = self.all.get(*index as usize)?;
        Some(match known.is_merge {
            true => Named::Merge(*oid),
            false => Named::Plain(*oid),
        })
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.size(self.all.len());
        for known in &self.all {
            out.oid(known.oid);
            out.word(known.date as u64);
            out.word(known.title);
            let pull = known.pull.filter(|_| !known.is_merge);
            let flag = |flag: bool, bit: u64| if flag { bit } else { 0 };
            let flags = flag(known.is_merge, 1) | flag(known.is_undone, 2);
            out.int(flags | flag(pull.is_some(), 4));
            if let Some((bare, number)) = pull {
                out.word(bare);
                out.int(number);
            }
        }
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let mut commits = Self::default();
        for _ in 0..from.count()? {
            let (oid, date, title, flags) = (from.oid()?, from.word()?, from.word()?, from.int()?);
            let pull = match flags & 4 {
                0 => None,
                _ => Some((from.word()?, from.int()?)),
            };
            commits.push(Known {
                oid,
                date: date as i64,
                title,
                pull,
                is_merge: flags & 1 != 0,
                is_undone: flags & 2 != 0,
            });
        }
        Some(commits)
    }
}
