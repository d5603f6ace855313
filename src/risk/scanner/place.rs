//! Where a finding of a scanner belongs: its path against the paths of the change, its line against
//! the lines of the change. Paths come from other machines and may lie; none of them is opened.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::finding::{Finding, Side, finding_id};
use super::{
    Document, Heard, MOST_A_LINE, MOST_ELSEWHERE, MOST_WITHIN, Reported, Scanned, Told, ToldPath,
    ToolLevel, one_line, tool_name,
};
use crate::change::RepoPath;
use crate::diff::{Body, FileDiff, LineKind};

/// A longer path is none of ours.
const LONGEST: usize = 4096;
/// Paths that are looked up in the result's tree, over all reports.
const LOOKUPS: u32 = 4_000;
/// Bytes of a rule's name and of a message that are kept.
const RULE: usize = 120;
const MESSAGE: usize = 600;

/// The places of a change.
pub(super) struct Places<'a> {
    files: &'a [FileDiff],
    exists: &'a dyn Fn(&RepoPath) -> bool,
    left: Cell<u32>,
    by_path: HashMap<&'a [u8], usize>,
    by_name: HashMap<&'a [u8], Vec<usize>>,
    touched: RefCell<HashMap<usize, BTreeMap<u32, &'a [u8]>>>,
}

/// Where a finding belongs.
enum Found<'a> {
    /// In a file of the change, at a line that it touches (with its text) or at the whole file.
    Within(usize, Option<(u32, &'a [u8])>),
    /// In a file of the change, at a line that it does not touch.
    Beside(usize),
    /// In no file of the change.
    Outside,
}

impl<'a> Places<'a> {
    pub(super) fn new(files: &'a [FileDiff], exists: &'a dyn Fn(&RepoPath) -> bool) -> Self {
        let mut by_path = HashMap::new();
        let mut by_name: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for (index, file) in files.iter().enumerate() {
            // A file that goes has no line left that a scanner could speak of.
            let Some(side) = &file.new else { continue };
            by_path.insert(side.path.as_bytes(), index);
            by_name
                .entry(side.path.file_name())
                .or_default()
                .push(index);
        }
        Self {
            files,
            exists,
            left: Cell::new(LOOKUPS),
            by_path,
            by_name,
            touched: RefCell::default(),
        }
    }

    fn find(&self, told: &Told) -> Found<'a> {
        let Some(file) = told.path.as_ref().and_then(|path| self.file(path)) else {
            return Found::Outside;
        };
        let unreadable = !matches!(self.files[file].body, Body::Text(_));
        let Some(line) = told.line else {
            return Found::Within(file, None);
        };
        if unreadable {
            return Found::Within(file, None);
        }
        let end = told.end.unwrap_or(line).max(line);
        let mut touched = self.touched.borrow_mut();
        let lines = touched
            .entry(file)
            .or_insert_with(|| touched_lines(&self.files[file]));
        match lines.range(line..=end).next() {
            Some((line, text)) => Found::Within(file, Some((*line, text))),
            None => Found::Beside(file),
        }
    }

    /// The file of the change that a path means.
    fn file(&self, told: &ToldPath) -> Option<usize> {
        let raw = told.text.as_bytes();
        if raw.len() > LONGEST || raw.contains(&0) {
            return None;
        }
        let decoded = told.uri.then(|| decode(raw)).flatten();
        let decoded = decoded.as_deref().filter(|decoded| *decoded != raw);
        // Some tools write `%` and mean it.
        [decoded, Some(raw)]
            .into_iter()
            .flatten()
            .find_map(|path| self.named(path))
    }

    fn named(&self, path: &[u8]) -> Option<usize> {
        let (parts, absolute) = components(path)?;
        let whole = parts.join(&b'/');
        if !absolute {
            if let Some(file) = self.by_path.get(whole.as_slice()) {
                return Some(*file);
            }
            if self.is_there(&whole) {
                return None;
            }
            // Counted from a folder that was scanned: `ci.yml` for `.github/workflows/ci.yml`.
            let below = self.by_name.get(*parts.last()?)?;
            let mut below = below.iter().filter(|file| self.ends_with(**file, &whole));
            match (below.next(), below.next()) {
                (Some(only), None) => return Some(*only),
                (Some(_), Some(_)) => return None,
                (None, _) => {}
            }
        }
        // From the root of a disk, or from a folder above the repository: the longest end of it
        // that is a file here. The longer ones that are not in the change are looked up.
        let ends = (0..parts.len()).map(|from| parts[from..].join(&b'/'));
        let ends: Vec<Vec<u8>> = ends.collect();
        let at = ends
            .iter()
            .position(|end| self.by_path.contains_key(end.as_slice()))?;
        let longer = ends[..at].iter().skip(usize::from(!absolute));
        if longer.into_iter().any(|end| self.is_there(end)) {
            return None;
        }
        self.by_path.get(ends[at].as_slice()).copied()
    }

    fn ends_with(&self, file: usize, end: &[u8]) -> bool {
        let Some(side) = &self.files[file].new else {
            return false;
        };
        let before = side.path.as_bytes().strip_suffix(end);
        before.is_some_and(|before| before.ends_with(b"/"))
    }

    fn is_there(&self, path: &[u8]) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0 && (self.exists)(&RepoPath::new(path))
    }
}

