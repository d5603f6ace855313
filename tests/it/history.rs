//! The history statistics: what is counted in real repositories, from which commits, and that it is
//! the same however it was counted.

mod kept;

use std::cell::RefCell;
use std::path::PathBuf;

use countersign::change::{Oid, RepoPath};
use countersign::evidence::{Ask, Histories, HistoryTrail, NoShelf, Shelf};
use countersign::git::Store;
use countersign::risk::{HistoryStats, PathStats};

use crate::common::{Policy, Sandbox, World, hermetic};

/// One repository in which files are written and committed by turns.
struct Repo<'s> {
    sandbox: &'s Sandbox,
    dir: PathBuf,
    who: RefCell<String>,
}

impl<'s> Repo<'s> {
    fn new(sandbox: &'s Sandbox) -> Self {
        let dir = sandbox.path("repo");
        sandbox.git(&sandbox.path(""), &["init", "-q", "repo"]);
        sandbox.git(&dir, &["config", "user.name", "A"]);
        sandbox.git(&dir, &["config", "user.email", "a@x"]);
        Self {
            sandbox,
            dir,
            who: RefCell::new("ann@x".to_owned()),
        }
    }

    fn git(&self, args: &[&str]) -> String {
        self.sandbox.git(&self.dir, args)
    }

    fn by(&self, email: &str) -> &Self {
        email.clone_into(&mut self.who.borrow_mut());
        self
    }

    fn write(&self, path: &str, text: &str) -> &Self {
        let file = self.dir.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
        self
    }

    fn commit(&self, message: &str) -> Oid {
        self.git(&["add", "-A"]);
        let author = format!("A <{}>", self.who.borrow());
        self.git(&["commit", "-q", "--author", &author, "-m", message]);
        self.head()
    }

    /// Appends a line to a file and commits that.
    fn change(&self, path: &str, message: &str) -> Oid {
        let before = std::fs::read_to_string(self.dir.join(path)).unwrap_or_default();
        self.write(path, &format!("{before}{message}\n"));
        self.commit(message)
    }

    fn head(&self) -> Oid {
        self.git(&["rev-parse", "HEAD"]).parse().unwrap()
    }

    fn store(&self) -> Store {
        Store::discover(&self.dir).unwrap()
    }

    /// The statistics up to a commit, counted from the start.
    fn up_to(&self, base: Oid, paths: &[&str]) -> HistoryStats {
        let ask = ask(base, paths);
        let store = self.store();
        let histories = Histories::new(&store, &NoShelf, usize::MAX);
        let tip = self.head();
        let found = histories.read(tip, std::slice::from_ref(&ask)).unwrap();
        let found = found.into_iter().next().flatten().unwrap();
        // The other way to count gives the same.
        let trail = HistoryTrail::new(&NoShelf).ask(&store, &ask).unwrap();
        assert_eq!(trail, found);
        found
    }

    /// Changes of a file up to `HEAD`, and those of them that were undone.
    fn counts(&self, path: &str) -> (u32, u32) {
        let stats = self.up_to(self.head(), &[path]);
        let file = stats.paths.get(&RepoPath::from(path));
        file.map_or((0, 0), |file| (file.changes, file.undone))
    }
}

fn ask(base: Oid, paths: &[&str]) -> Ask {
    Ask {
        base: Some(base),
        paths: paths.iter().map(|path| RepoPath::from(*path)).collect(),
        people: vec!["Zoe@x".to_owned(), "p3@x".to_owned()],
    }
}

fn file<'h>(stats: &'h HistoryStats, path: &str) -> &'h PathStats {
    &stats.paths[&RepoPath::from(path)]
}

#[test]
fn changes_people_and_shares_are_counted_by_lower_case_address() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        repo.by("Ann@X").change("a", "one");
        repo.by("ann@x").change("a", "two");
        repo.by("bob@x").change("a", "three");
        repo.change("b", "other");
        let stats = repo.up_to(repo.head(), &["a", "src/new"]);
        let found = file(&stats, "a");
        let (ann, bob) = (
            stats.author("ann@x").unwrap(),
            stats.author("BOB@x").unwrap(),
        );
        assert_eq!((found.changes, found.undone), (3, 0));
        assert_eq!(found.last_author, Some(bob));
        assert_eq!(found.people, [ann, bob]);
        assert_eq!(found.by_author, [(ann, 2), (bob, 1)]);
        assert!(!stats.paths.contains_key(&RepoPath::from("b")), "not asked");
        let root = stats.folders[&RepoPath::from("")];
        assert_eq!(root.changes, 4, "the nearest folder with a history");
    });
}

