//! HAProxy: sections with servers and what sends to them.

use super::{Group, Proxy, Use};

const SECTIONS: [&str; 14] = [
    "global",
    "defaults",
    "frontend",
    "backend",
    "listen",
    "peers",
    "resolvers",
    "mailers",
    "userlist",
    "program",
    "cache",
    "ring",
    "http-errors",
    "fcgi-app",
];

/// Reads a file line by line; what it does not understand it leaves out.
pub(super) fn read(text: &str) -> Proxy {
    let mut proxy = Proxy::default();
    let mut open: Option<Group> = None;
    for (number, line) in (1_u32..).zip(text.lines()) {
        let words: Vec<&str> = line
            .split_whitespace()
            .take_while(|word| !word.starts_with('#'))
            .collect();
        let first = words.first().copied().unwrap_or_default();
        if SECTIONS.contains(&first) {
            proxy.groups.extend(open.take());
            if let ("backend" | "listen", Some(name)) = (first, words.get(1)) {
                open = Some(Group {
                    name: (*name).to_owned(),
                    from: number,
                    to: number,
                    targets: 0,
                    on: 0,
                    is_open: false,
                });
            }
            continue;
        }
        if let Some(group) = &mut open {
            member(group, number, &words);
        }
        if let ("use_backend" | "default_backend", Some(name)) = (first, words.get(1))
            && !name.contains(['%', '$', '"'])
        {
            proxy.uses.push(Use {
                name: (*name).to_owned(),
                line: number,
            });
        }
    }
    proxy.groups.extend(open);
    proxy
}

fn member(group: &mut Group, number: u32, words: &[&str]) {
    match words {
        [] => return,
        ["server", _, _, rest @ ..] => {
            let zero = rest.windows(2).any(|pair| pair == ["weight", "0"]);
            let is_off = zero
                || rest
                    .iter()
                    .any(|word| matches!(*word, "disabled" | "backup"));
            group.targets += 1;
            group.on += usize::from(!is_off);
        }
        // What answers without a server, or finds its servers itself.
        [
            "server-template" | "dispatch" | "redirect" | "use_backend" | "default_backend",
            ..,
        ]
        | [
            "http-request",
            "redirect" | "return" | "deny" | "use-service",
            ..,
        ]
        | ["stats", ..] => group.is_open = true,
        _ => {}
    }
    group.to = number;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backends_with_their_servers_and_what_sends_to_them() {
        let text = "frontend web\n  use_backend api if { path_beg /api }\n  default_backend app\nbackend app # main\n  balance roundrobin\n  server a 10.0.0.1:80 check\n  server b 10.0.0.2:80 check weight 0\nbackend api\n  server c 10.0.0.3:80 disabled\nlisten stats\n  stats enable\n";
        let proxy = read(text);
        let groups: Vec<(&str, u32, u32, usize, usize, bool)> = proxy
            .groups
            .iter()
            .map(|g| (g.name.as_str(), g.from, g.to, g.targets, g.on, g.is_open))
            .collect();
        assert_eq!(
            groups,
            [
                ("app", 4, 7, 2, 1, false),
                ("api", 8, 9, 1, 0, false),
                ("stats", 10, 11, 0, 0, true)
            ]
        );
        let uses: Vec<&str> = proxy.uses.iter().map(|used| used.name.as_str()).collect();
        assert_eq!(uses, ["api", "app"]);
    }
}
