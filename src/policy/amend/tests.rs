//! What changes is what was asked for, and nothing else in the text.
#![allow(clippy::unwrap_used, clippy::panic)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

/// A well-formed ed25519 key that nobody has.
fn key(byte: u8) -> PublicKey {
    PublicKey::read(&line(byte)).unwrap()
}

fn line(byte: u8) -> String {
    let mut blob = vec![0, 0, 0, 11];
    blob.extend_from_slice(b"ssh-ed25519");
    blob.extend_from_slice(&[0, 0, 0, 32]);
    blob.extend_from_slice(&[byte; 32]);
    format!("ssh-ed25519 {} somebody@host", STANDARD.encode(blob))
}

const TOML: &str = r#"# Who may approve what.
schema = 1
version = 7 # raised with each change
repository = "urn:uuid:5b0c7f0e-3c7a-4f0e-9a55-0d8f6f0b1c11"

[scope]
targets = ["refs/heads/main"]
exempt_humans = ["alice", "bob"]

# The first of us.
[people.alice]
principal = "alice@corp.example"
emails    = ["alice@corp.example"]   # aligned on purpose
roles = ["senior", "policy-owner"]

[people.bob]
principal = "bob@corp.example"
emails = ["bob@corp.example"]
roles = ["senior", "policy-owner"]

[people.carol]
principal = "carol@corp.example"
roles = ["senior", "policy-owner"]

# --- what is asked ---
[defaults]
approvals = 1

[[rule]]
name = "everything"
"#;

fn files() -> PolicyFiles {
    let signer = |name: &str, byte| {
        let key = key(byte).text;
        format!("{name}@corp.example namespaces=\"git,verdict.v1@countersign.dev\" {key} {name}\n")
    };
    PolicyFiles {
        policy_toml: TOML.as_bytes().to_vec(),
        allowed_signers: format!(
            "# keys\n{}{}{}",
            signer("alice", 1),
            signer("bob", 2),
            signer("carol", 3)
        )
        .into_bytes(),
        revoked_keys: b"# countersign-revoked-v1\n".to_vec(),
    }
}

fn now() -> Timestamp {
    "2026-11-24T20:00:00Z".parse().unwrap()
}

fn amended(amendment: &Amendment) -> Result<Amended, Refused> {
    let files = files();
    let policy = files.parse().unwrap();
    files.amended(&policy, amendment, now())
}

/// The lines that go (`-`) and come (`+`) between two texts.
fn lines_between(old: &[u8], new: &[u8]) -> Vec<String> {
    let (old, new) = (
        String::from_utf8(old.to_vec()).unwrap(),
        String::from_utf8(new.to_vec()).unwrap(),
    );
    let mut found = Vec::new();
    let (mut a, mut b) = (old.lines().peekable(), new.lines().peekable());
    while let Some(line) = b.next() {
        if a.peek() == Some(&line) {
            a.next();
        } else if b.clone().any(|later| Some(&later) == a.peek()) {
            found.push(format!("+{line}"));
        } else {
            found.extend(a.next().map(|gone| format!("-{gone}")));
            found.push(format!("+{line}"));
        }
    }
    found.extend(a.map(|gone| format!("-{gone}")));
    found
}

fn dave() -> NewPerson {
    NewPerson {
        id: "dave".to_owned(),
        principal: "dave@corp.example".to_owned(),
        emails: vec!["dave@corp.example".to_owned()],
        roles: vec!["senior".to_owned()],
        teams: Vec::new(),
        keys: vec![key(4)],
        exempt: false,
    }
}

