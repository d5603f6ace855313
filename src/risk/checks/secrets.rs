//! Secrets in plain text: by their form, or by a name and a value too random to be a word.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Change, Report};
use crate::diff::LineKind;
use crate::risk::Points;
use crate::risk::kind::Kind;
use crate::risk::source::{SourceLine, cut};

/// A value of at least this much entropy, in thousandths of a bit a character, is no word.
const RANDOM: i64 = 3_300;

/// What is a secret by its form alone.
static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?-u)-----BEGIN ([A-Z]+ )*PRIVATE KEY",
        r"|\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_\w{40}",
        r"|\bxox[abprs]-[A-Za-z0-9-]{20}|\bsk_live_[A-Za-z0-9]{20}|\bAIza[\w-]{35}",
        r"|\bglpat-[\w-]{20}|\bnpm_[A-Za-z0-9]{36}|\bsk-ant-[\w-]{24}",
        r"|\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{20}|\bSG\.[\w-]{20,}\.[\w-]{30}",
    ))
    .ok()
});
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?-u)\b[a-z][a-z0-9+]*://[^\s:/@"'<>]+:([^\s@/"'<>]{6,})@([\w.-]+)"#).ok()
});
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?i-u)([\w.-]*(?:password|passwd|passphrase|secret|token|api_?-?key|access_?key"#,
        r#"|private_?key|auth_?key|credential|client_?key|signing_?key)[\w-]*)(?:\[\w*\])?['"]?\]?"#,
        r#"\s*(?::\s*&?[\w<>]+\s*=|:=|=>|[:=,(])\s*(b?['"`]?)([A-Za-z0-9+/_=.~!@#%^*-]{8,})(['"`]?)"#,
    ))
    .ok()
});
static TAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i-u)example|sample|placeholder|change_?-?me|your|dummy|fake|test|todo|redacted",
        r"|xxxx|\*\*\*\*|0123456789|abcdef|insert|replace|none|null|undefined|^(password|secret)\w{0,3}$",
        r"|secrets?\.|env\.|process\.|config\.|getenv|self\.|this\.|vault|::|\.(get|yaml|json|pem|key)",
    ))
    .ok()
});

/// Reports secrets in added lines.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("sec.secret-literal") else {
        return;
    };
    for (file, source) in change.sources.iter().enumerate() {
        if source.kinds.any(&[Kind::Lock, Kind::Generated, Kind::Test]) {
            continue;
        }
        let written = !source.kinds.has(Kind::Code);
        let named = !source.kinds.has(Kind::Docs);
        for line in source.changed().filter(|line| is_new(line)) {
            let text = cut(line.raw);
            let found = form(text)
                .or_else(|| address(text))
                .or_else(|| named.then(|| self::named(text, written)).flatten());
            if found.is_some() {
                report.line(rule, (file, source), line, found, None);
            }
        }
    }
}

fn is_new(line: &SourceLine<'_>) -> bool {
    line.kind == LineKind::Added && !line.moved && !line.in_test
}

type Columns = (usize, usize);

fn form(text: &[u8]) -> Option<Columns> {
    let found = FORM.as_ref()?.find(text)?;
    // The well-known example key of a cloud's documentation.
    let example = found.as_bytes().ends_with(b"EXAMPLE");
    (!example).then(|| (found.start(), found.end()))
}

fn address(text: &[u8]) -> Option<Columns> {
    let found = ADDRESS.as_ref()?.captures(text)?;
    let (password, host) = (found.get(1)?, found.get(2)?);
    let variable = password
        .as_bytes()
        .iter()
        .any(|b| matches!(b, b'$' | b'{' | b'%' | b'*'));
    let local = matches!(
        host.as_bytes(),
        b"localhost" | b"127.0.0.1" | b"db" | b"postgres"
    ) || host.as_bytes().starts_with(b"example");
    (!variable && !local && !is_tame(password.as_bytes()))
        .then(|| (password.start(), password.end()))
}

/// A value given to a name of a secret. In code the value is a string; in configuration it may
/// stand without quotes.
fn named(text: &[u8], written: bool) -> Option<Columns> {
    let found = NAMED.as_ref()?.captures(text)?;
    let name = found.get(1)?.as_bytes().to_ascii_lowercase();
    let quoted = !found.get(2)?.is_empty() && !found.get(4)?.is_empty();
    let value = found.get(3)?;
    let word = value.as_bytes();
    if !(quoted || written && found.get(2)?.is_empty()) || is_about(&name) || is_tame(word) {
        return None;
    }
    let password = name.windows(4).any(|part| part == b"pass");
    let mixed = word.iter().any(u8::is_ascii_digit) && word.iter().any(u8::is_ascii_alphabetic);
    let random = word.len() >= 16 && entropy(word) >= RANDOM;
    (mixed && (random || password)).then(|| (value.start(), value.end()))
}

/// Names that speak of a secret and hold none.
fn is_about(name: &[u8]) -> bool {
    const ENDS: &[&[u8]] = &[
        b"name", b"id", b"url", b"uri", b"path", b"file", b"type", b"kind", b"count", b"length",
        b"size", b"field", b"header", b"hash", b"ref", b"arn", b"policy", b"limit", b"prefix",
    ];
    ENDS.iter().any(|end| name.ends_with(end)) || name.windows(6).any(|part| part == b"public")
}

fn is_tame(value: &[u8]) -> bool {
    TAME.as_ref().is_none_or(|tame| tame.is_match(value))
}

/// Shannon entropy in thousandths of a bit a character, in integers.
fn entropy(value: &[u8]) -> i64 {
    let mut counts = [0_u64; 256];
    for byte in value {
        counts[usize::from(*byte)] += 1;
    }
    let bits = |n: u64| Points::log2(1000, n).as_milli();
    let repeated: i64 = counts.iter().map(|n| *n as i64 * bits(*n)).sum();
    bits(value.len() as u64) - repeated / (value.len() as i64).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_is_that_of_the_characters() {
        assert_eq!(entropy(b"aaaaaaaa"), 0);
        assert_eq!(entropy(b"abcdefgh"), 3000);
        assert_eq!(entropy(b"aabbccdd"), 2000);
        assert_eq!(entropy(b""), 0);
    }

    #[test]
    fn a_value_is_reported_with_its_columns() {
        let line = b"token = \"xK9mP2vQ7wR4tY8uI1oL5aSdF3gH6jZb\"";
        assert_eq!(named(line, false), Some((9, 41)));
        assert_eq!(
            named(b"token = read(xK9mP2vQ7wR4tY8uI1oL5aSd)", false),
            None
        );
    }
}
