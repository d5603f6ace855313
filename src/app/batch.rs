//! Changes approved together: rows are marked, one sheet lists exactly what will be signed, and Enter
//! signs each in turn. Each is a verdict of its own, with what was really seen of it.

use super::action::Action;
use super::change::Opened;
use super::reading::{Open, Visit};
use super::session::Tone;
use super::sheet::{Arming, Draft, Press, Sheet, counted};
use super::{Dialog, Effect, State, arrive, decide};
use crate::change::Sha256;
use crate::queue::{Home, RevisionName, State as Standing};
use crate::verdict::VerdictKind;

/// Lines of a change that may be approved with others: more are not approved on the way.
const LINES: usize = 20_000;

/// The sheet of several approvals.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// A row a marked change, in the order in which they are signed.
    pub rows: Vec<Row>,
    /// Whether Enter is alive.
    pub arming: Arming,
    /// First line shown.
    pub top: usize,
    /// Lines that fit and lines there are, as last drawn.
    pub extent: (usize, usize),
}

/// One change of the sheet.
#[derive(Debug, Clone)]
pub struct Row {
    /// Which revision.
    pub name: RevisionName,
    /// How far it is.
    pub stage: Stage,
    /// What else is to be known of it.
    pub remark: Option<String>,
}

/// How far a change of the sheet is.
#[derive(Debug, Clone)]
pub enum Stage {
    /// It is being read.
    Reading,
    /// It cannot be approved with the others, and why.
    Stays(Vec<String>),
    /// It will be signed as this.
    Goes(Box<Draft>),
    /// It is being signed.
    Signing(Box<Draft>),
    /// It is signed.
    Signed(Box<Draft>),
    /// Signing it did not work, and why; it would be tried again.
    Failed(Box<Draft>, String),
}

impl Batch {
    /// Whether the signing program is at work.
    pub fn is_signing(&self) -> bool {
        let mut rows = self.rows.iter();
        rows.any(|row| matches!(row.stage, Stage::Signing(_)))
    }

    /// Whether this verdict is the one that is being signed.
    pub(super) fn signs(&self, draft: &Draft) -> bool {
        let here = |row: &Row| matches!(row.stage, Stage::Signing(_)) && row.name == draft.name;
        self.rows.iter().any(here)
    }

    /// How many would be signed.
    pub fn going(&self) -> usize {
        let goes = |row: &&Row| matches!(row.stage, Stage::Goes(_) | Stage::Failed(..));
        self.rows.iter().filter(goes).count()
    }

    /// Moves the part that is shown by so many lines.
    pub fn scroll(&mut self, lines: isize) {
        let last = self.extent.1.saturating_sub(self.extent.0);
        self.top = self.top.saturating_add_signed(lines).min(last);
    }

    /// The sheet was drawn. What is still being read is no sheet yet.
    pub(super) fn drawn(&mut self, now: u64, extent: (usize, usize)) {
        self.extent = extent;
        self.scroll(0);
        if !self.is_reading() {
            self.arming.drawn(now);
        }
    }

    fn is_reading(&self) -> bool {
        let mut rows = self.rows.iter();
        rows.any(|row| matches!(row.stage, Stage::Reading))
    }

    /// What Enter still waits for, in words; empty where it would sign.
    pub fn waits_for(&self) -> Vec<String> {
        let mut out = Vec::new();
        if self.is_reading() {
            out.push("the changes to be read".to_owned());
        } else if self.going() == 0 {
            out.push("a change that can go with others".to_owned());
        }
        if self.top + self.extent.0 < self.extent.1 {
            out.push("the end of this sheet".to_owned());
        }
        out
    }

    fn names(&self, is: impl Fn(&Stage) -> bool) -> String {
        let rows = self.rows.iter().filter(|row| is(&row.stage));
        let names: Vec<String> = rows.map(|row| row.name.to_string()).collect();
        names.join(", ")
    }

    /// Takes the next verdict that is to be signed.
    fn next(&mut self) -> Option<Effect> {
        for row in &mut self.rows {
            if let Stage::Goes(draft) | Stage::Failed(draft, _) = &row.stage {
                let draft = draft.clone();
                row.stage = Stage::Signing(draft.clone());
                return Some(Effect::Decide(draft));
            }
        }
        None
    }
}

