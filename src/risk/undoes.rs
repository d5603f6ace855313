//! What a commit message says it undoes or repairs, in words a program can resolve.

use std::sync::LazyLock;

use regex::Regex;

/// The commits that a message names as undone or repaired, as it names them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Undoes {
    /// `This reverts commit <id>`, whole or abbreviated ids.
    pub reverts: Vec<String>,
    /// The title in `Revert "<title>"`.
    pub title: Option<String>,
    /// The numbers in `Reverts #N`, in the message of a revert.
    pub pulls: Vec<u64>,
    /// `Fixes: <id>`, `introduced in <id>` and their kin.
    pub repairs: Vec<String>,
}

/// A pattern; none where it is wrong, which a test rules out.
type Pattern = LazyLock<Option<Regex>>;

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: Pattern = LazyLock::new(|| Regex::new($text).ok());
    };
}

pattern!(
    REVERTS,
    r"(?i)(?:this|partially|also)?\s*reverts?\s+(?:the\s+)?(?:git\s+)?commits?:?\s+((?:[0-9a-f]{7,40}[\s,;&.]*(?:and\s+)?)+)"
);
pattern!(ID, r"\b[0-9a-f]{7,40}\b");
pattern!(
    TITLE,
    r#"^(?:\[[^\]]*\]\s*|[\w/.-]+:\s*)?Revert\s+["“](.+)["”]\s*(?:\(#\d+\))?\s*$"#
);
pattern!(
    IS_REVERT,
    r"(?i)^(?:\[[^\]]*\]\s*|[\w/().-]+:\s*)?(?:partial(?:ly)?\s+)?(?:revert|back ?out|rollback|undo)\b"
);
pattern!(REVERTS_PULL, r"(?i)\breverts?\s+(?:[\w.-]+/[\w.-]+)?#(\d+)");
pattern!(
    FIXES,
    r"(?im)^\s*Fixes:?\s+(?:commit\s+)?([0-9a-f]{7,40})\b"
);
pattern!(
    FOLLOWS,
    r"(?i)\b(?:follow[- ]?up(?: (?:to|for|of))?|regress(?:ion|ed)(?: \w+)? (?:from|since|in|by)|introduced (?:in|by|with)|broken (?:in|by|since)|bug (?:in|from)|caused by)(?: commit)?:? ([0-9a-f]{7,40})\b"
);
pattern!(PULL, r"\(#(\d+)\)\s*$");

/// Reads a message.
pub fn undoes(message: &str) -> Undoes {
    let subject = subject(message);
    let title = first(&TITLE, subject);
    let is_revert = title.is_some() || matches(&IS_REVERT, subject);
    let pulls = match is_revert {
        true => all(&REVERTS_PULL, message),
        false => Vec::new(),
    };
    let mut repairs = all(&FIXES, message);
    repairs.extend(all(&FOLLOWS, message));
    Undoes {
        reverts: all(&REVERTS, message)
            .iter()
            .flat_map(|ids| ids_in(ids))
            .collect(),
        title: title.map(|title| title.trim().to_owned()),
        pulls: pulls.iter().filter_map(|n| n.parse().ok()).collect(),
        repairs: repairs.iter().map(|id| id.to_ascii_lowercase()).collect(),
    }
}

/// A title without the number of its pull request at the end, and that number.
pub fn pull_of(title: &str) -> Option<(&str, u64)> {
    let found = PULL.as_ref()?.captures(title)?;
    let start = found.get(0)?.start();
    Some((title[..start].trim(), found.get(1)?.as_str().parse().ok()?))
}

fn subject(message: &str) -> &str {
    message.split('\n').next().unwrap_or_default().trim()
}

fn matches(pattern: &Pattern, text: &str) -> bool {
    pattern.as_ref().is_some_and(|p| p.is_match(text))
}

fn first<'t>(pattern: &Pattern, text: &'t str) -> Option<&'t str> {
    let found = pattern.as_ref()?.captures(text)?;
    found.get(1).map(|group| group.as_str())
}

fn all(pattern: &Pattern, text: &str) -> Vec<String> {
    let Some(pattern) = pattern.as_ref() else {
        return Vec::new();
    };
    let found = pattern.captures_iter(text);
    found
        .filter_map(|found| found.get(1).map(|group| group.as_str().to_owned()))
        .collect()
}

fn ids_in(text: &str) -> Vec<String> {
    let Some(pattern) = ID.as_ref() else {
        return Vec::new();
    };
    pattern
        .find_iter(text)
        .map(|id| id.as_str().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_one() {
        for pattern in [
            &REVERTS,
            &ID,
            &TITLE,
            &IS_REVERT,
            &REVERTS_PULL,
            &FIXES,
            &FOLLOWS,
            &PULL,
        ] {
            assert!(pattern.is_some());
        }
    }

    #[test]
    fn a_revert_names_its_commits() {
        let said = undoes(
            "Revert \"pool: fewer locks\" (#12)\n\nThis reverts commit 0123456789abcdef0123456789abcdef01234567.\n",
        );
        assert_eq!(said.reverts, ["0123456789abcdef0123456789abcdef01234567"]);
        assert_eq!(said.title.as_deref(), Some("pool: fewer locks"));
        let two = undoes("x\n\nReverts commits abcdef1, abcdef2 and abcdef3");
        assert_eq!(two.reverts, ["abcdef1", "abcdef2", "abcdef3"]);
        assert_eq!(two.title, None);
    }

    #[test]
    fn a_number_counts_in_a_revert_only() {
        assert_eq!(undoes("Revert the pool\n\nReverts a/b#41").pulls, [41]);
        assert_eq!(undoes("Revert the pool\n\nreverts #41").pulls, [41]);
        assert!(undoes("Speak of it\n\nReverts #41").pulls.is_empty());
    }

    #[test]
    fn a_trailer_or_a_sentence_names_what_is_repaired() {
        assert_eq!(
            undoes("net: x\n\nFixes: ABCDEF12 (\"net: pool\")").repairs,
            ["abcdef12"]
        );
        assert_eq!(
            undoes("a\n\nA bug introduced in commit abcdef12.").repairs,
            ["abcdef12"]
        );
        assert!(undoes("a\n\nFixes: #12").repairs.is_empty());
    }

    #[test]
    fn the_number_of_a_pull_request_stands_at_the_end() {
        assert_eq!(
            pull_of("pool: fewer locks (#12)"),
            Some(("pool: fewer locks", 12))
        );
        assert_eq!(pull_of("pool (#12) again"), None);
    }
}
