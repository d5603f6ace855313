//! Foreign bytes made fit for a terminal: control, bidi, zero-width and unassigned characters
//! become `‹…›` before any layout, so that nothing is signed which was not shown.
//!
//! Everything that comes from git or from notes passes through [`cells`] or [`text`]: a terminal
//! library that is handed the raw string drops such characters without a trace.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// No cell holds more bytes than this.
const CELL_BYTES: usize = 16;
/// No base character carries more marks than this.
const MARKS: usize = 3;
/// The selector of the colourful form of the character before it, which then takes two columns.
pub const EMOJI_FORM: char = '\u{fe0f}';

/// What one place of the text shows: a character with its marks, a stretch of blanks for a tab,
/// or an escape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The bytes it stands for.
    pub raw: Range<usize>,
    /// What to print. Never a control character, never of width 0.
    pub text: Cow<'a, str>,
    /// Columns it takes.
    pub width: usize,
    /// Whether `text` is an escape and not the character itself.
    pub escaped: bool,
}

/// The text of `bytes`, cell by cell. `tab` is the distance between tab stops in columns.
pub fn cells(bytes: &[u8], tab: usize) -> Vec<Cell<'_>> {
    let mut out = Cells {
        cells: Vec::with_capacity(bytes.len()),
        column: 0,
        tab: tab.max(1),
    };
    let mut at = 0;
    for chunk in bytes.utf8_chunks() {
        let valid = chunk.valid();
        out.valid(valid, at);
        at += valid.len();
        for byte in chunk.invalid() {
            out.escape(at..at + 1, format!("‹{byte:02X}›"));
            at += 1;
        }
    }
    out.cells
}

/// The whole of `bytes` as one printable string: titles, names, messages. Line breaks and tabs are
/// escaped like every other control character: a name with a tab is not one with a blank.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    if bytes.iter().all(|b| (b' '..=b'~').contains(b)) {
        return String::from_utf8_lossy(bytes);
    }
    let cells = cells(bytes, 1).into_iter();
    let texts = cells.map(|cell| match bytes.get(cell.raw) {
        Some(b"\t") => Cow::Borrowed("‹09›"),
        _ => cell.text,
    });
    Cow::Owned(texts.collect())
}

/// How many characters (or invalid bytes) of `bytes` are shown escaped.
pub fn hidden(bytes: &[u8]) -> usize {
    if bytes
        .iter()
        .all(|b| matches!(b, b'\t' | b'\n' | b' '..=b'~'))
    {
        return 0;
    }
    let lines = bytes.split(|b| *b == b'\n');
    lines
        .map(|line| cells(line, 1).iter().filter(|cell| cell.escaped).count())
        .sum()
}

struct Cells<'a> {
    cells: Vec<Cell<'a>>,
    column: usize,
    tab: usize,
}

impl<'a> Cells<'a> {
    fn valid(&mut self, text: &'a str, at: usize) {
        if text.is_ascii() {
            for (i, byte) in text.bytes().enumerate() {
                self.ascii(&text[i..=i], byte, at + i);
            }
            return;
        }
        for (i, grapheme) in text.grapheme_indices(true) {
            match grapheme.as_bytes() {
                [byte] => self.ascii(grapheme, *byte, at + i),
                _ => self.grapheme(grapheme, at + i),
            }
        }
    }

    fn ascii(&mut self, text: &'a str, byte: u8, at: usize) {
        match byte {
            b'\t' => {
                let width = self.tab - self.column % self.tab;
                self.push(at..at + 1, Cow::Owned(" ".repeat(width)), width, false);
            }
            b' '..=b'~' => self.push(at..at + 1, Cow::Borrowed(text), 1, false),
            _ => self.escape(at..at + 1, format!("‹{byte:02X}›")),
        }
    }

    /// Cuts a grapheme where a character must be escaped, where a cell would grow too large, and before
    /// each further character that takes columns of its own: terminals do not agree on how wide
    /// joined characters are, and each of them has to be on the screen. The two letters of a flag stay
    /// together.
    fn grapheme(&mut self, grapheme: &'a str, at: usize) {
        let mut start = 0;
        let mut marks = 0;
        let mut before = None;
        for (i, c) in grapheme.char_indices() {
            let end = i + c.len_utf8();
            let is_mark = c.width() == Some(0) && i > start;
            marks = if is_mark { marks + 1 } else { 0 };
            let crowded = is_mark && (marks > MARKS || end - start > CELL_BYTES);
            if must_escape(c, before) || crowded {
                self.flush(&grapheme[start..i], at + start);
                self.escape(at + i..at + end, escape_of(c));
                start = end;
            } else if !is_mark && !is_flag(&grapheme[start..end]) {
                self.flush(&grapheme[start..i], at + start);
                start = i;
            }
            before = Some(c);
        }
        self.flush(&grapheme[start..], at + start);
    }

