//! The numbers as a page: what waits first, then who carries it, then what became of whose changes.

use super::super::table::{Paint, Table, age};
use super::Measured;
use crate::stats::{Advice, Day, Record, Reviewer, Share, Spread, Suggestions};

/// Names in a table; the rest is counted.
const ROWS: usize = 12;
/// Columns of a bar.
const BAR: usize = 20;
/// Columns of a line of days.
const DAYS: usize = 60;

/// The page.
pub(super) fn lines(measured: &Measured, colour: bool) -> Vec<String> {
    let stats = &measured.stats;
    let mut lines = top(measured, colour);
    if !stats.days.is_empty() {
        lines.push(String::new());
        lines.extend(days(&stats.days));
    }
    lines.extend(reviewers(&stats.reviewers, colour));
    for (title, records) in [
        ("agent", &stats.agents),
        ("model", &stats.models),
        ("rule", &stats.rules),
    ] {
        lines.extend(table_of(title, records, colour));
    }
    if let Some(suggestions) = &measured.suggestions {
        lines.push(String::new());
        lines.extend(suggested(measured, suggestions));
    }
    lines
}

fn top(measured: &Measured, colour: bool) -> Vec<String> {
    let (stats, period) = (&measured.stats, &measured.period);
    let days = period.until.duration_since(period.since).as_secs() / 86_400;
    let mut table = Table::default();
    let waiting = &stats.waiting;
    let overdue = format!(
        "{}; {} longer than {}",
        spread(&waiting.ages),
        waiting.overdue,
        age(period.overdue.as_secs())
    );
    let late = (waiting.overdue > 0).then_some(Paint::Warn);
    table.painted([
        ("waiting", None),
        (&waiting.ages.count.to_string(), None),
        (&overdue, late),
    ]);
    for (name, of) in [
        ("first verdict", &stats.first_verdict),
        ("approval", &stats.approval),
    ] {
        table.row([name, &of.count.to_string(), &spread(of)]);
    }
    let hasty = (stats.rushed.part > 0).then_some(Paint::Warn);
    let words = format!(
        "of {} timed approvals were faster than 100 lines a minute",
        stats.rushed.whole
    );
    table.painted([
        ("hasty", None),
        (&stats.rushed.part.to_string(), None),
        (&words, hasty),
    ]);
    let all = &stats.all;
    let fates = format!(
        "{} landed, {} rejected at least once, {} taken back",
        all.landed, all.rejected, all.reverted
    );
    table.row(["changes", &all.changes.to_string(), &fates]);
    if !measured.broken_glass.is_empty() {
        let count = measured.broken_glass.len().to_string();
        let words = "statements of break-glass: countersign log shows them";
        table.painted([
            ("break-glass", None),
            (&count, None),
            (words, Some(Paint::Alarm)),
        ]);
    }
    let mut lines = vec![format!("the last {days} days")];
    lines.extend(table.lines(None, colour));
    lines
}

/// `p50 2h, p90 1d, at most 3d`.
fn spread(spread: &Spread) -> String {
    if spread.count == 0 {
        return "-".to_owned();
    }
    format!(
        "half within {}, nine of ten within {}, at most {}",
        age(spread.p50),
        age(spread.p90),
        age(spread.max)
    )
}

/// A line of bars for what was queued and one for what was said.
fn days(days: &[Day]) -> [String; 2] {
    let line = |name: &str, value: fn(&Day) -> usize| {
        let values: Vec<usize> = days.iter().map(value).collect();
        let per_column = values.len().div_ceil(DAYS).max(1);
        let columns: Vec<usize> = values
            .chunks(per_column)
            .map(|chunk| chunk.iter().sum())
            .collect();
        let most = columns.iter().copied().max().unwrap_or_default();
        let bars: String = columns.iter().map(|value| level(*value, most)).collect();
        let each = match per_column {
            1 => "a day".to_owned(),
            days => format!("in {days} days"),
        };
        format!("{name:<9}{bars}  at most {most} {each}")
    };
    [
        line("queued", |day| day.queued),
        line("verdicts", |day| day.verdicts),
    ]
}

