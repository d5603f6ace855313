//! The queue of one lane: effects wait in it for the thread that works on them, may be taken out
//! again, and go over to another thread where the first is given up.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crate::app::Effect;
use crate::app::work::Job;

/// What the threads' names start with.
const LANE: &str = "lane ";

/// Whether this thread is one of the lanes.
pub(super) fn is_lane() -> bool {
    let own = std::thread::current();
    own.name().is_some_and(|name| name.starts_with(LANE))
}

/// A thread with this name, which says that it is a lane.
pub(super) fn thread(name: &str, run: impl FnOnce() + Send + 'static) -> Option<JoinHandle<()>> {
    let thread = std::thread::Builder::new().name(format!("{LANE}{name}"));
    // Without a thread what it would have done does not happen.
    thread.spawn(run).ok()
}

/// Effects that wait, and the one that is being worked on.
#[derive(Debug, Default)]
pub(super) struct Line {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    waiting: VecDeque<Effect>,
    current: Option<Job>,
    over: bool,
    /// The thread that takes from it; another number sends the one before away.
    worker: u64,
}

/// What calling a job off came to.
#[derive(Debug)]
pub(super) enum Found {
    /// It is being worked on.
    Current,
    /// It had not begun and is out of the line.
    Waiting(Box<Effect>),
    /// It is not here any more.
    Nowhere,
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an effect.
    pub(super) fn send(&self, effect: Effect) {
        self.lock().waiting.push_back(effect);
        self.changed.notify_all();
    }

    /// No more comes: who works here ends after what waits.
    pub(super) fn close(&self) {
        self.lock().over = true;
        self.changed.notify_all();
    }

    /// Sends the thread away that works here, as soon as it is done with what it does now; the
    /// number is for the one that takes its place.
    pub(super) fn hand_over(&self) -> u64 {
        let mut inner = self.lock();
        inner.current = None;
        inner.worker += 1;
        self.changed.notify_all();
        inner.worker
    }

    /// The next effect for a worker; none where it is to end.
    pub(super) fn next(&self, worker: u64) -> Option<Effect> {
        let mut inner = self.lock();
        if inner.worker == worker {
            inner.current = None;
        }
        loop {
            if inner.worker != worker {
                return None;
            }
            if let Some(effect) = inner.waiting.pop_front() {
                inner.current = Job::of(&effect);
                return Some(effect);
            }
            if inner.over {
                return None;
            }
            let waited = self.changed.wait(inner);
            inner = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Looks for a job, and takes it out where it has not begun.
    pub(super) fn call_off(&self, job: &Job) -> Found {
        let mut inner = self.lock();
        if inner.current.as_ref() == Some(job) {
            return Found::Current;
        }
        let at = |effect: &Effect| Job::of(effect).as_ref() == Some(job);
        let at = inner.waiting.iter().position(at);
        let taken = at.and_then(|at| inner.waiting.remove(at));
        taken.map_or(Found::Nowhere, |effect| Found::Waiting(Box::new(effect)))
    }
}

/// A line and the thread that works on it.
pub(super) struct Lane {
    pub(super) line: Arc<Line>,
    name: &'static str,
    thread: Option<JoinHandle<()>>,
}

impl Lane {
    /// Starts the thread; `work` is given each effect.
    pub(super) fn start(name: &'static str, work: impl Fn(Effect) + Send + 'static) -> Self {
        let mut lane = Self {
            line: Arc::default(),
            name,
            thread: None,
        };
        lane.run(0, work);
        lane
    }

    /// Gives the thread up and starts another one: what the first does now comes to its end and to
    /// nobody, what waits is done by the second.
    pub(super) fn start_over(&mut self, work: impl Fn(Effect) + Send + 'static) {
        let worker = self.line.hand_over();
        self.run(worker, work);
    }

    fn run(&mut self, worker: u64, work: impl Fn(Effect) + Send + 'static) {
        let line = Arc::clone(&self.line);
        self.thread = thread(self.name, move || {
            while let Some(effect) = line.next(worker) {
                work(effect);
            }
        });
    }

    /// Lets the thread end after what waits.
    pub(super) fn close(&mut self) -> Option<JoinHandle<()>> {
        self.line.close();
        self.thread.take()
    }
}
