//! The sign sheet: exactly what will be signed, what was seen, what is asked, what follows.

use ratatui::layout::Rect;

use super::HitMap;
use super::aside;
use super::canvas::{Canvas, width, wrap};
use super::theme::Role;
use super::wording::{ago, level, short_name, signing, span};
use crate::app::State;
use crate::app::action::Action;
use crate::app::change::Acknowledge;
use crate::app::keymap::Place;
use crate::app::reading::{Open, Visit};
use crate::app::sheet::{CHECKS, Sheet, SheetRow, counted, viewed};
use crate::app::words::weight;
use crate::diff::visible;
use crate::verdict::{Answer, VerdictKind};

type Pieces = Vec<(String, Role)>;

/// A line of the sheet.
enum Line {
    Blank,
    Heading(&'static str, String),
    /// Label, pieces, what stands on the right, whether the cursor is on it.
    Row(String, Pieces, Pieces, bool),
}

/// Paints the sheet over the diff pane.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    state: &State,
    sheet: &Sheet,
    area: Rect,
    hits: &mut HitMap,
) {
    let (Some(open), Some(visit)) = (state.open(), state.visit()) else {
        return;
    };
    title(canvas, state, sheet, open, Rect { height: 1, ..area });
    let view = View {
        state,
        sheet,
        open,
        visit,
    };
    let mut lines = view.lines();
    let room = usize::from(area.height.saturating_sub(2)).max(1);
    // Where the screen is short the blank lines go first.
    if lines.len() > room {
        lines.retain(|line| !matches!(line, Line::Blank));
    }
    let top = sheet.top.min(lines.len().saturating_sub(room));
    let mut y = area.y + 1;
    for line in lines.iter().skip(top).take(room) {
        paint(canvas, line, Rect::new(area.x, y, area.width, 1));
        y += 1;
    }
    let below = lines.len().saturating_sub(top + room);
    if below > 0 {
        let key = state.keymap.key(Place::Sheet, Action::PageDown);
        let text = format!(" ▾ {below} more · {key} ");
        canvas.right(
            area.x,
            y.saturating_sub(1),
            area.right(),
            &[(text, Role::Ask)],
        );
    }
    hits.drawn.page = Some((room, lines.len()));
    let foot = Rect::new(area.x, area.bottom().saturating_sub(1), area.width, 1);
    view.foot(canvas, foot);
    hits.drawn.sheet = true;
}

fn title(canvas: &mut Canvas<'_>, state: &State, sheet: &Sheet, open: &Open, area: Rect) {
    canvas.fill(area, Role::Bar);
    let verb = match sheet.kind {
        VerdictKind::Approve => "Approve",
        VerdictKind::Reject => "Reject",
        VerdictKind::Comment => "Remark on",
        VerdictKind::Withdraw => "Withdraw from",
    };
    let entry = state.queue.entries.iter().find(|e| e.id == sheet.name.id);
    let (word, role) = level(entry.and_then(|e| e.risk).map(|risk| risk.level));
    let right = [
        (word.trim_end().to_owned(), role),
        (" ".to_owned(), Role::Bar),
    ];
    let limit = canvas.right(area.x + 20, area.y, area.right(), &right);
    let pieces = [
        (format!("{verb}  "), Role::BarKey),
        (format!("{}  ", sheet.name), Role::Bar),
        (
            visible::text(open.change.title()).into_owned(),
            Role::BarDim,
        ),
    ];
    canvas.pieces(area.x + 1, area.y, limit.saturating_sub(1), &pieces);
}

fn paint(canvas: &mut Canvas<'_>, line: &Line, area: Rect) {
    match line {
        Line::Blank => {}
        Line::Heading(title, right) => {
            let inner = Rect::new(area.x + 1, area.y, area.width.saturating_sub(2), 1);
            let right: Pieces = if right.is_empty() {
                Vec::new()
            } else {
                vec![(right.clone(), Role::Dim)]
            };
            canvas.heading(inner, title, &right);
        }
        Line::Row(label, pieces, right, here) => {
            if *here {
                canvas.tint(area, Role::Select);
                let style = canvas.style(Role::Focus);
                canvas.put(area.x, area.y, "▌", style);
            }
            canvas.text(area.x + 3, area.y, area.x + 17, label, Role::Dim);
            let end = area.right().saturating_sub(1);
            let right_start = canvas.right(area.x + 40, area.y, end, right);
            canvas.pieces(area.x + 17, area.y, right_start.saturating_sub(1), pieces);
        }
    }
}

struct View<'a> {
    state: &'a State,
    sheet: &'a Sheet,
    open: &'a Open,
    visit: &'a Visit,
}

