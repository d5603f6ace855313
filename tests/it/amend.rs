//! `countersign policy add-person | remove-person | rotate-key | revoke`: each is a proposal that leaves
//! the clone as it was, says who has to approve it, and takes effect when it has landed.

mod people;
mod refused;
mod revoke;
mod rotate;

use crate::common::{Checkout, Key, Ran, World};

/// Another clone of the world, of Carol.
fn carol(world: &World) -> Checkout {
    let key = Some(&world.carol);
    Checkout::new(
        &world.sandbox,
        &world.remote,
        "carol",
        "carol@corp.example",
        key,
    )
}

fn public(key: &Key) -> String {
    key.path.with_extension("pub").display().to_string()
}

/// Everything of a clone that a proposal must leave alone.
fn state(clone: &Checkout) -> String {
    let status = clone.git(&["status", "--porcelain=v2", "--branch", "--ignored"]);
    let branches = clone.git(&["for-each-ref", "refs/heads", "refs/tags"]);
    let index = clone.git(&["ls-files", "--stage"]);
    format!("{status}\n{branches}\n{index}")
}

#[track_caller]
fn says(ran: &Ran, text: &str) {
    assert!(
        ran.stdout.contains(text) || ran.stderr.contains(text),
        "not said: {text}\n{}\n{}",
        ran.stdout,
        ran.stderr
    );
}

/// Bob and Carol approve a proposal and land it.
fn pass(world: &World, carol: &Checkout, id: &str) {
    for one in [&world.bob, carol] {
        one.run("sync").exits(0);
        one.countersign(&["approve", id, "-m", "compared by voice"])
            .exits(0);
    }
    let head = format!("refs/countersign-remote/origin/countersign/queue/{id}/1^{{commit}}");
    let refspec = format!("{head}:refs/heads/main");
    carol.git(&["push", "-q", "origin", &refspec]);
}

/// The gate over everything since the root, in this clone.
fn gate(world: &World, clone: &Checkout) -> Ran {
    clone.run("sync").exits(0);
    let range = format!("{}..origin/main", world.root);
    clone.countersign(&[
        "gate",
        "--target",
        "main",
        "--policy-root",
        &world.root,
        &range,
    ])
}
