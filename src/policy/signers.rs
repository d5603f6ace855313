//! `allowed_signers`: whose key is whose, in a strict subset of OpenSSH's format.
//!
//! OpenSSH skips a line it cannot read, takes patterns for names and lets one key stand for two
//! people; here each of these is a mistake, and one mistake makes the policy invalid.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use jiff::Timestamp;
use jiff::civil::DateTime;
use sha2::{Digest, Sha256};

use super::{ALLOWED_SIGNERS, Mistake, Policy};

/// The keys of a policy, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signers(Vec<AllowedKey>);

/// One key and its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedKey {
    /// The owner's name, a literal.
    pub principal: String,
    /// `SHA256:` and 43 characters, as OpenSSH prints it.
    pub fingerprint: String,
    /// What kind of key it is.
    pub key_type: KeyType,
    /// The public key in the SSH wire format.
    pub blob: Vec<u8>,
    /// What it may sign; none is anything.
    pub namespaces: Option<Vec<String>>,
    /// It counts from this second on.
    pub valid_after: Option<Timestamp>,
    /// It counts up to this second.
    pub valid_before: Option<Timestamp>,
    /// Its line in the file, from 1.
    pub line: usize,
}

/// The kinds of keys that may sign statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// `ssh-ed25519`
    Ed25519,
    /// `ecdsa-sha2-nistp256`, `384` and `521`
    Ecdsa,
    /// `sk-ssh-ed25519@openssh.com`
    SkEd25519,
    /// `sk-ecdsa-sha2-nistp256@openssh.com`
    SkEcdsa,
    /// `ssh-rsa` of 3072 bits and more
    Rsa,
}

/// Who the policy says a principal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder<'p> {
    /// A person, by id.
    Person(&'p str),
    /// An agent, by id.
    Agent(&'p str),
    /// An automation, by id.
    Automation(&'p str),
}

impl AllowedKey {
    /// Whether the key may sign in this namespace.
    pub fn may_sign(&self, namespace: &str) -> bool {
        let listed = self.namespaces.as_ref();
        listed.is_none_or(|names| names.iter().any(|name| name == namespace))
    }
}

impl Signers {
    /// All keys.
    pub fn iter(&self) -> std::slice::Iter<'_, AllowedKey> {
        self.0.iter()
    }

    /// The key with this fingerprint.
    pub fn find(&self, fingerprint: &str) -> Option<&AllowedKey> {
        self.0
            .iter()
            .find(|signer| signer.fingerprint == fingerprint)
    }

    /// Reads the file; what is wrong with it goes to `mistakes`.
    pub(super) fn parse(bytes: &[u8], mistakes: &mut Vec<Mistake>) -> Self {
        let mut signers: Vec<AllowedKey> = Vec::new();
        let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
        for (index, raw) in bytes.split(|b| *b == b'\n').enumerate() {
            let line = index + 1;
            let mut wrong = |(text, remedy): Wrong| {
                mistakes.push(Mistake::new(ALLOWED_SIGNERS, Some(line), text, remedy));
            };
            if raw.is_empty() || raw.starts_with(b"#") {
                continue;
            }
            match read_line(raw, line) {
                Err(what) => wrong(what),
                Ok(signer) => match known.get(&signer.blob).and_then(|at| signers.get(*at)) {
                    Some(other) => wrong(same_key(other, &signer)),
                    None => {
                        known.insert(signer.blob.clone(), signers.len());
                        signers.push(signer);
                    }
                },
            }
        }
        Self(signers)
    }
}

impl Policy {
    /// Who the owner of this principal is.
    pub fn holder(&self, principal: &str) -> Option<Holder<'_>> {
        let person = self.people.iter().find(|(_, p)| p.principal == principal);
        let agent = || {
            let mut agents = self.agents.iter();
            agents.find(|(_, agent)| agent.principal.as_deref() == Some(principal))
        };
        let automation = || {
            let mut all = self.automation.iter();
            all.find(|(_, automation)| automation.principal == principal)
        };
        person
            .map(|(id, _)| Holder::Person(id))
            .or_else(|| agent().map(|(id, _)| Holder::Agent(id)))
            .or_else(|| automation().map(|(id, _)| Holder::Automation(id)))
    }

    /// The key with this fingerprint and who owns it; none where the policy does not know the key
    /// or nobody in the policy has its principal.
    pub fn owner(&self, fingerprint: &str) -> Option<(&AllowedKey, Holder<'_>)> {
        let signer = self.signers.find(fingerprint)?;
        Some((signer, self.holder(&signer.principal)?))
    }
}

