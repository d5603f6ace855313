//! What each person's verdicts come to: which are replaced or taken back, and what then stands.
//!
//! For a person and a head, and for a person and a content, the verdicts named in `supersedes` of
//! that person's other verdicts are out, and of the rest the most restrictive holds. Whatever
//! lifts a restriction must be good as a permission; what restricts need not be.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Circumstances;
use super::{Cast, Policy, Reason, ReasonId};
use crate::change::Sha256;
use crate::verdict::VerdictKind;

/// The verdicts of known people and what has become of each.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    votes: Vec<Vote<'a>>,
}

/// One verdict of a known person.
#[derive(Debug, Clone)]
pub struct Vote<'a> {
    /// The verdict.
    pub cast: &'a Cast,
    /// Whose it is, by id.
    pub person: &'a str,
    /// Why it permits nothing, if so.
    pub flaw: Option<Reason>,
    /// Replaced or taken back as a word on its head.
    pub out_for_head: bool,
    /// Replaced or taken back as a word on its content.
    pub out_for_content: bool,
    /// The statement that replaced it or took it back.
    pub out_by: Option<(Sha256, VerdictKind)>,
}

impl Vote<'_> {
    fn is(&self, kind: VerdictKind) -> bool {
        self.cast.kind == kind
    }

    /// Whether it still is a word on the head or the content of this verdict.
    pub(super) fn bears_on(&self, other: &Cast) -> bool {
        (!self.out_for_head && self.cast.head.commit == other.head.commit)
            || (!self.out_for_content && self.cast.content == other.content)
    }

    /// Whether nothing of it stands.
    pub(super) fn is_out(&self) -> bool {
        self.out_for_head && self.out_for_content
    }
}

impl<'a> Standing<'a> {
    /// Works out what stands of these verdicts. Verdicts in `log.ignore`, by unknown or revoked
    /// keys and for other repositories are left out; a payload counts once a person. A copy of the
    /// payload that somebody else signed is theirs, and takes no place.
    pub fn of(
        policy: &'a Policy,
        casts: impl IntoIterator<Item = &'a Cast>,
        at: &Circumstances<'_>,
    ) -> Self {
        let mut seen = BTreeSet::new();
        let mut votes = Vec::new();
        for cast in casts {
            let ignored = policy.log.ignore.contains(&cast.digest);
            if ignored || cast.kind == VerdictKind::Comment {
                continue;
            }
            if let Ok(person) = policy.restricts(&cast.into(), at)
                && seen.insert((cast.digest, person))
            {
                votes.push(Vote {
                    cast,
                    person,
                    flaw: policy.permits(&cast.into(), at).err(),
                    out_for_head: false,
                    out_for_content: false,
                    out_by: None,
                });
            }
        }
        let mut standing = Self { votes };
        standing.replace();
        standing
    }

    /// Takes out what is named in `supersedes`.
    fn replace(&mut self) {
        let index: BTreeMap<(Sha256, &str), usize> = self
            .votes
            .iter()
            .enumerate()
            .map(|(at, vote)| ((vote.cast.digest, vote.person), at))
            .collect();
        let mut outs: Vec<(usize, bool, bool, Sha256, VerdictKind)> = Vec::new();
        for vote in &self.votes {
            for named in &vote.cast.supersedes {
                let Some(&at) = index.get(&(*named, vote.person)) else {
                    continue;
                };
                let (head, content) = replaces(vote, &self.votes[at]);
                if head || content {
                    outs.push((at, head, content, vote.cast.digest, vote.cast.kind));
                }
            }
        }
        for (at, head, content, by, kind) in outs {
            let vote = &mut self.votes[at];
            vote.out_for_head |= head;
            vote.out_for_content |= content;
            vote.out_by.get_or_insert((by, kind));
        }
    }

    /// Every verdict, in the order given.
    pub fn votes(&self) -> &[Vote<'a>] {
        &self.votes
    }

