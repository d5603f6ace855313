//! Slow work that is under way: what it is, since when, how far, and how it is called off.

use super::reading::Stage;
use super::session::Tone;
use super::{Effect, Message, State, arrive};
use crate::app::sheet::counted;
use crate::queue::{ChangeName, Home, RevisionName};

/// What takes longer than this, in milliseconds, is said.
const SLOW: u64 = 200;

/// A piece of slow work. It names the effect that asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    /// Reading the queue.
    Load(Home),
    /// Reading a change, for a request.
    Open(RevisionName, u64),
    /// Comparing two ends of a change, for a request.
    Compare(RevisionName, u64),
    /// Signing and recording.
    Sign(RevisionName),
    /// Taking a verdict back.
    Undo(Home),
    /// Pushing so many verdicts.
    Push(Home, usize),
    /// A fetch in the background.
    Fetch(Home),
    /// A fetch that was asked for, and a push.
    Sync(Home),
    /// Saying or unsaying "I am on it".
    Claim(ChangeName, bool),
}

impl Job {
    /// What an effect is as a piece of work; none where it takes no time worth a word.
    pub fn of(effect: &Effect) -> Option<Self> {
        Some(match effect {
            Effect::Load(home) => Self::Load(home.clone()),
            Effect::Open(name, generation) => Self::Open(name.clone(), *generation),
            Effect::Compare(name, _, generation) => Self::Compare(name.clone(), *generation),
            Effect::Decide(draft) => Self::Sign(draft.name.clone()),
            Effect::Undo(home, _) => Self::Undo(home.clone()),
            Effect::Publish(home, digests) => Self::Push(home.clone(), digests.len()),
            Effect::Fetch(home) => Self::Fetch(home.clone()),
            Effect::Sync(home) => Self::Sync(home.clone()),
            Effect::Claim(name, on) => Self::Claim(name.clone(), *on),
            _ => return None,
        })
    }

    /// The clone it is done in.
    pub const fn home(&self) -> &Home {
        match self {
            Self::Load(home)
            | Self::Undo(home)
            | Self::Push(home, _)
            | Self::Fetch(home)
            | Self::Sync(home) => home,
            Self::Open(name, _) | Self::Compare(name, _) | Self::Sign(name) => &name.home,
            Self::Claim(name, _) => &name.home,
        }
    }

    /// Whether somebody waits for it: the rest is done behind the screen.
    const fn is_asked_for(&self) -> bool {
        !matches!(self, Self::Load(_) | Self::Fetch(_))
    }

    /// Whether it can be called off.
    const fn can_end(&self) -> bool {
        !matches!(self, Self::Load(_) | Self::Undo(_) | Self::Compare(..))
    }

    /// Whether git says how far it is.
    const fn is_remote(&self) -> bool {
        matches!(
            self,
            Self::Push(..) | Self::Fetch(_) | Self::Sync(_) | Self::Claim(..)
        )
    }
}

/// What is under way, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    tasks: Vec<Task>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Task {
    job: Job,
    /// On the clock of the program.
    since: u64,
    /// What git said last.
    said: String,
    called_off: bool,
}

/// What is said of the work that somebody waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What it is, how far, for how long.
    pub text: String,
    /// Whether it can be called off.
    pub can_end: bool,
}

impl Work {
    fn asked(&mut self, effects: &[Effect], now: u64) {
        for job in effects.iter().filter_map(Job::of) {
            if matches!(job, Job::Open(..)) {
                // The newest is the one that is waited for.
                self.tasks.retain(|task| !matches!(task.job, Job::Open(..)));
            }
            self.tasks.push(Task {
                job,
                since: now,
                said: String::new(),
                called_off: false,
            });
        }
    }

    fn said(&mut self, home: &Home, text: String) {
        let mut tasks = self.tasks.iter_mut();
        let is = |task: &&mut Task| task.job.is_remote() && task.job.home() == home;
        if let Some(task) = tasks.find(is) {
            task.said = text;
        }
    }

