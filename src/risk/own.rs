//! A repository's own rules, out of its policy: every mistake at its place, all within limits.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use sha2::Digest as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::example::BadExample;
use super::rule::{Match, Part, Pattern, Rule, Which};
use crate::change::Sha256;
use crate::diff::visible;

/// The keys of a rule.
pub const OWN_RULE: [&str; 7] = [
    "id",
    "severity",
    "sentence",
    "each_line",
    "match",
    "firing",
    "silent",
];

/// The keys of a way in which a rule matches.
pub const OWN_MATCH: [&str; 26] = [
    "languages",
    "kinds",
    "side",
    "path",
    "in",
    "pattern",
    "to",
    "not",
    "next",
    "after",
    "before",
    "inside",
    "near",
    "not_inside",
    "not_beside",
    "after_unchanged",
    "call_stays",
    "even_moved",
    "block_stays",
    "not_before",
    "not_after",
    "not_above",
    "replaces",
    "made_up_by",
    "sentence",
    "gone",
];

/// What the id of a repository's own rule begins with; no shipped rule's does.
pub(super) const PREFIX: &str = "own.";
/// Most rules.
const MAX_RULES: usize = 100;
/// Most patterns of all rules together.
const MAX_PATTERNS: usize = 300;
/// Longest pattern, in bytes.
const MAX_PATTERN: usize = 1000;
/// Largest compiled pattern, in bytes.
const MAX_PROGRAM: usize = 64 * 1024;
/// Largest cache of a compiled pattern, in bytes; beyond it matching is slower and still linear.
const MAX_AUTOMATON: usize = 256 * 1024;
/// Most examples of a kind, and the longest, in bytes.
const MAX_EXAMPLES: (usize, usize) = (10, 8 * 1024);
/// Shortest and longest sentence, in characters.
const SENTENCE: (usize, usize) = (10, 300);

/// The rules that a repository adds to ours. They add findings and take none away.
#[derive(Debug, Clone, Default)]
pub struct OwnRules(Option<Arc<Set>>);

#[derive(Debug)]
struct Set {
    rules: Vec<Rule>,
    digest: Sha256,
    /// Lines of the examples of each rule, firing and silent.
    examples: Vec<[Vec<usize>; 2]>,
}

/// A mistake in a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// The byte of the document at which it stands.
    pub offset: usize,
    /// What is wrong.
    pub text: String,
    /// What to do about it.
    pub remedy: String,
}

impl PartialEq for OwnRules {
    fn eq(&self, other: &Self) -> bool {
        self.digest() == other.digest()
    }
}

impl OwnRules {
    /// None at all.
    pub const NONE: Self = Self(None);

