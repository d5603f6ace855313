//! The page on risk lists the rules that are shipped, in their words.

use countersign::risk::rules;

const PAGE: &str = include_str!("../../../docs/risk.md");

#[test]
fn every_rule_stands_on_the_page_with_its_severity_and_sentence() {
    let rows: Vec<&str> = PAGE
        .lines()
        .skip_while(|line| *line != "## Rules")
        .take_while(|line| *line != "## Noise")
        .filter(|line| line.starts_with("| `"))
        .collect();
    let expected: Vec<String> = rules()
        .iter()
        .map(|rule| format!("| `{}` | {} | {} |", rule.id, rule.severity, rule.sentence))
        .collect();
    assert_eq!(rows, expected, "\n{}\n", expected.join("\n"));
}
