//! Changes that are made to hide something, or to break the program that reads them.

use countersign::diff::{Body, FileDiff, FileStatus, Hunk, LineKind};
use proptest::prelude::*;

use super::change::{file, judge, text};

fn has(files: &[FileDiff], rule: &str) -> bool {
    judge("x", files)
        .findings
        .iter()
        .any(|finding| finding.rule == rule)
}

#[test]
fn very_long_lines_are_cut_and_the_cut_is_said() {
    let line = format!("+let a = [{}];", "1, ".repeat(400_000));
    let found = judge("x", &[text("src/a.rs", &line)]);
    let said = found
        .findings
        .iter()
        .find(|f| f.rule == "hid.far-right")
        .unwrap();
    assert!(
        said.message.contains("read only the first 2000 of its"),
        "{}",
        said.message
    );
    let lines = vec!["+foo(bar(baz(1, 2), 3), 4);"; 20_000].join("\n");
    let found = judge("x", &[text("src/a.rs", &lines)]);
    let said = found
        .terms
        .iter()
        .any(|t| t.why == "the rules read all but 16000 changed lines");
    assert!(said, "{:?}", found.terms);
}

#[test]
fn padding_does_not_push_hidden_characters_or_configuration_out_of_sight() {
    let mut lines = vec!["+foo(1);"; 30_000];
    lines.push("+let admin = \"\u{202e}x\";");
    let files = [
        text("src/a.rs", &lines.join("\n")),
        text("infra/a.tf", "+  acl = \"public-read\""),
    ];
    assert!(has(&files, "hid.bidi"));
    assert!(
        has(&files, "infra.public-exposure"),
        "configuration is read first"
    );
}

#[test]
fn comments_that_fill_what_is_read_do_not_calm() {
    let mut lines = vec!["+// nothing"; 2_000];
    lines.push("+launch();");
    let found = judge("x", &[text("src/a.rs", &lines.join("\n"))]);
    assert!(
        found.terms.iter().all(|term| term.why != "comments only"),
        "{:?}",
        found.terms
    );
}

#[test]
fn blanks_that_fill_what_is_read_do_not_calm() {
    let mut lines = vec!["-a = 1;\n+a  = 1;"; 1_000];
    lines.push("+launch();");
    let found = judge("x", &[text("src/a.rs", &lines.join("\n"))]);
    assert!(
        found.terms.iter().all(|term| term.why != "whitespace only"),
        "{:?}",
        found.terms
    );
}

#[test]
fn code_that_begins_like_a_comment_does_not_calm() {
    let found = judge("x", &[text("src/a.c", "+*total = 0;\n+--count;")]);
    assert!(
        found.terms.iter().all(|term| term.why != "comments only"),
        "{:?}",
        found.terms
    );
}

#[test]
fn odd_bytes_and_odd_shapes_are_only_text() {
    let odd: [&[u8]; 6] = [
        b"+\0\0\0",
        b"-\xff\xfe\xfd",
        b"+\xed\xa0\x80 lock()",
        b"",
        b"+",
        b" \r",
    ];
    for path in [
        "a.rs",
        "a.py",
        "a.sql",
        "a.yaml",
        "a.js",
        "Cargo.toml",
        "\u{0}",
        "",
        "/",
        "x.tf",
    ] {
        let _ = judge("\u{0}\u{202e}(((", &[file(path, &odd)]);
    }
    let mut nowhere = text("a.rs", "+x");
    (nowhere.old, nowhere.new) = (None, None);
    let _ = judge("x", &[nowhere]);
    let empty = Hunk {
        old_start: 0,
        old_lines: 0,
        new_start: 0,
        new_lines: 0,
        scope: String::new(),
        lines: Vec::new(),
    };
    let mut hollow = text("a.rs", "");
    hollow.body = Body::Text(vec![empty.clone(), empty]);
    hollow.status = FileStatus::Renamed { similarity: 100 };
    assert!(judge("x", &[hollow]).findings.is_empty());
    assert!(judge("x", &[]).findings.is_empty());
    let mut wrong = text("a.rs", "+let _ = f();");
    if let Body::Text(hunks) = &mut wrong.body {
        (hunks[0].lines[0].new, hunks[0].lines[0].kind) = (None, LineKind::Added);
    }
    assert_eq!(judge("x", &[wrong]).findings.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_change_breaks_the_rules(
        path in prop::sample::select(vec!["a.rs", "b.py", "c.go", "d.js", "e.yaml", "f.tf", "g.sql", "h.sh", "i.c",
            "k.java", "package.json", "requirements.txt", "tests/l.py", "m.html", ".github/workflows/n.yml", "o"]),
        message in "\\PC{0,60}",
        lines in prop::collection::vec("[-+ ](\\PC|with lock:|if err != nil|timeout = 3|[{}()\\[\\]'\"`#/*<>=!\\\\:,. ]|[a-z0-9]){0,40}", 0..40),
    ) {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let files = [file(path, &lines)];
        let first = judge(&message, &files);
        prop_assert_eq!(&first, &judge(&message, &files));
        for finding in &first.findings {
            prop_assert_eq!(finding.id.len(), 16);
            prop_assert!((1..=3).contains(&finding.severity));
        }
        let ids: std::collections::BTreeSet<&str> = first.findings.iter().map(|f| f.id.as_str()).collect();
        prop_assert_eq!(ids.len(), first.findings.len(), "every id once");
    }
}
