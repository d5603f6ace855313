//! Where a line of one version of a file is in another one.

use super::{FileDiff, Hunk, LineKind};

/// Which way a line is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carry {
    /// From the old side to the new one.
    Forward,
    /// From the new side to the old one.
    Back,
}

impl FileDiff {
    /// As [`carry`], by the hunks of this file.
    pub fn carry(&self, line: u32, way: Carry) -> Option<u32> {
        carry(self.hunks(), line, way)
    }
}

/// The number, from 1, that an unchanged line has on the other side of a difference; none where the
/// line is there no more.
pub fn carry(hunks: &[Hunk], line: u32, way: Carry) -> Option<u32> {
    let before = hunks.partition_point(|hunk| span(hunk, way).0 <= line);
    let Some(hunk) = before.checked_sub(1).and_then(|at| hunks.get(at)) else {
        return Some(line);
    };
    let (_, end) = span(hunk, way);
    if line < end {
        return inside(hunk, line, way);
    }
    let other = match way {
        Carry::Forward => Carry::Back,
        Carry::Back => Carry::Forward,
    };
    (line - end).checked_add(span(hunk, other).1)
}

/// The lines of a hunk on the side from which a line is carried: the first, and after the last.
const fn span(hunk: &Hunk, way: Carry) -> (u32, u32) {
    let (start, lines) = match way {
        Carry::Forward => (hunk.old_start, hunk.old_lines),
        Carry::Back => (hunk.new_start, hunk.new_lines),
    };
    // Git names the line before, where a side has none.
    let start = if lines == 0 {
        start.saturating_add(1)
    } else {
        start
    };
    (start, start.saturating_add(lines))
}

fn inside(hunk: &Hunk, line: u32, way: Carry) -> Option<u32> {
    let context = hunk.lines.iter().filter(|l| l.kind == LineKind::Context);
    let mut both = context.filter_map(|l| l.old.zip(l.new));
    match way {
        Carry::Forward => both.find(|(old, _)| *old == line).map(|(_, new)| new),
        Carry::Back => both.find(|(_, new)| *new == line).map(|(old, _)| old),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{Body, FileStatus, Line};

    /// The difference in which `kinds` (` `, `+`, `-`) start at these lines.
    fn diff(hunks: &[(u32, u32, &str)]) -> FileDiff {
        let hunk = |(old_start, new_start, kinds): &(u32, u32, &str)| {
            let (mut old, mut new) = (*old_start, *new_start);
            let lines = kinds.chars().map(|kind| {
                let (kind, o, n) = match kind {
                    '+' => (LineKind::Added, None, Some(new)),
                    '-' => (LineKind::Removed, Some(old), None),
                    _ => (LineKind::Context, Some(old), Some(new)),
                };
                old += u32::from(o.is_some());
                new += u32::from(n.is_some());
                Line {
                    kind,
                    old: o,
                    new: n,
                    bytes: Vec::new(),
                    no_newline: false,
                }
            });
            let lines: Vec<Line> = lines.collect();
            let (old_lines, new_lines) = (old - old_start, new - new_start);
            Hunk {
                old_start: if old_lines == 0 {
                    old_start - 1
                } else {
                    *old_start
                },
                old_lines,
                new_start: if new_lines == 0 {
                    new_start - 1
                } else {
                    *new_start
                },
                new_lines,
                scope: String::new(),
                lines,
            }
        };
        FileDiff {
            status: FileStatus::Modified,
            old: None,
            new: None,
            body: Body::Text(hunks.iter().map(hunk).collect()),
            added: 0,
            removed: 0,
        }
    }

    #[test]
    fn a_line_goes_where_it_went_and_back() {
        // Lines 3 and 4 become one, and a line comes before the old line 11.
        let file = diff(&[(2, 2, " --+ "), (10, 9, " + ")]);
        let forward = |line| file.carry(line, Carry::Forward);
        assert_eq!(
            [1, 2, 5, 6, 9, 10].map(forward),
            [1, 2, 4, 5, 8, 9].map(Some)
        );
        assert_eq!([3, 4].map(forward), [None, None]);
        assert_eq!([11, 12, 99].map(forward), [11, 12, 99].map(Some));
        assert_eq!(file.carry(3, Carry::Back), None);
        assert_eq!(file.carry(10, Carry::Back), None);
        for line in (1..40).filter(|line| forward(*line).is_some()) {
            let there = forward(line).unwrap_or(0);
            assert_eq!(file.carry(there, Carry::Back), Some(line));
        }
    }

    #[test]
    fn an_empty_side_stands_after_the_line_it_names() {
        let file = diff(&[(4, 4, "++")]);
        assert_eq!(
            [3, 4].map(|line| file.carry(line, Carry::Forward)),
            [Some(3), Some(6)]
        );
        let file = diff(&[(4, 4, "--")]);
        assert_eq!(
            [3, 6].map(|line| file.carry(line, Carry::Forward)),
            [Some(3), Some(4)]
        );
        assert_eq!(file.carry(4, Carry::Back), Some(6));
    }
}
