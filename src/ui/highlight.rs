//! Syntax classes of lines, worked out off the input thread. A class, not a colour: themes say what
//! it looks like, and none uses a hue of the diff.

use std::ops::Range;
use std::sync::OnceLock;

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

use crate::app::reading::Syntax;
use crate::app::{ColourJob, Coloured};
use crate::diff::{Line, LineKind};

/// Lines with more bytes than this stay plain: a parser may take very long over them.
const LINE_BYTES: usize = 2_000;

/// The languages, read once.
fn languages() -> &'static SyntaxSet {
    static LANGUAGES: OnceLock<SyntaxSet> = OnceLock::new();
    LANGUAGES.get_or_init(two_face::syntax::extra_newlines)
}

/// The classes of the wanted lines of these jobs. `go_on` is asked between lines; once it says no,
/// the rest stays plain.
pub fn classes(jobs: &[ColourJob], go_on: impl Fn() -> bool) -> Vec<Coloured> {
    let mut out = Vec::new();
    for job in jobs {
        let syntax = language(job);
        let mut sides = syntax.map(|syntax| (Parser::new(syntax), Parser::new(syntax)));
        for (nth, line) in job.lines.iter().enumerate() {
            let index = job.from + nth;
            let spans = match &mut sides {
                Some((old, new)) if go_on() => parse(line, old, new),
                _ => Vec::new(),
            };
            if job.wanted.contains(&index) {
                out.push(Coloured {
                    at: (job.at.0, job.at.1, index),
                    spans,
                });
            }
        }
    }
    out
}

/// The language of a file by its name.
fn language(job: &ColourJob) -> Option<&'static SyntaxReference> {
    let name = String::from_utf8_lossy(job.path.file_name()).into_owned();
    let languages = languages();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    languages
        .find_syntax_by_extension(&name)
        .or_else(|| languages.find_syntax_by_extension(extension?))
}

/// The old and the new side are two texts: context belongs to both.
fn parse(line: &Line, old: &mut Parser, new: &mut Parser) -> Vec<(Range<usize>, Syntax)> {
    let Some(text) = std::str::from_utf8(&line.bytes)
        .ok()
        .filter(|text| text.len() <= LINE_BYTES)
    else {
        return Vec::new();
    };
    match line.kind {
        LineKind::Removed => old.line(text),
        LineKind::Added => new.line(text),
        LineKind::Context => {
            old.line(text);
            new.line(text)
        }
    }
}

struct Parser {
    state: ParseState,
    stack: ScopeStack,
}

impl Parser {
    fn new(syntax: &SyntaxReference) -> Self {
        Self {
            state: ParseState::new(syntax),
            stack: ScopeStack::new(),
        }
    }

    fn line(&mut self, text: &str) -> Vec<(Range<usize>, Syntax)> {
        let line = format!("{text}\n");
        let Ok(changes) = self.state.parse_line(&line, languages()) else {
            return Vec::new();
        };
        let mut spans: Vec<(Range<usize>, Syntax)> = Vec::new();
        let mut at = 0;
        for (end, change) in changes {
            push(&mut spans, at..end.min(text.len()), class(&self.stack));
            at = end.min(text.len());
            if self.stack.apply(&change).is_err() {
                self.stack = ScopeStack::new();
            }
        }
        push(&mut spans, at..text.len(), class(&self.stack));
        spans
    }
}

fn push(spans: &mut Vec<(Range<usize>, Syntax)>, range: Range<usize>, class: Option<Syntax>) {
    let Some(class) = class.filter(|_| !range.is_empty()) else {
        return;
    };
    match spans.last_mut() {
        Some((last, same)) if last.end == range.start && *same == class => last.end = range.end,
        _ => spans.push((range, class)),
    }
}

