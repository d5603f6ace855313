//! CODEOWNERS, in GitHub's form and in GitLab's: who owns a path. Owners are asked; they decide
//! nothing that the policy does not let them decide.

use std::collections::HashSet;

use globset::{Candidate, GlobBuilder, GlobSet, GlobSetBuilder};

use super::as_os_path;

/// Where the file may be, in the order in which the forges look.
pub const PLACES: [&str; 4] = [
    ".github/CODEOWNERS",
    "CODEOWNERS",
    "docs/CODEOWNERS",
    ".gitlab/CODEOWNERS",
];
/// The largest file that is read, in bytes.
pub const MAX_OWNERS: u64 = 1024 * 1024;
/// Most lines with a pattern, and most sections.
const MAX_LINES: usize = 4_000;
/// Most owners of a line: a section's are those of each line in it that names none.
const MAX_A_LINE: usize = 200;
/// Longest pattern, in bytes.
const MAX_PATTERN: usize = 256;
/// Lines whose patterns are matched at once.
const CHUNK: usize = 128;

/// A CODEOWNERS file.
#[derive(Debug, Default)]
pub struct Owners {
    sections: Vec<Section>,
    /// What could not be read, a sentence each with its line; at most ten.
    pub oddities: Vec<String>,
}

/// An owner as the file names one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// An e-mail address.
    Address(String),
    /// `@name` or `@group/team`, without the `@`.
    Name(String),
    /// `@@role`, without both.
    Role(String),
}

/// A section: in it the last match wins; a path has the owners of all sections.
#[derive(Debug, Default)]
struct Section {
    name: String,
    lines: Vec<Line>,
    chunks: Vec<Chunk>,
}

#[derive(Debug)]
struct Line {
    owners: Vec<Owner>,
    /// `!pattern`: what matches has no owner in this section.
    excludes: bool,
    globs: Vec<String>,
}

/// The patterns of a few lines, in their order.
#[derive(Debug)]
struct Chunk {
    set: GlobSet,
    /// The line of each pattern.
    lines: Vec<usize>,
}

/// How paths are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    GitHub,
    GitLab,
}

impl Owners {
    /// Reads a file that was found at `place`. What cannot be read is left out and said.
    pub fn parse(place: &str, bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let is_lab = place.starts_with(".gitlab/") || text.lines().any(is_heading);
        let form = if is_lab { Form::GitLab } else { Form::GitHub };
        let mut reading = Reading {
            place,
            form,
            sections: vec![Section::default()],
            current: 0,
            defaults: Vec::new(),
            count: 0,
            oddities: Vec::new(),
        };
        for (nth, line) in text.lines().enumerate() {
            reading.line(nth + 1, line);
        }
        if reading.count > MAX_LINES || reading.sections.len() > MAX_LINES {
            let text = format!("{place} has more than {MAX_LINES} patterns: it asks nobody");
            return Self {
                sections: Vec::new(),
                oddities: vec![text],
            };
        }
        let mut owners = Self {
            sections: reading.sections,
            oddities: reading.oddities,
        };
        for section in &mut owners.sections {
            section.compile();
        }
        owners
    }

    /// A file that is there and could not be read: nobody owns anything.
    pub fn unread(place: &str, why: &dyn std::error::Error) -> Self {
        Self {
            sections: Vec::new(),
            oddities: vec![format!("{place} cannot be read: {why}")],
        }
    }

    /// The owners of a path, each once, in the order of the file.
    pub fn of(&self, path: &[u8]) -> Vec<&Owner> {
        let mut found: Vec<&Owner> = Vec::new();
        let mut known: HashSet<&Owner> = HashSet::new();
        let candidate = Candidate::new(as_os_path(path));
        for line in self.sections.iter().filter_map(|s| s.last(&candidate)) {
            for owner in &line.owners {
                if known.insert(owner) {
                    found.push(owner);
                }
            }
        }
        found
    }
}

