//! The repository: the only place that names libgit2 or runs git.
//!
//! Objects are read raw: replace refs, grafts, attributes and textconv have no say here, and
//! bytes that do not match their id are an error. The network is the `git` program's.

mod annotation;
mod bases;
mod blame;
mod child;
mod config;
mod content;
mod diff;
mod durable;
mod error;
mod explained;
mod hazards;
mod history;
mod interdiff;
mod loose;
mod merge;
mod notes;
mod notes_kept;
mod notes_tree;
mod notes_write;
mod objects;
mod parse;
mod probe;
mod rebased;
mod refs;
mod remedy;
mod remote;
mod renames;
mod salvage;
mod store;
mod tracking;
mod tree;
mod walk;
mod watch;
mod worktree;
mod write;

pub use blame::Blame;
pub use child::{reading, scrub};
pub use diff::DiffOptions;
pub use error::GitError;
pub use hazards::{Hazard, PathHazard, hazards_in_words};
pub use history::PathEdit;
pub use notes::{IgnoredNote, NoteLine, NotesHistory, RemovedNote};
pub use notes_kept::NotesShelf;
pub use notes_write::{AppendOutcome, UnionOutcome};
pub use objects::Tag;
pub use probe::{Offers, version};
pub use rebased::Ends;
pub use refs::{BrokenRef, RefEntry, RefListing};
pub use remote::{FailedRef, FetchOutcome, LeasedUpdate, PushResult};
pub use store::Store;
pub use tracking::{FetchRecord, FetchReport, PushReport, TrackedNames, without_password};
pub use tree::{DirEntry, EMPTY_TREE, Leaf, TreeChange};
pub use watch::{Say, Watch};
pub use worktree::{Worktree, WorktreeState};
pub use write::{NewCommit, NewTag, TreeValue};

/// What everything in this module answers.
pub type Result<T> = std::result::Result<T, GitError>;