    /// One cell for what is left of a grapheme; escapes where it would have no width.
    fn flush(&mut self, part: &'a str, at: usize) {
        if part.is_empty() {
            return;
        }
        let width = part.width();
        // Three cells for one character is what one table says and another does not.
        if (1..=2).contains(&width) && part.len() <= CELL_BYTES {
            self.push(at..at + part.len(), Cow::Borrowed(part), width, false);
            return;
        }
        for (i, c) in part.char_indices() {
            self.escape(at + i..at + i + c.len_utf8(), escape_of(c));
        }
    }

    fn escape(&mut self, raw: Range<usize>, text: String) {
        let width = text.width();
        self.push(raw, Cow::Owned(text), width, true);
    }

    fn push(&mut self, raw: Range<usize>, text: Cow<'a, str>, width: usize, escaped: bool) {
        self.column += width;
        self.cells.push(Cell {
            raw,
            text,
            width,
            escaped,
        });
    }
}

fn escape_of(c: char) -> String {
    let mut out = String::new();
    let code = u32::from(c);
    let _ = match code {
        0..=0x1f | 0x7f..=0x9f => write!(out, "‹{code:02X}›"),
        _ => write!(out, "‹U+{code:04X}›"),
    };
    out
}

fn must_escape(c: char, before: Option<char>) -> bool {
    use GeneralCategory as G;
    // The selector of the colourful form may follow what has one; every other would make the
    // character before it as wide as the terminal likes.
    if c == EMOJI_FORM {
        return !before.is_some_and(is_emoji_base);
    }
    is_default_ignorable(c)
        || matches!(
            get_general_category(c),
            G::Control
                | G::Format
                | G::PrivateUse
                | G::Unassigned
                | G::Surrogate
                | G::LineSeparator
                | G::ParagraphSeparator
        )
}

/// `Default_Ignorable_Code_Point` of Unicode 16, as far as it is not category Cf or Cn anyway.
fn is_default_ignorable(c: char) -> bool {
    matches!(
        u32::from(c),
        0xAD | 0x34F
            | 0x61C
            | 0x115F..=0x1160
            | 0x17B4..=0x17B5
            | 0x180B..=0x180F
            | 0x200B..=0x200F
            | 0x202A..=0x202E
            | 0x2060..=0x206F
            | 0x3164
            | 0xFE00..=0xFE0E
            | 0xFEFF
            | 0xFFA0
            | 0xFFF0..=0xFFF8
            | 0x1BCA0..=0x1BCA3
            | 0x1D173..=0x1D17A
            | 0xE0000..=0xE0FFF
    )
}

/// Whether these are the two letters of a flag.
fn is_flag(text: &str) -> bool {
    let mut letters = text.chars();
    let mut is_letter = || matches!(letters.next(), Some('\u{1f1e6}'..='\u{1f1ff}'));
    is_letter() && is_letter() && letters.next().is_none()
}

