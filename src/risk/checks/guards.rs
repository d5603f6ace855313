//! Guards of locks: the names they are bound to, how far they reach, and waits within their reach.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Change, Report};
use crate::diff::LineKind;
use crate::risk::kind::Kind;
use crate::risk::language::Language;
use crate::risk::source::{SourceHunk, SourceLine};

/// How far behind its beginning a section is followed.
const REACH: usize = 40;

/// A guard bound to a name: the statement ends with the lock, so that the guard outlives it.
static GUARD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?-u)\blet\s+(?:mut\s+)?([a-z]\w*)\s*(?::[^=]+)?=\s*.*\.(?:lock|read|write|lock_arc)\(\)",
        r"(?:\.await)?(?:\.unwrap\(\)|\.expect\(.*\)|\.map_err\(.*\)|\.unwrap_or_else\(.*\))*\??\s*;",
    ))
    .ok()
});
/// An asynchronous gate of C#, and what gives it back.
static GATE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?-u)\bawait\s+([\w.]+)\.WaitAsync\(").ok());
static GATE_BACK: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?-u)\.Release\(\s*\)").ok());
static AWAIT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?-u)\.await\b|\bawait\s").ok());

fn is_match(pattern: &LazyLock<Option<Regex>>, line: &SourceLine<'_>) -> bool {
    pattern
        .as_ref()
        .is_some_and(|regex| regex.is_match(&line.lexed.code))
}

/// The name that a line binds a guard to.
pub(super) fn name_of_guard<'a>(line: &'a SourceLine<'_>) -> Option<&'a [u8]> {
    let found = GUARD.as_ref()?.captures(&line.lexed.code)?;
    Some(found.get(1)?.as_bytes())
}

/// Whether a line drops the guard of this name.
pub(super) fn is_given_back(name: &[u8], code: &[u8]) -> bool {
    let drops = [&b"drop("[..], name, b")"].concat();
    let frees = [name, &b".unlock()"[..]].concat();
    [drops, frees]
        .iter()
        .any(|text| code.windows(text.len()).any(|window| window == text))
}

/// Reports waits while a lock is held.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("conc.lock-across-await") else {
        return;
    };
    for (file, source) in change.sources.iter().enumerate() {
        let is_concerned = matches!(source.language, Language::Rust | Language::CSharp);
        if !source.kinds.has(Kind::Code) || !is_concerned {
            continue;
        }
        for hunk in &source.hunks {
            for line in waits(hunk) {
                report.line(rule, (file, source), line, None, None);
            }
        }
    }
}

/// The changed line of each section that waits: the wait, or what took the lock before it.
fn waits<'a, 'b>(hunk: &'a SourceHunk<'b>) -> Vec<&'a SourceLine<'b>> {
    let mut found = Vec::new();
    for (position, at) in hunk.new.iter().enumerate() {
        let taker = &hunk.lines[*at];
        if taker.in_test {
            continue;
        }
        let guard = name_of_guard(taker);
        if guard.is_none() && !is_match(&GATE, taker) {
            continue;
        }
        let ends = |line: &SourceLine<'_>| {
            guard.map_or_else(
                || is_match(&GATE_BACK, line),
                |name| is_given_back(name, &line.lexed.code),
            )
        };
        let inside = hunk.new[position + 1..]
            .iter()
            .map(|at| &hunk.lines[*at])
            .take(REACH)
            .take_while(|line| line.indent.is_none() || line.indent >= taker.indent)
            .take_while(|line| !ends(line));
        let new = |line: &SourceLine<'_>| line.kind == LineKind::Added && !line.moved;
        let wait = inside
            .into_iter()
            .filter(|line| is_match(&AWAIT, line) && name_of_guard(line).is_none())
            .find(|line| new(line) || new(taker));
        if let Some(wait) = wait
            && !waited_before(hunk, taker, wait)
        {
            found.push(if new(wait) { wait } else { taker });
        }
    }
    found
}

/// Whether the old lines that these two replace did the same.
fn waited_before(hunk: &SourceHunk<'_>, taker: &SourceLine<'_>, wait: &SourceLine<'_>) -> bool {
    let was = |line: &SourceLine<'_>, is_it: &dyn Fn(&SourceLine<'_>) -> bool| {
        line.kind == LineKind::Context || line.pair.is_some_and(|old| is_it(&hunk.lines[old]))
    };
    let takes = |line: &SourceLine<'_>| name_of_guard(line).is_some() || is_match(&GATE, line);
    was(taker, &takes) && was(wait, &|line| is_match(&AWAIT, line))
}
