//! The pages are held to the program: tables against parsers, examples by running them.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use countersign::change::Sha256;
use countersign::policy::{PolicyFiles, keys};
use countersign::signing::SshVerifier;
use countersign::verdict::{Envelope, pae};
use sha2::Digest as _;

use crate::common::{Key, Policy, Sandbox, World, run};
use crate::tidy;
use crate::verdict::sample;

fn docs() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "docs"].iter().collect()
}

/// A page of `docs/`.
fn page(name: &str) -> String {
    std::fs::read_to_string(docs().join(name)).unwrap()
}

/// The code blocks of a page that are in this language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let open = format!("```{language}\n");
    let parts = text.split(&open).skip(1);
    parts
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

/// What stands between backticks in the first cells of the tables of a page.
fn rows(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect()
}

#[test]
fn the_policy_page_has_a_row_for_every_key_and_for_nothing_else() {
    let page = page("policy.md");
    let rows = rows(&page);
    let short = |key: &str| {
        let shared = ["defaults.", "rule."];
        let bare = shared.iter().find_map(|table| key.strip_prefix(table));
        bare.unwrap_or(key).to_owned()
    };
    let keys: Vec<String> = keys().iter().map(|key| short(key)).collect();
    let missing: Vec<&String> = keys
        .iter()
        .filter(|key| !rows.contains(&key.as_str()))
        .collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
    let unknown: Vec<&&str> = rows
        .iter()
        .filter(|row| !row.starts_with(".countersign/") && !keys.iter().any(|key| key == *row))
        .collect();
    assert!(unknown.is_empty(), "rows without a key: {unknown:?}");
}

#[test]
fn the_policy_page_s_example_is_a_valid_policy() {
    let sandbox = Sandbox::new();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| Key::new(&sandbox, name));
    let written = Policy::new(&[("alice", &alice), ("bob", &bob), ("carol", &carol)]);
    let page = page("policy.md");
    let [example] = &blocks(&page, "toml")[..] else {
        panic!("one example");
    };
    for text in [example.clone(), written.toml()] {
        let files = PolicyFiles {
            policy_toml: text.into_bytes(),
            allowed_signers: written.allowed_signers().into_bytes(),
            revoked_keys: written.revoked_keys().into_bytes(),
        };
        files.parse().unwrap_or_else(|invalid| panic!("{invalid}"));
    }
}

#[test]
fn the_statement_to_test_with_is_the_one_this_program_seals() {
    let sealed = Envelope::seal(&sample::approval(), &sample::signer(), &SshVerifier).unwrap();
    let signer = format!(
        "alice@corp.example {}\n",
        sample::signer().public_key().unwrap()
    );
    let files = [
        ("approval.line", sealed.line.clone()),
        ("approval.payload", sealed.payload.clone()),
        ("approval.pae", pae(&sealed.payload)),
        ("allowed_signers", signer.into_bytes()),
    ];
    for (name, bytes) in files {
        let path = docs().join("vectors").join(name);
        assert!(
            std::fs::read(&path).unwrap() == bytes,
            "{} differs",
            path.display()
        );
    }
    let page = page("formats.md");
    for bytes in [&sealed.payload, &sealed.line] {
        let digest: [u8; 32] = sha2::Sha256::digest(bytes).into();
        let digest = Sha256::from_bytes(digest).to_string();
        assert!(page.contains(&digest), "the page does not name {digest}");
    }
}

#[test]
fn the_page_s_check_with_other_programs_accepts_the_statement_and_refuses_a_changed_one() {
    let sandbox = Sandbox::new();
    let vectors = sandbox.path("docs/vectors");
    std::fs::create_dir_all(&vectors).unwrap();
    for name in ["approval.line", "allowed_signers"] {
        std::fs::copy(docs().join("vectors").join(name), vectors.join(name)).unwrap();
    }
    let page = page("formats.md");
    let [script] = &blocks(&page, "sh")[..] else {
        panic!("one script");
    };
    let check = || {
        let mut shell = sandbox.command("sh", &sandbox.path(""));
        run(shell.args(["-eu", "-c", script]), b"")
    };
    let good = "Good \"verdict.v1@countersign.dev\" signature for alice@corp.example";
    let said = check().ok();
    assert!(said.starts_with(good) && page.contains(good), "{said}");

    let line = std::fs::read_to_string(vectors.join("approval.line")).unwrap();
    std::fs::write(
        vectors.join("approval.line"),
        line.replacen("eyJ", "eyK", 1),
    )
    .unwrap();
    assert_ne!(check().code, Some(0));
}

