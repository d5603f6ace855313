//! The approval of a branch head, as a reviewer's client would sign it: every hunk seen, and every
//! content that nobody can read answered.

use std::cell::RefCell;
use std::collections::BTreeSet;

use countersign::change::{Markers, Oid};
use countersign::evidence::{Origins, Records, Span, policy_at};
use countersign::git::Store;
use countersign::risk::{Assessment, shown_digest};
use countersign::signing::SshVerifier;
use countersign::verdict::{
    Acknowledged, Answer, ChangeLabel, Checklist, Envelope, Log, PolicyRef, Predicate, Repository,
    Reviewer, RiskShown, SignError, Signer, Statement, Subject, Tool, Verdict, VerdictKind, Viewed,
    whole_seconds,
};
use jiff::Timestamp;

use crate::conformance::keys::Key;

/// A senior at the keyboard.
pub struct Senior {
    key: Key,
    fingerprint: String,
    /// How many she approved.
    number: RefCell<u32>,
}

impl Senior {
    pub fn alice() -> Self {
        let key = Key::of("alice");
        Self {
            fingerprint: key.fingerprint(),
            key,
            number: RefCell::new(0),
        }
    }

    /// Her approval of `base..head`, as a line of the notes.
    pub fn approves(&self, store: &Store, root: Oid, base: Oid, head: Oid) -> Vec<u8> {
        *self.number.borrow_mut() += 1;
        let name = format!("change-{}", self.number.borrow());
        let law = policy_at(store, root).unwrap();
        let origins = Origins::new(Markers::built_in(), Records::default());
        let span = Span::read(store, base, head, &origins).unwrap();
        let files = span.files(store).unwrap();
        let title = span.commits.last().map_or("", |commit| commit.subject());
        let assessment = span.assess(store, &files, title, Some(&law.policy), None);
        let verdict = Verdict {
            kind: VerdictKind::Approve,
            repository: Repository {
                id: law.policy.repository.clone(),
                policy_root: root,
            },
            change: ChangeLabel {
                id: name.parse().unwrap(),
                revision: 1,
            },
            target: "refs/heads/main".to_owned(),
            base: span.base,
            head: span.head,
            commit_count: span.commit_count(),
            content: span.content(store).unwrap(),
            reviewer: Reviewer {
                principal: "alice@corp.example".to_owned(),
                key: self.fingerprint.clone(),
            },
            issued_at: whole_seconds(Timestamp::now()),
            policy: PolicyRef {
                version: law.policy.version,
                sha256: law.policy.digest,
                commit: root,
            },
            log: Log::default(),
            tool: Tool {
                name: "replay".to_owned(),
                version: "1".to_owned(),
            },
            viewed: Some(viewed(&assessment)),
            checklist: Some(Checklist {
                correctness: Answer::Pass,
                security: Answer::Na,
                performance: Answer::Na,
            }),
            risk: Some(shown(&assessment)),
            summary: None,
            comments: Vec::new(),
            supersedes: Vec::new(),
        };
        self.sealed(format!("{name}@1"), verdict)
    }

    fn sealed(&self, name: String, verdict: Verdict) -> Vec<u8> {
        let statement = Statement {
            subject: Subject {
                name,
                commit: verdict.head.commit,
            },
            predicate: Predicate::Verdict(Box::new(verdict)),
        };
        Envelope::seal(&statement, self, &SshVerifier).unwrap().line
    }
}

/// What was on the screen: whatever nobody can read, answered.
fn viewed(assessment: &Assessment) -> Viewed {
    let ids = assessment.unreadable.iter().map(|content| &content.finding);
    let ids: BTreeSet<&String> = ids.collect();
    let answered = ids.into_iter().map(|id| Acknowledged {
        id: id.clone(),
        text: None,
    });
    Viewed {
        acknowledged: answered.collect(),
        ..Viewed::default()
    }
}

fn shown(assessment: &Assessment) -> RiskShown {
    RiskShown {
        level: assessment.level.as_str().to_owned(),
        likelihood: u64::from(assessment.likelihood),
        impact: u64::from(assessment.impact),
        findings: assessment.findings.len() as u64,
        sha256: shown_digest(&assessment.findings),
    }
}

impl Signer for Senior {
    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn sign(&self, message: &[u8], namespace: &str) -> Result<Vec<u8>, SignError> {
        Ok(self.key.sign(namespace, message, 1))
    }
}
