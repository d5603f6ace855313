//! `policy explain --json`: the document `countersign/explain/1`.

use serde_json::{Value, json};

use super::super::row::path;
use super::super::scan::terms;
use super::explain::{Asked, Explained, Of};
use crate::policy::{Holds, is_policy_change};
use crate::review::Opened;

/// The whole answer as one document.
pub(super) fn document(explained: &Explained) -> Value {
    let (paths, change) = match &explained.of {
        Of::Paths(paths) => (paths.iter().map(path).collect::<Vec<_>>(), Value::Null),
        Of::Change { opened, queued } => {
            let paths = opened.span.paths();
            (paths.iter().map(path).collect(), revision(opened, *queued))
        }
    };
    let mut document = json!({
        "schema": "countersign/explain/1",
        "target": explained.target,
        "policy": {
            "commit": explained.policy.commit,
            "version": explained.policy.policy.version,
            "digest": explained.policy.policy.digest,
        },
        "paths": paths,
        "change": change,
        "rules": explained.rules.iter().map(rule).collect::<Vec<_>>(),
        "next": explained.next,
    });
    if let Of::Change { opened, .. } = &explained.of
        && let Some(outcome) = &opened.outcome
    {
        let decision = outcome.decision();
        document["decision"] = json!(decision);
        document["exit"] = json!(decision.exit_code());
        document["applies"] = json!(outcome.applies);
        let reasons = outcome.reasons.iter().chain(&outcome.set_aside);
        document["reasons"] = reasons.map(|reason| json!(reason)).collect();
        document["warnings"] = json!(outcome.warnings);
    }
    document
}

fn revision(opened: &Opened, queued: bool) -> Value {
    let revision = &opened.revision;
    let assessment = &opened.assessment;
    json!({
        "id": queued.then(|| revision.id.clone()),
        "revision": queued.then_some(revision.number),
        "head": revision.head.oid,
        "base": revision.base,
        "title": revision.title,
        "ai": {
            "is": opened.span.provenance.is_ai(),
            "markers": opened.span.provenance.texts(),
        },
        "level": assessment.level.as_str(),
        "likelihood": assessment.likelihood,
        "impact": assessment.impact,
        "terms": terms(assessment),
    })
}

fn rule(asked: &Asked) -> Value {
    let rule = asked.rule();
    let demands = &rule.demands;
    let because =
        asked.weighed.because.iter().map(
            |one| json!({"condition": one.key, "holds": one.holds.as_str(), "text": one.text}),
        );
    let cannot = asked.cannot().map(|(person, reason)| {
        let mut value = json!(reason);
        value["person"] = json!(person.id);
        value
    });
    let checklist = demands.checklist.iter().map(|item| item.as_str());
    json!({
        "name": rule.name,
        "holds": asked.holds().as_str(),
        "policyChange": is_policy_change(rule),
        "because": because.collect::<Vec<_>>(),
        "needed": asked.needed,
        "have": asked.have,
        "from": demands.from,
        "teams": demands.teams,
        "coverage": demands.coverage.as_str(),
        "maxAge": demands.max_age_text(),
        "minViewed": demands.min_viewed,
        "checklist": checklist.collect::<Vec<_>>(),
        "acknowledge": demands.acknowledge,
        "requireUpToDate": demands.require_up_to_date,
        "asks": demands.in_words(),
        "could": if asked.holds() == Holds::No { Vec::new() } else { asked.could().collect::<Vec<_>>() },
        "cannot": if asked.holds() == Holds::No { Vec::new() } else { cannot.collect::<Vec<_>>() },
    })
}
