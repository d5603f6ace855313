//! The content digest against a second, short implementation by `git` plumbing; and that nothing
//! in a repository can hide or change a line of what is reviewed.

mod hostile;
mod shown;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use countersign::change::Oid;
use countersign::diff::{FileDiff, LineKind};
use countersign::git::{DiffOptions, EMPTY_TREE, Store};
use sha2::{Digest as _, Sha256};

use crate::common::{Sandbox, hermetic};

/// A repository without remotes, and a store on it.
struct Repo<'s> {
    sandbox: &'s Sandbox,
    dir: PathBuf,
}

impl<'s> Repo<'s> {
    fn new(sandbox: &'s Sandbox) -> Self {
        let dir = sandbox.path("repo");
        sandbox.git(&sandbox.path(""), &["init", "-q", "repo"]);
        let repo = Self { sandbox, dir };
        repo.git(&["config", "user.name", "A"]);
        repo.git(&["config", "user.email", "a@x"]);
        repo
    }

    #[track_caller]
    fn git(&self, args: &[&str]) -> String {
        self.sandbox.git(&self.dir, args)
    }

    /// The raw output of a git command.
    fn raw(&self, args: &[&str]) -> Vec<u8> {
        let output = self.sandbox.command("git", &self.dir).args(args).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{args:?}");
        output.stdout
    }

    fn store(&self) -> Store {
        Store::discover(&self.dir).unwrap()
    }

    fn write(&self, path: impl AsRef<OsStr>, text: impl AsRef<[u8]>) {
        let file = self.dir.join(Path::new(path.as_ref()));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    /// Commits the whole work tree and returns its tree.
    fn commit(&self) -> Oid {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
        self.oid("HEAD^{tree}")
    }

    fn oid(&self, spec: &str) -> Oid {
        self.git(&["rev-parse", spec]).parse().unwrap()
    }

    fn hash(&self, kind: &str, bytes: &[u8]) -> Oid {
        let mut command = self.sandbox.command("git", &self.dir);
        command.args(["hash-object", "-w", "--literally", "--stdin", "-t", kind]);
        let printed = crate::common::run(&mut command, bytes).ok();
        printed.trim_end().parse().unwrap()
    }

    /// `change-content-v1` after `docs/formats.md`, by `ls-tree` and `cat-file`.
    fn reference(&self, base: Oid, result: Oid) -> (String, u64) {
        let (old, new) = (self.leaves(base), self.leaves(result));
        let field = |x: &[u8]| [&(x.len() as u64).to_be_bytes()[..], x].concat();
        let mut all = b"countersign.change-content.v1\0".to_vec();
        let mut files = 0;
        let paths: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        for path in paths.into_iter().filter(|p| old.get(*p) != new.get(*p)) {
            let mut record = field(path);
            for side in [old.get(path), new.get(path)] {
                let (mode, id) = match side {
                    None => ("0".to_owned(), "0".repeat(64)),
                    Some((mode, oid)) if mode == "160000" => {
                        (mode.clone(), format!("gitlink:{oid}"))
                    }
                    Some((mode, oid)) => {
                        let blob = self.raw(&["cat-file", "blob", oid]);
                        (mode.clone(), format!("{:x}", Hex(&Sha256::digest(blob))))
                    }
                };
                record.extend(field(mode.as_bytes()));
                record.extend(field(id.as_bytes()));
            }
            all.extend(field(&record));
            files += 1;
        }
        (format!("{:x}", Hex(&Sha256::digest(all))), files)
    }

    /// Path to mode and object of every leaf of a tree.
    fn leaves(&self, tree: Oid) -> BTreeMap<Vec<u8>, (String, String)> {
        self.raw(&["ls-tree", "-r", "-z", "--full-tree", &tree.to_string()])
            .split(|b| *b == 0)
            .filter(|record| !record.is_empty())
            .map(|record| {
                let tab = record.iter().position(|b| *b == b'\t').unwrap();
                let head = std::str::from_utf8(&record[..tab]).unwrap();
                let words: Vec<&str> = head.split(' ').collect();
                let value = (words[0].to_owned(), words[2].to_owned());
                (record[tab + 1..].to_vec(), value)
            })
            .collect()
    }

    #[track_caller]
    fn agrees(&self, base: Oid, result: Oid) -> u64 {
        let ours = self.store().content(base, result).unwrap();
        let theirs = self.reference(base, result);
        assert_eq!((ours.sha256.to_string(), ours.files), theirs);
        ours.files
    }
}

struct Hex<'a>(&'a [u8]);

impl std::fmt::LowerHex for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The added and removed lines of a file diff, marked.
fn marked(file: &FileDiff) -> Vec<String> {
    file.hunks()
        .iter()
        .flat_map(|hunk| &hunk.lines)
        .filter_map(|line| {
            let sign = match line.kind {
                LineKind::Added => '+',
                LineKind::Removed => '-',
                LineKind::Context => return None,
            };
            Some(format!("{sign}{}", String::from_utf8_lossy(&line.bytes)))
        })
        .collect()
}

fn diff(store: &Store, old: Oid, new: Oid) -> Vec<FileDiff> {
    store.diff(old, new, &DiffOptions::default()).unwrap()
}

