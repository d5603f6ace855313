//! One open repository.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use git2::{Repository, RepositoryInitOptions, RepositoryOpenFlags};

use super::config::Settings;
use super::loose::object_dirs;
use super::notes_kept::NotesShelf;
use super::walk::Node;
use super::watch::Watch;
use super::{GitError, Result};
use crate::change::{Oid, Sha256};

/// One open repository. Cheap to open; belongs to one thread at a time (`Send`, not `Sync`): each
/// thread opens its own.
pub struct Store {
    pub(super) repo: Repository,
    /// How long one call of the `git` program to a remote may take.
    pub(super) deadline: Duration,
    /// Who waits for it.
    pub(super) watch: Watch,
    /// Settings that only the network children get: how the remote is reached.
    pub(super) ways: Vec<(String, String)>,
    /// Where readings of the notes are kept.
    pub(super) notes_shelf: Option<Box<dyn NotesShelf>>,
    pub(super) settings: OnceCell<Settings>,
    pub(super) nodes: RefCell<HashMap<Oid, Arc<Node>>>,
    pub(super) digests: RefCell<HashMap<Oid, Sha256>>,
    pub(super) shallow: OnceCell<HashSet<Oid>>,
    /// Where objects may lie loose.
    pub(super) object_dirs: Vec<PathBuf>,
    /// Objects that were read whole: their streams end.
    pub(super) whole: RefCell<HashSet<Oid>>,
    /// Merge bases that were found ahead.
    pub(super) bases: RefCell<HashMap<(Oid, Oid), Option<Oid>>>,
    /// Objects that were written and may not be on the disk yet.
    pub(super) unsynced: RefCell<HashSet<Oid>>,
}

/// Extensions that change nothing we look at.
const KNOWN_EXTENSIONS: [&str; 5] = [
    "noop",
    "objectformat",
    "preciousobjects",
    "relativeworktrees",
    "worktreeconfig",
];

impl Store {
    /// Opens the repository at or above `dir`. `GIT_DIR` and its kin are not read.
    ///
    /// # Errors
    /// A distinct error, with a remedy, where there is none, where it belongs to somebody else
    /// (`safe.directory`), or where its format is beyond us (reftable, SHA-256, extensions).
    pub fn discover(dir: &Path) -> Result<Self> {
        let nowhere: [&Path; 0] = [];
        let open = |flags| Repository::open_ext(dir, flags, nowhere);
        let mut opened = open(RepositoryOpenFlags::CROSS_FS);
        let is_foreign = |error: &git2::Error| error.code() == git2::ErrorCode::Owner;
        if opened.as_ref().is_err_and(is_foreign) && trust_may_be_in_env() {
            opened = open(RepositoryOpenFlags::FROM_ENV);
        }
        match opened {
            Ok(repo) => Self::checked(repo, false),
            Err(error) => Err(open_error(dir, &error)),
        }
    }

    /// Opens the repository the environment names, quarantined objects included: what a server
    /// hook needs, and nothing else should use.
    ///
    /// # Errors
    /// As [`Store::discover`].
    pub fn open_from_env() -> Result<Self> {
        match Repository::open_from_env() {
            Ok(repo) => Self::checked(repo, true),
            Err(error) => {
                let dir = std::env::var_os("GIT_DIR").map_or_else(|| ".".into(), PathBuf::from);
                Err(open_error(&dir, &error))
            }
        }
    }

    /// Makes a new repository; an existing one stays as it is and is opened.
    ///
    /// # Errors
    /// Where the directory cannot be written.
    pub fn init(path: &Path, bare: bool) -> Result<Self> {
        let mut options = RepositoryInitOptions::new();
        options
            .bare(bare)
            .mkpath(true)
            .external_template(false)
            .initial_head("main");
        let repo = Repository::init_opts(path, &options).map_err(|error| {
            GitError::library(format!("make a repository at {}", path.display()), &error)
        })?;
        Self::checked(repo, false)
    }

    /// Opens, or makes, a bare repository of our own that follows `url` as its remote `origin`:
    /// what a deployment host reads in, so that the configuration and the hooks of a checkout have
    /// no say. Nothing is fetched yet; [`Store::fetch_queue`] does.
    ///
    /// # Errors
    /// Where the directory cannot be written, or git cannot be run.
    pub fn open_cache(dir: &Path, url: &str) -> Result<Self> {
        let mut store = Self::init(dir, true)?;
        for (key, value) in [
            ("core.fsmonitor", "false"),
            ("core.hooksPath", "/dev/null"),
            ("remote.origin.url", url),
        ] {
            if store.config_strings(key)?.last().map(String::as_str) != Some(value) {
                store.set_config(key, value)?;
            }
        }
        Ok(store)
    }

    fn checked(repo: Repository, from_env: bool) -> Result<Self> {
        if let Some(error) = format_error(repo.commondir(), repo.commondir()) {
            return Err(error);
        }
        let common = repo.commondir();
        let object_dirs = object_dirs(common, &alternates(common), from_env);
        Ok(Self {
            repo,
            object_dirs,
            whole: RefCell::default(),
            bases: RefCell::default(),
            unsynced: RefCell::default(),
            deadline: Duration::from_secs(300),
            watch: Watch::default(),
            ways: Vec::new(),
            notes_shelf: None,
            settings: OnceCell::new(),
            nodes: RefCell::default(),
            digests: RefCell::default(),
            shallow: OnceCell::new(),
        })
    }

    /// Sets how long one call of the `git` program to a remote may take; 300 seconds at first.
    pub fn set_network_deadline(&mut self, deadline: Duration) {
        self.deadline = deadline;
    }

