//! Searching the diff: for words as they are typed, and for the word under the cursor.

use std::ops::Range;

use super::reading::{Open, Syntax};
use super::{Effect, State, Tone, perform};
use crate::diff::rows::{Row, RowKind};
use crate::diff::{LineKind, inline};

/// Identifiers of a line that can be gone through.
const WORDS: usize = 50;
/// No word of code is longer.
const LONGEST: usize = 120;

/// A search in the diff.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// The words, as typed; a capital letter makes case count.
    pub words: String,
    /// Where the search for a word as a whole began; none searches for any text.
    pub word: Option<Origin>,
}

/// Where the search for a word began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The row that it was taken from.
    pub row: usize,
    /// Which word of that line.
    pub nth: usize,
    /// The row that the search led to.
    pub landed: usize,
}

impl Search {
    /// Whether it stands in a text.
    pub fn is_in(&self, text: &[u8]) -> bool {
        match self.word {
            Some(_) => whole(text, &self.words).next().is_some(),
            None => contains(text, &self.words),
        }
    }

    /// Where it stands in a text, as byte ranges.
    pub fn found(&self, text: &str) -> Vec<Range<usize>> {
        match self.word {
            Some(_) => whole(text.as_bytes(), &self.words).collect(),
            None => found(text, &self.words),
        }
    }
}

/// `*`: looks for the other uses of the word under the cursor; pressed again where that led, for the
/// next word of the line it came from.
pub(super) fn word(state: &mut State) -> Vec<Effect> {
    let effects = perform::enter_diff(state);
    let Some(open) = state.open_mut() else {
        return effects;
    };
    let before = open.search.as_ref().and_then(|search| search.word);
    let before = before.filter(|origin| origin.landed == open.cursor);
    let (row, nth) = before.map_or((open.cursor, 0), |origin| (origin.row, origin.nth + 1));
    let words = open.words_at(row);
    let Some(word) = words.get(nth % words.len().max(1)) else {
        state.say(Tone::Plain, "no word to look for on this line");
        return effects;
    };
    let nth = nth % words.len();
    let origin = Origin {
        row,
        nth,
        landed: row,
    };
    let search = Search {
        words: word.clone(),
        word: Some(origin),
    };
    open.cursor = row.min(open.rows.len().saturating_sub(1));
    let next = open.turn(true, |open, other| open.matches(other, &search));
    let alone = next.is_none_or(|next| next == row);
    let landed = next.unwrap_or(row);
    open.search = Some(Search {
        word: Some(Origin { landed, ..origin }),
        ..search
    });
    open.show(landed);
    let more = match words.len() {
        1 => String::new(),
        _ => format!(" · again: {}", words[(nth + 1) % words.len()]),
    };
    let said = match alone {
        true => format!("{word} stands nowhere else in what is shown{more}"),
        false => format!("{word} · next and previous match go on{more}"),
    };
    state.say(Tone::Plain, said);
    effects
}

impl Open {
    /// The words of a row that are worth looking for: what changed of it first, then the rest; words
    /// of the language itself are left out where they are known.
    fn words_at(&self, at: usize) -> Vec<String> {
        let Some((row, line)) = self
            .rows
            .get(at)
            .and_then(|row| Some((row, self.line_of(row)?)))
        else {
            return Vec::new();
        };
        let changed = self.changed_at(row);
        let is_changed = |range: &Range<usize>| {
            let touches = |other: &Range<usize>| range.start < other.end && other.start < range.end;
            changed.iter().any(touches)
        };
        let line_at = row.hunk().zip(row.lines().last());
        let colours = line_at.and_then(|(hunk, line)| {
            let at = (row.file as usize, hunk, line);
            self.known.colours.get(&at)
        });
        let is_language = |range: &Range<usize>| {
            let of = |(span, class): &(Range<usize>, Syntax)| {
                *class == Syntax::Keyword && span.contains(&range.start)
            };
            colours.is_some_and(|colours| colours.iter().any(of))
        };
        let all: Vec<Range<usize>> = identifiers(line.bytes)
            .filter(|range| !is_language(range))
            .collect();
        let (first, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(is_changed);
        let mut words: Vec<String> = Vec::new();
        for range in first.into_iter().chain(rest) {
            let word = String::from_utf8_lossy(&line.bytes[range]).into_owned();
            if !words.contains(&word) && words.len() < WORDS {
                words.push(word);
            }
        }
        words
    }

    /// What of a row's line changed within it.
    fn changed_at(&self, row: Row) -> Vec<Range<usize>> {
        let hunk = row.hunk().and_then(|hunk| {
            let file = self.files().get(row.file as usize)?;
            file.hunks().get(hunk)
        });
        let index = row.lines().last();
        let (Some(hunk), Some(index)) = (hunk, index) else {
            return Vec::new();
        };
        if matches!(row.kind, RowKind::Blank { .. }) {
            return Vec::new();
        }
        let pair = inline::partner(hunk, index).and_then(|other| {
            let line = hunk.lines.get(index)?;
            Some((line, hunk.lines.get(other)?))
        });
        match pair {
            Some((line, other)) if line.kind == LineKind::Removed => {
                inline::changed(&line.bytes, &other.bytes).old
            }
            Some((line, other)) => inline::changed(&other.bytes, &line.bytes).new,
            None => Vec::new(),
        }
    }
}

/// Letters, digits and underscores of any script.
const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The identifiers of a line; numbers and single letters are none.
fn identifiers(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    let next = move || {
        let start = at + bytes[at..].iter().position(|byte| is_word(*byte))?;
        let length = bytes[start..].iter().position(|byte| !is_word(*byte));
        at = length.map_or(bytes.len(), |length| start + length);
        Some(start..at)
    };
    std::iter::from_fn(next).filter(|range| {
        let word = &bytes[range.clone()];
        (2..=LONGEST).contains(&word.len()) && !word[0].is_ascii_digit()
    })
}

/// Where a word stands as a whole.
fn whole<'a>(text: &'a [u8], word: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let word = word.as_bytes();
    let ends = move |start: usize| {
        let end = start + word.len();
        let before = start.checked_sub(1).and_then(|at| text.get(at));
        let after = text.get(end);
        let free = |byte: Option<&u8>| byte.is_none_or(|byte| !is_word(*byte));
        (free(before) && free(after)).then_some(start..end)
    };
    let starts = text.windows(word.len().max(1)).enumerate();
    starts
        .filter(move |(_, window)| *window == word)
        .filter_map(move |(start, _)| ends(start))
}

