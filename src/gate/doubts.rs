//! The statements as the decision uses them, and those that nobody can act on: each of these may be
//! a restriction.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::change::{Oid, Sha256};
use crate::evidence::{Statements, Trusted};
use crate::policy::{self, Cast, Glass, Heard, Lift, Mode, Reason, ReasonId, Unreadable};
use crate::verdict::{LenientSaid, Reading, VerdictKind, Verified};

use super::court::Court;
use super::report::RunReport;
use super::steps::Step;

/// What the notes say, sorted by what it is good for.
pub(super) struct Evidence {
    /// Every verdict that reads unambiguously.
    pub(super) casts: Vec<Cast>,
    /// Every override that reads to the letter.
    pub(super) lifts: Vec<Lift>,
    /// Every break-glass that reads to the letter.
    pub(super) glasses: Vec<Glass>,
    /// Payload digests of the statements presented, each by the key that its text names: a copy
    /// under another signature is no evidence that the statement was seen.
    pub(super) presented: HashSet<Sha256>,
    /// `commitCount` of the verdicts that read to the letter.
    pub(super) counts: HashMap<Sha256, usize>,
    set_aside: Vec<Unreadable>,
    doubtful: Vec<Unreadable>,
}

impl Evidence {
    pub(super) fn of(statements: &Statements) -> Self {
        let (mut casts, mut set_aside, mut doubtful) = (Vec::new(), Vec::new(), Vec::new());
        let (mut lifts, mut glasses) = (Vec::new(), Vec::new());
        for verified in &statements.verified {
            match Heard::of(verified) {
                Heard::Verdict(cast) => casts.push(*cast),
                Heard::Override(lift) => lifts.push(*lift),
                Heard::BreakGlass(glass) => glasses.push(*glass),
                Heard::SetAside(one) => set_aside.push(one),
                Heard::Unreadable(one) => doubtful.push(one),
                Heard::Other => {}
            }
        }
        let verified = statements.verified.iter();
        let own = verified.clone().filter(|one| signed_by_its_author(one));
        let count = |one: &Verified| {
            let count = usize::try_from(one.verdict()?.commit_count).ok()?;
            Some((one.payload_sha256(), count))
        };
        Self {
            presented: own.map(Verified::payload_sha256).collect(),
            counts: verified.filter_map(count).collect(),
            casts,
            lifts,
            glasses,
            set_aside,
            doubtful,
        }
    }

    /// Where the clients of known reviewers began to trust.
    pub(super) fn client_roots(&self, laws: &[Rc<Trusted>]) -> HashSet<Oid> {
        let casts = self.casts.iter();
        let casts = casts.map(|cast| (&cast.key, cast.repository.policy_root));
        let lifts = self.lifts.iter();
        let lifts = lifts.map(|lift| (&lift.key, lift.repository.policy_root));
        let glasses = self.glasses.iter();
        let glasses = glasses.map(|glass| (&glass.key, glass.repository.policy_root));
        let all = casts.chain(lifts).chain(glasses);
        all.filter(|(key, _)| knows(laws, key))
            .map(|(_, root)| root)
            .collect()
    }
}

/// Whether some policy of the range knows the key.
pub(super) fn knows(laws: &[Rc<Trusted>], key: &str) -> bool {
    laws.iter().any(|law| law.policy.owner(key).is_some())
}

fn signed_by_its_author(one: &Verified) -> bool {
    match one.reading() {
        Reading::Strict(_) => true,
        Reading::Lenient(lenient) => match &lenient.said {
            LenientSaid::Reject(facts) | LenientSaid::Withdraw(facts) => {
                facts.reviewer.key == one.fingerprint()
            }
            _ => false,
        },
        _ => false,
    }
}

impl Court<'_> {
    /// What is odd before anything is judged: approvals by known keys that are not canonical, which
    /// never count; and a mode in which silence proves nothing.
    pub(super) fn warnings(&self) -> Vec<Reason> {
        let policy = &self.in_force[0].policy;
        let odd = self.evidence.set_aside.iter();
        let mut warnings: Vec<Reason> = odd
            .filter(|one| policy.owner(&one.key).is_some())
            .map(|one| policy::not_canonical(policy, one))
            .collect();
        if self.has_mode(Mode::Flagged) {
            let text = "mode flagged: only steps known to be AI's are judged; that nothing says so proves nothing";
            warnings.push(Reason::new(ReasonId::FlaggedOnly, text));
        }
        warnings
    }

    /// Whether some step is judged in this mode.
    pub(super) fn has_mode(&self, mode: Mode) -> bool {
        self.in_force
            .iter()
            .any(|law| law.policy.scope.mode == mode)
    }

    /// Statements about this range, by people who may review, that cannot be read or are of a type
    /// this program does not know: each may be a restriction. About the range is what names one of
    /// its commits, or the head of an approval that counts in it.
    pub(super) fn doubts(&self, steps: &[Step], runs: &[RunReport]) -> Vec<Reason> {
        let mut here: HashSet<Oid> = steps
            .iter()
            .flat_map(|step| step.commits.iter().map(|c| c.oid))
            .collect();
        let counted: HashSet<Sha256> = runs
            .iter()
            .flat_map(|run| run.approvals.iter().map(|approval| approval.digest))
            .collect();
        let casts = self.evidence.casts.iter();
        let carried = casts
            .filter(|cast| cast.kind == VerdictKind::Approve && counted.contains(&cast.digest));
        here.extend(carried.map(|cast| cast.head.commit));
        let concerns = |subject: Option<Oid>| subject.is_some_and(|oid| here.contains(&oid));
        let mut doubts = Vec::new();
        for one in &self.evidence.doubtful {
            let judged = self.in_force.iter();
            let here = concerns(one.subject);
            let judged =
                judged.map(|law| policy::unreadable(&law.policy, &self.revoked, one, here));
            doubts.extend(judged.max_by_key(Reason::class));
        }
        doubts
    }
}
