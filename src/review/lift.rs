//! An override: a person's signed word that a rejection shall not hold, made ready to be signed.

use jiff::Timestamp;

use crate::change::Sha256;
use crate::evidence::Statements;
use crate::policy::{Standing, would_lift};
use crate::verdict::{Override, Predicate, Repository, Reviewer, Statement, Subject, VerdictKind};

use super::decide::{pin, trusted};
use super::heard::{casts, circumstances};
use super::{Me, Opened, Prepared, ReviewError, Session};

/// Makes the override that lifts every rejection standing against a revision, and says whether it
/// would count.
///
/// # Errors
/// Where there is no policy, the key is nobody's, there is no reason, or nothing to lift.
pub fn prepare_override(
    session: &Session,
    opened: &Opened,
    statements: &Statements,
    me: &Me,
    reason: &str,
    now: Timestamp,
) -> Result<Prepared, ReviewError> {
    let trusted = trusted(opened)?;
    let policy = &trusted.policy;
    let at = circumstances(policy, now);
    let will_not_count = opened
        .facts
        .as_ref()
        .and_then(|facts| would_lift(policy, &me.key.fingerprint, facts, &at).err());
    let Some(principal) = me.principal.clone() else {
        let why = will_not_count.map_or_else(String::new, |reason| reason.to_string());
        return Err(ReviewError::Nobody(why));
    };
    let name = opened.revision.name();
    if reason.trim().is_empty() {
        let text = "an override needs a reason: -m TEXT";
        return Err(ReviewError::Incomplete(text.to_owned()));
    }
    let lifts = rejections(opened, statements, policy, now);
    if lifts.is_empty() {
        let text = format!("there is no rejection on {name} to lift");
        return Err(ReviewError::Incomplete(text));
    }
    let (policy_root, new_pin) = pin(session, trusted, &opened.revision.target)?;
    let lift = Override {
        repository: Repository {
            id: policy.repository.clone(),
            policy_root,
        },
        target: opened.revision.target.clone(),
        lifts,
        reason: reason.to_owned(),
        reviewer: Reviewer {
            principal,
            key: me.key.fingerprint.clone(),
        },
        issued_at: crate::verdict::whole_seconds(now),
    };
    let needed = policy.override_.as_ref().map_or(1, |asked| asked.approvals);
    let several = format!("the policy asks for {needed} persons; each signs an override");
    Ok(Prepared {
        statement: about(opened, lift),
        will_not_count,
        warnings: Some(several).filter(|_| needed > 1).into_iter().collect(),
        new_pin,
    })
}

/// The statement, about the head of the revision.
fn about(opened: &Opened, lift: Override) -> Statement {
    Statement {
        subject: Subject {
            name: opened.revision.name().to_string(),
            commit: opened.span.head.commit,
        },
        predicate: Predicate::Override(lift),
    }
}

/// The rejections that stand against the revision: of its head, its content, or, as a veto, of the
/// change.
fn rejections(
    opened: &Opened,
    statements: &Statements,
    policy: &crate::policy::Policy,
    now: Timestamp,
) -> Vec<Sha256> {
    let casts = casts(statements);
    let standing = Standing::of(policy, &casts, &circumstances(policy, now));
    let revision = &opened.revision;
    let against = standing.votes().iter().filter(|vote| {
        let cast = vote.cast;
        let stands = !(vote.out_for_head && vote.out_for_content);
        let same_change = cast.change.id == revision.id && cast.change.revision <= revision.number;
        cast.kind == VerdictKind::Reject
            && stands
            && (cast.head.commit == opened.span.head.commit
                || cast.content == opened.content.sha256
                || same_change)
    });
    let mut digests: Vec<Sha256> = against.map(|vote| vote.cast.digest).collect();
    digests.sort_unstable();
    digests.dedup();
    digests
}
