//! What kind of file a path names: code, tests, configuration, documents, manifests, generated.

use serde::Deserialize;

use super::language::Language;
use crate::change::RepoPath;

/// A kind of file. A file may be of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// Source code that runs in production.
    Code,
    /// Configuration and infrastructure.
    Config,
    /// SQL, and code that migrates a database.
    Sql,
    /// Documents.
    Docs,
    /// Tests and what they read.
    Test,
    /// What a project depends on, as people write it.
    Manifest,
    /// What a project depends on, as tools resolved it.
    Lock,
    /// What runs on a build server.
    Ci,
    /// Made by a program or copied from elsewhere.
    Generated,
}

/// The kinds a file is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Kinds(u16);

impl Kinds {
    /// Whether the file is of this kind.
    pub(super) const fn has(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u16) != 0
    }

    /// Whether the file is of any of these kinds.
    pub(super) fn any(self, kinds: &[Kind]) -> bool {
        kinds.iter().any(|kind| self.has(*kind))
    }

    const fn with(self, kind: Kind) -> Self {
        Self(self.0 | (1 << kind as u16))
    }

    /// The kinds of the file at `path`, which is in `language`.
    pub(super) fn of(path: &[u8], language: Language) -> Self {
        let path = String::from_utf8_lossy(path).to_ascii_lowercase();
        let name = path.rsplit('/').next().unwrap_or_default();
        let none = Self::default();
        if is_lock(name) {
            return none.with(Kind::Lock);
        }
        if is_generated(&path, name) {
            return none.with(Kind::Generated);
        }
        if is_manifest(name) {
            return none.with(Kind::Manifest);
        }
        if is_ci(&path, name) {
            return none.with(Kind::Ci).with(Kind::Config);
        }
        if is_test(&path, name) {
            return none.with(Kind::Test);
        }
        if is_docs(&path, name, language) {
            return none.with(Kind::Docs);
        }
        let kinds = match language {
            Language::Sql => none.with(Kind::Sql).with(Kind::Code),
            Language::Hcl
            | Language::Yaml
            | Language::Json
            | Language::Toml
            | Language::Ini
            | Language::Nginx
            | Language::Haproxy
            | Language::Dockerfile
            | Language::Make
            | Language::Zone
            | Language::Other => none.with(Kind::Config),
            _ => none.with(Kind::Code),
        };
        if is_migration(&path) {
            kinds.with(Kind::Sql)
        } else {
            kinds
        }
    }
}

/// Whether one of the folders of the path has one of these names.
fn in_folder(path: &str, names: &[&str]) -> bool {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    parts.iter().any(|part| names.contains(part))
}

/// Whether a tool wrote the file to remember which versions it resolved: what people wrote says why,
/// and is read first.
pub fn is_lock_file(path: &RepoPath) -> bool {
    let name = String::from_utf8_lossy(path.file_name()).to_ascii_lowercase();
    is_lock(&name)
}

fn is_lock(name: &str) -> bool {
    matches!(
        name,
        "cargo.lock"
            | "go.sum"
            | "package-lock.json"
            | "npm-shrinkwrap.json"
            | "yarn.lock"
            | "pnpm-lock.yaml"
            | "poetry.lock"
            | "uv.lock"
            | "pipfile.lock"
            | "gemfile.lock"
            | "composer.lock"
    )
}

fn is_manifest(name: &str) -> bool {
    let requirements = name.starts_with("requirements") && name.ends_with(".txt");
    matches!(
        name,
        "cargo.toml"
            | "go.mod"
            | "package.json"
            | "setup.py"
            | "setup.cfg"
            | "pyproject.toml"
            | "pipfile"
            | "gemfile"
            | "pom.xml"
            | "composer.json"
            | ".npmrc"
            | ".yarnrc"
            | ".yarnrc.yml"
            | "pip.conf"
            | "build.gradle"
            | "build.gradle.kts"
    ) || requirements
        || name.ends_with(".gemspec")
        || name.ends_with(".csproj")
}

