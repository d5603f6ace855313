//! Reports as tools write them, and as nobody should.

use serde_json::{Value, json};

use super::*;
use crate::change::Oid;
use crate::diff::{FileSide, FileStatus, Hunk, Line, LineKind, Mode};

/// A modified file with one hunk: ` ` context, `-` removed, `+` added; the first line is number 10
/// on both sides.
fn file(path: &str, patch: &str) -> FileDiff {
    let (mut old, mut new) = (10, 10);
    let mut lines = Vec::new();
    for line in patch.lines() {
        let (sign, text) = line.split_at(1);
        let kind = match sign {
            "+" => LineKind::Added,
            "-" => LineKind::Removed,
            _ => LineKind::Context,
        };
        lines.push(Line {
            kind,
            old: (kind != LineKind::Added).then_some(old),
            new: (kind != LineKind::Removed).then_some(new),
            bytes: text.as_bytes().to_vec(),
            no_newline: false,
        });
        old += u32::from(kind != LineKind::Added);
        new += u32::from(kind != LineKind::Removed);
    }
    let side = FileSide {
        path: RepoPath::from(path),
        mode: Mode::Regular,
        id: Oid::from_bytes([1; 20]),
        size: 100,
        facts: Default::default(),
    };
    let count = |kind| lines.iter().filter(|line| line.kind == kind).count();
    FileDiff {
        status: FileStatus::Modified,
        old: Some(side.clone()),
        new: Some(side),
        added: count(LineKind::Added),
        removed: count(LineKind::Removed),
        body: crate::diff::Body::Text(vec![Hunk {
            old_start: 10,
            old_lines: old - 10,
            new_start: 10,
            new_lines: new - 10,
            scope: String::new(),
            lines,
        }]),
    }
}

/// Line 11 of three files is new.
fn change() -> Vec<FileDiff> {
    ["src/app.py", "tools/src/app.py", ".github/workflows/ci.yml"]
        .map(|path| file(path, " a\n+b\n c"))
        .to_vec()
}

fn report(document: &Value) -> Report {
    raw(document.to_string().as_bytes())
}

fn raw(bytes: &[u8]) -> Report {
    Report {
        name: "stored".to_owned(),
        source: "refs/x".to_owned(),
        content: Ok(bytes.to_vec()),
    }
}

fn heard(document: &Value) -> Scanned {
    let elsewhere = |path: &RepoPath| path.as_bytes() == b"docs/src/app.py";
    scanned(vec![report(document)], &change(), &elsewhere)
}

fn sarif(results: Value) -> Value {
    json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Tool"}}, "results": results}]})
}

fn at(uri: &str, line: i64) -> Value {
    json!({"ruleId": "r", "message": {"text": "m"}, "locations": [{"physicalLocation": {
        "artifactLocation": {"uri": uri}, "region": {"startLine": line}}}]})
}

/// Where the one finding of a report is, `within` or `elsewhere`.
fn place(document: &Value) -> String {
    let heard = heard(document);
    let show = |word: &str, one: &Reported| {
        let line = one
            .finding
            .line
            .map_or_else(String::new, |l| format!(":{l}"));
        format!("{word} {}{line}", one.finding.path)
    };
    match (heard.within.as_slice(), heard.elsewhere.as_slice()) {
        ([one], []) => show("within", one),
        ([], [one]) => show("elsewhere", one),
        (within, elsewhere) => format!("{} and {}", within.len(), elsewhere.len()),
    }
}

