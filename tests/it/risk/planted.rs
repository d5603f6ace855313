//! The demo's planted defects, each at its line with its question; and its harmless changes.

use serde_json::Value;

use crate::common::Sandbox;
use countersign::risk::rules;

/// Change, rule, path, and what stands on the line.
const PLANTED: &[(&str, &str, &str, &str)] = &[
    // A race, twice.
    (
        "pool-lock-free",
        "conc.lock-removed",
        "edge/src/pool.rs",
        "lock",
    ),
    (
        "cache-jitter",
        "conc.lock-removed",
        "cache/store.go",
        "s.mu.Lock()",
    ),
    // Traffic that goes nowhere.
    (
        "fix-lb-timeouts",
        "k8s.selector-unmatched",
        "infra/lb.yaml",
        "app: edge-lb",
    ),
    (
        "fix-lb-timeouts",
        "cfg.health-check",
        "infra/lb.yaml",
        "readinessProbe",
    ),
    (
        "fix-lb-timeouts",
        "cfg.lb-weights",
        "charts/edge/values.yaml",
        "weight: 0",
    ),
    // Errors that nobody hears of.
    (
        "feature-flags",
        "err.swallowed",
        "web/src/features/client.ts",
        ".catch(() => {})",
    ),
    ("order-events", "err.swallowed", "orders/store.go", "_ ="),
    // Tests that ask for less.
    (
        "retry-budget",
        "test.assert-weakened",
        "edge/tests/retry.rs",
        "assert!(",
    ),
    (
        "retry-budget",
        "test.skipped",
        "edge/tests/retry.rs",
        "#[ignore",
    ),
    (
        "payments-sandbox",
        "sec.secret-literal",
        "payments/sandbox.go",
        "sandboxAPIKey",
    ),
    (
        "feature-flags",
        "dep.source-changed",
        "web/package.json",
        "\"latest\"",
    ),
    ("auth-refresh", "hid.bidi", "web/src/session.ts", "\u{202e}"),
    (
        "export-csv",
        "dep.import-undeclared",
        "reports/reports/export.py",
        "sheetsafe",
    ),
];

/// Changes in which there is nothing to find.
const HARMLESS: &[&str] = &[
    "api-client",
    "bump-tokio",
    "cache-metrics",
    "comment-units",
    "docs-links",
    "docs-runbook",
    "log-wording",
    "sort-imports",
];

#[test]
fn each_planted_defect_has_its_question_at_its_line_and_harmless_changes_have_none() {
    let sandbox = Sandbox::new();
    let demo = ["demo", "demo", "--at", "2026-11-24T10:00:00Z"];
    sandbox.countersign(&sandbox.path(""), &demo).ok();
    let alice = sandbox.path("demo/alice");
    let shown = |id: &str| sandbox.countersign(&alice, &["show", "--json", id]).json();
    let mut missing = Vec::new();
    for (id, rule, path, text) in PLANTED {
        let change = shown(id);
        let findings = findings(&change);
        let is_it = |finding: &&Value| {
            let head = change["head"].as_str().unwrap();
            let base = change["base"].as_str().unwrap();
            finding["rule"] == *rule
                && finding["path"] == *path
                && finding["severity"] == 3
                && line(&sandbox, [base, head], finding).is_some_and(|line| line.contains(text))
        };
        let Some(found) = findings.iter().find(is_it) else {
            missing.push(format!("{id}: {rule} at {text:?} in {path}: {findings:#?}"));
            continue;
        };
        let sentence = rules()
            .into_iter()
            .find(|r| r.id == *rule)
            .unwrap()
            .sentence;
        let message = found["message"].as_str().unwrap();
        // A rule may ask closer to the place; it asks all the same.
        let asks = message.starts_with(sentence) || message.ends_with('?');
        assert!(asks, "{id}: {message}");
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    for id in HARMLESS {
        assert_eq!(findings(&shown(id)), Vec::<Value>::new(), "{id}");
    }
}

/// Our own findings on a change.
fn findings(change: &Value) -> Vec<Value> {
    let findings = change["findings"].as_array();
    let all = findings.unwrap_or_else(|| panic!("{change:#}")).clone();
    all.into_iter()
        .filter(|finding| finding["tool"] == "countersign")
        .collect()
}

/// The line that a finding names, out of the commit of its side.
fn line(sandbox: &Sandbox, [base, head]: [&str; 2], finding: &Value) -> Option<String> {
    let commit = if finding["side"] == "old" { base } else { head };
    let file = format!("{commit}:{}", finding["path"].as_str()?);
    let text = sandbox.git(&sandbox.path("demo/alice"), &["show", &file]);
    let number = usize::try_from(finding["line"].as_u64()?).ok()?;
    text.lines().nth(number.checked_sub(1)?).map(str::to_owned)
}
