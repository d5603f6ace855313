//! Small diffs for tests of the screen, and a reader of unified diffs.

use countersign::change::{Oid, RepoPath};
use countersign::diff::{Body, FileDiff, FileSide, FileStatus, Hunk, Line, LineKind, Mode};

/// A change of one message.
pub const WORDING: &str = "\
@@ -3,5 +3,5 @@ fn start
 fn start() {
-    info!(\"server go\");
+    info!(\"server listens on {addr}\");
     run();
 }
";

const LB: &str = "\
@@ -12,6 +12,6 @@ kind: Service · edge-lb
 spec:
   type: LoadBalancer
   selector:
-    app: edge-proxy
+    app: edge-lb
   ports:
-    - {port: 443, targetPort: 8443}
+    - {port: 443, targetPort: https}
@@ -38,8 +38,5 @@ kind: Deployment · edge-proxy · containers[0]
           image: registry.corp/edge-proxy:4.2.1
-          readinessProbe:
-            httpGet: {path: /healthz, port: 8443}
-            periodSeconds: 5
-            failureThreshold: 3
+          # readiness is handled by the load balancer
           resources:
-            limits: {cpu: \"2\", memory: 1Gi}
+            limits: {cpu: \"1\", memory: 1Gi}
";

const VALUES: &str = "\
@@ -7,4 +7,4 @@ upstreams
 upstreams:
-  - {host: edge-a, weight: 50}
+  - {host: edge-a, weight: 0}
   - {host: edge-b, weight: 50}
";

const STORE: &str = "\
@@ -84,9 +84,12 @@ impl Store
     pub fn get(&self, key: &str) -> Option<Entry> {
-        let guard = self.lock.lock().unwrap();
-        guard.get(key).cloned()
+        // The map is sharded now, so the lock is not needed.
+        let shard = &self.shards[hash(key) % SHARDS];
+        shard.get(key).filter(|entry| entry.until > now()).cloned()
     }
 
     /// A title with \u{202e}bidi\u{202c} and a zero\u{200b}width blank.
     pub fn len(&self) -> usize {
";

/// Files from unified diffs.
pub fn files() -> Vec<FileDiff> {
    vec![
        file("infra/lb.yaml", LB),
        file("charts/edge/values.yaml", VALUES),
        file("cache/store.rs", STORE),
    ]
}

/// A modified file from a unified diff without its headers.
pub fn file(path: &str, patch: &str) -> FileDiff {
    let side = FileSide {
        path: RepoPath::from(path),
        mode: Mode::Regular,
        id: Oid::from_bytes([3; 20]),
        size: 900,
        facts: Default::default(),
    };
    let mut hunks: Vec<Hunk> = Vec::new();
    for text in patch.lines() {
        if let Some(rest) = text.strip_prefix("@@ -") {
            hunks.push(hunk(rest));
        } else if let Some(hunk) = hunks.last_mut() {
            push(hunk, text);
        }
    }
    let count = |kind| {
        let lines = hunks.iter().flat_map(|hunk| &hunk.lines);
        lines.filter(|line| line.kind == kind).count()
    };
    let (added, removed) = (count(LineKind::Added), count(LineKind::Removed));
    FileDiff {
        status: FileStatus::Modified,
        old: Some(side.clone()),
        new: Some(side),
        body: Body::Text(hunks),
        added,
        removed,
    }
}

fn hunk(rest: &str) -> Hunk {
    let (ranges, scope) = rest.split_once(" @@").unwrap();
    let (old, new) = ranges.split_once(" +").unwrap();
    let start = |text: &str| text.split(',').next().unwrap().parse().unwrap();
    Hunk {
        old_start: start(old),
        old_lines: 0,
        new_start: start(new),
        new_lines: 0,
        scope: scope.trim().to_owned(),
        lines: Vec::new(),
    }
}

fn push(hunk: &mut Hunk, text: &str) {
    let kind = match text.as_bytes().first() {
        Some(b'-') => LineKind::Removed,
        Some(b'+') => LineKind::Added,
        _ => LineKind::Context,
    };
    let old = hunk.old_start + hunk.old_lines;
    let new = hunk.new_start + hunk.new_lines;
    hunk.old_lines += u32::from(kind != LineKind::Added);
    hunk.new_lines += u32::from(kind != LineKind::Removed);
    hunk.lines.push(Line {
        kind,
        old: (kind != LineKind::Added).then_some(old),
        new: (kind != LineKind::Removed).then_some(new),
        bytes: text.get(1..).unwrap_or("").as_bytes().to_vec(),
        no_newline: false,
    });
}
