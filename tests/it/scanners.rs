//! What other scanners found, from their own reports through `propose` and the refs to the reviewer:
//! at the right line, under the tool's name, and without a say in the level.

mod hostile;
mod sample;

use crate::common::{Checkout, World};
use sample::FILES;

/// A scanner's report: the file it is kept in, its tool, and the findings in the change and
/// elsewhere, `path:line rule level`.
type Told = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const REPORTS: [Told; 8] = [
    (
        "bandit.sarif",
        "Bandit",
        &[
            "shop/orders.py:7 B602 error",
            "shop/orders.py:13 B301 warning",
        ],
        &[
            "shop/orders.py:2 B403 note",
            "shop/orders.py:3 B404 note",
            "shop/orders.py:17 B105 note",
        ],
    ),
    (
        "ruff.sarif",
        "ruff",
        &["shop/orders.py:7 UP031 error"],
        &["shop/orders.py:1 F401 error"],
    ),
    (
        "ruff.rdjson",
        "ruff",
        &["shop/orders.py:7 UP031 warning"],
        &["shop/orders.py:1 F401 warning"],
    ),
    (
        "semgrep.sarif",
        "Semgrep OSS",
        &[
            "shop/orders.py:7 shell-with-format error",
            "shop/orders.py:13 pickle-load warning",
        ],
        &[],
    ),
    (
        "zizmor.sarif",
        "zizmor",
        &[
            // The whole step is marked; its first new line is the place.
            ".github/workflows/build.yml:11 zizmor/artipacked warning",
            ".github/workflows/build.yml:13 zizmor/template-injection error",
        ],
        &[
            ".github/workflows/build.yml:3 zizmor/dangerous-triggers error",
            ".github/workflows/build.yml:10 zizmor/unpinned-uses error",
        ],
    ),
    (
        "clippy.sarif",
        "clippy",
        &[
            "edge/src/lib.rs:6 clippy::needless_range_loop warning",
            "edge/src/lib.rs:8 clippy::assign_op_pattern warning",
            "edge/src/lib.rs:11 clippy::needless_return warning",
        ],
        &["edge/src/lib.rs:4 clippy::ptr_arg warning"],
    ),
    (
        "eslint.sarif",
        "ESLint",
        &[
            "web/cart.js:5 no-eval error",
            "web/cart.js:7 no-unused-vars warning",
        ],
        &["web/cart.js:4 eqeqeq warning"],
    ),
    (
        "eslint.rdjson",
        "eslint",
        &[
            "web/cart.js:5 no-eval error",
            "web/cart.js:7 no-unused-vars warning",
        ],
        &["web/cart.js:4 eqeqeq warning"],
    ),
];

/// A world whose agent has the change committed, and not proposed.
fn world() -> World {
    let world = World::new();
    for (path, before, _) in FILES {
        world.bob.write(path, before);
    }
    world.bob.commit_signed("Files to change");
    world.bob.push_main();
    world.agent.start("ship-it");
    for (path, _, after) in FILES {
        world.agent.write(path, after);
    }
    let message = "Ship it\n\nCo-authored-by: Claude <noreply@anthropic.com>";
    world.agent.commit(message);
    world
}

/// The path of a report that is kept with the tests.
fn kept(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/scanners/reports");
    format!("{folder}/{name}")
}

#[track_caller]
fn show(who: &Checkout, id: &str) -> serde_json::Value {
    who.countersign(&["show", id, "--json"]).exits(0).json()
}

/// The findings of a list that are not ours, `path:line rule level`, sorted as they come.
fn of_tool(list: &serde_json::Value, tool: &str) -> Vec<String> {
    let list = list.as_array().unwrap().iter();
    let own = list.filter(|one| one["tool"] == tool);
    own.map(|one| {
        let word = |key: &str| one[key].as_str().unwrap().to_owned();
        let (path, rule, level) = (word("path"), word("rule"), word("level"));
        assert!(one["severity"].as_u64().unwrap() < 3 && one["signed"] == false);
        format!("{path}:{} {rule} {level}", one["line"])
    })
    .collect()
}

fn sorted(list: &[&str]) -> Vec<String> {
    let mut list: Vec<String> = list.iter().map(|&one| one.to_owned()).collect();
    list.sort();
    list
}

