//! The trees on both sides of an example: what its lines give of each file.

use std::collections::BTreeMap;

use super::{Entry, EntryKind, Tree, Unseen};
use crate::change::RepoPath;
use crate::diff::{FileDiff, LineKind};

/// One side of an example: its paths and their content.
pub(super) struct ExampleTree(BTreeMap<RepoPath, Vec<u8>>);

impl ExampleTree {
    /// The side of which lines of the kind `other` are no part.
    pub(super) fn without<'a>(other: LineKind, files: impl Iterator<Item = &'a FileDiff>) -> Self {
        let is_new = other == LineKind::Removed;
        let side = |file: &'a FileDiff| if is_new { &file.new } else { &file.old };
        let content = |file: &FileDiff| {
            let mut lines: Vec<&[u8]> = Vec::new();
            for line in file.hunks().iter().flat_map(|hunk| &hunk.lines) {
                if line.kind != other {
                    let number = if is_new { line.new } else { line.old };
                    // Between hunks are lines that the example leaves out.
                    let before = (number.unwrap_or(1) as usize).saturating_sub(1);
                    lines.resize(before.max(lines.len()), b"");
                    lines.push(&line.bytes);
                }
            }
            lines.join(&b'\n')
        };
        Self(
            files
                .filter_map(|file| Some((side(file).as_ref()?.path.clone(), content(file))))
                .collect(),
        )
    }
}

impl Tree for ExampleTree {
    fn read(&self, path: &RepoPath, most: u64) -> Result<Option<Vec<u8>>, Unseen> {
        let content = self.0.get(path);
        let fits = content.is_none_or(|content| content.len() as u64 <= most);
        fits.then(|| content.cloned()).ok_or(Unseen)
    }

    fn list(&self, folder: &RepoPath) -> Result<Option<Vec<Entry>>, Unseen> {
        let mut entries: BTreeMap<&[u8], EntryKind> = BTreeMap::new();
        for path in self.0.keys() {
            let below = match folder.as_bytes() {
                b"" => Some(path.as_bytes()),
                name => path
                    .as_bytes()
                    .strip_prefix(name)
                    .and_then(|rest| rest.strip_prefix(b"/")),
            };
            let Some(below) = below else { continue };
            let (name, kind) = match below.iter().position(|b| *b == b'/') {
                Some(slash) => (&below[..slash], EntryKind::Folder),
                None => (below, EntryKind::File),
            };
            entries.insert(name, kind);
        }
        let entries = entries.into_iter().map(|(name, kind)| Entry {
            name: name.to_vec(),
            kind,
        });
        Ok(Some(entries.collect()))
    }
}
