//! Builds the world: a remote with its history, its queue and its notes, keys, and clones.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::clones;
use super::commits::Commits;
use super::history::{self, Made};
use super::proposals::Proposals;
use super::story::Story;
use super::verdicts::{ROOT, Verdicts};
use super::{DemoError, TARGET};
use crate::change::Oid;
use crate::git::Store;

/// Where the parts of a demo world lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    /// The folder of all of it.
    pub dir: PathBuf,
    /// The repository that everybody pushes to, the only bare one.
    pub remote: PathBuf,
    /// A senior's clone: the screen opens here.
    pub alice: PathBuf,
    /// Another senior's clone.
    pub bob: PathBuf,
    /// The clone of an agent.
    pub agent: PathBuf,
    /// Everybody's keys.
    pub keys: PathBuf,
    /// The commit that brought the policy: what a deployer trusts (`gate --policy-root`).
    pub policy_root: Oid,
}

/// Builds the world in `dir`. Its dates count back from `at`; the same `at` gives the same object
/// ids everywhere.
///
/// # Errors
/// [`DemoError::NotEmpty`] where `dir` exists and is no empty folder; else a folder that cannot be
/// written, or git saying no.
pub fn build(dir: &Path, at: Timestamp) -> Result<World, DemoError> {
    let dir = empty_folder(dir)?;
    let story = Story::read()?;
    let at = crate::verdict::whole_seconds(at);
    clones::write_keys(&dir.join("keys"))?;

    let store = Store::init(&dir.join("remote.git"), true)?;
    let commits = Commits {
        store: &store,
        story: &story,
        at,
    };
    let made = history::walk(&story, at, &mut |draft| commits.write(draft))?;
    let tip = oid(&made, &format!("main:{}", story.main.len()))?;
    store.update_ref(TARGET, tip, None, "demo")?;
    let verdicts = Verdicts {
        store: &store,
        story: &story,
        made: &made,
        at,
    };
    let verdicts = verdicts.write()?;
    let proposals = Proposals {
        store: &store,
        story: &story,
        made: &made,
        at,
        verdicts: &verdicts,
    };
    proposals.write()?;
    write_signers(&dir, &made)?;
    clones::clone_all(&dir, &story, at)?;
    Ok(World {
        remote: dir.join("remote.git"),
        alice: dir.join("alice"),
        bob: dir.join("bob"),
        agent: dir.join("agent"),
        keys: dir.join("keys"),
        policy_root: oid(&made, ROOT)?,
        dir,
    })
}

/// The folder as an absolute path, made if it is not there.
fn empty_folder(dir: &Path) -> Result<PathBuf, DemoError> {
    std::fs::create_dir_all(dir).map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists | std::io::ErrorKind::NotADirectory => {
            DemoError::NotEmpty {
                dir: dir.to_owned(),
            }
        }
        _ => DemoError::io(dir, e),
    })?;
    let dir = dir.canonicalize().map_err(|e| DemoError::io(dir, e))?;
    let mut entries = std::fs::read_dir(&dir).map_err(|e| DemoError::io(&dir, e))?;
    match entries.next() {
        None => Ok(dir),
        Some(_) => Err(DemoError::NotEmpty { dir }),
    }
}

/// The policy's keys beside the key files, for `git log --show-signature`.
fn write_signers(dir: &Path, made: &BTreeMap<String, Made>) -> Result<(), DemoError> {
    let path = dir.join("keys/allowed_signers");
    let root = made.get(ROOT);
    let file = root.and_then(|root| root.tree.get(".countersign/allowed_signers"));
    let bytes = file.map(|file| &*file.bytes).unwrap_or_default();
    std::fs::write(&path, bytes).map_err(|e| DemoError::io(&path, e))
}

fn oid(made: &BTreeMap<String, Made>, label: &str) -> Result<Oid, DemoError> {
    let made = made.get(label);
    made.map(|made| made.oid)
        .ok_or_else(|| DemoError::data(label, "no such commit"))
}