#[test]
fn every_reason_the_program_can_give_is_on_the_page_of_reasons() {
    let sources: String = tidy::sources(&["src"])
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let given = reasons(&sources);
    let page = page("reasons.md");
    let explained: BTreeSet<&str> = rows(&page).into_iter().collect();
    let missing: Vec<&&str> = given.difference(&explained).collect();
    assert!(missing.is_empty(), "not on the page: {missing:?}");
    let gone: Vec<&&str> = explained.difference(&given).collect();
    assert!(gone.is_empty(), "on the page, and never given: {gone:?}");
}

#[test]
fn every_reason_says_what_helps() {
    let page = page("reasons.md");
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    assert!(rows.len() > 60, "{}", rows.len());
    for row in rows {
        let cells: Vec<&str> = row
            .split(" | ")
            .map(|cell| cell.trim_matches(['|', ' ']))
            .collect();
        let said = |at: usize| cells.get(at).is_some_and(|cell| cell.len() > 3);
        assert!(said(1), "{row}");
        assert!(said(2) || row.starts_with("| `W-"), "{row}");
    }
}

/// The ids of reasons in a text: `E-` or `W-`, then capitals and dashes.
fn reasons(text: &str) -> BTreeSet<&str> {
    let is_part = |c: char| c.is_ascii_uppercase() || c == '-';
    text.split(|c: char| !is_part(c))
        .filter(|word| word.starts_with("E-") || word.starts_with("W-"))
        .filter(|word| word.len() > 3 && !word.ends_with('-'))
        .collect()
}

