//! A YAML document as a JSON value: what a recipe's file says to the program that reads it.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// The documents of a text. Aliases and keys that are no scalars are not used in the recipes.
pub fn documents(text: &str) -> Vec<Value> {
    let mut events = Parser::new_from_str(text).map(|event| event.unwrap().0);
    let mut found = Vec::new();
    while let Some(event) = events.next() {
        if matches!(event, Event::DocumentStart(_)) {
            let first = events.next().unwrap();
            found.push(value(first, &mut events));
        }
    }
    found
}

fn value<'a>(first: Event<'a>, events: &mut impl Iterator<Item = Event<'a>>) -> Value {
    match first {
        Event::Scalar(text, style, ..) => scalar(&text, style),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            loop {
                match events.next().unwrap() {
                    Event::SequenceEnd => return items.into(),
                    first => items.push(value(first, events)),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut pairs = Map::new();
            loop {
                match events.next().unwrap() {
                    Event::MappingEnd => return pairs.into(),
                    Event::Scalar(key, ..) => {
                        let first = events.next().unwrap();
                        let twice = pairs.insert(key.to_string(), value(first, events));
                        assert!(twice.is_none(), "{key} twice");
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        other => panic!("{other:?}"),
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    match (style, text) {
        (ScalarStyle::Plain, "true") => true.into(),
        (ScalarStyle::Plain, "false") => false.into(),
        (ScalarStyle::Plain, "" | "null" | "~") => Value::Null,
        (ScalarStyle::Plain, digits) if digits.len() < 10 => match digits.parse::<i64>() {
            Ok(number) => number.into(),
            Err(_) => text.into(),
        },
        _ => text.into(),
    }
}
