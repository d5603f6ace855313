//! What scanners say of a change, as notes of the screen.

use crate::app::change::{Note, NoteKind};
use crate::change::RepoPath;
use crate::diff::rows::OnSide;
use crate::risk::finding_id;
use crate::risk::scanner::{Heard, Reported, Scanned, ToolLevel};

/// A note for each finding in the change, and one for each report that cannot be read.
pub(super) fn notes(scanned: &Scanned) -> impl Iterator<Item = Note> + '_ {
    let unread = scanned.reports.iter().filter_map(unread);
    scanned.within.iter().map(found).chain(unread)
}

fn found(one: &Reported) -> Note {
    let finding = &one.finding;
    Note {
        path: Some(finding.path.clone()),
        side: OnSide::New,
        line: finding.line,
        kind: NoteKind::Scanned {
            id: finding.id.clone(),
            tool: finding.tool.clone(),
            rule: finding.rule.clone(),
            level: one.level,
        },
        text: finding.message.clone(),
    }
}

fn unread(report: &Heard) -> Option<Note> {
    let why = report.unread.as_ref()?;
    let place = RepoPath::from(report.source.as_str());
    let rule = "unreadable";
    Some(Note {
        path: None,
        side: OnSide::New,
        line: None,
        kind: NoteKind::Scanned {
            id: finding_id(&report.tool, rule, &place, None, b"", 1),
            tool: report.tool.clone(),
            rule: rule.to_owned(),
            level: ToolLevel::Warning,
        },
        text: format!("{} {why}", report.source),
    })
}
