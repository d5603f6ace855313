//! A proposal to change the policy as the document `countersign/amend/1`.

use serde_json::{Value, json};

use super::amended::{Made, Told};
use crate::gate::Leaned;
use crate::policy::Shift;
use crate::review::Fallen;

impl Told<'_> {
    /// For programs.
    pub(super) fn document(&self) -> Value {
        let policy = &self.amending.policy;
        let new = &self.amending.amended.policy;
        let made = self.made.as_ref();
        let asks = self.asks();
        json!({
            "schema": "countersign/amend/1",
            "amendment": self.wish.verb,
            "dryRun": made.is_none(),
            "title": self.amending.amended.title,
            "target": self.amending.target,
            "policy": {
                "commit": policy.commit,
                "version": policy.policy.version,
                "digest": policy.policy.digest,
            },
            "becomes": {"version": new.version, "digest": new.digest},
            "shifts": self.amending.shifts.iter().map(shift_value).collect::<Vec<_>>(),
            "remarks": self.amending.amended.remarks,
            "diff": self.diff,
            "falls": self.wish.falls,
            "until": self.wish.until.map(|until| until.to_string()),
            "compare": self.wish.compare.iter().map(|(key, who)| json!({"key": key, "with": who})).collect::<Vec<_>>(),
            "id": made.map(|made| &made.proposed.name.id),
            "revision": made.map(|made| made.proposed.name.number),
            "ref": made.map(|made| &made.proposed.ref_name),
            "head": made.map(|made| made.head),
            "created": made.is_some_and(|made| made.proposed.created),
            "state": made.map_or("dry-run", Made::state),
            "signedBy": made.and_then(|made| made.signed.as_ref()),
            "asked": asks.iter().map(|asks| json!({
                "rule": asks.rule, "needed": asks.needed, "from": asks.from, "could": asks.could,
            })).collect::<Vec<_>>(),
            "canPass": self.approvers.suffice(),
            "waiting": self.standing.waiting.iter().map(waiting_value).collect::<Vec<_>>(),
            "landed": self.landed.iter().map(|one| landed_value(one, self)).collect::<Vec<_>>(),
            "shortages": self.shortages.iter().map(|short| json!({
                "rule": short.rule, "needed": short.needed, "from": short.from,
                "left": short.left, "total": short.is_total(),
            })).collect::<Vec<_>>(),
            "alsoWaiting": self.rivals.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "warnings": self.warnings(),
            "next": self.next(),
        })
    }
}

fn shift_value(shift: &Shift) -> Value {
    json!({
        "leaning": shift.leaning.as_str(),
        "subject": shift.subject,
        "text": shift.text,
    })
}

fn waiting_value(one: &Fallen) -> Value {
    json!({
        "change": one.name.id,
        "revision": one.name.number,
        "title": one.title,
        "state": one.state.as_str(),
        "verdict": one.kind.word(),
        "givenFor": one.given_for,
        "reviewer": one.reviewer,
        "key": one.key,
        "digest": one.digest,
    })
}

fn landed_value(one: &Leaned, told: &Told<'_>) -> Value {
    let lost = one.lost(&told.wish.falls).map(|approval| {
        json!({
            "reviewer": approval.reviewer,
            "key": approval.key,
            "digest": approval.digest,
        })
    });
    json!({
        "first": one.run.report.first,
        "last": one.run.report.last,
        "landedAt": one.run.landed_at.to_string(),
        "subject": one.run.subject,
        "approvals": lost.collect::<Vec<_>>(),
        "without": one.without,
    })
}
