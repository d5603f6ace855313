//! Tests that were removed, rewritten to match, or that no longer run what they name.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Change, Report};
use crate::change::RepoPath;
use crate::diff::LineKind;
use crate::risk::kind::{Kind, Kinds};
use crate::risk::language::Language;
use crate::risk::source::{Source, SourceHunk, SourceLine};

/// What begins a test; the captured text is its name.
static TEST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?-u)\bdef\s+(test_\w+)|\bfunc\s+((Test|Benchmark|Fuzz)[A-Z]\w*)\(|\b(it|test|specify)\(\s*(['"`].*)['"`]|^\s*(it|test)\s+["']|\bTEST(_F|_P)?\(\w|@Test\b|@ParameterizedTest\b|^\s*\[(Fact|Theory|Test|TestCase|TestMethod)\b|#\[(tokio::)?test\]"#,
    )
    .ok()
});
static DECLARED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?-u)\b(?:def|fn|func|function|class|struct|interface|enum|trait|type|const)\s+(?:\([^)]*\)\s*)?(\w{3,})").ok()
});
static EXPECTATION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?-u)\bassert\w*\b|\bexpect\w*\(|\b(EXPECT|ASSERT)_\w+|\brequire\.\w+|\.should\b|\bwant\w*\s*[:=]|\bexpected\w*\b",
    )
    .ok()
});
static LITERAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?-u)"[^"]*"|'[^']*'|\b\d[\w.]*\b|\b(true|false|True|False|nil|null|None)\b"#)
        .ok()
});
static MOCK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?-u)\b(patch|patch\.object|setattr|jest\.mock|vi\.mock|jest\.spyOn|sinon\.stub|mocker\.patch|mock|Substitute\.For|mockk|new\s+Mock)(?:\(|<)\s*['"]?([\w./@-]+)|@(Mock|MockBean|MockitoBean|MockK|RelaxedMockK)\b(?:\([^)]*\))?\s+(?:(?:private|protected|public|final|lateinit|var|val)\s+)*(?:\w+\s*:\s*)?([\w.]+)"#,
    )
    .ok()
});

/// Runs the checks on tests.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let code_changes = change.sources.iter().any(|s| {
        s.kinds.has(Kind::Code) && s.changed().any(|line| has_code(line) && !line.in_test)
    });
    let gone = gone_names(change);
    for (file, source) in change.sources.iter().enumerate() {
        let is_test = source.kinds.has(Kind::Test);
        let tests = |line: &&SourceLine<'_>| is_test || line.in_test;
        if source.is_gone && is_test {
            deleted_file(change, (file, source), &gone, report);
            continue;
        }
        deleted_tests((file, source), &gone, report);
        if code_changes {
            rewritten((file, source), report);
        }
        if let Some(rule) = report.book.rule("test.mocked-subject") {
            for line in source
                .changed()
                .filter(tests)
                .filter(|l| l.kind == LineKind::Added)
            {
                if mocks_subject(source, line) {
                    report.line(rule, (file, source), line, None, None);
                }
            }
        }
    }
}

fn has_code(line: &SourceLine<'_>) -> bool {
    line.lexed.code.iter().any(|b| b.is_ascii_alphanumeric())
}

fn is_match(pattern: &LazyLock<Option<Regex>>, text: &[u8]) -> bool {
    pattern.as_ref().is_some_and(|regex| regex.is_match(text))
}

/// A test file goes; what it covered does not go with it: a file of its name is still there, or no
/// code goes at all.
fn deleted_file(
    change: &Change<'_>,
    (file, source): (usize, &Source<'_>),
    gone: &BTreeSet<Vec<u8>>,
    report: &mut Report<'_>,
) {
    let had_tests = source
        .changed()
        .any(|line| is_match(&TEST, &line.lexed.text));
    let moved = source.changed().any(|line| line.moved);
    if !had_tests || moved {
        return;
    }
    let code_goes = change.sources.iter().any(|other| {
        other.is_gone && other.kinds.has(Kind::Code) && other.language == source.language
    });
    let stays = subject_file(change, source);
    if let Some(rule) = report.book.rule("test.deleted")
        && (stays.is_some() || (!code_goes && gone.is_empty()))
    {
        let message = stays.map(|path| format!("{path} stays, the test of it goes. Who needs it?"));
        report.file(rule, file, source, message);
    }
}

/// The file that a test was for, by its name, where the result has it: the nearest one.
fn subject_file(change: &Change<'_>, source: &Source<'_>) -> Option<RepoPath> {
    let subject = subject(source.path.file_name());
    let is_subject = |path: &&RepoPath| {
        let language = Language::of(path.as_bytes(), b"");
        stem(path.file_name()) == subject
            && language == source.language
            && Kinds::of(path.as_bytes(), language).has(Kind::Code)
    };
    let near = |path: &&RepoPath| {
        let parts = |path: &RepoPath| -> Vec<Vec<u8>> {
            let folder = path.as_bytes().split(|b| *b == b'/');
            folder.map(<[u8]>::to_vec).collect()
        };
        let (here, there) = (parts(source.path), parts(path));
        let pairs = here.iter().zip(&there);
        pairs.take_while(|(a, b)| a == b).count()
    };
    let files = change.result.as_ref()?.files();
    files.iter().filter(is_subject).max_by_key(near).cloned()
}

/// The names that code of the change declared and does not declare any more.
fn gone_names(change: &Change<'_>) -> BTreeSet<Vec<u8>> {
    let declared = |kind: LineKind| -> BTreeSet<Vec<u8>> {
        let code = change
            .sources
            .iter()
            .filter(|source| source.kinds.has(Kind::Code));
        code.flat_map(|source| source.changed())
            .filter(|line| line.kind == kind && !line.in_test)
            .filter_map(|line| {
                let found = DECLARED.as_ref()?.captures(&line.lexed.code)?;
                Some(found.get(1)?.as_bytes().to_vec())
            })
            .collect()
    };
    let added = declared(LineKind::Added);
    declared(LineKind::Removed)
        .difference(&added)
        .cloned()
        .collect()
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|b| !b.is_ascii_alphanumeric() && *b != b'_')
}

