//! The part of the sheet that names what is signed, field by field.

use super::lines::{Line, Pieces};
use super::{View, plain};
use crate::app::sheet::counted;
use crate::change::Sha256;
use crate::ui::theme::Role;
use crate::verdict::VerdictKind;

/// An id, its start strong, for that is what one compares.
fn id(text: &str) -> Pieces {
    let (head, tail) = text.split_at(text.len().min(8));
    vec![
        (head.to_owned(), Role::Strong),
        (tail.to_owned(), Role::Text),
    ]
}

/// A digest by its two ends.
fn ends(digest: &Sha256) -> Pieces {
    let text = digest.to_string();
    let tail = text.len().saturating_sub(4);
    id(&format!("{}…{}", digest.short(16), &text[tail..]))
}

fn dim(text: impl Into<String>) -> Pieces {
    plain(text, Role::Dim)
}

impl View<'_> {
    /// What is judged, under which policy, by which evidence.
    pub(super) fn signed(&self, lines: &mut Vec<Line>) {
        let subject = &self.open.change.subject;
        let files = self.open.files().len() - 1;
        let added: usize = self.open.files().iter().map(|f| f.added).sum();
        let removed: usize = self.open.files().iter().map(|f| f.removed).sum();
        lines.push(Line::Heading(
            "what you sign",
            "all of it, nothing else".to_owned(),
        ));
        let commits = usize::try_from(subject.commit_count).unwrap_or(usize::MAX);
        lines.push(Line::row(
            "commit",
            id(&subject.head.commit.to_string()),
            dim(counted(commits, "commit", "commits")),
        ));
        lines.push(Line::row(
            "tree",
            id(&subject.head.tree.to_string()),
            dim(format!(
                "{} +{added} -{removed}",
                counted(files, "file", "files")
            )),
        ));
        lines.push(Line::row(
            "onto",
            id(&subject.base.commit.to_string()),
            plain(subject.target.clone(), Role::Text),
        ));
        lines.push(Line::row(
            "its tree",
            id(&subject.base.tree.to_string()),
            Pieces::new(),
        ));
        if let Some(content) = &subject.content {
            let mut pieces = ends(&content.sha256);
            let files = usize::try_from(content.files).unwrap_or(usize::MAX);
            let text = format!("  {}", counted(files, "path", "paths"));
            pieces.push((text, Role::Dim));
            let right = dim("survives a clean rebase");
            lines.push(Line::row("content", pieces, right));
        }
        self.judged_by(lines);
        self.takes_place_of(lines);
        lines.push(Line::Blank);
    }

    fn judged_by(&self, lines: &mut Vec<Line>) {
        let subject = &self.open.change.subject;
        if let Some(policy) = &subject.policy {
            let mut pieces = plain(format!("v{}  ", policy.version), Role::Text);
            pieces.extend(ends(&policy.sha256));
            let right = dim(format!("at {}", policy.commit.short(12)));
            lines.push(Line::row("policy", pieces, right));
        }
        if let Some(risk) = subject.risk.as_ref().filter(|_| self.approves()) {
            let findings = usize::try_from(risk.findings).unwrap_or(usize::MAX);
            let text = format!(
                "{} · likelihood {} · impact {} · {}",
                risk.level,
                risk.likelihood,
                risk.impact,
                counted(findings, "finding", "findings")
            );
            let right = dim(risk.sha256.short(8));
            lines.push(Line::row("risk", plain(text, Role::Text), right));
        }
        let Some(signing) = &subject.signing else {
            return;
        };
        let repository = plain(signing.repository.clone(), Role::Text);
        lines.push(Line::row("repository", repository, Pieces::new()));
        let evidence = match &signing.notes {
            Some(notes) => format!("notes {} or newer", notes.short(12)),
            None => "no notes yet".to_owned(),
        };
        let right = dim(format!("root {}", signing.policy_root.short(12)));
        lines.push(Line::row("evidence", plain(evidence, Role::Text), right));
        let time = format!("when you sign, by {}", signing.tool);
        lines.push(Line::row("time", plain(time, Role::Text), Pieces::new()));
    }

    /// Own verdicts that are named as replaced.
    fn takes_place_of(&self, lines: &mut Vec<Line>) {
        let label = match self.sheet.kind {
            VerdictKind::Withdraw => "takes back",
            _ => "replaces",
        };
        for (nth, digest) in self.sheet.supersedes.iter().enumerate() {
            let past = self.open.change.past.iter();
            let past = past.rev().find(|past| past.digest == *digest);
            let mut pieces = match past {
                Some(past) => {
                    let (word, role) = super::verb(past.kind);
                    vec![
                        ("your ".to_owned(), Role::Text),
                        (word.to_owned(), role),
                        (format!(" @{}  ", past.revision), Role::Text),
                    ]
                }
                None => plain("a verdict of yours  ", Role::Text),
            };
            pieces.extend(ends(digest));
            let label = if nth == 0 { label } else { "" };
            lines.push(Line::row(label, pieces, Pieces::new()));
        }
    }
}
