//! nginx: `upstream` blocks and what passes to them.

use super::{Group, Proxy, Use};

const PASSES: [&str; 5] = [
    "proxy_pass",
    "grpc_pass",
    "fastcgi_pass",
    "uwsgi_pass",
    "scgi_pass",
];

/// Reads a file statement by statement; what it does not understand it leaves out.
pub(super) fn read(text: &str) -> Proxy {
    let mut proxy = Proxy::default();
    let mut open: Option<(Group, usize)> = None;
    let mut depth = 0_usize;
    for statement in statements(text) {
        let first = statement.words.first().map_or("", String::as_str);
        match statement.end {
            End::Opens => {
                depth += 1;
                if first == "upstream"
                    && let Some(name) = statement.words.get(1)
                {
                    open = Some((group(name, statement.line), depth));
                }
            }
            End::Closes => {
                if let Some((mut group, _)) = open.take_if(|(_, at)| *at == depth) {
                    group.to = statement.line;
                    proxy.groups.push(group);
                }
                depth = depth.saturating_sub(1);
            }
            End::Semicolon => match &mut open {
                Some((group, _)) => member(group, &statement.words),
                None if PASSES.contains(&first) => {
                    let name = statement.words.get(1).and_then(|to| name_of(to));
                    proxy.uses.extend(name.map(|name| Use {
                        name: name.to_owned(),
                        line: statement.line,
                    }));
                }
                None => {}
            },
        }
    }
    proxy
}

fn group(name: &str, line: u32) -> Group {
    Group {
        name: name.to_owned(),
        from: line,
        to: line,
        targets: 0,
        on: 0,
        is_open: false,
    }
}

fn member(group: &mut Group, words: &[String]) {
    match words.first().map_or("", String::as_str) {
        "server" => {
            let is_off = |word: &String| matches!(word.as_str(), "down" | "backup" | "weight=0");
            group.targets += 1;
            group.on += usize::from(!words.iter().any(is_off));
        }
        "include" | "resolver" | "balancer_by_lua_block" | "balancer_by_lua_file" => {
            group.is_open = true;
        }
        _ => {}
    }
}

/// The name of an upstream in `http://name/path`; an address, a variable or a host with a port or a
/// domain is none.
fn name_of(to: &str) -> Option<&str> {
    let rest = to.split_once("://").map_or(to, |(_, rest)| rest);
    let name = rest.split('/').next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    (!name.is_empty() && name != "localhost" && name.chars().all(plain)).then_some(name)
}

enum End {
    Opens,
    Closes,
    Semicolon,
}

struct Statement {
    words: Vec<String>,
    /// The line its first word stands on.
    line: u32,
    end: End,
}

/// The statements of a file: words up to `;`, `{` or `}`.
fn statements(text: &str) -> Vec<Statement> {
    let mut all = Vec::new();
    let (mut words, mut word): (Vec<String>, String) = (Vec::new(), String::new());
    let (mut line, mut began) = (1_u32, 1_u32);
    let (mut quote, mut in_comment): (Option<char>, bool) = (None, false);
    for c in text.chars() {
        if c == '\n' {
            line += 1;
            in_comment = false;
        }
        if in_comment {
            continue;
        }
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.push(c),
            (None, '"' | '\'') if word.is_empty() => quote = Some(c),
            (None, '#') if word.is_empty() => in_comment = true,
            (None, ';' | '{' | '}') if !(c == '{' && word.ends_with('$')) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                let end = match c {
                    ';' => End::Semicolon,
                    '{' => End::Opens,
                    _ => End::Closes,
                };
                let at = if words.is_empty() { line } else { began };
                let words = std::mem::take(&mut words);
                all.push(Statement {
                    words,
                    line: at,
                    end,
                });
            }
            (None, c) if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (None, c) => {
                if words.is_empty() && word.is_empty() {
                    began = line;
                }
                word.push(c);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstreams_with_their_servers_and_what_passes_to_them() {
        let text = "# front\nupstream app {\n  least_conn;\n  server a:80;\n  server b:80 backup; # spare\n}\nserver {\n  location / {\n    proxy_pass http://app/x;\n  }\n  location /b { proxy_pass http://$b; }\n  location /c { proxy_pass http://c.internal; grpc_pass grpc://api; }\n}\n";
        let proxy = read(text);
        assert_eq!(proxy.groups.len(), 1);
        let group = &proxy.groups[0];
        assert_eq!((group.name.as_str(), group.from, group.to), ("app", 2, 6));
        assert_eq!((group.targets, group.on), (2, 1));
        let uses: Vec<(&str, u32)> = proxy
            .uses
            .iter()
            .map(|u| (u.name.as_str(), u.line))
            .collect();
        assert_eq!(uses, [("app", 9), ("api", 12)]);
    }

    #[test]
    fn odd_text_is_left_out() {
        for text in [
            "}",
            "}}}{{{",
            "upstream",
            "upstream {",
            "\"",
            "server ;;;",
            "upstream a { server",
        ] {
            let _ = read(text);
            let _ = read(&text.repeat(10_000));
        }
    }
}
