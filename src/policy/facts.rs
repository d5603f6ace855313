//! What the rules are told about a run of commits and about each verdict's relation to it. The
//! gate and the reviewer's client find these facts out; the rules only judge them.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Cast, Coverage, Glass, Lift, Reason, Revoked};
use crate::change::{Oid, RepoPath, Sha256};
use crate::risk::Level;

/// One commit and who made it, as claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The commit.
    pub oid: Oid,
    /// The author's address, raw.
    pub author: String,
    /// The committer's address, raw.
    pub committer: String,
    /// The addresses of `Co-authored-by:` lines, wherever in the message they stand.
    pub co_authors: Vec<String>,
    /// Fingerprint of the SSH key (namespace `git`) whose signature on the commit is good.
    pub signer: Option<String>,
    /// Whether it carries an AI marker.
    pub marker: bool,
    /// Whether it has several parents.
    pub merge: bool,
}

/// How a proposal was handed in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proposal {
    /// Fingerprint of the SSH key (namespace `git`) whose signature on the tag is good.
    pub signer: Option<String>,
    /// The agents it names (`Agent:`), and the tools that markers on its commits name.
    pub agents: Vec<String>,
    /// The models it names.
    pub models: Vec<String>,
    /// The operators it names: principals, ids or addresses.
    pub operators: Vec<String>,
}

/// What a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFacts {
    /// Full ref name it is judged for.
    pub target: String,
    /// What the run stands on: the first parent of its first step (client: the base).
    pub first_parent: Oid,
    /// Its last commit (client: the head).
    pub last: Oid,
    /// All its commits: for a run those reachable from its last step and not from its first
    /// parent, for a revision `base..head`.
    pub commits: Vec<Made>,
    /// Commits of the signed revision whose content a step carries, where the step itself is not
    /// signed: they exempt it when all are by exempt people.
    pub signed_revision: Option<Vec<Made>>,
    /// Old and new paths of its net diff.
    pub paths: Vec<RepoPath>,
    /// The level as assessed, before `risk.critical` is applied (the rules apply it).
    pub assessed: Level,
    /// Ids of its severity-3 findings.
    pub severity3: BTreeSet<String>,
    /// Ids of the findings for contents nobody can read.
    pub unreviewable: BTreeSet<String>,
    /// Whether the step is known to be AI's: a marker on a commit of it or of a revision with its
    /// head or content.
    pub ai: bool,
    /// Whether it changes anything below `.countersign/`.
    pub touches_policy: bool,
    /// What the proposal says.
    pub proposal: Proposal,
    /// Whether it brings back what was there before.
    pub restored: Restored,
    /// The commits that a break-glass for this run may name: its one step, and what that step merges
    /// where the merge leaves exactly the tree of it. None for a run of several steps.
    pub as_is: Vec<Oid>,
    /// Revisions that have become this run and that nobody has approved yet: who may not approve what
    /// landed may still approve one of them.
    pub revisions: Vec<Way>,
}

/// Whether a run leaves the tree of an earlier commit of the target, or undoes exactly one step of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// Nobody looked.
    Unknown,
    /// It does not.
    No,
    /// It does; whether enough people had let through what comes back is not known. Such a run may
    /// ask more than another, and never less.
    Found,
    /// It does, and what comes back was verified.
    Verified,
}

/// What somebody could approve so that it reaches a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Its commits: who made them may not approve it.
    pub made: Vec<Made>,
    /// How it would reach the run.
    pub carried: Coverage,
    /// Its base.
    pub base: Oid,
}

/// What a verdict has to do with the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The run ends with its head, or with a merge of it; or it is the revision's head.
    Head,
    /// Its content digest is the run's.
    Content,
    /// Its head or content is one that the run brings on the way to what it ends with.
    Inside,
    /// Neither.
    Other,
}

/// Whether an approval covers the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cover {
    /// It does, in this way.
    Carried(Coverage),
    /// It does not and this says why; reported where the approval is for the same change.
    Not(Reason),
    /// It has nothing to do with the run.
    Unrelated,
}

/// A verdict and its relation to a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CastFor<'a> {
    /// The verdict.
    pub cast: &'a Cast,
    /// What it has to do with the run.
    pub relation: Relation,
    /// Whether, as an approval, it covers the run.
    pub cover: Cover,
    /// The commits of its own `base..head`; none where they are not here.
    pub made: Option<Vec<Made>>,
    /// Whether its `policyRoot` is on this chain.
    pub root_known: bool,
    /// What of the log it had seen is missing here.
    pub evidence: Option<Reason>,
}

/// At what time, and with what knowledge, the rules are applied.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// Now, or as history.
    pub when: When,
    /// All keys that are revoked: at the step's parent, at the candidate, at the target's tip.
    pub revoked: &'a Revoked,
    /// What the caller enforces itself.
    pub enforces: Enforces,
    /// Every override by a client whose `policyRoot` is on this chain.
    pub lifts: &'a [Lift],
    /// Every break-glass by such a client.
    pub glasses: &'a [Glass],
}

/// When a run is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At this time: everything applies.
    Now(Timestamp),
    /// At this time, what had landed before: everything applies but the age of approvals and the
    /// expiry of keys, which were held when it landed.
    Again(Timestamp),
    /// A policy change that lies before what is judged: keys must have been good when they signed;
    /// ages, expiry and later revocation do not apply, and only `policy_change` is asked.
    History,
}

/// What the caller enforces outside these rules. A requirement of the policy that is in force and
/// that nobody enforces ends in `E-UNSUPPORTED-POLICY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Enforces {
    /// `scope.markers`: `Made::marker` and `RunFacts::ai` know them.
    pub markers: bool,
    /// `risk.rules`: `RunFacts::assessed` knows them.
    pub risk_rules: bool,
}

/// A revision as a reviewer's client has it, to relate verdicts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevisionFacts {
    /// The base and its tree.
    pub base: (Oid, Oid),
    /// The head and its tree.
    pub head: (Oid, Oid),
    /// The content digest of `base..head`.
    pub content: Sha256,
}
