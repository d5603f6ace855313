//! Which language a file is in, by its path or first line, and how that language writes comments
//! and strings.

use serde::Deserialize;

/// A language, as far as rules tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Language {
    C,
    Cpp,
    CSharp,
    Css,
    Dart,
    Dockerfile,
    Go,
    GoMod,
    Groovy,
    Haproxy,
    Hcl,
    Html,
    Ini,
    Java,
    JavaScript,
    Json,
    Kotlin,
    Lua,
    Make,
    Nginx,
    Perl,
    Php,
    PowerShell,
    Proto,
    Python,
    Ruby,
    Rust,
    Scala,
    Shell,
    Sql,
    Swift,
    Toml,
    Yaml,
    Zone,
    Other,
}

/// How a language writes what is not code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Syntax {
    /// What begins a comment to the end of the line.
    pub(super) line: &'static [&'static str],
    /// Whether such a comment needs a blank or the line's start before it.
    pub(super) line_after_blank: bool,
    /// What begins and ends a comment over lines.
    pub(super) block: Option<(&'static str, &'static str)>,
    /// Quotes of strings that end with the line.
    pub(super) quotes: &'static [u8],
    /// Quotes of strings that go on over lines.
    pub(super) long_quotes: &'static [&'static str],
    /// Whether `'` may also be something else than a quote (a lifetime, a digit separator).
    pub(super) char_literals: bool,
    /// Whether a backslash takes the meaning from the next character of a string.
    pub(super) escapes: bool,
}

const C_LIKE: Syntax = Syntax {
    line: &["//"],
    line_after_blank: false,
    block: Some(("/*", "*/")),
    quotes: b"\"",
    long_quotes: &[],
    char_literals: true,
    escapes: true,
};
const HASH: Syntax = Syntax {
    line: &["#"],
    line_after_blank: true,
    block: None,
    quotes: b"\"'",
    long_quotes: &[],
    char_literals: false,
    escapes: true,
};
const NONE: Syntax = Syntax {
    line: &[],
    quotes: b"\"",
    ..HASH
};

impl Language {
    /// The language of a file. `first` is its first line, where known.
    pub(super) fn of(path: &[u8], first: &[u8]) -> Self {
        let path = String::from_utf8_lossy(path).to_ascii_lowercase();
        let name = path.rsplit('/').next().unwrap_or_default();
        Self::of_name(&path, name)
            .or_else(|| {
                let (_, extension) = name.rsplit_once('.')?;
                Self::of_extension(extension)
            })
            .or_else(|| Self::of_shebang(first))
            .unwrap_or(Self::Other)
    }

    fn of_name(path: &str, name: &str) -> Option<Self> {
        let language = match name {
            "go.mod" | "go.sum" | "go.work" => Self::GoMod,
            "jenkinsfile" => Self::Groovy,
            "rakefile" | "gemfile" | "vagrantfile" => Self::Ruby,
            "procfile" | ".npmrc" | "pip.conf" | ".gitconfig" | ".gitmodules" => Self::Ini,
            "cargo.lock" | "poetry.lock" | "uv.lock" | "pipfile" => Self::Toml,
            "haproxy.cfg" => Self::Haproxy,
            _ if name.starts_with("dockerfile") || name.ends_with(".dockerfile") => {
                Self::Dockerfile
            }
            _ if name.starts_with("makefile") || name == "gnumakefile" => Self::Make,
            _ if name == ".env" || name.starts_with(".env.") => Self::Ini,
            _ if name.ends_with(".conf") && path.contains("nginx") => Self::Nginx,
            _ if name.ends_with(".cfg") && path.contains("haproxy") => Self::Haproxy,
            _ if name.ends_with(".zone") => Self::Zone,
            _ if path.contains("bind/") && name.starts_with("db.") => Self::Zone,
            _ => return None,
        };
        Some(language)
    }

    fn of_extension(extension: &str) -> Option<Self> {
        let language = match extension {
            "c" | "h" | "m" => Self::C,
            "cc" | "cpp" | "cxx" | "hpp" | "hh" | "hxx" | "inl" | "mm" => Self::Cpp,
            "cs" => Self::CSharp,
            "css" | "scss" | "less" => Self::Css,
            "dart" => Self::Dart,
            "go" => Self::Go,
            "groovy" | "gradle" => Self::Groovy,
            "tf" | "hcl" | "tfvars" => Self::Hcl,
            "html" | "htm" | "vue" | "svelte" | "erb" | "jinja" | "jinja2" | "j2" | "hbs"
            | "xml" => Self::Html,
            "ini" | "cfg" | "conf" | "properties" | "env" | "service" => Self::Ini,
            "java" => Self::Java,
            "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" => Self::JavaScript,
            "json" | "jsonc" | "json5" => Self::Json,
            "kt" | "kts" => Self::Kotlin,
            "lua" => Self::Lua,
            "mk" | "mak" => Self::Make,
            "pl" | "pm" => Self::Perl,
            "php" => Self::Php,
            "ps1" | "psm1" => Self::PowerShell,
            "proto" => Self::Proto,
            "py" | "pyi" | "pyx" => Self::Python,
            "rb" | "rake" | "gemspec" => Self::Ruby,
            "rs" => Self::Rust,
            "scala" | "sc" => Self::Scala,
            "sh" | "bash" | "zsh" | "ksh" => Self::Shell,
            "sql" | "ddl" => Self::Sql,
            "swift" => Self::Swift,
            "toml" => Self::Toml,
            "yaml" | "yml" => Self::Yaml,
            _ => return None,
        };
        Some(language)
    }

