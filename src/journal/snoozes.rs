//! Changes that were put off here: one file, a line each.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use jiff::Timestamp;

use super::{JournalError, durable};
use crate::change::ChangeId;

/// Lines that are read: more than any queue holds.
const MOST: usize = 10_000;

/// The file of what was put off.
#[derive(Debug, Clone)]
pub struct Snoozes {
    path: PathBuf,
}

/// By change: the newest revision when it was put off, and until when at the latest.
pub type Snoozed = BTreeMap<ChangeId, (u32, Option<Timestamp>)>;

impl Snoozes {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// What was put off. A damaged line puts nothing off: the worst it costs is seeing a change again.
    pub fn load(&self) -> Result<Snoozed, JournalError> {
        let bytes = durable::read(&self.path)?.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().take(MOST);
        Ok(lines.filter_map(line).collect())
    }

    /// Replaces it.
    pub fn store(&self, snoozed: &Snoozed) -> Result<(), JournalError> {
        let mut text = String::new();
        for (id, (revision, until)) in snoozed {
            let until = until.map_or_else(|| "-".to_owned(), |until| until.to_string());
            let _ = writeln!(text, "{id} {revision} {until}");
        }
        durable::write(&self.path, text.as_bytes())
    }
}

fn line(line: &str) -> Option<(ChangeId, (u32, Option<Timestamp>))> {
    let mut words = line.split(' ');
    let id = words.next()?.parse().ok()?;
    let revision = words.next()?.parse().ok()?;
    let until = match words.next()? {
        "-" => None,
        until => Some(until.parse().ok()?),
    };
    words.next().is_none().then_some((id, (revision, until)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_put_off_is_there_again_and_a_damaged_line_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let file = Snoozes::new(dir.path().join("new/snoozed"));
        assert!(file.load().unwrap().is_empty());
        let until = Timestamp::from_second(1_800_000_000).unwrap();
        let mut all = Snoozed::new();
        all.insert("fix-it".parse().unwrap(), (2, None));
        all.insert("log-it".parse().unwrap(), (1, Some(until)));
        file.store(&all).unwrap();
        assert_eq!(file.load().unwrap(), all);
        let mut text = std::fs::read_to_string(&file.path).unwrap();
        text.push_str("Bad 1 -\nshort 1\nlate-it 1 soon\nmore-it 1 - -\n\u{1b}\n");
        std::fs::write(&file.path, text).unwrap();
        assert_eq!(file.load().unwrap(), all);
    }
}
