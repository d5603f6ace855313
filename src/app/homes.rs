//! The clones on this screen: who sits here in each, and how far fetching from it is.

use super::State;
use super::session::{Session, Sync};
use crate::queue::Home;

/// The clones on this screen, in the order in which they were named.
#[derive(Debug, Clone, Default)]
pub struct Homes {
    all: Vec<Hosted>,
    /// What is known where there is none.
    none: Session,
    /// Whether somebody has touched key or mouse since the screen came up.
    pub is_touched: bool,
}

/// A clone on this screen.
#[derive(Debug, Clone, Default)]
pub struct Hosted {
    /// What it is called.
    pub home: Home,
    /// Who sits here in it.
    pub session: Session,
    /// Fetching from its remote.
    pub sync: Sync,
    /// Whether reading it has ended once, well or not.
    pub was_read: bool,
    /// Why it could not be read the last time.
    pub failed: Option<String>,
}

impl Homes {
    /// These clones, of which nothing is known yet.
    pub fn of(homes: impl IntoIterator<Item = Home>) -> Self {
        let mut out = Self::default();
        for home in homes {
            out.hosted(&home);
        }
        out
    }

    /// A clone, to change what is known of it.
    pub fn hosted(&mut self, home: &Home) -> &mut Hosted {
        let at = self.all.iter().position(|hosted| hosted.home == *home);
        let at = at.unwrap_or(self.all.len());
        if at == self.all.len() {
            self.all.push(Hosted {
                home: home.clone(),
                ..Hosted::default()
            });
        }
        &mut self.all[at]
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Hosted> {
        self.all.iter()
    }

    /// All of them, to change what is known of them.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Hosted> {
        self.all.iter_mut()
    }

    /// Whether there are several: rows and names tell which is meant then.
    pub fn are_several(&self) -> bool {
        self.all.len() > 1
    }

    /// Who sits here in a clone.
    pub fn session(&self, home: &Home) -> &Session {
        let found = self.all.iter().find(|hosted| hosted.home == *home);
        found.map_or(&self.none, |hosted| &hosted.session)
    }

    /// Fetching from all of them as one: the oldest time, and what did not work.
    pub fn sync(&self) -> Sync {
        let remote = || self.all.iter().filter(|one| one.session.remote.is_some());
        let never = remote().any(|one| one.sync.at.is_none());
        Sync {
            at: remote()
                .filter_map(|one| one.sync.at)
                .min()
                .filter(|_| !never),
            running: self.all.iter().any(|one| one.sync.running),
            next: self.all.iter().filter_map(|one| one.sync.next).min(),
            failed: self.all.iter().find_map(|one| one.sync.failed.clone()),
        }
    }

    /// What is in the way of reading them, and what their queues had to warn of, a sentence each.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        let failed = self.all.iter().filter_map(|one| {
            let why = one.failed.as_ref()?;
            let why = why.split('\n').next().unwrap_or_default();
            Some(one.home.says(&format!("not read: {why}")))
        });
        let warned = self.all.iter().flat_map(|one| {
            let warnings = one.session.warnings.iter();
            warnings.map(|warning| one.home.says(warning))
        });
        failed.chain(warned)
    }

    /// Changes that are still being assessed, behind the screen.
    pub fn unassessed(&self) -> usize {
        self.all.iter().map(|one| one.session.unassessed).sum()
    }

    /// Whether any of them has a remote.
    pub fn have_remote(&self) -> bool {
        self.all.iter().any(|one| one.session.remote.is_some())
    }

    /// Whether all of them were read, well or not.
    pub fn were_read(&self) -> bool {
        self.all.iter().all(|one| one.was_read)
    }
}

impl State {
    /// The clone of what is in the diff pane, else of the row under the cursor, else the first.
    pub fn home(&self) -> Home {
        let read = self.reading.as_ref().map(|reading| &reading.name.home);
        let home = read.or_else(|| self.queue.current().map(|entry| &entry.home));
        let home = home.or_else(|| self.homes.iter().next().map(|hosted| &hosted.home));
        home.cloned().unwrap_or_default()
    }

    /// Who sits here in the clone of what is in the diff pane or under the cursor.
    pub fn session(&self) -> &Session {
        self.homes.session(&self.home())
    }
}
