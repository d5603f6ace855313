//! Turns drafts into git commits, signed by those who sign.

use std::collections::HashMap;

use jiff::Timestamp;

use super::history::{Draft, Made};
use super::story::{Age, Story};
use super::tree::Tree;
use super::{DemoError, keys};
use crate::change::{Identity, Oid, RepoPath};
use crate::git::{NewCommit, Store};
use crate::signing::sign_git;

/// Regular and executable files, as trees have them.
const MODES: [u32; 2] = [0o100_644, 0o100_755];

/// Writes commits into one repository.
pub(super) struct Commits<'a> {
    pub(super) store: &'a Store,
    pub(super) story: &'a Story,
    pub(super) at: Timestamp,
}

impl Commits<'_> {
    /// Writes a draft; its id depends on nothing but the story and `at`.
    ///
    /// # Errors
    /// An unknown person, or a repository that cannot be written.
    pub(super) fn write(&self, draft: &Draft<'_>) -> Result<Oid, DemoError> {
        let recipe = draft.recipe;
        let before = draft.before;
        let tree = self.tree(before, draft.tree)?;
        let parents = before.map(|made| made.oid).into_iter();
        let commit = NewCommit {
            tree,
            parents: parents.chain(draft.merged).collect(),
            author: identity(self.story, &recipe.by, self.at, recipe.age)?,
            committer: identity(self.story, recipe.committer(), self.at, recipe.age)?,
            message: draft.message.clone(),
        };
        let signs = self.story.signs(recipe.committer()) && !recipe.unsigned;
        if !signs {
            return Ok(self.store.write_commit(&commit)?);
        }
        let signature = sign_git(&keys::signer(recipe.committer())?, &commit.payload())?;
        Ok(self.store.write_signed_commit(&commit, &signature)?)
    }

    /// Writes the tree: what differs from the files before.
    fn tree(&self, before: Option<&Made>, tree: &Tree) -> Result<Oid, DemoError> {
        let nothing = Tree::new();
        let old = before.map_or(&nothing, |made| &made.tree);
        let mut blobs: HashMap<&[u8], Oid> = HashMap::new();
        let mut edits = Vec::new();
        for (path, file) in tree {
            if old.get(path) == Some(file) {
                continue;
            }
            let blob = match blobs.get(&*file.bytes) {
                Some(blob) => *blob,
                None => self.store.write_blob(&file.bytes)?,
            };
            blobs.insert(&file.bytes, blob);
            let mode = MODES[usize::from(file.executable)];
            edits.push((RepoPath::from(path.as_str()), Some((mode, blob))));
        }
        let gone = old.keys().filter(|path| !tree.contains_key(*path));
        edits.extend(gone.map(|path| (RepoPath::from(path.as_str()), None)));
        let base = match before {
            Some(made) => Some(self.store.commit(made.oid)?.tree),
            None => None,
        };
        Ok(self.store.write_tree_with(base, &edits)?)
    }
}

/// The identity of a person or agent at a moment.
///
/// # Errors
/// Nobody of that name.
pub(super) fn identity(
    story: &Story,
    who: &str,
    at: Timestamp,
    age: Age,
) -> Result<Identity, DemoError> {
    let person = story.people.get(who);
    let person = person.ok_or_else(|| DemoError::data(who, "nobody of that name"))?;
    Ok(Identity {
        name: person.name.clone(),
        email: person.email.clone(),
        when: ago(at, age)?,
    })
}

/// The moment that lies `age` before `at`.
///
/// # Errors
/// There is no such moment.
pub(super) fn ago(at: Timestamp, age: Age) -> Result<Timestamp, DemoError> {
    Timestamp::from_second(at.as_second() - age.0)
        .map_err(|_| DemoError::data("--at", "too far from now for dates that count back from it"))
}
