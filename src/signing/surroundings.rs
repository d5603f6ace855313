//! Where key files and programs are looked for, given as values so that tests and several
//! repositories in one process do not share one environment.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The directory, home and environment that signing happens in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// What relative paths in the configuration start from: the top of the work tree.
    pub base: PathBuf,
    /// What `~/` stands for.
    pub home: Option<PathBuf>,
    /// Changes to this process's environment for the programs started: set, or (none) removed.
    pub environment: Vec<(OsString, Option<OsString>)>,
}

impl Surroundings {
    /// This process's own home and environment, unchanged.
    pub fn of_process(base: impl Into<PathBuf>) -> Self {
        Self {
            base: base.into(),
            home: std::env::var_os("HOME").map(PathBuf::from),
            environment: Vec::new(),
        }
    }

    /// The same with one variable set for the programs started.
    #[must_use]
    pub fn with(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), Some(value.into())));
        self
    }

    /// The same with one variable removed for the programs started.
    #[must_use]
    pub fn without(mut self, name: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), None));
        self
    }

    /// A path as git's configuration writes it: `~/` is the home, what is relative starts from
    /// `base`.
    pub fn expand(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.base.join(path),
        }
    }

    /// The file of a program: a path as it is, a bare name looked for in `PATH`.
    pub(super) fn program(&self, name: &str) -> Option<PathBuf> {
        if name.contains('/') {
            return Some(self.expand(name)).filter(|path| path.is_file());
        }
        let path = self.variable("PATH")?;
        std::env::split_paths(&path)
            .filter(|dir| dir.is_absolute())
            .map(|dir| dir.join(name))
            .find(|file| file.is_file())
    }

    /// A command that starts in `base` with this environment.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        if self.base != Path::new("") {
            command.current_dir(&self.base);
        }
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        let changed = self
            .environment
            .iter()
            .rev()
            .find(|(known, _)| known == name);
        match changed {
            Some((_, value)) => value.clone(),
            None => std::env::var_os(name),
        }
    }
}

/// Words of a command line, split as git splits `gpg.ssh.defaultKeyCommand`: at white space, with
/// single quotes, double quotes and backslashes. None where a quote or backslash has no end.
pub(super) fn split_words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, c) if c.is_ascii_whitespace() => words.extend(word.take()),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if open == c => quote = None,
            (None | Some('"'), '\\') => word.get_or_insert_default().push(chars.next()?),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn command_lines_split_as_in_git() {
        let words = |line| split_words(line).unwrap_or_default();
        assert_eq!(words("ssh-add -L"), ["ssh-add", "-L"]);
        assert_eq!(
            words("  a 'b c' \"d \\\" e\" f\\ g ''"),
            ["a", "b c", "d \" e", "f g", ""]
        );
        assert_eq!(words("a'b'\"c\"d"), ["abcd"]);
        assert_eq!(split_words("a 'b"), None);
        assert_eq!(split_words("a \\"), None);
        assert!(words("").is_empty());
    }

    #[test]
    fn paths_start_from_home_or_base() {
        let at = Surroundings {
            base: "/w".into(),
            home: Some("/h".into()),
            environment: Vec::new(),
        };
        assert_eq!(at.expand("~/k"), Path::new("/h/k"));
        assert_eq!(at.expand("k"), Path::new("/w/k"));
        assert_eq!(at.expand("/k"), Path::new("/k"));
        assert_eq!(at.expand("~other/k"), Path::new("/w/~other/k"));
    }

    #[test]
    fn programs_are_found_in_the_given_path_only() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("tool"), "").unwrap();
        let at = Surroundings::of_process("/").with("PATH", dir.path());
        assert_eq!(at.program("tool"), Some(dir.path().join("tool")));
        assert_eq!(at.program("sh"), None);
        assert_eq!(at.clone().without("PATH").program("tool"), None);
        assert_eq!(at.program("/nowhere/tool"), None);
    }
}
