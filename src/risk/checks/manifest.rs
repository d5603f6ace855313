//! Reads the names of dependencies from the lines of manifests, of every common kind.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// A kind of manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manifest {
    Cargo,
    Npm,
    Requirements,
    PyProject,
    GoMod,
    Gemfile,
    Gradle,
    Maven,
    NuGet,
}

impl Manifest {
    /// The kind of a file by its name.
    pub(super) fn of(name: &[u8]) -> Option<Self> {
        match name.to_ascii_lowercase().as_slice() {
            b"cargo.toml" => Some(Self::Cargo),
            b"package.json" | b"composer.json" => Some(Self::Npm),
            b"pyproject.toml" | b"pipfile" => Some(Self::PyProject),
            b"go.mod" => Some(Self::GoMod),
            b"gemfile" => Some(Self::Gemfile),
            b"build.gradle" | b"build.gradle.kts" => Some(Self::Gradle),
            b"pom.xml" => Some(Self::Maven),
            name if name.starts_with(b"requirements") && name.ends_with(b".txt") => {
                Some(Self::Requirements)
            }
            name if name.ends_with(b".gemspec") => Some(Self::Gemfile),
            name if name.ends_with(b".csproj") => Some(Self::NuGet),
            _ => None,
        }
    }

    /// The dependency a line declares. `section` is the last line before it that opens one, where
    /// known.
    pub(super) fn dependency(self, section: Option<&[u8]>, line: &[u8]) -> Option<String> {
        let pattern = match self {
            Self::Cargo => &TOML,
            Self::Npm => &JSON,
            Self::Requirements => &REQUIREMENT,
            Self::PyProject => return pyproject(section, line),
            Self::GoMod => &GO,
            Self::Gemfile => &GEM,
            Self::Gradle => &GRADLE,
            Self::Maven => &MAVEN,
            Self::NuGet => &NUGET,
        };
        let in_section = match (self, section) {
            (Self::Cargo, Some(section)) => has(section, b"dependencies"),
            (Self::Npm, Some(section)) => {
                has(&section.to_ascii_lowercase(), b"dependencies") || has(section, b"require")
            }
            _ => true,
        };
        in_section.then(|| name(pattern, line)).flatten()
    }

    /// Whether a line opens a section.
    pub(super) fn opens(self, line: &[u8]) -> bool {
        let line = line.trim_ascii();
        match self {
            Self::Cargo | Self::PyProject => {
                line.starts_with(b"[") || (line.ends_with(b"[") && has(line, b"="))
            }
            Self::Npm => line.ends_with(b"{"),
            _ => false,
        }
    }
}

macro_rules! patterns {
    ($($name:ident = $pattern:expr;)*) => {
        $(static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());)*
    };
}

patterns! {
    TOML = r#"(?-u)^\s*"?([A-Za-z0-9_.-]+?)"?(?:\.workspace)?\s*=\s*(?:"[\^~=<>* ]*(?:\d|\*|latest)|\{.*\b(?:version|git|path|workspace|registry)\b|true)"#;
    JSON = r#"(?-u)^\s*"((?:@[\w.-]+/)?[\w./-]+)"\s*:\s*"(?:[\^~<>=v ]*\d|\*|latest|x|git|https?:|file:|link:|workspace:|npm:|github:|dev-)"#;
    REQUIREMENT = r"(?-u)^\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(?:[=<>~!;@#].*)?$";
    PEP508 = r#"(?-u)^\s*["']([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(?:[=<>~!;@ ].*)?["'],?\s*(?:#.*)?$"#;
    GO = r"(?-u)^\s*(?:require\s+)?([\w-]+(?:\.[\w-]+)+(?:/[\w.~-]+)*)\s+v\d";
    GEM = r#"(?-u)^\s*(?:gem|\w+\.add_\w*dependency)\s*\(?\s*["']([\w.-]+)["']"#;
    GRADLE = r#"(?-u)^\s*\w*(?:[iI]mplementation|api|compileOnly|runtimeOnly|kapt|classpath)\s*\(?\s*["']([\w.-]+:[\w.-]+)"#;
    MAVEN = r"(?-u)^\s*<artifactId>([\w.-]+)</artifactId>";
    NUGET = r#"(?-u)<PackageReference\s+Include="([\w.-]+)""#;
}

fn name(pattern: &LazyLock<Option<Regex>>, line: &[u8]) -> Option<String> {
    let found = pattern.as_ref()?.captures(line)?.get(1)?;
    let name = String::from_utf8_lossy(found.as_bytes()).to_ascii_lowercase();
    (name.len() >= 2).then_some(name)
}

fn pyproject(section: Option<&[u8]>, line: &[u8]) -> Option<String> {
    let section = section.unwrap_or(b"dependencies");
    if !(has(section, b"dependencies") || has(section, b"packages") || has(section, b"requires")) {
        return None;
    }
    let table = section.trim_ascii().starts_with(b"[");
    let found = if table {
        name(&TOML, line)
    } else {
        name(&PEP508, line)
    };
    found.filter(|name| name != "python")
}

pub(super) fn has(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}
