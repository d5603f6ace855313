//! Files of configuration that whatever reads them cannot read: they do not parse any more.

use serde::de::IgnoredAny;

use super::view::MAX_FILE;
use super::{Change, Report, yaml};
use crate::diff::{FileDiff, LineKind, Mode};
use crate::risk::kind::Kind;
use crate::risk::language::Language;
use crate::risk::source::{Source, SourceLine};

/// HCL is read into a tree with all its blanks; a file over this size is not.
const MAX_HCL: usize = 256 << 10;
/// Deeper brackets than this nobody writes; parsers are not asked.
const MAX_NESTING: usize = 100;

/// Why a file does not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    /// The line of the file, from 1.
    pub(super) line: u32,
    /// What the parser says.
    pub(super) why: String,
}

/// Reports files that do not parse and either did before or are new.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let (Some(base), Some(result)) = (&change.base, &change.result) else {
        return;
    };
    for (file, source) in change.sources.iter().enumerate() {
        let diff = &change.files[file];
        if !is_read(source, diff) {
            continue;
        }
        let Some(Err(broken)) = result
            .read(source.path)
            .map(|new| parse(source.language, &new))
        else {
            continue;
        };
        let old = diff.old.as_ref().and_then(|old| base.read(&old.path));
        let was_broken = old.is_some_and(|old| parse(source.language, &old).is_err());
        if was_broken {
            continue;
        }
        let Some(rule) = report.book.rule("cfg.unparsable") else {
            return;
        };
        let language = match source.language {
            Language::Yaml => "YAML",
            Language::Toml => "TOML",
            Language::Json => "JSON",
            _ => "HCL",
        };
        let Broken { line, why } = &broken;
        let why: String = why.chars().filter(|c| !c.is_control()).take(120).collect();
        let message =
            format!("This is no {language} at line {line}: {why}. What happens where it is read?");
        match nearest(source, *line) {
            Some(at) => report.line(rule, (file, source), at, None, Some(message)),
            None => report.file(rule, file, source, Some(message)),
        }
    }
}

/// Whether a file is one that has to parse. Tests keep broken files on purpose.
fn is_read(source: &Source<'_>, diff: &FileDiff) -> bool {
    let language = matches!(
        source.language,
        Language::Yaml | Language::Toml | Language::Json | Language::Hcl
    );
    let file = diff.new.as_ref().is_some_and(|new| {
        matches!(new.mode, Mode::Regular | Mode::Executable) && new.size <= MAX_FILE
    });
    let name = source.path.file_name().to_ascii_lowercase();
    let other_form = [&b".json5"[..], b".jsonl", b".ndjson"];
    language
        && file
        && source.kinds.any(&[Kind::Config, Kind::Ci, Kind::Manifest])
        && !other_form.iter().any(|end| name.ends_with(end))
}

/// The changed line at, else before, a line; else the first.
fn nearest<'a, 'b>(source: &'a Source<'b>, line: u32) -> Option<&'a SourceLine<'b>> {
    let added = || source.changed().filter(|l| l.kind == LineKind::Added);
    let before = added().filter(|l| l.number <= line).last();
    before
        .or_else(|| added().next())
        .or_else(|| source.changed().next())
}

