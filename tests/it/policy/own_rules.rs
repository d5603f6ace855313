//! A repository's own rules: their mistakes all at once, their marks at the line and at the gate,
//! and that they can only add.

use std::fmt::Write as _;

use countersign::risk::{
    Level, OWN_MATCH, OWN_RULE, PolicyRisk, rules, rules_digest, rules_digest_with,
};
use serde_json::Value;

use super::fixture::{EXAMPLE, MAGIC, files, parse, signers};
use crate::common::{Checkout, Policy, Ran, World};
use crate::risk::change::{judge, judge_with, text};

/// A rule that marks a number, and a rule of the policy that asks two persons at high risk.
const RULES: &str = r#"
[[rule]]
name = "high"
risk = "high"
approvals = 2

[[risk.rules]]
id = "own.forty-one"
severity = 3
sentence = "Forty-one is nobody's answer here. What is it for?"
firing = ['''
src/a.py
+    return 41
''']
silent = ['''
src/a.py
+    # return 41
''', '''
docs/a.md
+return 41
''']
[[risk.rules.match]]
languages = ["python"]
pattern = '''\breturn 41\b'''
"#;

const ODD: &str = "def main():\n    return 41\n";

fn policy(tables: &str) -> impl FnOnce(&mut Policy) {
    |policy| tables.clone_into(&mut policy.tables)
}

fn show(who: &Checkout, id: &str) -> Value {
    who.countersign(&["sync"]).ok();
    who.countersign(&["show", id, "--json"]).exits(0).json()
}

fn gate(who: &Checkout, world: &World, merged: &str) -> Ran {
    who.countersign(&["sync"]).ok();
    let range = format!("{}..{merged}", world.root);
    let root = ["--policy-root", &world.root];
    who.countersign(&[
        "gate", "--target", "main", root[0], root[1], &range, "--json",
    ])
}

fn own(document: &Value) -> Vec<&Value> {
    let findings = document["findings"].as_array().unwrap().iter();
    let is_own = |one: &&Value| one["rule"].as_str().unwrap().starts_with("own.");
    findings.filter(is_own).collect()
}

#[test]
fn a_rule_of_the_repository_marks_its_line_and_raises_what_the_gate_asks() {
    let world = World::with_policy(policy(RULES));
    world.queue("direct", "src/app.py", ODD);
    let shown = show(&world.alice, "direct");
    let found = own(&shown);
    assert_eq!(found.len(), 1, "{shown:#}");
    assert_eq!(found[0]["rule"], "own.forty-one");
    assert_eq!(found[0]["path"], "src/app.py");
    assert_eq!(found[0]["line"], 2);
    assert_eq!(found[0]["severity"], 3);
    assert_eq!(
        found[0]["message"],
        "Forty-one is nobody's answer here. What is it for?"
    );
    assert_eq!(shown["risk"]["level"], "high");
    assert_eq!(shown["risk"]["impact"], 3);
    let digest = shown["assessedByRules"].as_str().unwrap();
    assert_ne!(digest, rules_digest().to_string());

    let merged = world.bob.land_merge(&world.bob.fetch_queue("direct", 1));
    let answer = ["--answer", found[0]["id"].as_str().unwrap()];
    let approve = ["approve", "direct", "-m", "read", "--push"];
    world
        .alice
        .countersign(&[&approve[..], &answer[..]].concat())
        .ok();
    let pending = gate(&world.alice, &world, &merged).exits(8).json();
    let run = &pending["runs"][0];
    assert_eq!(run["level"], "high");
    assert_eq!(
        (&run["rules"][1]["needed"], &run["rules"][1]["have"]),
        (&2.into(), &1.into())
    );
    assert_eq!(pending["policy"]["assessedByRules"], digest);

    // The same without the rule: one approval is enough.
    let world = World::new();
    world.queue("direct", "src/app.py", ODD);
    let shown = show(&world.alice, "direct");
    assert_eq!(
        (own(&shown).len(), &shown["risk"]["level"]),
        (0, &"low".into())
    );
    assert_eq!(shown["assessedByRules"], rules_digest().to_string());
    let merged = world.bob.land_merge(&world.bob.fetch_queue("direct", 1));
    world.alice.countersign(&approve).ok();
    gate(&world.alice, &world, &merged).exits(0);
}

#[test]
fn a_change_of_the_rules_does_not_judge_itself() {
    let world = World::with_policy(policy(RULES));
    let agent = &world.agent;
    agent.start("disarm");
    let text = std::fs::read_to_string(agent.dir.join(".countersign/policy.toml")).unwrap();
    let disarmed = text.split("[[risk.rules]]").next().unwrap();
    agent.write(
        ".countersign/policy.toml",
        disarmed.replace("version = 1", "version = 2"),
    );
    agent.git(&["add", ".countersign"]);
    agent.commit_by_ai("src/app.py", ODD, "Answer with forty-one");
    agent.push_queue("disarm", 1);
    let shown = show(&world.alice, "disarm");
    assert_eq!(own(&shown).len(), 1, "{shown:#}");
}

