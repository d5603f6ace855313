//! A small history with every sort of merge: clean ones of every shape, one that somebody had a hand
//! in, and one that a person resolved.

use std::path::PathBuf;

use crate::common::Sandbox;

/// How many of its merges are clean.
pub const CLEAN: usize = 8;
/// How many are clean for git and landed as something else.
pub const TOUCHED: usize = 2;
/// How many a person resolved.
pub const CONFLICTED: usize = 1;

/// Thirty lines, with some of them replaced.
fn lines(edits: &[(usize, &str)]) -> String {
    let line = |n: usize| {
        let edit = edits.iter().find(|(at, _)| *at == n);
        edit.map_or_else(|| format!("line {n}\n"), |(_, text)| format!("{text}\n"))
    };
    (1..=30).map(line).collect()
}

/// The clone that the history is made in.
struct Original<'a> {
    sandbox: &'a Sandbox,
    dir: PathBuf,
}

impl Original<'_> {
    fn git(&self, words: &[&str]) {
        self.sandbox.git(&self.dir, words);
    }

    /// Commits one file.
    fn commit(&self, path: &str, bytes: impl AsRef<[u8]>) {
        self.write(path, bytes);
        self.git(&["commit", "-q", "-m", path]);
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let file = self.dir.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
        self.git(&["add", "--", path]);
    }

    /// A branch from here, then a commit on `main`, and the merge begun.
    fn begin(&self, branch: impl FnOnce(&Self), main: &str, text: &str) {
        self.git(&["checkout", "-q", "-B", "branch", "main"]);
        branch(self);
        self.git(&["checkout", "-q", "main"]);
        self.commit(main, text);
        let words = ["merge", "-q", "--no-ff", "--no-commit", "branch"];
        self.sandbox.try_git(&self.dir, &words);
    }

    fn finish(&self) {
        self.git(&["commit", "-q", "-m", "Merge branch"]);
    }
}

/// The clone whose `HEAD` is the history.
pub fn history(sandbox: &Sandbox) -> PathBuf {
    let top = sandbox.path("");
    sandbox.git(&top, &["init", "-q", "-b", "main", "original"]);
    let dir = sandbox.path("original");
    let original = Original { sandbox, dir };
    original.git(&["config", "user.name", "Eve"]);
    original.git(&["config", "user.email", "eve@elsewhere.example"]);
    // Modes are set in the index alone.
    original.git(&["config", "core.fileMode", "false"]);
    for name in ["a", "b", "c", "sub/d"] {
        original.commit(name, lines(&[]));
    }
    clean(&original);
    touched(&original);
    original.dir
}

fn clean(original: &Original<'_>) {
    let merged = |branch: &dyn Fn(&Original<'_>), main: &str, text: &str| {
        original.begin(branch, main, text);
        original.finish();
    };
    merged(&|on| on.commit("a", lines(&[(2, "two")])), "b", "b\n");
    merged(
        &|on| on.commit("a", lines(&[(2, "two"), (9, "nine")])),
        "a",
        &lines(&[(2, "two"), (20, "twenty")]),
    );
    merged(
        &|on| {
            on.commit("sub/one", "1\n");
            on.commit("sub/two", "2\n");
            on.commit("sub/one", "one\n");
        },
        "main/1",
        "1\n",
    );
    merged(&|on| on.commit("image", b"\x89PNG\0\0"), "main/2", "2\n");
    merged(
        &|on| {
            on.git(&["rm", "-q", "sub/one"]);
            on.git(&["update-index", "--chmod=+x", "sub/two"]);
            on.git(&["commit", "-q", "-m", "One less"]);
        },
        "main/3",
        "3\n",
    );
    // A branch that took `main` in on its way.
    original.git(&["checkout", "-q", "-B", "long", "main"]);
    original.commit("long", "1\n");
    original.git(&["checkout", "-q", "main"]);
    original.commit("main/4", "4\n");
    original.git(&["checkout", "-q", "long"]);
    original.git(&["merge", "-q", "--no-edit", "main"]);
    original.commit("long", "1\n2\n");
    original.git(&["checkout", "-q", "main"]);
    original.git(&["merge", "-q", "--no-ff", "--no-edit", "long"]);
    // One whose target did not move, and one that `main` has a part of already.
    original.git(&["checkout", "-q", "-B", "branch"]);
    original.commit("sub/d", lines(&[(30, "thirty")]));
    original.git(&["checkout", "-q", "main"]);
    original.git(&["merge", "-q", "--no-ff", "--no-edit", "branch"]);
    merged(
        &|on| {
            on.commit("c", lines(&[(4, "four")]));
            on.commit("both", "both\n");
        },
        "both",
        "both\n",
    );
}

fn touched(original: &Original<'_>) {
    original.begin(
        |on| on.commit("c", lines(&[(4, "four"), (8, "eight")])),
        "main/5",
        "5\n",
    );
    original.write("sub/d", lines(&[(30, "thirty"), (1, "on the way")]));
    original.finish();
    // What was put right on `main` is lost.
    original.begin(
        |on| on.commit("a", lines(&[(5, "five")])),
        "main/2",
        "right\n",
    );
    original.write("main/2", "2\n");
    original.finish();
    original.begin(
        |on| on.commit("c", lines(&[(4, "vier")])),
        "c",
        &lines(&[(4, "quatre")]),
    );
    original.write("c", lines(&[(4, "both")]));
    original.finish();
}
