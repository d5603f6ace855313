//! "I am on it": a claim on a change, seen by the other reviewers until it runs out. Unsigned and
//! advisory; changed on the remote only from what was seen there.

use jiff::{SignedDuration, Timestamp};

use crate::change::{ChangeId, Oid};
use crate::git::LeasedUpdate;
use crate::queue::Claim;

use super::session::REFS;
use super::unsigned::Unsigned;
use super::{ReviewError, Session};

/// How long a claim lasts where nobody says.
pub const CLAIM_LASTS: SignedDuration = SignedDuration::from_hours(2);

/// What became of a claim that was asked for, or given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// It is this person's now, until then.
    Yours(Timestamp),
    /// Somebody else is on it.
    Others(Claim),
    /// Nobody is on it any more.
    Free,
}

/// Takes a change: a free one, an own one for longer, or one whose claim has run out.
///
/// # Errors
/// Where the remote cannot be reached, or its claim is not the one that was fetched.
pub fn claim(
    session: &Session,
    id: &ChangeId,
    who: &str,
    lasts: SignedDuration,
    now: Timestamp,
) -> Result<Claimed, ReviewError> {
    if let Some(other) = standing(session, id, now)?.filter(|claim| claim.reviewer != who) {
        return Ok(Claimed::Others(other));
    }
    let until = crate::verdict::whole_seconds(now + lasts);
    let blob = serde_json::json!({
        "reviewer": who,
        "at": crate::verdict::whole_seconds(now).to_string(),
        "until": until.to_string(),
    });
    let oid = session.store.write_blob(blob.to_string().as_bytes())?;
    set(session, id, Some(oid))?;
    Ok(Claimed::Yours(until))
}

/// Gives a change back.
///
/// # Errors
/// As for [`claim`].
pub fn release(
    session: &Session,
    id: &ChangeId,
    who: &str,
    now: Timestamp,
) -> Result<Claimed, ReviewError> {
    if let Some(other) = standing(session, id, now)?.filter(|claim| claim.reviewer != who) {
        return Ok(Claimed::Others(other));
    }
    set(session, id, None)?;
    Ok(Claimed::Free)
}

/// The claim that has not run out.
fn standing(
    session: &Session,
    id: &ChangeId,
    now: Timestamp,
) -> Result<Option<Claim>, ReviewError> {
    let claim = Unsigned::read(session)?.claim_on(id);
    Ok(claim.filter(|claim| claim.until > now))
}

/// Sets or deletes the claim's ref on the remote, alone, and notes here what is there now.
fn set(session: &Session, id: &ChangeId, new: Option<Oid>) -> Result<(), ReviewError> {
    let own = format!("{REFS}/claims/{id}");
    let store = &session.store;
    let local = match session.tracked_refs() {
        Some(root) => own.replacen(REFS, &root, 1),
        None => own.clone(),
    };
    let seen = store.ref_oid(&local)?;
    if let Some(remote) = &session.remote
        && (seen.is_some() || new.is_some())
    {
        let update = LeasedUpdate {
            name: &own,
            expected: seen,
            new,
        };
        store.push_leased_all(remote, &[update], false)?;
    }
    match (new, seen) {
        (Some(oid), seen) => store.update_ref(&local, oid, seen, "countersign: claim")?,
        (None, Some(seen)) => store.delete_ref(&local, seen)?,
        (None, None) => {}
    }
    Ok(())
}
