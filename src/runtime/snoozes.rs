//! What is put off, between the journal's lines and the screen; and when tomorrow begins here.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::change::ChangeId;
use crate::journal::{JournalError, Snoozes};
use crate::queue::{Snooze, Until};

/// The hour of the morning at which tomorrow begins.
const MORNING: i8 = 6;
/// A morning that is nearer than this is not the one that is meant.
const NIGHT: SignedDuration = SignedDuration::from_hours(4);

/// What is put off, by change.
pub(super) type Snoozed = BTreeMap<ChangeId, Snooze>;

/// What is put off.
pub(super) fn read(file: &Snoozes) -> Result<Snoozed, JournalError> {
    let kept = file.load()?.into_iter();
    let all = kept.map(|(id, (revision, until))| (id, Snooze { revision, until }));
    Ok(all.collect())
}

/// Puts a change off, or brings it back; everything that is put off then. What is over is dropped.
pub(super) fn put(
    file: &Snoozes,
    id: &ChangeId,
    off: Option<(u32, Until)>,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Snoozed, JournalError> {
    let mut kept = file.load()?;
    kept.retain(|_, (_, until)| until.is_none_or(|until| until > now));
    match off {
        None => {
            kept.remove(id);
        }
        Some((revision, until)) => {
            let until = match until {
                Until::Revision => None,
                Until::Hour => Some(now + SignedDuration::from_hours(1)),
                Until::Tomorrow => Some(morning(now, zone)),
            };
            kept.insert(id.clone(), (revision, until));
        }
    }
    file.store(&kept)?;
    read(file)
}

/// The next morning that is some hours away.
fn morning(now: Timestamp, zone: &TimeZone) -> Timestamp {
    let today = now.to_zoned(zone.clone()).date();
    let mornings = [Ok(today), today.tomorrow()].into_iter().flatten();
    let mut mornings = mornings.filter_map(|day| {
        let morning = day.at(MORNING, 0, 0, 0).to_zoned(zone.clone()).ok()?;
        Some(morning.timestamp())
    });
    let next = mornings.find(|morning| *morning >= now + NIGHT);
    next.unwrap_or(now + SignedDuration::from_hours(24))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::journal::Journal;

    #[test]
    fn tomorrow_begins_in_the_morning_of_this_place() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let morning = |now: &str| morning(now.parse().unwrap(), &zone).to_string();
        assert_eq!(morning("2026-03-01T12:00:00Z"), "2026-03-02T04:00:00Z");
        // 01:30 at night: the morning that is coming; 05:00: the one after it.
        assert_eq!(morning("2026-03-01T23:30:00Z"), "2026-03-02T04:00:00Z");
        assert_eq!(morning("2026-03-02T03:00:00Z"), "2026-03-03T04:00:00Z");
    }

    #[test]
    fn what_is_put_off_is_kept_and_what_is_over_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let file = Journal::of(dir.path()).snoozes();
        let id = |text: &str| text.parse::<ChangeId>().unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        let put = |name: &str, off, now| super::put(&file, &id(name), off, at(now), &TimeZone::UTC);
        put("fix-it", Some((2, Until::Hour)), 0).unwrap();
        let all = put("log-it", Some((1, Until::Revision)), 10).unwrap();
        let hour = Snooze {
            revision: 2,
            until: Some(at(3600)),
        };
        assert_eq!(all.get(&id("fix-it")), Some(&hour));
        assert_eq!(read(&file).unwrap(), all);
        let all = put("log-it", None, 3600).unwrap();
        assert!(all.is_empty());
    }
}
