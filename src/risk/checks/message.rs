//! What the message or a comment claims, against what the change shows.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Change, Report};
use crate::diff::LineKind;
use crate::risk::kind::Kind;
use crate::risk::source::{Source, SourceLine};

macro_rules! patterns {
    ($($name:ident = $pattern:expr;)*) => {
        $(static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());)*
    };
}

patterns! {
    FASTER = r"(?i-u)\b(optimi[sz]\w*|perf(ormance)?|speed(s|ed|ing)?[ -]?up|faster|quicker|cheaper|(fast|hot)[ -]path|lock[ -]?free|reduc\w+ (allocations?|latency|memory|contention|overhead)|avoid\w* (an? |the )?(alloc\w*|cop(y|ies)|clones?|locks?|locking|round ?trips?))\b";
    STEP = r"(?-u)\bawait\b|\.await\b|\.clone\(\)|\bdeepcopy\(|\.copy\(|\bcopy\(|\bif\b.*\b\w*(valid|check|verif|ready|closed|nil|null|None)\w*|\b(validate|verify|check|ensure|flush|fsync|sync)\w*\(|\.(lock|Lock|acquire)\(";
    TESTED = r"(?i-u)\b((fully|well|unit|thoroughly)[ -])?tested\b|\bwith (unit )?tests\b|\badd(s|ed)? (unit )?tests\b";
    SAFE = r"(?i-u)\bthread[ -]?safe\b|\brace[ -]free\b|\bconcurrency[ -]safe\b|\bwithout races\b";
    GUARD = r"(?i-u)lock|mutex|atomic|synchroni|semaphore|channel|\bchan\b|\bqueue|concurrent|\bonce\b|compare_?and_?s|volatile|threading";
    VALIDATED = r"(?i-u)\b(is|are|was|been|input|fully|properly|now)\s+(validated|sani[ts]i[sz]ed|escaped)\b|\bvalidates? (all|the|user|every) ";
    LIMIT = r"(?i-u)valid|check|pars(e|er|ing)\b|saniti|escape|schema|regex|match|isinstance|assert|\bif\b|Error|Err\(|raise|throw";
    COMPATIBLE = r"(?i-u)\bbackwards?[ -]compatib\w+|\bno breaking changes?\b|\bnon-breaking\b";
    KEPT = r"(?i-u)deprecat|alias|default|fallback|compat|legacy|optional|\bold_?\w*";
}

fn is_match(pattern: &LazyLock<Option<Regex>>, text: &[u8]) -> bool {
    pattern.as_ref().is_some_and(|regex| regex.is_match(text))
}

/// `Tested-by: …` says who, not what.
fn is_trailer(line: &str) -> bool {
    let key = line.split_once(':').map_or("", |(key, _)| key.trim());
    !key.is_empty() && !key.contains(' ') && key.to_ascii_lowercase().ends_with("-by")
}

/// Rules whose findings show that a step disappeared.
const STEPS: &[&str] = &[
    "conc.lock-removed",
    "conc.lock-narrowed",
    "conc.atomic-weakened",
    "err.check-removed",
    "err.cleanup-lost",
    "inj.validation-removed",
    "auth.check-removed",
    "data.transaction-lost",
];

/// Runs the checks on claims; last, because some look at what was found.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let messages = std::iter::once(change.text.title).chain(change.text.messages.iter().copied());
    let lines: Vec<&str> = messages
        .flat_map(str::lines)
        .filter(|line| !is_trailer(line))
        .collect();
    let says = |pattern| {
        lines
            .iter()
            .find(|line| is_match(pattern, line.as_bytes()))
            .copied()
    };
    if let Some(line) = says(&FASTER)
        && let Some(rule) = report.book.rule("perf.optimised")
    {
        // A step that has its own finding is marked already.
        match a_step_goes(change) {
            _ if report.has_any(STEPS) => report.message(rule, line, None),
            Some((file, step)) => report.line(rule, file, step, None, None),
            None => {}
        }
    }
    let Some(rule) = report.book.rule("ai.claim-mismatch") else {
        return;
    };
    let code = || {
        change
            .sources
            .iter()
            .filter(|source| source.kinds.has(Kind::Code))
    };
    if code().next().is_none() {
        return;
    }
    for (claim, evidence) in [
        (&TESTED, None),
        (&SAFE, Some(&GUARD)),
        (&COMPATIBLE, Some(&KEPT)),
    ] {
        let shown = match evidence {
            None => change.sources.iter().any(has_tests),
            Some(evidence) => shows(change, evidence),
        };
        let broken = !std::ptr::eq(claim, &COMPATIBLE) || something_goes(change);
        if let Some(line) = says(claim).filter(|_| !shown && broken) {
            report.message(rule, line, None);
            break;
        }
    }
    comments(change, report);
}

