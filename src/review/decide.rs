//! From a draft to a recorded verdict: checked against the policy, made a statement, signed,
//! verified again, and on the disk before anybody is told.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::change::{Oid, Sha256};
use crate::evidence::{Statements, Trusted, Untrusted};
use crate::policy::{Policy, Reason, Standing, would_count};
use crate::signing::{SshSigner, SshVerifier};
use crate::verdict::{Answer, Envelope, Log, Reviewer, Signer, Statement, VerdictKind};

use super::draft::{Draft, Surroundings, statement};
use super::heard::{casts, circumstances};
use super::opened::Opened;
use super::{Me, NOTES, ReviewError, Session};

/// A verdict that is ready to be signed.
#[derive(Debug)]
pub struct Prepared {
    /// Exactly what will be signed.
    pub statement: Statement,
    /// Why it will not count, if so.
    pub will_not_count: Option<Reason>,
    /// What is worth knowing before signing, a sentence each.
    pub warnings: Vec<String>,
    /// The pin that is made with the first verdict: where this client begins to trust.
    pub new_pin: Option<Oid>,
}

/// A verdict that is on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Digest of its payload.
    pub digest: Sha256,
    /// The signed line.
    pub line: Vec<u8>,
}

/// Makes the statement that a draft becomes, and says whether it would count.
///
/// # Errors
/// Where there is no policy, the key is nobody's (a remark needs a known key too), or the draft
/// lacks what its kind requires.
pub fn prepare(
    session: &Session,
    opened: &Opened,
    statements: &Statements,
    me: &Me,
    draft: &Draft,
    now: Timestamp,
) -> Result<Prepared, ReviewError> {
    let trusted = trusted(opened)?;
    let policy = &trusted.policy;
    let will_not_count = counts(opened, policy, me, draft.kind, now).err();
    let principal = match (&me.principal, &will_not_count) {
        (Some(principal), _) => principal.clone(),
        // Nobody's key cannot name a reviewer; signing it anyway would say nothing.
        (None, Some(reason)) => return Err(ReviewError::Nobody(reason.to_string())),
        (None, None) => {
            return Err(ReviewError::Incomplete(
                "the key has no principal".to_owned(),
            ));
        }
    };
    let (policy_root, new_pin) = pin(session, trusted, &opened.revision.target)?;
    let supersedes = supersedes(opened, statements, policy, me, draft.kind, now);
    complete(draft, &supersedes, &opened.revision.name().to_string())?;
    let statement = statement(
        draft,
        Surroundings {
            opened,
            policy,
            policy_commit: trusted.commit,
            policy_root,
            reviewer: Reviewer {
                principal,
                key: me.key.fingerprint.clone(),
            },
            log: log(session, opened, policy)?,
            supersedes,
            now,
        },
    );
    let warnings = warnings(opened, policy, draft);
    Ok(Prepared {
        statement,
        will_not_count,
        warnings,
        new_pin,
    })
}

/// Signs, verifies and records. On return the verdict is on the disk.
pub fn record(
    session: &Session,
    prepared: &Prepared,
    signer: &SshSigner,
    now: Timestamp,
) -> Result<Recorded, ReviewError> {
    record_with(session, prepared, signer, now)
}

/// The same with any signer.
pub fn record_with(
    session: &Session,
    prepared: &Prepared,
    signer: &dyn Signer,
    now: Timestamp,
) -> Result<Recorded, ReviewError> {
    let sealed = Envelope::seal(&prepared.statement, signer, &SshVerifier)?;
    if let Some(root) = prepared.new_pin {
        session.journal.pins().update(|known| {
            if known.policy_root.is_none() {
                known.policy_root = Some(root);
                known.pinned_at = Some(crate::verdict::whole_seconds(now));
            }
            if let Some(target) = prepared.statement.target() {
                known.targets.entry(target.to_owned()).or_insert(root);
            }
        })?;
    }
    session
        .journal
        .outbox()
        .record(sealed.payload_sha256, &sealed.line)?;
    Ok(Recorded {
        digest: sealed.payload_sha256,
        line: sealed.line,
    })
}

/// Takes back a verdict that is still only here. Whether it was: what is in the notes already, or
/// is being put there by another process, is not taken back by this.
pub fn undo(session: &Session, digest: Sha256) -> Result<bool, ReviewError> {
    let outbox = session.journal.outbox();
    let _lock = outbox.lock()?;
    let Some(line) = outbox.line(digest)? else {
        return Ok(false);
    };
    let notes = session.store.notes_history(&[NOTES])?;
    if notes.lines.iter().any(|noted| noted.bytes == line) {
        return Ok(false);
    }
    Ok(outbox.remove(digest)?)
}

/// Whether a verdict of this kind by this client would count.
pub fn counts(
    opened: &Opened,
    policy: &Policy,
    me: &Me,
    kind: VerdictKind,
    now: Timestamp,
) -> Result<(), Reason> {
    let at = circumstances(policy, now);
    match &opened.facts {
        Some(facts) => would_count(policy, &me.key.fingerprint, kind, facts, &at),
        None => policy.speaker(&me.key.fingerprint, &at).map(|_| ()),
    }
}

/// The policy a verdict is given under.
pub(super) fn trusted(opened: &Opened) -> Result<&Trusted, ReviewError> {
    opened
        .policy
        .as_ref()
        .ok_or(ReviewError::Policy(Untrusted::Absent {
            commit: opened.span.base.commit,
        }))
}

/// A reason as the refusal of a verdict.
pub fn would_not(reason: &Reason) -> ReviewError {
    ReviewError::WouldNotCount {
        why: vec![reason.to_string()],
    }
}

