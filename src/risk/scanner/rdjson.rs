//! reviewdog's rdjson: a list of diagnostics with plain paths.

use serde::Deserialize;

use super::soft::{List, Number, Soft, Text, Word};
use super::{Document, MOST_READ, Told, ToldPath, ToolLevel};

/// Who found it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Source {
    name: Text<200>,
}

/// One finding.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Diagnostic {
    message: Text<4096>,
    location: Soft<Location>,
    severity: Word<16>,
    source: Soft<Source>,
    code: Soft<Code>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Code {
    value: Word<200>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Location {
    path: Text<4097>,
    range: Soft<Range>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Range {
    start: Soft<Position>,
    end: Soft<Position>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Position {
    line: Number,
}

/// The findings of a document. What a diagnostic does not say, the document says for all.
pub(super) fn document(
    source: Soft<Source>,
    severity: &Word<16>,
    diagnostics: List<Soft<Diagnostic>, MOST_READ>,
) -> Document {
    let tool = source.0.and_then(|source| source.name.0);
    let told = diagnostics.items.into_iter().filter_map(|one| {
        let one = one.0?;
        let location = one.location.0.unwrap_or_default();
        let range = location.range.0.unwrap_or_default();
        let own = one.source.0.and_then(|source| source.name.0);
        Some(Told {
            tool: own.or_else(|| tool.clone()),
            rule: one.code.0.and_then(|code| code.value.0).unwrap_or_default(),
            level: level(&one.severity).or_else(|| level(severity)),
            message: one.message.0.unwrap_or_default(),
            path: location.path.0.map(|text| ToldPath { text, uri: false }),
            line: line(range.start),
            end: line(range.end),
            suppressed: false,
        })
    });
    let told: Vec<Told> = told.collect();
    Document {
        tool: tool.or_else(|| told.iter().find_map(|one| one.tool.clone())),
        told,
        more: diagnostics.more,
    }
}

/// A severity: a word, or the number that protocol buffers have for it.
fn level(severity: &Word<16>) -> Option<ToolLevel> {
    match severity.0.as_deref()? {
        "ERROR" | "1" => Some(ToolLevel::Error),
        "WARNING" | "2" => Some(ToolLevel::Warning),
        "INFO" | "3" => Some(ToolLevel::Note),
        _ => None,
    }
}

fn line(position: Soft<Position>) -> Option<u32> {
    let line = position.0?.line.0?;
    u32::try_from(line).ok().filter(|line| *line > 0)
}