#[test]
fn every_tool_s_own_report_leads_to_the_line() {
    let world = world();
    let bare = world.agent.run("propose --dry-run --json").json();
    for (number, (file, tool, within, elsewhere)) in REPORTS.iter().enumerate() {
        let id = format!("ship-{number}");
        let words = ["propose", "--id", &id, "--json", "--sarif", &kept(file)];
        let dry = world
            .agent
            .countersign(&[&words[..], &["--dry-run"]].concat());
        let said = world.agent.countersign(&words).exits(0).json();
        let mut found = of_tool(&said["findings"], tool);
        found.sort();
        assert_eq!(found, sorted(within), "{file}");
        assert_eq!(dry.json()["findings"], said["findings"], "{file}");
        // Ours are as they were, and stand first.
        let ours = bare["findings"].as_array().unwrap();
        let all = said["findings"].as_array().unwrap();
        assert_eq!(&all[..ours.len()], ours, "{file}");

        world.alice.run("sync").ok();
        let shown = show(&world.alice, &id);
        assert_eq!(shown["findings"], said["findings"], "{file}");
        let mut found = of_tool(&shown["findingsElsewhere"], tool);
        found.sort();
        assert_eq!(found, sorted(elsewhere), "{file}");
        let report = &shown["scanners"][0];
        assert_eq!(report["tool"], *tool, "{file}");
        assert!(report["error"].is_null(), "{file}");
        assert_eq!(report["within"], within.len(), "{file}");
        let slug = tool.to_lowercase().replace(' ', "-");
        assert_eq!(
            report["ref"],
            format!("refs/countersign/findings/{id}/1/{slug}")
        );
    }
}

/// All reports but one of each tool that comes twice, in one proposal that Alice has fetched.
fn all_at_once() -> World {
    let world = world();
    let files = REPORTS.iter().map(|(file, ..)| *file);
    let files: Vec<String> = files
        .filter(|file| file.ends_with(".sarif"))
        .map(kept)
        .collect();
    let mut words = vec!["propose", "--id", "ship-it"];
    for file in &files {
        words.extend(["--sarif", file]);
    }
    world.agent.countersign(&words).exits(0);
    world.alice.run("sync").ok();
    world
}

