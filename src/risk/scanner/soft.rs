//! A forgiving way to read JSON that others wrote: what has another form than expected counts as
//! absent, lists and texts are cut at a length, and what nobody asked for is skipped unread.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// An object, or nothing where something else stands there.
#[derive(Debug, Default)]
pub(super) struct Soft<T>(pub(super) Option<T>);

/// A text of at most `BYTES` bytes, longer ones cut; nothing where something else stands there.
#[derive(Debug, Default)]
pub(super) struct Text<const BYTES: usize>(pub(super) Option<String>);

/// The same, where a whole number will do for a text.
#[derive(Debug, Default)]
pub(super) struct Word<const BYTES: usize>(pub(super) Option<String>);

/// A number from 0; nothing where something else stands there.
#[derive(Debug, Default)]
pub(super) struct Number(pub(super) Option<u64>);

/// A number with a fraction, written as a number or as a text.
#[derive(Debug, Default)]
pub(super) struct Score(pub(super) Option<f64>);

/// The first `MOST` elements of a list, and how many follow.
#[derive(Debug)]
pub(super) struct List<T, const MOST: usize> {
    pub(super) items: Vec<T>,
    pub(super) more: usize,
    /// Whether a list stands there at all.
    pub(super) found: bool,
}

/// The first `MOST` entries of an object with any keys.
#[derive(Debug)]
pub(super) struct Entries<T, const MOST: usize>(pub(super) Vec<(String, T)>);

impl<T, const MOST: usize> Default for List<T, MOST> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            more: 0,
            found: false,
        }
    }
}

impl<T, const MOST: usize> Default for Entries<T, MOST> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// The start of a text: at most so many bytes, whole characters.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn skip_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<usize, A::Error> {
    let mut skipped = 0;
    while list.next_element::<IgnoredAny>()?.is_some() {
        skipped += 1;
    }
    Ok(skipped)
}

fn skip_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<(), A::Error> {
    while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// The visits that end in "absent"; a type overrides those that it understands.
macro_rules! absent {
    ($value:ty: $($visit:ident)*) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("any JSON value")
        }
        $(absent!(@ $visit $value);)*
    };
    (@ bool $value:ty) => {
        fn visit_bool<E>(self, _: bool) -> Result<$value, E> { Ok(<$value>::default()) }
    };
    (@ i64 $value:ty) => {
        fn visit_i64<E>(self, _: i64) -> Result<$value, E> { Ok(<$value>::default()) }
    };
    (@ u64 $value:ty) => {
        fn visit_u64<E>(self, _: u64) -> Result<$value, E> { Ok(<$value>::default()) }
    };
    (@ f64 $value:ty) => {
        fn visit_f64<E>(self, _: f64) -> Result<$value, E> { Ok(<$value>::default()) }
    };
    (@ text $value:ty) => {
        fn visit_str<E>(self, _: &str) -> Result<$value, E> { Ok(<$value>::default()) }
    };
    (@ unit $value:ty) => {
        fn visit_unit<E>(self) -> Result<$value, E> { Ok(<$value>::default()) }
    };
    (@ list $value:ty) => {
        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<$value, A::Error> {
            skip_list(list)?;
            Ok(<$value>::default())
        }
    };
    (@ object $value:ty) => {
        fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<$value, A::Error> {
            skip_object(object)?;
            Ok(<$value>::default())
        }
    };
}

/// Reads `Value` with `Of`, whatever stands there.
struct Any<Of>(PhantomData<Of>);

macro_rules! reads {
    ([$($generics:tt)*] $value:ty) => {
        impl<'de, $($generics)*> Deserialize<'de> for $value {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_any(Any::<$value>(PhantomData))
            }
        }
    };
}

reads!([T: Deserialize<'de> + Default] Soft<T>);
impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for Any<Soft<T>> {
    type Value = Soft<T>;
    absent!(Soft<T>: bool i64 u64 f64 text unit list);

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Soft<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object)).map(|read| Soft(Some(read)))
    }
}

reads!([const BYTES: usize] Text<BYTES>);
impl<'de, const BYTES: usize> Visitor<'de> for Any<Text<BYTES>> {
    type Value = Text<BYTES>;
    absent!(Text<BYTES>: bool i64 u64 f64 unit list object);

    fn visit_str<E>(self, text: &str) -> Result<Text<BYTES>, E> {
        Ok(Text(Some(cut(text, BYTES).to_owned())))
    }
}

reads!([const BYTES: usize] Word<BYTES>);
impl<'de, const BYTES: usize> Visitor<'de> for Any<Word<BYTES>> {
    type Value = Word<BYTES>;
    absent!(Word<BYTES>: bool f64 unit list object);

