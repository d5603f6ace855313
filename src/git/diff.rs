//! File diffs: what a person reads of a change. Raw blobs only: no attribute, textconv or external
//! program can hide or change a line.

use std::collections::HashMap;

use git2::{DiffLineType, ObjectType, Patch};

use super::objects::read;
use super::renames::{Pair, Renames};
use super::{GitError, Leaf, Result, Store};
use crate::change::RepoPath;
use crate::diff::facts::Facts;
use crate::diff::{Body, FileDiff, FileSide, FileStatus, Hunk, Line, LineKind, Mode};

/// Larger sides are not shown line by line.
pub(super) const SIDE_CAP: u64 = 16 << 20;
/// Sides of more lines are not shown line by line.
const LINES_CAP: usize = 1_000_000;
/// Git's own rule: a NUL in so many first bytes makes a file binary.
const BINARY_PROBE: usize = 8_000;
/// So many bytes of a symbolic link's target are kept: more than any file system follows.
const TARGET_CAP: usize = 4_096;

/// How a change is shown. None of it has any bearing on digests or coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiffOptions {
    /// Lines of context around changes.
    pub context_lines: u32,
    /// Hides changes of white space alone.
    pub ignore_whitespace: bool,
}

impl Default for DiffOptions {
    fn default() -> Self {
        Self {
            context_lines: 3,
            ignore_whitespace: false,
        }
    }
}

/// What comes of a file whose content is not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// There is no answer.
    Fails,
    /// The answer says so.
    IsSaid,
}

impl Store {
    /// The files that differ between two trees, renames found, by path; every body that can be
    /// shown line by line is an empty text, to be filled by [`Store::file_hunks`].
    ///
    /// # Errors
    /// As [`Store::tree_changes`], and where a blob is missing.
    pub fn diff_files(
        &self,
        old_tree: crate::change::Oid,
        new_tree: crate::change::Oid,
    ) -> Result<Vec<FileDiff>> {
        self.files_between(old_tree, new_tree, Missing::Fails)
    }

    fn files_between(
        &self,
        old_tree: crate::change::Oid,
        new_tree: crate::change::Oid,
        missing: Missing,
    ) -> Result<Vec<FileDiff>> {
        let changes = self.tree_changes(old_tree, new_tree)?;
        let mut renames = Renames::new(self, changes);
        renames.find()?;
        let mut files = Vec::new();
        for pair in renames.into_pairs() {
            for pair in split_submodules(pair) {
                files.push(self.file(pair, missing)?);
            }
        }
        name_copies(&mut files);
        Ok(files)
    }

    /// The files that differ between two trees, with their hunks.
    ///
    /// # Errors
    /// As [`Store::diff_files`].
    pub fn diff(
        &self,
        old_tree: crate::change::Oid,
        new_tree: crate::change::Oid,
        options: &DiffOptions,
    ) -> Result<Vec<FileDiff>> {
        let mut files = self.diff_files(old_tree, new_tree)?;
        for file in &mut files {
            self.load_hunks(file, options)?;
        }
        Ok(files)
    }

    /// As [`Store::diff`], but a file whose content was not fetched (a partial clone) has the body
    /// [`Body::Missing`]. For reports; nothing may be signed or let through on what was not read.
    ///
    /// # Errors
    /// As [`Store::tree_changes`], and where a blob is corrupt.
    pub fn diff_of_what_is_here(
        &self,
        old_tree: crate::change::Oid,
        new_tree: crate::change::Oid,
        options: &DiffOptions,
    ) -> Result<Vec<FileDiff>> {
        let mut files = self.files_between(old_tree, new_tree, Missing::IsSaid)?;
        for file in &mut files {
            self.load_hunks(file, options)?;
        }
        Ok(files)
    }

    /// Fills in the body of a file and its counts of lines.
    ///
    /// # Errors
    /// Where a blob is missing or corrupt.
    pub fn load_hunks(&self, file: &mut FileDiff, options: &DiffOptions) -> Result<()> {
        if !matches!(file.body, Body::Text(_) | Body::LfsPointer(_)) {
            return Ok(());
        }
        let old = self.side_bytes(file.old.as_ref())?;
        let new = self.side_bytes(file.new.as_ref())?;
        fill(file, body(&old, &new, options)?);
        learn(file.old.as_mut(), &old);
        learn(file.new.as_mut(), &new);
        Ok(())
    }

    /// What there is to show of one file of [`Store::diff_files`].
    ///
    /// # Errors
    /// Where a blob is missing or corrupt.
    pub fn file_hunks(&self, file: &FileDiff, options: &DiffOptions) -> Result<Body> {
        if !matches!(file.body, Body::Text(_) | Body::LfsPointer(_)) {
            return Ok(file.body.clone());
        }
        let old = self.side_bytes(file.old.as_ref())?;
        let new = self.side_bytes(file.new.as_ref())?;
        body(&old, &new, options)
    }

    pub(super) fn side_bytes(&self, side: Option<&FileSide>) -> Result<Vec<u8>> {
        match side {
            None => Ok(Vec::new()),
            Some(side) => {
                let odb = self.odb()?;
                let blob = read(&odb, side.id, ObjectType::Blob, SIDE_CAP)?;
                Ok(blob.data().to_vec())
            }
        }
    }

