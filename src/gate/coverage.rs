//! Coverage by `merge`: whether what landed is the approved change brought onto a target that had
//! moved, path by path and with nobody's hand in it (`docs/formats.md`, the gate's rule, 5).

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use crate::change::{Oid, RepoPath, Sha256};
use crate::diff::Mode;
use crate::git::{GitError, Leaf, Store, TreeChange};
use crate::policy::Cast;
use crate::verdict::CommitAndTree;

/// What a verdict says it was given for.
type Subject = (CommitAndTree, CommitAndTree, Sha256);

/// The changes that verdicts were given for and the file merges tried with them, each read once.
#[derive(Default)]
pub(super) struct Approvals {
    changes: RefCell<HashMap<Subject, Rc<Approved>>>,
    merges: RefCell<HashMap<[Oid; 4], bool>>,
}

/// What the objects here say of a verdict's `base..head`.
enum Approved {
    /// The trees differ in this.
    Change(Change),
    /// Objects are missing.
    Missing,
    /// The commits are not what the statement says, or cannot be read.
    Unsound,
}

/// The approved change by path.
struct Change {
    subject: Subject,
    changes: Vec<TreeChange>,
    /// Whether it has the content digest that was signed, once somebody asked.
    digest_holds: OnceCell<bool>,
}

/// How a verdict's change and what landed go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Landing {
    /// What landed is the change, merged. `whole`: no path of it was there before.
    Merged {
        /// Whether every path of the change landed here.
        whole: bool,
    },
    /// At this path something else landed.
    Differs(RepoPath),
    /// The change is not here to compare with.
    Missing,
    /// Nothing was compared: no need, or the statement and the objects contradict each other.
    Unknown,
}

impl Approvals {
    /// What landed on `parent` (a tree), compared with the change of a verdict.
    ///
    /// # Errors
    /// Where an object of what landed is missing or corrupt.
    pub(super) fn landing(
        &self,
        store: &Store,
        cast: &Cast,
        parent: Oid,
        landed: &[TreeChange],
    ) -> Result<Landing, GitError> {
        let Some(base) = cast.base else {
            return Ok(Landing::Unknown);
        };
        self.landing_of(store, (base, cast.head, cast.content), parent, landed)
    }

    /// How many of these verdicts are for commits that are not here.
    pub(super) fn missing<'c>(
        &self,
        store: &Store,
        casts: impl Iterator<Item = &'c Cast>,
    ) -> usize {
        let subjects = casts.filter_map(|cast| Some((cast.base?, cast.head, cast.content)));
        let read = subjects.map(|subject| self.approved(store, subject));
        read.filter(|one| matches!(**one, Approved::Missing))
            .count()
    }

    /// Whether the commits here that a verdict names are what it says of them: their trees, and the
    /// content between. What is missing here contradicts nothing.
    pub(super) fn is_sound(&self, store: &Store, cast: &Cast) -> bool {
        let Some(base) = cast.base else {
            return false;
        };
        match &*self.approved(store, (base, cast.head, cast.content)) {
            Approved::Change(change) => change.digest_holds(store),
            Approved::Missing => true,
            Approved::Unsound => false,
        }
    }

    fn landing_of(
        &self,
        store: &Store,
        subject: Subject,
        parent: Oid,
        landed: &[TreeChange],
    ) -> Result<Landing, GitError> {
        match &*self.approved(store, subject) {
            Approved::Change(change) => self.compare(store, change, parent, landed),
            Approved::Missing => Ok(Landing::Missing),
            Approved::Unsound => Ok(Landing::Unknown),
        }
    }

    fn approved(&self, store: &Store, subject: Subject) -> Rc<Approved> {
        let mut known = self.changes.borrow_mut();
        let entry = known.entry(subject);
        Rc::clone(entry.or_insert_with(|| Rc::new(Approved::read(store, subject))))
    }

    fn compare(
        &self,
        store: &Store,
        change: &Change,
        parent: Oid,
        landed: &[TreeChange],
    ) -> Result<Landing, GitError> {
        if let Some(other) = landed.iter().find(|one| change.at(&one.path).is_none()) {
            return Ok(Landing::Differs(other.path.clone()));
        }
        let mut whole = true;
        let mut to_merge = Vec::new();
        for one in &change.changes {
            let (before, after) = match find(landed, &one.path) {
                Some(step) => (step.old, step.new),
                None => {
                    whole = false;
                    let leaf = leaf_at(store, parent, &one.path)?;
                    (leaf, leaf)
                }
            };
            if before == one.old || before == one.new {
                if after != one.new {
                    return Ok(Landing::Differs(one.path.clone()));
                }
                continue;
            }
            match of_one_mode([one.old, before, one.new, after]) {
                Some(sides) => to_merge.push((&one.path, sides)),
                None => return Ok(Landing::Differs(one.path.clone())),
            }
        }
        // What follows reads contents: only now, when the paths allow it.
        if !change.digest_holds(store) {
            return Ok(Landing::Unknown);
        }
        for (path, sides) in to_merge {
            if !self.merges(store, sides)? {
                return Ok(Landing::Differs(path.clone()));
            }
        }
        Ok(Landing::Merged { whole })
    }

    fn merges(&self, store: &Store, sides: [Oid; 4]) -> Result<bool, GitError> {
        if let Some(known) = self.merges.borrow().get(&sides) {
            return Ok(*known);
        }
        let [old, ours, theirs, landed] = sides;
        let clean = store.is_clean_merge(old, ours, theirs, landed)?;
        self.merges.borrow_mut().insert(sides, clean);
        Ok(clean)
    }
}

