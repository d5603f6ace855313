//! Our own program, asked for one commit after the other as any other program would ask it.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde::Deserialize;

use crate::data::Row;
use crate::reference::Points;

/// A line of `scan --stdin --jsonl`.
#[derive(Debug, Deserialize)]
struct Line {
    oid: Option<String>,
    error: Option<String>,
    ai: Option<Ai>,
    #[serde(default)]
    likelihood: i64,
    #[serde(default)]
    cost: u64,
    #[serde(default)]
    key: f64,
    #[serde(default)]
    terms: Vec<Term>,
    #[serde(default)]
    findings: Vec<Finding>,
    #[serde(default)]
    unreadable: Vec<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct Ai {
    is: bool,
}

#[derive(Debug, Deserialize)]
struct Term {
    points: f64,
    why: String,
}

#[derive(Debug, Deserialize)]
struct Finding {
    severity: u8,
}

/// What the program said of one commit.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) likelihood: i64,
    pub(crate) cost: u64,
    pub(crate) key: f64,
    /// The points by what they are for; `beyond` are those the reference does not know.
    pub(crate) points: Points,
    /// The ids of the signals whose sentence is among the terms.
    pub(crate) signals: Vec<String>,
    pub(crate) is_ai: bool,
    pub(crate) unreadable: usize,
    /// How many findings, and how many of them have severity 3.
    pub(crate) findings: usize,
    pub(crate) severe: usize,
}

/// The answers for the rows of one repository, in their order.
#[derive(Debug, Default)]
pub(crate) struct Scanned {
    /// The reason where there is no answer.
    pub(crate) answers: Vec<Result<Answer, String>>,
    /// The program's own lines.
    pub(crate) lines: Vec<String>,
    /// What each answer took, the history up to it counted on the way.
    pub(crate) counting: Vec<f64>,
    /// What each answer took where the history was counted before.
    pub(crate) warm: Vec<f64>,
    /// The same by the clock on the wall, other programs' share included.
    pub(crate) wall: Vec<f64>,
    /// Commits for which two runs gave different bytes; none where there was one run.
    pub(crate) different: Option<Vec<String>>,
}

/// Asks for every row. The second run begins with what the first kept, and asks for each twice: the
/// first of these answers moves the statistics to the commit's base, the second has them there.
pub(crate) fn scan(
    program: &Path,
    repository: &Path,
    rows: &[Row],
    once: bool,
) -> Result<Scanned, String> {
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let sentences = sentences()?;
    let mut scanned = Scanned::default();
    let mut first = Asked::start(program, repository, home.path())?;
    for row in rows {
        let asked = first.ask(&row.sha)?;
        scanned.counting.push(asked.seconds);
        let answer = answer(&asked.line, &row.sha, &sentences)?;
        scanned.answers.push(answer);
        scanned.lines.push(asked.line);
    }
    first.end()?;
    if once {
        return Ok(scanned);
    }
    let mut different = Vec::new();
    let mut second = Asked::start(program, repository, home.path())?;
    for (row, line) in rows.iter().zip(&scanned.lines) {
        let moved = second.ask(&row.sha)?;
        let warm = second.ask(&row.sha)?;
        scanned.warm.push(warm.seconds);
        scanned.wall.push(warm.wall);
        if moved.line != *line || warm.line != *line {
            different.push(row.sha.clone());
        }
    }
    second.end()?;
    scanned.different = Some(different);
    Ok(scanned)
}

/// An answer and what it took.
struct Answered {
    line: String,
    /// Seconds of the processor; of the clock where the system does not tell.
    seconds: f64,
    /// Seconds of the clock.
    wall: f64,
}

/// The program while it runs.
struct Asked {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Asked {
    /// Starts it with a home of its own: no setting and no cache of this machine plays a part.
    fn start(program: &Path, repository: &Path, home: &Path) -> Result<Self, String> {
        let mut child = Command::new(program)
            .args(["scan", "--stdin", "--jsonl"])
            .current_dir(repository)
            .env("HOME", home)
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_STATE_HOME", home.join("state"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env_remove("GIT_DIR")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let answers = child.stdout.take().map(BufReader::new);
        let answers = answers.ok_or("the program has no standard output")?;
        Ok(Self { child, answers })
    }

