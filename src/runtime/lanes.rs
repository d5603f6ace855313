//! Slow work, off the input thread: one lane for the store, one for the network, one for colours,
//! one for what is looked up while reading, and one that counts the history and assesses what is new.
//! Each lane does one thing at a time; what is not wanted any more is skipped.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use super::backend::{Backend, DecideError, Part};
use crate::app::session::Tone;
use crate::app::sheet::Draft;
use crate::app::{Effect, Message};
use crate::diff::context::Text;
use crate::ui::highlight;

/// What the threads' names start with.
const LANE: &str = "lane ";
/// Colours that take longer than this for one window stay away.
const COLOURING: Duration = Duration::from_millis(400);

/// What comes back from a lane.
#[derive(Debug)]
pub(super) enum Answer {
    /// For the state machine.
    Message(Box<Message>),
    /// Signing has to ask something on the terminal: the loop has to give it up first.
    NeedsTerminal(Box<Draft>),
}

/// The lanes.
pub(super) struct Lanes {
    store: Lane,
    network: Lane,
    colours: Lane,
    look_ups: Lane,
    newest: Arc<AtomicU64>,
}

struct Lane {
    work: Option<Sender<Effect>>,
    thread: Option<JoinHandle<()>>,
}

impl Lane {
    fn new(name: &str, work: impl FnOnce(Receiver<Effect>) + Send + 'static) -> Self {
        let (sender, receiver) = channel();
        let thread = std::thread::Builder::new().name(format!("{LANE}{name}"));
        Self {
            work: Some(sender),
            thread: thread.spawn(move || work(receiver)).ok(),
        }
    }

    fn send(&self, effect: Effect) {
        if let Some(work) = &self.work {
            // A lane that is gone cannot be helped; what it would have done does not happen.
            let _ = work.send(effect);
        }
    }
}

impl Lanes {
    /// Starts the lanes; what comes of their work goes to `results`.
    pub(super) fn start(backend: &Arc<dyn Backend>, results: &UnboundedSender<Answer>) -> Self {
        let newest = Arc::new(AtomicU64::new(0));
        let wire = |newest: &Arc<AtomicU64>| Wire {
            backend: Arc::clone(backend),
            results: results.clone(),
            newest: Arc::clone(newest),
            history: None,
        };
        let (mut store, network, colours) = (wire(&newest), wire(&newest), wire(&newest));
        let look_ups = wire(&newest);
        store.history = history(wire(&newest));
        Self {
            store: Lane::new("store", move |work| store.run(&work)),
            network: Lane::new("network", move |work| network.run(&work)),
            colours: Lane::new("colours", move |work| colours.run(&work)),
            look_ups: Lane::new("look-ups", move |work| look_ups.run(&work)),
            newest,
        }
    }

    /// Hands an effect to its lane; gives it back where it belongs to none.
    pub(super) fn perform(&self, effect: Effect) -> Option<Effect> {
        match &effect {
            Effect::Open(_, generation) => {
                self.newest.store(*generation, Ordering::Release);
                self.store.send(effect);
            }
            Effect::Load
            | Effect::Decide(_)
            | Effect::Undo(_)
            | Effect::Snooze(..)
            | Effect::KeepSeen(..)
            | Effect::ForgetSeen(..)
            | Effect::KeepDraft(..) => {
                self.store.send(effect);
            }
            Effect::Publish(_) | Effect::Fetch | Effect::Sync | Effect::Claim(..) => {
                self.network.send(effect);
            }
            Effect::Colour(..) => self.colours.send(effect),
            Effect::Text(..) => self.look_ups.send(effect),
            _ => return Some(effect),
        }
        None
    }

