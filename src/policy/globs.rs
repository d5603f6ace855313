//! The policy's globs: bytes, anchored, `*` and `?` inside a component, `**` whole components.
//!
//! Matching works component by component and backtracks to the last `**` or `*` only, so its cost
//! is bounded by the product of both lengths; there is no regular expression and nothing to
//! compile. Nothing but `*`, `?` and `**` is special: brackets, braces and backslashes are names.

use std::fmt;

use crate::change::RepoPath;

/// Longest glob, in bytes.
const MAX_BYTES: usize = 256;

/// A glob over paths or ref names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glob {
    text: String,
}

/// Why a text is no glob.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
pub enum BadGlob {
    /// Nothing in it.
    #[error("an empty glob")]
    Empty,
    /// Over 256 bytes.
    #[error("a glob of more than 256 bytes")]
    TooLong,
    /// A slash at either end, or two in a row.
    #[error("an empty component: globs are anchored at the root, without a slash at either end")]
    EmptyComponent,
    /// `a**`, `***`.
    #[error("`**` stands for whole components: write `a/**` or `**/*.tf`")]
    PartialDoubleStar,
    /// `.` or `..`, or a NUL, which no path of git has.
    #[error("a component that no path in git has")]
    Impossible,
}

impl Glob {
    /// Reads a glob.
    pub fn new(text: &str) -> Result<Self, BadGlob> {
        if text.is_empty() {
            return Err(BadGlob::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(BadGlob::TooLong);
        }
        for component in text.split('/') {
            match component {
                "" => return Err(BadGlob::EmptyComponent),
                "." | ".." => return Err(BadGlob::Impossible),
                _ if component.contains('\0') => return Err(BadGlob::Impossible),
                "**" => {}
                _ if component.contains("**") => return Err(BadGlob::PartialDoubleStar),
                _ => {}
            }
        }
        Ok(Self {
            text: text.to_owned(),
        })
    }

    /// The glob as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it stands for exactly one path.
    pub fn is_literal(&self) -> bool {
        !self.text.contains(['*', '?'])
    }

    /// Whether every path matches.
    pub fn is_everything(&self) -> bool {
        self.text.split('/').all(|component| component == "**")
    }

    /// Whether the path matches.
    pub fn matches_path(&self, path: &RepoPath) -> bool {
        self.matches(path.as_bytes())
    }

    /// Whether these bytes, with `/` between components, match.
    pub fn matches(&self, path: &[u8]) -> bool {
        let pattern: Vec<&[u8]> = self.text.as_bytes().split(|b| *b == b'/').collect();
        let names: Vec<&[u8]> = path.split(|b| *b == b'/').collect();
        wildcard(
            &pattern,
            &names,
            |part| *part == b"**",
            |part, name| {
                wildcard(
                    part,
                    name,
                    |byte| *byte == b'*',
                    |want, got| *want == b'?' || want == got,
                )
            },
        )
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether `items` match `pattern`, in which elements that are `any` stand for zero or more items
/// and every other element for one that is `same`. Going back to the last `any` alone is enough:
/// an earlier one could only give away items that the last one can take as well.
fn wildcard<P, T>(
    pattern: &[P],
    items: &[T],
    any: impl Fn(&P) -> bool,
    same: impl Fn(&P, &T) -> bool,
) -> bool {
    let (mut at, mut item) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while item < items.len() {
        match pattern.get(at) {
            Some(part) if any(part) => {
                back = Some((at, item));
                at += 1;
            }
            Some(part) if same(part, &items[item]) => {
                at += 1;
                item += 1;
            }
            _ => {
                let Some((star, taken)) = back else {
                    return false;
                };
                back = Some((star, taken + 1));
                at = star + 1;
                item = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(any)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn hit(glob: &str, path: &str) -> bool {
        Glob::new(glob).unwrap().matches(path.as_bytes())
    }

    #[test]
    fn stars_stay_inside_a_component_and_double_stars_take_whole_ones() {
        for (glob, path) in [
            ("**", "a/b/c"),
            ("infra/**", "infra/a/b"),
            ("infra/**", "infra"),
            ("**/*.tf", "main.tf"),
            ("**/*.tf", "a/b/main.tf"),
            ("a/**/b", "a/b"),
            ("a/**/b", "a/x/y/b"),
            ("**/nginx*.conf", "etc/nginx-lb.conf"),
            ("a?c", "abc"),
            ("[ab]", "[ab]"),
            ("{a,b}\\*", "{a,b}\\x"),
            ("**/x/**/y", "x/x/q/y"),
        ] {
            assert!(hit(glob, path), "{glob} {path}");
        }
        for (glob, path) in [
            ("infra/**", "x/infra/a"),
            ("infra/**", "infrastructure"),
            ("*.tf", "a/main.tf"),
            ("*", "a/b"),
            ("a?c", "a/c"),
            ("a?c", "ac"),
            ("A", "a"),
            ("[ab]", "a"),
            ("{a,b}", "a"),
            ("a/**/b", "ab"),
        ] {
            assert!(!hit(glob, path), "{glob} {path}");
        }
        assert!(Glob::new("?").unwrap().matches(b"\xff"));
        assert!(!Glob::new("?").unwrap().matches("ü".as_bytes()), "bytes");
    }

    #[test]
    fn what_is_no_glob_says_why() {
        for (text, why) in [
            ("", BadGlob::Empty),
            ("/a", BadGlob::EmptyComponent),
            ("a/", BadGlob::EmptyComponent),
            ("a//b", BadGlob::EmptyComponent),
            ("a**", BadGlob::PartialDoubleStar),
            ("***", BadGlob::PartialDoubleStar),
            ("../a", BadGlob::Impossible),
            (&"x".repeat(257), BadGlob::TooLong),
        ] {
            assert_eq!(Glob::new(text), Err(why), "{text}");
        }
        assert!(Glob::new(&"x".repeat(256)).is_ok());
    }

    /// The same glob for the `globset` crate: an independent reader of the same rules.
    fn oracle(glob: &str) -> globset::GlobMatcher {
        let mut escaped = String::new();
        for c in glob.chars() {
            match c {
                '*' | '?' | '/' => escaped.push(c),
                _ => escaped.push_str(&globset::escape(&c.to_string())),
            }
        }
        globset::GlobBuilder::new(&escaped)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .unwrap()
            .compile_matcher()
    }

    proptest! {
        #[test]
        fn agrees_with_globset_where_both_define_the_answer(
            parts in prop::collection::vec(prop_oneof![Just("**".to_owned()), "[ab]{0,1}[*?]?[ab.\\[{]{1,2}\\*?"], 1..5),
            path in "[ab.\\[{]{1,3}(/[ab.\\[{]{1,3}){0,4}",
        ) {
            let glob = parts.join("/");
            let Ok(ours) = Glob::new(&glob) else { return Ok(()) };
            // globset reads a final `/**` as one or more components; ours is zero or more.
            let bare = glob.strip_suffix("/**").is_some_and(|stem| {
                Glob::new(stem).is_ok_and(|stem| stem.matches(path.as_bytes()))
            });
            let theirs = oracle(&glob).is_match_candidate(&globset::Candidate::from_bytes(path.as_bytes()));
            prop_assert_eq!(ours.matches(path.as_bytes()), theirs || bare, "{} {}", glob, path);
        }
    }
}
