//! What a file's place says: values of production, files that run the build.

use super::{Change, Report};
use crate::risk::kind::Kind;
use crate::risk::source::{Source, SourceLine};

/// Reports files of production configuration, once a file, at the first changed value.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("cfg.env-prod") else {
        return;
    };
    for (file, source) in change.sources.iter().enumerate() {
        if source.kinds.has(Kind::Config)
            && !source.kinds.has(Kind::Ci)
            && let Some(line) = production_value(source)
        {
            report.line(rule, (file, source), line, None, None);
        }
    }
}

fn production_value<'a, 'b>(source: &'a Source<'b>) -> Option<&'a SourceLine<'b>> {
    let by_path = is_production(source.path.as_bytes());
    source.hunks.iter().find_map(|hunk| {
        let is_value = |line: &SourceLine<'_>| {
            line.changed()
                && !line.moved
                && line.lexed.text.iter().any(|b| b.is_ascii_alphanumeric())
        };
        let mut section: Option<usize> = None;
        hunk.lines.iter().find(|line| {
            if let Some(indent) = line.indent
                && line.lexed.text.iter().any(|b| !b.is_ascii_whitespace())
            {
                if section.is_some_and(|outer| indent <= outer) {
                    section = None;
                }
                if is_production_key(&line.lexed.text) {
                    section = Some(indent);
                }
            }
            is_value(line) && (by_path || section.is_some())
        })
    })
}

fn is_production(path: &[u8]) -> bool {
    let path = path.to_ascii_lowercase();
    path.split(|b| matches!(b, b'/' | b'.' | b'-' | b'_'))
        .any(|part| matches!(part, b"prod" | b"production" | b"prd" | b"live" | b"global"))
}

fn is_production_key(text: &[u8]) -> bool {
    let text = text.trim_ascii().to_ascii_lowercase();
    let key = text.strip_suffix(b":").unwrap_or(&text);
    let key = key
        .strip_prefix(b"[")
        .and_then(|k| k.strip_suffix(b"]"))
        .unwrap_or(key);
    matches!(
        key,
        b"prod" | b"production" | b"global" | b"\"prod\"" | b"\"production\""
    )
}
