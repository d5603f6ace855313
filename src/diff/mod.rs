//! What a change does to the files: file diffs, hunks and lines, as plain data.
//!
//! `git` makes these; everything that reads a change (risk, the screen, `show`) shares them.

pub mod blanks;
pub mod carry;
pub mod context;
pub mod facts;
pub mod inline;
pub mod interdiff;
pub mod media;
pub mod moves;
pub mod rows;
pub mod visible;

use crate::change::{Oid, RepoPath};

/// What a change does to one file. A rename is one entry with two paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDiff {
    /// What happened to the file.
    pub status: FileStatus,
    /// The entry before; none where the file is new.
    pub old: Option<FileSide>,
    /// The entry after; none where the file goes.
    pub new: Option<FileSide>,
    /// What can be shown of the contents.
    pub body: Body,
    /// Lines added.
    pub added: usize,
    /// Lines removed.
    pub removed: usize,
}

/// One side of a file's change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSide {
    /// Its path.
    pub path: RepoPath,
    /// The mode git stores.
    pub mode: Mode,
    /// The blob, or the commit of a submodule.
    pub id: Oid,
    /// Bytes of the blob; 0 for a submodule.
    pub size: u64,
    /// What is known of its content; nothing before it was read.
    pub facts: facts::Facts,
}

/// The five modes of a tree's leaves that git knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// 100644
    Regular,
    /// 100755
    Executable,
    /// 120000
    Symlink,
    /// 160000
    Submodule,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileStatus {
    /// New.
    Added,
    /// Gone.
    Deleted,
    /// Other content or mode under the same path.
    Modified,
    /// Another path; `similarity` is percent of equal content.
    Renamed {
        /// 0 to 100.
        similarity: u16,
    },
    /// Another kind of entry (file, symlink, submodule) under the same path.
    TypeChanged,
}

/// What there is to show of a file's change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Line by line. Empty where only mode or name changed.
    Text(Vec<Hunk>),
    /// Bytes that are no text: a NUL in the first 8,000 bytes of a side.
    Binary,
    /// A Git LFS pointer on one side: the content itself is not in the repository.
    LfsPointer(Vec<Hunk>),
    /// A commit of another repository.
    Submodule,
    /// Over the caps of what is read; `bytes` are not shown.
    TooLarge {
        /// Bytes of the larger side.
        bytes: u64,
    },
    /// Content that was not fetched into this clone.
    Missing,
}

/// Lines that changed together, with context around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// First line on the old side, from 1 (0 where the side is empty).
    pub old_start: u32,
    /// Lines on the old side.
    pub old_lines: u32,
    /// First line on the new side, from 1 (0 where the side is empty).
    pub new_start: u32,
    /// Lines on the new side.
    pub new_lines: u32,
    /// What stands behind `@@ … @@`: the enclosing scope as git guesses it.
    pub scope: String,
    /// The lines in order.
    pub lines: Vec<Line>,
}

/// One line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Context, added or removed.
    pub kind: LineKind,
    /// Number on the old side, from 1.
    pub old: Option<u32>,
    /// Number on the new side, from 1.
    pub new: Option<u32>,
    /// The raw bytes, without the final LF (a CR stays).
    pub bytes: Vec<u8>,
    /// Whether the file ends here without a line break.
    pub no_newline: bool,
}

/// A line to be shown: one of a hunk, or one around the hunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown<'a> {
    /// Context, added or removed.
    pub kind: LineKind,
    /// Number on the old side, from 1.
    pub old: Option<u32>,
    /// Number on the new side, from 1.
    pub new: Option<u32>,
    /// The raw bytes, without the final LF.
    pub bytes: &'a [u8],
    /// Whether the file ends here without a line break.
    pub no_newline: bool,
}

/// What a line is in a hunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// On both sides.
    Context,
    /// Only on the new side.
    Added,
    /// Only on the old side.
    Removed,
}

impl Line {
    /// The line as it is shown.
    pub fn shown(&self) -> Shown<'_> {
        Shown {
            kind: self.kind,
            old: self.old,
            new: self.new,
            bytes: &self.bytes,
            no_newline: self.no_newline,
        }
    }
}

impl Mode {
    /// The mode from a tree entry's number, as git normalises it; none for a tree.
    pub fn from_raw(raw: u32) -> Option<Self> {
        match raw & 0o170_000 {
            0o100_000 if raw & 0o100 != 0 => Some(Self::Executable),
            0o100_000 => Some(Self::Regular),
            0o120_000 => Some(Self::Symlink),
            0o160_000 => Some(Self::Submodule),
            _ => None,
        }
    }

    /// Six octal digits, as git prints them.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Regular => "100644",
            Self::Executable => "100755",
            Self::Symlink => "120000",
            Self::Submodule => "160000",
        }
    }
}

impl FileDiff {
    /// The path to show: the new one, or the old one of a deleted file.
    pub fn path(&self) -> &RepoPath {
        static NOWHERE: std::sync::LazyLock<RepoPath> =
            std::sync::LazyLock::new(|| RepoPath::new(Vec::new()));
        match (&self.new, &self.old) {
            (Some(side), _) | (None, Some(side)) => &side.path,
            (None, None) => &NOWHERE,
        }
    }

    /// The hunks, where there are any.
    pub fn hunks(&self) -> &[Hunk] {
        match &self.body {
            Body::Text(hunks) | Body::LfsPointer(hunks) => hunks,
            Body::Binary | Body::Submodule | Body::TooLarge { .. } | Body::Missing => &[],
        }
    }

    /// Whether a person can read all of the change here: no binary, pointer, submodule or
    /// over-large content.
    pub fn is_reviewable(&self) -> bool {
        matches!(self.body, Body::Text(_))
    }
}
