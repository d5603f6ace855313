//! A TOML document read field by field, with the place of every field, and every mistake kept.

use std::collections::HashMap;
use std::ops::Range;

use jiff::SignedDuration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Glob, Mistake, POLICY_TOML, durations};

/// Where the mistakes go, and where each field was found.
pub(super) struct Page {
    /// Where lines end.
    breaks: Vec<usize>,
    places: HashMap<String, usize>,
    mistakes: Vec<Mistake>,
}

impl Page {
    pub(super) fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self {
            breaks: breaks.map(|(at, _)| at).collect(),
            places: HashMap::new(),
            mistakes: Vec::new(),
        }
    }

    /// The line, from 1, of a byte offset.
    pub(super) fn line(&self, offset: usize) -> usize {
        1 + self.breaks.partition_point(|at| *at < offset)
    }

    /// Notes a mistake at a byte offset.
    pub(super) fn wrong(
        &mut self,
        offset: usize,
        text: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let line = Some(self.line(offset));
        self.mistakes
            .push(Mistake::new(POLICY_TOML, line, text, remedy));
    }

    /// Notes a mistake at a field, or at the nearest table around it that was found.
    pub(super) fn wrong_at(
        &mut self,
        field: &str,
        text: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let mut name = field;
        loop {
            if let Some(&offset) = self.places.get(name) {
                return self.wrong(offset, text, remedy);
            }
            match name.rsplit_once('.') {
                Some((outer, _)) => name = outer,
                None => break,
            }
        }
        self.mistakes
            .push(Mistake::new(POLICY_TOML, None, text, remedy));
    }

    /// The mistakes so far, in the order of lines.
    pub(super) fn into_mistakes(mut self) -> Vec<Mistake> {
        self.mistakes.sort_by_key(|mistake| mistake.line);
        self.mistakes.dedup();
        self.mistakes
    }
}

/// A table of the document and its dotted name.
#[derive(Clone)]
pub(super) struct Fields<'d> {
    pub(super) name: String,
    offset: usize,
    table: &'d DeTable<'d>,
}

impl<'d> Fields<'d> {
    pub(super) fn root(table: &'d DeTable<'d>) -> Self {
        Self {
            name: String::new(),
            offset: 0,
            table,
        }
    }

