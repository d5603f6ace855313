//! Units that change beside a number: seconds for milliseconds, 1024 for 1000.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::settings::quantity;
use super::{Change, Report};
use crate::diff::LineKind;
use crate::risk::kind::Kind;
use crate::risk::source::SourceLine;

static UNIT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?-u)\b(?:from_|of|as_|in_|to_?|time\.|TimeUnit\.)?",
        r"([nN]ano(?:s|second)\w*|NANOSECONDS|[mM]icro(?:s|second)\w*|MICROSECONDS",
        r"|[mM]illi(?:s|second)\w*|MILLISECONDS|[sS]ec(?:ond)?s?|SECONDS|[mM]inutes?|MINUTES|[hH]ours?|HOURS|[dD]ays?|DAYS",
        r"|[kK]ilobytes?|KiB|KB|[mM]egabytes?|MiB|MB|[gG]igabytes?|GiB|GB)\b",
        r"|_(ns|us|ms|secs?|seconds|minutes|hours|bytes|kb|mb|gb|percent|ratio)\b",
        r"|_(NS|US|MS|SECS?|BYTES|PERCENT|RATIO)\b",
        r"|[a-z0-9](Ns|Us|Ms|Millis|Secs?|Seconds|Minutes|Hours|Bytes|Kb|KB|Mb|MB|Gb|GB|Percent|Ratio)\b",
    ))
    .ok()
});
static FACTOR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?-u)\s*[*/]\s*(1_?000(?:_?000)*|1024|1e[369]|60|3600|100)(?:\.0)?\b").ok()
});

/// Reports pairs of lines between which a unit changed.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("num.unit-change") else {
        return;
    };
    for (file, source) in change.sources.iter().enumerate() {
        if !source.kinds.any(&[Kind::Code, Kind::Config]) {
            continue;
        }
        for hunk in &source.hunks {
            for line in hunk
                .lines
                .iter()
                .filter(|line| line.kind == LineKind::Added)
            {
                if let Some(old) = line.pair.map(|pair| &hunk.lines[pair])
                    && !line.in_test
                    && !line.moved
                    && differs(old, line)
                {
                    report.line(rule, (file, source), line, None, None);
                }
            }
        }
    }
}

/// Whether two lines name different units, or factors between them.
pub(super) fn differs(old: &SourceLine<'_>, new: &SourceLine<'_>) -> bool {
    let (before, after) = (&old.lexed.code, &new.lexed.code);
    let (was, is) = (units(before), units(after));
    if !was.is_empty()
        && was.len() == is.len()
        && was != is
        && rest(&UNIT, before) == rest(&UNIT, after)
    {
        let name = |units: &[Vec<u8>]| String::from_utf8_lossy(&units[0]).into_owned();
        let (a, b) = (quantity(before, &name(&was)), quantity(after, &name(&is)));
        return a.is_none() || a != b;
    }
    let factors = |text: &[u8]| -> Vec<Vec<u8>> {
        let factor = FACTOR.as_ref();
        factor.map_or_else(Vec::new, |factor| {
            factor
                .find_iter(text)
                .map(|found| squeeze(found.as_bytes()))
                .collect()
        })
    };
    let (was, is) = (factors(before), factors(after));
    was != is && rest(&FACTOR, before) == rest(&FACTOR, after)
}

/// The units a line names, in lower case and in order.
fn units(text: &[u8]) -> Vec<Vec<u8>> {
    let Some(unit) = UNIT.as_ref() else {
        return Vec::new();
    };
    unit.captures_iter(text)
        .filter_map(|found| (1..=4).find_map(|group| found.get(group)))
        .map(|word| word.as_bytes().to_ascii_lowercase())
        .collect()
}

/// What is left of a line without the matches, digits and blanks.
fn rest(pattern: &LazyLock<Option<Regex>>, text: &[u8]) -> Vec<u8> {
    let text = pattern.as_ref().map_or_else(
        || text.to_vec(),
        |regex| regex.replace_all(text, &b""[..]).into_owned(),
    );
    squeeze(&text)
        .into_iter()
        .filter(|b| !b.is_ascii_digit())
        .collect()
}

fn squeeze(text: &[u8]) -> Vec<u8> {
    text.iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect()
}