fn has_tests(source: &Source<'_>) -> bool {
    source
        .changed()
        .any(|line| source.kinds.has(Kind::Test) || line.in_test)
}

/// Whether any line of code that is there after the change matches.
fn shows(change: &Change<'_>, evidence: &LazyLock<Option<Regex>>) -> bool {
    let sources = change
        .sources
        .iter()
        .filter(|source| source.kinds.has(Kind::Code));
    sources
        .flat_map(|source| &source.hunks)
        .flat_map(|hunk| &hunk.lines)
        .any(|line| line.kind != LineKind::Removed && is_match(evidence, &line.lexed.code))
}

fn something_goes(change: &Change<'_>) -> bool {
    let code = change
        .sources
        .iter()
        .filter(|source| source.kinds.has(Kind::Code));
    code.flat_map(|source| source.changed())
        .any(|line| line.kind == LineKind::Removed && !line.moved && is_code(line))
}

fn is_code(line: &SourceLine<'_>) -> bool {
    line.lexed.code.iter().any(|b| b.is_ascii_alphanumeric())
}

/// A check, a copy or a wait that goes while none comes in its hunk.
fn a_step_goes<'a, 'b>(
    change: &'a Change<'b>,
) -> Option<((usize, &'a Source<'b>), &'a SourceLine<'b>)> {
    let sources = change.sources.iter().enumerate();
    let code = sources.filter(|(_, source)| source.kinds.has(Kind::Code));
    let hunks = code.flat_map(|(at, source)| source.hunks.iter().map(move |h| ((at, source), h)));
    let is_step =
        |line: &SourceLine<'_>| !line.moved && !line.in_test && is_match(&STEP, &line.lexed.code);
    let mut goes = hunks.filter_map(|(file, hunk)| {
        let of = |kind| {
            let lines = hunk.lines.iter().filter(move |line| line.kind == kind);
            lines.filter(|line| is_step(line))
        };
        let more = of(LineKind::Removed).count() > of(LineKind::Added).count();
        let kept = |line: &SourceLine<'_>| line.pair.is_some_and(|new| is_step(&hunk.lines[new]));
        let mut gone = of(LineKind::Removed).filter(|line| !kept(line));
        gone.next().filter(|_| more).map(|line| (file, line))
    });
    goes.next()
}

/// Comments that claim what no line near them does.
fn comments(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("ai.claim-mismatch") else {
        return;
    };
    for (file, source) in change.sources.iter().enumerate() {
        if !source.kinds.has(Kind::Code) {
            continue;
        }
        for hunk in &source.hunks {
            let shows = |evidence: &LazyLock<Option<Regex>>| {
                hunk.lines.iter().any(|line| {
                    line.kind != LineKind::Removed && is_match(evidence, &line.lexed.code)
                })
            };
            for line in hunk
                .lines
                .iter()
                .filter(|line| line.kind == LineKind::Added)
            {
                let claims = |claim, evidence: &LazyLock<Option<Regex>>| {
                    is_match(claim, &line.lexed.comment) && !shows(evidence)
                };
                if claims(&VALIDATED, &LIMIT) || claims(&SAFE, &GUARD) {
                    report.line(rule, (file, source), line, None, None);
                }
            }
        }
    }
}
