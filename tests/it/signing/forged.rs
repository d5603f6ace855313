//! Blobs that some verifier lets through and ours must not, and the one freedom that is harmless.

use countersign::signing::SshVerifier;
use countersign::verdict::{
    BadSignature, Envelope, KeyFacts, NAMESPACE, Signer as _, Verifier as _, to_payload,
};
use sha2::{Digest as _, Sha512};
use ssh_key::encoding::Decode as _;
use ssh_key::{PublicKey, SshSig};

use super::{approval_by, blob, signer};
use crate::common::{Key, Sandbox};
use crate::verdict::sample;

fn verify(blob: &[u8]) -> Result<KeyFacts, BadSignature> {
    SshVerifier.verify(blob, b"hi", NAMESPACE)
}

/// What the crate alone says of a blob: the reason for a guard, where it says yes.
fn crate_accepts(blob: &[u8]) -> bool {
    let signature = SshSig::decode(&mut &*blob).unwrap();
    let key = PublicKey::from(signature.public_key().clone());
    key.verify(NAMESPACE, b"hi", &signature).is_ok()
}

fn string(bytes: &[u8]) -> Vec<u8> {
    let len = u32::try_from(bytes.len()).unwrap();
    [&len.to_be_bytes(), bytes].concat()
}

/// A blob of these parts.
fn assemble(version: u32, key: &[u8], reserved: &[u8], hash: &str, signature: &[u8]) -> Vec<u8> {
    [
        b"SSHSIG".to_vec(),
        version.to_be_bytes().to_vec(),
        string(key),
        string(NAMESPACE.as_bytes()),
        string(reserved),
        string(hash.as_bytes()),
        string(signature),
    ]
    .concat()
}

fn ed25519(key: &[u8], signature: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let kind = string(b"ssh-ed25519");
    (
        [kind.clone(), string(key)].concat(),
        [kind, string(signature)].concat(),
    )
}

/// The seed's key, as bytes, and its signature over this reserved field.
fn signed(reserved: &[u8]) -> ([u8; 32], [u8; 64]) {
    use ed25519_dalek::Signer as _;
    let key = ed25519_dalek::SigningKey::from_bytes(&sample::seed());
    let parts = [
        b"SSHSIG".to_vec(),
        string(NAMESPACE.as_bytes()),
        string(reserved),
        string(b"sha512"),
        string(&Sha512::digest(b"hi")),
    ];
    (
        key.verifying_key().to_bytes(),
        key.sign(&parts.concat()).to_bytes(),
    )
}

#[test]
fn the_honest_blob_is_what_the_parts_give() {
    let (key, signature) = signed(b"");
    let (key, signature) = ed25519(&key, &signature);
    let blob = assemble(1, &key, b"", "sha512", &signature);
    assert_eq!(blob, sample::signer().sign(b"hi", NAMESPACE).unwrap());
    assert_eq!(
        verify(&blob).unwrap().fingerprint,
        sample::signer().fingerprint()
    );
}

#[test]
fn another_version_and_a_used_reserved_field_are_refused() {
    let (key, signature) = signed(b"");
    let (key, signature) = ed25519(&key, &signature);
    let old = assemble(0, &key, b"", "sha512", &signature);
    assert!(crate_accepts(&old), "the crate lets version 0 through");
    assert!(matches!(verify(&old), Err(BadSignature::Malformed(_))));
    let new = assemble(2, &key, b"", "sha512", &signature);
    assert!(matches!(verify(&new), Err(BadSignature::Malformed(_))));

    let (plain, signature) = signed(b"data");
    let (key, signature) = ed25519(&plain, &signature);
    let reserved = assemble(1, &key, b"data", "sha512", &signature);
    assert!(
        crate_accepts(&reserved),
        "the crate lets signed reserved data through"
    );
    assert!(matches!(verify(&reserved), Err(BadSignature::Malformed(_))));
}

