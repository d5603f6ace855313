//! A comparison in the diff pane: two ends, what differs between them, and how that lies to the
//! whole change that is judged.

use std::collections::BTreeMap;

use super::change::{Note, NoteKind};
use super::reading::Open;
use super::seen::{Seen, Share};
use super::sheet::counted;
use super::visit::Visit;
use crate::change::{Oid, RepoPath};
use crate::diff::carry::Carry;
use crate::diff::rows::{Layout, OnSide};
use crate::diff::{FileDiff, Hunk};
use crate::verdict::{Side, VerdictKind};

/// One end of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// What the revision stands on.
    Base,
    /// One of its commits.
    Commit(Oid),
    /// A revision of the change.
    Revision(u32),
}

/// Both ends, older first.
pub type Ends = (End, End);

/// What of a change can be compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparable {
    /// The earlier revision this person knows.
    pub last: Option<Last>,
    /// Its commits, oldest first: id and subject.
    pub commits: Vec<(Oid, String)>,
    /// Every revision that is known here.
    pub revisions: Vec<u32>,
}

/// An earlier revision that the person at the screen knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    /// Which.
    pub revision: u32,
    /// Their verdict on it; none where they only read it.
    pub verdict: Option<VerdictKind>,
    /// The words that went with it, in one line.
    pub words: Option<String>,
    /// How many remarks went with it.
    pub remarks: usize,
}

/// Two ends compared, as the use-cases hand it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Which.
    pub ends: Ends,
    /// The message as a file: what was done to it, or what it says.
    pub message: FileDiff,
    /// The files, in the order in which they are read.
    pub parts: Vec<(FileDiff, Kind)>,
    /// Files that differ and that neither end touches: the rebase brought them.
    pub others: usize,
    /// What the ends stand on, where that is not the same commit.
    pub bases: Option<(Oid, Oid)>,
    /// What the revision does to those files after the right end.
    pub later: Vec<FileDiff>,
}

/// What a file of a comparison shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// What the author did between the ends.
    #[default]
    Own,
    /// All that differs: the rebase could not be taken out.
    Doubtful,
    /// What the rebase alone did.
    Rebase,
}

/// How the rows of the pane came about.
#[derive(Debug, Clone, Default)]
pub enum View {
    /// The whole change.
    #[default]
    Whole,
    /// The whole change, what was seen on earlier visits folded.
    News,
    /// A comparison.
    Compared(Box<Compared>),
}

/// What is known of the comparison in the pane beside its rows.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The ends.
    pub ends: Ends,
    /// The request it answers.
    pub generation: u64,
    /// What each file shows; the message is the first.
    pub kinds: Vec<Kind>,
    /// As in [`Comparison`].
    pub others: usize,
    /// As in [`Comparison`].
    pub bases: Option<(Oid, Oid)>,
    /// What of it was on the screen. It is no evidence but through `same`.
    pub seen: Seen,
    /// Hunks that are hunks of the whole change too, line for line: (file, hunk) here and there.
    same: BTreeMap<(usize, usize), (usize, usize)>,
    later: BTreeMap<RepoPath, FileDiff>,
}

/// How many hunks of what kind a comparison has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// The author's.
    pub own: usize,
    /// The rebase's.
    pub rebased: usize,
    /// Files that could not be told apart.
    pub doubtful: usize,
    /// Files without lines that differ: binaries, modes, renames.
    pub silent: usize,
}

impl Last {
    /// What they did: `you rejected @1`.
    pub fn did(&self) -> String {
        let verb = self.verdict.map_or("read", super::session::past_tense);
        format!("you {verb} @{}", self.revision)
    }

    /// The same with how many remarks: `you rejected @1 · 2 remarks`.
    pub fn sentence(&self) -> String {
        match self.remarks {
            0 => self.did(),
            some => format!("{} · {}", self.did(), counted(some, "remark", "remarks")),
        }
    }
}

impl View {
    /// The comparison, where it is one.
    pub const fn compared(&self) -> Option<&Compared> {
        match self {
            Self::Compared(compared) => Some(compared),
            Self::Whole | Self::News => None,
        }
    }
}

