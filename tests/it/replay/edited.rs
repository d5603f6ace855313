//! One byte of a merge, changed on its way: what the gate must never let through.

use std::collections::BTreeSet;

use git2::build::TreeUpdateBuilder;
use git2::{FileMode, ObjectType, Oid, Repository, TreeWalkMode, TreeWalkResult};

/// Where a byte is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In a file that the branch changed.
    Change,
    /// In a file that only the target changed since.
    Target,
    /// In a file that nobody changed.
    Elsewhere,
}

/// The trees of a merge: base, target, branch, result.
pub type Trees = [Oid; 4];

/// The result with one byte changed at each kind of place, where there is a file.
pub fn trees(repository: &Repository, trees: Trees) -> Vec<(Place, Oid)> {
    let [base, target, branch, result] = trees;
    let of_branch = changed(repository, base, branch);
    let of_target = changed(repository, base, target);
    let files = files(repository, result);
    let mut edited = Vec::new();
    for place in [Place::Change, Place::Target, Place::Elsewhere] {
        let fits = |path: &str| match place {
            Place::Change => of_branch.contains(path),
            Place::Target => of_target.contains(path) && !of_branch.contains(path),
            Place::Elsewhere => !of_target.contains(path) && !of_branch.contains(path),
        };
        let fitting: Vec<_> = files.iter().filter(|(path, ..)| fits(path)).collect();
        // Any file would do; the result's id makes it another one in each merge, and the same again.
        let nth = usize::from(result.as_bytes()[0]) % fitting.len().max(1);
        if let Some((path, blob, mode)) = fitting.get(nth) {
            let tree = with(repository, result, path, (*blob, *mode));
            edited.push((place, tree));
        }
    }
    edited
}

fn changed(repository: &Repository, old: Oid, new: Oid) -> BTreeSet<String> {
    let [old, new] = [old, new].map(|oid| repository.find_tree(oid).unwrap());
    let diff = repository
        .diff_tree_to_tree(Some(&old), Some(&new), None)
        .unwrap();
    let paths = diff
        .deltas()
        .filter_map(|delta| delta.new_file().path().map(std::path::Path::to_path_buf));
    paths
        .filter_map(|path| path.to_str().map(str::to_owned))
        .collect()
}

/// The regular files of a tree, but those of the policy, whose change is another question.
fn files(repository: &Repository, tree: Oid) -> Vec<(String, Oid, i32)> {
    let mut files = Vec::new();
    let tree = repository.find_tree(tree).unwrap();
    let walked = tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
        if folder.starts_with(".countersign") {
            return TreeWalkResult::Ok;
        }
        if let (Ok(folder), Ok(name)) = (
            std::str::from_utf8(folder.as_bytes()),
            std::str::from_utf8(entry.name_bytes()),
        ) && matches!(entry.filemode(), 0o100_644 | 0o100_755)
        {
            files.push((format!("{folder}{name}"), entry.id(), entry.filemode()));
        }
        TreeWalkResult::Ok
    });
    walked.unwrap();
    files
}

/// The tree with one bit of this file turned; an empty file gets a byte.
fn with(repository: &Repository, tree: Oid, path: &str, (blob, mode): (Oid, i32)) -> Oid {
    let odb = repository.odb().unwrap();
    let object = odb.read(blob).unwrap();
    assert_eq!(object.kind(), ObjectType::Blob);
    let mut bytes = object.data().to_vec();
    let at = usize::from(u16::from_be_bytes([blob.as_bytes()[0], blob.as_bytes()[1]]));
    match bytes.len() {
        0 => bytes.push(b'x'),
        length => bytes[at % length] ^= 1,
    }
    let edited = repository.blob(&bytes).unwrap();
    let mode = if mode == 0o100_755 {
        FileMode::BlobExecutable
    } else {
        FileMode::Blob
    };
    let tree = repository.find_tree(tree).unwrap();
    let mut update = TreeUpdateBuilder::new();
    update.upsert(path, edited, mode);
    update.create_updated(repository, &tree).unwrap()
}
