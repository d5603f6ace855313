//! The parts of the sheet with what was written and what was seen.

use super::lines::{Line, Pieces};
use super::{View, plain};
use crate::app::change::Acknowledge;
use crate::app::sheet::{counted, viewed};
use crate::app::words::weight;
use crate::diff::visible;
use crate::ui::aside;
use crate::ui::theme::Role;
use crate::ui::wording::span;
use crate::verdict::{Comment, VerdictKind};

/// Cells of the bar of what was seen.
const BAR: usize = 14;

/// A text of several lines, spelt out; its label at the first.
fn words(label: &str, text: &str, lines: &mut Vec<Line>) {
    for (nth, line) in text.split('\n').enumerate() {
        let label = if nth == 0 { label } else { "" };
        let shown = visible::text(line.as_bytes()).into_owned();
        lines.push(Line::row(label, plain(shown, Role::Text), Pieces::new()));
    }
}

/// Where a remark stands: `path:12-14`, the old side named, the finding it is about.
fn place(comment: &Comment) -> String {
    let Some(path) = &comment.path else {
        return "the change".to_owned();
    };
    let mut place = visible::text(path.as_bytes()).into_owned();
    if let Some(line) = comment.line {
        place.push_str(&format!(":{line}"));
    }
    if let Some(end) = comment.end_line {
        place.push_str(&format!("-{end}"));
    }
    if comment.side == Some(crate::verdict::Side::Old) {
        place.push_str(" before");
    }
    if let Some(finding) = &comment.finding {
        place.push_str(&format!(" on {finding}"));
    }
    place
}

impl View<'_> {
    pub(super) fn approves(&self) -> bool {
        self.sheet.kind == VerdictKind::Approve
    }

    /// The reason, the note, the remarks that go with it.
    pub(super) fn words(&self, lines: &mut Vec<Line>) {
        let said = self.sheet.words.trim();
        let comments = self.sheet.comments(self.visit);
        let begun = self.visit.unfinished.iter().filter(|one| !one.answers);
        let begun = begun.count();
        if said.is_empty() && comments.is_empty() && begun == 0 {
            return;
        }
        let rejects = self.sheet.kind == VerdictKind::Reject;
        let title = if rejects {
            "why, and where"
        } else {
            "what goes with it"
        };
        lines.push(Line::Heading(title, "goes into the signature".to_owned()));
        if !said.is_empty() {
            words(if rejects { "reason" } else { "note" }, said, lines);
        }
        for comment in comments {
            let label = weight(comment.severity);
            let place = plain(place(comment), Role::Dim);
            let one_line = !comment.body.contains('\n');
            if one_line {
                let mut pieces = place;
                let body = visible::text(comment.body.as_bytes()).into_owned();
                pieces.push((format!("  {body}"), Role::Text));
                lines.push(Line::row(label, pieces, Pieces::new()));
            } else {
                lines.push(Line::row(label, place, Pieces::new()));
                words("", &comment.body, lines);
            }
        }
        if begun > 0 {
            let text = format!(
                "{} not finished or taken out: stays here, is not signed",
                counted(begun, "remark", "remarks")
            );
            lines.push(Line::row("", plain(text, Role::Ask), Pieces::new()));
        }
        lines.push(Line::Blank);
    }

    pub(super) fn seen(&self, lines: &mut Vec<Line>) {
        if matches!(
            self.sheet.kind,
            VerdictKind::Withdraw | VerdictKind::Comment
        ) {
            return;
        }
        let asks = &self.open.change.asks;
        let figures = viewed(self.open, self.visit);
        let said = match self.approves() {
            true => "goes into the signature",
            false => "is not signed in a rejection",
        };
        lines.push(Line::Heading("what you saw", said.to_owned()));
        let share = self.open.share(self.visit);
        let filled = (share.seen * BAR).checked_div(share.total);
        let filled = filled.unwrap_or(BAR).min(BAR);
        let bar = format!("{}{}", "█".repeat(filled), "░".repeat(BAR - filled));
        let needed = match asks.min_viewed {
            _ if !self.approves() => Pieces::new(),
            0 => plain("not asked", Role::Faint),
            percent => {
                let whole = match percent {
                    100 => "all".to_owned(),
                    _ => format!("{percent}%"),
                };
                let done = share.reaches(usize::from(percent));
                checked(done, &format!("asked: {whole}"))
            }
        };
        let hunks = vec![
            (format!("{} of {}  ", share.seen, share.total), Role::Text),
            (bar, Role::You),
            (format!("  {}", span(figures.seconds)), Role::Text),
            (
                format!(
                    "  {} of {} files",
                    figures.files_viewed, figures.files_total
                ),
                Role::Dim,
            ),
        ];
        lines.push(Line::row("hunks", hunks, needed));
        self.findings(lines, figures.hidden);
        lines.push(Line::Blank);
    }

    fn findings(&self, lines: &mut Vec<Line>, hidden: u64) {
        let answered = self.open.answered(self.visit);
        let asked = self.open.change.asks.acknowledge == Acknowledge::Asked;
        let right = match asked && self.approves() {
            true => checked(answered.is_all(), "asked: all"),
            false => Pieces::new(),
        };
        let text = match answered.total {
            0 => "none wants an answer".to_owned(),
            total => format!("{} of {total} answered", answered.seen),
        };
        let mut pieces = plain(text, Role::Text);
        let role = if hidden > 0 { Role::Ask } else { Role::Dim };
        pieces.push((format!("  {hidden} characters shown escaped"), role));
        lines.push(Line::row("findings", pieces, right));
        let mut named = std::collections::BTreeSet::new();
        for note in &self.open.notes {
            let (Some(id), Some(name)) = (note.finding(), note.finding_name()) else {
                continue;
            };
            // What was answered without being asked is signed too.
            let answer = self.visit.answers.get(id);
            if answer.is_none() && !note.wants_answer() {
                continue;
            }
            named.insert(id);
            let (mark, role) = match answer {
                Some(_) => ("x ", Role::Good),
                None => ("▲ ", Role::Ask),
            };
            let place = aside::place_of(note);
            let mut pieces = vec![
                (mark.to_owned(), role),
                (format!("{name}  "), Role::Text),
                (place, Role::Dim),
            ];
            if let Some(words) = answer.and_then(Option::as_ref) {
                let words = visible::text(words.as_bytes());
                pieces.push((format!("  \"{words}\""), Role::Text));
            }
            lines.push(Line::row("", pieces, Pieces::new()));
        }
        // An answer to what was found on an earlier visit is signed as well.
        for (id, words) in &self.visit.answers {
            if !named.contains(id.as_str()) {
                let words = words.as_ref();
                let words = words.map_or(String::new(), |words| format!("  \"{words}\""));
                let text = format!("x {id}{}", visible::text(words.as_bytes()));
                lines.push(Line::row("", plain(text, Role::Dim), Pieces::new()));
            }
        }
    }
}

/// `✓ asked: all`, or an amber ellipsis while it is missing.
pub(super) fn checked(done: bool, text: &str) -> Pieces {
    let (mark, role) = if done {
        ("✓", Role::Good)
    } else {
        ("…", Role::Ask)
    };
    match text {
        "" => plain(mark, role),
        _ => vec![(format!("{mark} "), role), (text.to_owned(), Role::Dim)],
    }
}
