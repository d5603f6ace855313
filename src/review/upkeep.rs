//! What policy owners sign about the notes themselves: a checkpoint of what they hold, and consent
//! to a rewrite of their history. Neither is signed where a statement would be lost by it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::change::{Oid, Sha256};
use crate::evidence::{Statements, Trusted};
use crate::git::TrackedNames;
use crate::signing::SshVerifier;
use crate::verdict::{
    Checkpoint, LogRebase, Predicate, Repository, Reviewer, Statement, Subject, Verified,
    whole_seconds,
};

use super::decide::{evidence, pin};
use super::heard::circumstances;
use super::session::NOTES;
use super::{Me, Prepared, ReviewError, Session};

/// Under which rules something is signed about the notes, and by whom.
#[derive(Debug, Clone, Copy)]
pub struct Keeper<'a> {
    /// The policy of the default target.
    pub trusted: &'a Trusted,
    /// Its full ref name.
    pub target: &'a str,
    /// Who signs.
    pub me: &'a Me,
    /// Now.
    pub now: Timestamp,
}

/// Makes the checkpoint of the notes as they are on the remote (without one: here). What an ordinary
/// push took out of them is put back first, for a checkpoint hides what its tree does not hold.
///
/// # Errors
/// Where there are no notes, what was taken out cannot be put back, or the key is nobody's.
pub fn prepare_checkpoint(
    session: &Session,
    keeper: &Keeper<'_>,
    lasts: SignedDuration,
) -> Result<Prepared, ReviewError> {
    let name = evidence(session);
    let none = || ReviewError::Incomplete("there are no notes here to speak of".to_owned());
    let mut tip = session.store.notes_tip(&name)?.ok_or_else(none)?;
    let mut warnings = Vec::new();
    let lost = taken_out(session, tip)?;
    if !lost.is_empty() {
        put_back(session, tip, &lost, keeper.now)?;
        warnings.push(format!(
            "{} statements that a push had taken out of the notes were put back",
            lost.len()
        ));
        tip = session.store.notes_tip(&name)?.ok_or_else(none)?;
        if !taken_out(session, tip)?.is_empty() {
            let text = "statements were taken out of the notes and could not be put back; a checkpoint would hide them";
            return Err(ReviewError::Incomplete(text.to_owned()));
        }
    }
    let there = Statements::at(&session.store, tip, &SshVerifier)?;
    let issued_at = whole_seconds(keeper.now);
    keeper.prepared(session, tip, warnings, |repository, reviewer| {
        Predicate::Checkpoint(Checkpoint {
            repository,
            notes_commit: tip,
            statements: there.verified.len() as u64,
            reviewer,
            issued_at,
            expires_at: issued_at + lasts,
        })
    })
}

/// Makes the consent to a rewrite of the notes from `from` to `to`.
///
/// # Errors
/// Where `to` is not in the notes here or `from` still is, where a statement by a known key would be
/// lost (unless `lossy`), or the key is nobody's.
pub fn prepare_log_rebase(
    session: &Session,
    keeper: &Keeper<'_>,
    (from, to): (Oid, Oid),
    reason: &str,
    lossy: bool,
) -> Result<Prepared, ReviewError> {
    let incomplete = |text: String| Err(ReviewError::Incomplete(text));
    if reason.trim().is_empty() {
        return incomplete("a log rebase needs a reason: -m TEXT".to_owned());
    }
    let name = evidence(session);
    let tips = [
        session.store.notes_tip(&name)?,
        session.store.notes_tip(NOTES)?,
    ];
    let holds = |commit: Oid| {
        let mut tips = tips.iter().flatten();
        tips.try_fold(false, |any, tip| {
            let here = session.store.contains_commit(*tip, commit)?;
            Ok::<_, ReviewError>(any || here)
        })
    };
    if !holds(to)? {
        return incomplete(format!("{to} is not in the notes here"));
    }
    if holds(from)? {
        return incomplete(format!(
            "the notes here still hold {from}, and what is published here would bring it back; sign in a clone that has only the new history, with {from} fetched and in no notes ref"
        ));
    }
    let lost = lost(session, keeper, (from, to))?;
    if !lost.is_empty() && !lossy {
        return incomplete(format!(
            "{} statements by known keys are not in the new history: {}",
            lost.len(),
            lost.join(", ")
        ));
    }
    let mut warnings = Vec::new();
    if !lost.is_empty() {
        warnings.push(format!(
            "{} statements by known keys are lost; an approval that had seen one of them still asks for it",
            lost.len()
        ));
    }
    let issued_at = whole_seconds(keeper.now);
    keeper.prepared(session, to, warnings, |repository, reviewer| {
        Predicate::LogRebase(LogRebase {
            repository,
            from,
            to,
            reason: reason.to_owned(),
            reviewer,
            issued_at,
        })
    })
}