#[test]
fn a_path_is_found_however_it_was_written() {
    for (uri, found) in [
        ("src/app.py", "within src/app.py:11"),
        ("./src/../src/app.py", "within src/app.py:11"),
        ("src\\app.py", "within src/app.py:11"),
        ("src/app%2Epy", "within src/app.py:11"),
        ("file:///home/ci/repo/src/app.py", "within src/app.py:11"),
        ("file:/home/ci/repo/src/app.py", "within src/app.py:11"),
        ("C:\\ci\\repo\\src\\app.py", "within src/app.py:11"),
        (
            "file:///C:/ci/repo/tools/src/app.py",
            "within tools/src/app.py:11",
        ),
        ("repo/src/app.py", "within src/app.py:11"),
        // From the folder that was scanned.
        ("ci.yml", "within .github/workflows/ci.yml:11"),
        ("workflows/ci.yml", "within .github/workflows/ci.yml:11"),
        // Two files of the change could be meant.
        ("app.py", "elsewhere app.py:11"),
        // A longer end of it is another file here.
        (
            "file:///ci/repo/docs/src/app.py",
            "elsewhere file:///ci/repo/docs/src/app.py:11",
        ),
        ("docs/src/app.py", "elsewhere docs/src/app.py:11"),
        // Lies.
        ("../src/app.py", "elsewhere ../src/app.py:11"),
        ("/../../src/app.py", "elsewhere /../../src/app.py:11"),
        (
            "https://host.example/src/app.py",
            "elsewhere https://host.example/src/app.py:11",
        ),
        ("/etc/passwd", "elsewhere /etc/passwd:11"),
        ("src/app.py%00", "elsewhere src/app.py%00:11"),
        ("", "elsewhere :11"),
        ("/", "elsewhere /:11"),
        ("rc/app.py", "elsewhere rc/app.py:11"),
        ("%", "elsewhere %:11"),
    ] {
        assert_eq!(place(&sarif(json!([at(uri, 11)]))), found, "{uri}");
    }
    let long = "a/".repeat(3000);
    assert_eq!(heard(&sarif(json!([at(&long, 1)]))).elsewhere.len(), 1);
}

#[test]
fn a_line_counts_where_the_change_touches_it() {
    for (line, found) in [
        (11, "within src/app.py:11"),
        (10, "elsewhere src/app.py:10"),
        (400, "elsewhere src/app.py:400"),
        // No line at all is the file.
        (0, "within src/app.py"),
        (-1, "within src/app.py"),
        (1 << 40, "within src/app.py"),
    ] {
        assert_eq!(place(&sarif(json!([at("src/app.py", line)]))), found);
    }
    let mut region = at("src/app.py", 3);
    region["locations"][0]["physicalLocation"]["region"]["endLine"] = json!(1 << 30);
    assert_eq!(place(&sarif(json!([region]))), "within src/app.py:11");
    let mut none = at("src/app.py", 3);
    none["locations"] = json!([]);
    assert_eq!(place(&sarif(json!([none]))), "elsewhere ");
}

#[test]
fn where_lines_only_go_the_ones_around_the_gap_are_touched() {
    let files = vec![file("a.py", " a\n b\n-gone\n c\n d\n-x\n+y\n e\n-end")];
    let results: Vec<Value> = (9..17).map(|line| at("a.py", line)).collect();
    let heard = scanned(vec![report(&sarif(json!(results)))], &files, &|_| false);
    let lines: Vec<_> = heard
        .within
        .iter()
        .filter_map(|one| one.finding.line)
        .collect();
    assert_eq!(lines, [11, 12, 14, 15]);
}

