//! The facts of `base..head`: its commits, what it changes, its content digest, what marks them as AI's.

use crate::change::{Commit, Oid, Provenance, RepoPath};
use crate::diff::FileDiff;
use crate::git::{DiffOptions, GitError, Store, TreeChange};
use crate::policy::{DIRECTORY, Policy};
use crate::risk::{self, Assessment, ChangeText, HistoryStats, PolicyRisk, Trees};
use crate::verdict::{CommitAndTree, Content};

use super::trees::StoredTree;
use super::{Ask, Origins};

/// What lies between two commits.
#[derive(Debug, Clone)]
pub struct Span {
    /// Where it starts.
    pub base: CommitAndTree,
    /// Where it ends.
    pub head: CommitAndTree,
    /// The commits reachable from the head and not from the base, oldest first.
    pub commits: Vec<Commit>,
    /// What differs between the two trees, by path.
    pub changes: Vec<TreeChange>,
    /// What the markers and the records say of the commits.
    pub provenance: Provenance,
}

impl Span {
    /// Reads `base..head`.
    ///
    /// # Errors
    /// Where an object is missing, corrupt or over the limits.
    pub fn read(store: &Store, base: Oid, head: Oid, origins: &Origins) -> Result<Self, GitError> {
        let base = CommitAndTree {
            commit: base,
            tree: store.commit(base)?.tree,
        };
        let head = CommitAndTree {
            commit: head,
            tree: store.commit(head)?.tree,
        };
        let commits = store
            .commits_between(&[base.commit], head.commit)?
            .into_iter()
            .map(|oid| store.commit(oid))
            .collect::<Result<Vec<_>, _>>()?;
        Self::of(store, base, head, commits, origins)
    }

    /// What one commit changes against one of its parents.
    pub fn of_commit(
        store: &Store,
        commit: Commit,
        parent: Oid,
        origins: &Origins,
    ) -> Result<Self, GitError> {
        let base = CommitAndTree {
            commit: parent,
            tree: store.commit(parent)?.tree,
        };
        Self::alone(store, base, commit, origins)
    }

    /// What a root commit holds, against the empty tree.
    pub fn of_root(
        store: &Store,
        commit: Commit,
        empty_tree: Oid,
        origins: &Origins,
    ) -> Result<Self, GitError> {
        let base = CommitAndTree {
            commit: commit.oid,
            tree: empty_tree,
        };
        Self::alone(store, base, commit, origins)
    }

    fn alone(
        store: &Store,
        base: CommitAndTree,
        commit: Commit,
        origins: &Origins,
    ) -> Result<Self, GitError> {
        let head = CommitAndTree {
            commit: commit.oid,
            tree: commit.tree,
        };
        Self::of(store, base, head, vec![commit], origins)
    }

    fn of(
        store: &Store,
        base: CommitAndTree,
        head: CommitAndTree,
        commits: Vec<Commit>,
        origins: &Origins,
    ) -> Result<Self, GitError> {
        let changes = store.tree_changes(base.tree, head.tree)?;
        let provenance = origins.of(store, &commits);
        Ok(Self {
            base,
            head,
            commits,
            changes,
            provenance,
        })
    }

    /// Every path whose entry differs, sorted, each once. There are no renames here: a moved file is
    /// two paths.
    pub fn paths(&self) -> Vec<RepoPath> {
        self.changes
            .iter()
            .map(|change| change.path.clone())
            .collect()
    }

    /// Whether anything below `.countersign/` differs.
    pub fn touches_policy(&self) -> bool {
        self.changes.iter().any(|change| {
            change
                .path
                .as_bytes()
                .strip_prefix(DIRECTORY.as_bytes())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
        })
    }

    /// The `change-content-v1` digest.
    pub fn content(&self, store: &Store) -> Result<Content, GitError> {
        store.content(self.base.tree, self.head.tree)
    }

    /// How many commits are no merges: `commitCount` of a statement.
    pub fn commit_count(&self) -> u64 {
        self.commits
            .iter()
            .filter(|commit| commit.parents.len() < 2)
            .count() as u64
    }

    /// The change file by file, with renames and hunks.
    pub fn files(&self, store: &Store) -> Result<Vec<FileDiff>, GitError> {
        store.diff(self.base.tree, self.head.tree, &DiffOptions::default())
    }

    /// [`Span::files`] of what is here: content that was not fetched is said, not fatal. For reports.
    ///
    /// # Errors
    /// Where an object other than a blob is missing, or one is corrupt.
    pub fn files_here(&self, store: &Store) -> Result<Vec<FileDiff>, GitError> {
        store.diff_of_what_is_here(self.base.tree, self.head.tree, &DiffOptions::default())
    }

    /// Who answers for the change. An agent's own address answers for nothing: without a person the
    /// author terms are off.
    fn accountable(&self) -> Option<&str> {
        let last = self.commits.last().filter(|_| !self.provenance.is_ai());
        last.map(|commit| commit.author.email.as_str())
    }

    /// What an assessment asks of the history: as of the base, of the paths on both sides.
    pub fn ask(&self) -> Ask {
        Ask {
            // Before a root commit there is nothing.
            base: (self.base.commit != self.head.commit).then_some(self.base.commit),
            paths: self.changes.iter().map(|c| c.path.clone()).collect(),
            people: self.accountable().map(str::to_owned).into_iter().collect(),
        }
    }

    /// How risky it is, as assessed: silenced rules are left out, `risk.critical` is not applied yet
    /// (`Policy::level` does). `title` is what the proposal, or the last commit, says;
    /// `history` what was answered to [`Span::ask`].
    pub fn assess(
        &self,
        store: &Store,
        files: &[FileDiff],
        title: &str,
        policy: Option<&Policy>,
        history: Option<&HistoryStats>,
    ) -> Assessment {
        let messages: Vec<&str> = self.commits.iter().map(|c| c.message.as_str()).collect();
        let accountable = self.accountable();
        let text = ChangeText {
            title,
            messages: &messages,
            accountable,
        };
        let table = policy.map(|policy| &policy.risk);
        let silenced = |rule: &str, path: &RepoPath| {
            table.is_some_and(|table| {
                table.silence.iter().any(|silence| {
                    silence.rule == rule && silence.paths.iter().any(|glob| glob.matches_path(path))
                })
            })
        };
        let rules = PolicyRisk {
            critical: PolicyRisk::NONE.critical,
            silenced: &silenced,
            own: table.map_or(PolicyRisk::NONE.own, |table| &table.rules),
        };
        let base = StoredTree::new(store, self.base.tree);
        let result = StoredTree::new(store, self.head.tree);
        let trees = Trees {
            base: &base,
            result: &result,
        };
        risk::assess(&text, files, &rules, history, Some(trees))
    }
}
