//! Lines that are typed, read by a thread of their own and only when one is asked for: while a
//! command is carried out the terminal belongs to whatever program that starts.

use std::io::BufRead as _;
use std::sync::mpsc::{Sender, channel};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A line is no longer than this, in bytes.
const LONGEST: u64 = 64 << 10;

/// The lines of standard input.
pub(super) struct Lines {
    ask: Sender<()>,
    typed: UnboundedReceiver<Option<String>>,
}

impl Lines {
    /// Starts the thread. It reads nothing yet.
    pub(super) fn start() -> Self {
        let (ask, asked) = channel();
        let (sender, typed) = unbounded_channel();
        std::thread::spawn(move || {
            while let Ok(()) = asked.recv() {
                let mut bytes = Vec::new();
                let mut input = std::io::Read::take(std::io::stdin().lock(), LONGEST);
                let read = input.read_until(b'\n', &mut bytes);
                let line = match read {
                    Ok(1..) => Some(String::from_utf8_lossy(&bytes).into_owned()),
                    _ => None,
                };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { ask, typed }
    }

    /// Asks for one line.
    pub(super) fn ask(&self) {
        // Without the thread there is no line, which ends the dialogue.
        let _ = self.ask.send(());
    }

    /// That line; none at the end of the input.
    pub(super) async fn next(&mut self) -> Option<String> {
        self.typed.recv().await.flatten()
    }
}
