//! The three files: what they say when they are right, every mistake with its line when not.

use countersign::policy::{Coverage, Invalid, Mode, PolicyFiles, RejectReach};

use super::fixture::*;

/// `(file, line, part of the text, part of the remedy)` of every mistake.
fn mistakes(files: &PolicyFiles) -> Vec<(String, Option<usize>, String, String)> {
    let invalid = files.parse().unwrap_err();
    let of = invalid.mistakes().iter();
    of.map(|m| (m.file.clone(), m.line, m.text.clone(), m.remedy.clone()))
        .collect()
}

/// Exactly one mistake, at this line, with these words.
fn one(policy: &str, line: usize, text: &str, remedy: &str) {
    let found = mistakes(&files(policy, &signers(), MAGIC));
    assert_eq!(found.len(), 1, "{found:#?}");
    let (file, at, said, cure) = &found[0];
    assert_eq!(file, ".countersign/policy.toml");
    assert_eq!(*at, Some(line), "{said}");
    assert!(said.contains(text), "{said}");
    assert!(cure.contains(remedy), "{said}; {cure}");
}

#[test]
fn the_example_is_a_policy() {
    let policy = parse(EXAMPLE).unwrap();
    assert_eq!(policy.version, 7);
    assert_eq!(policy.default_target(), "refs/heads/main");
    assert!(policy.is_target("refs/heads/release/1.2"));
    assert!(!policy.is_target("refs/heads/release/1/2"));
    assert_eq!(policy.scope.mode, Mode::UnlessHumanSigned);
    assert_eq!(policy.scope.notes, "refs/notes/countersign");
    let traffic = &policy.rules[1];
    assert_eq!(traffic.demands.approvals, 2);
    assert_eq!(traffic.demands.coverage, Coverage::Content);
    assert_eq!(traffic.demands.from, ["senior"], "from the defaults");
    assert_eq!(traffic.demands.reject, RejectReach::Veto);
    assert_eq!(policy.rules[0].demands.coverage, Coverage::Merge);
    assert_eq!(policy.rules[2].demands.min_viewed, 100);
    assert_eq!(policy.longest_max_age().as_hours(), 720);
    assert!(policy.override_.is_none() && policy.break_glass.is_none());
}

#[test]
fn keys_that_nobody_knows_are_named_with_the_one_that_was_meant() {
    one(
        &edited(
            "approvals = 2\ncoverage = \"content\"",
            "aprovals = 2\ncoverage = \"content\"",
        ),
        32,
        "unknown key `rule[1].aprovals`",
        "did you mean `approvals`?",
    );
    one(
        &edited("[policy_change]", "[policy_changes]"),
        40,
        "policy_changes",
        "`policy_change`",
    );
    one(
        &edited("version = 7", "version = 7\nfrobnicate = 1"),
        3,
        "frobnicate",
        "known here: schema",
    );
}

#[test]
fn a_key_that_is_there_twice_is_a_mistake() {
    let twice = edited("version = 7", "version = 7\nversion = 8");
    let found = mistakes(&files(&twice, &signers(), MAGIC));
    assert_eq!(found[0].1, Some(3), "{found:?}");
    assert!(found[0].2.contains("duplicate key"), "{found:?}");
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let policy = EXAMPLE
        .replace("version = 7", "version = \"7\"")
        .replace("mode = \"unless-human-signed\"", "mode = \"sometimes\"")
        .replace("min_viewed = 100", "min_viewed = 101")
        .replace("acknowledge = true", "max_age = \"1w\"");
    let signers = format!("* {}\n", key(1));
    let found = mistakes(&files(&policy, &signers, ""));
    let places: Vec<(&str, Option<usize>)> =
        found.iter().map(|(f, l, ..)| (f.as_str(), *l)).collect();
    let toml = ".countersign/policy.toml";
    assert_eq!(
        places,
        [
            (toml, Some(2)),
            (toml, Some(6)),
            (toml, Some(38)),
            (toml, Some(39)),
            (".countersign/allowed_signers", Some(1)),
            (".countersign/revoked_keys", Some(1)),
        ],
        "{found:#?}"
    );
}