impl Approved {
    /// Reads a change. Whatever is wrong with its objects is no error of the gate: the statement
    /// then covers nothing by `merge`.
    fn read(store: &Store, subject: Subject) -> Self {
        let (base, head, _) = subject;
        let read = || -> Result<Option<Vec<TreeChange>>, GitError> {
            for end in [base, head] {
                if store.commit(end.commit)?.tree != end.tree {
                    return Ok(None);
                }
            }
            store.tree_changes(base.tree, head.tree).map(Some)
        };
        match read() {
            Ok(Some(changes)) => Self::Change(Change {
                subject,
                changes,
                digest_holds: OnceCell::new(),
            }),
            Err(GitError::ObjectMissing { .. }) => Self::Missing,
            Ok(None) | Err(_) => Self::Unsound,
        }
    }
}

impl Change {
    fn at(&self, path: &RepoPath) -> Option<&TreeChange> {
        find(&self.changes, path)
    }

    /// Whether the content that was signed is the content of these trees.
    fn digest_holds(&self, store: &Store) -> bool {
        *self.digest_holds.get_or_init(|| {
            let (base, head, signed) = self.subject;
            let content = store.content(base.tree, head.tree);
            content.is_ok_and(|content| content.sha256 == signed)
        })
    }
}

/// The change at a path; `tree_changes` lists them by path.
fn find<'c>(changes: &'c [TreeChange], path: &RepoPath) -> Option<&'c TreeChange> {
    let at = changes.binary_search_by(|one| one.path.cmp(path)).ok()?;
    changes.get(at)
}

fn leaf_at(store: &Store, tree: Oid, path: &RepoPath) -> Result<Option<Leaf>, GitError> {
    let entry = store.entry_at(tree, path)?;
    Ok(entry.and_then(|(mode, oid)| Mode::from_raw(mode).map(|mode| Leaf { mode, oid })))
}

