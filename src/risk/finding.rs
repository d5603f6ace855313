//! A finding: a place in the change that somebody should answer for, with the question to answer.

use std::collections::HashMap;
use std::fmt::Write as _;

use sha2::Digest as _;

use crate::change::{RepoPath, Sha256};
use crate::diff::LineKind;

/// The version of a file that a finding's line is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Before the change.
    Old,
    /// After it.
    New,
}

impl Side {
    /// `old` or `new`, as JSON and the finding's id carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}

impl From<LineKind> for Side {
    /// A removed line is on the old side, every other on the new one.
    fn from(kind: LineKind) -> Self {
        match kind {
            LineKind::Removed => Self::Old,
            LineKind::Context | LineKind::Added => Self::New,
        }
    }
}

/// The name under which our own rules report.
pub const TOOL: &str = "countersign";

/// The path of a finding in the commit message.
pub const MESSAGE_PATH: &str = "/message";

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// 16 hex digits that survive a rebase: made of tool, rule, path, side and the line's text.
    pub id: String,
    /// Who found it: [`TOOL`] or the name of a scanner.
    pub tool: String,
    /// The rule, as `docs/risk.md` lists it.
    pub rule: String,
    /// 3 must be answered before sign-off, 2 look, 1 note.
    pub severity: u8,
    /// The file; [`MESSAGE_PATH`] is the commit message.
    pub path: RepoPath,
    /// Which version the line is in; none for the file as a whole.
    pub side: Option<Side>,
    /// The line's number on that side, from 1; none for the file as a whole.
    pub line: Option<u32>,
    /// The bytes of the line that matched, from 0, end excluded; only where one place matched.
    pub columns: Option<(usize, usize)>,
    /// What to check, in words.
    pub message: String,
}

/// A finding whose id has not been computed yet: the id needs the ordinal among equal ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) rule: String,
    pub(super) severity: u8,
    pub(super) path: RepoPath,
    pub(super) side: Option<Side>,
    pub(super) line: Option<u32>,
    pub(super) columns: Option<(usize, usize)>,
    pub(super) text: Vec<u8>,
    pub(super) message: String,
}

impl Draft {
    /// A draft about a file as a whole.
    pub(super) fn of_file(rule: &str, severity: u8, path: &RepoPath, message: String) -> Self {
        Self {
            rule: rule.to_owned(),
            severity,
            path: path.clone(),
            side: None,
            line: None,
            columns: None,
            text: Vec::new(),
            message,
        }
    }
}

/// Gives each draft its id. Equal ones (rule, path, side and text) are told apart by their
/// ordinal, from 1, in the order given: the order of the lines.
pub(super) fn with_ids(drafts: Vec<Draft>) -> Vec<Finding> {
    let mut seen: HashMap<[u8; 32], u32> = HashMap::new();
    drafts
        .into_iter()
        .map(|draft| {
            let side = draft.side.map_or("", Side::as_str);
            let key = digest(TOOL, &draft.rule, &draft.path, side, &draft.text, 0);
            let ordinal = seen.entry(key).or_insert(0);
            *ordinal += 1;
            Finding {
                id: finding_id(
                    TOOL,
                    &draft.rule,
                    &draft.path,
                    draft.side,
                    &draft.text,
                    *ordinal,
                ),
                tool: TOOL.to_owned(),
                rule: draft.rule,
                severity: draft.severity,
                path: draft.path,
                side: draft.side,
                line: draft.line,
                columns: draft.columns,
                message: draft.message,
            }
        })
        .collect()
}

/// The id of a finding (`docs/formats.md`): the first 16 hex digits of a SHA-256 over what does not
/// change in a rebase. `text` is the line's bytes; its CR and LF do not count. `ordinal` tells
/// equal findings of one file apart, from 1, written in decimal. No side is the empty text.
pub fn finding_id(
    tool: &str,
    rule: &str,
    path: &RepoPath,
    side: Option<Side>,
    text: &[u8],
    ordinal: u32,
) -> String {
    let side = side.map_or("", Side::as_str);
    let digest = digest(tool, rule, path, side, text, ordinal);
    Sha256::from_bytes(digest).short(16)
}