/// What is wrong with a line, and what to do.
pub(super) type Wrong = (String, &'static str);

fn same_key(first: &AllowedKey, second: &AllowedKey) -> Wrong {
    let (line, key) = (first.line, &first.fingerprint);
    if first.principal == second.principal {
        let text = format!("the key {key} is on line {line} already");
        return (text, "give every key one line");
    }
    let text = format!(
        "duplicate key: {key} of {} is also that of {} (line {line})",
        second.principal, first.principal
    );
    (
        text,
        "a key belongs to one person: remove one of the two lines",
    )
}

/// Reads one line; `line` is where it stands, from 1.
pub(super) fn read_line(raw: &[u8], line: usize) -> Result<AllowedKey, Wrong> {
    let text = std::str::from_utf8(raw)
        .ok()
        .filter(|text| !text.chars().any(|c| c.is_control() && c != '\t'))
        .ok_or_else(|| {
            let what = "the line holds control characters or is not UTF-8".to_owned();
            (what, "write plain text with LF line ends")
        })?;
    let (principal, rest) = word(text);
    check_principal(principal)?;
    let (options, rest) = match key_type(word(rest).0) {
        Some(_) => (Options::default(), rest),
        None => read_options(rest)?,
    };
    let (type_name, rest) = word(rest);
    let key_type = key_type(type_name).ok_or_else(|| {
        let what = format!("`{type_name}` is no key type that may sign");
        (what, "use ssh-ed25519, ecdsa-sha2-nistp*, sk-ssh-ed25519@openssh.com, sk-ecdsa-sha2-nistp256@openssh.com or ssh-rsa (3072 bits and more)")
    })?;
    let (key, _comment) = word(rest);
    let blob = STANDARD.decode(key).map_err(|_| {
        let what = "the key is not base64".to_owned();
        (
            what,
            "copy the whole line of the .pub file after the principal",
        )
    })?;
    check_blob(&blob, type_name, key_type)?;
    Ok(AllowedKey {
        principal: principal.to_owned(),
        fingerprint: fingerprint(&blob),
        key_type,
        blob,
        namespaces: options.namespaces,
        valid_after: options.valid_after,
        valid_before: options.valid_before,
        line,
    })
}

/// The first word and what follows the blanks behind it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start_matches([' ', '\t']);
    match text.split_once([' ', '\t']) {
        Some((first, rest)) => (first, rest.trim_start_matches([' ', '\t'])),
        None => (text, ""),
    }
}

/// Whether a text is a principal: `[a-z0-9._+@-]{3,128}`.
pub(super) fn is_principal(text: &str) -> bool {
    (3..=128).contains(&text.len())
        && text
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'+' | b'@' | b'-'))
}

fn check_principal(principal: &str) -> Result<(), Wrong> {
    if is_principal(principal) {
        return Ok(());
    }
    let what = format!("`{principal}` is no principal");
    let remedy = if principal.contains(['*', '?', '!', ',']) {
        "patterns and lists are not read: write one literal name, one line a key"
    } else {
        "a principal is 3 to 128 characters of a-z 0-9 . _ + @ -"
    };
    Err((what, remedy))
}

#[derive(Default)]
struct Options {
    namespaces: Option<Vec<String>>,
    valid_after: Option<Timestamp>,
    valid_before: Option<Timestamp>,
}

/// The options before the key: `name="value"`, with commas and nothing else between them.
fn read_options(text: &str) -> Result<(Options, &str), Wrong> {
    let mut options = Options::default();
    let mut rest = text;
    loop {
        let end = rest.find(['=', ',', ' ', '\t']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name == "cert-authority" {
            let what = "`cert-authority`: certificates do not sign statements".to_owned();
            return Err((what, "list each person's own key"));
        }
        let quoted = after.strip_prefix("=\"").and_then(|v| v.split_once('"'));
        let Some((value, after)) = quoted else {
            let what = format!("`{name}` is neither a key type nor an option with a value");
            return Err((
                what,
                "options are namespaces=\"…\", valid-after=\"…Z\" and valid-before=\"…Z\"",
            ));
        };
        options.set(name, value)?;
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.starts_with([' ', '\t']) => {
                options.check_window()?;
                return Ok((options, after));
            }
            None => {
                let what = format!("something follows the value of `{name}`");
                return Err((
                    what,
                    "put a comma between options and a blank before the key",
                ));
            }
        }
    }
}

impl Options {
    fn set(&mut self, name: &str, value: &str) -> Result<(), Wrong> {
        let twice = match name {
            "namespaces" => self.namespaces.replace(namespaces(value)?).is_some(),
            "valid-after" => self.valid_after.replace(time(value)?).is_some(),
            "valid-before" => self.valid_before.replace(time(value)?).is_some(),
            _ => {
                let what = format!("unknown option `{name}`");
                return Err((what, "options are namespaces, valid-after and valid-before"));
            }
        };
        if twice {
            return Err((format!("`{name}` twice"), "write it once"));
        }
        Ok(())
    }

    fn check_window(&self) -> Result<(), Wrong> {
        match (self.valid_after, self.valid_before) {
            (Some(after), Some(before)) if after >= before => {
                let what = "valid-after is not before valid-before".to_owned();
                Err((what, "correct the times: the key could never count"))
            }
            _ => Ok(()),
        }
    }
}