#[test]
fn of_many_authors_eight_and_the_one_asked_about_are_kept_and_of_people_sixty_four() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        repo.by("zoe@x").change("a", "zoe");
        for n in 0..70 {
            repo.by(&format!("p{n}@x")).change("a", &n.to_string());
            if n < 8 {
                repo.change("a", "again");
            }
        }
        let stats = repo.up_to(repo.head(), &["a"]);
        let found = file(&stats, "a");
        assert_eq!(found.changes, 79);
        assert_eq!(found.people.len(), 64);
        assert_eq!(found.by_author.len(), 9);
        let zoe = stats.author("zoe@x").unwrap();
        assert!(found.by_author.contains(&(zoe, 1)));
    });
}

#[test]
fn every_form_of_a_revert_counts_once_on_the_files_of_what_it_undoes() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        repo.change("other", "start");
        let first = repo.change("a", "pool: first");
        assert_eq!(repo.counts("a"), (1, 0));
        let said = format!("Revert \"pool: first\"\n\nThis reverts commit {first}.");
        repo.change("other", &said);
        assert_eq!(repo.counts("a"), (1, 1), "by the whole id");
        repo.change("other", &format!("again\n\nThis reverts commit {first}."));
        assert_eq!(repo.counts("a"), (1, 1), "no commit counts twice");

        let second = repo.change("b", "pool: second");
        let said = format!("back out\n\nreverts commit {}", second.short(9));
        repo.change("other", &said);
        assert_eq!(repo.counts("b"), (1, 1), "by an abbreviated id");

        repo.change("c", "pool: third");
        repo.change("other", "Revert \"pool: third\"");
        assert_eq!(repo.counts("c"), (1, 1), "by a title that is the only one");

        repo.change("d", "pool: same");
        repo.change("d", "pool: same");
        repo.change("other", "Revert \"pool: same\"");
        assert_eq!(
            repo.counts("d"),
            (2, 0),
            "a title of two commits is neither"
        );

        repo.change("e", "pool: fourth (#41)");
        repo.change("other", "Undo the pool\n\nReverts corp/pool#41");
        assert_eq!(repo.counts("e"), (1, 1), "by the number of a pull request");

        repo.change("f", "pool: fifth (#42)");
        repo.change("other", "Revert \"pool: fifth\" (#43)");
        assert_eq!(repo.counts("f"), (1, 1), "by a title without its number");

        let sixth = repo.change("g/g", "pool: sixth");
        let said = format!("pool: mend\n\nFixes: {} (\"pool: sixth\")", sixth.short(12));
        repo.change("other", &said);
        assert_eq!(repo.counts("g/g"), (1, 1), "by a trailer");
        let stats = repo.up_to(repo.head(), &["g/new"]);
        let folder = stats.folders[&RepoPath::from("g")];
        assert_eq!((folder.changes, folder.undone), (1, 1));
    });
}

#[test]
fn the_changes_that_were_undone_last_are_remembered_with_their_files() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        let undo = |oid: Oid| {
            let said = format!("back out\n\nThis reverts commit {oid}.");
            repo.change("other", &said)
        };
        let lately = |paths: &[&str]| repo.up_to(repo.head(), paths).undone_lately;
        repo.change("other", "start");
        repo.write("net/a", "1").write("net/b", "1").write("c", "1");
        let long = format!("pool: {}", "é".repeat(70));
        let first = repo.commit(&long);
        assert_eq!(lately(&["net/a"]), [], "not yet");
        let after = undo(first);
        let found = lately(&["net/a", "c", "net/new"]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].oid, found[0].files), (first, 3));
        assert_eq!(found[0].title, format!("pool: {}…", "é".repeat(54)));
        let again = ["c", "net/a"].map(RepoPath::from);
        assert_eq!(found[0].again, again.into());
        assert_eq!(lately(&["other"]), [], "it is the undone one that counts");

        let second = repo.change("c", "two");
        undo(second);
        undo(first);
        let order: Vec<Oid> = lately(&["c"]).iter().map(|undone| undone.oid).collect();
        assert_eq!(order, [first, second], "each once, in their order");
        for n in 0..19 {
            undo(repo.change("d", &n.to_string()));
        }
        let order: Vec<Oid> = lately(&["c"]).iter().map(|undone| undone.oid).collect();
        assert_eq!(order, [second], "the first is one too many");
        assert_eq!(lately(&["d"]).len(), 19);
        let then = repo.up_to(after, &["c"]).undone_lately;
        assert_eq!(then.len(), 1, "as of the base");
    });
}