#[test]
fn a_newer_schema_is_no_mistake_but_no_answer() {
    let newer = edited("schema = 1", "schema = 2\nwhatever = true");
    assert_eq!(parse(&newer), Err(Invalid::NewerSchema { found: 2 }));
    one(
        &edited("schema = 1\n", ""),
        1,
        "`schema` is missing",
        "schema = 1",
    );
    one(
        &edited("schema = 1", "schema = 0"),
        1,
        "`schema` is not",
        "",
    );
}

#[test]
fn roles_and_people_that_do_not_exist_are_named() {
    one(
        &edited("from = [\"senior\"]", "from = [\"senoir\"]"),
        25,
        "role `senoir`",
        "`senior`",
    );
    one(
        &edited("[\"alice\", \"bob\", \"carol\"]", "[\"alice\", \"rob\"]"),
        7,
        "id `rob`",
        "`bob`",
    );
    one(
        &edited("operator = \"alice\"", "operator = \"zoe\""),
        22,
        "id `zoe`",
        "[people.zoe]",
    );
    let table = format!("{EXAMPLE}[roles.lead]\nuser_presence = \"required\"\n");
    one(&table, 44, "role `lead`", "add `lead`");
}

#[test]
fn a_threshold_must_be_met_without_any_one_author() {
    one(
        &edited(
            "approvals = 2\ncoverage = \"content\"",
            "approvals = 3\ncoverage = \"content\"",
        ),
        32,
        "asks 3 of senior, held by 3",
        "ask fewer",
    );
    let absent = EXAMPLE.split("[policy_change]").next().unwrap();
    let two = absent.replacen("\"senior\", \"policy-owner\"", "\"senior\"", 1);
    let found = mistakes(&files(&two, &signers(), MAGIC));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].2.contains("`policy_change` asks 2"),
        "the default counts: {found:?}"
    );
    one(
        &edited("approvals = 1\n", "approvals = 0\n"),
        24,
        "`defaults.approvals`",
        "from 1 to",
    );
}

#[test]
fn agents_review_nothing() {
    one(
        &edited(
            "operator = \"alice\"",
            "operator = \"alice\"\nroles = [\"senior\"]",
        ),
        20,
        "an agent has no roles",
        "never review",
    );
    one(
        &edited("operator = \"alice\"", "principal = \"bob@corp.example\""),
        22,
        "also the principal of `people.bob`",
        "its own",
    );
}

#[test]
fn every_target_needs_a_rule_that_matches_everything() {
    let narrow = EXAMPLE.replace("paths = [\"**\"]", "paths = [\"src/**\"]");
    let found = mistakes(&files(&narrow, &signers(), MAGIC));
    assert_eq!(found.len(), 2, "one for each target: {found:?}");
    assert_eq!(found[0].1, Some(26));
    for condition in [
        "risk = \"medium\"",
        "agents = [\"coder\"]",
        "models = [\"*\"]",
        "targets = [\"refs/heads/other\"]",
    ] {
        let policy = EXAMPLE.replace(
            "paths = [\"**\"]",
            &format!("paths = [\"**\"]\n{condition}"),
        );
        assert_eq!(
            mistakes(&files(&policy, &signers(), MAGIC)).len(),
            2,
            "{condition}"
        );
    }
    one(
        &edited("paths = [\"**\"]", "targets = [\"refs/heads/main\"]"),
        26,
        "`refs/heads/release/*`",
        "paths = [\"**\"]",
    );
    let both = edited(
        "paths = [\"**\"]",
        "targets = [\"refs/heads/main\", \"refs/heads/release/*\"]",
    );
    assert!(parse(&both).is_ok());
}

#[test]
fn targets_are_full_names_and_the_first_is_literal() {
    one(
        &edited(
            "\"refs/heads/main\", \"refs/heads/release/*\"",
            "\"refs/heads/*\"",
        ),
        5,
        "first target is a glob",
        "default target first",
    );
    one(
        &edited("\"refs/heads/main\", ", "\"main\", "),
        5,
        "`main` is no full ref name",
        "refs/heads/main",
    );
}

