//! Keys: every kind by the real programs, forged blobs, and what may go wrong while signing.

mod agent;
mod forged;
mod program;
mod token;

use std::path::Path;

use countersign::signing::{
    KeySource, Mode, SeedSigner, SigningConfig, SshSigner, SshVerifier, Surroundings, fingerprint,
    verify_git,
};
use countersign::verdict::{
    BadSignature, Envelope, KeyAlgorithm, NAMESPACE, Predicate, Reading, Signer as _, Statement,
    Verifier as _,
};

use crate::common::{Key, Sandbox, run};
use crate::verdict::sample;

/// Nothing of the machine's home, agent or configuration.
pub fn surroundings(sandbox: &Sandbox) -> Surroundings {
    Surroundings {
        base: sandbox.path(""),
        home: Some(sandbox.path("home")),
        environment: Vec::new(),
    }
    .with("HOME", sandbox.path("home"))
    .without("SSH_AUTH_SOCK")
    .without("DISPLAY")
}

/// `gpg.format=ssh` and a signing key.
pub fn config(key: &str) -> SigningConfig {
    SigningConfig {
        user_signing_key: Some(key.to_owned()),
        gpg_format: Some("ssh".to_owned()),
        ..SigningConfig::default()
    }
}

/// The signer of a key file.
pub fn signer(sandbox: &Sandbox, path: &Path) -> SshSigner {
    let config = config(path.to_str().unwrap());
    SshSigner::new(&config, surroundings(sandbox), Mode::Silent).unwrap()
}

/// The sample approval, by this key.
pub fn approval_by(fingerprint: &str) -> Statement {
    let mut statement = sample::approval();
    if let Predicate::Verdict(verdict) = &mut statement.predicate {
        verdict.reviewer.key = fingerprint.to_owned();
    }
    statement
}

/// A blob made by `ssh-keygen` with more options than git gives it.
fn blob(sandbox: &Sandbox, key: &Key, message: &[u8], options: &[&str]) -> Vec<u8> {
    let keys = sandbox.path("keys");
    let _ = std::fs::remove_file(keys.join("m.sig"));
    std::fs::write(keys.join("m"), message).unwrap();
    let mut command = sandbox.command("ssh-keygen", &keys);
    command
        .args(["-q", "-Y", "sign", "-f"])
        .arg(&key.path)
        .args(options)
        .arg("m");
    run(&mut command, b"").ok();
    let armoured = std::fs::read_to_string(keys.join("m.sig")).unwrap();
    ssh_key::encoding::Encode::encode_vec(&ssh_key::SshSig::from_pem(armoured).unwrap()).unwrap()
}

#[test]
fn every_accepted_kind_of_key_signs_and_verifies() {
    let sandbox = Sandbox::new();
    for (name, kind, algorithm) in [
        (
            "ed25519",
            ["-t", "ed25519", "-a", "1"],
            KeyAlgorithm::Ed25519,
        ),
        (
            "p256",
            ["-t", "ecdsa", "-b", "256"],
            KeyAlgorithm::EcdsaP256,
        ),
        (
            "p384",
            ["-t", "ecdsa", "-b", "384"],
            KeyAlgorithm::EcdsaP384,
        ),
        (
            "p521",
            ["-t", "ecdsa", "-b", "521"],
            KeyAlgorithm::EcdsaP521,
        ),
        ("rsa", ["-t", "rsa", "-b", "3072"], KeyAlgorithm::Rsa(3072)),
    ] {
        let key = Key::of_type(&sandbox, name, &kind);
        assert_eq!(fingerprint(&key.public).unwrap(), key.fingerprint);
        let signer = signer(&sandbox, &key.path);
        assert_eq!(signer.fingerprint(), key.fingerprint);
        assert_eq!(signer.key().public_key, key.public);
        let statement = approval_by(&key.fingerprint);
        let sealed = Envelope::seal(&statement, &signer, &SshVerifier).unwrap();
        let verified = Envelope::verify(&sealed.line, &SshVerifier).unwrap();
        assert_eq!(verified.reading(), &Reading::Strict(statement));
        assert_eq!(verified.key().algorithm, algorithm);
        assert_eq!(verified.key().user_presence, None);
        assert_eq!(algorithm.name(), key.public.split(' ').next().unwrap());

        let short = blob(
            &sandbox,
            &key,
            b"hi",
            &["-n", NAMESPACE, "-O", "hashalg=sha256"],
        );
        let verify = |message: &[u8], namespace| SshVerifier.verify(&short, message, namespace);
        assert_eq!(
            verify(b"hi", NAMESPACE).unwrap().fingerprint,
            key.fingerprint
        );
        assert_eq!(verify(b"ho", NAMESPACE), Err(BadSignature::Mismatch));
        assert!(matches!(
            verify(b"hi", "git"),
            Err(BadSignature::Namespace { .. })
        ));
    }
}