impl Open {
    /// The pane for a comparison within a change that is open.
    pub fn compare(
        whole: &mut Self,
        comparison: Comparison,
        generation: u64,
        layout: Layout,
        visit: &Visit,
    ) -> Self {
        // Everything but the files, which may be many.
        let files = std::mem::take(&mut whole.change.files);
        let mut change = whole.change.clone();
        whole.change.files = files;
        let (shown, mut kinds): (Vec<FileDiff>, Vec<Kind>) = comparison.parts.into_iter().unzip();
        change.files = shown;
        change.seen.clear();
        change.complete = true;
        kinds.insert(0, Kind::Own);
        let later = comparison.later.into_iter();
        let later = later.filter_map(|file| Some((file.old.as_ref()?.path.clone(), file)));
        let compared = Compared {
            ends: comparison.ends,
            generation,
            kinds,
            others: comparison.others,
            bases: comparison.bases,
            seen: Seen::default(),
            same: BTreeMap::new(),
            later: later.collect(),
        };
        let view = View::Compared(Box::new(compared));
        let mut open = Self::with(change, comparison.message, layout, view, visit);
        open.link(whole);
        open
    }

    /// Takes over what is said of the change now, after it was read again.
    pub(super) fn take_over(&mut self, whole: &mut Self, visit: &Visit) {
        let theirs = std::mem::take(&mut whole.change.files);
        let own = std::mem::take(&mut self.change.files);
        self.change = whole.change.clone();
        (self.change.files, self.change.complete) = (own, true);
        whole.change.files = theirs;
        self.collect_notes(visit);
        self.rebuild(self.layout);
        self.link(whole);
    }

    /// The comparison in this pane, where it is one.
    pub const fn compared(&self) -> Option<&Compared> {
        self.view.compared()
    }

    pub(super) const fn compared_mut(&mut self) -> Option<&mut Compared> {
        match &mut self.view {
            View::Compared(compared) => Some(compared),
            View::Whole | View::News => None,
        }
    }

    /// Finds the hunks that are hunks of the whole change too.
    pub(super) fn link(&mut self, whole: &Self) {
        let mut same = BTreeMap::new();
        let mut by_path: BTreeMap<&RepoPath, usize> = BTreeMap::new();
        for (index, file) in whole.files().iter().enumerate().skip(1) {
            by_path.insert(file.path(), index);
        }
        let Some(compared) = self.compared() else {
            return;
        };
        for (index, file) in self.files().iter().enumerate().skip(1) {
            let (Some(there), Some(side)) = (by_path.get(file.path()), &file.new) else {
                continue;
            };
            let is_last = !compared.later.contains_key(&side.path);
            if compared.kind(index) == Kind::Rebase || !is_last {
                continue;
            }
            let theirs = whole.files()[*there].hunks();
            for (hunk, own) in file.hunks().iter().enumerate() {
                let found = theirs.iter().position(|other| is_same(own, other));
                same.extend(found.map(|found| ((index, hunk), (*there, found))));
            }
        }
        if let Some(compared) = self.compared_mut() {
            compared.same = same;
        }
    }

    /// What of the rows of this pane was on the screen.
    pub fn seen<'a>(&'a self, visit: &'a Visit) -> &'a Seen {
        self.compared().map_or(&visit.seen, |own| &own.seen)
    }

    /// Hunks of the author's that were on the screen, in a comparison.
    pub(super) fn share_compared(&self, compared: &Compared) -> Share {
        let mut share = Share::default();
        for (index, file) in self.files().iter().enumerate().skip(1) {
            if compared.kind(index) != Kind::Rebase {
                let own = compared.seen.file(index, file);
                share.seen += own.seen;
                share.total += own.total;
            }
        }
        share
    }

