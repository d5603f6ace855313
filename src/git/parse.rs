//! Commits and tags read from their raw bytes, so that nothing (graft, replace ref, mailmap,
//! encoding) stands between what is stored and what is judged.

use jiff::Timestamp;

use crate::change::{Commit, Identity, Oid, readable};

/// One header line with its continuation lines: key, value (LF between lines), raw bytes.
pub(super) struct Header<'a> {
    pub(super) key: &'a [u8],
    value: &'a [u8],
    raw: &'a [u8],
}

impl Header<'_> {
    /// The value, continuation lines joined by LF without their leading space.
    fn text(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.value.len());
        for (index, line) in self.value.split(|b| *b == b'\n').enumerate() {
            if index > 0 {
                out.push(b'\n');
                out.extend_from_slice(line.strip_prefix(b" ").unwrap_or(line));
            } else {
                out.extend_from_slice(line);
            }
        }
        out
    }

    fn oid(&self) -> Option<Oid> {
        std::str::from_utf8(self.value).ok()?.parse().ok()
    }
}

/// Splits an object into its headers and its message.
pub(super) fn split(bytes: &[u8]) -> (Vec<Header<'_>>, &[u8]) {
    let mut headers = Vec::new();
    let mut rest = bytes;
    loop {
        if let Some(message) = rest.strip_prefix(b"\n") {
            return (headers, message);
        }
        if rest.is_empty() {
            return (headers, rest);
        }
        let mut end = line_end(rest);
        while rest.get(end + 1) == Some(&b' ') {
            end += 1 + line_end(&rest[end + 1..]);
        }
        let line = &rest[..end];
        let key = line.split(|b| *b == b' ').next().unwrap_or_default();
        let value = line.get(key.len() + 1..).unwrap_or_default();
        let next = (end + 1).min(rest.len());
        headers.push(Header {
            key,
            value,
            raw: &rest[..next],
        });
        rest = &rest[next..];
    }
}

fn line_end(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|b| *b == b'\n')
        .unwrap_or(bytes.len())
}

/// What a walk needs of a commit: tree, parents and committer date.
pub(super) struct Skeleton {
    pub(super) tree: Oid,
    pub(super) parents: Vec<Oid>,
    pub(super) date: i64,
}

/// Reads the tree, the parents and the committer date of a commit, as git does: the tree first,
/// the parents right behind it.
pub(super) fn skeleton(bytes: &[u8]) -> Result<Skeleton, &'static str> {
    let oid_of = |line: &[u8], key: &[u8]| -> Option<Oid> {
        std::str::from_utf8(line.strip_prefix(key)?)
            .ok()?
            .parse()
            .ok()
    };
    let mut lines = bytes.split(|b| *b == b'\n').peekable();
    let tree = lines
        .next()
        .and_then(|line| oid_of(line, b"tree "))
        .ok_or("it does not begin with a tree")?;
    let mut parents = Vec::new();
    while let Some(line) = lines.next_if(|line| line.starts_with(b"parent ")) {
        parents.push(oid_of(line, b"parent ").ok_or("a parent is no object id")?);
    }
    let date = lines
        .take_while(|line| !line.is_empty())
        .find_map(|line| line.strip_prefix(b"committer "))
        .map_or(0, |value| signature_time(value).0);
    Ok(Skeleton {
        tree,
        parents,
        date,
    })
}

/// Reads a whole commit.
pub(super) fn commit(oid: Oid, bytes: &[u8]) -> Result<Commit, &'static str> {
    let skeleton = skeleton(bytes)?;
    let (headers, message) = split(bytes);
    let who = |key: &[u8]| {
        headers
            .iter()
            .find(|h| h.key == key)
            .map_or_else(|| identity(b""), |h| identity(h.value))
    };
    Ok(Commit {
        oid,
        tree: skeleton.tree,
        parents: skeleton.parents,
        author: who(b"author"),
        committer: who(b"committer"),
        message: readable(message).into_owned(),
    })
}

/// Reads `Name <email> seconds zone`, whatever is missing of it.
pub(super) fn identity(value: &[u8]) -> Identity {
    let open = value.iter().position(|b| *b == b'<');
    let close = value.iter().rposition(|b| *b == b'>');
    let (name, email) = match (open, close) {
        (Some(open), Some(close)) if open < close => (&value[..open], &value[open + 1..close]),
        _ => (value, &b""[..]),
    };
    let seconds = signature_time(value).0;
    Identity {
        name: readable(name.trim_ascii()).into_owned(),
        email: readable(email.trim_ascii()).into_owned(),
        when: Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH),
    }
}

/// Seconds since 1970 of an identity line, and its zone's bytes; 0 where there are none.
fn signature_time(value: &[u8]) -> (i64, &[u8]) {
    let after = value
        .iter()
        .rposition(|b| *b == b'>')
        .map_or(&b""[..], |at| &value[at + 1..]);
    let mut parts = after.split(|b| *b == b' ').filter(|p| !p.is_empty());
    let seconds = parts
        .next()
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0);
    (seconds, parts.next().unwrap_or_default())
}

