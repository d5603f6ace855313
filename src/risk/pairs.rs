//! Pairs the removed lines of a run with the added lines that replace them.

use super::source::{SourceHunk, SourceLine};
use crate::diff::LineKind;

/// Longer runs are paired line by line only where both sides are equally long.
const MAX_RUN: usize = 60;

/// Pairs within each run of a hunk: line by line where both sides are equally long, else each
/// removed line with the most similar added one, in order.
pub(super) fn pair(hunk: &mut SourceHunk<'_>) {
    let mut start = 0;
    while start < hunk.lines.len() {
        let run = hunk.lines[start].run;
        let end = (start..hunk.lines.len())
            .find(|i| hunk.lines[*i].run != run)
            .unwrap_or(hunk.lines.len());
        let of = |kind| -> Vec<usize> {
            (start..end)
                .filter(|i| hunk.lines[*i].kind == kind)
                .collect()
        };
        let (removed, added) = (of(LineKind::Removed), of(LineKind::Added));
        for (old, new) in matching(&hunk.lines, &removed, &added) {
            hunk.lines[old].pair = Some(new);
            hunk.lines[new].pair = Some(old);
        }
        start = end;
    }
}

fn matching(lines: &[SourceLine<'_>], removed: &[usize], added: &[usize]) -> Vec<(usize, usize)> {
    if removed.len() == added.len() {
        return removed.iter().copied().zip(added.iter().copied()).collect();
    }
    if removed.len() > MAX_RUN || added.len() > MAX_RUN {
        return Vec::new();
    }
    let words: Vec<Vec<&[u8]>> = lines.iter().map(|_| Vec::new()).collect();
    let mut words = words;
    for index in removed.iter().chain(added) {
        words[*index] = tokens(super::source::cut(lines[*index].raw));
    }
    let mut pairs = Vec::new();
    let mut from = 0;
    for old in removed {
        let best = added[from..]
            .iter()
            .enumerate()
            .map(|(offset, new)| (similarity(&words[*old], &words[*new]), offset, *new))
            .filter(|(score, ..)| *score >= 50)
            .max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
        if let Some((_, offset, new)) = best {
            pairs.push((*old, new));
            from += offset + 1;
        }
    }
    pairs
}

/// The words and marks of a line; at most 200.
fn tokens(line: &[u8]) -> Vec<&[u8]> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_ascii();
    while let Some(first) = rest.first() {
        let word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80;
        let len = if word(first) {
            rest.iter().take_while(|b| word(b)).count()
        } else {
            1
        };
        if !first.is_ascii_whitespace() {
            tokens.push(&rest[..len]);
        }
        if tokens.len() == 200 {
            break;
        }
        rest = &rest[len..];
    }
    tokens.sort_unstable();
    tokens
}

/// How much two lines share, in percent of their words.
fn similarity(a: &[&[u8]], b: &[&[u8]]) -> usize {
    let (mut i, mut j, mut common) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                common += 1;
                i += 1;
                j += 1;
            }
        }
    }
    200 * common / (a.len() + b.len()).max(1)
}