/// More tests of a hunk go than come.
fn deleted_tests(
    (file, source): (usize, &Source<'_>),
    gone: &BTreeSet<Vec<u8>>,
    report: &mut Report<'_>,
) {
    let Some(rule) = report.book.rule("test.deleted") else {
        return;
    };
    for hunk in &source.hunks {
        let count = |kind| {
            hunk.lines.iter().filter(move |line| {
                line.kind == kind
                    && !line.moved
                    && (source.kinds.has(Kind::Test) || line.in_test)
                    && is_match(&TEST, &line.lexed.text)
            })
        };
        let added = count(LineKind::Added).count();
        for line in count(LineKind::Removed).skip(added) {
            if is_named_again(source, line) || is_marked_again(hunk, line) {
                continue;
            }
            let test = hunk.lines.iter().filter(|other| other.run == line.run);
            if test
                .into_iter()
                .any(|line| words(&line.lexed.code).any(|word| gone.contains(word)))
            {
                continue;
            }
            report.line(rule, (file, source), line, None, None);
        }
    }
}

/// Whether the test's name stands in a line that is new, as that of a test within another.
fn is_named_again(source: &Source<'_>, line: &SourceLine<'_>) -> bool {
    let found = TEST
        .as_ref()
        .and_then(|test| test.captures(&line.lexed.text));
    let name = found.and_then(|found| [1, 2, 5].into_iter().find_map(|group| found.get(group)));
    let Some(name) = name
        .map(|name| name.as_bytes())
        .filter(|name| name.len() >= 4)
    else {
        return false;
    };
    source
        .changed()
        .filter(|line| line.kind == LineKind::Added)
        .any(|line| line.lexed.text.windows(name.len()).any(|part| part == name))
}

/// Whether another mark of a test takes its place: `@RetryingTest` for `@Test`.
fn is_marked_again(hunk: &SourceHunk<'_>, line: &SourceLine<'_>) -> bool {
    let is_mark = |line: &SourceLine<'_>| {
        let text = line.lexed.code.trim_ascii_start();
        let begins = text.starts_with(b"@") || text.starts_with(b"[") || text.starts_with(b"#[");
        begins
            && text
                .windows(4)
                .any(|word| word.eq_ignore_ascii_case(b"test"))
    };
    let new = line.pair.map(|pair| &hunk.lines[pair]);
    is_mark(line) && new.is_some_and(is_mark)
}

/// An expectation whose literals changed and nothing else, while code changed as well.
fn rewritten((file, source): (usize, &Source<'_>), report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("test.expectation-rewritten") else {
        return;
    };
    let Some(literal) = LITERAL.as_ref() else {
        return;
    };
    let shape = |line: &SourceLine<'_>| {
        literal
            .replace_all(&line.lexed.text, &b"?"[..])
            .into_owned()
    };
    for hunk in &source.hunks {
        for line in hunk
            .lines
            .iter()
            .filter(|line| line.kind == LineKind::Added)
        {
            let Some(old) = line.pair.map(|pair| &hunk.lines[pair]) else {
                continue;
            };
            if (source.kinds.has(Kind::Test) || line.in_test)
                && is_match(&EXPECTATION, &line.lexed.text)
                && shape(old) == shape(line)
                && old.lexed.text != line.lexed.text
            {
                report.line(rule, (file, source), line, None, None);
            }
        }
    }
}

/// `test_pool.py`, `pool_test.go`, `pool.test.js`: the name without what marks a test.
fn subject(name: &[u8]) -> Vec<u8> {
    let mut stem = stem(name);
    for mark in [&b"test_"[..], b"tests_"] {
        if let Some(rest) = stem.strip_prefix(mark) {
            stem = rest.to_vec();
        }
    }
    for mark in [&b"_test"[..], b"_tests", b"_spec", b"test", b"tests"] {
        if let Some(rest) = stem.strip_suffix(mark)
            && !rest.is_empty()
        {
            return rest.to_vec();
        }
    }
    stem
}

fn stem(name: &[u8]) -> Vec<u8> {
    let end = name.iter().position(|b| *b == b'.').unwrap_or(name.len());
    name[..end].to_ascii_lowercase()
}

fn mocks_subject(source: &Source<'_>, line: &SourceLine<'_>) -> bool {
    let subject = subject(source.path.file_name());
    let target = MOCK
        .as_ref()
        .and_then(|mock| mock.captures(&line.lexed.text));
    target
        .and_then(|found| found.get(2).or_else(|| found.get(4)))
        .is_some_and(|target| {
            target
                .as_bytes()
                .to_ascii_lowercase()
                .split(|b| matches!(b, b'.' | b'/'))
                .any(|part| !part.is_empty() && part == subject)
        })
}