    /// Gives the `git` program these settings for what it does with remotes, as a checkout's own
    /// configuration would. They are not written down: they may hold secrets.
    pub fn set_ways(&mut self, ways: Vec<(String, String)>) {
        self.ways = ways;
    }

    /// Sets who waits for what the `git` program does with remotes.
    pub fn set_watch(&mut self, watch: Watch) {
        self.watch = watch;
    }

    /// Keeps readings of the notes from now on, and goes on from those that were kept.
    pub fn set_notes_shelf(&mut self, shelf: Option<Box<dyn NotesShelf>>) {
        self.notes_shelf = shelf;
    }

    /// The repository's own directory (for a linked worktree, that worktree's).
    pub fn git_dir(&self) -> &Path {
        self.repo.path()
    }

    /// The directory that all worktrees share.
    pub fn common_dir(&self) -> &Path {
        self.repo.commondir()
    }

    /// The checked-out files' directory; none in a bare repository.
    pub fn workdir(&self) -> Option<&Path> {
        self.repo.workdir()
    }

    /// Whether there is no work tree.
    pub fn is_bare(&self) -> bool {
        self.repo.is_bare()
    }

    /// Whether part of the history was left out when this was cloned.
    pub fn is_shallow(&self) -> bool {
        !self.shallow_edge().is_empty()
    }

    /// Whether there is an `info/grafts` file with anything in it. We do not honour it; git does.
    pub fn has_grafts(&self) -> bool {
        std::fs::read(self.common_dir().join("info/grafts")).is_ok_and(|bytes| {
            bytes
                .split(|b| *b == b'\n')
                .any(|line| !line.trim_ascii().is_empty() && !line.starts_with(b"#"))
        })
    }

    /// The number of refs under `refs/replace/`. We do not honour them; git does.
    ///
    /// # Errors
    /// Where the refs cannot be read.
    pub fn replace_refs(&self) -> Result<usize> {
        let listing = self.ref_listing("refs/replace/")?;
        Ok(listing.refs.len() + listing.broken.len())
    }

    /// The object stores besides its own that this repository borrows from, as its
    /// `objects/info/alternates` lists them.
    pub fn alternates(&self) -> Vec<PathBuf> {
        alternates(self.common_dir())
    }

    /// The commits whose parents were left out, as `.git/shallow` lists them.
    pub(super) fn shallow_edge(&self) -> &HashSet<Oid> {
        self.shallow.get_or_init(|| {
            std::fs::read_to_string(self.common_dir().join("shallow"))
                .unwrap_or_default()
                .lines()
                .filter_map(|line| line.trim().parse().ok())
                .collect()
        })
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.repo.path()).finish()
    }
}

/// Whether the environment names a global configuration, in which `safe.directory` may stand, and
/// nothing that would lead to another repository. Only when asked to look at the environment does
/// libgit2 read the file that `GIT_CONFIG_GLOBAL` names.
fn trust_may_be_in_env() -> bool {
    let is_set = |name: &&str| std::env::var_os(name).is_some();
    let redirecting = [
        "GIT_COMMON_DIR",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
    ];
    is_set(&"GIT_CONFIG_GLOBAL") && !redirecting.iter().any(is_set)
}

fn alternates(common: &Path) -> Vec<PathBuf> {
    std::fs::read_to_string(common.join("objects/info/alternates"))
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(PathBuf::from)
        .collect()
}

/// Why opening failed, as precisely as the files on disk tell.
fn open_error(dir: &Path, error: &git2::Error) -> GitError {
    if error.code() == git2::ErrorCode::Owner {
        return GitError::ForeignOwner { dir: found(dir) };
    }
    if error.code() == git2::ErrorCode::NotFound {
        return GitError::NotARepository {
            dir: dir.to_path_buf(),
        };
    }
    let git_dir = found(dir);
    let common = std::fs::read_to_string(git_dir.join("commondir"))
        .map_or_else(|_| git_dir.clone(), |rest| git_dir.join(rest.trim()));
    format_error(&common, &git_dir).unwrap_or_else(|| {
        GitError::library(format!("open the repository at {}", dir.display()), error)
    })
}

/// The git directory at or above `dir`, or `dir` itself.
fn found(dir: &Path) -> PathBuf {
    let nowhere: [&Path; 0] = [];
    Repository::discover_path(dir, nowhere).unwrap_or_else(|_| dir.to_path_buf())
}

/// What in the repository's format is beyond us, read from its own config file.
fn format_error(common: &Path, shown: &Path) -> Option<GitError> {
    let config = git2::Config::open(&common.join("config")).ok()?;
    let dir = shown.to_path_buf();
    let value = |name: &str| config.get_string(name).ok();
    if value("extensions.refstorage").is_some_and(|v| v != "files") {
        return Some(GitError::Reftable { dir });
    }
    if value("extensions.objectformat").is_some_and(|v| v != "sha1") {
        return Some(GitError::Sha256 { dir });
    }
    let mut entries = config.entries(Some("^extensions\\.")).ok()?;
    let version = config.get_i32("core.repositoryformatversion").unwrap_or(0);
    while let Some(Ok(entry)) = entries.next() {
        let name = entry.name().unwrap_or_default();
        let name = name.strip_prefix("extensions.").unwrap_or(name);
        if version > 0 && !KNOWN_EXTENSIONS.contains(&name) {
            return Some(GitError::UnsupportedExtension {
                dir,
                name: name.to_owned(),
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_of_another_user_is_called_that() {
        let theirs = git2::Error::new(
            git2::ErrorCode::Owner,
            git2::ErrorClass::Config,
            "not owned by the current user",
        );
        let error = open_error(Path::new("/nowhere"), &theirs);
        let text = error.to_string();
        assert!(text.starts_with("E-FOREIGN-OWNER "), "{text}");
    }
}
