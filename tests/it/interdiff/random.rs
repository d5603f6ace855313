//! Random revisions of one file: with one base the plain difference, and never a line of the author
//! hidden, whatever the target did meanwhile.

use countersign::change::{Oid, RepoPath};
use countersign::diff::LineKind;
use countersign::git::{DiffOptions, Ends, Store};

/// A repository of its own, and dice.
struct Game {
    store: Store,
    random: fastrand::Rng,
    _dir: tempfile::TempDir,
}

impl Game {
    fn new(seed: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            store: Store::init(dir.path(), true).unwrap(),
            random: fastrand::Rng::with_seed(seed),
            _dir: dir,
        }
    }

    /// A tree with these files.
    fn tree(&self, files: &[(&str, &[String])]) -> Oid {
        let edits: Vec<_> = files
            .iter()
            .map(|(path, lines)| {
                let blob = self.store.write_blob(lines.concat().as_bytes()).unwrap();
                (RepoPath::from(*path), Some((0o100_644, blob)))
            })
            .collect();
        self.store.write_tree_with(None, &edits).unwrap()
    }

    /// A few lines, some of them alike.
    fn text(&mut self) -> Vec<String> {
        let count = self.random.usize(3..25);
        let line = |_| match self.random.u8(0..4) {
            0 => "\n".to_owned(),
            1 => "}\n".to_owned(),
            _ => format!("line {}\n", self.random.u8(0..12)),
        };
        (0..count).map(line).collect()
    }

    /// The text with some lines changed, put in, taken out.
    fn edited(&mut self, text: &[String], who: &str) -> Vec<String> {
        let mut text = text.to_vec();
        for _ in 0..self.random.usize(1..4) {
            let at = self.random.usize(0..=text.len());
            match self.random.u8(0..3) {
                0 => text.insert(at, format!("{who} {}\n", self.random.u8(0..4))),
                1 if at < text.len() => drop(text.remove(at)),
                _ if at < text.len() => text[at] = format!("{who} {}\n", self.random.u8(0..4)),
                _ => {}
            }
        }
        text
    }
}

fn shown(store: &Store, old: Ends, new: Ends, kind: LineKind) -> Vec<String> {
    let found = store.interdiff(old, new, &DiffOptions::default()).unwrap();
    let lines = found
        .shown()
        .flat_map(|(file, _)| file.hunks())
        .flat_map(|hunk| &hunk.lines);
    let lines = lines.filter(|line| line.kind == kind);
    lines
        .map(|line| String::from_utf8_lossy(&line.bytes).into_owned())
        .collect()
}

#[test]
fn without_a_rebase_it_is_the_plain_difference_of_the_heads() {
    let mut game = Game::new(3);
    for _ in 0..150 {
        let base = game.text();
        let (one, other) = (game.edited(&base, "one"), game.edited(&base, "other"));
        let (kept, moved) = (game.text(), game.random.bool());
        let base = game.tree(&[("a.txt", &base), ("b.txt", &kept)]);
        let old = game.tree(&[("a.txt", &one), ("b.txt", &kept)]);
        let path = if moved { "c.txt" } else { "a.txt" };
        let new = game.tree(&[(path, &other), ("b.txt", &kept)]);
        let ends = |head| Ends { base, head };
        let options = DiffOptions::default();
        let found = game
            .store
            .interdiff(ends(old), ends(new), &options)
            .unwrap();
        let shown: Vec<_> = found.shown().map(|(file, _)| file.clone()).collect();
        assert_eq!(shown, game.store.diff(old, new, &options).unwrap());
        assert!(found.shown().all(|(_, doubtful)| !doubtful) && found.others == 0);
    }
}

/// The newer revision is anything: an honest resolution, one that takes a side, or new lines. What
/// its author put in that nobody had before is always to be seen.
#[test]
fn a_line_that_only_the_newer_revision_has_is_never_hidden() {
    let mut game = Game::new(11);
    let (mut conflicts, mut told_apart) = (0, 0);
    for round in 0..600 {
        let base = game.text();
        let (ours, theirs) = (game.edited(&base, "ours"), game.edited(&base, "theirs"));
        let mut own = match game.random.u8(0..3) {
            0 => ours.clone(),
            1 => theirs.clone(),
            _ => game.edited(&theirs, "ours"),
        };
        let planted = format!("planted {round}");
        let at = game.random.usize(0..=own.len());
        if at < own.len() && game.random.bool() {
            own[at] = format!("{planted}\n");
        } else {
            own.insert(at, format!("{planted}\n"));
        }
        let [base, ours, theirs, own] =
            [&base, &ours, &theirs, &own].map(|text| game.tree(&[("a.txt", text)]));
        let old = Ends { base, head: ours };
        let new = Ends {
            base: theirs,
            head: own,
        };
        let lines = shown(&game.store, old, new, LineKind::Added);
        assert!(lines.contains(&planted), "round {round}: {lines:?}");
        let found = game
            .store
            .interdiff(old, new, &DiffOptions::default())
            .unwrap();
        conflicts += usize::from(found.files.iter().any(|file| file.doubtful));
        let partly = |file: &countersign::diff::interdiff::FileInterdiff| {
            file.doubtful && file.rebase.is_some()
        };
        told_apart += usize::from(found.files.iter().any(partly));
    }
    assert!(conflicts > 50 && told_apart > 5, "{conflicts} {told_apart}");
}

/// A line of the older revision that the newer one dropped is shown as gone, unless the target took
/// it away too.
#[test]
fn a_line_that_only_the_newer_revision_dropped_is_shown_as_gone() {
    let mut game = Game::new(23);
    for round in 0..300 {
        let base = game.text();
        let mut ours = game.edited(&base, "ours");
        let planted = format!("planted {round}");
        let at = game.random.usize(0..=ours.len());
        ours.insert(at, format!("{planted}\n"));
        let theirs = game.edited(&base, "theirs");
        let own = game.edited(&theirs, "own");
        let [base, ours, theirs, own] =
            [&base, &ours, &theirs, &own].map(|text| game.tree(&[("a.txt", text)]));
        let old = Ends { base, head: ours };
        let new = Ends {
            base: theirs,
            head: own,
        };
        let lines = shown(&game.store, old, new, LineKind::Removed);
        assert!(lines.contains(&planted), "round {round}: {lines:?}");
    }
}
