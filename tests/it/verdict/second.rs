//! A second verifier of one line, written from `docs/formats.md` alone: no parser of ours, no SSH
//! crate, ed25519 only. Where it and the product disagree, one of them is wrong.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::Digest as _;

const NAMESPACE: &[u8] = b"verdict.v1@countersign.dev";
const TYPE: &str = "application/vnd.in-toto+json";

/// The hex SHA-256 of the payload, where the line is genuine; else what is wrong with it.
pub fn check(line: &[u8]) -> Result<String, &'static str> {
    let text = std::str::from_utf8(line).map_err(|_| "text")?;
    let rest = text.strip_prefix("{\"payload\":\"").ok_or("opening")?;
    let (payload64, rest) = rest.split_once('"').ok_or("payload")?;
    let rest = rest
        .strip_prefix(
            ",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[{\"keyid\":\"",
        )
        .ok_or("middle")?;
    let (keyid, rest) = rest.split_once('"').ok_or("keyid")?;
    let rest = rest.strip_prefix(",\"sig\":\"").ok_or("sig")?;
    let sig64 = rest.strip_suffix("\"}]}\n").ok_or("end")?;
    let payload = decode(payload64)?;
    let blob = decode(sig64)?;

    // An ed25519 SSHSIG has one length, so its parts have fixed places; the rest is rebuilt.
    let key: [u8; 32] = part(&blob, 33)?;
    let signature: [u8; 64] = part(&blob, blob.len().checked_sub(64).ok_or("blob")?)?;
    let key_blob = [string(b"ssh-ed25519"), string(&key)].concat();
    let sig_blob = [string(b"ssh-ed25519"), string(&signature)].concat();
    let hash = [b"sha512".as_slice(), b"sha256"]
        .into_iter()
        .find(|hash| blob == rebuilt(&key_blob, hash, &sig_blob))
        .ok_or("blob")?;
    let fingerprint = STANDARD_NO_PAD.encode(sha2::Sha256::digest(&key_blob));
    if keyid != format!("SHA256:{fingerprint}") {
        return Err("keyid");
    }

    let mut pae = format!("DSSEv1 {} {TYPE} {} ", TYPE.len(), payload.len()).into_bytes();
    pae.extend_from_slice(&payload);
    let digest = match hash {
        b"sha512" => sha2::Sha512::digest(&pae).to_vec(),
        _ => sha2::Sha256::digest(&pae).to_vec(),
    };
    let signed = [
        b"SSHSIG".to_vec(),
        string(NAMESPACE),
        string(b""),
        string(hash),
        string(&digest),
    ];
    let key = ed25519_dalek::VerifyingKey::from_bytes(&key).map_err(|_| "key")?;
    let signature = ed25519_dalek::Signature::from_bytes(&signature);
    key.verify_strict(&signed.concat(), &signature)
        .map_err(|_| "signature")?;
    Ok(sha2::Sha256::digest(&payload)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

fn rebuilt(key_blob: &[u8], hash: &[u8], sig_blob: &[u8]) -> Vec<u8> {
    let head = [b"SSHSIG".as_slice(), &1_u32.to_be_bytes()].concat();
    [
        head,
        string(key_blob),
        string(NAMESPACE),
        string(b""),
        string(hash),
        string(sig_blob),
    ]
    .concat()
}

fn string(bytes: &[u8]) -> Vec<u8> {
    let len = u32::try_from(bytes.len()).unwrap();
    [&len.to_be_bytes(), bytes].concat()
}

fn part<const N: usize>(blob: &[u8], at: usize) -> Result<[u8; N], &'static str> {
    blob.get(at..at + N)
        .and_then(|part| part.try_into().ok())
        .ok_or("blob")
}

fn decode(text: &str) -> Result<Vec<u8>, &'static str> {
    let bytes = STANDARD.decode(text).map_err(|_| "base64")?;
    if STANDARD.encode(&bytes) == text {
        Ok(bytes)
    } else {
        Err("base64")
    }
}

/// Whether these bytes are the sorted, plain form that `serde_json` gives the same value.
pub fn is_sorted_json(payload: &[u8]) -> bool {
    let value: serde_json::Value = serde_json::from_slice(payload).unwrap();
    serde_json::to_vec(&sorted(&value)).unwrap() == payload
}

fn sorted(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(pairs) => {
            let mut pairs: Vec<_> = pairs.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
            pairs.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
            Value::Object(pairs.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}
