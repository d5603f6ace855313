//! Durations as people type them: `30s`, `20m`, `2h`, `1d`.

use jiff::SignedDuration;

use super::Failure;

/// The longest that a program waits or a person claims something, in days.
const LONGEST: i64 = 31;
/// The farthest that a look back goes, in days.
const FARTHEST: i64 = 3_660;

/// The value of a flag for a time to come, at least `least` seconds and at most a month.
pub(super) fn duration(flag: &str, text: &str, least: i64) -> Result<SignedDuration, Failure> {
    read(flag, text, least, LONGEST)
}

/// The value of a flag for a look back: at least a minute and at most ten years.
pub(super) fn look_back(flag: &str, text: &str) -> Result<SignedDuration, Failure> {
    read(flag, text, 60, FARTHEST)
}

fn read(flag: &str, text: &str, least: i64, days: i64) -> Result<SignedDuration, Failure> {
    let wrong = || {
        Failure::usage(format!("{flag} {text:?} is no time"))
            .hint(format!("such as 30m, 2h or 1d, at most {days}d"))
    };
    let each = match text.as_bytes().last() {
        Some(b's') => 1,
        Some(b'm') => 60,
        Some(b'h') => 3_600,
        Some(b'd') => 86_400,
        _ => return Err(wrong()),
    };
    let number: i64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    let seconds = number.checked_mul(each);
    let fits = seconds.filter(|all| (least..=days * 86_400).contains(all));
    fits.map(SignedDuration::from_secs).ok_or_else(wrong)
}
