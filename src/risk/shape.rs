//! What a line looks like, without its neighbours: what it calls, whether it opens branches, what
//! its quotes mean.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// Whether a line still calls what another called, where that called anything.
pub(super) fn calls_the_same(old: &[u8], new: &[u8]) -> bool {
    let calls = |text: &[u8]| -> Vec<Vec<u8>> {
        let before = text.split(|b| *b == b'(').rev().skip(1);
        let name = |part: &[u8]| {
            let is_name = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
            let from = part
                .iter()
                .rposition(|b| !is_name(b))
                .map_or(0, |at| at + 1);
            part[from..].to_vec()
        };
        before.map(name).filter(|name| !name.is_empty()).collect()
    };
    let (old, new) = (calls(old), calls(new));
    old.is_empty() || old.iter().any(|name| new.contains(name))
}

/// Whether a line begins what has branches.
pub(super) fn is_head(code: &[u8]) -> bool {
    let code = code.trim_ascii();
    let words: [&[u8]; 8] = [
        b"if", b"switch", b"match", b"when", b"unless", b"case", b"try", b"begin",
    ];
    words.iter().any(|word| {
        let rest = code.strip_prefix(*word);
        rest.is_some_and(|rest| rest.first().is_none_or(|b| !b.is_ascii_alphanumeric()))
    })
}

/// The text of a line; without the quotes around a whole value that is a word of letters anyway,
/// where `yaml` says that they mean nothing.
pub(super) fn unquoted(text: &[u8], yaml: bool) -> Vec<u8> {
    static VALUE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(?-u)(:\s+|-\s+)["']([A-Za-z][\w.-]*)["']\s*$"#).ok());
    const NO_STRINGS: [&[u8]; 7] = [b"true", b"false", b"yes", b"no", b"on", b"off", b"null"];
    let value = VALUE.as_ref().filter(|_| yaml);
    let found = value.and_then(|value| value.captures(text));
    let Some((mark, word)) = found.and_then(|found| Some((found.get(1)?, found.get(2)?))) else {
        return text.to_vec();
    };
    if NO_STRINGS.contains(&word.as_bytes().to_ascii_lowercase().as_slice()) {
        return text.to_vec();
    }
    [&text[..mark.end()], word.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_the_name_before_a_parenthesis() {
        assert!(calls_the_same(
            b"host, err := split(req.Host)",
            b"host, _ := split(name)"
        ));
        assert!(!calls_the_same(
            b"host, err := split(req.Host)",
            b"host := req.Host"
        ));
        assert!(calls_the_same(b"try:", b"else:"));
    }

    #[test]
    fn quotes_in_yaml_mean_nothing_around_a_word_and_much_around_a_truth() {
        assert_eq!(unquoted(b"severity: \"page\"", true), b"severity: page");
        assert_eq!(unquoted(b"- 'eu-west'", true), b"- eu-west");
        for kept in [&b"on: \"no\""[..], b"port: \"80\"", b"a: \"b c\""] {
            assert_eq!(unquoted(kept, true), kept);
        }
        assert_eq!(unquoted(b"a: \"b\"", false), b"a: \"b\"");
    }

    #[test]
    fn a_head_is_a_word_of_its_own() {
        assert!(is_head(b"  if (a) {"));
        assert!(is_head(b"switch"));
        assert!(!is_head(b"iffy()"));
    }
}