    fn of_shebang(first: &[u8]) -> Option<Self> {
        let line = first.strip_prefix(b"#!")?;
        let line = String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned();
        let program = line
            .split_whitespace()
            .map(|word| word.rsplit('/').next().unwrap_or(word))
            .find(|word| *word != "env" && !word.starts_with('-'))?;
        let program = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        match program {
            "sh" | "bash" | "dash" | "zsh" | "ksh" => Some(Self::Shell),
            "python" => Some(Self::Python),
            "ruby" => Some(Self::Ruby),
            "perl" => Some(Self::Perl),
            "node" | "deno" | "bun" => Some(Self::JavaScript),
            "lua" => Some(Self::Lua),
            "php" => Some(Self::Php),
            "pwsh" => Some(Self::PowerShell),
            _ => None,
        }
    }

    /// How the language writes comments and strings.
    pub(super) const fn syntax(self) -> Syntax {
        match self.with_slashes() {
            Some(syntax) => syntax,
            None => self.with_hashes(),
        }
    }

    /// The syntax of a language whose comments are those of C, more or less.
    const fn with_slashes(self) -> Option<Syntax> {
        Some(match self {
            Self::C | Self::Cpp | Self::Proto | Self::Rust => C_LIKE,
            Self::Go => Syntax {
                long_quotes: &["`"],
                ..C_LIKE
            },
            Self::Java | Self::Kotlin | Self::Scala | Self::Swift | Self::CSharp => Syntax {
                long_quotes: &["\"\"\""],
                ..C_LIKE
            },
            Self::JavaScript => Syntax {
                quotes: b"\"'",
                long_quotes: &["`"],
                char_literals: false,
                ..C_LIKE
            },
            Self::Dart | Self::Groovy => Syntax {
                quotes: b"\"'",
                long_quotes: &["\"\"\"", "'''"],
                char_literals: false,
                ..C_LIKE
            },
            Self::Css => Syntax {
                line: &[],
                quotes: b"\"'",
                char_literals: false,
                ..C_LIKE
            },
            Self::Php => Syntax {
                line: &["//", "#"],
                quotes: b"\"'",
                char_literals: false,
                ..C_LIKE
            },
            Self::Hcl => Syntax {
                line: &["#", "//"],
                char_literals: false,
                ..C_LIKE
            },
            Self::GoMod => Syntax {
                line: &["//"],
                block: None,
                ..C_LIKE
            },
            _ => return None,
        })
    }

    /// The syntax of every other language: `#` comments, more or less.
    const fn with_hashes(self) -> Syntax {
        match self {
            Self::Python | Self::Toml => Syntax {
                line_after_blank: false,
                long_quotes: &["\"\"\"", "'''"],
                ..HASH
            },
            Self::Ruby => Syntax {
                block: Some(("=begin", "=end")),
                ..HASH
            },
            Self::PowerShell => Syntax {
                block: Some(("<#", "#>")),
                escapes: false,
                ..HASH
            },
            Self::Sql => Syntax {
                line: &["--"],
                block: Some(("/*", "*/")),
                quotes: b"'\"",
                line_after_blank: false,
                escapes: false,
                ..HASH
            },
            Self::Lua => Syntax {
                line: &["--"],
                block: Some(("--[[", "]]")),
                line_after_blank: false,
                ..HASH
            },
            Self::Html => Syntax {
                line: &[],
                block: Some(("<!--", "-->")),
                quotes: b"",
                ..HASH
            },
            Self::Ini => Syntax {
                line: &["#", ";"],
                quotes: b"\"",
                ..HASH
            },
            Self::Zone => Syntax {
                line: &[";"],
                quotes: b"\"",
                ..HASH
            },
            Self::Json => NONE,
            Self::Other => Syntax {
                line: &[],
                quotes: b"",
                ..HASH
            },
            _ => HASH,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_before_extensions_and_both_before_the_first_line() {
        let of = |path: &str| Language::of(path.as_bytes(), b"");
        assert_eq!(of("infra/nginx/site.conf"), Language::Nginx);
        assert_eq!(of("etc/app.conf"), Language::Ini);
        assert_eq!(of("Dockerfile.prod"), Language::Dockerfile);
        assert_eq!(of("src/App.TSX"), Language::JavaScript);
        assert_eq!(of("Cargo.lock"), Language::Toml);
        assert_eq!(of("README"), Language::Other);
        let first = b"#!/usr/bin/env -S python3.11 -u";
        assert_eq!(Language::of(b"bin/run", first), Language::Python);
        assert_eq!(Language::of(b"bin/run", b"#!/bin/bash -e"), Language::Shell);
        assert_eq!(Language::of(b"bin/run.rb", b"#!/bin/sh"), Language::Ruby);
        assert_eq!(Language::of(b"\xff\xfe", b"\x00\xff"), Language::Other);
    }
}
