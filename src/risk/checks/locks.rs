//! Locks that hold for less than before: the unlock moved up, or statements moved out of the block.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Change, Report};
use crate::diff::LineKind;
use crate::risk::kind::Kind;
use crate::risk::source::{SourceHunk, SourceLine};

static UNLOCK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?-u)(\b[uU]nlock|\.R?[uU]nlock|_unlock\w*|\.release)\s*\(|\bdrop\((guard|lock)\w*\)",
    )
    .ok()
});
static LOCK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?-u)\.R?[lL]ock\(\s*\)|\.acquire\(\s*\)|\b(mutex|spin)_lock\w*\(").ok()
});
static BLOCK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?-u)^\s*(async\s+)?with\s+[\w.]*(lock|mutex|sem)\w*.*:\s*$|\bsynchronized\s*\(.*\)\s*\{|^\s*lock\s*\(.*\)\s*\{?\s*$|\.synchronize\s+do\b",
    )
    .ok()
});

/// Reports locks that were narrowed.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("conc.lock-narrowed") else {
        return;
    };
    for (file, source) in change.sources.iter().enumerate() {
        if !source.kinds.has(Kind::Code) {
            continue;
        }
        for hunk in &source.hunks {
            let place = unlocked_earlier(hunk).or_else(|| left_the_block(hunk));
            if let Some(line) = place {
                report.line(rule, (file, source), line, None, None);
            }
        }
    }
}

fn matches(pattern: &LazyLock<Option<Regex>>, line: &SourceLine<'_>) -> bool {
    pattern
        .as_ref()
        .is_some_and(|regex| regex.is_match(&line.lexed.code))
}

/// An unlock that stands earlier than before, or no longer waits for the end of the function; or a
/// lock that stands later.
fn unlocked_earlier<'a, 'b>(hunk: &'a SourceHunk<'b>) -> Option<&'a SourceLine<'b>> {
    let of = |kind, pattern: &'static LazyLock<Option<Regex>>| {
        hunk.lines
            .iter()
            .enumerate()
            .filter(move |(_, line)| line.kind == kind && matches(pattern, line))
    };
    let is_code = |line: &SourceLine<'_>| {
        line.kind == LineKind::Context && line.lexed.code.iter().any(|b| b.is_ascii_alphanumeric())
    };
    let between = |from: usize, to: usize| hunk.lines[from..to].iter().any(is_code);
    let deferred = |line: &SourceLine<'_>| line.lexed.code.trim_ascii().starts_with(b"defer ");
    for (new, added) in of(LineKind::Added, &UNLOCK) {
        for (old, removed) in of(LineKind::Removed, &UNLOCK) {
            let up = new < old && between(new, old) && !deferred(added);
            if up || (deferred(removed) && !deferred(added)) {
                return Some(added);
            }
        }
    }
    for (new, added) in of(LineKind::Added, &LOCK) {
        for (old, removed) in of(LineKind::Removed, &LOCK) {
            if old < new && between(old, new) && removed.moved {
                return Some(added);
            }
        }
    }
    None
}

/// A statement that was inside a block under a lock and is not any more.
fn left_the_block<'a, 'b>(hunk: &'a SourceHunk<'b>) -> Option<&'a SourceLine<'b>> {
    for (at, block) in hunk.lines.iter().enumerate() {
        if block.kind != LineKind::Context || !matches(&BLOCK, block) {
            continue;
        }
        let outer = block.indent?;
        let inside: Vec<&SourceLine<'_>> = hunk.lines[at + 1..]
            .iter()
            .filter(|line| line.kind != LineKind::Added && line.indent.is_some())
            .take_while(|line| line.indent > Some(outer))
            .filter(|line| line.kind == LineKind::Removed && line.moved)
            .collect();
        let same = |line: &SourceLine<'_>| line.raw.trim_ascii().to_vec();
        let out = hunk.lines[at + 1..].iter().find(|line| {
            line.kind == LineKind::Added
                && line.moved
                && line.indent.is_some_and(|indent| indent <= outer)
                && inside.iter().any(|old| same(old) == same(line))
        });
        if out.is_some() {
            return out;
        }
    }
    None
}
