//! Which commits are AI-generated, and by what marker. A marker raises what is required; its absence
//! proves nothing.

use super::Oid;

/// One sign that a commit was made by, or with, an AI tool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Marker {
    /// The tool's short name: `claude`, `copilot`, …; `ai` where none is named.
    pub tool: String,
    /// What was found, as written: an address, a trailer, a line, or where a record was kept.
    pub evidence: String,
    /// The commit that carries it.
    pub commit: Oid,
}

impl std::fmt::Display for Marker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.tool, self.evidence)
    }
}

/// What the markers say of a set of commits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Every marker found, in the order of the commits.
    pub markers: Vec<Marker>,
}

impl Provenance {
    /// Whether any commit carries a marker.
    pub fn is_ai(&self) -> bool {
        !self.markers.is_empty()
    }

    /// The tool of the newest marker.
    pub fn agent(&self) -> Option<&str> {
        self.markers.last().map(|marker| marker.tool.as_str())
    }

    /// The markers as text, without repeats.
    pub fn texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for marker in &self.markers {
            let text = marker.to_string();
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts
    }
}
