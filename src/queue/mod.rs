//! The changes that wait: an entry a change, their order, and the filter language.

mod entry;
mod filter;
mod order;

pub use entry::{Author, Check, CheckState, Claim, Entry, Given, Need, RiskSummary, State};
pub use filter::{Filter, FilterError};
pub use order::{Order, sort};