fn is_generated(path: &str, name: &str) -> bool {
    const FOLDERS: &[&str] = &[
        "vendor",
        "vendored",
        "third_party",
        "node_modules",
        ".yarn",
        "godeps",
        "dist",
        "generated",
        "__generated__",
        "__snapshots__",
    ];
    const ENDS: &[&str] = &[
        ".min.js",
        ".min.css",
        ".pb.go",
        ".pb.cc",
        ".pb.h",
        "_pb2.py",
        "_pb.js",
        ".snap",
        ".map",
        ".g.dart",
        ".gen.go",
        "_generated.go",
        ".generated.ts",
        ".designer.cs",
    ];
    in_folder(path, FOLDERS) || ENDS.iter().any(|end| name.ends_with(end))
}

fn is_ci(path: &str, name: &str) -> bool {
    let file = matches!(
        name,
        ".gitlab-ci.yml" | ".travis.yml" | "jenkinsfile" | "appveyor.yml" | ".cirrus.yml"
    );
    file || name.starts_with("azure-pipelines")
        || path.starts_with(".github/workflows/")
        || path.starts_with(".github/actions/")
        || in_folder(path, &[".circleci", ".buildkite", ".gitlab", ".ci"])
}

fn is_test(path: &str, name: &str) -> bool {
    const FOLDERS: &[&str] = &[
        "test",
        "tests",
        "testing",
        "spec",
        "specs",
        "__tests__",
        "testdata",
        "fixtures",
        "e2e",
        "mocks",
        "__mocks__",
    ];
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    in_folder(path, FOLDERS)
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("_tests")
        || stem.ends_with("_spec")
        || name.contains(".spec.")
        || name.contains(".test.")
        || is_camel_test(name)
}

/// `FooTest.java`, `FooTests.cs`; the name is in lower case already.
fn is_camel_test(name: &str) -> bool {
    const ENDS: &[&str] = &[
        "test.java",
        "tests.java",
        "test.kt",
        "tests.kt",
        "test.cs",
        "tests.cs",
        "tests.swift",
        "test.scala",
        "test.php",
    ];
    ENDS.iter().any(|end| name.ends_with(end))
}

fn is_docs(path: &str, name: &str, language: Language) -> bool {
    const ENDS: &[&str] = &[
        ".md", ".mdx", ".rst", ".adoc", ".txt", ".po", ".pot", ".svg",
    ];
    let written = ENDS.iter().any(|end| name.ends_with(end)) && name != "cmakelists.txt";
    let plain = matches!(
        name,
        "license"
            | "copying"
            | "authors"
            | "notice"
            | "news"
            | "changelog"
            | "changes"
            | "readme"
            | "maintainers"
            | "contributing"
            | "todo"
    );
    written || plain || (in_folder(path, &["docs", "doc"]) && language == Language::Html)
}

fn is_migration(path: &str) -> bool {
    in_folder(
        path,
        &["migrations", "migration", "migrate", "alembic", "ddl"],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_the_kinds_that_rules_ask_for() {
        let of = |path: &str| {
            let kinds = Kinds::of(path.as_bytes(), Language::of(path.as_bytes(), b""));
            let all = [
                (Kind::Code, "code"),
                (Kind::Config, "config"),
                (Kind::Sql, "sql"),
                (Kind::Docs, "docs"),
                (Kind::Test, "test"),
                (Kind::Manifest, "manifest"),
                (Kind::Lock, "lock"),
                (Kind::Ci, "ci"),
                (Kind::Generated, "generated"),
            ];
            let names: Vec<&str> = all.iter().filter(|k| kinds.has(k.0)).map(|k| k.1).collect();
            names.join("+")
        };
        for (path, kinds) in [
            ("src/net/pool.rs", "code"),
            ("src/net/pool_test.go", "test"),
            ("tests/data/x.yaml", "test"),
            ("src/latest.py", "code"),
            ("infra/lb.yaml", "config"),
            ("infra/timeouts.tf", "config"),
            ("db/migrate/001_add.rb", "code+sql"),
            ("schema.sql", "code+sql"),
            ("requirements-dev.txt", "manifest"),
            ("docs/runbook.md", "docs"),
            ("Cargo.lock", "lock"),
            ("vendor/x/y.go", "generated"),
            (".github/workflows/ci.yml", "config+ci"),
            ("CMakeLists.txt", "config"),
            ("src/OrderServiceTest.java", "test"),
        ] {
            assert_eq!(of(path), kinds, "{path}");
        }
    }
}
