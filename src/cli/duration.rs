//! Durations as people type them: `30s`, `20m`, `2h`, `1d`.

use jiff::SignedDuration;

use super::Failure;

/// No flag takes more than a month.
const LONGEST: i64 = 31 * 86_400;

/// The value of a flag, at least `least` seconds.
pub(super) fn duration(flag: &str, text: &str, least: i64) -> Result<SignedDuration, Failure> {
    let wrong = || {
        Failure::usage(format!(
            "{flag} {text:?}: such as 30m, 2h or 1d, at most 31d"
        ))
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
    let fits = seconds.filter(|all| (least..=LONGEST).contains(all));
    fits.map(SignedDuration::from_secs).ok_or_else(wrong)
}
