//! What an approver had on the screen: the hunks, and what the rules say of them.

use super::DemoError;
use super::story::{Revision, Said};
use crate::change::Markers;
use crate::evidence::{HistoryTrail, NoShelf, Origins, Records, Span};
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
        let origins = Origins::new(Markers::built_in(), Records::open(store));
        let span = Span::read(store, base.commit, head.commit, &origins)?;
        let files = span.files(store)?;
        Ok(Self {
            files: files.len() as u64,
            hunks: files.iter().map(|file| file.hunks().len() as u64).sum(),
            assessment: {
                let history = HistoryTrail::new(&NoShelf).ask(store, &span.ask())?;
                let title = revision.title();
                let mut assessment =
                    span.assess(store, &files, title, Some(policy), Some(&history));
                assessment.level = policy.level(assessment.level, &span.paths());
                assessment
            },
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use jiff::Timestamp;

    use super::*;
    use crate::demo::commits::Commits;
    use crate::demo::history::walk;
    use crate::demo::story::Story;
    use crate::policy::PolicyFiles;
    use crate::risk::Level;

    #[test]
    fn each_change_makes_the_rules_fire_that_it_promises() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::init(&dir.path().join("r.git"), true).unwrap();
        let story = Story::read().unwrap();
        let at: Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
        let commits = Commits {
            store: &store,
            story: &story,
            at,
        };
        let made = walk(&story, at, &mut |draft| commits.write(draft)).unwrap();
        let bytes = |name: &str| {
            let path = format!(".countersign/{name}");
            made["main:2"].tree[&path].bytes.to_vec()
        };
        let files = PolicyFiles {
            policy_toml: bytes("policy.toml"),
            allowed_signers: bytes("allowed_signers"),
            revoked_keys: bytes("revoked_keys"),
        };
        let policy = files.parse().unwrap();
        let (mut silent, mut levels) = (Vec::new(), Vec::new());
        for (id, change) in &story.changes {
            let n = change.revisions.len();
            let oids = [story.base(id, n).unwrap().to_owned(), format!("{id}@{n}")];
            let [base, head] = oids.map(|label| {
                let commit = made[&label].oid;
                let tree = store.commit(commit).unwrap().tree;
                CommitAndTree { commit, tree }
            });
            let revision = &change.revisions[n - 1];
            let judged = Judged::of(&store, revision, &policy, base, head).unwrap();
            let assessment = &judged.assessment;
            let fired: BTreeSet<&str> = assessment
                .findings
                .iter()
                .map(|f| f.rule.as_str())
                .collect();
            levels.push(assessment.level);
            let missing = change.expect.iter().filter(|r| !fired.contains(r.as_str()));
            silent.extend(missing.map(|rule| format!("{id}: {rule}")));
        }
        assert!(silent.is_empty(), "\n{}", silent.join("\n"));
        let count = |level| levels.iter().filter(|l| **l == level).count();
        assert!(count(Level::Low) >= 5, "enough to try quick approvals on");
        assert!(count(Level::Critical) >= 2 && count(Level::Medium) >= 2);
    }
}
