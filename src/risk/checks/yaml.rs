//! Just enough YAML to read Kubernetes objects: block mappings, lists and one-line flow mappings.
//! What it does not understand it leaves out; nothing can fail.

/// A scalar in a document: where it is, by the keys above it, and on which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Keys joined by `/`; items of lists add nothing.
    pub(super) path: String,
    /// The value without quotes.
    pub(super) value: String,
    /// Its line in the file, from 1.
    pub(super) line: u32,
}

/// One document of a file.
pub(super) type Document = Vec<Entry>;

/// The documents of a file; at most 200 of at most 5,000 entries.
pub(super) fn documents(text: &str) -> Vec<Document> {
    let mut documents: Vec<Document> = vec![Vec::new()];
    let mut above: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("---") {
            documents.push(Vec::new());
            above.clear();
            if documents.len() > 200 {
                break;
            }
            continue;
        }
        let Some(document) = documents
            .last_mut()
            .filter(|document| document.len() < 5_000)
        else {
            continue;
        };
        read_line(line, index as u32 + 1, &mut above, document);
    }
    documents.retain(|document| !document.is_empty());
    documents
}

fn read_line(line: &str, number: u32, above: &mut Vec<(usize, String)>, document: &mut Document) {
    let content = line.trim_start_matches([' ', '-']);
    let mut indent = line.len() - content.len();
    let comment = content.find(" #").unwrap_or(content.len());
    let content = content[..comment].trim_end();
    if content.is_empty() || content.starts_with('#') || line.trim_start().starts_with("- -") {
        return;
    }
    let Some((key, value)) = split_pair(content) else {
        return;
    };
    // `- name: x` holds its key two columns further in than the dash.
    if line.trim_start().starts_with('-') {
        indent = indent.max(1);
    }
    while above.last().is_some_and(|(outer, _)| *outer >= indent) {
        above.pop();
    }
    let prefix: Vec<&str> = above.iter().map(|(_, key)| key.as_str()).collect();
    let path = [prefix.join("/").as_str(), key].join("/");
    let path = path.trim_start_matches('/').to_owned();
    if let Some(inner) = value.strip_prefix('{').and_then(|v| v.strip_suffix('}')) {
        flow(inner, &path, number, document);
    } else if value.is_empty() {
        above.push((indent, key.to_owned()));
    } else {
        document.push(Entry {
            path,
            value: unquoted(value).to_owned(),
            line: number,
        });
    }
}

/// `a: 1, b: {c: 2}` on one line; deeper braces are kept as text.
fn flow(inner: &str, path: &str, line: u32, document: &mut Document) {
    let (mut depth, mut start) = (0_usize, 0);
    let ends = inner
        .char_indices()
        .map(|(at, c)| (at, Some(c)))
        .chain([(inner.len(), None)]);
    for (at, c) in ends {
        match c {
            Some('{' | '[') => depth += 1,
            Some('}' | ']') => depth = depth.saturating_sub(1),
            Some(',') | None if depth == 0 => {
                if let Some((key, value)) = split_pair(inner[start..at].trim()) {
                    let path = format!("{path}/{key}");
                    match value.strip_prefix('{').and_then(|v| v.strip_suffix('}')) {
                        Some(inner) if path.len() < 500 => flow(inner, &path, line, document),
                        _ => {
                            let value = unquoted(value).to_owned();
                            document.push(Entry { path, value, line });
                        }
                    }
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

fn split_pair(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text
        .split_once(": ")
        .or_else(|| Some((text.strip_suffix(':')?, "")))?;
    let key = unquoted(key.trim());
    (!key.is_empty() && !key.contains(['{', '['])).then(|| (key, value.trim()))
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let inner = |quote| text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_lines_of_block_and_flow_mappings() {
        let text = "kind: Service # edge\nspec:\n  selector: {app: \"edge\", tier: web}\n  ports:\n  - name: https\n    port: 443\n---\nkind: Pod\nmetadata:\n  labels:\n    app: edge\n";
        let documents = documents(text);
        let flat = |document: &Document| {
            let entries = document
                .iter()
                .map(|e| format!("{}={}@{}", e.path, e.value, e.line));
            entries.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(documents.len(), 2);
        assert_eq!(
            flat(&documents[0]),
            "kind=Service@1 spec/selector/app=edge@3 spec/selector/tier=web@3 \
             spec/ports/name=https@5 spec/ports/port=443@6"
        );
        assert_eq!(
            flat(&documents[1]),
            "kind=Pod@8 metadata/labels/app=edge@11"
        );
    }

    #[test]
    fn odd_text_is_left_out() {
        for text in [
            "{",
            ":",
            "- - -",
            "a: {b: {c: ",
            "\u{0}: \u{fffd}",
            "? x\n: y",
            "  \t: :",
        ] {
            let _ = documents(text);
        }
        assert!(documents(&"a:\n".repeat(10_000)).is_empty());
    }
}
