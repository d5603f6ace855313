//! The sign sheet: what exactly will be signed, what it still waits for, and when Enter is alive.

use super::change::{Acknowledge, Opened, Subject};
use super::reading::{Open, Visit};
use super::text::Text;
use super::{Page, PageKind};
use crate::change::Sha256;
use crate::diff::visible;
use crate::queue::RevisionName;
use crate::verdict::{Acknowledged, Answer, Checklist, Comment, Severity, VerdictKind, Viewed};

/// Enter does nothing for this long after the sheet was first drawn, in milliseconds.
pub const DEAD: u64 = 300;
/// A second Enter waits this long for a third: a held key sends one every few hundredths of a
/// second, a hand does not.
pub const HELD: u64 = 150;

/// The sheet on the screen.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// What will be signed.
    pub kind: VerdictKind,
    /// On which revision.
    pub name: RevisionName,
    /// The reason of a rejection, the note of an approval.
    pub words: String,
    /// The risk word as far as it is typed.
    pub word: Text,
    /// The row that can be answered and is.
    pub row: SheetRow,
    /// Whether Enter is alive.
    pub arming: Arming,
    /// Own earlier verdicts it takes back.
    pub supersedes: Vec<Sha256>,
    /// Whether the signing program is at work on it.
    pub signing: bool,
    /// First line shown, where the screen is too short for all.
    pub top: usize,
    /// Lines that fit and lines there are, as last drawn.
    pub extent: (usize, usize),
    /// Whether the part that is shown follows the row under the cursor.
    pub follows: bool,
    /// Lines from the top on that have been on the screen.
    pub read: usize,
    /// The bytes that are signed, while they are shown in its place.
    pub bytes: Option<Page>,
}

/// The rows of the sheet that take an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SheetRow {
    /// One of correctness, security, performance.
    Check(usize),
    /// The risk word.
    Word,
}

/// The three items of the checklist.
pub const CHECKS: [&str; 3] = ["correctness", "security", "performance"];

/// When Enter is alive. Keys typed before the sheet was drawn, and held keys, never sign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Arming {
    drawn_at: Option<u64>,
    last_enter: Option<u64>,
    due: Option<u64>,
}

/// What a press of Enter came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// The sheet has not been on the screen for long enough.
    Dead,
    /// Perhaps a held key: it signs if no other Enter follows at once.
    Perhaps,
    /// It signs.
    Signs,
}

impl Arming {
    /// The sheet was drawn.
    pub fn drawn(&mut self, at: u64) {
        self.drawn_at.get_or_insert(at);
    }

    /// Whether a key at this time can tick or sign.
    pub fn is_alive(&self, at: u64) -> bool {
        self.drawn_at.is_some_and(|drawn| at >= drawn + DEAD)
    }

    /// Enter was pressed. `repeat`: the terminal itself says that it is held.
    pub fn enter(&mut self, at: u64, repeat: bool) -> Press {
        let before = self.last_enter.replace(at);
        self.due = None;
        if repeat || !self.is_alive(at) {
            return Press::Dead;
        }
        match before {
            None => Press::Signs,
            Some(before) if at < before + HELD => Press::Dead,
            Some(_) => {
                self.due = Some(at + HELD);
                Press::Perhaps
            }
        }
    }

    /// Some other key was pressed: whatever was held is not any more.
    pub fn other_key(&mut self) {
        self.last_enter = None;
        self.due = None;
    }

    /// Whether a press that could have been a held key has turned out not to be.
    pub fn is_due(&mut self, at: u64) -> bool {
        let due = self.due.is_some_and(|due| at >= due);
        if due {
            self.due = None;
        }
        due
    }

    /// When something changes by itself next.
    pub fn next(&self, at: u64) -> Option<u64> {
        let alive = self.drawn_at.map(|drawn| drawn + DEAD);
        [alive, self.due]
            .into_iter()
            .flatten()
            .filter(|t| *t > at || Some(*t) == self.due)
            .min()
    }
}

/// A verdict ready to be signed: every object is the one that was on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Approve, reject, comment or withdraw.
    pub kind: VerdictKind,
    /// The change and revision.
    pub name: RevisionName,
    /// The objects.
    pub subject: Subject,
    /// What was on the screen.
    pub viewed: Viewed,
    /// What was affirmed; only in an approval.
    pub checklist: Option<Checklist>,
    /// The reviewer's words.
    pub summary: Option<String>,
    /// Remarks on places.
    pub comments: Vec<Comment>,
    /// Own earlier verdicts it takes back.
    pub supersedes: Vec<Sha256>,
}

