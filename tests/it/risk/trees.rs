//! Checks that look at the whole tree, in real repositories: what the change does not touch counts,
//! and what is not in the clone is said and silences.

use std::path::PathBuf;

use crate::common::Sandbox;

/// A repository whose first commit holds these files.
struct Repository {
    sandbox: Sandbox,
    dir: PathBuf,
}

impl Repository {
    fn with(files: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::new();
        let dir = sandbox.path("repo");
        std::fs::create_dir_all(&dir).unwrap();
        for args in [
            &["init", "-q"][..],
            &["config", "user.name", "A"],
            &["config", "user.email", "a@example.com"],
        ] {
            sandbox.git(&dir, args);
        }
        let repository = Self { sandbox, dir };
        repository.commit(files);
        repository
    }

    /// Writes files and commits; an empty text takes a file away.
    fn commit(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = self.dir.join(path);
            if text.is_empty() {
                std::fs::remove_file(path).unwrap();
            } else {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
        }
        self.sandbox.git(&self.dir, &["add", "-A"]);
        self.sandbox.git(&self.dir, &["commit", "-qm", "x"]);
    }

    fn scan(&self) -> serde_json::Value {
        let ran = self
            .sandbox
            .countersign(&self.dir, &["scan", "HEAD", "--jsonl"]);
        ran.exits(0).json()
    }

    /// Rule, path and line of every finding of the last commit.
    fn found(&self) -> Vec<(String, String, u64)> {
        let scan = self.scan();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let findings = scan["findings"].as_array().unwrap().iter();
        findings
            .map(|finding| {
                let line = finding["line"].as_u64().unwrap_or(0);
                (text(&finding["rule"]), text(&finding["path"]), line)
            })
            .collect()
    }

    fn finds(&self, rule: &str) -> Option<(String, u64)> {
        let mut found = self.found().into_iter();
        let (_, path, line) = found.find(|(id, ..)| id == rule)?;
        Some((path, line))
    }
}

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: edge\nspec:\n  selector:\n    app: edge\n  ports:\n  - port: 80\n";
const WORKLOAD: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: edge\nspec:\n  template:\n    metadata:\n      labels:\n        app: edge\n";
const ROUTE: &str = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: shop\nspec:\n  defaultBackend:\n    service:\n      name: edge\n      port:\n        number: 80\n";

#[test]
fn a_label_that_goes_leaves_a_service_elsewhere_without_a_workload() {
    let files = [
        ("net/services/edge.yaml", SERVICE),
        ("apps/edge/workload.yaml", WORKLOAD),
    ];
    let repository = Repository::with(&files);
    let rule = "k8s.selector-unmatched";
    assert_eq!(repository.finds(rule), None, "they match");
    repository.commit(&[(
        "apps/edge/workload.yaml",
        &WORKLOAD.replace("app: edge", "app: web"),
    )]);
    let at = ("apps/edge/workload.yaml".to_owned(), 9);
    assert_eq!(repository.finds(rule), Some(at));
    let first = repository.scan()["findings"].clone();
    // The same change on another base keeps its ids.
    repository
        .sandbox
        .git(&repository.dir, &["checkout", "-qb", "other", "HEAD~1"]);
    repository.commit(&[("README.md", "text\n")]);
    repository
        .sandbox
        .git(&repository.dir, &["cherry-pick", "main"]);
    assert_eq!(repository.scan()["findings"], first);
    repository.commit(&[(
        "net/services/edge.yaml",
        &SERVICE.replace("app: edge", "app: web"),
    )]);
    assert_eq!(repository.finds(rule), None, "they match again");
}

#[test]
fn a_service_that_goes_is_missed_by_the_route_to_it() {
    let files = [
        ("net/services/edge.yaml", SERVICE),
        ("apps/edge/workload.yaml", WORKLOAD),
        ("net/routes/shop.yaml", ROUTE),
    ];
    let repository = Repository::with(&files);
    let rule = "cfg.route-nowhere";
    assert_eq!(repository.finds(rule), None);
    repository.commit(&[(
        "net/services/edge.yaml",
        &SERVICE.replace("port: 80", "port: 8080"),
    )]);
    let at = ("net/services/edge.yaml".to_owned(), 9);
    assert_eq!(repository.finds(rule), Some(at));
    repository.commit(&[("net/services/edge.yaml", "")]);
    assert_eq!(repository.finds(rule), None, "it led nowhere before");
}

#[test]
fn what_is_not_in_the_clone_silences_and_is_said() {
    let files = [
        ("net/services/edge.yaml", SERVICE),
        ("apps/edge/workload.yaml", WORKLOAD),
        (
            "apps/other/workload.yaml",
            "kind: Deployment\nmetadata:\n  name: other\n",
        ),
    ];
    let repository = Repository::with(&files);
    let (sandbox, dir) = (&repository.sandbox, &repository.dir);
    repository.commit(&[(
        "apps/edge/workload.yaml",
        &WORKLOAD.replace("app: edge", "app: web"),
    )]);
    let rule = "k8s.selector-unmatched";
    assert!(repository.finds(rule).is_some());
    let blob = sandbox.git(dir, &["rev-parse", "HEAD:apps/other/workload.yaml"]);
    let loose = dir.join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    std::fs::remove_file(loose).unwrap();
    let scan = repository.scan();
    assert_eq!(repository.finds(rule), None);
    let said = "the rules asked for 1 more files or folders than they could read";
    assert!(scan["terms"].to_string().contains(said), "{scan}");
}

#[test]
fn a_change_without_manifests_reads_no_other_file() {
    let files = [
        ("src/a.py", "def a():\n    return 1\n"),
        ("net/services/edge.yaml", SERVICE),
    ];
    let repository = Repository::with(&files);
    let (sandbox, dir) = (&repository.sandbox, &repository.dir);
    repository.commit(&[("src/a.py", "def a():\n    return 2\n")]);
    let blob = sandbox.git(dir, &["rev-parse", "HEAD:net/services/edge.yaml"]);
    let loose = dir.join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    std::fs::remove_file(loose).unwrap();
    assert!(
        !repository.scan()["terms"]
            .to_string()
            .contains("could read")
    );
}

#[test]
fn a_check_that_knows_more_than_a_pattern_speaks_in_its_place() {
    let upstream = "upstream app {\n  server 10.0.0.1:8080;\n  server 10.0.0.2:8080;\n}\n";
    let path = "infra/nginx/site.conf";
    let repository = Repository::with(&[(path, upstream)]);
    let said = |rule: &str| {
        let scan = repository.scan();
        let mut findings = scan["findings"].as_array().unwrap().iter();
        let found = findings.find(|finding| finding["rule"] == rule);
        found.map(|finding| finding["message"].as_str().unwrap().to_owned())
    };
    let rule = "cfg.lb-weights";
    let mut down = upstream.replace("1:8080;", "1:8080 down;");
    repository.commit(&[(path, &down)]);
    assert!(
        !said(rule).unwrap_or_default().contains("app:"),
        "one still answers"
    );
    down = down.replace("2:8080;", "2:8080 down;");
    repository.commit(&[(path, &down)]);
    assert_eq!(
        said(rule).as_deref(),
        Some("app: every target is off or only a spare. Where does the traffic go?")
    );
    repository.commit(&[(path, upstream)]);
    repository.commit(&[(path, "upstream app {\n}\n")]);
    assert_eq!(
        said(rule).as_deref(),
        Some("app: no target is left. Where does the traffic go?")
    );
}
