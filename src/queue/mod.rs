//! The changes that wait: an entry a change, whom it asks, their order, and the filter language.

mod entry;
mod filter;
mod home;
mod order;
mod owners;
mod pattern;
mod routing;
mod snooze;
mod stack;

#[cfg(all(test, feature = "tui"))]
pub(crate) use entry::tests::entry as entry_of_tests;
pub use entry::{Author, Check, CheckState, Claim, Entry, Given, Need, RiskSummary, State};
pub use filter::{Filter, FilterError};
pub use home::{ChangeName, Home, RevisionName, short_names};
pub use order::{By, Order, Place, sort, sort_by};
pub use owners::{MAX_OWNERS, Owner, Owners, PLACES};
pub use routing::{Asked, Route, persons_of};
pub use snooze::{Snooze, Until};
pub use stack::{Stacked, stack};

#[cfg(unix)]
fn as_os_path(bytes: &[u8]) -> &std::path::Path {
    use std::os::unix::ffi::OsStrExt as _;
    std::path::Path::new(std::ffi::OsStr::from_bytes(bytes))
}
