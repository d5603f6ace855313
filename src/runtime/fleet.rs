//! The clones of a screen, each with lanes of its own: one that is slow or broken holds up no other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use super::backend::{Backend, DecideError};
use super::lanes::{Answer, Lanes, Requests};
use crate::app::sheet::Draft;
use crate::app::work::Job;
use crate::app::{Effect, Message};
use crate::queue::Home;

/// How long leaving waits for a fetch to end that was called off.
const TIDY: Duration = Duration::from_secs(2);

/// A clone on the screen, and what does its work.
pub type Site = (Home, Arc<dyn Backend>);

/// All clones of the screen, at work.
pub(super) struct Fleet {
    clones: Vec<(Site, Lanes)>,
}

impl Fleet {
    /// Starts the lanes of each clone; what comes of their work goes to `results`.
    pub(super) fn start(sites: Vec<Site>, results: &UnboundedSender<Answer>) -> Self {
        let requests = Requests::default();
        let clones = sites.into_iter().map(|site| {
            let lanes = Lanes::start((&site.0, &site.1), &requests, results);
            (site, lanes)
        });
        Self {
            clones: clones.collect(),
        }
    }

    /// Reads the queues of all clones.
    pub(super) fn load(&mut self) {
        for ((home, _), lanes) in &mut self.clones {
            lanes.perform(Effect::Load(home.clone()));
        }
    }

    /// Hands an effect to the clone it is done in; gives it back where it needs the terminal, or
    /// belongs to none that is here.
    pub(super) fn perform(&mut self, effect: Effect) -> Option<Effect> {
        if matches!(effect, Effect::Open(..)) {
            self.clones.iter().for_each(|(_, lanes)| lanes.stop_blame());
        }
        let mut clones = self.clones.iter_mut();
        let lanes = match effect.home() {
            Some(home) => clones.find(|((known, _), _)| known == home),
            // What is done in none can be done by any.
            None => clones.next(),
        };
        match lanes {
            Some((_, lanes)) => lanes.perform(effect),
            None => Some(effect),
        }
    }

    /// What does the work of a clone.
    pub(super) fn backend(&self, home: &Home) -> Option<Arc<dyn Backend>> {
        let mut clones = self.clones.iter();
        let found = clones.find(|((known, _), _)| known == home);
        found.map(|((_, backend), _)| Arc::clone(backend))
    }

    /// Ends all of them. Those are waited for a while that have something to push: verdicts are on
    /// the disk already, and what a remote does not take now is pushed next time.
    pub(super) fn finish(mut self, patience: Duration, pushing: &[Home]) {
        let now = Instant::now();
        let mut under_way = Vec::new();
        for ((home, _), lanes) in &mut self.clones {
            let pushes = pushing.contains(home);
            // A fetch that was called off takes a moment to clean up after itself.
            let patience = if pushes { patience } else { patience.min(TIDY) };
            under_way.push((now + patience, lanes.close(home, pushes)));
        }
        let waits = |(until, threads): &(Instant, Vec<std::thread::JoinHandle<()>>)| {
            threads.iter().any(|thread| !thread.is_finished()) && Instant::now() < *until
        };
        while under_way.iter().any(waits) {
            std::thread::sleep(Duration::from_millis(5));
        }
        for ((home, backend), _) in &self.clones {
            if pushing.contains(home) {
                // What was not pushed by now is pushed next time.
                backend.call_off(&Job::Sync(home.clone()));
            }
        }
    }
}

/// Signs with a program that may ask something on the terminal, which nobody else reads now.
pub(super) fn decide_on_terminal(backend: Option<&dyn Backend>, draft: Box<Draft>) -> Message {
    let result = match backend {
        Some(backend) => backend.decide(&draft, true),
        None => Err(DecideError::Refused(
            "its repository is not here".to_owned(),
        )),
    };
    let result = result.map_err(|error| match error {
        DecideError::Refused(why) => why,
        DecideError::NeedsTerminal => "the key is locked".to_owned(),
    });
    Message::Decided(draft, result)
}