/// The signature of a commit and the bytes it signs; none where there is no signature or more
/// than one.
pub(super) fn commit_signature(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let (headers, message) = split(bytes);
    let is_signature = |h: &&Header<'_>| h.key == b"gpgsig" || h.key == b"gpgsig-sha256";
    let mut signatures = headers.iter().filter(|h| h.key == b"gpgsig");
    let signature = signatures.next()?;
    if signatures.next().is_some() {
        return None;
    }
    let mut payload: Vec<u8> = headers
        .iter()
        .filter(|h| !is_signature(h))
        .flat_map(|h| h.raw.iter().copied())
        .collect();
    payload.push(b'\n');
    payload.extend_from_slice(message);
    let mut armored = String::from_utf8(signature.text()).ok()?;
    if !armored.ends_with('\n') {
        armored.push('\n');
    }
    Some((armored, payload))
}

/// The parts of an annotated tag.
pub(super) struct TagParts {
    pub(super) target: Oid,
    pub(super) name: String,
    pub(super) tagger: Option<Identity>,
    pub(super) message: String,
    pub(super) signature: Option<String>,
    pub(super) payload: Vec<u8>,
}

/// Reads an annotated tag. The signature begins at the last line that opens one, as in git.
pub(super) fn tag(bytes: &[u8]) -> Result<TagParts, &'static str> {
    let at = signature_start(bytes);
    let (payload, signature) = bytes.split_at(at);
    let (headers, message) = split(payload);
    let find = |key: &[u8]| headers.iter().find(|h| h.key == key);
    let target = match headers.first() {
        Some(first) if first.key == b"object" => first.oid(),
        _ => None,
    };
    Ok(TagParts {
        target: target.ok_or("it does not begin with an object id")?,
        name: find(b"tag").map_or_else(String::new, |h| readable(h.value).into_owned()),
        tagger: find(b"tagger").map(|h| identity(h.value)),
        message: readable(message).into_owned(),
        signature: (!signature.is_empty()).then(|| readable(signature).into_owned()),
        payload: payload.to_vec(),
    })
}

fn signature_start(bytes: &[u8]) -> usize {
    const OPENINGS: [&[u8]; 4] = [
        b"-----BEGIN SSH SIGNATURE-----",
        b"-----BEGIN PGP SIGNATURE-----",
        b"-----BEGIN PGP MESSAGE-----",
        b"-----BEGIN SIGNED MESSAGE-----",
    ];
    let mut found = bytes.len();
    let mut at = 0;
    while at < bytes.len() {
        let line = &bytes[at..at + line_end(&bytes[at..])];
        if OPENINGS.iter().any(|opening| line.starts_with(opening)) {
            found = at;
        }
        at += line.len() + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    #[test]
    fn parents_count_only_right_behind_the_tree() {
        let text = format!(
            "tree {TREE}\nparent {TREE}\nauthor A <a@x> 5 +0100\nparent {TREE}\ncommitter C D <c@x> 7 -0000\n\nHi\n"
        );
        let commit = commit(TREE.parse().unwrap(), text.as_bytes()).unwrap();
        assert_eq!(commit.parents.len(), 1);
        assert_eq!(commit.author.email, "a@x");
        assert_eq!(commit.committer.name, "C D");
        assert_eq!(commit.committer.when.as_second(), 7);
        assert_eq!(commit.message, "Hi\n");
        assert!(skeleton(b"parent x\n").is_err());
    }

    #[test]
    fn broken_identities_are_read_as_far_as_they_go() {
        let odd = identity(b"No Mail 12 +0000");
        assert_eq!(
            (odd.name.as_str(), odd.email.as_str()),
            ("No Mail 12 +0000", "")
        );
        let nested = identity(b"A <a<b>c@x> 99999999999999999999 +0000");
        assert_eq!(nested.email, "a<b>c@x");
        assert_eq!(nested.when, Timestamp::UNIX_EPOCH);
    }

    #[test]
    fn a_signature_comes_out_of_the_header_and_the_rest_is_what_it_signs() {
        let text = format!(
            "tree {TREE}\nauthor A <a@x> 5 +0000\ncommitter A <a@x> 5 +0000\ngpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----\n\nHi\n"
        );
        let (signature, payload) = commit_signature(text.as_bytes()).unwrap();
        assert_eq!(
            signature,
            "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"
        );
        assert_eq!(
            payload,
            format!("tree {TREE}\nauthor A <a@x> 5 +0000\ncommitter A <a@x> 5 +0000\n\nHi\n")
                .as_bytes()
        );
        let twice = text.replace("\n\nHi", "\ngpgsig x\n\nHi");
        assert!(commit_signature(twice.as_bytes()).is_none());
    }

    #[test]
    fn a_tag_ends_where_its_last_signature_begins() {
        let text = format!(
            "object {TREE}\ntype commit\ntag v1\ntagger A <a@x> 5 +0000\n\nHi\n-----BEGIN SSH SIGNATURE-----\nA\n-----END SSH SIGNATURE-----\n"
        );
        let parts = tag(text.as_bytes()).unwrap();
        assert_eq!(parts.message, "Hi\n");
        assert_eq!(parts.name, "v1");
        assert!(parts.payload.ends_with(b"\n\nHi\n"));
        assert!(parts.signature.unwrap().starts_with("-----BEGIN SSH"));
    }
}
