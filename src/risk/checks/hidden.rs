//! What a reader does not see: characters that reorder or hide text, code off the screen, blobs.

use super::{Change, Report};
use crate::diff::{FileDiff, Line, LineKind};
use crate::risk::kind::Kind;
use crate::risk::language::Language;
use crate::risk::source::{MAX_COLUMNS, Source, SourceLine};

/// Blanks before code that push it off the screen.
const FAR: usize = 120;
/// A line longer than this is not read to its end.
const LONG: usize = 400;
/// A run of base64 or hex digits this long is no name and no number.
const BLOB: usize = 200;

/// Runs the checks on hidden content; on all lines, whatever the caps of the rules.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    for (file, (source, diff)) in change.sources.iter().zip(change.files).enumerate() {
        characters((file, source), diff, report);
        if source
            .kinds
            .any(&[Kind::Code, Kind::Config, Kind::Test, Kind::Manifest])
        {
            far_right((file, source), diff, report);
            blobs((file, source), diff, report);
        }
    }
    hand_edited(change, report);
}

fn added(diff: &FileDiff) -> impl Iterator<Item = &Line> {
    let lines = diff.hunks().iter().flat_map(|hunk| &hunk.lines);
    lines.filter(|line| line.kind == LineKind::Added)
}

fn characters((file, source): (usize, &Source<'_>), diff: &FileDiff, report: &mut Report<'_>) {
    let in_code = source.kinds.any(&[Kind::Code, Kind::Config, Kind::Test]);
    for line in added(diff).filter(|line| !line.bytes.is_ascii()) {
        let text = String::from_utf8_lossy(&line.bytes);
        let rule = if text.chars().any(is_bidi) {
            "hid.bidi"
        } else if has_invisible(&text, line.new == Some(1), in_code) {
            "hid.invisible"
        } else {
            continue;
        };
        if let Some(rule) = report.book.rule(rule) {
            report.raw(rule, (file, source), line, None);
        }
    }
}

/// Embeddings, overrides and isolates: they change the order in which text reads.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether the text has a character that shows nothing and means nothing where it stands.
fn has_invisible(text: &str, first_line: bool, in_code: bool) -> bool {
    let mut previous = '\0';
    for (at, c) in text.char_indices() {
        let hidden = match c {
            '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{ad}' | '\u{2060}'..='\u{2064}' => true,
            '\u{180e}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => true,
            '\u{e0000}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}' => true,
            // The byte order mark is ordinary where a file begins.
            '\u{feff}' => !(first_line && at == 0),
            // Joiners belong to some scripts and to composed emoji.
            '\u{200c}' | '\u{200d}' => previous.is_ascii(),
            '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => {
                in_code && previous.is_ascii() && is_code_blank(text, at, c)
            }
            _ => false,
        };
        if hidden {
            return true;
        }
        previous = c;
    }
    false
}

/// An odd blank counts in code, not between words of another script or inside a quoted text.
fn is_code_blank(text: &str, at: usize, c: char) -> bool {
    let next = text[at + c.len_utf8()..].chars().next();
    let quotes = text[..at].matches(['"', '\'', '`']).count();
    next.is_none_or(|next| next.is_ascii()) && quotes.is_multiple_of(2)
}

fn far_right((file, source): (usize, &Source<'_>), diff: &FileDiff, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("hid.far-right") else {
        return;
    };
    for line in added(diff) {
        let cut = line.bytes.len() > MAX_COLUMNS;
        let message = cut.then(|| {
            format!(
                "{} The rules read only the first {MAX_COLUMNS} of its {} bytes.",
                rule.sentence,
                line.bytes.len()
            )
        });
        let long = line.bytes.len() > LONG && !is_one_text(source.language, &line.bytes);
        if long || blank_run(&line.bytes) >= FAR {
            report.raw(rule, (file, source), line, message);
        }
    }
}

/// A key and its text in JSON, as in a translation: nothing runs at its end.
fn is_one_text(language: Language, line: &[u8]) -> bool {
    let mut before = b' ';
    let quotes = line.iter().filter(|b| {
        let quote = **b == b'"' && before != b'\\';
        before = **b;
        quote
    });
    let ends = line.trim_ascii_end();
    language == Language::Json
        && line.len() <= MAX_COLUMNS
        && quotes.count() == 4
        && (ends.ends_with(b"\"") || ends.ends_with(b"\","))
}

/// The longest run of blanks with something after it.
fn blank_run(line: &[u8]) -> usize {
    let (mut run, mut most) = (0, 0);
    for byte in line {
        match byte {
            b' ' => run += 1,
            b'\t' => run += 4,
            b'\r' => {}
            _ => {
                most = most.max(run);
                run = 0;
            }
        }
    }
    most
}

