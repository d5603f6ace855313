//! What other scanners found: SARIF 2.1.0 and rdjson, as tools write them.
//!
//! Nobody signs a report, and whoever may push may write one. So it is shown beside our own
//! findings under the name of its tool, and it changes no level, no key and no impact, up or down.

mod place;
mod rdjson;
mod sarif;
mod soft;
#[cfg(test)]
mod tests;

use serde::Deserialize;

use super::{Finding, TOOL};
use crate::change::RepoPath;
use crate::diff::FileDiff;
use soft::{List, Soft, Text, Word};

/// Bytes of a report that is read; a larger one is said to be too large.
pub const MAX_REPORT: u64 = 32 << 20;
/// Findings that are read from one run or list; the others are counted.
const MOST_READ: usize = 10_000;
/// Findings of one report that are shown in the change.
const MOST_WITHIN: usize = 100;
/// Findings of one report that are listed outside the change's lines.
const MOST_ELSEWHERE: usize = 50;
/// Findings of one tool that are shown at one line.
const MOST_A_LINE: usize = 3;

/// How grave its tool thinks a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ToolLevel {
    /// A remark.
    Note,
    /// Likely wrong.
    Warning,
    /// Wrong.
    Error,
}

impl ToolLevel {
    /// `error`, `warning` or `note`, as SARIF writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// As a severity of ours: a look at most, for nobody has to answer a scanner.
    const fn severity(self) -> u8 {
        match self {
            Self::Note => 1,
            Self::Warning | Self::Error => 2,
        }
    }
}

/// A finding of a scanner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// The finding; its tool is never ours, its severity never 3.
    pub finding: Finding,
    /// What the tool calls it.
    pub level: ToolLevel,
}

/// One report and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The tool, as the report names it; else as its ref does.
    pub tool: String,
    /// Where it came from.
    pub source: String,
    /// Why it cannot be read; nothing of it is shown then.
    pub unread: Option<String>,
    /// Findings in the change.
    pub within: usize,
    /// Findings outside the change's lines.
    pub elsewhere: usize,
    /// Findings that the tool itself, or a remark in the code, suppresses.
    pub suppressed: usize,
    /// Findings of `within` and `elsewhere` that are not listed, and those that were not read.
    pub left_out: usize,
}

impl Heard {
    /// `2 in the change, 5 elsewhere, 1 suppressed, 3 of them not listed`.
    pub fn counts(&self) -> String {
        let mut text = format!(
            "{} in the change, {} elsewhere",
            self.within, self.elsewhere
        );
        if self.suppressed > 0 {
            text.push_str(&format!(", {} suppressed", self.suppressed));
        }
        if self.left_out > 0 {
            text.push_str(&format!(", {} not listed", self.left_out));
        }
        text
    }
}

/// What scanners say of a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scanned {
    /// The reports, as they were given.
    pub reports: Vec<Heard>,
    /// Findings at the change's lines, in the order of the change.
    pub within: Vec<Reported>,
    /// Findings elsewhere in the repository, or at no place that can be told.
    pub elsewhere: Vec<Reported>,
}

/// A report as it came.
#[derive(Debug)]
pub struct Report {
    /// The name it was stored under.
    pub name: String,
    /// Where it came from, to be shown.
    pub source: String,
    /// Its bytes, or why they cannot be had.
    pub content: Result<Vec<u8>, String>,
}

/// A report that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadReport {
    /// It is over [`MAX_REPORT`].
    #[error("has {0} bytes, and {MAX_REPORT} are read")]
    TooLarge(u64),
    /// Not text in UTF-8.
    #[error("is not UTF-8{0}")]
    NotUtf8(&'static str),
    /// Not JSON, or nested too deeply.
    #[error("is no JSON: {0}")]
    NotJson(String),
    /// JSON of another kind.
    #[error("is neither SARIF 2.1.0 (version, runs) nor rdjson (diagnostics)")]
    OtherForm,
    /// SARIF of another version.
    #[error("is SARIF version {0:?}, and 2.1.0 is read")]
    OtherVersion(String),
}

/// A finding as it was told, before anybody looked whether its place exists.
#[derive(Debug, Clone, Default)]
struct Told {
    tool: Option<String>,
    rule: String,
    level: Option<ToolLevel>,
    message: String,
    path: Option<ToldPath>,
    line: Option<u32>,
    end: Option<u32>,
    suppressed: bool,
}