/// The blobs of four sides that are all regular files of one mode.
fn of_one_mode(sides: [Option<Leaf>; 4]) -> Option<[Oid; 4]> {
    let [Some(a), Some(b), Some(c), Some(d)] = sides else {
        return None;
    };
    let regular = matches!(a.mode, Mode::Regular | Mode::Executable);
    let one_mode = [b, c, d].iter().all(|side| side.mode == a.mode);
    (regular && one_mode).then_some([a.oid, b.oid, c.oid, d.oid])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::change::Identity;
    use crate::git::NewCommit;

    /// An entry of a tree: its mode and contents; none where there is nothing.
    type Entry = Option<(u32, &'static str)>;

    const fn file(text: &'static str) -> Entry {
        Some((0o100_644, text))
    }

    const fn program(text: &'static str) -> Entry {
        Some((0o100_755, text))
    }

    const fn link(text: &'static str) -> Entry {
        Some((0o120_000, text))
    }

    const fn submodule(text: &'static str) -> Entry {
        Some((0o160_000, text))
    }

    const OLD: &str = "a\nb\nc\nd\ne\n";
    const NEW: &str = "A\nb\nc\nd\ne\n";
    const MOVED: &str = "a\nb\nc\nd\nE\n";
    const MERGED: &str = "A\nb\nc\nd\nE\n";

    struct Bench {
        store: Store,
        approvals: Approvals,
        _dir: tempfile::TempDir,
    }

    impl Bench {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            Self {
                store: Store::init(dir.path(), true).unwrap(),
                approvals: Approvals::default(),
                _dir: dir,
            }
        }

        fn tree(&self, entries: &[(&str, Entry)]) -> Oid {
            let edits = entries.iter().map(|(path, entry)| {
                let blob = |text: &str| self.store.write_blob(text.as_bytes()).unwrap();
                // Nobody looks into a submodule: any id is one of its commits.
                let value = entry.map(|(mode, text)| (mode, blob(text)));
                (RepoPath::from(*path), value)
            });
            let edits: Vec<_> = edits.filter(|(_, value)| value.is_some()).collect();
            self.store.write_tree_with(None, &edits).unwrap()
        }

        fn commit(&self, tree: Oid) -> CommitAndTree {
            let who = Identity {
                name: "A".to_owned(),
                email: "a@corp.example".to_owned(),
                when: jiff::Timestamp::UNIX_EPOCH,
            };
            let commit = NewCommit {
                tree,
                parents: Vec::new(),
                author: who.clone(),
                committer: who,
                message: "x".to_owned(),
            };
            let commit = self.store.write_commit(&commit).unwrap();
            CommitAndTree { commit, tree }
        }

        fn subject(&self, old: &[(&str, Entry)], new: &[(&str, Entry)]) -> Subject {
            let (base, head) = (self.commit(self.tree(old)), self.commit(self.tree(new)));
            let content = self.store.content(base.tree, head.tree).unwrap();
            (base, head, content.sha256)
        }

        fn land(&self, subject: Subject, from: &[(&str, Entry)], to: &[(&str, Entry)]) -> Landing {
            let (parent, result) = (self.tree(from), self.tree(to));
            let landed = self.store.tree_changes(parent, result).unwrap();
            let landing = self
                .approvals
                .landing_of(&self.store, subject, parent, &landed);
            landing.unwrap()
        }

        /// What is said of one path that was approved from `old` to `new` and went from `parent`
        /// to `result`.
        fn path(&self, [old, new, parent, result]: [Entry; 4]) -> Landing {
            let subject = self.subject(&[("f", old)], &[("f", new)]);
            self.land(subject, &[("f", parent)], &[("f", result)])
        }
    }

    const WHOLE: Landing = Landing::Merged { whole: true };

    fn differs(path: &str) -> Landing {
        Landing::Differs(RepoPath::from(path))
    }

    #[test]
    fn a_clean_merge_and_nothing_but_it() {
        let bench = Bench::new();
        let [old, new, moved] = [OLD, NEW, MOVED].map(file);
        assert_eq!(bench.path([old, new, moved, file(MERGED)]), WHOLE);
        assert_eq!(bench.path([old, new, old, new]), WHOLE);
        for result in [new, moved, old, file("A\nb\nX\nd\nE\n"), None] {
            assert_eq!(bench.path([old, new, moved, result]), differs("f"));
        }
        let already = bench.path([old, new, new, new]);
        assert_eq!(already, Landing::Merged { whole: false });
    }

    #[test]
    fn what_conflicts_is_never_covered() {
        let bench = Bench::new();
        let conflict = file("x\nb\nc\nd\ne\n");
        for result in [file(NEW), conflict, file(MERGED)] {
            let landing = bench.path([file(OLD), file(NEW), conflict, result]);
            assert_eq!(landing, differs("f"));
        }
    }

    #[test]
    fn only_regular_files_of_one_mode_are_merged() {
        let bench = Bench::new();
        let apart = [
            [file(OLD), program(OLD), file(MOVED), program(MOVED)],
            [file(OLD), file(NEW), program(MOVED), program(MERGED)],
            [file(OLD), file(NEW), file(MOVED), program(MERGED)],
            [link(OLD), link(NEW), link(MOVED), link(MERGED)],
            [file(OLD), link(NEW), file(MOVED), link(NEW)],
            [
                submodule(OLD),
                submodule(NEW),
                submodule(MOVED),
                submodule(NEW),
            ],
            [file("a\0"), file("b\0"), file("c\0"), file("b\0")],
            // Deleted here and edited there, or the other way round; added on both sides.
            [file(OLD), None, file(MOVED), None],
            [file(OLD), file(NEW), None, file(NEW)],
            [None, file(NEW), file(MOVED), file(NEW)],
        ];
        for case in apart {
            assert_eq!(bench.path(case), differs("f"), "{case:?}");
        }
        let one_mode = [program(OLD), program(NEW), program(MOVED), program(MERGED)];
        assert_eq!(bench.path(one_mode), WHOLE);
        // Where the target did not move at the path, anything goes over as it is.
        for (old, new) in [
            (link(OLD), link(NEW)),
            (submodule(OLD), submodule(NEW)),
            (file(OLD), program(NEW)),
            (file("a\0"), file("b\0")),
            (file(OLD), None),
            (None, file(NEW)),
        ] {
            assert_eq!(bench.path([old, new, old, new]), WHOLE);
        }
    }

    #[test]
    fn a_directory_in_the_place_of_a_file_is_no_clean_merge() {
        let bench = Bench::new();
        let subject = bench.subject(&[("x", file("x"))], &[("x", file("x")), ("f", file(NEW))]);
        let from = [("x", file("x")), ("f/g", file("g"))];
        let landing = bench.land(subject, &from, &[("x", file("x")), ("f", file(NEW))]);
        assert_eq!(landing, differs("f/g"));
        assert_eq!(bench.land(subject, &from, &from), differs("f"));
    }

    #[test]
    fn every_path_lands_and_no_other() {
        let bench = Bench::new();
        let old = [("f", file(OLD)), ("g", file(OLD))];
        let new = [("f", file(NEW)), ("g", file(NEW))];
        let subject = bench.subject(&old, &new);
        assert_eq!(bench.land(subject, &old, &new), WHOLE);
        let half = [("f", file(NEW)), ("g", file(OLD))];
        assert_eq!(bench.land(subject, &old, &half), differs("g"));
        assert_eq!(
            bench.land(subject, &half, &new),
            Landing::Merged { whole: false }
        );
        let more = [("f", file(NEW)), ("g", file(NEW)), ("h", file("h"))];
        assert_eq!(bench.land(subject, &old, &more), differs("h"));
    }

    #[test]
    fn a_statement_must_describe_the_objects_it_names() {
        let bench = Bench::new();
        let (old, new) = ([("f", file(OLD))], [("f", file(NEW))]);
        let (base, head, content) = bench.subject(&old, &new);
        let said = |subject| bench.land(subject, &old, &new);
        assert_eq!(said((base, head, content)), WHOLE);
        assert_eq!(
            said((base, head, Sha256::from_bytes([7; 32]))),
            Landing::Unknown
        );
        let other = CommitAndTree {
            tree: head.tree,
            ..base
        };
        assert_eq!(said((other, head, content)), Landing::Unknown);
        let other = CommitAndTree {
            tree: base.tree,
            ..head
        };
        assert_eq!(said((base, other, content)), Landing::Unknown);
        // A tree where a commit is named.
        let other = CommitAndTree {
            commit: head.tree,
            ..head
        };
        assert_eq!(said((base, other, content)), Landing::Unknown);
        let gone = CommitAndTree {
            commit: Oid::from_bytes([7; 20]),
            ..head
        };
        assert_eq!(said((base, gone, content)), Landing::Missing);
    }
}
