//! One AI tool of `markers.toml`, and what of a commit is its own: an address, a trailer, a line.

use serde::Deserialize;

use super::Trailer;

/// What a tool leaves in the commits it makes. `markers.toml` says what each list holds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Tool {
    pub(super) tool: String,
    pub(super) emails: Vec<String>,
    pub(super) patterns: Vec<String>,
    pub(super) ids: Vec<u64>,
    pub(super) logins: Vec<String>,
    pub(super) suffixes: Vec<String>,
    pub(super) trailers: Vec<String>,
    pub(super) lines: Vec<String>,
    pub(super) phrases: Vec<String>,
    pub(super) names: Vec<String>,
}

impl Tool {
    pub(super) fn has_address(&self, email: &str) -> bool {
        if self
            .emails
            .iter()
            .any(|own| own.eq_ignore_ascii_case(email))
            || self.patterns.iter().any(|own| is_like(email, own))
        {
            return true;
        }
        let Some(local) = strip_suffix_ignoring_case(email, "@users.noreply.github.com") else {
            return false;
        };
        let (id, login) = match local.split_once('+') {
            Some((id, login)) => (id.parse::<u64>().ok(), login),
            None => (None, local),
        };
        id.is_some_and(|id| self.ids.contains(&id))
            || self
                .logins
                .iter()
                .any(|own| own.eq_ignore_ascii_case(login))
    }

    pub(super) fn has_trailer(&self, trailer: &Trailer<'_>) -> bool {
        if trailer.is_co_author() {
            return trailer
                .address()
                .is_some_and(|email| self.has_address(email));
        }
        self.trailers.iter().any(|own| match own.split_once(':') {
            Some((key, value)) => {
                trailer.is(key) && trailer.value.eq_ignore_ascii_case(value.trim())
            }
            None => match own.strip_suffix('*') {
                Some(prefix) => {
                    let start = trailer.key.get(..prefix.len());
                    start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
                }
                None => trailer.is(own),
            },
        })
    }

    /// Whether a line is one that the tool writes. The emoji before it is anybody's taste; words
    /// after it make it prose.
    pub(super) fn has_line(&self, line: &str) -> bool {
        let text = line.trim_start_matches(|c: char| c == ' ' || !c.is_ascii());
        self.lines.iter().any(|own| {
            text.strip_prefix(own.as_str())
                .is_some_and(|rest| !rest.trim_start().starts_with(char::is_alphanumeric))
        }) || self.phrases.iter().any(|own| line.contains(own))
    }
}

/// Whether an address is like `head*tail`, in any ASCII case.
fn is_like(email: &str, pattern: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return false;
    };
    strip_suffix_ignoring_case(email, tail).is_some_and(|rest| {
        let start = rest.get(..head.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(head))
    })
}

fn strip_suffix_ignoring_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(suffix.len())?;
    let (head, tail) = (text.get(..at)?, text.get(at..)?);
    tail.eq_ignore_ascii_case(suffix).then_some(head)
}