#[test]
fn nothing_follows_the_signature_and_nothing_is_cut_off() {
    let blob = sample::signer().sign(b"hi", NAMESPACE).unwrap();
    for extra in [b"\0".as_slice(), b"SSHSIG", &blob] {
        let longer = [&blob, extra].concat();
        assert!(matches!(verify(&longer), Err(BadSignature::Malformed(_))));
    }
    for len in 0..blob.len() {
        assert!(
            matches!(verify(&blob[..len]), Err(BadSignature::Malformed(_))),
            "{len}"
        );
    }
}

#[test]
fn lengths_that_lie_cost_nothing() {
    let blob = sample::signer().sign(b"hi", NAMESPACE).unwrap();
    for at in 6..blob.len() - 4 {
        for length in [u32::MAX, 0x7fff_ffff, 0x0fff_ffff, 0] {
            let mut lie = blob.clone();
            lie[at..at + 4].copy_from_slice(&length.to_be_bytes());
            assert!(lie == blob || verify(&lie).is_err(), "{at}");
        }
    }
}

#[test]
fn a_scalar_beyond_the_order_is_refused() {
    // The order of the curve's group, least byte first.
    const ORDER: [u8; 16] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14,
    ];
    let (key, mut signature) = signed(b"");
    let mut order = [0; 32];
    order[..16].copy_from_slice(&ORDER);
    order[31] = 0x10;
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    let (key, signature) = ed25519(&key, &signature);
    let blob = assemble(1, &key, b"", "sha512", &signature);
    assert_eq!(verify(&blob), Err(BadSignature::Mismatch));
}

#[test]
fn a_degenerate_key_under_which_one_signature_fits_all_is_refused() {
    // The neutral point in its two spellings: 1, and 1 with a sign.
    for sign in [0x00, 0x80] {
        let mut point = [0; 32];
        point[0] = 1;
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&point);
        point[31] |= sign;
        let (key, signature) = ed25519(&point, &signature);
        let blob = assemble(1, &key, b"", "sha512", &signature);
        if sign == 0 {
            assert!(crate_accepts(&blob), "the crate lets a neutral key through");
        }
        assert!(
            matches!(verify(&blob), Err(BadSignature::Algorithm(_))),
            "{:?}",
            verify(&blob)
        );
    }
}

#[test]
fn every_point_of_small_order_is_refused() {
    let text = |hex: &str| -> Vec<u8> {
        let digits = hex.as_bytes().chunks(2);
        digits
            .map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap())
            .collect()
    };
    for hex in [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ] {
        let mut point = text(hex);
        for _ in 0..2 {
            let (key, signature) = ed25519(&point, &[0; 64]);
            let blob = assemble(1, &key, b"", "sha512", &signature);
            assert!(
                matches!(verify(&blob), Err(BadSignature::Algorithm(_))),
                "{hex}"
            );
            point[31] ^= 0x80;
        }
    }
}

#[test]
fn weak_hashes_and_their_names_are_refused() {
    let (key, signature) = signed(b"");
    let (key, signature) = ed25519(&key, &signature);
    for hash in ["sha1", "md5", "SHA512", "sha384", ""] {
        let blob = assemble(1, &key, b"", hash, &signature);
        assert!(
            matches!(verify(&blob), Err(BadSignature::Malformed(_))),
            "{hash}"
        );
    }
    let sandbox = Sandbox::new();
    let rsa = Key::of_type(&sandbox, "rsa", &["-t", "rsa", "-b", "3072"]);
    let good = blob(&sandbox, &rsa, b"hi", &["-n", NAMESPACE]);
    assert!(verify(&good).is_ok());
    let at = good.windows(12).position(|w| w == b"rsa-sha2-512").unwrap();
    let (head, tail) = (&good[..at - 8], &good[at + 12..]);
    let inner = [string(b"ssh-rsa"), tail.to_vec()].concat();
    let sha1 = [head.to_vec(), string(&inner)].concat();
    assert!(
        matches!(verify(&sha1), Err(BadSignature::Algorithm(_))),
        "{:?}",
        verify(&sha1)
    );

    let short = [string(b"rsa-sha2-512"), string(&tail[5..])].concat();
    let short = [head.to_vec(), string(&short)].concat();
    assert!(
        matches!(verify(&short), Err(BadSignature::Malformed(_))),
        "{:?}",
        verify(&short)
    );
}

