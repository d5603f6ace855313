//! Recognises moved lines: what goes here and comes back there was not removed.

use std::collections::HashMap;

use super::source::Source;
use crate::diff::LineKind;

/// A changed line: file, hunk and line.
type Spot = (usize, usize, usize);

/// Marks the changed lines of a move. A removed line moved if it reappears, whitespace aside, in
/// the same hunk; or together with a neighbour; or alone where it is long enough to be itself.
pub(super) fn mark(sources: &mut [Source<'_>]) {
    let removed = spots(sources, LineKind::Removed);
    let added = spots(sources, LineKind::Added);
    let mut places: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (index, (_, text)) in added.iter().enumerate() {
        places.entry(text.as_slice()).or_default().push(index);
    }
    let mut moved: Vec<Spot> = Vec::new();
    for (index, (spot, text)) in removed.iter().enumerate() {
        let Some(candidates) = places.get(text.as_slice()) else {
            continue;
        };
        let goes_with = |step: isize, to: usize| {
            let text = |lines: &[(Spot, Vec<u8>)], at: usize| {
                let next = at.checked_add_signed(step)?;
                lines.get(next).map(|(_, text)| text.clone())
            };
            text(&removed, index).is_some_and(|near| Some(near) == text(&added, to))
        };
        let to = candidates.iter().take(8).copied().find(|to| {
            let other = added[*to].0;
            (other.0, other.1) == (spot.0, spot.1)
                || text.len() >= 24
                || goes_with(-1, *to)
                || goes_with(1, *to)
        });
        if let Some(to) = to {
            moved.push(*spot);
            moved.push(added[to].0);
        }
    }
    drop(places);
    for (file, hunk, line) in moved {
        sources[file].hunks[hunk].lines[line].moved = true;
    }
}

/// The changed lines of a kind with their text, whitespace taken out; blank ones and lone marks
/// (a closing brace) left out.
fn spots(sources: &[Source<'_>], kind: LineKind) -> Vec<(Spot, Vec<u8>)> {
    let mut spots = Vec::new();
    for (f, source) in sources.iter().enumerate() {
        for (h, hunk) in source.hunks.iter().enumerate() {
            for (l, line) in hunk.lines.iter().enumerate() {
                if line.kind != kind {
                    continue;
                }
                let mut text = super::source::cut(line.raw).to_vec();
                text.retain(|b| !b.is_ascii_whitespace());
                if text.iter().filter(|b| b.is_ascii_alphanumeric()).count() >= 2 {
                    spots.push(((f, h, l), text));
                }
            }
        }
    }
    spots
}
