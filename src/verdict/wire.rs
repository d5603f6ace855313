//! A note's blob as lines: what may be a statement, what is refused unread, one never hurting the
//! next.
//!
//! A line ends with its line feed and is worth nothing without it. Where a line feed was lost or
//! changed, the line before it is spoilt, and the intact one behind it is still found: a canonical
//! line holds its opening bytes exactly once.

use super::envelope::MAX_LINE;

/// Bytes of one note that are read: 64 MiB.
pub const MAX_NOTE: usize = 64 * 1024 * 1024;
/// Lines of one note that are read.
pub const MAX_LINES: usize = 100_000;

/// How every canonical line begins.
const OPENING: &str = "{\"payload\":\"";

/// A note that is too large to be read at all. No answer can be built on it.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
pub enum TooMuch {
    /// More than [`MAX_NOTE`] bytes.
    #[error("a note of {0} bytes, more than 64 MiB")]
    Bytes(usize),
    /// More than [`MAX_LINES`] lines.
    #[error("a note of more than 100000 lines")]
    Lines,
}

/// Why a line is not even tried.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
pub enum Unread {
    /// Longer than a line may be.
    #[error("longer than 256 KiB")]
    TooLong,
    /// It holds a NUL byte, at which git's own note merges cut.
    #[error("holds a NUL byte")]
    Nul,
    /// It has no line feed of its own.
    #[error("no line feed at its end")]
    NoLineFeed,
    /// It does not begin as a statement does.
    #[error("not a statement")]
    Foreign,
}

/// One line of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoteLine<'a> {
    /// Which line of the note, from 1.
    pub number: usize,
    /// Its bytes, the line feed included.
    pub bytes: &'a [u8],
    /// Whether it may be a statement, to be given to `Envelope::verify`.
    pub candidate: Result<(), Unread>,
}

/// The lines of a note that are not empty, in order. Nothing is copied.
///
/// # Errors
/// Where the note is too large to be read.
pub fn lines(blob: &[u8]) -> Result<impl Iterator<Item = NoteLine<'_>>, TooMuch> {
    if blob.len() > MAX_NOTE {
        return Err(TooMuch::Bytes(blob.len()));
    }
    let split = || blob.split_inclusive(|byte| *byte == b'\n');
    if blob.len() > MAX_LINES && split().nth(MAX_LINES).is_some() {
        return Err(TooMuch::Lines);
    }
    let numbered = split().zip(1..);
    Ok(numbered
        .flat_map(|(bytes, number)| Pieces(bytes).map(move |bytes| (bytes, number)))
        .filter(|(bytes, _)| *bytes != b"\n")
        .map(|(bytes, number)| NoteLine {
            number,
            bytes,
            candidate: judge(bytes),
        }))
}

fn judge(bytes: &[u8]) -> Result<(), Unread> {
    if bytes.len() > MAX_LINE {
        Err(Unread::TooLong)
    } else if bytes.contains(&0) {
        Err(Unread::Nul)
    } else if bytes.last() != Some(&b'\n') {
        Err(Unread::NoLineFeed)
    } else if bytes.starts_with(OPENING.as_bytes()) {
        Ok(())
    } else {
        Err(Unread::Foreign)
    }
}

/// A line cut before each opening of a statement but its first, where it begins with one.
struct Pieces<'a>(&'a [u8]);

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let cut = match self.0.strip_prefix(OPENING.as_bytes()) {
            Some(rest) => next_opening(rest).map_or(self.0.len(), |at| at + OPENING.len()),
            None => self.0.len(),
        };
        let (piece, rest) = self.0.split_at(cut);
        self.0 = rest;
        Some(piece)
    }
}

fn next_opening(bytes: &[u8]) -> Option<usize> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.find(OPENING),
        Err(_) => bytes
            .windows(OPENING.len())
            .position(|window| window == OPENING.as_bytes()),
    }
}
