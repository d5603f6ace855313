//! Real history, replayed: the merges of a repository with every branch head approved, and what the
//! gate says of them, of one byte changed in each, and of the whole (`docs/replay.md`).
//!
//! The small test makes a history of its own. The large one takes any repository:
//! `COUNTERSIGN_REPLAY=/path/to/repository cargo test --release --test it -- --ignored --nocapture replay::real`

mod approved;
mod edited;
mod generated;
mod merges;
mod rewritten;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use countersign::change::{Identity, Oid};
use countersign::gate::{Memory, Question, Range, judge};
use countersign::git::Store;
use countersign::review::{NOTES, REFS};
use countersign::signing::SshVerifier;
use git2::Repository;
use jiff::Timestamp;
use serde_json::Value;

use crate::common::{self, Policy, Sandbox};
use crate::conformance::keys::Key;
use approved::Senior;
use edited::Place;
use merges::{Kind, Merge};
use rewritten::Rewritten;

/// Approvals that lie beside one another while a merge is judged.
const CHUNK: usize = 10;
/// Steps that are foreseen: what was merged last.
const FORESEEN: usize = 100;

/// A history under a policy, every branch head of its merges approved.
struct Replay {
    sandbox: Sandbox,
    store: Store,
    history: Rewritten,
    policy: Policy,
    merges: Vec<Merge>,
    left_out: usize,
    /// The notes of each chunk of merges, and last those of all.
    chunks: Vec<git2::Oid>,
}

/// What the gate says of a merge.
struct Answer {
    exit: u8,
    /// The ids of its reasons.
    why: String,
    /// By what the approval was carried.
    how: &'static str,
}

/// What came of the replay.
#[derive(Default)]
struct Outcome {
    /// Merges by what git makes of them: how many, and how many the gate let through.
    kinds: BTreeMap<Kind, (usize, usize)>,
    /// How the approvals of the clean ones were carried.
    how: BTreeMap<&'static str, usize>,
    /// Edits by place: how many, and how many the gate let through.
    edits: BTreeMap<Place, (usize, usize)>,
    /// What stands out, a line each.
    lines: Vec<String>,
}

impl Replay {
    /// The newest `most` merges on the first-parent chain of `HEAD`.
    fn of(original: &Path, most: usize) -> Self {
        let sandbox = Sandbox::new();
        let repository = Repository::open(original).unwrap();
        let tip = repository.head().unwrap().peel_to_commit().unwrap().id();
        let found = merges::newest(&repository, tip, most);
        let policy = policy();
        let mut history = Rewritten::new(&sandbox, original, tip, &found.merges, &policy);
        let store = Store::discover(history.repository.path()).unwrap();
        let chunks = approve(&store, &mut history, &found.merges);
        Self {
            sandbox,
            store,
            chunks,
            history,
            policy,
            merges: found.merges,
            left_out: found.left_out,
        }
    }

    /// What the gate says of a range of one step. Every question of a replay is put to the library, in
    /// this process; `forecast` runs the command.
    fn answer(&self, base: git2::Oid, tip: git2::Oid) -> Answer {
        let (notes, roots) = ([NOTES.to_owned()], [REFS.to_owned()]);
        let question = Question {
            store: &self.store,
            target: "refs/heads/main",
            range: Range {
                base: oid(base),
                candidate: oid(tip),
                base_written: true,
            },
            root: Some(oid(self.history.root)),
            first: false,
            deployable: None,
            notes: &notes,
            incoming: None,
            memory: Memory::Store,
            roots: &roots,
            remote: None,
            target_tip: None,
            floor: None,
            allow_rollback: false,
            now: Timestamp::now(),
        };
        let report = judge(&question, &SshVerifier);
        let run = report.runs.first();
        let reasons = run.into_iter().flat_map(|run| &run.reasons);
        let mut why: Vec<&str> = report
            .reasons
            .iter()
            .chain(reasons)
            .map(|one| one.id.as_str())
            .collect();
        why.dedup();
        let carried = run.and_then(|run| run.approvals.first());
        Answer {
            exit: report.exit,
            why: why.join(" "),
            how: carried.map_or("exempt", |approval| approval.carried),
        }
    }

    /// Makes these the notes of the repository.
    fn show_notes(&self, commit: git2::Oid) {
        let set = self.history.repository.reference(NOTES, commit, true, "");
        set.unwrap();
    }

