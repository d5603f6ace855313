//! A JSON reader for signed payloads: it keeps what a lenient parser would hide (repeated keys, the
//! text of numbers) and spends bounded time and stack on hostile input.

/// Nesting that is read; what lies deeper is skipped and stands as [`Json::Deep`].
pub(super) const MAX_DEPTH: usize = 16;
/// Keys that one object may have.
pub(super) const MAX_KEYS: usize = 512;

/// A JSON value as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, by its text.
    Number(String),
    /// A string, unescaped.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object: its pairs in the order written, repeated keys included.
    Object(Vec<(String, Json)>),
    /// A value below [`MAX_DEPTH`]: its brackets balance, nothing else is known.
    Deep,
}

/// The text is not JSON within the limits.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("not JSON at byte {at}: {why}")]
pub(super) struct BadJson {
    at: usize,
    why: &'static str,
}

/// A value with what the reading had to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parsed {
    /// The value.
    pub(super) root: Json,
    /// A string held half of a surrogate pair, read as U+FFFD: its text is in doubt.
    pub(super) broken_text: bool,
}

impl Json {
    /// The value of `key` where this is an object that has the key exactly once.
    pub(super) fn once(&self, key: &str) -> Option<&Json> {
        let Json::Object(pairs) = self else {
            return None;
        };
        let mut found = pairs.iter().filter(|(name, _)| name == key);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    /// The text of a string.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads one JSON value with nothing but white space around it.
pub(super) fn parse(text: &str) -> Result<Parsed, BadJson> {
    let mut reader = Reader {
        bytes: text.as_bytes(),
        text,
        at: 0,
        broken_text: false,
    };
    let root = reader.value(0)?;
    reader.space();
    if reader.at != reader.bytes.len() {
        return Err(reader.bad("something follows the value"));
    }
    Ok(Parsed {
        root,
        broken_text: reader.broken_text,
    })
}

struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    broken_text: bool,
}

impl Reader<'_> {
    fn bad(&self, why: &'static str) -> BadJson {
        BadJson { at: self.at, why }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8, why: &'static str) -> Result<(), BadJson> {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.bad(why))
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, BadJson> {
        self.space();
        match self.peek() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => self.skip(),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            _ => Err(self.bad("a value is missing")),
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, BadJson> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.bad("an unknown word"))
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, BadJson> {
        self.at += 1;
        let mut pairs = Vec::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(pairs));
        }
        loop {
            if pairs.len() == MAX_KEYS {
                return Err(self.bad("an object with more than 512 keys"));
            }
            self.space();
            let key = self.string()?;
            self.space();
            self.take(b':', "a colon is missing")?;
            pairs.push((key, self.value(depth + 1)?));
            self.space();
            if self.peek() == Some(b',') {
                self.at += 1;
            } else {
                self.take(b'}', "an object does not end")?;
                return Ok(Json::Object(pairs));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, BadJson> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.peek() == Some(b',') {
                self.at += 1;
            } else {
                self.take(b']', "a list does not end")?;
                return Ok(Json::List(items));
            }
        }
    }

