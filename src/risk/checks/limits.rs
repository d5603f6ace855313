//! Time limits, retries, limits and roll-outs: the same setting before and after.

use super::settings::{Setting, settings};
use super::units;
use super::{Change, Report};
use crate::diff::LineKind;
use crate::risk::kind::Kind;
use crate::risk::language::Language;
use crate::risk::source::{Source, SourceHunk, SourceLine};

/// A rule about named numbers.
struct NumberRule {
    id: &'static str,
    accepts: fn(&str) -> bool,
    /// Words of which the lines around have to say one; none asked for: no words.
    among: &'static [&'static str],
    /// Whether going from the first value to the second matters; none is a value that is gone.
    matters: fn(u128, Option<u128>) -> bool,
}

const RULES: &[NumberRule] = &[
    NumberRule {
        id: "cfg.timeout-changed",
        accepts: is_time_limit,
        among: &[],
        matters: doubled_or_halved,
    },
    NumberRule {
        id: "cfg.retry-changed",
        accepts: is_retry,
        among: &[],
        matters: |old, new| new.is_some_and(|new| new > old),
    },
    NumberRule {
        id: "cfg.retry-changed",
        accepts: is_back_off,
        among: &[],
        matters: |old, new| new.is_some_and(|new| new.saturating_mul(2) <= old),
    },
    NumberRule {
        id: "cfg.rollout-widened",
        accepts: is_rollout,
        among: &[],
        matters: |old, new| new.is_some_and(|new| new > old),
    },
    NumberRule {
        id: "cfg.rollout-widened",
        accepts: |name| matches!(name, "percent" | "percentage" | "pct"),
        among: &["rollout", "canary", "experiment", "featureflag", "flags"],
        matters: |old, new| new.is_some_and(|new| new > old),
    },
    NumberRule {
        id: "cfg.limit-changed",
        accepts: is_limit,
        among: &[],
        matters: |old, new| new != Some(old),
    },
    NumberRule {
        id: "auth.token-lifetime",
        accepts: is_lifetime,
        among: &[],
        matters: |old, new| new.is_none_or(|new| new > old),
    },
];

fn has(name: &str, words: &[&str]) -> bool {
    words.iter().any(|word| name.contains(word))
}

fn is_lifetime(name: &str) -> bool {
    has(name, &["token", "session", "jwt", "cookie", "refresh"])
        && has(
            name,
            &["expir", "ttl", "lifetime", "maxage", "age", "timeout"],
        )
        || matches!(name, "expiresin" | "expiresat" | "expirationtime")
}

fn is_time_limit(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "timeout",
        "deadline",
        "keepalive",
        "maxage",
        "graceperiod",
        "idletime",
        "timelimit",
    ];
    let ends = ["ttl", "ttlseconds", "interval"]
        .iter()
        .any(|end| name.ends_with(end));
    // How many connections, requests or probes are kept is a number of them.
    let counts = has(name, &["keepalive"])
        && has(
            name,
            &["request", "conn", "count", "cnt", "probe", "max", "num"],
        );
    // `timeoutId` is a handle.
    !is_lifetime(name) && !name.ends_with("id") && !counts && (ends || has(name, WORDS))
}

fn is_retry(name: &str) -> bool {
    (has(name, &["retry", "retries"]) || name.ends_with("attempts"))
        && !has(name, &["delay", "backoff", "interval", "wait", "timeout"])
}

fn is_back_off(name: &str) -> bool {
    has(name, &["backoff"])
        || (name.starts_with("retry") && has(name, &["delay", "wait", "interval"]))
}

fn is_rollout(name: &str) -> bool {
    has(
        name,
        &[
            "rollout",
            "canary",
            "setweight",
            "maxunavailable",
            "maxsurge",
            "trafficpercent",
        ],
    ) || (has(name, &["flag", "feature", "experiment"]) && name.contains("percent"))
}

