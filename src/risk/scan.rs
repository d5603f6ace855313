//! Finds the lines that patterns match: over a whole file at once, so that a pattern can leap over
//! what it cannot match, then line by line where a match crossed a line's end.

use super::engine::part_of;
use super::rule::{Part, Pattern};
use super::source::Source;

/// The lines of a file's hunks, joined, once for each part of a line.
pub(super) struct Scan {
    parts: [Joined; 4],
}

#[derive(Default)]
struct Joined {
    text: Vec<u8>,
    /// Where each line begins.
    starts: Vec<usize>,
    /// Whether there is anything but blanks.
    is_blank: bool,
}

impl Joined {
    fn of(source: &Source<'_>, part: Part) -> Self {
        let mut joined = Self::default();
        for line in source.hunks.iter().flat_map(|hunk| &hunk.lines) {
            joined.starts.push(joined.text.len());
            joined.text.extend_from_slice(part_of(line, part));
            joined.text.push(b'\n');
        }
        joined.is_blank = joined.text.iter().all(u8::is_ascii_whitespace);
        joined
    }

    fn line_at(&self, offset: usize) -> usize {
        self.starts
            .partition_point(|start| *start <= offset)
            .saturating_sub(1)
    }

    fn line(&self, line: usize) -> &[u8] {
        let end = self
            .starts
            .get(line + 1)
            .copied()
            .unwrap_or(self.text.len());
        let line = &self.text[self.starts[line]..end];
        line.strip_suffix(b"\n").unwrap_or(line)
    }
}

impl Scan {
    /// Joins the lines of a file.
    pub(super) fn of(source: &Source<'_>) -> Self {
        Self {
            parts: Part::ALL.map(|part| Joined::of(source, part)),
        }
    }

    /// The lines whose part matches, counted over all hunks, ascending.
    pub(super) fn lines(&self, part: Part, pattern: &Pattern) -> Vec<usize> {
        let joined = &self.parts[part as usize];
        let mut lines = Vec::new();
        let Some(regex) = pattern.regex().filter(|_| !joined.is_blank) else {
            return lines;
        };
        if pattern.by_line {
            let all = 0..joined.starts.len();
            return all
                .filter(|line| regex.is_match(joined.line(*line)))
                .collect();
        }
        let mut at = 0;
        while let Some(found) = regex.find_at(&joined.text, at) {
            let first = joined.line_at(found.start());
            let last = joined.line_at(found.end().saturating_sub(1).max(found.start()));
            if first == last {
                lines.push(first);
            } else {
                lines.extend((first..=last).filter(|line| regex.is_match(joined.line(*line))));
            }
            match joined.starts.get(last + 1) {
                Some(next) => at = *next,
                None => break,
            }
        }
        lines
    }
}