#[test]
fn who_changed_what_lies_in_a_folder_is_known_of_those_asked_about() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        repo.by("zoe@x").change("net/deep/a", "one");
        repo.by("ann@x").change("net/b", "two");
        let stats = repo.up_to(repo.head(), &["net/deep/a", "net/b", "net/c", "new/d"]);
        let zoe = stats.author("zoe@x").unwrap();
        let folders = stats.changed_in.iter();
        let folders: Vec<_> = folders
            .map(|(path, who)| (path.text(), who.clone()))
            .collect();
        assert_eq!(
            folders,
            [("net".into(), vec![]), ("net/deep".into(), vec![zoe])],
            "others are not told, and a folder of folders is none"
        );
    });
}

#[test]
fn what_names_no_earlier_commit_undoes_nothing() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        let first = repo.change("a", "pool: first");
        repo.change("a", &format!("speaks of {first}"));
        repo.change("a", "Revert \"pool: never was\"");
        repo.change(
            "a",
            "x\n\nThis reverts commit 0123456789012345678901234567890123456789.",
        );
        repo.change("a", "net: y (#9)\n\nReverts #9");
        assert_eq!(repo.counts("a"), (5, 0));
        repo.change("b", "pool: old");
        repo.sandbox.wait_minutes(60 * 24 * 731);
        repo.change("other", "Revert \"pool: old\"");
        assert_eq!(
            repo.counts("b"),
            (1, 0),
            "two years later a title says little"
        );
    });
}

#[test]
fn a_merge_is_no_change_and_brings_in_what_it_merges() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        let start = repo.change("other", "start");
        repo.git(&["checkout", "-q", "-b", "side"]);
        repo.by("bob@x").change("a", "side: one");
        repo.git(&["checkout", "-q", "main"]);
        let before = repo.by("ann@x").change("b", "main: one");
        repo.git(&["merge", "-q", "--no-ff", "-m", "Merge side", "side"]);
        let merge = repo.head();
        assert!(repo.up_to(before, &["a"]).paths.is_empty(), "not yet");
        assert_eq!(repo.counts("a"), (1, 0));
        assert_eq!(repo.counts("b"), (1, 0));
        assert_eq!(repo.up_to(start, &["other"]).paths.len(), 1);
        repo.change(
            "other",
            &format!("Revert it\n\nThis reverts commit {merge}, reversing"),
        );
        assert_eq!(repo.counts("a"), (1, 1), "the one commit it brought in");
        assert_eq!(repo.counts("b"), (1, 0));
    });
}

#[test]
fn a_file_that_moves_whole_keeps_its_past_and_one_that_changes_does_not() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        repo.change("old/a", "one");
        repo.change("old/a", "two");
        std::fs::create_dir_all(repo.dir.join("new")).unwrap();
        repo.git(&["mv", "old/a", "new/b"]);
        repo.by("bob@x").commit("move");
        assert_eq!(repo.counts("old/a"), (0, 0));
        assert_eq!(repo.counts("new/b"), (3, 0));
        repo.git(&["mv", "new/b", "c"]);
        repo.write("c", "something else\n")
            .commit("move and change");
        assert_eq!(repo.counts("c"), (1, 0));
        assert_eq!(repo.counts("new/b"), (4, 0), "it was removed once");
    });
}

#[test]
fn nothing_that_came_later_is_counted() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        let first = repo.change("a", "one");
        repo.by("bob@x").change("a", "Revert \"one\"");
        let stats = repo.up_to(first, &["a"]);
        let found = file(&stats, "a");
        assert_eq!((found.changes, found.undone), (1, 0));
        assert_eq!(found.people.len(), 1);
        assert_eq!(stats.author("bob@x"), None);
        let none = Ask {
            base: None,
            ..ask(first, &["a"])
        };
        let store = repo.store();
        let empty = HistoryTrail::new(&NoShelf).ask(&store, &none).unwrap();
        assert_eq!(empty, HistoryStats::default(), "before the root commit");
    });
}

