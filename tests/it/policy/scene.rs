//! A run, verdicts on it, and the decision: everything good unless a test spoils it.

use std::collections::BTreeSet;

use countersign::change::{Oid, RepoPath, Sha256};
use countersign::policy::{
    Cast, CastFor, Circumstances, Cover, Coverage, Decision, Enforces, Glass, Lift, Made, Outcome,
    Policy, PresenceDemand, Proposal, Reason, ReasonId, Relation, Restored, Revoked, RunFacts,
    When, evaluate,
};
use countersign::risk::Level;
use countersign::verdict::{
    Answer, ChangeLabel, Checklist, CommitAndTree, Log, Repository, VerdictKind, Viewed,
};
use jiff::{SignedDuration, Timestamp};

use super::fixture::{EXAMPLE, MAGIC, files, fingerprint, parse};

pub(super) const BASE: u8 = 0xb0;
pub(super) const HEAD: u8 = 0xa1;
pub(super) const CONTENT: u8 = 0xc0;

pub(super) fn oid(byte: u8) -> Oid {
    Oid::from_bytes([byte; 20])
}

pub(super) fn sha(byte: u8) -> Sha256 {
    Sha256::from_bytes([byte; 32])
}

pub(super) fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

pub(super) fn days(n: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * n)
}

/// The key byte of a person of the example.
pub(super) fn key_of(person: &str) -> u8 {
    match person {
        "alice" => 1,
        "bob" => 2,
        "carol" => 3,
        _ => 9,
    }
}

/// A verdict of this person on the head; `digest` names it.
pub(super) fn cast(person: &str, kind: VerdictKind, digest: u8) -> Cast {
    Cast {
        digest: sha(digest),
        key: fingerprint(key_of(person)),
        presence: PresenceDemand::Optional,
        kind,
        doubt: None,
        repository: Repository {
            id: "urn:uuid:5b0c7f0e-3c7a-4f0e-9a55-0d8f6f0b1c11".to_owned(),
            policy_root: oid(1),
        },
        change: ChangeLabel {
            id: "fix-lb".parse().unwrap(),
            revision: 1,
        },
        target: "refs/heads/main".to_owned(),
        base: Some(at(BASE)),
        head: at(HEAD),
        content: sha(CONTENT),
        principal: format!("{person}@corp.example"),
        issued_at: now() - days(1),
        log: Log::default(),
        supersedes: Vec::new(),
        viewed: Some(Viewed {
            hunks_viewed: 4,
            hunks_total: 4,
            ..Viewed::default()
        }),
        checklist: Some(Checklist {
            correctness: Answer::Pass,
            security: Answer::Pass,
            performance: Answer::Pass,
        }),
        level: Some(Level::Low),
    }
}

pub(super) fn approve(person: &str, digest: u8) -> Cast {
    cast(person, VerdictKind::Approve, digest)
}

pub(super) fn reject(person: &str, digest: u8) -> Cast {
    cast(person, VerdictKind::Reject, digest)
}

/// A commit and its tree, both named by a byte.
pub(super) fn at(byte: u8) -> CommitAndTree {
    CommitAndTree {
        commit: oid(byte),
        tree: oid(byte ^ 0x0f),
    }
}

pub(super) fn made(byte: u8, author: &str) -> Made {
    Made {
        oid: oid(byte),
        author: author.to_owned(),
        committer: author.to_owned(),
        co_authors: Vec::new(),
        signer: None,
        marker: false,
        merge: false,
    }
}