impl Keeper<'_> {
    fn prepared(
        &self,
        session: &Session,
        about: Oid,
        warnings: Vec<String>,
        says: impl FnOnce(Repository, Reviewer) -> Predicate,
    ) -> Result<Prepared, ReviewError> {
        let policy = &self.trusted.policy;
        let at = circumstances(policy, self.now);
        let key = &self.me.key.fingerprint;
        let will_not_count = policy.may_keep(key, &at).err();
        let Some(principal) = self.me.principal.clone() else {
            let why = will_not_count.map_or_else(String::new, |reason| reason.to_string());
            return Err(ReviewError::Nobody(why));
        };
        let (policy_root, new_pin) = pin(session, self.trusted, self.target)?;
        let repository = Repository {
            id: policy.repository.clone(),
            policy_root,
        };
        let reviewer = Reviewer {
            principal,
            key: key.clone(),
        };
        Ok(Prepared {
            statement: Statement {
                subject: Subject {
                    name: "notes".to_owned(),
                    commit: about,
                },
                predicate: says(repository, reviewer),
            },
            will_not_count,
            warnings,
            new_pin,
        })
    }
}

/// The statements by known keys that the history of `from` holds and that of `to` does not.
fn lost(
    session: &Session,
    keeper: &Keeper<'_>,
    (from, to): (Oid, Oid),
) -> Result<Vec<String>, ReviewError> {
    let read = |tip| Statements::read_from(&session.store, vec![tip], &[], &SshVerifier);
    let (old, new) = (read(from)?, read(to)?);
    let kept: BTreeSet<Sha256> = digests(&new).collect();
    let known = |one: &&Verified| keeper.trusted.policy.owner(one.fingerprint()).is_some();
    let lost = old
        .verified
        .iter()
        .filter(known)
        .map(Verified::payload_sha256);
    let lost = lost.filter(|digest| !kept.contains(digest));
    Ok(lost.map(|digest| digest.to_string()).collect())
}

fn digests(statements: &Statements) -> impl Iterator<Item = Sha256> {
    statements.verified.iter().map(Verified::payload_sha256)
}

/// The signed lines, each under the commit it is about, that were in the notes and that their tree at
/// the tip does not hold.
fn taken_out(session: &Session, tip: Oid) -> Result<Vec<(Oid, Vec<u8>)>, ReviewError> {
    let store = &session.store;
    let there = Statements::at(store, tip, &SshVerifier)?;
    let there: BTreeSet<Sha256> = digests(&there).collect();
    let history = store.notes_since(&[tip], &[])?;
    let mut lost = Vec::new();
    let mut known = BTreeSet::new();
    for line in history.lines {
        let Ok(verified) = crate::verdict::Envelope::verify(&line.bytes, &SshVerifier) else {
            continue;
        };
        let digest = verified.payload_sha256();
        if !there.contains(&digest) && known.insert(digest) {
            let about = verified.subject_commit().unwrap_or(line.annotated);
            lost.push((about, line.bytes));
        }
    }
    Ok(lost)
}

fn put_back(
    session: &Session,
    tip: Oid,
    lost: &[(Oid, Vec<u8>)],
    now: Timestamp,
) -> Result<(), ReviewError> {
    let who = session.identity(now)?;
    session.store.notes_union(NOTES, tip, &who)?;
    session.store.notes_append(NOTES, lost, &who)?;
    if let Some(remote) = &session.remote {
        let names = TrackedNames::default();
        session.store.push_notes(remote, &names, &who)?;
    }
    Ok(())
}