/// One of eight heights; nothing at all is a dot on the ground.
fn level(value: usize, most: usize) -> char {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    if value == 0 {
        return '.';
    }
    let index = (value * LEVELS.len())
        .div_ceil(most.max(1))
        .clamp(1, LEVELS.len());
    LEVELS.get(index - 1).copied().unwrap_or('█')
}

fn bar(value: usize, most: usize) -> String {
    let length = (value * BAR).div_ceil(most.max(1)).min(BAR);
    "█".repeat(length)
}

fn percent(share: Share) -> String {
    match share.whole {
        0 => "-".to_owned(),
        _ => format!("{}%", share.percent()),
    }
}

fn reviewers(all: &[Reviewer], colour: bool) -> Vec<String> {
    if all.is_empty() {
        return Vec::new();
    }
    let said = |one: &Reviewer| one.approvals + one.rejections + one.others;
    let most = all.iter().map(said).max().unwrap_or_default();
    let mut table = Table::default();
    let heads = [
        "reviewer",
        "approved",
        "rejected",
        "other",
        "hasty",
        "waits for",
        "",
    ];
    table.painted(heads.map(|head| (head, Some(Paint::Dim))));
    for one in all.iter().take(ROWS) {
        let hasty = (one.rushed.percent() >= 50).then_some(Paint::Warn);
        table.painted([
            (one.who.clone(), None),
            (one.approvals.to_string(), None),
            (one.rejections.to_string(), None),
            (one.others.to_string(), None),
            (percent(one.rushed), hasty),
            (one.asked.to_string(), None),
            (bar(said(one), most), None),
        ]);
    }
    with_rest(table, all.len(), colour)
}

fn table_of(title: &str, all: &[Record], colour: bool) -> Vec<String> {
    if all.is_empty() {
        return Vec::new();
    }
    let most = all.iter().map(|one| one.changes).max().unwrap_or_default();
    let mut table = Table::default();
    let heads = [title, "changes", "landed", "rejected", "taken back", ""];
    table.painted(heads.map(|head| (head, Some(Paint::Dim))));
    for one in all.iter().take(ROWS) {
        let taken_back = (one.reverted > 0).then_some(Paint::Warn);
        table.painted([
            (one.name.clone(), None),
            (one.changes.to_string(), None),
            (one.landed.to_string(), None),
            (one.rejected.to_string(), None),
            (one.reverted.to_string(), taken_back),
            (bar(one.changes, most), None),
        ]);
    }
    with_rest(table, all.len(), colour)
}

fn with_rest(table: Table, count: usize, colour: bool) -> Vec<String> {
    let mut lines = vec![String::new()];
    lines.extend(table.lines(None, colour));
    if count > ROWS {
        lines.push(format!("and {} more; --json has all", count - ROWS));
    }
    lines
}

fn suggested(measured: &Measured, suggestions: &Suggestions) -> Vec<String> {
    let mut lines = Vec::new();
    for one in &suggestions.all {
        let record = &one.record;
        let name = crate::diff::visible::text(record.name.as_bytes());
        lines.push(match one.advice {
            Advice::Tighten => format!(
                "ask more of {} {name}: {} of {} decided changes were rejected ({}) or taken back ({})",
                one.matcher, record.troubled, record.decided, record.rejected, record.reverted
            ),
            Advice::Relax => format!(
                "ask less of {} {name}: none of {} decided changes was rejected or taken back",
                one.matcher, record.decided
            ),
        });
    }
    if lines.is_empty() {
        lines.push("nothing stands out".to_owned());
    }
    lines.push(format!(
        "from at least {} decided changes each, often means {} percent; {} rules, agents and models have fewer",
        measured.wanted.least, measured.wanted.often, suggestions.too_few
    ));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_bar_is_seen_and_nothing_is_a_dot() {
        let heights: String = [0, 1, 50, 100]
            .iter()
            .map(|value| level(*value, 100))
            .collect();
        assert_eq!(heights, ".▁▄█");
        assert_eq!(level(1, 0), '█');
        assert_eq!(
            (bar(1, 1000).chars().count(), bar(0, 0).chars().count()),
            (1, 0)
        );
    }
}
