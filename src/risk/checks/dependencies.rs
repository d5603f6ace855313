//! New dependencies, and names that are nearly the name of another.

use std::collections::BTreeSet;

use super::manifest::{Manifest, has};
use super::view::View;
use super::vouched::silent_lock;
use super::{Change, Report};
use crate::diff::LineKind;
use crate::risk::Side;
use crate::risk::source::{Source, SourceHunk, SourceLine};

/// Reports dependencies that were not there before.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    for (file, source) in change.sources.iter().enumerate() {
        let Some(manifest) = Manifest::of(source.path.file_name()) else {
            continue;
        };
        let content = change.new_content(source.path);
        let whole: Vec<&[u8]> = content.as_deref().map_or_else(Vec::new, lines);
        let before = before(manifest, source, &whole);
        for (hunk, line) in with_hunk(source).filter(|(_, l)| l.kind == LineKind::Added) {
            let section = section(manifest, hunk, line, &whole);
            let Some(name) = manifest.dependency(section.as_deref(), &line.lexed.text) else {
                continue;
            };
            if before.contains(&name) {
                continue;
            }
            let lock_asked = change.result.as_ref().filter(|_| {
                // What builds a Python package is no part of what is locked; a renamed crate is
                // locked under its own name.
                let section = section.as_deref().unwrap_or_default();
                !has(section, b"requires")
                    && !has(section, b"build-system")
                    && !has(&line.lexed.text, b"package")
            });
            let message = doubt(lock_asked, (manifest, source), &name, &before);
            let rule = if message.is_some() {
                "dep.name-doubt"
            } else {
                "dep.new-package"
            };
            if let Some(rule) = report.book.rule(rule) {
                report.line(rule, (file, source), line, None, message);
            }
        }
    }
}

/// Why a new name is doubtful: it is nearly another one, or a lock file does not know it.
fn doubt(
    tree: Option<&View<'_>>,
    (manifest, source): (Manifest, &Source<'_>),
    name: &str,
    before: &BTreeSet<String>,
) -> Option<String> {
    if let Some(other) = before.iter().find(|other| is_near(name, other)) {
        return Some(format!(
            "{name:?} resembles {other:?}, which is used here. Is it the one meant?"
        ));
    }
    let lock = silent_lock(tree?, manifest, source.path, name)?;
    Some(format!(
        "{lock} does not know {name:?}: nothing vouches for it. Look it up before installing."
    ))
}

fn with_hunk<'a, 'b>(
    source: &'a Source<'b>,
) -> impl Iterator<Item = (&'a SourceHunk<'b>, &'a SourceLine<'b>)> {
    source
        .hunks
        .iter()
        .flat_map(|hunk| hunk.lines.iter().map(move |line| (hunk, line)))
}

fn lines(content: &[u8]) -> Vec<&[u8]> {
    content.split(|b| *b == b'\n').collect()
}

/// The dependencies that were declared before the change, as far as they can be seen.
fn before(manifest: Manifest, source: &Source<'_>, whole: &[&[u8]]) -> BTreeSet<String> {
    let added: BTreeSet<u32> = source
        .changed()
        .filter(|line| line.kind == LineKind::Added)
        .map(|line| line.number)
        .collect();
    let mut names = BTreeSet::new();
    let mut opened: Option<&[u8]> = None;
    for (index, line) in whole.iter().enumerate() {
        if manifest.opens(line) {
            opened = Some(line);
        } else if !added.contains(&(index as u32 + 1)) {
            names.extend(manifest.dependency(opened, line));
        }
    }
    for (hunk, line) in with_hunk(source).filter(|(_, line)| line.kind != LineKind::Added) {
        let section = section(manifest, hunk, line, whole);
        names.extend(manifest.dependency(section.as_deref(), &line.lexed.text));
    }
    names
}

/// The line that opens the section a line is in: in the hunk, else in the file, else the scope.
fn section(
    manifest: Manifest,
    hunk: &SourceHunk<'_>,
    line: &SourceLine<'_>,
    whole: &[&[u8]],
) -> Option<Vec<u8>> {
    let place = hunk
        .lines
        .iter()
        .position(|other| std::ptr::eq(other, line))?;
    let above = hunk.lines[..place].iter().rev();
    let in_hunk = above
        .filter(|other| other.side() == line.side() || other.kind == LineKind::Context)
        .find(|other| manifest.opens(other.raw));
    if let Some(found) = in_hunk {
        return Some(found.raw.to_vec());
    }
    // A removed line stood where the next line of the new side stands.
    let mut below = hunk.lines[place..].iter();
    let stands = below
        .find(|other| other.side() == Side::New)
        .or_else(|| hunk.lines.iter().rfind(|other| other.side() == Side::New));
    if let Some(stands) = stands
        && let Some(above) = whole.get(..(stands.number as usize).saturating_sub(1))
        && let Some(found) = above.iter().rev().find(|other| manifest.opens(other))
    {
        return Some(found.to_vec());
    }
    manifest
        .opens(hunk.scope.as_bytes())
        .then(|| hunk.scope.as_bytes().to_vec())
}

/// Whether two names differ by one slip, or two in a long name.
fn is_near(a: &str, b: &str) -> bool {
    let most = match a.len().min(b.len()) {
        0..=4 => return false,
        5..=7 => 1,
        _ => 2,
    };
    let swapped = most < 2 && transposed(a.as_bytes(), b.as_bytes());
    let letters =
        |name: &str| -> Vec<char> { name.chars().filter(|c| !c.is_ascii_digit()).collect() };
    // `helm/v3` and `helm/v4` are versions of one thing.
    if letters(a) == letters(b) {
        return false;
    }
    a != b && (swapped || distance(a.as_bytes(), b.as_bytes(), most) <= most) && !is_family(a, b)
}

/// `tokio-util` beside `tokio`, `foo2` beside `foo`: families, not slips.
fn is_family(a: &str, b: &str) -> bool {
    let rest = a.strip_prefix(b).or_else(|| b.strip_prefix(a));
    rest.is_some_and(|rest| rest.starts_with(['-', '_', '.']) || rest.parse::<u32>().is_ok())
}

fn transposed(a: &[u8], b: &[u8]) -> bool {
    let differ: Vec<usize> = (0..a.len().min(b.len()))
        .filter(|i| a[*i] != b[*i])
        .collect();
    a.len() == b.len() && matches!(differ[..], [i, j] if j == i + 1 && a[i] == b[j] && a[j] == b[i])
}

/// Edit distance; anything above `most` is `most + 1`.
fn distance(a: &[u8], b: &[u8], most: usize) -> usize {
    if a.len().abs_diff(b.len()) > most || a.len() > 100 || b.len() > 100 {
        return most + 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let best = (corner + usize::from(x != y))
                .min(row[j] + 1)
                .min(row[j + 1] + 1);
            corner = row[j + 1];
            row[j + 1] = best;
        }
    }
    row[b.len()].min(most + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_near_and_a_family_is_not() {
        assert!(is_near("reqeusts", "requests"));
        assert!(is_near("serdee", "serde"));
        assert!(is_near("lodahs", "lodash"));
        assert!(!is_near("tokio-util", "tokio"));
        assert!(!is_near("numpy", "scipy"));
        assert!(!is_near("log", "dog"));
        assert!(!is_near("sqlite3", "sqlite"));
    }
}
