//! Many at once: in one repository, and in many clones through one remote. Nothing that a process
//! called recorded or pushed may be missing at the end.

use std::path::Path;
use std::process::{Child, Stdio};
use std::rc::Rc;

use crate::common::{Checkout, Sandbox, World};

/// Queues `count` changes, each on its own file.
fn queue(world: &World, count: usize) -> Vec<String> {
    let ids: Vec<String> = (0..count).map(|at| format!("many-{at:02}")).collect();
    let mut refspecs = Vec::new();
    for id in &ids {
        world.agent.start(id);
        let path = format!("src/{id}.py");
        world.agent.commit_by_ai(&path, "X = 1\n", id);
        refspecs.push(format!("HEAD:refs/countersign/queue/{id}/1"));
        let head = world.agent.oid("HEAD");
        *refspecs.last_mut().unwrap() = format!("{head}:refs/countersign/queue/{id}/1");
    }
    let mut push = vec!["push".to_owned(), "-q".to_owned(), "origin".to_owned()];
    push.extend(refspecs);
    world.agent.git(&push);
    ids
}

/// Starts `approve` behind a gate that opens for all at the same moment: a shell that waits for a
/// file to be there.
fn approve_at(sandbox: &Sandbox, dir: &Path, id: &str, barrier: &Path) -> Child {
    let program = env!("CARGO_BIN_EXE_countersign");
    let script = format!(
        "while ! [ -e '{}' ]; do sleep 0.01; done; exec '{program}' approve {id} -m 'read it'",
        barrier.display()
    );
    let mut command = sandbox.command("sh", dir);
    command
        .args(["-c", &script])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Opens the barrier and waits for all; each must have exited 0.
fn run_all(barrier: &Path, children: Vec<Child>) -> Vec<String> {
    std::thread::sleep(std::time::Duration::from_millis(300));
    std::fs::write(barrier, b"").unwrap();
    let outputs = children
        .into_iter()
        .map(|child| child.wait_with_output().unwrap());
    outputs
        .map(|output| {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(
                output.status.success(),
                "{said}{}",
                String::from_utf8_lossy(&output.stderr)
            );
            said
        })
        .collect()
}

/// How many of these changes a fresh clone sees as approved.
fn approved(world: &World, name: &str) -> usize {
    let fresh = Checkout::new(&world.sandbox, &world.remote, name, "x@corp.example", None);
    fresh.countersign(&["sync"]).ok();
    let listed = fresh
        .countersign(&["--list", "--format", "%(id)", "state:approved"])
        .ok();
    listed.lines().count()
}

#[test]
fn sixteen_approvals_at_once_in_one_repository_are_all_kept() {
    let world = World::new();
    let ids = queue(&world, 16);
    world.alice.countersign(&["sync"]).ok();
    let barrier = world.sandbox.path("go");
    let children = ids
        .iter()
        .map(|id| approve_at(&world.sandbox, &world.alice.dir, id, &barrier))
        .collect();
    for said in run_all(&barrier, children) {
        assert!(
            said.starts_with("pushed ") || said.starts_with("recorded "),
            "{said}"
        );
    }
    world.alice.countersign(&["sync"]).ok();
    let status = world.alice.countersign(&["sync", "--status"]).ok();
    assert!(status.contains("nothing waits here"), "{status}");
    assert_eq!(approved(&world, "fresh"), 16);
}

#[test]
fn eight_clones_at_once_through_one_remote_are_all_kept() {
    let world = World::new();
    let ids = queue(&world, 8);
    let sandbox: &Rc<Sandbox> = &world.sandbox;
    let clones: Vec<Checkout> = (0..8)
        .map(|at| {
            let key = world.alice.key.as_ref();
            let clone = Checkout::new(
                sandbox,
                &world.remote,
                &format!("clone-{at}"),
                "alice@corp.example",
                key,
            );
            clone.countersign(&["sync"]).ok();
            clone
        })
        .collect();
    let barrier = world.sandbox.path("go");
    let children = ids
        .iter()
        .zip(&clones)
        .map(|(id, clone)| approve_at(sandbox, &clone.dir, id, &barrier))
        .collect();
    for said in run_all(&barrier, children) {
        assert!(said.starts_with("pushed "), "{said}");
    }
    assert_eq!(approved(&world, "fresh"), 8);
}
