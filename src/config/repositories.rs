//! The other clones whose queues are listed with this one's.

use toml::Spanned;
use toml::de::DeValue;

use super::{BadConfig, bad};

/// Clones that are listed at once.
const MOST: usize = 64;

/// Reads `repositories`: paths from the root, or from `~/`.
pub(super) fn read(text: &str, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, BadConfig> {
    let form = "repositories: expected a list of paths, such as [\"~/src/shop\"]";
    let DeValue::Array(all) = value.get_ref() else {
        return Err(bad(text, value.span().start, form));
    };
    if let Some(one) = all.get(MOST) {
        let why = format!("repositories: at most {MOST}");
        return Err(bad(text, one.span().start, &why));
    }
    let mut paths = Vec::with_capacity(all.len());
    for one in all {
        let at = one.span().start;
        let DeValue::String(path) = one.get_ref() else {
            return Err(bad(text, at, form));
        };
        if !path.starts_with('/') && !path.starts_with("~/") {
            let why = format!("repositories: {path:?}: expected a path that begins with / or ~/");
            return Err(bad(text, at, &why));
        }
        paths.push(path.to_string());
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::Config;

    #[test]
    fn paths_are_from_the_root_or_from_home_and_a_wrong_one_is_named_with_its_place() {
        let (config, _) = Config::read("repositories = [\"~/a\", \"/b\"]").unwrap();
        assert_eq!(config.repositories, ["~/a", "/b"]);
        for (text, place) in [
            (
                "repositories = \"~/a\"",
                "config.toml:1:16: repositories: expected a list",
            ),
            (
                "repositories = [\"~/a\", 3]",
                "config.toml:1:24: repositories: expected a list",
            ),
            (
                "repositories = [\"a\"]",
                "config.toml:1:17: repositories: \"a\": expected a path",
            ),
        ] {
            let error = Config::read(text).unwrap_err().to_string();
            assert!(error.starts_with(place), "{error}");
        }
    }
}
