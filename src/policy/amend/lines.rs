//! Lines of `allowed_signers` and `revoked_keys`: added, taken out, given an end. All others stay byte
//! for byte.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::{AllowedKey, GIT_NAMESPACE, VERDICT_NAMESPACE};
use super::PublicKey;

/// The line of a key: for what the key it follows might sign, else for statements and git's own.
pub(super) fn new(principal: &str, like: Option<&AllowedKey>, key: &PublicKey) -> String {
    let both = || vec![GIT_NAMESPACE.to_owned(), VERDICT_NAMESPACE.to_owned()];
    let names = like.map_or_else(|| Some(both()), |like| like.namespaces.clone());
    match names {
        Some(names) => {
            let names = names.join(",");
            format!("{principal} namespaces=\"{names}\" {}", key.text)
        }
        None => format!("{principal} {}", key.text),
    }
}

/// The line of a revoked key.
pub(super) fn revoked(fingerprint: &str, now: Timestamp, reason: &str) -> String {
    let since = now.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string();
    format!("{fingerprint} {since} {reason}")
        .trim_end()
        .to_owned()
}

/// `YYYYMMDDHHMMSSZ`.
pub(super) fn time(time: Timestamp) -> String {
    let utc = time.to_zoned(TimeZone::UTC);
    utc.strftime("%Y%m%d%H%M%SZ").to_string()
}

/// A line at the end of a file.
pub(super) fn append(file: &mut Vec<u8>, line: &str) {
    if file.last().is_some_and(|last| *last != b'\n') {
        file.push(b'\n');
    }
    file.extend_from_slice(line.as_bytes());
    file.push(b'\n');
}

/// A line behind line `after`, counted from 1.
pub(super) fn insert(file: &mut Vec<u8>, after: usize, line: &str) {
    let mut breaks = file
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .map(|(at, _)| at);
    match breaks.nth(after.saturating_sub(1)) {
        Some(at) => {
            let text = format!("{line}\n");
            drop(file.splice(at + 1..at + 1, text.into_bytes()));
        }
        None => append(file, line),
    }
}

/// Without these lines, counted from 1.
pub(super) fn remove(file: &mut Vec<u8>, gone: &[usize]) {
    let kept = file.split_inclusive(|byte| *byte == b'\n').enumerate();
    let kept = kept.filter(|(index, _)| !gone.contains(&(index + 1)));
    *file = kept.flat_map(|(_, line)| line).copied().collect();
}

/// The line of a key with this end, in place of the one it has.
pub(super) fn end_at(file: &mut Vec<u8>, key: &AllowedKey, until: &str) {
    let mut lines: Vec<Vec<u8>> = file
        .split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    if let Some(line) = lines.get_mut(key.line.saturating_sub(1)) {
        let text = String::from_utf8_lossy(line);
        *line = ended(&text, key, until).into_bytes();
    }
    *file = lines.concat();
}

/// A line that the strict reader has read: its options, if any, stand between two blanks, and no value
/// of one holds a quote.
fn ended(line: &str, key: &AllowedKey, until: &str) -> String {
    const OPTION: &str = "valid-before=\"";
    let blank = [' ', '\t'];
    let start = line.len() - line.trim_start_matches(blank).len();
    let principal_ends = line[start..]
        .find(blank)
        .map_or(line.len(), |at| start + at);
    let (principal, rest) = line.split_at(principal_ends);
    let options = rest.trim_start_matches(blank);
    let blanks = &rest[..rest.len() - options.len()];
    if key.valid_before.is_some()
        && let Some((before, after)) = options.split_once(OPTION)
        && let Some((_, after)) = after.split_once('"')
    {
        return format!("{principal}{blanks}{before}{OPTION}{until}\"{after}");
    }
    let bare = key.namespaces.is_none() && key.valid_after.is_none() && key.valid_before.is_none();
    let link = if bare { " " } else { "," };
    format!("{principal}{blanks}{OPTION}{until}\"{link}{options}")
}
