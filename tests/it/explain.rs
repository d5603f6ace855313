//! `policy explain`: which rules hold and why, who may approve and who may not and why.

use serde_json::Value;

use crate::attacks::say;
use crate::common::{Checkout, World};

const RULES: &str = "\
[[rule]]
name = \"traffic\"
paths = [\"infra/**\", \"**/*.tf\"]
approvals = 2
coverage = \"content\"
checklist = [\"security\"]

[[rule]]
name = \"risky\"
risk = \"high\"
min_viewed = 100

[[rule]]
name = \"by-robot\"
agents = [\"robot\"]
";

fn world() -> World {
    World::with_policy(|policy| RULES.clone_into(&mut policy.tables))
}

fn explained(who: &Checkout, words: &[&str]) -> Value {
    who.countersign(&["sync"]).ok();
    let words = [&["policy", "explain", "--json"], words].concat();
    let ran = who.countersign(&words).exits(0);
    assert_eq!(ran.json()["schema"], "countersign/explain/1");
    ran.json()
}

#[track_caller]
fn rule<'v>(document: &'v Value, name: &str) -> &'v Value {
    let rules = document["rules"].as_array().unwrap();
    rules.iter().find(|rule| rule["name"] == name).unwrap()
}

#[track_caller]
fn holds(document: &Value, name: &str, holds: &str, text: &str) {
    let rule = rule(document, name);
    assert_eq!(rule["holds"], holds, "{rule:#}");
    assert!(
        rule["because"][0]["text"].as_str().unwrap().contains(text),
        "{rule:#}"
    );
}

/// Why somebody may not, by id.
#[track_caller]
fn may_not(rule: &Value, person: &str) -> String {
    let cannot = rule["cannot"].as_array().unwrap();
    let found = cannot.iter().find(|one| one["person"] == person);
    let found = found.unwrap_or_else(|| panic!("{person} may: {rule:#}"));
    format!(
        "{} {}",
        found["id"].as_str().unwrap(),
        found["text"].as_str().unwrap()
    )
}

#[test]
fn a_path_is_told_its_rules_by_the_glob_that_matches() {
    let world = world();
    let document = explained(&world.alice, &["infra/lb.yaml", "./net/a.tf"]);
    holds(&document, "everything", "yes", "every path");
    holds(
        &document,
        "traffic",
        "yes",
        "infra/** matches infra/lb.yaml, **/*.tf matches net/a.tf",
    );
    holds(&document, "risky", "perhaps", "from risk high");
    holds(&document, "by-robot", "perhaps", "where it names robot");
    holds(
        &document,
        "policy_change",
        "no",
        "nothing below .countersign/",
    );
    let traffic = rule(&document, "traffic");
    assert_eq!(traffic["needed"], 2);
    assert_eq!(traffic["coverage"], "content");
    assert_eq!(traffic["checklist"], serde_json::json!(["security"]));
    assert_eq!(
        traffic["could"],
        serde_json::json!(["alice", "bob", "carol"])
    );
    assert_eq!(document["decision"], Value::Null);

    let other = explained(&world.alice, &["src/app.py"]);
    holds(&other, "traffic", "no", "no path under infra/**, **/*.tf");
    let own = explained(&world.alice, &[".countersign/policy.toml"]);
    holds(
        &own,
        "policy_change",
        "yes",
        ".countersign/policy.toml is the policy's own",
    );
}

#[test]
fn a_queued_change_is_told_who_may_and_who_may_not_and_what_is_next() {
    let world = world();
    world.queue(
        "lb",
        "infra/lb.yaml",
        "kind: Service\nhealthCheck: /ready\n",
    );
    let document = explained(&world.alice, &["--for", "lb"]);
    assert_eq!(document["decision"], "pending");
    assert_eq!(document["exit"], 8);
    assert_eq!(document["change"]["ai"]["is"], true);
    let traffic = rule(&document, "traffic");
    assert_eq!(traffic["could"], serde_json::json!(["alice", "bob"]));
    // Carol runs the agent.
    assert!(may_not(traffic, "carol").starts_with("E-SELF-APPROVAL runs the agent"));
    assert_eq!(
        document["next"][0],
        "2 of alice, bob: countersign approve lb@1 -m WHY"
    );

    let words = [
        "approve",
        "lb@1",
        "-m",
        "read",
        "--check",
        "security=pass",
        "--push",
    ];
    world.alice.countersign(&words).ok();
    let document = explained(&world.bob, &["--for", "lb@1"]);
    assert_eq!(
        rule(&document, "traffic")["have"],
        serde_json::json!(["alice"])
    );
    assert_eq!(
        document["next"][0],
        "1 of bob: countersign approve lb@1 -m WHY"
    );

    let text = world
        .bob
        .countersign(&["policy", "explain", "--for", "lb"])
        .ok();
    for part in [
        "now      PENDING (8)",
        "1 of 2 senior  because infra/** matches infra/lb.yaml",
        "may      alice did",
        "may not  carol  runs the agent",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
}

#[test]
fn a_rejected_change_says_who_takes_it_back() {
    let world = world();
    world.queue("app", "src/app.py", "def main():\n    return 9\n");
    say(&world.bob, "reject", "app");
    let document = explained(&world.alice, &["--for", "app"]);
    assert_eq!(
        (&document["decision"], &document["exit"]),
        (&"deny".into(), &1.into())
    );
    let next = document["next"][0].as_str().unwrap();
    assert!(
        next.contains("bob@corp.example takes the rejection back"),
        "{next}"
    );
}

#[test]
fn a_revision_is_explained_before_it_is_proposed() {
    let world = world();
    world.alice.start("own");
    world.alice.write("infra/lb.yaml", "kind: Service\n");
    world.alice.commit("Unsigned");
    let document = explained(&world.alice, &[]);
    assert_eq!(document["change"]["id"], Value::Null);
    assert_eq!(document["change"]["head"], world.alice.oid("HEAD").as_str());
    assert_eq!(document["next"][0], "propose it: countersign propose HEAD");
    let why = may_not(rule(&document, "everything"), "alice");
    assert!(why.starts_with("E-SELF-APPROVAL is author of"), "{why}");
    // Signed by somebody exempt, it needs nobody; the rules are told all the same.
    world.alice.start("signed");
    world
        .alice
        .write("infra/lb.yaml", "kind: Service\n# signed\n");
    world.alice.commit_signed("Signed");
    let document = explained(&world.alice, &["--for", "HEAD"]);
    assert_eq!(document["decision"], "allow");
    assert_eq!(document["applies"], "human-signed");
    // For another target its policy answers, and where there is none nobody does.
    let words = ["policy", "explain", "--for", "HEAD", "--target", "nowhere"];
    assert_ne!(world.alice.countersign(&words).code, Some(0));
    world
        .alice
        .countersign(&["policy", "explain", "--for", "nosuch"])
        .exits(2);
}

#[test]
fn a_revoked_key_and_a_role_not_held_are_reasons() {
    let mut gone = String::new();
    let world = World::with_policy(|policy| {
        let line = policy.signers[1].clone();
        // The window of Bob's key is over.
        policy.signers[1] = line.replace("namespaces=", "valid-before=\"20250101Z\",namespaces=");
        policy.tables =
            "[people.erin]\nprincipal = \"erin@corp.example\"\nroles = [\"intern\"]\n".to_owned();
        gone = line;
    });
    let document = explained(&world.alice, &["README.md"]);
    let everything = rule(&document, "everything");
    assert!(
        may_not(everything, "bob").starts_with("E-KEY-EXPIRED"),
        "{gone}"
    );
    assert!(may_not(everything, "erin").starts_with("E-NO-ROLE holds none of the roles senior"));
    assert_eq!(everything["could"], serde_json::json!(["alice", "carol"]));
}

#[test]
fn a_change_of_the_policy_is_shown_as_what_it_means() {
    let mut policy = None;
    let world = World::with_policy(|first| policy = Some(first.clone()));
    let mut policy = policy.unwrap();
    world.alice.start("policy");
    policy.version = 2;
    policy.mode = "flagged";
    let gone = policy.signers.pop().unwrap();
    policy.tables = RULES.to_owned();
    world.alice.write_policy(&policy);
    world.alice.commit_signed("Another policy");
    world.alice.push_queue("policy", 1);
    world.bob.countersign(&["sync"]).ok();
    let shown = world
        .bob
        .countersign(&["show", "policy", "--json"])
        .exits(0)
        .json();
    let change = &shown["policyChange"];
    assert_eq!(
        (&change["valid"], &change["loosened"]),
        (&true.into(), &1.into()),
        "{change:#}"
    );
    let shifts = change["shifts"].to_string();
    for part in [
        "scope.mode",
        "carol@corp.example loses it",
        "rule `traffic`",
        "is new",
    ] {
        assert!(shifts.contains(part), "no {part:?} in {shifts}\n{gone}");
    }
    let text = world.bob.countersign(&["show", "policy"]).ok();
    let first = "policy    ▲ loosened   scope.mode: goes from unless-human-signed to flagged";
    assert!(text.contains(first), "{text}");
    assert!(
        text.contains("policy    + tightened  rule `traffic`"),
        "{text}"
    );
}

#[test]
fn a_mistake_in_a_changed_policy_is_told_where_it_is_shown() {
    let mut policy = None;
    let world = World::with_policy(|first| policy = Some(first.clone()));
    let mut policy = policy.unwrap();
    world.alice.start("policy");
    policy.version = 2;
    policy.approvals = 9;
    world.alice.write_policy(&policy);
    world.alice.commit_signed("A mistake");
    world.alice.push_queue("policy", 1);
    world.queue("plain", "src/app.py", "x = 1\n");
    world.bob.countersign(&["sync"]).ok();
    let shown = world
        .bob
        .countersign(&["show", "policy", "--json"])
        .exits(0)
        .json();
    let change = &shown["policyChange"];
    assert_eq!(change["valid"], false, "{change:#}");
    assert!(
        change["mistakes"][0]["text"]
            .as_str()
            .unwrap()
            .contains("asks 9 of senior")
    );
    let shown = world
        .bob
        .countersign(&["show", "plain", "--json"])
        .exits(0)
        .json();
    assert_eq!(shown["policyChange"], Value::Null);
}
