//! Pairs of a sound change and its unsound twin: how many planted defects the rules find, and how
//! often they cry at what is sound. `tests/it/risk/pairs/README.md` tells the form.

mod form;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::common::Sandbox;
use countersign::risk::rules;
use form::{Pair, State};

/// What a family has to reach.
const PAIRS: usize = 40;
const RULES: usize = 20;

#[test]
#[expect(
    clippy::print_stdout,
    reason = "what is missed is of use where nothing fails"
)]
fn planted_defects_are_found_at_their_line_and_sound_twins_are_let_be() {
    let mut wrong = String::new();
    for family in families() {
        let folder = folder().join(&family);
        let pairs = form::read(&folder).unwrap_or_else(|why| panic!("{why}"));
        let score = Score::of(&pairs);
        let verdict = score.table(&family, &pairs);
        println!("{verdict}");
        if !score.is_good(&pairs) {
            wrong.push_str(&verdict);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The kinds of defect that the demo plants, under other names in other files.
#[test]
fn renamed_twins_of_the_demos_defects_are_all_found() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/risk/twins");
    let pairs = form::read(&folder).unwrap_or_else(|why| panic!("{why}"));
    let score = Score::of(&pairs);
    let is_whole = score.missed.is_empty() && score.cried.is_empty();
    assert!(is_whole, "{}", score.table("twins", &pairs));
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/risk/pairs")
}

/// The folders, sorted; those without a pair yet left out.
fn families() -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap());
    entries
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect()
}

/// What became of the pairs of a family.
struct Score {
    /// The unsound twins whose defect was not found, with what was.
    missed: Vec<String>,
    /// The sound twins with a mark of severity 3, with the marks.
    cried: Vec<String>,
    kinds: usize,
}

impl Score {
    fn of(pairs: &[Pair]) -> Self {
        let mut score = Self {
            missed: Vec::new(),
            cried: Vec::new(),
            kinds: pairs
                .iter()
                .map(|p| &p.expect[0])
                .collect::<BTreeSet<_>>()
                .len(),
        };
        for (pair, (sound, unsound)) in pairs.iter().zip(scan(pairs)) {
            if !unsound.iter().any(|finding| is_right(pair, finding)) {
                let found = listed(unsound.iter());
                score
                    .missed
                    .push(format!("{} (wants {}){found}", pair.name, pair.expect[0]));
            }
            let is_mark = |f: &&Value| f["severity"] == 3 && !is_of_an_excerpt(pair, f);
            let marks: Vec<&Value> = sound.iter().filter(is_mark).collect();
            if !marks.is_empty() {
                score
                    .cried
                    .push(format!("{}{}", pair.name, listed(marks.into_iter())));
            }
        }
        score
    }

    /// Nine of ten found, one of ten cried at, in integers.
    fn is_good(&self, pairs: &[Pair]) -> bool {
        let all = pairs.len();
        all >= PAIRS
            && self.kinds >= RULES
            && self.missed.len() * 10 <= all
            && self.cried.len() * 10 <= all
    }

    fn table(&self, family: &str, pairs: &[Pair]) -> String {
        let mut table = format!(
            "{family}: {} pairs of {} rules, {} missed, {} sound twins with a mark\n",
            pairs.len(),
            self.kinds,
            self.missed.len(),
            self.cried.len()
        );
        for missed in &self.missed {
            let _ = writeln!(table, "  missed: {missed}");
        }
        for cried in &self.cried {
            let _ = writeln!(table, "  cried: {cried}");
        }
        table
    }
}

fn listed<'a>(findings: impl Iterator<Item = &'a Value>) -> String {
    let one = |finding: &Value| {
        let text = |key: &str| finding[key].to_string().replace('"', "");
        format!(
            "\n      {} {} {}:{}",
            text("rule"),
            text("side"),
            text("path"),
            text("line")
        )
    };
    findings.map(one).collect()
}

/// Whether a finding says only that a pair is an excerpt: what it calls is elsewhere.
fn is_of_an_excerpt(pair: &Pair, finding: &Value) -> bool {
    let rule = "ai.symbol-unknown";
    finding["rule"] == rule && !pair.expect.iter().any(|expected| expected == rule)
}

