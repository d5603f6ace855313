//! What a policy says, as types: one field for each key of the table in `docs/policy.md`.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::{Demands, Glob, Revoked, Signers};
use crate::change::{RepoPath, Sha256};
use crate::risk::{Level, OwnRules};

/// A valid policy: the three files below `.countersign/` of one commit.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Greater with every change of the policy.
    pub version: u64,
    /// `urn:uuid:…`, equal in every statement that counts.
    pub repository: String,
    /// What is judged.
    pub scope: Scope,
    /// Who may review, by id.
    pub people: BTreeMap<String, Person>,
    /// Who proposes and never reviews, by id.
    pub agents: BTreeMap<String, Agent>,
    /// Machines whose commits others may approve. A permission.
    pub automation: BTreeMap<String, Automation>,
    /// The roles that have a table.
    pub roles: BTreeMap<String, Role>,
    /// What every rule asks unless it says otherwise.
    pub defaults: Demands,
    /// The rules, unset keys filled in from `defaults`, in the order of the file.
    pub rules: Vec<Rule>,
    /// How the risk level is adjusted.
    pub risk: RiskTable,
    /// Per target.
    pub targets: BTreeMap<String, TargetTable>,
    /// `revert.approvals`: the number for a restored step.
    pub revert: Option<u64>,
    /// Parts that are deployed by themselves.
    pub deployable: BTreeMap<String, Deployable>,
    /// Who may change the policy.
    pub policy_change: PolicyChange,
    /// Who may lift a rejection; absent: nobody. A permission.
    pub override_: Option<Exception>,
    /// Who may let a commit through in need; absent: nobody. A permission.
    pub break_glass: Option<Exception>,
    /// What is asked of the log of statements.
    pub log: LogTable,
    /// Whose key is whose (`allowed_signers`).
    pub signers: Signers,
    /// Keys that count no longer (`revoked_keys`).
    pub revoked: Revoked,
    /// The digest over the three files.
    pub digest: Sha256,
}

impl Policy {
    /// The level a rule sees: one up from what was assessed where a path is `risk.critical`.
    pub fn level(&self, assessed: Level, paths: &[RepoPath]) -> Level {
        let critical = paths
            .iter()
            .any(|path| self.risk.critical.iter().any(|g| g.matches_path(path)));
        if critical {
            assessed.raised()
        } else {
            assessed
        }
    }

    /// The target a proposal without one is for.
    pub fn default_target(&self) -> &str {
        self.scope.targets.first().map_or("", Glob::as_str)
    }

    /// Whether this full ref name is one of `scope.targets`.
    pub fn is_target(&self, ref_name: &str) -> bool {
        let name = ref_name.as_bytes();
        self.scope.targets.iter().any(|glob| glob.matches(name))
    }

    /// The other targets whose approvals carry to this one.
    pub fn accepts(&self, target: &str) -> &[Glob] {
        let table = self.targets.get(target);
        table.map_or(&[], |table| &table.accept_from)
    }

    /// Whether approvals for another target carry to this one.
    pub fn carries(&self, other: &str, target: &str) -> bool {
        let mut accepts = self.accepts(target).iter();
        accepts.any(|glob| glob.matches(other.as_bytes()))
    }

    /// The people who hold any of these roles, by id.
    pub fn holders<'a>(&'a self, from: &'a [String]) -> impl Iterator<Item = &'a str> + 'a {
        self.people
            .iter()
            .filter(|(_, person)| person.roles.iter().any(|role| from.contains(role)))
            .map(|(id, _)| id.as_str())
    }

    /// The longest `max_age` of any rule: how long an approval may still be needed.
    pub fn longest_max_age(&self) -> SignedDuration {
        let ages = self.rules.iter().map(|rule| rule.demands.max_age);
        ages.chain([self.defaults.max_age])
            .max()
            .unwrap_or(SignedDuration::ZERO)
    }
}

/// `[scope]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Full ref names and globs; the first is a literal name, the default target.
    pub targets: Vec<Glob>,
    /// Which steps need a verdict.
    pub mode: Mode,
    /// People whose signed commits are exempt in `unless-human-signed`.
    pub exempt_humans: Vec<String>,
    /// Prefix of the queue's refs, without a slash at its end.
    pub refs: String,
    /// The notes ref.
    pub notes: String,
    /// AI markers beside the built-in ones.
    pub markers: Vec<String>,
}

/// `scope.mode`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Every step.
    All,
    /// Every step but those whose commits exempt people signed.
    UnlessHumanSigned,
    /// Only steps known to be AI-generated.
    Flagged,
}

