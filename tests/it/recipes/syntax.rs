//! What cannot be run here is read by programs that know it: the schemas of GitHub, GitLab and Buildkite, a
//! grammar of Groovy; and every script is looked at by the shell that will read it.

use super::{recipe, recipes};
use crate::common::{Sandbox, run, verifiers};

#[test]
fn the_schemas_of_their_readers_take_the_files() {
    let Some(python) = verifiers() else { return };
    let sandbox = Sandbox::new();
    let top = sandbox.path("");
    let action = concat!(env!("CARGO_MANIFEST_DIR"), "/action.yml");
    let file = |name: &str| recipes().join(name).to_str().unwrap().to_owned();
    let asked = [
        ("github-actions", vec![action.to_owned()]),
        (
            "github-workflows",
            vec![file("github/deploy.yml"), file("github/propose.yml")],
        ),
        ("gitlab-ci", vec![file("gitlab/gitlab-ci.yml")]),
        ("buildkite", vec![file("buildkite/pipeline.yml")]),
    ];
    for (schema, files) in asked {
        let check = |files: &[String]| {
            let mut checker = sandbox.command(python.with_file_name("check-jsonschema"), &top);
            checker.args(["--builtin-schema", &format!("vendor.{schema}")]);
            run(checker.args(files), b"")
        };
        check(&files).ok();
        // That it looks at all: a key nobody knows.
        let wrong = sandbox.path("wrong.yml");
        let text = std::fs::read_to_string(&files[0]).unwrap();
        let text = text
            .replace("\nsteps:", "\nstops:")
            .replace("\nruns:", "\nrans:");
        let text = text
            .replace("runs-on:", "ran-on:")
            .replace("  script:", "  scrpt:");
        std::fs::write(&wrong, text).unwrap();
        let wrong = [wrong.to_str().unwrap().to_owned()];
        assert_ne!(check(&wrong).code, Some(0), "{schema}");
    }
}

#[test]
fn the_jenkinsfile_is_groovy() {
    let Some(python) = verifiers() else { return };
    let sandbox = Sandbox::new();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/verifiers/groovy.py");
    let read = |file: &std::path::Path| {
        let mut shell = sandbox.command(&python, &sandbox.path(""));
        run(shell.arg(script).arg(file), b"")
    };
    read(&recipes().join("jenkins/Jenkinsfile")).ok();
    let cut = sandbox.path("Jenkinsfile");
    let text = recipe("jenkins/Jenkinsfile");
    std::fs::write(&cut, text.trim_end().trim_end_matches('}')).unwrap();
    assert_ne!(read(&cut).code, Some(0));
}

#[test]
fn the_scripts_are_plain_shell() {
    let sandbox = Sandbox::new();
    for name in [
        "buildkite/deploy",
        "gitops/gate-then-tag",
        "hooks/pre-receive",
        "kubernetes/attest-image",
        "overdue/overdue",
    ] {
        assert!(recipe(name).starts_with("#!/bin/sh\n"), "{name}");
        let mut shell = sandbox.command("sh", &recipes());
        run(shell.args(["-n", name]), b"").ok();
    }
}