/// Three rules, each with one mistake.
const WRONG: &str = r#"
[[risk.rules]]
id = "conc.lock-removed"
severity = 3
sentence = "Ours, and not to be replaced."
[[risk.rules.match]]
pattern = 'lock'

[[risk.rules]]
id = "own.pattern"
severity = 2
sentence = "A pattern that is none."
[[risk.rules.match]]
languages = ["python"]
pattern = '(unclosed'

[[risk.rules]]
id = "own.words"
severity = 2
sentence = "A language that nobody speaks."
[[risk.rules.match]]
languages = ["python", "klingon"]
pattern = 'x'
"#;

#[test]
fn three_mistakes_are_three_lines() {
    let world = World::new();
    let checkout = &world.alice;
    checkout.write_policy(&Policy {
        tables: WRONG.to_owned(),
        version: 2,
        ..Policy::new(&[])
    });
    let toml = std::fs::read_to_string(checkout.dir.join(".countersign/policy.toml")).unwrap();
    let line = |text: &str| 1 + toml[..toml.find(text).unwrap()].matches('\n').count() as u64;
    let ran = checkout
        .countersign(&["policy", "check", "--json"])
        .exits(3);
    let mistakes = ran.json()["mistakes"].clone();
    let of_rules: Vec<(u64, &str)> = mistakes
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["file"] == ".countersign/policy.toml")
        .map(|one| (one["line"].as_u64().unwrap(), one["text"].as_str().unwrap()))
        .filter(|(at, _)| *at >= line("[[risk.rules]]"))
        .collect();
    assert_eq!(of_rules.len(), 3, "{mistakes:#}");
    for ((at, text), (place, words)) in of_rules.iter().zip([
        ("\"conc.lock-removed\"", "no id of an own rule"),
        ("'(unclosed'", "unclosed group"),
        ("\"klingon\"", "unknown variant `klingon`"),
    ]) {
        assert_eq!(*at, line(place), "{text}");
        assert!(text.contains(words), "{text}");
        let said = format!(".countersign/policy.toml:{at}: {text}");
        assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    }

    // On the target it is no policy: nothing can be approved, and the gate has no answer.
    checkout.git(&["add", "-A"]);
    checkout.commit_signed("Break the policy");
    checkout.push_main();
    checkout.countersign(&["policy", "check", "HEAD"]).exits(3);
}

/// The lines of a rule before its matches.
const HEAD: &str =
    "[[risk.rules]]\nid = \"own.a\"\nseverity = 2\nsentence = \"What is asked here?\"\n";

fn matches(lines: &str) -> String {
    format!("{HEAD}[[risk.rules.match]]\n{lines}")
}

/// Exactly one mistake, at this line of the rules, with these words.
fn one(text: &str, line: usize, words: &str) {
    let all = format!("{EXAMPLE}\n{text}");
    let start = all.len() - text.len();
    let first = all[..start].matches('\n').count();
    let invalid = files(&all, &signers(), MAGIC).parse().unwrap_err();
    let found = invalid.mistakes();
    assert_eq!(found.len(), 1, "{text}: {found:#?}");
    assert!(found[0].text.contains(words), "{text}: {}", found[0].text);
    assert_eq!(
        found[0].line,
        Some(first + line),
        "{text}: {}",
        found[0].text
    );
}

#[test]
fn every_field_is_held_to_its_form() {
    one(HEAD, 1, "`match` is missing");
    one(&matches("not = 'x'\n"), 5, "`pattern` is missing");
    one(&matches("pattern = 'x'\nto = 'y'\n"), 7, "`to` and `side");
    one(
        &matches("pattern = 'x'\nside = \"pair\"\n"),
        5,
        "`to` and `side",
    );
    one(&matches("pattern = '.*'\n"), 6, "an empty line");
    one(
        &matches("pattern = 'x'\npatern = 'y'\n"),
        7,
        "unknown key `risk.rules[0].match[0].patern`",
    );
    one(
        &matches("pattern = 'x'\nside = \"left\"\n"),
        7,
        "`side`: unknown variant",
    );
    one(&matches("pattern = 7\n"), 6, "`pattern`: invalid type");
    one(
        &matches(&format!("pattern = '{}'\n", "x".repeat(1001))),
        6,
        "more than 1000 bytes",
    );
    one(
        &matches("pattern = '(a{900}){900}'\n"),
        6,
        "takes more than 65536 bytes",
    );
    one(
        &matches("pattern = 'x'\nsentence = \"a\u{202e}b hidden\"\n"),
        7,
        "cannot be seen",
    );
    one(
        &format!("{HEAD}match = 7\n"),
        5,
        "`risk.rules[0].match` is not a list of tables",
    );
}

