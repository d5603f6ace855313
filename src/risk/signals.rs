//! The measured signals of a change: what moves its likelihood, by the table of `signals.toml`.
//!
//! These are broader than the rules that mark lines and see only the change itself: which of a few
//! patterns its lines and paths match, and its shape. Each was measured on public history.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

use super::score::Place;
use super::{ChangeText, Side};
use crate::change::RepoPath;
use crate::diff::{FileDiff, LineKind};

/// At most this many changed lines of a change are read for signals.
pub(super) const MAX_LINES: usize = 2000;
/// At most this many bytes of a line are read for signals.
const MAX_COLUMNS: usize = 600;

/// The data file, as it is shipped; part of the digest of the rules.
pub(super) const SOURCE: &str = include_str!("signals.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    paths: Paths,
    signal: Vec<Signal>,
    message: Vec<MessageSignal>,
    calm: Vec<Signal>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paths {
    doc: Pattern,
    test: Pattern,
    code: Pattern,
    config: Pattern,
    vendor: Pattern,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signal {
    id: String,
    points: i64,
    why: String,
    of: Of,
    side: Option<Compare>,
    pattern: Option<Pattern>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MessageSignal {
    id: String,
    points: i64,
    why: String,
    whole: bool,
    pattern: Pattern,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Of {
    Code,
    Test,
    Any,
    Paths,
    Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Compare {
    Added,
    Removed,
    Either,
    MoreAdded,
    MoreRemoved,
}

/// A pattern over bytes, compiled once.
#[derive(Debug)]
struct Pattern(Regex);

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        RegexBuilder::new(&text)
            .unicode(false)
            .build()
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

static TABLE: LazyLock<Result<File, String>> =
    LazyLock::new(|| toml::from_str(SOURCE).map_err(|error| error.to_string()));

/// One signal that a change shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    id: String,
    pub(super) points: i64,
    pub(super) why: String,
    pub(super) place: Option<Place>,
}

/// What the table says of a change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Measured {
    /// Lines added and removed in code, without tests, generated and vendored files.
    pub(super) code_lines: u64,
    /// Lines added and removed in all.
    pub(super) lines: u64,
    /// Top-level folders touched; the root is one.
    pub(super) areas: u64,
    /// Content signals, largest first.
    pub(super) content: Vec<Hit>,
    /// Signals of the message.
    pub(super) message: Vec<Hit>,
    /// What calms.
    pub(super) calm: Vec<Hit>,
    /// Changed lines beyond [`MAX_LINES`], which were not read.
    pub(super) unread: u64,
}

impl Measured {
    /// Takes back that only comments changed: the lines do hold code.
    pub(super) fn not_comments_only(&mut self) {
        self.calm.retain(|hit| hit.id != "shape.comment_only");
    }
}

/// The kinds of file that the benchmark told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Test,
    Doc,
    Vendor,
    Code,
    Config,
}

impl Paths {
    fn kind(&self, path: &[u8]) -> Kind {
        if self.test.0.is_match(path) {
            Kind::Test
        } else if self.doc.0.is_match(path) && !self.code.0.is_match(path) {
            Kind::Doc
        } else if self.vendor.0.is_match(path) {
            Kind::Vendor
        } else if self.code.0.is_match(path) {
            Kind::Code
        } else {
            Kind::Config
        }
    }
}

/// The lines of one kind and side, joined for searching, and where each came from.
#[derive(Debug, Default)]
struct Buffer {
    text: Vec<u8>,
    starts: Vec<(usize, Place)>,
}

impl Buffer {
    fn push(&mut self, line: &[u8], place: &Place) {
        if !self.starts.is_empty() {
            self.text.push(b'\n');
        }
        self.starts.push((self.text.len(), place.clone()));
        self.text.extend_from_slice(line);
    }

    fn count(&self, pattern: &Regex) -> usize {
        pattern.find_iter(&self.text).count()
    }

    fn first(&self, pattern: &Regex) -> Option<Place> {
        let at = pattern.find(&self.text)?.start();
        let index = self.starts.partition_point(|(start, _)| *start <= at);
        Some(self.starts.get(index.checked_sub(1)?)?.1.clone())
    }

    fn squeezed(&self) -> Vec<Vec<u8>> {
        let mut lines: Vec<Vec<u8>> = self
            .text
            .split(|b| *b == b'\n')
            .map(|line| {
                let mut line = line.to_vec();
                line.retain(|b| !b.is_ascii_whitespace());
                line
            })
            .filter(|line| !line.is_empty())
            .collect();
        lines.sort_unstable();
        lines
    }
}

/// The changed lines by kind (code, test, any) and side (added, removed).
#[derive(Debug, Default)]
struct Buffers {
    code: [Buffer; 2],
    test: [Buffer; 2],
    any: [Buffer; 2],
    read: usize,
    unread: u64,
}

impl Buffers {
    fn collect(files: &[FileDiff], kinds: &[Kind]) -> Self {
        let mut all = Self::default();
        for (file, kind) in files.iter().zip(kinds) {
            for line in file.hunks().iter().flat_map(|hunk| &hunk.lines) {
                let (side, number) = match line.kind {
                    LineKind::Context => continue,
                    LineKind::Added => (Side::New, line.new),
                    LineKind::Removed => (Side::Old, line.old),
                };
                if all.read == MAX_LINES {
                    all.unread += 1;
                    continue;
                }
                all.read += 1;
                let bytes = &line.bytes[..line.bytes.len().min(MAX_COLUMNS)];
                if is_comment_or_blank(bytes) {
                    continue;
                }
                let place = Place {
                    path: file.path().clone(),
                    side,
                    line: number.unwrap_or(0),
                };
                all.push(*kind, usize::from(side == Side::Old), bytes, &place);
            }
        }
        all
    }

    fn push(&mut self, kind: Kind, side: usize, bytes: &[u8], place: &Place) {
        match kind {
            Kind::Code => self.code[side].push(bytes, place),
            Kind::Test => self.test[side].push(bytes, place),
            Kind::Config => {}
            Kind::Doc | Kind::Vendor => return,
        }
        self.any[side].push(bytes, place);
    }

    fn of(&self, of: Of) -> Option<&[Buffer; 2]> {
        match of {
            Of::Code => Some(&self.code),
            Of::Test => Some(&self.test),
            Of::Any => Some(&self.any),
            Of::Paths | Of::Shape => None,
        }
    }

    fn matches(&self, of: Of, side: Compare, pattern: &Regex) -> Option<Option<Place>> {
        let [added, removed] = self.of(of)?;
        let (a, d) = (added.first(pattern), removed.first(pattern));
        let fired = match side {
            Compare::Added => a.is_some(),
            Compare::Removed => d.is_some(),
            Compare::Either => a.is_some() || d.is_some(),
            Compare::MoreAdded => a.is_some() && added.count(pattern) > removed.count(pattern),
            Compare::MoreRemoved => d.is_some() && removed.count(pattern) > added.count(pattern),
        };
        let place = match side {
            Compare::Removed | Compare::MoreRemoved => d,
            Compare::Added | Compare::Either | Compare::MoreAdded => a.or(d),
        };
        fired.then_some(place)
    }
}

/// Whether a line is blank or begins like a comment in any common language.
fn is_comment_or_blank(line: &[u8]) -> bool {
    static COMMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        RegexBuilder::new(r#"^\s*(//|#|\*|/\*|--|<!--|"""|;;?\s)"#)
            .unicode(false)
            .build()
            .ok()
    });
    static DIRECTIVE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        RegexBuilder::new(r"^\s*#\s*(include|if|else|elif|endif|define|undef|pragma|\[|!\[)")
            .unicode(false)
            .build()
            .ok()
    });
    let is = |pattern: &LazyLock<Option<Regex>>| {
        pattern.as_ref().is_some_and(|regex| regex.is_match(line))
    };
    line.iter().all(u8::is_ascii_whitespace) || (is(&COMMENT) && !is(&DIRECTIVE))
}

