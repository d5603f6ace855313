//! What is looked up in a clone while somebody reads: a file as a whole, who changed a line.

use jiff::Timestamp;

use super::translate::chain;
use crate::app::looked_up::{BlameAsk, Blamed};
use crate::change::Oid;
use crate::diff::FileDiff;
use crate::git::Watch;
use crate::review::Session;

/// Bytes of a file that is shown as a whole: as much as a side of a diff may have.
const TEXT_BYTES: u64 = 16 << 20;
/// Lines of the first part of a change that is handed over: enough for any screen.
const FIRST_LINES: usize = 400;

/// A blob's bytes.
pub(super) fn text(session: &Session, blob: Oid) -> Result<Vec<u8>, String> {
    session.store.blob(blob, TEXT_BYTES).map_err(chain)
}

/// Who changed a line last.
pub(super) fn blame(session: &Session, ask: &BlameAsk, watch: &Watch) -> Result<Blamed, String> {
    let (path, line) = (&ask.path, ask.line);
    let found = session
        .store
        .blame_line(ask.at, ask.since, path, line, watch);
    let found = found.map_err(chain)?;
    Ok(Blamed {
        commit: found.commit,
        author: found.author,
        at: Timestamp::from_second(found.seconds).unwrap_or_default(),
        title: found.title,
    })
}

/// Takes the files that come after the first part off.
pub(super) fn beyond_first(files: &mut Vec<FileDiff>) -> Vec<FileDiff> {
    let mut lines = 0;
    let enough = files.iter().take_while(|file| {
        let before = lines;
        lines += file.hunks().iter().map(|h| h.lines.len()).sum::<usize>();
        before < FIRST_LINES
    });
    let first = enough.count();
    files.split_off(first)
}
