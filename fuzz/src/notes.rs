//! Notes: lines, envelopes, statements and the signatures on them.

use std::io::Write as _;

use countersign::signing::{GateKey, SshVerifier, fingerprint, verify_git};
use countersign::verdict::{
    BadSignature, Envelope, KeyAlgorithm, KeyFacts, MAX_LINE, NAMESPACE, PlainKey, Reading,
    SignError, Verifier, from_payload, pae, quotable, to_jcs, to_payload,
};

use super::input::{Input, is_tame};

/// Says that any signature is good, by the key that it spells: what lies behind the signature is
/// then within reach of an input.
struct Believer;

/// The fingerprint of the seeds' reviewer.
const KEY: &str = "SHA256:lbmsoA0yIEcEiVDRnMWuzm+nV+3ZEEpVIURqFoeSspg";

impl Verifier for Believer {
    fn verify(&self, _: &[u8], _: &[u8], _: &str) -> Result<KeyFacts, BadSignature> {
        Ok(KeyFacts {
            fingerprint: KEY.to_owned(),
            algorithm: KeyAlgorithm::Ed25519,
            user_presence: None,
            user_verified: None,
        })
    }
}

/// A note's blob. Lines lose nothing but empty lines; what is taken for an envelope is written again
/// as it was; what is verified keeps its bytes.
pub fn lines(blob: &[u8]) {
    let Ok(lines) = countersign::verdict::lines(blob) else {
        return;
    };
    let mut kept = 0;
    let mut number = 1;
    for line in lines {
        assert!(line.number >= number, "line numbers go up");
        number = line.number;
        kept += line.bytes.len();
        let parsed = Envelope::parse(line.bytes);
        if let Ok(envelope) = &parsed {
            assert_eq!(line.candidate, Ok(()), "an envelope is a candidate");
            assert_eq!(envelope.to_line(), line.bytes, "one byte form");
            assert!(line.bytes.len() <= MAX_LINE);
        }
        let real = Envelope::verify(line.bytes, &SshVerifier);
        assert!(parsed.is_ok() || real.is_err(), "verified unread");
        if let Ok(verified) = Envelope::verify(line.bytes, &Believer) {
            assert_eq!(verified.line(), line.bytes);
            assert_eq!(verified.fingerprint(), KEY);
        }
    }
    let empty = blob
        .split_inclusive(|b| *b == b'\n')
        .filter(|l| *l == b"\n");
    assert_eq!(kept + empty.count(), blob.len(), "no byte is lost");
}

/// A payload. What reads strictly is written again byte for byte, and no other reading grants
/// anything.
pub fn statement(payload: &[u8]) {
    let strict = from_payload(payload);
    if let Ok(statement) = &strict {
        let again = to_payload(statement);
        // A draft may be held to more than what is read; where it is taken, it is these bytes.
        if let Ok(again) = again {
            assert_eq!(again, payload, "one byte form");
        }
        let json: serde_json::Value = serde_json::from_slice(payload).expect("canonical is JSON");
        assert_eq!(to_jcs(&json).as_deref(), Ok(payload), "JCS says the same");
    } else if let Err(why) = &strict {
        assert!(why.to_string().len() < 4096, "a message stays short");
    }
    if let Ok(json) = serde_json::from_slice::<serde_json::Value>(payload)
        && let Ok(canonical) = to_jcs(&json)
    {
        let back: serde_json::Value = serde_json::from_slice(&canonical).expect("JCS is JSON");
        assert_eq!(to_jcs(&back), Ok(canonical), "canonical once is canonical");
    }
    if let Ok(text) = std::str::from_utf8(payload) {
        let quoted = quotable(text);
        let wild = |c: char| c.is_control() && c != '\n' && c != '\t';
        assert!(!quoted.contains(wild), "no control character is quoted");
        assert_eq!(quotable(&quoted), quoted);
    }
    let line = sealed(payload);
    match Envelope::verify(&line, &Believer) {
        Ok(verified) => match verified.reading() {
            Reading::Strict(read) => {
                assert_eq!(Ok(read), strict.as_ref());
                assert_eq!(read.reviewer().key, KEY);
            }
            _ => assert!(verified.statement().is_none(), "only a strict one counts"),
        },
        Err(_) => assert!(line.len() > MAX_LINE, "a well-made line is read"),
    }
}

/// A key whose signature is one word.
pub struct Anybody;

impl PlainKey for Anybody {
    fn fingerprint(&self) -> &str {
        KEY
    }
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignError> {
        Ok(b"signature".to_vec())
    }
    fn verify(&self, _: &[u8], _: &[u8]) -> Result<(), BadSignature> {
        Ok(())
    }
}

/// The line around a payload, with some signature.
fn sealed(payload: &[u8]) -> Vec<u8> {
    let line = Envelope::seal_plain(payload.to_vec(), &Anybody).expect("any payload can be sealed");
    assert_eq!(
        Envelope::open_plain(&line, &Anybody).as_deref(),
        Ok(payload)
    );
    assert!(pae(payload).ends_with(payload));
    line
}

/// What proves who signed: SSHSIG blobs, armoured signatures, public keys and key files.
pub fn signature(data: &[u8]) {
    let mut input = Input(data);
    let kind = input.byte();
    let (blob, message) = (input.part(), input.part());
    match kind % 4 {
        0 => {
            let read = SshVerifier.verify(blob, message, NAMESPACE);
            if let Ok(facts) = read {
                assert!(facts.fingerprint.starts_with("SHA256:"));
            }
        }
        1 => {
            if let Ok(facts) = verify_git(blob, message) {
                assert!(facts.fingerprint.starts_with("SHA256:"));
                let mut other = message.to_vec();
                other.push(b'x');
                assert!(verify_git(blob, &other).is_err(), "signs one message");
            }
        }
        2 => {
            if let Ok(print) = fingerprint(&String::from_utf8_lossy(blob)) {
                assert_eq!(print.len(), "SHA256:".len() + 43);
            }
        }
        _ => key_file(blob),
    }
}

/// A gate's key file: what can sign verifies what it signed.
fn key_file(bytes: &[u8]) {
    let mut file = tempfile::NamedTempFile::new_in(super::input::memory()).expect("a file");
    file.write_all(bytes).expect("written");
    match GateKey::read(file.path()) {
        Ok(key) => {
            assert!(key.fingerprint().starts_with("SHA256:"));
            if key.can_sign() {
                let made = key.sign(b"message").expect("a key that can sign signs");
                assert_eq!(key.verify(&made, b"message"), Ok(()));
                assert!(key.verify(&made, b"other").is_err());
            }
        }
        Err(error) => assert!(is_tame(&error.to_string()), "{error:?}"),
    }
}
