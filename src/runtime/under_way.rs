//! What this program waits for just now, and how it is ended: git at a remote, a signing program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::app::work::Job;
use crate::git::{Say, Watch};

/// The ways to end what is under way, renewed with each piece of work.
#[derive(Default)]
pub(super) struct UnderWay {
    /// Hears how far git is.
    pub(super) say: Option<Say>,
    watch: Watch,
    signing: Arc<AtomicBool>,
}

impl UnderWay {
    /// For what begins to talk to a remote now.
    pub(super) fn talk(&mut self) -> Watch {
        self.watch = Watch::apart(self.say.clone());
        self.watch.clone()
    }

    /// For what begins to sign now.
    pub(super) fn sign(&mut self) -> Arc<AtomicBool> {
        self.signing = Arc::default();
        Arc::clone(&self.signing)
    }

    /// Ends it.
    pub(super) fn call_off(&self, job: &Job) {
        match job {
            Job::Sign(_) => self.signing.store(true, Ordering::Release),
            _ => self.watch.call_off(),
        }
    }
}

impl std::fmt::Debug for UnderWay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnderWay")
            .field("watch", &self.watch)
            .finish()
    }
}
