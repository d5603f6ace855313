//! What is written on a change and not signed yet, as a file of the journal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::app::reading::{Kept, Unfinished};
use crate::change::RepoPath;
use crate::verdict::{Answer, Comment, Severity, Side};

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct File {
    words: String,
    note: String,
    comments: Vec<Remark>,
    unfinished: Vec<Begun>,
    answers: BTreeMap<String, Option<String>>,
    checklist: [Option<String>; 3],
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Remark {
    path: Option<String>,
    side: Option<String>,
    line: Option<u64>,
    end_line: Option<u64>,
    finding: Option<String>,
    severity: String,
    body: String,
}

/// A remark or an answer that was begun.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Begun {
    remark: Remark,
    replaces: Option<usize>,
    answers: bool,
}

/// The bytes of the file.
pub(super) fn write(kept: &Kept) -> Vec<u8> {
    let file = File {
        words: kept.words.clone(),
        note: kept.note.clone(),
        comments: kept.comments.iter().map(Remark::of).collect(),
        unfinished: kept.unfinished.iter().map(Begun::of).collect(),
        answers: kept.answers.clone(),
        checklist: kept.checklist.map(|answer| {
            answer.map(|answer| {
                match answer {
                    Answer::Pass => "pass",
                    Answer::Fail => "fail",
                    Answer::Na => "na",
                }
                .to_owned()
            })
        }),
    };
    serde_json::to_vec(&file).unwrap_or_default()
}

/// What the bytes say; nothing where they cannot be read. A draft is not worth an error.
pub(super) fn read(bytes: &[u8]) -> Option<Kept> {
    let file: File = serde_json::from_slice(bytes).ok()?;
    Some(Kept {
        words: file.words,
        note: file.note,
        comments: file.comments.iter().filter_map(Remark::comment).collect(),
        unfinished: file.unfinished.iter().filter_map(Begun::read).collect(),
        answers: file.answers,
        checklist: file.checklist.map(|answer| match answer.as_deref() {
            Some("pass") => Some(Answer::Pass),
            Some("fail") => Some(Answer::Fail),
            Some("na") => Some(Answer::Na),
            _ => None,
        }),
    })
}

impl Begun {
    fn of(begun: &Unfinished) -> Self {
        Self {
            remark: Remark::of(&begun.comment),
            replaces: begun.replaces,
            answers: begun.answers,
        }
    }

    fn read(&self) -> Option<Unfinished> {
        Some(Unfinished {
            comment: self.remark.comment()?,
            replaces: self.replaces,
            answers: self.answers,
        })
    }
}

impl Remark {
    fn of(comment: &Comment) -> Self {
        Self {
            path: comment.path.as_ref().map(RepoPath::percent_encoded),
            side: comment.side.map(|side| {
                match side {
                    Side::Old => "old",
                    Side::New => "new",
                }
                .to_owned()
            }),
            line: comment.line,
            end_line: comment.end_line,
            finding: comment.finding.clone(),
            severity: crate::app::words::weight(comment.severity).to_owned(),
            body: comment.body.clone(),
        }
    }

    fn comment(&self) -> Option<Comment> {
        let path = match &self.path {
            Some(path) => Some(RepoPath::from_percent_encoded(path)?),
            None => None,
        };
        Some(Comment {
            path,
            side: self.side.as_ref().map(|side| match side.as_str() {
                "old" => Side::Old,
                _ => Side::New,
            }),
            line: self.line,
            end_line: self.end_line,
            finding: self.finding.clone(),
            severity: match self.severity.as_str() {
                "must" => Severity::Must,
                "nit" => Severity::Nit,
                "note" => Severity::Note,
                _ => Severity::Should,
            },
            body: self.body.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_comes_back_as_it_was() {
        let comment = Comment {
            path: Some(RepoPath::new(b"a\xffb".to_vec())),
            side: Some(Side::Old),
            line: Some(3),
            end_line: Some(5),
            finding: None,
            severity: Severity::Must,
            body: "no".to_owned(),
        };
        let kept = Kept {
            words: "why\nnot".to_owned(),
            note: "well".to_owned(),
            unfinished: vec![Unfinished {
                comment: comment.clone(),
                replaces: Some(0),
                answers: false,
            }],
            comments: vec![comment],
            answers: BTreeMap::from([("id".to_owned(), Some("yes".to_owned()))]),
            checklist: [Some(Answer::Pass), None, Some(Answer::Na)],
        };
        assert_eq!(read(&write(&kept)), Some(kept));
        assert_eq!(read(b"{}"), Some(Kept::default()));
        assert_eq!(read(b"no JSON"), None);
    }
}
