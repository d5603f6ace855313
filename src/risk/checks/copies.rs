//! Blocks that the change writes twice, and comments that kept the old value.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Change, Report};
use crate::diff::LineKind;
use crate::risk::kind::Kind;
use crate::risk::source::{Source, SourceHunk, SourceLine, cut};

/// Lines of a block.
const BLOCK: usize = 6;
/// Bytes a block must have, so that closing braces are none.
const BYTES: usize = 120;
/// Lines of a block that have to do something.
const WORK: usize = 3;
/// How far a comment speaks for what follows it.
const REACH: usize = 4;

/// Reports a block of added lines that the change has before already; once a file.
pub(super) fn duplicates(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("ai.duplicate") else {
        return;
    };
    let mut seen: HashMap<Vec<&[u8]>, (usize, u32)> = HashMap::new();
    for (file, source) in change.sources.iter().enumerate() {
        if !source.kinds.has(Kind::Code) {
            continue;
        }
        let mut reported = false;
        for block in source.hunks.iter().flat_map(blocks) {
            let key: Vec<&[u8]> = block.iter().map(|line| line.raw.trim_ascii()).collect();
            let works = block.iter().filter(|line| does_something(line)).count();
            if works < WORK || key.iter().map(|line| line.len()).sum::<usize>() < BYTES {
                continue;
            }
            let here = (file, block[0].number);
            let first = *seen.entry(key).or_insert(here);
            let apart = first.0 != file || here.1.abs_diff(first.1) >= BLOCK as u32;
            if apart && !reported {
                report.line(rule, (file, source), block[0], None, None);
                reported = true;
            }
        }
    }
}

/// Whether a line calls or sets something: no import, declaration, attribute or markup.
fn does_something(line: &SourceLine<'_>) -> bool {
    static FRAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?-u)^\s*(use|import|from|#\s*include|require(_once)?|using|package|namespace|export \*|@|\[|<|#\[)",
            r#"|^\s*[:@#\w.-]+=("[^"]*"|'[^']*')\s*/?>?\s*$"#,
            r"|^\s*((public|private|protected|static|final|abstract|async|override|export|default|pub)\s+)*(def|fn|func|fun|function|class|struct|interface|enum|trait)\b",
        ))
        .ok()
    });
    let is_frame = FRAME
        .as_ref()
        .is_some_and(|frame| frame.is_match(cut(line.raw)));
    !is_frame && line.lexed.code.iter().any(|b| matches!(b, b'=' | b'('))
}

/// Every run of `BLOCK` added lines of code that follow each other.
fn blocks<'a, 'b>(hunk: &'a SourceHunk<'b>) -> Vec<Vec<&'a SourceLine<'b>>> {
    let is_code = |line: &SourceLine<'_>| line.lexed.code.iter().any(|b| !b.is_ascii_whitespace());
    let mut blocks = Vec::new();
    for run in hunk.lines.chunk_by(|a, b| a.kind == b.kind) {
        let lines: Vec<&SourceLine<'_>> = run
            .iter()
            .filter(|line| line.kind == LineKind::Added && !line.moved && !line.in_test)
            .filter(|line| is_code(line))
            .collect();
        blocks.extend(lines.windows(BLOCK).map(<[_]>::to_vec));
    }
    blocks
}

/// Reports a changed number whose old value an unchanged comment above it still names.
pub(super) fn drift(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("ai.comment-drift") else {
        return;
    };
    for (file, source) in change.sources.iter().enumerate() {
        if source.kinds.any(&[Kind::Code, Kind::Config]) {
            for comment in source.hunks.iter().filter_map(|hunk| stale(source, hunk)) {
                report.line(rule, (file, source), comment, None, None);
            }
        }
    }
}

fn stale<'a, 'b>(source: &Source<'_>, hunk: &'a SourceHunk<'b>) -> Option<&'a SourceLine<'b>> {
    if source.is_new {
        return None;
    }
    hunk.lines.iter().enumerate().find_map(|(at, line)| {
        let new = line.pair.filter(|_| line.kind == LineKind::Removed)?;
        let (old, new) = (
            numbers(&line.lexed.code),
            numbers(&hunk.lines[new].lexed.code),
        );
        let gone: Vec<&[u8]> = old
            .into_iter()
            .filter(|number| !new.contains(number))
            .collect();
        let above = &hunk.lines[at.saturating_sub(REACH)..at];
        above.iter().rev().find(|comment| {
            let said = numbers(&comment.lexed.comment);
            comment.kind == LineKind::Context
                && gone.iter().any(|number| said.contains(number))
                && !new.iter().any(|number| said.contains(number))
        })
    })
}

fn numbers(text: &[u8]) -> Vec<&[u8]> {
    static NUMBER: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?-u)\b\d[\d_.]*\b").ok());
    let Some(number) = NUMBER.as_ref() else {
        return Vec::new();
    };
    number
        .find_iter(text)
        .map(|found| found.as_bytes())
        .collect()
}