#[test]
fn the_digest_agrees_with_a_second_implementation_on_every_kind_of_change() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        repo.write("keep", "same\n");
        repo.write("edit", "one\n");
        repo.write("gone", "bye\n");
        repo.write("mode", "#!/bin/sh\n");
        repo.write("from", "moved\n".repeat(9));
        repo.write("file-then-dir", "f\n");
        repo.write("dir-then-file/a", "d\n");
        repo.write("a-b", "before a/\n");
        repo.write("a/b", "inside\n");
        symlink("edit", repo.dir.join("link")).unwrap();
        let base = repo.commit();
        let first = repo.oid("HEAD");

        repo.write("edit", "two\n");
        std::fs::remove_file(repo.dir.join("gone")).unwrap();
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(repo.dir.join("mode"), mode).unwrap();
        std::fs::rename(repo.dir.join("from"), repo.dir.join("to")).unwrap();
        std::fs::remove_file(repo.dir.join("file-then-dir")).unwrap();
        repo.write("file-then-dir/x", "x\n");
        std::fs::remove_dir_all(repo.dir.join("dir-then-file")).unwrap();
        repo.write("dir-then-file", "now a file\n");
        repo.write("a-b", "after\n");
        repo.write("a/b", "inside too\n");
        repo.write(OsStr::from_bytes(b"na\xffme"), "bytes\n");
        repo.write("bin", [0, 1, 2]);
        std::fs::remove_file(repo.dir.join("link")).unwrap();
        symlink("/etc/passwd", repo.dir.join("link")).unwrap();
        repo.git(&["add", "-A"]);
        let gitlink = format!("160000,{first},sub");
        repo.git(&["update-index", "--add", "--cacheinfo", &gitlink]);
        repo.git(&["commit", "-q", "-m", "everything"]);
        let result = repo.oid("HEAD^{tree}");

        assert_eq!(repo.agrees(base, result), 15);
        assert_eq!(repo.agrees(result, base), 15);
        assert_eq!(repo.agrees(EMPTY_TREE, result), 12);
        assert_eq!(repo.agrees(base, base), 0);
    });
}

#[test]
fn modes_that_git_normalises_are_no_change() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        let blob = repo.hash("blob", b"x\n");
        let tree = |mode: &str, extra: &[u8]| {
            let head = format!("{mode} a\0");
            let one = [head.as_bytes(), blob.as_bytes(), extra].concat();
            repo.hash("tree", &one)
        };
        let (old, new) = (tree("100664", b""), tree("100644", b""));
        assert_eq!(repo.agrees(old, new), 0);
        assert_eq!(repo.agrees(old, tree("100755", b"")), 1);
    });
}

#[test]
fn no_attribute_textconv_or_external_diff_hides_a_line() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        let attributes = "*.rs -diff\n*.py diff=upper\n*.c binary\n*.go ident export-subst\n*.txt -text working-tree-encoding=UTF-16\n";
        repo.write(".gitattributes", attributes);
        std::fs::create_dir_all(repo.dir.join(".git/info")).unwrap();
        repo.write(".git/info/attributes", "* -diff\n");
        repo.git(&["config", "diff.upper.textconv", "touch ran; tr a-z A-Z <"]);
        repo.git(&["config", "diff.upper.command", "touch ran; true"]);
        repo.git(&["config", "diff.external", "touch ran; true"]);
        repo.git(&["config", "core.fsmonitor", "touch ran; true"]);
        let names = ["a.rs", "b.py", "c.c", "d.go"];
        for name in names {
            repo.write(name, "old $Id$\n");
        }
        let old = repo.commit();
        for name in names {
            repo.write(name, "new $Id$\n");
        }
        let new = repo.commit();
        let _ = std::fs::remove_file(repo.dir.join("ran"));

        let store = repo.store();
        let files = diff(&store, old, new);
        assert_eq!(files.len(), 4);
        for file in &files {
            assert_eq!(marked(file), ["-old $Id$", "+new $Id$"], "{}", file.path());
        }
        assert!(!repo.dir.join("ran").exists());
    });
}

#[test]
fn replace_refs_and_grafts_change_neither_parents_nor_lines() {
    hermetic(|sandbox| {
        let repo = Repo::new(sandbox);
        repo.write("f", "one\n");
        let old = repo.commit();
        repo.write("f", "evil\n");
        let new = repo.commit();
        repo.write("f", "three\n");
        repo.commit();
        let (first, second, third) = (repo.oid("HEAD~2"), repo.oid("HEAD~1"), repo.oid("HEAD"));
        let before = repo.reference(old, new);

        let (good, evil) = (repo.hash("blob", b"good\n"), repo.oid("HEAD~1:f"));
        repo.git(&["replace", &evil.to_string(), &good.to_string()]);
        repo.git(&["replace", &second.to_string(), &first.to_string()]);
        repo.write(".git/info/grafts", format!("{third} {first}\n"));

        let store = repo.store();
        assert_eq!(store.replace_refs().unwrap(), 2);
        assert!(store.has_grafts());
        assert_eq!(store.commit(third).unwrap().parents, [second]);
        assert_eq!(store.resolve_commit("HEAD~1").unwrap(), second);
        assert_eq!(store.resolve_commit("HEAD~2").unwrap(), first);
        assert_eq!(
            store.commits_between(&[first], third).unwrap(),
            [second, third]
        );
        assert_eq!(store.blob(evil, 100).unwrap(), b"evil\n");
        assert_eq!(marked(&diff(&store, old, new)[0]), ["-one", "+evil"]);
        let ours = store.content(old, new).unwrap();
        assert_eq!((ours.sha256.to_string(), ours.files), before);
    });
}
