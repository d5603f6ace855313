//! What changed between two revisions of a change. The older one is rebased in memory; what differs
//! from that is its author's, and what the rebase did is told apart.

use std::collections::{BTreeMap, BTreeSet};

use super::diff::{between, body, fill, learn};
use super::explained::explain;
use super::rebased::{Ends, Moved, Moves, Rebased, blob_id, is_mergeable, same};
use super::renames::{Renames, similarity};
use super::{DiffOptions, Leaf, Result, Store, TreeChange};
use crate::change::RepoPath;
use crate::diff::interdiff::{FileInterdiff, Interdiff};
use crate::diff::{Body, FileDiff, FileSide, Mode};

/// A file of the older revision, rebased.
struct Left {
    /// As the older revision has it.
    head: Option<FileSide>,
    result: Rebased,
    /// What the file is called in the new base, or where it is new there.
    origin: RepoPath,
}

/// A file of the newer revision.
struct Right {
    side: FileSide,
    origin: RepoPath,
}

/// What both revisions have at the paths that either touches.
#[derive(Default)]
struct Board {
    left: BTreeMap<RepoPath, Left>,
    right: BTreeMap<RepoPath, Right>,
    doubtful: Vec<Doubtful>,
}

/// A file of the older revision whose rebase conflicts.
struct Doubtful {
    moved: Moved,
    /// What the newer revision has of it.
    own: Option<FileSide>,
}

impl Store {
    /// The difference between two revisions without what the change of their bases brought. With
    /// one base it is the plain difference of the heads; where the newer revision is nothing but the
    /// older one rebased without conflicts it is empty.
    ///
    /// # Errors
    /// Where a tree or a blob is missing or corrupt.
    pub fn interdiff(&self, old: Ends, new: Ends, options: &DiffOptions) -> Result<Interdiff> {
        let mut found = Interdiff::default();
        if old.base == new.base {
            let own = self.diff(old.head, new.head, options)?.into_iter();
            found.files = own.map(plain).collect();
            return Ok(found);
        }
        let main = self.diff_files(old.base, new.base)?;
        let before = self.diff_files(old.base, old.head)?;
        let after = self.diff_files(new.base, new.head)?;
        found.others = others(&main, &before, &after);
        let board = self.board(old, new, &Moves::of(&main), before, &after)?;
        for doubtful in board.doubtful {
            found.files.extend(self.doubtful(doubtful, options)?);
        }
        for (left, right) in self.paired(board.left, board.right)? {
            let own = self.own(left.as_ref(), right.as_ref(), options)?;
            let rebase = left.as_ref().map(|left| self.rebase(left, options));
            let rebase = rebase.transpose()?.flatten();
            if own.is_some() || rebase.is_some() {
                found.files.push(FileInterdiff {
                    own,
                    rebase,
                    doubtful: false,
                });
            }
        }
        found.files.sort_by(|a, b| a.path().cmp(&b.path()));
        Ok(found)
    }

    /// What there is to show between two texts that are no files.
    ///
    /// # Errors
    /// Where libgit2 fails.
    pub fn texts(&self, old: &[u8], new: &[u8], options: &DiffOptions) -> Result<Body> {
        body(old, new, options)
    }

    /// Lays out both sides: the older revision rebased, and the newer one.
    fn board(
        &self,
        old: Ends,
        new: Ends,
        moves: &Moves,
        before: Vec<FileDiff>,
        after: &[FileDiff],
    ) -> Result<Board> {
        let mut board = Board::default();
        // Paths of the new base that a side leaves.
        let (mut left_free, mut right_free) = (BTreeSet::new(), BTreeSet::new());
        let mut paths: BTreeSet<RepoPath> = after.iter().flat_map(ends_of).collect();
        for file in after {
            let origin = ends_of(file).next();
            if let (Some(side), Some(origin)) = (file.new.clone(), origin) {
                board
                    .right
                    .insert(side.path.clone(), Right { side, origin });
            }
            right_free.extend(file.old.as_ref().map(|side| side.path.clone()));
        }
        let mut doubtful = Vec::new();
        for file in before {
            let moved = self.moved(file, moves, new.base)?;
            let onto = moved.onto.as_ref().map(|side| side.path.clone());
            left_free.extend(onto.clone());
            match moved.result.side().map(|side| side.path.clone()) {
                _ if matches!(moved.result, Rebased::Doubtful) => doubtful.push(moved),
                None => paths.extend(onto),
                Some(at) => {
                    paths.extend([Some(at.clone()), onto.clone()].into_iter().flatten());
                    let left = Left {
                        head: moved.head,
                        result: moved.result,
                        origin: onto.unwrap_or_else(|| at.clone()),
                    };
                    board.left.insert(at, left);
                }
            }
        }
        for path in &paths {
            let Some(onto) = self.side_at(new.base, path)? else {
                continue;
            };
            if !board.right.contains_key(path) && !right_free.contains(path) {
                let (side, origin) = (onto.clone(), path.clone());
                board.right.insert(path.clone(), Right { side, origin });
            }
            if !board.left.contains_key(path) && !left_free.contains(path) {
                let left = Left {
                    head: self.side_at(old.head, moves.from(path))?,
                    result: Rebased::Side(onto),
                    origin: path.clone(),
                };
                board.left.insert(path.clone(), left);
            }
        }
        self.set_aside(&mut board, doubtful, new)?;
        Ok(board)
    }

