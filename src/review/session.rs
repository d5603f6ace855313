//! One clone as a reviewer's client sees it: its repository, its journal, the remote it works with,
//! and where things of that remote are tracked here.

use std::path::Path;

use crate::change::Oid;
use crate::evidence::{Trusted, Untrusted, policy_at};
use crate::git::{GitError, NotesShelf, Store, Watch};
use crate::journal::Journal;

use super::ReviewError;
use super::gist::GistCache;
use super::history::HistoryCache;
use super::notes_cache::NotesCache;

/// The refs of the queue on a remote, and of own unpushed revisions here.
pub const REFS: &str = "refs/countersign";
/// The notes ref.
pub const NOTES: &str = "refs/notes/countersign";

/// An open clone.
pub struct Session {
    /// The repository.
    pub store: Store,
    /// What waits here.
    pub journal: Journal,
    /// The remote that holds the queue; none in a repository without remotes.
    pub remote: Option<String>,
    /// What was worked out about revisions before.
    pub gists: GistCache,
    /// What was counted in the history before.
    pub histories: HistoryCache,
    /// Commits of history that may be read for the statistics before anything is shown.
    pub effort: usize,
    /// Revisions that may be assessed for the first time before the queue is shown.
    pub fresh: usize,
    /// The branch that is asked first for a policy, where no configuration says so: full ref name.
    pub branch: Option<String>,
}

/// Commits of history that are read within a second or two.
pub const HISTORY_EFFORT: usize = 20_000;

impl Session {
    /// Opens the clone at or above `dir`. The remote is the one asked for, else
    /// `countersign.remote`, else `origin`, else the only one.
    pub fn open(dir: &Path, remote: Option<&str>) -> Result<Self, ReviewError> {
        let store = Store::discover(dir)?;
        let remotes = store.remotes()?;
        let configured = store.config_string("countersign.remote")?;
        let asked = remote.map(str::to_owned).or(configured);
        let remote = match asked {
            Some(name) if remotes.contains(&name) => Some(name),
            Some(name) => return Err(ReviewError::Git(GitError::UnknownRemote { name })),
            None if remotes.iter().any(|name| name == "origin") => Some("origin".to_owned()),
            None if remotes.len() > 1 => return Err(ReviewError::WhichRemote { remotes }),
            None => remotes.into_iter().next(),
        };
        let journal = Journal::of(store.common_dir());
        Ok(Self {
            store,
            journal,
            remote,
            gists: GistCache::default(),
            histories: HistoryCache::default(),
            effort: HISTORY_EFFORT,
            fresh: usize::MAX,
            branch: None,
        })
    }

    /// The same with a folder for what can be worked out again.
    #[must_use]
    pub fn with_cache(mut self, dir: Option<&Path>) -> Self {
        self.gists = GistCache::new(dir);
        self.histories = HistoryCache::new(dir);
        self
    }

    /// The same with readings of the notes kept in the folder `cache`, sealed with a key in `state`.
    #[must_use]
    pub fn with_notes_cache(mut self, cache: Option<&Path>, state: Option<&Path>) -> Self {
        self.store.set_notes_shelf(notes_shelf(cache, state));
        self
    }

    /// The same with somebody who waits for what git does with remotes.
    #[must_use]
    pub fn with_watch(mut self, watch: Watch) -> Self {
        self.store.set_watch(watch);
        self
    }

    /// The same with so many commits of history that may be read before anything is shown.
    #[must_use]
    pub fn with_effort(mut self, commits: usize) -> Self {
        self.effort = commits;
        self
    }

    /// The same with so many revisions that may be assessed before the queue is shown. Only where
    /// assessments are kept: what is put off is nowhere else to be had.
    #[must_use]
    pub fn with_fresh(mut self, revisions: usize) -> Self {
        if self.gists.keeps() {
            self.fresh = revisions;
        }
        self
    }

    /// The remote, for what cannot be done without one.
    pub fn need_remote(&self) -> Result<&str, ReviewError> {
        self.remote.as_deref().ok_or(ReviewError::NoRemote)
    }

    /// Where the refs of the remote's queue are tracked, without a slash at the end.
    pub fn tracked_refs(&self) -> Option<String> {
        let remote = self.remote.as_ref()?;
        Some(format!("refs/countersign-remote/{remote}/countersign"))
    }

    /// The roots below which revisions are looked for: tracked ones first, which win.
    pub fn roots(&self) -> Vec<String> {
        self.tracked_refs()
            .into_iter()
            .chain([REFS.to_owned()])
            .collect()
    }

