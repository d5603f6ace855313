//! Names of hunks, under which the marks of what was seen are kept.

use std::collections::HashMap;

use sha2::Digest as _;

use crate::change::{RepoPath, Sha256};
use crate::diff::{FileDiff, Hunk};

/// A name for each hunk that stays while its content does: path and lines, no numbers; of equal
/// hunks of a file also which of them it is, for one that was seen says nothing of the others.
pub(super) fn digests(files: &[FileDiff]) -> HashMap<(RepoPath, usize), Sha256> {
    let mut out = HashMap::new();
    for file in files {
        let mut equal: HashMap<Sha256, u64> = HashMap::new();
        for (index, hunk) in file.hunks().iter().enumerate() {
            let content = digest(file.path(), hunk, 0);
            let before = equal.entry(content).or_default();
            let name = match *before {
                0 => content,
                nth => digest(file.path(), hunk, nth),
            };
            *before += 1;
            out.insert((file.path().clone(), index), name);
        }
    }
    out
}

fn digest(path: &RepoPath, hunk: &Hunk, nth: u64) -> Sha256 {
    let mut hash = sha2::Sha256::new();
    let mut field = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    field(b"countersign.hunk.v1");
    field(path.as_bytes());
    for line in &hunk.lines {
        field(match line.kind {
            crate::diff::LineKind::Context => b" ",
            crate::diff::LineKind::Added => b"+",
            crate::diff::LineKind::Removed => b"-",
        });
        field(&line.bytes);
    }
    if nth > 0 {
        field(&nth.to_be_bytes());
    }
    Sha256::from_bytes(hash.finalize().into())
}
