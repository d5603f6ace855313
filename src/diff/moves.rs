//! Moved blocks: lines that a change removed in one place and added in another. Lines are compared
//! without the blanks at their ends, across all files; each stays a removed and an added line, only
//! marked. What was changed within a block is part of no block, so the marks hide nothing.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};

use super::blanks::{self, Run};
use super::{FileDiff, Hunk};

/// A block has at least so many lines …
const LINES: usize = 3;
/// … with so many letters and digits among them …
const LETTERS: usize = 20;
/// … or so many letters and digits, however few its lines are.
const MANY_LETTERS: usize = 60;
/// A line that was removed in more places than this begins no block.
const PLACES: usize = 16;
/// Changes with more removed and added lines than this are not searched.
const BUDGET: usize = 200_000;

/// A block that moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Where it was removed.
    pub from: Spot,
    /// Where it was added.
    pub to: Spot,
    /// How many lines it has.
    pub lines: usize,
    /// Whether its lines are the same to the byte; else blanks at their ends differ.
    pub exact: bool,
}

/// Where a block begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The file.
    pub file: usize,
    /// The hunk.
    pub hunk: usize,
    /// The line's index in the hunk.
    pub line: usize,
    /// The line's number in the file, from 1.
    pub number: u32,
}

/// The moved blocks of a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moves {
    /// By where they were added.
    added: Vec<Block>,
    /// By where they were removed.
    removed: Vec<Block>,
    /// Whether the change has too many lines to have been searched.
    pub unsearched: bool,
}

/// A removed line with what is needed to compare it.
#[derive(Clone, Copy)]
struct Removed {
    at: Spot,
    hash: u64,
    /// Whether the next removed line follows it in the same run.
    goes_on: bool,
}

/// The blocks of a change that moved.
pub fn find(files: &[FileDiff]) -> Moves {
    let total: usize = files.iter().map(|file| file.added + file.removed).sum();
    if total > BUDGET {
        return Moves {
            unsearched: true,
            ..Moves::default()
        };
    }
    let removed = removed(files);
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for (index, line) in removed.iter().enumerate() {
        let text = bytes(files, line.at);
        if letters(text) > 0 {
            places.entry(line.hash).or_default().push(index);
        }
    }
    places.retain(|_, found| found.len() <= PLACES);
    let mut moves = Moves::default();
    if places.is_empty() {
        return moves;
    }
    for (file, hunk, of, run) in runs(files) {
        search(
            &mut moves,
            files,
            (&removed, &places),
            (file, hunk, of),
            &run,
        );
    }
    moves.removed.clone_from(&moves.added);
    moves.removed.sort_by_key(|block| block.from);
    moves
}

impl Moves {
    /// The block that a line belongs to, and whether the line is its new place.
    pub fn of(&self, file: usize, hunk: usize, line: usize, is_added: bool) -> Option<&Block> {
        let (blocks, spot): (&[Block], fn(&Block) -> Spot) = match is_added {
            true => (&self.added, |block| block.to),
            false => (&self.removed, |block| block.from),
        };
        let at = |block: &Block| {
            let spot = spot(block);
            (spot.file, spot.hunk, spot.line)
        };
        let after = blocks.partition_point(|block| at(block) <= (file, hunk, line));
        let near = blocks.get(after.saturating_sub(PLACES)..after)?;
        near.iter().rev().find(|block| {
            let (own_file, own_hunk, start) = at(block);
            (own_file, own_hunk) == (file, hunk) && (start..start + block.lines).contains(&line)
        })
    }

    /// The blocks that a hunk holds: those added there, those removed there.
    pub fn in_hunk(&self, file: usize, hunk: usize) -> [&[Block]; 2] {
        let own = |blocks: &'_ [Block], spot: fn(&Block) -> Spot| {
            let of = |block: &Block| (spot(block).file, spot(block).hunk);
            let start = blocks.partition_point(|block| of(block) < (file, hunk));
            let end = blocks.partition_point(|block| of(block) <= (file, hunk));
            start..end
        };
        let added = own(&self.added, |block| block.to);
        let removed = own(&self.removed, |block| block.from);
        [&self.added[added], &self.removed[removed]]
    }
}

