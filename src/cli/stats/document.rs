//! The numbers as JSON. Times are seconds, names are as the policy and the proposals have them.

use serde_json::{Value, json};

use super::Measured;
use crate::stats::{Advice, Record, Reviewer, Spread, Suggestion};

/// `countersign/stats/1`.
pub(super) fn document(measured: &Measured) -> Value {
    let (stats, period) = (&measured.stats, &measured.period);
    let mut document = json!({
        "schema": "countersign/stats/1",
        "since": whole(period.since),
        "until": whole(period.until),
        "queue": {
            "waiting": stats.waiting.ages.count,
            "overdue": stats.waiting.overdue,
            "overdueAfterSeconds": period.overdue.as_secs(),
            "ageSeconds": spread(&stats.waiting.ages),
            "unreadable": measured.unreadable,
        },
        "firstVerdictSeconds": spread(&stats.first_verdict),
        "approvalSeconds": spread(&stats.approval),
        "rushed": {"approvals": stats.rushed.part, "of": stats.rushed.whole},
        "changes": record(&stats.all),
        "reviewers": stats.reviewers.iter().map(reviewer).collect::<Vec<_>>(),
        "agents": stats.agents.iter().map(record).collect::<Vec<_>>(),
        "models": stats.models.iter().map(record).collect::<Vec<_>>(),
        "rules": stats.rules.iter().map(record).collect::<Vec<_>>(),
        "breakGlass": measured.broken_glass.iter().map(|(commit, at)| {
            json!({"commit": commit, "issuedAt": at.to_string()})
        }).collect::<Vec<_>>(),
        "days": stats.days.iter().map(|day| {
            json!({"begins": whole(day.begins), "queued": day.queued, "verdicts": day.verdicts})
        }).collect::<Vec<_>>(),
    });
    if let Some(suggestions) = &measured.suggestions {
        document["suggestions"] = json!(suggestions.all.iter().map(suggestion).collect::<Vec<_>>());
        document["suggestionsFrom"] = json!({
            "leastDecided": measured.wanted.least,
            "oftenPercent": measured.wanted.often,
            "tooFew": suggestions.too_few,
        });
    }
    document
}

fn whole(at: jiff::Timestamp) -> String {
    crate::verdict::whole_seconds(at).to_string()
}

fn spread(spread: &Spread) -> Value {
    json!({"count": spread.count, "p50": spread.p50, "p90": spread.p90, "max": spread.max})
}

fn reviewer(reviewer: &Reviewer) -> Value {
    json!({
        "reviewer": reviewer.who,
        "approvals": reviewer.approvals,
        "rejections": reviewer.rejections,
        "others": reviewer.others,
        "readingSeconds": reviewer.seconds,
        "rushed": {"approvals": reviewer.rushed.part, "of": reviewer.rushed.whole},
        "asked": reviewer.asked,
    })
}

fn record(record: &Record) -> Value {
    let mut value = json!({
        "changes": record.changes,
        "decided": record.decided,
        "approved": record.approved,
        "landed": record.landed,
        "rejected": record.rejected,
        "reverted": record.reverted,
        "troubled": record.troubled,
    });
    if !record.name.is_empty() {
        value["name"] = json!(record.name);
    }
    value
}

fn suggestion(suggestion: &Suggestion) -> Value {
    let advice = match suggestion.advice {
        Advice::Relax => "relax",
        Advice::Tighten => "tighten",
    };
    json!({
        "advice": advice,
        "matcher": suggestion.matcher,
        "evidence": record(&suggestion.record),
    })
}