#[test]
fn a_compressed_point_is_no_second_name_for_a_key() {
    let sandbox = Sandbox::new();
    let key = Key::of_type(&sandbox, "p256", &["-t", "ecdsa", "-b", "256"]);
    let good = blob(&sandbox, &key, b"hi", &["-n", NAMESPACE]);
    let at = good.windows(8).position(|w| w == b"nistp256").unwrap();
    let at = at
        + 8
        + good[at + 8..]
            .windows(8)
            .position(|w| w == b"nistp256")
            .unwrap()
        + 8;
    let point = &good[at + 4..at + 69];
    assert_eq!(point[0], 4);
    let tag = if point[64].is_multiple_of(2) { 2 } else { 3 };
    let compressed = [&[tag], &point[1..33]].concat();
    let key = [
        string(b"ecdsa-sha2-nistp256"),
        string(b"nistp256"),
        string(&compressed),
    ];
    let forged = [&good[..10], &string(&key.concat()), &good[at + 69..]].concat();
    assert!(
        crate_accepts(&forged),
        "the crate lets a compressed point through"
    );
    assert!(matches!(verify(&forged), Err(BadSignature::Malformed(_))));
}

#[test]
fn the_mirrored_ecdsa_signature_is_the_same_statement() {
    // The order of P-256, greatest byte first.
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63,
        0x25, 0x51,
    ];
    let sandbox = Sandbox::new();
    let key = Key::of_type(&sandbox, "p256", &["-t", "ecdsa", "-b", "256"]);
    let statement = approval_by(&key.fingerprint);
    let sealed = Envelope::seal(&statement, &signer(&sandbox, &key.path), &SshVerifier).unwrap();
    let payload = to_payload(&statement).unwrap();
    let message = countersign::verdict::pae(&payload);
    let good = signer(&sandbox, &key.path)
        .sign(&message, NAMESPACE)
        .unwrap();
    let signature = SshSig::decode(&mut good.as_slice()).unwrap();
    let bytes = signature.signature_bytes();
    let r_len = usize::try_from(u32::from_be_bytes(bytes[..4].try_into().unwrap())).unwrap();
    let (r, s) = (&bytes[..4 + r_len], &bytes[4 + r_len + 4..]);
    let mut mirrored = ORDER;
    let mut borrow = 0;
    for (byte, minus) in mirrored.iter_mut().rev().zip(s.iter().rev()) {
        let difference = i16::from(*byte) - i16::from(*minus) - borrow;
        borrow = i16::from(difference < 0);
        *byte = difference.rem_euclid(256).to_le_bytes()[0];
    }
    let first = mirrored.iter().position(|byte| *byte != 0).unwrap();
    let mut s = mirrored[first..].to_vec();
    if s[0] >= 0x80 {
        s.insert(0, 0);
    }
    let inner = [r.to_vec(), string(&s)].concat();
    let inner = [string(b"ecdsa-sha2-nistp256"), string(&inner)].concat();
    let head = good.len() - 4 - (4 + 19 + 4 + bytes.len());
    let forged = [good[..head].to_vec(), string(&inner)].concat();
    assert_ne!(forged, good);
    let line = sample::line_from(&payload, &key.fingerprint, &forged);
    let verified = Envelope::verify(&line, &SshVerifier).unwrap();
    assert_ne!(line, sealed.line);
    assert_eq!(
        verified.payload_sha256(),
        sealed.payload_sha256,
        "counted once by its digest"
    );
}
