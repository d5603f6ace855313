//! `countersign --list`: the queue as a table, JSON, JSON lines or in a format of one's own.

use std::io::IsTerminal as _;

use serde_json::json;

use super::args::ListArgs;
use super::format::{Format, unknown_field};
use super::row::{FIELDS, row};
use super::table::{Paint, Table, age};
use super::{Context, ExitCode, Failure};
use crate::queue::{Entry, Filter, State, sort, stack};
use crate::risk::Level;

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &ListArgs) -> Result<ExitCode, Failure> {
    let filter = Filter::parse(&args.filter).map_err(|error| {
        Failure::usage(error.to_string())
            .hint("such as: countersign --list state:pending risk:high path:infra/** age:>3d")
    })?;
    let fields = match args.json.as_deref() {
        None | Some("") => FIELDS.to_vec(),
        Some(names) => names
            .split(',')
            .map(known_field)
            .collect::<Result<_, _>>()?,
    };
    let format = args.format.as_deref().map(Format::parse).transpose()?;
    let session = context.session()?;
    if args.sync {
        super::sync::once(context, &session)?;
    }
    let queue = context.queue(&session)?;
    let entries = chosen(queue.entries, args, &filter, context);
    let end: &[u8] = if args.zero { b"\0" } else { b"\n" };
    if args.json.is_some() {
        let changes: Vec<_> = entries
            .iter()
            .map(|(entry, _)| row(entry, &fields, context.now))
            .collect();
        let document = json!({"schema": "countersign/list/1", "changes": changes});
        context.output.json_ended(&document, end)?;
    } else if args.jsonl {
        for (entry, _) in &entries {
            let line = row(entry, &fields, context.now);
            context.output.json_ended(&line, end)?;
        }
    } else if let Some(format) = format {
        for (entry, _) in &entries {
            let line = format.apply(entry, context.now);
            context.output.data(&line)?;
            context.output.data(end)?;
        }
    } else {
        table(context, &entries, end)?;
    }
    let waits = entries.iter().any(|(entry, _)| entry.state.waits());
    Ok(if args.exit_code && waits {
        ExitCode::Denied
    } else {
        ExitCode::Done
    })
}

fn known_field(name: &str) -> Result<&'static str, Failure> {
    FIELDS
        .into_iter()
        .find(|field| *field == name)
        .ok_or_else(|| unknown_field(name))
}

/// The entries that were asked for, in order, each with how many of the others it stands on.
fn chosen(
    mut entries: Vec<Entry>,
    args: &ListArgs,
    filter: &Filter,
    context: &Context,
) -> Vec<(Entry, usize)> {
    let over = args.all || filter.names_state();
    entries.retain(|entry| (over || !entry.state.is_over()) && filter.matches(entry, context.now));
    sort(&mut entries, filter.order(), context.now);
    if filter.said_order().is_some() {
        return entries.into_iter().map(|entry| (entry, 0)).collect();
    }
    let all: Vec<&Entry> = entries.iter().collect();
    let rows = stack(&all);
    let mut entries: Vec<Option<Entry>> = entries.into_iter().map(Some).collect();
    let rows = rows.into_iter();
    rows.filter_map(|row| Some((entries[row.index].take()?, row.depth)))
        .collect()
}

fn table(context: &mut Context, entries: &[(Entry, usize)], end: &[u8]) -> Result<(), Failure> {
    if entries.is_empty() {
        return Ok(());
    }
    let terminal = std::io::stdout().is_terminal();
    let mut table = Table::default();
    if terminal {
        table.row([
            "ID", "REV", "STATE", "RISK", "AGE", "TARGET", "AGENT", "SIZE", "NEEDS", "TITLE",
        ]);
    }
    for (entry, depth) in entries {
        let (level, paint) = level(entry);
        table.painted([
            (entry.id.to_string(), None),
            (format!("@{}", entry.revision), Some(Paint::Dim)),
            (entry.state.as_str().to_owned(), state_paint(entry.state)),
            (level.to_owned(), paint),
            (age(entry.age_seconds(context.now)), None),
            (entry.target_name().to_owned(), Some(Paint::Dim)),
            (entry.agent.clone().unwrap_or_else(|| "-".to_owned()), None),
            (format!("+{} -{}", entry.added, entry.removed), None),
            (needs(entry), None),
            (under(*depth, &entry.title), None),
        ]);
    }
    let width = terminal.then(terminal_width).flatten();
    for line in table.lines(width, context.output.colour()) {
        context.output.data(line.as_bytes())?;
        context.output.data(end)?;
    }
    Ok(())
}

/// A title under what its change stands on.
fn under(depth: usize, title: &str) -> String {
    match depth {
        0 => title.to_owned(),
        // Deeper ones would leave no room for the title.
        depth => format!("{}└ {title}", "  ".repeat(depth.min(4) - 1)),
    }
}

/// The level and how it is painted; a change that could not be read has none.
fn level(entry: &Entry) -> (&'static str, Option<Paint>) {
    let Some(risk) = entry.risk else {
        return ("?", Some(Paint::Alarm));
    };
    let paint = match risk.level {
        Level::Critical | Level::High => Some(Paint::Alarm),
        Level::Medium => Some(Paint::Warn),
        Level::Low => None,
    };
    (risk.level.as_str(), paint)
}

const fn state_paint(state: State) -> Option<Paint> {
    match state {
        State::Approved => Some(Paint::Good),
        State::Rejected | State::Moved | State::Invalid => Some(Paint::Alarm),
        State::Stale => Some(Paint::Warn),
        State::Pending => None,
        State::Landed | State::Closed => Some(Paint::Dim),
    }
}

/// How many of the asked have signed, for the rule that lacks most: `1/2 senior`.
fn needs(entry: &Entry) -> String {
    if entry.nobody.is_some() {
        return "nobody can".to_owned();
    }
    entry
        .needs
        .iter()
        .filter(|need| need.have < need.needed)
        .max_by_key(|need| need.needed - need.have)
        .map_or_else(
            || "-".to_owned(),
            |need| format!("{}/{} {}", need.have, need.needed, need.from.join(",")),
        )
}

/// Columns of the terminal, as the shell tells them; none where it does not.
fn terminal_width() -> Option<usize> {
    #[cfg(feature = "tui")]
    if let Ok((columns, _)) = crossterm::terminal::size() {
        return Some(usize::from(columns)).filter(|columns| *columns > 0);
    }
    std::env::var("COLUMNS").ok()?.parse().ok()
}