impl Section {
    fn compile(&mut self) {
        for (nth, lines) in self.lines.chunks(CHUNK).enumerate() {
            let mut set = GlobSetBuilder::new();
            let mut of = Vec::new();
            for (at, line) in lines.iter().enumerate() {
                for glob in line.globs.iter().filter_map(|glob| compile(glob)) {
                    set.add(glob);
                    of.push(nth * CHUNK + at);
                }
            }
            // Each pattern compiles by itself, is short, and there are few of them.
            let set = set.build().unwrap_or_else(|_| GlobSet::empty());
            self.chunks.push(Chunk { set, lines: of });
        }
    }

    /// The line that decides, unless one excludes the path.
    fn last(&self, path: &Candidate<'_>) -> Option<&Line> {
        let excludes = self.lines.iter().any(|line| line.excludes);
        let mut last = None;
        for chunk in self.chunks.iter().rev() {
            let hits = chunk.set.matches_candidate(path);
            let hits = hits.iter().filter_map(|hit| chunk.lines.get(*hit));
            for line in hits.rev().filter_map(|line| self.lines.get(*line)) {
                if line.excludes {
                    return None;
                }
                last = last.or(Some(line));
            }
            if last.is_some() && !excludes {
                break;
            }
        }
        last
    }
}

fn compile(glob: &str) -> Option<globset::Glob> {
    let mut builder = GlobBuilder::new(glob);
    builder.literal_separator(true).backslash_escape(true);
    builder.build().ok()
}

/// A file being read.
struct Reading<'a> {
    place: &'a str,
    form: Form,
    sections: Vec<Section>,
    current: usize,
    defaults: Vec<Owner>,
    count: usize,
    oddities: Vec<String>,
}

impl Reading<'_> {
    fn odd(&mut self, number: usize, why: &str) {
        if self.oddities.len() < 10 {
            let text = format!("{}:{number}: {why}; the line is passed over", self.place);
            self.oddities.push(text);
        }
    }

    fn line(&mut self, number: usize, line: &str) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return;
        }
        if self.form == Form::GitLab && is_heading(line) {
            return self.heading(number, line);
        }
        self.count += 1;
        if self.count > MAX_LINES {
            return;
        }
        let (pattern, rest) = split(line);
        let excludes = self.form == Form::GitLab && pattern.starts_with('!');
        let bare = pattern.strip_prefix('!').filter(|_| excludes);
        let globs = match globs(bare.unwrap_or(pattern), self.form) {
            Ok(globs) if globs.iter().all(|glob| compile(glob).is_some()) => globs,
            Ok(_) => return self.odd(number, "the pattern cannot be read"),
            Err(why) => return self.odd(number, why),
        };
        let Some(mut owners) = self.owners(number, rest) else {
            return;
        };
        if owners.is_empty() {
            owners.clone_from(&self.defaults);
        }
        if let Some(section) = self.sections.get_mut(self.current) {
            section.lines.push(Line {
                owners,
                excludes,
                globs,
            });
        }
    }

    /// `[Name][2] @owner`, `^[Name]`.
    fn heading(&mut self, number: usize, line: &str) {
        let inner = line.trim_start_matches(['^', '[']);
        let (name, rest) = inner.split_once(']').unwrap_or((inner, ""));
        let rest = rest
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
            .map_or(rest, |(_, rest)| rest);
        let name = name.trim().to_lowercase();
        self.defaults = self.owners(number, rest).unwrap_or_default();
        if self.sections.len() > MAX_LINES {
            return;
        }
        let known = self.sections.iter().position(|s| s.name == name);
        self.current = known.unwrap_or(self.sections.len());
        if known.is_none() {
            self.sections.push(Section {
                name,
                ..Section::default()
            });
        }
    }

    /// The owners of a line, up to a comment; none where one of them is no owner.
    fn owners(&mut self, number: usize, text: &str) -> Option<Vec<Owner>> {
        let words = text.split_whitespace();
        let words = words.take_while(|word| !word.starts_with('#'));
        let mut owners = Vec::new();
        for word in words {
            match Owner::parse(word) {
                Some(_) if owners.len() == MAX_A_LINE => {
                    self.odd(number, "more than 200 owners");
                    return None;
                }
                Some(owner) => owners.push(owner),
                // GitLab passes over the word, GitHub over the line.
                None if self.form == Form::GitLab => {}
                None => {
                    self.odd(number, "an owner is no @name and no address");
                    return None;
                }
            }
        }
        Some(owners)
    }
}

