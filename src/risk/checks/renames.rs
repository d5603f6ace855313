//! Names that a file gives up for others throughout, so that a line in which only they differ is no
//! change of what it does.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::LineKind;
use crate::risk::source::{Source, cut};

/// Words of a line that are compared.
const MOST: usize = 200;
/// Lines in which a name has to give way to the other.
const LEAST: usize = 2;

type Words<'a> = Vec<&'a [u8]>;

/// The renames of one file.
pub(super) struct Renames(BTreeSet<(Vec<u8>, Vec<u8>)>);

impl Renames {
    /// The names of which no line of the file keeps the old one, and no line had the new one: those
    /// that give way in two lines, and those that are defined anew anywhere in the change.
    pub(super) fn of(source: &Source<'_>, defined: &Defined) -> Self {
        let lines = || source.hunks.iter().flat_map(|hunk| &hunk.lines);
        let mut counts: BTreeMap<(&[u8], &[u8]), usize> = BTreeMap::new();
        for hunk in &source.hunks {
            for line in &hunk.lines {
                let Some(new) = line.pair.filter(|_| line.kind == LineKind::Removed) else {
                    continue;
                };
                let pair = (words(cut(line.raw)), words(cut(hunk.lines[new].raw)));
                let differ = differing(&pair.0, &pair.1).unwrap_or_default();
                for names in differ.into_iter().collect::<BTreeSet<_>>() {
                    *counts.entry(names).or_default() += 1;
                }
            }
        }
        let on = |kind: LineKind| -> BTreeSet<&[u8]> {
            let kept = lines().filter(|line| line.kind == kind || line.kind == LineKind::Context);
            kept.flat_map(|line| words(cut(line.raw))).collect()
        };
        let (old, new) = if counts.is_empty() {
            (BTreeSet::new(), BTreeSet::new())
        } else {
            (on(LineKind::Removed), on(LineKind::Added))
        };
        let known = counts
            .into_iter()
            .filter(|((from, to), count)| {
                let is_rename = *count >= LEAST || defined.has(from, to);
                is_rename && !new.contains(from) && !old.contains(to)
            })
            .map(|((from, to), _)| (from.to_vec(), to.to_vec()));
        Self(known.collect())
    }

    /// Whether two lines differ, and in such names only.
    pub(super) fn explain(&self, old: &[u8], new: &[u8]) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let (old, new) = (words(old), words(new));
        differing(&old, &new).is_some_and(|differ| {
            let known =
                |(from, to): &(&[u8], &[u8])| self.0.contains(&(from.to_vec(), to.to_vec()));
            !differ.is_empty() && differ.iter().all(known)
        })
    }
}

/// Names that the change defines under another name: the same line, but for what it names.
pub(super) struct Defined(BTreeSet<(Vec<u8>, Vec<u8>)>);

impl Defined {
    /// Those of all files.
    pub(super) fn of(sources: &[Source<'_>]) -> Self {
        let mut found = BTreeSet::new();
        for hunk in sources.iter().flat_map(|source| &source.hunks) {
            for line in &hunk.lines {
                let Some(new) = line.pair.filter(|_| line.kind == LineKind::Removed) else {
                    continue;
                };
                let (old, new) = (words(cut(line.raw)), words(cut(hunk.lines[new].raw)));
                let differ = differing(&old, &new).unwrap_or_default();
                if let [(from, to)] = differ[..]
                    && names(&old) == Some(from)
                    && names(&new) == Some(to)
                {
                    found.insert((from.to_vec(), to.to_vec()));
                }
            }
        }
        Self(found)
    }

    fn has(&self, from: &[u8], to: &[u8]) -> bool {
        self.0.contains(&(from.to_vec(), to.to_vec()))
    }
}

/// The function or type that a line defines, as far as it begins with the word that says so.
fn names<'a>(line: &Words<'a>) -> Option<&'a [u8]> {
    const BEFORE: [&[u8]; 8] = [
        b"pub",
        b"export",
        b"async",
        b"public",
        b"private",
        b"static",
        b"default",
        b"protected",
    ];
    const DEFINES: [&[u8]; 10] = [
        b"fn",
        b"def",
        b"func",
        b"function",
        b"class",
        b"struct",
        b"enum",
        b"trait",
        b"interface",
        b"type",
    ];
    let mut words = line.iter().skip_while(|word| BEFORE.contains(word));
    let defines = words.next().is_some_and(|word| DEFINES.contains(word));
    words.next().filter(|_| defines).copied()
}

/// The words at which two lines differ; none where one is no name, or where they are built
/// differently.
fn differing<'a>(old: &Words<'a>, new: &Words<'a>) -> Option<Vec<(&'a [u8], &'a [u8])>> {
    if old.len() != new.len() || old.len() >= MOST {
        return None;
    }
    let differ: Vec<_> = old
        .iter()
        .zip(new)
        .filter(|(a, b)| a != b)
        .map(|(a, b)| (*a, *b))
        .collect();
    let is_name = |word: &[u8]| {
        word.first()
            .is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
    };
    let names = differ.iter().all(|(a, b)| is_name(a) && is_name(b));
    names.then_some(differ)
}

/// The names, numbers and marks of a line.
fn words(line: &[u8]) -> Words<'_> {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80;
    let groups = line.chunk_by(|a, b| is_word(*a) && is_word(*b));
    let solid = groups.filter(|word| !word[0].is_ascii_whitespace());
    solid.take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::example::file;
    use crate::risk::source::prepare;

    #[test]
    fn a_name_that_gives_way_throughout_explains_a_line() {
        let lines = [
            " func run() {",
            "-\tname := read()",
            "-\tif len(name) == 0 {",
            "+\ttext := read()",
            "+\tif len(text) == 0 {",
            " \t\treturn",
            "-\tif a > b {",
            "+\tif b > a {",
        ];
        let files = [file("src/run.go", &lines)];
        let (sources, _) = prepare(&files);
        let renames = Renames::of(&sources[0], &Defined::of(&sources));
        assert!(renames.explain(b"if len(name) == 0 {", b"if len(text) == 0 {"));
        assert!(!renames.explain(b"if len(name) == 0 {", b"if len(text) == 1 {"));
        assert!(!renames.explain(b"if a > b {", b"if b > a {"));
        assert!(!renames.explain(b"same", b"same"));
    }

    #[test]
    fn a_function_that_is_renamed_elsewhere_explains_its_one_call() {
        let there = [
            "-pub fn is_fit(a: u32) -> bool {",
            "+pub fn fits(a: u32) -> bool {",
        ];
        let here = [
            " fn run() {",
            "-    if is_fit(3) && is_admin() {",
            "+    if fits(3) && is_owner() {",
        ];
        let files = [file("src/fit.rs", &there), file("src/run.rs", &here)];
        let (sources, _) = prepare(&files);
        let renames = Renames::of(&sources[1], &Defined::of(&sources));
        assert!(renames.explain(b"if is_fit(3) {", b"if fits(3) {"));
        assert!(!renames.explain(b"if is_admin() {", b"if is_owner() {"));
    }
}
