//! How a file may look: its first line, its size, its functions, its structs, its name.

use super::source::{self, Token};

/// Lines a file may have.
pub const FILE_LINES: usize = 500;
/// Lines a function may have, from `fn` to its closing brace.
pub const FUNCTION_LINES: usize = 60;
/// Fields a struct of the state machine may have.
pub const STATE_FIELDS: usize = 15;
/// How many of them may be plain flags.
pub const STATE_FLAGS: usize = 2;
/// Names that say nothing about what a module holds.
pub const EMPTY_NAMES: [&str; 7] = [
    "util", "utils", "helper", "helpers", "common", "manager", "misc",
];

/// Whether the file opens with a sentence about itself.
pub fn first_line(path: &str, text: &str) -> Vec<String> {
    let first = text.lines().next().unwrap_or_default();
    let ok = first
        .strip_prefix("//! ")
        .is_some_and(|rest| !rest.trim().is_empty());
    one(!ok, || {
        format!("{path}:1: the file does not open with a `//!` sentence")
    })
}

/// Whether the file is short enough to read at a sitting.
pub fn file_size(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().count();
    one(lines > FILE_LINES, || {
        format!("{path}: {lines} lines, at most {FILE_LINES}")
    })
}

/// Functions that are too long.
pub fn function_sizes(path: &str, text: &str) -> Vec<String> {
    let blanked = source::blank(text);
    let tokens = source::tokens(&blanked);
    let texts: Vec<&str> = tokens.iter().map(|token| token.text).collect();
    let mut out = Vec::new();
    for at in 0..tokens.len().saturating_sub(1) {
        if texts[at] != "fn" || !source::is_word(texts[at + 1]) {
            continue;
        }
        let Some(open) = body(&texts, at + 2) else {
            continue;
        };
        let lines = tokens[source::closing(&texts, open)].line - tokens[at].line + 1;
        if lines > FUNCTION_LINES {
            let (line, name) = (tokens[at].line, texts[at + 1]);
            out.push(format!(
                "{path}:{line}: `{name}` has {lines} lines, at most {FUNCTION_LINES}"
            ));
        }
    }
    out
}

/// Where the body of a function opens; none for a declaration.
fn body(texts: &[&str], from: usize) -> Option<usize> {
    let mut nested = 0;
    for (at, text) in texts.iter().enumerate().skip(from) {
        match *text {
            "(" | "[" => nested += 1,
            ")" | "]" => nested -= 1,
            "{" if nested == 0 => return Some(at),
            ";" if nested == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Structs of the state machine with too many fields or flags.
pub fn state_structs(path: &str, text: &str) -> Vec<String> {
    if !path.starts_with("src/app/") {
        return Vec::new();
    }
    let blanked = source::blank(text);
    let tokens = source::tokens(&blanked);
    let mut out = Vec::new();
    for at in 0..tokens.len().saturating_sub(2) {
        if tokens[at].text != "struct" {
            continue;
        }
        let fields = fields(&tokens, at + 2);
        let flags = fields.iter().filter(|kind| **kind == "bool").count();
        let (line, name, count) = (tokens[at].line, tokens[at + 1].text, fields.len());
        out.extend(one(count > STATE_FIELDS, || {
            format!("{path}:{line}: `{name}` has {count} fields, at most {STATE_FIELDS}")
        }));
        out.extend(one(flags > STATE_FLAGS, || {
            format!("{path}:{line}: `{name}` has {flags} bools, at most {STATE_FLAGS}")
        }));
    }
    out
}

/// The last token of each field's type: enough to tell a flag from anything else.
fn fields<'a>(tokens: &[Token<'a>], from: usize) -> Vec<&'a str> {
    let mut out = Vec::new();
    let (mut depth, mut open, mut last) = (0, false, "");
    for token in &tokens[from..] {
        match token.text {
            ";" if depth == 0 => return out,
            "{" | "(" if !open && depth == 0 => (open, depth) = (true, 1),
            "{" | "(" | "[" | "<" => depth += 1,
            "}" | ")" | "]" | ">" => {
                depth -= 1;
                if open && depth == 0 {
                    out.extend((!last.is_empty()).then_some(last));
                    return out;
                }
                last = if token.text == "]" { last } else { token.text };
            }
            "," if open && depth == 1 => {
                out.extend((!last.is_empty()).then_some(last));
                last = "";
            }
            text => {
                if open && depth == 1 {
                    last = text;
                }
            }
        }
    }
    out
}

