//! What findings and levels promise to those who show and count them.

use countersign::change::RepoPath;
use countersign::diff::{Body, FileStatus, Mode};
use countersign::risk::{Assessment, Level, PolicyRisk, Side, Why, shown_digest};

use super::change::{file, judge, judge_with, opaque, side, text};

fn rules(assessment: &Assessment) -> Vec<(&str, Option<u32>)> {
    assessment
        .findings
        .iter()
        .map(|f| (f.rule.as_str(), f.line))
        .collect()
}

const LOCK: &str =
    " fn put(&self) {\n-    let _g = self.lock.lock().unwrap();\n     self.n += 1;\n }";

#[test]
fn a_finding_names_its_line_and_its_id_survives_a_rebase() {
    let found = judge("x", &[text("src/a.rs", LOCK)]);
    assert_eq!(rules(&found), [("conc.lock-removed", Some(2))]);
    let finding = &found.findings[0];
    assert_eq!(
        (finding.side, finding.severity, found.impact),
        (Some(Side::Old), 3, 3)
    );
    let moved = judge("x", &[text("src/a.rs", &format!(" one\n two\n{LOCK}"))]);
    assert_eq!(moved.findings[0].line, Some(4));
    assert_eq!(moved.findings[0].id, finding.id);
    assert_eq!(shown_digest(&moved.findings), shown_digest(&found.findings));
}

#[test]
fn at_most_three_of_a_rule_in_a_file_and_one_at_a_line() {
    let lines: Vec<String> = (0..7)
        .flat_map(|n| {
            [
                format!("+let a{n} = b{n} as u8;"),
                "+".to_owned(),
                "+x();".into(),
            ]
        })
        .chain(std::iter::repeat_n("+y();".to_owned(), 3))
        .collect();
    let spread: Vec<String> = lines
        .iter()
        .flat_map(|l| [l.clone(), "+z();".into()])
        .collect();
    let found = judge("x", &[text("src/a.rs", &spread.join("\n"))]);
    assert_eq!(found.findings.len(), 3, "{:?}", rules(&found));
    assert!(
        found.findings[2]
            .message
            .ends_with("And 4 more in this file."),
        "{:?}",
        found.findings[2]
    );
    let both = judge(
        "x",
        &[text(
            "src/a.py",
            "+    os.system(\"rm \" + password); log.info(\"x %s\", password)",
        )],
    );
    assert_eq!(rules(&both), [("inj.shell", Some(1))]);
}

#[test]
fn what_moves_was_not_removed() {
    let block = [
        "    with self._lock:",
        "        self.total += value",
        "        self.count += 1",
    ];
    let mark = |mark: char| block.map(|line| format!("{mark}{line}")).join("\n");
    let there = format!("{}\n one\n two\n three\n{}", mark('-'), mark('+'));
    assert_eq!(rules(&judge("x", &[text("src/a.py", &there)])), []);
    let files = [text("src/a.py", &mark('-')), text("src/b.py", &mark('+'))];
    assert_eq!(rules(&judge("x", &files)), []);
}

#[test]
fn unreadable_contents_have_a_finding_to_answer_that_nothing_silences() {
    let files = [
        opaque("logo.png", Body::Binary),
        opaque("model.bin", Body::LfsPointer(Vec::new())),
        opaque("deps/zlib", Body::Submodule),
        opaque("data.csv", Body::TooLarge { bytes: 1 << 30 }),
        opaque("film.mp4", Body::Missing),
    ];
    let all = PolicyRisk {
        critical: &|_| false,
        silenced: &|_, _| true,
        ..PolicyRisk::NONE
    };
    let found = judge_with("x", None, &files, &all, None);
    let why: Vec<Why> = found.unreadable.iter().map(|content| content.why).collect();
    assert_eq!(
        why,
        [
            Why::Binary,
            Why::LfsPointer,
            Why::Submodule,
            Why::TooLarge,
            Why::Missing
        ]
    );
    for content in &found.unreadable {
        let finding = found
            .findings
            .iter()
            .find(|f| f.id == content.finding)
            .unwrap();
        assert_eq!((finding.severity, &finding.path), (3, &content.path));
    }
    assert!(found.level >= Level::High);
}

#[test]
fn silenced_findings_are_gone_and_counted_and_critical_paths_are_one_level_up() {
    let files = [text("src/a.rs", LOCK)];
    let by_rule = |rule: &str, path: &RepoPath| {
        rule == "conc.lock-removed" && path.as_bytes().starts_with(b"src/")
    };
    let policy = PolicyRisk {
        critical: &|_| false,
        silenced: &by_rule,
        ..PolicyRisk::NONE
    };
    let found = judge_with("x", None, &files, &policy, None);
    assert_eq!(
        (found.findings.len(), found.silenced, found.impact),
        (0, 1, 0)
    );
    assert_eq!(
        (judge("x", &files).level, found.level),
        (Level::High, Level::Low)
    );
    let critical = |path: &RepoPath| path.as_bytes() == b"src/a.rs";
    let policy = PolicyRisk {
        critical: &critical,
        ..PolicyRisk::NONE
    };
    let raised = judge_with("x", None, &files, &policy, None);
    assert_eq!(
        (raised.level, raised.impact),
        (Level::Critical, 3),
        "the level, never the impact"
    );
}

#[test]
fn what_a_text_diff_does_not_show_is_said() {
    let mut script = text("bin/run", "");
    script.new = Some(side("bin/run", Mode::Executable));
    assert_eq!(rules(&judge("x", &[script])), [("hid.mode-link", None)]);
    for (target, severity) in [
        ("../../etc/passwd", 3),
        ("/etc/passwd", 3),
        ("a/../../../x", 3),
        ("../b", 2),
    ] {
        let mut link = file("src/link", &[format!("+{target}").as_bytes()]);
        link.new = Some(side("src/link", Mode::Symlink));
        link.status = FileStatus::TypeChanged;
        let found = judge("x", &[link]);
        assert_eq!(
            (found.findings[0].rule.as_str(), found.impact),
            ("hid.mode-link", severity),
            "{target}"
        );
    }
    let policy = judge("x", &[text(".countersign/policy.toml", "+version = 8")]);
    assert_eq!(
        (rules(&policy), policy.impact),
        (vec![("hid.mode-link", None)], 3)
    );
}

#[test]
fn the_same_change_is_assessed_the_same() {
    let files = [
        text("src/a.rs", LOCK),
        text("infra/a.tf", "-timeout = 3\n+timeout = 30"),
        opaque("x.png", Body::Binary),
    ];
    let first = judge("Optimise the pool", &files);
    assert_eq!(first, judge("Optimise the pool", &files));
    assert_eq!(first.rules_digest, countersign::risk::rules_digest());
    assert_eq!(
        first.findings[0].path.text(),
        "/message",
        "the message is the first file"
    );
}
