//! `countersign --list`: the queue as a table, JSON, JSON lines or in a format of one's own.

use std::io::IsTerminal as _;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::args::ListArgs;
use super::format::{Format, unknown_field};
use super::row::{FIELDS, row};
use super::several::{self, Site};
use super::table::{Paint, Table, age};
use super::{Context, ExitCode, Failure};
use crate::queue::{Entry, Filter, State, sort_by, stack};
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
    let (homes, entries) = if args.all_repos {
        several::all(context, args.sync)?
    } else {
        several::one(context, args.sync)?
    };
    let rows = chosen(entries, args, &filter, context);
    let end: &[u8] = if args.zero { b"\0" } else { b"\n" };
    if args.json.is_some() {
        let changes = rows.iter();
        let changes = changes.map(|one| one.object(&homes, &fields, context.now));
        let changes: Vec<Value> = changes.collect();
        let document = json!({"schema": "countersign/list/1", "changes": changes});
        context.output.json_ended(&document, end)?;
    } else if args.jsonl {
        for one in &rows {
            let line = one.object(&homes, &fields, context.now);
            context.output.json_ended(&line, end)?;
        }
    } else if let Some(format) = format {
        for one in &rows {
            let line = format.apply(&one.entry, &homes[one.home], context.now);
            context.output.data(&line)?;
            context.output.data(end)?;
        }
    } else {
        let names = args.all_repos.then_some(homes.as_slice());
        table(context, &rows, names, end)?;
    }
    let waits = rows.iter().any(|one| one.entry.state.waits());
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

/// A row of the list.
struct Row {
    entry: Entry,
    /// The number of its clone.
    home: usize,
    /// How many others of the list it stands on.
    depth: usize,
}

impl Row {
    /// The row as JSON with these fields.
    fn object(&self, homes: &[Site], fields: &[&str], now: Timestamp) -> Value {
        let mut object = row(&self.entry, fields, now);
        if let Value::Object(row) = &mut object {
            let told = |name: &&str| Some(((*name).to_owned(), homes[self.home].field(name)?));
            row.extend(fields.iter().filter_map(told));
        }
        object
    }
}

/// The entries that were asked for, in order, what stands on another under it.
fn chosen(
    mut entries: Vec<(usize, Entry)>,
    args: &ListArgs,
    filter: &Filter,
    context: &Context,
) -> Vec<Row> {
    let over = args.all || filter.names_state();
    entries.retain(|(_, entry)| {
        (over || !entry.state.is_over()) && filter.matches(entry, context.now)
    });
    sort_by(
        &mut entries,
        |(_, entry)| entry,
        filter.order(),
        context.now,
    );
    let flat = |(home, entry)| Row {
        entry,
        home,
        depth: 0,
    };
    if filter.said_order().is_some() {
        return entries.into_iter().map(flat).collect();
    }
    let all: Vec<&Entry> = entries.iter().map(|(_, entry)| entry).collect();
    let stacks = stack(&all);
    let mut rows: Vec<Option<Row>> = entries.into_iter().map(flat).map(Some).collect();
    let rows = stacks.into_iter().filter_map(|stacked| {
        let row = rows[stacked.index].take()?;
        let depth = stacked.depth;
        Some(Row { depth, ..row })
    });
    rows.collect()
}

/// `homes` are named in a first column where several clones are listed.
fn table(
    context: &mut Context,
    rows: &[Row],
    homes: Option<&[Site]>,
    end: &[u8],
) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let terminal = std::io::stdout().is_terminal();
    let mut table = Table::default();
    if terminal {
        let columns = [
            "ID", "REV", "STATE", "RISK", "AGE", "TARGET", "AGENT", "SIZE", "NEEDS", "TITLE",
        ];
        table.row(homes.map(|_| "REPOSITORY").into_iter().chain(columns));
    }
    for row in rows {
        let entry = &row.entry;
        let (level, paint) = level(entry);
        let name = homes.map(|homes| (homes[row.home].name().to_owned(), Some(Paint::Dim)));
        let cells = [
            (entry.id.to_string(), None),
            (format!("@{}", entry.revision), Some(Paint::Dim)),
            (entry.state.as_str().to_owned(), state_paint(entry.state)),
            (level.to_owned(), paint),
            (age(entry.age_seconds(context.now)), None),
            (entry.target_name().to_owned(), Some(Paint::Dim)),
            (entry.agent.clone().unwrap_or_else(|| "-".to_owned()), None),
            (format!("+{} -{}", entry.added, entry.removed), None),
            (needs(entry), None),
            (under(row.depth, &entry.title), None),
        ];
        table.painted(name.into_iter().chain(cells));
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
