//! The lines of a file that no hunk shows: where they are, and how many of them a reader has asked
//! to see. The hunks themselves stay what they are, whatever is shown around them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::rows::PART;
use super::{Body, FileDiff, Hunk, Line, LineKind, Shown};

/// Lines that the first request for more adds on a side; each further one adds twice as many, so
/// that a whole file is a few keys away.
const STEP: u32 = 10;

/// A text with the places where its lines start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    bytes: Vec<u8>,
    starts: Vec<u32>,
}

/// Lines that stand between two hunks, before the first or after the last, on both sides alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The number of its first line on the old side, from 1.
    pub old: u32,
    /// The number of its first line on the new side, from 1.
    pub new: u32,
    /// How many lines; none where the end of the file is not known.
    pub lines: Option<u32>,
}

/// How much of a gap is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// Lines at its start, below the hunk before it.
    pub start: u32,
    /// Lines at its end, above the hunk after it.
    pub end: u32,
}

/// What is shown around the hunks of a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    texts: BTreeMap<usize, Arc<Text>>,
    asked: BTreeMap<(usize, usize), Asked>,
}

/// As much of a line as anybody colours: a parser may take very long over more, and copying it
/// would cost as much as the line is long.
pub fn beginning(bytes: &[u8]) -> &[u8] {
    bytes.get(..2 * PART).unwrap_or(bytes)
}

impl Text {
    /// The text of a file; lines beyond the 32-bit count are not reachable.
    pub fn new(bytes: Vec<u8>) -> Self {
        let breaks = bytes
            .iter()
            .zip(0_u32..)
            .filter(|(byte, _)| **byte == b'\n');
        let mut starts = vec![0];
        starts.extend(breaks.map(|(_, at)| at + 1));
        if bytes.is_empty() || bytes.last() == Some(&b'\n') {
            starts.pop();
        }
        Self { bytes, starts }
    }

    /// How many lines it has.
    pub fn lines(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// A line by its number, from 1, without its line feed, and whether the text ends there without
    /// one.
    pub fn line(&self, number: u32) -> Option<(&[u8], bool)> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        let start = usize::try_from(*self.starts.get(index)?).ok()?;
        let end = self.starts.get(index + 1);
        let end = end.map_or(Some(self.bytes.len()), |end| usize::try_from(*end).ok());
        let whole = self.bytes.get(start..end?)?;
        let line = whole.strip_suffix(b"\n");
        Some((line.unwrap_or(whole), line.is_none()))
    }
}

/// The first line after a hunk, on the old and the new side.
fn after(hunk: &Hunk) -> (u32, u32) {
    // A side without lines names the line before it.
    let end = |start: u32, lines: u32| start.saturating_add(lines.max(1));
    (
        end(hunk.old_start, hunk.old_lines),
        end(hunk.new_start, hunk.new_lines),
    )
}

/// The gap before a hunk, or after the last one where `number` is the count of hunks. `lines` is how
/// many the new side has. None where the file has no such gap, or nothing is left out there.
pub fn gap(file: &FileDiff, number: usize, lines: Option<u32>) -> Option<Gap> {
    let Body::Text(hunks) = &file.body else {
        return None;
    };
    let (Some(_), Some(_)) = (&file.old, &file.new) else {
        return None;
    };
    let before = number.checked_sub(1).map(|at| hunks.get(at));
    let (old, new) = match before {
        Some(hunk) => after(hunk?),
        None => (1, 1),
    };
    let count = match hunks.get(number) {
        Some(hunk) => {
            let first = hunk.new_start + u32::from(hunk.new_lines == 0);
            Some(first.saturating_sub(new))
        }
        None if number == hunks.len() => lines.map(|all| (all + 1).saturating_sub(new)),
        None => return None,
    };
    (count != Some(0)).then_some(Gap {
        old,
        new,
        lines: count,
    })
}

impl Context {
    /// How many lines the new side of a file has, as far as that is known.
    pub fn lines(&self, index: usize, file: &FileDiff) -> Option<u32> {
        let text = self.texts.get(&index).map(|text| text.lines());
        text.or_else(|| file.new.as_ref()?.facts.lines)
    }

    /// A gap of a file that is known to hold something.
    pub fn gap(&self, index: usize, file: &FileDiff, number: usize) -> Option<Gap> {
        let found = gap(file, number, self.lines(index, file))?;
        found.lines.map(|_| found)
    }

    /// The lines of a gap that are shown: those at its start and those at its end, by their number
    /// on the new side. Both are empty where the text is not here.
    pub fn shown(&self, index: usize, number: usize, of: Gap) -> (Range<u32>, Range<u32>) {
        let end = of.new + of.lines.unwrap_or(0);
        let asked = self.asked.get(&(index, number)).copied();
        let asked = asked.filter(|_| self.texts.contains_key(&index));
        let asked = asked.unwrap_or_default();
        let first = of.new..of.new.saturating_add(asked.start).min(end);
        let last = end.saturating_sub(asked.end).max(first.end)..end;
        (first, last)
    }

