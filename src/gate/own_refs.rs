//! What a push may do to the refs that hold the queue, the verdicts and the claims. A host's own
//! `receive.denyNonFastForwards` and `denyDeletes` protect branches only.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::change::{ChangeId, Oid, QueueRef};
use crate::git::GitError;

use super::judge::unreadable;
use super::receive::{Push, RefUpdate, Refusal};

/// The notes ref that holds every statement.
pub(super) const NOTES: &str = "refs/notes/countersign";
/// Where the queue's refs lie, without a slash at the end.
pub(super) const REFS: &str = "refs/countersign";

/// A claim is a few words.
const CLAIM_CAP: u64 = 4096;

/// Whether a ref is one of those that have rules of their own.
pub(super) fn is_own(name: &[u8]) -> bool {
    name == NOTES.as_bytes()
        || name.starts_with(b"refs/countersign/")
        || name.starts_with(b"refs/replace/")
}

/// The rule that an update breaks. `push` by name: a revision goes from the queue to the archive in
/// one push.
pub(super) fn broken_rule(
    push: &Push<'_>,
    update: &RefUpdate,
    by_name: &BTreeMap<&[u8], &RefUpdate>,
) -> Option<Refusal> {
    let checked = match update.name.strip_prefix(b"refs/countersign/") {
        None if update.name == NOTES.as_bytes() => notes(push, update),
        None => Ok(replace(update)),
        Some(rest) => match split(rest) {
            (b"queue", rest) => queue(push, update, rest, by_name),
            (b"archive", rest) => archive(push, update, rest, by_name),
            (b"claims", rest) => claim(push, update, rest),
            (b"findings" | b"checks" | b"deployed", _) => Ok(None),
            _ => Ok(Some(Refusal::rule(
                update,
                "no ref of this name is known",
                "push to refs/countersign/queue/ID/N, archive, findings, checks or claims",
            ))),
        },
    };
    checked.unwrap_or_else(|error| Some(Refusal::unread(update, unreadable(&error))))
}

/// The part before the first slash, and the rest.
fn split(rest: &[u8]) -> (&[u8], &[u8]) {
    match rest.iter().position(|byte| *byte == b'/') {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (rest, &[]),
    }
}

/// Verdicts: a fast-forward in which no line is lost.
fn notes(push: &Push<'_>, update: &RefUpdate) -> Result<Option<Refusal>, GitError> {
    let fix = "countersign sync fetches, keeps both sides and pushes again";
    let refuse = |text: String| Some(Refusal::rule(update, text, fix));
    let Some(new) = update.new else {
        return Ok(refuse("the verdicts cannot be deleted".to_owned()));
    };
    if push.store.kind(new)? != Some("commit") {
        return Ok(refuse("the verdicts must be a commit".to_owned()));
    }
    let before: Vec<Oid> = update.old.into_iter().collect();
    if let Some(old) = update.old
        && !push.store.is_ancestor(old, new)?
    {
        return Ok(refuse(format!(
            "{new} does not descend from {old}: verdicts would be lost"
        )));
    }
    let history = push.store.notes_since(&[new], &before)?;
    Ok(history.removed.first().and_then(|removed| {
        refuse(format!(
            "{} takes {} away from the note on {}: verdicts are never taken out",
            removed.notes_commit,
            match removed.lines {
                1 => "1 line".to_owned(),
                lines => format!("{lines} lines"),
            },
            removed.annotated
        ))
    }))
}

/// A replace ref makes every object say something else, and every gate stop.
fn replace(update: &RefUpdate) -> Option<Refusal> {
    update.new.is_some().then(|| {
        let fix = "nothing here needs it; leave it out of the push";
        Refusal::rule(update, "replace refs are not taken", fix)
    })
}

/// A revision is created once; it leaves the queue only into the archive.
fn queue(
    push: &Push<'_>,
    update: &RefUpdate,
    rest: &[u8],
    by_name: &BTreeMap<&[u8], &RefUpdate>,
) -> Result<Option<Refusal>, GitError> {
    let name = match named(update, rest) {
        Ok(name) => name,
        Err(refusal) => return Ok(refusal),
    };
    let Some(new) = update.new else {
        let archived = format!("{REFS}/archive/{}/{}", name.id, name.number);
        let there = match by_name.get(archived.as_bytes()) {
            Some(update) => update.new,
            None => push.store.ref_oid(&archived)?,
        };
        let text = format!("{name} would be lost: it is not in the archive");
        let fix = format!("push it to {archived} first, or with it");
        return Ok(
            (there.is_none() || there != update.old).then(|| Refusal::rule(update, text, fix))
        );
    };
    if update.old.is_some() {
        let next = format!("push it as {REFS}/queue/{}/{}", name.id, name.number + 1);
        let text = format!("{name} is there already, and a revision is never changed");
        return Ok(Some(Refusal::rule(update, text, next)));
    }
    Ok(push.store.peel_to_commit(new).err().map(|_| {
        let text = format!("{name} must be a commit or a tag on one");
        Refusal::rule(update, text, "push the commit to review")
    }))
}

