//! Who made a commit, a person or a program: the markers it carries and the records kept beside it.
//! Rows, pages, scans and the gate all ask here.

use crate::change::{Commit, Marker, Markers, Provenance};
use crate::git::Store;

use super::records::{Found, Records};

/// What marks a commit as AI's: the markers in force, and the records of this repository.
#[derive(Debug, Clone)]
pub struct Origins {
    markers: Markers,
    records: Records,
}

impl Origins {
    /// The markers in force beside the records that were looked up.
    pub const fn new(markers: Markers, records: Records) -> Self {
        Self { markers, records }
    }

    /// What marks these commits, which come oldest first.
    pub fn of<'a>(
        &self,
        store: &Store,
        commits: impl IntoIterator<Item = &'a Commit>,
    ) -> Provenance {
        let mut markers = Vec::new();
        for commit in commits {
            markers.extend(self.markers.find([commit]).markers);
            for found in self.records.of(store, commit) {
                self.add(commit, &found, &mut markers);
            }
        }
        Provenance { markers }
    }

    fn add(&self, commit: &Commit, found: &Found, markers: &mut Vec<Marker>) {
        let mut add = |tool: &str, evidence: String| {
            let marker = Marker {
                tool: tool.to_owned(),
                evidence,
                commit: commit.oid,
            };
            if !markers.contains(&marker) {
                markers.push(marker);
            }
        };
        let place = &found.place;
        match &found.said {
            Ok(agents) => {
                for agent in agents {
                    let tool = self.markers.tool_named(&agent.tool);
                    add(tool.unwrap_or(&agent.tool), agent.evidence(place));
                }
            }
            Err(why) => add("ai", format!("{place} cannot be read: {why}")),
        }
    }
}
