//! Which commits are asked about: `A..B`, or B with the newest commit of the remote's target on its
//! first-parent chain as A.

use std::collections::HashSet;

use crate::change::Oid;
use crate::git::{GitError, Store};

/// The range a gate judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The last verified commit.
    pub base: Oid,
    /// The commit that wants to go.
    pub candidate: Oid,
    /// Whether A was written (or attested) and not taken from a remote branch, which proves nothing
    /// about what came before it.
    pub base_written: bool,
}

/// Why there is no range to judge.
#[derive(Debug, thiserror::Error)]
pub enum RangeError {
    /// The words are not a range.
    #[error("not a range: {0:?}")]
    Syntax(String),
    /// Only A..B is a range of the gate.
    #[error("{0:?}: the gate takes A..B, not A...B")]
    Symmetric(String),
    /// The default A is B itself.
    #[error("nothing to judge: {rev} is already on {tracked}; give LAST_DEPLOYED..{rev}")]
    Empty {
        /// B, as written.
        rev: String,
        /// The remote's branch, for people: `origin/main`.
        tracked: String,
    },
    /// There is no remote's branch to start from, or it does not meet B's first-parent chain.
    #[error("no last verified commit: {0}")]
    NoBase(String),
    /// A name or an object could not be read.
    #[error(transparent)]
    Git(#[from] GitError),
}

impl Range {
    /// Resolves what was written, names once and for all. `tracked` is the full name of the
    /// remote's branch for the target, where there is a remote.
    pub fn resolve(
        store: &Store,
        text: Option<&str>,
        tracked: Option<&str>,
    ) -> Result<Self, RangeError> {
        let text = text.unwrap_or("HEAD");
        if text.contains("...") {
            return Err(RangeError::Symmetric(text.to_owned()));
        }
        if let Some((base, candidate)) = text.split_once("..") {
            if base.is_empty() {
                return Err(RangeError::Syntax(text.to_owned()));
            }
            let candidate = if candidate.is_empty() {
                "HEAD"
            } else {
                candidate
            };
            return Ok(Self {
                base: store.resolve_commit(base)?,
                candidate: store.resolve_commit(candidate)?,
                base_written: true,
            });
        }
        let candidate = store.resolve_commit(text)?;
        let base = default_base(store, text, candidate, tracked)?;
        Ok(Self {
            base,
            candidate,
            base_written: false,
        })
    }
}

/// The newest commit of the remote's target that is on the candidate's first-parent chain.
fn default_base(
    store: &Store,
    rev: &str,
    candidate: Oid,
    tracked: Option<&str>,
) -> Result<Oid, RangeError> {
    let Some(tracked) = tracked else {
        return Err(RangeError::NoBase(
            "this repository has no remote; give LAST_DEPLOYED..REV".to_owned(),
        ));
    };
    let Some(tip) = store.ref_oid(tracked)? else {
        return Err(RangeError::NoBase(format!(
            "{tracked} does not exist; fetch it or give LAST_DEPLOYED..REV"
        )));
    };
    let unknown: HashSet<Oid> = store
        .commits_between(&[tip], candidate)?
        .into_iter()
        .collect();
    if unknown.is_empty() {
        return Err(RangeError::Empty {
            rev: rev.to_owned(),
            tracked: tracked.trim_start_matches("refs/remotes/").to_owned(),
        });
    }
    let mut at = candidate;
    while unknown.contains(&at) {
        match store.commit(at)?.parents.first() {
            Some(parent) => at = *parent,
            None => {
                return Err(RangeError::NoBase(format!(
                    "{tracked} and {rev} share no history"
                )));
            }
        }
    }
    Ok(at)
}
