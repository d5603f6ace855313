//! Tells code from comments and strings, line by line, for every language alike and in every build.
//!
//! A hunk is a window into a file: whether it opens inside a comment is guessed from the first
//! comment end that has no beginning. Nothing here can fail; a wrong guess costs a finding.

use super::language::{Language, Syntax};

/// A line, taken apart. All three have the length of the line, with blanks where something else
/// stands, so that columns agree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Lexed {
    /// Code; comments are blanks, strings are their quotes with blanks between.
    pub(super) code: Vec<u8>,
    /// Code and strings; comments are blanks.
    pub(super) text: Vec<u8>,
    /// The words of comments; all else is blanks.
    pub(super) comment: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Code,
    Block,
    /// Inside a string that goes on over lines: its closing quote, and whether it is a doc comment.
    Long(&'static str, bool),
    /// Inside a raw string: how many `#` follow its closing quote.
    Raw(usize),
}

/// Lexes the lines of one side of a hunk.
pub(super) fn lex<'a>(
    language: Language,
    lines: impl Iterator<Item = &'a [u8]> + Clone,
) -> Vec<Lexed> {
    let syntax = language.syntax();
    let mut lexer = Lexer::new(language, syntax, State::Code);
    let lexed: Vec<Lexed> = lines.clone().map(|line| lexer.line(line)).collect();
    if lexer.stray_end {
        let mut again = Lexer::new(language, syntax, State::Block);
        return lines.map(|line| again.line(line)).collect();
    }
    lexed
}

struct Lexer {
    language: Language,
    syntax: Syntax,
    state: State,
    /// A comment ended that never began.
    stray_end: bool,
    /// Whether a comment has begun: from then on an end is not stray.
    seen_block: bool,
    /// The last byte of code of the lines before, blanks aside.
    last: u8,
    /// Whether there was any code yet.
    seen_code: bool,
}

impl Lexer {
    fn new(language: Language, syntax: Syntax, state: State) -> Self {
        Self {
            language,
            syntax,
            state,
            stray_end: false,
            seen_block: state == State::Block,
            last: b':',
            seen_code: false,
        }
    }

    fn line(&mut self, line: &[u8]) -> Lexed {
        let mut out = Lexed {
            code: vec![b' '; line.len()],
            text: vec![b' '; line.len()],
            comment: vec![b' '; line.len()],
        };
        if self.continues_comment(line) {
            out.comment.copy_from_slice(line);
            return out;
        }
        let mut at = 0;
        while at < line.len() {
            at = match self.state {
                State::Code => self.code(line, at, &mut out),
                State::Block => self.block(line, at, &mut out),
                State::Long(quote, doc) => self.long(line, at, quote, doc, &mut out),
                State::Raw(hashes) => self.raw(line, at, hashes, &mut out),
            };
        }
        if let Some(last) = out.code.iter().rfind(|b| !b.is_ascii_whitespace()) {
            self.last = *last;
            self.seen_code = true;
        }
        out
    }

    /// A line that begins with a star before any code: the hunk opens inside a long comment.
    fn continues_comment(&self, line: &[u8]) -> bool {
        let star = line.trim_ascii_start().strip_prefix(b"*");
        self.state == State::Code
            && !self.seen_code
            && self.syntax.block.is_some_and(|(begin, _)| begin == "/*")
            && star.is_some_and(|rest| rest.is_empty() || rest[0].is_ascii_whitespace())
    }

    /// One step in code, from `at`; returns where to go on.
    fn code(&mut self, line: &[u8], at: usize, out: &mut Lexed) -> usize {
        let rest = &line[at..];
        if let Some((begin, end)) = self.syntax.block {
            if rest.starts_with(begin.as_bytes()) {
                self.state = State::Block;
                self.seen_block = true;
                return at + begin.len();
            }
            if rest.starts_with(end.as_bytes()) && !self.seen_block && end == "*/" {
                self.stray_end = true;
            }
        }
        if self.comment_begins(line, at) {
            out.comment[at..].copy_from_slice(rest);
            return line.len();
        }
        if let Some(quote) = self
            .syntax
            .long_quotes
            .iter()
            .find(|q| rest.starts_with(q.as_bytes()))
        {
            let doc = self.is_doc(line, at);
            self.state = State::Long(quote, doc);
            copy_quote(line, at, quote.len(), out);
            return at + quote.len();
        }
        if self.language == Language::Rust
            && let Some(hashes) = raw_string(line, at)
        {
            self.state = State::Raw(hashes);
            let end = at + 2 + hashes;
            copy_quote(line, at, 2 + hashes, out);
            return end;
        }
        let byte = line[at];
        if self.syntax.quotes.contains(&byte) {
            return self.string(line, at, byte, out);
        }
        if byte == b'\'' && self.syntax.char_literals {
            return char_literal(line, at, out);
        }
        out.code[at] = byte;
        out.text[at] = byte;
        at + 1
    }

