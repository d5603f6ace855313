//! Revisions that have become a run and that nobody has approved: the merged branch, and what waits or
//! waited in the queue. Who committed the squash of one may still approve the revision itself, so
//! whether further approvals would help is asked of them too.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::change::{Oid, Sha256};
use crate::git::GitError;
use crate::policy::{Cast, Cover, PresenceDemand, Way};
use crate::verdict::{ChangeLabel, CommitAndTree, Log, Repository, VerdictKind};

use super::ground::Ground;
use super::run::Run;

/// Where to look for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heads {
    /// Only at what the run itself merges.
    Merged,
    /// In the queue and the archive as well: for each of them the run is compared.
    Queued,
}

impl Run {
    /// What somebody could still approve in place of what landed.
    pub(super) fn revisions(
        &self,
        ground: &Ground<'_>,
        where_from: Heads,
    ) -> Result<Vec<Way>, GitError> {
        let merged = self.last_parents.iter().skip(1).copied();
        let mut heads: BTreeSet<Oid> = merged.filter(|_| self.len() == 1).collect();
        if where_from == Heads::Queued {
            heads.extend(ground.proposals.heads());
        }
        let mut ways = Vec::new();
        for head in heads {
            ways.extend(self.way(ground, head)?);
        }
        Ok(ways)
    }

    /// How the revision with this head would reach the run, if it would.
    fn way(&self, ground: &Ground<'_>, head: Oid) -> Result<Option<Way>, GitError> {
        let store = ground.store;
        let Some(base) = store.merge_base(self.span.base.commit, head)? else {
            return Ok(None);
        };
        let end = |commit: Oid| -> Result<CommitAndTree, GitError> {
            let tree = store.commit(commit)?.tree;
            Ok(CommitAndTree { commit, tree })
        };
        let (from, to) = (end(base)?, end(head)?);
        // What changes nothing says nothing; what is there already cannot come in.
        if base == head || from.tree == to.tree {
            return Ok(None);
        }
        let content = store.content(from.tree, to.tree)?.sha256;
        let Some(cast) = imagined(ground, from, to, content) else {
            return Ok(None);
        };
        let landing = self.landing(ground, &cast)?;
        let cover = self.cover(ground.evidence, &cast, &landing);
        let cover = self.first_landing(ground, &cast, cover)?;
        let (Cover::Carried(carried), Some(made)) = (cover, self.made(ground, &cast)?) else {
            return Ok(None);
        };
        Ok(Some(Way {
            made,
            carried,
            base,
        }))
    }
}

/// An approval of this revision that nobody has signed, for the question what it would cover.
fn imagined(
    ground: &Ground<'_>,
    base: CommitAndTree,
    head: CommitAndTree,
    content: Sha256,
) -> Option<Cast> {
    Some(Cast {
        digest: Sha256::from_bytes([0; 32]),
        key: String::new(),
        presence: PresenceDemand::Optional,
        kind: VerdictKind::Approve,
        doubt: None,
        repository: Repository {
            id: String::new(),
            policy_root: head.commit,
        },
        change: ChangeLabel {
            id: "imagined".parse().ok()?,
            revision: 1,
        },
        target: ground.target.to_owned(),
        base: Some(base),
        head,
        content,
        principal: String::new(),
        issued_at: Timestamp::MAX,
        log: Log::default(),
        supersedes: Vec::new(),
        viewed: None,
        checklist: None,
        level: None,
    })
}