    fn ask(&mut self, sha: &str) -> Result<Answered, String> {
        let before = self.processor();
        let stdin = self.child.stdin.as_mut().ok_or("no standard input")?;
        let begun = Instant::now();
        let written = writeln!(stdin, "{sha}").and_then(|()| stdin.flush());
        written.map_err(|error| format!("{sha}: {error}"))?;
        let mut line = String::new();
        let read = self.answers.read_line(&mut line);
        let wall = begun.elapsed().as_secs_f64();
        let used = self.processor().zip(before);
        match read {
            Ok(0) => Err(format!("{sha}: the program ended without an answer")),
            Ok(_) => Ok(Answered {
                line,
                seconds: used.map_or(wall, |(after, before)| after - before),
                wall,
            }),
            Err(error) => Err(format!("{sha}: {error}")),
        }
    }

    /// Seconds of the processor that the program has had, where the system tells: on a machine that
    /// does other work too, the clock says little. The program asks with one thread.
    fn processor(&self) -> Option<f64> {
        let path = format!("/proc/{}/schedstat", self.child.id());
        let text = std::fs::read_to_string(path).ok()?;
        let nanoseconds: f64 = text.split(' ').next()?.parse().ok()?;
        Some(nanoseconds / 1e9)
    }

    fn end(mut self) -> Result<(), String> {
        drop(self.child.stdin.take());
        let status = self.child.wait().map_err(|error| error.to_string())?;
        match status.code() {
            // 2 and 3: it had no answer for some; those are counted.
            Some(0 | 2 | 3) => Ok(()),
            _ => Err(format!("the program ended with {status}")),
        }
    }
}

/// The program's table of signals: which sentence is whose, and of which part of the score.
type Sentences = HashMap<String, (&'static str, String)>;

fn sentences() -> Result<Sentences, String> {
    let table: toml::Table = include_str!("../../src/risk/signals.toml")
        .parse()
        .map_err(|error| format!("signals.toml: {error}"))?;
    let mut sentences = Sentences::new();
    for (name, term) in [
        ("signal", "content"),
        ("message", "message"),
        ("calm", "calm"),
    ] {
        let signals = table.get(name).and_then(|signals| signals.as_array());
        for signal in signals.into_iter().flatten() {
            let text = |field: &str| signal.get(field).and_then(|value| value.as_str());
            if let (Some(id), Some(why)) = (text("id"), text("why")) {
                sentences.insert(why.to_owned(), (term, id.to_owned()));
            }
        }
    }
    Ok(sentences)
}

/// Reads a line; the inner error is the program's own.
fn answer(line: &str, sha: &str, sentences: &Sentences) -> Result<Result<Answer, String>, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| format!("{sha}: {error}"))?;
    if line.oid.as_deref() != Some(sha) {
        return Ok(Err(line.error.unwrap_or_else(|| "no reason".to_owned())));
    }
    let mut points = Points::new();
    let mut signals = Vec::new();
    for term in &line.terms {
        let signal = sentences.get(&term.why);
        let name = signal.map_or_else(|| name(&term.why), |(name, _)| *name);
        *points.entry(name).or_default() += term.points;
        signals.extend(signal.map(|(_, id)| id.clone()));
    }
    Ok(Ok(Answer {
        likelihood: line.likelihood,
        cost: line.cost,
        key: line.key,
        points,
        signals,
        is_ai: line.ai.is_some_and(|ai| ai.is),
        unreadable: line.unreadable.len(),
        findings: line.findings.len(),
        severe: line.findings.iter().filter(|f| f.severity == 3).count(),
    }))
}

/// What a sentence about sizes or the history is for.
fn name(why: &str) -> &'static str {
    let ends: [(&str, &'static str); 5] = [
        ("of code changed", "size"),
        ("were undone or fixed later", "undone"),
        ("changed these files", "people"),
        ("last changed by the same author", "last author"),
        ("to these files are the author's", "own share"),
    ];
    if why.starts_with("every change starts") {
        return "start";
    }
    if why.starts_with("touches ") && why.ends_with(" areas") {
        return "areas";
    }
    let found = ends.iter().find(|(end, _)| why.ends_with(end));
    found.map_or("beyond", |(_, name)| name)
}
