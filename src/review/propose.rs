//! Putting a change into the queue: the next revision of an id, created once and never by force.
//! The same id, head and cover letter is the same revision.

use jiff::Timestamp;

use crate::change::{ChangeId, Cover, Oid, QueueRef};
use crate::evidence::{FoundRef, QueueRefs};
use crate::git::{GitError, NewTag};
use crate::journal::MadeRef;
use crate::signing::{sign_git, verify_git};
use crate::verdict::Signer;

use super::session::REFS;
use super::{ReviewError, Session};

/// What is proposed.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The change.
    pub id: ChangeId,
    /// The commit.
    pub head: Oid,
    /// The cover letter; without one the bare commit is the proposal.
    pub cover: Option<Cover>,
    /// Refuse unless it becomes this revision.
    pub expect: Option<u32>,
    /// What scanners found, as SARIF 2.1.0 or rdjson, each under the name of its tool: `[0-9a-z-]`.
    pub findings: Vec<(String, Vec<u8>)>,
}

/// A revision in the queue.
#[derive(Debug)]
pub struct Proposed {
    /// `<id>@<n>`.
    pub name: QueueRef,
    /// Its ref on the remote (and here).
    pub ref_name: String,
    /// What the ref names.
    pub oid: Oid,
    /// Whether it was made now, and not found.
    pub created: bool,
    /// Whether the remote has it.
    pub queued: bool,
    /// Why the remote has it not.
    pub failure: Option<GitError>,
}

/// How often the next number is tried where somebody else takes it meanwhile.
const TRIES: u32 = 8;

/// Proposes a commit. With a remote the revision is pushed at once; what cannot be pushed waits
/// here for the next sync. With a signer the revision is a tag that says who submitted it.
///
/// # Errors
/// Where it cannot be made or signed, is not the revision that was expected, or the repository
/// cannot be read.
pub fn propose(
    session: &Session,
    proposal: &Proposal,
    signer: Option<&dyn Signer>,
    now: Timestamp,
) -> Result<Proposed, ReviewError> {
    let mut tries = 0;
    loop {
        // Another clone may have taken numbers since the last fetch.
        let fetched = match &session.remote {
            Some(_) => super::fetch(session, now).err(),
            None => None,
        };
        let refs = QueueRefs::read(&session.store, &session.roots())?;
        if let Some(same) = same_revision(session, proposal, signer, &refs)? {
            make_findings(session, proposal, &same.name)?;
            return finish(session, same, false);
        }
        let name = next(proposal, &refs)?;
        let ours = match create(session, proposal, signer, &name, now) {
            // Another process here took the number.
            Err(ReviewError::Git(GitError::RefMoved { .. } | GitError::RefLocked { .. }))
                if tries < TRIES =>
            {
                tries += 1;
                continue;
            }
            ours => ours?,
        };
        let [made, ..] = ours.as_slice() else {
            continue;
        };
        let proposed = Proposed {
            name,
            ref_name: made.name.clone(),
            oid: made.oid,
            created: true,
            queued: false,
            failure: None,
        };
        if let Some(ReviewError::Git(error)) = fetched {
            return Ok(Proposed {
                failure: Some(error),
                ..proposed
            });
        }
        match finish(session, proposed, true)? {
            // The remote has another revision of this number: give ours up and take the next.
            done if lost_race(&done) && tries < TRIES => {
                tries += 1;
                give_up(session, &ours)?;
            }
            done => return Ok(done),
        }
    }
}

/// The next revision, where it is the one that is expected.
fn next(proposal: &Proposal, refs: &QueueRefs) -> Result<QueueRef, ReviewError> {
    let newest = refs.newest(&proposal.id);
    let number = newest.map_or(1, |(newest, _)| newest.saturating_add(1));
    match proposal.expect.filter(|expected| *expected != number) {
        Some(expected) => Err(ReviewError::NotExpected {
            would: number,
            expected,
        }),
        None => Ok(QueueRef {
            id: proposal.id.clone(),
            number,
        }),
    }
}

/// Deletes what was made here and is nowhere else.
fn give_up(session: &Session, ours: &[MadeRef]) -> Result<(), ReviewError> {
    for made in ours {
        session.store.delete_ref(&made.name, made.oid)?;
        session.journal.made_refs().remove(&made.name)?;
    }
    Ok(())
}

/// Makes the revision's ref and those of what scanners found; the journal says that they wait here.
fn create(
    session: &Session,
    proposal: &Proposal,
    signer: Option<&dyn Signer>,
    name: &QueueRef,
    now: Timestamp,
) -> Result<Vec<MadeRef>, ReviewError> {
    let made = make(session, proposal, signer, name, now)?;
    let why = "countersign: propose";
    session.store.update_ref(&made.name, made.oid, None, why)?;
    session.journal.made_refs().add(&made)?;
    let mut all = vec![made];
    all.extend(make_findings(session, proposal, name)?);
    Ok(all)
}

