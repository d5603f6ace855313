//! What a reviewer did in a change: seen, answered, written; and what of it outlives the program.

use std::collections::BTreeMap;

use super::seen::Seen;
use crate::change::Oid;
use crate::verdict::{Answer, Comment};

/// What a reviewer did in a change during this session; kept when another change is read.
#[derive(Debug, Clone, Default)]
pub struct Visit {
    /// What was on the screen.
    pub seen: Seen,
    /// Of which diff: base and head. Where the target has moved on, the same revision has another.
    pub seen_of: Option<(Oid, Oid)>,
    /// For how long, in milliseconds, while somebody was at the keys.
    pub millis: u64,
    /// Findings that were answered, with the words, if any.
    pub answers: BTreeMap<String, Option<String>>,
    /// Remarks that go with the verdict.
    pub comments: Vec<Comment>,
    /// Remarks and answers that were begun, or taken out again: they go nowhere.
    pub unfinished: Vec<Unfinished>,
    /// The checklist.
    pub checklist: [Option<Answer>; 3],
    /// The reason of a rejection that was being written.
    pub words: String,
    /// The note of an approval, a remark or a withdrawal.
    pub note: String,
    /// Whether the diff has been on the screen at all.
    pub was_shown: bool,
    /// When the reader first went into it, on the clock of the program.
    pub entered: Option<u64>,
    /// Whether the marks of earlier visits have been taken over.
    pub restored: bool,
}

/// A remark or an answer that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// Its place, weight and words so far.
    pub comment: Comment,
    /// The draft that it is to replace.
    pub replaces: Option<usize>,
    /// Whether it is the sentence of an answer to a finding, and no remark.
    pub answers: bool,
}

impl Unfinished {
    /// Whether both are about the same thing.
    pub fn is_about(&self, other: &Self) -> bool {
        let place = |one: &Self| {
            let of = &one.comment;
            (of.path.clone(), of.side, of.line, of.finding.clone())
        };
        self.answers == other.answers
            && self.replaces == other.replaces
            && self.comment.end_line == other.comment.end_line
            && place(self) == place(other)
    }
}

/// What a reviewer has written and answered and not signed yet: kept through quits and crashes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// The reason.
    pub words: String,
    /// The note.
    pub note: String,
    /// Remarks.
    pub comments: Vec<Comment>,
    /// What was begun.
    pub unfinished: Vec<Unfinished>,
    /// Findings that were answered.
    pub answers: BTreeMap<String, Option<String>>,
    /// The checklist.
    pub checklist: [Option<Answer>; 3],
}

impl Visit {
    /// What would be lost if the program ended now.
    pub fn kept(&self) -> Kept {
        Kept {
            words: self.words.clone(),
            note: self.note.clone(),
            comments: self.comments.clone(),
            unfinished: self.unfinished.clone(),
            answers: self.answers.clone(),
            checklist: self.checklist,
        }
    }

    /// Takes up what was kept.
    pub fn take_up(&mut self, kept: Kept) {
        self.words = kept.words;
        self.note = kept.note;
        self.comments = kept.comments;
        self.unfinished = kept.unfinished;
        self.answers = kept.answers;
        self.checklist = kept.checklist;
    }

    /// Keeps what is being written at a place; nothing but blanks takes it away.
    pub fn begin(&mut self, begun: Unfinished) {
        let at = self.unfinished.iter().position(|old| old.is_about(&begun));
        match (at, begun.comment.body.trim().is_empty()) {
            (Some(at), true) => {
                self.unfinished.remove(at);
            }
            (Some(at), false) => self.unfinished[at] = begun,
            (None, true) => {}
            (None, false) => self.unfinished.push(begun),
        }
    }

    /// What was begun about the same thing.
    pub fn begun(&self, about: &Unfinished) -> Option<&Unfinished> {
        self.unfinished.iter().find(|old| old.is_about(about))
    }

    /// Takes a draft out of what goes with the verdict.
    pub fn take_out(&mut self, index: usize) -> Option<Comment> {
        let comment = (index < self.comments.len()).then(|| self.comments.remove(index))?;
        for one in &mut self.unfinished {
            one.replaces = match one.replaces {
                Some(at) if at == index => None,
                Some(at) if at > index => Some(at - 1),
                other => other,
            };
        }
        Some(comment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Severity;

    fn begun(line: u64, body: &str, replaces: Option<usize>) -> Unfinished {
        Unfinished {
            comment: Comment {
                path: Some("a".into()),
                side: None,
                line: Some(line),
                end_line: None,
                finding: None,
                severity: Severity::Should,
                body: body.to_owned(),
            },
            replaces,
            answers: false,
        }
    }

    #[test]
    fn one_thing_is_begun_at_a_place() {
        let mut visit = Visit::default();
        visit.begin(begun(1, "so", None));
        visit.begin(begun(2, "other", None));
        visit.begin(begun(1, "so far", None));
        let words = |visit: &Visit| {
            let all = visit.unfinished.iter();
            all.map(|one| one.comment.body.clone()).collect::<Vec<_>>()
        };
        assert_eq!(words(&visit), ["so far", "other"]);
        visit.begin(begun(1, " ", None));
        assert_eq!(words(&visit), ["other"]);
    }

    #[test]
    fn a_draft_that_is_taken_out_leaves_no_wrong_numbers_behind() {
        let mut visit = Visit::default();
        let drafts = ["a", "b", "c"].map(|body| begun(1, body, None).comment);
        visit.comments.extend(drafts);
        visit.begin(begun(5, "new b", Some(1)));
        visit.begin(begun(6, "new c", Some(2)));
        assert_eq!(visit.take_out(1).map(|c| c.body), Some("b".to_owned()));
        let numbers: Vec<_> = visit.unfinished.iter().map(|one| one.replaces).collect();
        assert_eq!(numbers, [None, Some(1)]);
        assert_eq!(visit.take_out(7), None);
    }
}