fn blobs((file, source): (usize, &Source<'_>), diff: &FileDiff, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("hid.opaque") else {
        return;
    };
    let mut blobs = added(diff).filter(|line| line.bytes.len() >= BLOB && has_blob(&line.bytes));
    if let Some(line) = blobs.next() {
        report.raw(rule, (file, source), line, None);
    }
}

fn has_blob(line: &[u8]) -> bool {
    let is_digit = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'_');
    line.split(|b| !is_digit(b)).any(|run| {
        run.len() >= BLOB
            && run.iter().any(u8::is_ascii_digit)
            && run.iter().any(u8::is_ascii_alphabetic)
    })
}

/// A generated file changed, and nothing that it could be generated from did.
fn hand_edited(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("hid.opaque") else {
        return;
    };
    let generated = |source: &Source<'_>| source.kinds.has(Kind::Generated);
    let others = |source: &Source<'_>| !generated(source) && !source.kinds.has(Kind::Docs);
    if change.sources.iter().any(others) {
        return;
    }
    let edited = change
        .sources
        .iter()
        .enumerate()
        .find(|(_, source)| generated(source) && !source.is_new && !source.is_gone);
    if let Some((file, source)) = edited {
        let message = "A generated or vendored file changed and nothing it is made from did. \
                       Was it edited by hand?";
        report.file(rule, file, source, Some(message.to_owned()));
    }
}

/// Reports names that are not what they look like.
pub(super) fn homoglyphs(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("hid.homoglyph") else {
        return;
    };
    for (file, source) in change.sources.iter().enumerate() {
        if !source
            .kinds
            .any(&[Kind::Code, Kind::Config, Kind::Test, Kind::Ci])
        {
            continue;
        }
        let odd = |line: &&SourceLine<'_>| {
            line.kind == LineKind::Added && !line.lexed.code.is_ascii() && {
                let text = String::from_utf8_lossy(&line.lexed.code);
                names(&text).any(|name| is_lookalike(name, source))
            }
        };
        for line in source.changed().filter(odd) {
            report.line(rule, (file, source), line, None, None);
        }
    }
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|name| !name.is_empty())
}

/// A name with letters of two scripts, one looking like the other; or one that reads like a plain
/// name of the same file.
fn is_lookalike(name: &str, source: &Source<'_>) -> bool {
    let lookalikes = name.chars().filter(|c| latin(*c).is_some()).count();
    if lookalikes == 0 {
        return false;
    }
    let plain = name.chars().any(|c| c.is_ascii_alphabetic());
    let others = name.chars().any(|c| !c.is_ascii() && latin(c).is_none());
    if plain {
        return true;
    }
    let reads: String = name.chars().map(|c| latin(c).unwrap_or(c)).collect();
    let lines = source.hunks.iter().flat_map(|hunk| &hunk.lines);
    !others
        && lines.into_iter().any(|line| {
            let text = String::from_utf8_lossy(&line.lexed.code);
            names(&text).any(|other| other == reads)
        })
}

/// Cyrillic and Greek letters, each with the Latin one it looks like.
#[rustfmt::skip]
const LOOKALIKES: &[(char, char)] = &[
    ('а', 'a'), ('в', 'b'), ('с', 'c'), ('ԁ', 'd'), ('е', 'e'), ('һ', 'h'),
    ('і', 'i'), ('ј', 'j'), ('к', 'k'), ('ӏ', 'l'), ('м', 'm'), ('о', 'o'),
    ('р', 'p'), ('ԛ', 'q'), ('ѕ', 's'), ('т', 't'), ('ѵ', 'v'), ('ԝ', 'w'),
    ('х', 'x'), ('у', 'y'), ('А', 'A'), ('В', 'B'), ('С', 'C'), ('Е', 'E'),
    ('Н', 'H'), ('І', 'I'), ('Ј', 'J'), ('К', 'K'), ('М', 'M'), ('О', 'O'),
    ('Р', 'P'), ('Ѕ', 'S'), ('Т', 'T'), ('Х', 'X'), ('У', 'Y'), ('ο', 'o'),
    ('ν', 'v'), ('ι', 'i'), ('κ', 'k'), ('ρ', 'p'), ('υ', 'u'), ('Α', 'A'),
    ('Β', 'B'), ('Ε', 'E'), ('Ζ', 'Z'), ('Η', 'H'), ('Ι', 'I'), ('Κ', 'K'),
    ('Μ', 'M'), ('Ν', 'N'), ('Ο', 'O'), ('Ρ', 'P'), ('Τ', 'T'), ('Υ', 'Y'),
    ('Χ', 'X'), ('ɑ', 'a'), ('ɡ', 'g'), ('ӕ', 'æ'),
];

/// The Latin letter that a Cyrillic or Greek one looks like.
fn latin(c: char) -> Option<char> {
    LOOKALIKES
        .iter()
        .find(|(other, _)| *other == c)
        .map(|(_, latin)| *latin)
}
