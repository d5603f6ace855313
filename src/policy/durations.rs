//! Durations as the policy writes them: a whole number and `m`, `h` or `d`.

use jiff::SignedDuration;

/// Reads `[1-9][0-9]*(m|h|d)`: minutes, hours or days of 24 hours. At most 100 years, so that
/// adding one to a time cannot overflow.
pub(super) fn parse(text: &str) -> Option<SignedDuration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds_each = match unit {
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let plain = number.bytes().all(|b| b.is_ascii_digit()) && !number.starts_with('0');
    let count: i64 = plain.then(|| number.parse().ok())??;
    let seconds = count.checked_mul(seconds_each)?;
    (seconds <= 100 * 366 * 86_400).then(|| SignedDuration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_number_and_a_unit_and_nothing_else() {
        for (text, seconds) in [("1m", 60), ("4h", 14_400), ("30d", 2_592_000)] {
            assert_eq!(parse(text).unwrap().as_secs(), seconds, "{text}");
        }
        for bad in [
            "",
            "m",
            "0d",
            "01d",
            "+1d",
            "1",
            "1s",
            "1w",
            "1.5h",
            " 1h",
            "1h ",
            "1 h",
            "-1d",
            "1D",
            "99999999999999999999d",
            "40000d",
            "1é",
            "é",
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
