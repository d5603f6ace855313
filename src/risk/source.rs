//! A change prepared for the rules: each file with its language and kinds, each line taken apart
//! into code, strings and comments, removed lines paired with what replaces them.

use super::kind::{Kind, Kinds};
use super::language::Language;
use super::lexer::{Lexed, lex};
use super::{Side, moves, pairs};
use crate::change::RepoPath;
use crate::diff::{FileDiff, Hunk, LineKind};

/// At most this many changed lines of a change are read by the rules.
pub(super) const MAX_LINES: usize = 4000;
/// At most this many bytes of a line are read by the rules.
pub(super) const MAX_COLUMNS: usize = 2000;

/// A file of the change.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) path: &'a RepoPath,
    pub(super) language: Language,
    pub(super) kinds: Kinds,
    pub(super) is_new: bool,
    pub(super) is_gone: bool,
    pub(super) hunks: Vec<SourceHunk<'a>>,
}

/// A hunk.
#[derive(Debug)]
pub(super) struct SourceHunk<'a> {
    pub(super) scope: &'a str,
    pub(super) lines: Vec<SourceLine<'a>>,
    /// The lines of the old side (context and removed), as indices of `lines`.
    pub(super) old: Vec<usize>,
    /// The lines of the new side (context and added), as indices of `lines`.
    pub(super) new: Vec<usize>,
}

/// A line.
#[derive(Debug)]
pub(super) struct SourceLine<'a> {
    pub(super) kind: LineKind,
    /// Its number on its side; a context line's is the new one.
    pub(super) number: u32,
    /// The whole line without its CR.
    pub(super) raw: &'a [u8],
    /// The line without comments and strings; see [`Lexed`].
    pub(super) lexed: Lexed,
    /// Leading blanks, a tab counting as four; none for a blank line.
    pub(super) indent: Option<usize>,
    /// A removed line that reappears elsewhere, or an added one that was elsewhere before.
    pub(super) moved: bool,
    /// Whether it stands in a test that shares a file with code.
    pub(super) in_test: bool,
    /// The run of changed lines it belongs to, counted within the hunk.
    pub(super) run: usize,
    /// The line that replaces a removed one, or that an added one replaces.
    pub(super) pair: Option<usize>,
}

impl SourceLine<'_> {
    /// The side its number counts on.
    pub(super) fn side(&self) -> Side {
        Side::from(self.kind)
    }

    /// Whether it is an opening brace and nothing else.
    pub(super) fn opens_only(&self) -> bool {
        self.lexed.code.trim_ascii() == b"{"
    }

    /// Whether the change touches it.
    pub(super) fn changed(&self) -> bool {
        self.kind != LineKind::Context
    }
}

impl SourceHunk<'_> {
    /// The lines of one side that enclose the one at a position of it, by their indent: innermost
    /// first.
    pub(super) fn enclosing(&self, stream: &[usize], position: usize) -> Vec<usize> {
        let mut indent = self.lines[stream[position]].indent.unwrap_or(0);
        let mut outer_lines = Vec::new();
        for at in stream[..position].iter().rev() {
            let line = &self.lines[*at];
            if let Some(outer) = line.indent.filter(|outer| *outer < indent) {
                outer_lines.push(*at);
                // What a brace on a line of its own opens is named by the line above it.
                indent = outer + usize::from(line.opens_only());
            }
        }
        outer_lines
    }

    /// The lines of one side, as indices.
    pub(super) fn side(&self, side: Side) -> &[usize] {
        match side {
            Side::Old => &self.old,
            Side::New => &self.new,
        }
    }
}

impl<'a> Source<'a> {
    /// Whether any changed line of code is more than a comment: the lexer's word, which a line that
    /// only begins like a comment (`*total = 0;`) does not deceive.
    pub(super) fn changes_code(&self) -> bool {
        let says = |line: &SourceLine<'_>| line.lexed.code.iter().any(u8::is_ascii_alphanumeric);
        self.kinds.has(Kind::Code) && self.changed().any(says)
    }

    /// All changed lines.
    pub(super) fn changed(&self) -> impl Iterator<Item = &SourceLine<'a>> {
        self.hunks
            .iter()
            .flat_map(|hunk| &hunk.lines)
            .filter(|line| line.changed())
    }
}

