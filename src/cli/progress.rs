//! A line on stderr for what takes longer than a moment: what it is, how far git is, for how long. Only
//! on a terminal that can take it back, and never with `-q`.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::change::escape_ascii;
use crate::git::Watch;

/// What takes no longer is not worth a line.
const SLOW: Duration = Duration::from_millis(200);
/// How often the line is written anew.
const PACE: Duration = Duration::from_millis(250);
/// A line that is longer would wrap and could not be taken back.
const COLUMNS: usize = 78;

/// What is told of progress, and whether it is shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Teller {
    is_on: bool,
    said: Arc<Mutex<String>>,
}

impl Teller {
    /// One for this process's stderr.
    pub(super) fn new(quiet: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty());
        Self {
            is_on: !quiet && !dumb && io::stderr().is_terminal(),
            said: Arc::default(),
        }
    }

    /// Who waits for git.
    pub(super) fn watch(&self) -> Watch {
        if !self.is_on {
            return Watch::default();
        }
        let said = Arc::clone(&self.said);
        Watch::new(Arc::new(move |text: &str| {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            text.clone_into(&mut said);
        }))
    }

    /// How far it is, behind what is done.
    pub(super) fn say(&self, text: &str) {
        if self.is_on {
            let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
            text.clone_into(&mut said);
        }
    }

    /// Says what is done until the answer is dropped.
    pub(super) fn begin(&self, what: &str) -> Progress {
        let (stop, stopped) = channel();
        if !self.is_on {
            return Progress::default();
        }
        let said = Arc::clone(&self.said);
        said.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let what = what.to_owned();
        let began = Instant::now();
        let thread = std::thread::spawn(move || {
            let mut pause = SLOW;
            let mut shown = false;
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(pause) {
                let said = said.lock().unwrap_or_else(PoisonError::into_inner).clone();
                line(&text(&what, &said, began.elapsed().as_secs()));
                shown = true;
                pause = PACE;
            }
            if shown {
                line("");
            }
        });
        Progress {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

/// Something that takes its time; the line goes when it ends.
#[derive(Debug, Default)]
pub(super) struct Progress {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // What it would have said is of no use any more.
            let _ = thread.join();
        }
    }
}

fn text(what: &str, said: &str, seconds: u64) -> String {
    let mut text = escape_ascii(what).into_owned();
    if !said.is_empty() {
        text.push_str(": ");
        text.push_str(&escape_ascii(said));
    }
    text.truncate(text.len().min(COLUMNS - 8));
    if seconds > 0 {
        text.push_str(&format!(", {seconds} s"));
    }
    text
}

/// Writes the line over the one before.
fn line(text: &str) {
    // stderr gone: nobody left to tell.
    let _ = write!(io::stderr(), "\r{text}\x1b[K");
    if text.is_empty() {
        let _ = write!(io::stderr(), "\r");
    }
    let _ = io::stderr().flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fits_and_steers_nothing() {
        let said = format!("Receiving objects: 3%\x1b[2J{}", "x".repeat(300));
        let text = text("fetching from origin", &said, 12);
        assert!(text.starts_with("fetching from origin: Receiving objects: 3%"));
        assert!(text.ends_with(", 12 s") && text.len() <= COLUMNS);
        assert!(!text.contains('\x1b'));
    }

    #[test]
    fn without_a_terminal_nothing_is_said() {
        let teller = Teller::default();
        assert!(teller.begin("fetching").thread.is_none());
    }
}
