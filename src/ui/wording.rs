//! Short forms: ages, times, levels, names cut to fit.

use jiff::Timestamp;

use super::theme::Role;
use crate::risk::Level;

/// An age in two or three characters: `40m`, `5h`, `2d`.
pub(super) fn age(seconds: i64) -> String {
    match seconds {
        ..60 => "now".to_owned(),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..172_800 => format!("{}h", seconds / 3_600),
        172_800..8_640_000 => format!("{}d", seconds / 86_400),
        _ => format!("{}w", seconds / 604_800),
    }
}

/// How long ago, in words: `12 s ago`.
pub(super) fn ago(then: Timestamp, now: Timestamp) -> String {
    let seconds = (now.as_second() - then.as_second()).max(0);
    match seconds {
        ..10 => "just now".to_owned(),
        10..60 => format!("{} s ago", seconds / 10 * 10),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

/// A time span in words: `6 min 12 s`.
pub(super) fn span(seconds: u64) -> String {
    if seconds < 60 {
        return format!("{seconds} s");
    }
    format!("{} min {} s", seconds / 60, seconds % 60)
}

/// The four letters of a level, and its look.
pub(super) fn level(level: Option<Level>) -> (&'static str, Role) {
    match level {
        Some(Level::Critical) => ("CRIT", Role::Critical),
        Some(Level::High) => ("HIGH", Role::High),
        Some(Level::Medium) => ("MED ", Role::Ask),
        Some(Level::Low) => ("low ", Role::Dim),
        None => ("?   ", Role::Ask),
    }
}

/// The part of a person's principal before the `@`.
pub(super) fn short_name(principal: &str) -> &str {
    principal.split('@').next().unwrap_or(principal)
}

/// A key's fingerprint as far as one compares it: `9fQ2…xK`.
pub(super) fn short_key(fingerprint: &str) -> String {
    let text = fingerprint.strip_prefix("SHA256:").unwrap_or(fingerprint);
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= 8 {
        return text.to_owned();
    }
    let head: String = chars[..4].iter().collect();
    let tail: String = chars[chars.len() - 2..].iter().collect();
    format!("{head}…{tail}")
}

/// What is said while a key of this type signs: one on a token waits for a finger.
pub(super) fn signing(key_type: &str) -> &'static str {
    if key_type.starts_with("sk-") {
        "signing … touch your key"
    } else {
        "signing …"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms() {
        assert_eq!(
            [30, 2_400, 18_000, 200_000].map(age),
            ["now", "40m", "5h", "2d"]
        );
        assert_eq!(short_key("SHA256:9fQ2vJc0abcmT8xK"), "9fQ2…xK");
        assert_eq!(span(372), "6 min 12 s");
    }
}
