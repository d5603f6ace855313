//! Building the repository of a case with git's own plumbing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::case::{Edit, NewCommit, Notes, Twin};
use super::keys::Key;
use crate::common::{Sandbox, run};

pub const NOTES: &str = "refs/notes/countersign";
/// A path's mode and blob.
type Files = BTreeMap<String, (String, String)>;

/// A bare repository in the making, and the names that its case gives to what is in it.
pub struct Repository {
    pub sandbox: Sandbox,
    pub git_dir: PathBuf,
    pub twin: Twin,
    pub now: jiff::Timestamp,
    /// Commits, and payload digests as `said:<name>`, by the case's names.
    pub names: BTreeMap<String, String>,
    files: BTreeMap<String, Files>,
    notes: Files,
    clock: i64,
}

impl Repository {
    /// An empty one.
    pub fn new(twin: Twin) -> Self {
        let sandbox = Sandbox::new();
        let git_dir = sandbox.path("case.git");
        sandbox.git(&sandbox.path(""), &["init", "-q", "--bare", "case.git"]);
        let now = jiff::Timestamp::now();
        Self {
            sandbox,
            git_dir,
            twin,
            now,
            names: BTreeMap::new(),
            files: BTreeMap::new(),
            notes: Files::new(),
            clock: now.as_second() - 60 * 86_400,
        }
    }

    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        self.sandbox.git(&self.git_dir, args)
    }

    #[track_caller]
    fn fed(&self, args: &[&str], input: &[u8]) -> String {
        let mut git = self.sandbox.command("git", &self.git_dir);
        git.args(args)
            .env("GIT_INDEX_FILE", self.sandbox.path("index"));
        run(&mut git, input).ok().trim_end().to_owned()
    }

    /// A text with `{name}` as the id of a commit, `{tree:name}`, `{said:name}` (a payload's digest),
    /// `{key:who}`, `{fingerprint:who}` and `{at:-1h}`; other braces stay.
    pub fn fill(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let (word, tail) = after.split_once('}').unwrap_or(("", ""));
            match self.value(word) {
                Some(value) => {
                    out.push_str(&value);
                    rest = tail;
                }
                None => {
                    out.push('{');
                    rest = after;
                }
            }
        }
        out + rest
    }

    fn value(&self, word: &str) -> Option<String> {
        match word.split_once(':') {
            Some(("tree", name)) => {
                Some(self.git(&["rev-parse", &format!("{}^{{tree}}", self.names.get(name)?)]))
            }
            Some(("key", who)) => Some(Key::of(who).line()),
            Some(("fingerprint", who)) => Some(Key::of(who).fingerprint()),
            Some(("at", span)) => Some(self.at(span).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            Some(("signers", span)) => Some(self.at(span).strftime("%Y%m%d%H%M%SZ").to_string()),
            None if word == "notes" => self.notes_tip(),
            _ => self.names.get(word).cloned(),
        }
    }

    /// Now, and a span like `-1h` or `+3d` more.
    pub fn at(&self, span: &str) -> jiff::Timestamp {
        let (number, unit) = span.split_at(span.len() - 1);
        let unit = match unit {
            "m" => 60,
            "h" => 3600,
            _ => 86_400,
        };
        self.now + jiff::SignedDuration::from_secs(number.parse::<i64>().unwrap() * unit)
    }

    /// The id of a name; anything else is taken as it is.
    pub fn oid(&self, name: &str) -> String {
        let filled = self.fill(name);
        self.names.get(name).cloned().unwrap_or(filled)
    }

    fn blob(&self, text: &[u8]) -> String {
        self.fed(&["hash-object", "-w", "--stdin"], text)
    }

    fn tree(&self, files: &Files) -> String {
        let _ = std::fs::remove_file(self.sandbox.path("index"));
        let lines: String = files
            .iter()
            .map(|(path, (mode, oid))| format!("{mode} {oid}\t{path}\n"))
            .collect();
        self.fed(&["update-index", "--add", "--index-info"], lines.as_bytes());
        self.fed(&["write-tree"], b"")
    }

    /// Stores a commit object, signed by a name's key where one is given.
    fn store(
        &mut self,
        tree: &str,
        parents: &[String],
        people: [&str; 2],
        text: &str,
        signed: Option<&str>,
    ) -> String {
        self.clock += 3600;
        let mut head = format!("tree {tree}\n");
        for parent in parents {
            head.push_str(&format!("parent {parent}\n"));
        }
        for (role, address) in ["author", "committer"].iter().zip(people) {
            head.push_str(&format!(
                "{role} Somebody <{address}> {} +0000\n",
                self.clock
            ));
        }
        let whole = |head: &str| format!("{head}\n{text}\n");
        if let Some(who) = signed {
            let armour = Key::of(who).armour(whole(&head).as_bytes());
            head.push_str(&format!(
                "gpgsig {}\n",
                armour.trim_end().replace('\n', "\n ")
            ));
        }
        self.fed(
            &["hash-object", "-t", "commit", "-w", "--stdin"],
            whole(&head).as_bytes(),
        )
    }

    /// The first commit: some files and the policy.
    pub fn start(&mut self, files: &[(&str, &str)], edits: &[Edit]) {
        let mut all = Files::new();
        for (path, text) in files {
            all.insert(
                (*path).to_owned(),
                ("100644".to_owned(), self.blob(self.fill(text).as_bytes())),
            );
        }
        self.edit(&mut all, edits);
        let tree = self.tree(&all);
        let oid = self.store(&tree, &[], ["alice@corp.example"; 2], "Start", None);
        self.names.insert("root".to_owned(), oid.clone());
        self.files.insert(oid, all);
    }

    fn edit(&self, files: &mut Files, edits: &[Edit]) {
        for edit in edits
            .iter()
            .filter(|edit| edit.only.is_none_or(|only| only == self.twin))
        {
            let path = if edit.file.contains('/') {
                edit.file.clone()
            } else {
                format!(".countersign/{}", edit.file)
            };
            if edit.remove {
                files.remove(&path);
                continue;
            }
            let (mode, oid) = files.get(&path).cloned().unwrap_or_default();
            let mut text = if oid.is_empty() {
                String::new()
            } else {
                self.git(&["cat-file", "blob", &oid]) + "\n"
            };
            if let Some([from, to]) = &edit.replace {
                let (from, to) = (self.fill(from), self.fill(to));
                assert!(text.contains(&from), "{path} has no {from:?}: {text}");
                text = text.replacen(&from, &to, 1);
            }
            text.push_str(&self.fill(edit.append.as_deref().unwrap_or_default()));
            let mode = edit.mode.clone().unwrap_or(if mode.is_empty() {
                "100644".to_owned()
            } else {
                mode
            });
            files.insert(path, (mode, self.blob(text.as_bytes())));
        }
    }

    /// One commit of the case.
    pub fn commit(&mut self, new: &NewCommit) {
        let parent = self.oid(&new.on);
        let begin = new
            .tree
            .as_ref()
            .map_or_else(|| parent.clone(), |name| self.oid(name));
        let mut files = self.files[&begin].clone();
        for (path, text) in &new.files {
            let old = files.get(path).map(|(mode, _)| mode.clone());
            let mode = new
                .modes
                .get(path)
                .cloned()
                .or(old)
                .unwrap_or_else(|| "100644".to_owned());
            let text = self.fill(text);
            let oid = if mode == "160000" {
                text
            } else {
                self.blob(text.as_bytes())
            };
            files.insert(path.clone(), (mode, oid));
        }
        for (path, mode) in &new.modes {
            if let Some(entry) = files.get_mut(path) {
                entry.0.clone_from(mode);
            }
        }
        files.retain(|path, _| !new.remove.contains(path));
        self.edit(&mut files, &new.policy);
        let tree = self.tree(&files);
        let mut parents = vec![parent];
        parents.extend(new.merge.iter().map(|name| self.oid(name)));
        let committer = new.committer.as_ref().unwrap_or(&new.author);
        let oid = self.store(
            &tree,
            &parents,
            [&new.author, committer],
            &self.fill(&new.message),
            new.signed.as_deref(),
        );
        self.names.insert(new.name.clone(), oid.clone());
        self.files.insert(oid, files);
    }

    /// A queue ref: the commit itself, or a tag with a letter.
    pub fn propose(&self, change: &str, head: &str, letter: Option<&str>, signed: Option<&str>) {
        let (id, number) = change.split_once('@').unwrap();
        let mut oid = self.oid(head);
        if let Some(letter) = letter {
            let mut text = format!(
                "object {oid}\ntype commit\ntag countersign/{id}/{number}\ntagger Somebody <s@corp.example> {} +0000\n\n{}\n",
                self.clock,
                self.fill(letter).trim_end()
            );
            if let Some(who) = signed {
                text.push_str(&Key::of(who).armour(text.clone().as_bytes()));
            }
            oid = self.fed(
                &["hash-object", "-t", "tag", "-w", "--stdin"],
                text.as_bytes(),
            );
        }
        self.git(&[
            "update-ref",
            &format!("refs/countersign/queue/{id}/{number}"),
            &oid,
        ]);
    }

    /// The notes' tip, if there is one.
    pub fn notes_tip(&self) -> Option<String> {
        let ran = self
            .sandbox
            .try_git(&self.git_dir, &["rev-parse", "-q", "--verify", NOTES]);
        (ran.code == Some(0)).then(|| ran.stdout.trim().to_owned())
    }

    /// One more line in the note of a commit.
    pub fn note(&mut self, place: &str, line: &str) {
        let path = format!("{}/{}", &place[..2], &place[2..]);
        let before = self.notes.get(&path).map_or_else(String::new, |(_, oid)| {
            self.git(&["cat-file", "blob", oid]) + "\n"
        });
        let blob = self.blob((before + line + "\n").as_bytes());
        self.notes.insert(path, ("100644".to_owned(), blob));
        self.write_notes(false);
    }

    fn write_notes(&mut self, orphan: bool) {
        let tree = self.tree(&self.notes.clone());
        let parents: Vec<String> = self.notes_tip().into_iter().filter(|_| !orphan).collect();
        let made = self.store(&tree, &parents, ["n@corp.example"; 2], "Notes", None);
        self.git(&["update-ref", NOTES, &made]);
    }

    /// An object is taken out of the store.
    pub fn lose(&self, object: &str) {
        let oid = self.git(&["rev-parse", &self.oid(object)]);
        let file = self.git_dir.join("objects").join(&oid[..2]).join(&oid[2..]);
        std::fs::remove_file(file).unwrap();
    }

    /// Something happens to the notes.
    pub fn tamper(&mut self, what: &Notes) {
        if let Some(name) = &what.remove {
            let oid = self.oid(name);
            self.notes.remove(&format!("{}/{}", &oid[..2], &oid[2..]));
            self.write_notes(false);
        }
        if let Some(entry) = &what.write {
            let blob = self.blob(self.fill(&entry.text).as_bytes());
            self.notes
                .insert(self.fill(&entry.path), (entry.mode.clone(), blob));
            self.write_notes(false);
        }
        if what.orphan {
            self.write_notes(true);
        }
        if what.back > 0 {
            self.git(&["update-ref", NOTES, &format!("{NOTES}~{}", what.back)]);
            self.notes = self
                .git(&["ls-tree", "-r", NOTES])
                .lines()
                .filter_map(|row| {
                    let (entry, path) = row.split_once('\t')?;
                    let (mode, oid) = entry.split_once(" blob ")?;
                    Some((path.to_owned(), (mode.to_owned(), oid.to_owned())))
                })
                .collect();
        }
        if let Some(object) = &what.point {
            let oid = self.git(&["rev-parse", &self.oid(object)]);
            // git update-ref takes any object.
            self.git(&["update-ref", NOTES, &oid]);
        }
        if what.delete {
            self.git(&["update-ref", "-d", NOTES]);
        }
    }
}
