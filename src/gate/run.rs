//! A run under judgement: its facts for the rules, and what each verdict has to do with it.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use crate::change::{Markers, Oid};
use crate::evidence::{Proposals, Span, made};
use crate::git::{GitError, Store};
use crate::policy::{
    Cast, CastFor, Cover, Coverage, Made, Policy, Proposal, Reason, ReasonId, Relation, RunFacts,
};
use crate::verdict::VerdictKind;

use super::coverage::{Approvals, Landing};
use super::landed::{self, Past};
use super::steps::Step;

/// The commits of revisions by base and head; none where they are not here.
pub(super) type Revisions = HashMap<(Oid, Oid), Option<Vec<Made>>>;

/// What all runs of one decision share.
pub(super) struct Ground<'a> {
    pub(super) store: &'a Store,
    pub(super) target: &'a str,
    pub(super) markers: &'a Markers,
    pub(super) proposals: &'a Proposals,
    /// Commits on the candidate's first-parent chain from the policy root on: where a client may
    /// have begun to trust.
    pub(super) chain: &'a HashSet<Oid>,
    /// The root of trust.
    pub(super) root: Option<Oid>,
    /// Every notes commit of the presented history.
    pub(super) notes: &'a HashSet<Oid>,
    /// Payload digests of every statement presented.
    pub(super) presented: &'a HashSet<crate::change::Sha256>,
    /// Commits of approved revisions, read once.
    pub(super) revisions: &'a RefCell<Revisions>,
    /// Their changes, read once.
    pub(super) approvals: &'a Approvals,
}

/// Steps `start..end`, read.
pub(super) struct Run {
    pub(super) start: usize,
    pub(super) end: usize,
    first: Oid,
    pub(super) span: Span,
    pub(super) content: crate::verdict::Content,
    /// The tree of its first parent and the parents of its last step, for `exact`.
    last_parents: Vec<Oid>,
}

impl Run {
    /// Reads the steps `start..end` as one run.
    pub(super) fn read(
        ground: &Ground<'_>,
        steps: &[Step],
        start: usize,
        end: usize,
    ) -> Result<Self, GitError> {
        let (first, last) = (&steps[start], &steps[end - 1]);
        let span = Span::read(ground.store, first.parent, last.oid, ground.markers)?;
        let content = span.content(ground.store)?;
        let last_parents = last
            .commits
            .last()
            .map(|c| c.parents.clone())
            .unwrap_or_default();
        Ok(Self {
            start,
            end,
            first: first.oid,
            span,
            content,
            last_parents,
        })
    }

    /// Its first and last step.
    pub(super) fn ends(&self) -> (Oid, Oid) {
        (self.first, self.span.head.commit)
    }

    /// How many steps it has.
    pub(super) const fn len(&self) -> usize {
        self.end - self.start
    }

    /// How an approval covers this run, if it does (`docs/formats.md`, the gate's rule, coverage).
    /// `landing` says what the run is to the approved change, as a merge.
    fn cover(&self, cast: &Cast, landing: &Landing) -> Cover {
        let Some(base) = cast.base else {
            return Cover::Unrelated;
        };
        let exact_span = base.commit == self.span.base.commit && self.ends_at(cast);
        if exact_span {
            return Cover::Carried(Coverage::Exact);
        }
        let trees = base.tree == self.span.base.tree && cast.head.tree == self.span.head.tree;
        let content = cast.content == self.content.sha256;
        if trees && content {
            return Cover::Carried(Coverage::Tree);
        }
        if content {
            return Cover::Carried(Coverage::Content);
        }
        let inside = self.brings(cast);
        // Where nothing changed, only what came in is carried, not whatever was there before.
        if matches!(landing, Landing::Merged { .. }) && (inside || !self.span.changes.is_empty()) {
            return Cover::Carried(Coverage::Merge);
        }
        if !inside {
            return Cover::Unrelated;
        }
        let (id, text) = if *landing == Landing::Missing {
            let text = "the approved base is not here, so nothing can be compared with it";
            (ReasonId::ApprovedObjectsMissing, text)
        } else if base.commit == self.span.base.commit {
            (
                ReasonId::ContentMismatch,
                "what landed is not the approved content",
            )
        } else {
            (
                ReasonId::WrongBase,
                "the approved head is here, on another base and with another content",
            )
        };
        Cover::Not(Reason::new(id, text).about(cast.digest))
    }

    /// The same cover, unless the approved content has landed before.
    fn first_landing(
        &self,
        ground: &Ground<'_>,
        cast: &Cast,
        cover: Cover,
    ) -> Result<Cover, GitError> {
        let (Cover::Carried(_), Some(base)) = (&cover, cast.base) else {
            return Ok(cover);
        };
        let revision = ground.revision(cast)?.map_or(1, |made| made.len());
        let past = Past {
            from: self.span.base.commit,
            base: base.commit,
            root: ground.root,
            lengths: [1, self.len(), revision].into(),
        };
        let before = match landed::before(ground.store, &self.span.changes, &past)? {
            None if !self.span.changes.is_empty() => {
                landed::merged_before(ground.store, ground.approvals, cast, &past)?
            }
            before => before,
        };
        Ok(before.map_or(cover, |step| {
            let text = format!("the approved content has landed once already, with {step}");
            Cover::Not(Reason::new(ReasonId::Relanded, text).about(cast.digest))
        }))
    }

    /// Whether the run ends with the approved head, or with a merge of its first parent and that
    /// head that has exactly the approved tree.
    fn ends_at(&self, cast: &Cast) -> bool {
        let head = self.span.head;
        head.commit == cast.head.commit
            || (head.tree == cast.head.tree
                && self.len() == 1
                && self.last_parents == [self.span.base.commit, cast.head.commit])
    }

