//! A path inside a repository: bytes, as git has them, compared and matched as bytes.

use std::borrow::Cow;
use std::fmt;

/// A path from the repository's root with `/` between components. Any bytes but NUL.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Vec<u8>);

impl RepoPath {
    /// The path made of these bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The raw bytes of the path.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path as text where it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Readable text: invalid bytes as `‹FF›`. Control characters are left for the renderer.
    pub fn text(&self) -> Cow<'_, str> {
        super::readable(&self.0)
    }

    /// The last component.
    pub fn file_name(&self) -> &[u8] {
        self.0.rsplit(|b| *b == b'/').next().unwrap_or_default()
    }

    /// The folder it lies in; the empty path is the root.
    pub fn folder(&self) -> Self {
        let cut = self.0.iter().rposition(|byte| *byte == b'/');
        Self::new(&self.0[..cut.unwrap_or(0)])
    }

    /// The path as a statement carries it: every byte but unreserved ASCII and `/` percent-encoded
    /// (RFC 3986, upper-case hex), so that any path is text and every path has one form.
    pub fn percent_encoded(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for &byte in &self.0 {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                    out.push(char::from(byte));
                }
                _ => out.push_str(&format!("%{byte:02X}")),
            }
        }
        out
    }

    /// The path whose [`percent_encoded`](Self::percent_encoded) form is this text, or none where
    /// the text is not that form of any path.
    pub fn from_percent_encoded(text: &str) -> Option<Self> {
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.as_bytes();
        while let Some((&first, tail)) = rest.split_first() {
            if first == b'%' {
                let hex = std::str::from_utf8(tail.get(..2)?).ok()?;
                bytes.push(u8::from_str_radix(hex, 16).ok()?);
                rest = &tail[2..];
            } else {
                bytes.push(first);
                rest = tail;
            }
        }
        let path = Self(bytes);
        (path.percent_encoded() == text).then_some(path)
    }
}

impl From<&str> for RepoPath {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_one_encoded_form_and_comes_back_from_it() {
        let path = RepoPath::new(b"src/na\xffme %41\x1b.rs".to_vec());
        let encoded = path.percent_encoded();
        assert_eq!(encoded, "src/na%FFme%20%2541%1B.rs");
        assert_eq!(RepoPath::from_percent_encoded(&encoded), Some(path));
        assert_eq!(
            RepoPath::from_percent_encoded("a%2fb"),
            None,
            "lower-case hex"
        );
        assert_eq!(
            RepoPath::from_percent_encoded("a%41"),
            None,
            "needless escape"
        );
        assert_eq!(
            RepoPath::from_percent_encoded("a b"),
            None,
            "unescaped space"
        );
        assert_eq!(RepoPath::from_percent_encoded("a%4"), None, "cut short");
    }
}