    /// The dotted name of a field of this table.
    pub(super) fn path(&self, key: &str) -> String {
        if self.name.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.name)
        }
    }

    /// Reports every key that is not one of `known`.
    pub(super) fn only(&self, page: &mut Page, known: &[&str]) {
        for (key, _) in self.table {
            let name = key.get_ref().as_ref();
            if known.contains(&name) {
                continue;
            }
            let remedy = match nearest(name, known) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("known here: {}", known.join(", ")),
            };
            let text = format!("unknown key `{}`", self.path(name));
            page.wrong(key.span().start, text, remedy);
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The field's value and offset, and its place noted.
    fn field(&self, page: &mut Page, key: &str) -> Option<(&'d DeValue<'d>, usize)> {
        let (name, value) = self.table.get_key_value(key)?;
        page.places.insert(self.path(key), name.span().start);
        Some((value.get_ref(), value.span().start))
    }

    /// Reads a field with `read`, reporting `want` where that gives nothing.
    fn read<T>(
        &self,
        page: &mut Page,
        key: &str,
        want: &str,
        read: impl FnOnce(&'d DeValue<'d>) -> Option<T>,
    ) -> Option<T> {
        let (value, offset) = self.field(page, key)?;
        let found = read(value);
        if found.is_none() {
            let text = format!("`{}` is not {want}", self.path(key));
            page.wrong(offset, text, format!("write {want}"));
        }
        found
    }

    /// Reports a required field that is not there.
    pub(super) fn required<T>(
        &self,
        page: &mut Page,
        key: &str,
        example: &str,
        value: Option<T>,
    ) -> Option<T> {
        if !self.has(key) {
            let text = format!("`{}` is missing", self.path(key));
            page.wrong(self.offset, text, format!("add `{key} = {example}`"));
        }
        value
    }

    /// Reports a required table that is not there; `header` is how it is written.
    pub(super) fn required_table<T>(
        &self,
        page: &mut Page,
        key: &str,
        header: &str,
        value: Option<T>,
    ) -> Option<T> {
        if !self.has(key) {
            let text = format!("the table `{header}` is missing");
            page.wrong(self.offset, text, format!("add `{header}`"));
        }
        value
    }

    pub(super) fn text(&self, page: &mut Page, key: &str) -> Option<String> {
        self.read(page, key, "a string that is not empty", |value| {
            value.as_str().filter(|s| !s.is_empty()).map(str::to_owned)
        })
    }

    pub(super) fn number(&self, page: &mut Page, key: &str, range: Range<u64>) -> Option<u64> {
        let want = if range.end > 1 << 40 {
            format!("a whole number from {}", range.start)
        } else {
            format!("a whole number from {} to {}", range.start, range.end - 1)
        };
        self.read(page, key, &want, |value| {
            let integer = value.as_integer()?;
            let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok()?;
            range.contains(&number).then_some(number)
        })
    }

    pub(super) fn truth(&self, page: &mut Page, key: &str) -> Option<bool> {
        self.read(page, key, "true or false", DeValue::as_bool)
    }

    pub(super) fn duration(&self, page: &mut Page, key: &str) -> Option<SignedDuration> {
        let want = "a duration such as \"30m\", \"4h\" or \"30d\"";
        self.read(page, key, want, |value| durations::parse(value.as_str()?))
    }

    /// A duration, or the word `off`, which is none.
    pub(super) fn duration_or_off(&self, page: &mut Page, key: &str) -> Option<SignedDuration> {
        let want = "\"off\" or a duration such as \"7d\"";
        self.read(page, key, want, |value| match value.as_str()? {
            "off" => Some(None),
            text => durations::parse(text).map(Some),
        })?
    }

    /// The table itself and where it stands.
    pub(super) fn raw(&self) -> (&'d DeTable<'d>, usize) {
        (self.table, self.offset)
    }

    /// A field that is one of a few words.
    pub(super) fn word<T: Copy>(
        &self,
        page: &mut Page,
        key: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let want = choices(words);
        self.read(page, key, &want, |value| pick(value.as_str()?, words))
    }

    /// A list of strings, none of them empty, none twice.
    pub(super) fn texts(&self, page: &mut Page, key: &str) -> Option<Vec<String>> {
        self.list(page, key, "a list of strings that are not empty", |text| {
            (!text.is_empty()).then(|| text.to_owned())
        })
    }

    /// A list of some of a few words.
    pub(super) fn words<T: Copy>(
        &self,
        page: &mut Page,
        key: &str,
        words: &[(&str, T)],
    ) -> Option<Vec<T>> {
        let want = format!("a list, each {}", choices(words));
        self.list(page, key, &want, |text| pick(text, words))
    }

    /// A list of globs.
    pub(super) fn globs(&self, page: &mut Page, key: &str) -> Option<Vec<Glob>> {
        let items = self.items(page, key, "a list of globs")?;
        let mut globs = Vec::with_capacity(items.len());
        for (value, offset) in items {
            match value.as_str().map(Glob::new) {
                Some(Ok(glob)) => globs.push(glob),
                Some(Err(why)) => page.wrong(
                    offset,
                    format!("`{}`: {why}", self.path(key)),
                    "see `docs/policy.md`, globs",
                ),
                None => page.wrong(
                    offset,
                    format!("`{}` holds something that is no string", self.path(key)),
                    "write globs in quotes",
                ),
            }
        }
        Some(globs)
    }

    /// A list of strings, each read by `read`; what cannot be read, and what is there twice, is
    /// reported and left out.
    pub(super) fn list<T>(
        &self,
        page: &mut Page,
        key: &str,
        want: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.items(page, key, want)?;
        let mut seen = Vec::new();
        let mut found = Vec::with_capacity(items.len());
        for (value, offset) in items {
            let text = value.as_str();
            match text.and_then(&read) {
                Some(_) if text.is_some_and(|text| seen.contains(&text)) => page.wrong(
                    offset,
                    format!(
                        "`{}` names {} twice",
                        self.path(key),
                        text.unwrap_or_default()
                    ),
                    "write it once",
                ),
                Some(item) => {
                    seen.extend(text);
                    found.push(item);
                }
                None => page.wrong(
                    offset,
                    format!("`{}` is not {want}", self.path(key)),
                    format!("write {want}"),
                ),
            }
        }
        Some(found)
    }

    /// The items of an array, each with its offset.
    fn items(
        &self,
        page: &mut Page,
        key: &str,
        want: &str,
    ) -> Option<Vec<(&'d DeValue<'d>, usize)>> {
        self.read(page, key, want, |value| {
            let items = value.as_array()?.iter();
            Some(
                items
                    .map(|item| (item.get_ref(), item.span().start))
                    .collect(),
            )
        })
    }

    /// A table of this table.
    pub(super) fn table(&self, page: &mut Page, key: &str) -> Option<Self> {
        let table = self.read(page, key, "a table", DeValue::as_table)?;
        let offset = self.table.get(key).map_or(self.offset, |v| v.span().start);
        Some(Self {
            name: self.path(key),
            offset,
            table,
        })
    }

    /// The tables of this table, by key.
    pub(super) fn tables(&self, page: &mut Page) -> Vec<(String, Self)> {
        let keys = self.table.keys().map(Spanned::get_ref);
        keys.filter_map(|key| Some((key.to_string(), self.table(page, key)?)))
            .collect()
    }

    /// An array of tables; the n-th is named `key[n]`, from 0.
    pub(super) fn rows(&self, page: &mut Page, key: &str) -> Option<Vec<Self>> {
        let items = self.items(page, key, "a list of tables")?;
        let mut rows = Vec::with_capacity(items.len());
        for (index, (value, offset)) in items.into_iter().enumerate() {
            let name = format!("{}[{index}]", self.path(key));
            page.places.insert(name.clone(), offset);
            match value.as_table() {
                Some(table) => rows.push(Self {
                    name,
                    offset,
                    table,
                }),
                None => page.wrong(offset, format!("`{name}` is no table"), "write a table"),
            }
        }
        Some(rows)
    }

    /// Reports something about this whole table.
    pub(super) fn wrong(
        &self,
        page: &mut Page,
        text: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        page.wrong(self.offset, text, remedy);
    }
}

fn pick<T: Copy>(text: &str, words: &[(&str, T)]) -> Option<T> {
    words
        .iter()
        .find(|(word, _)| *word == text)
        .map(|(_, value)| *value)
}

fn choices<T>(words: &[(&str, T)]) -> String {
    let quoted: Vec<String> = words
        .iter()
        .map(|(word, _)| format!("\"{word}\""))
        .collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// The known word that is at most two edits away from what was written.
pub(super) fn nearest<'k>(written: &str, known: &[&'k str]) -> Option<&'k str> {
    known
        .iter()
        .map(|word| (edits(written, word), *word))
        .filter(|(edits, word)| *edits <= 2 && *edits * 2 <= word.len())
        .min()
        .map(|(_, word)| word)
}

/// The edit distance of two words (insert, delete, replace a byte).
fn edits(a: &str, b: &str) -> usize {
    strsim::generic_levenshtein(&a.as_bytes().to_vec(), &b.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_two_letters_is_recognised_and_no_more() {
        let known = ["approvals", "from", "coverage"];
        assert_eq!(nearest("aprovals", &known), Some("approvals"));
        assert_eq!(nearest("form", &known), Some("from"));
        assert_eq!(nearest("zzz", &known), None);
    }
}