    /// The piece of work that the screen speaks of: one that somebody waits for, and has for a while.
    fn shown(&self, now: u64) -> Option<&Task> {
        let slow = |task: &&Task| task.job.is_asked_for() && now >= task.since + SLOW;
        self.tasks.iter().find(slow)
    }

    /// Whether something is under way that somebody waits for.
    pub fn is_waited_for(&self) -> bool {
        self.tasks.iter().any(|task| task.job.is_asked_for())
    }

    /// When what is said of it changes by itself next.
    pub fn next(&self, now: u64) -> Option<u64> {
        let asked = self.tasks.iter().filter(|task| task.job.is_asked_for());
        let next = |task: &Task| {
            if now < task.since + SLOW {
                task.since + SLOW
            } else {
                task.since + (now.saturating_sub(task.since) / 1000 + 1) * 1000
            }
        };
        asked.map(next).min()
    }
}

/// What is under way and has taken a while; none where nobody waits.
pub fn progress(state: &State) -> Option<Progress> {
    let now = state.clock.millis;
    let task = state.work.shown(now)?;
    let home = task.job.home();
    let session = state.homes.session(home);
    let remote = session.remote.as_deref().unwrap_or("the notes here");
    let what = match &task.job {
        Job::Load(_) => home.says("reading the queue"),
        Job::Open(name, _) => format!("opening {name}"),
        Job::Compare(name, _) => format!("comparing {name}"),
        Job::Sign(name) if session.key_type.starts_with("sk-") => {
            format!("signing {name} · touch your key")
        }
        Job::Sign(name) => format!("signing {name}"),
        Job::Undo(_) => home.says("taking it back"),
        Job::Push(_, number) => {
            let number = counted(*number, "verdict", "verdicts");
            home.says(&format!("pushing {number} to {remote}"))
        }
        Job::Fetch(_) | Job::Sync(_) => home.says(&format!("fetching from {remote}")),
        Job::Claim(id, true) => format!("claiming {id}"),
        Job::Claim(id, false) => format!("giving {id} back"),
    };
    let mut text = what;
    if task.called_off {
        text.push_str(" · calling it off");
    } else if !task.said.is_empty() {
        text.push_str(" · ");
        text.push_str(&task.said);
    }
    let seconds = now.saturating_sub(task.since) / 1000;
    if seconds > 0 {
        text.push_str(&format!(" · {seconds} s"));
    }
    Some(Progress {
        text,
        can_end: task.job.can_end() && !task.called_off,
    })
}

/// Notes what was asked for.
pub(super) fn asked(state: &mut State, effects: &[Effect]) {
    let now = state.clock.millis;
    state.work.asked(effects, now);
}

/// Whether a verdict came through although it was called off: signing it had ended before.
pub(super) fn came_through(state: &State, message: &Message) -> Option<RevisionName> {
    let Message::Decided(draft, Ok(_)) = message else {
        return None;
    };
    let job = Job::Sign(draft.name.clone());
    let mut tasks = state.work.tasks.iter();
    tasks
        .any(|task| task.job == job && task.called_off)
        .then(|| draft.name.clone())
}

/// Says so.
pub(super) fn say_came_through(state: &mut State, name: &RevisionName) {
    let text = format!("too late to call off: {name} was signed already; it can be taken back");
    state.say(Tone::Warning, text);
}

/// Takes what was answered off the list. What has no answer of its own says that it ended.
pub(super) fn answered(state: &mut State, message: &Message) {
    let is = |job: &Job| match (message, job) {
        (Message::Ended(ended), job) => ended == job,
        (Message::Loaded(home, _), Job::Load(asked)) => home == asked,
        (Message::Opened(generation, _), Job::Open(_, asked)) => generation == asked,
        (Message::Compared(generation, _), Job::Compare(_, asked)) => generation == asked,
        (Message::Decided(draft, _), Job::Sign(name)) => draft.name == *name,
        (Message::Undone(home, ..), Job::Undo(asked)) => home == asked,
        (Message::Published(home, digests, _), Job::Push(asked, number)) => {
            home == asked && digests.len() == *number
        }
        (Message::Synced(home, _), Job::Fetch(asked) | Job::Sync(asked)) => home == asked,
        _ => false,
    };
    state.work.tasks.retain(|task| !is(&task.job));
}