/// Whether `words` stand in a text, without a copy of it where they are plain ASCII: a search looks
/// at every line of a change between two frames.
fn contains(text: &[u8], words: &str) -> bool {
    if !words.is_ascii() {
        return !found(&String::from_utf8_lossy(text), words).is_empty();
    }
    let words = words.as_bytes();
    let Some(first) = words.first() else {
        return false;
    };
    let exact = words.iter().any(u8::is_ascii_uppercase);
    let starts = [*first, first.to_ascii_uppercase()];
    text.windows(words.len()).any(|window| {
        (window[0] == starts[0] || (!exact && window[0] == starts[1]))
            && (window == words || (!exact && window.eq_ignore_ascii_case(words)))
    })
}

/// Where `words` stand in a text, as byte ranges; without a capital letter case does not count.
pub fn found(text: &str, words: &str) -> Vec<std::ops::Range<usize>> {
    if words.is_empty() {
        return Vec::new();
    }
    let exact = words.chars().any(char::is_uppercase);
    let lower = |text: &str| {
        // Same length in bytes, so that ranges hold for the text itself.
        text.chars()
            .map(|c| {
                let small = c.to_lowercase().next().unwrap_or(c);
                if small.len_utf8() == c.len_utf8() {
                    small
                } else {
                    c
                }
            })
            .collect::<String>()
    };
    let text = if exact { text.to_owned() } else { lower(text) };
    text.match_indices(words)
        .map(|(at, hit)| at..at + hit.len())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{contains, found, identifiers, whole};

    #[test]
    fn a_word_is_found_as_a_whole_and_by_its_case() {
        let all = |text: &str| whole(text.as_bytes(), "limit").collect::<Vec<_>>();
        assert_eq!(
            all("limit(limits, limit_2, Limit, x.limit)"),
            [0..5, 32..37]
        );
        assert!(all("").is_empty() && all("limitß").is_empty());
    }

    #[test]
    fn identifiers_are_words_of_code_and_no_numbers() {
        let text = "let größe = max_2(x, 12, 0xff) + ~;";
        let words = identifiers(text.as_bytes()).map(|range| &text[range]);
        assert_eq!(words.collect::<Vec<_>>(), ["let", "größe", "max_2"]);
    }

    #[test]
    fn a_capital_letter_makes_case_count() {
        assert_eq!(found("Edge edge", "edge"), [0..4, 5..9]);
        assert_eq!(found("Edge edge", "Edge"), vec![0..4]);
        assert_eq!(found("GRÜN grün", "grün"), [0..5, 6..11]);
        assert!(found("x", "").is_empty());
        for (text, words) in [
            ("Edge edge", "edge"),
            ("the EDGE", "edge"),
            ("edge", "Edge"),
            ("", "a"),
            ("ab", "abc"),
            ("grün", "ü"),
        ] {
            let wanted = !found(text, words).is_empty();
            assert_eq!(contains(text.as_bytes(), words), wanted, "{text} {words}");
        }
    }
}
