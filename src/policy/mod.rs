//! The rules in force: who may approve what, whose key is whose, and whether enough have.
//!
//! Reading order: [`Policy`] is what the three files below `.countersign/` say, `parse` and
//! `validate` report every mistake in them at once, and the later modules decide what stands and
//! whether it is enough. Nothing here reads a file, a clock or a repository.

mod advise;
mod amend;
mod candidates;
mod cast;
mod compare;
mod count;
mod demands;
mod document;
mod durations;
mod evaluate;
mod explain;
mod facts;
mod files;
mod floor;
mod glass;
mod globs;
mod identity;
mod lift;
mod mistake;
mod model;
mod outcome;
mod parse;
mod quorum;
mod reason;
mod rejection;
mod revoked;
mod rules;
mod scope;
mod signers;
mod standing;
mod unsupported;
mod upkeep;
mod validate;
mod words;

pub use advise::{
    advised, applies_to, not_canonical, unreadable, would_break_glass, would_count, would_lift,
};
pub use amend::{Amended, Amendment, BadKey, NewPerson, PublicKey, Refused, Revocation, Rotation};
pub use cast::{Cast, Heard, Unreadable};
pub use compare::{Leaning, Shift, compare};
pub use demands::Demands;
pub use evaluate::evaluate;
pub use explain::{Able, About, Because, Holds, Weighed, able, is_policy_change, weigh};
pub use facts::{
    CastFor, Circumstances, Cover, Enforces, Made, Proposal, Relation, Restored, RevisionFacts,
    RunFacts, Way, When,
};
pub use files::{PolicyFiles, digest};
pub use floor::Floor;
pub use glass::{Broken, Glass, Owed, is_reviewed, owed};
pub use globs::{BadGlob, Glob};
pub use lift::{Lift, Lifted};
pub use mistake::{Invalid, Mistake};
pub use model::{
    Agent, Automation, Coverage, Deployable, Exception, Item, LogTable, Mode, Person, Pins, Policy,
    PolicyChange, PresenceDemand, RejectReach, RiskTable, Role, Rule, RuleMatch, Scope, Silence,
    TargetTable, UnknownAuthor, Unreviewable, UnsignedProposal,
};
pub use outcome::{Counted, Decision, Need, Outcome, RuleOutcome};
pub use parse::keys;
pub use quorum::Shortage;
pub use reason::{Class, Reason, ReasonId};
pub use rejection::Objection;
pub use revoked::Revoked;
pub use scope::{Applies, applies};
pub use signers::{AllowedKey, Holder, KeyType, Signers};
pub use standing::{Standing, Vote};
pub use upkeep::{Hand, Point, Rewrite};

/// The newest `schema` this program knows. A gate that meets a higher one answers 3.
pub const SCHEMA: u64 = 1;

/// The directory of the policy files.
pub const DIRECTORY: &str = ".countersign";
/// The rules.
pub const POLICY_TOML: &str = ".countersign/policy.toml";
/// Whose key is whose.
pub const ALLOWED_SIGNERS: &str = ".countersign/allowed_signers";
/// Keys that count no longer.
pub const REVOKED_KEYS: &str = ".countersign/revoked_keys";
/// The signature namespace of every statement.
pub const VERDICT_NAMESPACE: &str = "verdict.v1@countersign.dev";
/// The signature namespace of signed commits and tags.
pub const GIT_NAMESPACE: &str = "git";