/// The runs of changed lines of all files, in order.
fn runs(files: &[FileDiff]) -> impl Iterator<Item = (usize, usize, &Hunk, Run)> {
    files.iter().enumerate().flat_map(|(file, diff)| {
        let hunks = diff.hunks().iter().enumerate();
        hunks.flat_map(move |(hunk, of)| blanks::runs(of).map(move |run| (file, hunk, of, run)))
    })
}

fn removed(files: &[FileDiff]) -> Vec<Removed> {
    let mut out: Vec<Removed> = Vec::new();
    for (file, hunk, of, run) in runs(files) {
        for line in run.removed.clone() {
            let Some(text) = of.lines.get(line) else {
                continue;
            };
            let at = Spot {
                file,
                hunk,
                line,
                number: text.old.unwrap_or(0),
            };
            out.push(Removed {
                at,
                hash: hash(&text.bytes),
                goes_on: line + 1 < run.removed.end,
            });
        }
    }
    out
}

/// Looks for blocks among the added lines of a run: each goes on as long as one of the places where
/// it began does.
fn search(
    moves: &mut Moves,
    files: &[FileDiff],
    (removed, places): (&[Removed], &HashMap<u64, Vec<usize>>),
    (file, hunk, of): (usize, usize, &Hunk),
    run: &Run,
) {
    // Lines that were removed right above are changed lines, not moved ones.
    let own = |line: &Removed| {
        (line.at.file, line.at.hunk) == (file, hunk) && run.removed.contains(&line.at.line)
    };
    let mut at = run.added.start;
    while at < run.added.end {
        let Some(first) = of.lines.get(at) else {
            return;
        };
        let mut hashed = hash(&first.bytes);
        let mut live: Vec<usize> = places.get(&hashed).cloned().unwrap_or_default();
        live.retain(|index| !own(&removed[*index]));
        let mut length = 0;
        let mut ends = live.first().copied();
        while let Some(end) = live.first() {
            ends = Some(*end);
            length += 1;
            let Some(next) = of
                .lines
                .get(at + length)
                .filter(|_| at + length < run.added.end)
            else {
                break;
            };
            hashed = hash(&next.bytes);
            live.retain_mut(|index| {
                let follows = removed[*index].goes_on && removed[*index + 1].hash == hashed;
                *index += usize::from(follows);
                follows
            });
        }
        let begins = ends.and_then(|end| (end + 1).checked_sub(length));
        let block = begins.filter(|_| length > 0).map(|begin| Block {
            from: removed[begin].at,
            to: Spot {
                file,
                hunk,
                line: at,
                number: first.new.unwrap_or(0),
            },
            lines: length,
            exact: true,
        });
        match block.and_then(|block| worth(files, of, block)) {
            Some(block) => {
                at += block.lines;
                moves.added.push(block);
            }
            None => at += 1,
        }
    }
}

/// The block, where it is more than a brace or two.
fn worth(files: &[FileDiff], of: &Hunk, block: Block) -> Option<Block> {
    let lines = of.lines.get(block.to.line..block.to.line + block.lines)?;
    let count: usize = lines.iter().map(|line| letters(&line.bytes)).sum();
    let enough = (lines.len() >= LINES && count >= LETTERS) || count >= MANY_LETTERS;
    let exact = || {
        let same = |(nth, line): (usize, &super::Line)| {
            let at = Spot {
                line: block.from.line + nth,
                ..block.from
            };
            bytes(files, at) == line.bytes
        };
        lines.iter().enumerate().all(same)
    };
    enough.then(|| Block {
        exact: exact(),
        ..block
    })
}

fn bytes(files: &[FileDiff], at: Spot) -> &[u8] {
    let hunk = files
        .get(at.file)
        .and_then(|file| file.hunks().get(at.hunk));
    let line = hunk.and_then(|hunk| hunk.lines.get(at.line));
    line.map_or(&[], |line| &line.bytes)
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hash = DefaultHasher::new();
    hash.write(bytes.trim_ascii());
    hash.finish()
}

fn letters(bytes: &[u8]) -> usize {
    let is_letter = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte >= 0x80;
    bytes.iter().filter(is_letter).take(MANY_LETTERS).count()
}

#[cfg(test)]
mod tests {
    use super::super::rows::tests::file;
    use super::super::{Body, Line, LineKind};
    use super::*;

