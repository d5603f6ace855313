//! Walks through the story commit by commit: which files it has, on which commits it stands.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::DemoError;
use super::placeholder::Placeholders;
use super::story::{Recipe, Story};
use super::tree::{self, Tree};
use crate::change::Oid;

/// A commit that is about to be made.
pub(super) struct Draft<'a> {
    pub(super) recipe: &'a Recipe,
    /// The message without surrounding blank lines and with its placeholders replaced.
    pub(super) message: String,
    /// The first parent's files; none for a root.
    pub(super) before: Option<&'a Made>,
    /// The commit that is merged, if one is.
    pub(super) merged: Option<Oid>,
    pub(super) tree: &'a Tree,
}

/// A commit that was made.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) oid: Oid,
    pub(super) tree: Tree,
    /// For the head of a revision: the label of the commit it starts on.
    pub(super) onto: Option<String>,
}

/// Turns a draft into a commit.
pub(super) type Write<'a> = dyn FnMut(&Draft<'_>) -> Result<Oid, DemoError> + 'a;

/// Makes all commits of the story, a parent always before its children. The result has the commits
/// of `main` as `main:1`, `main:2` … and the head of every revision as `id@n`.
///
/// # Errors
/// The story contradicts itself, or a commit cannot be written.
pub(super) fn walk(
    story: &Story,
    at: Timestamp,
    write: &mut Write<'_>,
) -> Result<BTreeMap<String, Made>, DemoError> {
    let mut walk = Walk {
        story,
        at,
        write,
        made: BTreeMap::new(),
    };
    for n in 1..=story.main.len() {
        walk.main(n)?;
    }
    for (id, change) in &story.changes {
        for n in 1..=change.revisions.len() {
            walk.revision(id, n)?;
        }
    }
    Ok(walk.made)
}

struct Walk<'a, 'w> {
    story: &'a Story,
    at: Timestamp,
    write: &'a mut Write<'w>,
    made: BTreeMap<String, Made>,
}

impl Walk<'_, '_> {
    fn main(&mut self, n: usize) -> Result<(), DemoError> {
        let story = self.story;
        let recipe = &story.main[n - 1];
        let merged = match &recipe.merge {
            Some(label) => {
                self.ensure(label)?;
                Some(label.as_str())
            }
            None => None,
        };
        let before = (n > 1).then(|| format!("main:{}", n - 1));
        let made = self.commit(recipe, before.as_deref(), merged)?;
        self.made.insert(format!("main:{n}"), made);
        Ok(())
    }

    fn revision(&mut self, id: &str, n: usize) -> Result<(), DemoError> {
        let label = format!("{id}@{n}");
        if self.made.contains_key(&label) {
            return Ok(());
        }
        let story = self.story;
        let revision = story
            .changes
            .get(id)
            .and_then(|change| change.revisions.get(n - 1))
            .ok_or_else(|| DemoError::data(&label, "no such revision"))?;
        self.ensure(&revision.onto)?;
        let mut on = revision.onto.clone();
        for recipe in &revision.commits {
            let mut made = self.commit(recipe, Some(&on), None)?;
            made.onto = Some(revision.onto.clone());
            self.made.insert(label.clone(), made);
            on.clone_from(&label);
        }
        Ok(())
    }

    /// Makes the revision that the label names, unless it is there. Commits of `main` have to be.
    fn ensure(&mut self, label: &str) -> Result<(), DemoError> {
        match label.split_once('@') {
            Some((id, n)) => {
                let n = n.parse().ok().filter(|n| *n > 0);
                self.revision(id, n.ok_or_else(|| DemoError::data(label, "no number"))?)
            }
            None => find(&self.made, label).map(drop),
        }
    }

    fn commit(
        &mut self,
        recipe: &Recipe,
        before: Option<&str>,
        merged: Option<&str>,
    ) -> Result<Made, DemoError> {
        let placeholders = Placeholders {
            at: self.at,
            commits: &self.made,
        };
        let before = before.map(|label| find(&self.made, label)).transpose()?;
        let mut tree = before.map(|made| made.tree.clone()).unwrap_or_default();
        let mut merged_oid = None;
        if let Some(label) = merged {
            let head = find(&self.made, label)?;
            let onto = head.onto.as_deref().unwrap_or_default();
            tree::overlay(&mut tree, &find(&self.made, onto)?.tree, &head.tree);
            merged_oid = Some(head.oid);
        }
        tree::apply(&mut tree, recipe, &|text| placeholders.fill(text))?;
        let draft = Draft {
            recipe,
            message: placeholders.fill(recipe.message.trim())?,
            before,
            merged: merged_oid,
            tree: &tree,
        };
        let oid = (self.write)(&draft)?;
        Ok(Made {
            oid,
            tree,
            onto: None,
        })
    }
}

