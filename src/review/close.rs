//! The submitter takes a change back: its revisions leave the queue for the archive, where approvals
//! and later questions still find them, with a reason beside them. The reason is unsigned, and shown
//! as such.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::change::{ChangeId, Oid, QueueRef};
use crate::git::{GitError, LeasedUpdate};

use super::session::REFS;
use super::{ReviewError, Session};

/// Why a change was closed, as the blob `refs/countersign/archive/<id>/closed` has it. What it says
/// is a claim: nobody signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// Who closed it: a principal, else git's address.
    pub by: String,
    /// When, by their clock.
    pub at: Timestamp,
    /// Why.
    pub message: String,
}

/// The largest reason that is read.
const MAX_CLOSING: u64 = 64 * 1024;

/// A ref that leaves one name for another.
struct Move {
    name: QueueRef,
    oid: Oid,
}

impl Move {
    fn within(&self, root: &str, folder: &str) -> String {
        format!("{root}/{folder}/{}/{}", self.name.id, self.name.number)
    }
}

/// Moves every revision of a change that stands in the queue into the archive, on the remote first,
/// and leaves the reason there. Returns the revisions that were moved, in their order; none where the
/// change was closed before, and then nothing is changed.
///
/// Two pushes: the archive first, then the queue. In one push a host that cannot push atomically
/// could take the second half alone, and the revision would be in neither place.
///
/// # Errors
/// Where the remote cannot be reached or refuses, or a revision is archived already as something
/// else. What was done until then is safe, and the same call goes on from there.
pub fn close(
    session: &Session,
    id: &ChangeId,
    closing: &Closing,
) -> Result<Vec<QueueRef>, ReviewError> {
    let own = standing(session, REFS, id)?;
    let mut moved: Vec<QueueRef> = own.iter().map(|one| one.name.clone()).collect();
    if let (Some(remote), Some(root)) = (&session.remote, session.tracked_refs()) {
        let there = standing(session, &root, id)?;
        moved.extend(there.iter().map(|one| one.name.clone()));
        if !there.is_empty() {
            let reason = blob(session, closing)?;
            let archived = archive(session, remote, &root, &there, id, reason);
            archived.and_then(|()| leave(session, remote, &root, &there))?;
        }
    } else if !own.is_empty() {
        let reason = blob(session, closing)?;
        point(session, &reason_name(REFS, id), reason)?;
    }
    for one in &own {
        withdraw_own(session, one)?;
    }
    moved.sort_by_key(|name| name.number);
    moved.dedup();
    Ok(moved)
}

/// What was said when a change was closed; none where nobody said anything that can be read.
///
/// # Errors
/// Where the repository cannot be read.
pub fn closing(session: &Session, id: &ChangeId) -> Result<Option<Closing>, ReviewError> {
    for root in session.roots() {
        let Some(oid) = session.store.ref_oid(&reason_name(&root, id))? else {
            continue;
        };
        let bytes = session.store.blob(oid, MAX_CLOSING).ok();
        let read = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if read.is_some() {
            return Ok(read);
        }
    }
    Ok(None)
}

fn reason_name(root: &str, id: &ChangeId) -> String {
    format!("{root}/archive/{id}/closed")
}

fn blob(session: &Session, closing: &Closing) -> Result<Oid, ReviewError> {
    let text = serde_json::json!(closing).to_string();
    Ok(session.store.write_blob(text.as_bytes())?)
}

/// The revisions of a change that stand in the queue below a root.
fn standing(session: &Session, root: &str, id: &ChangeId) -> Result<Vec<Move>, GitError> {
    let queue = format!("{root}/queue/");
    let entries = session.store.refs(&format!("{queue}{id}/"))?;
    let moves = entries.into_iter().filter_map(|entry| {
        let rest = entry.name.strip_prefix(queue.as_bytes())?;
        let name = QueueRef::parse(rest).ok()?;
        let oid = entry.oid;
        Some(Move { name, oid })
    });
    Ok(moves.collect())
}

/// Puts the revisions and the reason into the archive, on the remote and as tracked here.
fn archive(
    session: &Session,
    remote: &str,
    root: &str,
    moves: &[Move],
    id: &ChangeId,
    reason: Oid,
) -> Result<(), ReviewError> {
    let mut names = Vec::new();
    for one in moves {
        let seen = session.store.ref_oid(&one.within(root, "archive"))?;
        match seen {
            Some(oid) if oid == one.oid => {}
            Some(oid) => {
                let name = one.name.to_string();
                return Err(ReviewError::ArchivedAs { name, oid });
            }
            None => names.push((one.within(REFS, "archive"), None, one.oid)),
        }
    }
    let said = session.store.ref_oid(&reason_name(root, id))?;
    names.push((reason_name(REFS, id), said, reason));
    let updates: Vec<LeasedUpdate<'_>> = names
        .iter()
        .map(|(name, expected, oid)| LeasedUpdate {
            name,
            expected: *expected,
            new: Some(*oid),
        })
        .collect();
    session.store.push_leased_all(remote, &updates, true)?;
    for (name, _, oid) in &names {
        point(session, &name.replacen(REFS, root, 1), *oid)?;
    }
    Ok(())
}

/// Takes the revisions out of the queue, on the remote and as tracked here.
fn leave(session: &Session, remote: &str, root: &str, moves: &[Move]) -> Result<(), ReviewError> {
    let names: Vec<String> = moves.iter().map(|one| one.within(REFS, "queue")).collect();
    let updates: Vec<LeasedUpdate<'_>> = names
        .iter()
        .zip(moves)
        .map(|(name, one)| LeasedUpdate {
            name,
            expected: Some(one.oid),
            new: None,
        })
        .collect();
    session.store.push_leased_all(remote, &updates, true)?;
    for one in moves {
        let tracked = one.within(root, "queue");
        session.store.delete_ref(&tracked, one.oid)?;
    }
    Ok(())
}

/// Takes an own revision out of the queue here, and out of what waits to be pushed.
fn withdraw_own(session: &Session, own: &Move) -> Result<(), ReviewError> {
    let queued = own.within(REFS, "queue");
    point(session, &own.within(REFS, "archive"), own.oid)?;
    session.store.delete_ref(&queued, own.oid)?;
    session.journal.made_refs().remove(&queued)?;
    Ok(())
}

/// Makes a ref name something, whatever it named.
fn point(session: &Session, name: &str, oid: Oid) -> Result<(), GitError> {
    let seen = session.store.ref_oid(name)?;
    if seen == Some(oid) {
        return Ok(());
    }
    session
        .store
        .update_ref(name, oid, seen, "countersign: close")
}
