//! Pages that scroll: the help, all that is known of the change, every verdict on it.

use jiff::Timestamp;
use ratatui::layout::Rect;

use super::HitMap;
use super::canvas::{Canvas, wrap};
use super::theme::Role;
use super::wording::{ago, short_name};
use super::{aside, help, scanned};
use crate::app::change::{Origin, Past};
use crate::app::reading::Open;
use crate::app::sheet::counted;
use crate::app::{Page, PageKind, Pane, State};
use crate::change::escape_ascii;
use crate::diff::visible;
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
        // These stand in the sheet, and never by themselves.
        PageKind::Bytes => ("the exact bytes", Vec::new()),
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
        facts.extend(proposed(open));
        if open.known.moves.unsearched {
            let why = "not looked for: more lines changed than are compared".to_owned();
            facts.push(("moved blocks", why));
        }
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
        lines.extend(commits(&open.change.origin, columns));
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

/// What the proposal claims beyond what the queue shows, and its letter.
fn proposed(open: &Open) -> Vec<(&'static str, String)> {
    let origin = &open.change.origin;
    let mut facts = Vec::new();
    let model = origin.model.iter().map(|model| ("model", model.clone()));
    facts.extend(model);
    let session = origin.session.iter();
    facts.extend(session.map(|session| ("session", session.clone())));
    if !origin.reviewers.is_empty() {
        facts.push(("asks for", origin.reviewers.join(", ")));
    }
    let message = String::from_utf8_lossy(&open.change.message).into_owned();
    if let Some((_, body)) = message.split_once('\n')
        && !body.trim().is_empty()
    {
        facts.push(("letter", body.trim().to_owned()));
    }
    facts
}

/// The commits with their authors and what marks them as AI's.
fn commits(origin: &Origin, columns: usize) -> Vec<Pieces> {
    let mut lines: Vec<Pieces> = Vec::new();
    for (nth, commit) in origin.commits.iter().enumerate() {
        if nth == 0 {
            lines.push(Vec::new());
        }
        let label = if nth == 0 { "commits" } else { "" };
        let subject = visible::text(commit.subject.as_bytes()).into_owned();
        lines.push(vec![
            (format!("{label:<13} "), Role::Dim),
            (format!("{}  ", commit.oid.short(12)), Role::Strong),
            (subject, Role::Text),
        ]);
        let markers = match commit.markers.is_empty() {
            true => "no AI marker".to_owned(),
            false => commit.markers.join(", "),
        };
        let text = format!("{} · {markers}", commit.author);
        let text = visible::text(text.as_bytes()).into_owned();
        for part in wrap(&text, columns.saturating_sub(28)) {
            lines.push(vec![(format!("{:28}{part}", ""), Role::Dim)]);
        }
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
        "{}, +{} -{}, {}",
        counted(entry.files, "file", "files"),
        entry.added,
        entry.removed,
        counted(entry.commits, "commit", "commits")
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

/// Every verdict: who, what, when, whether it stands, what it covers, what took its place.
fn log(state: &State, columns: usize) -> Vec<Pieces> {
    let Some(open) = state.open() else {
        return vec![vec![("still reading".to_owned(), Role::Dim)]];
    };
    let mut lines: Vec<Pieces> = Vec::new();
    for past in open.change.past.iter().rev() {
        lines.push(headline(past, state.clock.wall));
        for (label, text, role) in said_of(past) {
            for (nth, part) in wrap(&text, columns.saturating_sub(26))
                .into_iter()
                .enumerate()
            {
                let label = if nth == 0 { label } else { "" };
                lines.push(vec![
                    (format!("{:14}{label:<12}", ""), Role::Dim),
                    (part, role),
                ]);
            }
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

fn headline(past: &Past, now: Timestamp) -> Pieces {
    let who = if past.mine {
        "you"
    } else {
        short_name(&past.reviewer)
    };
    let (verb, role) = super::sheet::verb(past.kind);
    vec![
        (format!("{who:<13} "), Role::Strong),
        (format!("{verb} "), role),
        (
            format!("@{}  {}  ", past.revision, ago(past.at, now)),
            Role::Text,
        ),
        (past.standing.clone(), Role::Dim),
    ]
}

/// What stands below the first line of a verdict: label, text, look.
fn said_of(past: &Past) -> Vec<(&'static str, String, Role)> {
    let mut lines = Vec::new();
    if let Some(words) = &past.summary {
        let shown = |line: &str| visible::text(line.as_bytes()).into_owned();
        let words: Vec<String> = words.split('\n').map(shown).collect();
        lines.push(("says", words.join("\n"), Role::Text));
    }
    if past.remarks > 0 {
        let text = counted(past.remarks, "remark", "remarks");
        lines.push(("with", text, Role::Text));
    }
    lines.push(("covers", past.covers.clone(), Role::Text));
    for digest in &past.replaced_by {
        lines.push(("replaced by", digest.to_string(), Role::Dim));
    }
    let key = format!("good, by {} {}", past.reviewer, past.key);
    lines.push(("signature", key, Role::Dim));
    lines.push(("payload", past.digest.to_string(), Role::Faint));
    lines
}