/// Measures a change. Where the shipped table cannot be read (a test excludes it), nothing but the
/// sizes is measured.
pub(super) fn measure(text: &ChangeText<'_>, files: &[FileDiff]) -> Measured {
    let lines = files.iter().map(|f| (f.added + f.removed) as u64).sum();
    let areas = files
        .iter()
        .map(|file| area(file.path()))
        .collect::<BTreeSet<_>>();
    let mut measured = Measured {
        lines,
        areas: areas.len().max(1) as u64,
        ..Measured::default()
    };
    let Ok(table) = TABLE.as_ref() else {
        return measured;
    };
    let kinds: Vec<Kind> = files
        .iter()
        .map(|file| table.paths.kind(file.path().as_bytes()))
        .collect();
    measured.code_lines = code_lines(&table.paths, files);
    let buffers = Buffers::collect(files, &kinds);
    measured.unread = buffers.unread;
    let shape = Shape::of(&table.paths, files, &kinds, &buffers);
    measured.content = hits(&table.signal, files, &buffers, &shape);
    measured.content.sort_by_key(|hit| -hit.points);
    measured.calm = hits(&table.calm, files, &buffers, &shape);
    measured.message = table
        .message
        .iter()
        .filter(|signal| message_matches(signal, text))
        .map(|signal| Hit {
            id: signal.id.clone(),
            points: signal.points,
            why: signal.why.clone(),
            place: None,
        })
        .collect();
    measured
}