    /// Finds what the newer revision has of each doubtful file: under the path the older one gave
    /// it, else what it made of the same file of its base.
    fn set_aside(&self, board: &mut Board, doubtful: Vec<Moved>, new: Ends) -> Result<()> {
        for moved in doubtful {
            let by_path = moved.head.as_ref().map(|side| side.path.clone());
            let by_origin = moved.onto.as_ref().and_then(|onto| {
                let mut all = board.right.iter();
                let found = all.find(|(_, right)| right.origin == onto.path);
                found.map(|(path, _)| path.clone())
            });
            let own_path = by_path.filter(|path| board.right.contains_key(path));
            let right = own_path.or(by_origin);
            let right = right.and_then(|path| board.right.remove(&path));
            let side = match right {
                Some(right) => Some(right.side),
                // Untouched by the newer revision, so no part of what was put up.
                None => match &moved.onto {
                    Some(onto) => self.side_at(new.head, &onto.path)?,
                    None => None,
                },
            };
            for taken in [&moved.head, &moved.onto, &side].into_iter().flatten() {
                board.left.remove(&taken.path);
            }
            board.doubtful.push(Doubtful { moved, own: side });
        }
        Ok(())
    }

    /// The files of both sides that are one file: of one path, else made of the same file of the
    /// base, else alike.
    fn paired(
        &self,
        mut left: BTreeMap<RepoPath, Left>,
        mut right: BTreeMap<RepoPath, Right>,
    ) -> Result<Vec<(Option<Left>, Option<Right>)>> {
        let mut pairs = Vec::new();
        let both: Vec<RepoPath> = left
            .keys()
            .filter(|p| right.contains_key(*p))
            .cloned()
            .collect();
        for path in both {
            let (one, other) = (left.remove(&path), right.remove(&path));
            let side = one.as_ref().and_then(|left| left.result.side());
            match splits(side, other.as_ref().map(|right| &right.side)) {
                true => pairs.extend([(one, None), (None, other)]),
                false => pairs.push((one, other)),
            }
        }
        let origins: BTreeMap<RepoPath, RepoPath> = right
            .iter()
            .map(|(path, right)| (right.origin.clone(), path.clone()))
            .collect();
        let same_file: Vec<(RepoPath, RepoPath)> = left
            .iter()
            .filter_map(|(path, left)| Some((path.clone(), origins.get(&left.origin)?.clone())))
            .collect();
        for (from, to) in same_file {
            if let Some(right) = right.remove(&to) {
                pairs.push((left.remove(&from), Some(right)));
            }
        }
        for (from, to) in self.alike(&left, &right)? {
            pairs.push((left.remove(&from), right.remove(&to)));
        }
        pairs.extend(left.into_values().map(|left| (Some(left), None)));
        pairs.extend(right.into_values().map(|right| (None, Some(right))));
        Ok(pairs)
    }

