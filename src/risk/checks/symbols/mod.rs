//! Names that nothing defines: a bare call whose name the file knows only from calls (Python and
//! JavaScript), and a name taken from a module of the repository that does not have it. Without types only what is
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
/// A file that calls more names than this is not judged.
const MAX_CALLS: usize = 500;

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
        let old = change.files[index].old.as_ref();
        let old = old.and_then(|side| change.base.as_ref()?.read(&side.path));
        let old = old.unwrap_or_default();
        for (line, message) in unknown(result, source, &old, &added) {
            report.line(rule, (index, source), line, None, Some(message));
        }
    }
}

/// The added lines with a name nobody knows, and the words for it.
///
/// A file that calls more than one such name gets its names from somewhere that is not seen, and
/// so does one that called the name before.
fn unknown<'a, 'b>(
    result: &View<'_>,
    source: &Source<'_>,
    old: &[u8],
    added: &[&'a SourceLine<'b>],
) -> Vec<(&'a SourceLine<'b>, String)> {
    let mut found = Vec::new();
    let mut called: Option<(&'a SourceLine<'b>, String)> = None;
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
        let is_go = source.language == Language::Go;
        let qualified = is_go && words::has_qualified(&line.lexed.code);
        // Go's compiler knows better, and its methods are declared in the form of a call.
        let calls = if is_go {
            Vec::new()
        } else {
            words::calls(source.language, &line.lexed.code)
        };
        if calls.is_empty() && !qualified {
            continue;
        }
        let Some(whole) = file.get_or_insert_with(|| Whole::read(result, source)) else {
            return found;
        };
        // A hunk may begin inside a text without knowing it; the whole file knows.
        let code = whole.lines.get((line.number as usize).saturating_sub(1));
        let code = code.map_or(&[][..], |line| &line.code);
        let mut calls = calls.into_iter().filter(|name| words::has_word(code, name));
        let is_unknown = |name: &String| match source.language {
            Language::Python => python::is_unknown(whole, name),
            _ => script::is_unknown(result, source.path, whole, name),
        };
        if let Some(name) = calls.find(is_unknown) {
            called.get_or_insert((*line, name));
        }
        if qualified && let Some(message) = go::taken(result, source.path, whole, &line.lexed.code)
        {
            found.push((*line, message));
        }
    }
    if let (Some((line, name)), Some(Some(whole))) = (called, &file)
        && !words::has_word(old, &name)
        && whole.is_closed(result, source, &name)
    {
        let message =
            format!("{name:?} is called and nothing here defines or imports it. Does it exist?");
        found.push((line, message));
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

    /// Whether every other name that the file calls is known.
    fn is_closed(&self, result: &View<'_>, source: &Source<'_>, name: &str) -> bool {
        let calls = self
            .code()
            .flat_map(|line| words::calls(source.language, line));
        let mut others: Vec<String> = calls.filter(|other| other != name).collect();
        others.sort_unstable();
        others.dedup();
        let is_unknown = |other: &String| match source.language {
            Language::Python => python::is_unknown(self, other),
            _ => script::is_unknown(result, source.path, self, other),
        };
        others.len() <= MAX_CALLS && !others.iter().any(is_unknown)
    }

    /// The code of every line.
    fn code(&self) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().map(|line| line.code.as_slice())
    }

    fn contains(&self, text: &[u8]) -> bool {
        self.code().any(|line| super::manifest::has(line, text))
    }
}