    /// What a verdict has to do with the run: its head came in with it, or its content is the
    /// run's.
    fn relation(&self, cast: &Cast, landing: &Landing) -> Relation {
        // The whole change merged into moved files has another digest and is the same content.
        let whole = *landing == Landing::Merged { whole: true };
        if self.brings(cast) {
            Relation::Head
        } else if cast.content == self.content.sha256 || whole {
            Relation::Content
        } else {
            Relation::Other
        }
    }

    /// Whether the head of a verdict came in with the run.
    fn brings(&self, cast: &Cast) -> bool {
        let mut commits = self.span.commits.iter();
        commits.any(|commit| commit.oid == cast.head.commit)
    }

    /// What the run is to the change of a verdict, as a merge.
    fn landing(&self, ground: &Ground<'_>, cast: &Cast) -> Result<Landing, GitError> {
        let tree = self.span.base.tree;
        let (store, changes) = (ground.store, &self.span.changes);
        ground.approvals.landing(store, cast, tree, changes)
    }

    /// The facts the rules judge.
    pub(super) fn facts(
        &self,
        ground: &Ground<'_>,
        policy: &Policy,
        approved: &[&Cast],
    ) -> Result<RunFacts, GitError> {
        let store = ground.store;
        let files = self.span.files(store)?;
        let title = self
            .span
            .commits
            .last()
            .map_or("", |commit| commit.subject());
        let assessment = self.span.assess(store, &files, title, Some(policy));
        let commits = self
            .span
            .commits
            .iter()
            .map(|commit| {
                let mut made = made(store, commit, ground.markers)?;
                // Where the content is what was approved, the step itself only brings it in.
                made.integrates = !approved.is_empty()
                    && !approved.iter().any(|cast| cast.head.commit == commit.oid);
                Ok(made)
            })
            .collect::<Result<Vec<_>, GitError>>()?;
        Ok(RunFacts {
            target: ground.target.to_owned(),
            first_parent: self.span.base.commit,
            last: self.span.head.commit,
            ai: commits.iter().any(|made| made.marker),
            commits,
            signed_revision: None,
            paths: self.span.paths(),
            assessed: assessment.level,
            severity3: assessment
                .findings
                .iter()
                .filter(|finding| finding.severity == 3)
                .map(|finding| finding.id.clone())
                .collect(),
            unreviewable: assessment
                .unreadable
                .iter()
                .map(|content| content.finding.clone())
                .collect(),
            touches_policy: self.span.touches_policy(),
            proposal: self.proposal(ground, approved),
            restored: None,
        })
    }

    /// What was said with the run's last commit and with every approved head.
    fn proposal(&self, ground: &Ground<'_>, approved: &[&Cast]) -> Proposal {
        let facts = |head: Oid| ground.proposals.facts(head, &self.span.provenance);
        let mut proposal = facts(self.span.head.commit);
        for cast in approved {
            let more = facts(cast.head.commit);
            proposal.signer = proposal.signer.or(more.signer);
            proposal.agents.extend(more.agents);
            proposal.models.extend(more.models);
            proposal.operators.extend(more.operators);
        }
        proposal
    }

    /// A verdict with its relation to the run.
    pub(super) fn relate<'c>(
        &self,
        ground: &Ground<'_>,
        cast: &'c Cast,
    ) -> Result<CastFor<'c>, GitError> {
        let landing = self.landing(ground, cast)?;
        let cover = match cast.kind {
            VerdictKind::Approve => self.first_landing(ground, cast, self.cover(cast, &landing))?,
            _ => Cover::Unrelated,
        };
        let carried = matches!(cover, Cover::Carried(_));
        Ok(CastFor {
            cast,
            relation: self.relation(cast, &landing),
            made: if carried {
                ground.revision(cast)?
            } else {
                None
            },
            root_known: ground.chain.contains(&cast.repository.policy_root),
            evidence: carried.then(|| ground.missing_evidence(cast)).flatten(),
            cover,
        })
    }
}

impl Ground<'_> {
    /// The commits of an approval's own `base..head`; none where they are not here.
    fn revision(&self, cast: &Cast) -> Result<Option<Vec<Made>>, GitError> {
        let Some(base) = cast.base else {
            return Ok(None);
        };
        let key = (base.commit, cast.head.commit);
        if let Some(known) = self.revisions.borrow().get(&key) {
            return Ok(known.clone());
        }
        let read = || -> Result<Vec<Made>, GitError> {
            self.store
                .commits_between(&[base.commit], cast.head.commit)?
                .into_iter()
                .map(|oid| made(self.store, &self.store.commit(oid)?, self.markers))
                .collect()
        };
        let found = match read() {
            Ok(made) => Some(made),
            Err(GitError::ObjectMissing { .. }) => None,
            Err(error) => return Err(error),
        };
        self.revisions.borrow_mut().insert(key, found.clone());
        Ok(found)
    }

    /// What an approval had seen of the log and is not in the history presented here.
    fn missing_evidence(&self, cast: &Cast) -> Option<Reason> {
        if let Some(head) = cast.log.head
            && !self.notes.contains(&head)
        {
            let text = format!(
                "the approver had seen the notes at {head}, which are not in the history here"
            );
            return Some(Reason::new(ReasonId::LogRewound, text).about(cast.digest));
        }
        let missing = cast
            .log
            .seen
            .iter()
            .find(|digest| !self.presented.contains(digest))?;
        let text = format!("the approver had seen the statement {missing}, which is not here");
        Some(Reason::new(ReasonId::EvidenceMissing, text).about(cast.digest))
    }
}
