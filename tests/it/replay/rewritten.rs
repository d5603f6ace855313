//! The same history with a policy in force from its start: every commit anew, its tree with the
//! folder of the policy added, everything else of it as it was.

use std::collections::HashMap;
use std::path::Path;

use git2::{ObjectType, Oid, Repository, Sort};

use super::merges::Merge;
use crate::common::{Policy, Sandbox};

/// How many commits are made anew at most; branches that left the history before those stand on the
/// root.
const MOST: usize = 40_000;
/// How far the start lies before the oldest merge, in first-parent commits: the first that fits.
const BEFORE: [usize; 6] = [0, 250, 1_000, 2_500, 5_000, 10_000];

/// A history under a policy, in a bare repository that borrows the objects of the original.
pub struct Rewritten {
    pub repository: Repository,
    /// Where the policy begins, which is also the oldest commit.
    pub root: Oid,
    /// How many commits are older than the root and were replaced by a stand-in above it.
    pub stand_ins: usize,
    policy: Oid,
    made: HashMap<Oid, Oid>,
}

impl Rewritten {
    /// Rewrites what the merges need of the history of `original`.
    pub fn new(
        sandbox: &Sandbox,
        original: &Path,
        tip: Oid,
        merges: &[Merge],
        policy: &Policy,
    ) -> Self {
        let dir = sandbox.path("replayed.git");
        let top = sandbox.path("");
        sandbox.git(&top, &["init", "-q", "--bare", "replayed.git"]);
        let objects = Repository::open(original)
            .unwrap()
            .commondir()
            .join("objects");
        let borrowed = format!("{}\n", objects.display());
        std::fs::write(dir.join("objects/info/alternates"), borrowed).unwrap();
        let repository = Repository::open_bare(&dir).unwrap();
        let folder = folder(&repository, policy);
        let start = start(&repository, tip, merges);
        let mut rewritten = Self {
            root: start,
            repository,
            stand_ins: 0,
            policy: folder,
            made: HashMap::new(),
        };
        rewritten.root = rewritten.anew(start, &[]);
        rewritten.made.insert(start, rewritten.root);
        let mut walk = rewritten.repository.revwalk().unwrap();
        walk.push(tip).unwrap();
        walk.hide(start).unwrap();
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE).unwrap();
        let all: Vec<Oid> = walk.map(Result::unwrap).collect();
        for oid in all {
            let parents: Vec<Oid> = rewritten
                .repository
                .find_commit(oid)
                .unwrap()
                .parent_ids()
                .collect();
            let parents: Vec<Oid> = parents.into_iter().map(|one| rewritten.of(one)).collect();
            let made = rewritten.anew(oid, &parents);
            rewritten.made.insert(oid, made);
        }
        let main = rewritten.of(tip);
        let set = rewritten
            .repository
            .reference("refs/heads/main", main, true, "");
        set.unwrap();
        sandbox.git(&dir, &["repack", "-a", "-d", "-l", "-q"]);
        rewritten
    }

    /// What became of a commit of the original.
    pub fn of(&mut self, oid: Oid) -> Oid {
        if let Some(made) = self.made.get(&oid) {
            return *made;
        }
        self.stand_ins += 1;
        let made = self.anew(oid, &[self.root]);
        self.made.insert(oid, made);
        made
    }

    /// The commit with other parents and the folder of the policy in its tree.
    fn anew(&self, oid: Oid, parents: &[Oid]) -> Oid {
        let commit = self.repository.find_commit(oid).unwrap();
        let tree = commit.tree().unwrap();
        let mut builder = self.repository.treebuilder(Some(&tree)).unwrap();
        builder
            .insert(".countersign", self.policy, 0o040_000)
            .unwrap();
        let tree = builder.write().unwrap();
        self.write(oid, tree, parents)
    }

    /// The commit `like` with this tree and these parents: its other headers and its message stay,
    /// but for a signature, which would not hold.
    pub fn write(&self, like: Oid, tree: Oid, parents: &[Oid]) -> Oid {
        let odb = self.repository.odb().unwrap();
        let old = odb.read(like).unwrap();
        let mut new = format!("tree {tree}\n").into_bytes();
        for parent in parents {
            new.extend_from_slice(format!("parent {parent}\n").as_bytes());
        }
        let end = old
            .data()
            .windows(2)
            .position(|two| two == b"\n\n")
            .unwrap();
        let (headers, message) = old.data().split_at(end + 1);
        for line in headers.split_inclusive(|byte| *byte == b'\n') {
            if [&b"author "[..], b"committer ", b"encoding "]
                .iter()
                .any(|name| line.starts_with(name))
            {
                new.extend_from_slice(line);
            }
        }
        new.extend_from_slice(message);
        odb.write(ObjectType::Commit, &new).unwrap()
    }
}

/// The tree of `.countersign/`.
fn folder(repository: &Repository, policy: &Policy) -> Oid {
    let mut builder = repository.treebuilder(None).unwrap();
    for (name, text) in [
        ("policy.toml", policy.toml()),
        ("allowed_signers", policy.allowed_signers()),
        ("revoked_keys", policy.revoked_keys()),
    ] {
        let blob = repository.blob(text.as_bytes()).unwrap();
        builder.insert(name, blob, 0o100_644).unwrap();
    }
    builder.write().unwrap()
}

/// The first-parent commit where the history begins: old enough for every branch, if that is not too
/// much to rewrite.
fn start(repository: &Repository, tip: Oid, merges: &[Merge]) -> Oid {
    let oldest = merges.first().unwrap().target;
    let mut start = oldest;
    let mut chain = vec![oldest];
    for before in BEFORE {
        while chain.len() <= before {
            let last = repository.find_commit(chain[chain.len() - 1]).unwrap();
            match last.parent_id(0) {
                Ok(parent) => chain.push(parent),
                Err(_) => break,
            }
        }
        let here = chain[before.min(chain.len() - 1)];
        let (count, _) = repository.graph_ahead_behind(tip, here).unwrap();
        if count > MOST {
            break;
        }
        start = here;
        let covers = |merge: &Merge| {
            merge.base == here || repository.graph_descendant_of(merge.base, here).unwrap()
        };
        if merges.iter().all(covers) {
            break;
        }
    }
    start
}
