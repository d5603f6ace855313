//! What tools record of a commit beside it: notes of Git AI and of Agent Trace, and Agent Trace files
//! that come with the commit.
//!
//! A record can only mark. One that cannot be read marks too, and says so: what was written there by a
//! tool that tracks agents is no reason to ask for less. What is not here cannot be known.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::change::{Commit, Oid, RepoPath};
use crate::diff::Mode;
use crate::git::{EMPTY_TREE, GitError, Store};

use super::{authorship, trace};

/// Bytes of one note or file that are read.
const CAP: u64 = 8 << 20;
/// Agents named of one record; a hostile one may name thousands.
pub(super) const AGENTS: usize = 8;
/// Characters of a name or a model that are shown.
const NAME: usize = 60;
/// Files of records that one commit may change and have read.
const FILES: usize = 64;
/// The folder of Agent Trace files.
const TRACES: &str = ".agent-trace";

/// An agent that a record names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Agent {
    pub(super) tool: String,
    model: Option<String>,
}

impl Agent {
    /// An agent by its tool and model, as a record writes them: untrusted, cut to a line.
    pub(super) fn new(tool: Option<String>, model: Option<String>) -> Self {
        let known = |text: &String| !text.is_empty() && text != "unknown";
        let tool = tool.map(|tool| short(&tool).to_lowercase());
        let model = model.map(|model| short(&model));
        Self {
            tool: tool.filter(known).unwrap_or_else(|| "ai".to_owned()),
            model: model.filter(known),
        }
    }

    /// Where it was found, with the model.
    pub(super) fn evidence(&self, place: &str) -> String {
        match &self.model {
            Some(model) => format!("{place} ({model})"),
            None => place.to_owned(),
        }
    }
}

impl std::fmt::Display for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.evidence(&self.tool))
    }
}

fn short(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let short: String = plain.take(NAME).collect();
    short.trim().to_owned()
}

/// What one note or file says.
type Said = Result<Vec<Agent>, String>;

/// One thing that was found to say something of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The ref or the file.
    pub(super) place: String,
    /// Who it names, or why it cannot be read.
    pub(super) said: Said,
}

/// How a note is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Authorship,
    Trace,
}

/// A notes ref as it stood when it was looked up.
#[derive(Debug, Clone)]
struct Notes {
    name: String,
    format: Format,
    tree: Result<Oid, String>,
}

/// The records of a repository. The notes refs are resolved once; a clone shares what was read.
#[derive(Debug, Clone, Default)]
pub struct Records {
    notes: Vec<Notes>,
    read: Arc<Mutex<HashMap<Oid, Said>>>,
}

impl Records {
    /// Looks up the notes refs of a repository: Git AI's own, its copies of a remote's, Agent Trace's.
    /// A ref that cannot be followed is remembered as such: it marks what it might have marked.
    pub fn open(store: &Store) -> Self {
        let remotes = store.remotes().unwrap_or_default();
        let copies = remotes.iter().map(|remote| {
            let name = format!("refs/notes/ai-remote/{remote}");
            (name, Format::Authorship)
        });
        let own = [
            ("refs/notes/ai".to_owned(), Format::Authorship),
            ("refs/notes/agent-trace".to_owned(), Format::Trace),
        ];
        let names = own.into_iter().chain(copies);
        let notes = names.filter_map(|(name, format)| {
            let tip = store.notes_tip(&name).transpose()?;
            let tree = tip.and_then(|tip| Ok(store.commit(tip)?.tree));
            let tree = tree.map_err(|error| error.to_string());
            Some(Notes { name, format, tree })
        });
        Self {
            notes: notes.collect(),
            read: Arc::default(),
        }
    }

    /// What the records say of a commit. What names nobody is left out.
    pub(super) fn of(&self, store: &Store, commit: &Commit) -> Vec<Found> {
        let mut found = Vec::new();
        for notes in &self.notes {
            let blobs = match &notes.tree {
                Ok(tree) => store
                    .notes_on(*tree, commit.oid)
                    .map_err(|error| error.to_string()),
                Err(why) => Err(why.clone()),
            };
            self.blobs(store, &notes.name, notes.format, blobs, &mut found);
        }
        let own = format!("refs/ai/authorship/{}", commit.oid);
        let blob = store.ref_oid(&own).map_err(|error| error.to_string());
        let blobs = blob.map(|blob| blob.into_iter().collect());
        self.blobs(
            store,
            "refs/ai/authorship",
            Format::Authorship,
            blobs,
            &mut found,
        );
        if let Err(error) = self.traces(store, commit, &mut found) {
            found.push(Found {
                place: TRACES.to_owned(),
                said: Err(error.to_string()),
            });
        }
        found.retain(|one| one.said.as_ref().map_or(true, |agents| !agents.is_empty()));
        found
    }