fn namespaces(value: &str) -> Result<Vec<String>, Wrong> {
    let names: Vec<String> = value.split(',').map(str::to_owned).collect();
    let plain = |name: &String| {
        let ok = |b: u8| {
            b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'@' | b'-' | b'+' | b'/')
        };
        !name.is_empty() && name.bytes().all(ok)
    };
    if names.iter().all(plain) {
        return Ok(names);
    }
    let what = format!("namespaces=\"{value}\" is no list of literal names");
    Err((what, "write namespaces=\"verdict.v1@countersign.dev,git\""))
}

/// `YYYYMMDDZ`, `YYYYMMDDHHMMZ` or `YYYYMMDDHHMMSSZ`, in UTC.
fn time(value: &str) -> Result<Timestamp, Wrong> {
    let read = || {
        let digits = value.strip_suffix('Z')?;
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let part = |at: usize, len: usize| digits.get(at..at + len)?.parse::<i16>().ok();
        let small = |at: usize| i8::try_from(part(at, 2)?).ok();
        let (hour, minute, second) = match digits.len() {
            8 => (0, 0, 0),
            12 => (small(8)?, small(10)?, 0),
            14 => (small(8)?, small(10)?, small(12)?),
            _ => return None,
        };
        let civil = DateTime::new(part(0, 4)?, small(4)?, small(6)?, hour, minute, second, 0);
        let zoned = civil.ok()?.to_zoned(jiff::tz::TimeZone::UTC);
        Some(zoned.ok()?.timestamp())
    };
    read().ok_or_else(|| {
        let what = format!("`{value}` is no time in UTC");
        (what, "write YYYYMMDDZ or YYYYMMDDHHMM[SS]Z, with the Z")
    })
}

/// The kind of key that goes by this name; none where such keys do not sign.
pub(super) fn key_type(name: &str) -> Option<KeyType> {
    Some(match name {
        "ssh-ed25519" => KeyType::Ed25519,
        "ecdsa-sha2-nistp256" | "ecdsa-sha2-nistp384" | "ecdsa-sha2-nistp521" => KeyType::Ecdsa,
        "sk-ssh-ed25519@openssh.com" => KeyType::SkEd25519,
        "sk-ecdsa-sha2-nistp256@openssh.com" => KeyType::SkEcdsa,
        "ssh-rsa" => KeyType::Rsa,
        _ => return None,
    })
}

/// The OpenSSH SHA-256 fingerprint of a public key in wire format.
pub(super) fn fingerprint(blob: &[u8]) -> String {
    format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(blob)))
}

/// Whether a text is a fingerprint: `SHA256:` and the unpadded base64 of 32 bytes.
pub(super) fn is_fingerprint(text: &str) -> bool {
    let digest = text
        .strip_prefix("SHA256:")
        .map(|b64| STANDARD_NO_PAD.decode(b64));
    matches!(digest, Some(Ok(bytes)) if bytes.len() == 32)
}

/// Checks the shape of the key: its own type name, the right number of fields of the right size,
/// nothing behind them.
fn check_blob(blob: &[u8], type_name: &str, key_type: KeyType) -> Result<(), Wrong> {
    let fields = fields(blob).unwrap_or_default();
    let named = fields
        .first()
        .is_some_and(|name| *name == type_name.as_bytes());
    let point = |curve: &[u8], point: &[u8]| {
        type_name.as_bytes().windows(8).any(|part| part == curve)
            && point.len() >= 65
            && point.first() == Some(&4)
    };
    let well_formed = match (key_type, fields.as_slice()) {
        (KeyType::Ed25519, [_, key]) => key.len() == 32,
        (KeyType::SkEd25519, [_, key, application]) => key.len() == 32 && !application.is_empty(),
        (KeyType::Ecdsa, [_, curve, q]) => point(curve, q),
        (KeyType::SkEcdsa, [_, curve, q, application]) => {
            point(curve, q) && !application.is_empty()
        }
        (KeyType::Rsa, [_, exponent, modulus]) => !exponent.is_empty() && !modulus.is_empty(),
        _ => false,
    };
    if !(named && well_formed) {
        let what = format!("the key is no {type_name} key");
        return Err((
            what,
            "copy the whole line of the .pub file after the principal",
        ));
    }
    if key_type == KeyType::Rsa && bits(fields[2]) < 3072 {
        let what = format!("an RSA key of {} bits", bits(fields[2]));
        return Err((what, "use ed25519, or RSA with 3072 bits or more"));
    }
    Ok(())
}

/// The length-prefixed fields of an SSH wire blob; none where the lengths do not add up.
fn fields(blob: &[u8]) -> Option<Vec<&[u8]>> {
    let mut fields = Vec::new();
    let mut rest = blob;
    while let Some((length, tail)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (field, tail) = tail.split_at_checked(length)?;
        fields.push(field);
        rest = tail;
    }
    rest.is_empty().then_some(fields)
}

/// The bit length of a big-endian number.
fn bits(number: &[u8]) -> usize {
    let leading = number.iter().take_while(|b| **b == 0).count();
    number.get(leading).map_or(0, |top| {
        (number.len() - leading) * 8 - top.leading_zeros() as usize
    })
}
