//! The changes of a history that were undone or fixed last, with the files they had changed.

use std::collections::{BTreeSet, VecDeque};

use super::codec::{Reader, Writer};
use crate::change::{Oid, RepoPath};
use crate::risk::{UNDONE_LATELY, UndoneChange};

/// Characters of a subject line that are kept.
const TITLE: usize = 60;

/// The last of them, in the order in which they were undone.
#[derive(Debug, Clone, Default)]
pub(super) struct Lately(VecDeque<Undone>);

#[derive(Debug, Clone)]
struct Undone {
    oid: Oid,
    title: String,
    paths: BTreeSet<RepoPath>,
}

impl Lately {
    /// Adds one that was undone now.
    pub(super) fn add(&mut self, oid: Oid, subject: &str, paths: BTreeSet<RepoPath>) {
        if paths.is_empty() {
            return;
        }
        if self.0.len() == UNDONE_LATELY {
            self.0.pop_front();
        }
        let mut title: String = subject.chars().take(TITLE).collect();
        if title.len() < subject.len() {
            title.push('…');
        }
        self.0.push_back(Undone { oid, title, paths });
    }

    /// Those that changed one of these paths.
    pub(super) fn about(&self, asked: &BTreeSet<RepoPath>) -> Vec<UndoneChange> {
        let all = self.0.iter().map(|undone| UndoneChange {
            oid: undone.oid,
            title: undone.title.clone(),
            files: undone.paths.len() as u32,
            again: undone.paths.intersection(asked).cloned().collect(),
        });
        all.filter(|undone| !undone.again.is_empty()).collect()
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.size(self.0.len());
        for undone in &self.0 {
            out.oid(undone.oid);
            out.bytes(undone.title.as_bytes());
            out.paths(&undone.paths);
        }
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let count = from.count()?.min(UNDONE_LATELY);
        let all = (0..count).map(|_| {
            Some(Undone {
                oid: from.oid()?,
                title: from.text()?,
                paths: from.paths()?,
            })
        });
        all.collect::<Option<_>>().map(Self)
    }
}
