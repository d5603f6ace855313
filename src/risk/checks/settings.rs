//! Named numbers: what a line sets, to how much, in which unit.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// A number with a name, as in `timeout = 30s`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// The name, in lower case without separators.
    pub(super) name: String,
    /// The value in thousandths of the base unit (seconds, bytes, one); none where it is no number.
    pub(super) value: Option<u128>,
    /// The number with its unit, as a person would say it; empty where there is none.
    pub(super) said: String,
}

static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?-u)([A-Za-z_][\w.-]*)(?:['"]\s*,|['"]?\s*(?::\s*[A-Za-z_][\w:<>]*\s*=|:=|\?=|=>|[:=(]|\s))|\b([A-Z][A-Z0-9_]{5,})\s*,"#)
        .ok()
});
static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?-u)\b(\d[\d_]*)(?:\.(\d+))?\s*(%|[A-Za-z]+)?((?:\s*\*\s*\d[\d_]*)*)").ok()
});

/// The settings of a line whose names a test accepts.
pub(super) fn settings(line: &[u8], accepts: impl Fn(&str) -> bool) -> Vec<Setting> {
    let Some(names) = NAME.as_ref() else {
        return Vec::new();
    };
    let named: Vec<(String, usize, usize)> = names
        .captures_iter(line)
        .filter_map(|found| {
            let word = found.get(1).or_else(|| found.get(2))?;
            let end = found.get(0)?.end();
            Some((plain(word.as_bytes()), word.start(), end))
        })
        .collect();
    let mut settings = Vec::new();
    for (index, (name, _, end)) in named.iter().enumerate() {
        if !accepts(name) {
            continue;
        }
        // The value ends where the next name that matters begins.
        let next = named[index + 1..].iter().find(|(next, ..)| accepts(next));
        let until = next.map_or(line.len(), |(_, start, _)| *start);
        let text = &line[*end..until.max(*end)];
        settings.push(Setting {
            name: name.clone(),
            value: quantity(text, name),
            said: said(text).unwrap_or_default(),
        });
    }
    settings
}

/// The first number of some text with its unit, which may stand beside it: `10 * time.Second` is 10 s.
fn said(text: &[u8]) -> Option<String> {
    let found = NUMBER.as_ref()?.captures(text)?;
    let number = found.get(0)?;
    let mut said = String::from_utf8_lossy(number.as_bytes().trim_ascii()).into_owned();
    said.truncate(said.floor_char_boundary(SAID));
    let factor = match found.get(3) {
        Some(_) => None,
        None => constructor_factor(text),
    };
    said.push_str(match factor {
        Some((1, 1_000_000)) => " µs",
        Some((1, 1000)) => " ms",
        Some((1, 1)) => " s",
        Some((60, 1)) => " min",
        Some((3600, 1)) => " h",
        Some((86_400, 1)) => " d",
        _ => "",
    });
    Some(said)
}

/// So many bytes of a number are said.
const SAID: usize = 24;

/// A name in lower case, without separators and quotes.
fn plain(name: &[u8]) -> String {
    let kept = name.iter().filter(|b| b.is_ascii_alphanumeric());
    kept.map(|b| char::from(b.to_ascii_lowercase())).collect()
}

/// The first number of some text, in thousandths of the base unit.
pub(super) fn quantity(text: &[u8], name: &str) -> Option<u128> {
    let found = NUMBER.as_ref()?.captures(text)?;
    let whole = digits(found.get(1)?.as_bytes())?;
    let fraction = found.get(2).map_or(0, |digits| {
        let padded: Vec<u8> = digits
            .as_bytes()
            .iter()
            .copied()
            .chain([b'0'; 3])
            .take(3)
            .collect();
        self::digits(&padded).unwrap_or(0)
    });
    let factors = found.get(4).map_or(&b""[..], |factors| factors.as_bytes());
    let times = factors
        .split(|b| *b == b'*')
        .filter_map(|factor| digits(factor.trim_ascii()).filter(|_| !factor.is_empty()))
        .try_fold(1_u128, |all, factor| all.checked_mul(factor))?;
    let suffix = found.get(3).map_or(&b""[..], |unit| unit.as_bytes());
    let factor = unit_factor(suffix)
        .or_else(|| constructor_factor(text))
        .or_else(|| name_factor(name))
        .unwrap_or((1, 1));
    let value = whole
        .checked_mul(1000)?
        .checked_add(fraction)?
        .checked_mul(times)?;
    Some(value.checked_mul(factor.0)? / factor.1)
}

fn digits(bytes: &[u8]) -> Option<u128> {
    let digits = bytes.iter().filter(|b| **b != b'_');
    digits.take(25).try_fold(0_u128, |value, digit| {
        value
            .checked_mul(10)?
            .checked_add(u128::from(digit.checked_sub(b'0')?))
    })
}

