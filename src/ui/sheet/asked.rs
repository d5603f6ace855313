//! The parts of the sheet with what the policy asks, what was said so far, and what follows.

use super::lines::{Density, Line, Pieces, Row};
use super::said::checked;
use super::{View, plain};
use crate::app::action::Action;
use crate::app::keymap::Place;
use crate::app::sheet::{CHECKS, SheetRow};
use crate::diff::visible;
use crate::ui::standing;
use crate::ui::theme::Role;
use crate::ui::wording::{ago, short_name};
use crate::verdict::{Answer, VerdictKind};

impl View<'_> {
    pub(super) fn asked(&self, lines: &mut Vec<Line>, density: Density) {
        let asks = &self.open.change.asks;
        let rules = match asks.rules.is_empty() {
            true => String::new(),
            false => format!("rules: {}", asks.rules.join(", ")),
        };
        lines.push(Line::Heading("what the policy asks", rules));
        let may_merge = |nth: usize| {
            density >= Density::Merged
                && !asks.checklist[nth]
                && self.visit.checklist[nth].is_none()
        };
        for nth in (0..CHECKS.len()).filter(|nth| !may_merge(*nth)) {
            lines.push(self.check(nth));
        }
        let merged: Vec<usize> = (0..CHECKS.len()).filter(|nth| may_merge(*nth)).collect();
        if !merged.is_empty() {
            let names: Vec<String> = merged
                .iter()
                .map(|nth| format!("{} {}", nth + 1, CHECKS[*nth]))
                .collect();
            let here = merged
                .iter()
                .any(|nth| self.sheet.row == SheetRow::Check(*nth));
            lines.push(Line::Row(Row {
                label: "not answered".to_owned(),
                pieces: plain(names.join("  "), Role::Dim),
                right: plain("not asked: na", Role::Faint),
                here,
                may_be_cut: false,
            }));
        }
        if !asks.people.is_empty() {
            let people = plain(asks.people.clone(), Role::Text);
            lines.push(Line::row("people", people, Pieces::new()));
        }
        let entry = self.state.queue.row_of(&self.sheet.name);
        if let Some((label, below)) = entry.and_then(|e| standing::stands_on(self.state, e)) {
            lines.push(Line::row(label, below, Pieces::new()));
        }
        if let Some(word) = &asks.word {
            lines.push(self.word(word));
        }
        lines.push(Line::Blank);
    }

    fn check(&self, nth: usize) -> Line {
        let answer = self.visit.checklist[nth];
        let asked = self.open.change.asks.checklist[nth];
        let (word, role) = match answer {
            Some(Answer::Pass) => ("pass", Role::Good),
            Some(Answer::Fail) => ("fail", Role::Bad),
            Some(Answer::Na) => ("does not apply", Role::Dim),
            None if asked => ("not answered", Role::Ask),
            None => ("not answered: signed na", Role::Dim),
        };
        let right = match (asked, answer) {
            (true, answer) => checked(answer == Some(Answer::Pass), ""),
            (false, _) => plain("not asked", Role::Faint),
        };
        Line::Row(Row {
            label: format!("{} {}", nth + 1, CHECKS[nth]),
            pieces: plain(word, role),
            right,
            here: self.sheet.row == SheetRow::Check(nth),
            may_be_cut: false,
        })
    }

    fn word(&self, word: &str) -> Line {
        let done = self.sheet.word.as_str() == word;
        let here = self.sheet.row == SheetRow::Word;
        let mut pieces = vec![
            ("type ".to_owned(), Role::Text),
            (word.to_owned(), Role::Strong),
            (" to go on:  ".to_owned(), Role::Text),
            (self.sheet.word.as_str().to_owned(), Role::Input),
        ];
        if here && !done {
            pieces.push(("▏".to_owned(), Role::Focus));
        }
        Line::Row(Row {
            label: "word".to_owned(),
            pieces,
            right: checked(done, ""),
            here,
            may_be_cut: false,
        })
    }

    pub(super) fn past(&self, lines: &mut Vec<Line>) {
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
            let (word, role) = super::verb(past.kind);
            let words = past.summary.as_ref().map_or(String::new(), |words| {
                let one = words.replace('\n', " ");
                format!("  \"{}\"", visible::text(one.as_bytes()))
            });
            let pieces = vec![
                (word.to_owned(), role),
                (format!(" @{}  ", past.revision), Role::Text),
                (ago(past.at, self.state.clock.wall), Role::Dim),
                (words, Role::Dim),
            ];
            lines.push(Line::Row(Row {
                label: who.to_owned(),
                pieces,
                right: plain(past.standing.clone(), Role::Dim),
                here: false,
                may_be_cut: true,
            }));
        }
        lines.push(Line::Blank);
    }

    pub(super) fn after(&self, lines: &mut Vec<Line>) {
        lines.push(Line::Heading("after you sign", String::new()));
        let asks = &self.open.change.asks;
        let first = match self.sheet.kind {
            VerdictKind::Approve => asks.after.clone(),
            VerdictKind::Reject => {
                "rejected: it cannot go until you or an override lifts it.".to_owned()
            }
            VerdictKind::Withdraw => {
                "what you take back counts no more; nothing takes its place.".to_owned()
            }
            VerdictKind::Comment => "a remark: it neither grants nor blocks.".to_owned(),
        };
        let full = |text: String, role| Line::row("", plain(text, role), Pieces::new());
        if !first.is_empty() {
            let settled = !self.approves() || asks.settles;
            lines.push(full(first, if settled { Role::Good } else { Role::Ask }));
        }
        let undo = self.state.keymap.key(Place::Main, Action::Undo);
        let seconds = self.state.session().undo_seconds;
        lines.push(full(
            format!("Nothing leaves for {seconds} s; {undo} takes it back until then."),
            Role::Dim,
        ));
        self.signer(lines);
    }

    /// The key, and as whom it counts.
    fn signer(&self, lines: &mut Vec<Line>) {
        let session = self.state.session();
        let signing = self.open.change.subject.signing.as_ref();
        let person = signing.map(|signing| signing.reviewer.clone());
        let person = person
            .or_else(|| session.person.clone())
            .unwrap_or_default();
        let key = signing.map_or(&session.fingerprint, |signing| &signing.key);
        let role = match session.roles.first() {
            Some(role) => (format!("counts as {role}"), Role::Good),
            None => ("has no role".to_owned(), Role::Ask),
        };
        let kind = (format!("  {}", session.key_type), Role::Dim);
        let person = vec![(format!("{person}  "), Role::Text), role, kind];
        lines.push(Line::row("key", plain(key.clone(), Role::Text), person));
    }
}
