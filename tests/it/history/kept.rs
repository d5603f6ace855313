//! What is kept between runs changes how fast it goes and nothing else.

use std::fmt::Write as _;

use countersign::change::Oid;
use countersign::evidence::{Histories, NoShelf, Shelf as _};
use countersign::git::Store;
use countersign::risk::HistoryStats;

use super::{Memory, Repo, ask};
use crate::common::{Sandbox, hermetic, run};

/// Commits of the long history.
const LONG: usize = 900;
const PATHS: [&str; 4] = ["a", "b", "side", "moved/a"];

/// A history with merges, moves, reverts and several authors: its first parents, oldest first.
fn long(sandbox: &Sandbox) -> (Store, Vec<Oid>) {
    let repo = Repo::new(sandbox);
    let mut stream = String::new();
    let mut mark = 0;
    let mut commit = |parents: &[usize], message: &str, edits: &str| {
        mark += 1;
        let who = format!("P <p{}@x> {} +0000", mark % 7, 1_700_000_000 + mark * 60);
        let _ = write!(stream, "commit refs/heads/main\nmark :{mark}\n");
        let _ = write!(stream, "author {who}\ncommitter {who}\n");
        let _ = write!(stream, "data {}\n{message}\n", message.len());
        for (at, parent) in parents.iter().enumerate() {
            let word = if at == 0 { "from" } else { "merge" };
            let _ = writeln!(stream, "{word} :{parent}");
        }
        let _ = writeln!(stream, "{edits}");
        mark
    };
    let edit =
        |path: &str, text: &str| format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len());
    let mut tip = commit(&[], "start", &edit("a", "0"));
    let mut old = tip;
    for n in 1..LONG {
        let text = n.to_string();
        tip = match n % 10 {
            3 => {
                let side = commit(&[old], &format!("side {n}"), &edit("side", &text));
                old = tip;
                commit(&[tip, side], &format!("Merge {n}"), "")
            }
            5 => commit(
                &[tip],
                &format!("Revert \"change {}\"", n - 1),
                &edit("b", &text),
            ),
            7 if n % 20 == 7 => commit(&[tip], "away", "R a moved/a"),
            7 => commit(&[tip], "back", "R moved/a a"),
            _ => commit(&[tip], &format!("change {n}"), &edit("b", &text)),
        };
    }
    let mut import = repo.sandbox.command("git", &repo.dir);
    run(
        import.args(["fast-import", "--quiet", "--force"]),
        stream.as_bytes(),
    )
    .ok();
    let store = repo.store();
    let tip = store.resolve_commit("main").unwrap();
    let mut chain = store.first_parent_chain(tip, None).unwrap();
    chain.reverse();
    (store, chain)
}

fn counted(store: &Store, shelf: &Memory, trunk: Oid, base: Oid) -> HistoryStats {
    let histories = Histories::new(store, shelf, usize::MAX);
    let found = histories.read(trunk, &[ask(base, &PATHS)]).unwrap();
    found.into_iter().next().flatten().unwrap()
}

fn from_scratch(store: &Store, bases: &[Oid]) -> Vec<HistoryStats> {
    let asks: Vec<_> = bases.iter().map(|base| ask(*base, &PATHS)).collect();
    let trunk = *bases.last().unwrap();
    let histories = Histories::new(store, &NoShelf, usize::MAX);
    let found = histories.read(trunk, &asks).unwrap();
    found.into_iter().map(Option::unwrap).collect()
}

#[test]
fn going_on_from_what_was_kept_is_counting_from_the_start() {
    hermetic(|sandbox| {
        let (store, chain) = long(sandbox);
        let bases: Vec<Oid> = (0..chain.len()).step_by(37).map(|at| chain[at]).collect();
        let expected = from_scratch(&store, &bases);
        assert!(
            expected
                .iter()
                .any(|stats| stats.paths.values().any(|f| f.undone > 5)),
            "the history is no empty one"
        );
        let shelf = Memory::default();
        let trunk = *chain.last().unwrap();
        // Forwards: each goes on from the one before. Backwards: each is behind what is kept.
        for (base, expected) in bases.iter().zip(&expected) {
            assert_eq!(&counted(&store, &shelf, *base, *base), expected);
        }
        assert!(shelf.heads().len() > 1, "something was kept");
        let kept = shelf.0.borrow().clone();
        for (base, expected) in bases.iter().zip(&expected).rev() {
            assert_eq!(&counted(&store, &shelf, trunk, *base), expected);
        }
        // The same bytes, whatever was there before.
        for (head, bytes) in &kept {
            let fresh = Memory::default();
            counted(&store, &fresh, *head, *head);
            assert_eq!(fresh.load(*head).as_ref(), Some(bytes));
        }
    });
}

#[test]
fn damaged_or_foreign_bytes_are_counted_again() {
    hermetic(|sandbox| {
        let (store, chain) = long(sandbox);
        let (middle, tip) = (chain[500], chain[700]);
        let expected = from_scratch(&store, &[tip]);
        let shelf = Memory::default();
        counted(&store, &shelf, middle, middle);
        let good = shelf.load(middle).unwrap();
        let mut bad = vec![Vec::new(), good[..good.len() / 2].to_vec(), vec![0xff; 64]];
        for at in [3, 40, good.len() / 2, good.len() - 1] {
            let mut bytes = good.clone();
            bytes[at] ^= 0x10;
            bad.push(bytes);
        }
        for bytes in bad {
            shelf.keep(middle, &bytes);
            assert_eq!(counted(&store, &shelf, tip, tip), expected[0]);
        }
        // Good bytes under the name of another commit.
        let shelf = Memory::default();
        shelf.keep(chain[600], &good);
        assert_eq!(counted(&store, &shelf, tip, tip), expected[0]);
    });
}