/// Where this client began to trust: as pinned for the target, or for another whose pin is on the
/// same chain; else the commit the policy was read from, which is pinned with the first verdict.
///
/// # Errors
/// Where the target no longer stands on the commit that was pinned for it: somebody rewrote it.
pub(super) fn pin(
    session: &Session,
    trusted: &Trusted,
    target: &str,
) -> Result<(Oid, Option<Oid>), ReviewError> {
    let pins = session.journal.pins().load()?;
    let tip = trusted.commit;
    // A chain that is cut off here proves nothing either way.
    let is_on = |root: &Oid| {
        let chain = session.store.first_parent_chain(tip, Some(*root));
        chain.map_or(true, |chain| chain.last() == Some(root))
    };
    match pins.targets.get(target) {
        Some(root) if is_on(root) => Ok((*root, None)),
        Some(root) => Err(ReviewError::RootGone {
            target: target.to_owned(),
            root: *root,
        }),
        None => match pins.policy_root.filter(is_on) {
            Some(root) => Ok((root, None)),
            None => Ok((tip, Some(tip))),
        },
    }
}

/// The notes that are evidence.
pub(super) fn evidence(session: &Session) -> String {
    session
        .tracked_notes()
        .unwrap_or_else(|| super::NOTES.to_owned())
}

/// The evidence this client has seen on the remote (where there is no remote: in the own notes).
/// What waits here is no evidence yet.
fn log(session: &Session, opened: &Opened, policy: &Policy) -> Result<Log, ReviewError> {
    let name = evidence(session);
    let Some(head) = session.store.notes_tip(&name)? else {
        return Ok(Log::default());
    };
    let tracked = Statements::read(&session.store, &[&name], &[], &SshVerifier)?;
    let seen: BTreeSet<Sha256> = tracked
        .verified
        .iter()
        .filter(|one| policy.owner(one.fingerprint()).is_some())
        .filter(|one| {
            one.verdict().is_some_and(|verdict| {
                verdict.head.commit == opened.span.head.commit
                    || verdict.content.sha256 == opened.content.sha256
            })
        })
        .map(|one| one.payload_sha256())
        .collect();
    Ok(Log {
        head: Some(head),
        seen: seen.into_iter().collect(),
    })
}

/// Own earlier verdicts that this one replaces: on this head, this content or this change. A remark
/// replaces nothing; a withdrawal takes back what was said of this revision and of no other, since it
/// lifts whatever it names.
pub(super) fn supersedes(
    opened: &Opened,
    statements: &Statements,
    policy: &Policy,
    me: &Me,
    kind: VerdictKind,
    now: Timestamp,
) -> Vec<Sha256> {
    let Some(person) = me
        .person
        .as_deref()
        .filter(|_| kind != VerdictKind::Comment)
    else {
        return Vec::new();
    };
    let casts = casts(statements);
    let standing = Standing::of(policy, &casts, &circumstances(policy, now));
    let revision = &opened.revision;
    standing.to_supersede(person, |cast| {
        let same = cast.change.revision == revision.number || kind != VerdictKind::Withdraw;
        cast.head.commit == opened.span.head.commit
            || cast.content == opened.content.sha256
            || (cast.change.id == revision.id && same)
    })
}

/// What a kind of verdict requires, said in words that name the flag.
fn complete(draft: &Draft, supersedes: &[Sha256], name: &str) -> Result<(), ReviewError> {
    let wordless = draft
        .summary
        .as_deref()
        .is_none_or(|text| text.trim().is_empty());
    match draft.kind {
        VerdictKind::Reject if wordless => Err(ReviewError::Incomplete(
            "a rejection needs a reason: -m TEXT".to_owned(),
        )),
        VerdictKind::Comment if wordless && draft.comments.is_empty() => Err(
            ReviewError::Incomplete("a comment needs words: -m TEXT".to_owned()),
        ),
        VerdictKind::Withdraw if supersedes.is_empty() => Err(ReviewError::Incomplete(format!(
            "there is no verdict of yours on {name} to withdraw"
        ))),
        _ => Ok(()),
    }
}

/// What the rules ask of an approval that this draft cannot meet.
fn warnings(opened: &Opened, policy: &Policy, draft: &Draft) -> Vec<String> {
    let Some(outcome) = opened
        .outcome
        .as_ref()
        .filter(|_| draft.kind == VerdictKind::Approve)
    else {
        return Vec::new();
    };
    let mut warnings = Vec::new();
    for rule in &outcome.rules {
        let Some(asked) = policy.rules.iter().find(|asked| asked.name == rule.name) else {
            continue;
        };
        let demands = &asked.demands;
        let viewed = &draft.viewed;
        let share = (viewed.hunks_viewed * 100)
            .checked_div(viewed.hunks_total)
            .unwrap_or(100);
        if share < demands.min_viewed {
            warnings.push(format!(
                "rule {} asks for {} % of the hunks seen; this says {share} %, so it will not count there",
                rule.name, demands.min_viewed
            ));
        }
        for item in &demands.checklist {
            if item.answer(&draft.checklist) != Answer::Pass {
                warnings.push(format!(
                    "rule {} asks for {} = pass; it is not, so it will not count there",
                    rule.name,
                    item.as_str()
                ));
            }
        }
        let mut must: Vec<&str> = opened
            .facts
            .iter()
            .flat_map(|facts| {
                facts
                    .severity3
                    .iter()
                    .filter(|_| demands.acknowledge)
                    .chain(&facts.unreviewable)
            })
            .map(String::as_str)
            .filter(|id| !viewed.acknowledged.iter().any(|answer| answer.id == *id))
            .collect();
        let mut named = BTreeSet::new();
        must.retain(|id| named.insert(*id));
        if !must.is_empty() {
            warnings.push(format!(
                "rule {} asks for an answer to {}, so it will not count there",
                rule.name,
                must.join(", ")
            ));
        }
    }
    warnings
}