    /// Every merge, and one byte changed in each clean one that passes.
    fn run(&mut self) -> Outcome {
        let mut outcome = Outcome::default();
        for index in 0..self.merges.len() {
            self.show_notes(self.chunks[index / CHUNK]);
            let merge = &self.merges[index];
            let (oid, kind) = (
                merge.oid,
                merges::kind(&self.sandbox, &self.history.repository, merge),
            );
            let [base, target, branch, result] =
                [merge.base, merge.target, merge.branch, merge.oid].map(|oid| self.history.of(oid));
            let answer = self.answer(target, result);
            let counts = outcome.kinds.entry(kind).or_default();
            counts.0 += 1;
            if answer.exit == 0 {
                counts.1 += 1;
            }
            if (kind == Kind::Clean) != (answer.exit == 0) {
                let line = format!("{oid} {kind:?} {} {}", answer.exit, answer.why);
                outcome.lines.push(line);
            }
            if kind != Kind::Clean || answer.exit != 0 {
                continue;
            }
            *outcome.how.entry(answer.how).or_default() += 1;
            let repository = &self.history.repository;
            let tree = |oid| repository.find_commit(oid).unwrap().tree_id();
            let trees = [base, target, branch, result].map(tree);
            for (place, tree) in edited::trees(repository, trees) {
                let evil = self.history.write(result, tree, &[target, branch]);
                let counts = outcome.edits.entry(place).or_default();
                counts.0 += 1;
                if self.answer(target, evil).exit == 0 {
                    counts.1 += 1;
                    outcome
                        .lines
                        .push(format!("{oid} with a byte changed in {place:?}: 0"));
                }
            }
        }
        outcome
    }

    /// What `policy simulate` foresees of the last steps, and what the gate says of them: standing,
    /// rules and reasons of each run.
    fn forecast(&self) -> [Vec<String>; 2] {
        let draft = self.sandbox.path("draft");
        std::fs::create_dir_all(&draft).unwrap();
        for (name, text) in [
            ("policy.toml", self.policy.toml()),
            ("allowed_signers", self.policy.allowed_signers()),
            ("revoked_keys", self.policy.revoked_keys()),
        ] {
            std::fs::write(draft.join(name), text).unwrap();
        }
        self.show_notes(self.chunks[self.chunks.len() - 1]);
        let repository = &self.history.repository;
        let tip = repository.refname_to_id("refs/heads/main").unwrap();
        let mut first = repository.find_commit(tip).unwrap();
        for _ in 0..FORESEEN {
            if first.id() != self.history.root && first.parent_count() > 0 {
                first = first.parent(0).unwrap();
            }
        }
        let range = format!("{}..{tip}", first.id());
        let draft = draft.to_str().unwrap();
        let words = [
            "policy", "simulate", "--json", "--policy", draft, "--target", "main", "--range",
            &range,
        ];
        let run = |words: &[&str]| self.sandbox.countersign(repository.path(), words);
        let foreseen = run(&words).exits(0).json();
        let root = self.history.root.to_string();
        let words = [
            "gate",
            "--json",
            "--target",
            "main",
            "--policy-root",
            &root,
            &range,
        ];
        [runs(&foreseen), runs(&run(&words).json())]
    }
}

/// The policy of a replay: every change needs a senior's approval, whoever made it.
fn policy() -> Policy {
    let key = |name: &str| common::Key {
        path: PathBuf::new(),
        public: Key::of(name).line(),
        fingerprint: Key::of(name).fingerprint(),
    };
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(key);
    let mut policy = Policy::new(&[("alice", &alice), ("bob", &bob), ("carol", &carol)]);
    policy.mode = "all";
    policy
}

fn oid(oid: git2::Oid) -> Oid {
    oid.to_string().parse().unwrap()
}

/// Alice approves every branch head: the notes of each chunk of merges, and those of all.
fn approve(store: &Store, history: &mut Rewritten, merges: &[Merge]) -> Vec<git2::Oid> {
    let senior = Senior::alice();
    let root = oid(history.root);
    let mut lines = Vec::new();
    for merge in merges {
        let [target, head] = [merge.target, merge.branch].map(|one| oid(history.of(one)));
        let base = store.merge_base(target, head).unwrap().unwrap();
        lines.push((head, senior.approves(store, root, base, head)));
    }
    let who = Identity {
        name: "Alice".to_owned(),
        email: "alice@corp.example".to_owned(),
        when: Timestamp::now(),
    };
    let noted = |(index, lines): (usize, &[(Oid, Vec<u8>)])| {
        let name = format!("refs/notes/chunk-{index}");
        store.notes_append(&name, lines, &who).unwrap();
        history.repository.refname_to_id(&name).unwrap()
    };
    let all = std::iter::once(lines.as_slice());
    lines
        .chunks(CHUNK)
        .chain(all)
        .enumerate()
        .map(noted)
        .collect()
}