/// Pushes what the journal says was made here, and says whether this revision is on the remote.
fn finish(session: &Session, proposed: Proposed, created: bool) -> Result<Proposed, ReviewError> {
    let waits = |name: &str| -> Result<bool, ReviewError> {
        let waiting = session.journal.made_refs().waiting()?;
        Ok(waiting.iter().any(|made| made.name == name))
    };
    let mut done = Proposed {
        created,
        ..proposed
    };
    if session.remote.is_none() {
        return Ok(done);
    }
    if !waits(&done.ref_name)? {
        let tracked = session.tracked_refs().unwrap_or_default();
        let tracked = done.ref_name.replacen(REFS, &tracked, 1);
        done.queued = session.store.ref_oid(&tracked)? == Some(done.oid);
        if done.queued {
            return Ok(done);
        }
        // Made here and not on the remote, and the journal does not know: a crash came between.
        let made = MadeRef {
            name: done.ref_name.clone(),
            oid: done.oid,
        };
        session.journal.made_refs().add(&made)?;
    }
    match super::sync::push_made(session) {
        Ok((pushed, refused)) => {
            done.queued = pushed.contains(&done.ref_name);
            done.failure = refused
                .into_iter()
                .find(|(name, _)| *name == done.ref_name)
                .map(|(_, words)| GitError::Refused {
                    remote: session.remote.clone().unwrap_or_default(),
                    words,
                });
        }
        Err(ReviewError::Git(error)) if error.is_network() => done.failure = Some(error),
        Err(error) => return Err(error),
    }
    Ok(done)
}

/// Whether the remote refused because it has another revision of this number.
fn lost_race(proposed: &Proposed) -> bool {
    let Some(GitError::Refused { words, .. }) = &proposed.failure else {
        return false;
    };
    [
        "stale info",
        "non-fast-forward",
        "fetch first",
        "already exists",
    ]
    .iter()
    .any(|sign| words.contains(sign))
}

/// The ref to be made: the bare commit, or an annotated tag with the cover letter.
fn make(
    session: &Session,
    proposal: &Proposal,
    signer: Option<&dyn Signer>,
    name: &QueueRef,
    now: Timestamp,
) -> Result<MadeRef, ReviewError> {
    let oid = match &proposal.cover {
        None => proposal.head,
        Some(cover) => {
            let tag = NewTag {
                target: proposal.head,
                name: format!("countersign/{}/{}", name.id, name.number),
                tagger: session.identity(now)?,
                message: cover.message(),
            };
            let armoured = signer.map(|signer| sign_git(signer, &tag.payload()));
            session
                .store
                .write_tag(&tag, armoured.transpose()?.as_deref())?
        }
    };
    Ok(MadeRef {
        name: format!("{REFS}/queue/{}/{}", name.id, name.number),
        oid,
    })
}

/// One ref a tool with what it found. A tool that already said the same, or something else, about this
/// revision is left alone: findings are created once.
fn make_findings(
    session: &Session,
    proposal: &Proposal,
    name: &QueueRef,
) -> Result<Vec<MadeRef>, ReviewError> {
    let mut all = Vec::new();
    for (tool, sarif) in &proposal.findings {
        let ours = format!("{REFS}/findings/{}/{}/{tool}", name.id, name.number);
        let known = session.roots().into_iter();
        let mut known = known.map(|root| ours.replacen(REFS, &root, 1));
        if known.try_fold(false, |any, name| {
            session.store.ref_oid(&name).map(|oid| any || oid.is_some())
        })? {
            continue;
        }
        let made = MadeRef {
            oid: session.store.write_blob(sarif)?,
            name: ours,
        };
        let why = "countersign: propose";
        session.store.update_ref(&made.name, made.oid, None, why)?;
        session.journal.made_refs().add(&made)?;
        all.push(made);
    }
    Ok(all)
}

/// The revision that already says the same, whoever queued it. Only the newest one is looked at:
/// going back to an older content is a new revision.
fn same_revision(
    session: &Session,
    proposal: &Proposal,
    signer: Option<&dyn Signer>,
    refs: &QueueRefs,
) -> Result<Option<Proposed>, GitError> {
    let Some((number, found)) = refs
        .newest(&proposal.id)
        .filter(|(_, found)| !found.archived)
    else {
        return Ok(None);
    };
    if !says_the_same(session, proposal, signer, found)? {
        return Ok(None);
    }
    let name = QueueRef {
        id: proposal.id.clone(),
        number,
    };
    Ok(Some(Proposed {
        ref_name: format!("{REFS}/queue/{}/{}", name.id, name.number),
        name,
        oid: found.oid,
        created: false,
        queued: false,
        failure: None,
    }))
}

fn says_the_same(
    session: &Session,
    proposal: &Proposal,
    signer: Option<&dyn Signer>,
    found: &FoundRef,
) -> Result<bool, GitError> {
    let store = &session.store;
    if store.peel_to_commit(found.oid)? != proposal.head {
        return Ok(false);
    }
    let tag = store.tag(found.oid)?;
    let cover = tag.as_ref().map(|tag| Cover::parse(&tag.message));
    // One that nobody signed, or somebody else, does not say who submits it now.
    let by = tag.and_then(|tag| {
        let facts = verify_git(tag.signature?.as_bytes(), &tag.payload);
        facts.ok().map(|facts| facts.fingerprint)
    });
    let signed = signer.is_none_or(|signer| by.as_deref() == Some(signer.fingerprint()));
    Ok(cover == proposal.cover && signed)
}
