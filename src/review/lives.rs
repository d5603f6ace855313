//! What became of every change that is known here, for the numbers of `stats`.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::change::{ChangeId, Oid, QueueRef, Revision, Sha256};
use crate::evidence::FoundRef;
use crate::git::GitError;
use crate::queue::State;
use crate::risk::undoes;
use crate::stats::{Life, Stage, Word};
use crate::verdict::{Predicate, VerdictKind};

use super::entry::entry;
use super::landed::Landed;
use super::opened::{Glance, Judged, Said};
use super::remarks::known_key;
use super::revisions::Resolver;
use super::{Desk, ReviewError, Session};

/// The lives of all changes, and of how many nothing could be read.
#[derive(Debug, Clone, Default)]
pub struct Lives {
    /// A life a change.
    pub all: Vec<Life>,
    /// Changes whose newest revision cannot be read, with why.
    pub unreadable: Vec<(QueueRef, String)>,
    /// Commits that were let through by break-glass, one a statement, by when it was signed.
    pub broken_glass: Vec<(Oid, Timestamp)>,
}

/// Reads the lives of all changes of a clone: queue, archive and notes as they are here. Reverts are
/// looked for among commits of the target from `since` on.
///
/// # Errors
/// Where notes, refs or the outbox cannot be read. A change that cannot be is named in the answer.
pub fn lives(session: &Session, since: Timestamp, now: Timestamp) -> Result<Lives, ReviewError> {
    let mut desk = Desk::new(session, now)?;
    let mut resolver = desk.resolver();
    let mut reader = Reader {
        landed: Landed::new(session),
        undone: Undone::since(session, &desk, since)?,
        seconds: seconds(&desk),
    };
    let mut lives = Lives::default();
    for (id, revisions) in desk.refs().changes.clone() {
        let Some((number, found)) = desk.refs().newest(&id) else {
            continue;
        };
        let (name, found) = (QueueRef { id, number }, found.clone());
        match reader.life(&mut desk, &mut resolver, &name, &found) {
            Ok(mut life) => {
                let first = revisions.first_key_value();
                let first = first.filter(|(first, _)| **first < number);
                if let Some((first, found)) = first
                    && let Ok(revision) = resolver.resolve(&life.id, *first, found)
                {
                    life.queued = revision.created_at;
                }
                lives.all.push(life);
            }
            Err(why) => lives.unreadable.push((name, why.to_string())),
        }
    }
    lives.broken_glass = desk
        .statements()
        .verified
        .iter()
        .filter_map(|verified| match &verified.statement()?.predicate {
            Predicate::BreakGlass(glass) => Some((glass.commit, glass.issued_at)),
            _ => None,
        })
        .collect();
    Ok(lives)
}

/// Reads one change after the other.
struct Reader<'a> {
    landed: Landed<'a>,
    undone: Undone,
    /// How long the change was on the screen, by the digest of the verdict that says so.
    seconds: HashMap<Sha256, u64>,
}

impl Reader<'_> {
    /// One change, as if its newest revision were its first.
    fn life(
        &mut self,
        desk: &mut Desk<'_>,
        resolver: &mut Resolver<'_>,
        name: &QueueRef,
        found: &FoundRef,
    ) -> Result<Life, ReviewError> {
        let revision = resolver.resolve(&name.id, name.number, found);
        let revision = revision.map_err(|why| ReviewError::Unreadable {
            name: name.to_string(),
            why,
        })?;
        let tip = resolver.tip(&revision.target)?;
        let judged = judged(desk, revision)?;
        let has_landed = self.landed.is_landed(&judged, tip)?;
        let words = self.words(desk, resolver, &judged);
        let rules = judged.outcome.iter().flat_map(|outcome| &outcome.rules);
        let rules = rules.map(|rule| rule.name.clone()).collect();
        let agent = judged.revision.agent().map(str::to_owned);
        let cover = judged.revision.cover.as_ref();
        let model = cover.and_then(|cover| cover.model.clone());
        let queued = judged.revision.created_at;
        let reverted = match (has_landed, tip) {
            (true, Some(tip)) => self.undone.takes_back(&mut self.landed, &judged, tip)?,
            _ => false,
        };
        let standing: HashSet<_> = standing(&judged.said).collect();
        let approved = judged
            .said
            .iter()
            .filter(|said| standing.contains(&said.digest));
        let approved = approved.map(|said| said.issued_at).max();
        let row = entry(judged, found, has_landed, desk.me());
        let stage = match row.state {
            State::Pending | State::Stale | State::Moved => Stage::Waiting,
            State::Approved => Stage::Approved,
            State::Rejected => Stage::Rejected,
            State::Landed => Stage::Landed,
            State::Closed | State::Invalid => Stage::Gone,
        };
        Ok(Life {
            id: row.id,
            queued,
            stage,
            agent,
            model,
            rules,
            asked: match stage {
                Stage::Waiting => row.asked,
                _ => Vec::new(),
            },
            words,
            approved: approved.filter(|_| matches!(stage, Stage::Approved | Stage::Landed)),
            reverted,
        })
    }

    /// What people whom the policy knows said of a change, oldest first.
    fn words(
        &self,
        desk: &mut Desk<'_>,
        resolver: &mut Resolver<'_>,
        judged: &Judged,
    ) -> Vec<Word> {
        let id = &judged.revision.id;
        let said: Vec<&Said> = judged
            .said
            .iter()
            .filter(|said| said.name.id == *id && known_key(said))
            .collect();
        let mut words = Vec::with_capacity(said.len());
        for one in said {
            let seconds = self.seconds.get(&one.digest).copied();
            let lines = match (one.kind, one.name.number == judged.revision.number) {
                (VerdictKind::Approve, true) => Some(judged.gist.added + judged.gist.removed),
                (VerdictKind::Approve, false) => lines(desk, resolver, id, one.name.number),
                _ => None,
            };
            words.push(Word {
                who: one.reviewer.clone(),
                kind: one.kind,
                at: one.issued_at,
                seconds,
                lines,
            });
        }
        words
    }
}

