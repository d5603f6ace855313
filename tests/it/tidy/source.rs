//! Reads Rust source well enough to hold rules over it: comments and literals taken out, then
//! tokens, test code and paths.

/// One token: a word, a number, `::`, `->`, `=>`, or a single character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// As it stands in the source.
    pub text: &'a str,
    /// The line it stands on, from 1.
    pub line: usize,
    /// Whether it belongs to an item that only test builds compile.
    pub in_test: bool,
}

/// A path such as `crate::change::Oid`; a group in a `use` is one of these for each leaf.
#[derive(Debug, PartialEq, Eq)]
pub struct Path {
    /// The segments; a glob ends in `*`.
    pub segments: Vec<String>,
    /// The line of its first segment, from 1.
    pub line: usize,
    /// Whether only test builds compile it.
    pub in_test: bool,
    /// The inline modules around it, outermost first.
    pub inside: Vec<String>,
}

/// The text with comments and literals replaced by spaces; every line break stays where it was.
pub fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = opaque_end(bytes, at);
        if end > at {
            for byte in out[at..end].iter_mut().filter(|byte| **byte != b'\n') {
                *byte = b' ';
            }
            at = end;
        } else {
            at = word_end(bytes, at).max(at + 1);
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Where the comment or literal that starts at `at` ends; `at` itself if none starts there.
fn opaque_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    if rest.starts_with(b"//") {
        return at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
    }
    if rest.starts_with(b"/*") {
        return block_comment_end(bytes, at);
    }
    match rest[0] {
        b'"' => quoted_end(bytes, at + 1, b'"'),
        b'\'' => char_end(bytes, at),
        b'b' | b'c' | b'r' => prefixed_end(bytes, at),
        _ => at,
    }
}

