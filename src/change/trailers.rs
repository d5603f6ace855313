//! The trailer block of a commit or tag message, as `git interpret-trailers` finds it.

/// One `Key: value` line of the last paragraph. Continuation lines are not joined: no trailer we
/// read needs them, and a marker must not be split to hide it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trailer<'a> {
    /// The key, as written; compare without regard to ASCII case.
    pub key: &'a str,
    /// The value, trimmed.
    pub value: &'a str,
}

impl<'a> Trailer<'a> {
    /// Whether this trailer's key is `key`, whatever the case.
    pub fn is(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }

    /// Whether it names a co-author.
    pub fn is_co_author(&self) -> bool {
        self.is("Co-authored-by") || self.is("Co-author")
    }

    /// The address of a `Name <address>` value, or of one where the brackets were forgotten.
    pub fn address(&self) -> Option<&'a str> {
        if let Some((_, rest)) = self.value.rsplit_once('<') {
            let (address, _) = rest.split_once('>')?;
            return Some(address.trim());
        }
        let last = self.value.split_whitespace().next_back()?;
        let (local, domain) = last.split_once('@')?;
        (!local.is_empty() && domain.contains('.')).then_some(last)
    }

    fn parse(line: &'a str) -> Option<Self> {
        let (key, value) = line.split_once(':')?;
        let key = key.trim_end();
        let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        is_key.then(|| Self {
            key,
            value: value.trim(),
        })
    }
}

/// The trailers of a message: the `Key: value` lines of its last paragraph, where that paragraph
/// is not the first (the subject is never a trailer) and at least a quarter of its lines are
/// trailers, git's own threshold for a block that is mixed with other text.
pub fn trailers(message: &str) -> Vec<Trailer<'_>> {
    let message = message.trim_end();
    let lines: Vec<&str> = message.lines().collect();
    let Some(blank) = lines.iter().rposition(|line| line.trim().is_empty()) else {
        return Vec::new();
    };
    let block = &lines[blank + 1..];
    let found: Vec<Trailer<'_>> = block
        .iter()
        .filter_map(|line| Trailer::parse(line))
        .collect();
    let others = block
        .iter()
        .filter(|line| Trailer::parse(line).is_none() && !line.starts_with([' ', '\t']))
        .count();
    if found.len() * 3 >= others {
        found
    } else {
        Vec::new()
    }
}

/// Every line after the subject that has the form of a trailer, wherever it stands. Forges and people
/// put text below a block of trailers, or join the messages of several commits; what a tool wrote of
/// itself is still there. Only what is matched to the letter may be looked for here. Indented lines
/// are examples, except co-authors: some indent a whole message.
pub fn trailer_lines(message: &str) -> impl Iterator<Item = Trailer<'_>> {
    message.lines().skip(1).filter_map(|line| {
        let indented = line.trim_start();
        if indented.len() == line.len() {
            return Trailer::parse(line);
        }
        Trailer::parse(indented).filter(Trailer::is_co_author)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(message: &str) -> Vec<&str> {
        trailers(message).iter().map(|t| t.key).collect()
    }

    #[test]
    fn the_last_paragraph_holds_the_trailers() {
        let message =
            "Fix it\n\nWhy: not this one\n\nAssisted-by: Crush:m\nco-authored-by: Bo <b@x>\n";
        assert_eq!(keys(message), ["Assisted-by", "co-authored-by"]);
        let last = trailers(message)[1];
        assert!(last.is("Co-authored-by"));
        assert_eq!(last.address(), Some("b@x"));
    }

    #[test]
    fn a_subject_and_plain_prose_are_no_trailers() {
        assert!(keys("fix: this is a subject").is_empty());
        assert!(
            keys("fix\n\nfirst line of prose\nnext line\nand more\nlast: but no trailer\nend")
                .is_empty()
        );
        assert_eq!(
            keys("fix\n\n(cherry picked)\nSigned-off-by: A <a@x>"),
            ["Signed-off-by"]
        );
    }

    #[test]
    fn lines_of_the_form_are_found_in_every_paragraph_and_not_in_the_subject() {
        let message = "fix: it\nAgent-Id: 1\n\nSome text: yes\n  Indented: no\n\n  Co-authored-by: Bo b@x.example\n\nEnd.";
        let found: Vec<_> = trailer_lines(message).map(|line| line.key).collect();
        assert_eq!(found, ["Agent-Id", "Co-authored-by"]);
        let last = trailer_lines(message)
            .last()
            .and_then(|line| line.address());
        assert_eq!(last, Some("b@x.example"));
    }
}