/// The components of a path as another machine wrote it, and whether it counts from a root; none
/// where it leads out of what it counts from, or is of another scheme.
fn components(path: &[u8]) -> Option<(Vec<&[u8]>, bool)> {
    let (mut rest, mut absolute) = (path, false);
    if let Some(at) = path.windows(3).position(|three| three == b"://") {
        if !path[..at].eq_ignore_ascii_case(b"file") {
            return None;
        }
        let authority = &path[at + 3..];
        rest = &authority[authority.iter().position(|b| *b == b'/')?..];
    } else if let Some(local) = path.strip_prefix(b"file:") {
        rest = local;
    }
    absolute |= rest.first().is_some_and(|b| matches!(b, b'/' | b'\\'));
    absolute |= rest.len() > 1 && rest[1] == b':' && rest[0].is_ascii_alphabetic();
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in rest.split(|b| matches!(b, b'/' | b'\\')) {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then_some((parts, absolute))
}

/// `%20` as the byte it stands for; none where a `%` stands for nothing.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let hex = tail
                .get(..2)
                .filter(|hex| hex.iter().all(u8::is_ascii_hexdigit))?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    (!bytes.contains(&0)).then_some(bytes)
}

/// The new lines that a change touches: those it adds, and where it only removes, the ones on both
/// sides of the gap.
fn touched_lines(file: &FileDiff) -> BTreeMap<u32, &[u8]> {
    let mut touched = BTreeMap::new();
    for hunk in file.hunks() {
        let mut before = None;
        let (mut removed, mut added) = (false, false);
        for line in &hunk.lines {
            let Some(number) = line.new.filter(|_| line.kind != LineKind::Removed) else {
                removed = true;
                continue;
            };
            let here = (number, line.bytes.as_slice());
            if line.kind == LineKind::Added {
                touched.insert(here.0, here.1);
                added = true;
                continue;
            }
            if removed && !added {
                touched.extend(before.into_iter().chain([here]));
            }
            (removed, added, before) = (false, false, Some(here));
        }
        if removed && !added {
            touched.extend(before);
        }
    }
    touched
}