type Factor = (u128, u128);

fn unit_factor(unit: &[u8]) -> Option<Factor> {
    let factor = match unit.to_ascii_lowercase().as_slice() {
        b"ms" | b"millis" => (1, 1000),
        b"us" => (1, 1_000_000),
        b"s" | b"sec" | b"secs" | b"seconds" => (1, 1),
        b"min" | b"mins" | b"minutes" => (60, 1),
        b"m" if unit == b"m" => (60, 1),
        b"h" | b"hours" => (3600, 1),
        b"d" | b"days" => (86_400, 1),
        b"k" | b"kb" | b"ki" | b"kib" => (1 << 10, 1),
        b"m" | b"mb" | b"mi" | b"mib" => (1 << 20, 1),
        b"g" | b"gb" | b"gi" | b"gib" => (1 << 30, 1),
        _ => return None,
    };
    Some(factor)
}

/// The unit that a constructor or a constant names: `from_secs(3)`, `10 * time.Second`.
fn constructor_factor(text: &[u8]) -> Option<Factor> {
    static UNIT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?i-u)(milli|micro|nano)?(sec(ond)?s?|minutes?|hours?|days?|_ms\b|millis\b|from_secs)",
        )
        .ok()
    });
    let found = UNIT.as_ref()?.captures(text)?;
    let prefix = found.get(1).map(|m| m.as_bytes().to_ascii_lowercase());
    let unit = found.get(2)?.as_bytes().to_ascii_lowercase();
    Some(match (prefix.as_deref(), unit.first()?) {
        (Some(b"milli"), _) | (None, b'_') => (1, 1000),
        (Some(b"micro"), _) => (1, 1_000_000),
        (Some(b"nano"), _) => (1, 1_000_000_000),
        (_, b's' | b'f') => (1, 1),
        (_, b'm') if unit.starts_with(b"millis") => (1, 1000),
        (_, b'm') => (60, 1),
        (_, b'h') => (3600, 1),
        _ => (86_400, 1),
    })
}

fn name_factor(name: &str) -> Option<Factor> {
    let millis = name.ends_with("ms") || name.ends_with("millis") || name.ends_with("milliseconds");
    millis.then_some((1, 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(line: &str) -> Vec<(String, Option<u128>)> {
        let timeouts = |name: &str| name.contains("timeout") || name.contains("ttl");
        settings(line.as_bytes(), timeouts)
            .into_iter()
            .map(|setting| (setting.name, setting.value))
            .collect()
    }

    #[test]
    fn values_come_in_one_unit_whatever_the_notation() {
        for (line, value) in [
            ("idle_timeout = 60", 60_000),
            ("connectTimeout: 2s", 2_000),
            ("Timeout: 10 * time.Second,", 10_000),
            ("Timeout: 1 * time.Minute,", 60_000),
            ("let timeout = Duration::from_millis(1_500);", 1_500),
            ("timeout_ms = 250", 250),
            ("proxy_read_timeout 5m;", 300_000),
            ("const TIMEOUT: Duration = Duration::from_secs(2);", 2_000),
            ("get(url, timeout=0.5)", 500),
            ("ttl = 60 * 60", 3_600_000),
            ("ttl = 30 * 24 * 3600", 2_592_000_000),
        ] {
            let found = one(line);
            assert_eq!(found.len(), 1, "{line} {found:?}");
            assert_eq!(found[0].1, Some(value), "{line}");
        }
    }

    #[test]
    fn a_value_is_said_with_its_unit() {
        for (line, value) in [
            ("idle_timeout = 60", "60"),
            ("connectTimeout: 2s", "2s"),
            ("Timeout: 10 * time.Second,", "10 s"),
            ("let timeout = Duration::from_millis(1_500);", "1_500 ms"),
            ("ttl = 60 * 60", "60 * 60"),
            ("timeout: $TIMEOUT", ""),
        ] {
            let accepts = |name: &str| name.contains("timeout") || name.contains("ttl");
            let found = settings(line.as_bytes(), accepts);
            assert_eq!(found[0].said, value, "{line}");
        }
    }

    #[test]
    fn a_setting_without_a_number_is_a_setting() {
        assert_eq!(one("timeout: $TIMEOUT"), [("timeout".to_owned(), None)]);
        assert_eq!(one("timeouts are bad"), [("timeouts".to_owned(), None)]);
        assert_eq!(one("host = 3"), []);
        assert_eq!(
            one("timeout = 99999999999999999999999999999999999999999999"),
            one("timeout = 9999999999999999999999999")
        );
    }
}