/// Scopes and what they are; the first that fits the innermost scope counts.
const CLASSES: [(&str, Option<Syntax>); 25] = [
    ("comment", Some(Syntax::Comment)),
    ("punctuation.definition.comment", Some(Syntax::Comment)),
    ("punctuation.definition.string", Some(Syntax::Text)),
    ("string.unquoted", Some(Syntax::Text)),
    ("string", Some(Syntax::Text)),
    ("constant", Some(Syntax::Value)),
    ("keyword.operator", Some(Syntax::Sign)),
    ("keyword", Some(Syntax::Keyword)),
    ("storage.type.function", Some(Syntax::Keyword)),
    ("storage.type.class", Some(Syntax::Keyword)),
    ("storage.type", Some(Syntax::Type)),
    ("storage", Some(Syntax::Keyword)),
    ("entity.name.function", Some(Syntax::Function)),
    ("variable.function", Some(Syntax::Function)),
    ("support.function", Some(Syntax::Function)),
    ("entity.name.tag", Some(Syntax::Name)),
    ("entity.other.attribute-name", Some(Syntax::Name)),
    ("entity.name", Some(Syntax::Type)),
    ("support.type", Some(Syntax::Type)),
    ("support.class", Some(Syntax::Type)),
    ("support", Some(Syntax::Function)),
    ("variable.language", Some(Syntax::Keyword)),
    ("markup.heading", Some(Syntax::Keyword)),
    ("punctuation", Some(Syntax::Sign)),
    ("markup.raw", Some(Syntax::Text)),
];

fn class(stack: &ScopeStack) -> Option<Syntax> {
    static SCOPES: OnceLock<Vec<(Scope, Option<Syntax>)>> = OnceLock::new();
    let scopes = SCOPES.get_or_init(|| {
        let known = CLASSES.iter();
        known
            .filter_map(|(name, class)| Some((Scope::new(name).ok()?, *class)))
            .collect()
    });
    stack.as_slice().iter().rev().find_map(|scope| {
        let found = scopes.iter().find(|(known, _)| known.is_prefix_of(*scope));
        found.and_then(|(_, class)| *class)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[(LineKind, &str)]) -> Vec<Line> {
        let line = |(kind, text): &(LineKind, &str)| Line {
            kind: *kind,
            old: None,
            new: None,
            bytes: text.as_bytes().to_vec(),
            no_newline: false,
        };
        texts.iter().map(line).collect()
    }

    fn job(path: &str, texts: &[(LineKind, &str)]) -> ColourJob {
        ColourJob {
            at: (1, 0),
            from: 0,
            path: path.into(),
            lines: lines(texts),
            wanted: 0..texts.len(),
        }
    }

    #[test]
    fn keywords_strings_and_comments_are_told_apart() {
        use LineKind::{Added, Context, Removed};
        let texts = [
            (Context, "fn main() {"),
            (Removed, "    let a = \"old /* no comment\";"),
            (Added, "    let a = 1; // a remark"),
        ];
        let found = classes(&[job("src/main.rs", &texts)], || true);
        let of = |line: usize, word: &str| {
            let at = texts[line].1.find(word).unwrap_or(0);
            let spans = &found[line].spans;
            spans
                .iter()
                .find(|(range, _)| range.contains(&at))
                .map(|(_, class)| *class)
        };
        assert_eq!(of(0, "main"), Some(Syntax::Function));
        assert_eq!(of(1, "old"), Some(Syntax::Text));
        assert_eq!(of(2, "1"), Some(Syntax::Value));
        assert_eq!(of(2, "// a"), Some(Syntax::Comment));
    }

    #[test]
    fn what_cannot_be_parsed_stays_plain_and_only_wanted_lines_come_back() {
        use LineKind::Context;
        let long = "x".repeat(LINE_BYTES + 1);
        let mut job = job("a.rs", &[(Context, "fn a() {}"), (Context, &long)]);
        job.wanted = 1..2;
        let found = classes(&[job.clone()], || true);
        assert_eq!(found.len(), 1);
        assert!(found[0].spans.is_empty());
        job.path = "no-such-language.zzz".into();
        assert!(classes(&[job], || true)[0].spans.is_empty());
    }
}
