//! Signatures of FIDO tokens, made by software as a token makes them: over the digest of the
//! application, the flags, the counter and the digest of the message.

use countersign::signing::SshVerifier;
use countersign::verdict::{BadSignature, Envelope, KeyAlgorithm, NAMESPACE, Verifier as _, pae};
use sha2::{Digest as _, Sha256};
use ssh_key::encoding::Encode as _;
use ssh_key::public::{KeyData, SkEcdsaSha2NistP256, SkEd25519};
use ssh_key::{Algorithm, HashAlg, PrivateKey, Signature, SigningKey, SshSig};

use super::approval_by;
use crate::common::{Key, Sandbox};
use crate::verdict::sample;

fn raw(key: &impl SigningKey, message: &[u8]) -> Vec<u8> {
    key.try_sign(message).unwrap().as_bytes().to_vec()
}

/// The blob of a token with this flags byte.
fn by_token(key: &PrivateKey, public: KeyData, flags: u8, message: &[u8]) -> Vec<u8> {
    let inner = SshSig::signed_data(NAMESPACE, HashAlg::Sha512, message).unwrap();
    let trailer = [flags, 0, 0, 0, 7];
    let mut signed = Sha256::digest(b"ssh:").to_vec();
    signed.extend_from_slice(&trailer);
    signed.extend_from_slice(&Sha256::digest(&inner));
    let mut bytes = raw(key, &signed);
    bytes.extend_from_slice(&trailer);
    let signature = Signature::new(public.algorithm(), bytes).unwrap();
    let blob = SshSig::new(public, NAMESPACE, HashAlg::Sha512, signature).unwrap();
    blob.encode_vec().unwrap()
}

fn keys() -> [(PrivateKey, KeyData, KeyAlgorithm); 2] {
    let sandbox = Sandbox::new();
    let ed25519 = Key::new(&sandbox, "ed25519");
    let p256 = Key::of_type(&sandbox, "p256", &["-t", "ecdsa", "-b", "256"]);
    let read = |key: &Key| PrivateKey::read_openssh_file(&key.path).unwrap();
    let (ed25519, p256) = (read(&ed25519), read(&p256));
    let public = ed25519.public_key().key_data().ed25519().copied().unwrap();
    let sk_ed25519 = KeyData::SkEd25519(SkEd25519::new(public, "ssh:"));
    let point = match p256.public_key().key_data().ecdsa().unwrap() {
        ssh_key::public::EcdsaPublicKey::NistP256(point) => *point,
        other => panic!("{other:?}"),
    };
    let sk_p256 = KeyData::SkEcdsaSha2NistP256(SkEcdsaSha2NistP256::new(point, "ssh:"));
    [
        (ed25519, sk_ed25519, KeyAlgorithm::SkEd25519),
        (p256, sk_p256, KeyAlgorithm::SkEcdsaP256),
    ]
}

#[test]
fn touch_and_pin_are_read_from_the_signed_flags() {
    for (key, public, algorithm) in keys() {
        for (flags, presence, verified) in [(0, false, false), (1, true, false), (5, true, true)] {
            let blob = by_token(&key, public.clone(), flags, b"hi");
            let facts = SshVerifier.verify(&blob, b"hi", NAMESPACE).unwrap();
            assert_eq!(facts.algorithm, algorithm);
            assert_eq!(facts.user_presence, Some(presence));
            assert_eq!(facts.user_verified, Some(verified));
            assert_eq!(
                facts.fingerprint,
                public.fingerprint(HashAlg::Sha256).to_string()
            );
            let mut forged = blob.clone();
            let at = forged.len() - 5;
            forged[at] ^= 1;
            let refused = SshVerifier.verify(&forged, b"hi", NAMESPACE);
            assert_eq!(refused, Err(BadSignature::Mismatch), "the flags are signed");
        }
    }
}

#[test]
fn a_line_signed_by_a_token_verifies_and_tells_of_the_touch() {
    for (key, public, _) in keys() {
        let fingerprint = public.fingerprint(HashAlg::Sha256).to_string();
        let statement = approval_by(&fingerprint);
        let payload = countersign::verdict::to_payload(&statement).unwrap();
        let blob = by_token(&key, public, 5, &pae(&payload));
        let line = sample::line_from(&payload, &fingerprint, &blob);
        let verified = Envelope::verify(&line, &SshVerifier).unwrap();
        assert_eq!(verified.statement(), Some(&statement));
        assert_eq!(verified.key().user_presence, Some(true));
        assert_eq!(verified.key().user_verified, Some(true));
    }
}

#[test]
fn a_plain_signature_does_not_pass_for_a_touch() {
    for (key, public, _) in keys() {
        let inner = SshSig::signed_data(NAMESPACE, HashAlg::Sha512, b"hi").unwrap();
        let plain = raw(&key, &inner);
        let algorithm = key.algorithm();
        let signature = Signature::new(algorithm, plain).unwrap();
        let blob = SshSig::new(public, NAMESPACE, HashAlg::Sha512, signature).unwrap();
        let refused = SshVerifier.verify(&blob.encode_vec().unwrap(), b"hi", NAMESPACE);
        assert!(
            matches!(refused, Err(BadSignature::Algorithm(_))),
            "{refused:?}"
        );
    }
}

#[test]
fn an_algorithm_is_that_of_its_key() {
    let [(ed25519, sk, _), _] = keys();
    let inner = SshSig::signed_data(NAMESPACE, HashAlg::Sha512, b"hi").unwrap();
    let mut bytes = raw(&ed25519, &inner);
    bytes.extend_from_slice(&[1, 0, 0, 0, 7]);
    let signature = Signature::new(Algorithm::SkEd25519, bytes).unwrap();
    let plain = ed25519.public_key().key_data().clone();
    assert_ne!(plain, sk);
    let blob = SshSig::new(plain, NAMESPACE, HashAlg::Sha512, signature).unwrap();
    let refused = SshVerifier.verify(&blob.encode_vec().unwrap(), b"hi", NAMESPACE);
    assert!(
        matches!(refused, Err(BadSignature::Algorithm(_))),
        "{refused:?}"
    );
}
