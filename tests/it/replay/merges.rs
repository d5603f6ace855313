//! The merges of a real history, and what git itself makes of their parents.

use git2::{Oid, Repository};

use crate::common::Sandbox;

/// A merge of two parents on the first-parent chain.
pub struct Merge {
    pub oid: Oid,
    pub target: Oid,
    pub branch: Oid,
    pub base: Oid,
}

/// What git's own merge of the two parents is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Clean, and what landed.
    Clean,
    /// Clean, and something else landed: somebody's hand was in it.
    Touched,
    /// There is a conflict, so a person resolved it.
    Conflicted,
}

/// What was found on the chain.
pub struct Found {
    /// The merges, oldest first.
    pub merges: Vec<Merge>,
    /// Merges of more than two parents, or of histories without a common commit: left out.
    pub left_out: usize,
}

/// The newest `most` merges on the first-parent chain of `tip`.
pub fn newest(repository: &Repository, tip: Oid, most: usize) -> Found {
    let mut found = Found {
        merges: Vec::new(),
        left_out: 0,
    };
    let mut at = repository.find_commit(tip).unwrap();
    while found.merges.len() < most {
        let parents: Vec<Oid> = at.parent_ids().collect();
        if let [target, branch] = parents[..] {
            match base(repository, target, branch) {
                Some(base) => found.merges.push(Merge {
                    oid: at.id(),
                    target,
                    branch,
                    base,
                }),
                None => found.left_out += 1,
            }
        } else if parents.len() > 2 {
            found.left_out += 1;
        }
        match at.parent(0) {
            Ok(parent) => at = parent,
            Err(_) => break,
        }
    }
    found.merges.reverse();
    found
}

/// The merge base as a client takes it: of several the newest, then the smallest.
fn base(repository: &Repository, one: Oid, other: Oid) -> Option<Oid> {
    let bases = repository.merge_bases(one, other).ok()?;
    let when = |oid: &Oid| {
        repository
            .find_commit(*oid)
            .unwrap()
            .committer()
            .when()
            .seconds()
    };
    bases
        .iter()
        .copied()
        .max_by(|a, b| when(a).cmp(&when(b)).then_with(|| b.cmp(a)))
}

/// Asks git for its own merge of the parents, in a repository that has their objects.
pub fn kind(sandbox: &Sandbox, repository: &Repository, merge: &Merge) -> Kind {
    let [target, branch] = [merge.target, merge.branch].map(|oid| oid.to_string());
    let words = ["merge-tree", "--write-tree", &target, &branch];
    let ran = sandbox.try_git(repository.path(), &words);
    let landed = repository.find_commit(merge.oid).unwrap().tree_id();
    match ran.code {
        Some(0) if ran.stdout.trim_end() == landed.to_string() => Kind::Clean,
        Some(0) => Kind::Touched,
        Some(1) => Kind::Conflicted,
        _ => panic!("{}", ran.stderr),
    }
}
