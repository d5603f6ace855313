//! Closures of Go that see the variable of their loop, which all rounds shared before Go 1.22.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Change, Report};
use crate::change::RepoPath;
use crate::diff::LineKind;
use crate::risk::kind::Kind;
use crate::risk::language::Language;
use crate::risk::source::{Source, SourceHunk, SourceLine};

/// A loop with variables of its own.
static LOOP: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?-u)^\s*for\s+(\w+)(?:\s*,\s*(\w+))?\s*:=").ok());
/// A closure that runs later and takes no copy.
static CLOSURE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?-u)\b(?:go|defer)\s+func\(\)|\.(?:Go|Submit|TryGo|AfterFunc)\((?:[^()]*,\s*)?func\(\)",
    )
    .ok()
});
/// A copy of a variable under its own name.
static COPY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?-u)^\s*(\w+)\s*:=\s*(\w+)\s*$").ok());

/// Reports closures over loop variables, and copies of them that go.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("conc.loop-var-captured") else {
        return;
    };
    for (file, source) in change.sources.iter().enumerate() {
        let is_go = source.language == Language::Go && source.kinds.has(Kind::Code);
        if !is_go || has_own_variables(source, change) {
            continue;
        }
        for hunk in &source.hunks {
            for line in hunk.lines.iter().filter(|line| line.changed()) {
                if captures(hunk, line) || loses_its_copy(hunk, line) {
                    report.line(rule, (file, source), line, None, None);
                }
            }
        }
    }
}

/// Whether `go.mod` above the file asks for a Go in which each round has its own variable.
fn has_own_variables(source: &Source<'_>, change: &Change<'_>) -> bool {
    let mut folder = source.path.as_bytes();
    while let Some(slash) = folder.iter().rposition(|b| *b == b'/') {
        folder = &folder[..slash];
        let path = RepoPath::new([folder, b"/go.mod"].concat());
        if let Some(module) = change.new_content(&path) {
            return is_new_enough(&module);
        }
    }
    change
        .new_content(&RepoPath::from("go.mod"))
        .is_some_and(|module| is_new_enough(&module))
}

fn is_new_enough(module: &[u8]) -> bool {
    let version = module
        .split(|b| *b == b'\n')
        .find_map(|line| line.trim_ascii().strip_prefix(b"go "));
    let version = String::from_utf8_lossy(version.unwrap_or_default());
    let mut parts = version.trim().split('.').map(str::parse::<u32>);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= (1, 22),
        _ => false,
    }
}

/// The variables of the loops around a line.
fn variables<'a>(hunk: &'a SourceHunk<'_>, line: &SourceLine<'_>) -> Vec<&'a [u8]> {
    let stream = hunk.side(line.side());
    let is_it = |at: &usize| std::ptr::eq(&hunk.lines[*at], line);
    let Some(position) = stream.iter().position(is_it) else {
        return Vec::new();
    };
    let outer = hunk.enclosing(stream, position).into_iter();
    let found = outer.filter_map(|at| LOOP.as_ref()?.captures(&hunk.lines[at].lexed.code));
    found
        .flat_map(|found| [found.get(1), found.get(2)])
        .flatten()
        .map(|name| name.as_bytes())
        .filter(|name| *name != b"_")
        .collect()
}

fn has_word(text: &[u8], word: &[u8]) -> bool {
    text.split(|b| !b.is_ascii_alphanumeric() && *b != b'_')
        .any(|part| part == word)
}

/// A new closure that names a variable of a loop around it.
fn captures(hunk: &SourceHunk<'_>, line: &SourceLine<'_>) -> bool {
    let is_closure = CLOSURE
        .as_ref()
        .is_some_and(|closure| closure.is_match(&line.lexed.code));
    if line.kind != LineKind::Added || line.moved || !is_closure {
        return false;
    }
    let body: Vec<&SourceLine<'_>> = hunk
        .new
        .iter()
        .map(|at| &hunk.lines[*at])
        .skip_while(|other| !std::ptr::eq(*other, line))
        .skip(1)
        .take_while(|other| other.indent.is_none() || other.indent > line.indent)
        .collect();
    let copied = |name: &[u8]| {
        let above = hunk
            .new
            .iter()
            .map(|at| &hunk.lines[*at])
            .take_while(|other| !std::ptr::eq(*other, line));
        above.into_iter().any(|other| copy(other) == Some(name))
    };
    variables(hunk, line).into_iter().any(|name| {
        let named = has_word(&line.lexed.code, name)
            || body.iter().any(|line| has_word(&line.lexed.code, name));
        named && !copied(name)
    })
}

/// The variable that a line copies under its own name.
fn copy<'a>(line: &'a SourceLine<'_>) -> Option<&'a [u8]> {
    let found = COPY.as_ref()?.captures(&line.lexed.code)?;
    let (to, from) = (found.get(1)?.as_bytes(), found.get(2)?.as_bytes());
    (to == from).then_some(to)
}

/// A copy of a loop's variable that goes, with a closure after it.
fn loses_its_copy(hunk: &SourceHunk<'_>, line: &SourceLine<'_>) -> bool {
    if line.kind != LineKind::Removed || line.moved {
        return false;
    }
    let Some(name) = copy(line).filter(|name| variables(hunk, line).contains(name)) else {
        return false;
    };
    let kept = hunk
        .lines
        .iter()
        .any(|other| other.kind == LineKind::Added && copy(other) == Some(name));
    !kept
        && hunk.new.iter().any(|at| {
            let code = &hunk.lines[*at].lexed.code;
            CLOSURE
                .as_ref()
                .is_some_and(|closure| closure.is_match(code))
        })
}
