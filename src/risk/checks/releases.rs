//! Releases that now come before a use of what they release.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Change, Report};
use crate::diff::LineKind;
use crate::risk::kind::Kind;
use crate::risk::source::{SourceHunk, SourceLine};

/// What gives something back; the capture is what.
static RELEASE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?-u)\b(?:k|v|kv|g_)?free\w*\s*\(\s*&?([\w.>-]+)\s*\)|\bdelete(?:\[\])?\s+([\w.>-]+)\s*;|\b\w+_(?:put|unref|release|destroy|free|close)\s*\(\s*&?([\w.>-]+)\s*\)|\b([\w.]+)\.(?:close|Close|dispose|Dispose|release|Release)\(\s*\)",
    )
    .ok()
});

/// Reports releases that moved up past a use.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("perf.release-changed") else {
        return;
    };
    for (file, source) in change.sources.iter().enumerate() {
        if !source.kinds.has(Kind::Code) {
            continue;
        }
        for hunk in &source.hunks {
            for line in moved_up(hunk) {
                report.line(rule, (file, source), line, None, None);
            }
        }
    }
}

fn released<'a>(line: &'a SourceLine<'_>) -> Option<&'a [u8]> {
    let found = RELEASE.as_ref()?.captures(&line.lexed.code)?;
    let what = (1..found.len()).find_map(|group| found.get(group))?;
    Some(what.as_bytes())
}

/// Added releases whose own line stood further down before, with a use of the same thing between.
fn moved_up<'a, 'b>(hunk: &'a SourceHunk<'b>) -> impl Iterator<Item = &'a SourceLine<'b>> {
    let is_early = |at: &usize| {
        let line = &hunk.lines[*at];
        let deferred = line.lexed.code.trim_ascii_start().starts_with(b"defer ");
        if line.kind != LineKind::Added || !line.moved || deferred {
            return false;
        }
        let Some(what) = released(line) else {
            return false;
        };
        let uses = |line: &SourceLine<'_>| {
            line.kind == LineKind::Context
                && line
                    .lexed
                    .code
                    .windows(what.len())
                    .any(|window| window == what)
        };
        let later = hunk.lines[*at..].iter().position(|other| {
            other.kind == LineKind::Removed && other.raw.trim_ascii() == line.raw.trim_ascii()
        });
        later.is_some_and(|later| hunk.lines[*at..*at + later].iter().any(uses))
    };
    (0..hunk.lines.len())
        .filter(move |at| is_early(at))
        .map(|at| &hunk.lines[at])
}
