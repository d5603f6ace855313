//! Reads the pairs: three states of a few files in one text, with two columns like a combined diff.

use std::path::Path;

/// A text before, the sound change of it and its unsound twin.
#[derive(Debug)]
pub struct Pair {
    pub name: String,
    /// The rules of which one has to find the defect; the first is its own.
    pub expect: Vec<String>,
    /// What the commits of both twins say.
    pub message: String,
    pub files: Vec<File>,
}

/// One file in its three states.
#[derive(Debug)]
pub struct File {
    pub path: String,
    pub lines: Vec<Marked>,
}

/// A line and the states it is in.
#[derive(Debug)]
pub struct Marked {
    sound: char,
    unsound: char,
    /// Whether a finding here is at the right place.
    pub is_place: bool,
    text: String,
}

/// A state of a pair's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Before,
    Sound,
    Unsound,
}

impl Marked {
    fn parse(line: &str) -> Result<Self, String> {
        let mut marks = line.chars();
        let mut mark = |allowed: &str| {
            let mark = marks.next().unwrap_or(' ');
            let wrong = || format!("a line has the columns [ +-][ +-][ !] before it: {line:?}");
            allowed.contains(mark).then_some(mark).ok_or_else(wrong)
        };
        let marked = Self {
            sound: mark(" +-")?,
            unsound: mark(" +-")?,
            is_place: mark(" !")? == '!',
            text: with_hidden(line.get(3..).unwrap_or_default()),
        };
        match (marked.sound, marked.unsound) {
            ('+', '-') | ('-', '+') => Err(format!("new to one and gone from the other: {line:?}")),
            (_, ' ') if marked.is_place && marked.sound != ' ' => {
                Err(format!("no place in the unsound twin: {line:?}"))
            }
            _ => Ok(marked),
        }
    }

    /// Whether the line is in this state.
    pub fn is_in(&self, state: State) -> bool {
        let is_new = self.sound == '+' || self.unsound == '+';
        let mark = match state {
            State::Before => return !is_new,
            State::Sound => self.sound,
            State::Unsound => self.unsound,
        };
        mark == '+' || (mark == ' ' && !is_new)
    }
}

/// The text with the characters that cannot be seen in it: `<U+202E>` stands for one.
fn with_hidden(text: &str) -> String {
    let mut parts = text.split("<U+");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let named = part.split_once('>');
        let number = named.and_then(|(hex, _)| u32::from_str_radix(hex, 16).ok());
        match (number.and_then(char::from_u32), named) {
            (Some(hidden), Some((_, rest))) => {
                whole.push(hidden);
                whole.push_str(rest);
            }
            _ => {
                whole.push_str("<U+");
                whole.push_str(part);
            }
        }
    }
    whole
}

impl File {
    /// The file's text; none where it does not exist in this state.
    pub fn text(&self, state: State) -> Option<String> {
        let lines = self.lines.iter().filter(|line| line.is_in(state));
        let text: String = lines.map(|line| format!("{}\n", line.text)).collect();
        (!text.is_empty()).then_some(text)
    }

    /// The numbers of the right places among the lines of a state.
    pub fn places(&self, state: State) -> Vec<u64> {
        let lines = self.lines.iter().filter(|line| line.is_in(state));
        (1..)
            .zip(lines)
            .filter(|(_, line)| line.is_place)
            .map(|(number, _)| number)
            .collect()
    }
}

/// The pairs of a text.
pub fn parse(text: &str) -> Result<Vec<Pair>, String> {
    let mut pairs: Vec<Pair> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("==== ") {
            pairs.push(Pair {
                name: name.to_owned(),
                expect: Vec::new(),
                message: "Update".to_owned(),
                files: Vec::new(),
            });
            continue;
        }
        let pair = pairs.last_mut().ok_or("no pair has begun")?;
        if let Some(rules) = line.strip_prefix("expect: ") {
            pair.expect = rules.split_whitespace().map(str::to_owned).collect();
        } else if let Some(message) = line.strip_prefix("message: ") {
            message.clone_into(&mut pair.message);
        } else if let Some(path) = line.strip_prefix("file: ") {
            pair.files.push(File {
                path: path.to_owned(),
                lines: Vec::new(),
            });
        } else if let Some(file) = pair.files.last_mut() {
            let marked = Marked::parse(line).map_err(|why| format!("{}: {why}", pair.name))?;
            file.lines.push(marked);
        } else if !line.is_empty() {
            return Err(format!("{}: what is this? {line:?}", pair.name));
        }
    }
    pairs.iter_mut().try_for_each(finish)?;
    Ok(pairs)
}

/// Takes the blank lines between pairs out, and says what a pair lacks.
fn finish(pair: &mut Pair) -> Result<(), String> {
    for file in &mut pair.files {
        while file.lines.last().is_some_and(|line| line.text.is_empty()) {
            file.lines.pop();
        }
    }
    let all = |state| -> Vec<Option<String>> { pair.files.iter().map(|f| f.text(state)).collect() };
    let places = |state| pair.files.iter().any(|file| !file.places(state).is_empty());
    let lack = if pair.expect.is_empty() {
        "expects no rule"
    } else if all(State::Before) == all(State::Sound) || all(State::Before) == all(State::Unsound) {
        "changes nothing in one of its twins"
    } else if !places(State::Before) && !places(State::Unsound) {
        "names no place"
    } else {
        return Ok(());
    };
    Err(format!("{}: {lack}", pair.name))
}

/// The pairs of every `.txt` in a folder, in the order of their names.
pub fn read(folder: &Path) -> Result<Vec<Pair>, String> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == "txt"))
        .collect();
    paths.sort();
    let mut pairs = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        pairs.extend(parse(&text).map_err(|why| format!("{}: {why}", path.display()))?);
    }
    Ok(pairs)
}
