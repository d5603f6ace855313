//! `countersign stats`: the queue in numbers, as a page, as JSON, for a metrics collector; and what
//! they suggest.

mod document;
mod openmetrics;
mod page;

use jiff::Timestamp;

use super::args::StatsArgs;
use super::context::failure;
use super::duration::look_back;
use super::{Context, ExitCode, Failure};
use crate::change::Oid;
use crate::review::{Lives, Session, lives};
use crate::stats::{Period, Stats, Suggestions, Wanted, measure, suggest};

/// What was measured, and over what.
struct Measured {
    period: Period,
    stats: Stats,
    suggestions: Option<Suggestions>,
    wanted: Wanted,
    /// Commits let through by break-glass in the period.
    broken_glass: Vec<(Oid, Timestamp)>,
    /// Changes that nothing could be read of.
    unreadable: usize,
}

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &StatsArgs) -> Result<ExitCode, Failure> {
    let period = Period {
        since: context.now - look_back("--since", &args.since)?,
        until: context.now,
        overdue: look_back("--overdue", &args.overdue)?,
    };
    let session = context.session()?;
    let lives = {
        let _progress = context.output.teller.begin("reading every change");
        lives(&session, period.since, context.now).map_err(|error| failure(&error))?
    };
    for (name, why) in &lives.unreadable {
        context
            .output
            .warn(&format!("WARN {name} is left out: {why}"));
    }
    let measured = measured(&session, lives, period, args)?;
    if args.openmetrics {
        let text = openmetrics::text(&measured);
        context.output.data(text.as_bytes())?;
    } else if args.json {
        context.output.json(&document::document(&measured))?;
    } else {
        let colour = context.output.colour();
        for line in page::lines(&measured, colour) {
            context.output.line(&line)?;
        }
    }
    Ok(ExitCode::Done)
}

fn measured(
    session: &Session,
    lives: Lives,
    period: Period,
    args: &StatsArgs,
) -> Result<Measured, Failure> {
    let policy = session.default_policy();
    let policy = policy.map_err(|error| super::context::git_failure(&error))?;
    let holder = |principal: &str| {
        let trusted = policy.policy()?;
        let people = &trusted.policy.people;
        let person = people
            .iter()
            .find(|(_, person)| person.principal == principal);
        person.map(|(id, _)| id.clone())
    };
    let person_of = |principal: &str| holder(principal).unwrap_or_else(|| principal.to_owned());
    let stats = measure(&lives.all, period, &person_of);
    let wanted = Wanted {
        least: args.least.max(1),
        ..Wanted::default()
    };
    let within = |(_, at): &(Oid, Timestamp)| *at >= period.since;
    Ok(Measured {
        period,
        suggestions: args.suggest.then(|| suggest(&stats, wanted)),
        stats,
        wanted,
        broken_glass: lives.broken_glass.into_iter().filter(within).collect(),
        unreadable: lives.unreadable.len(),
    })
}