/// Prepares the files of a change; the second part is how many changed lines were left out.
/// Files that steer machines come first when the lines are more than are read.
pub(super) fn prepare(files: &[FileDiff]) -> (Vec<Source<'_>>, usize) {
    let mut sources: Vec<(Source<'_>, &FileDiff)> =
        files.iter().map(|file| (open(file), file)).collect();
    let mut order: Vec<usize> = (0..sources.len()).collect();
    order.sort_by_key(|index| urgency(sources[*index].0.kinds));
    let (mut left, mut unread) = (MAX_LINES, 0);
    for index in order {
        let (source, file) = &mut sources[index];
        for hunk in file.hunks() {
            let changed = hunk
                .lines
                .iter()
                .filter(|l| l.kind != LineKind::Context)
                .count();
            let taken = changed.min(left);
            if taken > 0 {
                source
                    .hunks
                    .push(prepare_hunk(hunk, source.language, taken));
            }
            left -= taken;
            unread += changed - taken;
        }
    }
    let mut sources: Vec<Source<'_>> = sources.into_iter().map(|(source, _)| source).collect();
    moves::mark(&mut sources);
    (sources, unread)
}

fn urgency(kinds: Kinds) -> u8 {
    if kinds.any(&[Kind::Ci, Kind::Config, Kind::Manifest, Kind::Sql]) {
        0
    } else if kinds.has(Kind::Code) {
        1
    } else if kinds.has(Kind::Test) {
        2
    } else if kinds.any(&[Kind::Lock, Kind::Generated]) {
        4
    } else {
        3
    }
}

fn open(file: &FileDiff) -> Source<'_> {
    let path = file.path();
    let first = file
        .hunks()
        .first()
        .filter(|hunk| hunk.new_start <= 1 && hunk.old_start <= 1)
        .and_then(|hunk| hunk.lines.first())
        .map_or(&b""[..], |line| &line.bytes);
    let language = Language::of(path.as_bytes(), first);
    let kinds = Kinds::of(path.as_bytes(), language);
    Source {
        path,
        language,
        kinds,
        is_new: file.old.is_none(),
        is_gone: file.new.is_none(),
        hunks: Vec::new(),
    }
}

fn prepare_hunk(hunk: &Hunk, language: Language, most: usize) -> SourceHunk<'_> {
    let mut lines = Vec::with_capacity(hunk.lines.len());
    let (mut taken, mut run, mut previous) = (0, 0, LineKind::Context);
    for line in &hunk.lines {
        if line.kind != LineKind::Context {
            if taken == most {
                break;
            }
            taken += 1;
        }
        // A run is removed lines and the added ones after them.
        let begins = match line.kind {
            LineKind::Context => true,
            LineKind::Removed => previous != LineKind::Removed,
            LineKind::Added => previous == LineKind::Context,
        };
        run += usize::from(begins);
        previous = line.kind;
        let raw = line.bytes.strip_suffix(b"\r").unwrap_or(&line.bytes);
        lines.push(SourceLine {
            kind: line.kind,
            number: line.new.or(line.old).unwrap_or(0),
            raw,
            lexed: Lexed::default(),
            indent: indent(raw),
            moved: false,
            in_test: false,
            run,
            pair: None,
        });
    }
    let on = |side: LineKind, lines: &[SourceLine<'_>]| -> Vec<usize> {
        let is_on = |line: &SourceLine<'_>| line.kind == side || line.kind == LineKind::Context;
        (0..lines.len()).filter(|i| is_on(&lines[*i])).collect()
    };
    let (old, new) = (on(LineKind::Removed, &lines), on(LineKind::Added, &lines));
    for stream in [&old, &new] {
        let cut = stream
            .iter()
            .map(|i| cut(lines[*i].raw))
            .collect::<Vec<_>>();
        let lexed = lex(language, cut.into_iter());
        for (index, lexed) in stream.iter().zip(lexed) {
            lines[*index].lexed = lexed;
        }
    }
    let mut hunk = SourceHunk {
        scope: &hunk.scope,
        lines,
        old,
        new,
    };
    if language == Language::Rust {
        mark_tests(&mut hunk);
    }
    pairs::pair(&mut hunk);
    hunk
}

/// Rust keeps unit tests in the file they test, at its end.
fn mark_tests(hunk: &mut SourceHunk<'_>) {
    let opens = |text: &[u8]| {
        let text = text.trim_ascii();
        text.starts_with(b"mod tests") || text.starts_with(b"#[cfg(test)]") || text == b"#[test]"
    };
    let mut in_test = opens(hunk.scope.as_bytes());
    for line in &mut hunk.lines {
        in_test |= opens(&line.lexed.code);
        line.in_test = in_test;
    }
}

/// What of a line the rules read.
pub(super) fn cut(raw: &[u8]) -> &[u8] {
    &raw[..raw.len().min(MAX_COLUMNS)]
}

fn indent(raw: &[u8]) -> Option<usize> {
    let mut width = 0;
    for byte in raw {
        match byte {
            b' ' => width += 1,
            b'\t' => width += 4,
            _ => return Some(width),
        }
    }
    None
}