/// Whether content is what its language says. What is no text, or a template that becomes a file
/// of the language only later, is none of ours.
pub(super) fn parse(language: Language, content: &[u8]) -> Result<(), Broken> {
    let Ok(text) = std::str::from_utf8(content) else {
        return Ok(());
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let parsed = match language {
        Language::Yaml => yaml::check(text),
        Language::Toml => toml_of(text),
        Language::Json => json(text),
        Language::Hcl => hcl(text),
        _ => Ok(()),
    };
    parsed.or_else(|broken| {
        if is_template(text) {
            Ok(())
        } else {
            Err(broken)
        }
    })
}

/// Whether the text has the marks of a template language. `${{ … }}` is a value of CI files.
fn is_template(text: &str) -> bool {
    let marks = ["{%", "<%", "{{{", "%{", "@@", "__VERSION__"];
    let braces = text.match_indices("{{").any(|(at, _)| {
        let before = text[..at].chars().next_back();
        before != Some('$')
    });
    braces || marks.iter().any(|mark| text.contains(mark))
}

fn toml_of(text: &str) -> Result<(), Broken> {
    shallow(text)?;
    toml::from_str::<toml::Table>(text)
        .map(|_| ())
        .map_err(|error| Broken {
            line: line_of(text, error.span().map_or(0, |span| span.start)),
            why: error.message().to_owned(),
        })
}

/// JSON; comments and commas at ends are let pass, as most readers of such files do.
fn json(text: &str) -> Result<(), Broken> {
    values(text).or_else(|broken| values(&plain_json(text)).map_err(|_| broken))
}

fn values(text: &str) -> Result<(), Broken> {
    let values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    for value in values {
        value.map_err(|error| Broken {
            line: error.line() as u32,
            why: error.to_string(),
        })?;
    }
    Ok(())
}

/// The text without comments and without commas before a closing bracket.
fn plain_json(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    // Where a comma stands that only blanks have followed so far.
    let mut comma: Option<usize> = None;
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                comma = None;
                plain.push(c);
                while let Some(inner) = chars.next() {
                    plain.push(inner);
                    match inner {
                        '\\' => plain.extend(chars.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '/' if chars.peek() == Some(&'/') => while chars.next_if(|c| *c != '\n').is_some() {},
            '/' if chars.peek() == Some(&'*') => {
                let mut last = ' ';
                chars.next();
                for inner in chars.by_ref() {
                    if last == '*' && inner == '/' {
                        break;
                    }
                    last = inner;
                }
            }
            ',' => {
                comma = Some(plain.len());
                plain.push(c);
            }
            ']' | '}' => {
                if let Some(at) = comma.take() {
                    plain.replace_range(at..=at, " ");
                }
                plain.push(c);
            }
            c => {
                if !c.is_whitespace() {
                    comma = None;
                }
                plain.push(c);
            }
        }
    }
    plain
}

fn hcl(text: &str) -> Result<(), Broken> {
    if text.len() > MAX_HCL {
        return Ok(());
    }
    shallow(text)?;
    hcl_edit::parser::parse_body(text)
        .map(|_| ())
        .map_err(|error| Broken {
            line: error.location().line() as u32,
            why: error.message().to_owned(),
        })
}

/// Parsers that call themselves for what is inside brackets get no more than a stack holds.
pub(super) fn shallow(text: &str) -> Result<(), Broken> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' | b'{' | b'(' => depth += 1,
            b']' | b'}' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            return Err(Broken {
                line: line_of(text, at),
                why: format!("brackets nest deeper than {MAX_NESTING} levels"),
            });
        }
    }
    Ok(())
}

fn line_of(text: &str, at: usize) -> u32 {
    let before = text.bytes().take(at).filter(|b| *b == b'\n').count();
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaks(language: Language, text: &str) -> Option<u32> {
        parse(language, text.as_bytes()).err().map(|b| b.line)
    }

    #[test]
    fn a_broken_file_is_broken_at_its_line() {
        for (language, text, line) in [
            (Language::Toml, "a = 1\nb = \n", 2),
            (Language::Toml, "[a]\nx = 1\n[a]\n", 3),
            (Language::Json, "{\n  \"a\": 1\n  \"b\": 2\n}", 3),
            (Language::Json, "{\"a\": 1}\n}", 2),
            (Language::Hcl, "resource \"a\" \"b\" {\n  c = \n}\n", 2),
            (Language::Yaml, "a: 1\n<<<<<<< HEAD\nb: 2\n", 3),
            (Language::Yaml, "on:\n  push:\n    - a\n   - b\n", 4),
        ] {
            assert_eq!(breaks(language, text), Some(line), "{text}");
        }
    }

    #[test]
    fn dialects_and_templates_are_no_false_alarm() {
        for (language, text) in [
            (
                Language::Json,
                "// why\n{\"a\": [1, 2,], /* b */ \"u\": \"http://x\",}\n",
            ),
            (Language::Json, "{\"a\": 1}\n{\"a\": 2}\n"),
            (Language::Json, ""),
            (
                Language::Yaml,
                "a: {{ .Values.a }}\n{{- if .b }}\nc: 1\n{{- end }}\n",
            ),
            (Language::Yaml, "{% for x in y %}\n- a: [\n{% endfor %}\n"),
            (
                Language::Yaml,
                "a: !Ref b\n---\nc: !vault |\n  x\n...\n---\nd: *e\n".trim_end_matches("d: *e\n"),
            ),
            (Language::Yaml, "a: ${{ matrix.os }}\nb: '*'\n"),
            (Language::Toml, "name = \"{{ project }}\"\n{{ more }}\n"),
            (
                Language::Hcl,
                "locals {\n  a = { for k, v in var.m : k => v if v != \"\" }\n  b = <<-EOT\n    ${var.x}\n  EOT\n  c = var.a ? \"x\" : \"y\"\n}\n",
            ),
            (Language::Hcl, "region = \"eu\"\n"),
        ] {
            assert_eq!(parse(language, text.as_bytes()), Ok(()), "{text}");
        }
        assert_eq!(parse(Language::Json, b"\xff\xfe{"), Ok(()));
    }

    #[test]
    fn hostile_nesting_ends_in_an_answer() {
        let languages = [
            Language::Yaml,
            Language::Toml,
            Language::Json,
            Language::Hcl,
        ];
        let opened = [
            "[",
            "{",
            "(",
            "a = [",
            "a {\n",
            "a = {a = ",
            "{\"a\":",
            "- ",
            "a: ",
            "!",
            "a = !",
            "a = -",
        ];
        let more = [
            "a = a ? a : ",
            "\"${",
            "a = \"%{ if a }",
            "*",
            "&a ",
            "!!a ",
            "a = a + ",
        ];
        for language in languages {
            for text in opened.iter().chain(&more) {
                let _ = parse(language, text.repeat(100_000).as_bytes());
                let _ = parse(language, ["a = ", &text.repeat(30_000)].concat().as_bytes());
            }
        }
    }
}
