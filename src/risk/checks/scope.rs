//! What a change touches beside its task: files outside the folders its message names, and keys
//! that code still reads.

use super::limits::contains;
use super::{Change, Report};
use crate::diff::LineKind;
use crate::risk::kind::Kind;
use crate::risk::source::{Source, SourceLine};

/// Reports the first file outside the folders that the message names; silent where it names none.
pub(super) fn creep(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("ai.scope-creep") else {
        return;
    };
    let weighs = |source: &&Source<'_>| {
        source.kinds.any(&[Kind::Code, Kind::Config, Kind::Ci]) && !source.kinds.has(Kind::Manifest)
    };
    let subjects: Vec<&str> = std::iter::once(change.text.title)
        .chain(
            change
                .text
                .messages
                .iter()
                .filter_map(|message| message.lines().next()),
        )
        .collect();
    let named: Vec<String> = subjects
        .iter()
        .flat_map(|subject| places(subject))
        .collect();
    let is_named = |source: &Source<'_>| {
        let path = source.path.text().to_ascii_lowercase();
        named.iter().any(|place| is_within(&path, place))
    };
    if !change.sources.iter().filter(weighs).any(is_named) {
        return;
    }
    let areas: Vec<&[u8]> = change
        .sources
        .iter()
        .filter(|source| is_named(source))
        .map(|source| area(source.path.as_bytes()))
        .collect();
    let is_far =
        |source: &Source<'_>| !is_named(source) && !areas.contains(&area(source.path.as_bytes()));
    let mut sources = change.sources.iter().enumerate();
    let outside = sources.find(|(_, source)| weighs(source) && is_far(source));
    if let Some((file, source)) = outside {
        report.file(rule, file, source, None);
    }
}

/// The part of the repository a path is in: its first folder, or the first two where the first
/// only says that there is code.
fn area(path: &[u8]) -> &[u8] {
    const ROOTS: &[&[u8]] = &[
        b"src",
        b"lib",
        b"app",
        b"apps",
        b"packages",
        b"crates",
        b"services",
        b"internal",
        b"pkg",
        b"cmd",
        b"modules",
        b"components",
    ];
    let folders: Vec<usize> = (0..path.len()).filter(|at| path[*at] == b'/').collect();
    match folders[..] {
        [] => b"",
        [first, second, ..] if ROOTS.contains(&&path[..first]) => &path[..second],
        [first, ..] => &path[..first],
    }
}

/// The places a subject names: the scope of `fix(pool): …`, and paths.
fn places(subject: &str) -> Vec<String> {
    let mut places = Vec::new();
    if let Some((head, _)) = subject.split_once(':')
        && let Some((_, scope)) = head.split_once('(')
    {
        let scope = scope.trim_end_matches(['!', ')']).to_ascii_lowercase();
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if scope.len() > 2 && scope.chars().all(is_name) {
            places.push(scope);
        }
    }
    let words = subject.split(|c: char| c.is_whitespace() || matches!(c, '`' | '"' | '\'' | ','));
    places.extend(
        words
            .filter(|word| word.contains('/') && !word.contains("://") && word.len() > 3)
            .map(|word| {
                word.trim_matches(['.', ':', '/', '(', ')'])
                    .to_ascii_lowercase()
            }),
    );
    places
}

/// Whether a path is below a place, or has its name anywhere in its own.
fn is_within(path: &str, place: &str) -> bool {
    path.contains(place)
}

/// Reports configuration keys that go while code of the change names them.
pub(super) fn removed_keys(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("cfg.required-key-removed") else {
        return;
    };
    for (file, source) in change.sources.iter().enumerate() {
        if !source.kinds.has(Kind::Config) || source.kinds.has(Kind::Ci) {
            continue;
        }
        let gone = |line: &&SourceLine<'_>| line.kind == LineKind::Removed && !line.moved;
        for line in source.changed().filter(gone) {
            let Some(key) = key(&line.lexed.text) else {
                continue;
            };
            let again = source
                .changed()
                .any(|new| new.kind == LineKind::Added && self::key(&new.lexed.text) == Some(key));
            if !again && is_read(change, key) {
                report.line(rule, (file, source), line, None, None);
            }
        }
    }
}

/// The key of a `key: value` or `KEY=value` line, where it is long enough to be told from a word.
fn key(text: &[u8]) -> Option<&[u8]> {
    let text = text.trim_ascii();
    let end = text.iter().position(|b| matches!(b, b':' | b'=' | b' '))?;
    let key = text[..end].trim_ascii();
    let key = key
        .strip_prefix(b"\"")
        .and_then(|k| k.strip_suffix(b"\""))
        .unwrap_or(key);
    let whole = key
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let telling = key.len() >= 6
        && key
            .iter()
            .any(|b| matches!(b, b'_' | b'-') || b.is_ascii_uppercase());
    (whole && telling).then_some(key)
}

fn is_read(change: &Change<'_>, key: &[u8]) -> bool {
    let code = change
        .sources
        .iter()
        .filter(|source| source.kinds.has(Kind::Code));
    code.flat_map(|source| &source.hunks)
        .flat_map(|hunk| &hunk.lines)
        .any(|line| line.kind != LineKind::Removed && contains(&line.lexed.text, key))
}
