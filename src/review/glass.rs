//! A break-glass: a person's signed word that one commit may go without its approvals for a short time,
//! made ready to be signed.

use jiff::{SignedDuration, Timestamp};

use crate::change::Oid;
use crate::evidence::Trusted;
use crate::policy::{DIRECTORY, would_break_glass};
use crate::verdict::{BreakGlass, Predicate, Repository, Reviewer, Statement, Subject};

use super::decide::pin;
use super::heard::circumstances;
use super::{Me, Prepared, ReviewError, Session};

/// What somebody asks to let through.
#[derive(Debug, Clone, Copy)]
pub struct Need<'a> {
    /// The commit.
    pub commit: Oid,
    /// Full name of the target.
    pub target: &'a str,
    /// Why.
    pub reason: &'a str,
    /// For how long; without it as long as the policy allows.
    pub valid_for: Option<SignedDuration>,
}

/// Makes the break-glass for a commit, and says whether it would count.
///
/// # Errors
/// Where there is no policy, the key is nobody's, there is no reason, or it would hold for longer than
/// the policy allows.
pub fn prepare_break_glass(
    session: &Session,
    trusted: &Trusted,
    me: &Me,
    need: &Need<'_>,
    now: Timestamp,
) -> Result<Prepared, ReviewError> {
    let policy = &trusted.policy;
    let at = circumstances(policy, now);
    let touches_policy = touches_policy(session, need.commit)?;
    let key = &me.key.fingerprint;
    let will_not_count = would_break_glass(policy, key, touches_policy, &at).err();
    let Some(principal) = me.principal.clone() else {
        let why = will_not_count.map_or_else(String::new, |reason| reason.to_string());
        return Err(ReviewError::Nobody(why));
    };
    if need.reason.trim().is_empty() {
        let text = "a break-glass needs a reason: --reason TEXT";
        return Err(ReviewError::Incomplete(text.to_owned()));
    }
    let asked = policy.break_glass.as_ref();
    let longest = asked.map_or(SignedDuration::from_hours(4), |asked| asked.max_validity);
    let valid_for = need.valid_for.unwrap_or(longest);
    if valid_for > longest {
        let text = format!("the policy lets a break-glass hold for {longest:#} at most");
        return Err(ReviewError::Incomplete(text));
    }
    let issued_at = crate::verdict::whole_seconds(now);
    let valid_until = issued_at.checked_add(valid_for).unwrap_or(issued_at);
    let (policy_root, new_pin) = pin(session, trusted, need.target)?;
    let glass = BreakGlass {
        repository: Repository {
            id: policy.repository.clone(),
            policy_root,
        },
        target: need.target.to_owned(),
        commit: need.commit,
        reason: need.reason.to_owned(),
        valid_until,
        reviewer: Reviewer {
            principal,
            key: key.clone(),
        },
        issued_at,
    };
    Ok(Prepared {
        statement: Statement {
            subject: Subject {
                name: need.commit.to_string(),
                commit: need.commit,
            },
            predicate: Predicate::BreakGlass(glass),
        },
        will_not_count,
        warnings: warnings(asked),
        new_pin,
    })
}

/// What whoever signs takes on.
fn warnings(asked: Option<&crate::policy::Exception>) -> Vec<String> {
    let Some(asked) = asked else {
        return Vec::new();
    };
    let mut warnings = Vec::new();
    if asked.approvals > 1 {
        let needed = asked.approvals;
        warnings.push(format!(
            "the policy asks for {needed} persons; each signs a break-glass for this commit"
        ));
    }
    let followup = asked.followup;
    warnings.push(format!(
        "somebody who did not sign has to approve this commit within {followup:#}; later deployments are denied until then"
    ));
    warnings
}

/// Whether a commit changes the policy.
fn touches_policy(session: &Session, commit: Oid) -> Result<bool, ReviewError> {
    let store = &session.store;
    let read = store.commit(commit)?;
    let Some(parent) = read.parents.first() else {
        return Ok(true);
    };
    let changes = store.tree_changes(store.commit(*parent)?.tree, read.tree)?;
    let below = |path: &[u8]| {
        let first = path.split(|byte| *byte == b'/').next().unwrap_or(path);
        first.eq_ignore_ascii_case(DIRECTORY.as_bytes())
    };
    Ok(changes.iter().any(|change| below(change.path.as_bytes())))
}