fn digest(
    tool: &str,
    rule: &str,
    path: &RepoPath,
    side: &str,
    text: &[u8],
    ordinal: u32,
) -> [u8; 32] {
    let end = text
        .iter()
        .rposition(|b| !matches!(b, b'\r' | b'\n'))
        .map_or(0, |last| last + 1);
    let ordinal = ordinal.to_string();
    let parts: [&[u8]; 6] = [
        tool.as_bytes(),
        rule.as_bytes(),
        path.as_bytes(),
        side.as_bytes(),
        &text[..end],
        ordinal.as_bytes(),
    ];
    let mut hash = sha2::Sha256::new();
    hash.update(b"countersign.finding.v1\0");
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The digest of what a reviewer was shown: SHA-256 of the canonical JSON (RFC 8785) array
/// `[{id,path,rule,severity}]` by id, paths percent-encoded.
pub fn shown_digest(findings: &[Finding]) -> Sha256 {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by(|a, b| (&a.id, &a.path, &a.rule).cmp(&(&b.id, &b.path, &b.rule)));
    let mut json = String::from("[");
    for (index, finding) in sorted.into_iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        json.push_str("{\"id\":");
        quote(&finding.id, &mut json);
        json.push_str(",\"path\":");
        quote(&finding.path.percent_encoded(), &mut json);
        json.push_str(",\"rule\":");
        quote(&finding.rule, &mut json);
        let _ = write!(json, ",\"severity\":{}}}", finding.severity);
    }
    json.push(']');
    Sha256::from_bytes(sha2::Sha256::digest(json.as_bytes()).into())
}

/// A JSON string as RFC 8785 writes it.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(line: u32, text: &[u8]) -> Draft {
        Draft {
            rule: "err.swallowed".into(),
            severity: 3,
            path: RepoPath::from("src/a b.rs"),
            side: Some(Side::New),
            line: Some(line),
            columns: None,
            text: text.to_vec(),
            message: "The error is dropped.".into(),
        }
    }

    #[test]
    fn the_id_ignores_line_numbers_and_line_ends_and_counts_equal_lines() {
        let found = with_ids(vec![
            draft(10, b"let _ = x;\r"),
            draft(20, b"let _ = x;"),
            draft(30, b"let _ = y;"),
        ]);
        let moved = with_ids(vec![draft(99, b"let _ = x;")]);
        assert_eq!(found[0].id, moved[0].id);
        assert_ne!(found[0].id, found[1].id);
        assert_ne!(found[0].id, found[2].id);
        assert_eq!(found[0].id.len(), 16);
    }

    #[test]
    fn the_id_is_the_documented_digest() {
        // printf of the parts, then sha256sum: lengths as eight big-endian bytes.
        let mut bytes = b"countersign.finding.v1\0".to_vec();
        for part in ["countersign", "r.x", "p", "old", "t", "1"] {
            bytes.extend([0, 0, 0, 0, 0, 0, 0, part.len() as u8]);
            bytes.extend(part.as_bytes());
        }
        let whole = Sha256::from_bytes(sha2::Sha256::digest(&bytes).into()).to_string();
        let path = RepoPath::from("p");
        let id = finding_id("countersign", "r.x", &path, Some(Side::Old), b"t\r\n", 1);
        assert_eq!(id, whole[..16]);
    }

    #[test]
    fn what_was_shown_is_sorted_by_id_and_encoded_once() {
        let mut found = with_ids(vec![draft(1, b"one"), draft(2, b"two")]);
        let digest = shown_digest(&found);
        found.reverse();
        assert_eq!(shown_digest(&found), digest);
        let empty = Sha256::from_bytes(sha2::Sha256::digest(b"[]").into());
        assert_eq!(shown_digest(&[]), empty);
        let one = &found[..1];
        let json = format!(
            r#"[{{"id":"{}","path":"src/a%20b.rs","rule":"err.swallowed","severity":3}}]"#,
            one[0].id
        );
        let expected = Sha256::from_bytes(sha2::Sha256::digest(json.as_bytes()).into());
        assert_eq!(shown_digest(one), expected);
    }
}
