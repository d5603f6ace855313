//! `revoked_keys`: keys that count no longer, whenever they signed.

use std::collections::BTreeSet;

use super::signers::is_fingerprint;
use super::{Mistake, REVOKED_KEYS};

/// The first line of the file. Without it an empty or truncated file would read as "none revoked".
const MAGIC: &str = "# countersign-revoked-v1";

/// A set of revoked keys, by fingerprint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Revoked(BTreeSet<String>);

impl Revoked {
    /// Whether this key is revoked.
    pub fn contains(&self, fingerprint: &str) -> bool {
        self.0.contains(fingerprint)
    }

    /// The fingerprints, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// What either of the two revokes. The gate judges by the union of the lists at the step's
    /// parent, at the candidate and at the target's tip.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// Reads the file; what is wrong with it goes to `mistakes`.
    pub(super) fn parse(bytes: &[u8], mistakes: &mut Vec<Mistake>) -> Self {
        let mut wrong = |line, text: &str, remedy: &str| {
            mistakes.push(Mistake::new(REVOKED_KEYS, Some(line), text, remedy));
        };
        let mut keys = BTreeSet::new();
        for (index, raw) in bytes.split(|b| *b == b'\n').enumerate() {
            let line = index + 1;
            if line == 1 {
                if raw != MAGIC.as_bytes() {
                    wrong(
                        1,
                        "the first line is not the file's mark",
                        "begin it with `# countersign-revoked-v1`",
                    );
                }
                continue;
            }
            if raw.is_empty() || raw.starts_with(b"#") {
                continue;
            }
            let text = std::str::from_utf8(raw).ok();
            let clean = text.filter(|text| !text.chars().any(|c| c.is_control() && c != '\t'));
            match clean.and_then(|text| text.split([' ', '\t']).next()) {
                Some(key) if is_fingerprint(key) => {
                    keys.insert(key.to_owned());
                }
                _ => wrong(
                    line,
                    "the line does not begin with a fingerprint",
                    "write `SHA256:<43 characters> [since] [reason]`, as `ssh-keygen -lf KEY.pub` prints it",
                ),
            }
        }
        Self(keys)
    }
}
