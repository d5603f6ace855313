//! Attacks on the decision, from the outside: each has an outcome that has to hold, by exit code and
//! by the id of the reason.

mod checkpoints;
mod deployer;
mod disputed;
mod elsewhere;
mod evidence;
mod flood;
pub mod forge;
mod forged;
mod glass;
mod log;
mod options;
mod people;
mod plumbing;
mod policy;
mod range;
mod scope;

use crate::common::{Checkout, Ran, World};

/// What the gate says of `from..to`, as JSON, asked in Bob's clone after fetching the branches.
pub fn judged(world: &World, from: &str, to: &str) -> Ran {
    world.bob.git(&["fetch", "-q", "origin"]);
    asked_from(world, &world.root, &format!("{from}..{to}"))
}

/// The same of a range as it is written, with this root, and with nothing fetched before but by the gate.
pub fn asked_from(world: &World, root: &str, range: &str) -> Ran {
    let words = [
        "gate",
        "--fetch",
        "--json",
        "--target",
        "main",
        "--policy-root",
        root,
        range,
    ];
    world.bob.countersign(&words)
}

/// Holds the answer to its exit code and, unless empty, to the id of a reason.
#[track_caller]
pub fn answers(ran: &Ran, code: i32, id: &str) {
    let report = ran.json();
    let found = report.to_string();
    assert_eq!(ran.code, Some(code), "{report:#}\n{}", ran.stderr);
    assert_eq!(report["exit"], code, "{report:#}");
    assert!(
        id.is_empty() || found.contains(&format!("{id}\"")),
        "no {id} in {report:#}"
    );
    let allowed = report["verifiedOid"].is_string();
    assert_eq!(allowed, code == 0, "{report:#}");
}

/// A verdict from the command line, on revision 1 unless the change names another.
#[track_caller]
pub fn say(who: &Checkout, verb: &str, change: &str) -> Ran {
    who.countersign(&["sync"]).exits(0);
    let change = if change.contains('@') {
        change.to_owned()
    } else {
        format!("{change}@1")
    };
    who.countersign(&[verb, &change, "-m", "As I said.", "--anyway", "--push"])
        .exits(0)
}

/// A queued change to the service that Alice approved; its head.
pub fn approved(world: &World) -> String {
    let head = world.queue("return-one", "src/app.py", "def main():\n    return 1\n");
    say(&world.alice, "approve", "return-one");
    world.bob.fetch_queue("return-one", 1);
    head
}
