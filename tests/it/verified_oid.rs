//! `gate --verified-oid FILE`: the file is there after a 0 from a verified base, and never else.

use std::path::PathBuf;

use crate::common::{Ran, World};

/// An approved change on main and one after it that waits; the file that an earlier run left.
fn world() -> (World, [String; 2], PathBuf) {
    let world = World::new();
    let land = |id: &str| {
        world.queue(id, &format!("src/{id}.py"), "pass\n");
        if id == "good" {
            world.alice.run("sync").ok();
            world.alice.run("approve good -m fine --push").ok();
        }
        world.bob.land_merge(&world.bob.fetch_queue(id, 1))
    };
    let landed = ["good", "more"].map(land);
    let file = world.bob.dir.join("verified");
    (world, landed, file)
}

fn gate(world: &World, file: &PathBuf, more: &[&str]) -> Ran {
    std::fs::write(file, "what an earlier run left\n").unwrap();
    let mut words = vec![
        "gate",
        "--fetch",
        "--target",
        "main",
        "--policy-root",
        &world.root,
    ];
    words.extend(["--verified-oid", "verified"]);
    words.extend(more);
    world.bob.countersign(&words)
}

#[test]
fn the_commit_to_deploy_is_written_on_0_and_nothing_is_left_on_any_other_answer() {
    let (world, [good, more], file) = world();
    let to_good = format!("{}..{good}", world.root);
    let said = gate(&world, &file, &[&to_good]).ok();
    assert!(said.ends_with(&format!("verified-oid={good}\n")), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{good}\n"));
    gate(&world, &file, &["--first", &good]).ok();
    assert!(file.exists());

    let all = format!("{}..{more}", world.root);
    let back = format!("{more}..{good}");
    let nowhere = format!("{}..{good}", "1".repeat(40));
    for (range, code) in [
        (&all, 8),
        (&back, 1),
        (&"x..y".to_owned(), 2),
        (&nowhere, 3),
    ] {
        let ran = gate(&world, &file, &[range]);
        assert_eq!(ran.code, Some(code), "{range}: {ran:?}");
        assert!(!file.exists(), "{range}");
    }
    // A base out of a branch, and a decision that is only reported, verify nothing.
    let ran = gate(&world, &file, &[&good]).exits(2);
    assert!(
        ran.stderr.contains("--env NAME or --first"),
        "{}",
        ran.stderr
    );
    assert!(!file.exists());
    gate(&world, &file, &["--report-only", &to_good]).exits(2);
}

#[test]
fn what_cannot_be_written_or_taken_away_is_no_answer() {
    let (world, [good, _], file) = world();
    let range = format!("{}..{good}", world.root);
    let ask = |path: &str| {
        let mut words = vec![
            "gate",
            "--json",
            "--target",
            "main",
            "--policy-root",
            &world.root,
        ];
        words.extend(["--verified-oid", path, &range]);
        world.bob.countersign(&words)
    };
    world.bob.run("sync").ok();
    std::fs::create_dir_all(&file).unwrap();
    for path in ["verified", "no/such/folder"] {
        let ran = ask(path).exits(3);
        assert!(
            ran.stderr.contains("E-UNAVAILABLE --verified-oid"),
            "{ran:?}"
        );
        let document = ran.json();
        assert_eq!(document["decision"], "error", "{path}");
        assert!(document["verifiedOid"].is_null(), "{path}");
    }
    assert_eq!(ask("here").exits(0).json()["verifiedOid"], good.as_str());
}
