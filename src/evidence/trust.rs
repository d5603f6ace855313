//! The policy in force at a commit: its three files, as plain files, or why there is none.

use crate::change::{Oid, RepoPath};
use crate::git::{GitError, Store};
use crate::policy::{
    ALLOWED_SIGNERS, DIRECTORY, Invalid, Mistake, POLICY_TOML, Policy, PolicyFiles, REVOKED_KEYS,
};

/// A policy and where it was read.
#[derive(Debug, Clone)]
pub struct Trusted {
    /// The commit.
    pub commit: Oid,
    /// What it says.
    pub policy: Policy,
}

/// Why there is no policy at a commit.
#[derive(Debug, thiserror::Error)]
pub enum Untrusted {
    /// No `.countersign/policy.toml` there.
    #[error("there is no policy (.countersign/policy.toml) at {commit}")]
    Absent {
        /// The commit.
        commit: Oid,
    },
    /// The files are not a policy.
    #[error("E-POLICY-INVALID the policy at {commit} is invalid:\n{invalid}")]
    Invalid {
        /// The commit.
        commit: Oid,
        /// Everything that is wrong.
        invalid: Invalid,
    },
    /// The files could not be read.
    #[error(transparent)]
    Git(#[from] GitError),
}

/// A file of a policy is far below this; a larger one is no policy.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// Reads the policy at `commit`. The files must be plain ones of mode 100644, all three of them,
/// and no path that differs from theirs only by case may stand beside them.
pub fn policy_at(store: &Store, commit: Oid) -> Result<Trusted, Untrusted> {
    let tree = store.commit(commit)?.tree;
    let mut mistakes = Vec::new();
    let mut read = |path: &str| -> Result<Option<Vec<u8>>, GitError> {
        let Some((mode, oid)) = store.entry_at(tree, &path.into())? else {
            mistakes.push(Mistake::missing_file(path));
            return Ok(None);
        };
        if mode != 0o100_644 {
            mistakes.push(Mistake::wrong_mode(path, &format!("{mode:06o}")));
            return Ok(None);
        }
        store.blob(oid, MAX_FILE).map(Some)
    };
    let policy_toml = read(POLICY_TOML)?;
    let allowed_signers = read(ALLOWED_SIGNERS)?;
    let revoked_keys = read(REVOKED_KEYS)?;
    if policy_toml.is_none() && store.entry_at(tree, &POLICY_TOML.into())?.is_none() {
        return Err(Untrusted::Absent { commit });
    }
    mistakes.extend(case_twins(store, tree)?);
    let invalid = |invalid| Untrusted::Invalid { commit, invalid };
    let files = PolicyFiles {
        policy_toml: policy_toml.unwrap_or_default(),
        allowed_signers: allowed_signers.unwrap_or_default(),
        revoked_keys: revoked_keys.unwrap_or_default(),
    };
    if !mistakes.is_empty() {
        return Err(invalid(Invalid::Mistakes(mistakes)));
    }
    let policy = files.parse().map_err(invalid)?;
    Ok(Trusted { commit, policy })
}

/// Entries of the root, and of the policy's folder, that some file systems could not tell from the
/// policy's own.
fn case_twins(store: &Store, root: Oid) -> Result<Vec<Mistake>, GitError> {
    let mut twins = Vec::new();
    let here = RepoPath::new(Vec::new());
    for (name, _, _) in store.list_dir(root, &here)?.unwrap_or_default() {
        if name.eq_ignore_ascii_case(DIRECTORY.as_bytes()) && name != DIRECTORY.as_bytes() {
            twins.push(Mistake::case_twin(&RepoPath::new(name).text()));
        }
    }
    for (name, _, _) in store.list_dir(root, &DIRECTORY.into())?.unwrap_or_default() {
        let path = [DIRECTORY.as_bytes(), b"/", &name].concat();
        for own in [POLICY_TOML, ALLOWED_SIGNERS, REVOKED_KEYS] {
            if path.eq_ignore_ascii_case(own.as_bytes()) && path != own.as_bytes() {
                twins.push(Mistake::case_twin(&RepoPath::new(path.clone()).text()));
            }
        }
    }
    Ok(twins)
}
