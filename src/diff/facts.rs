//! What the bytes of a side are where its lines do not tell it: how many there are and how they end,
//! which kind of file it is, which content a Git LFS pointer stands for.

use super::media::{self, Media};
use crate::change::RepoPath;

/// Pointers are short; nothing longer is read as one.
const POINTER: usize = 1024;

/// What is known of a side's content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// How many lines it has; none where they were not counted.
    pub lines: Option<u32>,
    /// How they end.
    pub endings: Endings,
    /// What kind of file it is, where it is no text.
    pub media: Option<Media>,
    /// The content that stands elsewhere, where this is a pointer to it.
    pub pointer: Option<Pointer>,
    /// The file whose content this new one copies to the byte.
    pub copied_from: Option<RepoPath>,
    /// Where a symbolic link leads; raw bytes.
    pub leads_to: Option<Vec<u8>>,
}

/// How the lines of a text end. A last line without any end counts for neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Endings {
    /// Lines that end with a line feed alone.
    pub lf: u32,
    /// Lines that end with a carriage return and a line feed.
    pub crlf: u32,
}

/// What a Git LFS pointer says of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    /// The content's SHA-256 in hex, as the pointer names it.
    pub sha256: String,
    /// Bytes of the content.
    pub size: u64,
}

impl Endings {
    /// In a word: `LF`, `CRLF`, `mixed line endings`; none where no line ends.
    pub const fn as_str(self) -> Option<&'static str> {
        match (self.lf, self.crlf) {
            (0, 0) => None,
            (_, 0) => Some("LF"),
            (0, _) => Some("CRLF"),
            _ => Some("mixed line endings"),
        }
    }
}

impl Facts {
    /// The facts of a text or of anything else, by its bytes.
    pub fn of(bytes: &[u8], is_text: bool) -> Self {
        if !is_text {
            return Self {
                media: media::of(bytes),
                ..Self::default()
            };
        }
        let breaks = bytes.iter().filter(|byte| **byte == b'\n').count();
        let crlf = bytes.windows(2).filter(|pair| *pair == b"\r\n").count();
        let rest = !bytes.is_empty() && bytes.last() != Some(&b'\n');
        Self {
            lines: Some(small(breaks + usize::from(rest))),
            endings: Endings {
                lf: small(breaks - crlf),
                crlf: small(crlf),
            },
            pointer: pointer(bytes),
            ..Self::default()
        }
    }
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What a Git LFS pointer names, by the form that git-lfs writes.
fn pointer(bytes: &[u8]) -> Option<Pointer> {
    let text = std::str::from_utf8(bytes.get(..POINTER).unwrap_or(bytes)).ok()?;
    let rest = text.strip_prefix("version https://git-lfs.github.com/spec/")?;
    let field = |name: &str| rest.lines().find_map(|line| line.strip_prefix(name));
    let sha256 = field("oid sha256:")?;
    let is_hex = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
    let size = field("size ")?.parse().ok()?;
    is_hex.then(|| Pointer {
        sha256: sha256.to_owned(),
        size,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_their_ends_are_counted() {
        let of = |text: &str| {
            let facts = Facts::of(text.as_bytes(), true);
            (facts.lines, facts.endings.as_str())
        };
        assert_eq!(of(""), (Some(0), None));
        assert_eq!(of("a"), (Some(1), None));
        assert_eq!(of("a\nb"), (Some(2), Some("LF")));
        assert_eq!(of("a\r\nb\r\n"), (Some(2), Some("CRLF")));
        assert_eq!(of("a\r\nb\nc\rd\n"), (Some(3), Some("mixed line endings")));
    }

    #[test]
    fn a_pointer_names_its_content_and_what_only_looks_like_one_does_not() {
        let hash = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
        let good =
            format!("version https://git-lfs.github.com/spec/v1\noid sha256:{hash}\nsize 12345\n");
        let found = Facts::of(good.as_bytes(), true).pointer;
        let wanted = Pointer {
            sha256: hash.to_owned(),
            size: 12345,
        };
        assert_eq!(found, Some(wanted));
        for bad in [
            good.replace("12345", "many"),
            good.replace("4d7a", "4d7g"),
            good.replace("oid", "old"),
            good.replace("version", "Version"),
        ] {
            assert_eq!(Facts::of(bad.as_bytes(), true).pointer, None, "{bad}");
        }
    }
}
