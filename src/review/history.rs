//! The history statistics kept between runs: tallies of whole histories, and what they said of one
//! change. Deleting any of it is always safe: it is counted again.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::Digest as _;

use crate::change::{Oid, Sha256};
use crate::evidence::{Ask, HISTORY_FORMAT, Histories, Shelf, stats_from_bytes, stats_to_bytes};
use crate::git::GitError;
use crate::risk::HistoryStats;

use super::Session;

/// Tallies kept; the oldest go first.
const TALLIES: usize = 12;
/// A tally larger than this is not read back.
const LARGEST: u64 = 1 << 30;

/// The folder of what was counted, and what was asked in this session.
#[derive(Debug, Default)]
pub struct HistoryCache {
    dir: Option<PathBuf>,
    asked: RefCell<HashMap<Sha256, HistoryStats>>,
}

impl HistoryCache {
    /// A cache in this folder, or for this session only.
    pub fn new(dir: Option<&Path>) -> Self {
        Self {
            dir: dir.map(|dir| dir.join("history")),
            asked: RefCell::default(),
        }
    }

    /// What was counted for this question before.
    pub(super) fn get(&self, ask: &Ask) -> Option<HistoryStats> {
        let key = key(ask);
        if let Some(stats) = self.asked.borrow().get(&key) {
            return Some(stats.clone());
        }
        let bytes = std::fs::read(self.asked_path(&key)?).ok()?;
        stats_from_bytes(&bytes)
    }

    fn put(&self, ask: &Ask, stats: &HistoryStats) {
        let key = key(ask);
        self.asked.borrow_mut().insert(key, stats.clone());
        // What is not here today may be fetched tomorrow.
        if !stats.cut_short
            && let Some(path) = self.asked_path(&key)
        {
            write(&path, &stats_to_bytes(stats));
        }
    }

    fn asked_path(&self, key: &Sha256) -> Option<PathBuf> {
        let name = key.to_string();
        let dir = self.dir.as_ref()?.join("asked");
        Some(dir.join(&name[..2]).join(&name[2..]))
    }

    fn tally_path(&self, head: Oid) -> Option<PathBuf> {
        Some(self.dir.as_ref()?.join("tally").join(head.to_string()))
    }

    /// The tallies with the time they were kept.
    fn tallies(&self) -> Vec<(SystemTime, PathBuf, Oid)> {
        let dir = self.dir.as_ref().map(|dir| dir.join("tally"));
        let found = dir.and_then(|dir| std::fs::read_dir(dir).ok());
        let found = found.into_iter().flatten().flatten().filter_map(|entry| {
            let head = entry.file_name().to_str()?.parse().ok()?;
            let used = entry.metadata().ok()?.modified().ok()?;
            Some((used, entry.path(), head))
        });
        found.collect()
    }
}

impl Shelf for HistoryCache {
    fn heads(&self) -> Vec<Oid> {
        self.tallies()
            .into_iter()
            .map(|(_, _, head)| head)
            .collect()
    }

    fn load(&self, head: Oid) -> Option<Vec<u8>> {
        let path = self.tally_path(head)?;
        let is_small = std::fs::metadata(&path).ok()?.len() <= LARGEST;
        is_small.then(|| std::fs::read(path).ok()).flatten()
    }

    fn keep(&self, head: Oid, bytes: &[u8]) {
        let Some(path) = self.tally_path(head) else {
            return;
        };
        write(&path, bytes);
        let mut tallies = self.tallies();
        tallies.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        for (_, old, _) in tallies.into_iter().skip(TALLIES) {
            let _ = std::fs::remove_file(old);
        }
    }
}

/// Writes a file whole or not at all. What cannot be kept is counted again: no failure.
fn write(path: &Path, bytes: &[u8]) {
    let written = || -> std::io::Result<()> {
        let Some(dir) = path.parent() else {
            return Ok(());
        };
        std::fs::create_dir_all(dir)?;
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        std::io::Write::write_all(&mut file, bytes)?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    if let Err(error) = written() {
        tracing::debug!("cannot keep {}: {error}", path.display());
    }
}

/// A question by everything the answer depends on.
fn key(ask: &Ask) -> Sha256 {
    let mut hash = sha2::Sha256::new();
    hash.update(HISTORY_FORMAT);
    hash.update(ask.base.map_or([0; 20], |base| *base.as_bytes()));
    let people = ask.people.iter().map(|email| email.as_bytes());
    let paths = ask.paths.iter().map(|path| path.as_bytes());
    for (count, fields) in [
        (ask.people.len(), people.collect::<Vec<_>>()),
        (ask.paths.len(), paths.collect()),
    ] {
        hash.update((count as u64).to_be_bytes());
        for field in fields {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field);
        }
    }
    Sha256::from_bytes(hash.finalize().into())
}

impl Session {
    /// The history statistics for each question, in that order; none where more than `effort`
    /// commits would have to be read that were not before.
    ///
    /// # Errors
    /// Where an object is corrupt.
    pub fn histories_of(
        &self,
        asks: &[Ask],
        effort: usize,
    ) -> Result<Vec<Option<HistoryStats>>, GitError> {
        let mut answers: Vec<Option<HistoryStats>> =
            asks.iter().map(|ask| self.histories.get(ask)).collect();
        let open: Vec<usize> = (0..asks.len())
            .filter(|at| answers[*at].is_none())
            .collect();
        let Some(first) = open.iter().find_map(|at| asks[*at].base) else {
            return Ok(answers
                .into_iter()
                .map(|answer| Some(answer.unwrap_or_default()))
                .collect());
        };
        let trunk = self.trunk()?.unwrap_or(first);
        let questions: Vec<Ask> = open.iter().map(|at| asks[*at].clone()).collect();
        let found = Histories::new(&self.store, &self.histories, effort).read(trunk, &questions)?;
        for ((at, ask), stats) in open.into_iter().zip(&questions).zip(found) {
            if let Some(stats) = &stats {
                self.histories.put(ask, stats);
            }
            answers[at] = stats;
        }
        Ok(answers)
    }

    /// Counts the history of the default target and keeps that, so that the next look at the queue
    /// has little left to count. Nothing is lost where it does not work out.
    pub fn count_ahead(&self, effort: usize) {
        let counted = || -> Result<(), GitError> {
            if let Some(tip) = self.trunk()?.filter(|_| self.histories.dir.is_some()) {
                let ask = Ask {
                    base: Some(tip),
                    paths: BTreeSet::new(),
                    people: Vec::new(),
                };
                Histories::new(&self.store, &self.histories, effort).read(tip, &[ask])?;
            }
            Ok(())
        };
        if let Err(error) = counted() {
            tracing::debug!("cannot count the history: {error}");
        }
    }

    /// The tip that most bases lead to: the default target's, or what is checked out.
    fn trunk(&self) -> Result<Option<Oid>, GitError> {
        let branch = self.first_branch()?;
        let tip = branch.map(|branch| self.target_tip(&branch)).transpose()?;
        Ok(tip.flatten())
    }
}
