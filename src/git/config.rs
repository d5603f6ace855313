//! Git configuration, by git's own rules (system, global, `includeIf`, `-c`, worktree).

use std::collections::HashMap;
use std::time::Duration;

use super::child::{self, Unfinished};
use super::watch::Watch;
use super::{GitError, Result, Store};
use crate::change::readable;

/// All settings that hold in one repository: name to values, in git's order of precedence.
#[derive(Debug, Default)]
pub(super) struct Settings(HashMap<String, Vec<String>>);

impl Store {
    /// The value of a setting, such as `user.signingKey`; the last one where there are several.
    ///
    /// # Errors
    /// Where git cannot be run or cannot read its configuration.
    pub fn config_string(&self, key: &str) -> Result<Option<String>> {
        Ok(self.config_strings(key)?.pop())
    }

    /// All values of a setting, in git's order.
    ///
    /// # Errors
    /// As [`Store::config_string`].
    pub fn config_strings(&self, key: &str) -> Result<Vec<String>> {
        Ok(self
            .settings()?
            .0
            .get(&normal(key))
            .cloned()
            .unwrap_or_default())
    }

    /// The setting as git reads a boolean: `true yes on 1` and a bare name are true, `false no
    /// off 0` and an empty value false, anything else counts as not set.
    ///
    /// # Errors
    /// As [`Store::config_string`].
    pub fn config_bool(&self, key: &str) -> Result<Option<bool>> {
        Ok(self
            .config_string(key)?
            .and_then(|value| match value.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" => Some(true),
                "false" | "no" | "off" | "0" | "" => Some(false),
                _ => None,
            }))
    }

    /// The settings below a section, such as `countersign` or `url`: full names and values.
    ///
    /// # Errors
    /// As [`Store::config_string`].
    pub fn config_section(&self, section: &str) -> Result<Vec<(String, String)>> {
        let prefix = format!("{}.", section.to_ascii_lowercase());
        let mut found: Vec<_> = self
            .settings()?
            .0
            .iter()
            .filter(|(name, _)| name.starts_with(&prefix))
            .flat_map(|(name, values)| values.iter().map(|v| (name.clone(), v.clone())))
            .collect();
        found.sort();
        Ok(found)
    }

    /// Writes a setting of this repository alone, in the place of all it had.
    ///
    /// # Errors
    /// Where git cannot be run or its config file cannot be written.
    pub fn set_config(&mut self, key: &str, value: &str) -> Result<()> {
        self.git_config(&["--local", "--replace-all", key, value])?;
        self.settings.take();
        Ok(())
    }

    /// Adds a value to a setting of this repository that may have several, unless it has it, from
    /// wherever. Answers whether it was added.
    ///
    /// # Errors
    /// As [`Store::set_config`].
    pub fn add_config(&mut self, key: &str, value: &str) -> Result<bool> {
        if self.config_strings(key)?.iter().any(|had| had == value) {
            return Ok(false);
        }
        self.git_config(&["--local", "--add", key, value])?;
        self.settings.take();
        Ok(true)
    }

    /// Whether any remote is configured.
    ///
    /// # Errors
    /// As [`Store::config_string`].
    pub fn has_remotes(&self) -> Result<bool> {
        Ok(!self.remotes()?.is_empty())
    }

    /// The names of the configured remotes, sorted.
    ///
    /// # Errors
    /// As [`Store::config_string`].
    pub fn remotes(&self) -> Result<Vec<String>> {
        let mut names: Vec<String> = self
            .config_section("remote")?
            .into_iter()
            .filter_map(|(key, _)| {
                let rest = key.strip_prefix("remote.")?;
                Some(rest.strip_suffix(".url")?.to_owned())
            })
            .collect();
        names.dedup();
        Ok(names)
    }

    /// The URL that fetching from a remote uses, after `insteadOf`.
    ///
    /// # Errors
    /// As [`Store::config_string`].
    pub fn remote_url(&self, name: &str) -> Result<Option<String>> {
        let Some(url) = self
            .config_strings(&format!("remote.{name}.url"))?
            .into_iter()
            .next()
        else {
            return Ok(None);
        };
        self.instead_of(&url).map(Some)
    }

    /// What `url.<base>.insteadOf` makes of a URL: the longest match wins.
    pub(super) fn instead_of(&self, url: &str) -> Result<String> {
        let best = self
            .config_section("url")?
            .into_iter()
            .filter_map(|(key, prefix)| {
                let base = key.strip_prefix("url.")?.strip_suffix(".insteadof")?;
                url.starts_with(&prefix)
                    .then(|| (prefix.len(), base.to_owned()))
            })
            .max_by_key(|(length, _)| *length);
        Ok(match best {
            Some((length, base)) => format!("{base}{}", &url[length..]),
            None => url.to_owned(),
        })
    }

    /// The repository's own settings on how a remote is reached: credentials, headers, proxies, the ssh
    /// program, other spellings of URLs. What the user has for all repositories is not among them.
    ///
    /// # Errors
    /// As [`Store::config_string`].
    pub fn transport_settings(&self) -> Result<Vec<(String, String)>> {
        const SECTIONS: [&str; 4] = ["http.", "credential.", "ssh.", "url."];
        const NAMES: [&str; 2] = ["core.sshcommand", "core.gitproxy"];
        let listing = self.git_config(&["--list", "-z", "--includes", "--local"])?;
        let own = Settings::parse(&listing).0;
        let ways = own.into_iter().filter(|(name, _)| {
            SECTIONS.iter().any(|section| name.starts_with(section))
                || NAMES.contains(&name.as_str())
        });
        Ok(ways
            .flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)))
            .collect())
    }

    /// Whether objects are missing here on purpose, to be fetched when git needs them.
    ///
    /// # Errors
    /// As [`Store::config_string`].
    pub fn is_partial(&self) -> Result<bool> {
        let promised = |(name, _): &(String, String)| {
            name.starts_with("remote.")
                && (name.ends_with(".promisor") || name.ends_with(".partialclonefilter"))
        };
        let named = self.config_string("extensions.partialClone")?.is_some();
        Ok(named || self.config_section("remote")?.iter().any(promised))
    }

    fn settings(&self) -> Result<&Settings> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let settings = self.read_settings()?;
        Ok(self.settings.get_or_init(|| settings))
    }

    fn read_settings(&self) -> Result<Settings> {
        let listing = self.git_config(&["--list", "-z", "--includes"])?;
        Ok(Settings::parse(&listing))
    }

    /// What `git config` prints. Only git knows all of git's rules for its configuration.
    fn git_config(&self, args: &[&str]) -> Result<Vec<u8>> {
        let failed = |why: String| GitError::Other {
            what: "use the git configuration".to_owned(),
            why,
        };
        let cwd = self.workdir().unwrap_or_else(|| self.git_dir());
        let mut git = child::configuration(self.git_dir(), cwd);
        git.arg("config").args(args);
        let finished = child::run(&mut git, Duration::from_secs(20), &Watch::default()).map_err(
            |e| match e {
                Unfinished::NotStarted(error) => GitError::NoGit(error),
                Unfinished::TimedOut | Unfinished::CalledOff => {
                    failed("git config did not finish".to_owned())
                }
            },
        )?;
        if finished.status.success() {
            Ok(finished.stdout)
        } else {
            Err(failed(readable(&finished.stderr).trim().to_owned()))
        }
    }
}

