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
use crate::change::QueueRef;
use crate::diff::context::Text;
use crate::git::Watch;
use crate::queue::{Home, RevisionName};
use crate::ui::highlight;

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

/// What is wanted of all lanes of the screen, by the numbers of its requests.
#[derive(Debug, Clone, Default)]
pub(super) struct Requests {
    /// The newest request for a change.
    newest: Arc<AtomicU64>,
    /// The request in the pane: that of a change, or of a comparison within it.
    shown: Arc<AtomicU64>,
}

/// The lanes of a clone.
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
    /// Starts the lanes of a clone; what comes of their work goes to `results`, with its name.
    pub(super) fn start(
        (home, backend): (&Home, &Arc<dyn Backend>),
        requests: &Requests,
        results: &UnboundedSender<Answer>,
    ) -> Self {
        let wire = |history| Wire {
            home: home.clone(),
            backend: Arc::clone(backend),
            results: results.clone(),
            requests: requests.clone(),
            blame: Mutex::default(),
            history,
        };
        let wire = Arc::new(wire(history(wire(None))));
        let (teller, whose) = (results.clone(), home.clone());
        backend.report_to(Arc::new(move |text| {
            let message = Message::Progress(whose.clone(), text.to_owned());
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
                self.wire
                    .requests
                    .newest
                    .store(*generation, Ordering::Release);
                self.wire
                    .requests
                    .shown
                    .store(*generation, Ordering::Release);
                self.store.line.send(effect);
            }
            Effect::Load(_)
            | Effect::Weigh(..)
            | Effect::Compare(..)
            | Effect::KeepVisit(..)
            | Effect::Decide(_)
            | Effect::Undo(..)
            | Effect::Snooze(..)
            | Effect::KeepSeen(..)
            | Effect::ForgetSeen(..)
            | Effect::KeepWords(_)
            | Effect::KeepDraft(..) => {
                self.store.line.send(effect);
            }
            Effect::Publish(..) | Effect::Fetch(_) | Effect::Sync(_) | Effect::Claim(..) => {
                self.network.line.send(effect);
            }
            Effect::Colour(generation, _) => {
                self.wire
                    .requests
                    .shown
                    .store(*generation, Ordering::Release);
                self.colours.line.send(effect);
            }
            Effect::OpenLink(_) => self.look_ups.line.send(effect),
            Effect::Blame(..) => {
                // A newer question ends the older one.
                self.wire.stop_blame();
                self.look_ups.line.send(effect);
            }
            Effect::Text(_, generation, ..) => {
                self.wire
                    .requests
                    .shown
                    .store(*generation, Ordering::Release);
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
            self.wire.requests.newest.store(u64::MAX, Ordering::Release);
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

    /// Takes no more work; the threads to wait for. The network only where something is pushed: a
    /// fetch that hangs keeps nobody here, and is ended.
    pub(super) fn close(&mut self, home: &Home, pushes: bool) -> Vec<JoinHandle<()>> {
        self.wire.requests.newest.store(u64::MAX, Ordering::Release);
        self.wire.requests.shown.store(u64::MAX, Ordering::Release);
        let fetch = Job::Fetch(home.clone());
        if let (false, Found::Current) = (pushes, self.network.line.call_off(&fetch)) {
            self.wire.backend.call_off(&fetch);
        }
        let threads = [self.store.close(), self.network.close()];
        threads.into_iter().flatten().collect()
    }

    /// Ends the blame that is under way.
    pub(super) fn stop_blame(&self) {
        self.wire.stop_blame();
    }
}

/// What is said instead of the answer to an effect that ended in a mistake of ours.
fn excuse(effect: &Effect) -> Box<dyn FnOnce(String) -> Message> {
    match effect {
        Effect::Load(home) => {
            let home = home.clone();
            Box::new(move |why| Message::Loaded(home, Err(why)))
        }
        Effect::Open(_, generation) => {
            let generation = *generation;
            Box::new(move |why| Message::Opened(generation, Err(why)))
        }
        Effect::Blame(_, generation, ask) => {
            let (generation, ask) = (*generation, ask.clone());
            Box::new(move |why| Message::Blamed(generation, ask, Err(why)))
        }
        Effect::Text(_, generation, file, _) => {
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
        Effect::Undo(home, digest) => {
            let (home, digest) = (home.clone(), *digest);
            Box::new(move |why| Message::Undone(home, digest, Err(why)))
        }
        Effect::Publish(home, digests) => {
            let (home, digests) = (home.clone(), digests.clone());
            Box::new(move |why| Message::Published(home, digests, Err(why)))
        }
        Effect::Fetch(home) | Effect::Sync(home) => {
            let home = home.clone();
            Box::new(move |why| Message::Synced(home, Err(why)))
        }
        other => {
            let home = other.home().cloned().unwrap_or_default();
            Box::new(move |why| Message::Said(Tone::Bad, home.says(&why)))
        }
    }
}

fn mistake(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("a mistake of this program: {}", text.unwrap_or_default())
}

/// What a lane works with.
struct Wire {
    /// The clone: everything that is said is said of it.
    home: Home,
    backend: Arc<dyn Backend>,
    results: UnboundedSender<Answer>,
    requests: Requests,
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
                self.say(self.loaded());
                return true;
            }
            Ok(Ok(false)) => {}
            Ok(Err(why)) => self.say(Message::Said(Tone::Warning, self.home.says(&why))),
            Err(panic) => {
                let why = self.home.says(&mistake(panic.as_ref()));
                self.say(Message::Said(Tone::Bad, why));
            }
        }
        false
    }

    fn home(&self) -> Home {
        self.home.clone()
    }

    fn loaded(&self) -> Message {
        Message::Loaded(self.home(), self.backend.load())
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

    fn load(&self) {
        let snoozed = self.backend.snoozed();
        let loaded = self.backend.load();
        // Of a clone that cannot be read at all one sentence is enough.
        if snoozed.is_ok() || loaded.is_ok() {
            self.say(Message::Snoozed(self.home(), snoozed));
        }
        self.say(Message::Loaded(self.home(), loaded));
        if let Some(history) = &self.history {
            // A thread that is gone counts nothing: the queue is shown without.
            let _ = history.send(());
        }
    }

    fn weigh(&self, names: &[QueueRef]) {
        let weighed = self.backend.weigh(names).into_iter();
        let weighed = weighed.map(|(name, read)| {
            let name = self.home.revision(name);
            let read = read.map(|mut change| {
                change.name = name.clone();
                change
            });
            (name, read)
        });
        self.say(Message::Weighed(weighed.collect()));
    }

    fn perform(&self, effect: Effect) {
        match effect {
            Effect::Load(_) => self.load(),
            Effect::Open(name, generation) => self.open(&name, generation),
            Effect::Weigh(_, names) => self.weigh(&names),
            Effect::Decide(draft) => match self.backend.decide(&draft, false) {
                Ok(digest) => self.say(Message::Decided(draft, Ok(digest))),
                Err(DecideError::Refused(why)) => self.say(Message::Decided(draft, Err(why))),
                Err(DecideError::NeedsTerminal) => self.tell(Answer::NeedsTerminal(draft)),
            },
            Effect::Snooze(name, off) => {
                let snoozed = self.backend.snooze(&name.id, off);
                self.say(Message::Snoozed(self.home(), snoozed));
            }
            Effect::Undo(home, digest) => {
                let undone = self.backend.undo(&digest);
                self.say(Message::Undone(home, digest, undone));
            }
            Effect::Publish(home, digests) => {
                let result = self.backend.publish(&digests);
                self.say(Message::Published(home, digests, result));
            }
            Effect::Fetch(home) => self.say(Message::Synced(home, self.backend.fetch())),
            Effect::Sync(home) => self.say(Message::Synced(home, self.backend.sync())),
            Effect::Claim(name, on) => {
                let (tone, text) = match self.backend.claim(&name.id, on) {
                    Ok(text) => (Tone::Good, text),
                    Err(text) => (Tone::Warning, text),
                };
                self.say(Message::Said(tone, self.home.says(&text)));
                self.say(self.loaded());
            }
            Effect::Compare(name, ends, generation) => {
                let compared = self.backend.compare(&name.at(), ends);
                self.say(Message::Compared(generation, compared));
            }
            Effect::KeepVisit(name, head) => self.backend.keep_visit(&name.at(), head),
            Effect::KeepSeen(name, seen) => self.backend.keep_seen(&name.at(), &seen),
            Effect::KeepWords(words) => self.backend.keep_words(&words),
            Effect::ForgetSeen(name, seen) => self.backend.forget_seen(&name.at(), &seen),
            Effect::KeepDraft(name, head, kept) => {
                self.backend.keep_draft(&name.at(), head, kept.as_ref());
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
            Effect::Text(_, generation, file, blob) if self.is_shown(generation) => {
                let text = self.backend.text(blob);
                let text = text.map(|bytes| Arc::new(Text::new(bytes)));
                self.say(Message::Text(generation, file, text));
            }
            Effect::Blame(_, generation, ask) if self.is_wanted(generation) => {
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
        self.requests.shown.load(Ordering::Acquire) == generation
    }

    fn is_wanted(&self, generation: u64) -> bool {
        self.requests.newest.load(Ordering::Acquire) == generation
    }

    fn open(&self, name: &RevisionName, generation: u64) {
        if !self.is_wanted(generation) {
            return;
        }
        let mut opened = false;
        let mut send = |part: Part| {
            match part {
                Part::First(mut change) => {
                    opened = true;
                    change.name = name.clone();
                    self.say(Message::Opened(generation, Ok(change)));
                }
                Part::Moves(moves) => self.say(Message::Moved(generation, moves)),
                Part::More(files, last) => self.say(Message::More(generation, files, last)),
            }
            self.is_wanted(generation)
        };
        if let Err(error) = self.backend.open(&name.at(), &mut send) {
            if opened {
                self.say(Message::Said(Tone::Bad, self.home.says(&error)));
            } else {
                self.say(Message::Opened(generation, Err(error)));
            }
        }
    }
}
