//! Reports that lie, burst, or are no reports: the change is shown, the message names the ref, and
//! no level moves.

use super::{of_tool, show, world};
use crate::common::World;

/// Puts bytes under the name of a tool, for the first revision of `ship-it`.
fn put(world: &World, tool: &str, bytes: &[u8]) {
    let path = world.sandbox.path("report");
    std::fs::write(&path, bytes).unwrap();
    let blob = world
        .agent
        .git(&["hash-object", "-w", path.to_str().unwrap()]);
    push(world, tool, &blob);
}

fn push(world: &World, tool: &str, object: &str) {
    let refspec = format!("{object}:refs/countersign/findings/ship-it/1/{tool}");
    world.agent.git(&["push", "-q", "origin", &refspec]);
}

fn result(uri: &str, line: u64, text: &str) -> serde_json::Value {
    serde_json::json!({
        "ruleId": "rule", "level": "error", "message": {"text": text},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri}, "region": {"startLine": line}}}],
    })
}

fn sarif(tool: &str, results: &[serde_json::Value]) -> Vec<u8> {
    let run = serde_json::json!({"tool": {"driver": {"name": tool}}, "results": results});
    let document = serde_json::json!({"version": "2.1.0", "runs": [run]});
    document.to_string().into_bytes()
}

#[test]
fn what_cannot_be_read_is_said_and_stops_nothing() {
    let world = world();
    world.agent.push_queue("ship-it", 1);
    world.alice.run("sync").ok();
    let before = show(&world.alice, "ship-it");
    let deep = format!("{}1{}", "{\"runs\":".repeat(100_000), "}".repeat(100_000));
    put(&world, "a-nothing", b"");
    put(&world, "b-words", b"All is well.");
    put(&world, "c-shape", b"[1,2,3]");
    put(&world, "d-old", br#"{"version":"1.0.0","runs":[]}"#);
    put(
        &world,
        "e-bytes",
        b"{\"version\":\"2.1.0\",\"runs\":[\"\xff\"]}",
    );
    put(&world, "f-deep", deep.as_bytes());
    put(&world, "g-large", &vec![b' '; 40 << 20]);
    let tree = world.agent.oid("HEAD^{tree}");
    push(&world, "h-tree", &tree);
    put(
        &world,
        "i-good",
        &sarif("good", &[result("web/cart.js", 5, "eval")]),
    );
    push(&world, "j/deeper", &world.agent.oid("HEAD:web/cart.js"));
    world.alice.run("sync").ok();
    let shown = show(&world.alice, "ship-it");
    assert_eq!(shown["risk"], before["risk"]);
    assert_eq!(of_tool(&shown["findings"], "good").len(), 1);
    let reports = shown["scanners"].as_array().unwrap();
    let text = world.alice.run("show ship-it").ok();
    for (tool, why) in [
        ("a-nothing", "is no JSON"),
        ("b-words", "is no JSON"),
        ("c-shape", "is neither SARIF 2.1.0"),
        ("d-old", "is SARIF version \"1.0.0\""),
        ("e-bytes", "is not UTF-8"),
        ("f-deep", "is neither SARIF"),
        ("g-large", "has 41943040 bytes, and 33554432 are read"),
        ("h-tree", "blob"),
        ("j/deeper", "is no name of a tool"),
    ] {
        let name = format!("refs/countersign/findings/ship-it/1/{tool}");
        let report = reports.iter().find(|one| one["ref"] == name).unwrap();
        let error = report["error"].as_str().unwrap_or_default();
        assert!(error.contains(why), "{tool}: {error}");
        assert!(
            text.contains(&format!("unreadable: {name} {error}\n")),
            "{text}"
        );
    }
    // The queue says the same as before, too.
    let row = world.alice.run("list --jsonl").exits(0).json();
    assert_eq!(row["risk"], before["risk"]);
}

#[test]
fn ten_thousand_findings_are_a_hundred_and_a_number() {
    let world = world();
    world.agent.push_queue("ship-it", 1);
    let results: Vec<_> = (0..12_000)
        .map(|n| result("shop/orders.py", 6 + n % 8, &format!("number {n}")))
        .collect();
    put(&world, "loud", &sarif("loud", &results));
    world.alice.run("sync").ok();
    let shown = show(&world.alice, "ship-it");
    let found = of_tool(&shown["findings"], "loud");
    assert!(found.len() <= 100, "{}", found.len());
    let report = &shown["scanners"][0];
    let all = report["within"].as_u64().unwrap() + report["elsewhere"].as_u64().unwrap();
    assert_eq!(all, 10_000, "so many are read");
    let listed = found.len() as u64 + shown["findingsElsewhere"].as_array().unwrap().len() as u64;
    assert_eq!(report["leftOut"], 2_000 + 10_000 - listed);
}

#[test]
fn a_report_steers_no_terminal_and_passes_as_nobody_else() {
    let world = world();
    world.agent.push_queue("ship-it", 1);
    let found = [
        result(
            "web/cart.js",
            5,
            "\u{1b}[2Jgone \u{202e}evil\r\nrisk      low",
        ),
        result("../../etc/passwd", 5, "elsewhere"),
        result("https://else.example/web/cart.js", 5, "elsewhere"),
    ];
    put(&world, "fake", &sarif("countersign", &found));
    world.alice.run("sync").ok();
    let text = world.alice.run("show ship-it").ok();
    assert!(
        !text.contains('\u{1b}') && !text.contains('\u{202e}'),
        "{text}"
    );
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("gone")).collect();
    assert_eq!(lines.len(), 1, "{text}");
    assert!(lines[0].starts_with("~  web/cart.js:5  scanner:countersign: rule"));
    let shown = show(&world.alice, "ship-it");
    let elsewhere = of_tool(&shown["findingsElsewhere"], "scanner:countersign");
    assert_eq!(elsewhere.len(), 2, "{elsewhere:?}");
}

#[test]
fn a_proposal_refuses_what_nobody_could_read() {
    let world = world();
    let file = world.agent.dir.join("found");
    for (bytes, why) in [
        (&b"{}"[..], "is neither SARIF 2.1.0"),
        (br#"{"version":"2.1.0","runs":[]}"#, "names no tool"),
        (br#"{"diagnostics":[]}"#, "names no tool"),
        (
            br#"{"version":"2.2","runs":[]}"#,
            "is SARIF version \"2.2\"",
        ),
        (b"\xff\xfe{\0}\0", "is not UTF-8 but UTF-16"),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let ran = world.agent.run("propose --sarif found").exits(2);
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
        assert!(ran.stderr.contains("hint:"), "{}", ran.stderr);
    }
    std::fs::write(&file, vec![b' '; 40 << 20]).unwrap();
    let ran = world.agent.run("propose --sarif found").exits(2);
    assert!(ran.stderr.contains("has 41943040 bytes"), "{}", ran.stderr);
    assert_eq!(world.remote_ref("refs/countersign/queue/ship-it/1"), None);
}