impl Sheet {
    /// A sheet for this verdict, its first open row under the cursor.
    pub fn new(kind: VerdictKind, change: &Opened, visit: &Visit, words: String) -> Self {
        let mut sheet = Self {
            kind,
            name: change.name.clone(),
            words,
            word: Text::default(),
            row: SheetRow::Check(0),
            arming: Arming::default(),
            supersedes: change.replaced_by(kind),
            signing: false,
            top: 0,
            extent: (1, 1),
            follows: false,
            read: 0,
            bytes: None,
        };
        let rows = sheet.rows(change);
        let open = rows.iter().find(|row| match row {
            SheetRow::Check(nth) => {
                change.asks.checklist[*nth] && visit.checklist[*nth] != Some(Answer::Pass)
            }
            SheetRow::Word => true,
        });
        sheet.row = open.or(rows.first()).copied().unwrap_or(sheet.row);
        sheet
    }

    /// The rows that take an answer.
    pub fn rows(&self, change: &Opened) -> Vec<SheetRow> {
        if self.kind != VerdictKind::Approve {
            return Vec::new();
        }
        let mut rows: Vec<SheetRow> = (0..CHECKS.len()).map(SheetRow::Check).collect();
        if change.asks.word.is_some() {
            rows.push(SheetRow::Word);
        }
        rows
    }

    /// Moves to the next or previous row that takes an answer.
    pub fn step(&mut self, change: &Opened, forward: bool) {
        let rows = self.rows(change);
        let Some(at) = rows.iter().position(|row| *row == self.row) else {
            return;
        };
        let next = if forward { at + 1 } else { at + rows.len() - 1 };
        self.row = rows[next % rows.len()];
        self.follows = true;
    }

    /// Moves the part that is shown by so many lines.
    pub fn scroll(&mut self, lines: isize) {
        let last = self.extent.1.saturating_sub(self.extent.0);
        self.top = self.top.saturating_add_signed(lines).min(last);
        self.follows = false;
    }

    /// Shows the bytes, or the sheet again, which is dead until it was on the screen anew.
    pub fn turn_to_bytes(&mut self) {
        self.bytes = match self.bytes {
            None => Some(Page::new(PageKind::Bytes)),
            Some(_) => None,
        };
        self.arming = Arming::default();
    }

    /// A frame showed so many of so many lines, from this one on. The last line that fits has a mark
    /// on it while there are more below: it counts when it is shown without.
    pub fn drawn(&mut self, at: u64, top: usize, (room, total): (usize, usize)) {
        self.arming.drawn(at);
        if self.extent.1 != total {
            // Another width or another word: what was read stands elsewhere now.
            self.read = 0;
        }
        self.extent = (room, total);
        self.top = top.min(total.saturating_sub(room));
        let end = (self.top + room).min(total);
        let shown = if end < total {
            end.saturating_sub(1)
        } else {
            end
        };
        if self.top <= self.read {
            self.read = self.read.max(shown);
        }
    }

    /// The sheet says something else than before: it is dead until that was on the screen.
    pub fn is_new(&mut self) {
        self.arming = Arming::default();
        self.read = 0;
        self.top = 0;
        self.follows = false;
    }

    /// What Enter still waits for, in words; empty where it would sign.
    pub fn waits_for(&self, open: &Open, visit: &Visit) -> Vec<String> {
        let asks = &open.change.asks;
        let mut out = Vec::new();
        out.extend(asks.cannot_sign.clone());
        if !visit.was_shown {
            out.push("the diff on the screen".to_owned());
        }
        if !open.change.complete {
            out.push("the rest of the diff".to_owned());
        }
        if self.read < self.extent.1 {
            out.push("the end of this sheet".to_owned());
        }
        match self.kind {
            VerdictKind::Approve => self.approval_waits(open, visit, &mut out),
            VerdictKind::Reject if self.words.trim().is_empty() => {
                out.push("a reason".to_owned());
            }
            VerdictKind::Comment if self.words.trim().is_empty() && visit.comments.is_empty() => {
                out.push("a remark or a word with it".to_owned());
            }
            VerdictKind::Withdraw if self.supersedes.is_empty() => {
                out.push("a verdict of yours on this revision".to_owned());
            }
            _ => {}
        }
        out
    }

