//! `policy simulate`: the forecast is what the gate says of the same commits.

use serde_json::Value;

use crate::attacks::say;
use crate::common::{Checkout, World};

const RULES: &str = "\
[[rule]]
name = \"traffic\"
paths = [\"infra/**\"]
approvals = 2

[[rule]]
name = \"alone\"
paths = [\"alone/**\"]
teams = [\"lonely\"]

[people.lone]
principal = \"lone@corp.example\"
emails = [\"lone@corp.example\"]
roles = [\"senior\"]
teams = [\"lonely\"]
";

/// Twelve steps of every sort on `main`; the commit before the first.
fn history(world: &World) -> String {
    let base = world.alice.oid("HEAD");
    world.agent.start("work");
    for n in 0..4 {
        world
            .agent
            .commit_by_ai(&format!("src/{n}.py"), "x = 1\n", "By an agent");
        world.agent.commit_by_ai(
            "infra/lb.yaml",
            &format!("port: {n}\n"),
            "Traffic by an agent",
        );
    }
    world.agent.write("alone/a", "one\n");
    world.agent.commit("For a team of one, who has no key");
    world.agent.push_main();
    world.alice.start("signed");
    world.alice.write("README.md", "Signed.\n");
    world.alice.commit_signed("Signed by somebody exempt");
    world.alice.push_main();
    world.alice.write("README.md", "Unsigned.\n");
    world.alice.commit("By somebody, unsigned");
    world.alice.push_main();
    let head = world.queue("merged", "src/app.py", "def main():\n    return 3\n");
    world.bob.fetch_queue("merged", 1);
    world.bob.land_merge(&head);
    base
}

fn simulated(who: &Checkout, words: &[&str]) -> Value {
    let words = [&["policy", "simulate", "--json"], words].concat();
    let ran = who.countersign(&words).exits(0);
    assert_eq!(ran.json()["schema"], "countersign/simulate/1");
    ran.json()
}

fn gate(world: &World, range: &str) -> Value {
    let words = [
        "gate",
        "--json",
        "--target",
        "main",
        "--policy-root",
        &world.root,
        range,
    ];
    world.bob.countersign(&words).json()
}

/// What each run is and why, without the ids of commits.
fn judged(document: &Value) -> Vec<String> {
    let runs = document["runs"].as_array().unwrap();
    runs.iter()
        .map(|run| {
            let rules = run["rules"].as_array().unwrap().iter();
            let rules: Vec<String> = rules
                .map(|rule| {
                    format!(
                        "{} {}/{} {}",
                        rule["name"], rule["have"], rule["needed"], rule["could"]
                    )
                })
                .collect();
            let reasons = run["reasons"].as_array().unwrap().iter();
            let ids: Vec<&str> = reasons
                .map(|reason| reason["id"].as_str().unwrap())
                .collect();
            format!(
                "{} {} {} {ids:?}",
                run["standing"],
                run["level"],
                rules.join("; ")
            )
        })
        .collect()
}

/// A world with these rules, and its policy as files in a folder beside it.
fn drafted() -> (World, String) {
    let mut draft = None;
    let world = World::with_policy(|policy| {
        RULES.clone_into(&mut policy.tables);
        draft = Some(policy.clone());
    });
    let draft = draft.unwrap();
    let place = world.sandbox.path("draft");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join("policy.toml"), draft.toml()).unwrap();
    std::fs::write(place.join("allowed_signers"), draft.allowed_signers()).unwrap();
    (world, place.to_str().unwrap().to_owned())
}

/// The twelve steps as a range that Bob has, with everything that was said of them.
fn landed(world: &World) -> String {
    let base = history(world);
    world.bob.git(&["fetch", "-q", "origin"]);
    world.bob.countersign(&["sync"]).ok();
    format!("{base}..{}", world.bob.oid("origin/main"))
}

/// How many runs need something.
fn closed(document: &Value) -> usize {
    let runs = document["runs"].as_array().unwrap().iter();
    runs.filter(|run| run["standing"] != "not-applicable")
        .count()
}

#[test]
fn from_nothing_to_enforcing_the_forecast_is_the_gates_denials() {
    let (world, draft) = drafted();
    let range = landed(&world);
    // Before anybody enforces anything: the same trees and authors, and no policy in any of them.
    let (top, bare) = (world.sandbox.path(""), world.sandbox.path("before"));
    let remote = world.remote.to_str().unwrap();
    world.sandbox.git(&top, &["clone", "-q", remote, "before"]);
    let without = "git rm -r -q --cached --ignore-unmatch .countersign";
    let rewrite = [
        "filter-branch",
        "-f",
        "--index-filter",
        without,
        "--",
        "--all",
    ];
    world.sandbox.git(&bare, &rewrite);
    let oldest = ["rev-list", "--max-parents=0", "HEAD"];
    let oldest = world.sandbox.git(&bare, &oldest);
    let all = format!("{oldest}..HEAD");
    let words = [
        "policy", "simulate", "--json", "--policy", &draft, "--range", &all,
    ];
    let before = world.sandbox.countersign(&bare, &words).exits(0).json();
    // The gate, later, with the policy in force.
    let later = gate(&world, &range);
    // The rewriting takes the signatures off, so the one signed step is judged as well.
    assert_eq!(closed(&before), closed(&later) + 1);
    let pairs = judged(&before).into_iter().zip(judged(&later));
    let differing = pairs.filter(|(a, b)| a != b).count();
    assert_eq!(
        differing,
        1,
        "{:#?}\n{:#?}",
        judged(&before),
        judged(&later)
    );
}

#[test]
fn on_the_same_commits_the_forecast_is_the_gates_answer_run_by_run() {
    let (world, draft) = drafted();
    let range = landed(&world);
    let later = gate(&world, &range);
    for words in [
        vec!["--range", &range],
        vec!["--range", &range, "--policy", &draft],
    ] {
        let forecast = simulated(&world.bob, &words);
        assert_eq!(judged(&forecast), judged(&later));
        let totals = &forecast["totals"];
        assert_eq!(totals["steps"], 12);
        assert_eq!(totals["exempt"], 1);
        assert_eq!(totals["closed"], closed(&later));
        assert_eq!(totals["byRule"]["traffic"], 4);
        assert_eq!(totals["byAuthor"]["coder-bot@corp.example"], 10);
        // Nobody has the key of the only member of a team: approvals alone would not help.
        let team = (&totals["denied"], &totals["byReason"]["E-TEAM"]);
        assert_eq!(team, (&1.into(), &1.into()));
        assert_eq!(totals["noAnswer"], 0);
    }
    // The commits of this test are older than ninety days.
    let recent = simulated(&world.bob, &[]);
    assert_eq!(recent["totals"]["steps"], 0);
}

#[test]
fn what_was_approved_and_rejected_is_in_the_forecast_as_in_the_gate() {
    let world = World::new();
    let root = world.root.clone();
    let head = world.queue("good", "src/app.py", "def main():\n    return 1\n");
    say(&world.alice, "approve", "good");
    world.bob.fetch_queue("good", 1);
    world.bob.land_merge(&head);
    let head = world.queue("bad", "src/bad.py", "bad = True\n");
    say(&world.alice, "reject", "bad");
    world.bob.fetch_queue("bad", 1);
    let tip = world.bob.land_merge(&head);
    world.bob.countersign(&["sync"]).ok();
    let range = format!("{root}..{tip}");
    let forecast = simulated(&world.bob, &["--range", &range]);
    assert_eq!(judged(&forecast), judged(&gate(&world, &range)));
    let totals = &forecast["totals"];
    assert_eq!(
        (&totals["allowed"], &totals["denied"]),
        (&1.into(), &1.into())
    );
    assert_eq!(totals["byReason"]["E-REJECTED"], 1);
    let text = world
        .bob
        .countersign(&["policy", "simulate", "--range", &range])
        .ok();
    for part in [
        "denied   low",
        "E-REJECTED",
        "by author",
        "the policy in force, v1",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    let short = world
        .bob
        .countersign(&["policy", "simulate", "--summary", "--range", &range])
        .ok();
    assert!(short.starts_with(&root[..12]), "{short}");
}

#[test]
fn a_draft_that_is_no_policy_is_told_its_mistakes() {
    let world = World::new();
    let file = world.sandbox.path("policy.toml");
    std::fs::write(&file, "schema = 1\naprovals = 2\n").unwrap();
    let words = [
        "policy",
        "simulate",
        "--policy",
        file.to_str().unwrap(),
        "--range",
        "HEAD..HEAD",
    ];
    let ran = world.bob.countersign(&words).exits(3);
    assert!(
        ran.stderr.contains("E-POLICY-INVALID") && ran.stderr.contains("aprovals"),
        "{}",
        ran.stderr
    );
    world
        .bob
        .countersign(&[
            "policy",
            "simulate",
            "--policy",
            "nowhere",
            "--range",
            "HEAD..HEAD",
        ])
        .exits(2);
    world
        .bob
        .countersign(&["policy", "simulate", "--since", "soon"])
        .exits(2);
}
