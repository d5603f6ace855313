//! Keys as OpenSSL writes them: PEM around the few DER structures of Ed25519 and P-256 keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// `1.3.101.112`
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// `1.2.840.10045.2.1`
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// `1.2.840.10045.3.1.7`
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const OCTETS: u8 = 0x04;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// What a PEM file holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pem {
    /// The seed of an Ed25519 key.
    Ed25519([u8; 32]),
    /// The scalar of a P-256 key.
    P256([u8; 32]),
    /// An Ed25519 public key.
    Ed25519Public([u8; 32]),
    /// A P-256 public key, as a SEC1 point.
    P256Public(Vec<u8>),
    /// A private key behind a passphrase.
    Locked,
}

/// Reads the first block of a PEM text; none where it is of another kind, or broken.
pub(super) fn read_pem(text: &str) -> Option<Pem> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    if label == "ENCRYPTED PRIVATE KEY" || body.contains("Proc-Type: 4,ENCRYPTED") {
        return Some(Pem::Locked);
    }
    let body: String = body.split_ascii_whitespace().collect();
    let der = STANDARD.decode(body).ok()?;
    let mut all = der.as_slice();
    let inside = take(&mut all, SEQUENCE)?;
    match label {
        _ if !all.is_empty() => None,
        "PRIVATE KEY" => pkcs8(inside),
        "EC PRIVATE KEY" => sec1(inside, true),
        "PUBLIC KEY" => public(inside),
        _ => None,
    }
}

/// The content of the element that comes next, where it has this tag.
fn take<'a>(rest: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let (&[found, first], mut after) = rest.split_first_chunk()?;
    let length = match first {
        0..=0x7f => usize::from(first),
        0x81 | 0x82 => {
            let (bytes, more) = after.split_at_checked(usize::from(first & 0x0f))?;
            after = more;
            bytes.iter().fold(0, |n, byte| n << 8 | usize::from(*byte))
        }
        _ => return None,
    };
    let (content, after) = after.split_at_checked(length)?;
    *rest = after;
    (found == tag).then_some(content)
}

/// An algorithm: whether it is Ed25519, else P-256.
fn is_ed25519(mut algorithm: &[u8]) -> Option<bool> {
    match take(&mut algorithm, OBJECT)? {
        ED25519 if algorithm.is_empty() => Some(true),
        EC => (take(&mut algorithm, OBJECT)? == P256).then_some(false),
        _ => None,
    }
}

fn pkcs8(mut inside: &[u8]) -> Option<Pem> {
    // Version 2 has the public key behind, which is worked out here anyway.
    matches!(take(&mut inside, INTEGER)?, [0 | 1]).then_some(())?;
    let ed25519 = is_ed25519(take(&mut inside, SEQUENCE)?)?;
    let mut key = take(&mut inside, OCTETS)?;
    if ed25519 {
        let seed = take(&mut key, OCTETS)?;
        return Some(Pem::Ed25519(seed.try_into().ok()?));
    }
    sec1(take(&mut key, SEQUENCE)?, false)
}

/// An `ECPrivateKey`; where nothing around it names the curve it has to do so itself.
fn sec1(mut inside: &[u8], alone: bool) -> Option<Pem> {
    const PARAMETERS: u8 = 0xa0;
    (take(&mut inside, INTEGER)? == [1]).then_some(())?;
    let scalar = take(&mut inside, OCTETS)?;
    let mut more = inside;
    match take(&mut more, PARAMETERS) {
        Some(mut curve) => (take(&mut curve, OBJECT)? == P256).then_some(())?,
        None if alone => return None,
        None => {}
    }
    Some(Pem::P256(scalar.try_into().ok()?))
}

fn public(mut inside: &[u8]) -> Option<Pem> {
    let ed25519 = is_ed25519(take(&mut inside, SEQUENCE)?)?;
    let (unused, key) = take(&mut inside, BITS)?.split_first()?;
    (*unused == 0).then_some(())?;
    Some(if ed25519 {
        Pem::Ed25519Public(key.try_into().ok()?)
    } else {
        Pem::P256Public(key.to_vec())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(label: &str, der: &[u8]) -> String {
        let body = STANDARD.encode(der);
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
    }

    fn ed25519(seed: &[u8]) -> Vec<u8> {
        let mut der = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
        der.extend(seed);
        der
    }

    #[test]
    fn an_ed25519_key_is_its_seed() {
        let text = pem("PRIVATE KEY", &ed25519(&[7; 32]));
        assert_eq!(read_pem(&text), Some(Pem::Ed25519([7; 32])));
    }

    #[test]
    fn what_is_cut_long_or_of_another_kind_is_no_key() {
        let whole = ed25519(&[7; 32]);
        for end in 0..whole.len() {
            assert_eq!(read_pem(&pem("PRIVATE KEY", &whole[..end])), None, "{end}");
        }
        let long = [whole.as_slice(), b"\0"].concat();
        assert_eq!(read_pem(&pem("PRIVATE KEY", &long)), None);
        assert_eq!(read_pem(&pem("RSA PRIVATE KEY", &whole)), None);
        let mut other = whole.clone();
        other[10] = 0x71;
        assert_eq!(read_pem(&pem("PRIVATE KEY", &other)), None);
        assert_eq!(read_pem("no key"), None);
    }

    #[test]
    fn a_passphrase_is_seen_without_being_asked() {
        let text = pem("ENCRYPTED PRIVATE KEY", b"anything");
        assert_eq!(read_pem(&text), Some(Pem::Locked));
    }
}
