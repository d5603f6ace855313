//! Keys, resizes and the mouse, read by a thread of their own.
//!
//! The thread blocks in the terminal library and hands on whatever comes, so that an idle screen
//! costs nothing and everything that has arrived can be taken at once. The library's own stream
//! is not used: its poller is edge-triggered and forgets a key that arrives together with a resize.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossterm::event::{self, Event};
use rustix::process::{Signal, getpid, kill_process};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::oneshot::{self, error::TryRecvError};

/// How long stopping waits between two attempts to wake the thread.
const PATIENCE: Duration = Duration::from_millis(5);
/// How many attempts there are. The thread cannot be woken in the middle of an escape sequence
/// that never ends; leaving it there costs a key.
const ATTEMPTS: usize = 40;

/// The events of the terminal, from [`Events::start`] until it is dropped.
pub(super) struct Events {
    arrived: UnboundedReceiver<io::Result<Event>>,
    stop: Arc<AtomicBool>,
    stopped: oneshot::Receiver<()>,
}

impl Events {
    /// Begins to read.
    pub(super) fn start() -> Self {
        // Makes the library listen for resizes before anyone asks for the size; the error, if
        // any, is what the thread will meet too.
        let _ = event::poll(Duration::ZERO);
        let (sender, arrived) = unbounded_channel();
        let (ended, stopped) = oneshot::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stops = Arc::clone(&stop);
        thread::spawn(move || {
            while !stops.load(Ordering::Acquire) {
                let event = event::read();
                let over = event.is_err();
                if sender.send(event).is_err() || over {
                    break;
                }
            }
            let _ = ended.send(());
        });
        Self {
            arrived,
            stop,
            stopped,
        }
    }

    /// The next event; none when the terminal is gone.
    pub(super) async fn next(&mut self) -> Option<Event> {
        self.arrived.recv().await?.ok()
    }

    /// What has arrived already; none where nothing has. That the terminal is gone is for
    /// [`Events::next`] to say.
    pub(super) fn waiting(&mut self) -> Option<Event> {
        self.arrived.try_recv().ok()?.ok()
    }
}

impl Drop for Events {
    /// Nothing is read from the terminal any more once this is done: an editor may have it.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        for _ in 0..ATTEMPTS {
            // The one event that a program can cause itself.
            let _ = kill_process(getpid(), Signal::WINCH);
            thread::sleep(PATIENCE);
            if self.stopped.try_recv() != Err(TryRecvError::Empty) {
                break;
            }
        }
    }
}