#[test]
fn a_person_comes_behind_the_last_one_and_every_other_line_stays() {
    let done = amended(&Amendment::AddPerson(dave())).unwrap();
    assert_eq!(done.title, "policy: add dave (senior)");
    assert_eq!(done.policy.version, 8);
    assert_eq!(
        lines_between(TOML.as_bytes(), &done.files.policy_toml),
        [
            "-version = 7 # raised with each change",
            "+version = 8 # raised with each change",
            "+[people.dave]",
            "+principal = \"dave@corp.example\"",
            "+emails = [\"dave@corp.example\"]",
            "+roles = [\"senior\"]",
            "+",
        ]
    );
    let text = String::from_utf8(done.files.policy_toml).unwrap();
    assert!(
        text.contains("roles = [\"senior\"]\n\n# --- what is asked ---\n[defaults]"),
        "{text}"
    );
    let added = format!(
        "+dave@corp.example namespaces=\"git,verdict.v1@countersign.dev\" {}",
        key(4).text
    );
    let old = files();
    assert_eq!(
        lines_between(&old.allowed_signers, &done.files.allowed_signers),
        [added]
    );
    assert_eq!(old.revoked_keys, done.files.revoked_keys);
}

#[test]
fn who_is_exempt_is_added_to_the_list_as_it_is_laid_out() {
    let exempt = Amendment::AddPerson(NewPerson {
        exempt: true,
        ..dave()
    });
    let done = amended(&exempt).unwrap();
    let text = String::from_utf8(done.files.policy_toml).unwrap();
    assert!(text.contains("exempt_humans = [\"alice\", \"bob\", \"dave\"]\n"));

    let mut tall = files();
    let list = "exempt_humans = [\n    \"alice\", # first\n    \"bob\",   # second\n]";
    let toml = TOML.replace("exempt_humans = [\"alice\", \"bob\"]", list);
    tall.policy_toml = toml.into_bytes();
    let policy = tall.parse().unwrap();
    let done = tall.amended(&policy, &exempt, now()).unwrap();
    let text = String::from_utf8(done.files.policy_toml).unwrap();
    let expected =
        "exempt_humans = [\n    \"alice\", # first\n    \"bob\",   # second\n    \"dave\",\n]";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn other_ways_to_write_people_are_edited_too() {
    let inline = TOML
        .replace(
            "[people.carol]\nprincipal = \"carol@corp.example\"\nroles = [\"senior\", \"policy-owner\"]\n",
            "",
        )
        .replace("# The first of us.\n[people.alice]\n", "[people]\nalice = { principal = \"alice@corp.example\", roles = [\"senior\", \"policy-owner\"] }\nbob = { principal = \"bob@corp.example\", roles = [\"senior\", \"policy-owner\"] }\n[people.carol]\n")
        .replace("[people.bob]\nprincipal = \"bob@corp.example\"\nemails = [\"bob@corp.example\"]\nroles = [\"senior\", \"policy-owner\"]\n", "")
        .replace("\"alice@corp.example\"\nemails    = [\"alice@corp.example\"]", "\"carol@corp.example\"\nemails    = [\"carol@corp.example\"]");
    let mut files = files();
    files.policy_toml = inline.clone().into_bytes();
    let policy = files
        .parse()
        .unwrap_or_else(|bad| panic!("{bad}\n{inline}"));
    let done = files
        .amended(&policy, &Amendment::AddPerson(dave()), now())
        .unwrap();
    assert!(done.policy.people.contains_key("dave"));
    let lines = lines_between(inline.as_bytes(), &done.files.policy_toml);
    assert!(
        lines.iter().filter(|line| line.starts_with('-')).count() == 1,
        "{lines:?}"
    );
}

#[test]
fn somebody_known_is_not_added_and_a_slip_of_the_pen_is_told() {
    let refused = |change: &dyn Fn(&mut NewPerson)| {
        let mut person = dave();
        change(&mut person);
        amended(&Amendment::AddPerson(person)).unwrap_err()
    };
    let texts = [
        refused(&|one| one.id = "bob".into()),
        refused(&|one| one.principal = "bob@corp.example".into()),
        refused(&|one| one.emails = vec!["Bob@corp.example".into()]),
        refused(&|one| one.keys = vec![key(2)]),
        refused(&|one| one.roles = vec!["senoir".into()]),
    ]
    .map(|error| error.to_string());
    assert_eq!(
        texts,
        [
            "the id `bob` is in the policy already, as bob@corp.example with the roles senior, policy-owner".to_owned(),
            "the principal `bob@corp.example` is in the policy already, as that of bob".to_owned(),
            "the address `Bob@corp.example` is in the policy already, as that of bob".to_owned(),
            format!("the key {} is in the policy already: it is that of bob", key(2).fingerprint),
            "no rule asks for the role `senoir`, and nobody has it".to_owned(),
        ]
    );
    // What only the reader of policies can tell is told in its words, with the place.
    let error = refused(&|one| one.id = "da ve".into());
    assert!(matches!(&error, Refused::Invalid(_)), "{error}");
    assert!(error.to_string().contains("`da ve` is no id"), "{error}");
}

#[test]
fn a_rotated_key_gets_an_end_and_the_new_one_the_same_rights() {
    let until = "2026-12-01T00:00:00Z".parse().unwrap();
    let rotation = Rotation {
        id: "bob".to_owned(),
        key: key(9),
        old: Vec::new(),
        until,
    };
    let done = amended(&Amendment::RotateKey(rotation)).unwrap();
    let names = "namespaces=\"git,verdict.v1@countersign.dev\"";
    let old = format!("{} bob", key(2).text);
    assert_eq!(
        lines_between(&files().allowed_signers, &done.files.allowed_signers),
        [
            format!("-bob@corp.example {names} {old}"),
            format!("+bob@corp.example valid-before=\"20261201000000Z\",{names} {old}"),
            format!("+bob@corp.example {names} {}", key(9).text),
        ]
    );
    let signers = &done.policy.signers;
    assert_eq!(
        signers.find(&key(2).fingerprint).unwrap().valid_before,
        Some(until)
    );
    assert_eq!(
        signers.find(&key(9).fingerprint).unwrap().valid_before,
        None
    );
}

#[test]
fn an_end_replaces_a_later_one_and_never_an_earlier_one() {
    let mut files = files();
    let text = String::from_utf8(files.allowed_signers).unwrap();
    let later = "namespaces=\"git\",valid-before=\"20270101Z\",valid-after=\"20200101Z\"";
    let text = text.replace(
        "bob@corp.example namespaces=\"git,verdict.v1@countersign.dev\"",
        &format!("bob@corp.example\t {later}"),
    );
    let text = text.replace(
        "carol@corp.example namespaces=\"git,verdict.v1@countersign.dev\"",
        "carol@corp.example",
    );
    files.allowed_signers = text.into_bytes();
    let policy = files.parse().unwrap();
    let rotate = |id: &str, until: &str| {
        let rotation = Rotation {
            id: id.to_owned(),
            key: key(9),
            old: Vec::new(),
            until: until.parse().unwrap(),
        };
        let done = files.amended(&policy, &Amendment::RotateKey(rotation), now());
        let done = done.unwrap();
        let text = String::from_utf8(done.files.allowed_signers).unwrap();
        let lines = text.lines().filter(|line| line.starts_with(id));
        (lines.map(str::to_owned).collect::<Vec<_>>(), done.remarks)
    };
    let (lines, _) = rotate("bob", "2026-12-24T12:00:00Z");
    assert!(lines[0].starts_with("bob@corp.example\t namespaces=\"git\",valid-before=\"20261224120000Z\",valid-after=\"20200101Z\" ssh-ed25519 "), "{}", lines[0]);
    assert!(lines[1].starts_with("bob@corp.example namespaces=\"git\" ssh-ed25519 "));
    let (lines, remarks) = rotate("bob", "2028-01-01T00:00:00Z");
    assert!(
        lines[0].contains("valid-before=\"20270101Z\""),
        "{}",
        lines[0]
    );
    assert!(
        remarks[0].contains("ends on 2027-01-01T00:00:00Z already"),
        "{remarks:?}"
    );
    let (lines, _) = rotate("carol", "2026-12-24T12:00:00Z");
    assert!(
        lines[0].starts_with("carol@corp.example valid-before=\"20261224120000Z\" ssh-ed25519 "),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].starts_with("carol@corp.example ssh-ed25519 "),
        "{}",
        lines[1]
    );
}