/// `x` in the queue: marks the row, or takes its mark away.
pub(super) fn mark(state: &mut State) -> Vec<Effect> {
    if let Err(why) = state.queue.mark() {
        state.say(Tone::Plain, why);
    }
    Vec::new()
}

/// `A`: the sheet of the marked changes, which are read first.
pub(super) fn approve(state: &mut State) -> Vec<Effect> {
    let names = state.queue.marked();
    if names.is_empty() {
        state.say(
            Tone::Plain,
            "x in the queue marks a row; this approves the marked ones",
        );
        return Vec::new();
    }
    let rows = names.iter().map(|name| Row {
        name: name.clone(),
        stage: Stage::Reading,
        remark: None,
    });
    let batch = Batch {
        rows: rows.collect(),
        ..Batch::default()
    };
    state.dialog = Some(Dialog::Batch(Box::new(batch)));
    // Each clone reads its own.
    let mut homes: Vec<Home> = Vec::new();
    for name in &names {
        if !homes.contains(&name.home) {
            homes.push(name.home.clone());
        }
    }
    let weigh = homes.into_iter().map(|home| {
        let of = names.iter().filter(|name| name.home == home);
        let names = of.map(RevisionName::at).collect();
        Effect::Weigh(home, names)
    });
    weigh.collect()
}

/// The marked changes were read: each goes, or stays and says why.
pub(super) fn weighed(
    state: &mut State,
    all: Vec<(RevisionName, Result<Box<Opened>, String>)>,
) -> Vec<Effect> {
    let Some(Dialog::Batch(mut batch)) = state.dialog.take_if(|d| matches!(d, Dialog::Batch(_)))
    else {
        return Vec::new();
    };
    let names: Vec<RevisionName> = batch.rows.iter().map(|row| row.name.clone()).collect();
    // Those of a clone come together; what was asked for by an earlier sheet is on none now.
    for (name, read) in all {
        let reads = |row: &&mut Row| row.name == name && matches!(row.stage, Stage::Reading);
        if let Some(row) = batch.rows.iter_mut().find(reads) {
            row.stage = match read {
                Ok(change) => weigh(state, &name, *change),
                Err(why) => Stage::Stays(vec![why]),
            };
            row.remark = stands_on(state, &name, &names);
        }
    }
    state.dialog = Some(Dialog::Batch(batch));
    Vec::new()
}

fn weigh(state: &mut State, name: &RevisionName, change: Opened) -> Stage {
    let hunks = change.files.iter().flat_map(|file| file.hunks());
    if hunks.map(|hunk| hunk.lines.len()).sum::<usize>() > LINES {
        return Stage::Stays(vec![format!("more than {LINES} lines")]);
    }
    let layout = state.layout();
    let visit = state.visits.entry(name.clone()).or_default();
    let open = arrive::taken_up(visit, change, layout);
    let why = why_it_stays(&open, visit);
    if !why.is_empty() {
        return Stage::Stays(why);
    }
    let words = String::new();
    let sheet = Sheet::new(VerdictKind::Approve, &open.change, visit, words);
    Stage::Goes(Box::new(sheet.draft(&open, visit)))
}

/// What keeps a change from being approved with others: the policy says so, or its rules ask for
/// something that was not done. That it was not on the screen is no reason: it is signed as such.
fn why_it_stays(open: &Open, visit: &Visit) -> Vec<String> {
    let mut why: Vec<String> = open.change.asks.not_together.iter().cloned().collect();
    let mut sheet = Sheet::new(VerdictKind::Approve, &open.change, visit, String::new());
    // It is not this sheet that is drawn, but the one of all of them.
    sheet.extent = (0, 0);
    let shown = Visit {
        was_shown: true,
        ..visit.clone()
    };
    why.extend(sheet.waits_for(open, &shown));
    why
}

/// On what a change stands, where that is not approved and not on the sheet before it.
fn stands_on(state: &State, name: &RevisionName, names: &[RevisionName]) -> Option<String> {
    let on = state.queue.row_of(name)?.stacked_on.clone()?;
    let on = name.home.revision(on);
    if names.contains(&on) {
        return None;
    }
    let below = state.queue.row_of(&on);
    let settled = |state: Standing| matches!(state, Standing::Approved | Standing::Landed);
    let open = below.is_none_or(|below| !settled(below.state));
    open.then(|| format!("stands on {on}, which is not approved"))
}

