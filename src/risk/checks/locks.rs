//! Locks that hold for less than before: the unlock moved up, statements moved out of the section,
//! or the section was split in two.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::guards::{is_given_back, name_of_guard};
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
/// What takes a lock; the capture is the lock.
static LOCK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?-u)([\w.]+?)(?:\.|->)R?[lL]ock\(\s*\)|([\w.]+)\.acquire\(\s*\)|\b(?:mutex|spin)_lock\w*\(\s*&?([\w.>-]+)").ok()
});
static BLOCK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?-u)^\s*(async\s+)?with\s+[\w.]*(lock|mutex|sem|guard)\w*.*:\s*$|\bsynchronized\s*\(.*\)\s*\{|^\s*lock\s*\(.*\)\s*\{?\s*$|\.synchronize\s+do\b",
    )
    .ok()
});

static DECLARED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?-u)\b(?:def|fn|func|function|fun|void|private|protected|public)\s+(?:\([^)]*\)\s*|self\.)?(\w+)\s*[(\n]").ok()
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
            let place = unlocked_earlier(hunk)
                .or_else(|| left_the_block(hunk))
                .or_else(|| left_the_section(hunk))
                .or_else(|| split(hunk));
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

/// Whether a line gives a lock back; by a guard's name where the hunk binds it.
fn unlocks(hunk: &SourceHunk<'_>, line: &SourceLine<'_>) -> bool {
    let of_guard = || {
        let names = hunk.lines.iter().filter_map(name_of_guard);
        names
            .into_iter()
            .any(|name| is_given_back(name, &line.lexed.code))
    };
    matches(&UNLOCK, line) || of_guard()
}

/// The lock that a line takes.
fn lock_of<'a>(line: &'a SourceLine<'_>) -> Option<&'a [u8]> {
    let found = LOCK.as_ref()?.captures(&line.lexed.code)?;
    let lock = (1..found.len()).find_map(|group| found.get(group))?;
    Some(lock.as_bytes())
}

fn is_statement(line: &SourceLine<'_>) -> bool {
    line.lexed.code.iter().any(|b| b.is_ascii_alphanumeric())
}

/// An unlock that stands earlier than before, or no longer waits for the end of the function; or a
/// lock that stands later.
fn unlocked_earlier<'a, 'b>(hunk: &'a SourceHunk<'b>) -> Option<&'a SourceLine<'b>> {
    let of = |kind, takes: bool| -> Vec<usize> {
        let is_it = |line: &SourceLine<'_>| {
            line.kind == kind
                && (if takes {
                    matches(&LOCK, line)
                } else {
                    unlocks(hunk, line)
                })
        };
        (0..hunk.lines.len())
            .filter(|at| is_it(&hunk.lines[*at]))
            .collect()
    };
    let is_code = |line: &SourceLine<'_>| line.kind == LineKind::Context && is_statement(line);
    let between = |from: usize, to: usize| hunk.lines[from..to].iter().any(is_code);
    let deferred = |at: usize| {
        hunk.lines[at]
            .lexed
            .code
            .trim_ascii()
            .starts_with(b"defer ")
    };
    let (added, removed) = (of(LineKind::Added, false), of(LineKind::Removed, false));
    for (nth, new) in added.iter().copied().enumerate() {
        for (mth, old) in removed.iter().copied().enumerate() {
            // As many go as come: each replaces the one in its place.
            if added.len() == removed.len() && nth != mth {
                continue;
            }
            let up = new < old && between(new, old) && !deferred(new);
            if up || (deferred(old) && !deferred(new)) {
                return Some(&hunk.lines[new]);
            }
        }
    }
    for new in of(LineKind::Added, true) {
        for old in of(LineKind::Removed, true) {
            if old < new && between(old, new) && hunk.lines[old].moved {
                return Some(&hunk.lines[new]);
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
            .take_while(|line| line.indent > Some(outer) || is_brace(line))
            .filter(|line| line.kind == LineKind::Removed && line.moved)
            .collect();
        let out = hunk.lines[at + 1..].iter().find(|line| {
            line.kind == LineKind::Added
                && line.moved
                && line.indent.is_some_and(|indent| indent <= outer)
                && inside.iter().any(|old| same(old, line))
        });
        if out.is_some_and(|line| !is_called(hunk, at, outer, line)) {
            return out;
        }
    }
    None
}

fn is_brace(line: &SourceLine<'_>) -> bool {
    line.lexed.code.trim_ascii() == b"{"
}

fn same(a: &SourceLine<'_>, b: &SourceLine<'_>) -> bool {
    a.raw.trim_ascii() == b.raw.trim_ascii()
}

/// A statement that stood between a lock and its unlock and now stands behind the unlock.
fn left_the_section<'a, 'b>(hunk: &'a SourceHunk<'b>) -> Option<&'a SourceLine<'b>> {
    let stays = |at: &usize| hunk.lines[*at].kind == LineKind::Context;
    let unlock = |at: &usize| stays(at) && unlocks(hunk, &hunk.lines[*at]);
    for unlock in (0..hunk.lines.len()).filter(unlock) {
        // Where the lock itself stands above the hunk, all of it was under the lock.
        let above = &hunk.lines[..unlock];
        let lock = above
            .iter()
            .rposition(|line| line.kind != LineKind::Added && matches(&LOCK, line))
            .unwrap_or(0);
        let left: Vec<&SourceLine<'_>> = above[lock..]
            .iter()
            .filter(|line| line.kind == LineKind::Removed && line.moved)
            .collect();
        let out = hunk.lines[unlock..].iter().find(|line| {
            line.kind == LineKind::Added && line.moved && left.iter().any(|old| same(old, line))
        });
        if out.is_some() {
            return out;
        }
    }
    None
}

/// A lock that is given back and taken again where it was held throughout: what was read before may
/// have changed.
fn split<'a, 'b>(hunk: &'a SourceHunk<'b>) -> Option<&'a SourceLine<'b>> {
    let mut given_back: Vec<&SourceLine<'_>> = Vec::new();
    for at in &hunk.new {
        let line = &hunk.lines[*at];
        if let Some(lock) = lock_of(line).filter(|_| line.kind == LineKind::Added)
            && given_back.iter().any(|back| is_of(lock, back))
        {
            return Some(line);
        }
        let was_held = line.kind == LineKind::Added
            || hunk.lines[..*at]
                .iter()
                .any(|above| above.kind == LineKind::Removed && is_statement(above));
        if line.indent == Some(0) || starts_function(line) {
            given_back.clear();
        } else if was_held && (unlocks(hunk, line) || drops(line).is_some()) {
            given_back.push(line);
        }
    }
    None
}

fn starts_function(line: &SourceLine<'_>) -> bool {
    let code = line.lexed.code.trim_ascii_start();
    [
        &b"fn "[..],
        b"pub ",
        b"func ",
        b"def ",
        b"public ",
        b"private ",
    ]
    .iter()
    .any(|word| code.starts_with(word))
}

/// The name that a line drops.
fn drops<'a>(line: &'a SourceLine<'_>) -> Option<&'a [u8]> {
    let rest = line.lexed.code.trim_ascii().strip_prefix(b"drop(")?;
    let end = rest.iter().position(|b| *b == b')')?;
    Some(&rest[..end])
}

/// Whether a line gives this lock back: by its name, or by that of a guard called like it.
fn is_of(lock: &[u8], back: &SourceLine<'_>) -> bool {
    let last = lock.rsplit(|b| *b == b'.').next().unwrap_or(lock);
    let code = &back.lexed.code;
    drops(back).map_or_else(
        || code.windows(lock.len()).any(|window| window == lock),
        |name| name == last || name == b"guard" || name == b"lock",
    )
}

/// Whether the statement went into a new function that the block calls.
fn is_called(hunk: &SourceHunk<'_>, block: usize, outer: usize, out: &SourceLine<'_>) -> bool {
    let added = |line: &&SourceLine<'_>| line.kind == LineKind::Added;
    let place = hunk.lines.iter().position(|line| std::ptr::eq(line, out));
    let above = hunk.lines[..place.unwrap_or(0)].iter().rev();
    let function = above
        .filter(|line| line.indent.is_some() && line.indent < out.indent)
        .find_map(|line| DECLARED.as_ref()?.captures(&line.lexed.code)?.get(1));
    let Some(name) = function.map(|name| name.as_bytes()) else {
        return false;
    };
    let calls = |line: &SourceLine<'_>| {
        let mut words = line
            .lexed
            .code
            .split(|b| !b.is_ascii_alphanumeric() && *b != b'_');
        words.any(|word| word == name)
    };
    let inside = hunk.lines[block + 1..]
        .iter()
        .take_while(|line| line.indent.is_none() || line.indent > Some(outer));
    inside.filter(added).any(calls)
}
