//! `countersign schema`: each schema is one, and what the program really prints is valid by it. The
//! judge is Python's `jsonschema`; where it is not installed only the schemas' own form is looked at.

use std::process::Command;

use serde_json::{Value, json};

use crate::common::{Ran, World, run};

/// Reads `{"schema", "document"}` a line and prints what is wrong, a line each.
const JUDGE: &str = "
import json, sys, warnings
warnings.simplefilter('ignore')
import jsonschema
for line in sys.stdin:
    pair = json.loads(line)
    judge = jsonschema.validators.validator_for(pair['schema'])
    judge.check_schema(pair['schema'])
    for error in judge(pair['schema']).iter_errors(pair['document']):
        print(pair['schema']['$id'], list(error.path), error.message[:300])
";

/// What is wrong with these documents; none where nobody can judge.
fn judged(world: &World, pairs: &[(&str, Value)]) -> Option<String> {
    let able = |python: &&str| {
        let mut asked = Command::new(python);
        let asked = asked
            .args(["-W", "ignore", "-c", "import jsonschema"])
            .output();
        asked.is_ok_and(|output| output.status.success())
    };
    let python = ["python3", "/usr/bin/python3"].into_iter().find(able)?;
    let lines: String = pairs
        .iter()
        .map(|(name, document)| {
            let schema = world.alice.countersign(&["schema", name]).exits(0).json();
            format!("{}\n", json!({"schema": schema, "document": document}))
        })
        .collect();
    let mut judge = world.sandbox.command(python, &world.alice.dir);
    Some(run(judge.args(["-c", JUDGE]), lines.as_bytes()).ok())
}

fn json_of(ran: &Ran) -> Value {
    ran.json()
}

/// Documents of a working day, some of them of failures.
fn documents(world: &World) -> Vec<(&'static str, Value)> {
    let (alice, bob) = (&world.alice, &world.bob);
    world.queue("fix-lb", "infra/lb.yaml", "kind: Service\ntimeout: 3\n");
    let mut all = vec![];
    world.agent.start("more");
    world
        .agent
        .commit_by_ai("src/app.py", "eval(input())\n", "Change app");
    let proposed = world.agent.run("propose --id more --json --dry-run");
    all.push(("propose", json_of(&proposed)));
    all.push((
        "propose",
        json_of(&world.agent.run("propose --id more --json")),
    ));
    alice.run("sync").exits(0);
    alice.run("approve fix-lb -m good").exits(0);
    alice.run("reject more -m no").exits(0);
    alice.run("sync").exits(0);
    bob.run("sync").exits(0);
    let root = &world.root;
    let tip = world.agent.oid("HEAD");
    let gates = [
        format!("gate --target main --policy-root {root} --json {root}..{tip}"),
        format!("gate --target main --policy-root {root} --json --report-only {root}..{tip}"),
        format!("gate --target main --policy-root {root} --json {root}..{root}"),
        "gate --target main --json nowhere..main".to_owned(),
    ];
    all.extend(gates.iter().map(|line| ("gate", json_of(&alice.run(line)))));
    for (name, line) in [
        ("list", "list --json --all"),
        ("show", "show fix-lb --json"),
        ("show", "show more --json"),
        ("log", "log --json"),
        ("scan", "scan --json HEAD"),
        ("stats", "stats --json"),
        ("wait", "wait fix-lb --json --timeout 1s"),
        ("wait", "wait more --json --timeout 1s"),
        ("policy-check", "policy check --json"),
        ("doctor", "doctor --json"),
        ("config", "config show --json"),
        ("amend", "policy revoke alice --dry-run --json"),
        (
            "amend",
            "policy add-person dave --email dave@corp.example --json",
        ),
        ("init", "init --json"),
        (
            "init",
            "init --json --dry-run --no-guard --person dave=dave@corp.example=../keys/carol.pub",
        ),
    ] {
        all.push((name, json_of(&alice.run(line))));
    }
    let payload =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/vectors/approval.payload");
    let payload = std::fs::read(payload).unwrap();
    all.push(("verdict", serde_json::from_slice(&payload).unwrap()));
    all
}

#[test]
fn what_the_program_prints_is_valid_by_its_schema_and_a_changed_document_is_not() {
    let world = World::new();
    let documents = documents(&world);
    let Some(wrong) = judged(&world, &documents) else {
        return;
    };
    assert!(wrong.is_empty(), "{wrong}");
    // Each with one field taken away, and the judge sees it.
    for (name, document) in &documents {
        let fields = document.as_object().unwrap();
        let required = world.alice.countersign(&["schema", name]).json();
        let first = required["required"][0].as_str().unwrap();
        let mut less = fields.clone();
        less.remove(first);
        let wrong = judged(&world, &[(name, Value::Object(less))]).unwrap();
        assert!(wrong.contains(first), "{name} without {first}: {wrong}");
    }
}

#[test]
fn every_schema_is_listed_and_an_unknown_name_is_told_the_nearest() {
    let world = World::new();
    let names = world.alice.run("schema").exits(0).stdout;
    for name in ["list", "show", "gate", "verdict", "scan", "stats", "wait"] {
        assert!(names.lines().any(|line| line == name), "{names}");
    }
    for name in names.lines() {
        let schema = world.alice.countersign(&["schema", name]).exits(0).json();
        let id = format!("https://countersign.dev/schema/{name}/1");
        assert_eq!(schema["$id"], id.as_str());
        assert!(
            schema["title"]
                .as_str()
                .is_some_and(|title| title.len() > 20)
        );
    }
    let ran = world.alice.run("schema gat").exits(2);
    assert!(
        ran.stderr.contains("did you mean \"gate\"?"),
        "{}",
        ran.stderr
    );
}