    /// Reads the tables of `risk.rules`, each with its offset in the document; `line` is the line of
    /// an offset. What has a mistake is left out. Keys that are not known and a `match` that is no
    /// list of tables are the caller's to report.
    pub fn read(
        tables: &[(&DeTable<'_>, usize)],
        line: &dyn Fn(usize) -> usize,
    ) -> (Self, Vec<Slip>) {
        let mut reader = Reader::default();
        let mut rules: Vec<Rule> = Vec::new();
        let mut examples = Vec::new();
        if let Some((_, offset)) = tables.get(MAX_RULES) {
            let text = format!("more than {MAX_RULES} rules");
            reader.wrong(*offset, text, "keep those that find something");
        }
        for (table, offset) in tables.iter().take(MAX_RULES) {
            let Some(rule) = reader.rule(table, *offset) else {
                continue;
            };
            if rules.iter().any(|other| other.id == rule.id) {
                let text = format!("a second rule {}", rule.id);
                reader.wrong(place(table, "id", *offset), text, "give it another id");
            }
            let lines = |key| items(table, key).into_iter().map(line).collect();
            examples.push(["firing", "silent"].map(lines));
            rules.push(rule);
        }
        if rules.is_empty() {
            return (Self::NONE, reader.slips);
        }
        let digest = digest(&rules);
        let set = Set {
            rules,
            digest,
            examples,
        };
        (Self(Some(Arc::new(set))), reader.slips)
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rules().len()
    }

    /// The digest of what they find, whatever their examples and their layout; none without rules.
    pub fn digest(&self) -> Option<Sha256> {
        self.0.as_ref().map(|set| set.digest)
    }

    pub(super) fn rules(&self) -> &[Rule] {
        self.0.as_ref().map_or(&[], |set| &set.rules)
    }

    /// The examples that do not do what they are there for.
    pub fn bad_examples(&self) -> Vec<BadExample> {
        let Some(set) = &self.0 else {
            return Vec::new();
        };
        let rules = set.rules.iter().zip(&set.examples);
        rules
            .flat_map(|(rule, lines)| rule.bad_examples(self, lines))
            .collect()
    }
}

/// Reads rules and keeps every mistake.
#[derive(Default)]
struct Reader {
    slips: Vec<Slip>,
    patterns: usize,
}

impl Reader {
    fn wrong(&mut self, offset: usize, text: impl Into<String>, remedy: impl Into<String>) {
        self.slips.push(Slip {
            offset,
            text: text.into(),
            remedy: remedy.into(),
        });
    }

    /// A rule without mistakes.
    fn rule(&mut self, table: &DeTable<'_>, offset: usize) -> Option<Rule> {
        let before = self.slips.len();
        let id: Option<String> = self.required(table, offset, "id", "\"own.no-raw-sql\"");
        if let Some(id) = id.as_ref().filter(|id| !is_id(id)) {
            let text = format!("{id:?} is no id of an own rule");
            let remedy = format!(
                "write `{PREFIX}` and lower-case letters, digits and `-`, at most 64 in all"
            );
            self.wrong(place(table, "id", offset), text, remedy);
        }
        let severity: Option<u8> = self.required(table, offset, "severity", "3");
        if severity.is_some_and(|severity| !(1..=3).contains(&severity)) {
            let at = place(table, "severity", offset);
            self.wrong(
                at,
                "`severity` is not 1, 2 or 3",
                "3 must be answered, 2 look, 1 note",
            );
        }
        let example = "\"What is asked of the reader?\"";
        let sentence: Option<String> = self.required(table, offset, "sentence", example);
        self.sentence(table, offset, sentence.as_deref());
        for key in ["firing", "silent"] {
            self.examples(table, key);
        }
        let matches = self.matches(table, offset);
        let rule = Rule {
            each_line: self.optional(table, "each_line").unwrap_or(false),
            firing: self.optional(table, "firing").unwrap_or_default(),
            silent: self.optional(table, "silent").unwrap_or_default(),
            id: id.unwrap_or_default(),
            severity: severity.unwrap_or(1),
            sentence: sentence.unwrap_or_default(),
            computed: false,
            matches: matches?,
        };
        (self.slips.len() == before).then_some(rule)
    }

    /// The ways in which a rule matches; none where they are no list of tables.
    fn matches(&mut self, table: &DeTable<'_>, offset: usize) -> Option<Vec<Match>> {
        let items = table.get("match").map(|value| value.get_ref().as_array());
        if items.is_none_or(|items| items.is_some_and(|items| items.is_empty())) {
            let text = "`match` is missing";
            let remedy = "add `[[risk.rules.match]]` with a `pattern`";
            self.wrong(place(table, "match", offset), text, remedy);
        }
        let mut matches = Vec::new();
        for item in items??.iter() {
            let one = self.one_match(item.get_ref().as_table()?, item.span().start);
            matches.extend(one);
        }
        Some(matches)
    }

    fn one_match(&mut self, table: &DeTable<'_>, offset: usize) -> Option<Match> {
        if !table.contains_key("pattern") {
            self.wrong(offset, "`pattern` is missing", "add `pattern = '''…'''`");
        }
        let side: Which = self.optional(table, "side").unwrap_or_default();
        let to = self.pattern(table, "to");
        if table.contains_key("to") != (side == Which::Pair) {
            let text = "`to` and `side = \"pair\"` go together";
            let remedy = "for a pair say in `to` what the new line matches";
            self.wrong(place(table, "to", offset), text, remedy);
        }
        let sentence: Option<String> = self.optional(table, "sentence");
        self.sentence(table, offset, sentence.as_deref());
        let kinds = self.optional(table, "kinds");
        let pattern = self.pattern(table, "pattern");
        if pattern
            .as_ref()
            .is_some_and(|pattern| pattern.is_match(b""))
        {
            let at = place(table, "pattern", offset);
            let text = "`pattern` matches an empty line, and so every one";
            self.wrong(at, text, "make it match what is meant");
        }
        Some(Match {
            languages: self.optional(table, "languages").unwrap_or_default(),
            kinds: kinds.unwrap_or_else(super::rule::code),
            part: self.optional::<Part>(table, "in").unwrap_or_default(),
            side,
            path: self.pattern(table, "path"),
            to,
            not: self.pattern(table, "not"),
            next: self.pattern(table, "next"),
            after: self.pattern(table, "after"),
            before: self.pattern(table, "before"),
            inside: self.pattern(table, "inside"),
            near: self.pattern(table, "near"),
            not_inside: self.pattern(table, "not_inside"),
            not_beside: self.pattern(table, "not_beside"),
            not_before: self.pattern(table, "not_before"),
            not_after: self.pattern(table, "not_after"),
            not_above: self.pattern(table, "not_above"),
            even_moved: self.optional(table, "even_moved").unwrap_or(false),
            replaces: self.pattern(table, "replaces"),
            made_up_by: self.pattern(table, "made_up_by"),
            after_unchanged: self.optional(table, "after_unchanged").unwrap_or(false),
            call_stays: self.optional(table, "call_stays").unwrap_or(false),
            block_stays: self.optional(table, "block_stays").unwrap_or(false),
            gone: self.optional(table, "gone").unwrap_or(false),
            sentence,
            pattern: pattern?,
        })
    }

    /// A field that may be absent.
    fn optional<T: DeserializeOwned>(&mut self, table: &DeTable<'_>, key: &str) -> Option<T> {
        let value = table.get(key)?;
        match T::deserialize(ValueDeserializer::from(value.clone())) {
            Ok(value) => Some(value),
            Err(error) => {
                let at = error.span().unwrap_or_else(|| value.span()).start;
                let text = format!("`{key}`: {}", error.message());
                self.wrong(at, text, "see `docs/own-rules.md`");
                None
            }
        }
    }

    /// A field that must be there.
    fn required<T: DeserializeOwned>(
        &mut self,
        table: &DeTable<'_>,
        offset: usize,
        key: &str,
        example: &str,
    ) -> Option<T> {
        if !table.contains_key(key) {
            let text = format!("`{key}` is missing");
            self.wrong(offset, text, format!("add `{key} = {example}`"));
        }
        self.optional(table, key)
    }

    /// A pattern, compiled within the limits.
    fn pattern(&mut self, table: &DeTable<'_>, key: &str) -> Option<Pattern> {
        let source: String = self.optional(table, key)?;
        let at = place(table, key, 0);
        self.patterns += 1;
        if self.patterns > MAX_PATTERNS {
            if self.patterns == MAX_PATTERNS + 1 {
                let text = format!("more than {MAX_PATTERNS} patterns in all rules together");
                self.wrong(at, text, "join patterns with `|`, or keep fewer rules");
            }
            return None;
        }
        if source.is_empty() || source.len() > MAX_PATTERN {
            let text = format!("`{key}` is empty or of more than {MAX_PATTERN} bytes");
            self.wrong(at, text, "write a shorter pattern, or several matches");
            return None;
        }
        match Pattern::limited(source, MAX_PROGRAM, MAX_AUTOMATON) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                let text = format!("`{key}` is no pattern: {}", why(&error));
                self.wrong(at, text, "see https://docs.rs/regex, syntax");
                None
            }
        }
    }

