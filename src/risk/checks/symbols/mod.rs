//! Names that nothing defines: a bare call whose name the file knows only from calls, and a name
//! taken from a module of the repository that does not have it. Without types only what is
//! certain is said: every doubt is silence.

mod go;
mod python;
mod script;
mod words;

use super::view::View;
use super::{Change, Report};
use crate::diff::LineKind;
use crate::risk::kind::Kind;
use crate::risk::language::Language;
use crate::risk::lexer::{Lexed, lex};
use crate::risk::source::{Source, SourceLine, cut};

/// At most this many lines of a file are looked through.
const MAX_LINES: usize = 20_000;

/// Reports names in added lines that nothing defines.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let (Some(rule), Some(result)) = (report.book.rule("ai.symbol-unknown"), &change.result) else {
        return;
    };
    for (index, source) in change.sources.iter().enumerate() {
        let known = matches!(
            source.language,
            Language::Python | Language::JavaScript | Language::Go
        );
        if !known || source.is_gone || !source.kinds.has(Kind::Code) {
            continue;
        }
        let added: Vec<&SourceLine<'_>> = source
            .changed()
            .filter(|line| line.kind == LineKind::Added && !line.moved && !line.in_test)
            .filter(|line| line.lexed.text.iter().any(|b| matches!(b, b'(' | b'i')))
            .collect();
        if added.is_empty() {
            continue;
        }
        for (line, message) in unknown(result, source, &added) {
            report.line(rule, (index, source), line, None, Some(message));
        }
    }
}

/// The added lines with a name nobody knows, and the words for it.
fn unknown<'a, 'b>(
    result: &View<'_>,
    source: &Source<'_>,
    added: &[&'a SourceLine<'b>],
) -> Vec<(&'a SourceLine<'b>, String)> {
    let mut found = Vec::new();
    let mut file: Option<Option<Whole>> = None;
    for line in added {
        let taken = match source.language {
            Language::Python => python::taken(result, source.path, &line.lexed.text),
            Language::JavaScript => script::taken(result, source.path, &line.lexed.text),
            _ => None,
        };
        if let Some(message) = taken {
            found.push((*line, message));
            continue;
        }
        let calls = words::calls(source.language, &line.lexed.code);
        let qualified = source.language == Language::Go && words::has_qualified(&line.lexed.code);
        if calls.is_empty() && !qualified {
            continue;
        }
        let Some(whole) = file.get_or_insert_with(|| Whole::read(result, source)) else {
            return found;
        };
        let bare = calls.into_iter().find(|name| match source.language {
            Language::Python => python::is_unknown(whole, name),
            Language::JavaScript => script::is_unknown(result, source.path, whole, name),
            _ => go::is_unknown(result, source.path, whole, name),
        });
        let message = bare.map(|name| {
            format!("{name:?} is called and nothing here defines or imports it. Does it exist?")
        });
        let message = message.or_else(|| {
            qualified
                .then(|| go::taken(result, source.path, whole, &line.lexed.code))
                .flatten()
        });
        if let Some(message) = message {
            found.push((*line, message));
        }
    }
    found
}

/// A whole file of the result, taken apart.
pub(super) struct Whole {
    lines: Vec<Lexed>,
}

impl Whole {
    fn read(result: &View<'_>, source: &Source<'_>) -> Option<Self> {
        Self::of(source.language, &result.read(source.path)?)
    }

    fn of(language: Language, content: &[u8]) -> Option<Self> {
        let lines = || content.split(|b| *b == b'\n').map(cut);
        (lines().take(MAX_LINES + 1).count() <= MAX_LINES).then(|| Self {
            lines: lex(language, lines()),
        })
    }

    /// The code of every line.
    fn code(&self) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().map(|line| line.code.as_slice())
    }

    fn contains(&self, text: &[u8]) -> bool {
        self.code().any(|line| super::manifest::has(line, text))
    }
}