    /// Where the remote's notes are tracked.
    pub fn tracked_notes(&self) -> Option<String> {
        let remote = self.remote.as_ref()?;
        Some(format!("refs/countersign-remote/{remote}/notes"))
    }

    /// The notes refs that are read as one: own and tracked.
    pub fn notes_refs(&self) -> Vec<String> {
        std::iter::once(NOTES.to_owned())
            .chain(self.tracked_notes())
            .collect()
    }

    /// Where the remote's `target` is tracked here: `refs/remotes/<remote>/main`.
    pub fn tracked_target(&self, target: &str) -> Option<String> {
        let branch = target.strip_prefix("refs/heads/")?;
        let remote = self.remote.as_ref()?;
        Some(format!("refs/remotes/{remote}/{branch}"))
    }

    /// The tip of a target as known here: the remote's, or the local branch where there is no
    /// remote or nothing was fetched yet.
    pub fn target_tip(&self, target: &str) -> Result<Option<Oid>, GitError> {
        if let Some(tracked) = self.tracked_target(target)
            && let Some(tip) = self.store.ref_oid(&tracked)?
        {
            return Ok(Some(tip));
        }
        self.store.ref_oid(target)
    }

    /// The branch that is asked first for a policy: `countersign.target`, else the remote's HEAD,
    /// else `main`, `master`, or the branch that is checked out.
    pub(super) fn first_branch(&self) -> Result<Option<String>, GitError> {
        if let Some(branch) = self.store.config_string("countersign.target")? {
            return Ok(Some(full_ref(&branch)));
        }
        let mut names: Vec<String> = self.branch.iter().cloned().collect();
        if let Some(remote) = &self.remote {
            let head = format!("refs/remotes/{remote}/HEAD");
            let prefix = format!("refs/remotes/{remote}/");
            if let Some(target) = self.store.symbolic_target(&head)?
                && let Some(branch) = target.strip_prefix(&prefix)
            {
                names.push(format!("refs/heads/{branch}"));
            }
        }
        names.extend(["refs/heads/main".to_owned(), "refs/heads/master".to_owned()]);
        names.extend(self.store.head_branch()?);
        for name in names {
            if self.target_tip(&name)?.is_some() {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// The default target and the policy at its tip.
    pub fn default_policy(&self) -> Result<DefaultPolicy, GitError> {
        let Some(branch) = self.first_branch()? else {
            return Ok(DefaultPolicy::NoCommits);
        };
        let policy = match self.policy_for(&branch) {
            Ok(trusted) => Box::new(trusted),
            Err(why) => {
                return Ok(DefaultPolicy::None {
                    target: branch,
                    why,
                });
            }
        };
        let target = policy.policy.default_target().to_owned();
        if target == branch {
            return Ok(DefaultPolicy::Found { target, policy });
        }
        Ok(match self.policy_for(&target) {
            Ok(policy) => DefaultPolicy::Found {
                target,
                policy: Box::new(policy),
            },
            Err(why) => DefaultPolicy::None { target, why },
        })
    }

    /// The policy at the tip of a target.
    pub fn policy_for(&self, target: &str) -> Result<Trusted, Untrusted> {
        let Some(tip) = self.target_tip(target)? else {
            return Err(Untrusted::Git(GitError::UnknownRevision {
                spec: target.to_owned(),
            }));
        };
        policy_at(&self.store, tip)
    }
}

/// What is known of the repository's rules before a change names its own target.
#[derive(Debug)]
pub enum DefaultPolicy {
    /// The policy of the default target.
    Found {
        /// Full ref name.
        target: String,
        /// The policy at its tip.
        policy: Box<Trusted>,
    },
    /// There is none, or it is invalid.
    None {
        /// The branch that was looked at.
        target: String,
        /// Why.
        why: Untrusted,
    },
    /// There is no branch with a commit.
    NoCommits,
}

impl DefaultPolicy {
    /// The default target.
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::Found { target, .. } | Self::None { target, .. } => Some(target),
            Self::NoCommits => None,
        }
    }

    /// The policy, where there is one.
    pub fn policy(&self) -> Option<&Trusted> {
        match self {
            Self::Found { policy, .. } => Some(policy),
            _ => None,
        }
    }
}

/// Where readings of the notes are kept, if both folders are known.
fn notes_shelf(cache: Option<&Path>, state: Option<&Path>) -> Option<Box<dyn NotesShelf>> {
    let shelf = NotesCache::open(cache?, state?)?;
    Some(Box::new(shelf))
}

/// A branch as people write it, as a full ref name.
pub fn full_ref(branch: &str) -> String {
    if branch.starts_with("refs/") {
        branch.to_owned()
    } else {
        format!("refs/heads/{branch}")
    }
}
