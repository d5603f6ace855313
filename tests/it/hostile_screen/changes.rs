//! Changes whose every part was made to mislead a terminal or a reader, put on the remote as they are:
//! by `git fast-import` and loose objects, past everything that `propose` would refuse.

use std::fmt::Write as _;

use crate::common::{World, run};
use crate::frames::WIDE;

/// One of every sequence a terminal may obey. Its colours are bright ones in the short form, which the program
/// itself never writes.
pub const SEQUENCES: [&str; 26] = [
    "\u{1b}[91mred\u{1b}[0m",
    "\u{1b}[45;97;5m",
    "\u{1b}[2J\u{1b}[H",
    "\u{1b}[3J",
    "\u{1b}[999;999H",
    "\u{1b}[6n",
    "\u{1b}[c\u{1b}[>c\u{1b}[=c",
    "\u{1b}[?1049l",
    "\u{1b}[?25h\u{1b}[?1l\u{1b}[?7l",
    "\u{1b}[5;10r",
    "\u{1b}[4h\u{1b}[20h",
    "\u{1b}[8;1;1t\u{1b}[21t",
    "\u{1b}[!p",
    "\u{1b}]0;a title\u{7}",
    "\u{1b}]2;a title\u{1b}\\",
    "\u{1b}]8;;https://evil.example\u{1b}\\docs.rs\u{1b}]8;;\u{1b}\\",
    "\u{1b}]52;c;cm0gLXJmIH4=\u{7}",
    "\u{1b}]10;?\u{7}\u{1b}]4;1;red\u{7}\u{1b}]1337;File=:AA\u{7}",
    "\u{1b}P$q\"p\u{1b}\\",
    "\u{1b}P0;0;0q#0~~\u{1b}\\",
    "\u{1b}_Gf=24;AAAA\u{1b}\\",
    "\u{1b}^private\u{1b}\\\u{1b}Xstring\u{1b}\\",
    "\u{1b}c\u{1b}#8\u{1b}(0\u{1b})B\u{1b}N\u{1b}O\u{1b}=\u{1b}>",
    "\u{1b}7\u{1b}8\u{1b}D\u{1b}E\u{1b}M\u{1b}Z\u{1b}",
    "\u{9b}31m\u{9d}0;title\u{9c}\u{90}q\u{9c}\u{9f}x\u{9c}\u{84}\u{85}\u{8d}",
    "\u{7}\u{8}\u{b}\u{c}\u{e}\u{f}\u{7f}",
];

/// What cannot be seen, or makes others stand elsewhere.
pub const UNSEEN: [&str; 12] = [
    "if (admin\u{202e} \u{2066}// check\u{2069} \u{2066}) {",
    "a\u{200e}b\u{200f}c\u{61c}d\u{202a}e\u{202b}f\u{202c}g\u{202d}h\u{2067}i\u{2068}j\u{2069}",
    "zero\u{200b}width\u{200c}and\u{200d}\u{2060}\u{feff}",
    "soft\u{ad}hyphen\u{34f}joiner\u{180e}\u{17b4}",
    "fill\u{115f}\u{1160}\u{3164}\u{ffa0}ers",
    "tags\u{e0001}\u{e0069}\u{e0067}\u{e006e}\u{e006f}\u{e0072}\u{e0065}\u{e007f}",
    "selectors\u{fe00}\u{fe0e}\u{fe0f}\u{e0100}\u{e01ef} ⚠\u{fe0f} ✈\u{fe0e} 1\u{fe0f}\u{20e3}",
    "lines\u{2028}and\u{2029}paragraphs\u{85}",
    "private\u{e000}\u{f8ff}\u{10fffd} and \u{378}\u{fffe}\u{ffff}",
    "\u{301}\u{302} alone; e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309} a storm",
    "\u{fff9}a\u{fffa}b\u{fffb} \u{206a}\u{206f} \u{1d173}\u{1bca0}",
    "раураl.com ехаmple аdmin",
];

/// Hostile words for one line: titles, names, trailers.
pub fn words() -> String {
    let mut out = "words".to_owned();
    for part in SEQUENCES.iter().chain(&UNSEEN) {
        let _ = write!(out, " {part}");
    }
    out
}

/// A file of a change: path and content.
type File = (Vec<u8>, Vec<u8>);

