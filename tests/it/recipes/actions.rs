//! GitHub Actions: the steps of the workflow and of the composite action, run as the runner documents it:
//! expressions put in where they stand, `bash -eo pipefail`, outputs and PATH through files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Shop, WRITTEN_ROOT, program, recipe, waits, yaml};
use crate::common::{Ran, run};

/// What expressions can name.
pub type Known = BTreeMap<String, String>;

pub fn known(pairs: &[(&str, &str)]) -> Known {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// The text with its `${{ … }}` put in.
fn put_in(text: &str, known: &Known) -> String {
    let mut parts = text.split("${{");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (expression, rest) = part.split_once("}}").unwrap();
        let value = known.get(expression.trim());
        out.push_str(value.unwrap_or_else(|| panic!("{expression} is not known")));
        out.push_str(rest);
    }
    out
}

/// Whether a step is run. Only the form that the action uses is known.
fn condition(step: &Value, known: &Known) -> bool {
    let Some(text) = step["if"].as_str() else {
        return true;
    };
    let (name, value) = text.split_once(" != ").unwrap();
    known[name] != value.trim_matches('\'')
}

/// A runner with one checkout.
pub struct Runner<'a> {
    shop: &'a Shop,
    /// `GITHUB_WORKSPACE`.
    dir: PathBuf,
    temp: PathBuf,
    path: Vec<PathBuf>,
    /// More variables of the runner.
    pub environment: Known,
}

impl<'a> Runner<'a> {
    pub fn new(shop: &'a Shop, dir: PathBuf) -> Self {
        let temp = dir.with_extension("temp");
        std::fs::create_dir_all(&temp).unwrap();
        Self {
            shop,
            dir,
            temp,
            path: Vec::new(),
            environment: Known::new(),
        }
    }

    /// Puts a folder of programs before the machine's own.
    pub fn add_path(&mut self, dir: PathBuf) {
        self.path.push(dir);
    }

    /// Runs the script of a step; returns its outputs too.
    pub fn step(&mut self, step: &Value, known: &Known) -> (Ran, Known) {
        let script = step["run"].as_str().unwrap();
        assert!(!script.contains("${{"), "put into a shell: {script}");
        let [file, output, path] = ["script", "output", "path"].map(|name| self.temp.join(name));
        for (file, text) in [(&file, script), (&output, ""), (&path, "")] {
            std::fs::write(file, text).unwrap();
        }
        let dir = step["working-directory"].as_str().unwrap_or(".");
        let mut shell = self
            .shop
            .world
            .sandbox
            .command("bash", &self.dir.join(put_in(dir, known)));
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let dirs = self
            .path
            .iter()
            .cloned()
            .chain(std::env::split_paths(&inherited));
        shell
            .args(["--noprofile", "--norc", "-eo", "pipefail"])
            .arg(&file)
            .env("PATH", std::env::join_paths(dirs).unwrap())
            .env("GITHUB_OUTPUT", &output)
            .env("GITHUB_PATH", &path)
            .env("GITHUB_WORKSPACE", &self.dir)
            .env("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR"))
            .env("RUNNER_TEMP", &self.temp)
            .envs(&self.environment);
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            shell.env(name, put_in(value.as_str().unwrap(), known));
        }
        let ran = run(&mut shell, b"");
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            self.path.insert(0, line.into());
        }
        let lines = std::fs::read_to_string(&output).unwrap();
        let outputs = lines.lines().filter_map(|line| line.split_once('='));
        (ran, known_of(outputs))
    }

    /// Runs the composite action with these words below `with`; returns the outputs it promises.
    pub fn action(&mut self, with: &Known) -> (Ran, Known) {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/action.yml"));
        let action = yaml::documents(&text.unwrap()).remove(0);
        let inputs = action["inputs"].as_object().unwrap();
        let mut known = Known::new();
        for (name, input) in inputs {
            let default = input["default"].as_str().unwrap_or_default();
            let value = with.get(name).map_or(default, String::as_str);
            known.insert(format!("inputs.{name}"), value.to_owned());
        }
        for name in with.keys() {
            assert!(inputs.contains_key(name), "{name} is no input");
        }
        let mut last = None;
        for step in action["runs"]["steps"].as_array().unwrap() {
            if !condition(step, &known) {
                continue;
            }
            let (ran, outputs) = self.step(step, &known);
            for (name, value) in outputs {
                let id = step["id"].as_str().unwrap();
                known.insert(format!("steps.{id}.outputs.{name}"), value);
            }
            let failed = ran.code != Some(0);
            last = Some(ran);
            if failed {
                break;
            }
        }
        let promised = action["outputs"].as_object().unwrap();
        let given = promised.iter().map(|(name, output)| {
            let expression = output["value"].as_str().unwrap();
            let inner = expression.trim_start_matches("${{").trim_end_matches("}}");
            let value = known.get(inner.trim()).cloned().unwrap_or_default();
            (name.to_owned(), value)
        });
        (last.unwrap(), given.collect())
    }
}