    /// A line of a gap by its number on the new side.
    pub fn line(
        &self,
        index: usize,
        file: &FileDiff,
        number: usize,
        new: u32,
    ) -> Option<Shown<'_>> {
        let (bytes, no_newline) = self.texts.get(&index)?.line(new)?;
        let of = gap(file, number, None)?;
        Some(Shown {
            kind: LineKind::Context,
            old: Some(of.old + new.checked_sub(of.new)?),
            new: Some(new),
            bytes,
            no_newline,
        })
    }

    /// Lines of a file's text by their numbers, to be coloured.
    pub fn lines_from(&self, index: usize, numbers: Range<usize>) -> Vec<Line> {
        let Some(text) = self.texts.get(&index) else {
            return Vec::new();
        };
        let line = |number: usize| {
            let number = u32::try_from(number).ok()?;
            let (bytes, no_newline) = text.line(number)?;
            Some(Line {
                kind: LineKind::Context,
                old: None,
                new: Some(number),
                bytes: beginning(bytes).to_vec(),
                no_newline,
            })
        };
        numbers.map_while(line).collect()
    }

    /// Whether the text of a file is here.
    pub fn has(&self, index: usize) -> bool {
        self.texts.contains_key(&index)
    }

    /// Takes the text of a file.
    pub fn put(&mut self, index: usize, text: Arc<Text>) {
        self.texts.insert(index, text);
    }

    /// Asks for more lines of a gap: at its start, at its end.
    pub fn more(&mut self, index: usize, number: usize, of: Gap, start: bool, end: bool) {
        let all = of.lines.unwrap_or(u32::MAX);
        let asked = self.asked.entry((index, number)).or_default();
        let grown = |now: u32| now.saturating_mul(2).saturating_add(STEP).min(all);
        if start {
            asked.start = grown(asked.start);
        }
        if end {
            asked.end = grown(asked.end);
        }
    }

    /// Takes back what the last request for more has added; false where nothing was shown.
    pub fn less(&mut self, index: usize, number: usize, start: bool, end: bool) -> bool {
        let Some(asked) = self.asked.get_mut(&(index, number)) else {
            return false;
        };
        let before = *asked;
        let shrunk = |now: u32| now.saturating_sub(STEP) / 2;
        if start {
            asked.start = shrunk(asked.start);
        }
        if end {
            asked.end = shrunk(asked.end);
        }
        before != *asked
    }

    /// Asks for a whole gap.
    pub fn open(&mut self, index: usize, number: usize, of: Gap) {
        let whole = Asked {
            start: of.lines.unwrap_or(u32::MAX),
            end: 0,
        };
        self.asked.insert((index, number), whole);
    }

    /// Asks for nothing of a gap any more.
    pub fn close(&mut self, index: usize, number: usize) {
        self.asked.remove(&(index, number));
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::tests::file;
    use super::*;

    fn known(lines: u32) -> FileDiff {
        // Hunks of three lines at 10 and at 110.
        let mut file = file("a", &[" - ", " + "]);
        if let Some(new) = &mut file.new {
            new.facts.lines = Some(lines);
        }
        file
    }

    fn lines(gap: Option<Gap>) -> Option<(u32, u32, Option<u32>)> {
        gap.map(|gap| (gap.old, gap.new, gap.lines))
    }

    #[test]
    fn gaps_stand_before_between_and_after_the_hunks() {
        let file = known(120);
        assert_eq!(lines(gap(&file, 0, None)), Some((1, 1, Some(9))));
        assert_eq!(lines(gap(&file, 1, None)), Some((13, 12, Some(98))));
        assert_eq!(lines(gap(&file, 2, Some(120))), Some((112, 113, Some(8))));
        assert_eq!(lines(gap(&file, 2, Some(112))), None, "nothing is left out");
        assert_eq!(lines(gap(&file, 2, None)), Some((112, 113, None)));
        assert_eq!(gap(&file, 3, Some(120)), None);
        let mut new = known(120);
        new.old = None;
        assert_eq!(
            gap(&new, 0, None),
            None,
            "of a new file every line is shown"
        );
    }

    #[test]
    fn a_request_grows_until_the_gap_is_whole_and_shrinks_back() {
        let file = known(120);
        let mut context = Context::default();
        let of = gap(&file, 1, None).unwrap_or(Gap {
            old: 0,
            new: 0,
            lines: None,
        });
        context.more(0, 1, of, true, true);
        assert_eq!(context.shown(0, 1, of), (12..12, 110..110), "no text yet");
        context.put(0, Arc::new(Text::new(b"x\n".repeat(120))));
        assert_eq!(context.shown(0, 1, of), (12..22, 100..110));
        context.more(0, 1, of, true, false);
        assert_eq!(context.shown(0, 1, of), (12..42, 100..110));
        context.more(0, 1, of, false, true);
        context.more(0, 1, of, false, true);
        assert_eq!(context.shown(0, 1, of), (12..42, 42..110), "they meet");
        assert!(context.less(0, 1, true, true));
        assert_eq!(context.shown(0, 1, of), (12..22, 80..110));
        context.open(0, 1, of);
        assert_eq!(context.shown(0, 1, of), (12..110, 110..110));
        context.close(0, 1);
        assert!(!context.less(0, 1, true, true));
    }

    #[test]
    fn a_line_of_a_gap_has_both_its_numbers() {
        let file = known(120);
        let mut context = Context::default();
        let text: String = (1..=120).map(|n| format!("line {n}\n")).collect();
        context.put(0, Arc::new(Text::new(text.into_bytes())));
        let line = context.line(0, &file, 1, 20);
        assert_eq!(
            line.map(|l| (l.old, l.new, l.bytes)),
            Some((Some(21), Some(20), &b"line 20"[..]))
        );
        assert_eq!(context.line(0, &file, 2, 121).map(|l| l.new), None);
    }

    #[test]
    fn a_text_knows_its_lines() {
        let all = |text: &str| {
            let text = Text::new(text.as_bytes().to_vec());
            let lines = (1..=text.lines()).filter_map(|n| text.line(n));
            let lines = lines.map(|(line, end)| (String::from_utf8_lossy(line).into_owned(), end));
            lines.collect::<Vec<_>>()
        };
        let line = |text: &str, end| (text.to_owned(), end);
        assert_eq!(all(""), []);
        assert_eq!(
            all("a\n\nb"),
            [line("a", false), line("", false), line("b", true)]
        );
        assert_eq!(all("a\n"), [line("a", false)]);
    }
}
