//! Who made a commit, as claimed, and whose key signed it.

use crate::change::{Commit, Trailer, trailer_lines};
use crate::git::{GitError, Store};
use crate::policy::Made;
use crate::signing;

use super::Origins;

/// The facts of one commit for the rules: addresses raw (no mailmap), the key of a good SSH
/// signature in git's own namespace, whether a marker or a record says that it is AI's.
pub fn made(store: &Store, commit: &Commit, origins: &Origins) -> Result<Made, GitError> {
    let signer = store
        .commit_signature(commit.oid)?
        .and_then(|(armoured, payload)| {
            let facts = signing::verify_git(armoured.as_bytes(), &payload).ok()?;
            Some(facts.fingerprint)
        });
    // Wherever it stands: a forge or a person puts text below the trailers, and whoever is named
    // above it had a hand in the work all the same.
    let co_authors = trailer_lines(&commit.message)
        .filter(Trailer::is_co_author)
        .filter_map(|trailer| trailer.address())
        .map(str::to_owned)
        .collect();
    Ok(Made {
        oid: commit.oid,
        author: commit.author.email.clone(),
        committer: commit.committer.email.clone(),
        co_authors,
        signer,
        marker: origins.of(store, [commit]).is_ai(),
        merge: commit.parents.len() > 1,
    })
}
