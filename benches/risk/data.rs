//! The benchmark's data: gzipped tables, a row for each commit of known fate.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// More than any table unpacks to.
const LARGEST: usize = 256 << 20;

/// A commit with what the reference knows of it.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) sha: String,
    /// Whether it was undone or repaired later.
    pub(crate) is_problem: bool,
    /// Lines added and removed.
    pub(crate) lines: u64,
    pub(crate) code_lines: f64,
    pub(crate) areas: f64,
    pub(crate) people: f64,
    /// Undone changes of the most undone file / (its changes + 10).
    pub(crate) undone: f64,
    /// The share of the files that the author changed last.
    pub(crate) last_author: f64,
    /// The author's share of the past changes.
    pub(crate) own: f64,
    pub(crate) new_files: f64,
    /// The signals that fired, by id.
    pub(crate) fired: BTreeSet<String>,
}

/// The repositories of the data, sorted.
pub(crate) fn names(data: &Path) -> Result<Vec<String>, String> {
    let dir = data.join("dev");
    let entries = std::fs::read_dir(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some(name.strip_suffix(".csv.gz")?.to_owned())
        })
        .collect();
    names.sort();
    Ok(names)
}

/// The rows of one repository, every `sample`-th.
pub(crate) fn rows(data: &Path, name: &str, sample: usize) -> Result<Vec<Row>, String> {
    let file = format!("{name}.csv.gz");
    let table = Table::read(&data.join("dev").join(&file))?;
    let content = Table::read(&data.join("content").join(&file))?;
    let sha = content.column("sha")?;
    let by_sha: HashMap<&str, &Vec<String>> = content
        .rows
        .iter()
        .map(|row| (row[sha].as_str(), row))
        .collect();
    let mut rows = Vec::new();
    for row in table.rows.iter().step_by(sample) {
        let text = |name: &str| Ok::<_, String>(row[table.column(name)?].as_str());
        let number = |name: &str| {
            let text = text(name)?;
            text.parse::<f64>()
                .map_err(|_| format!("{file}: {name} is no number: {text}"))
        };
        let sha = text("sha")?.to_owned();
        let signals = by_sha
            .get(sha.as_str())
            .ok_or_else(|| format!("{file}: no content row for {sha}"))?;
        rows.push(Row {
            is_problem: text("label")? == "1",
            lines: (number("la_total")? + number("ld_total")?) as u64,
            code_lines: number("la_code")? + number("ld_code")?,
            areas: number("ns")?,
            people: number("ndev")?,
            undone: number("revratio")?,
            last_author: number("lastdev_same")?,
            own: number("own")?,
            new_files: number("nf_new")?,
            fired: content.fired(signals),
            sha,
        });
    }
    Ok(rows)
}

/// A table with a header.
struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn read(path: &Path) -> Result<Self, String> {
        let problem = |what: &str| format!("{}: {what}", path.display());
        let bytes = std::fs::read(path).map_err(|error| problem(&error.to_string()))?;
        let packed = deflated(&bytes).ok_or_else(|| problem("no gzip file"))?;
        let bytes = decompress_to_vec_with_limit(packed, LARGEST)
            .map_err(|error| problem(&error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| problem(&error.to_string()))?;
        if text.contains('"') {
            return Err(problem("quoted fields are not understood"));
        }
        let split = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
        let mut lines = text.lines();
        let header = split(lines.next().unwrap_or_default());
        let rows: Vec<Vec<String>> = lines.map(split).collect();
        if rows.iter().any(|row| row.len() != header.len()) {
            return Err(problem("a row is as long as no other"));
        }
        Ok(Self { header, rows })
    }

    fn column(&self, name: &str) -> Result<usize, String> {
        let at = self.header.iter().position(|column| column == name);
        at.ok_or_else(|| format!("the data have no column {name}"))
    }

    fn fired(&self, row: &[String]) -> BTreeSet<String> {
        let named = self.header.iter().zip(row);
        named
            .filter(|(name, value)| name.contains('.') && *value == "1")
            .map(|(name, _)| name.clone())
            .collect()
    }
}

/// What follows the header of a gzip file.
fn deflated(bytes: &[u8]) -> Option<&[u8]> {
    let [0x1f, 0x8b, 8, flags, ..] = *bytes else {
        return None;
    };
    let mut rest = bytes.get(10..)?;
    if flags & 4 != 0 {
        let size = usize::from(u16::from_le_bytes([*rest.first()?, *rest.get(1)?]));
        rest = rest.get(2 + size..)?;
    }
    for text in [8, 16] {
        if flags & text != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = &rest[end + 1..];
        }
    }
    rest.get(if flags & 2 != 0 { 2 } else { 0 }..)
}