#[test]
fn a_revoked_key_stays_where_it_is_and_its_owner_may_get_the_next_at_once() {
    let revocation = Revocation {
        keys: vec![key(1).fingerprint],
        reason: Some("laptop stolen".to_owned()),
        next: Some(key(7)),
    };
    let done = amended(&Amendment::Revoke(revocation.clone())).unwrap();
    assert_eq!(done.title, "policy: revoke a key of alice");
    let line = format!("+{} 2026-11-24 laptop stolen", key(1).fingerprint);
    let old = files();
    assert_eq!(
        lines_between(&old.revoked_keys, &done.files.revoked_keys),
        [line]
    );
    let text = String::from_utf8(done.files.allowed_signers.clone()).unwrap();
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("alice@"))
            .count(),
        2
    );
    assert!(done.policy.keys_meant("alice", now()) == [key(7).fingerprint]);

    let again = done
        .files
        .amended(&done.policy, &Amendment::Revoke(revocation), now());
    assert!(matches!(again.unwrap_err(), Refused::AlreadyRevoked { .. }));
    let back = Rotation {
        id: "alice".to_owned(),
        key: key(1),
        old: Vec::new(),
        until: now(),
    };
    let back = done
        .files
        .amended(&done.policy, &Amendment::RotateKey(back), now());
    assert!(matches!(back.unwrap_err(), Refused::RevokedKey { .. }));
}

