//! The gate's answer in the forms of other programs: SARIF, JUnit, GitHub's annotations.

use crate::common::{Ran, World, run};

/// A world in which one merge waits for its approval.
fn waiting() -> (World, String) {
    let world = World::new();
    world.queue("try-it", "src/app.py", "def main():\n    return 1\n");
    let head = world.bob.fetch_queue("try-it", 1);
    let merged = world.bob.land_merge(&head);
    world.bob.countersign(&["sync"]).ok();
    (world, merged)
}

fn gate(world: &World, range: &str, more: &[&str]) -> Ran {
    let mut words = vec![
        "gate",
        "--target",
        "main",
        "--policy-root",
        &world.root,
        range,
    ];
    words.extend(more);
    world.bob.countersign(&words)
}

#[test]
fn sarif_has_a_result_for_each_reason_on_its_commit() {
    let (world, merged) = waiting();
    let range = format!("{}..{merged}", world.root);
    let document = gate(&world, &range, &["--sarif"]).exits(8).json();
    assert_eq!(document["version"], "2.1.0");
    let run = &document["runs"][0];
    let results = run["results"].as_array().unwrap();
    let missing = results
        .iter()
        .find(|one| one["ruleId"] == "E-UNAPPROVED")
        .unwrap();
    assert_eq!(missing["level"], "error");
    assert_eq!(
        missing["locations"][0]["logicalLocations"][0]["name"],
        merged.as_str()
    );
    assert_eq!(run["invocations"][0]["exitCode"], 8);
    let described = run["tool"]["driver"]["rules"].as_array().unwrap();
    for one in results {
        assert!(
            described.iter().any(|rule| rule["id"] == one["ruleId"]),
            "{one}"
        );
    }
}

#[test]
fn junit_has_a_case_for_each_run_and_one_for_the_decision() {
    let (world, merged) = waiting();
    let range = format!("{}..{merged}", world.root);
    let file = world.bob.dir.join("gate.xml");
    gate(&world, &range, &["--junit", "gate.xml"]).exits(8);
    let xml = std::fs::read_to_string(&file).unwrap();
    assert!(
        xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"),
        "{xml}"
    );
    assert!(
        xml.contains("tests=\"2\" failures=\"2\" errors=\"0\""),
        "{xml}"
    );
    assert!(xml.contains("type=\"E-UNAPPROVED\""), "{xml}");
    assert!(xml.contains(&format!("name=\"{merged}\"")), "{xml}");

    world.alice.countersign(&["sync"]).ok();
    world
        .alice
        .countersign(&["approve", "try-it", "-m", "<ok> & \"fine\"", "--push"])
        .ok();
    world.bob.countersign(&["sync"]).ok();
    gate(&world, &range, &["--junit", "gate.xml"]).exits(0);
    let xml = std::fs::read_to_string(&file).unwrap();
    assert!(
        xml.contains("tests=\"2\" failures=\"0\" errors=\"0\""),
        "{xml}"
    );
}

#[test]
fn github_s_annotations_go_to_stderr_and_leave_stdout_as_it_is() {
    let (world, merged) = waiting();
    let range = format!("{}..{merged}", world.root);
    let plain = gate(&world, &range, &[]).exits(8);
    let ran = gate(&world, &range, &["--github"]).exits(8);
    assert_eq!(ran.stdout, plain.stdout);
    let lines: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with("::"))
        .collect();
    let title = format!(
        "::error title=E-UNAPPROVED commit {}::E-UNAPPROVED",
        &merged[..12]
    );
    assert!(
        lines.iter().any(|line| line.starts_with(&title)),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_question_that_cannot_be_put_is_a_document_too() {
    let (world, _) = waiting();
    let sarif = gate(&world, "no-such-rev", &["--sarif"]).exits(2).json();
    assert_eq!(sarif["runs"][0]["invocations"][0]["exitCode"], 2);
    let no_root = world.bob.countersign(&[
        "gate",
        "--target",
        "main",
        "HEAD~1..HEAD",
        "--junit",
        "e.xml",
    ]);
    let xml = std::fs::read_to_string(world.bob.dir.join("e.xml")).unwrap();
    assert_eq!(no_root.code, Some(3), "{}", no_root.stderr);
    assert!(xml.contains("<error type=\"E-POLICY-ROOT\""), "{xml}");
    let nowhere = gate(&world, "HEAD~1..HEAD", &["--junit", "no/such/dir/x.xml"]);
    assert!(nowhere.exits(3).stderr.contains("--junit"));
}

#[test]
fn other_people_s_validator_takes_the_sarif_of_every_answer() {
    let Some(python) = crate::common::verifiers() else {
        return;
    };
    let (world, merged) = waiting();
    let range = format!("{}..{merged}", world.root);
    let back = format!("{merged}..{}", world.root);
    let empty = format!("{merged}..{merged}");
    let asked = [
        (&range, 8),
        (&back, 1),
        (&empty, 0),
        (&"nowhere".to_owned(), 2),
    ];
    let mut files = Vec::new();
    for (index, (range, code)) in asked.into_iter().enumerate() {
        let ran = gate(&world, range, &["--sarif"]).exits(code);
        let file = world.sandbox.path(format!("{index}.sarif"));
        std::fs::write(&file, ran.stdout).unwrap();
        files.push(file);
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/verifiers/sarif.py");
    let check = |files: &[std::path::PathBuf]| {
        let mut check = world.sandbox.command(&python, &world.bob.dir);
        run(check.arg(script).args(files), b"")
    };
    assert_eq!(check(&files).ok(), "valid\n");
    // That it looks: a level that the format does not know.
    let text = std::fs::read_to_string(&files[0]).unwrap();
    let bent = text.replace("\"level\":\"error\"", "\"level\":\"fatal\"");
    assert_ne!(bent, text);
    std::fs::write(&files[0], bent).unwrap();
    assert_eq!(check(&files[..1]).code, Some(1));
}