    fn file(&self, pair: Pair, missing: Missing) -> Result<FileDiff> {
        let mut is_missing = false;
        let mut side = |half: Option<(RepoPath, Leaf)>| -> Result<Option<FileSide>> {
            half.map(|(path, leaf)| {
                let size = match leaf.mode {
                    Mode::Submodule => 0,
                    _ => match (self.blob_size(leaf.oid), missing) {
                        (Err(GitError::ObjectMissing { .. }), Missing::IsSaid) => {
                            is_missing = true;
                            0
                        }
                        (size, _) => size?,
                    },
                };
                Ok(FileSide {
                    path,
                    mode: leaf.mode,
                    id: leaf.oid,
                    size,
                    facts: Default::default(),
                })
            })
            .transpose()
        };
        let mut file = between(side(pair.old)?, side(pair.new)?, pair.similarity);
        if is_missing {
            file.body = Body::Missing;
        }
        Ok(file)
    }
}

/// Says of each new file where its content comes from, where another file of the change had that
/// very content before. Copies of files that the change leaves alone are not looked for.
fn name_copies(files: &mut [FileDiff]) {
    let old = files.iter().filter_map(|file| file.old.as_ref());
    let known: HashMap<crate::change::Oid, RepoPath> = old
        .filter(|side| side.size > 0 && is_plain(side.mode))
        .map(|side| (side.id, side.path.clone()))
        .collect();
    for file in files.iter_mut().filter(|file| file.old.is_none()) {
        if let Some(new) = file.new.as_mut().filter(|side| is_plain(side.mode)) {
            new.facts.copied_from = known.get(&new.id).cloned();
        }
    }
}

/// Gives a file its body, and the counts of its lines.
pub(super) fn fill(file: &mut FileDiff, body: Body) {
    file.body = body;
    let count = |kind| {
        file.hunks()
            .iter()
            .flat_map(|hunk| &hunk.lines)
            .filter(|line| line.kind == kind)
            .count()
    };
    (file.added, file.removed) = (count(LineKind::Added), count(LineKind::Removed));
}

/// Keeps what the bytes of a side tell beyond its lines.
pub(super) fn learn(side: Option<&mut FileSide>, bytes: &[u8]) {
    let Some(side) = side else { return };
    side.facts = Facts {
        copied_from: side.facts.copied_from.take(),
        ..Facts::of(bytes, !is_binary(bytes))
    };
    if side.mode == Mode::Symlink {
        let target = bytes.get(..TARGET_CAP).unwrap_or(bytes);
        side.facts.leads_to = Some(target.to_vec());
    }
}

/// A file between two leaves. A body that can be shown line by line is an empty text.
pub(super) fn between(
    old: Option<FileSide>,
    new: Option<FileSide>,
    similarity: Option<u16>,
) -> FileDiff {
    let status = match (&old, &new) {
        (Some(_), None) => FileStatus::Deleted,
        (Some(old), Some(new)) => match similarity {
            Some(similarity) => FileStatus::Renamed { similarity },
            None if is_plain(old.mode) != is_plain(new.mode) => FileStatus::TypeChanged,
            None => FileStatus::Modified,
        },
        (None, _) => FileStatus::Added,
    };
    let sides = || [&old, &new].into_iter().flatten();
    let bytes = sides().map(|side| side.size).max().unwrap_or(0);
    let body = if sides().any(|side| side.mode == Mode::Submodule) {
        Body::Submodule
    } else if bytes > SIDE_CAP {
        Body::TooLarge { bytes }
    } else {
        Body::Text(Vec::new())
    };
    FileDiff {
        status,
        old,
        new,
        body,
        added: 0,
        removed: 0,
    }
}

/// What there is to show between two contents.
pub(super) fn body(old: &[u8], new: &[u8], options: &DiffOptions) -> Result<Body> {
    if is_binary(old) || is_binary(new) {
        return Ok(Body::Binary);
    }
    let lines = |bytes: &[u8]| bytes.iter().filter(|b| **b == b'\n').count();
    if lines(old) > LINES_CAP || lines(new) > LINES_CAP {
        return Ok(Body::TooLarge {
            bytes: old.len().max(new.len()) as u64,
        });
    }
    let hunks = hunks(old, new, options)?;
    Ok(if is_lfs_pointer(old) || is_lfs_pointer(new) {
        Body::LfsPointer(hunks)
    } else {
        Body::Text(hunks)
    })
}

fn is_plain(mode: Mode) -> bool {
    matches!(mode, Mode::Regular | Mode::Executable)
}

/// A submodule in the place of a file, or the reverse, is two changes: else the file's lines
/// would be out of sight.
fn split_submodules(pair: Pair) -> Vec<Pair> {
    let is_submodule = |half: &Option<(RepoPath, Leaf)>| {
        half.as_ref().map(|(_, leaf)| leaf.mode == Mode::Submodule)
    };
    match (is_submodule(&pair.old), is_submodule(&pair.new)) {
        (Some(old), Some(new)) if old != new => vec![
            Pair {
                old: pair.old,
                new: None,
                similarity: None,
            },
            Pair {
                old: None,
                new: pair.new,
                similarity: None,
            },
        ],
        _ => vec![pair],
    }
}

fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(BINARY_PROBE).any(|b| *b == 0)
}

fn is_lfs_pointer(bytes: &[u8]) -> bool {
    bytes.len() < 1024 && bytes.starts_with(b"version https://git-lfs.github.com/spec/")
}

/// The hunks between two texts, by libgit2's patience diff. No repository is given to it, so it
/// can consult no attributes.
fn hunks(old: &[u8], new: &[u8], options: &DiffOptions) -> Result<Vec<Hunk>> {
    let failed = |e: git2::Error| GitError::library("compare two files", &e);
    let mut how = git2::DiffOptions::new();
    how.force_text(true)
        .patience(true)
        .indent_heuristic(true)
        .context_lines(options.context_lines)
        .ignore_whitespace(options.ignore_whitespace);
    let patch = Patch::from_buffers(old, None, new, None, Some(&mut how)).map_err(failed)?;
    let mut hunks = Vec::with_capacity(patch.num_hunks());
    for index in 0..patch.num_hunks() {
        let (hunk, count) = patch.hunk(index).map_err(failed)?;
        let mut lines = Vec::with_capacity(count);
        for at in 0..count {
            let line = patch.line_in_hunk(index, at).map_err(failed)?;
            let kind = match line.origin_value() {
                DiffLineType::Context => LineKind::Context,
                DiffLineType::Addition => LineKind::Added,
                DiffLineType::Deletion => LineKind::Removed,
                _ => continue,
            };
            let content = line.content();
            let bytes = content.strip_suffix(b"\n");
            lines.push(Line {
                kind,
                old: line.old_lineno(),
                new: line.new_lineno(),
                bytes: bytes.unwrap_or(content).to_vec(),
                no_newline: bytes.is_none(),
            });
        }
        hunks.push(Hunk {
            old_start: hunk.old_start(),
            old_lines: hunk.old_lines(),
            new_start: hunk.new_start(),
            new_lines: hunk.new_lines(),
            scope: scope(hunk.header()),
            lines,
        });
    }
    Ok(hunks)
}

/// What follows the second `@@` of a hunk's header. Git cuts it to a length; half a character at
/// the cut is dropped.
fn scope(header: &[u8]) -> String {
    let mut parts = header.splitn(3, |b| *b == b'@').skip(1);
    let _ = parts.next();
    let rest = parts.next().unwrap_or_default();
    let at = rest
        .windows(3)
        .position(|w| w == b"@@ ")
        .map_or(rest.len(), |at| at + 3);
    let text = rest[at..].trim_ascii_end();
    let whole = match std::str::from_utf8(text) {
        Err(e) if e.error_len().is_none() => &text[..e.valid_up_to()],
        _ => text,
    };
    crate::change::readable(whole).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn shown(old: &str, new: &str) -> Vec<Hunk> {
        hunks(old.as_bytes(), new.as_bytes(), &DiffOptions::default()).unwrap()
    }

    #[test]
    fn a_missing_line_break_at_the_end_is_on_the_line_that_lacks_it() {
        let hunks = shown("a\nb", "a\nb\n");
        let marks: Vec<_> = hunks[0]
            .lines
            .iter()
            .map(|l| (l.kind, l.bytes.clone(), l.no_newline))
            .collect();
        assert_eq!(
            marks,
            [
                (LineKind::Context, b"a".to_vec(), false),
                (LineKind::Removed, b"b".to_vec(), true),
                (LineKind::Added, b"b".to_vec(), false),
            ]
        );
    }

    #[test]
    fn the_scope_is_the_line_git_would_name() {
        let body = "    x\n".repeat(20);
        let old = format!("fn outer() {{\n{body}}}\n");
        let new = format!("fn outer() {{\n{body}    y\n}}\n");
        assert_eq!(shown(&old, &new)[0].scope, "fn outer() {");
        assert_eq!(scope(b"@@ -1,2 +3 @@ f(a@@b) \n"), "f(a@@b)");
        assert_eq!(scope(b"@@ -1,2 +3 @@\n"), "");
        assert_eq!(
            scope("@@ -1 +1 @@ ü".as_bytes().split_last().unwrap().1),
            ""
        );
    }

    #[test]
    fn a_carriage_return_is_part_of_the_line() {
        let hunks = shown("a\r\n", "a\n");
        assert_eq!(hunks[0].lines[0].bytes, b"a\r");
        assert_eq!(hunks[0].lines[1].bytes, b"a");
    }

    #[test]
    fn a_new_file_has_no_old_lines() {
        let hunks = shown("", "a\nb\n");
        assert_eq!((hunks[0].old_start, hunks[0].old_lines), (0, 0));
        assert_eq!((hunks[0].new_start, hunks[0].new_lines), (1, 2));
        assert_eq!(hunks[0].lines[1].new, Some(2));
        assert!(shown("", "").is_empty());
    }
}
