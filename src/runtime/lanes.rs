//! Slow work, off the input thread: one lane for the store, one for the network, one for colours,
//! one for what is looked up while reading, and one that counts the history and assesses what is new.
//! Each lane does one thing at a time; what is not wanted any more is skipped.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use super::backend::{Backend, DecideError, Part};
use super::line::{Found, Lane, thread};
use super::opener;
use crate::app::session::Tone;
use crate::app::sheet::Draft;
use crate::app::work::Job;
use crate::app::{Effect, Message};
use crate::diff::context::Text;
use crate::git::Watch;
use crate::ui::highlight;

/// How long leaving waits for a fetch to end that was called off.
const TIDY: Duration = Duration::from_secs(2);
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
    wire: Arc<Wire>,
}

/// Works off effects by this wire.
fn worker(wire: &Arc<Wire>) -> impl Fn(Effect) + Send + 'static {
    let wire = Arc::clone(wire);
    move |effect| wire.run(effect)
}

impl Lanes {
    /// Starts the lanes; what comes of their work goes to `results`.
    pub(super) fn start(backend: &Arc<dyn Backend>, results: &UnboundedSender<Answer>) -> Self {
        let newest = Arc::new(AtomicU64::new(0));
        let shown = Arc::new(AtomicU64::new(0));
        let wire = |history| Wire {
            backend: Arc::clone(backend),
            results: results.clone(),
            newest: Arc::clone(&newest),
            shown: Arc::clone(&shown),
            blame: Mutex::default(),
            history,
        };
        let wire = Arc::new(wire(history(wire(None))));
        let teller = results.clone();
        backend.report_to(Arc::new(move |text| {
            let message = Message::Progress(text.to_owned());
            let _ = teller.send(Answer::Message(Box::new(message)));
        }));
        Self {
            store: Lane::start("store", worker(&wire)),
            network: Lane::start("network", worker(&wire)),
            colours: Lane::start("colours", worker(&wire)),
            look_ups: Lane::start("look-ups", worker(&wire)),
            wire,
        }
    }

    /// Hands an effect to its lane; gives it back where it belongs to none.
    pub(super) fn perform(&mut self, effect: Effect) -> Option<Effect> {
        match &effect {
            Effect::Open(_, generation) => {
                self.wire.stop_blame();
                self.wire.newest.store(*generation, Ordering::Release);
                self.wire.shown.store(*generation, Ordering::Release);
                self.store.line.send(effect);
            }
            Effect::Load
            | Effect::Weigh(_)
            | Effect::Compare(..)
            | Effect::KeepVisit(..)
            | Effect::Decide(_)
            | Effect::Undo(_)
            | Effect::Snooze(..)
            | Effect::KeepSeen(..)
            | Effect::ForgetSeen(..)
            | Effect::KeepWords(_)
            | Effect::KeepDraft(..) => {
                self.store.line.send(effect);
            }
            Effect::Publish(_) | Effect::Fetch | Effect::Sync | Effect::Claim(..) => {
                self.network.line.send(effect);
            }
            Effect::Colour(generation, _) => {
                self.wire.shown.store(*generation, Ordering::Release);
                self.colours.line.send(effect);
            }
            Effect::OpenLink(_) => self.look_ups.line.send(effect),
            Effect::Blame(..) => {
                // A newer question ends the older one.
                self.wire.stop_blame();
                self.look_ups.line.send(effect);
            }
            Effect::Text(generation, ..) => {
                self.wire.shown.store(*generation, Ordering::Release);
                self.look_ups.line.send(effect);
            }
            Effect::CallOff(job) => self.call_off(job),
            _ => return Some(effect),
        }
        None
    }

    /// Ends a job: before it begins, or by what ends the program that works on it. Reading a change
    /// cannot be ended; the thread that does it is left to itself.
    fn call_off(&mut self, job: &Job) {
        if let Job::Open(..) = job {
            self.wire.newest.store(u64::MAX, Ordering::Release);
        }
        for lane in [&mut self.store, &mut self.network] {
            match lane.line.call_off(job) {
                Found::Current if matches!(job, Job::Open(..)) => {
                    lane.start_over(worker(&self.wire));
                }
                Found::Current => self.wire.backend.call_off(job),
                Found::Waiting(effect) => {
                    self.wire.say(excuse(&effect)("called off".to_owned()));
                    self.wire.say(Message::Ended(job.clone()));
                }
                Found::Nowhere => {}
            }
        }
    }