#[test]
fn levels_come_from_the_result_else_from_its_rule() {
    let rules = json!([
        {"id": "a", "defaultConfiguration": {"level": "error"}},
        {"id": "b", "defaultConfiguration": {"level": "note"}},
        {"id": "c", "properties": {"security-severity": "9.1"}},
        {"id": "d", "shortDescription": {"text": "About d"}},
    ]);
    let of = |extra: Value| {
        let mut result = at("src/app.py", 11);
        result.as_object_mut().unwrap().remove("ruleId");
        for (key, value) in extra.as_object().unwrap() {
            result[key] = value.clone();
        }
        let mut document = sarif(json!([result]));
        document["runs"][0]["tool"]["driver"]["rules"] = rules.clone();
        let found = heard(&document).within.pop().unwrap();
        (found.level, found.finding.rule, found.finding.message)
    };
    let level = |extra| of(extra).0;
    assert_eq!(level(json!({"ruleId": "a"})), ToolLevel::Error);
    assert_eq!(level(json!({"ruleId": "a/part"})), ToolLevel::Error);
    assert_eq!(level(json!({"ruleIndex": 0})), ToolLevel::Error);
    assert_eq!(level(json!({"rule": {"index": 1}})), ToolLevel::Note);
    assert_eq!(
        level(json!({"ruleId": "b", "level": "warning"})),
        ToolLevel::Warning
    );
    assert_eq!(level(json!({"ruleId": "c"})), ToolLevel::Error);
    assert_eq!(level(json!({"ruleId": "d"})), ToolLevel::Warning);
    assert_eq!(
        level(json!({"ruleId": "a", "kind": "review"})),
        ToolLevel::Note
    );
    assert_eq!(level(json!({"level": "none"})), ToolLevel::Note);
    // An index that points nowhere, or at what is no rule.
    assert_eq!(of(json!({"ruleIndex": 99})).1, "unnamed");
    assert_eq!(of(json!({"ruleIndex": 3})).1, "d");
    assert_eq!(of(json!({"ruleIndex": 3, "message": {}})).2, "About d");
    let linked = json!({"message": {"text": "of a\n [value](1) there"}});
    assert_eq!(of(linked).2, "of a value there");
}

#[test]
fn a_rule_of_an_extension_is_found_by_its_index() {
    let mut document = sarif(json!([{
        "rule": {"index": 1, "toolComponent": {"index": 0}},
        "message": {"text": "m"},
        "locations": at("src/app.py", 11)["locations"],
    }]));
    let tool = &mut document["runs"][0]["tool"];
    tool["driver"]["rules"] = json!([{"id": "mine"}, {"id": "also-mine"}]);
    tool["extensions"] = json!([{"name": "pack", "rules": [
        {"id": "x"},
        {"id": "y", "properties": {"security-severity": "5.0"}},
    ]}]);
    let found = heard(&document).within.pop().unwrap();
    assert_eq!(found.finding.rule, "y");
    assert_eq!(found.level, ToolLevel::Warning);
    // An index that points nowhere names no rule.
    document["runs"][0]["results"][0]["rule"]["toolComponent"]["index"] = json!(7);
    assert_eq!(heard(&document).within[0].finding.rule, "unnamed");
}

#[test]
fn nobody_passes_as_us_and_nobody_asks_for_an_answer() {
    for (told, shown) in [
        ("countersign", "scanner:countersign"),
        ("Counter-Sign", "scanner:Counter-Sign"),
        (" countersign 2 ", "scanner:countersign 2"),
        ("\u{441}ountersign", "‹U+0441›ountersign"),
        ("a\u{202e}b\nc", "a‹U+202E›b‹U+000A›c"),
        ("", "stored"),
    ] {
        let mut document = sarif(json!([at("src/app.py", 11)]));
        document["runs"][0]["tool"]["driver"]["name"] = json!(told);
        document["runs"][0]["results"][0]["level"] = json!("error");
        let heard = heard(&document);
        let found = &heard.within[0];
        assert_eq!(
            (found.finding.tool.as_str(), heard.reports[0].tool.as_str()),
            (shown, shown)
        );
        assert_ne!(found.finding.tool, TOOL);
        assert!(found.finding.severity < 3);
    }
    let ours = crate::risk::finding_id(
        TOOL,
        "r",
        &RepoPath::from("src/app.py"),
        Some(crate::risk::Side::New),
        b"b",
        1,
    );
    let mut document = sarif(json!([at("src/app.py", 11)]));
    document["runs"][0]["tool"]["driver"]["name"] = json!("countersign");
    assert_ne!(heard(&document).within[0].finding.id, ours);
}