    /// Which files of the older revision were most likely renamed to which of the newer one. A
    /// merged file is judged by what it was before.
    fn alike(
        &self,
        left: &BTreeMap<RepoPath, Left>,
        right: &BTreeMap<RepoPath, Right>,
    ) -> Result<Vec<(RepoPath, RepoPath)>> {
        let leaf = |side: &FileSide| Leaf {
            mode: side.mode,
            oid: side.id,
        };
        let gone = left.iter().map(|(path, left)| TreeChange {
            path: path.clone(),
            old: match &left.result {
                Rebased::Merged(..) => left.head.as_ref().map(leaf),
                result => result.side().map(leaf),
            },
            new: None,
        });
        let come = right.iter().map(|(path, right)| TreeChange {
            path: path.clone(),
            old: None,
            new: Some(leaf(&right.side)),
        });
        let mut renames = Renames::new(self, gone.chain(come).collect());
        renames.find()?;
        let pairs = renames.into_pairs().into_iter();
        Ok(pairs
            .filter_map(|pair| Some((pair.old?.0, pair.new?.0)))
            .collect())
    }

    /// What the author did to a file between the revisions; none where nothing.
    fn own(
        &self,
        left: Option<&Left>,
        right: Option<&Right>,
        options: &DiffOptions,
    ) -> Result<Option<FileDiff>> {
        let new = right.map(|right| right.side.clone());
        let old = left.and_then(|left| left.result.side().cloned());
        let moved = old.as_ref().zip(new.as_ref());
        let moved = moved.is_some_and(|(old, new)| old.path != new.path);
        let merged = left.and_then(|left| match &left.result {
            Rebased::Merged(_, bytes) => Some(bytes),
            _ => None,
        });
        let Some(from) = merged else {
            let equal = match (&old, &new) {
                (Some(old), Some(new)) => same(old, new) && !moved,
                (None, None) => true,
                _ => false,
            };
            return match equal {
                true => Ok(None),
                false => self.plain_file(old, new, options).map(Some),
            };
        };
        let to = match &new {
            Some(side) if side.size > super::diff::SIDE_CAP => None,
            side => Some(self.side_bytes(side.as_ref())?),
        };
        let modes = |side: &Option<FileSide>| side.as_ref().map(|side| side.mode);
        if to.as_ref() == Some(from) && modes(&old) == modes(&new) && !moved {
            return Ok(None);
        }
        let percent = match &to {
            Some(to) if moved => Some(similarity(from, to)),
            _ => moved.then_some(0),
        };
        let mut file = between(old, new, percent);
        if let (Body::Text(_), Some(to)) = (&file.body, &to) {
            fill(&mut file, body(from, to, options)?);
            learn(file.old.as_mut(), from);
            learn(file.new.as_mut(), to);
        }
        Ok(Some(file))
    }

    /// What the rebase alone did to a file of the older revision; none where nothing.
    fn rebase(&self, left: &Left, options: &DiffOptions) -> Result<Option<FileDiff>> {
        let (Some(head), Some(to)) = (&left.head, left.result.side()) else {
            return Ok(None);
        };
        match &left.result {
            Rebased::Merged(side, bytes) => {
                let from = self.side_bytes(Some(head))?;
                let moved = head.path != side.path;
                let percent = moved.then(|| similarity(&from, bytes));
                let mut file = between(Some(head.clone()), Some(side.clone()), percent);
                fill(&mut file, body(&from, bytes, options)?);
                learn(file.old.as_mut(), &from);
                learn(file.new.as_mut(), bytes);
                let moved = moved || head.mode != side.mode;
                Ok(Some(file).filter(|file| !file.hunks().is_empty() || moved))
            }
            _ if same(head, to) && head.path == to.path => Ok(None),
            _ => self
                .plain_file(Some(head.clone()), Some(to.clone()), options)
                .map(Some),
        }
    }

    /// A file whose rebase conflicts: what the new base did is taken out as far as it is certain.
    /// Where that leaves nothing to show, what the newer revision does to its base is shown: that may
    /// take away what the base brought.
    fn doubtful(&self, file: Doubtful, options: &DiffOptions) -> Result<Vec<FileInterdiff>> {
        if let Some(found) = self.explained(&file, options)? {
            return Ok(found);
        }
        let Doubtful { moved, own } = file;
        let alike = match (&moved.head, &own) {
            (Some(head), Some(own)) => same(head, own) && head.path == own.path,
            (None, None) => true,
            _ => false,
        };
        let old = if alike { moved.onto } else { moved.head };
        let parts = match splits(old.as_ref(), own.as_ref()) {
            true => vec![(old, None), (None, own)],
            false => vec![(old, own)],
        };
        let shown = parts
            .into_iter()
            .filter(|(old, own)| old.is_some() || own.is_some());
        shown
            .map(|(old, own)| {
                Ok(FileInterdiff {
                    own: Some(self.plain_file(old, own, options)?),
                    rebase: None,
                    doubtful: true,
                })
            })
            .collect()
    }

