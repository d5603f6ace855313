//! Reading the fields of a signed object by name: each exactly once, none left over.

use std::str::FromStr;

use jiff::Timestamp;

use super::jcs::integer;
use super::json::Json;

/// A field of a statement that breaks a rule of the format.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("{field}: {why}")]
pub struct BadField {
    /// The field, from the root: `predicate.comments[2].body`.
    pub field: String,
    /// What is wrong with it.
    pub why: String,
}

impl BadField {
    /// The field `field`, and why it is refused.
    pub(super) fn new(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            why: why.into(),
        }
    }
}

/// A value and where it stands.
#[derive(Clone)]
pub(super) struct At<'a> {
    /// The path of the value, from the root.
    pub(super) path: String,
    value: &'a Json,
}

/// The fields of one object; what is never asked for is unknown.
pub(super) struct Fields<'a> {
    path: String,
    pairs: &'a [(String, Json)],
    asked: Vec<&'static str>,
}

impl<'a> At<'a> {
    /// The root of a document.
    pub(super) fn root(value: &'a Json) -> Self {
        Self {
            path: String::new(),
            value,
        }
    }

    /// This value is refused.
    pub(super) fn bad(&self, why: impl Into<String>) -> BadField {
        BadField::new(self.path.clone(), why)
    }

    /// The value as an object.
    pub(super) fn fields(&self) -> Result<Fields<'a>, BadField> {
        match self.value {
            Json::Object(pairs) => Ok(Fields {
                path: self.path.clone(),
                pairs,
                asked: Vec::new(),
            }),
            _ => Err(self.bad("not an object")),
        }
    }

    /// The items of a list that is not empty.
    pub(super) fn items(&self) -> Result<Vec<At<'a>>, BadField> {
        let Json::List(items) = self.value else {
            return Err(self.bad("not a list"));
        };
        if items.is_empty() {
            return Err(self.bad("an empty list; leave the field out"));
        }
        let at = |(index, value)| At {
            path: format!("{}[{index}]", self.path),
            value,
        };
        Ok(items.iter().enumerate().map(at).collect())
    }

    /// The text of a string.
    pub(super) fn text(&self) -> Result<&'a str, BadField> {
        self.value.text().ok_or_else(|| self.bad("not a string"))
    }

    /// An integer from 0 to 2^53-1.
    pub(super) fn integer(&self) -> Result<u64, BadField> {
        match self.value {
            Json::Number(text) => integer(text),
            _ => None,
        }
        .ok_or_else(|| self.bad("not an integer from 0 to 2^53-1"))
    }

    /// A string that reads as a `T`.
    pub(super) fn parsed<T: FromStr<Err: std::fmt::Display>>(&self) -> Result<T, BadField> {
        self.text()?
            .parse()
            .map_err(|error: T::Err| self.bad(error.to_string()))
    }

    /// One of the named words.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, BadField> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let all: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.bad(format!("not one of {}", all.join(", ")))
        })
    }

    /// `YYYY-MM-DDTHH:MM:SSZ`.
    pub(super) fn time(&self) -> Result<Timestamp, BadField> {
        read_time(self.text()?)
            .ok_or_else(|| self.bad("not a time of the form 2026-01-31T12:00:00Z"))
    }
}

impl<'a> Fields<'a> {
    fn at(&self, name: &str, value: &'a Json) -> At<'a> {
        let path = if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        };
        At { path, value }
    }

    /// A field that may be absent.
    pub(super) fn optional(&mut self, name: &'static str) -> Result<Option<At<'a>>, BadField> {
        self.asked.push(name);
        let mut found = self.pairs.iter().filter(|(key, _)| key == name);
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            (Some((_, value)), None) => Ok(Some(self.at(name, value))),
            (Some((_, value)), Some(_)) => Err(self.at(name, value).bad("written twice")),
        }
    }

    /// A field that must be there.
    pub(super) fn required(&mut self, name: &'static str) -> Result<At<'a>, BadField> {
        self.optional(name)?
            .ok_or_else(|| self.at(name, &Json::Null).bad("missing"))
    }

    /// Refuses any field that was not asked for.
    pub(super) fn finish(self) -> Result<(), BadField> {
        let unknown = self
            .pairs
            .iter()
            .find(|(key, _)| !self.asked.contains(&key.as_str()));
        match unknown {
            None => Ok(()),
            Some((key, value)) => {
                let key = crate::change::escape_ascii(key).into_owned();
                Err(self.at(&key, value).bad("an unknown field"))
            }
        }
    }
}

const TIME: &str = "%Y-%m-%dT%H:%M:%SZ";

/// A time as statements carry it: RFC 3339, UTC, whole seconds, `Z`.
pub(super) fn write_time(time: Timestamp) -> String {
    time.strftime(TIME).to_string()
}

/// The time that is written so, where [`write_time`] gives the same text back.
pub(super) fn read_time(text: &str) -> Option<Timestamp> {
    let time: Timestamp = text.parse().ok()?;
    (time.subsec_nanosecond() == 0 && text.len() == 20 && write_time(time) == text).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_one_spelling() {
        assert!(read_time("2026-11-24T06:45:14Z").is_some());
        for bad in [
            "2026-11-24T06:45:14z",
            "2026-11-24 06:45:14Z",
            "2026-11-24T06:45:14.0Z",
            "2026-11-24T06:45:14+00:00",
            "2026-11-24T06:45Z",
            "2026-11-24T06:45:60Z",
            "2026-02-30T06:45:14Z",
            "-002026-11-24T06:45:14Z",
            "20261124T064514Z",
            "2026-11-24T06:45:14Z[UTC]",
            "",
        ] {
            assert_eq!(read_time(bad), None, "{bad}");
        }
    }
}