    /// Reads the notes in one place.
    fn blobs(
        &self,
        store: &Store,
        place: &str,
        format: Format,
        blobs: Result<Vec<Oid>, String>,
        found: &mut Vec<Found>,
    ) {
        let said = match blobs {
            Ok(blobs) => blobs
                .into_iter()
                .map(|blob| self.note(store, blob, format))
                .collect(),
            Err(why) => vec![Err(why)],
        };
        found.extend(said.into_iter().map(|said| Found {
            place: place.to_owned(),
            said,
        }));
    }

    /// Reads one note, once.
    fn note(&self, store: &Store, blob: Oid, format: Format) -> Said {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let said = read.entry(blob).or_insert_with(|| {
            let bytes = store.blob(blob, CAP).map_err(|error| error.to_string())?;
            let agents = match format {
                Format::Authorship => authorship::agents(&bytes),
                Format::Trace => trace::agents(&bytes, &|_| true),
            };
            agents.map(few).map_err(str::to_owned)
        });
        said.clone()
    }

    /// Reads the Agent Trace files that a commit changes, as far as they are new to every parent.
    fn traces(
        &self,
        store: &Store,
        commit: &Commit,
        found: &mut Vec<Found>,
    ) -> Result<(), GitError> {
        let Some(folder) = folder(store, commit.tree)? else {
            return Ok(());
        };
        let mut parents = Vec::with_capacity(commit.parents.len());
        for parent in &commit.parents {
            parents.push(folder_of(store, *parent)?);
        }
        if parents.contains(&Some(folder)) {
            return Ok(());
        }
        let first = parents.first().copied().flatten().unwrap_or(EMPTY_TREE);
        let mut left = FILES;
        for change in store.tree_changes(first, folder)? {
            let path = change.path.as_bytes();
            let is_record = path.ends_with(b".json") || path.ends_with(b".jsonl");
            let Some(leaf) = change.new.filter(|leaf| is_record && is_file(leaf.mode)) else {
                continue;
            };
            left = left.checked_sub(1).ok_or_else(|| GitError::OverBudget {
                what: TRACES.to_owned(),
                limit: format!("{FILES} files in one commit"),
            })?;
            found.push(Found {
                place: format!("{TRACES}/{}", short(&change.path.text())),
                said: added(store, leaf.oid, &parents, &change.path),
            });
        }
        Ok(())
    }
}

/// What a file of records says beyond what it said in any parent.
fn added(store: &Store, blob: Oid, parents: &[Option<Oid>], path: &RepoPath) -> Said {
    let failed = |error: GitError| error.to_string();
    let mut before = Vec::new();
    for folder in parents.iter().flatten() {
        match store.entry_at(*folder, path).map_err(failed)? {
            Some((_, old)) if old == blob => return Ok(Vec::new()),
            Some((mode, old)) if mode & 0o170_000 == 0o100_000 => {
                before.push(store.blob(old, CAP).map_err(failed)?);
            }
            _ => {}
        }
    }
    let known: HashSet<&[u8]> = before
        .iter()
        .flat_map(|text| text.split(|byte| *byte == b'\n'))
        .map(<[u8]>::trim_ascii)
        .collect();
    let now = store.blob(blob, CAP).map_err(failed)?;
    let agents = trace::agents(&now, &|line| !known.contains(line));
    agents.map(few).map_err(str::to_owned)
}

const fn is_file(mode: Mode) -> bool {
    matches!(mode, Mode::Regular | Mode::Executable)
}

/// The folder of traces in a tree.
fn folder(store: &Store, tree: Oid) -> Result<Option<Oid>, GitError> {
    let entry = store.entry_at(tree, &RepoPath::new(TRACES))?;
    Ok(entry
        .filter(|(mode, _)| mode & 0o170_000 == 0o040_000)
        .map(|(_, tree)| tree))
}

fn folder_of(store: &Store, commit: Oid) -> Result<Option<Oid>, GitError> {
    folder(store, store.commit(commit)?.tree)
}

/// Each agent once, and not more than anybody reads.
fn few(agents: Vec<Agent>) -> Vec<Agent> {
    let mut few: Vec<Agent> = Vec::new();
    for agent in agents {
        if few.len() < AGENTS && !few.contains(&agent) {
            few.push(agent);
        }
    }
    few
}
