//! The rows of one file, in order: header, sentence, gaps, hunks, lines, and notes under their lines.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::blanks::{self, Run};
use super::super::context::{self, Gap};
use super::super::{Body, FileDiff, Hunk, LineKind, Mode};
use super::{Layout, OnSide, Plan, Row, RowKind, parts};

/// The rows of a file in the making.
pub(super) struct FileRows<'a> {
    rows: Vec<Row>,
    blank: usize,
    plan: Plan<'a>,
    index: usize,
    file: &'a FileDiff,
    notes: Pending,
}

/// The notes of one file that have no row yet, by the line they stand under.
struct Pending {
    loose: Vec<usize>,
    at: BTreeMap<(OnSide, u32), Vec<usize>>,
}

/// Indexes are kept in 32 bits; a diff with more lines is refused long before.
fn small(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Whether a file has something to tell that its lines do not: bytes instead of lines, a link, a
/// pointer, only another name or mode, or nothing in it.
fn has_sentence(file: &FileDiff) -> bool {
    let is_link = |mode| mode == Mode::Symlink;
    let sides = [file.old.as_ref(), file.new.as_ref()];
    let linked = sides.into_iter().flatten().any(|side| is_link(side.mode));
    file.hunks().is_empty() || linked || matches!(file.body, Body::LfsPointer(_))
}

impl Pending {
    fn new(plan: Plan<'_>, here: &[usize], index: usize, file: &FileDiff) -> Self {
        let mut out = Self {
            loose: Vec::new(),
            at: BTreeMap::new(),
        };
        for &note in here {
            let place = plan.notes[note];
            let shown = |line: &u32| {
                shows(file, place.side, *line) || around(plan, index, file, place.side, *line)
            };
            match place.line.filter(shown) {
                Some(line) => out.at.entry((place.side, line)).or_default().push(note),
                None => out.loose.push(note),
            }
        }
        out
    }
}

/// Whether a hunk shows a line.
fn shows(file: &FileDiff, side: OnSide, line: u32) -> bool {
    let range = |hunk: &Hunk| match side {
        OnSide::Old => (hunk.old_start, hunk.old_lines),
        OnSide::New => (hunk.new_start, hunk.new_lines),
    };
    let hunks = file.hunks();
    let after = hunks.partition_point(|hunk| range(hunk).0 <= line);
    let found = after.checked_sub(1).and_then(|at| hunks.get(at));
    found.is_some_and(|hunk| {
        let (start, count) = range(hunk);
        (start..start.saturating_add(count)).contains(&line)
    })
}

/// Whether a line is shown that no hunk holds.
fn around(plan: Plan<'_>, index: usize, file: &FileDiff, side: OnSide, line: u32) -> bool {
    let context = &plan.folds.context;
    if !context.has(index) {
        return false;
    }
    let first = |hunk: &Hunk| match side {
        OnSide::Old => hunk.old_start,
        OnSide::New => hunk.new_start,
    };
    let number = file.hunks().partition_point(|hunk| first(hunk) <= line);
    context.gap(index, file, number).is_some_and(|gap| {
        let new = match side {
            OnSide::New => Some(line),
            OnSide::Old => line.checked_sub(gap.old).map(|nth| gap.new + nth),
        };
        let (start, end) = context.shown(index, number, gap);
        new.is_some_and(|new| start.contains(&new) || end.contains(&new))
    })
}

impl<'a> FileRows<'a> {
    /// The rows of a file; `here` are its notes.
    pub(super) fn new(plan: Plan<'a>, index: usize, file: &'a FileDiff, here: &[usize]) -> Self {
        let mut part = Self {
            rows: Vec::new(),
            blank: 0,
            plan,
            index,
            file,
            notes: Pending::new(plan, here, index, file),
        };
        part.fill();
        part
    }

    /// The rows, and how many lines are hidden because only their white space changed.
    pub(super) fn finish(self) -> (Vec<Row>, usize) {
        (self.rows, self.blank)
    }

    fn fill(&mut self) {
        let (file, folds) = (self.file, self.plan.folds);
        self.push(RowKind::File);
        let folded = folds.files.contains(&self.index);
        let says_all = folded && folds.bare.contains(&self.index);
        if !says_all && (folded || has_sentence(file)) {
            self.push(RowKind::Sentence);
        }
        for note in std::mem::take(&mut self.notes.loose) {
            self.push(RowKind::Note(small(note)));
        }
        if folded {
            // A finding is never folded away with its lines.
            for hunk in file.hunks() {
                self.notes_of(hunk);
            }
            self.notes_left();
            return;
        }
        // Of a file that is new as a whole the one hunk needs no header.
        let whole = file.old.is_none() && file.hunks().len() == 1;
        for (index, hunk) in file.hunks().iter().enumerate() {
            let above = self.gap(index);
            let folded = folds.hunks.contains(&(self.index, index));
            if !whole || folded {
                self.push(RowKind::Hunk(small(index)));
            }
            self.around(index, above);
            if folded {
                self.notes_of(hunk);
            } else {
                self.hunk(small(index), hunk);
            }
        }
        let end = self.gap(file.hunks().len());
        self.around(file.hunks().len(), end);
        self.notes_left();
    }

    fn push(&mut self, kind: RowKind) {
        let file = small(self.index);
        self.rows.push(Row { file, kind });
    }

    /// What is shown at the start of a gap, and what is left out; returns what is shown at its end.
    fn gap(&mut self, number: usize) -> Range<u32> {
        let context = &self.plan.folds.context;
        let Some(gap) = context.gap(self.index, self.file, number) else {
            return 0..0;
        };
        let (start, end) = context.shown(self.index, number, gap);
        let is_left_out = start.end < end.start;
        self.around(number, start);
        if is_left_out {
            self.push(RowKind::Gap(small(number)));
        }
        end
    }

    fn around(&mut self, number: usize, lines: Range<u32>) {
        if lines.is_empty() {
            return;
        }
        let gap = context::gap(self.file, number, None);
        let old = |gap: Gap, new: u32| gap.old + new.saturating_sub(gap.new);
        for new in lines {
            self.push(RowKind::Around {
                gap: small(number),
                new,
            });
            self.notes_under(LineKind::Context, gap.map(|gap| old(gap, new)), Some(new));
        }
    }

    /// The lines of a hunk. Where changes of white space alone are hidden and it is nothing else,
    /// one row says so in their place.
    fn hunk(&mut self, number: u32, of: &Hunk) {
        let mut at = 0;
        let runs: Vec<(Run, Vec<(usize, usize)>)> = blanks::runs(of)
            .map(|run| {
                let hidden = match self.plan.folds.blanks {
                    true => blanks::pairs(of, &run),
                    false => Vec::new(),
                };
                (run, hidden)
            })
            .collect();
        let hidden: usize = runs.iter().map(|(_, pairs)| pairs.len()).sum();
        self.blank += hidden;
        let changed: usize = runs
            .iter()
            .map(|(run, _)| run.removed.len() + run.added.len())
            .sum();
        if hidden > 0 && changed == 2 * hidden {
            self.push(RowKind::Hidden(number));
            self.notes_of(of);
            return;
        }
        for (run, pairs) in runs {
            self.same(number, of, at..run.removed.start);
            at = run.added.end;
            self.run(number, of, run, &pairs);
        }
        self.same(number, of, at..of.lines.len());
    }

    /// Lines of context.
    fn same(&mut self, hunk: u32, of: &Hunk, lines: Range<usize>) {
        for line in lines {
            self.lines(hunk, of, Some(line), Some(line));
        }
    }

    /// Changed lines, with those between them of which only the white space changed.
    fn run(&mut self, hunk: u32, of: &Hunk, run: Run, pairs: &[(usize, usize)]) {
        let (mut old, mut new) = (run.removed.start, run.added.start);
        for &(removed, added) in pairs {
            self.changed(hunk, of, old..removed, new..added);
            self.push(RowKind::Blank {
                hunk,
                old: small(removed),
                new: small(added),
            });
            self.notes_of_line(of, removed);
            self.notes_of_line(of, added);
            (old, new) = (removed + 1, added + 1);
        }
        self.changed(hunk, of, old..run.removed.end, new..run.added.end);
    }

    fn changed(&mut self, hunk: u32, of: &Hunk, removed: Range<usize>, added: Range<usize>) {
        match self.plan.layout {
            Layout::Unified => {
                for line in removed.chain(added) {
                    self.lines(hunk, of, Some(line), Some(line));
                }
            }
            Layout::Split => {
                for nth in 0..removed.len().max(added.len()) {
                    let old = Some(removed.start + nth).filter(|at| *at < removed.end);
                    let new = Some(added.start + nth).filter(|at| *at < added.end);
                    self.lines(hunk, of, old, new);
                }
            }
        }
    }

    /// A line, or two side by side, with the parts of a long one and the notes under it.
    fn lines(&mut self, hunk: u32, of: &Hunk, old: Option<usize>, new: Option<usize>) {
        let (left, right) = (old.map(small), new.map(small));
        self.push(match (self.plan.layout, left) {
            (Layout::Unified, Some(line)) => RowKind::Line { hunk, line },
            _ => RowKind::Pair {
                hunk,
                old: left,
                new: right,
            },
        });
        let length = |line: Option<usize>| {
            let line = line.and_then(|at| of.lines.get(at));
            line.map_or(0, |line| parts(line.bytes.len()))
        };
        let (old_parts, new_parts) = (length(old), length(new));
        for part in 1..old_parts.max(new_parts) {
            self.push(RowKind::More {
                hunk,
                old: left.filter(|_| part < old_parts),
                new: right.filter(|_| part < new_parts),
                part: small(part),
            });
        }
        if let Some(old) = old {
            self.notes_of_line(of, old);
        }
        if let Some(new) = new.filter(|new| Some(*new) != old) {
            self.notes_of_line(of, new);
        }
    }

    /// The notes of a hunk whose lines are folded away.
    fn notes_of(&mut self, hunk: &Hunk) {
        if self.notes.at.is_empty() {
            return;
        }
        for line in &hunk.lines {
            self.notes_under(line.kind, line.old, line.new);
        }
    }

    fn notes_of_line(&mut self, of: &Hunk, line: usize) {
        if let Some(line) = of.lines.get(line) {
            self.notes_under(line.kind, line.old, line.new);
        }
    }

    /// Notes whose line is shown in an open gap of a file that is folded: they are never lost.
    fn notes_left(&mut self) {
        for note in std::mem::take(&mut self.notes.at).into_values().flatten() {
            self.push(RowKind::Note(small(note)));
        }
    }

    fn notes_under(&mut self, kind: LineKind, old: Option<u32>, new: Option<u32>) {
        if self.notes.at.is_empty() {
            return;
        }
        let keys = [
            old.filter(|_| kind != LineKind::Added)
                .map(|n| (OnSide::Old, n)),
            new.filter(|_| kind != LineKind::Removed)
                .map(|n| (OnSide::New, n)),
        ];
        for key in keys.into_iter().flatten() {
            for note in self.notes.at.remove(&key).unwrap_or_default() {
                self.push(RowKind::Note(small(note)));
            }
        }
    }
}