fn is_limit(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "maxconn",
        "maxclient",
        "maxrequest",
        "maxsize",
        "maxlen",
        "maxbody",
        "maxmem",
        "maxopen",
        "maxidle",
        "maxqueue",
        "maxpool",
        "maxthread",
        "maxworker",
        "maxfiles",
        "maxheap",
        "poolsize",
        "queuesize",
        "buffersize",
        "bodysize",
        "queuelength",
        "quota",
        "concurrency",
        "backlog",
        "burst",
        "workerprocesses",
        "workerconnections",
        "nofile",
        "ratelimit",
        "batchsize",
        "cachesize",
        "capacity",
        "memorylimit",
        "highwatermark",
    ];
    let kept = has(name, &["keepalive"]) && !is_time_limit(name);
    (kept
        || has(name, WORDS)
        || name.ends_with("limit")
        || (name.starts_with("limit") && name != "limits"))
        && !is_time_limit(name)
        && !is_retry(name)
}

fn doubled_or_halved(old: u128, new: Option<u128>) -> bool {
    new.is_none_or(|new| {
        (old == 0) != (new == 0) || new >= old.saturating_mul(2) || old >= new.saturating_mul(2)
    }) && new != Some(old)
}

/// Compares the settings of removed lines with those of the lines that replace them.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    for (file, source) in change.sources.iter().enumerate() {
        if !is_concerned(source) {
            continue;
        }
        for hunk in &source.hunks {
            for rule in RULES {
                let Some(found) = report.book.rule(rule.id) else {
                    continue;
                };
                if !rule.among.is_empty() && !says_any(hunk, rule.among) {
                    continue;
                }
                for (place, values) in changed(rule, source.language, hunk) {
                    let message = with_values(&found.sentence, &values);
                    report.line(found, (file, source), place, None, Some(message));
                }
            }
            for line in hunk.lines.iter().filter(|line| is_old(line)) {
                words((file, source), hunk, line, report);
            }
        }
    }
}

fn is_concerned(source: &Source<'_>) -> bool {
    source.kinds.any(&[Kind::Code, Kind::Config, Kind::Ci])
        && !source.is_gone
        && !matches!(source.language, Language::Css | Language::Html)
}

/// Whether a line of the hunk, or its scope, has one of these words; letters only.
fn says_any(hunk: &SourceHunk<'_>, among: &[&str]) -> bool {
    let letters = |text: &[u8]| -> String {
        let letters = text.iter().filter(|b| b.is_ascii_alphabetic());
        letters
            .map(|b| char::from(b.to_ascii_lowercase()))
            .collect()
    };
    let lines = hunk.lines.iter().map(|line| &line.lexed.text[..]);
    lines
        .chain([hunk.scope.as_bytes()])
        .any(|text| has(&letters(text), among))
}

fn is_old(line: &SourceLine<'_>) -> bool {
    line.kind == LineKind::Removed && !line.moved && !line.in_test
}

/// The rule's words with what the value was and is behind the first of its sentences.
fn with_values(sentence: &str, (old, new): &(String, String)) -> String {
    match sentence.split_once('.') {
        Some((first, rest)) if !old.is_empty() && old != new => {
            format!("{first} ({old} → {new}).{rest}")
        }
        _ => sentence.to_owned(),
    }
}

/// What a value was, and what it is.
type Values = (String, String);