#[test]
fn small_rsa_keys_are_refused() {
    let sandbox = Sandbox::new();
    let key = Key::of_type(&sandbox, "rsa", &["-t", "rsa", "-b", "2048"]);
    let blob = blob(&sandbox, &key, b"hi", &["-n", NAMESPACE]);
    match SshVerifier.verify(&blob, b"hi", NAMESPACE) {
        Err(BadSignature::Algorithm(what)) => assert!(what.contains("2048"), "{what}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_certificate_is_refused_in_place_of_its_key() {
    let sandbox = Sandbox::new();
    let authority = Key::new(&sandbox, "authority");
    let key = Key::new(&sandbox, "person");
    let keys = sandbox.path("keys");
    let mut certify = sandbox.command("ssh-keygen", &keys);
    certify.arg("-q").arg("-s").arg(&authority.path);
    certify.args(["-I", "person", "-n", "alice@corp.example", "person.pub"]);
    run(&mut certify, b"").ok();
    let certified = Key {
        path: keys.join("person-cert.pub"),
        ..key
    };
    std::fs::copy(keys.join("person"), keys.join("person-cert")).unwrap();
    let blob = blob(&sandbox, &certified, b"hi", &["-n", NAMESPACE]);
    let refused = SshVerifier.verify(&blob, b"hi", NAMESPACE);
    assert_eq!(refused, Err(BadSignature::Certificate));
}

#[test]
fn a_commit_and_a_tag_that_git_signed_verify() {
    let sandbox = Sandbox::new();
    let key = Key::new(&sandbox, "git");
    let repository = sandbox.path("repository");
    std::fs::create_dir(&repository).unwrap();
    let git = |args: &[&str]| sandbox.git(&repository, args);
    git(&["init", "-q"]);
    for (name, value) in [
        ("user.name", "Alice"),
        ("user.email", "alice@corp.example"),
        ("gpg.format", "ssh"),
        ("user.signingKey", key.path.to_str().unwrap()),
    ] {
        git(&["config", name, value]);
    }
    git(&["commit", "-q", "--allow-empty", "-S", "-m", "signed"]);
    let commit = format!("{}\n", git(&["cat-file", "commit", "HEAD"]));
    let (before, rest) = commit.split_once("gpgsig ").unwrap();
    let (signature, after) = rest.split_once("\n\n").unwrap();
    let signature = signature.replace("\n ", "\n");
    let payload = format!("{before}\n{after}");
    let facts = verify_git(signature.as_bytes(), payload.as_bytes()).unwrap();
    assert_eq!(facts.fingerprint, key.fingerprint);
    let forged = payload.replace("Alice", "Mally");
    let refused = verify_git(signature.as_bytes(), forged.as_bytes());
    assert_eq!(refused, Err(BadSignature::Mismatch));

    git(&["tag", "-s", "-m", "signed", "v1"]);
    let tag = format!("{}\n", git(&["cat-file", "tag", "v1"]));
    let at = tag.find("-----BEGIN").unwrap();
    let windows = tag[at..].replace('\n', "\r\n");
    let joined = tag[at..].lines().collect::<Vec<_>>();
    let inner = joined[1..joined.len() - 1].concat();
    let wide = format!("{}\n{inner}\n{}", joined[0], joined[joined.len() - 1]);
    for signature in [&tag[at..], &windows, &wide] {
        let facts = verify_git(signature.as_bytes(), &tag.as_bytes()[..at]).unwrap();
        assert_eq!(facts.fingerprint, key.fingerprint);
    }
    for junk in [
        "",
        "x",
        "-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----",
    ] {
        assert!(verify_git(junk.as_bytes(), b"").is_err());
    }
    let followed = format!("{}more\n", &tag[at..]);
    assert!(verify_git(followed.as_bytes(), &tag.as_bytes()[..at]).is_err());
}

#[test]
fn a_key_from_a_seed_is_the_same_every_time_and_openssh_reads_it() {
    let sandbox = Sandbox::new();
    let first = sample::signer().write(&sandbox.path("first")).unwrap();
    let second = sample::signer().write(&sandbox.path("second")).unwrap();
    let read = |path: &Path| std::fs::read(path).unwrap();
    assert_eq!(read(&first.path), read(&second.path));
    assert_eq!(
        read(&sandbox.path("first.pub")),
        read(&sandbox.path("second.pub"))
    );
    assert!(
        sample::signer().write(&first.path).is_err(),
        "nothing is overwritten"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&first.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let mut show = sandbox.command("ssh-keygen", &sandbox.path(""));
    let public = run(show.arg("-yf").arg(&first.path), b"").ok();
    assert_eq!(public.trim_end(), first.public_key);
    let signer = signer(&sandbox, &first.path);
    assert_eq!(signer.fingerprint(), sample::signer().fingerprint());
    // Ed25519 signatures are deterministic: the program and this process make the same line.
    let ours = Envelope::seal(&sample::approval(), &sample::signer(), &SshVerifier);
    assert_eq!(
        Envelope::seal(&sample::approval(), &signer, &SshVerifier),
        ours
    );
}

/// What a configuration comes to: the fingerprint, the setting and how the key is named.
fn found(sandbox: &Sandbox, config: &SigningConfig) -> Option<(String, &'static str, KeySource)> {
    let key = config.resolve(&surroundings(sandbox)).ok()?;
    Some((key.fingerprint, key.setting, key.source))
}

fn literal_key() -> (String, SeedSigner) {
    let signer = SeedSigner::new(&[3; 32], "other").unwrap();
    (signer.public_key().unwrap(), signer)
}

#[test]
fn our_own_setting_comes_first_and_gits_own_only_where_it_names_an_ssh_key() {
    let sandbox = Sandbox::new();
    let key = Key::new(&sandbox, "file");
    let (literal, other) = literal_key();
    let by_literal = |setting| {
        let source = KeySource::Literal(literal.clone());
        Some((other.fingerprint().to_owned(), setting, source))
    };
    let by_file = |setting| {
        let source = KeySource::Path(key.path.clone());
        Some((key.fingerprint.clone(), setting, source))
    };
    let mut config = SigningConfig::default();
    assert_eq!(found(&sandbox, &config), None);
    config.user_signing_key = Some(key.path.to_str().unwrap().to_owned());
    let why = "gpg.format is not ssh: this may be an OpenPGP key id";
    assert_eq!(found(&sandbox, &config), None, "{why}");
    config.gpg_format = Some("ssh".to_owned());
    assert_eq!(found(&sandbox, &config), by_file("user.signingKey"));
    config.countersign_signing_key = Some(literal.clone());
    assert_eq!(
        found(&sandbox, &config),
        by_literal("countersign.signingKey")
    );
    config.countersign_signing_key = Some(String::new());
    assert_eq!(
        found(&sandbox, &config),
        by_file("user.signingKey"),
        "empty is unset"
    );

    config.gpg_format = Some("openpgp".to_owned());
    for value in [literal.clone(), format!("key::{literal}")] {
        config.user_signing_key = Some(value);
        assert_eq!(found(&sandbox, &config), by_literal("user.signingKey"));
    }
}

#[test]
fn the_default_key_command_comes_last_and_prints_a_key() {
    let sandbox = Sandbox::new();
    let (literal, other) = literal_key();
    let mut config = SigningConfig {
        user_signing_key: Some("0xDEADBEEF".to_owned()),
        gpg_ssh_default_key_command: Some(format!("sh -c \"echo 'key::{literal}'; echo more\"")),
        ..SigningConfig::default()
    };
    let (fingerprint, setting, source) = found(&sandbox, &config).unwrap();
    assert_eq!(fingerprint, other.fingerprint());
    assert_eq!(setting, "gpg.ssh.defaultKeyCommand");
    assert_eq!(source, KeySource::Literal(literal));
    for command in [
        "false",
        "echo nonsense",
        "no-such-program",
        "echo 'open",
        "true",
    ] {
        config.gpg_ssh_default_key_command = Some(command.to_owned());
        assert_eq!(found(&sandbox, &config), None, "{command}");
    }
}

#[test]
fn key_paths_start_from_home_or_the_work_tree_and_need_no_public_half() {
    let sandbox = Sandbox::new();
    let key = Key::new(&sandbox, "file");
    std::fs::copy(&key.path, sandbox.path("home/alone")).unwrap();
    for (value, file) in [
        ("~/alone", "home/alone"),
        ("keys/file.pub", "keys/file.pub"),
    ] {
        let (fingerprint, _, source) = found(&sandbox, &config(value)).unwrap();
        assert_eq!(fingerprint, key.fingerprint);
        assert_eq!(source, KeySource::Path(sandbox.path(file)));
    }
}
