//! Boxes of words: the reason of a rejection, a remark, a note, a search, a filter.

use super::action::Action;
use super::complete::Offers;
use super::sheet::Arming;
use super::text::{Edit, Text};
use crate::change::RepoPath;
use crate::verdict::{Severity, Side, VerdictKind};

/// A box of words on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What the words are for.
    pub purpose: Purpose,
    /// The words.
    pub text: Text,
    /// Earlier words for the same purpose, newest last.
    pub earlier: Vec<String>,
    /// Which of those is shown; none is what is being written.
    pub recalled: Option<usize>,
    /// Why the words cannot be taken as they are.
    pub complaint: Option<String>,
    /// How a filter can go on.
    pub offers: Offers,
    /// Which of those that are offered is chosen.
    pub chosen: usize,
    /// Since when it has been on the screen: what is finished before is no answer.
    pub arming: Arming,
}

/// What a box of words is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// The reason of a rejection.
    Reason,
    /// A remark on a place.
    Remark(Box<Remark>),
    /// A note that goes with the verdict on the sheet, of this kind; in a rejection the reason.
    Note(VerdictKind),
    /// A search in the diff.
    Search,
    /// A filter of the queue.
    Filter,
}

/// The place of a remark that is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The file; none is the change.
    pub path: Option<RepoPath>,
    /// The side.
    pub side: Option<Side>,
    /// The line, or the first of several.
    pub line: Option<u64>,
    /// The last of several.
    pub end_line: Option<u64>,
    /// The finding it answers.
    pub finding: Option<String>,
    /// How much it weighs.
    pub severity: Severity,
    /// The draft that it replaces.
    pub replaces: Option<usize>,
    /// Whether it is the sentence of an answer to the finding, and no remark.
    pub answers: bool,
}

impl Words {
    /// An empty box.
    pub fn new(purpose: Purpose, text: impl Into<String>) -> Self {
        Self {
            purpose,
            text: Text::new(text),
            earlier: Vec::new(),
            recalled: None,
            complaint: None,
            offers: Offers::default(),
            chosen: 0,
            arming: Arming::default(),
        }
    }

    /// Whether finishing it writes what is signed as evidence: an answer to a finding.
    pub fn is_answer(&self) -> bool {
        matches!(&self.purpose, Purpose::Remark(remark) if remark.answers)
    }

    /// Whether the box holds one line only.
    pub fn is_line(&self) -> bool {
        match &self.purpose {
            Purpose::Reason | Purpose::Note(_) => false,
            Purpose::Remark(remark) => remark.answers,
            _ => true,
        }
    }

    /// Writes into the box.
    pub fn insert(&mut self, text: &str) {
        if self.is_line() {
            self.text.insert(&text.replace(['\n', '\r'], " "));
        } else {
            self.text.insert(text);
        }
        self.changed();
    }

    /// Performs an editing action; false where it is none.
    pub fn edit(&mut self, action: Action) -> bool {
        let edit = match action {
            Action::LineUp => return self.up(),
            Action::LineDown => return self.down(),
            Action::NewLine => {
                self.insert("\n");
                return true;
            }
            Action::CharLeft => Edit::Left,
            Action::CharRight => Edit::Right,
            Action::LineStart => Edit::Home,
            Action::LineEnd => Edit::End,
            Action::Backspace => Edit::Backspace,
            Action::DeleteChar => Edit::Delete,
            Action::DeleteWord => Edit::DeleteWord,
            Action::DeleteLine => Edit::DeleteLine,
            Action::Weight => return self.weigh(),
            _ => return false,
        };
        self.text.edit(edit);
        self.changed();
        true
    }

    fn changed(&mut self) {
        self.complaint = None;
        self.chosen = 0;
        self.recalled = None;
    }

    fn up(&mut self) -> bool {
        if !self.offers.all.is_empty() {
            self.chosen = self.chosen.saturating_sub(1);
        } else if self.text.on_first_line() {
            self.recall(true);
        } else {
            self.text.edit(Edit::Up);
        }
        true
    }

    fn down(&mut self) -> bool {
        if !self.offers.all.is_empty() {
            let last = self.offers.all.len().saturating_sub(1);
            self.chosen = (self.chosen + 1).min(last);
        } else if self.recalled.is_some() {
            self.recall(false);
        } else {
            self.text.edit(Edit::Down);
        }
        true
    }

    /// Brings back earlier words. What was written and not finished is kept as the last of them.
    fn recall(&mut self, back: bool) {
        let at = match (self.recalled, back) {
            (None, true) if !self.earlier.is_empty() => {
                let newest = self.earlier.len() - 1;
                if !self.text.is_blank() {
                    self.earlier.push(self.text.as_str().to_owned());
                }
                newest
            }
            (Some(at), true) => at.saturating_sub(1),
            (Some(at), false) => at + 1,
            (None, _) => return,
        };
        let words = self.earlier.get(at).cloned();
        self.recalled = words.is_some().then_some(at);
        self.text = Text::new(words.unwrap_or_default());
    }

    fn weigh(&mut self) -> bool {
        if let Purpose::Remark(remark) = &mut self.purpose
            && !remark.answers
        {
            remark.severity = match remark.severity {
                Severity::Should => Severity::Must,
                Severity::Must => Severity::Nit,
                Severity::Nit => Severity::Note,
                Severity::Note => Severity::Should,
            };
        }
        true
    }
}

/// The word of a remark's weight.
pub const fn weight(severity: Severity) -> &'static str {
    match severity {
        Severity::Must => "must",
        Severity::Should => "should",
        Severity::Nit => "nit",
        Severity::Note => "note",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_reasons_come_back_and_what_was_begun_is_not_lost() {
        let mut words = Words::new(Purpose::Reason, "begun");
        words.earlier = vec!["older".to_owned(), "newer".to_owned()];
        let seen = [
            Action::LineUp,
            Action::LineUp,
            Action::LineDown,
            Action::LineDown,
        ]
        .map(|action| {
            words.edit(action);
            words.text.as_str().to_owned()
        });
        assert_eq!(seen, ["newer", "older", "newer", "begun"]);
    }

    #[test]
    fn one_line_boxes_stay_one_line() {
        let mut words = Words::new(Purpose::Search, "");
        words.insert("a\nb");
        words.edit(Action::NewLine);
        assert_eq!(words.text.as_str(), "a b ");
    }
}
