//! Makes changes out of a few lines of text.

use countersign::change::{Oid, RepoPath};
use countersign::diff::{Body, FileDiff, FileSide, FileStatus, Hunk, Line, LineKind, Mode};
use countersign::risk::{Assessment, ChangeText, HistoryStats, PolicyRisk, assess};

/// One side of a file.
pub fn side(path: &str, mode: Mode) -> FileSide {
    FileSide {
        path: RepoPath::from(path),
        mode,
        id: Oid::from_bytes([7; 20]),
        size: 10,
        facts: Default::default(),
    }
}

/// A changed file: each line begins with `+`, `-` or a blank.
pub fn file(path: &str, lines: &[&[u8]]) -> FileDiff {
    let (mut old, mut new) = (0, 0);
    let lines: Vec<Line> = lines
        .iter()
        .map(|line| {
            let kind = match line.first() {
                Some(b'+') => LineKind::Added,
                Some(b'-') => LineKind::Removed,
                _ => LineKind::Context,
            };
            old += u32::from(kind != LineKind::Added);
            new += u32::from(kind != LineKind::Removed);
            Line {
                kind,
                old: (kind != LineKind::Added).then_some(old),
                new: (kind != LineKind::Removed).then_some(new),
                bytes: line.get(1..).unwrap_or_default().to_vec(),
                no_newline: false,
            }
        })
        .collect();
    let count = |kind| lines.iter().filter(|line| line.kind == kind).count();
    FileDiff {
        status: FileStatus::Modified,
        old: Some(side(path, Mode::Regular)),
        new: Some(side(path, Mode::Regular)),
        added: count(LineKind::Added),
        removed: count(LineKind::Removed),
        body: Body::Text(vec![Hunk {
            old_start: 1,
            old_lines: old,
            new_start: 1,
            new_lines: new,
            scope: String::new(),
            lines,
        }]),
    }
}

/// A changed file of text lines.
pub fn text(path: &str, lines: &str) -> FileDiff {
    let lines: Vec<&[u8]> = lines.lines().map(str::as_bytes).collect();
    file(path, &lines)
}

/// A file whose contents nobody can read.
pub fn opaque(path: &str, body: Body) -> FileDiff {
    FileDiff {
        body,
        ..file(path, &[])
    }
}

/// Assesses with nothing but a message.
pub fn judge(message: &str, files: &[FileDiff]) -> Assessment {
    judge_with(message, None, files, &PolicyRisk::NONE, None)
}

/// Assesses with everything.
pub fn judge_with(
    message: &str,
    accountable: Option<&str>,
    files: &[FileDiff],
    policy: &PolicyRisk<'_>,
    history: Option<&HistoryStats>,
) -> Assessment {
    let messages = [message];
    let text = ChangeText {
        title: message.lines().next().unwrap_or_default(),
        messages: &messages,
        accountable,
    };
    assess(&text, files, policy, history, None)
}
