//! `--format`: a line for each change, in the manner of `git for-each-ref`: `%(field)`,
//! `%(field.part)`, `%xx` for a byte in hex, `%%`.

use jiff::Timestamp;
use serde_json::Value;

use super::Failure;
use super::row::{FIELDS, field};
use super::several::Site;
use crate::diff::visible;
use crate::queue::Entry;

/// A parsed format.
#[derive(Debug)]
pub(super) struct Format {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Bytes(Vec<u8>),
    Field(Vec<String>),
}

impl Format {
    /// Reads a format; an unknown field is an error that lists the known ones.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let mut parts = Vec::new();
        let mut plain = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            plain.extend_from_slice(&rest.as_bytes()[..at]);
            let after = &rest[at + 1..];
            if let Some(inner) = after.strip_prefix('(') {
                let (name, tail) = inner.split_once(')').ok_or_else(|| {
                    Failure::usage(format!("--format: %( without ) in {text:?}")).see_help()
                })?;
                let path: Vec<String> = name.split('.').map(str::to_owned).collect();
                if !FIELDS.contains(&path[0].as_str()) {
                    return Err(unknown_field(&path[0]));
                }
                parts.push(Part::Bytes(std::mem::take(&mut plain)));
                parts.push(Part::Field(path));
                rest = tail;
            } else if let Some(tail) = after.strip_prefix('%') {
                plain.push(b'%');
                rest = tail;
            } else if let Some(byte) = after
                .get(..2)
                .and_then(|hex| u8::from_str_radix(hex, 16).ok())
            {
                plain.push(byte);
                rest = &after[2..];
            } else {
                return Err(
                    Failure::usage(format!("--format: lone % in {text:?}")).hint(
                        "write %% for a percent sign, %0a for a line break, %(field) for a field",
                    ),
                );
            }
        }
        plain.extend_from_slice(rest.as_bytes());
        parts.push(Part::Bytes(plain));
        Ok(Self { parts })
    }

    /// The bytes for one change.
    pub(super) fn apply(&self, entry: &Entry, home: &Site, now: Timestamp) -> Vec<u8> {
        let mut out = Vec::new();
        for part in &self.parts {
            match part {
                Part::Bytes(bytes) => out.extend_from_slice(bytes),
                Part::Field(path) => {
                    let value = field(entry, &path[0], now);
                    let mut value = value.or_else(|| home.field(&path[0])).unwrap_or_default();
                    for name in &path[1..] {
                        value = value.get(name).cloned().unwrap_or_default();
                    }
                    out.extend_from_slice(plain(&path[0], &value).as_bytes());
                }
            }
        }
        out
    }
}

/// A value as one piece of text. An object is told by its most telling part.
fn plain(name: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => visible::text(text.as_bytes()).into_owned(),
        Value::Object(parts) => {
            let part = match name {
                "risk" => "level",
                "author" => "name",
                "ai" => "is",
                "claim" => "reviewer",
                _ => "",
            };
            parts
                .get(part)
                .map_or_else(|| value.to_string(), |part| plain(name, part))
        }
        Value::Array(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| match name {
                    "approvals" | "rejections" => plain(name, &item["reviewer"]),
                    "needs" => plain(name, &item["rule"]),
                    "checks" => format!(
                        "{}:{}",
                        plain(name, &item["name"]),
                        plain(name, &item["state"])
                    ),
                    _ => plain(name, item),
                })
                .collect();
            items.join(",")
        }
        other => other.to_string(),
    }
}

/// The error for a field that does not exist.
pub(super) fn unknown_field(name: &str) -> Failure {
    Failure::usage(format!("unknown field {name:?}"))
        .hint(format!("valid fields: {}", FIELDS.join(" ")))
}
