//! What an approver had on the screen: the hunks, and what the rules say of them.

use super::DemoError;
use super::story::{Revision, Said};
use crate::change::Markers;
use crate::evidence::Span;
use crate::git::Store;
use crate::policy::Policy;
use crate::risk::{self, Assessment};
use crate::verdict::{Acknowledged, CommitAndTree, RiskShown, Viewed};

/// A revision, read and assessed.
pub(super) struct Judged {
    files: u64,
    hunks: u64,
    assessment: Assessment,
}

impl Judged {
    /// Reads and assesses what lies between two commits, as a reviewer's client does.
    ///
    /// # Errors
    /// An object that cannot be read.
    pub(super) fn of(
        store: &Store,
        revision: &Revision,
        policy: &Policy,
        base: CommitAndTree,
        head: CommitAndTree,
    ) -> Result<Self, DemoError> {
        let span = Span::read(store, base.commit, head.commit, &Markers::built_in())?;
        let files = span.files(store)?;
        Ok(Self {
            files: files.len() as u64,
            hunks: files.iter().map(|file| file.hunks().len() as u64).sum(),
            assessment: span.assess(store, &files, revision.title(), Some(policy)),
        })
    }

    /// What goes into an approval by somebody who has seen all of it and answered every finding.
    pub(super) fn shown(&self, said: &Said) -> (Viewed, RiskShown) {
        let found = &self.assessment.findings;
        let viewed = Viewed {
            files_viewed: self.files,
            files_total: self.files,
            hunks_viewed: self.hunks,
            hunks_total: self.hunks,
            seconds: said.seconds,
            acknowledged: found
                .iter()
                .map(|finding| Acknowledged {
                    id: finding.id.clone(),
                    text: said.answer.clone(),
                })
                .collect(),
            hidden: 0,
        };
        let risk = RiskShown {
            level: self.assessment.level.to_string(),
            likelihood: self.assessment.likelihood.into(),
            impact: self.assessment.impact.into(),
            findings: found.len() as u64,
            sha256: risk::shown_digest(found),
        };
        (viewed, risk)
    }
}
