//! What all runs of one decision share: the repository, the presented evidence, and what was read of
//! approved revisions.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use jiff::Timestamp;

use crate::change::Oid;
use crate::evidence::{HistoryTrail, NoShelf, Origins, Proposals, made};
use crate::git::{GitError, Store};
use crate::policy::{Cast, Class, Cover, Glob, Made, Reason, ReasonId};
use crate::verdict::VerdictKind;

use super::coverage::Approvals;
use super::doubts::Evidence;
use super::log::Log;

/// The commits of revisions by base and head; none where they are not here.
pub(super) type Revisions = HashMap<(Oid, Oid), Option<Vec<Made>>>;

/// The history before the runs of one decision.
pub(super) type Trail = RefCell<HistoryTrail<'static>>;

/// A trail from the start: what the gate decides by rests on nothing that was kept.
pub(super) fn trail() -> Trail {
    RefCell::new(HistoryTrail::new(&NoShelf))
}

/// What all runs of one decision share.
pub(super) struct Ground<'a> {
    pub(super) store: &'a Store,
    pub(super) target: &'a str,
    /// Other targets whose approvals carry here.
    pub(super) accepts: Vec<Glob>,
    pub(super) origins: Rc<Origins>,
    pub(super) proposals: &'a Proposals,
    /// Commits on the candidate's first-parent chain from the policy root on: where a client may
    /// have begun to trust.
    pub(super) chain: &'a HashSet<Oid>,
    /// The root of trust.
    pub(super) root: Option<Oid>,
    /// The notes that are presented.
    pub(super) log: &'a Log<'a>,
    /// Every statement presented.
    pub(super) evidence: &'a Evidence,
    /// Commits of approved revisions, read once.
    pub(super) revisions: &'a RefCell<Revisions>,
    /// Their changes, read once.
    pub(super) approvals: &'a Approvals,
    /// Approvals from before this time are too old for every rule.
    pub(super) oldest: Option<Timestamp>,
    /// Whether any statement on a run matters, however old and for whatever target: in the mode
    /// `flagged` it says that the run is AI's.
    pub(super) speaks: bool,
    /// The history before each run.
    pub(super) history: &'a Trail,
}

impl Ground<'_> {
    /// The same cover, unless the commits that the approval names are not what it says of them: who
    /// made what was approved is read from those commits, so they have to be the ones.
    pub(super) fn sound(&self, cast: &Cast, cover: Cover) -> Cover {
        let carried = matches!(cover, Cover::Carried(_));
        if !carried || self.approvals.is_sound(self.store, cast) {
            return cover;
        }
        let text = "the commits it names have another content than it says";
        Cover::Not(Reason::new(ReasonId::ContentMismatch, text).about(cast.digest))
    }

    /// Whether this verdict is for the target and young enough for some rule.
    pub(super) fn is_timely(&self, cast: &Cast) -> bool {
        let here = cast.target == self.target;
        let accepted = || {
            let mut accepts = self.accepts.iter();
            accepts.any(|glob| glob.matches(cast.target.as_bytes()))
        };
        (here || accepted()) && self.oldest.is_none_or(|oldest| cast.issued_at >= oldest)
    }

    /// That approvals are for commits which are not here, so that nobody can tell whether what
    /// waits is one of them in files that moved.
    pub(super) fn unseen<'c>(&self, casts: impl Iterator<Item = &'c Cast>) -> Option<Reason> {
        let timely = casts.filter(|cast| cast.kind == VerdictKind::Approve && self.is_timely(cast));
        let count = self.approvals.missing(self.store, timely);
        let text = format!(
            "{count} approvals are for commits that are not here; fetch refs/countersign/*"
        );
        let reason = Reason::new(ReasonId::ApprovedObjectsMissing, text);
        (count > 0).then(|| reason.weighing(Class::Missing))
    }

    /// The approvals of other revisions of the changes that come in with these commits, as far as the
    /// queue tells which those are: their reviewers have to look again.
    pub(super) fn stale<'c>(
        &self,
        commits: impl Iterator<Item = Oid>,
        casts: impl Iterator<Item = &'c Cast>,
    ) -> Vec<Reason> {
        let proposed = commits.flat_map(|oid| self.proposals.of(oid));
        let here: HashMap<_, _> = proposed.map(|it| (&it.name.id, it.name.number)).collect();
        let approvals = casts.filter(|cast| cast.kind == VerdictKind::Approve);
        let stale = approvals.filter_map(|cast| {
            let (id, was, head) = (&cast.change.id, cast.change.revision, cast.head.commit);
            let text = format!(
                "it is for {id}@{was}, {head}; this is {id}@{}",
                here.get(id)?
            );
            let reason = Reason::new(ReasonId::StaleRevision, text).by(cast.principal.as_str());
            Some(reason.with_key(cast.key.as_str()).about(cast.digest))
        });
        stale.collect()
    }

    /// The commits of an approval's own `base..head`; none where they are not here.
    pub(super) fn revision(&self, cast: &Cast) -> Result<Option<Vec<Made>>, GitError> {
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
                .map(|oid| made(self.store, &self.store.commit(oid)?, &self.origins))
                .collect()
        };
        let found = match read() {
            Ok(made) => Some(made),
            // What a statement names and is not a commit here is as good as missing.
            Err(GitError::ObjectMissing { .. } | GitError::WrongKind { .. }) => None,
            Err(error) => return Err(error),
        };
        self.revisions.borrow_mut().insert(key, found.clone());
        Ok(found)
    }

    /// What an approval had seen of the log and is not in the history presented here.
    pub(super) fn missing_evidence(&self, cast: &Cast) -> Option<Reason> {
        if let Some(head) = cast.log.head
            && let Some(reason) = self.log.lacks(head, "the approver")
        {
            return Some(reason.about(cast.digest));
        }
        let missing = cast
            .log
            .seen
            .iter()
            .find(|digest| !self.evidence.presented.contains(digest))?;
        let text = format!("the approver had seen the statement {missing}, which is not here");
        Some(Reason::new(ReasonId::EvidenceMissing, text).about(cast.digest))
    }
}