#[test]
fn values_out_of_their_range_say_what_would_do() {
    for (old, new, line, text) in [
        ("approvals = 1\n", "approvals = \"1\"\n", 24, "whole number"),
        (
            "acknowledge = true",
            "acknowledge = \"yes\"",
            39,
            "true or false",
        ),
        (
            "coverage = \"tree\"",
            "coverage = \"most\"",
            43,
            "\"exact\", \"tree\", \"content\" or \"merge\"",
        ),
        (
            "\"correctness\", \"security\"",
            "\"correctness\", \"speed\"",
            34,
            "\"correctness\", \"security\" or \"performance\"",
        ),
        (
            "paths = [\"**\"]",
            "paths = [\"**\", \"/etc\"]",
            28,
            "empty component",
        ),
        (
            "paths = [\"**\"]",
            "paths = [\"**\", \"a**\"]",
            28,
            "whole components",
        ),
        ("5b0c7f0e-", "5B0C7F0E-", 3, "urn:uuid:"),
        ("[people.bob]", "[people.\"b ob\"]", 12, "`b ob` is no id"),
    ] {
        let found = mistakes(&files(&edited(old, new), &signers(), MAGIC));
        let hit = found
            .iter()
            .any(|(_, at, said, _)| *at == Some(line) && said.contains(text));
        assert!(hit, "{new}: {found:#?}");
    }
}

#[test]
fn two_rules_of_one_name_and_too_many_rules_are_mistakes() {
    one(
        &edited("name = \"traffic\"", "name = \"everything\""),
        30,
        "two rules",
        "own name",
    );
    let mut many = EXAMPLE.to_owned();
    for n in 0..1_000 {
        many += &format!("[[rule]]\nname = \"r{n}\"\n");
    }
    let found = mistakes(&files(&many, &signers(), MAGIC));
    assert!(found[0].2.contains("1,000"), "{:?}", found[0]);
}

/// The one mistake of an `allowed_signers` whose second line is this.
fn signer_mistake(line: &str) -> String {
    let text = format!("alice@corp.example {}\n{line}\n", key(1));
    let found = mistakes(&files(EXAMPLE, &text, MAGIC));
    assert_eq!(found.len(), 1, "{line}: {found:#?}");
    assert_eq!(found[0].0, ".countersign/allowed_signers");
    assert_eq!(found[0].1, Some(2), "{line}");
    found[0].2.clone()
}

#[test]
fn a_signer_line_that_openssh_would_skip_or_widen_is_a_mistake() {
    let bob = key(2);
    for (line, text) in [
        (format!("*@corp.example {bob}"), "no principal"),
        (
            format!("bob@corp.example,carol@corp.example {bob}"),
            "no principal",
        ),
        (format!("Bob@corp.example {bob}"), "no principal"),
        (format!("böb@corp.example {bob}"), "no principal"),
        (
            format!("bob@corp.example cert-authority {bob}"),
            "cert-authority",
        ),
        (
            format!("bob@corp.example namespace=\"git\" {bob}"),
            "unknown option",
        ),
        (
            format!("bob@corp.example namespaces=\"*\" {bob}"),
            "literal names",
        ),
        (
            format!("bob@corp.example namespaces=git {bob}"),
            "neither a key type nor an option",
        ),
        (
            format!("bob@corp.example valid-before=\"20300101\" {bob}"),
            "no time in UTC",
        ),
        (
            format!("bob@corp.example valid-before=\"20301301Z\" {bob}"),
            "no time in UTC",
        ),
        (
            format!("bob@corp.example valid-after=\"20300101Z\",valid-before=\"20290101Z\" {bob}"),
            "not before",
        ),
        (
            "bob@corp.example ssh-dss AAAA".to_owned(),
            "neither a key type",
        ),
        (
            "bob@corp.example ssh-ed25519 AAAA!".to_owned(),
            "not base64",
        ),
        (
            "bob@corp.example ssh-ed25519 AAAA".to_owned(),
            "no ssh-ed25519 key",
        ),
        (format!("bob@corp.example {bob}\r"), "control characters"),
        ("garbage".to_owned(), ""),
    ] {
        let said = signer_mistake(&line);
        assert!(said.contains(text), "{line}: {said}");
    }
}