#[test]
fn what_is_no_finding_is_left_out_and_what_is_suppressed_is_counted() {
    let with = |key: &str, value: Value| {
        let mut result = at("src/app.py", 11);
        result[key] = value;
        result
    };
    let heard = heard(&sarif(json!([
        with("kind", json!("pass")),
        with("kind", json!("notApplicable")),
        with("baselineState", json!("absent")),
        with("suppressions", json!([{"kind": "inSource"}])),
        with(
            "suppressions",
            json!([{"kind": "external", "status": "accepted"}])
        ),
        with(
            "suppressions",
            json!([{"kind": "external", "status": "rejected"}])
        ),
        with("suppressions", json!([])),
        "no object",
        3,
        null,
    ])));
    assert_eq!(heard.reports[0].suppressed, 2);
    assert_eq!(heard.within.len(), 1, "the two that are left say the same");
}

#[test]
fn places_are_put_together_from_bases_and_lists() {
    let mut document = sarif(json!([{
        "message": {"text": "m"},
        "locations": [{"logicalLocations": []}, {"physicalLocation": {
            "artifactLocation": {"index": 1}, "region": {"startLine": 11}}}],
    }]));
    let run = &mut document["runs"][0];
    run["artifacts"] = json!([{}, {"location": {"uri": "app.py", "uriBaseId": "SUB"}}]);
    run["originalUriBaseIds"] = json!({
        "SUB": {"uri": "src/", "uriBaseId": "ROOT"},
        "ROOT": {"uri": "file:///home/ci/repo/"},
    });
    assert_eq!(place(&document), "within src/app.py:11");
    // A ring.
    document["runs"][0]["originalUriBaseIds"]["ROOT"] = json!({"uri": "x", "uriBaseId": "SUB"});
    assert_eq!(place(&document), "within src/app.py:11");
}

#[test]
fn rdjson_says_for_all_what_one_does_not_say() {
    let document = json!({
        "source": {"name": "lint"},
        "severity": "ERROR",
        "diagnostics": [
            {"message": "m", "location": {"path": "src/app.py", "range": {"start": {"line": 11}}},
             "code": {"value": 17}},
            {"message": "m", "location": {"path": "/ci/tools/src/app.py", "range": {"start": {"line": 11}}},
             "severity": 3, "source": {"name": "other"}},
            {"message": "m", "location": {"path": "src/app%2Epy"}},
            {},
        ],
    });
    let heard = heard(&document);
    let [first, second] = heard.within.as_slice() else {
        panic!("{heard:?}");
    };
    assert_eq!(
        (first.finding.rule.as_str(), first.level),
        ("17", ToolLevel::Error)
    );
    assert_eq!(
        (second.finding.tool.as_str(), second.level),
        ("other", ToolLevel::Note)
    );
    assert_eq!(second.finding.path, RepoPath::from("tools/src/app.py"));
    assert_eq!(heard.elsewhere.len(), 2, "a path of rdjson is no URI");
    assert_eq!(
        tool_of(document.to_string().as_bytes()).unwrap().unwrap(),
        "lint"
    );
}

#[test]
fn several_runs_are_several_tools() {
    let one =
        |name: &str| json!({"tool": {"driver": {"name": name}}, "results": [at("src/app.py", 11)]});
    let document = json!({"version": "2.1.0", "runs": [one("first"), one("second"), 7, {}]});
    let tools: Vec<_> = heard(&document)
        .within
        .into_iter()
        .map(|one| one.finding.tool)
        .collect();
    assert_eq!(tools, ["first", "second"]);
}

