//! A case as it lies in its file (`tests/conformance/README.md` describes each word of it).

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

/// One attack, with its honest twin.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The row of the table of attacks.
    pub id: String,
    /// What is tried, in a sentence.
    pub attack: String,
    /// Changes to the policy at the root.
    #[serde(default)]
    pub policy: Vec<Edit>,
    /// What happens, in this order.
    #[serde(default)]
    pub step: Vec<Step>,
    /// What the gate is asked.
    pub gate: Question,
    /// What it has to answer to the attack.
    #[serde(rename = "expect")]
    pub attacked: Answer,
    /// What it has to answer to the twin: 0, unless it says otherwise.
    #[serde(default)]
    pub honest: Answer,
}

/// A change to one of the policy's three files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    pub file: String,
    pub only: Option<Twin>,
    /// This text, which has to be there, becomes that one.
    pub replace: Option<[String; 2]>,
    pub append: Option<String>,
    pub mode: Option<String>,
    #[serde(default)]
    pub remove: bool,
}

/// Which of the two a thing belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Twin {
    Attack,
    Honest,
}

/// One thing that happens.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
pub enum Step {
    Commit(Box<NewCommit>),
    Say(Box<Say>),
    Notes(Box<Notes>),
    Ref {
        only: Option<Twin>,
        name: String,
        to: String,
    },
    /// An object is gone.
    Lose {
        only: Option<Twin>,
        object: String,
    },
    Propose {
        only: Option<Twin>,
        change: String,
        head: String,
        letter: Option<String>,
        signed: Option<String>,
    },
}

impl Step {
    pub fn only(&self) -> Option<Twin> {
        match self {
            Self::Commit(one) => one.only,
            Self::Say(one) => one.only,
            Self::Notes(one) => one.only,
            Self::Ref { only, .. } | Self::Lose { only, .. } | Self::Propose { only, .. } => *only,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCommit {
    pub only: Option<Twin>,
    pub name: String,
    #[serde(default = "root")]
    pub on: String,
    #[serde(default)]
    pub merge: Vec<String>,
    /// The commit whose files it begins with; its first parent where there is none.
    pub tree: Option<String>,
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    #[serde(default)]
    pub modes: BTreeMap<String, String>,
    #[serde(default)]
    pub remove: Vec<String>,
    #[serde(default)]
    pub policy: Vec<Edit>,
    #[serde(default = "agent")]
    pub author: String,
    pub committer: Option<String>,
    pub signed: Option<String>,
    #[serde(default = "change")]
    pub message: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Say {
    pub only: Option<Twin>,
    pub name: Option<String>,
    pub by: String,
    #[serde(default)]
    pub verdict: String,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    #[serde(default = "root")]
    pub base: String,
    pub head: String,
    #[serde(default = "first")]
    pub change: String,
    #[serde(default)]
    pub supersedes: Vec<String>,
    #[serde(default = "hour")]
    pub age: String,
    #[serde(default)]
    pub set: toml::Table,
    #[serde(default)]
    pub drop: Vec<String>,
    /// Whose key signs, where it is not the reviewer's.
    pub key: Option<String>,
    pub namespace: Option<String>,
    pub flags: Option<u8>,
    /// In the payload before it is signed, this becomes that.
    #[serde(default)]
    pub payload: Vec<[String; 2]>,
    /// In the line after it was signed.
    #[serde(default)]
    pub line: Vec<[String; 2]>,
    /// In the bytes of the signature: at this place (from the end where negative), this byte.
    pub signature: Option<(i64, u8)>,
    /// The commit whose note holds it.
    pub place: Option<String>,
    /// Those who speak later do not list it as seen.
    #[serde(default)]
    pub unseen: bool,
    /// It is signed and not put into the notes.
    #[serde(default)]
    pub withheld: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notes {
    pub only: Option<Twin>,
    /// A commit whose note is taken out, by an ordinary commit.
    pub remove: Option<String>,
    /// The ref goes back by so many commits.
    #[serde(default)]
    pub back: usize,
    /// An entry of the notes' tree.
    pub write: Option<Entry>,
    /// The ref names this object.
    pub point: Option<String>,
    #[serde(default)]
    pub delete: bool,
    /// What is there now becomes a history of its own.
    #[serde(default)]
    pub orphan: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub path: String,
    pub text: String,
    #[serde(default = "plain")]
    pub mode: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    #[serde(default = "root")]
    pub base: String,
    pub candidate: String,
    #[serde(default = "root")]
    pub root: String,
    #[serde(default = "main")]
    pub target: String,
    #[serde(default)]
    pub args: Vec<String>,
    /// The text of the deployer's floor, given as a file.
    pub floor: Option<String>,
    /// What the twin asks instead.
    #[serde(default)]
    pub honest: Instead,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instead {
    pub base: Option<String>,
    pub candidate: Option<String>,
    pub root: Option<String>,
    pub args: Option<Vec<String>>,
    pub floor: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    #[serde(default)]
    pub exit: i32,
    pub decision: Option<String>,
    #[serde(default)]
    pub reasons: Vec<String>,
    /// JSON pointers into the report, and what stands there.
    #[serde(default)]
    pub json: BTreeMap<String, toml::Value>,
}

fn root() -> String {
    "root".to_owned()
}
fn agent() -> String {
    "coder-bot@corp.example".to_owned()
}
fn change() -> String {
    "Change".to_owned()
}
fn first() -> String {
    "change@1".to_owned()
}
fn hour() -> String {
    "1h".to_owned()
}
fn plain() -> String {
    "100644".to_owned()
}
fn main() -> String {
    "main".to_owned()
}

impl Case {
    /// Reads the case in a directory.
    pub fn read(directory: &Path) -> Self {
        let file = directory.join("case.toml");
        let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{file:?}: {e}"));
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }
}