fn find<'m>(made: &'m BTreeMap<String, Made>, label: &str) -> Result<&'m Made, DemoError> {
    made.get(label)
        .ok_or_else(|| DemoError::data(label, "no such commit before this one"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::demo::story::Half;

    /// The story's commits with made-up ids.
    fn walked() -> (Story, BTreeMap<String, Made>) {
        let story = Story::read().unwrap();
        let mut count = 0u8;
        let made = walk(&story, Timestamp::UNIX_EPOCH, &mut |draft| {
            assert!(
                draft.merged.is_some() || draft.before.is_none_or(|made| made.tree != *draft.tree),
                "changes nothing: {}",
                draft.message
            );
            count += 1;
            Ok(Oid::from_bytes([count; 20]))
        });
        (story, made.unwrap())
    }

    fn text<'a>(made: &'a BTreeMap<String, Made>, label: &str, path: &str) -> &'a str {
        std::str::from_utf8(&made[label].tree[path].bytes).unwrap()
    }

    #[test]
    fn the_whole_story_can_be_told() {
        let (story, made) = walked();
        assert!(story.changes.len() >= 20);
        let marked = story.changes.values().filter(|c| !c.expect.is_empty());
        assert!(marked.count() >= 12, "changes with something to find");
        assert!(made["main:14"].tree.len() >= 40);
        assert!(made["main:1"].tree["scripts/migrate.sh"].executable);
    }

    #[test]
    fn main_moves_on_by_reverts_and_by_merges() {
        let (_, made) = walked();
        let pool = "edge/src/pool.rs";
        assert!(text(&made, "main:3", pool).contains("pop_back"));
        assert!(!text(&made, "main:5", pool).contains("pop_back"));
        assert!(text(&made, "main:5", pool).contains("is_open"));
        assert!(!text(&made, "main:9", "cache/store.go").contains("Stats"));
        assert!(text(&made, "main:10", "cache/store.go").contains("Stats"));
        assert!(text(&made, "main:10", "web/src/cart.ts").contains("theirs"));
    }

    #[test]
    fn the_balancer_looks_as_the_screens_show_it() {
        let (_, made) = walked();
        let lines: Vec<&str> = text(&made, "main:14", "infra/lb.yaml").lines().collect();
        assert_eq!(lines[14], "    app: edge-proxy");
        assert_eq!(lines[16], "  - {port: 443, targetPort: 8443}");
        assert!(lines[38].contains("readinessProbe"));
        let after = text(&made, "fix-lb-timeouts@2", "infra/lb.yaml");
        assert!(after.contains("    app: edge-lb\n") && !after.contains("readinessProbe"));
        assert!(!text(&made, "fix-lb-timeouts@1", "infra/lb.yaml").contains("app: edge-lb\n"));
    }

    #[test]
    fn what_the_sources_must_not_hold_is_there_when_told() {
        let (_, made) = walked();
        let session = text(&made, "auth-refresh@3", "web/src/session.ts");
        assert_eq!(session.matches('\u{202e}').count(), 2);
        let sandbox = text(&made, "payments-sandbox@1", "payments/sandbox.go");
        let key = sandbox.split("sandboxAPIKey = \"").nth(1).unwrap();
        assert_eq!(key.find('"'), Some(44));
        let png = &made["trust-badge@1"].tree["web/public/trust-badge.png"].bytes;
        assert!(png.starts_with(b"\x89PNG"));
        let client = text(&made, "api-client@1", "web/src/generated/client.ts");
        assert_eq!(client.lines().count(), 3_000);
    }

    #[test]
    fn renames_and_stacks_stand_on_what_they_say() {
        let (_, made) = walked();
        let flags = &made["feature-flags@1"].tree;
        assert!(!flags.contains_key("web/src/flags.ts"));
        assert!(flags.contains_key("web/src/features/client.ts"));
        assert!(
            made["export-email@1"]
                .tree
                .contains_key("reports/reports/export.py")
        );
        assert_eq!(made["export-email@1"].onto.as_deref(), Some("export-csv@1"));
    }

    #[test]
    fn every_remark_and_finding_names_a_line_that_is_there_once() {
        let (story, made) = walked();
        for (id, change) in &story.changes {
            let spots = change.verdicts.iter().flat_map(|said| {
                said.comments
                    .iter()
                    .map(move |c| (said.revision, c.side, &c.path, &c.at))
            });
            let found = change
                .findings
                .iter()
                .map(|f| (f.revision, Half::New, &f.path, &f.at));
            for (revision, side, path, at) in spots.chain(found) {
                let head = &made[&format!("{id}@{revision}")];
                let tree = match side {
                    Half::New => &head.tree,
                    Half::Old => &made[head.onto.as_ref().unwrap()].tree,
                };
                let line = tree::line_of(tree, path, at);
                assert!(line.is_some(), "{id}@{revision} {path}: {at}");
            }
        }
    }
}
