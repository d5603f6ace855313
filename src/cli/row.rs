//! A row of the queue as JSON: the fields that scripts may rely on, in their order.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::change::{RepoPath, readable};
use crate::queue::{Entry, Given, Place, State};

/// The names of a row's fields, in order.
pub(super) const FIELDS: [&str; 32] = [
    "id",
    "revision",
    "ref",
    "localRef",
    "head",
    "base",
    "target",
    "state",
    "title",
    "author",
    "agent",
    "ai",
    "risk",
    "files",
    "added",
    "removed",
    "commits",
    "createdAt",
    "ageSeconds",
    "needs",
    "needsMe",
    "onlyMe",
    "asked",
    "nobody",
    "why",
    "approvals",
    "rejections",
    "claim",
    "checks",
    "standsOn",
    "repository",
    "directory",
];

/// One field of a row, or none where there is no field of that name.
pub(super) fn field(entry: &Entry, name: &str, now: Timestamp) -> Option<Value> {
    Some(match name {
        "id" => json!(entry.id),
        "revision" => json!(entry.revision),
        "ref" => json!(on_the_remote(&entry.ref_name)),
        "localRef" => json!(entry.ref_name),
        "head" => json!(entry.head),
        // What cannot be read stands on nothing.
        "base" => match entry.state {
            State::Invalid => Value::Null,
            _ => json!(entry.base),
        },
        "target" => json!(entry.target),
        "state" => json!(entry.state.as_str()),
        "title" => json!(entry.title),
        "author" => json!({"name": entry.author.name, "email": entry.author.email}),
        "agent" => json!(entry.agent),
        "ai" => json!({"is": !entry.ai_markers.is_empty(), "markers": entry.ai_markers}),
        "risk" => entry.risk.map_or(Value::Null, |risk| {
            json!({
                "level": risk.level,
                "likelihood": risk.likelihood,
                "impact": risk.impact,
                "cost": risk.cost,
                "key": thousandths(risk.key),
                "findings": risk.findings,
            })
        }),
        "files" => json!(entry.files),
        "added" => json!(entry.added),
        "removed" => json!(entry.removed),
        "commits" => json!(entry.commits),
        "createdAt" => json!(entry.created_at.to_string()),
        "ageSeconds" => json!(entry.age_seconds(now)),
        "needs" => entry
            .needs
            .iter()
            .map(|need| {
                json!({"rule": need.rule, "needed": need.needed, "have": need.have, "from": need.from})
            })
            .collect(),
        "needsMe" => json!(entry.needs_me),
        "onlyMe" => json!(entry.only_me),
        "asked" => json!(entry.asked),
        "nobody" => json!(entry.nobody),
        "why" => json!(Place::of(entry, now).to_string()),
        "approvals" => given(&entry.approvals),
        "rejections" => given(&entry.rejections),
        "claim" => entry.claim.as_ref().map_or(Value::Null, |claim| {
            json!({"reviewer": claim.reviewer, "until": claim.until.to_string()})
        }),
        "checks" => entry
            .checks
            .iter()
            .map(|check| json!({"name": check.name, "state": check.state.as_str()}))
            .collect(),
        "standsOn" => json!(entry.stacked_on.as_ref().map(ToString::to_string)),
        _ => return None,
    })
}

/// A row with these fields.
pub(super) fn row(entry: &Entry, fields: &[&str], now: Timestamp) -> Value {
    let mut row = Map::new();
    for name in fields {
        if let Some(value) = field(entry, name, now) {
            row.insert((*name).to_owned(), value);
        }
    }
    Value::Object(row)
}

/// A ref's name on the remote: the same in every clone, whether it is tracked there or own.
fn on_the_remote(local: &str) -> String {
    local
        .strip_prefix("refs/countersign-remote/")
        .and_then(|rest| rest.rfind("/countersign/").map(|at| &rest[at..]))
        .map_or_else(|| local.to_owned(), |rest| format!("refs{rest}"))
}

/// A path for JSON: text where it is UTF-8, else its text and its bytes in base64.
pub(super) fn path(path: &RepoPath) -> Value {
    text_or_bytes(path.as_bytes())
}

/// The same for any bytes.
pub(super) fn text_or_bytes(bytes: &[u8]) -> Value {
    use base64::Engine as _;
    std::str::from_utf8(bytes).map_or_else(
        |_| {
            let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
            json!({"text": readable(bytes), "bytes": encoded})
        },
        |text| json!(text),
    )
}

fn given(given: &[Given]) -> Value {
    given
        .iter()
        .map(
            |one| json!({"reviewer": one.reviewer, "revision": one.revision, "digest": one.digest}),
        )
        .collect()
}

/// Thousandths as a plain JSON number.
#[allow(
    clippy::cast_precision_loss,
    reason = "risk keys are below 2^53 by far"
)]
pub(super) fn thousandths(value: i64) -> Value {
    if value % 1000 == 0 {
        json!(value / 1000)
    } else {
        json!(value as f64 / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ref_has_the_same_name_everywhere() {
        let name = "refs/countersign/queue/fix-lb/2";
        assert_eq!(on_the_remote(name), name);
        for remote in ["origin", "a/b", "countersign"] {
            let tracked = format!("refs/countersign-remote/{remote}/countersign/queue/fix-lb/2");
            assert_eq!(on_the_remote(&tracked), name);
        }
    }
}