/// `[people.<id>]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name of this person's keys in `allowed_signers`.
    pub principal: String,
    /// Addresses this person commits under.
    pub emails: Vec<String>,
    /// What this person may do.
    pub roles: Vec<String>,
    /// Where this person belongs.
    pub teams: Vec<String>,
}

/// `[agents.<id>]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// The name of the agent's key, where it has one.
    pub principal: Option<String>,
    /// Addresses it commits under.
    pub emails: Vec<String>,
    /// The person who runs it, by id; that person's approval of its work does not count.
    pub operator: Option<String>,
    /// How many of its changes may wait at once.
    pub max_open: Option<u64>,
}

/// `[automation.<id>]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Automation {
    /// The name of the key its commits are signed with.
    pub principal: String,
    /// For display.
    pub emails: Vec<String>,
    /// The only paths it may touch.
    pub paths: Vec<Glob>,
    /// The roles that may approve its work.
    pub from: Vec<String>,
}

/// `[roles.<r>]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    /// What a signature must prove for this role to count.
    pub user_presence: PresenceDemand,
}

/// `roles.<r>.user_presence`, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PresenceDemand {
    /// Nothing.
    Optional,
    /// A security key that was touched.
    Required,
    /// A security key that checked a PIN or a fingerprint.
    Verified,
}

/// `[[rule]]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Unique.
    pub name: String,
    /// Which runs it is for.
    pub matches: RuleMatch,
    /// What it asks.
    pub demands: Demands,
}

/// Which runs a rule is for; every condition that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleMatch {
    /// One of the run's paths, old or new, matches one of these.
    pub paths: Option<Vec<Glob>>,
    /// The run's level is this or above.
    pub risk: Option<Level>,
    /// An agent the run names is one of these.
    pub agents: Option<Vec<String>>,
    /// A model the run names is one of these globs.
    pub models: Option<Vec<Glob>>,
    /// The run's target is one of these.
    pub targets: Option<Vec<Glob>>,
}

/// `coverage`: how an approval may have reached the run. Each accepts those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Coverage {
    /// The approved base and head themselves.
    Exact,
    /// The approved trees.
    Tree,
    /// The approved content digest.
    Content,
    /// The approved change, cleanly merged.
    Merge,
}

/// `reject`: what a rejection denies beside its own head and content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectReach {
    /// Every approval of a later revision of the change too.
    Veto,
    /// Nothing more.
    Revision,
}

/// `unsigned_proposal`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsignedProposal {
    /// Makes no difference.
    Accept,
    /// One person more.
    Second,
}

/// `unknown_author`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownAuthor {
    /// Makes no difference.
    Accept,
    /// One person more.
    Second,
}

/// `unreviewable`: binaries, pointers, submodules and what is over the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreviewable {
    /// Their findings must be answered.
    Ack,
    /// They may not go.
    Deny,
}

/// An item of the checklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// Does it do what it says?
    Correctness,
    /// Is it safe against misuse?
    Security,
    /// Is it fast and frugal enough?
    Performance,
}

/// `[risk]`
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RiskTable {
    /// Paths that raise the level by one.
    pub critical: Vec<Glob>,
    /// Findings not to make.
    pub silence: Vec<Silence>,
    /// Content rules of the repository's own.
    pub rules: OwnRules,
}

/// An entry of `risk.silence`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// The risk rule's id.
    pub rule: String,
    /// Where.
    pub paths: Vec<Glob>,
    /// Why.
    pub reason: String,
}

/// `[target."<ref>"]`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetTable {
    /// Targets whose approvals carry here. A permission.
    pub accept_from: Vec<Glob>,
}

/// `[deployable.<name>]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployable {
    /// The paths that belong to it.
    pub paths: Vec<Glob>,
}

/// `[policy_change]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyChange {
    /// The roles that may.
    pub from: Vec<String>,
    /// How many.
    pub approvals: u64,
    /// How an approval may have reached the step.
    pub coverage: Coverage,
}

/// `[override]` and `[break_glass]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The roles that may.
    pub from: Vec<String>,
    /// How many.
    pub approvals: u64,
    /// How long it holds at most.
    pub max_validity: SignedDuration,
    /// By when an ordinary approval must follow.
    pub followup: SignedDuration,
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogTable {
    /// Whether the gate must remember the tips it has seen.
    pub pins: Pins,
    /// How old the newest checkpoint may be; none is `off`.
    pub checkpoint_max_age: Option<SignedDuration>,
    /// Payload digests that are taken out.
    pub ignore: Vec<Sha256>,
}

/// `log.pins`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pins {
    /// Used where they are.
    Optional,
    /// No answer without them.
    Required,
}
