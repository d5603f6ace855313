//! The pages for people: every path they name must exist.

/// Paths that a page names and that `exists` (asked with a path from the root) does not know.
pub fn dead_paths(page: &str, text: &str, exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut out = Vec::new();
    let mut fenced = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        let named = if fenced { words(line) } else { spans(line) };
        let dead_spans = named
            .into_iter()
            .filter(|word| is_ours(word) && !known(word, exists));
        let dead_links = links(line)
            .into_iter()
            .filter(|link| !fenced && !exists(&relative(page, link)));
        for path in dead_spans.chain(dead_links) {
            out.push(format!("{page}:{}: `{path}` does not exist", number + 1));
        }
    }
    out
}

/// The words of a line in a code block.
fn words(line: &str) -> Vec<&str> {
    line.split_whitespace()
        .map(|word| word.trim_matches([',', ';', '(', ')', '"', '\'', ':']))
        .collect()
}

/// The words between backticks.
fn spans(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).flat_map(words).collect()
}

/// Whether a word is the path of something of this repository, by how it starts or ends.
fn is_ours(word: &str) -> bool {
    let plain = word
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b));
    let top = ["src/", "tests/", "docs/", "themes/", "benches/", ".ci/"];
    plain && (top.iter().any(|top| word.starts_with(top)) || word.ends_with(".rs"))
}

/// A path counts from the root; a Rust file also from `src/` or `tests/it/`.
fn known(word: &str, exists: &dyn Fn(&str) -> bool) -> bool {
    let word = word.trim_end_matches(['/', '.']);
    ["", "src/", "tests/it/"]
        .iter()
        .any(|from| exists(&format!("{from}{word}")))
}

/// The targets of links to other files.
fn links(line: &str) -> Vec<&str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#', ' ']).next())
        .filter(|target| !target.is_empty() && !target.contains(':'))
        .collect()
}

/// A link's target from the root, as seen from the page that holds it.
fn relative(page: &str, link: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Vec<String> {
        let there = [
            "src/git",
            "src/git/notes.rs",
            "docs/gate.md",
            "README.md",
            "docs",
        ];
        dead_paths("docs/page.md", text, &|path| there.contains(&path))
    }

    #[test]
    fn what_exists_passes() {
        assert_eq!(
            check(
                "`src/git/` and `git/notes.rs`, see [the gate](gate.md#exit) and [this](../README.md)."
            ),
            [""; 0]
        );
        assert_eq!(
            check(
                "`infra/lb.yaml` and [far](https://example.org/src/x.rs) and `src/*.rs` are not ours"
            ),
            [""; 0]
        );
        assert_eq!(
            check("```\nsrc/git/notes.rs  reads notes\n[a](nowhere.md)\n```"),
            [""; 0]
        );
    }

    #[test]
    fn a_dead_path_fails() {
        assert_eq!(
            check("\nsee `src/git/gone.rs`"),
            ["docs/page.md:2: `src/git/gone.rs` does not exist"]
        );
        assert_eq!(check("`notes/gone.rs`").len(), 1);
        assert_eq!(check("see [there](gone.md)").len(), 1);
        assert_eq!(check("```\nsrc/gone.rs\n```").len(), 1);
        assert_eq!(check("`docs/gone.md`.").len(), 1);
    }
}