/// The lines to report, each with its values: the new one where there is one, else the old one.
fn changed<'a, 'b>(
    rule: &NumberRule,
    language: Language,
    hunk: &'a SourceHunk<'b>,
) -> Vec<(&'a SourceLine<'b>, Values)> {
    let accepts = |name: &str| match (language, name) {
        // There it is a number of connections that are kept.
        (Language::Nginx, "keepalive") => (rule.accepts)("maxidle"),
        // In SQL an interval is an age more often than a limit.
        (Language::Sql, name) => (rule.accepts)(name) && name.contains("timeout"),
        (_, name) => (rule.accepts)(name),
    };
    let of = |line: &SourceLine<'_>| settings(&line.lexed.text, accepts);
    let old: Vec<(&SourceLine<'_>, Vec<Setting>)> = hunk
        .lines
        .iter()
        .filter(|line| is_old(line))
        .map(|line| (line, of(line)))
        .filter(|(_, settings)| !settings.is_empty())
        .collect();
    if old.is_empty() {
        return Vec::new();
    }
    let new: Vec<(&SourceLine<'_>, Vec<Setting>)> = hunk
        .lines
        .iter()
        .filter(|line| line.kind == LineKind::Added)
        .map(|line| (line, of(line)))
        .collect();
    old.iter()
        // A unit that changed asks its own question.
        .filter(|(line, _)| {
            let new = line.pair.map(|pair| &hunk.lines[pair]);
            new.is_none_or(|new| !units::differs(line, new))
        })
        .filter_map(|(line, settings)| place(rule, hunk, line, settings, &new))
        .collect()
}

/// Where one old line's settings changed in a way that matters.
fn place<'a, 'b>(
    rule: &NumberRule,
    hunk: &'a SourceHunk<'b>,
    line: &'a SourceLine<'b>,
    old: &[Setting],
    new: &[(&'a SourceLine<'b>, Vec<Setting>)],
) -> Option<(&'a SourceLine<'b>, Values)> {
    let values = |old: &Setting, new: Option<&Setting>| {
        let new = new.map_or("gone", |new| new.said.as_str());
        let new = if new.is_empty() { "no number" } else { new };
        (old.said.clone(), new.to_owned())
    };
    let paired = line.pair.map(|pair| &hunk.lines[pair]);
    for setting in old {
        let Some(value) = setting.value else { continue };
        // The same name anywhere in the hunk goes before the paired line.
        let same = new.iter().find_map(|(line, settings)| {
            let now = settings.iter().find(|now| now.name == setting.name)?;
            Some((*line, now))
        });
        match same {
            Some((place, now)) => {
                if now
                    .value
                    .is_some_and(|now| (rule.matters)(value, Some(now)))
                {
                    return Some((place, values(setting, Some(now))));
                }
            }
            None => {
                let renamed = paired.and_then(|paired| {
                    let (_, now) = new.iter().find(|(line, _)| std::ptr::eq(*line, paired))?;
                    (old.len() == 1 && now.len() == 1).then(|| &now[0])
                });
                if (rule.matters)(value, renamed.and_then(|now| now.value)) {
                    let place = paired.unwrap_or(line);
                    return Some((place, values(setting, renamed)));
                }
            }
        }
    }
    None
}

/// Words that say as much as a number: back-off and jitter that go, a staged roll-out that ends.
fn words(
    (file, source): (usize, &Source<'_>),
    hunk: &SourceHunk<'_>,
    line: &SourceLine<'_>,
    report: &mut Report<'_>,
) {
    let text = line.lexed.text.to_ascii_lowercase();
    let has =
        |text: &[u8], words: &[&str]| words.iter().any(|word| contains(text, word.as_bytes()));
    let added = || hunk.lines.iter().filter(|new| new.kind == LineKind::Added);
    let calm = ["backoff", "back_off", "jitter", "exponential"];
    let kept = |words: &[&str]| added().any(|new| has(&new.lexed.text.to_ascii_lowercase(), words));
    if has(&text, &calm)
        && !kept(&calm)
        && let Some(rule) = report.book.rule("cfg.retry-changed")
    {
        let place = line.pair.map_or(line, |pair| &hunk.lines[pair]);
        report.line(rule, (file, source), place, None, None);
    }
    let staged = [
        "canary",
        "staged",
        "gradual",
        "rolling",
        "blue-green",
        "linear",
    ];
    let all = [
        "all-at-once",
        "allatonce",
        "all_at_once",
        "recreate",
        "\"all\"",
        "everyone",
        "100%",
    ];
    if has(&text, &staged)
        && let Some(new) = line.pair.map(|pair| &hunk.lines[pair])
        && has(&new.lexed.text.to_ascii_lowercase(), &all)
        && let Some(rule) = report.book.rule("cfg.rollout-widened")
    {
        report.line(rule, (file, source), new, None, None);
    }
}

pub(super) fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}