#[test]
fn rules_are_whole_unique_and_within_the_limits() {
    let whole = matches("pattern = 'x'\n");
    for (from, to, line, words) in [
        ("own.a", "own.A", 2, "no id of an own rule"),
        ("severity = 2", "severity = 4", 3, "is not 1, 2 or 3"),
        ("severity = 2\n", "", 1, "`severity` is missing"),
        ("What is asked here?", "Why?", 4, "fewer than 10"),
        (
            "severity = 2",
            "severity = 2\ncomputed = true",
            4,
            "unknown key",
        ),
    ] {
        one(&whole.replace(from, to), line, words);
    }
    one(&format!("{whole}{whole}"), 8, "a second rule own.a");
    let mut many = String::new();
    for number in 0..101 {
        let _ = writeln!(
            many,
            "{}",
            whole.replace("own.a", &format!("own.r{number}"))
        );
    }
    one(&many, 701, "more than 100 rules");
    let many = "[[risk.rules.match]]\npattern = 'x'\n".repeat(301);
    one(&format!("{HEAD}{many}"), 4 + 602, "more than 300 patterns");
}

#[test]
fn examples_are_tried_by_the_check_and_by_nothing_else() {
    let world = World::with_policy(policy(RULES));
    let said = world.alice.countersign(&["policy", "check"]).ok();
    assert!(
        said.contains("rules: 1 of the repository's own; assessed by rules "),
        "{said}"
    );
    let bad = RULES.replace("+    # return 41", "+    return 41");
    let world = World::with_policy(policy(&bad));
    let ran = world
        .alice
        .countersign(&["policy", "check", "--json"])
        .exits(1);
    let document = ran.json();
    assert_eq!(document["valid"], true);
    let examples = document["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 1, "{document:#}");
    let toml = std::fs::read_to_string(world.alice.dir.join(".countersign/policy.toml")).unwrap();
    let at = 1 + toml[..toml.find("silent = [").unwrap()]
        .matches('\n')
        .count();
    assert_eq!(examples[0]["line"], at);
    let text = "own.forty-one has to be silent at this example";
    assert!(examples[0]["text"].as_str().unwrap().starts_with(text));
    assert!(
        ran.stderr.contains(&format!("policy.toml:{at}: {text}")),
        "{}",
        ran.stderr
    );
    // A policy whose examples are wrong is still one.
    world.queue("direct", "src/app.py", ODD);
    assert_eq!(own(&show(&world.alice, "direct")).len(), 1);
}

#[test]
fn own_rules_add_and_never_take_away() {
    let everything = r#"
[[risk.rules]]
id = "own.everything"
severity = 3
sentence = "Every line of the repository is dear to us."
[[risk.rules.match]]
kinds = ["code", "config", "docs", "test", "sql", "ci", "manifest", "lock", "generated"]
in = "raw"
pattern = '.'
[[risk.rules.match]]
kinds = ["code"]
side = "removed"
in = "raw"
pattern = '.'
"#;
    let policy = parse(&format!("{EXAMPLE}{everything}")).unwrap();
    let own = &policy.risk.rules;
    assert_eq!(own.len(), 1);
    let lock = " fn take(&self) {\n-    let mut held = self.lock.lock();\n\
                +    let mut held = self.all();\n     held.pop();\n }";
    let files = [text("src/a.rs", lock), text("src/b.rs", "+fn one() {}")];
    let plain = judge("x", &files);
    let added = PolicyRisk {
        own,
        ..PolicyRisk::NONE
    };
    let more = judge_with("x", None, &files, &added, None);
    assert!(plain.findings.iter().any(|one| one.severity == 3));
    for finding in &plain.findings {
        assert!(more.findings.contains(finding), "{finding:?}");
    }
    assert!(more.findings.len() > plain.findings.len());
    assert!(more.impact >= plain.impact && more.level >= plain.level && more.level > Level::Low);
    assert_eq!(more.rules_digest, rules_digest_with(own));
    assert_ne!(more.rules_digest, plain.rules_digest);

    // What a rule finds and says is in the digest, what it is tried with is not.
    let again = |text: &str| {
        parse(&format!("{EXAMPLE}{text}"))
            .unwrap()
            .risk
            .rules
            .digest()
    };
    let tried = everything.replace(
        "[[risk.rules.match]]\nkinds = [\"code\", ",
        "firing = []\n[[risk.rules.match]]\nkinds = [\"code\", ",
    );
    assert_eq!(again(&tried), own.digest());
    for (from, to) in [
        ("severity = 3", "severity = 2"),
        ("dear to us", "dear to me"),
        ("side = \"removed\"", "side = \"added\""),
        ("pattern = '.'\n[[", "pattern = '..'\n[["),
    ] {
        assert_ne!(again(&everything.replace(from, to)), own.digest(), "{to}");
    }
}

#[test]
fn the_page_names_every_key_and_its_rule_does_what_it_says() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/own-rules.md");
    let page = std::fs::read_to_string(page).unwrap();
    for key in OWN_RULE.iter().chain(&OWN_MATCH) {
        assert!(page.contains(&format!("`{key}`")), "{key}");
    }
    let example = page.split("```toml\n").nth(1).unwrap();
    let example = example.split("```").next().unwrap();
    let policy = parse(&format!("{EXAMPLE}\n{example}")).unwrap();
    assert_eq!(policy.risk.rules.bad_examples(), []);
    assert!(rules().iter().all(|rule| !rule.id.starts_with("own.")));
}
