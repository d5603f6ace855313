//! What a change does to the policy, in words and as JSON: who gains or loses what.

use serde_json::{Value, json};

use crate::policy::Shift;
use crate::review::PolicyChange;

/// Lines for people; what asks less is marked and stands first.
pub(super) fn lines(change: &PolicyChange) -> Vec<String> {
    let notes = change.notes.iter().map(|note| format!("▲ {note}"));
    let mistakes = change.mistakes.iter().map(|mistake| format!("▲ {mistake}"));
    let shifts = change.shifts.iter().map(shift);
    let lines = notes.chain(mistakes).chain(shifts);
    lines.map(|line| format!("policy    {line}")).collect()
}

fn shift(shift: &Shift) -> String {
    let mark = shift.leaning.mark();
    let (word, subject, text) = (shift.leaning.as_str(), &shift.subject, &shift.text);
    format!("{mark} {word:<9}  {subject}: {text}")
}

/// The same as JSON.
pub(super) fn value(change: &PolicyChange) -> Value {
    let shifts = change.shifts.iter().map(|shift| {
        json!({
            "leaning": shift.leaning.as_str(),
            "subject": shift.subject,
            "text": shift.text,
        })
    });
    let mistakes = change.mistakes.iter().map(|mistake| {
        json!({
            "file": mistake.file,
            "line": mistake.line,
            "text": mistake.text,
            "remedy": mistake.remedy,
        })
    });
    json!({
        "valid": change.mistakes.is_empty(),
        "loosened": change.loosened(),
        "shifts": shifts.collect::<Vec<_>>(),
        "mistakes": mistakes.collect::<Vec<_>>(),
        "notes": change.notes,
    })
}