    fn sentence(&mut self, table: &DeTable<'_>, offset: usize, sentence: Option<&str>) {
        let Some(sentence) = sentence else { return };
        let (least, most) = SENTENCE;
        let at = place(table, "sentence", offset);
        if !(least..=most).contains(&sentence.chars().count()) {
            let text = format!("`sentence` has fewer than {least} or more than {most} characters");
            self.wrong(at, text, "ask one question in one line");
        }
        if sentence.contains(['\n', '\t']) || visible::hidden(sentence.as_bytes()) > 0 {
            let text = "`sentence` holds a character that cannot be seen";
            self.wrong(at, text, "write plain text in one line");
        }
    }

    fn examples(&mut self, table: &DeTable<'_>, key: &str) {
        let (most, longest) = MAX_EXAMPLES;
        let Some(items) = table.get(key).and_then(|value| value.get_ref().as_array()) else {
            return;
        };
        if let Some(item) = items.get(most) {
            let text = format!("`{key}` holds more than {most} examples");
            self.wrong(item.span().start, text, "keep the ones that tell most");
        }
        for item in items.iter() {
            let long = item
                .get_ref()
                .as_str()
                .is_some_and(|text| text.len() > longest);
            if long {
                let text = format!("`{key}` holds an example of more than {longest} bytes");
                self.wrong(item.span().start, text, "cut it to the lines that matter");
            }
        }
    }
}

/// What the regex crate says, in one line.
fn why(error: &regex::Error) -> String {
    match error {
        regex::Error::Syntax(text) => {
            let last = text.lines().last().unwrap_or_default();
            last.trim_start_matches("error: ").to_owned()
        }
        regex::Error::CompiledTooBig(limit) => format!("compiled it takes more than {limit} bytes"),
        other => other.to_string(),
    }
}

/// The offset of a field's value, or of the table.
fn place(table: &DeTable<'_>, key: &str, offset: usize) -> usize {
    table.get(key).map_or(offset, |value| value.span().start)
}

/// The offsets of the items of a list.
fn items(table: &DeTable<'_>, key: &str) -> Vec<usize> {
    let value: Option<&Spanned<DeValue<'_>>> = table.get(key);
    let array = value.and_then(|value| value.get_ref().as_array());
    array.map_or_else(Vec::new, |array| {
        array.iter().map(|item| item.span().start).collect()
    })
}

fn is_id(id: &str) -> bool {
    let rest = id.strip_prefix(PREFIX).unwrap_or_default().as_bytes();
    let letter = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    id.len() <= 64
        && rest.first().is_some_and(letter)
        && rest.iter().all(|b| letter(b) || *b == b'-')
}

/// The digest of everything that decides what rules find and say.
fn digest(rules: &[Rule]) -> Sha256 {
    let mut hash = sha2::Sha256::new();
    for rule in rules {
        for part in rule.parts() {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    Sha256::from_bytes(hash.finalize().into())
}