    /// Steps over a bracketed value without a call a level.
    fn skip(&mut self) -> Result<Json, BadJson> {
        let mut open = 0_usize;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.string()?;
                    continue;
                }
                Some(b'{' | b'[') => open += 1,
                Some(b'}' | b']') => open -= 1,
                Some(_) => {}
                None => return Err(self.bad("a value does not end")),
            }
            self.at += 1;
            if open == 0 {
                return Ok(Json::Deep);
            }
        }
    }

    fn number(&mut self) -> Result<Json, BadJson> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(self.bad("a digit is missing")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Json::Number(self.text[start..self.at].to_owned()))
    }

    fn digits(&mut self) -> Result<(), BadJson> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.bad("a digit is missing"));
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, BadJson> {
        self.take(b'"', "a string is missing")?;
        let mut out = String::new();
        loop {
            let run = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            out.push_str(&self.text[run..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                Some(_) => return Err(self.bad("a raw control character in a string")),
                None => return Err(self.bad("a string does not end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, BadJson> {
        let byte = self
            .peek()
            .ok_or_else(|| self.bad("a string does not end"))?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unicode_escape()?,
            _ => return Err(self.bad("an unknown escape")),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, BadJson> {
        let first = self.hex4()?;
        if let Some(c) = char::from_u32(first) {
            return Ok(c);
        }
        let here = self.at;
        if first < 0xdc00 && self.bytes[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let second = self.hex4()?;
            if (0xdc00..0xe000).contains(&second) {
                let joined = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                if let Some(c) = char::from_u32(joined) {
                    return Ok(c);
                }
            }
            self.at = here;
        }
        self.broken_text = true;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex4(&mut self) -> Result<u32, BadJson> {
        let digits = self.bytes.get(self.at..self.at + 4);
        let digits = digits.filter(|d| d.iter().all(u8::is_ascii_hexdigit));
        let value = digits
            .and_then(|d| std::str::from_utf8(d).ok())
            .and_then(|d| u32::from_str_radix(d, 16).ok())
            .ok_or_else(|| self.bad("an escape that is not four hex digits"))?;
        self.at += 4;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn text(of: &str) -> String {
        match parse(of).unwrap().root {
            Json::Text(text) => text,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn agrees_with_serde_json_on_what_is_json() {
        let samples = [
            "{}",
            "[]",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "-",
            "-0",
            "1.",
            "1.5e+3",
            "1e",
            "\"\\x\"",
            "\"\t\"",
            "nul",
            "true",
            " [ 1 , 2 ] ",
            "1 2",
            "",
            "\"\\u12\"",
            "{\"a\" 1}",
            "[1 2]",
            "{1:2}",
            "\"a",
            "[",
            "{",
            "+1",
            ".5",
            "\u{feff}{}",
        ];
        for sample in samples {
            let theirs = serde_json::from_str::<serde_json::Value>(sample).is_ok();
            assert_eq!(parse(sample).is_ok(), theirs, "{sample:?}");
        }
    }

    #[test]
    fn escapes_read_as_the_characters_they_stand_for() {
        assert_eq!(
            text(r#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00z""#),
            "a\"\\/\u{8}\u{c}\n\r\té😀z"
        );
        assert!(!parse(r#""\ud83d\ude00""#).unwrap().broken_text);
        for half in [
            r#""\ud83d""#,
            r#""\ude00""#,
            r#""\ud83dx""#,
            r#""\ud83d\u0041""#,
        ] {
            assert!(parse(half).unwrap().broken_text, "{half}");
        }
        assert_eq!(text(r#""\ud83d\u0041""#), "\u{fffd}A");
    }

    #[test]
    fn repeated_keys_stay_visible() {
        let root = parse(r#"{"a":1,"b":2,"a":3}"#).unwrap().root;
        assert_eq!(root.once("a"), None);
        assert_eq!(root.once("b"), Some(&Json::Number("2".to_owned())));
        assert_eq!(root.once("c"), None);
    }

    #[test]
    fn depth_and_keys_are_bounded_without_recursion() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let mut at = parse(&deep).unwrap().root;
        let mut depth = 0;
        while let Json::List(mut items) = at {
            at = items.pop().unwrap();
            depth += 1;
        }
        assert_eq!((at, depth), (Json::Deep, MAX_DEPTH));
        let quoted = format!("{}\"]\"{}", "[".repeat(20), "]".repeat(20));
        assert!(parse(&quoted).is_ok());
        let object = |n: usize| {
            let pairs: Vec<_> = (0..n).map(|i| format!("\"k{i}\":0")).collect();
            format!("{{{}}}", pairs.join(","))
        };
        assert!(parse(&object(MAX_KEYS)).is_ok());
        assert!(parse(&object(MAX_KEYS + 1)).is_err());
    }
}