    /// Waits for what is under way, but not for ever: verdicts are on the disk already, and what a
    /// remote does not take now is pushed next time. The network only where something is pushed: a
    /// fetch that hangs keeps nobody here.
    pub(super) fn finish(mut self, patience: Duration, network: bool) {
        self.newest.store(u64::MAX, Ordering::Release);
        let until = Instant::now() + patience;
        let lanes = [(&mut self.store, true), (&mut self.network, network)];
        let threads: Vec<JoinHandle<()>> = lanes
            .into_iter()
            .filter_map(|(lane, waits)| {
                lane.work = None;
                lane.thread.take().filter(|_| waits)
            })
            .collect();
        while threads.iter().any(|thread| !thread.is_finished()) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// What is said instead of the answer to an effect that ended in a mistake of ours.
fn excuse(effect: &Effect) -> Box<dyn FnOnce(String) -> Message> {
    match effect {
        Effect::Load => Box::new(|why| Message::Loaded(Err(why))),
        Effect::Open(_, generation) => {
            let generation = *generation;
            Box::new(move |why| Message::Opened(generation, Err(why)))
        }
        Effect::Text(generation, file, _) => {
            let (generation, file) = (*generation, *file);
            Box::new(move |why| Message::Text(generation, file, Err(why)))
        }
        Effect::Decide(draft) => {
            let draft = draft.clone();
            Box::new(move |why| Message::Decided(draft, Err(why)))
        }
        Effect::Undo(digest) => {
            let digest = *digest;
            Box::new(move |why| Message::Undone(digest, Err(why)))
        }
        Effect::Publish(digests) => {
            let digests = digests.clone();
            Box::new(move |why| Message::Published(digests, Err(why)))
        }
        Effect::Fetch | Effect::Sync => Box::new(|why| Message::Synced(Err(why))),
        _ => Box::new(|why| Message::Said(Tone::Bad, why)),
    }
}

fn mistake(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("a mistake of this program: {}", text.unwrap_or_default())
}

/// Whether this thread is one of the lanes.
pub(super) fn is_lane() -> bool {
    let own = std::thread::current();
    own.name().is_some_and(|name| name.starts_with(LANE))
}

/// What a lane works with.
struct Wire {
    backend: Arc<dyn Backend>,
    results: UnboundedSender<Answer>,
    newest: Arc<AtomicU64>,
    /// What to tell that the queue was looked at.
    history: Option<Sender<()>>,
}

/// The thread that counts the history and assesses changes behind the screen, and shows the queue
/// anew each time it has done a part. It is nobody's to wait for: what it keeps it keeps whole, and what it does not it counts again.
fn history(wire: Wire) -> Option<Sender<()>> {
    let (sender, looked) = channel();
    let thread = std::thread::Builder::new().name(format!("{LANE}history"));
    let run = move || {
        while let Ok(()) = looked.recv() {
            while wire.go_on() {}
        }
    };
    thread.spawn(run).ok().map(|_| sender)
}

impl Wire {
    /// A part of what is done behind the screen; whether there may be more.
    fn go_on(&self) -> bool {
        // The screen is being left: what is not kept yet is made next time.
        if self.results.is_closed() {
            return false;
        }
        match catch_unwind(AssertUnwindSafe(|| self.backend.go_on())) {
            Ok(Ok(true)) => {
                self.say(Message::Loaded(self.backend.load()));
                return true;
            }
            Ok(Ok(false)) => {}
            Ok(Err(why)) => self.say(Message::Said(Tone::Warning, why)),
            Err(panic) => self.say(Message::Said(Tone::Bad, mistake(panic.as_ref()))),
        }
        false
    }

    fn run(&self, work: &Receiver<Effect>) {
        while let Ok(effect) = work.recv() {
            let instead = excuse(&effect);
            let done = catch_unwind(AssertUnwindSafe(|| self.perform(effect)));
            if let Err(panic) = done {
                self.say(instead(mistake(panic.as_ref())));
            }
        }
    }

    fn say(&self, message: Message) {
        self.tell(Answer::Message(Box::new(message)));
    }

    fn tell(&self, answer: Answer) {
        // The screen may be gone by now.
        let _ = self.results.send(answer);
    }

    fn perform(&self, effect: Effect) {
        match effect {
            Effect::Load => {
                self.say(Message::Snoozed(self.backend.snoozed()));
                self.say(Message::Loaded(self.backend.load()));
                if let Some(history) = &self.history {
                    // A thread that is gone counts nothing: the queue is shown without.
                    let _ = history.send(());
                }
            }
            Effect::Open(name, generation) => self.open(&name, generation),
            Effect::Decide(draft) => match self.backend.decide(&draft, false) {
                Ok(digest) => self.say(Message::Decided(draft, Ok(digest))),
                Err(DecideError::Refused(why)) => self.say(Message::Decided(draft, Err(why))),
                Err(DecideError::NeedsTerminal) => self.tell(Answer::NeedsTerminal(draft)),
            },
            Effect::Snooze(id, off) => self.say(Message::Snoozed(self.backend.snooze(&id, off))),
            Effect::Undo(digest) => {
                self.say(Message::Undone(digest, self.backend.undo(&digest)));
            }
            Effect::Publish(digests) => {
                let result = self.backend.publish(&digests);
                self.say(Message::Published(digests, result));
            }
            Effect::Fetch => self.say(Message::Synced(self.backend.fetch())),
            Effect::Sync => self.say(Message::Synced(self.backend.sync())),
            Effect::Claim(id, on) => {
                let (tone, text) = match self.backend.claim(&id, on) {
                    Ok(text) => (Tone::Good, text),
                    Err(text) => (Tone::Warning, text),
                };
                self.say(Message::Said(tone, text));
                self.say(Message::Loaded(self.backend.load()));
            }
            Effect::KeepSeen(name, seen) => self.backend.keep_seen(&name, &seen),
            Effect::ForgetSeen(name, seen) => self.backend.forget_seen(&name, &seen),
            Effect::KeepDraft(name, head, kept) => {
                self.backend.keep_draft(&name, head, kept.as_ref());
            }
            Effect::Text(generation, file, blob) if self.is_wanted(generation) => {
                let text = self.backend.text(blob);
                let text = text.map(|bytes| Arc::new(Text::new(bytes)));
                self.say(Message::Text(generation, file, text));
            }
            Effect::Colour(generation, jobs) => {
                let until = Instant::now() + COLOURING;
                let go_on = || Instant::now() < until && self.is_wanted(generation);
                let lines = highlight::classes(&jobs, go_on);
                self.say(Message::Coloured(generation, lines));
            }
            _ => {}
        }
    }

    fn is_wanted(&self, generation: u64) -> bool {
        self.newest.load(Ordering::Acquire) == generation
    }

    fn open(&self, name: &crate::change::QueueRef, generation: u64) {
        if !self.is_wanted(generation) {
            return;
        }
        let mut opened = false;
        let mut send = |part: Part| {
            match part {
                Part::First(change) => {
                    opened = true;
                    self.say(Message::Opened(generation, Ok(change)));
                }
                Part::More(files, last) => self.say(Message::More(generation, files, last)),
            }
            self.is_wanted(generation)
        };
        if let Err(error) = self.backend.open(name, &mut send) {
            if opened {
                self.say(Message::Said(Tone::Bad, error));
            } else {
                self.say(Message::Opened(generation, Err(error)));
            }
        }
    }
}