/// A run of one commit by somebody the policy knows as no reviewer, and what is asked of it.
pub(super) struct Scene {
    pub(super) policy: Policy,
    pub(super) run: RunFacts,
    pub(super) casts: Vec<Cast>,
    pub(super) made: Vec<Made>,
    pub(super) when: When,
    pub(super) revoked: Revoked,
    pub(super) lifts: Vec<Lift>,
    pub(super) glasses: Vec<Glass>,
    pub(super) enforces: Enforces,
    /// Changes what the gate says of each verdict.
    pub(super) relate: fn(&mut CastFor<'_>),
}

impl Scene {
    pub(super) fn new(policy: Policy) -> Self {
        let commits = vec![made(HEAD, "dave@corp.example")];
        Self {
            run: RunFacts {
                target: "refs/heads/main".to_owned(),
                first_parent: oid(BASE),
                last: oid(HEAD),
                commits: commits.clone(),
                signed_revision: None,
                paths: vec![RepoPath::from("src/main.rs")],
                assessed: Level::Low,
                severity3: BTreeSet::new(),
                unreviewable: BTreeSet::new(),
                ai: true,
                touches_policy: false,
                proposal: Proposal::default(),
                restored: Restored::No,
                as_is: vec![oid(HEAD)],
                revisions: Vec::new(),
            },
            policy,
            casts: Vec::new(),
            made: commits,
            when: When::Now(now()),
            revoked: Revoked::default(),
            lifts: Vec::new(),
            glasses: Vec::new(),
            enforces: Enforces::default(),
            relate: |_| {},
        }
    }

    pub(super) fn with(mut self, cast: Cast) -> Self {
        self.casts.push(cast);
        self
    }

    pub(super) fn circumstances(&self) -> Circumstances<'_> {
        Circumstances {
            when: self.when,
            lifts: &self.lifts,
            glasses: &self.glasses,
            revoked: &self.revoked,
            enforces: self.enforces,
        }
    }

    pub(super) fn judge(&self) -> Outcome {
        let related = self.related();
        evaluate(&self.policy, &self.run, &related, &self.circumstances())
    }

    pub(super) fn related(&self) -> Vec<CastFor<'_>> {
        let mut related: Vec<CastFor<'_>> = self.casts.iter().map(|cast| self.of(cast)).collect();
        related.iter_mut().for_each(|of| (self.relate)(of));
        related
    }

    fn of<'c>(&self, cast: &'c Cast) -> CastFor<'c> {
        let head = cast.head.commit == self.run.last;
        let base = cast.base.map(|base| base.commit) == Some(self.run.first_parent);
        let content = cast.content == sha(CONTENT);
        CastFor {
            cast,
            relation: match (head, content) {
                (true, _) => Relation::Head,
                (_, true) => Relation::Content,
                _ => Relation::Other,
            },
            cover: match (head && base, content) {
                (true, _) => Cover::Carried(Coverage::Exact),
                (_, true) => Cover::Carried(Coverage::Content),
                _ => Cover::Unrelated,
            },
            made: Some(self.made.clone()),
            root_known: true,
            evidence: None,
        }
    }
}

/// That an approval is set aside for this reason and the run is pending.
pub(super) fn set_aside(scene: &Scene, id: ReasonId) -> Reason {
    let outcome = scene.judge();
    assert_eq!(outcome.decision(), Decision::Pending, "{outcome:#?}");
    assert!(outcome.counted.is_empty());
    let found = outcome.set_aside.iter().find(|reason| reason.id == id);
    found
        .unwrap_or_else(|| panic!("{id}: {outcome:#?}"))
        .clone()
}

pub(super) fn has(outcome: &Outcome, id: ReasonId) -> bool {
    outcome.reasons.iter().any(|reason| reason.id == id)
}

/// The example with this `allowed_signers`.
pub(super) fn with_signers(signers: &str) -> Policy {
    files(EXAMPLE, signers, MAGIC).parse().unwrap()
}

pub(super) fn example() -> Scene {
    Scene::new(parse(EXAMPLE).unwrap())
}

/// One approval by Bob, with which the run goes.
pub(super) fn approved() -> Scene {
    let scene = example().with(approve("bob", 1));
    assert_eq!(scene.judge().decision(), Decision::Allow);
    scene
}