/// Characters that a variation selector may follow: the blocks in which emoji live.
fn is_emoji_base(c: char) -> bool {
    matches!(
        u32::from(c),
        0xA9 | 0xAE
            | 0x203C
            | 0x2049
            | 0x2122
            | 0x2139
            | 0x2190..=0x21FF
            | 0x2300..=0x23FF
            | 0x2460..=0x24FF
            | 0x25A0..=0x27BF
            | 0x2900..=0x297F
            | 0x2B00..=0x2BFF
            | 0x3030
            | 0x303D
            | 0x3297
            | 0x3299
            | 0x1F000..=0x1FAFF
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> String {
        super::text(text.as_bytes()).into_owned()
    }

    #[test]
    fn what_a_terminal_would_swallow_is_spelt_out() {
        assert_eq!(shown("a\u{1b}[2Jb"), "a‹1B›[2Jb");
        assert_eq!(shown("x\u{202e}y\u{2066}z"), "x‹U+202E›y‹U+2066›z");
        assert_eq!(shown("zero\u{200b}width"), "zero‹U+200B›width");
        assert_eq!(shown("three \u{17d8} cells"), "three ‹U+17D8› cells");
        assert_eq!(shown("a\r"), "a‹0D›");
        assert_eq!(shown("a\tb"), "a‹09›b");
        assert_eq!(shown("\u{9b}31m"), "‹9B›31m");
        assert_eq!(shown("\u{2028}\u{85}"), "‹U+2028›‹85›");
        assert_eq!(
            shown("\u{3164}\u{ad}\u{feff}\u{e0041}"),
            "‹U+3164›‹U+00AD›‹U+FEFF›‹U+E0041›"
        );
        assert_eq!(shown("\u{e000}\u{378}"), "‹U+E000›‹U+0378›");
        assert_eq!(super::text(b"a\xff\xc3b"), "a‹FF›‹C3›b");
    }

    #[test]
    fn ordinary_text_in_any_script_stays_as_it_is() {
        for text in [
            "grün",
            "日本語",
            "עברית",
            "e\u{301}tude",
            "한국어",
            "naïve ☃",
        ] {
            assert_eq!(shown(text), text);
        }
        assert_eq!(shown("✈\u{fe0f}"), "✈\u{fe0f}");
        assert_eq!(shown("x\u{fe0f}"), "x‹U+FE0F›");
        assert_eq!(shown("✈\u{fe0e}"), "✈‹U+FE0E›");
    }

    /// A terminal may draw these as one or as several: none may be left out, and none may be as wide
    /// as it likes.
    #[test]
    fn what_is_joined_stands_in_cells_of_its_own() {
        let cut = |text: &'static str| {
            let cells = cells(text.as_bytes(), 8).into_iter();
            let cells = cells.map(|cell| (cell.text.into_owned(), cell.width));
            cells.collect::<Vec<_>>()
        };
        let cells = |cells: &[(&str, usize)]| {
            let own = cells
                .iter()
                .map(|(text, width)| ((*text).to_owned(), *width));
            own.collect::<Vec<_>>()
        };
        assert_eq!(cut("🇩🇪🇫"), cells(&[("🇩🇪", 2), ("🇫", 1)]));
        assert_eq!(cut("👍🏽"), cells(&[("👍", 2), ("🏽", 2)]));
        assert_eq!(cut("क्ष"), cells(&[("क्", 1), ("ष", 1)]));
        assert_eq!(cut("ᄀᄀ\u{1161}"), cells(&[("ᄀ", 2), ("ᄀ\u{1161}", 2)]));
        let joined = cells(&[("👩", 2), ("‹U+200D›", 8), ("💻", 2)]);
        assert_eq!(cut("👩\u{200d}💻"), joined);
        assert_eq!(cut("⚠\u{fe0f}!"), cells(&[("⚠\u{fe0f}", 2), ("!", 1)]));
    }

    #[test]
    fn a_pile_of_marks_is_cut_and_a_lone_mark_is_named() {
        let piled = format!("a{}", "\u{301}".repeat(6));
        assert_eq!(
            shown(&piled),
            "a\u{301}\u{301}\u{301}‹U+0301›‹U+0301›‹U+0301›"
        );
        assert_eq!(shown("\u{301}"), "‹U+0301›");
    }

    #[test]
    fn tabs_reach_the_next_stop_and_cells_know_their_bytes() {
        let cells = cells("a\tü\u{200b}".as_bytes(), 4);
        let widths: Vec<usize> = cells.iter().map(|c| c.width).collect();
        assert_eq!(widths, [1, 3, 1, 8]);
        assert_eq!(cells[2].raw, 2..4);
        assert_eq!(cells[3].raw, 4..7);
        assert!(cells[3].escaped && !cells[1].escaped);
    }

    #[test]
    fn hidden_counts_characters_not_lines() {
        assert_eq!(hidden(b"plain\ttext\nnext"), 0);
        assert_eq!(hidden("a\u{200b}b\u{202e}\nc\r".as_bytes()), 3);
    }

    proptest! {
        #[test]
        fn no_bytes_yield_a_control_or_an_invisible_cell(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            check(&bytes)?;
        }

        #[test]
        fn no_text_yields_a_control_or_an_invisible_cell(text in "\\PC{0,20}[\\u{0}-\\u{ff}\\u{200b}-\\u{206f}\\u{300}\\u{fe0f}\\u{1f600}]{0,20}") {
            check(text.as_bytes())?;
        }
    }

    /// Every byte is stood for exactly once, in order, by something a person can see.
    fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
        let mut at = 0;
        for cell in cells(bytes, 8) {
            prop_assert_eq!(cell.raw.start, at);
            at = cell.raw.end;
            prop_assert!(cell.width > 0);
            prop_assert_eq!(cell.text.width(), cell.width);
            prop_assert!(
                !cell
                    .text
                    .chars()
                    .any(|c| c.is_control() || is_default_ignorable(c))
            );
            prop_assert!(
                cell.escaped || bytes[cell.raw.start] == b'\t' || cell.text.len() <= CELL_BYTES
            );
            let own = cell.text.chars().filter(|c| c.width() > Some(0)).count();
            prop_assert!(
                cell.escaped
                    || bytes[cell.raw.start] == b'\t'
                    || (cell.width <= 2 && (own == 1 || is_flag(&cell.text)))
            );
        }
        prop_assert_eq!(at, bytes.len());
        Ok(())
    }
}