/// A path as it was told.
#[derive(Debug, Clone)]
struct ToldPath {
    text: String,
    /// Whether it is a URI, with `%20` for a blank.
    uri: bool,
}

/// What one document holds.
#[derive(Debug, Default)]
struct Document {
    told: Vec<Told>,
    /// The first tool it names.
    tool: Option<String>,
    more: usize,
}

/// The two forms in one, to read a document once.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Both {
    version: Text<40>,
    runs: List<Soft<sarif::Run>, 20>,
    source: Soft<rdjson::Source>,
    severity: Word<16>,
    diagnostics: List<Soft<rdjson::Diagnostic>, MOST_READ>,
}

/// The tool that a report names; none where it names none.
///
/// # Errors
/// Where it is no report.
pub fn tool_of(bytes: &[u8]) -> Result<Option<String>, BadReport> {
    Ok(read(bytes)?.tool)
}

fn read(bytes: &[u8]) -> Result<Document, BadReport> {
    let size = bytes.len() as u64;
    if size > MAX_REPORT {
        return Err(BadReport::TooLarge(size));
    }
    // What some programs write in front of UTF-8; and what a redirection on Windows writes.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(BadReport::NotUtf8(" but UTF-16"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| BadReport::NotUtf8(""))?;
    let both: Soft<Both> =
        serde_json::from_str(text).map_err(|error| BadReport::NotJson(error.to_string()))?;
    let both = both.0.ok_or(BadReport::OtherForm)?;
    if both.runs.found {
        return match both.version.0 {
            Some(version) if version.starts_with("2.1.") => Ok(sarif::document(both.runs)),
            version => Err(BadReport::OtherVersion(version.unwrap_or_default())),
        };
    }
    if both.diagnostics.found {
        let (source, severity) = (both.source, &both.severity);
        return Ok(rdjson::document(source, severity, both.diagnostics));
    }
    match both.version.0 {
        Some(version) if !version.starts_with("2.1.") => Err(BadReport::OtherVersion(version)),
        _ => Err(BadReport::OtherForm),
    }
}

/// Reads reports and finds the places of their findings in a change. `exists` says whether the
/// result has a file at a path.
///
/// A report that cannot be read is one that says why; it hides no other.
pub fn scanned(
    reports: Vec<Report>,
    files: &[FileDiff],
    exists: &dyn Fn(&RepoPath) -> bool,
) -> Scanned {
    let mut all = Scanned::default();
    let places = place::Places::new(files, exists);
    for report in reports {
        let document = report
            .content
            .and_then(|bytes| read(&bytes).map_err(|why| why.to_string()));
        let mut heard = Heard {
            tool: tool_name(&report.name, ""),
            source: report.source,
            unread: None,
            within: 0,
            elsewhere: 0,
            suppressed: 0,
            left_out: 0,
        };
        match document {
            Ok(document) => place::sort(document, &mut heard, &places, &mut all),
            Err(why) => heard.unread = Some(why),
        }
        all.reports.push(heard);
    }
    place::in_order(&mut all, files);
    all
}

/// Bytes of a tool's name that are kept.
const NAME: usize = 60;

/// The name that a scanner is shown under: in one line of visible ASCII, so that it looks like no
/// other, and never ours.
fn tool_name(told: &str, otherwise: &str) -> String {
    let told = if told.trim().is_empty() {
        otherwise
    } else {
        told
    };
    let mut name = String::new();
    for c in told.trim().chars() {
        match c {
            ' '..='~' => name.push(c),
            c => name.push_str(&format!("‹U+{:04X}›", u32::from(c))),
        }
    }
    let name = soft::cut(&name, NAME);
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let letters: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    match name {
        "" => "unnamed scanner".to_owned(),
        name if letters.contains(TOOL) => format!("scanner:{name}"),
        name => name.to_owned(),
    }
}

/// Text in one line: blanks and line ends are one blank each, and a long text ends in `…`.
fn one_line(text: &str, most: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match soft::cut(&line, most) {
        whole if whole.len() == line.len() => line,
        cut => format!("{}…", cut.trim_end()),
    }
}
