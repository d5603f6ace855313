//! What targets share: a repository in memory, a queue, a clock.

use std::cell::RefCell;
use std::sync::OnceLock;

use countersign::change::Oid;
use countersign::git::Store;
use countersign::queue::{Author, Check, CheckState, Claim, Entry, Home, RiskSummary, State};
use countersign::risk::Level;
use jiff::Timestamp;
use tempfile::TempDir;

/// Inputs after which a repository is thrown away with all that was written to it.
const INPUTS: usize = 2_000;

/// A repository, and the inputs that it has seen.
struct World {
    store: Store,
    odb: git2::Repository,
    inputs: usize,
    _dir: TempDir,
}

thread_local! {
    static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
}

fn with<T>(work: impl FnOnce(&World) -> T) -> T {
    WORLD.with_borrow_mut(|slot| {
        if slot.as_ref().is_none_or(|world| world.inputs >= INPUTS) {
            *slot = None;
            let dir = tempfile::tempdir_in(super::input::memory()).expect("a folder");
            let store = Store::init(dir.path(), true).expect("a repository");
            let odb = git2::Repository::open(dir.path()).expect("a repository");
            *slot = Some(World {
                store,
                odb,
                inputs: 0,
                _dir: dir,
            });
        }
        let world = slot.as_mut().expect("just made");
        world.inputs += 1;
        work(world)
    })
}

/// Works with the repository.
pub fn store<T>(work: impl FnOnce(&Store) -> T) -> T {
    with(|world| work(&world.store))
}

/// Puts objects as they are into the repository, whatever they hold, and works with it.
pub fn objects<T>(work: impl FnOnce(&Store, &dyn Fn(git2::ObjectType, &[u8]) -> Oid) -> T) -> T {
    with(|world| {
        let odb = world.odb.odb().expect("an object database");
        let put = |kind, bytes: &[u8]| {
            let oid = odb.write(kind, bytes).expect("written").to_string();
            oid.parse().expect("an object id")
        };
        work(&world.store, &put)
    })
}

/// The time it is.
pub fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("a time")
}

/// A queue of a few changes that differ in everything a filter asks for.
pub fn entries() -> &'static [Entry] {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    ENTRIES.get_or_init(|| (0..State::ALL.len()).map(entry).collect())
}

fn risk(number: u32) -> RiskSummary {
    let levels = [Level::Low, Level::Medium, Level::High, Level::Critical];
    RiskSummary {
        level: levels[number as usize % 4],
        likelihood: number * 11,
        impact: number % 4,
        cost: number * 7,
        key: i64::from(number),
        findings: number as usize,
        to_answer: number as usize / 2,
    }
}

/// One change of the queue.
pub fn entry(nth: usize) -> Entry {
    let ids = ["fix-lb-timeouts", "auth-refresh", "docs-typo", "bump-tls"];
    let agents = [Some("claude"), None, Some("copilot")];
    let number = u32::try_from(nth).expect("few");
    let seconds = i64::from(number) * 90_000;
    Entry {
        home: Home::default(),
        id: ids[nth % ids.len()].parse().expect("an id"),
        revision: number + 1,
        ref_name: format!(
            "refs/countersign/queue/{}/{}",
            ids[nth % ids.len()],
            number + 1
        ),
        head: Oid::from_bytes([1; 20]),
        base: Oid::from_bytes([2; 20]),
        target: ["refs/heads/main", "refs/heads/release"][nth % 2].to_owned(),
        state: State::ALL[nth % State::ALL.len()],
        title: format!("Raise edge timeouts {nth}"),
        author: Author {
            name: "Dana Ö".to_owned(),
            email: "dana@shop.example".to_owned(),
        },
        agent: agents[nth % 3].map(str::to_owned),
        operator: None,
        ai_markers: Vec::new(),
        risk: (nth != 3).then(|| risk(number)),
        paths: vec!["infra/lb.yaml".into(), "docs/lb.md".into()],
        files: 2,
        added: nth * 5,
        removed: nth,
        commits: nth + 1,
        created_at: now() - jiff::SignedDuration::from_secs(seconds),
        needs: Vec::new(),
        asked: vec!["alice".to_owned()],
        nobody: (nth == 5).then(|| "nobody may".to_owned()),
        needs_me: nth.is_multiple_of(2),
        only_me: nth == 4,
        approvals: Vec::new(),
        rejections: Vec::new(),
        claim: (nth == 1).then(|| Claim {
            reviewer: "bob@shop.example".to_owned(),
            until: now() + jiff::SignedDuration::from_secs(600),
        }),
        checks: vec![Check {
            name: "build".to_owned(),
            state: [
                CheckState::Pending,
                CheckState::Success,
                CheckState::Failure,
            ][nth % 3],
        }],
        stacked_on: None,
        notes: Vec::new(),
    }
}