    /// Waits for what is under way, but not for ever: verdicts are on the disk already, and what a
    /// remote does not take now is pushed next time. The network only where something is pushed: a
    /// fetch that hangs keeps nobody here, and is ended.
    pub(super) fn finish(mut self, patience: Duration, network: bool) {
        self.wire.newest.store(u64::MAX, Ordering::Release);
        self.wire.shown.store(u64::MAX, Ordering::Release);
        let until = Instant::now() + patience;
        if let (false, Found::Current) = (network, self.network.line.call_off(&Job::Fetch)) {
            self.wire.backend.call_off(&Job::Fetch);
        }
        let threads = [self.store.close(), self.network.close()];
        let threads: Vec<JoinHandle<()>> = threads.into_iter().flatten().collect();
        // A fetch that was called off takes a moment to clean up after itself.
        let until = if network {
            until
        } else {
            until.min(Instant::now() + TIDY)
        };
        while threads.iter().any(|thread| !thread.is_finished()) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        if network {
            // What was not pushed by now is pushed next time.
            self.wire.backend.call_off(&Job::Sync);
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
        Effect::Blame(generation, ask) => {
            let (generation, ask) = (*generation, ask.clone());
            Box::new(move |why| Message::Blamed(generation, ask, Err(why)))
        }
        Effect::Text(generation, file, _) => {
            let (generation, file) = (*generation, *file);
            Box::new(move |why| Message::Text(generation, file, Err(why)))
        }
        Effect::Compare(_, _, generation) => {
            let generation = *generation;
            Box::new(move |why| Message::Compared(generation, Err(why)))
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

/// What a lane works with.
struct Wire {
    backend: Arc<dyn Backend>,
    results: UnboundedSender<Answer>,
    newest: Arc<AtomicU64>,
    /// The request in the pane: that of a change, or of a comparison within it.
    shown: Arc<AtomicU64>,
    /// Ends the blame that is under way.
    blame: Mutex<Watch>,
    /// What to tell that the queue was looked at.
    history: Option<Sender<()>>,
}

/// The thread that counts the history and assesses changes behind the screen, and shows the queue
/// anew each time it has done a part. It is nobody's to wait for: what it keeps it keeps whole, and what it does not it counts again.
fn history(wire: Wire) -> Option<Sender<()>> {
    let (sender, looked) = channel();
    let run = move || {
        while let Ok(()) = looked.recv() {
            while wire.go_on() {}
        }
    };
    thread("history", run).map(|_| sender)
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

    fn run(&self, effect: Effect) {
        let instead = excuse(&effect);
        let job = Job::of(&effect);
        let done = catch_unwind(AssertUnwindSafe(|| self.perform(effect)));
        if let Err(panic) = done {
            self.say(instead(mistake(panic.as_ref())));
        }
        if let Some(job) = job {
            self.say(Message::Ended(job));
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
            Effect::Weigh(names) => self.say(Message::Weighed(self.backend.weigh(&names))),
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
            Effect::Compare(name, ends, generation) => {
                let compared = self.backend.compare(&name, ends);
                self.say(Message::Compared(generation, compared));
            }
            Effect::KeepVisit(name, head) => self.backend.keep_visit(&name, head),
            Effect::KeepSeen(name, seen) => self.backend.keep_seen(&name, &seen),
            Effect::KeepWords(words) => self.backend.keep_words(&words),
            Effect::ForgetSeen(name, seen) => self.backend.forget_seen(&name, &seen),
            Effect::KeepDraft(name, head, kept) => {
                self.backend.keep_draft(&name, head, kept.as_ref());
            }
            Effect::Colour(generation, jobs) => {
                let until = Instant::now() + COLOURING;
                let go_on = || Instant::now() < until && self.is_shown(generation);
                let lines = highlight::classes(&jobs, go_on);
                self.say(Message::Coloured(generation, lines));
            }
            _ => self.look_up(effect),
        }
    }

    fn blame(&self) -> MutexGuard<'_, Watch> {
        self.blame.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the blame that is under way; the next one starts afresh.
    fn stop_blame(&self) {
        let before = std::mem::replace(&mut *self.blame(), Watch::apart(None));
        before.call_off();
    }

    /// What is looked up while reading.
    fn look_up(&self, effect: Effect) {
        match effect {
            Effect::Text(generation, file, blob) if self.is_shown(generation) => {
                let text = self.backend.text(blob);
                let text = text.map(|bytes| Arc::new(Text::new(bytes)));
                self.say(Message::Text(generation, file, text));
            }
            Effect::Blame(generation, ask) if self.is_wanted(generation) => {
                let watch = self.blame().clone();
                let found = self.backend.blame(&ask, &watch);
                if !watch.is_called_off() {
                    self.say(Message::Blamed(generation, ask, found));
                }
            }
            Effect::OpenLink(link) => {
                let done = opener::open(&link);
                self.say(Message::LinkOpened(link, done));
            }
            _ => {}
        }
    }

    fn is_shown(&self, generation: u64) -> bool {
        self.shown.load(Ordering::Acquire) == generation
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
                Part::Moves(moves) => self.say(Message::Moved(generation, moves)),
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
