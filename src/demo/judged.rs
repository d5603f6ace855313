//! What an approver had on the screen: the hunks, and what the rules say of them.

use super::DemoError;
use super::story::{Revision, Said};
use crate::git::{DiffOptions, Store};
use crate::policy::Policy;
use crate::risk::{self, Assessment, ChangeText, PolicyRisk};
use crate::verdict::{Acknowledged, CommitAndTree, RiskShown, Viewed};

/// A revision, read and assessed.
pub(super) struct Judged {
    files: u64,
    hunks: u64,
    assessment: Assessment,
}

impl Judged {
    /// Reads and assesses what lies between two commits.
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
        let files = store.diff(base.tree, head.tree, &DiffOptions::default())?;
        let messages: Vec<&str> = revision.commits.iter().map(|c| c.message.trim()).collect();
        let cover = revision.cover.as_ref();
        let text = ChangeText {
            title: cover.map_or("", |cover| &cover.title),
            messages: &messages,
            accountable: cover.and_then(|cover| cover.operator.as_deref()),
        };
        let rules = PolicyRisk {
            critical: &|path| policy.risk.critical.iter().any(|g| g.matches_path(path)),
            silenced: &|_, _| false,
        };
        let cap = 1 << 20;
        let content = |path: &_| store.read_path(head.commit, path, cap).ok().flatten();
        Ok(Self {
            files: files.len() as u64,
            hunks: files.iter().map(|file| file.hunks().len() as u64).sum(),
            assessment: risk::assess(&text, &files, &rules, None, Some(&content)),
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