fn known_of<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Known {
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The steps of the one job of a workflow; its other steps are pinned, its rights are written down.
pub fn steps(file: &str, job: &str) -> Vec<Value> {
    let workflow = yaml::documents(&recipe(file)).remove(0);
    assert_eq!(workflow["permissions"], serde_json::json!({}), "{file}");
    let steps = workflow["jobs"][job]["steps"].as_array().unwrap().clone();
    for uses in steps.iter().filter_map(|step| step["uses"].as_str()) {
        let (_, version) = uses.split_once('@').unwrap();
        let full = version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(full, "{uses} is not pinned");
    }
    steps
}

/// What the workflow hands to a step that is another action, with its secrets put in.
pub fn with(step: &Value, known: &Known) -> Known {
    let pairs = step["with"].as_object().unwrap().iter();
    let text = |value: &Value| match value.as_str() {
        Some(text) => put_in(text, known),
        None => value.to_string(),
    };
    pairs
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

fn secret(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The workflow in a fresh runner.
fn workflow(shop: &Shop, name: &str) -> (Ran, Known) {
    let steps = steps("github/deploy.yml", "production");
    let [checkout, gate, deploy] = &steps[..] else {
        panic!("three steps");
    };
    assert_eq!(checkout["with"]["ref"], "main");
    let mut runner = Runner::new(shop, shop.cut(name));
    let known = known(&[("secrets.GATE_KEY", secret(&shop.key).trim_end())]);
    let mut with = with(gate, &known);
    assert_eq!(with["policy-root"], WRITTEN_ROOT);
    with.insert("policy-root".to_owned(), shop.world.root.clone());
    with.insert(
        "program".to_owned(),
        env!("CARGO_BIN_EXE_countersign").to_owned(),
    );
    let (ran, outputs) = runner.action(&with);
    if ran.code != Some(0) {
        return (ran, outputs);
    }
    let id = gate["id"].as_str().unwrap();
    let named = outputs
        .iter()
        .map(|(name, value)| (format!("steps.{id}.outputs.{name}"), value.clone()));
    let (ran, _) = runner.step(deploy, &named.collect());
    // Nothing of the key is left, and nothing of ours lies in the checkout.
    for left in std::fs::read_dir(&runner.temp).unwrap() {
        let left = left.unwrap().file_name();
        assert!(!left.to_string_lossy().starts_with("gate-key"), "{left:?}");
    }
    let status = shop.world.sandbox.git(&runner.dir, &["status", "--short"]);
    assert_eq!(status, "");
    (ran, outputs)
}

#[test]
fn the_workflow_deploys_what_was_verified_and_nothing_else() {
    let shop = Shop::begun();
    let good = shop.land("good", true);
    let (ran, outputs) = workflow(&shop, "one");
    ran.ok();
    assert_eq!(outputs["verified-oid"], good);
    assert_eq!(outputs["exit-code"], "0");
    assert_eq!(shop.deployed(), [good.as_str()]);

    shop.land("more", false);
    let (ran, outputs) = workflow(&shop, "two");
    assert!(ran.stdout.contains("PENDING"), "{ran:?}");
    assert!(ran.stderr.contains("::error"), "an annotation: {ran:?}");
    waits(ran);
    assert_eq!(outputs["verified-oid"], "");
    assert_eq!(outputs["exit-code"], "8");
    assert_eq!(shop.deployed(), [good.as_str()]);
}

#[test]
fn the_action_begins_where_it_is_told_and_nowhere_by_itself() {
    let shop = Shop::new();
    let good = shop.land("good", true);
    let countersign = env!("CARGO_BIN_EXE_countersign");
    let act = |more: &[(&str, &str)]| {
        let mut runner = Runner::new(&shop, shop.cut("runner"));
        let mut with = known(&[("program", countersign), ("policy-root", &shop.world.root)]);
        with.extend(known(more));
        let answer = runner.action(&with);
        std::fs::remove_dir_all(&runner.dir).unwrap();
        answer
    };
    let verified = |more: &[(&str, &str)], code: i32, oid: &str| {
        let (ran, outputs) = act(more);
        ran.exits(code);
        assert_eq!(outputs["verified-oid"], oid, "{more:?}");
    };
    verified(&[("first", "true")], 0, &good);
    verified(&[("last-deployed", &shop.first)], 0, &good);
    // Neither: a base out of a branch proves nothing.
    verified(&[], 2, "");
    // A root that is no full id: a file of the checkout could be meant.
    verified(&[("policy-root", "README.md"), ("first", "true")], 2, "");
    verified(&[("policy-root", ""), ("first", "true")], 2, "");
    // Words that a shell or an option could take for something else.
    verified(&[("last-deployed", "$(touch here)")], 2, "");
    verified(&[("candidate", "--all"), ("first", "true")], 128, "");
    let floor = shop.world.sandbox.path("floor.toml");
    std::fs::write(&floor, "schema = 1\npolicy_approvals = 3\n").unwrap();
    let floor = ("floor", floor.to_str().unwrap());
    verified(&[floor, ("first", "true")], 1, "");
}

#[test]
fn without_a_program_the_action_builds_its_own_commit() {
    let shop = Shop::new();
    let cargo = "#!/bin/sh\necho \"$@\" >\"$RUNNER_TEMP/cargo\"\nmkdir -p \"$RUNNER_TEMP/countersign/bin\"\n\
                 ln -s \"$BUILT\" \"$RUNNER_TEMP/countersign/bin/countersign\"\n";
    let tools = shop.world.sandbox.path("tools");
    program(&tools.join("cargo"), cargo);
    let mut runner = Runner::new(&shop, shop.cut("runner"));
    runner.add_path(tools);
    runner.environment = known(&[("BUILT", env!("CARGO_BIN_EXE_countersign"))]);
    let with = known(&[("policy-root", &shop.world.root), ("first", "true")]);
    let (ran, outputs) = runner.action(&with);
    ran.ok();
    assert_eq!(outputs["verified-oid"], shop.first);
    let asked = std::fs::read_to_string(runner.temp.join("cargo")).unwrap();
    let path = format!("--path {} ", env!("CARGO_MANIFEST_DIR"));
    assert!(
        asked.starts_with("install --quiet --locked --no-default-features "),
        "{asked}"
    );
    assert!(asked.contains(&path), "{asked}");
}