/// git said how far it is.
pub(super) fn said(state: &mut State, home: &Home, text: String) {
    state.work.said(home, text);
}

/// `^c`: calls off what is waited for; none where nothing is. A change that is being opened is
/// dropped at once; git and the signing program are ended, and what came of them arrives as always.
pub(super) fn call_off(state: &mut State) -> Option<Vec<Effect>> {
    let now = state.clock.millis;
    let job = state.work.shown(now)?.job.clone();
    if !job.can_end() {
        state.say(Tone::Plain, "this cannot be called off");
        return Some(Vec::new());
    }
    if let Job::Open(name, _) = &job {
        let text = "called off; Enter reads it after all".to_owned();
        state.generation += 1;
        let generation = state.generation;
        if let Some(reading) = state.reading.as_mut().filter(|r| r.name == *name) {
            reading.generation = generation;
            if matches!(reading.stage, Stage::Loading) {
                reading.stage = Stage::Failed(text);
            }
        }
        state.say(Tone::Plain, format!("{name} is not opened"));
        state.work.tasks.retain(|task| task.job != job);
    } else {
        let task = state.work.tasks.iter_mut().find(|t| t.job == job);
        if let Some(task) = task {
            task.called_off = true;
        }
    }
    Some(vec![Effect::CallOff(job)])
}

/// Enter on a change that could not be read, or was called off: reads it again.
pub(super) fn open_again(state: &mut State) -> Option<Vec<Effect>> {
    let reading = state.reading.as_ref()?;
    if state.dialog.is_some() || !matches!(reading.stage, Stage::Failed(_)) {
        return None;
    }
    let name = reading.name.clone();
    Some(arrive::open(state, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::keymap::Keymap;
    use crate::app::session::Clock;
    use crate::app::update;

    fn at(state: &mut State, millis: u64) -> Vec<Effect> {
        let wall = state.clock.wall;
        update(state, Message::Now(Clock { millis, wall }))
    }

    fn press(state: &mut State, key: &str) -> Vec<Effect> {
        let key = key.parse().unwrap_or_else(|_| unreachable!("a key"));
        update(state, Message::Key { key, repeat: false })
    }

    #[test]
    fn what_takes_long_is_said_with_its_time_and_called_off_by_a_key() {
        let mut state = State::new(Keymap::built_in());
        let home = Home::default();
        let origin = Some("origin".to_owned());
        state.homes.hosted(&home).session.remote = origin;
        let sync = Job::Sync(home.clone());
        assert_eq!(press(&mut state, "R"), [Effect::Sync(home.clone())]);
        assert_eq!(progress(&state), None, "not yet worth a word");
        assert_eq!(state.next_wake(), Some(SLOW));
        at(&mut state, SLOW);
        let text = |state: &State| progress(state).map(|p| p.text).unwrap_or_default();
        assert_eq!(text(&state), "fetching from origin");
        update(
            &mut state,
            Message::Progress(home.clone(), "Receiving objects: 3%".to_owned()),
        );
        at(&mut state, 2_100);
        assert_eq!(
            text(&state),
            "fetching from origin · Receiving objects: 3% · 2 s"
        );
        assert_eq!(press(&mut state, "^c"), [Effect::CallOff(sync.clone())]);
        assert_eq!(text(&state), "fetching from origin · calling it off · 2 s");
        let off = Err("called off".to_owned());
        update(&mut state, Message::Synced(home, off));
        update(&mut state, Message::Ended(sync));
        assert_eq!(progress(&state), None);
        assert_eq!(press(&mut state, "^c"), [Effect::Quit { publish: false }]);
    }

    #[test]
    fn what_is_done_behind_the_screen_takes_no_line_and_no_key() {
        let mut state = State::new(Keymap::built_in());
        let home = Home::default();
        asked(
            &mut state,
            &[Effect::Load(home.clone()), Effect::Fetch(home)],
        );
        at(&mut state, 5_000);
        assert_eq!(progress(&state), None);
        assert_eq!(press(&mut state, "^c"), [Effect::Quit { publish: false }]);
    }
}