    /// What a comparison comes to.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        let Some(compared) = self.compared() else {
            return tally;
        };
        for (index, file) in self.files().iter().enumerate().skip(1) {
            let hunks = file.hunks().len();
            match compared.kind(index) {
                Kind::Rebase => tally.rebased += hunks,
                kind => {
                    tally.own += hunks;
                    tally.doubtful += usize::from(kind == Kind::Doubtful);
                    tally.silent += usize::from(hunks == 0);
                }
            }
        }
        tally
    }

    /// Which file this is of how many; what only a rebase did is not counted.
    pub fn number_of(&self, file: usize) -> (usize, usize) {
        let Some(compared) = self.compared() else {
            return (file, self.files().len() - 1);
        };
        let own = |index: &usize| compared.kind(*index) != Kind::Rebase;
        let total = (1..self.files().len()).filter(own).count();
        ((1..=file).filter(own).count(), total)
    }

    /// What a remark on these lines of the pane is about in the revision that is judged. The lines
    /// of a comparison are not all lines of that revision.
    ///
    /// # Errors
    /// Why there is nothing to remark on there, in words.
    pub fn anchored(&self, path: &RepoPath, on: Lines) -> Result<(RepoPath, Lines), String> {
        let Some(compared) = self.compared() else {
            return Ok((path.clone(), on));
        };
        let own = End::Revision(self.change.name.number);
        if compared.kind(self.current_file()) == Kind::Rebase {
            return Err("what the rebase brought is no part of the change".to_owned());
        }
        if path.as_bytes() == super::change::MESSAGE_PATH.as_bytes() {
            return match compared.ends.1 == own && on.side != Some(Side::Old) {
                true => Ok((path.clone(), on)),
                false => Err(format!(
                    "this is not the message of @{}",
                    self.change.name.number
                )),
            };
        }
        if on.side == Some(Side::Old) {
            return match compared.ends.0 {
                End::Base => Ok((path.clone(), on)),
                end => Err(format!(
                    "that line is of {}, not of what you judge",
                    end.words()
                )),
            };
        }
        let Some(later) = compared.later.get(path) else {
            return Ok((path.clone(), on));
        };
        let Some(there) = later.new.as_ref().map(|side| side.path.clone()) else {
            return Err("a later commit takes this file away".to_owned());
        };
        let carried = |line: Option<u64>| match line {
            None => Ok(None),
            Some(line) => {
                let line = u32::try_from(line).ok();
                let line = line.and_then(|line| later.carry(line, Carry::Forward));
                line.map(|line| Some(u64::from(line)))
                    .ok_or_else(|| "a later commit changes that line".to_owned())
            }
        };
        let (line, end_line) = (carried(on.line)?, carried(on.end_line)?);
        Ok((
            there,
            Lines {
                line,
                end_line,
                ..on
            },
        ))
    }

    /// Where a note of the revision stands in a comparison; none where its line is not shown.
    pub(super) fn placed(&self, compared: &Compared, mut note: Note) -> Option<Note> {
        let path = note.path.clone()?;
        let own = End::Revision(self.change.name.number);
        if path.as_bytes() == super::change::MESSAGE_PATH.as_bytes() && compared.ends.1 != own {
            return None;
        }
        let shown = |file: &&FileDiff| file.new.as_ref().is_some_and(|side| side.path == path);
        if note.side == OnSide::Old && compared.ends.0 != End::Base {
            // A remark on the whole file has no side.
            note.line.is_none().then_some(())?;
        }
        let later = compared.later.values().find(|later| {
            let side = later.new.as_ref();
            side.is_some_and(|side| side.path == path)
        });
        let mut here = path.clone();
        if let Some(later) = later.filter(|_| note.side == OnSide::New) {
            here.clone_from(&later.old.as_ref()?.path);
            if let Some(line) = note.line {
                note.line = Some(later.carry(line, Carry::Back)?);
            }
        } else {
            self.files().iter().find(shown)?;
        }
        let numbered = self.files().iter().enumerate();
        let mut own = numbered.filter(|(index, _)| compared.kind(*index) != Kind::Rebase);
        let (_, file) = own.find(|(_, file)| *file.path() == here)?;
        let spans = |hunk: &Hunk| match note.side {
            OnSide::New => (hunk.new_start, hunk.new_lines),
            OnSide::Old => (hunk.old_start, hunk.old_lines),
        };
        if let Some(line) = note.line {
            let holds = |hunk: &Hunk| {
                let (start, lines) = spans(hunk);
                (start..start.saturating_add(lines)).contains(&line)
            };
            file.hunks().iter().any(holds).then_some(())?;
        } else if matches!(
            note.kind,
            NoteKind::Finding { .. } | NoteKind::Scanned { .. }
        ) {
            return None;
        }
        note.path = Some(here);
        Some(note)
    }
}

/// Some lines that a remark is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lines {
    /// The side they are on.
    pub side: Option<Side>,
    /// The first; none is the file.
    pub line: Option<u64>,
    /// The last, where there are several.
    pub end_line: Option<u64>,
}

impl Compared {
    /// What a file shows.
    pub fn kind(&self, file: usize) -> Kind {
        self.kinds.get(file).copied().unwrap_or_default()
    }

    /// The hunk of the whole change that a hunk here is, line for line.
    pub fn same(&self, at: (usize, usize)) -> Option<(usize, usize)> {
        self.same.get(&at).copied()
    }
}

impl End {
    /// What it is called.
    pub fn words(self) -> String {
        match self {
            Self::Base => "base".to_owned(),
            Self::Commit(oid) => oid.short(8),
            Self::Revision(number) => format!("@{number}"),
        }
    }
}

/// Whether two hunks show the same lines at the same place of the new side.
fn is_same(one: &Hunk, other: &Hunk) -> bool {
    one.new_start == other.new_start
        && one.lines.len() == other.lines.len()
        && one.lines.iter().zip(&other.lines).all(|(a, b)| {
            (a.kind, a.new, a.no_newline) == (b.kind, b.new, b.no_newline) && a.bytes == b.bytes
        })
}