fn block_comment_end(bytes: &[u8], at: usize) -> usize {
    let mut depth = 0;
    let mut i = at;
    while i < bytes.len() {
        match &bytes[i..bytes.len().min(i + 2)] {
            b"/*" => (depth, i) = (depth + 1, i + 2),
            b"*/" => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    i
}

/// The end of a literal whose content starts at `at` and that an unescaped `quote` closes.
fn quoted_end(bytes: &[u8], mut at: usize, quote: u8) -> usize {
    while at < bytes.len() && bytes[at] != quote {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    bytes.len().min(at + 1)
}

/// The end of a character literal, or `at` for a lifetime.
fn char_end(bytes: &[u8], at: usize) -> usize {
    let content = bytes.get(at + 1).copied().unwrap_or_default();
    let width = match content {
        b'\\' => return quoted_end(bytes, at + 1, b'\''),
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    };
    if bytes.get(at + 1 + width) == Some(&b'\'') {
        at + width + 2
    } else {
        at
    }
}

/// The end of a literal with a prefix (`b'x'`, `b"…"`, `c"…"`, `r#"…"#`), or `at` for a word.
fn prefixed_end(bytes: &[u8], at: usize) -> usize {
    let word = word_end(bytes, at);
    let raw = match &bytes[at..word] {
        b"b" if bytes.get(word) == Some(&b'\'') => return quoted_end(bytes, word + 1, b'\''),
        b"b" | b"c" => false,
        b"r" | b"br" | b"cr" => true,
        _ => return at,
    };
    let hashes = bytes[word..].iter().take_while(|b| **b == b'#').count();
    if bytes.get(word + hashes) != Some(&b'"') || (!raw && hashes > 0) {
        return at;
    }
    if !raw {
        return quoted_end(bytes, word + 1, b'"');
    }
    let close: Vec<u8> = std::iter::once(b'"')
        .chain(std::iter::repeat_n(b'#', hashes))
        .collect();
    let start = word + hashes + 1;
    let found = bytes[start..]
        .windows(close.len())
        .position(|window| window == close);
    found.map_or(bytes.len(), |offset| start + offset + close.len())
}

fn word_end(bytes: &[u8], at: usize) -> usize {
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80;
    at + bytes[at..].iter().take_while(|b| is_word(b)).count()
}

/// The tokens of a text that `blank` has been over.
pub fn tokens(blanked: &str) -> Vec<Token<'_>> {
    let bytes = blanked.as_bytes();
    let (mut at, mut line) = (0, 1);
    let mut out = Vec::new();
    while at < bytes.len() {
        let end = match &bytes[at..bytes.len().min(at + 2)] {
            b"::" | b"->" | b"=>" => at + 2,
            _ => word_end(bytes, at).max(at + 1),
        };
        if bytes[at] == b'\n' {
            line += 1;
        } else if !bytes[at].is_ascii_whitespace() {
            out.push(Token {
                text: &blanked[at..end],
                line,
                in_test: false,
            });
        }
        at = end;
    }
    mark_tests(&mut out);
    out
}

/// Marks the item behind each `#[cfg(test)]`, and all after an inner `#![cfg(test)]`.
fn mark_tests(tokens: &mut [Token<'_>]) {
    let texts: Vec<&str> = tokens.iter().map(|token| token.text).collect();
    for at in 0..texts.len() {
        let end = if texts[at..].starts_with(&["#", "[", "cfg", "(", "test", ")", "]"]) {
            item_end(&texts, at + 7)
        } else if texts[at..].starts_with(&["#", "!", "[", "cfg", "(", "test", ")", "]"]) {
            texts.len()
        } else {
            continue;
        };
        tokens[at..end].iter_mut().for_each(|t| t.in_test = true);
    }
}

/// Where an item that starts at `at` ends: behind its closing brace, or behind its semicolon.
fn item_end(texts: &[&str], mut at: usize) -> usize {
    let mut nested = 0;
    while at < texts.len() {
        match texts[at] {
            "(" | "[" => nested += 1,
            ")" | "]" => nested -= 1,
            ";" if nested == 0 => return at + 1,
            "{" if nested == 0 => return closing(texts, at) + 1,
            _ => {}
        }
        at += 1;
    }
    at
}

/// The index of the brace that closes the one at `open`; the last index if none does.
pub fn closing(texts: &[&str], open: usize) -> usize {
    let mut depth = 0;
    for (at, text) in texts.iter().enumerate().skip(open) {
        match *text {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    texts.len().saturating_sub(1)
}

/// Every path of two or more segments, and every path in a `use`.
pub fn paths(tokens: &[Token<'_>]) -> Vec<Path> {
    let texts: Vec<&str> = tokens.iter().map(|token| token.text).collect();
    let mut inline: Vec<(String, usize)> = Vec::new();
    let mut out = Vec::new();
    let mut at = 0;
    while at < texts.len() {
        inline.retain(|(_, end)| at <= *end);
        if texts[at] == "mod" && texts.get(at + 2) == Some(&"{") {
            inline.push((texts[at + 1].to_owned(), closing(&texts, at + 2)));
        }
        let in_use = at > 0 && texts[at - 1] == "use";
        let starts = is_word(texts[at]) && (at == 0 || !matches!(texts[at - 1], "::" | "."));
        let opens = in_use && matches!(texts[at], "{" | "::");
        if !(starts || opens) {
            at += 1;
            continue;
        }
        let mut leaves = Vec::new();
        let end = tree(&texts, at, &mut Vec::new(), &mut leaves);
        out.extend(
            leaves
                .into_iter()
                .filter(|l| in_use || l.len() > 1)
                .map(|segments| Path {
                    segments,
                    line: tokens[at].line,
                    in_test: tokens[at].in_test,
                    inside: inline.iter().map(|(name, _)| name.clone()).collect(),
                }),
        );
        at = end.max(at + 1);
    }
    out
}

/// Reads a path or a `use` tree at `at`; returns where it ends.
fn tree(
    texts: &[&str],
    mut at: usize,
    prefix: &mut Vec<String>,
    out: &mut Vec<Vec<String>>,
) -> usize {
    let depth = prefix.len();
    while at < texts.len() {
        match texts[at] {
            "::" => at += 1,
            "{" => {
                at += 1;
                while at < texts.len() && texts[at] != "}" {
                    at = tree(texts, at, prefix, out).max(at + 1);
                    while at < texts.len() && !matches!(texts[at], "," | "}") {
                        at += 1;
                    }
                    at += usize::from(texts.get(at) == Some(&","));
                }
                prefix.truncate(depth);
                return at + 1;
            }
            word if is_word(word) || word == "*" => {
                prefix.push(word.to_owned());
                at += 1;
                if texts.get(at) != Some(&"::") {
                    break;
                }
            }
            _ => break,
        }
    }
    if prefix.len() > depth {
        out.push(prefix.clone());
    }
    prefix.truncate(depth);
    at
}

/// Whether a token is a word (an identifier or keyword, not a number).
pub fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c == '_' || c.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let blanked = blank(text);
        let found = paths(&tokens(&blanked));
        found.iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn comments_and_literals_name_nothing() {
        let text = r####"
            // crate::a
            /* crate::b /* crate::c */ crate::d */
            let s = "crate::e \" crate::f"; let r = r#"crate::g " crate::h"#;
            let c = ('"', '\'', b'"', '→', b"crate::i", br"crate::j"); let l: &'a str = crate::k::x;
        "####;
        assert_eq!(found(text), ["crate::k::x"]);
        assert_eq!(blank(text).lines().count(), text.lines().count());
    }

    #[test]
    fn a_group_is_one_path_for_each_leaf() {
        assert_eq!(
            found("use crate::{change::{self, Oid as Id}, diff::*}; use git2; let x = a.b::<C>();"),
            [
                "crate::change::self",
                "crate::change::Oid",
                "crate::diff::*",
                "git2"
            ]
        );
        assert_eq!(
            found("use super::{super::git, x};"),
            ["super::super::git", "super::x"]
        );
        assert_eq!(
            found("fn f(a: &crate::ui::V) -> Vec<git2::Oid> {}"),
            ["crate::ui::V", "git2::Oid"]
        );
    }

    #[test]
    fn test_items_are_known_as_such_and_end_where_they_end() {
        let text = "#[cfg(test)] mod tests { use super::*; } use crate::a;\n#[cfg(test)] use crate::b; use crate::c;";
        let blanked = blank(text);
        let marks: Vec<(String, bool)> = paths(&tokens(&blanked))
            .into_iter()
            .map(|path| (path.segments.join("::"), path.in_test))
            .collect();
        let expected = [
            ("super::*", true),
            ("crate::a", false),
            ("crate::b", true),
            ("crate::c", false),
        ];
        assert_eq!(marks, expected.map(|(path, test)| (path.to_owned(), test)));
    }
}