    fn visit_str<E>(self, text: &str) -> Result<Word<BYTES>, E> {
        Ok(Word(Some(cut(text, BYTES).to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Word<BYTES>, E> {
        Ok(Word(Some(number.to_string())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Word<BYTES>, E> {
        Ok(Word(Some(number.to_string())))
    }
}

reads!([] Number);
impl<'de> Visitor<'de> for Any<Number> {
    type Value = Number;
    absent!(Number: bool i64 text unit list object);

    fn visit_u64<E>(self, number: u64) -> Result<Number, E> {
        Ok(Number(Some(number)))
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and within the range, which the condition says"
    )]
    fn visit_f64<E>(self, number: f64) -> Result<Number, E> {
        let whole = number.fract() == 0.0 && (0.0..4_294_967_296.0).contains(&number);
        Ok(Number(whole.then_some(number as u64)))
    }
}

reads!([] Score);
impl<'de> Visitor<'de> for Any<Score> {
    type Value = Score;
    absent!(Score: bool i64 unit list object);

    fn visit_str<E>(self, text: &str) -> Result<Score, E> {
        Ok(Score(text.trim().parse().ok()))
    }

    #[allow(clippy::cast_precision_loss, reason = "scores go up to 10")]
    fn visit_u64<E>(self, number: u64) -> Result<Score, E> {
        Ok(Score(Some(number as f64)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Score, E> {
        Ok(Score(Some(number)))
    }
}

reads!([T: Deserialize<'de>, const MOST: usize] List<T, MOST>);
impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Any<List<T, MOST>> {
    type Value = List<T, MOST>;
    absent!(List<T, MOST>: bool i64 u64 f64 text unit object);

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List<T, MOST>, A::Error> {
        let mut items = Vec::new();
        while items.len() < MOST {
            match list.next_element()? {
                Some(item) => items.push(item),
                None => break,
            }
        }
        let more = skip_list(list)?;
        Ok(List {
            items,
            more,
            found: true,
        })
    }
}

reads!([T: Deserialize<'de>, const MOST: usize] Entries<T, MOST>);
impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Any<Entries<T, MOST>> {
    type Value = Entries<T, MOST>;
    absent!(Entries<T, MOST>: bool i64 u64 f64 text unit list);

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Entries<T, MOST>, A::Error> {
        let mut entries = Vec::new();
        while entries.len() < MOST {
            match object.next_entry()? {
                Some(entry) => entries.push(entry),
                None => break,
            }
        }
        skip_object(object)?;
        Ok(Entries(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Sample {
        name: Text<4>,
        line: Number,
        score: Score,
        parts: List<Soft<Sample>, 2>,
        more: Entries<Text<9>, 1>,
    }

    fn read(json: &str) -> Sample {
        serde_json::from_str::<Soft<Sample>>(json)
            .unwrap()
            .0
            .unwrap_or_default()
    }

    #[test]
    fn what_has_another_form_counts_as_absent() {
        for value in [
            "null",
            "true",
            "-1",
            "1e999",
            "[[]]",
            r#"{"a":{}}"#,
            "\"x\"",
        ] {
            let json = format!(
                r#"{{"line":{value},"parts":{value},"more":{value},"name":"kept","else":{value}}}"#
            );
            if value == "1e999" {
                // No double: no JSON reader takes it.
                assert!(serde_json::from_str::<Soft<Sample>>(&json).is_err());
                continue;
            }
            let sample = read(&json);
            assert_eq!(sample.name.0.as_deref(), Some("kept"), "{value}");
            assert_eq!(sample.line.0, None, "{value}");
            assert!(sample.parts.items.iter().all(|part| part.0.is_none()));
        }
        assert!(read("[]").name.0.is_none());
    }

    #[test]
    fn texts_and_lists_are_cut_and_counted() {
        let sample =
            read(r#"{"name":"abcü","parts":[{"line":7.0},3,{},{}],"more":{"a":"b","c":1}}"#);
        assert_eq!(sample.name.0.as_deref(), Some("abc"));
        assert_eq!((sample.parts.items.len(), sample.parts.more), (2, 2));
        assert_eq!(sample.parts.items[0].0.as_ref().unwrap().line.0, Some(7));
        assert_eq!(sample.more.0.len(), 1);
        assert_eq!(read(r#"{"score":"8.8"}"#).score.0, Some(8.8));
        assert_eq!(read(r#"{"score":8}"#).score.0, Some(8.0));
    }
}