#[test]
fn one_key_on_two_lines_is_a_mistake() {
    let said = signer_mistake(&format!("bob@corp.example {}", key(1)));
    assert!(said.contains("duplicate key"), "{said}");
    let said = signer_mistake(&format!("alice@corp.example {}", key(1)));
    assert!(said.contains("is on line 1 already"), "{said}");
}

#[test]
fn signer_options_are_read() {
    let line = format!(
        "bob@corp.example namespaces=\"verdict.v1@countersign.dev,git\",valid-after=\"20260101Z\",valid-before=\"202701011230Z\" {} bob's second key\n",
        key(2)
    );
    let policy = files(EXAMPLE, &line, MAGIC).parse().unwrap();
    let bob = policy.signers.iter().next().unwrap();
    assert!(bob.may_sign("git") && !bob.may_sign("file"));
    assert_eq!(bob.valid_after.unwrap().to_string(), "2026-01-01T00:00:00Z");
    assert_eq!(
        bob.valid_before.unwrap().to_string(),
        "2027-01-01T12:30:00Z"
    );
}

#[test]
fn short_rsa_keys_and_foreign_kinds_are_refused() {
    for (bits, ok) in [(2048, false), (3071, false), (3072, true), (4096, true)] {
        let mut modulus = vec![0xff_u8; bits / 8 + 1];
        modulus[0] = 0;
        if bits % 8 != 0 {
            modulus = vec![0x7f; bits / 8 + 1];
        }
        let mut blob = Vec::new();
        for field in [b"ssh-rsa".as_slice(), &[1, 0, 1], &modulus] {
            blob.extend((field.len() as u32).to_be_bytes());
            blob.extend(field);
        }
        let line = format!("bob@corp.example ssh-rsa {}\n", base64(&blob));
        let read = files(EXAMPLE, &line, MAGIC).parse();
        assert_eq!(read.is_ok(), ok, "{bits}: {read:?}");
    }
}

#[test]
fn revoked_keys_begin_with_their_mark() {
    for bad in ["", "\n", "# countersign-revoked-v2\n", "SHA256:x\n"] {
        let found = mistakes(&files(EXAMPLE, &signers(), bad));
        assert_eq!(
            (found[0].0.as_str(), found[0].1),
            (".countersign/revoked_keys", Some(1)),
            "{bad:?}"
        );
    }
    let bad = format!("{MAGIC}SHA256:short\n");
    assert_eq!(mistakes(&files(EXAMPLE, &signers(), &bad))[0].1, Some(2));
    let good = format!(
        "{MAGIC}# lost\n{} 2026-01-01 lost laptop\n\n",
        fingerprint(2)
    );
    let policy = files(EXAMPLE, &signers(), &good).parse().unwrap();
    assert!(policy.revoked.contains(&fingerprint(2)) && !policy.revoked.contains(&fingerprint(1)));
    assert!(
        files(EXAMPLE, &signers(), MAGIC.trim_end()).parse().is_ok(),
        "no line break needed"
    );
}

#[test]
fn fingerprints_are_those_of_ssh_keygen() {
    let dir = tempfile::tempdir().unwrap();
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let path = dir.path().join(kind);
        let made = std::process::Command::new("ssh-keygen")
            .args(["-q", "-t", kind, "-N", "", "-C", "x", "-f"])
            .arg(&path)
            .status()
            .unwrap();
        assert!(made.success());
        let public = std::fs::read_to_string(path.with_extension("pub")).unwrap();
        let printed = std::process::Command::new("ssh-keygen")
            .arg("-lf")
            .arg(path.with_extension("pub"))
            .output()
            .unwrap();
        let printed = String::from_utf8(printed.stdout).unwrap();
        let line = format!("bob@corp.example {public}");
        let policy = files(EXAMPLE, &line, MAGIC).parse().unwrap();
        let ours = &policy.signers.iter().next().unwrap().fingerprint;
        assert_eq!(printed.split(' ').nth(1), Some(ours.as_str()));
    }
}
