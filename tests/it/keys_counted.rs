//! How many keys a verdict costs, counted at 140 columns on the demo world: each key is sent alone,
//! and only once the screen has answered the one before it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::common::{Sandbox, Screen};

/// The screen of the demo's Alice, and the keys that were pressed on it.
struct Counted {
    sandbox: Sandbox,
    alice: PathBuf,
    screen: Screen,
    keys: usize,
}

impl Counted {
    /// Makes the demo, lets `change` add to it and opens the screen with this filter.
    fn start(filter: &[&str], change: impl FnOnce(&Sandbox, &Path)) -> Self {
        let sandbox = Sandbox::new();
        let demo = sandbox.path("demo");
        let top = sandbox.path("");
        sandbox.countersign(&top, &["demo", "demo"]).ok();
        change(&sandbox, &demo);
        let alice = demo.join("alice");
        let mut command = sandbox.countersign_command(&alice);
        command.arg("tui").args(filter);
        let screen = Screen::start(&command, 140, 40);
        Self {
            sandbox,
            alice,
            screen,
            keys: 0,
        }
    }

    /// One key, and what it has to bring to the screen.
    #[track_caller]
    fn key(&mut self, key: &str, brings: &str) {
        self.screen.send(key);
        self.keys += 1;
        self.screen.wait_for(brings);
    }

    /// Ends the program where it stands: what was signed is on the disk, and the next command pushes
    /// it. The states of these changes as Bob then finds them.
    #[track_caller]
    fn left(self, ids: &[&str]) -> Vec<String> {
        drop(self.screen);
        self.sandbox.countersign(&self.alice, &["sync"]).ok();
        let bob = self.alice.with_file_name("bob");
        self.sandbox.countersign(&bob, &["sync"]).ok();
        let words = ["--list", "--all", "--format", "%(id) %(state)"];
        let list = self.sandbox.countersign(&bob, &words).ok();
        let state = |id: &&str| {
            let line = list
                .lines()
                .find(|line| line.starts_with(&format!("{id} ")));
            line.unwrap_or_default().to_owned()
        };
        ids.iter().map(state).collect()
    }
}

#[test]
fn every_low_risk_approval_costs_two_keys() {
    let mut counted = Counted::start(&["risk:low"], |_, _| {});
    let ids = ["log-wording", "bump-tokio", "docs-links", "docs-runbook"];
    for (nth, id) in ids.into_iter().enumerate() {
        // The cursor stands on the next one by itself.
        counted.screen.wait_for(&format!("{id}@1 →"));
        counted.key("a", "signs exactly this");
        counted.key("\r", &format!("{id}@1 approved, still here only"));
        assert_eq!(counted.keys, 2 * (nth + 1), "{id}");
    }
    assert_eq!(counted.left(&ids), ids.map(|id| format!("{id} approved")));
}

#[test]
fn a_rejection_costs_r_its_words_and_two_keys() {
    let mut counted = Counted::start(&["risk:low"], |_, _| {});
    counted.screen.wait_for("log-wording@1 →");
    counted.key("r", "why log-wording@1 is rejected");
    // The reason is not counted.
    counted.screen.send("the end message is wrong");
    counted.screen.wait_for("the end message is wrong");
    counted.key("\r", "signs exactly this");
    counted.key("\r", "log-wording@1 rejected, still here only");
    assert_eq!(counted.keys, 1 + 2);
    assert_eq!(counted.left(&["log-wording"]), ["log-wording rejected"]);
}

/// Steps of the handbook below: with them it takes six screens of 40 rows and no more.
const STEPS: usize = 180;

/// No low-risk change of the demo is as long as six screens and still read by hand (`api-client` is
/// three thousand generated lines), so the demo's agent queues one: a page of documentation.
fn queue_handbook(sandbox: &Sandbox, demo: &Path) {
    let agent = demo.join("agent");
    let mut page = "# When the pager rings\n\n".to_owned();
    for step in 1..=STEPS {
        let _ = writeln!(page, "{step}. Look at the dashboard of part {step}.");
    }
    sandbox.git(&agent, &["checkout", "-q", "-b", "handbook", "origin/main"]);
    std::fs::write(agent.join("docs/handbook.md"), page).unwrap();
    sandbox.git(&agent, &["add", "docs/handbook.md"]);
    let author = "--author=Codex <codex@openai.com>";
    let message = "docs: what to look at when the pager rings";
    sandbox.git(&agent, &["commit", "-q", author, "-m", message]);
    let to = "HEAD:refs/countersign/queue/handbook/1";
    sandbox.git(&agent, &["push", "-q", "origin", to]);
    sandbox.countersign(&demo.join("alice"), &["sync"]).ok();
}

#[test]
fn a_change_of_six_screens_is_read_and_approved_with_eight_keys() {
    let mut counted = Counted::start(&["risk:low", "handbook"], queue_handbook);
    counted.screen.wait_for("handbook@1 →");
    counted.screen.wait_for("Look at the dashboard of part 1.");
    let last = format!("{STEPS}. Look at the dashboard of part {STEPS}.");
    // The first press goes into the diff, whose first screen stands there already.
    let mut screens = BTreeSet::from([1]);
    for _ in 0..6 {
        assert!(
            !counted.screen.text().contains(&last),
            "fewer than six screens"
        );
        counted.screen.send(" ");
        counted.keys += 1;
        counted.screen.settle();
        screens.insert(first_step(&counted.screen));
    }
    assert_eq!(screens.len(), 6, "{screens:?}");
    assert!(counted.screen.text().contains(&last));
    counted.key("a", "signs exactly this");
    assert!(counted.screen.text().contains("1 of 1"), "all of it seen");
    counted.key("\r", "handbook@1 approved, still here only");
    assert_eq!(counted.keys, 8);
    assert_eq!(counted.left(&["handbook"]), ["handbook approved"]);
}

/// The first step of the handbook that is on the screen.
fn first_step(screen: &Screen) -> usize {
    let text = screen.text();
    let (_, rest) = text.split_once("of part ").unwrap();
    let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
    number.parse().unwrap()
}