    fn comment_begins(&self, line: &[u8], at: usize) -> bool {
        let begins = self
            .syntax
            .line
            .iter()
            .any(|begin| line[at..].starts_with(begin.as_bytes()));
        let before = at.checked_sub(1).map(|before| line[before]);
        begins
            && (!self.syntax.line_after_blank || before.is_none_or(|b| b.is_ascii_whitespace()))
            // `://` of an address outside a string is no comment.
            && !(before == Some(b':') && line[at..].starts_with(b"//"))
    }

    /// A Python string that stands where a statement begins explains, it does not compute.
    fn is_doc(&self, line: &[u8], at: usize) -> bool {
        self.language == Language::Python
            && line[..at]
                .iter()
                .all(|b| b.is_ascii_whitespace() || b.is_ascii_alphabetic())
            && at - line.iter().take_while(|b| b.is_ascii_whitespace()).count() <= 2
            && self.last == b':'
    }

    /// A string that ends with the line at the latest.
    fn string(&self, line: &[u8], at: usize, quote: u8, out: &mut Lexed) -> usize {
        let mut end = at + 1;
        while end < line.len() && line[end] != quote {
            end += if line[end] == b'\\' && self.syntax.escapes {
                2
            } else {
                1
            };
        }
        let end = end.min(line.len());
        out.text[at..end].copy_from_slice(&line[at..end]);
        out.code[at] = quote;
        if end < line.len() {
            out.code[end] = quote;
            out.text[end] = quote;
        }
        end + 1
    }

    fn block(&mut self, line: &[u8], at: usize, out: &mut Lexed) -> usize {
        let end = self.syntax.block.map_or("*/", |(_, end)| end);
        if line[at..].starts_with(end.as_bytes()) {
            self.state = State::Code;
            return at + end.len();
        }
        out.comment[at] = line[at];
        at + 1
    }

    fn long(
        &mut self,
        line: &[u8],
        at: usize,
        quote: &'static str,
        doc: bool,
        out: &mut Lexed,
    ) -> usize {
        if line[at..].starts_with(quote.as_bytes()) {
            self.state = State::Code;
            copy_quote(line, at, quote.len(), out);
            return at + quote.len();
        }
        let target = if doc { &mut out.comment } else { &mut out.text };
        target[at] = line[at];
        if line[at] == b'\\' && self.syntax.escapes && quote != "`" && at + 1 < line.len() {
            target[at + 1] = line[at + 1];
            return at + 2;
        }
        at + 1
    }

    fn raw(&mut self, line: &[u8], at: usize, hashes: usize, out: &mut Lexed) -> usize {
        let closes = line[at] == b'"'
            && line[at + 1..].len() >= hashes
            && line[at + 1..at + 1 + hashes].iter().all(|b| *b == b'#');
        if closes {
            self.state = State::Code;
            copy_quote(line, at, 1 + hashes, out);
            return at + 1 + hashes;
        }
        out.text[at] = line[at];
        at + 1
    }
}

fn copy_quote(line: &[u8], at: usize, len: usize, out: &mut Lexed) {
    out.code[at..at + len].copy_from_slice(&line[at..at + len]);
    out.text[at..at + len].copy_from_slice(&line[at..at + len]);
}

/// `r"`, `r#"` … at `at`: how many `#`.
fn raw_string(line: &[u8], at: usize) -> Option<usize> {
    let word_before = at > 0 && (line[at - 1].is_ascii_alphanumeric() || line[at - 1] == b'_');
    let rest = line[at..].strip_prefix(b"r")?;
    let hashes = rest.iter().take_while(|b| **b == b'#').count();
    // `br"` begins with a letter before the r.
    let byte_string = at > 0 && line[at - 1] == b'b';
    (rest.get(hashes) == Some(&b'"') && (!word_before || byte_string)).then_some(hashes)
}