/// An archived revision is what stood in the queue, and stays.
fn archive(
    push: &Push<'_>,
    update: &RefUpdate,
    rest: &[u8],
    by_name: &BTreeMap<&[u8], &RefUpdate>,
) -> Result<Option<Refusal>, GitError> {
    if let Some(id) = rest.strip_suffix(b"/closed") {
        return closing(push, update, id);
    }
    let name = match named(update, rest) {
        Ok(name) => name,
        Err(refusal) => return Ok(refusal),
    };
    if update.old.is_some() {
        let text = format!("{name} is in the archive, and stays there as it is");
        let fix = "approvals may still need it; the server's administrator can take it out";
        return Ok(Some(Refusal::rule(update, text, fix)));
    }
    let queued = format!("{REFS}/queue/{}/{}", name.id, name.number);
    let stood = match by_name.get(queued.as_bytes()) {
        Some(update) => update.old,
        None => push.store.ref_oid(&queued)?,
    };
    Ok((stood.is_none() || stood != update.new).then(|| {
        let text = format!("{name} does not stand in the queue as that");
        Refusal::rule(update, text, "only what was queued goes into the archive")
    }))
}

/// Why a change was closed, beside its archived revisions: by whom, when, in words.
fn closing(push: &Push<'_>, update: &RefUpdate, id: &[u8]) -> Result<Option<Refusal>, GitError> {
    let Some(new) = update.new else {
        return Ok(None);
    };
    let is_id = std::str::from_utf8(id).is_ok_and(|id| id.parse::<ChangeId>().is_ok());
    let said = read_object(push, new)?;
    let has = |key: &str| {
        said.as_ref()
            .and_then(|said| said.get(key)?.as_str())
            .is_some()
    };
    if is_id && ["by", "at", "message"].into_iter().all(has) {
        return Ok(None);
    }
    let text = "a reason for closing says by, at and message, beside the archived revisions";
    Ok(Some(Refusal::rule(
        update,
        text,
        "countersign close ID -m TEXT",
    )))
}

fn named(update: &RefUpdate, rest: &[u8]) -> Result<QueueRef, Option<Refusal>> {
    QueueRef::parse(rest).map_err(|why| {
        // What is no name of ours may go.
        update.new.is_some().then(|| {
            let fix = "ids are lower case letters, digits and dashes, numbers begin at 1";
            Refusal::rule(update, why.to_string(), fix)
        })
    })
}

/// A claim is taken when it is free, one's own or over.
fn claim(push: &Push<'_>, update: &RefUpdate, rest: &[u8]) -> Result<Option<Refusal>, GitError> {
    let text = std::str::from_utf8(rest).unwrap_or_default();
    let Some(new) = update.new else {
        return Ok(None);
    };
    if text.parse::<ChangeId>().is_err() {
        let fix = "countersign claim ID";
        return Ok(Some(Refusal::rule(
            update,
            "a claim is on a change id",
            fix,
        )));
    }
    let Some(asked) = read_claim(push, new)? else {
        let fix = "countersign claim ID";
        let text = "a claim says reviewer, at and until";
        return Ok(Some(Refusal::rule(update, text, fix)));
    };
    let Some(old) = update.old else {
        return Ok(None);
    };
    let standing = read_claim(push, old)?.filter(|claim| claim.until > push.now);
    let other = standing.filter(|claim| claim.reviewer != asked.reviewer);
    Ok(other.map(|claim| {
        let text = format!("{} is on it until {}", claim.reviewer, claim.until);
        Refusal::rule(update, text, "wait, or ask them to release it")
    }))
}

struct Claim {
    reviewer: String,
    until: Timestamp,
}

/// A claim's blob; none where it cannot be read as one.
fn read_claim(push: &Push<'_>, oid: Oid) -> Result<Option<Claim>, GitError> {
    let claim = read_object(push, oid)?;
    Ok(claim.and_then(|claim| {
        Some(Claim {
            reviewer: claim.get("reviewer")?.as_str()?.to_owned(),
            until: claim.get("until")?.as_str()?.parse().ok()?,
        })
    }))
}

/// A small blob of JSON; none where it is something else.
fn read_object(push: &Push<'_>, oid: Oid) -> Result<Option<serde_json::Value>, GitError> {
    if push.store.kind(oid)? != Some("blob") || push.store.blob_size(oid)? > CLAIM_CAP {
        return Ok(None);
    }
    let bytes = push.store.blob(oid, CLAIM_CAP)?;
    Ok(serde_json::from_slice(&bytes).ok())
}
