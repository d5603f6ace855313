//! What the repository can show for a change, gathered once for reviewers and gate alike: the
//! policy at a commit, every verified statement of the notes, and the facts of a span of commits.
//!
//! It joins `git` with the pure rules above it and decides nothing itself.

mod authorship;
mod history;
mod lineage;
mod origins;
mod people;
mod proposals;
mod records;
mod refs;
mod span;
mod statements;
mod trace;
mod trees;
mod trust;

pub use history::{
    Ask, FORMAT as HISTORY_FORMAT, Histories, HistoryTrail, NoShelf, Shelf, stats_from_bytes,
    stats_to_bytes,
};
pub use lineage::{Lineage, Restoring, Step as LineageStep};
pub use origins::Origins;
pub use people::made;
pub use proposals::{Proposals, Proposed};
pub use records::Records;
pub use refs::{FoundRef, IgnoredRef, QueueRefs};
pub use span::Span;
pub use statements::{IgnoredLine, Statements};
pub use trust::{Trusted, Untrusted, policy_at};