    /// Why this approval does not stand, by its own reviewer's word; none where it does.
    pub(super) fn undone(&self, vote: &Vote<'a>) -> Option<Reason> {
        let say = |id: ReasonId, text: String| {
            let reason = Reason::new(id, text).by(vote.cast.principal.as_str());
            Some(reason.about(vote.cast.digest))
        };
        if vote.out_for_head || vote.out_for_content {
            return match vote.out_by {
                Some((by, VerdictKind::Withdraw)) => {
                    say(ReasonId::Withdrawn, format!("taken back by {by}"))
                }
                Some((by, _)) => say(ReasonId::Superseded, format!("replaced by {by}")),
                None => say(ReasonId::Superseded, "replaced".to_owned()),
            };
        }
        let stronger = self.votes.iter().find(|other| {
            other.person == vote.person
                && matches!(other.cast.kind, VerdictKind::Reject | VerdictKind::Withdraw)
                && other.bears_on(vote.cast)
        })?;
        let by = stronger.cast.digest;
        if stronger.is(VerdictKind::Withdraw) {
            say(
                ReasonId::Withdrawn,
                format!("the same reviewer's withdrawal {by} stands"),
            )
        } else {
            say(
                ReasonId::Conflict,
                format!("the same reviewer's rejection {by} stands"),
            )
        }
    }

    /// Whether the author of this rejection has approved a later revision of the same change for
    /// the same target, and that approval stands: the veto on later revisions is lifted.
    pub(super) fn veto_lifted(&self, rejection: &Vote<'a>) -> bool {
        self.votes.iter().any(|vote| {
            vote.person == rejection.person
                && vote.is(VerdictKind::Approve)
                && vote.flaw.is_none()
                && vote.cast.target == rejection.cast.target
                && vote.cast.change.id == rejection.cast.change.id
                && vote.cast.change.revision > rejection.cast.change.revision
                && self.undone(vote).is_none()
        })
    }

    /// A warning for each person who approved and rejected the same head or content and took
    /// neither back.
    pub(super) fn conflicts(&self) -> Vec<Reason> {
        let approvals = self
            .votes
            .iter()
            .filter(|vote| vote.is(VerdictKind::Approve));
        let undone = approvals.filter_map(|vote| self.undone(vote));
        undone
            .filter(|reason| reason.id == ReasonId::Conflict)
            .collect()
    }

    /// The digests a new verdict of this person should name in `supersedes`: every own approval,
    /// rejection and withdrawal on this head, this content or this change.
    pub fn to_supersede(&self, person: &str, is_concerned: impl Fn(&Cast) -> bool) -> Vec<Sha256> {
        let own = self.votes.iter().filter(|vote| vote.person == person);
        let mut digests: Vec<Sha256> = own
            .filter(|vote| is_concerned(vote.cast))
            .map(|vote| vote.cast.digest)
            .collect();
        digests.sort_unstable();
        digests
    }
}

/// As a word on what (head, content) `later` takes `earlier`, which it names, out.
fn replaces(later: &Vote<'_>, earlier: &Vote<'_>) -> (bool, bool) {
    if later.person != earlier.person || later.cast.digest == earlier.cast.digest {
        return (false, false);
    }
    let same_head = later.cast.head.commit == earlier.cast.head.commit;
    let same_content = later.cast.content == earlier.cast.content;
    let lifts = !earlier.is(VerdictKind::Approve) && !later.is(VerdictKind::Reject);
    if lifts && later.flaw.is_some() {
        return (false, false);
    }
    match later.cast.kind {
        VerdictKind::Withdraw => (true, true),
        // An approval of the same head or content lifts the whole rejection, for its own target.
        VerdictKind::Approve if earlier.is(VerdictKind::Reject) => {
            let lifted = (same_head || same_content) && later.cast.target == earlier.cast.target;
            (lifted, lifted)
        }
        _ => (same_head, same_content),
    }
}