    /// A conflicting file with the changes of the new base told apart that the newer revision has
    /// exactly so; none where nothing is told apart that way.
    fn explained(
        &self,
        file: &Doubtful,
        options: &DiffOptions,
    ) -> Result<Option<Vec<FileInterdiff>>> {
        let Moved {
            base, head, onto, ..
        } = &file.moved;
        let (Some(base), Some(head), Some(onto), Some(own)) = (base, head, onto, &file.own) else {
            return Ok(None);
        };
        let all = [base, head, onto, own];
        let in_place = all.iter().all(|side| side.path == base.path);
        let kept = base.mode == onto.mode && head.mode == own.mode;
        if !in_place || !kept || !all.iter().all(|side| is_mergeable(side)) {
            return Ok(None);
        }
        let [base, from, onto, to] = all.map(|side| self.side_bytes(Some(side)));
        let (from, to) = (from?, to?);
        let Some(found) = explain(&base?, &from, &onto?, &to)? else {
            return Ok(None);
        };
        let changes = found.bytes != to;
        if !found.is_all && (!changes || found.bytes == from) {
            return Ok(None);
        }
        let middle = FileSide {
            id: blob_id(&found.bytes)?,
            size: found.bytes.len() as u64,
            ..head.clone()
        };
        let mut rebase = between(Some(head.clone()), Some(middle.clone()), None);
        fill(&mut rebase, body(&from, &found.bytes, options)?);
        let mut rest = between(Some(middle), Some(own.clone()), None);
        fill(&mut rest, body(&found.bytes, &to, options)?);
        Ok(Some(vec![FileInterdiff {
            own: Some(rest).filter(|_| changes),
            rebase: Some(rebase).filter(|_| found.bytes != from),
            doubtful: !found.is_all,
        }]))
    }

    /// The difference between two leaves of the repository.
    fn plain_file(
        &self,
        old: Option<FileSide>,
        new: Option<FileSide>,
        options: &DiffOptions,
    ) -> Result<FileDiff> {
        let moved = old.as_ref().zip(new.as_ref());
        let moved = moved.filter(|(old, new)| old.path != new.path);
        let percent = match moved {
            Some((old, new)) if old.id == new.id => Some(100),
            Some((old, new)) if [old, new].iter().all(|s| s.size > 0 && s.size <= RATED) => {
                let (from, to) = (self.side_bytes(Some(old))?, self.side_bytes(Some(new))?);
                Some(similarity(&from, &to))
            }
            Some(_) => Some(0),
            None => None,
        };
        let mut file = between(old, new, percent);
        self.load_hunks(&mut file, options)?;
        Ok(file)
    }
}

/// How alike larger files are is not worked out, in bytes.
const RATED: u64 = 2 << 20;

const fn plain(own: FileDiff) -> FileInterdiff {
    FileInterdiff {
        own: Some(own),
        rebase: None,
        doubtful: false,
    }
}

/// Whether one side is a submodule and the other one is none: two changes, for else the file's lines
/// would be out of sight.
fn splits(old: Option<&FileSide>, new: Option<&FileSide>) -> bool {
    let is_submodule = |side: &FileSide| side.mode == Mode::Submodule;
    let both = old.map(is_submodule).zip(new.map(is_submodule));
    both.is_some_and(|(old, new)| old != new)
}

/// The paths of a file on both sides.
fn ends_of(file: &FileDiff) -> impl Iterator<Item = RepoPath> {
    let sides = [file.old.as_ref(), file.new.as_ref()];
    sides.into_iter().flatten().map(|side| side.path.clone())
}

/// Files that the bases have otherwise and neither revision touches.
fn others(main: &[FileDiff], before: &[FileDiff], after: &[FileDiff]) -> usize {
    let path = |side: &Option<FileSide>| side.as_ref().map(|side| side.path.clone());
    let old: BTreeSet<RepoPath> = before.iter().flat_map(ends_of).collect();
    let new: BTreeSet<RepoPath> = after.iter().flat_map(ends_of).collect();
    let touched = |file: &&FileDiff| {
        path(&file.old).is_some_and(|path| old.contains(&path))
            || path(&file.new).is_some_and(|path| new.contains(&path) || old.contains(&path))
    };
    main.iter().filter(|file| !touched(file)).count()
}
