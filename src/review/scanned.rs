//! What scanners say of a revision: a ref for each tool, unsigned. A report that cannot be had or
//! read says so and stops nothing.

use std::collections::BTreeSet;

use crate::change::{QueueRef, RepoPath, escape_ascii, readable};
use crate::diff::FileDiff;
use crate::git::Store;
use crate::risk::scanner::{MAX_REPORT, Report, Scanned, scanned};
use crate::verdict::CommitAndTree;

use super::Session;
use super::session::REFS;

/// Reports of one revision that are read; the others are named.
const MOST: usize = 16;
/// Bytes that the reports of one revision may have together.
const MOST_BYTES: u64 = 2 * MAX_REPORT;

/// Reads what the refs hold of a revision. Where two roots have the same tool, the one that stands
/// first wins.
pub(super) fn read(
    session: &Session,
    name: &QueueRef,
    files: &[FileDiff],
    head: CommitAndTree,
) -> Scanned {
    let mut reports = Vec::new();
    let mut known = BTreeSet::new();
    let mut left = MOST_BYTES;
    for root in session.roots() {
        let folder = format!("findings/{}/{}/", name.id, name.number);
        let prefix = format!("{root}/{folder}");
        let listing = match session.store.ref_listing(&prefix) {
            Ok(listing) => listing,
            Err(error) => {
                reports.push(unread(String::new(), &prefix, error.to_string()));
                continue;
            }
        };
        for broken in listing.broken {
            let tool = tool(&broken.name, &prefix);
            if known.insert(tool.clone()) {
                let shown = format!("{REFS}/{folder}{tool}");
                reports.push(unread(tool, &shown, broken.why));
            }
        }
        for entry in listing.refs {
            let tool = tool(&entry.name, &prefix);
            if !known.insert(tool.clone()) {
                continue;
            }
            let shown = format!("{REFS}/{folder}{tool}");
            let report = if tool.contains('/') || tool.is_empty() {
                unread(tool, &shown, "is no name of a tool".to_owned())
            } else if reports.len() >= MOST {
                unread(
                    tool,
                    &shown,
                    format!("is one more than the {MOST} that are read"),
                )
            } else {
                blob(&session.store, entry.oid, (tool, shown), &mut left)
            };
            reports.push(report);
        }
    }
    placed(&session.store, reports, files, head)
}

/// The same of documents that are in no ref yet, each under its tool's name.
pub(super) fn of_documents(
    store: &Store,
    documents: &[(String, Vec<u8>)],
    files: &[FileDiff],
    head: CommitAndTree,
) -> Scanned {
    let reports = documents.iter().map(|(name, bytes)| Report {
        name: name.clone(),
        source: "not stored yet".to_owned(),
        content: Ok(bytes.clone()),
    });
    placed(store, reports.collect(), files, head)
}

fn placed(store: &Store, reports: Vec<Report>, files: &[FileDiff], head: CommitAndTree) -> Scanned {
    if reports.is_empty() {
        return Scanned::default();
    }
    // A tree that cannot be read places a finding less well, and hides none.
    let exists = |path: &RepoPath| matches!(store.entry_at(head.tree, path), Ok(Some(_)));
    scanned(reports, files, &exists)
}

/// The last part of a ref's name, fit to be shown.
fn tool(name: &[u8], prefix: &str) -> String {
    let rest = name.strip_prefix(prefix.as_bytes()).unwrap_or(name);
    escape_ascii(&readable(rest)).into_owned()
}

fn unread(name: String, source: &str, why: String) -> Report {
    Report {
        name,
        source: source.to_owned(),
        content: Err(why),
    }
}

fn blob(
    store: &Store,
    oid: crate::change::Oid,
    (name, source): (String, String),
    left: &mut u64,
) -> Report {
    let content = match store.blob_size(oid) {
        Ok(size) if size > MAX_REPORT => {
            Err(format!("has {size} bytes, and {MAX_REPORT} are read"))
        }
        Ok(size) if size > *left => Err(format!(
            "has {size} bytes, and all reports together more than {MOST_BYTES}"
        )),
        Ok(size) => {
            *left -= size;
            store.blob(oid, size).map_err(|error| error.to_string())
        }
        Err(error) => Err(error.to_string()),
    };
    Report {
        name,
        source,
        content,
    }
}
