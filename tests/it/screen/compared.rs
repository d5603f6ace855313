//! Comparisons of the fixture's change, as the use-cases would hand them over.

use countersign::app::change::message_file;
use countersign::app::compare::{Comparison, End, Ends, Kind};
use countersign::change::Oid;
use countersign::diff::{Body, FileDiff};

use super::patches::file;

/// The first hunk of the whole change, line for line.
const OWN: &str = "\
@@ -12,6 +12,6 @@ kind: Service · edge-lb
 spec:
   type: LoadBalancer
   selector:
-    app: edge-proxy
+    app: edge-lb
   ports:
-    - {port: 443, targetPort: 8443}
+    - {port: 443, targetPort: https}
";

const REBASE: &str = "\
@@ -30,2 +30,2 @@
 kind: Deployment
-  image: registry.corp/edge-proxy:4.2.0
+  image: registry.corp/edge-proxy:4.2.1
@@ -60,2 +60,2 @@
 env:
-  pool: 64
+  pool: 96
";

const DOUBTFUL: &str = "\
@@ -7,3 +7,3 @@ upstreams
 upstreams:
-  - {host: edge-a, weight: 40}
+  - {host: edge-a, weight: 0}
   - {host: edge-b, weight: 50}
";

const COMMIT: &str = "\
@@ -40,3 +40,4 @@ impl Store
     pub fn new() -> Self {
+        let shards = SHARDS;
         Self {
             lock: Mutex::default(),
";

/// What the commit's file becomes in the revision: two lines come before line 20, and line 43 goes.
const LATER: &str = "\
@@ -19,2 +19,4 @@
 use std::collections::HashMap;
+use std::hash::Hash;
+use std::sync::Mutex;
 
@@ -42,3 +44,2 @@
         Self {
-            lock: Mutex::default(),
             size: 0,
";

/// Two ends of the change compared.
pub fn comparison(ends: Ends) -> Comparison {
    let mut message = message_file(b"");
    message.body = Body::Text(Vec::new());
    let commits = matches!(ends.1, End::Commit(_));
    let (parts, later): (Vec<(FileDiff, Kind)>, _) = if commits {
        let part = (file("cache/store.rs", COMMIT), Kind::Own);
        (vec![part], vec![file("cache/store.rs", LATER)])
    } else {
        let parts = vec![
            (file("infra/lb.yaml", OWN), Kind::Own),
            (file("infra/lb.yaml", REBASE), Kind::Rebase),
            (file("charts/edge/values.yaml", DOUBTFUL), Kind::Doubtful),
        ];
        (parts, Vec::new())
    };
    let base = |n: u8| Oid::from_bytes([n; 20]);
    Comparison {
        ends,
        message,
        parts,
        others: 7,
        bases: (!commits).then(|| (base(0x4b), base(0x9b))),
        later,
    }
}