fn hits(table: &[Signal], files: &[FileDiff], buffers: &Buffers, shape: &Shape) -> Vec<Hit> {
    let mut sorted: Vec<&Signal> = table.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    let mut found = Vec::new();
    for signal in sorted {
        let place = match (signal.of, &signal.pattern) {
            (Of::Shape, _) => shape.shows(&signal.id).then_some(None),
            (Of::Paths, Some(pattern)) => files
                .iter()
                .any(|file| pattern.0.is_match(file.path().as_bytes()))
                .then_some(None),
            (of, Some(pattern)) => {
                buffers.matches(of, signal.side.unwrap_or(Compare::Either), &pattern.0)
            }
            (_, None) => None,
        };
        if let Some(place) = place {
            found.push(Hit {
                id: signal.id.clone(),
                points: signal.points,
                why: signal.why.clone(),
                place,
            });
        }
    }
    found
}

fn message_matches(signal: &MessageSignal, text: &ChangeText<'_>) -> bool {
    std::iter::once(text.title)
        .chain(text.messages.iter().copied())
        .any(|message| {
            let seen = if signal.whole {
                message
            } else {
                message.lines().next().unwrap_or_default()
            };
            signal.pattern.0.is_match(seen.as_bytes())
        })
}

fn area(path: &RepoPath) -> &[u8] {
    let bytes = path.as_bytes();
    let end = bytes.iter().position(|b| *b == b'/');
    end.map_or(b".", |end| &bytes[..end])
}

fn code_lines(paths: &Paths, files: &[FileDiff]) -> u64 {
    files
        .iter()
        .filter(|file| {
            let path = file.path().as_bytes();
            paths.code.0.is_match(path)
                && !paths.test.0.is_match(path)
                && !paths.vendor.0.is_match(path)
        })
        .map(|file| (file.added + file.removed) as u64)
        .sum()
}

/// The shapes of a change that count.
#[derive(Debug)]
struct Shape {
    docs_only: bool,
    comment_only: bool,
    whitespace_only: bool,
    code_and_config: bool,
}

impl Shape {
    fn of(paths: &Paths, files: &[FileDiff], kinds: &[Kind], buffers: &Buffers) -> Self {
        let has = |kind| kinds.contains(&kind);
        let others = has(Kind::Config) || has(Kind::Test) || has(Kind::Vendor);
        // What was not read in full is never called harmless.
        let whole = buffers.unread == 0 && files.iter().all(FileDiff::is_reviewable);
        let [code_added, code_removed] = &buffers.code;
        let [any_added, any_removed] = &buffers.any;
        let config = files.iter().any(|file| {
            let path = file.path().as_bytes();
            paths.config.0.is_match(path) && !paths.test.0.is_match(path)
        });
        Self {
            docs_only: !kinds.is_empty() && !others && !has(Kind::Code),
            comment_only: whole
                && has(Kind::Code)
                && !others
                && code_added.starts.is_empty()
                && code_removed.starts.is_empty(),
            whitespace_only: whole
                && !(any_added.starts.is_empty() && any_removed.starts.is_empty())
                && any_added.squeezed() == any_removed.squeezed(),
            code_and_config: has(Kind::Code) && config,
        }
    }

    fn shows(&self, id: &str) -> bool {
        match id {
            "shape.docs_only" => self.docs_only,
            "shape.comment_only" => self.comment_only,
            "shape.ws_only" => self.whitespace_only,
            "mix.code_config" => self.code_and_config,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_can_be_read() {
        assert!(TABLE.is_ok(), "{:?}", TABLE.as_ref().err());
    }
}
