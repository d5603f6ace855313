//! What stands on certain keys, and falls when they are revoked: verdicts in the queue, and how far
//! back something may have landed on them.

use jiff::Timestamp;

use crate::change::{Oid, QueueRef, Sha256};
use crate::queue::State;
use crate::verdict::VerdictKind;

use super::{Desk, ReviewError, SaidStanding, Session, load};

/// A verdict in the queue that falls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallen {
    /// The change by its newest revision.
    pub name: QueueRef,
    /// Its title.
    pub title: String,
    /// How far it is while the verdict stands.
    pub state: State,
    /// Approve or reject.
    pub kind: VerdictKind,
    /// The revision that the verdict was given for.
    pub given_for: u32,
    /// Whose it is.
    pub reviewer: String,
    /// The key that signed it.
    pub key: String,
    /// Digest of the signed payload.
    pub digest: Sha256,
}

/// What stands on some keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Verdicts on what waits.
    pub waiting: Vec<Fallen>,
    /// The commit of the target after which everything lies that can have landed on them; none where
    /// they approved nothing.
    pub since: Option<Oid>,
}

/// Looks for what stands on these keys in the queue and on a target's tip.
///
/// # Errors
/// Where notes, refs or history cannot be read.
pub fn standing_on(
    session: &Session,
    keys: &[String],
    target: &str,
    now: Timestamp,
) -> Result<Standing, ReviewError> {
    let desk = Desk::new(session, now)?;
    let log = desk.log();
    let theirs: Vec<_> = log
        .iter()
        .filter(|entry| keys.contains(&entry.said.key))
        .collect();
    let mut standing = Standing::default();
    if theirs.is_empty() {
        return Ok(standing);
    }
    let queue = load(session, now)?;
    for row in &queue.entries {
        if matches!(row.state, State::Landed | State::Closed) {
            continue;
        }
        for given in row.approvals.iter().chain(&row.rejections) {
            let entry = theirs.iter().find(|entry| {
                entry.said.digest == given.digest && entry.said.standing == SaidStanding::Stands
            });
            let Some(entry) = entry else { continue };
            standing.waiting.push(Fallen {
                name: QueueRef {
                    id: row.id.clone(),
                    number: row.revision,
                },
                title: row.title.clone(),
                state: row.state,
                kind: entry.said.kind,
                given_for: given.revision,
                reviewer: given.reviewer.clone(),
                key: entry.said.key.clone(),
                digest: given.digest,
            });
        }
    }
    let bases = theirs
        .iter()
        .filter(|entry| entry.said.kind == VerdictKind::Approve && entry.target == target);
    let bases: Vec<Oid> = bases.map(|entry| entry.base).collect();
    standing.since = oldest(session, target, &bases)?;
    Ok(standing)
}

/// The oldest of these on the target's first-parent chain: what was approved on it landed behind it.
/// One that is not on the chain counts by where it left the target's history; what lies before the
/// commit from which this client trusts the policy is not gone into.
fn oldest(session: &Session, target: &str, bases: &[Oid]) -> Result<Option<Oid>, ReviewError> {
    let store = &session.store;
    let Some(tip) = session.target_tip(target)?.filter(|_| !bases.is_empty()) else {
        return Ok(None);
    };
    let root = session.journal.pins().load()?.root_of(target);
    let chain = match store.first_parent_chain(tip, root) {
        Ok(chain) => chain,
        Err(_) => store.first_parent_chain(tip, None)?,
    };
    let place = |oid: Oid| chain.iter().position(|one| *one == oid);
    let mut last = 0;
    for base in bases {
        let at = match place(*base) {
            Some(at) => Some(at),
            None => store.merge_base(*base, tip)?.and_then(place),
        };
        last = last.max(at.unwrap_or(chain.len()));
    }
    Ok(chain.get(last).or(chain.last()).copied().or(root))
}