impl Owner {
    fn parse(word: &str) -> Option<Self> {
        if let Some(role) = word.strip_prefix("@@") {
            return (!role.is_empty()).then(|| Self::Role(role.to_owned()));
        }
        if let Some(name) = word.strip_prefix('@') {
            return (!name.is_empty()).then(|| Self::Name(name.to_owned()));
        }
        let (local, domain) = word.split_once('@')?;
        (!local.is_empty() && !domain.is_empty()).then(|| Self::Address(word.to_owned()))
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address(address) => f.write_str(address),
            Self::Name(name) => write!(f, "@{name}"),
            Self::Role(role) => write!(f, "@@{role}"),
        }
    }
}

/// Whether a line opens a section: `[…]` or `^[…]`, and not a path that is called so.
fn is_heading(line: &str) -> bool {
    let line = line.trim();
    let inner = line.strip_prefix('^').unwrap_or(line).strip_prefix('[');
    inner.is_some_and(|inner| {
        inner.split_once(']').is_some_and(|(name, rest)| {
            let ends = rest.is_empty() || rest.starts_with([' ', '\t', '[']);
            !name.trim().is_empty() && ends
        })
    })
}

/// The pattern of a line, up to a blank that no backslash escapes, and the rest.
fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        if c.is_whitespace() && !escaped {
            return line.split_at(at);
        }
        escaped = c == '\\' && !escaped;
    }
    (line, "")
}

/// The globs that a pattern stands for.
fn globs(pattern: &str, form: Form) -> Result<Vec<String>, &'static str> {
    if pattern.len() > MAX_PATTERN {
        return Err("a pattern of more than 256 bytes");
    }
    if form == Form::GitHub && (pattern.starts_with('!') || pattern.contains(['[', ']'])) {
        return Err("negation and brackets have no meaning here");
    }
    let bare = pattern.strip_prefix('/').unwrap_or(pattern);
    let folder = bare.ends_with('/');
    let bare = bare.trim_end_matches('/');
    if bare.is_empty() {
        return Err("a pattern without a name");
    }
    let anchored = pattern.starts_with('/') || (form == Form::GitHub && bare.contains('/'));
    let escaped = escape(bare);
    let stem = match anchored {
        true => escaped,
        false => format!("**/{escaped}"),
    };
    let below = format!("{stem}/**");
    // `docs/*` is what lies in the folder itself.
    let children = bare.ends_with("/*") || (anchored && bare == "*");
    Ok(match form {
        _ if folder => vec![below],
        Form::GitHub if !children => vec![stem, below],
        Form::GitHub | Form::GitLab => vec![stem],
    })
}

