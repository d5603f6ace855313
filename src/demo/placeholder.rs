//! Placeholders in the data files: what depends on keys, on dates and on other commits, and
//! characters that must not stand in a source tree.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::DemoError;
use super::history::Made;
use super::keys;
use super::story::Age;

/// What the placeholders stand for.
pub(super) struct Placeholders<'a> {
    pub(super) at: Timestamp,
    /// The commits there are by label.
    pub(super) commits: &'a BTreeMap<String, Made>,
}

impl Placeholders<'_> {
    /// The text with every `‹…›` replaced.
    ///
    /// # Errors
    /// A placeholder that nothing is known for.
    pub(super) fn fill(&self, text: &str) -> Result<String, DemoError> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('‹') {
            let (name, tail) = after
                .split_once('›')
                .ok_or_else(|| unknown("a placeholder is not closed"))?;
            out.push_str(before);
            out.push_str(&self.value(name).ok_or_else(|| unknown(name))?);
            rest = tail;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn value(&self, name: &str) -> Option<String> {
        if let Some(hex) = name.strip_prefix("U+") {
            let code = u32::from_str_radix(hex, 16).ok()?;
            return char::from_u32(code).map(String::from);
        }
        let (kind, what) = name.split_once(':')?;
        match kind {
            "key" => keys::public(what).ok(),
            "fingerprint" => keys::fingerprint(what).ok(),
            "commit" => self.commits.get(what).map(|made| made.oid.to_string()),
            "date" => {
                let Age(seconds) = Age::try_from(what.to_owned()).ok()?;
                let then = Timestamp::from_second(self.at.as_second() - seconds).ok()?;
                Some(then.strftime("%Y-%m-%d").to_string())
            }
            "secret" => {
                let (label, length) = what.split_once(':')?;
                Some(secret(label, length.parse().ok()?))
            }
            _ => None,
        }
    }
}

fn unknown(name: &str) -> DemoError {
    DemoError::data("placeholder", name.to_owned())
}

/// Letters and digits that look random, the same for the same label. They open nothing.
fn secret(label: &str, length: usize) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    (0u32..)
        .flat_map(|block| {
            let mut hash = Sha256::new();
            hash.update(b"countersign demo: not a secret\0");
            hash.update(label);
            hash.update(block.to_be_bytes());
            hash.finalize()
        })
        .take(length)
        .map(|byte| char::from(DIGITS[usize::from(byte) % DIGITS.len()]))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::change::Oid;
    use crate::demo::tree::Tree;

    #[test]
    fn each_placeholder_becomes_what_it_stands_for() {
        let made = Made {
            oid: Oid::from_bytes([0xab; 20]),
            tree: Tree::new(),
            onto: None,
        };
        let commits = BTreeMap::from([("main:3".to_owned(), made)]);
        let placeholders = Placeholders {
            at: "2026-11-24T10:00:00Z".parse().unwrap(),
            commits: &commits,
        };
        let fill = |text: &str| placeholders.fill(text);
        assert_eq!(fill("a‹U+202E›b").unwrap(), "a\u{202e}b");
        assert_eq!(fill("‹commit:main:3›.").unwrap(), "ab".repeat(20) + ".");
        assert_eq!(fill("‹date:30d›").unwrap(), "2026-10-25");
        assert!(fill("‹key:alice›").unwrap().starts_with("ssh-ed25519 "));
        let secret = fill("‹secret:x:44›").unwrap();
        assert_eq!(secret.len(), 44);
        assert_eq!(secret, fill("‹secret:x:44›").unwrap());
        assert_ne!(secret, fill("‹secret:y:44›").unwrap());
        for bad in ["‹commit:main:4›", "‹what›", "‹key:alice"] {
            assert!(fill(bad).is_err(), "{bad}");
        }
    }
}