fn runs(report: &Value) -> Vec<String> {
    let runs = report["runs"].as_array().unwrap();
    let told = runs.iter().map(|run| {
        let ids = run["reasons"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["id"]);
        let rules = run["rules"].as_array().unwrap().iter();
        let rules =
            rules.map(|rule| format!("{} {}/{}", rule["name"], rule["have"], rule["needed"]));
        format!(
            "{}..{} {} {} {:?} {:?}",
            run["first"],
            run["last"],
            run["standing"],
            run["level"],
            rules.collect::<Vec<_>>(),
            ids.collect::<Vec<_>>()
        )
    });
    told.collect()
}

impl Outcome {
    fn of(&self, kind: Kind) -> (usize, usize) {
        self.kinds.get(&kind).copied().unwrap_or_default()
    }

    /// The share of the clean merges that passed, in percent.
    fn share(&self) -> f64 {
        let (all, passed) = self.of(Kind::Clean);
        #[allow(clippy::cast_precision_loss)]
        let share = 100.0 * passed as f64 / all.max(1) as f64;
        share
    }

    /// As `docs/replay.md` shows it.
    fn table(&self, name: &str, replay: &Replay) -> String {
        let [
            (clean, passed),
            (touched, touched_passed),
            (conflicted, conflicted_passed),
        ] = [Kind::Clean, Kind::Touched, Kind::Conflicted].map(|kind| self.of(kind));
        let (edits, edits_passed) = self
            .edits
            .values()
            .fold((0, 0), |(all, passed), (more, through)| {
                (all + more, passed + through)
            });
        format!(
            "{name}: {} merges, {} left out, {} stand-ins\n\
             | clean | are 0 | | touched | are 0 | conflicted | are 0 | edits | are 0 |\n\
             | {clean} | {passed} | {:.1} % | {touched} | {touched_passed} | {conflicted} | \
             {conflicted_passed} | {edits} | {edits_passed} |\ncarried: {:?}\nedits: {:?}\n{}\n",
            replay.merges.len(),
            replay.left_out,
            replay.history.stand_ins,
            self.share(),
            self.how,
            self.edits,
            self.lines.join("\n")
        )
    }
}

#[test]
fn a_generated_history_passes_but_for_what_a_hand_was_in() {
    let sandbox = Sandbox::new();
    let original = generated::history(&sandbox);
    let mut replay = Replay::of(&original, 400);
    let outcome = replay.run();
    let table = outcome.table("generated", &replay);
    let [clean, touched, conflicted] =
        [Kind::Clean, Kind::Touched, Kind::Conflicted].map(|kind| outcome.of(kind));
    assert_eq!(clean, (generated::CLEAN, generated::CLEAN), "{table}");
    assert_eq!(touched, (generated::TOUCHED, 0), "{table}");
    assert_eq!(conflicted, (generated::CONFLICTED, 0), "{table}");
    assert_eq!(outcome.edits.len(), 3, "{table}");
    for (all, passed) in outcome.edits.values() {
        assert!(*all > 0 && *passed == 0, "{table}");
    }
    let [foreseen, said] = replay.forecast();
    assert_eq!(foreseen, said);
    let allowed = |run: &&String| run.contains("\"satisfied\"");
    assert!(
        said.iter().any(|run| allowed(&run)) && !said.iter().all(|run| allowed(&run)),
        "{said:#?}"
    );
}

/// `COUNTERSIGN_REPLAY`: a repository. `COUNTERSIGN_REPLAY_MERGES`: how many of its merges (400).
/// `COUNTERSIGN_REPLAY_SHARE`: the percentage of the clean ones that has to pass (98).
#[expect(clippy::print_stdout, reason = "the table is what the command is for")]
#[test]
#[ignore = "takes a real repository: COUNTERSIGN_REPLAY=/path"]
fn real_history() {
    let number = |name: &str, default: usize| {
        let set = std::env::var(name).ok();
        set.map_or(default, |text| text.parse().unwrap())
    };
    let path =
        std::env::var_os("COUNTERSIGN_REPLAY").expect("COUNTERSIGN_REPLAY names a repository");
    let mut replay = Replay::of(Path::new(&path), number("COUNTERSIGN_REPLAY_MERGES", 400));
    let outcome = replay.run();
    let table = outcome.table(&path.to_string_lossy(), &replay);
    print!("{table}");
    let [foreseen, said] = replay.forecast();
    let denied = said
        .iter()
        .filter(|run| !run.contains("\"satisfied\""))
        .count();
    println!("forecast: {} runs, {denied} denied", said.len());
    assert_eq!(foreseen, said);
    assert!(outcome.edits.values().all(|(_, passed)| *passed == 0));
    #[allow(clippy::cast_precision_loss)]
    let least = number("COUNTERSIGN_REPLAY_SHARE", 98) as f64;
    assert!(outcome.share() >= least);
}