#[test]
fn a_history_that_was_rewritten_takes_nothing_from_the_old_one() {
    hermetic(|sandbox| {
        let (store, chain) = long(sandbox);
        let shelf = Memory::default();
        counted(&store, &shelf, chain[800], chain[800]);
        let dir = sandbox.path("repo");
        sandbox.git(&dir, &["reset", "-q", "--hard", &chain[300].to_string()]);
        std::fs::write(dir.join("b"), "new\n").unwrap();
        sandbox.git(&dir, &["commit", "-q", "-am", "instead"]);
        let store = Store::discover(&dir).unwrap();
        let tip = store.resolve_commit("HEAD").unwrap();
        let expected = from_scratch(&store, &[tip]);
        assert_eq!(counted(&store, &shelf, tip, tip), expected[0]);
        let old = from_scratch(&store, &[chain[800]]);
        assert_ne!(old, expected);
    });
}

#[test]
fn too_long_a_way_is_no_answer_and_a_kept_tally_shortens_it() {
    hermetic(|sandbox| {
        let (store, chain) = long(sandbox);
        let (near, tip) = (chain[chain.len() - 20], chain[chain.len() - 1]);
        let shelf = Memory::default();
        let quick = |base: Oid| {
            let histories = Histories::new(&store, &shelf, 100);
            histories.read(tip, &[ask(base, &PATHS)]).unwrap().remove(0)
        };
        assert_eq!(quick(tip), None);
        counted(&store, &shelf, near, near);
        assert_eq!(quick(tip), Some(from_scratch(&store, &[tip]).remove(0)));
    });
}

#[test]
fn a_base_beside_the_target_has_its_own_history() {
    hermetic(|sandbox| {
        let (store, chain) = long(sandbox);
        let trunk = *chain.last().unwrap();
        // The second parent of a merge: not among the first parents of the trunk.
        let merge = store.commit(chain[703]).unwrap();
        let side = merge.parents[1];
        let alone = from_scratch(&store, &[side]);
        let shelf = Memory::default();
        assert_eq!(counted(&store, &shelf, trunk, side), alone[0]);
        assert_eq!(counted(&store, &shelf, trunk, side), alone[0], "kept");
    });
}

#[test]
fn a_shallow_clone_counts_nothing_and_says_so() {
    hermetic(|sandbox| {
        let (_, chain) = long(sandbox);
        let url = format!("file://{}", sandbox.path("repo").display());
        let top = sandbox.path("");
        sandbox.git(&top, &["clone", "-q", "--depth", "5", &url, "cut"]);
        let dir = sandbox.path("cut");
        let store = Store::discover(&dir).unwrap();
        let tip = store.resolve_commit("HEAD").unwrap();
        assert_eq!(tip, *chain.last().unwrap());
        let stats = counted(&store, &Memory::default(), tip, tip);
        assert!(stats.cut_short && stats.paths.is_empty());
        let scan = |dir: &std::path::Path| {
            let ran = sandbox.countersign(dir, &["scan", "HEAD", "--jsonl"]);
            ran.exits(0).json()["terms"].to_string()
        };
        let said = "part of the history is not in this clone";
        assert!(scan(&dir).contains(said), "{}", scan(&dir));
        let whole = scan(&sandbox.path("repo"));
        assert!(whole.contains("have changed these files"), "{whole}");
        // What was counted in the whole clone is not taken for what is not here, nor kept as such.
        sandbox.git(&dir, &["fetch", "-q", "--unshallow"]);
        assert_eq!(scan(&dir), whole);
    });
}

#[cfg(feature = "tui")]
#[test]
fn the_screen_shows_a_long_history_as_soon_as_it_is_counted_behind_it() {
    use crate::common::World;
    use countersign::runtime::{Backend as _, Repository};

    hermetic(|_| {
        let world = World::new();
        let alice = &world.alice;
        let mut stream = String::new();
        for n in 0..1_100 {
            let who = format!("P <p{}@x> {} +0000", n % 20, 1_767_700_000 + n * 60);
            let _ = write!(
                stream,
                "commit refs/heads/main\ncommitter {who}\ndata 1\nx\n{}M 100644 inline src/app.py\ndata 6\n{n:06}\n",
                if n == 0 {
                    "from refs/heads/main^0\n"
                } else {
                    ""
                },
            );
        }
        let mut import = world.sandbox.command("git", &alice.dir);
        run(import.args(["fast-import", "--quiet"]), stream.as_bytes()).ok();
        alice.git(&["push", "-q", "origin", "main"]);
        world.queue("work", "src/app.py", "pass\n");
        alice.git(&["fetch", "-q", "origin"]);
        let queue = "+refs/countersign/*:refs/countersign-remote/origin/countersign/*";
        alice.git(&["fetch", "-q", "origin", queue]);

        let cache = world.sandbox.path("screen-cache");
        let screen = Repository::new(alice.dir.clone(), None, Some(cache));
        let likelihood = || {
            screen.load().unwrap().entries[0]
                .risk
                .as_ref()
                .unwrap()
                .likelihood
        };
        let first = likelihood();
        assert_eq!(screen.go_on(), Ok(true));
        assert!(likelihood() > first, "twenty people have changed the file");
        assert_eq!(screen.go_on(), Ok(false), "nothing is left to count");
    });
}