/// Every change: its id and its files.
fn changes() -> Vec<(&'static str, Vec<File>)> {
    let file = |path: &str, lines: &[String]| (path.into(), lines.join("\n").into_bytes());
    let controls = (1..=0xffu8).filter(|byte| *byte != b'\n').flat_map(|byte| {
        [
            b"let x = \"".as_slice(),
            &[byte],
            b"\"; // ",
            &[byte, b'\n'],
        ]
        .concat()
    });
    let c1 = ('\u{80}'..='\u{9f}').map(|c| format!("c1 {c} here"));
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let many: Vec<String> = owned(&SEQUENCES);
    let unseen: Vec<String> = owned(&UNSEEN);
    let wide: Vec<String> = (0..60)
        .map(|n| format!("{}{WIDE}{WIDE}", "x".repeat(n)))
        .collect();
    let ends = b"one\r\ntwo\nthree\rfour\r\r\nfive\n\r\nsix\x1a\nno break at the end".to_vec();
    vec![
        (
            "controls",
            vec![
                (b"bytes.rs".to_vec(), controls.collect()),
                file("c1.py", &c1.collect::<Vec<_>>()),
                (b"nul.rs".to_vec(), b"a\0b\n".to_vec()),
            ],
        ),
        (
            "sequences",
            vec![file("run.sh", &many), file("README.md", &many)],
        ),
        (
            "unseen",
            vec![file("auth.js", &unseen), file("auth.py", &unseen)],
        ),
        (
            "wide",
            vec![
                file("wide.md", &wide),
                file("漢字/かな👩\u{200d}💻.rs", &wide),
            ],
        ),
        (
            "endings",
            vec![
                (b"ends.txt".to_vec(), ends.clone()),
                (b"ends.c".to_vec(), ends),
            ],
        ),
        ("paths", paths()),
        ("words", vec![file("src/app.py", &many)]),
    ]
}

/// What is hidden in a change, as the screen has to say it.
fn said(id: &str) -> &'static [&'static str] {
    match id {
        "controls" => &["‹01›", "‹1B›", "‹FF›", "‹85›"],
        "sequences" => &["‹1B›[91m", "‹1B›]52;c;"],
        "unseen" => &["‹U+202E›", "‹U+200B›", "‹U+E0069›", "‹U+FE0E›"],
        "wide" => &["👩‹U+200D›💻", "標題"],
        "endings" => &["‹0D›", "‹no line break at the end›"],
        "paths" => &["new‹0A›line", "tab‹09›here", "-rf"],
        _ => &["‹1B›[91m"],
    }
}

/// Paths that mean something else to a terminal, a shell or another file system.
fn paths() -> Vec<File> {
    let mut paths: Vec<Vec<u8>> = [
        "new\nline",
        "tab\there",
        "-rf",
        "--output=x",
        "a \"quoted\" 'name'",
        "$(id) `id` ;id|id",
        " leading",
        "trailing ",
        "readme.MD",
        "README.md ",
        "Con",
        "aux.txt",
        "a:b",
        ".Git\u{200c}/config",
        "GIT~1/config",
        "dir\\name",
        "\u{1b}[91mred",
        "\u{1b}]0;t\u{7}",
        "\u{202e}gpj.exe",
        "\u{200b}",
        "cafe\u{301}",
        "caf\u{e9}",
        "%s%n",
        "~",
        "...",
        "🇩🇪👍🏽",
    ]
    .map(|path| path.as_bytes().to_vec())
    .to_vec();
    paths.push(b"bytes \xff\xfe\x80.txt".to_vec());
    paths.push(vec![b'l'; 4_000]);
    paths.push([&b"deep/".repeat(60)[..], &[b'l'; 3_700]].concat());
    let name = |path: Vec<u8>| (path, b"x\n".to_vec());
    paths.into_iter().map(name).collect()
}

/// A path as fast-import reads it.
fn quoted(path: &[u8]) -> String {
    let mut out = "\"".to_owned();
    for byte in path {
        let _ = write!(out, "\\{byte:03o}");
    }
    out + "\""
}

