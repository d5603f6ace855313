//! The three-way merge of one file, over raw blobs: what decides whether an approved edit reached a
//! file that had moved. No attribute, merge driver, favour or setting has a say.

use git2::{MergeFileInput, MergeFileOptions};

use super::{GitError, Result, Store};
use crate::change::Oid;

/// A larger side is not merged: the answer is that it is not clean.
const SIDE_CAP: u64 = 16 << 20;

impl Store {
    /// Whether the merge of `ours` and `theirs` over their common ancestor `old` is clean and is
    /// exactly the blob `landed`. libgit2's file merge with Myers' algorithm; where a side is
    /// binary (a NUL in its first 8000 bytes) or larger than 16 MiB it is not clean.
    ///
    /// # Errors
    /// Where a blob is missing or corrupt, or is no blob.
    pub fn is_clean_merge(&self, old: Oid, ours: Oid, theirs: Oid, landed: Oid) -> Result<bool> {
        for side in [old, ours, theirs, landed] {
            if self.blob_size(side)? > SIDE_CAP {
                return Ok(false);
            }
        }
        let side = |oid| self.blob(oid, SIDE_CAP);
        let merged = merge(&side(old)?, &side(ours)?, &side(theirs)?)?;
        match merged {
            Some(merged) => Ok(merged == side(landed)?),
            None => Ok(false),
        }
    }

    /// The clean merge of three texts that are no blobs; none where there is a conflict or a side is
    /// binary.
    ///
    /// # Errors
    /// Where libgit2 fails.
    pub fn merge_texts(&self, old: &[u8], ours: &[u8], theirs: &[u8]) -> Result<Option<Vec<u8>>> {
        merge(old, ours, theirs)
    }
}

/// The clean merge of three contents; none where there is a conflict or a side is binary.
pub(super) fn merge(old: &[u8], ours: &[u8], theirs: &[u8]) -> Result<Option<Vec<u8>>> {
    // An empty result has no pointer in libgit2, and `content()` must not be asked for one. Only
    // these merges can be empty: two hunks that are not the same leave a line between them.
    if [old, ours, theirs].contains(&&[][..]) {
        return Ok(if ours == theirs || old == theirs {
            Some(ours.to_vec())
        } else {
            (old == ours).then(|| theirs.to_vec())
        });
    }
    let input = |content| {
        let mut input = MergeFileInput::new();
        input.content(content);
        input
    };
    // As made, the options name no favour, no white-space rule and no other algorithm than Myers'.
    let mut options = MergeFileOptions::new();
    let merged = git2::merge_file(
        &input(old),
        &input(ours),
        &input(theirs),
        Some(&mut options),
    );
    let merged = merged.map_err(|error| GitError::library("merge a file", &error))?;
    Ok(merged.is_automergeable().then(|| merged.content().to_vec()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::merge;

    fn merged(old: &str, ours: &str, theirs: &str) -> Option<String> {
        let merged = merge(old.as_bytes(), ours.as_bytes(), theirs.as_bytes()).unwrap();
        merged.map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn edits_apart_are_both_taken() {
        let old = "a\nb\nc\nd\ne\n";
        let both = merged(old, "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n");
        assert_eq!(both.as_deref(), Some("A\nb\nc\nd\nE\n"));
    }

    #[test]
    fn edits_of_one_line_or_of_adjacent_lines_conflict() {
        assert_eq!(merged("a\nb\n", "A\nb\n", "x\nb\n"), None);
        assert_eq!(merged("a\nb\nc\nd\n", "a\nB\nc\nd\n", "a\nb\nC\nd\n"), None);
        assert_eq!(merged("a\n", "", "b\n"), None);
    }

    #[test]
    fn the_same_edit_on_both_sides_is_taken_once() {
        let both = merged("a\nb\nc\n", "a\nX\nc\n", "a\nX\nc\n");
        assert_eq!(both.as_deref(), Some("a\nX\nc\n"));
    }

    #[test]
    fn line_ends_are_bytes_like_any_other() {
        let old = "a\r\nb\r\nc\r\nd\r\ne\r\n";
        let both = merged(
            old,
            "A\r\nb\r\nc\r\nd\r\ne\r\n",
            "a\r\nb\r\nc\r\nd\r\nE\r\n",
        );
        assert_eq!(both.as_deref(), Some("A\r\nb\r\nc\r\nd\r\nE\r\n"));
        // One side turned every line end: nothing is left to merge with.
        assert_eq!(
            merged(old, "a\nb\nc\nd\ne\n", "a\r\nb\r\nc\r\nd\r\nE\r\n"),
            None
        );
    }

    #[test]
    fn a_missing_last_line_end_stays_missing() {
        let both = merged("a\nb\nc\nd\ne", "A\nb\nc\nd\ne", "a\nb\nc\nd\nE");
        assert_eq!(both.as_deref(), Some("A\nb\nc\nd\nE"));
    }

    #[test]
    fn empty_contents_merge() {
        assert_eq!(merged("", "", "a\n").as_deref(), Some("a\n"));
        assert_eq!(merged("a\n", "a\n", "").as_deref(), Some(""));
        assert_eq!(merged("", "", "").as_deref(), Some(""));
        assert_eq!(merged("", "a\n", "b\n"), None);
    }

    #[test]
    fn a_nul_makes_it_no_text() {
        assert_eq!(
            merged("a\0\nb\nc\nd\n", "A\0\nb\nc\nd\n", "a\0\nb\nc\nD\n"),
            None
        );
        assert_eq!(
            merged("a\nb\nc\nd\n", "a\nb\nc\nd\n", "a\nb\nc\nD\0\n"),
            None
        );
    }
}
