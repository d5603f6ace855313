//! What the flags of the commands that change people and keys say: keys from files or stdin, times,
//! whose keys a word stands for.

use std::io::Read as _;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::super::args::{AddPersonArgs, RevokeArgs, RotateKeyArgs};
use super::super::duration::duration;
use super::super::{Context, Failure};
use super::refused;
use crate::policy::{BadKey, NewPerson, Policy, PublicKey, Refused, Revocation, Rotation};
use crate::verdict::whole_seconds;

/// Bytes of a public key's file.
const LARGEST: u64 = 64 << 10;

/// The person that the flags describe.
pub(super) fn person(context: &Context, args: &AddPersonArgs) -> Result<NewPerson, Failure> {
    let keys = args.key.iter().map(|key| read_key(context, "--key", key));
    let keys: Vec<PublicKey> = keys.collect::<Result<_, _>>()?;
    let principal = args.principal.clone();
    let first = args.email.first().map(|email| email.to_ascii_lowercase());
    Ok(NewPerson {
        id: args.id.clone(),
        principal: principal.or(first).unwrap_or_default(),
        emails: args.email.clone(),
        roles: args.role.clone(),
        teams: args.team.clone(),
        keys,
        exempt: args.exempt,
    })
}

/// The rotation that the flags describe.
pub(super) fn rotation(
    context: &Context,
    args: &RotateKeyArgs,
    policy: &Policy,
) -> Result<Rotation, Failure> {
    let now = whole_seconds(context.now);
    let until = match &args.until {
        Some(text) => until(text, now)?,
        None => next_day(now + policy.longest_max_age()),
    };
    Ok(Rotation {
        id: args.id.clone(),
        key: read_key(context, "--key", &args.key)?,
        old: args.old.clone(),
        until,
    })
}

/// The revocation that the flags describe.
pub(super) fn revocation(
    context: &Context,
    args: &RevokeArgs,
    policy: &Policy,
) -> Result<Revocation, Failure> {
    let text = args.key.as_str();
    let mut keys = policy.keys_meant(text, context.now);
    if keys.is_empty() && policy.principal_by_id(text).is_some() {
        return Err(
            Failure::usage(format!("{text} has no key that counts now")).hint(
                "nothing is left to revoke; the fingerprint of an expired key is revoked by itself",
            ),
        );
    }
    if keys.is_empty() {
        keys.push(named_key(context, policy, text)?.fingerprint);
    }
    let next = args.new_key.as_deref();
    let next = next.map(|key| read_key(context, "--new-key", key));
    Ok(Revocation {
        keys,
        reason: args.reason.clone(),
        next: next.transpose()?,
    })
}

/// A word that is no name in the policy: a key, or the file of one.
fn named_key(context: &Context, policy: &Policy, text: &str) -> Result<PublicKey, Failure> {
    let is_file = context.dir().join(text).exists();
    if !is_file && !is_literal(text) {
        let people = policy.people.keys().cloned().collect();
        let unknown = Refused::Unknown {
            id: text.to_owned(),
            nearest: None,
            known: people,
        };
        let failure = refused::refused(&unknown);
        return Err(Failure {
            message: format!("{text:?} is no fingerprint, no key, no file of one, and nobody's id"),
            ..failure
        });
    }
    read_key(context, "KEY", text)
}

fn is_literal(text: &str) -> bool {
    let starts = ["ssh-", "ecdsa-", "sk-", "key::"];
    text.contains(' ') && starts.iter().any(|start| text.starts_with(start))
}

/// The key that a flag names: written out, in a file, or on stdin.
pub(super) fn read_key(context: &Context, flag: &str, given: &str) -> Result<PublicKey, Failure> {
    let text = if is_literal(given) {
        given.to_owned()
    } else {
        let bytes = match given {
            "-" => bounded(std::io::stdin()),
            path => std::fs::File::open(context.dir().join(path)).and_then(bounded),
        };
        let bytes = bytes.map_err(|error| {
            Failure::usage(format!("{flag} {given}: cannot be read"))
                .caused_by(&error)
                .hint("give the .pub file of the key, the key itself in quotes, or - for stdin")
        })?;
        String::from_utf8_lossy(&bytes).into_owned()
    };
    PublicKey::read(&text).map_err(|error| {
        let hint = match &error {
            BadKey::Private => format!(
                "it was not read any further; give {given}.pub. A private key that was sent around is to be replaced"
            ),
            BadKey::None => "ssh-keygen -y -f KEY prints the public half of a key".to_owned(),
            BadKey::Several(_) => {
                "one line for one key; compare its fingerprint with its owner".to_owned()
            }
            BadKey::Wrong { remedy, .. } => remedy.clone(),
        };
        Failure::usage(format!("{flag} {given}: {error}")).hint(hint)
    })
}

fn bounded(from: impl std::io::Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// When an old key stops to count.
fn until(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let wrong = || {
        Failure::usage(format!("--until {text:?} is no time to come"))
            .hint("7d, now, 2026-12-24 or 2026-12-24T18:00:00Z; a key that is not to be trusted is revoked: countersign policy revoke")
    };
    if text == "now" {
        return Ok(now);
    }
    let time = match (text.parse::<Timestamp>(), text.parse::<Date>()) {
        (Ok(time), _) => time,
        (_, Ok(day)) => {
            let start = day.to_zoned(TimeZone::UTC).map_err(|_| wrong())?;
            start.timestamp()
        }
        _ => now + duration("--until", text, 60).map_err(|_| wrong())?,
    };
    if time < now {
        return Err(wrong());
    }
    Ok(whole_seconds(time))
}

/// The first midnight (UTC) at or after a time.
fn next_day(time: Timestamp) -> Timestamp {
    let day = time.to_zoned(TimeZone::UTC);
    let start = day.start_of_day().map(|start| start.timestamp());
    let next = day
        .checked_add(1.day())
        .and_then(|next| next.start_of_day())
        .map(|start| start.timestamp());
    match (start, next) {
        (Ok(start), _) if start == time => time,
        (_, Ok(next)) => next,
        _ => time + SignedDuration::from_hours(24),
    }
}

/// A change id made from what the amendment does, and from a key where it is about one.
pub(super) fn slug(what: &str, key: Option<&str>) -> String {
    let mut text = what.to_owned();
    if let Some(key) = key.and_then(|key| key.strip_prefix("SHA256:")) {
        let letters = key.chars().filter(char::is_ascii_alphanumeric);
        text.push('-');
        text.extend(letters.take(6));
    }
    super::super::propose::slug(&text)
}
