//! Words of code: which are called, and which stand otherwise.

use crate::risk::language::Language;

/// Names that come with a language, and words before which a parenthesis may stand.
const KNOWN: &str = include_str!("known.txt");

/// A word in a line of code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) text: &'a [u8],
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The words of a line that are no member of something (`x.word`) and no number.
pub(super) fn words(code: &[u8]) -> Vec<Word<'_>> {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b >= 0x80;
    let mut all = Vec::new();
    let mut at = 0;
    while at < code.len() {
        if !is_word(code[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < code.len() && is_word(code[at]) {
            at += 1;
        }
        let before = &code[..start];
        let spread = before.ends_with(b"...");
        let member = before.ends_with(b".") && !spread || before.ends_with(b"#");
        if !member && !code[start].is_ascii_digit() {
            all.push(Word {
                text: &code[start..at],
                start,
                end: at,
            });
        }
    }
    all
}

/// Whether a word is called right here: a parenthesis follows and nothing before it says that this
/// is where it is made.
pub(super) fn is_call(language: Language, code: &[u8], word: &Word<'_>) -> bool {
    if code.get(word.end) != Some(&b'(') {
        return false;
    }
    let before = code[..word.start].trim_ascii_end();
    let last = before
        .rsplit(|b| !b.is_ascii_alphanumeric() && *b != b'_')
        .next();
    let makes = [
        &b"def"[..],
        b"class",
        b"function",
        b"func",
        b"new",
        b"lambda",
    ];
    let made = last.is_some_and(|last| makes.contains(&last)) || before.ends_with(b"@");
    let method = language == Language::JavaScript && may_be_method(code, word);
    !made && !method && !before.ends_with(b"function*")
}

/// `name(…) {` and `name(…): type` make a method; so may `name(` where a line begins or ends.
fn may_be_method(code: &[u8], word: &Word<'_>) -> bool {
    const MODIFIERS: [&[u8]; 10] = [
        b"async",
        b"get",
        b"set",
        b"static",
        b"public",
        b"private",
        b"protected",
        b"abstract",
        b"override",
        b"readonly",
    ];
    let before = code[..word.start].trim_ascii();
    let begins = before
        .split(|b| b.is_ascii_whitespace() || *b == b'*')
        .all(|part| part.is_empty() || MODIFIERS.contains(&part));
    let line = code.trim_ascii_end();
    if begins {
        return !line.ends_with(b");") || line.contains(&b':');
    }
    let mut depth = 0_usize;
    for (at, byte) in code.iter().enumerate().skip(word.end) {
        match byte {
            b'(' => depth += 1,
            b')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    let rest = code[at + 1..].trim_ascii_start();
                    let typed = rest.starts_with(b":") && !before.contains(&b'?');
                    return rest.starts_with(b"{") || typed;
                }
            }
            _ => {}
        }
    }
    before.ends_with(b"{") || before.ends_with(b",")
}

/// The names that a line calls and that no language brings along.
pub(super) fn calls(language: Language, code: &[u8]) -> Vec<String> {
    let is_plain = |word: &Word<'_>| {
        let first = word.text.first().copied().unwrap_or(b'_');
        let upper = first.is_ascii_uppercase() && language == Language::JavaScript;
        word.text.len() > 2 && word.text.is_ascii() && !upper && !word.text.contains(&b'$')
    };
    words(code)
        .iter()
        .filter(|word| is_plain(word) && is_call(language, code, word))
        .filter_map(|word| std::str::from_utf8(word.text).ok())
        .filter(|name| !is_known(language, name) && !name.starts_with("__"))
        .map(str::to_owned)
        .collect()
}

fn is_known(language: Language, name: &str) -> bool {
    let list = match language {
        Language::Python => "python:",
        _ => "script:",
    };
    let lists = KNOWN.lines().filter_map(|line| line.strip_prefix(list));
    lists
        .flat_map(str::split_whitespace)
        .any(|known| known == name)
}

/// Whether a name stands anywhere in code other than as what is called: it is made, taken or given
/// somewhere, or at least known.
pub(super) fn is_named<'a>(
    language: Language,
    mut code: impl Iterator<Item = &'a [u8]>,
    name: &str,
) -> bool {
    code.any(|line| {
        let named =
            |word: &Word<'_>| word.text == name.as_bytes() && !is_call(language, line, word);
        words(line).iter().any(named)
    })
}

/// Whether a text has a name as a whole word.
pub(super) fn has_word(text: &[u8], name: &str) -> bool {
    let name = name.as_bytes();
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_' || *b == b'$';
    let mut at = 0;
    while let Some(found) = find(&text[at..], name) {
        let (start, end) = (at + found, at + found + name.len());
        let bounded =
            !text[..start].last().is_some_and(is_word) && !text.get(end).is_some_and(is_word);
        if bounded {
            return true;
        }
        at = end;
    }
    false
}

fn find(text: &[u8], name: &[u8]) -> Option<usize> {
    if name.is_empty() {
        return None;
    }
    text.windows(name.len()).position(|window| window == name)
}

/// Whether a line calls something of a package: `pkg.Name(`.
pub(super) fn has_qualified(code: &[u8]) -> bool {
    code.windows(2)
        .any(|pair| pair[0] == b'.' && pair[1].is_ascii_uppercase())
}
