//! What a statement on an opened revision would take from its surroundings: for the sheet, which says
//! it before anything is signed.

use jiff::Timestamp;

use crate::change::{Oid, Sha256};
use crate::evidence::Statements;
use crate::verdict::VerdictKind;

use super::decide::{self, supersedes};
use super::opened::Opened;
use super::{Me, ReviewError, Session};

/// What is taken from the surroundings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// The repository's id in the policy.
    pub repository: String,
    /// Where this client began to trust; not checked against the target's chain until it is signed.
    pub policy_root: Oid,
    /// The principal of the key.
    pub reviewer: String,
    /// The tip of the notes that are the evidence now.
    pub notes: Option<Oid>,
    /// Own earlier verdicts that an approval or a rejection takes the place of.
    pub replaces: Vec<Sha256>,
    /// Own earlier verdicts that a withdrawal takes back.
    pub withdraws: Vec<Sha256>,
}

/// Looks around; none where the key is nobody's or there is no policy.
///
/// # Errors
/// Where the journal or the notes cannot be read.
pub fn outlook(
    session: &Session,
    opened: &Opened,
    statements: &Statements,
    me: &Me,
    now: Timestamp,
) -> Result<Option<Outlook>, ReviewError> {
    let (Some(trusted), Some(reviewer)) = (&opened.policy, &me.principal) else {
        return Ok(None);
    };
    let policy = &trusted.policy;
    let pins = session.journal.pins().load()?;
    let pinned = pins.targets.get(&opened.revision.target).copied();
    let replaces = |kind| supersedes(opened, statements, policy, me, kind, now);
    Ok(Some(Outlook {
        repository: policy.repository.clone(),
        policy_root: pinned.or(pins.policy_root).unwrap_or(trusted.commit),
        reviewer: reviewer.clone(),
        notes: session.store.notes_tip(&decide::evidence(session))?,
        replaces: replaces(VerdictKind::Approve),
        withdraws: replaces(VerdictKind::Withdraw),
    }))
}
