//! How well some typed words fit a text: initials and beginnings of words, or any part of it.

/// More of a text than this is not looked at.
const LONGEST: usize = 400;
/// More typed letters than this fit nothing.
const MOST: usize = 64;

/// A letter that fits.
const FITS: i32 = 1;
/// It follows the one before it.
const FOLLOWS: i32 = 9;
/// It begins a word of the text.
const BEGINS: i32 = 8;
/// It is the first of the text.
const FIRST: i32 = 4;

/// How well all the typed words fit the text; none where one of them does not. Each letter of a word
/// either follows the letter before it in the text or begins a word of the text, so that `nf` fits
/// `next file`, and letters strewn over a sentence fit nothing.
pub(super) fn score(typed: &str, text: &str) -> Option<i32> {
    let text: Vec<(char, bool)> = letters(text);
    let mut total = 0;
    for word in typed.split_whitespace() {
        total += of_word(word, &text)?;
    }
    Some(total)
}

/// The text's letters in lower case, and whether each begins a word.
fn letters(text: &str) -> Vec<(char, bool)> {
    let mut before = ' ';
    let mut out = Vec::new();
    for c in text.chars().take(LONGEST) {
        let begins = c.is_alphanumeric()
            && (!before.is_alphanumeric() || (before.is_lowercase() && c.is_uppercase()));
        before = c;
        out.push((lower(c), begins));
    }
    out
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

fn of_word(word: &str, text: &[(char, bool)]) -> Option<i32> {
    let word: Vec<char> = word.chars().map(lower).collect();
    if word.len() > MOST {
        return None;
    }
    // For each place of the text the best score of what was typed so far, its last letter there.
    let mut best: Vec<Option<i32>> = Vec::new();
    for (nth, wanted) in word.iter().enumerate() {
        let mut jumped: Option<i32> = None;
        let mut next = Vec::with_capacity(text.len());
        for (at, (letter, begins)) in text.iter().enumerate() {
            let before = at
                .checked_sub(1)
                .and_then(|at| best.get(at).copied().flatten());
            let start = FITS + if *begins { BEGINS } else { 0 } + if at == 0 { FIRST } else { 0 };
            let here = match (letter == wanted, nth) {
                (false, _) => None,
                (true, 0) => Some(start),
                (true, _) => {
                    let follows = before.map(|score| score + FITS + FOLLOWS);
                    follows.max(jumped.filter(|_| *begins).map(|score| score + start))
                }
            };
            next.push(here);
            jumped = jumped.max(before);
        }
        best = next;
    }
    best.into_iter().flatten().max()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn beginnings_initials_and_parts_fit_and_strewn_letters_do_not() {
        for (typed, text) in [
            ("theme", "next theme"),
            ("nf", "next file"),
            ("ne fi", "next file"),
            ("file next", "next file"),
            ("lnum", "line numbers"),
            ("ound", "the ground"),
            ("POOL", "edge/src/pool.rs"),
            ("esp", "edge/src/pool.rs"),
            ("wS", "showWhiteSpace"),
            ("", "anything"),
            ("größe", "Größe"),
        ] {
            assert!(score(typed, text).is_some(), "{typed} in {text}");
        }
        for (typed, text) in [
            ("nl", "next file"),
            ("thm", "theme"),
            ("x", ""),
            ("next filter", "next file"),
        ] {
            assert!(score(typed, text).is_none(), "{typed} in {text}");
        }
        assert!(score(&"a".repeat(1000), &"a".repeat(1000)).is_none());
    }

    #[test]
    fn the_better_fit_scores_higher() {
        let better = |typed: &str, a: &str, b: &str| {
            assert!(
                score(typed, a).unwrap() > score(typed, b).unwrap(),
                "{typed}: {a}, {b}"
            );
        };
        better("file", "file seen", "next file");
        better("pool", "src/pool.rs", "src/spool.rs");
        better("appr", "approve", "a page, previous row");
    }
}
