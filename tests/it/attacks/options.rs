//! What the machine around the gate may try: words that look like options, a store beside the store,
//! the end of the program in the middle.

use std::process::Stdio;

use super::{answers, approved, judged};
use crate::common::World;

#[test]
fn what_looks_like_an_option_is_none() {
    let world = World::new();
    approved(&world);
    let out = world.sandbox.path("written");
    let output = format!("--output={}", out.display());
    for word in [
        output.as_str(),
        "-rf",
        "--upload-pack=touch written",
        "--help",
    ] {
        let range = format!("{word}..{}", world.root);
        let root = &world.root;
        for words in [
            ["gate", "--policy-root", root, "--", &range],
            ["gate", "--policy-root", word, "--", "HEAD..HEAD"],
            ["show", "--json", "--color=never", "--", word],
        ] {
            let ran = world.bob.countersign(&words);
            assert!(!matches!(ran.code, Some(0) | None), "{words:?}: {ran:?}");
            assert!(!ran.stdout.contains("verified-oid"), "{ran:?}");
        }
    }
    assert!(!out.exists());
}

#[test]
fn a_gate_that_is_killed_allows_nothing() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    answers(&judged(&world, &world.root, &landed), 0, "");
    let range = format!("{}..{landed}", world.root);
    // Whenever it ends, the line that allows something comes with the exit code that allows it.
    for milliseconds in [0, 3, 10, 30] {
        let mut gate = world.sandbox.countersign_command(&world.bob.dir);
        gate.args([
            "gate",
            "--target",
            "main",
            "--policy-root",
            &world.root,
            &range,
        ]);
        let mut child = gate
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        let _ = child.kill();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        if output.status.code() != Some(0) {
            assert_eq!(output.status.code(), None, "{said}");
        } else {
            assert!(
                said.trim_end().ends_with(&format!("verified-oid={landed}")),
                "{said}"
            );
        }
    }
}

#[test]
fn an_object_of_another_store_is_hashed_too() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    answers(&judged(&world, &world.root, &landed), 0, "");
    // The store of somebody else holds other bytes under the name of an approved file.
    let blob = world.bob.oid(&format!("{landed}:src/app.py"));
    let place = |top: &std::path::Path| top.join(&blob[..2]).join(&blob[2..]);
    let other = world.sandbox.path("elsewhere");
    let top = world.sandbox.path("");
    world
        .sandbox
        .git(&top, &["init", "-q", "--bare", "elsewhere"]);
    std::fs::write(world.sandbox.path("evil"), "def main():\n    return 666\n").unwrap();
    let evil = world.sandbox.git(&other, &["hash-object", "-w", "../evil"]);
    let objects = other.join("objects");
    std::fs::create_dir_all(place(&objects).parent().unwrap()).unwrap();
    std::fs::copy(objects.join(&evil[..2]).join(&evil[2..]), place(&objects)).unwrap();
    let own = world.bob.dir.join(".git/objects");
    let _ = std::fs::remove_file(place(&own));
    std::fs::write(
        own.join("info/alternates"),
        format!("{}\n", objects.display()),
    )
    .unwrap();
    let range = format!("{}..{landed}", world.root);
    let root = &world.root;
    let words = [
        "gate",
        "--json",
        "--target",
        "main",
        "--policy-root",
        root,
        &range,
    ];
    answers(&world.bob.countersign(&words), 3, "E-OBJECT-CORRUPT");
}