    /// A file of one hunk from lines with their sign.
    fn with(path: &str, lines: &[&str]) -> FileDiff {
        let kinds: String = lines
            .iter()
            .filter_map(|line| line.chars().next())
            .collect();
        let mut file = file(path, &[&kinds]);
        let count = |kind: char| kinds.chars().filter(|k| *k == kind).count();
        (file.added, file.removed) = (count('+'), count('-'));
        if let Body::Text(hunks) = &mut file.body {
            for (line, text) in hunks[0].lines.iter_mut().zip(lines) {
                line.bytes = text.as_bytes()[1..].to_vec();
            }
        }
        file
    }

    fn signed(sign: char, lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| format!("{sign}{line}")).collect()
    }

    const BODY: [&str; 4] = [
        "fn wait(self) {",
        "    self.lock.acquire();",
        "",
        "    drop(self)",
    ];

    fn moved(removed: &[&str], added: &[&str]) -> Moves {
        let (removed, added) = (signed('-', removed), signed('+', added));
        let lines = |lines: &[String]| -> Vec<&'static str> {
            let text = lines.iter().map(|line| &*String::leak(line.clone()));
            std::iter::once(" context").chain(text).collect()
        };
        find(&[with("a.rs", &lines(&removed)), with("b.rs", &lines(&added))])
    }

    #[test]
    fn a_block_is_found_in_another_file_and_knows_both_its_places() {
        let moves = moved(&BODY, &BODY);
        let block = moves.of(1, 0, 3, true);
        let places = block.map(|b| (b.from.file, b.from.number, b.to.number, b.lines, b.exact));
        assert_eq!(places, Some((0, 11, 11, 4, true)));
        assert_eq!(moves.of(0, 0, 4, false), block);
        assert_eq!(moves.of(0, 0, 0, false), None, "context did not move");
        let [added, removed] = moves.in_hunk(1, 0);
        assert_eq!((added.len(), removed.len()), (1, 0));
    }

    #[test]
    fn what_was_changed_within_a_block_is_no_part_of_it() {
        let mut added = [BODY.as_slice(), BODY.as_slice()].concat();
        let mut removed = added.clone();
        removed[4] = "fn other_name(self) {";
        added[4] = "fn another_name(self) {";
        let moves = moved(&removed, &added);
        let marked: Vec<bool> = (1..9)
            .map(|line| moves.of(1, 0, line, true).is_some())
            .collect();
        assert_eq!(marked, [true, true, true, true, false, true, true, true]);
    }

    #[test]
    fn other_indentation_is_still_moved_and_said() {
        let deeper: Vec<String> = BODY.iter().map(|line| format!("  {line}")).collect();
        let deeper: Vec<&str> = deeper.iter().map(String::as_str).collect();
        let moves = moved(&BODY, &deeper);
        assert_eq!(
            moves.of(1, 0, 1, true).map(|block| block.exact),
            Some(false)
        );
    }

    #[test]
    fn braces_blanks_and_lines_changed_in_place_are_no_move() {
        let braces = ["}", "", "}", "}"];
        assert_eq!(moved(&braces, &braces), Moves::default());
        assert_eq!(
            moved(&BODY[..2], &BODY[..2]),
            Moves::default(),
            "two short lines"
        );
        let own: Vec<String> = [signed('-', &BODY), signed('+', &BODY)].concat();
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        assert_eq!(find(&[with("a.rs", &own)]), Moves::default());
    }

    #[test]
    fn the_cost_is_bounded_and_what_is_not_searched_is_said() {
        let line = |n: usize| format!("let value_{} = compute({});", n % 7, n % 7);
        let many: Vec<String> = (0..20_000).map(line).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(moved(&many, &many), Moves::default(), "in too many places");
        let mut large = with("a.rs", &["-a"]);
        large.removed = BUDGET + 1;
        assert!(find(&[large]).unsearched);
    }

    #[test]
    fn a_line_of_context_between_ends_a_block() {
        let hunk = |lines: &mut Vec<Line>| lines[2].kind = LineKind::Context;
        let mut files = [
            with(
                "a.rs",
                &["-aaaaaaaaaaaa", "-bbbbbbbbbbbbbb", "-cccccccccccccc"],
            ),
            with(
                "b.rs",
                &["+aaaaaaaaaaaa", "+bbbbbbbbbbbbbb", "+cccccccccccccc"],
            ),
        ];
        assert!(find(&files).of(1, 0, 1, true).is_some());
        if let Body::Text(hunks) = &mut files[1].body {
            hunk(&mut hunks[0].lines);
        }
        assert_eq!(find(&files), Moves::default());
    }
}