/// A shelf that holds everything in memory.
#[derive(Default)]
struct Memory(RefCell<std::collections::BTreeMap<Oid, Vec<u8>>>);

impl Shelf for Memory {
    fn heads(&self) -> Vec<Oid> {
        self.0.borrow().keys().copied().collect()
    }
    fn load(&self, head: Oid) -> Option<Vec<u8>> {
        self.0.borrow().get(&head).cloned()
    }
    fn keep(&self, head: Oid, bytes: &[u8]) {
        self.0.borrow_mut().insert(head, bytes.to_vec());
    }
}

/// A world in which `src/app.py` was changed by twelve people, and often undone; and the commit
/// before all that.
fn troubled(change: impl FnOnce(&mut Policy)) -> (World, String) {
    let world = World::with_policy(change);
    let alice = &world.alice;
    let quiet = world.root.clone();
    for n in 1..13 {
        alice.write("src/app.py", format!("def main():\n    return {n}\n"));
        let author = format!("P <p{n}@corp.example>");
        let message = match n % 2 {
            1 => format!("Try {n}"),
            _ => format!("Revert \"Try {}\"", n - 1),
        };
        alice.git(&["commit", "-q", "-S", "--author", &author, "-m", &message]);
    }
    alice.push_main();
    (world, quiet)
}

fn likelihood(world: &World) -> Vec<(String, u64)> {
    let list = world.alice.countersign(&["list", "--json"]).exits(0).json();
    let rows = list["changes"].as_array().unwrap().clone();
    let row = |row: &serde_json::Value| {
        let id = row["id"].as_str().unwrap().to_owned();
        (id, row["risk"]["likelihood"].as_u64().unwrap())
    };
    rows.iter().map(row).collect()
}

#[test]
fn the_queue_counts_the_history_of_each_base_and_the_cache_may_go() {
    let (world, quiet) = troubled(|_| {});
    world.queue("late", "src/app.py", "def main():\n    return 99\n");
    world.agent.git(&["checkout", "-q", "-B", "early", &quiet]);
    let text = "def main():\n    return 99\n";
    world
        .agent
        .commit_by_ai("src/app.py", text, "Change src/app.py");
    world.agent.push_queue("early", 1);
    world.alice.countersign(&["sync"]).ok();
    let first = likelihood(&world);
    let of = |id: &str| first.iter().find(|row| row.0 == id).unwrap().1;
    assert!(of("late") > of("early") + 15, "{first:?}");
    assert_eq!(likelihood(&world), first, "from the cache");
    let cache = world.sandbox.path("xdg/cache");
    std::fs::remove_dir_all(cache.join("countersign/history")).unwrap();
    assert_eq!(likelihood(&world), first, "the tallies are gone");
    std::fs::remove_dir_all(&cache).unwrap();
    assert_eq!(likelihood(&world), first, "all of it is gone");
    let shown = world.alice.countersign(&["show", "late"]).ok();
    assert!(shown.contains("undone or fixed later"), "{shown}");
}

#[test]
fn the_gate_counts_where_a_rule_asks_for_risk() {
    let rule = "[[rule]]\nname = \"risky\"\nrisk = \"medium\"\napprovals = 2\n";
    let (world, _) = troubled(|policy| policy.tables.push_str(rule));
    let before = world.alice.oid("HEAD");
    let text = "def main():\n    return 99\n";
    world.agent.start("work");
    let head = world
        .agent
        .commit_by_ai("src/app.py", text, "Change src/app.py");
    world.agent.git(&["push", "-q", "origin", "HEAD:main"]);
    world.bob.countersign(&["sync"]).ok();
    let range = format!("{before}..{head}");
    let words = [
        "gate",
        "--json",
        "--target",
        "main",
        "--policy-root",
        &world.root,
        &range,
    ];
    let report = world.bob.countersign(&words).json();
    let run = &report["runs"][0];
    assert_eq!(run["level"], "high", "{report}");
    let rules = run["rules"].to_string();
    assert!(rules.contains("risky"), "{rules}");
}