/// Sorts the findings of a document into those at the change's lines and those elsewhere.
pub(super) fn sort(document: Document, heard: &mut Heard, places: &Places<'_>, all: &mut Scanned) {
    if let Some(tool) = &document.tool {
        heard.tool = tool_name(tool, &heard.tool);
    }
    heard.left_out = document.more;
    let mut told = document.told;
    // Where there are too many, the gravest are shown.
    told.sort_by_key(|one| std::cmp::Reverse(one.level.unwrap_or(ToolLevel::Warning)));
    let mut once = HashSet::new();
    let mut at_line: HashMap<(String, usize, u32), usize> = HashMap::new();
    let (mut within, mut elsewhere) = (Vec::new(), Vec::new());
    for one in told {
        if one.suppressed {
            heard.suppressed += 1;
            continue;
        }
        let found = places.find(&one);
        let (reported, text) = reported(one, &found, places, &heard.tool);
        let finding = &reported.finding;
        let same = (
            finding.tool.clone(),
            finding.rule.clone(),
            finding.path.clone(),
            finding.line,
            finding.message.clone(),
        );
        if !once.insert(same) {
            continue;
        }
        let Found::Within(file, line) = found else {
            heard.elsewhere += 1;
            keep(&mut elsewhere, MOST_ELSEWHERE, (reported, text), heard);
            continue;
        };
        heard.within += 1;
        let key = line.map(|(line, _)| (finding.tool.clone(), file, line));
        let crowded = key.is_some_and(|key| {
            let here = at_line.entry(key).or_default();
            *here += 1;
            *here > MOST_A_LINE
        });
        let most = if crowded { 0 } else { MOST_WITHIN };
        keep(&mut within, most, (reported, text), heard);
    }
    all.within.extend(with_ids(within));
    all.elsewhere.extend(with_ids(elsewhere));
}

fn keep<T>(list: &mut Vec<T>, most: usize, one: T, heard: &mut Heard) {
    if list.len() < most {
        list.push(one);
    } else {
        heard.left_out += 1;
    }
}

/// A finding without its id, and the text of its line.
fn reported<'a>(
    told: Told,
    found: &Found<'a>,
    places: &Places<'_>,
    tool: &str,
) -> (Reported, &'a [u8]) {
    let path_of = |file: usize| places.files[file].path().clone();
    let level = told.level.unwrap_or(ToolLevel::Warning);
    let as_told = || {
        let text = told.path.as_ref().map_or("", |path| path.text.as_str());
        RepoPath::from(one_line(text, LONGEST).as_str())
    };
    let (path, line, text) = match found {
        Found::Within(file, Some((line, text))) => (path_of(*file), Some(*line), *text),
        Found::Within(file, None) => (path_of(*file), told.line, &b""[..]),
        Found::Beside(file) => (path_of(*file), told.line, &b""[..]),
        Found::Outside => (as_told(), told.line, &b""[..]),
    };
    let message = one_line(&told.message, MESSAGE);
    let rule = one_line(&told.rule, RULE);
    let finding = Finding {
        id: String::new(),
        tool: told
            .tool
            .as_ref()
            .map_or_else(|| tool.to_owned(), |own| tool_name(own, tool)),
        rule: if rule.is_empty() {
            "unnamed".to_owned()
        } else {
            rule
        },
        severity: level.severity(),
        path,
        side: line.map(|_| Side::New),
        line,
        columns: None,
        message,
    };
    (Reported { finding, level }, text)
}

/// Gives each finding its id, the ordinals in the order of the lines.
fn with_ids(mut found: Vec<(Reported, &[u8])>) -> Vec<Reported> {
    found.sort_by(|(a, _), (b, _)| {
        let key = |one: &Reported| (one.finding.path.clone(), one.finding.line);
        key(a).cmp(&key(b))
    });
    let mut equal: HashMap<String, u32> = HashMap::new();
    let given = found.into_iter().map(|(mut one, text)| {
        let of = &one.finding;
        let id = |ordinal| finding_id(&of.tool, &of.rule, &of.path, of.side, text, ordinal);
        let ordinal = equal.entry(id(0)).or_default();
        *ordinal += 1;
        one.finding.id = id(*ordinal);
        one
    });
    given.collect()
}

/// Findings in the order of the change, the graver ones first at one line.
pub(super) fn in_order(all: &mut Scanned, files: &[FileDiff]) {
    let index: HashMap<&[u8], usize> = files
        .iter()
        .enumerate()
        .map(|(index, file)| (file.path().as_bytes(), index))
        .collect();
    let place = |one: &Reported| index.get(one.finding.path.as_bytes()).copied();
    all.within.sort_by_key(|one| {
        let level = std::cmp::Reverse(one.level);
        (place(one), one.finding.line, level)
    });
    all.elsewhere
        .sort_by_key(|one| std::cmp::Reverse(one.level));
}
