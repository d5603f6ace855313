//! The reviewer's use-cases: sync, open, decide, publish, propose.

mod between;
mod checkout;
mod claim;
mod decide;
mod draft;
mod entry;
mod error;
mod gist;
mod history;
mod landed;
mod me;
mod opened;
mod owners;
mod propose;
mod publish;
mod queue;
mod revisions;
mod scanned;
mod session;
mod sync;
mod unsigned;

pub use checkout::{CheckedOut, Checkouts, PutAway, Which};
pub use claim::{CLAIM_LASTS, Claimed, claim, release};
pub use decide::{Prepared, Recorded, counts, prepare, record, record_with, undo, would_not};
pub use draft::{Draft, acknowledged};
pub use error::ReviewError;
pub use gist::{Gist, GistCache};
pub use history::HistoryCache;
pub use me::{Me, signer};
pub use opened::{Fresh, LogEntry, Look, Opened, Said, SaidStanding};
pub use propose::{Proposal, Proposed, propose};
pub use publish::{Published, publish, publish_some};
pub use queue::{Desk, Queue, assess_ahead, load};
pub use revisions::{Resolver, Unresolved};
pub use session::{DefaultPolicy, HISTORY_EFFORT, NOTES, REFS, Session, full_ref};
pub use sync::{Fetched, Synced, fetch, sync};