impl View<'_> {
    fn lines(&self) -> Vec<Line> {
        let mut lines = vec![Line::Blank];
        self.signed(&mut lines);
        self.words(&mut lines);
        self.seen(&mut lines);
        if self.sheet.kind == VerdictKind::Approve {
            self.asked(&mut lines);
        }
        self.past(&mut lines);
        self.after(&mut lines);
        lines
    }

    fn row(&self, label: &str, pieces: Pieces, right: Pieces) -> Line {
        Line::Row(label.to_owned(), pieces, right, false)
    }

    /// What is signed: the ids whole, their start strong, for that is what one compares.
    fn signed(&self, lines: &mut Vec<Line>) {
        let subject = &self.open.change.subject;
        let id = |text: String| {
            let (head, tail) = text.split_at(text.len().min(8));
            vec![
                (head.to_owned(), Role::Strong),
                (tail.to_owned(), Role::Text),
            ]
        };
        let files = self.open.files().len() - 1;
        let added: usize = self.open.files().iter().map(|f| f.added).sum();
        let removed: usize = self.open.files().iter().map(|f| f.removed).sum();
        let dim = |text: String| vec![(text, Role::Dim)];
        lines.push(Line::Heading(
            "what you sign",
            "all of it, nothing else".to_owned(),
        ));
        let commits = usize::try_from(subject.commit_count).unwrap_or(usize::MAX);
        lines.push(self.row(
            "commit",
            id(subject.head.commit.to_string()),
            dim(counted(commits, "commit", "commits")),
        ));
        lines.push(self.row(
            "tree",
            id(subject.head.tree.to_string()),
            dim(format!(
                "{} +{added} -{removed}",
                counted(files, "file", "files")
            )),
        ));
        let target = vec![(subject.target.clone(), Role::Text)];
        lines.push(self.row("onto", id(subject.base.commit.to_string()), target));
        if let Some(content) = &subject.content {
            let mut pieces = id(content.sha256.short(16));
            pieces.push((
                "…  survives a clean rebase, not an edit".to_owned(),
                Role::Dim,
            ));
            let policy = subject.policy.as_ref().map_or(String::new(), |policy| {
                format!("policy v{} {}", policy.version, policy.sha256.short(8))
            });
            lines.push(self.row("content", pieces, dim(policy)));
        }
        lines.push(Line::Blank);
    }

    /// The reason, the note, the remarks that go with it.
    fn words(&self, lines: &mut Vec<Line>) {
        let words = self.sheet.words.trim();
        let comments = &self.visit.comments;
        if words.is_empty() && comments.is_empty() {
            return;
        }
        let reason = self.sheet.kind == VerdictKind::Reject;
        let title = if reason {
            "why, and where"
        } else {
            "what goes with it"
        };
        lines.push(Line::Heading(title, "goes into the signature".to_owned()));
        let label = if reason { "reason" } else { "note" };
        if !words.is_empty() {
            for (nth, line) in wrap(words, 70).into_iter().enumerate() {
                let label = if nth == 0 { label } else { "" };
                lines.push(self.row(label, vec![(line, Role::Text)], Vec::new()));
            }
        }
        for comment in comments {
            let path = comment.path.as_ref();
            let path = path.map_or("the change".to_owned(), |path| {
                visible::text(path.as_bytes()).into_owned()
            });
            let place = comment
                .line
                .map_or(path.clone(), |line| format!("{path}:{line}"));
            let pieces = vec![
                (format!("{place}  "), Role::Dim),
                (comment.body.replace('\n', " "), Role::Text),
            ];
            lines.push(self.row(weight(comment.severity), pieces, Vec::new()));
        }
        lines.push(Line::Blank);
    }

    fn seen(&self, lines: &mut Vec<Line>) {
        let asks = &self.open.change.asks;
        let approves = self.sheet.kind == VerdictKind::Approve;
        let figures = viewed(self.open, self.visit);
        lines.push(Line::Heading(
            "what you saw",
            "goes into the signature".to_owned(),
        ));
        let share = self.open.share(self.visit);
        let filled = (share.seen * 14).checked_div(share.total).unwrap_or(14);
        let bar = format!("{}{}", "█".repeat(filled), "░".repeat(14 - filled));
        let needed = match asks.min_viewed {
            _ if !approves => Vec::new(),
            0 => vec![("not asked".to_owned(), Role::Faint)],
            percent => {
                let whole = if percent == 100 {
                    "all".to_owned()
                } else {
                    format!("{percent}%")
                };
                checked(
                    share.reaches(usize::from(percent)),
                    &format!("asked: {whole}"),
                )
            }
        };
        let hunks = vec![
            (format!("{} of {}  ", share.seen, share.total), Role::Text),
            (bar, Role::You),
            (format!("  {}", span(figures.seconds)), Role::Text),
        ];
        lines.push(self.row("hunks", hunks, needed));
        self.findings(lines, approves);
        let hidden = vec![(
            format!("{} characters shown escaped", figures.hidden),
            if figures.hidden > 0 {
                Role::Ask
            } else {
                Role::Dim
            },
        )];
        lines.push(self.row("hidden", hidden, Vec::new()));
        lines.push(Line::Blank);
    }

    fn findings(&self, lines: &mut Vec<Line>, approves: bool) {
        let answered = self.open.answered(self.visit);
        let asked = self.open.change.asks.acknowledge == Acknowledge::Asked;
        let right = match asked && approves {
            true => checked(answered.is_all(), "asked: all"),
            false => Vec::new(),
        };
        let text = match answered.total {
            0 => "none wants an answer".to_owned(),
            total => format!("{} of {total} answered", answered.seen),
        };
        lines.push(self.row("findings", vec![(text, Role::Text)], right));
        for note in &self.open.notes {
            let (Some(id), Some(name)) = (note.finding(), note.finding_name()) else {
                continue;
            };
            // What was answered without being asked is signed too.
            let answer = self.visit.answers.get(id);
            if answer.is_none() && !note.wants_answer() {
                continue;
            }
            let (mark, role) = if answer.is_some() {
                ("x ", Role::Good)
            } else {
                ("▲ ", Role::Ask)
            };
            let place = aside::place_of(note);
            let words = answer.and_then(Option::as_ref);
            let words = words.map_or(String::new(), |words| format!("  \"{words}\""));
            let pieces = vec![
                (mark.to_owned(), role),
                (format!("{name}  "), Role::Text),
                (format!("{place}{words}"), Role::Dim),
            ];
            lines.push(self.row("", pieces, Vec::new()));
        }
    }

    fn asked(&self, lines: &mut Vec<Line>) {
        let asks = &self.open.change.asks;
        let rules = match asks.rules.is_empty() {
            true => String::new(),
            false => format!("rules: {}", asks.rules.join(", ")),
        };
        lines.push(Line::Heading("what the policy asks", rules));
        for (nth, check) in CHECKS.iter().enumerate() {
            let answer = self.visit.checklist[nth];
            let asked = asks.checklist[nth];
            let (word, role) = match answer {
                Some(Answer::Pass) => ("pass", Role::Good),
                Some(Answer::Fail) => ("fail", Role::Bad),
                Some(Answer::Na) => ("does not apply", Role::Dim),
                None if asked => ("not answered", Role::Ask),
                None => ("not answered", Role::Dim),
            };
            let right = match (asked, answer) {
                (true, answer) => checked(answer == Some(Answer::Pass), ""),
                (false, _) => vec![("not asked".to_owned(), Role::Faint)],
            };
            let here = self.sheet.row == SheetRow::Check(nth);
            let label = format!("{} {check}", nth + 1);
            lines.push(Line::Row(label, vec![(word.to_owned(), role)], right, here));
        }
        if !asks.people.is_empty() {
            lines.push(self.row(
                "people",
                vec![(asks.people.clone(), Role::Text)],
                Vec::new(),
            ));
        }
        if let Some(word) = &asks.word {
            let done = self.sheet.word.as_str() == word;
            let here = self.sheet.row == SheetRow::Word;
            let mut pieces = vec![
                ("type ".to_owned(), Role::Text),
                (word.clone(), Role::Strong),
                (" to go on:  ".to_owned(), Role::Text),
                (self.sheet.word.as_str().to_owned(), Role::Input),
            ];
            if here && !done {
                pieces.push(("▏".to_owned(), Role::Focus));
            }
            lines.push(Line::Row(
                "word".to_owned(),
                pieces,
                checked(done, ""),
                here,
            ));
        }
        lines.push(Line::Blank);
    }

    fn past(&self, lines: &mut Vec<Line>) {
        if self.open.change.past.is_empty() {
            return;
        }
        let more = format!(
            "{} the whole log",
            self.state.keymap.key(Place::Main, Action::Log)
        );
        lines.push(Line::Heading("so far", more));
        for past in self.open.change.past.iter().rev().take(4) {
            let who = if past.mine {
                "you"
            } else {
                short_name(&past.reviewer)
            };
            let (word, role) = verb(past.kind);
            let words = past.summary.as_ref();
            let words = words.map_or(String::new(), |w| format!("  \"{}\"", w.replace('\n', " ")));
            let pieces = vec![
                (word.to_owned(), role),
                (format!(" @{}  ", past.revision), Role::Text),
                (ago(past.at, self.state.clock.wall), Role::Dim),
                (words, Role::Dim),
            ];
            lines.push(self.row(who, pieces, vec![(past.standing.clone(), Role::Dim)]));
        }
        lines.push(Line::Blank);
    }

    fn after(&self, lines: &mut Vec<Line>) {
        lines.push(Line::Heading("after you sign", String::new()));
        let asks = &self.open.change.asks;
        let first = match self.sheet.kind {
            VerdictKind::Approve => asks.after.clone(),
            VerdictKind::Reject => {
                "rejected: it cannot go until you or an override lifts it.".to_owned()
            }
            VerdictKind::Withdraw => "your verdicts on this change are withdrawn.".to_owned(),
            VerdictKind::Comment => "a remark: it neither grants nor blocks.".to_owned(),
        };
        let full =
            |text: String, role| Line::Row(String::new(), vec![(text, role)], Vec::new(), false);
        if !first.is_empty() {
            let settled = self.sheet.kind != VerdictKind::Approve || asks.settles;
            lines.push(full(first, if settled { Role::Good } else { Role::Ask }));
        }
        let undo = self.state.keymap.key(Place::Main, Action::Undo);
        let seconds = self.state.session.undo_seconds;
        lines.push(full(
            format!(
                "Nothing leaves for {seconds} s; {undo} takes it back, later a signed withdrawal."
            ),
            Role::Dim,
        ));
        let session = &self.state.session;
        let person = session.person.clone().unwrap_or_default();
        let role = match session.roles.first() {
            Some(role) => (format!("counts as {role}"), Role::Good),
            None => ("has no role".to_owned(), Role::Ask),
        };
        let key = vec![
            (format!("{}  ", session.key_type), Role::Text),
            (session.fingerprint.clone(), Role::Text),
        ];
        lines.push(self.row("key", key, Vec::new()));
        let person = vec![(format!("{person}  "), Role::Text), role];
        lines.push(self.row("reviewer", person, Vec::new()));
    }

    /// The last line: what Enter does, or what it waits for.
    fn foot(&self, canvas: &mut Canvas<'_>, area: Rect) {
        canvas.fill(area, Role::Bar);
        let waits = self.sheet.waits_for(self.open, self.visit);
        let alive = self.sheet.arming.is_alive(self.state.clock.millis);
        let sign = self.state.keymap.key(Place::Sheet, Action::Sign);
        let leave = self.state.keymap.key(Place::Sheet, Action::Leave);
        let (key, said) = match (self.sheet.signing, waits.is_empty(), alive) {
            (true, _, _) => (
                Role::BarDim,
                (signing(&self.state.session.key_type).to_owned(), Role::You),
            ),
            (_, false, _) => (
                Role::BarDim,
                (format!("waits for: {}", waits.join(", ")), Role::Ask),
            ),
            (_, true, false) => (Role::BarDim, ("in a moment".to_owned(), Role::BarDim)),
            (_, true, true) => (Role::BarKey, ("signs exactly this".to_owned(), Role::Good)),
        };
        let right = [
            (format!("{leave} "), Role::BarKey),
            ("back to the diff, all kept ".to_owned(), Role::BarDim),
        ];
        let left = [(format!("{sign}  sign   "), key), said];
        let used: usize = left.iter().map(|(text, _)| width(text)).sum();
        let start = area
            .x
            .saturating_add(5 + u16::try_from(used).unwrap_or(u16::MAX));
        let limit = canvas.right(start.min(area.right()), area.y, area.right(), &right);
        canvas.pieces(area.x + 3, area.y, limit.saturating_sub(1), &left);
    }
}

/// `✓ asked: all`, or an amber ellipsis while it is missing.
fn checked(done: bool, text: &str) -> Pieces {
    let (mark, role) = if done {
        ("✓", Role::Good)
    } else {
        ("…", Role::Ask)
    };
    match text {
        "" => vec![(mark.to_owned(), role)],
        _ => vec![(format!("{mark} "), role), (text.to_owned(), Role::Dim)],
    }
}

/// The verb of a past verdict and its look.
pub(super) fn verb(kind: VerdictKind) -> (&'static str, Role) {
    match kind {
        VerdictKind::Approve => ("approve", Role::Good),
        VerdictKind::Reject => ("reject", Role::Bad),
        VerdictKind::Comment => ("remark", Role::Text),
        VerdictKind::Withdraw => ("withdraw", Role::Dim),
    }
}