#[test]
fn every_command_and_flag_that_a_page_names_is_there() {
    let sandbox = Sandbox::new();
    let help = |words: &[&str]| sandbox.countersign(&sandbox.path(""), words).ok();
    let commands = help(&["--help"]);
    let mut flags = BTreeSet::from(GITS_AND_CARGOS.map(str::to_owned));
    flags.extend(SCANNERS.map(str::to_owned));
    flags.extend(DEPLOYERS.map(str::to_owned));
    flags.extend(flags_in(&commands));
    flags.extend(flags_in(include_str!("../../benches/risk/options.rs")));
    let verbs: Vec<&str> = commands
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
        .collect();
    for verb in verbs.iter().filter(|verb| **verb != "help") {
        flags.extend(flags_in(&help(&[verb, "--help"])));
    }
    for words in [
        ["config", "show"],
        ["policy", "check"],
        ["policy", "explain"],
        ["policy", "simulate"],
        ["policy", "add-person"],
        ["policy", "remove-person"],
        ["policy", "rotate-key"],
        ["policy", "revoke"],
    ] {
        flags.extend(flags_in(&help(&[&words[..], &["--help"]].concat())));
    }
    let mut unknown = Vec::new();
    for (page, text) in tidy::pages() {
        let code = code_in(&text);
        unknown.extend(
            flags_in(&code)
                .difference(&flags)
                .map(|flag| format!("{page}: {flag}")),
        );
        for rest in code.split("countersign ").skip(1) {
            let verb = rest
                .split(|c: char| !(c.is_ascii_lowercase() || c == '-'))
                .next()
                .unwrap();
            let verb = verb.trim_end_matches('-');
            if !verb.is_empty() && !verb.starts_with('-') && !verbs.contains(&verb) {
                unknown.push(format!("{page}: countersign {verb}"));
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn the_tests_that_the_comparison_names_are_there() {
    let text = page("comparison.md");
    let (tables, tests) = text.split_once("## The tests behind our cells").unwrap();
    let sources = tidy::sources(&["src", "tests"]);
    let sources: String = sources.into_iter().map(|(_, text)| text).collect();
    let rows = tests.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let number: u32 = cells.next()?.parse().ok()?;
        Some((number, cells.next()?))
    });
    let mut backed = BTreeSet::new();
    for (number, names) in rows {
        for name in names.split('`').skip(1).step_by(2) {
            assert!(
                sources.contains(&format!("fn {name}()")),
                "{number}: {name}"
            );
        }
        backed.insert(number);
    }
    for row in tables.lines().filter(|line| line.contains("| yes")) {
        let number = row
            .split('(')
            .nth(1)
            .and_then(|rest| rest.split(')').next());
        let number: u32 = number
            .and_then(|text| text.parse().ok())
            .unwrap_or_else(|| panic!("{row}"));
        assert!(backed.contains(&number), "{row}");
    }
}

/// Flags of scanners that the pages name.
const SCANNERS: [&str; 5] = [
    "--config",
    "--message-format",
    "--output",
    "--output-file",
    "--output-format",
];

/// Flags of what deploys, that the recipes name.
const DEPLOYERS: [&str; 5] = ["--from", "--from-file", "--now", "--revision", "--user"];

/// Flags of git and cargo that the pages name.
const GITS_AND_CARGOS: [&str; 20] = [
    "--global",
    "--ignored",
    "--nocapture",
    "--porcelain",
    "--test",
    "--test-threads",
    "--bare",
    "--count",
    "--first-parent",
    "--locked",
    "--no-ff",
    "--no-default-features",
    "--no-merges",
    "--notes",
    "--path",
    "--ref-format",
    "--release",
    "--reverse",
    "--unshallow",
    "--verify",
];

/// The long flags in a text.
fn flags_in(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c == '-';
    text.split(|c: char| !is_part(c))
        .filter(|word| word.len() > 3 && word.starts_with("--") && !word.starts_with("---"))
        .map(|word| word.trim_end_matches('-').to_owned())
        .collect()
}

/// What stands between backticks, and in blocks of commands.
fn code_in(text: &str) -> String {
    let mut out = blocks(text, "console").join("\n") + &blocks(text, "sh").join("\n");
    for part in text.split("```").step_by(2) {
        let spans: Vec<&str> = part.split('`').skip(1).step_by(2).collect();
        out.push('\n');
        out.push_str(&spans.join("\n"));
    }
    out
}

#[test]
fn the_recipe_for_ci_deploys_what_was_verified_and_nothing_else() {
    let page = page("gate.md");
    let [recipe] = &blocks(&page, "sh")[..] else {
        panic!("one recipe");
    };
    let readme = std::fs::read_to_string(docs().join("../README.md")).unwrap();
    assert!(
        readme.contains(recipe.as_str()),
        "the README has another recipe"
    );

    let world = World::new();
    let head = world.queue("return-one", "src/app.py", "def main():\n    return 1\n");
    let landed = world
        .bob
        .land_merge(&world.bob.fetch_queue("return-one", 1));
    let deploy = world.bob.dir.join("deploy");
    std::fs::write(&deploy, "#!/bin/sh\necho \"$1\" > deployed\n").unwrap();
    std::fs::set_permissions(&deploy, std::fs::Permissions::from_mode(0o755)).unwrap();
    let run_recipe = || {
        let mut shell = world.sandbox.command("sh", &world.bob.dir);
        let bin = Path::new(env!("CARGO_BIN_EXE_countersign"))
            .parent()
            .unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let dirs = std::iter::once(bin.to_owned()).chain(std::env::split_paths(&path));
        shell
            .env("PATH", std::env::join_paths(dirs).unwrap())
            .env("COUNTERSIGN_ROOT", &world.root)
            .env("LAST_DEPLOYED", &world.root);
        run(shell.args(["-c", recipe]), b"")
    };
    let refused = run_recipe().exits(8);
    assert!(refused.stdout.contains("PENDING"), "{refused:?}");
    let deployed = world.bob.dir.join("deployed");
    assert!(!deployed.exists());

    world.alice.run("sync").ok();
    let line = format!("approve return-one -m Fine. --head {head}");
    world.alice.run(&line).ok();
    run_recipe().ok();
    assert_eq!(std::fs::read_to_string(deployed).unwrap().trim(), landed);
}
