//! The values of filter terms: paths and ages.

use globset::{GlobBuilder, GlobMatcher};

use super::as_os_path;

/// A path pattern: a glob, or a plain path that also matches everything below it.
#[derive(Debug, Clone)]
pub(super) enum PathPattern {
    Under(String),
    Glob(GlobMatcher),
}

impl PathPattern {
    pub(super) fn parse(value: &str) -> Option<Self> {
        if value.is_empty() {
            return None;
        }
        if !value.contains(['*', '?']) {
            return Some(Self::Under(value.trim_end_matches('/').to_owned()));
        }
        let mut builder = GlobBuilder::new(value);
        builder.literal_separator(true);
        let glob = builder.build().ok()?;
        Some(Self::Glob(glob.compile_matcher()))
    }

    pub(super) fn matches(&self, path: &[u8]) -> bool {
        match self {
            Self::Under(own) => path
                .strip_prefix(own.as_bytes())
                .is_some_and(|rest| rest.is_empty() || rest[0] == b'/'),
            Self::Glob(glob) => glob.is_match(as_os_path(path)),
        }
    }
}

/// `30m`, `4h`, `3d`, `2w` or plain seconds.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let unit = match text.as_bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3600,
        b'd' => 86_400,
        b'w' => 604_800,
        _ => return text.parse().ok(),
    };
    text[..text.len() - 1]
        .parse::<i64>()
        .ok()?
        .checked_mul(unit)
}
