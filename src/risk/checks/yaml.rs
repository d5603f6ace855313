//! YAML as a tree of values with their lines. Anchors are not followed: an alias is a value nobody
//! knows, so no file grows while it is read.

use saphyr_parser::{Event, Parser};

use super::syntax::Broken;

/// At most this deep values may nest.
const MAX_DEPTH: usize = 64;
/// At most this many values of a file are read.
const MAX_VALUES: usize = 100_000;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// Its first line in the file, from 1.
    pub(super) line: u32,
    pub(super) value: Value,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A scalar, without its quotes.
    Text(String),
    List(Vec<Node>),
    /// Keys with their lines and values, in order.
    Map(Vec<(String, u32, Node)>),
    /// An alias.
    Unknown,
}

impl Node {
    /// The value below a key; none where there is no such key or this is no mapping.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        let found = self.pairs().iter().find(|(name, ..)| name == key);
        found.map(|(_, _, node)| node)
    }

    /// The value below keys, one after another.
    pub(super) fn at(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text below keys.
    pub(super) fn text_at(&self, keys: &[&str]) -> Option<&str> {
        self.at(keys)?.text()
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list; nothing where this is none.
    pub(super) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The pairs of a mapping; nothing where this is none.
    pub(super) fn pairs(&self) -> &[(String, u32, Node)] {
        match &self.value {
            Value::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// The items of the list below a key; nothing where there is none.
    pub(super) fn list(&self, key: &str) -> &[Node] {
        self.get(key).map_or(&[], Node::items)
    }

    /// Whether there is an alias or a merge of another mapping right here or below: what cannot be
    /// seen may be anything.
    pub(super) fn is_open(&self) -> bool {
        match &self.value {
            Value::Unknown => true,
            Value::Text(_) => false,
            Value::List(items) => items.iter().any(Self::is_open),
            Value::Map(pairs) => pairs
                .iter()
                .any(|(key, _, node)| key == "<<" || node.is_open()),
        }
    }

    /// Every line that a key or a value here or below stands on.
    pub(super) fn lines(&self, into: &mut Vec<u32>) {
        into.push(self.line);
        match &self.value {
            Value::Unknown | Value::Text(_) => {}
            Value::List(items) => items.iter().for_each(|item| item.lines(into)),
            Value::Map(pairs) => {
                for (_, line, node) in pairs {
                    into.push(*line);
                    node.lines(into);
                }
            }
        }
    }
}

/// The documents of a file.
pub(super) fn documents(text: &str) -> Result<Vec<Node>, Broken> {
    let mut tree = Building::default();
    events(text, |event, line| tree.event(event, line))?;
    Ok(tree.documents)
}

/// What is wrong with a file, if anything.
pub(super) fn check(text: &str) -> Result<(), Broken> {
    events(text, |_, _| Ok(()))
}

/// Hands over the events of a file with their lines.
fn events<'a>(
    text: &'a str,
    mut each: impl FnMut(Event<'a>, u32) -> Result<(), Broken>,
) -> Result<(), Broken> {
    let mut parser = Parser::new_from_str(text).keep_tags(true);
    let mut depth = 0_usize;
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| Broken {
            line: error.marker().line() as u32,
            why: error.info().to_owned(),
        })?;
        let line = span.start.line() as u32;
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            let why = format!("values nest deeper than {MAX_DEPTH} levels");
            return Err(Broken { line, why });
        }
        each(event, line)?;
    }
    Ok(())
}

/// A value that is not whole yet.
enum Open {
    List(u32, Vec<Node>),
    /// With the key that waits for its value.
    Map(u32, Vec<(String, u32, Node)>, Option<(String, u32)>),
}

#[derive(Default)]
struct Building {
    documents: Vec<Node>,
    open: Vec<Open>,
    values: usize,
}

impl Building {
    fn event(&mut self, event: Event<'_>, line: u32) -> Result<(), Broken> {
        match event {
            Event::SequenceStart(..) => self.open.push(Open::List(line, Vec::new())),
            Event::MappingStart(..) => self.open.push(Open::Map(line, Vec::new(), None)),
            Event::Scalar(text, ..) => self.close(line, Value::Text(text.into_owned())),
            Event::Alias(_) => self.close(line, Value::Unknown),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List(line, items)) => self.close(line, Value::List(items)),
                Some(Open::Map(line, pairs, _)) => self.close(line, Value::Map(pairs)),
                None => {}
            },
            _ => {}
        }
        if self.values > MAX_VALUES {
            let why = format!("more than {MAX_VALUES} values");
            return Err(Broken { line, why });
        }
        Ok(())
    }

    /// A value is whole: it goes where it belongs.
    fn close(&mut self, line: u32, value: Value) {
        self.values += 1;
        match self.open.last_mut() {
            None => self.documents.push(Node { line, value }),
            Some(Open::List(_, items)) => items.push(Node { line, value }),
            Some(Open::Map(_, pairs, key)) => match key.take() {
                Some((name, at)) => pairs.push((name, at, Node { line, value })),
                None => {
                    let name = match value {
                        Value::Text(text) => text,
                        _ => String::new(),
                    };
                    *key = Some((name, line));
                }
            },
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_keep_their_lines() {
        let text = "kind: Service # edge\nspec:\n  selector: {app: \"edge\", tier: web}\n  ports:\n  - name: https\n    port: 443\n---\nkind: Pod\n";
        let documents = documents(text).unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(documents[0].text_at(&["kind"]), Some("Service"));
        assert_eq!(
            documents[0].text_at(&["spec", "selector", "app"]),
            Some("edge")
        );
        let port = &documents[0].at(&["spec", "ports"]).unwrap().items()[0];
        assert_eq!(port.text_at(&["port"]), Some("443"));
        assert_eq!(port.get("port").unwrap().line, 6);
        assert_eq!(documents[1].get("kind").unwrap().line, 8);
    }

    #[test]
    fn what_is_no_yaml_is_broken_at_its_line() {
        let broken = documents("a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
        assert!((2..=4).contains(&broken.line), "{broken:?}");
        assert!(documents("a: b: c\n").is_err());
        assert!(documents("a: 1\n\tb: 2\n").is_err());
    }

    #[test]
    fn an_alias_is_unknown_and_grows_nothing() {
        let mut bomb = "a: &a [x, x]\n".to_owned();
        for (n, name) in ('b'..='z').enumerate() {
            let before = char::from(b'a' + n as u8);
            bomb.push_str(&format!("{name}: &{name} [*{before}, *{before}]\n"));
        }
        let documents = documents(&bomb).unwrap();
        assert_eq!(
            documents[0].get("z").unwrap().items()[0].value,
            Value::Unknown
        );
        assert!(documents[0].is_open());
    }

    #[test]
    fn depth_and_number_are_bounded() {
        for deep in ["[", "{a: ", "- ", "? "] {
            assert!(documents(&deep.repeat(100_000)).is_err(), "{deep}");
        }
        let wide = "a: 1\n".repeat(MAX_VALUES);
        assert!(documents(&wide).is_err());
        assert_eq!(check(&wide), Ok(()));
    }
}
