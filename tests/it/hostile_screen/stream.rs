//! What a program wrote to its terminal, byte by byte: only sequences of the shapes that it makes
//! itself, and text in which everything can be seen.

/// Modes that the program turns on and off: cursor, pastes, mouse, synchronized frames, the other
/// screen.
const MODES: [&str; 9] = [
    "25", "1000", "1002", "1003", "1006", "1015", "1049", "2004", "2026",
];

/// What is wrong with a stream, at most a few of each; nothing where all of it is the program's own.
pub fn problems(bytes: &[u8]) -> Vec<String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return vec![format!("no UTF-8 after byte {}", error.valid_up_to())],
    };
    let mut out = Vec::new();
    let mut rest = text;
    let mut ours = false;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let (problem, next) = match c {
            '\u{1b}' => match sequence(after) {
                Some((length, own)) => {
                    let sequence = &after[..length];
                    match sequence {
                        "[?1049h" => ours = true,
                        "[?1049l" => ours = false,
                        _ => {}
                    }
                    let problem = (!own).then(|| format!("the sequence ESC {sequence:?}"));
                    (problem, &after[length..])
                }
                None => (Some("a sequence that does not end".to_owned()), after),
            },
            '\r' | '\n' if !ours => (None, after),
            _ if c.is_control() => (Some(format!("the control {c:?}")), after),
            _ if is_hidden(c, before) => (Some(format!("the character {c:?}")), after),
            _ => (None, after),
        };
        if let Some(problem) = problem
            && out.len() < 8
        {
            let near: String = after.chars().take(30).collect();
            out.push(format!("{problem} before {near:?}"));
        }
        before = c;
        rest = next;
    }
    out
}

/// The length of a sequence after its ESC, and whether it is of a shape that the program makes.
fn sequence(text: &str) -> Option<(usize, bool)> {
    if let Some(question) = text.strip_prefix(']') {
        let end = question.find(['\u{7}', '\u{1b}'])?;
        let tail = if question[end..].starts_with('\u{7}') {
            1
        } else {
            2
        };
        let own = ["10;?", "11;?"].contains(&&question[..end]);
        return Some((1 + end + tail, own));
    }
    if !text.starts_with('[') {
        return Some((text.chars().next()?.len_utf8(), false));
    }
    let end = text[1..].find(|c: char| ('@'..='~').contains(&c))? + 1;
    let (words, verb) = (&text[1..end], &text[end..=end]);
    let numbers = |words: &str| words.chars().all(|c| c.is_ascii_digit() || c == ';');
    let own = match verb {
        "m" => numbers(words) && styles(words),
        "H" => numbers(words),
        "J" | "K" => ["", "2"].contains(&words),
        // A question to the terminal that every terminal answers.
        "c" => words.is_empty(),
        "h" | "l" => words
            .strip_prefix('?')
            .is_some_and(|words| words.split(';').all(|mode| MODES.contains(&mode))),
        _ => false,
    };
    Some((end + 1, own))
}

/// Whether a style is written as the program writes it: never with the short forms of grounds and of
/// bright colours, which the contents of the tests use.
fn styles(words: &str) -> bool {
    let mut words = words.split(';');
    while let Some(word) = words.next() {
        match word {
            "38" | "48" | "58" => {
                let parts = match words.next() {
                    Some("5") => 1,
                    Some("2") => 3,
                    _ => return false,
                };
                if words.by_ref().take(parts).count() < parts {
                    return false;
                }
            }
            "31" | "32" | "33" | "34" | "35" | "36" | "" | "0" | "1" | "2" | "3" | "4" | "7"
            | "22" | "23" | "24" | "27" | "39" | "49" | "59" => {}
            _ => return false,
        }
    }
    true
}

/// Whether a character cannot be seen, or makes others stand where they do not: direction, joiners,
/// fillers, tags, selectors. The selector of the colourful form may follow a sign that has one.
fn is_hidden(c: char, before: char) -> bool {
    match u32::from(c) {
        0xFE0F => before.is_ascii() || before.is_alphabetic(),
        0xAD
        | 0x34F
        | 0x61C
        | 0x115F..=0x1160
        | 0x17B4..=0x17B5
        | 0x180B..=0x180F
        | 0x200B..=0x200F
        | 0x2028..=0x202E
        | 0x2060..=0x206F
        | 0x3164
        | 0xFE00..=0xFE0E
        | 0xFEFF
        | 0xFFA0
        | 0xFFF0..=0xFFFB
        | 0xE0000..=0xE0FFF => true,
        _ => false,
    }
}

#[test]
fn a_stream_is_checked_as_it_should_be() {
    let own = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[2;3H\u{1b}[38;5;1m\u{1b}[0;1mgr\u{fc}n ✈\u{fe0f}\u{1b}[39;49;59m\u{1b}[?1049l\r\n";
    assert_eq!(problems(own.as_bytes()), Vec::<String>::new());
    for foreign in [
        "\u{1b}[91m",
        "\u{1b}[45m",
        "\u{1b}[38;5m",
        "\u{1b}[3J",
        "\u{1b}[?12h",
        "\u{1b}[6n",
        "\u{1b}c",
        "\u{1b}]0;x\u{7}",
        "\u{1b}]52;c;eA==\u{1b}\\",
        "\u{1b}]8;;http://x\u{7}",
        "\u{1b}Pq\u{1b}\\",
        "\u{1b}_x\u{1b}\\",
        "\u{1b}[1;1",
        "\u{9b}1m",
        "\u{7}",
        "\t",
        "\u{7f}",
        "\u{202e}",
        "\u{200b}",
        "\u{e0041}",
        "x\u{fe0f}",
        "✈\u{fe0e}",
    ] {
        assert!(!problems(foreign.as_bytes()).is_empty(), "{foreign:?}");
    }
    assert!(!problems(b"a\x9bb").is_empty());
    assert!(
        !problems(b"\x1b[?1049ha\r").is_empty(),
        "a break in a frame"
    );
}
