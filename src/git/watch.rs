//! Somebody who waits while git talks to a remote: is told how far it is, and can call it off.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Takes a line of git's progress, escaped.
pub type Say = Arc<dyn Fn(&str) + Send + Sync>;

/// Waits for what git does with remotes. The default hears nothing and never calls anything off.
#[derive(Clone, Default)]
pub struct Watch {
    say: Option<Say>,
    called_off: Arc<AtomicBool>,
    apart: bool,
}

impl Watch {
    /// Hears how far git is. git stays in the process group of the terminal, so that an interrupt
    /// from the keyboard reaches it.
    pub fn new(say: Say) -> Self {
        Self {
            say: Some(say),
            ..Self::default()
        }
    }

    /// The same for a program that takes the keys itself: git gets a process group of its own, all
    /// of which is ended when it is called off.
    pub fn apart(say: Option<Say>) -> Self {
        Self {
            say,
            apart: true,
            ..Self::default()
        }
    }

    /// Ends what git does now, and whatever it would do under this watch after that.
    pub fn call_off(&self) {
        self.called_off.store(true, Ordering::Release);
    }

    /// Whether it was called off.
    pub fn is_called_off(&self) -> bool {
        self.called_off.load(Ordering::Acquire)
    }

    pub(super) const fn is_apart(&self) -> bool {
        self.apart
    }

    pub(super) fn say(&self) -> Option<Say> {
        self.say.clone()
    }

    /// Whether git is to say how far it is.
    pub(super) const fn listens(&self) -> bool {
        self.say.is_some()
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("listens", &self.listens())
            .field("called_off", &self.called_off)
            .field("apart", &self.apart)
            .finish()
    }
}

/// Whether a line is progress and nothing that has to be kept: git's own, or the remote's.
pub(super) fn is_progress(line: &str) -> bool {
    const TITLES: [&str; 9] = [
        "Enumerating objects",
        "Counting objects",
        "Compressing objects",
        "Receiving objects",
        "Resolving deltas",
        "Writing objects",
        "Unpacking objects",
        "Checking connectivity",
        "Finding sources",
    ];
    let line = line.strip_prefix("remote: ").unwrap_or(line);
    let titled = line.split_once(':');
    titled.is_some_and(|(title, _)| TITLES.contains(&title))
        || (line.starts_with("Total ") && line.contains("(delta "))
        || line.starts_with("Delta compression using ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_from_what_git_has_to_say() {
        for line in [
            "remote: Counting objects:  50% (1/2)",
            "Receiving objects: 100% (2/2), done.",
            "remote: Total 5 (delta 1), reused 0 (delta 0), pack-reused 0",
            "Delta compression using up to 2 threads",
        ] {
            assert!(is_progress(line), "{line}");
        }
        for line in [
            "remote: error: hook declined",
            "fatal: Could not read from remote repository.",
            " ! [rejected] a -> b (non-fast-forward)",
            "remote: Total chaos",
        ] {
            assert!(!is_progress(line), "{line}");
        }
    }
}
