//! Shares of traffic: a weight that goes to nothing or grows at once, the last that is left, shares
//! that are no whole any more.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Change, Report};
use crate::diff::LineKind;
use crate::risk::Side;
use crate::risk::kind::Kind;
use crate::risk::source::{SourceHunk, SourceLine};

static WEIGHT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?-u)\bweight['"]?(?:\s*[:=]\s*|\s+)(\d{1,6})\b"#).ok());

/// Reports weights that changed in a way that moves much traffic.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("cfg.lb-weights") else {
        return;
    };
    for (file, source) in change.sources.iter().enumerate() {
        if !source.kinds.has(Kind::Config) {
            continue;
        }
        for (line, old, new) in source.hunks.iter().flat_map(changed) {
            let message = rule
                .sentence
                .replacen('.', &format!(" ({old} → {new})."), 1);
            report.line(rule, (file, source), line, None, Some(message));
        }
    }
}

fn weight(line: &SourceLine<'_>) -> Option<u32> {
    let found = WEIGHT.as_ref()?.captures(&line.lexed.text)?;
    let digits = std::str::from_utf8(found.get(1)?.as_bytes()).ok()?;
    digits.parse().ok()
}

/// The new lines, each with the weight before and after.
fn changed<'a, 'b>(hunk: &'a SourceHunk<'b>) -> Vec<(&'a SourceLine<'b>, u32, u32)> {
    let pairs: Vec<(&SourceLine<'_>, u32, u32)> = hunk
        .lines
        .iter()
        .filter(|line| line.kind == LineKind::Added && !line.moved)
        .filter_map(|line| {
            let old = &hunk.lines[line.pair?];
            Some((line, weight(old)?, weight(line)?))
        })
        .filter(|(_, old, new)| old != new)
        .collect();
    let all = |side| -> Vec<u32> {
        let lines = hunk.side(side).iter();
        lines
            .filter_map(|line| weight(&hunk.lines[*line]))
            .collect()
    };
    let (old, new) = (all(Side::Old), all(Side::New));
    let serve = |weights: &[u32]| weights.iter().filter(|weight| **weight > 0).count();
    let whole = |weights: &[u32]| weights.iter().sum::<u32>() == 100;
    let one_left = serve(&old) > 1 && serve(&new) == 1;
    let no_whole = old.len() > 1 && whole(&old) && !whole(&new);
    pairs
        .into_iter()
        .filter(|(_, old, new)| {
            let gone = new.saturating_mul(10) <= *old;
            let grown = *new >= old.saturating_mul(2);
            gone || grown || one_left || no_whole
        })
        .collect()
}
