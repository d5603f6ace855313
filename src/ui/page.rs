//! Pages that scroll: the help, all that is known of the change, every verdict on it.

use jiff::Timestamp;
use ratatui::layout::Rect;

use super::HitMap;
use super::canvas::{Canvas, wrap};
use super::theme::Role;
use super::wording::{ago, short_name};
use super::{aside, help, scanned};
use crate::app::{Page, PageKind, Pane, State};
use crate::change::escape_ascii;
use crate::queue::Entry;

type Pieces = Vec<(String, Role)>;

/// Paints the page over the area.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    state: &State,
    page: &Page,
    area: Rect,
    hits: &mut HitMap,
) {
    canvas.fill(area, Role::Text);
    hits.panes.push((area, Pane::Front));
    let columns = usize::from(area.width.saturating_sub(4));
    let (title, lines) = match page.kind {
        PageKind::Help => ("keys", help::lines(state, columns)),
        PageKind::Details => ("details", details(state, columns)),
        PageKind::Log => ("log", log(state, columns)),
    };
    let room = usize::from(area.height.saturating_sub(1));
    let below = lines.len().saturating_sub(page.top + room);
    let right = match below {
        0 => String::new(),
        below => format!("{below} more below"),
    };
    canvas.heading(Rect { height: 1, ..area }, title, &[(right, Role::Dim)]);
    for (nth, line) in lines.iter().skip(page.top).take(room).enumerate() {
        let y = area.y + 1 + u16::try_from(nth).unwrap_or(0);
        canvas.pieces(area.x + 1, y, area.right(), line);
    }
    if let Some(half) = help::half(columns).filter(|_| page.kind == PageKind::Help) {
        let middle = area.x.saturating_add(u16::try_from(half + 2).unwrap_or(0));
        let rule = canvas.style(Role::Rule);
        for y in area.top()..area.bottom() {
            canvas.put(middle, y, "│", rule);
        }
    }
    hits.drawn.page = Some((room, lines.len()));
}

fn details(state: &State, columns: usize) -> Vec<Pieces> {
    let mut lines: Vec<Pieces> = Vec::new();
    let Some(entry) = state.queue.current() else {
        return lines;
    };
    let mut facts = facts(entry, state.clock.wall);
    if let Some(open) = state.open() {
        let warnings = open.change.warnings.iter();
        facts.extend(warnings.map(|warning| ("warning", warning.clone())));
    }
    for (label, text) in facts {
        for (nth, part) in wrap(&text, columns.saturating_sub(14))
            .into_iter()
            .enumerate()
        {
            let label = if nth == 0 { label } else { "" };
            lines.push(vec![
                (format!("{label:<13} "), Role::Dim),
                (part, Role::Text),
            ]);
        }
    }
    if let Some(open) = state.open() {
        lines.push(Vec::new());
        for (label, pieces) in aside::why(state, open) {
            let mut line: Pieces = vec![(format!("{label:<13} "), Role::Dim)];
            line.extend(pieces);
            lines.push(line);
        }
        lines.extend(scanned::details(&open.change.scanned, columns));
    }
    lines
}

/// What the queue knows of an entry, label and text.
fn facts(entry: &Entry, now: Timestamp) -> Vec<(&'static str, String)> {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none named".to_owned());
    let markers = match entry.ai_markers.is_empty() {
        true => "none; that proves nothing".to_owned(),
        false => entry.ai_markers.join(", "),
    };
    let size = format!(
        "{} files, +{} -{}, {} commits",
        entry.files, entry.added, entry.removed, entry.commits
    );
    let author = format!("{} <{}>", entry.author.name, entry.author.email);
    let mut facts = vec![
        ("change", entry.name().to_string()),
        ("title", entry.title.clone()),
        ("state", entry.state.as_str().to_owned()),
        ("ref", entry.ref_name.clone()),
        ("head", entry.head.to_string()),
        ("base", entry.base.to_string()),
        ("target", entry.target.clone()),
        ("author", author),
        ("agent", or_none(&entry.agent)),
        ("operator", or_none(&entry.operator)),
        ("AI markers", markers),
        ("queued", ago(entry.created_at, now)),
        ("size", size),
    ];
    facts.extend(entry.needs.iter().map(|need| {
        let from = need.from.join(" or ");
        let text = format!(
            "{}: {} of {} from {from}",
            need.rule, need.have, need.needed
        );
        ("rule", text)
    }));
    facts.extend(
        entry
            .stacked_on
            .iter()
            .map(|on| ("stacked on", on.to_string())),
    );
    facts.extend(entry.notes.iter().map(|note| ("odd", note.clone())));
    facts
}

fn log(state: &State, columns: usize) -> Vec<Pieces> {
    let Some(open) = state.open() else {
        return vec![vec![("still reading".to_owned(), Role::Dim)]];
    };
    let mut lines: Vec<Pieces> = Vec::new();
    for past in open.change.past.iter().rev() {
        let who = if past.mine {
            "you"
        } else {
            short_name(&past.reviewer)
        };
        let (verb, role) = super::sheet::verb(past.kind);
        lines.push(vec![
            (format!("{who:<13} "), Role::Strong),
            (format!("{verb} "), role),
            (
                format!("@{}  {}  ", past.revision, ago(past.at, state.clock.wall)),
                Role::Text,
            ),
            (past.standing.clone(), Role::Dim),
        ]);
        lines.push(vec![(format!("{:14}{}", "", past.digest), Role::Faint)]);
        for part in past
            .summary
            .iter()
            .flat_map(|words| wrap(words, columns.saturating_sub(14)))
        {
            lines.push(vec![(format!("{:14}{part}", ""), Role::Text)]);
        }
        lines.push(Vec::new());
    }
    if lines.is_empty() {
        let text = format!(
            "no verdict on {} yet",
            escape_ascii(open.change.name.id.as_str())
        );
        lines.push(vec![(text, Role::Dim)]);
    }
    lines
}