#[test]
fn a_person_goes_with_every_line_unless_the_policy_could_not_be_met() {
    let gone = Amendment::RemovePerson {
        id: "carol".to_owned(),
    };
    // Two owners are left, and one of them may be the author.
    let error = amended(&gone).unwrap_err().to_string();
    assert!(
        error.contains("`policy_change` asks 2 of policy-owner, held by 2"),
        "{error}"
    );
    let files = files();
    let policy = files.parse().unwrap();
    let with_dave = NewPerson {
        roles: vec!["senior".to_owned(), "policy-owner".to_owned()],
        ..dave()
    };
    let more = files
        .amended(&policy, &Amendment::AddPerson(with_dave), now())
        .unwrap();
    let gone = Amendment::RemovePerson {
        id: "alice".to_owned(),
    };
    let done = more.files.amended(&more.policy, &gone, now()).unwrap();
    let text = String::from_utf8(done.files.policy_toml).unwrap();
    assert!(
        text.contains("exempt_humans = [\"bob\"]\n\n[people.bob]"),
        "{text}"
    );
    assert!(!text.contains("alice"), "{text}");
    let text = String::from_utf8(done.files.allowed_signers).unwrap();
    assert!(text.starts_with("# keys\nbob@"), "{text}");
}

#[test]
fn a_key_that_cannot_give_what_a_role_asks_for_is_told() {
    let mut files = files();
    let toml = TOML.replace(
        "[defaults]",
        "[roles.senior]\nuser_presence = \"required\"\n\n[defaults]",
    );
    files.policy_toml = toml.into_bytes();
    let policy = files.parse().unwrap();
    let said = |amendment: &Amendment| files.amended(&policy, amendment, now()).unwrap().remarks;
    let text = format!(
        "the role senior asks for a security key and {} is none: what it signs does not count for that role",
        key(4).fingerprint
    );
    assert_eq!(said(&Amendment::AddPerson(dave())).first(), Some(&text));
    let rotation = Rotation {
        id: "bob".to_owned(),
        key: key(4),
        old: Vec::new(),
        until: now(),
    };
    assert_eq!(said(&Amendment::RotateKey(rotation)).first(), Some(&text));
}

#[test]
fn what_is_no_public_key_is_told_apart() {
    assert_eq!(
        PublicKey::read("-----BEGIN OPENSSH PRIVATE KEY-----\nx"),
        Err(BadKey::Private)
    );
    assert_eq!(PublicKey::read("\n# nothing\n"), Err(BadKey::None));
    let two = format!("{}\n{}\n", line(1), line(2));
    assert_eq!(PublicKey::read(&two), Err(BadKey::Several(2)));
    let wrong = PublicKey::read("ssh-dss AAAA").unwrap_err();
    assert_eq!(wrong.to_string(), "`ssh-dss` is no key type that may sign");
    assert_eq!(PublicKey::read(&format!("key::{}", line(1))), Ok(key(1)));
}
