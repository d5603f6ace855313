//! "Did you mean": the known word that is nearest to a mistaken one.

/// Longer words than this are no slips of the hand; comparing them would only cost time.
const LONGEST: usize = 64;

/// The known word that is at most two edits away from what was written, and closer than half its
/// own length; else the one that begins with what was written or with which it begins.
pub fn nearest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if written.len() > LONGEST || written.is_empty() {
        return None;
    }
    let near = |word: &&str| {
        let edits = edits(written, word);
        let slip = edits <= 2 && edits * 2 <= word.len();
        let begun = written.len() >= 3 && (word.starts_with(written) || written.starts_with(*word));
        (slip || begun).then_some(if slip { edits } else { 3 })
    };
    known
        .into_iter()
        .filter(|word| word.len() <= LONGEST)
        .filter_map(|word| Some((near(&word)?, word)))
        .min()
        .map(|(_, word)| word)
}

/// The end of a message: `; did you mean "theme"?`, or what there is instead where nothing is near.
pub fn hint(written: &str, known: &[&str]) -> String {
    match nearest(written, known.iter().copied()) {
        Some(meant) => format!("; did you mean {meant:?}?"),
        None => format!("; known: {}", known.join(", ")),
    }
}

/// The edit distance of two words (insert, delete, replace a byte).
fn edits(a: &str, b: &str) -> usize {
    strsim::generic_levenshtein(&a.as_bytes().to_vec(), &b.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let known = ["approve", "fetch_seconds", "theme"];
        assert_eq!(nearest("aprove", known), Some("approve"));
        assert_eq!(nearest("fetch", known), Some("fetch_seconds"));
        assert_eq!(nearest("themes", known), Some("theme"));
        assert_eq!(nearest("zzz", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest(&"a".repeat(1000), known), None);
    }
}