/// A commit on `main` with these files, as fast-import reads it.
pub fn commit(name: &str, author: &str, message: &str, files: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut out = format!(
        "commit {name}\nauthor {author} <coder-bot@corp.example> 1767700000 +0000\n\
         committer Bot <coder-bot@corp.example> 1767700000 +0000\ndata {}\n{message}\n\
         from refs/heads/main^0\n",
        message.len()
    )
    .into_bytes();
    for (path, content) in files {
        let head = format!("M 100644 inline {}\ndata {}\n", quoted(path), content.len());
        out.extend(head.into_bytes());
        out.extend(content);
        out.push(b'\n');
    }
    out.push(b'\n');
    out
}

/// Feeds git in the remote.
fn feed(world: &World, words: &[&str], input: &[u8]) -> String {
    let mut git = world.sandbox.command("git", &world.remote);
    run(git.args(words), input).ok().trim_end().to_owned()
}

/// Puts these commits on the remote, and fetches them as Alice.
pub fn queue(world: &World, stream: &[u8]) {
    feed(world, &["fast-import", "--quiet"], stream);
    world.alice.run("sync").ok();
}

/// A world with all of it; the ids of its changes, each with what the screen has to say of it.
pub fn world() -> (World, Vec<(&'static str, &'static [&'static str])>) {
    let world = World::new();
    let words = words();
    let mut stream = Vec::new();
    let mut ids = Vec::new();
    for (id, files) in changes() {
        let message = format!(
            "{words}\n\n{}\n{}\n\nCo-authored-by: Claude <noreply@anthropic.com>\n",
            SEQUENCES.join("\n"),
            UNSEEN.join("\n")
        );
        let name = format!("refs/countersign/queue/{id}/1");
        let author = words.replace(['<', '>'], "");
        stream.extend(commit(&name, &author, &message, &files));
        ids.push((id, said(id)));
    }
    feed(&world, &["fast-import", "--quiet"], &stream);
    cover(&world, &words);
    report(&world, &words);
    world.alice.run("sync").ok();
    remark(&world, &words);
    world.alice.run("sync").ok();
    (world, ids)
}

/// A cover letter over the change `words`, each of its fields hostile.
fn cover(world: &World, words: &str) {
    let name = "refs/countersign/queue/words/1";
    let head = world.remote_ref(name).unwrap();
    let body = format!("{}\n{}", SEQUENCES.join("\n"), UNSEEN.join("\n"));
    let tag = format!(
        "object {head}\ntype commit\ntag words\ntagger {} <coder-bot@corp.example> 1767700000 +0000\n\n\
         {words}\n\n{body}\n\nTarget: refs/heads/main\nAgent: {words}\nModel: {words}\n\
         Session: https://x.example/{words}\nOperator: {words}\nReviewer: {words}\n",
        words.replace(['<', '>'], "")
    );
    let tag = feed(
        world,
        &["hash-object", "-w", "--literally", "-t", "tag", "--stdin"],
        tag.as_bytes(),
    );
    world
        .sandbox
        .git(&world.remote, &["update-ref", name, &tag]);
}

/// A report of a scanner on the change `words`.
fn report(world: &World, words: &str) {
    let place = |uri: &str| {
        serde_json::json!([{"physicalLocation": {
            "artifactLocation": {"uri": uri}, "region": {"startLine": 2}}}])
    };
    let result = |uri: &str| {
        serde_json::json!({"ruleId": words, "level": "error", "message": {"text": words},
            "locations": place(uri)})
    };
    let report = serde_json::json!({"version": "2.1.0", "runs": [{
        "tool": {"driver": {"name": words, "version": words}},
        "results": [result("src/app.py"), result(words), result("\u{1b}[91m/../x")]}]});
    let blob = feed(
        world,
        &["hash-object", "-w", "--stdin"],
        report.to_string().as_bytes(),
    );
    let name = "refs/countersign/findings/words/1/scanner";
    world
        .sandbox
        .git(&world.remote, &["update-ref", name, &blob]);
}

/// Signed remarks by Bob, as hostile as a statement can be, which holds no control: his key may have
/// been stolen.
fn remark(world: &World, words: &str) {
    world.bob.run("sync").ok();
    let words: String = words.chars().filter(|c| !c.is_control()).collect();
    let words = words.as_str();
    let at = ["comment", "words", "-m", words, "--at", "src/app.py:3"];
    world.bob.countersign(&at).ok();
    let reject = ["reject", "unseen", "-m", words];
    world.bob.countersign(&reject).ok();
    world.bob.run("sync").ok();
}