/// Modules whose name says nothing.
pub fn empty_names(path: &str, text: &str) -> Vec<String> {
    let Some(rest) = path.strip_prefix("src/") else {
        return Vec::new();
    };
    let parts = rest.trim_end_matches(".rs").split('/').map(str::to_owned);
    let blanked = source::blank(text);
    let tokens = source::tokens(&blanked);
    let inline = tokens
        .windows(2)
        .filter(|pair| pair[0].text == "mod")
        .map(|pair| pair[1].text.to_owned());
    parts
        .chain(inline)
        .filter(|name| EMPTY_NAMES.contains(&name.as_str()))
        .map(|name| format!("{path}: a module named `{name}` says nothing about what it holds"))
        .collect()
}

fn one(fails: bool, message: impl FnOnce() -> String) -> Vec<String> {
    if fails { vec![message()] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_its_sentence_fails() {
        assert_eq!(first_line("a.rs", "//! What it is.\n"), [""; 0]);
        for text in ["use std::fmt;\n//! Late.\n", "//!\n", "", "// A comment.\n"] {
            assert_eq!(first_line("a.rs", text).len(), 1, "{text:?}");
        }
    }

    #[test]
    fn an_oversized_file_fails() {
        assert_eq!(file_size("a.rs", &"x\n".repeat(FILE_LINES)), [""; 0]);
        assert_eq!(
            file_size("a.rs", &"x\n".repeat(FILE_LINES + 1)),
            ["a.rs: 501 lines, at most 500"]
        );
    }

    #[test]
    fn an_oversized_function_fails_wherever_it_stands() {
        let function = |body: usize| {
            format!(
                "impl X {{\nfn long(a: [u8; 2]) -> u8 where A: B {{\n{}}}\n}}\n",
                "{}\n".repeat(body)
            )
        };
        assert_eq!(
            function_sizes("a.rs", &function(FUNCTION_LINES - 2)),
            [""; 0]
        );
        assert_eq!(
            function_sizes("a.rs", &function(FUNCTION_LINES - 1)),
            ["a.rs:2: `long` has 61 lines, at most 60"]
        );
        let text = format!("fn f() {{ let s = \"}}\"; // }}\n{}}}", "\n".repeat(60));
        assert_eq!(function_sizes("a.rs", &text).len(), 1);
        assert_eq!(
            function_sizes(
                "a.rs",
                "trait T { fn f(&self); }\nstruct S { f: fn(u8) -> u8 }"
            ),
            [""; 0]
        );
    }

    #[test]
    fn a_state_with_too_many_fields_or_flags_fails() {
        let many: String = (0..=STATE_FIELDS)
            .map(|n| format!("pub f{n}: Vec<(u8, u8)>,\n"))
            .collect();
        assert_eq!(
            state_structs("src/app/mod.rs", &format!("pub struct S<T> {{ {many} }}")).len(),
            1
        );
        assert_eq!(
            state_structs("src/git/mod.rs", &format!("pub struct S {{ {many} }}")),
            [""; 0]
        );
        let flags = "struct S { a: bool, #[serde(default)] pub(crate) b: bool, c: Option<bool>, d: HashMap<u8, bool>, e: bool }";
        assert_eq!(
            state_structs("src/app/x.rs", flags),
            ["src/app/x.rs:1: `S` has 3 bools, at most 2"]
        );
        assert_eq!(
            state_structs(
                "src/app/x.rs",
                "struct S; struct T(bool, bool); struct U { f: Box<dyn Fn(bool) -> bool> }"
            ),
            [""; 0]
        );
        assert_eq!(
            state_structs("src/app/x.rs", "struct T(bool, bool, bool);").len(),
            1
        );
    }

    #[test]
    fn a_module_whose_name_says_nothing_fails() {
        assert_eq!(empty_names("src/risk/score.rs", "mod rows;"), [""; 0]);
        assert_eq!(empty_names("src/risk/helpers.rs", "").len(), 1);
        assert_eq!(empty_names("src/common/mod.rs", "").len(), 1);
        assert_eq!(empty_names("src/risk/mod.rs", "mod utils { }").len(), 1);
    }
}