#[test]
fn a_scanner_changes_no_level_and_is_told_apart_in_every_format() {
    let world = all_at_once();
    world.agent.run("propose --id without").exits(0);
    world.alice.run("sync").ok();
    let (with, without) = (show(&world.alice, "ship-it"), show(&world.alice, "without"));
    assert_eq!(with["risk"], without["risk"]);
    assert_eq!(with["terms"], without["terms"]);
    assert_eq!(without["scanners"], serde_json::json!([]));

    let text = world.alice.run("show ship-it").ok();
    for line in [
        "scanner   Semgrep OSS (unsigned)  2 in the change, 0 elsewhere\n",
        "~  shop/orders.py:7  Semgrep OSS: shell-with-format  error: A shell runs a command made from a value. Who controls it?  (",
        "   elsewhere shop/orders.py:17  Bandit: B105  note: A password stands here.  (",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let sarif = world.alice.run("show ship-it --format sarif").ok();
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    let tools: Vec<&str> = sarif["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["tool"]["driver"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(tools[0], "countersign");
    for tool in [
        "Bandit",
        "ruff",
        "Semgrep OSS",
        "zizmor",
        "clippy",
        "ESLint",
    ] {
        assert!(tools.contains(&tool), "{tools:?}");
    }
    let rdjson = world.alice.run("show ship-it --format rdjson").ok();
    let rdjson: serde_json::Value = serde_json::from_str(&rdjson).unwrap();
    let eval = rdjson["diagnostics"].as_array().unwrap().iter();
    let eval: Vec<_> = eval
        .filter(|one| one["code"]["value"] == "no-eval")
        .collect();
    assert_eq!(eval[0]["source"]["name"], "ESLint");
    assert_eq!(eval[0]["location"]["range"]["start"]["line"], 5);
    let markdown = world.alice.run("show ship-it --format markdown").ok();
    assert!(
        markdown.contains("## Found by scanners, unsigned\n\n- `"),
        "{markdown}"
    );
}

#[test]
fn what_we_write_can_be_handed_back_and_is_then_not_ours() {
    let world = all_at_once();
    let with = show(&world.alice, "ship-it");
    let sarif = world.alice.run("show ship-it --format sarif").ok();
    std::fs::write(world.agent.dir.join("again.sarif"), sarif).unwrap();
    let again = world
        .agent
        .run("propose --id again --json --sarif again.sarif")
        .exits(0)
        .json();
    let all = again["findings"].as_array().unwrap().iter();
    let tools: Vec<&str> = all.map(|one| one["tool"].as_str().unwrap()).collect();
    let ours = with["findings"].as_array().unwrap().iter();
    let ours = ours.filter(|one| one["tool"] == "countersign").count();
    let count = |name: &str| tools.iter().filter(|tool| **tool == name).count();
    assert_eq!(count("countersign"), ours);
    assert!(count("scanner:countersign") > 0, "{tools:?}");
}

#[test]
fn a_finding_of_a_scanner_can_be_answered_and_need_not_be() {
    let world = all_at_once();
    let shown = show(&world.alice, "ship-it");
    let mut list = shown["findings"].as_array().unwrap().iter();
    let one = list.find(|one| one["tool"] == "ESLint").unwrap();
    let answer = format!("{}=never with foreign prices", one["id"].as_str().unwrap());
    let words = ["approve", "ship-it", "-m", "fine", "--answer", &answer];
    world.alice.countersign(&words).exits(0);
    let left = world.alice.run("show ship-it --comments --json").json();
    assert_eq!(of_tool(&left["findings"], "ESLint"), [""; 0]);
    let left = of_tool(&left["scanned"], "ESLint");
    assert_eq!(left, ["web/cart.js:7 no-unused-vars warning"]);
}

#[test]
fn findings_that_come_later_by_plain_git_are_shown_as_well() {
    let world = world();
    world.agent.push_queue("ship-it", 1);
    let blob = world
        .agent
        .git(&["hash-object", "-w", &kept("zizmor.sarif")]);
    let refspec = format!("{blob}:refs/countersign/findings/ship-it/1/actions");
    world.agent.git(&["push", "-q", "origin", &refspec]);
    world.alice.run("sync").ok();
    let shown = show(&world.alice, "ship-it");
    assert_eq!(of_tool(&shown["findings"], "zizmor").len(), 2);
    let name = "refs/countersign/findings/ship-it/1/actions";
    assert_eq!(shown["scanners"][0]["ref"], name);
}

/// A real terminal: our finding and a scanner's at one line have other marks, and other words.
#[cfg(feature = "tui")]
#[test]
fn the_screen_shows_ours_and_theirs_at_the_line_and_apart() {
    let world = all_at_once();
    let blob = world.agent.git(&["hash-object", "-w", "--", "README.md"]);
    let refspec = format!("{blob}:refs/countersign/findings/ship-it/1/broken");
    world.agent.git(&["push", "-q", "origin", &refspec]);
    world.alice.run("sync").ok();
    let mut command = world.sandbox.countersign_command(&world.alice.dir);
    command.env("NO_COLOR", "1").args(["tui", "id:ship-it"]);
    let mut screen = crate::common::Screen::start(&command, 140, 60);
    screen.wait_for("◇ 12 · 8 elsewhere · 1 unreadable");
    screen.send("\r");
    screen.wait_for("▍ ▲ ci.permissions");
    screen.wait_for("┆ ◇ zizmor: zizmor/template-injection · error  Said by the tool");
    screen.wait_for("┆ ◇ broken: unreadable");
    // A line of both has our mark, a line of theirs alone has theirs.
    screen.wait_until("marks", |screen| {
        let text = screen.text();
        let line = |mark: &str| text.lines().any(|line| line.contains(mark));
        line("▲       13 +") && line("◇       11 +")
    });
    // `n` stops at theirs as well, and `x` answers one: nobody asks for it, and it is signed.
    for _ in 0..2 {
        screen.send("n");
        screen.settle();
    }
    screen.send("x");
    screen.wait_for("✓ answered");
    screen.send("a");
    screen.wait_for("x zizmor: zizmor/artipacked  .github/workflows/build.yml:11");
    screen.send("\x1b");
    screen.wait_for("▍ ▲ ci.permissions");
    screen.send("i");
    screen.wait_for("scanners, unsigned: no part of the risk");
    screen.wait_for("◇ shop/orders.py:1  ruff: F401 · error  Imported and not used.");
    screen.send("\x1b");
    screen.wait_for("▍ ▲ ci.permissions");
    screen.send("Q");
    assert_eq!(screen.exit_code(), 0);
}