    fn approval_waits(&self, open: &Open, visit: &Visit, out: &mut Vec<String>) {
        let asks = &open.change.asks;
        out.extend(asks.not_counting.clone());
        let hunks = open.share(visit);
        if !hunks.reaches(usize::from(asks.min_viewed)) {
            let wanted = (usize::from(asks.min_viewed) * hunks.total).div_ceil(100);
            out.push(counted(
                wanted.saturating_sub(hunks.seen),
                "hunk to see",
                "hunks to see",
            ));
        }
        let answered = open.answered(visit);
        if asks.acknowledge == Acknowledge::Asked && !answered.is_all() {
            let left = answered.total - answered.seen;
            out.push(counted(left, "answer", "answers"));
        }
        for (nth, check) in CHECKS.iter().enumerate() {
            match visit.checklist[nth] {
                Some(Answer::Fail) => out.push(format!("{check} failed: reject instead")),
                Some(Answer::Pass) => {}
                _ if asks.checklist[nth] => out.push((*check).to_owned()),
                _ => {}
            }
        }
        if visit.comments.iter().any(|c| c.severity == Severity::Must) {
            out.push("no remark that must be fixed: reject instead".to_owned());
        }
        if let Some(word) = &asks.word
            && self.word.as_str() != word
        {
            out.push("the word".to_owned());
        }
    }

    /// The verdict as it will be signed.
    pub fn draft(&self, open: &Open, visit: &Visit) -> Draft {
        let words = self.words.trim();
        let answer = |nth: usize| visit.checklist[nth].unwrap_or(Answer::Na);
        Draft {
            kind: self.kind,
            name: self.name.clone(),
            subject: open.change.subject.clone(),
            viewed: viewed(open, visit),
            checklist: (self.kind == VerdictKind::Approve).then(|| Checklist {
                correctness: answer(0),
                security: answer(1),
                performance: answer(2),
            }),
            summary: (!words.is_empty()).then(|| words.to_owned()),
            comments: self.comments(visit).to_vec(),
            supersedes: self.supersedes.clone(),
        }
    }

    /// The remarks that go with it. A withdrawal says nothing but itself.
    pub fn comments<'a>(&self, visit: &'a Visit) -> &'a [Comment] {
        match self.kind {
            VerdictKind::Withdraw => &[],
            _ => &visit.comments,
        }
    }
}

/// What was on the screen, in the figures of a statement.
pub fn viewed(open: &Open, visit: &Visit) -> Viewed {
    let files = open.files().get(1..).unwrap_or_default();
    let numbered = files.iter().enumerate();
    let whole = numbered.filter(|(index, file)| visit.seen.is_whole(index + 1, file));
    let hunks = open.share(visit);
    let acknowledged = visit.answers.iter().map(|(id, text)| Acknowledged {
        id: id.clone(),
        text: text.clone(),
    });
    Viewed {
        files_viewed: whole.count() as u64,
        files_total: files.len() as u64,
        hunks_viewed: hunks.seen as u64,
        hunks_total: hunks.total as u64,
        seconds: visit.millis / 1000,
        acknowledged: acknowledged.collect(),
        hidden: hidden(open, visit),
    }
}

/// Characters of the hunks that were seen which were shown escaped, the message's too.
fn hidden(open: &Open, visit: &Visit) -> u64 {
    let mut count = visible::hidden(&open.change.message);
    for (file, hunk) in visit.seen.hunks().filter(|(file, _)| *file > 0) {
        let hunk = open.files().get(file).and_then(|f| f.hunks().get(hunk));
        let lines = hunk.map_or(&[][..], |hunk| hunk.lines.as_slice());
        count += lines
            .iter()
            .map(|line| visible::hidden(&line.bytes))
            .sum::<usize>();
    }
    count as u64
}

/// `1 answer`, `2 answers`.
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enter_is_dead_until_the_sheet_has_been_on_the_screen() {
        let mut arming = Arming::default();
        assert_eq!(arming.enter(5, false), Press::Dead, "not drawn at all");
        let mut arming = Arming::default();
        arming.drawn(1000);
        arming.drawn(1200);
        assert!(!arming.is_alive(1299) && arming.is_alive(1300));
        assert_eq!(arming.enter(1300, false), Press::Signs);
    }

    #[test]
    fn a_held_enter_never_signs_and_a_second_press_does_after_a_breath() {
        let mut arming = Arming::default();
        arming.drawn(0);
        assert_eq!(arming.enter(100, false), Press::Dead);
        // The keyboard begins to repeat after half a second, thirty times a second.
        assert_eq!(arming.enter(600, false), Press::Perhaps);
        for at in (633..2000).step_by(33) {
            assert!(!arming.is_due(at));
            assert_eq!(arming.enter(at, false), Press::Dead);
        }
        assert!(!arming.is_due(9000), "nor when it is let go");
        let mut arming = Arming::default();
        arming.drawn(0);
        assert_eq!(arming.enter(100, false), Press::Dead);
        assert_eq!(arming.enter(700, false), Press::Perhaps);
        assert_eq!(arming.next(700), Some(850));
        assert!(arming.is_due(850) && !arming.is_due(851));
        arming.other_key();
        assert_eq!(arming.enter(900, true), Press::Dead, "the terminal says so");
        arming.other_key();
        assert_eq!(arming.enter(950, false), Press::Signs);
    }
}
