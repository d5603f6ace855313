//! Foreign bytes as text: for people to read, and for one-line messages on stderr.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Bytes as text without loss of sight: valid UTF-8 as it is, each other byte as `‹FF›`. (The
/// usual replacement character would hide which byte stood there.) Control characters stay; the
/// renderer makes those visible.
pub fn readable(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "‹{byte:02X}›");
        }
    }
    Cow::Owned(out)
}

/// Text for one line of an error or a report: printable ASCII as it is, everything else, line
/// breaks and escapes included, as `\u{…}`; so nothing foreign can steer a terminal or a log.
pub fn escape_ascii(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if (' '..='~').contains(&c) {
            out.push(c);
        } else {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_bytes_are_named_and_valid_text_is_untouched() {
        assert_eq!(readable("grün".as_bytes()), "grün");
        assert_eq!(readable(b"a\xff\xc3b"), "a‹FF›‹C3›b");
    }

    #[test]
    fn nothing_but_printable_ascii_leaves_an_escape() {
        assert_eq!(escape_ascii("plain text"), "plain text");
        assert_eq!(escape_ascii("a\u{1b}[2J\nü"), "a\\u{1b}[2J\\u{a}\\u{fc}");
    }
}