#[test]
fn too_many_are_counted_and_the_gravest_are_kept() {
    let mut results: Vec<Value> = (0..10_400).map(|n| at("src/app.py", n)).collect();
    let mut many = vec![at("src/app.py", 11); 30];
    for (n, one) in many.iter_mut().enumerate() {
        one["message"]["text"] = json!(format!("m{n}"));
    }
    results.splice(0..0, many);
    results[29]["level"] = json!("error");
    let heard = heard(&sarif(json!(results)));
    assert_eq!(
        heard.within.len(),
        MOST_A_LINE + 1,
        "a line shows three, the file one"
    );
    assert_eq!(heard.within[1].finding.message, "m29");
    assert_eq!(heard.elsewhere.len(), MOST_ELSEWHERE);
    let report = &heard.reports[0];
    let listed = heard.within.len() + heard.elsewhere.len();
    let all = results.len() - 1; // line 11 of the last ones says what nobody said before: m
    assert_eq!(report.within + report.elsewhere + 430, all + 1);
    assert_eq!(
        report.left_out,
        430 + report.within + report.elsewhere - listed
    );
}

#[test]
fn what_cannot_be_read_says_why_and_hides_nothing_else() {
    let deep =
        |open: &str, close: &str| format!("{}{}", open.repeat(200_000), close.repeat(200_000));
    let in_result = sarif(json!([at("src/app.py", 11)])).to_string();
    let in_result = in_result.replace(
        r#""ruleId""#,
        &format!(r#""x":{},"ruleId""#, deep("[", "]")),
    );
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"".to_vec(), "is no JSON: EOF"),
        (b"nothing".to_vec(), "is no JSON"),
        (b"[]".to_vec(), "neither SARIF"),
        (b"{}".to_vec(), "neither SARIF"),
        (b"null".to_vec(), "neither SARIF"),
        (br#"{"version":"2.1.0"}"#.to_vec(), "neither SARIF"),
        (
            br#"{"version":"2.0.0","runs":[]}"#.to_vec(),
            r#"version "2.0.0""#,
        ),
        (
            br#"{"version":"1.0.0","runLogs":[]}"#.to_vec(),
            r#"version "1.0.0""#,
        ),
        (br#"{"runs":[]}"#.to_vec(), r#"version """#),
        (
            br#"{"version":"2.1.0","runs":[]} tail"#.to_vec(),
            "is no JSON: trailing",
        ),
        (b"\xff\xfe{\0}\0".to_vec(), "but UTF-16"),
        (
            b"{\"version\":\"2.1.0\xff\",\"runs\":[]}".to_vec(),
            "is not UTF-8",
        ),
        (deep("[", "]").into_bytes(), "neither SARIF"),
        (deep("{\"runs\":", "}").into_bytes(), "is no JSON"),
        (vec![b' '; MAX_REPORT as usize + 1], "has 33554433 bytes"),
    ];
    for (bytes, why) in cases {
        let good = report(&sarif(json!([at("src/app.py", 11)])));
        let heard = scanned(vec![raw(&bytes), good], &change(), &|_| false);
        let said = heard.reports[0].unread.clone().unwrap_or_default();
        assert!(said.contains(why), "{said} for {why}");
        assert_eq!(heard.within.len(), 1, "{why}");
    }
    // Deep where nobody looks is no fault; a mark in front of the text is none either.
    for bytes in [
        in_result.clone().into_bytes(),
        [b"\xef\xbb\xbf", in_result.as_bytes()].concat(),
    ] {
        let heard = scanned(vec![raw(&bytes)], &change(), &|_| false);
        assert_eq!(heard.reports[0].unread, None);
        assert_eq!(heard.within.len(), 1);
    }
}

#[test]
fn the_id_survives_a_rebase_and_equal_ones_are_told_apart() {
    let files = |above: &str| vec![file("a.py", &format!("{above} a\n+same\n+same"))];
    let ids = |above: &str, first: i64| {
        let results = json!([at("a.py", first), at("a.py", first + 1)]);
        let heard = scanned(vec![report(&sarif(results))], &files(above), &|_| false);
        let ids: Vec<_> = heard.within.into_iter().map(|one| one.finding.id).collect();
        assert_eq!(ids.len(), 2);
        ids
    };
    let (before, after) = (ids("", 11), ids(" x\n y\n", 13));
    assert_eq!(before, after);
    assert_ne!(before[0], before[1]);
}
