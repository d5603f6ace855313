//! `countersign wait`: one blocking call until a change needs its owner. For agents: the exit code
//! is the answer, and the next command is printed.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::args::WaitArgs;
use super::change::{Prefix, find};

use super::context::{failure, git_failure};
use super::duration::duration;
use super::{Context, ExitCode, Failure};
use crate::change::{Oid, QueueRef};
use crate::evidence::QueueRefs;
use crate::queue::State;
use crate::review::{NOTES, REFS, Session, fetch, load};

/// How long is waited where nobody says.
const TIMEOUT: SignedDuration = SignedDuration::from_hours(4);
/// The first pause between two looks at the remote where nobody says, and the longest, in seconds.
const PAUSES: (u64, u64) = (30, 300);

/// What the wait came to.
enum Answer {
    /// Every rule is met, or it has landed.
    Done(&'static str),
    /// Its owner has to do something: the state, and the command to go on with.
    Act(&'static str, String),
    /// Nothing yet.
    Pending,
}

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &WaitArgs) -> Result<ExitCode, Failure> {
    let timeout = match &args.timeout {
        Some(text) => duration("--timeout", text, 0)?,
        None => TIMEOUT,
    };
    let deadline = context.now.checked_add(timeout).unwrap_or(Timestamp::MAX);
    let first = match &args.every {
        Some(text) => duration("--every", text, 1)?.unsigned_abs().as_secs(),
        None => PAUSES.0,
    };
    let longest = first.max(PAUSES.1);
    let mut watch = Watch::default();
    let mut pause = first;
    loop {
        let session = context.session()?;
        match watch.news(&session, context.now) {
            Ok(true) => {
                // Without a revision in its name the one that was newest at first is waited for.
                let asked = watch.name.as_ref().map(ToString::to_string);
                let asked = asked.unwrap_or_else(|| args.change.clone());
                let (name, answer) = standing(&session, &asked, context.now)?;
                watch.name = Some(name.clone());
                if let Some(code) = tell(context, args.json, &name, answer)? {
                    return Ok(code);
                }
                pause = first;
                context.output.remark(&format!("waiting for {name}"));
            }
            Ok(false) => pause = (pause * 2).min(longest),
            // A remote that is away for a while is waited for; one that never answered is not.
            Err(error) if watch.name.is_none() => return Err(error),
            Err(error) => {
                context.output.remark(&error.message);
                watch.failed = Some(error);
            }
        }
        let left = deadline.duration_since(context.now);
        if left <= SignedDuration::ZERO {
            return over(context, args.json, watch);
        }
        let left = Duration::try_from(left).unwrap_or_default();
        std::thread::sleep(jittered(pause).min(left));
        context.now = Timestamp::now();
    }
}

/// The time is over.
fn over(context: &mut Context, as_json: bool, watch: Watch) -> Result<ExitCode, Failure> {
    if let Some(error) = watch.failed {
        return Err(error);
    }
    if let Some(name) = watch.name {
        say(context, as_json, &name, "pending", None)?;
    }
    Ok(ExitCode::Pending)
}

/// Half to one and a half of it, so that many agents do not come at once.
fn jittered(seconds: u64) -> Duration {
    Duration::from_secs_f64(seconds as f64 * (0.5 + fastrand::f64()))
}

/// What is known of the remote.
#[derive(Default)]
struct Watch {
    /// What the refs that matter named when they were read last.
    seen: Option<Vec<(Vec<u8>, Oid)>>,
    /// The revision that is waited for, once it is known.
    name: Option<QueueRef>,
    /// Why the last look failed.
    failed: Option<Failure>,
}

impl Watch {
    /// Whether there is something new, which is here then.
    fn news(&mut self, session: &Session, now: Timestamp) -> Result<bool, Failure> {
        self.failed = None;
        let Some(remote) = &session.remote else {
            // Without a remote the clone itself is looked at each time.
            return Ok(true);
        };
        let mut patterns = vec![NOTES.to_owned(), "refs/heads/*".to_owned()];
        match &self.name {
            Some(name) => patterns.extend(
                ["queue", "archive"].map(|folder| format!("{REFS}/{folder}/{}/*", name.id)),
            ),
            None => patterns.push(format!("{REFS}/*")),
        }
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        let there = session.store.ls_remote(remote, &patterns);
        let there = there.map_err(|error| git_failure(&error))?;
        let there: Vec<(Vec<u8>, Oid)> = there.into_iter().map(|one| (one.name, one.oid)).collect();
        if self.name.is_some() && self.seen.as_ref() == Some(&there) {
            return Ok(false);
        }
        let fetched = fetch(session, now).map_err(|error| failure(&error))?;
        if let Some(error) = &fetched.notes_error {
            return Err(git_failure(error));
        }
        self.seen = Some(there);
        Ok(true)
    }
}

/// How the change stands here.
fn standing(session: &Session, text: &str, now: Timestamp) -> Result<(QueueRef, Answer), Failure> {
    let refs = QueueRefs::read(&session.store, &session.roots());
    let refs = refs.map_err(|error| git_failure(&error))?;
    let name = find(&refs, text, Prefix::AtTerminal)?;
    if !refs.changes[&name.id].contains_key(&name.number) {
        return Err(Failure::usage(format!("{name} is not in the queue"))
            .hint("countersign --list --all shows what is"));
    }
    let queue = load(session, now).map_err(|error| failure(&error))?;
    let entry = queue.entries.iter().find(|entry| entry.id == name.id);
    let Some(entry) = entry else {
        return Ok((name, Answer::Pending));
    };
    let show = format!("countersign show {name} --comments --json");
    let answer = match entry.state {
        _ if entry.revision > name.number => {
            let next = format!("countersign wait {}@{}", name.id, entry.revision);
            Answer::Act("superseded", next)
        }
        State::Approved => Answer::Done("approved"),
        State::Landed => Answer::Done("landed"),
        State::Rejected => Answer::Act("rejected", show),
        State::Closed => Answer::Act("closed", format!("countersign propose --id {}", name.id)),
        State::Moved => Answer::Act("moved", show),
        State::Invalid => Answer::Act("invalid", format!("countersign show {name}")),
        State::Pending | State::Stale => Answer::Pending,
    };
    Ok((name, answer))
}

/// Prints an answer that ends the wait, with its exit code.
fn tell(
    context: &mut Context,
    as_json: bool,
    name: &QueueRef,
    answer: Answer,
) -> Result<Option<ExitCode>, Failure> {
    let (state, next, code) = match answer {
        Answer::Pending => return Ok(None),
        Answer::Done(state) => (state, None, ExitCode::Done),
        Answer::Act(state, next) => (state, Some(next), ExitCode::Denied),
    };
    say(context, as_json, name, state, next.as_deref())?;
    Ok(Some(code))
}

fn say(
    context: &mut Context,
    as_json: bool,
    name: &QueueRef,
    state: &str,
    next: Option<&str>,
) -> Result<(), Failure> {
    if as_json {
        let mut document = json!({
            "schema": "countersign/wait/1",
            "id": name.id,
            "revision": name.number,
            "state": state,
        });
        if let Some(next) = next {
            document["next"] = json!(next);
        }
        return context.output.json(&document);
    }
    context.output.line(&format!("{name} {state}"))?;
    next.map_or(Ok(()), |next| context.output.line(&format!("next: {next}")))
}