/// A revision as the policy of its target judges it.
fn judged(desk: &mut Desk<'_>, revision: Revision) -> Result<Judged, ReviewError> {
    let policy = desk.policy_for(&revision.target)?;
    let name = revision.name();
    match desk.look().glance(revision, policy, false)? {
        Glance::Judged(judged) => Ok(*judged),
        // Neither is an answer where nothing is put off.
        Glance::Uncounted | Glance::Unassessed(_) => {
            Err(ReviewError::UnknownChange(name.to_string()))
        }
    }
}

/// The approvals that stand on this very content.
fn standing(said: &[Said]) -> impl Iterator<Item = Sha256> {
    let stand = said
        .iter()
        .filter(|said| said.here && said.stands(VerdictKind::Approve));
    stand.map(|said| said.digest)
}

/// The seconds that verdicts say.
fn seconds(desk: &Desk<'_>) -> HashMap<Sha256, u64> {
    let all = desk.statements().verified.iter();
    all.filter_map(|verified| {
        let viewed = verified.verdict()?.viewed.as_ref()?;
        Some((verified.payload_sha256(), viewed.seconds))
    })
    .collect()
}

/// The lines of an older revision; none where it is not here any more.
fn lines(
    desk: &mut Desk<'_>,
    resolver: &mut Resolver<'_>,
    id: &ChangeId,
    number: u32,
) -> Option<usize> {
    let found = desk.refs().changes.get(id)?.get(&number)?.clone();
    let revision = resolver.resolve(id, number, &found).ok()?;
    let gist = judged(desk, revision).ok()?.gist;
    Some(gist.added + gist.removed)
}

/// What commits of the target say they take back.
struct Undone {
    /// Ids, whole or abbreviated.
    reverts: Vec<String>,
}

impl Undone {
    fn since(session: &Session, desk: &Desk<'_>, since: Timestamp) -> Result<Self, ReviewError> {
        let store = &session.store;
        let target = desk.default_policy().target();
        let tip = target
            .map(|target| session.target_tip(target))
            .transpose()?;
        let Some(tip) = tip.flatten() else {
            return Ok(Self {
                reverts: Vec::new(),
            });
        };
        let old = |oid: Oid| {
            let commit = store.commit(oid);
            commit.is_ok_and(|commit| commit.committer.when < since)
        };
        let mut reverts = Vec::new();
        for oid in store.arrivals(tip, &old)? {
            let message = store.commit(oid)?.message;
            reverts.extend(undoes(&message).reverts);
        }
        Ok(Self { reverts })
    }

    /// Whether one of them is a commit of the change, or the step it landed with.
    fn takes_back(
        &self,
        landed: &mut Landed<'_>,
        judged: &Judged,
        tip: Oid,
    ) -> Result<bool, GitError> {
        if self.reverts.is_empty() {
            return Ok(false);
        }
        let mut commits: Vec<String> = judged
            .revision
            .commits
            .iter()
            .map(|commit| commit.oid.to_string())
            .collect();
        commits.extend(landed.step(judged, tip)?.map(|step| step.to_string()));
        let names = |revert: &String| commits.iter().any(|commit| commit.starts_with(revert));
        Ok(self.reverts.iter().any(names))
    }
}
