//! The statistics of one change as bytes, to keep beside it.

use super::codec::{Reader, Writer};
use super::tally::FORMAT;
use crate::risk::{AuthorId, FolderStats, HistoryStats, PathStats, UndoneChange};

/// The bytes of the statistics of one change.
pub fn stats_to_bytes(stats: &HistoryStats) -> Vec<u8> {
    let mut out = Writer::new(FORMAT);
    out.int(u64::from(stats.cut_short));
    out.size(stats.paths.len());
    for (path, file) in &stats.paths {
        out.bytes(path.as_bytes());
        out.int(file.changes.into());
        out.int(file.undone.into());
        out.int(file.last_author.map_or(0, |id| u64::from(id.0) + 1));
        out.size(file.people.len());
        for id in &file.people {
            out.int(id.0.into());
        }
        out.size(file.by_author.len());
        for (id, changes) in &file.by_author {
            out.int(id.0.into());
            out.int((*changes).into());
        }
    }
    out.size(stats.folders.len());
    for (path, folder) in &stats.folders {
        out.bytes(path.as_bytes());
        out.int(folder.changes.into());
        out.int(folder.undone.into());
    }
    out.size(stats.changed_in.len());
    for (path, people) in &stats.changed_in {
        out.bytes(path.as_bytes());
        out.size(people.len());
        for id in people {
            out.int(id.0.into());
        }
    }
    out.size(stats.undone_lately.len());
    for undone in &stats.undone_lately {
        out.oid(undone.oid);
        out.bytes(undone.title.as_bytes());
        out.int(undone.files.into());
        out.paths(&undone.again);
    }
    out.size(stats.authors.len());
    for (email, id) in &stats.authors {
        out.bytes(email.as_bytes());
        out.int(id.0.into());
    }
    out.finish()
}

/// Reads them back; none where the bytes are damaged or of another format.
pub fn stats_from_bytes(bytes: &[u8]) -> Option<HistoryStats> {
    let mut from = Reader::new(FORMAT, bytes)?;
    let mut stats = HistoryStats {
        cut_short: from.int()? != 0,
        ..HistoryStats::default()
    };
    for _ in 0..from.count()? {
        let path = from.path()?;
        let file = PathStats {
            changes: from.small()?,
            undone: from.small()?,
            last_author: from.small()?.checked_sub(1).map(AuthorId),
            people: (0..from.count()?)
                .map(|_| from.small().map(AuthorId))
                .collect::<Option<_>>()?,
            by_author: (0..from.count()?)
                .map(|_| Some((AuthorId(from.small()?), from.small()?)))
                .collect::<Option<_>>()?,
        };
        stats.paths.insert(path, file);
    }
    for _ in 0..from.count()? {
        let path = from.path()?;
        let (changes, undone) = (from.small()?, from.small()?);
        stats.folders.insert(path, FolderStats { changes, undone });
    }
    for _ in 0..from.count()? {
        let path = from.path()?;
        let people = (0..from.count()?).map(|_| from.small().map(AuthorId));
        let people = people.collect::<Option<_>>()?;
        stats.changed_in.insert(path, people);
    }
    for _ in 0..from.count()? {
        stats.undone_lately.push(UndoneChange {
            oid: from.oid()?,
            title: from.text()?,
            files: from.small()?,
            again: from.paths()?,
        });
    }
    for _ in 0..from.count()? {
        let email = from.text()?;
        stats.authors.insert(email, AuthorId(from.small()?));
    }
    from.is_at_end().then_some(stats)
}
