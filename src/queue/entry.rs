//! One row of the queue: a change's newest revision, its risk, and how far it is.

use jiff::Timestamp;

use super::{ChangeName, Home, RevisionName};
use crate::change::{ChangeId, Oid, QueueRef, RepoPath, Sha256};
use crate::risk::Level;

/// A change in the queue, by its newest revision.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The clone it waits in.
    pub home: Home,
    /// The change.
    pub id: ChangeId,
    /// The newest revision's number.
    pub revision: u32,
    /// Full name of the ref it was read from.
    pub ref_name: String,
    /// The proposed commit.
    pub head: Oid,
    /// What it stands on.
    pub base: Oid,
    /// Full name of the target ref.
    pub target: String,
    /// How far it is.
    pub state: State,
    /// One line.
    pub title: String,
    /// The author of the head commit, as claimed.
    pub author: Author,
    /// The agent, as claimed or by marker.
    pub agent: Option<String>,
    /// Who runs the agent, as claimed.
    pub operator: Option<String>,
    /// Whether any commit carries an AI marker, and which.
    pub ai_markers: Vec<String>,
    /// The assessment in numbers; none where the change could not be read.
    pub risk: Option<RiskSummary>,
    /// Paths of the net change, old and new, sorted.
    pub paths: Vec<RepoPath>,
    /// Number of files changed.
    pub files: usize,
    /// Lines added.
    pub added: usize,
    /// Lines removed.
    pub removed: usize,
    /// Number of commits in `base..head`.
    pub commits: usize,
    /// When the revision was queued, as claimed.
    pub created_at: Timestamp,
    /// What the policy still asks, a need for each rule that applies.
    pub needs: Vec<Need>,
    /// The persons asked, by id: owners of the paths among those who could help, else all of those.
    pub asked: Vec<String>,
    /// Why nobody could approve it, where that is so.
    pub nobody: Option<String>,
    /// Whether this client's person is asked.
    pub needs_me: bool,
    /// Whether nobody else could, beside the ones who have already approved.
    pub only_me: bool,
    /// Standing approvals of this content.
    pub approvals: Vec<Given>,
    /// Standing rejections of this change.
    pub rejections: Vec<Given>,
    /// Who is on it.
    pub claim: Option<Claim>,
    /// What CI says; unsigned.
    pub checks: Vec<Check>,
    /// What it stands on, where that is another waiting revision.
    pub stacked_on: Option<QueueRef>,
    /// What is odd about it, a sentence each.
    pub notes: Vec<String>,
}

/// How far a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Waits for a verdict.
    Pending,
    /// Every rule is met.
    Approved,
    /// A rejection stands.
    Rejected,
    /// An older revision was decided, this one waits.
    Stale,
    /// Its head or content is in the target.
    Landed,
    /// The submitter took it back.
    Closed,
    /// Its ref moved: the id was used again for other content.
    Moved,
    /// It cannot be read.
    Invalid,
}

/// The author of a commit, raw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Name.
    pub name: String,
    /// E-mail.
    pub email: String,
}

/// An assessment in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RiskSummary {
    /// Low to critical.
    pub level: Level,
    /// 0 to 100.
    pub likelihood: u32,
    /// 0 to 3.
    pub impact: u32,
    /// What reading it takes.
    pub cost: u32,
    /// The queue key, in thousandths; higher comes first.
    pub key: i64,
    /// Number of findings.
    pub findings: usize,
    /// Findings that must be answered (severity 3).
    pub to_answer: usize,
}

/// What one rule asks, and how much of it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The rule's name.
    pub rule: String,
    /// Persons needed.
    pub needed: usize,
    /// Persons who count so far.
    pub have: usize,
    /// Roles that may.
    pub from: Vec<String>,
}

/// A standing verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The person's principal.
    pub reviewer: String,
    /// The revision it was given for.
    pub revision: u32,
    /// Digest of the signed payload.
    pub digest: Sha256,
}

/// "I am on it". Unsigned and advisory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who, as claimed.
    pub reviewer: String,
    /// Until when.
    pub until: Timestamp,
}

/// What a CI job says. Unsigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The job.
    pub name: String,
    /// How it went.
    pub state: CheckState,
}

/// How a CI job went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckState {
    /// Runs.
    Pending,
    /// Good.
    Success,
    /// Failed.
    Failure,
}

impl State {
    /// Every state, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Approved,
        Self::Rejected,
        Self::Stale,
        Self::Landed,
        Self::Closed,
        Self::Moved,
        Self::Invalid,
    ];

    /// The word used in JSON, filters and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Stale => "stale",
            Self::Landed => "landed",
            Self::Closed => "closed",
            Self::Moved => "moved",
            Self::Invalid => "invalid",
        }
    }

    /// Whether the change waits for somebody's verdict.
    pub const fn waits(self) -> bool {
        matches!(self, Self::Pending | Self::Stale)
    }

    /// Whether the change is over: landed or closed, shown only on request.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Landed | Self::Closed)
    }
}

impl CheckState {
    /// The word used in JSON and in the ref's blob.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

impl Entry {
    /// Clone, id and revision.
    pub fn name(&self) -> RevisionName {
        RevisionName {
            home: self.home.clone(),
            id: self.id.clone(),
            number: self.revision,
        }
    }

    /// Clone and id.
    pub fn change(&self) -> ChangeName {
        self.home.change(self.id.clone())
    }

    /// Whether it is a revision of this change.
    pub fn is_of(&self, home: &Home, id: &ChangeId) -> bool {
        self.id == *id && self.home == *home
    }

    /// Seconds since it was queued, by its own claim; never negative.
    pub fn age_seconds(&self, now: Timestamp) -> i64 {
        (now.as_second() - self.created_at.as_second()).max(0)
    }

    /// The target without `refs/heads/`.
    pub fn target_name(&self) -> &str {
        self.target
            .strip_prefix("refs/heads/")
            .unwrap_or(&self.target)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A change of high risk that needs me.
    pub(crate) fn entry() -> Entry {
        Entry {
            home: Home::default(),
            id: "fix-lb-timeouts".parse().unwrap(),
            revision: 2,
            ref_name: "refs/countersign/queue/fix-lb-timeouts/2".to_owned(),
            head: crate::change::Oid::from_bytes([1; 20]),
            base: crate::change::Oid::from_bytes([2; 20]),
            target: "refs/heads/main".to_owned(),
            state: State::Stale,
            title: "Raise edge timeouts".to_owned(),
            author: Author {
                name: "Dana".to_owned(),
                email: "dana@shop.example".to_owned(),
            },
            agent: Some("amazonq".to_owned()),
            operator: None,
            ai_markers: vec!["amazonq: author".to_owned()],
            risk: Some(RiskSummary {
                level: Level::High,
                likelihood: 60,
                impact: 3,
                cost: 70,
                key: 0,
                findings: 2,
                to_answer: 1,
            }),
            paths: vec!["infra/lb.yaml".into(), "docs/lb.md".into()],
            files: 2,
            added: 5,
            removed: 9,
            commits: 1,
            created_at: Timestamp::from_second(1_000_000).unwrap(),
            needs: Vec::new(),
            asked: vec!["alice".to_owned()],
            nobody: None,
            needs_me: true,
            only_me: false,
            approvals: Vec::new(),
            rejections: Vec::new(),
            claim: Some(Claim {
                reviewer: "bob@shop.example".to_owned(),
                until: Timestamp::from_second(1_010_000).unwrap(),
            }),
            checks: Vec::new(),
            stacked_on: None,
            notes: Vec::new(),
        }
    }
}
