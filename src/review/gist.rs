//! The costly part of a row: content digest, sizes and assessment of a revision, kept in a cache by
//! what they are made from. Deleting the cache is always safe; a damaged entry is made again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use crate::change::{Oid, Sha256};
use crate::diff::FileDiff;
use crate::evidence::HISTORY_FORMAT;
use crate::risk::{Assessment, HistoryStats, Level, rules_digest};
use crate::verdict::Content;

/// What a row needs of a revision's diff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gist {
    content: Sha256,
    content_files: u64,
    /// Files changed, a rename being one.
    pub files: usize,
    /// Lines added.
    pub added: usize,
    /// Lines removed.
    pub removed: usize,
    /// The level as assessed, before `risk.critical`.
    pub assessed: Level,
    /// 0 to 100.
    pub likelihood: u32,
    /// 0 to 3.
    pub impact: u32,
    /// What reading takes.
    pub cost: u32,
    /// The queue key, in thousandths.
    pub key: i64,
    /// Number of findings.
    pub findings: usize,
    /// Ids of the findings of severity 3.
    pub severity3: BTreeSet<String>,
    /// Ids of the findings for contents nobody can read.
    pub unreviewable: BTreeSet<String>,
}

impl Gist {
    /// The gist of a diff. The level must be the assessed one.
    pub(super) fn of(content: Content, files: &[FileDiff], assessment: &Assessment) -> Self {
        let severe = assessment
            .findings
            .iter()
            .filter(|finding| finding.severity == 3);
        let unreadable = assessment.unreadable.iter();
        Self {
            content: content.sha256,
            content_files: content.files,
            files: files.len(),
            added: files.iter().map(|file| file.added).sum(),
            removed: files.iter().map(|file| file.removed).sum(),
            assessed: assessment.level,
            likelihood: u32::from(assessment.likelihood),
            impact: u32::from(assessment.impact),
            cost: assessment.cost,
            key: assessment.key.as_milli(),
            findings: assessment.findings.len(),
            severity3: severe.map(|finding| finding.id.clone()).collect(),
            unreviewable: unreadable.map(|content| content.finding.clone()).collect(),
        }
    }

    /// The content digest.
    pub const fn content(&self) -> Content {
        Content {
            sha256: self.content,
            files: self.content_files,
        }
    }
}

/// The folder of gists.
#[derive(Debug, Clone, Default)]
pub struct GistCache {
    dir: Option<PathBuf>,
}

/// What a gist is made from; another value of any part is another gist.
#[derive(Debug, Clone, Copy)]
pub(super) struct GistKey<'a> {
    pub(super) base: Oid,
    pub(super) head: Oid,
    pub(super) title: &'a str,
    pub(super) policy: Option<Sha256>,
    /// Whether it is marked: then nobody's own history speaks for it. Records may come later.
    pub(super) ai: bool,
    pub(super) history: Counted,
}

/// Which history statistics an assessment rests on. Those that were counted are the same for the
/// same base, whoever counted them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// None were there yet.
    Not,
    /// Part of the history is not here.
    CutShort,
    /// Those of the base.
    Whole,
}

impl Counted {
    pub(super) fn of(history: Option<&HistoryStats>) -> Self {
        match history {
            None => Self::Not,
            Some(stats) if stats.cut_short => Self::CutShort,
            Some(_) => Self::Whole,
        }
    }
}

/// A new number for each change of what a gist holds.
const FORMAT: &[u8] = b"countersign.gist.v3\0";

impl GistCache {
    /// A cache in this folder, or none at all.
    pub fn new(dir: Option<&Path>) -> Self {
        Self {
            dir: dir.map(|dir| dir.join("gist")),
        }
    }

    /// Whether there is a folder to keep gists in.
    pub(super) const fn keeps(&self) -> bool {
        self.dir.is_some()
    }

    /// The gist kept for this key.
    pub(super) fn get(&self, key: GistKey<'_>) -> Option<Gist> {
        let bytes = std::fs::read(self.path(key)?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Keeps a gist, and says whether it is kept. What is not is made again next time: no failure.
    pub(super) fn put(&self, key: GistKey<'_>, gist: &Gist) -> bool {
        let Some(path) = self.path(key) else {
            return false;
        };
        let Some(dir) = path.parent() else {
            return false;
        };
        let written = || -> std::io::Result<()> {
            std::fs::create_dir_all(dir)?;
            let mut file = tempfile::NamedTempFile::new_in(dir)?;
            serde_json::to_writer(&mut file, gist)?;
            file.persist(&path).map_err(|error| error.error)?;
            Ok(())
        };
        let written = written();
        if let Err(error) = &written {
            tracing::debug!("cannot keep {}: {error}", path.display());
        }
        written.is_ok()
    }

    fn path(&self, key: GistKey<'_>) -> Option<PathBuf> {
        let dir = self.dir.as_ref()?;
        let mut hash = sha2::Sha256::new();
        hash.update(FORMAT);
        hash.update(key.base.as_bytes());
        hash.update(key.head.as_bytes());
        hash.update(rules_digest().as_bytes());
        hash.update(key.policy.map_or([0; 32], |digest| *digest.as_bytes()));
        hash.update([u8::from(key.ai), key.history as u8]);
        hash.update((HISTORY_FORMAT.len() as u64).to_be_bytes());
        hash.update(HISTORY_FORMAT);
        hash.update(key.title.as_bytes());
        let name = Sha256::from_bytes(hash.finalize().into()).to_string();
        Some(dir.join(&name[..2]).join(&name[2..]))
    }
}