impl Settings {
    /// Reads `name LF value NUL` records; a name without a value is a boolean that is set.
    fn parse(bytes: &[u8]) -> Self {
        let mut settings: HashMap<String, Vec<String>> = HashMap::new();
        for record in bytes.split(|b| *b == 0).filter(|r| !r.is_empty()) {
            let record = readable(record);
            let (name, value) = record.split_once('\n').unwrap_or((&record, "true"));
            settings
                .entry(name.to_owned())
                .or_default()
                .push(value.to_owned());
        }
        Self(settings)
    }
}

/// Section and variable in lower case, the subsection between them as it is: git's own form.
fn normal(key: &str) -> String {
    let Some((section, rest)) = key.split_once('.') else {
        return key.to_ascii_lowercase();
    };
    match rest.rsplit_once('.') {
        Some((subsection, name)) => format!(
            "{}.{subsection}.{}",
            section.to_ascii_lowercase(),
            name.to_ascii_lowercase()
        ),
        None => format!(
            "{}.{}",
            section.to_ascii_lowercase(),
            rest.to_ascii_lowercase()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_git_does() {
        assert_eq!(normal("User.SigningKey"), "user.signingkey");
        assert_eq!(normal("Remote.Ori.Gin.URL"), "remote.Ori.Gin.url");
    }

    #[test]
    fn the_listing_is_read_with_bare_names_and_line_breaks() {
        let settings = Settings::parse(b"a.b\nc\0core.bare\0a.b\nd\ne\0");
        assert_eq!(settings.0["a.b"], ["c", "d\ne"]);
        assert_eq!(settings.0["core.bare"], ["true"]);
    }
}
