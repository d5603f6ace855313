//! The order of the queue: what needs me first, then risk and age. The key is that of
//! `docs/risk.md`; a waiting hour raises it by one point, so that nothing starves.

use jiff::Timestamp;

use super::{Entry, State};

/// How the queue is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Order {
    /// Level, then the risk key raised by waiting time, then age, then id.
    #[default]
    Risk,
    /// Longest waiting first.
    Age,
}

/// Thousandths of a point that one hour of waiting adds to the risk key.
const POINTS_PER_HOUR: i64 = 1000;

/// Sorts entries in place. Total and stable: equal changes stand in the order of their ids.
pub fn sort(entries: &mut [Entry], order: Order, now: Timestamp) {
    entries.sort_by_cached_key(|entry| {
        let age = entry.age_seconds(now);
        let group = (settled(entry.state), !entry.needs_me);
        let risk = match order {
            Order::Risk => entry.risk.map_or((0, 0), |risk| {
                let level = risk.level as i64;
                (-level, -(risk.key + age / 3600 * POINTS_PER_HOUR))
            }),
            Order::Age => (0, 0),
        };
        (group, risk, -age, entry.id.clone())
    });
}

/// What waits stands before what is decided, and that before what is over.
const fn settled(state: State) -> u8 {
    match state {
        State::Pending | State::Stale | State::Moved | State::Invalid => 0,
        State::Rejected => 1,
        State::Approved => 2,
        State::Landed | State::Closed => 3,
    }
}
