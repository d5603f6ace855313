//! What let a run through beside its approvals, as data: overrides of rejections, and a break-glass.

use serde::Serialize;

use crate::change::{Oid, Sha256};
use crate::policy::{Broken, Glass, Lifted, Reason, ReasonId};

/// A rejection that overrides lifted.
#[derive(Debug, Clone, Serialize)]
pub struct LiftReport {
    /// Digest of the rejection's payload.
    pub rejection: Sha256,
    /// Whose rejection it was, by principal.
    pub reviewer: String,
    /// The overrides that count.
    pub by: Vec<OverrideReport>,
}

/// One person's override.
#[derive(Debug, Clone, Serialize)]
pub struct OverrideReport {
    /// The person's principal.
    pub reviewer: String,
    /// The key's fingerprint.
    pub key: String,
    /// Digest of the signed payload.
    pub digest: Sha256,
    /// The person's words.
    pub reason: String,
}

/// The break-glass that lets a run go without its approvals.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BreakGlassReport {
    /// The commit that was named.
    pub commit: Oid,
    /// When it ends, in RFC 3339.
    pub until: String,
    /// The statements that count, one for each person.
    pub by: Vec<GlassReport>,
}

/// One person's break-glass.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GlassReport {
    /// The person's principal.
    pub reviewer: String,
    /// The key's fingerprint.
    pub key: String,
    /// Digest of the signed payload.
    pub digest: Sha256,
    /// The person's words.
    pub reason: String,
    /// When it was signed, in RFC 3339, by the signer's clock.
    pub issued_at: String,
    /// Until when it holds by its own word.
    pub valid_until: String,
}

impl LiftReport {
    pub(super) fn of(lifted: &Lifted) -> Self {
        let by = lifted.by.iter().map(|lift| OverrideReport {
            reviewer: lift.principal.clone(),
            key: lift.key.clone(),
            digest: lift.digest,
            reason: lift.reason.clone(),
        });
        Self {
            rejection: lifted.rejection,
            reviewer: lifted.reviewer.clone(),
            by: by.collect(),
        }
    }
}

impl BreakGlassReport {
    pub(super) fn of(broken: &Broken) -> Self {
        Self {
            commit: broken.commit,
            until: broken.until.to_string(),
            by: broken.by.iter().map(GlassReport::of).collect(),
        }
    }

    /// Says it aloud.
    pub fn warning(&self) -> Reason {
        let said = self.by.iter().map(|one| {
            let reason = one.reason.split_whitespace().collect::<Vec<_>>().join(" ");
            format!("{} ({reason})", one.reviewer)
        });
        let said: Vec<String> = said.collect();
        let text = format!(
            "{} goes without its approvals until {}, on the word of {}",
            self.commit,
            self.until,
            said.join(", ")
        );
        Reason::new(ReasonId::BreakGlass, text)
    }
}

impl GlassReport {
    fn of(glass: &Glass) -> Self {
        Self {
            reviewer: glass.principal.clone(),
            key: glass.key.clone(),
            digest: glass.digest,
            reason: glass.reason.clone(),
            issued_at: glass.issued_at.to_string(),
            valid_until: glass.valid_until.to_string(),
        }
    }
}