/// A key on the sheet.
pub(super) fn key(
    state: &mut State,
    mut batch: Box<Batch>,
    action: Option<Action>,
    repeat: bool,
) -> Vec<Effect> {
    if action != Some(Action::Sign) {
        batch.arming.other_key();
    }
    let page = isize::try_from(batch.extent.0).unwrap_or(1);
    match action {
        Some(Action::RowDown) => batch.scroll(1),
        Some(Action::RowUp) => batch.scroll(-1),
        Some(Action::PageDown) => batch.scroll(page),
        Some(Action::PageUp) => batch.scroll(-page),
        _ => {}
    }
    let signing = batch.is_signing();
    let press = match action {
        Some(Action::Sign) if !signing => batch.arming.enter(state.clock.millis, repeat),
        _ => Press::Dead,
    };
    if action == Some(Action::Leave) && !signing {
        let signed = batch.names(|stage| matches!(stage, Stage::Signed(_)));
        state.say(
            Tone::Plain,
            match signed.as_str() {
                "" => "nothing was signed; the marks are kept".to_owned(),
                names => format!("signed: {names}; the other marks are kept"),
            },
        );
        return arrive::open_current(state);
    }
    state.dialog = Some(Dialog::Batch(batch));
    match press {
        Press::Signs => sign(state),
        Press::Dead | Press::Perhaps => Vec::new(),
    }
}

/// Signs the first of those that go; the next follows when it is recorded.
pub(super) fn sign(state: &mut State) -> Vec<Effect> {
    let Some(Dialog::Batch(batch)) = &mut state.dialog else {
        return Vec::new();
    };
    if batch.is_signing() {
        return Vec::new();
    }
    let waits = batch.waits_for();
    if !waits.is_empty() {
        let text = format!("Enter waits for: {}", waits.join(", "));
        state.say(Tone::Warning, text);
        return Vec::new();
    }
    let effect = batch.next();
    state.notice = None;
    effect.into_iter().collect()
}

/// One of them was signed, or was not: then nothing more is, and what was is said.
pub(super) fn decided(
    state: &mut State,
    draft: &Draft,
    result: Result<Sha256, String>,
) -> Vec<Effect> {
    let Some(Dialog::Batch(mut batch)) = state.dialog.take() else {
        return Vec::new();
    };
    let mut effects = Vec::new();
    match result {
        Ok(digest) => {
            effects.extend(decide::recorded(state, draft, digest));
            let now = state.clock.wall;
            state.queue.unmark(&draft.name);
            state.queue.decide(&draft.name, Some(draft.kind), now);
            settle(&mut batch, draft, Stage::Signed);
            if let Some(next) = batch.next() {
                effects.push(next);
            } else {
                return finished(state, &batch, effects);
            }
        }
        Err(why) => {
            settle(&mut batch, draft, |draft| Stage::Failed(draft, why.clone()));
            let signed = batch.names(|stage| matches!(stage, Stage::Signed(_)));
            let signed = if signed.is_empty() {
                "nothing".to_owned()
            } else {
                signed
            };
            let left = batch.names(|stage| matches!(stage, Stage::Goes(_) | Stage::Failed(..)));
            let text = format!(
                "stopped at {}: {why} · signed: {signed} · not signed: {left}",
                draft.name
            );
            state.say(Tone::Bad, text);
            batch.arming = Arming::default();
        }
    }
    state.dialog = Some(Dialog::Batch(batch));
    effects
}

fn settle(batch: &mut Batch, draft: &Draft, stage: impl FnOnce(Box<Draft>) -> Stage) {
    if let Some(row) = batch.rows.iter_mut().find(|row| row.name == draft.name) {
        row.stage = stage(Box::new(draft.clone()));
    }
}

/// All that go are signed.
fn finished(state: &mut State, batch: &Batch, mut effects: Vec<Effect>) -> Vec<Effect> {
    let signed = batch
        .rows
        .iter()
        .filter(|row| matches!(row.stage, Stage::Signed(_)))
        .count();
    let stay = batch.rows.len() - signed;
    let stay = match stay {
        0 => String::new(),
        stay => format!(" · {} marked", counted(stay, "stays", "stay")),
    };
    let text = format!(
        "{} signed, still here only{stay}",
        counted(signed, "approval", "approvals")
    );
    state.say(Tone::Good, text);
    effects.extend(arrive::open_current(state));
    effects.extend(decide::leave_if_due(state));
    effects
}
