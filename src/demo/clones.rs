//! The clones of those who work with the remote, each with everything it needs in its own
//! configuration, so that it works under any home directory.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::Timestamp;

use super::commits::identity;
use super::story::{Age, Story};
use super::{DemoError, TARGET, keys};
use crate::change::Identity;
use crate::git::{Store, TrackedNames};

/// Those who have a key in `keys/`, and the name of the file.
pub(super) const KEYS: [(&str, &str); 5] = [
    ("alice", "alice"),
    ("bob", "bob"),
    ("carol", "carol"),
    ("dana", "dana"),
    ("amazonq", "agent"),
];

/// Those who have a clone, and the name of the folder.
const CLONES: [(&str, &str); 3] = [("alice", "alice"), ("bob", "bob"), ("amazonq", "agent")];

/// Writes the key files.
///
/// # Errors
/// A file that cannot be written.
pub(super) fn write_keys(dir: &Path) -> Result<(), DemoError> {
    let failed = |path: &Path, source| DemoError::io(path, source);
    std::fs::create_dir_all(dir).map_err(|e| failed(dir, e))?;
    for (who, name) in KEYS {
        let path = dir.join(name);
        keys::signer(who)?
            .write(&path)
            .map_err(|e| failed(&path, e))?;
    }
    Ok(())
}

/// Clones the remote for everybody, as if each had just run `countersign sync`. One clone fetches,
/// the others get what it has.
///
/// # Errors
/// A folder that cannot be written, or git saying no.
pub(super) fn clone_all(dir: &Path, story: &Story, at: Timestamp) -> Result<(), DemoError> {
    let mut first: Option<PathBuf> = None;
    for (who, name) in CLONES {
        let mut store = Store::init(&dir.join(name), false)?;
        let person = identity(story, who, at, Age(0))?;
        configure(&mut store, dir, name, &person)?;
        match &first {
            Some(fetched) => {
                for part in ["objects", "refs", "packed-refs", "countersign"] {
                    copy(&fetched.join(part), &store.git_dir().join(part))?;
                }
            }
            None => {
                let names = TrackedNames::default();
                store.fetch_queue("origin", &names, &[TARGET], &person, at)?;
                if let Some(tip) = store.ref_oid("refs/remotes/origin/main")? {
                    store.update_ref(TARGET, tip, None, "demo: clone")?;
                }
                first = Some(store.git_dir().to_owned());
            }
        }
        check_out(&dir.join(name))?;
    }
    Ok(())
}

fn configure(
    store: &mut Store,
    dir: &Path,
    name: &str,
    person: &Identity,
) -> Result<(), DemoError> {
    let signs = if name == "agent" { "false" } else { "true" };
    let signers = text(&dir.join("keys/allowed_signers"))?;
    for (key, value) in [
        ("user.name", person.name.as_str()),
        ("user.email", &person.email),
        ("user.signingKey", &text(&dir.join("keys").join(name))?),
        ("gpg.format", "ssh"),
        ("gpg.ssh.allowedSignersFile", &signers),
        ("commit.gpgsign", signs),
        ("remote.origin.url", &text(&dir.join("remote.git"))?),
        ("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"),
        ("branch.main.remote", "origin"),
        ("branch.main.merge", TARGET),
        ("log.excludeDecoration", "refs/countersign-remote/"),
        // The world is thrown away before upkeep could pay.
        ("gc.auto", "0"),
        ("maintenance.auto", "false"),
    ] {
        store.set_config(key, value)?;
    }
    Ok(())
}

/// Copies a file or all that is in a folder; what is not there is no error.
fn copy(from: &Path, to: &Path) -> Result<(), DemoError> {
    let failed = |e| DemoError::io(from, e);
    if from.is_file() {
        std::fs::copy(from, to).map_err(failed)?;
    } else if from.is_dir() {
        std::fs::create_dir_all(to).map_err(failed)?;
        for entry in std::fs::read_dir(from).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            copy(&from.join(&name), &to.join(&name))?;
        }
    }
    Ok(())
}

/// Writes the files of `main` into the work tree, without anything of the user's configuration.
fn check_out(path: &Path) -> Result<(), DemoError> {
    let mut git = Command::new("git");
    git.current_dir(path).stdin(Stdio::null());
    for name in [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
    ] {
        git.env_remove(name);
    }
    git.env("GIT_CONFIG_NOSYSTEM", "1");
    git.env("GIT_CONFIG_GLOBAL", "/dev/null");
    git.args([
        "-c",
        "core.hooksPath=/dev/null",
        "reset",
        "--quiet",
        "--hard",
    ]);
    let ran = git.output().map_err(|e| DemoError::io(path, e))?;
    if ran.status.success() {
        return Ok(());
    }
    Err(DemoError::Git(crate::git::GitError::Refused {
        remote: path.display().to_string(),
        words: String::from_utf8_lossy(&ran.stderr).trim().to_owned(),
    }))
}

fn text(path: &Path) -> Result<String, DemoError> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| DemoError::NotText {
        path: PathBuf::from(path),
    })
}