/// Whether a finding on the unsound twin is the planted defect: a rule that was asked for, at least
/// as severe as the defect's own, at one of the marked lines.
fn is_right(pair: &Pair, finding: &Value) -> bool {
    let severity = |id: &str| {
        let rule = rules().into_iter().find(|rule| rule.id == id);
        rule.unwrap_or_else(|| panic!("{}: no rule {id}", pair.name))
            .severity
    };
    let least = u64::from(severity(&pair.expect[0]).max(2));
    let state = match finding["side"].as_str() {
        Some("old") => State::Before,
        _ => State::Unsound,
    };
    let file = pair.files.iter().find(|file| finding["path"] == file.path);
    pair.expect.iter().any(|rule| finding["rule"] == **rule)
        && finding["severity"].as_u64() >= Some(least)
        && file.is_some_and(|file| {
            let line = finding["line"].as_u64();
            line.is_some_and(|line| file.places(state).contains(&line))
        })
}

/// The findings on the sound and on the unsound twin of each pair, as our own program reports them.
fn scan(pairs: &[Pair]) -> Vec<(Vec<Value>, Vec<Value>)> {
    let sandbox = Sandbox::new();
    let dir = sandbox.path("pairs");
    sandbox.git(&sandbox.path(""), &["init", "-q", "pairs"]);
    let mut command = sandbox.command("git", &dir);
    command.args(["fast-import", "--quiet"]);
    crate::common::run(&mut command, stream(pairs).as_bytes()).ok();
    let refs = sandbox.git(
        &dir,
        &["for-each-ref", "--format=%(objectname)", "refs/twin"],
    );
    let scanned = sandbox.countersign_fed(&dir, &["scan", "--stdin", "--jsonl"], refs.as_bytes());
    let mut lines = scanned
        .exits(0)
        .stdout
        .lines()
        .map(found)
        .collect::<Vec<_>>();
    assert_eq!(lines.len(), 2 * pairs.len());
    let mut twins = Vec::new();
    while let (Some(unsound), Some(sound)) = (lines.pop(), lines.pop()) {
        twins.push((sound, unsound));
    }
    twins.reverse();
    twins
}

fn found(line: &str) -> Vec<Value> {
    let line: Value = serde_json::from_str(line).unwrap();
    let findings = line["findings"].as_array();
    findings.unwrap_or_else(|| panic!("{line}")).clone()
}

/// The commits of all pairs: each pair has a root of its own, so that no pair sees another's files.
fn stream(pairs: &[Pair]) -> String {
    let mut stream = String::new();
    for (number, pair) in pairs.iter().enumerate() {
        let states = [State::Before, State::Sound, State::Unsound];
        for (twin, state) in states.into_iter().enumerate() {
            let mark = 3 * number + twin + 1;
            let name = match state {
                State::Before => format!("refs/base/{number:04}"),
                _ => format!("refs/twin/{number:04}-{twin}"),
            };
            let message = &pair.message;
            let _ = write!(
                stream,
                "commit {name}\nmark :{mark}\ncommitter A <a@example.org> {} +0000\ndata {}\n{message}\n",
                1_767_603_600 + mark,
                message.len()
            );
            if twin > 0 {
                let _ = writeln!(stream, "from :{}", 3 * number + 1);
            }
            for file in &pair.files {
                let path = &file.path;
                match file.text(state) {
                    Some(text) => {
                        let _ = write!(
                            stream,
                            "M 100644 inline {path}\ndata {}\n{text}\n",
                            text.len()
                        );
                    }
                    None if twin > 0 => {
                        let _ = writeln!(stream, "D {path}");
                    }
                    None => {}
                }
            }
        }
    }
    stream
}

#[test]
fn a_line_is_in_the_states_that_its_columns_say() {
    let text = "==== x\nexpect: err.swallowed\nfile: a.rs\n   both\n--!gone\n+  sound\n +!unsound\n++ new\n-  old\n";
    let pairs = form::parse(text).unwrap();
    let file = &pairs[0].files[0];
    let lines = |state| file.text(state).unwrap().replace('\n', " ");
    assert_eq!(lines(State::Before), "both gone old ");
    assert_eq!(lines(State::Sound), "both sound new ");
    assert_eq!(lines(State::Unsound), "both unsound new old ");
    assert_eq!(file.places(State::Before), [2]);
    assert_eq!(file.places(State::Unsound), [2]);
    for broken in [
        "x",
        "==== x\nexpect: y\nfile: a\nab",
        "==== x\nfile: a\n+  b",
    ] {
        assert!(form::parse(broken).is_err(), "{broken}");
    }
}