/// A character literal, or a lone quote (a lifetime, an apostrophe) as code.
fn char_literal(line: &[u8], at: usize, out: &mut Lexed) -> usize {
    let escaped = line.get(at + 1) == Some(&b'\\');
    let reach = if escaped { 12 } else { 6 };
    let from = at + if escaped { 3 } else { 2 };
    let close = (from..(at + reach).min(line.len())).find(|i| line[*i] == b'\'');
    let close = close.filter(|close| escaped || one_char(&line[at + 1..*close]));
    let end = close.unwrap_or(at);
    out.text[at..=end].copy_from_slice(&line[at..=end]);
    out.code[at] = b'\'';
    out.code[end] = b'\'';
    end + 1
}

fn one_char(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().count() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(language: Language, source: &str) -> Vec<[String; 3]> {
        let lines: Vec<&[u8]> = source.lines().map(str::as_bytes).collect();
        lex(language, lines.iter().copied())
            .into_iter()
            .map(|line| {
                [line.code, line.text, line.comment]
                    .map(|part| String::from_utf8_lossy(&part).trim_end().to_owned())
            })
            .collect()
    }

    #[test]
    fn comments_and_strings_are_taken_out_of_code() {
        let got = parts(
            Language::Rust,
            "let a = \"x // y\"; // z\nlet b: &'a str = 'q';",
        );
        assert_eq!(got[0][0], "let a = \"      \";");
        assert_eq!(got[0][1], "let a = \"x // y\";");
        assert_eq!(got[0][2].trim(), "// z");
        assert_eq!(got[1][0], "let b: &'a str = ' ';");
        let got = parts(Language::Shell, "echo a#b '# c' # d");
        assert_eq!(got[0][1], "echo a#b '# c'");
        let got = parts(Language::Yaml, "url: http://x/#y # why");
        assert_eq!(got[0][1], "url: http://x/#y");
        let got = parts(Language::JavaScript, "a(`x\n${y} /* no */\n`) /* c\nd */ e");
        assert_eq!(got[1][0], "");
        assert_eq!(got[1][1], "${y} /* no */");
        assert_eq!(got[3][0].trim(), "e");
    }

    #[test]
    fn raw_and_long_strings_go_on_over_lines() {
        let got = parts(Language::Rust, "x(r#\"one \" two\n// three\"#); four()");
        assert_eq!(got[1][0].trim(), "\"#); four()");
        assert_eq!(got[1][2], "");
        let source =
            "def f():\n    \"\"\"doc\n    lock()\n    \"\"\"\n    q = \"\"\"SELECT\n  1\"\"\"";
        let got = parts(Language::Python, source);
        assert_eq!(got[2][2].trim(), "lock()");
        assert_eq!(got[2][1], "");
        assert_eq!(got[5][1], "  1\"\"\"");
        assert_eq!(got[5][2], "");
    }

    #[test]
    fn a_hunk_that_opens_inside_a_comment_is_known_by_its_end() {
        let got = parts(Language::C, " * lock(x)\n */\nint a;");
        assert_eq!(got[0][0], "");
        assert_eq!(got[2][0], "int a;");
        // An end inside a comment or a string says nothing of what stands before it.
        let got = parts(Language::C, "lock(x);\n// */\ns = \"*/\";");
        assert_eq!(got[0][0], "lock(x);");
        let got = parts(Language::Java, " * lock(x)\n *\n int a;\n * b;");
        assert_eq!(got[0][0], "");
        assert_eq!(got[3][0].trim(), "* b;", "after code a star multiplies");
    }

    #[test]
    fn nothing_is_too_odd_to_be_lexed() {
        for language in [
            Language::Rust,
            Language::Python,
            Language::Shell,
            Language::C,
        ] {
            for source in [
                "'", "\"", "'\\", "r#\"", "\"\\", "/*", "'''", "b'\u{ff}", "r",
            ] {
                let got = lex(language, std::iter::once(source.as_bytes()));
                assert_eq!(got[0].code.len(), source.len(), "{language:?} {source}");
            }
            let got = lex(language, std::iter::once(&b"\xff\0'\xfe\"\\"[..]));
            assert_eq!(got[0].text.len(), 6);
        }
    }
}