/// The pattern with everything but `*` and `?` literal; a backslash escapes what follows.
fn escape(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut escaped = false;
    for c in pattern.chars() {
        if c == '\\' && !escaped {
            escaped = true;
            continue;
        }
        let special = matches!(c, '[' | ']' | '{' | '}' | '\\' | '!' | ',');
        if special || (escaped && matches!(c, '*' | '?')) {
            out.push('\\');
        }
        out.push(c);
        escaped = false;
    }
    if escaped {
        out.push_str("\\\\");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(place: &str, file: &str, path: &str) -> String {
        let owners = Owners::parse(place, file.as_bytes());
        let found = owners.of(path.as_bytes());
        let found: Vec<String> = found.iter().map(|owner| owner.to_string()).collect();
        found.join(" ")
    }

    const GITHUB: &str = "\
# comment
*                 @all
*.js              @js # said so
/build/logs/      @logs
docs/*            docs@example.com
apps/             @apps
/scripts/*        @one @org/two
**/cache          @cache
/apps/github
/with\\ space/a.md @space
deep/**/x.rs      @deep
/exact?.md        @exact
";

    #[test]
    fn the_form_of_github_with_the_last_match_winning() {
        for (path, owners) in [
            ("readme", "@all"),
            ("a/b/c.js", "@js"),
            ("build/logs/x/y.txt", "@logs"),
            ("x/build/logs/y.txt", "@all"),
            ("docs/start.md", "docs@example.com"),
            ("docs/build/start.md", "@all"),
            ("apps/x/y", "@apps"),
            ("src/apps/x.js", "@apps"),
            ("scripts/run", "@one @org/two"),
            ("scripts/deep/run", "@all"),
            ("x/cache/y", "@cache"),
            ("cache", "@cache"),
            ("apps/github/x", ""),
            ("with space/a.md", "@space"),
            ("deep/x.rs", "@deep"),
            ("deep/a/b/x.rs", "@deep"),
            ("exact1.md", "@exact"),
            ("exact/.md", "@all"),
            ("READ.JS", "@all"),
        ] {
            assert_eq!(of("CODEOWNERS", GITHUB, path), owners, "{path}");
        }
    }

    const GITLAB: &str = "\
* @default
[Docs] @writers
*.md
docs/ @docs
!/docs/generated/
/docs/generated/x.md @late

^[Optional][2]
internal/README.md a@example.com nonsense
[docs]
*.txt @@maintainers
\\[odd\\].rs @odd
\\#hash @hash
";

    #[test]
    fn the_owners_of_a_line_are_bounded() {
        let many = "@x ".repeat(MAX_A_LINE + 1);
        let owners = Owners::parse("CODEOWNERS", format!("* @all\n*.md {many}\n").as_bytes());
        assert_eq!(owners.oddities.len(), 1);
        assert_eq!(owners.of(b"a.md").len(), 1);
    }

    #[test]
    fn the_form_of_gitlab_with_sections_defaults_and_exclusions() {
        for (path, owners) in [
            ("a.rs", "@default"),
            ("a.md", "@default @writers"),
            ("x/docs/a.rs", "@default @docs"),
            ("docs/generated/x.md", "@default"),
            ("deep/internal/README.md", "@default @writers a@example.com"),
            ("notes.txt", "@default @@maintainers"),
            ("[odd].rs", "@default @odd"),
            ("#hash", "@default @hash"),
        ] {
            assert_eq!(of("CODEOWNERS", GITLAB, path), owners, "{path}");
        }
        // Without a section the place tells: there a file is not its folder.
        assert_eq!(of(".gitlab/CODEOWNERS", "/a @x", "a/b"), "");
        assert_eq!(of(".github/CODEOWNERS", "/a @x", "a/b"), "@x");
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_line_and_harms_nothing() {
        let file = "!a @x\n*.[ch] @x\nb name\n/ @x\nc @ok\n\u{fffd}\0 @x\n";
        let owners = Owners::parse("CODEOWNERS", file.as_bytes());
        assert_eq!(owners.oddities.len(), 4, "{:?}", owners.oddities);
        assert!(owners.oddities[2].starts_with("CODEOWNERS:3: an owner"));
        assert_eq!(owners.of(b"c").len(), 1);
        assert_eq!(owners.of(b"\xff\xfe").len(), 0);

        let many = "*a*b*c*d*e*f* @x\n".repeat(MAX_LINES + 1);
        let owners = Owners::parse("CODEOWNERS", many.as_bytes());
        assert!(owners.oddities[0].contains("more than 4000 patterns"));
        assert_eq!(owners.of(b"abcdef").len(), 0);
        let most = "**/*a*/**/*b*/**/*c*/**/*d*/** @x\n".repeat(300);
        let owners = Owners::parse("CODEOWNERS", most.as_bytes());
        let path = "a/".repeat(2_000);
        assert_eq!(owners.of(path.as_bytes()).len(), 0);
        assert_eq!(owners.of(b"a/b/c/d/e").len(), 1);
    }
}
